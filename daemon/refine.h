/* refine.h - betters fixed plans by trying small changes out in the microscopic world, for as long as it is given.
 *
 * Each change meets the traffic of several seeds beside the plan that it changes; it is kept when it is better over all of them. What is
 * kept is measured anew with other seeds, so that luck does not pile up. The same seed and number of tries: the same plan.
 */
#pragma once

#include <signal.h>

#include "daemon/tryout.h"
#include "optimizer/stir.h"

struct refine_options {
	uint64_t seed;       /* of changes and of training worlds */
	uint32_t n_seeds;    /* worlds that a change must be better in, together */
	uint32_t batch;      /* changes at once */
	uint32_t tries_max;  /* runs of worlds; 0: until the time is over */
	gint64 end_us;       /* monotonic time; 0: until the tries are over */
	struct stir_options stir;
	const volatile sig_atomic_t *stop; /* turns true: end early; may be NULL */
	void (*on_progress)(void *user, double cost_s, uint32_t n_runs); /* may be NULL */
	void *user;
};

struct refine_result {
	struct network_plan *plan; /* owned by the caller */
	double cost_s;             /* over seeds that it was not chosen by */
	uint32_t n_runs, n_kept;
	uint64_t next_seed;        /* no world had this or a later one */
};

/* Begins with the best of `starts`. */
struct refine_result refine(const struct tryout_stage *stage, const struct network_plan *const *starts, uint32_t n_starts, const struct refine_options *o);
