/* replan.h - the next fixed plan of a junction from what comes: Webster's cycle and splits, reached in small steps.
 *
 * For cabinets that run patterns by themselves: every few minutes one gets a plan that is a little nearer to what the traffic
 * needs. Inflow is what was counted; a queue that stands is to be gone within some minutes. Keeps the order of the stages;
 * the offset keeps its share of the cycle. Whoever coordinates junctions gives them one cycle.
 */
#pragma once

#include "optimizer/inflow.h"

struct replan_options {
	double cycle_min_s, cycle_max_s;
	double cycle_step_frac; /* the cycle changes at most by so much of itself, and by 1 s at least */
	double split_step_s;	/* a green changes at most by so much, besides its part of the cycle's change */
	double clear_s;		/* queues are to be gone after so long */
	double worth_frac;	/* a change has to take so much of the waiting, or the cabinet is left in step */
};
struct replan_options replan_options_default(void);

/* The cycle for the stages of `now` under which the fewest wait, s, within the options' bounds; not yet in steps. That of `now` itself while no
 * other one is worth the change. */
double replan_cycle_s(const struct demand *d, const struct inflow *f, uint32_t site, const struct plan *now, const struct replan_options *options);

/* The plan after `now` on the way to cycle_s and to the splits that fit it; whole seconds; passes plan_check. NULL: there is none that does,
 * or it would be the same. */
struct plan *replan(const struct demand *d, const struct inflow *f, uint32_t site, const struct plan *now, double cycle_s, const struct replan_options *options);
