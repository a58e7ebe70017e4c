/* tryout.h - tries fixed plans out in the microscopic world: many plans and seeds at once, a few milliseconds of CPU each.
 *
 * Each signal shows, second by second, the program that its plan is behind the guard (core/plan_program.h): what is tried is what will be
 * written. Results are the same for any number of threads.
 */
#pragma once

#include "optimizer/network_plan.h"
#include "sim/world.h"

struct tryout_stage { /* where it is tried; shared, not owned */
	const struct network *net;
	const struct junction *const *junctions; /* of network_plan.plans */
	uint32_t n_junctions;
	const struct routes *const *demands;     /* one or more; a seed takes that of its number modulo n_demands */
	uint32_t n_demands;
	double begin_s, end_s, step_s;
	double stop_s;                           /* a stop counts as so much delay */
	uint32_t threads;
};

#define TRYOUT_MARKS 4 /* looks on the way, evenly spread over the time; the last one is the end */

struct tryout {
	const struct network_plan *plan;
	uint64_t seed;
	const double *limit; /* TRYOUT_MARKS costs: a run that is above them by `slack_frac` is given up. NULL: never */
	double slack_frac;
	bool own_programs;   /* the network's own are run, `plan` does not count */
	/* what came of it */
	double cost_s;       /* mean delay (and stops, weighted) per vehicle, s; INFINITY when given up or when the plan cannot be shown */
	double mark[TRYOUT_MARKS]; /* the cost so far: vehicle-seconds */
	struct score score;  /* at the end; zero when given up */
};

/* Runs all of them. */
void tryouts_run(const struct tryout_stage *stage, struct tryout *tries, uint32_t n);
