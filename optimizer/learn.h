/* learn.h - what the state learns from what left: mean inflow, saturation headway, start-up loss, turning shares.
 *
 * Works on struct demand's fields; demand.c calls it.
 */
#pragma once

#include "optimizer/demand.h"

/* What is believed of discharge before anything left. */
void learn_begin(struct demand *d);

/* From the counts of an estimate that demand_see has found sound. */
void learn_counts(struct demand *d, uint32_t slot, const struct estimate *e);

/* Every ten seconds: turning shares such that what left upstream makes what came downstream. */
void learn_shares(struct demand *d, double now_s);

/* The model's own count where nobody counts: `veh` left `slot` in the second that begins at t_s. */
void learn_left(struct demand *d, uint32_t slot, double t_s, double veh);
