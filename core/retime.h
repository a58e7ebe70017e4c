/* retime.h - the same program with another cycle: what an engineer tries first.
 *
 * Greens are stretched or pressed in proportion, none below the junction's minimum; ambers, clearances and their order stay. Knows one
 * signal at a time.
 */
#pragma once

#include "core/junction.h"

/* Gives `program` of junction j (a static one) the cycle; the offset keeps its share of it. Whole seconds stay whole. False with a
 * sentence when the cycle does not hold the minimum greens and what lies between, then nothing has changed. */
bool retime_cycle(struct net_program *program, const struct junction *j, double cycle_s, GError **error);

/* The program's cycle, s. */
double retime_cycle_s(const struct net_program *program);
