/* why.h - what else could have been asked for at a junction, what each would cost, and what would have changed the choice.
 *
 * The adaptive method's model of queues judges every stage that may be asked for now, whatever method decides: so fixed plans, gaps and
 * pressures are seen with the same eyes. Worked out when somebody asks, some milliseconds a junction; decides nothing.
 */
#pragma once

#include "optimizer/problem.h"

#define WHY_MAX_STAGES 16
#define WHY_MAX_LANES 32

struct why_option {
	uint32_t stage;
	double cost_s;   /* vehicle-seconds over the horizon, stops and who is left included, when it is asked for now and all goes best from
	                    there; NaN: not found */
	double first_s;  /* until all of it shows */
};

struct why_lane {
	uint32_t lane;
	bool fresh;        /* it is seen now */
	double seen_s;     /* age of its last picture; INFINITY: never */
	double in_view_veh, queue_veh, comes_veh; /* comes: in the next WHY_COMES_S, who stands there included */
	double sat_s;      /* saturation headway learned */
};
#define WHY_COMES_S 30.0

struct why {
	uint32_t chosen;   /* stage that is asked for */
	uint32_t best_other; /* STAGE_NONE: none */
	double chosen_cost_s, other_cost_s;
	uint32_t n_options, n_lanes;
	struct why_option options[WHY_MAX_STAGES];
	struct why_lane lanes[WHY_MAX_LANES];
	uint32_t flip_lane; /* with so many vehicles more on it the best other one would be as good; NET_NONE: with none up to WHY_MORE_VEH */
	uint32_t flip_veh;
	uint32_t link;     /* waits longest for green; NET_NONE: none waits */
	double red_s, max_red_s;
};
#define WHY_MORE_VEH 13

struct why_judge;
struct why_judge *why_judge_new(const struct layout *l, const struct optimizer_options *options);
void why_judge_free(struct why_judge *w); /* NULL is fine */

/* `chosen` is what is asked for at the site now; STAGE_NONE: nothing. */
void why_judge_site(struct why_judge *w, uint32_t site, uint32_t chosen, const struct guard *guard, const struct demand *d,
	const struct forecast *f, double now_s, struct why *why);
