/* settle.h - the plans that the platoon model likes best: cycle, splits, offsets and order of stages for all junctions together.
 *
 * Webster and critical lanes give every cycle its start; GSL's simplex betters the splits of each junction, GSL's annealing everything
 * at once. Deterministic for a seed. Nothing that it returns fails network_plan_check.
 */
#pragma once

#include "optimizer/platoon.h"
#include "optimizer/stir.h"

struct settle_options {
	uint64_t seed;
	double cycle_min_s, cycle_max_s, cycle_step_s; /* cycles that get a start of their own; within 20..PLATOON_CYCLE_MAX */
	uint32_t n_anneal;       /* costs that annealing may work out in all */
	uint32_t n_best;         /* how many cycles are annealed; the best of them are returned */
	struct stir_options stir;
	bool (*enough)(void *user, double share, double cost); /* asked now and then: true ends the search; may be NULL */
	void *user;
};

struct settle_options settle_options_default(void);

struct settled {
	struct network_plan *plan; /* owned by who asked */
	double cost;               /* platoon_cost.total */
};

/* Greens in proportion to the flow ratios of the critical lanes, the order of `native`; offsets those of `native`, stretched. NULL when
 * the cycle is too short for some junction. */
struct network_plan *settle_webster(const struct turns *t, const struct platoon_options *o, const struct plan *const *native, double cycle_s);

/* Fills `best` (n_best) from the best on; returns how many there are. 0 with a sentence when no cycle fits. */
uint32_t settle(const struct turns *t, const struct platoon_options *model, const struct plan *const *native, const struct settle_options *o,
	struct settled *best, GError **error);
