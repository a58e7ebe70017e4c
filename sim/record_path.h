/* record_path.h - the path that a record follows: found, measured, its stop lines placed. Used by record.c only. */
#pragma once

#include "sim/record.h"

/* Fills path_at_m, length_m, lane_at_m and signals from path. False with a sentence when two of its edges are not joined. */
bool record_path_lay(struct record *r, GError **error);
