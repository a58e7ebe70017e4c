/* ahead.h - what planning ahead begins with, and the search itself: from a network and its traffic to fixed plans for all its signals.
 *
 * For `greenwave-sim optimize`. Signals that the guard cannot guard keep their own programs and are named.
 */
#pragma once

#include "daemon/demands.h"
#include "daemon/refine.h"
#include "daemon/sim_case.h"
#include "optimizer/settle.h"

struct ahead_options {
	double cycle_min_s, cycle_max_s; /* 20..PLATOON_CYCLE_MAX */
	double budget_s;                 /* of wall time for all of it; 0: as many tries as `tries` says, always the same result */
	uint32_t tries;                  /* runs of worlds */
	double stop_s;                   /* a stop counts as so much delay */
	double jitter_s, busier;         /* of the days that plans are tried on */
	bool keep_stages;                /* each junction keeps all stages of its program, once; else only where that costs less than 8 % */
	uint64_t seed;
	bool quiet;                      /* no line at the foot of the terminal */
};

struct ahead {
	struct network *net;
	struct junction **junctions;
	struct plan **native;   /* their own programs as plans, one of all stages where they are none */
	uint32_t n;
	GPtrArray *left_out;    /* a sentence for each signal that keeps its own program */
	struct layout *layout;
	struct turns *turns;
	struct demands *days;   /* plans are searched for on these, */
	struct demands *hard;   /* and what leaves out stages must not lock up on these */
	double begin_s, end_s;
	struct platoon_options model;
};

struct ahead_options ahead_options_default(void);

/* `counts` (files; NULL: the case's routes) instead of routes. */
struct ahead *ahead_new(const struct sim_case *c, const char *counts, const struct ahead_options *o, GError **error);
void ahead_free(struct ahead *a); /* NULL is fine */
OWNED(ahead)

struct ahead_result {
	struct network_plan *plan;   /* owned by the caller */
	double native_s, plan_s;     /* cost over the same worlds, none of which the plan was chosen by; s/veh */
	double model_s, spent_s;     /* wall time of the model's part, of all */
	uint32_t n_runs;
};

bool ahead_search(struct ahead *a, const struct sim_case *c, const struct ahead_options *o, struct ahead_result *result, GError **error);
