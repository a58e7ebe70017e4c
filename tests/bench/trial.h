/* trial.h - a world under the optimizer's control, seen by eyes as good or as bad as asked for: what the benches run.
 *
 * Lights change `lag_s` after they were decided and pictures are `age_s` old, as with real cabinets and cameras. A camera looks at one
 * approach (edge): a dead one tells nothing, all through. Each camera has its own bias of counting, and misses vehicles anew in each picture.
 */
#pragma once

#include <gsl/gsl_rng.h>

#include "core/transition.h"
#include "daemon/feeders.h"
#include "optimizer/optimizer.h"
#include "sim/world.h"

#define TRIAL_MAX_LATE 16

struct eyes {
	double view_m;
	double miss_frac;       /* of vehicles, in each picture anew, and of those that pass */
	double noise_m;         /* of positions, sd */
	double queue_error_veh; /* sd, with queues_only */
	double count_frac;      /* a camera counts up to so much too little or too much, all through */
	double dead_frac;       /* of the cameras */
	int age_s, lag_s;
	gboolean detectors;     /* where a camera is dead, a detector counts over the stop line */
	gboolean queues_only;   /* cameras that give queues and counts, no single vehicles */
};

struct trial_pattern { /* of a cabinet that runs plans by itself */
	struct plan *is, *was; /* was: NULL when it is in step */
	struct transition way; /* from that one to this one */
};

struct trial {
	const struct network *net;
	const struct eyes *eyes;
	struct world *world;
	struct junction **junctions;
	struct plan **plans;
	struct guard **guards;
	struct optimizer *optimizer;
	struct feeders *feeders;
	gsl_rng *rng;
	uint64_t *passed; /* by lane */
	bool *dead;       /* by edge */
	double *bias;     /* of counting, by edge */
	GPtrArray *late[TRIAL_MAX_LATE]; /* pictures under way: struct estimate * */
	char **shows[TRIAL_MAX_LATE];    /* lights under way, by junction */
	uint32_t n;
	struct trial_pattern *patterns; /* by junction; NULL: decided second by second */
	int pattern_s;
	uint64_t changes; /* of patterns */
	double cpu_s;
};

/* NULL with a sentence. Everything is shared but what it makes. */
struct trial *trial_new(const struct network *net, const struct routes *routes, const struct eyes *eyes, const char *method,
	const struct optimizer_options *with, uint64_t seed, double begin_s, GError **error);
void trial_free(struct trial *r); /* NULL is fine */
OWNED(trial)

/* From the first step on every junction is a cabinet that takes a pattern each so many seconds, as daemon/steered.c has it. */
void trial_patterned(struct trial *r, int pattern_s);

/* Looks, decides and drives one second. `verbose`: what is decided goes to stdout. */
void trial_step(struct trial *r, bool verbose);
