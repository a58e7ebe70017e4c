/* report_parts.h - the drawings of the page, used by report.c only. Each appends one <figure> or nothing. */
#pragma once

#include "sim/report.h"

void report_map(GString *out, const struct report *r);        /* the network, coloured by delay */
void report_over_time(GString *out, const struct report *r);  /* delay so far and being lost, both ways */
void report_time_space(GString *out, const struct report *r); /* trajectories along the path, with its signals */

extern const char report_style[]; /* the style sheet */
