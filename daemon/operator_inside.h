/* operator_inside.h - what the files of the operator's answers share. Nobody else includes it. */
#pragma once

#include "daemon/operator.h"

char *operator_done(const char *text); /* the reply that says it */
const char *operator_stage(const struct junction *j, uint32_t stage); /* its name, "-" where there is none */

/* Why signal j shows what it shows, for people: operator_why.c. */
char *operator_why(struct brain *b, uint32_t j, double now_s);

/* Starts, tells, ends or lists corridors: operator_corridor.c. */
char *operator_corridor(struct brain *b, const struct wire_corridor *c, double now_s);
