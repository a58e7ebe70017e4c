/* stir.h - small random changes of plans, each a step that a search may take: offsets, splits, the order of stages, cycles.
 *
 * What comes out passes plan_check wherever what goes in does. Randomness comes in; knows no traffic.
 */
#pragma once

#include <gsl/gsl_rng.h>

#include "optimizer/network_plan.h"

enum stir_kind {
	STIR_OFFSET, /* a junction's offset, or that of several at once */
	STIR_SPLIT,  /* seconds from one stage to another */
	STIR_ORDER,  /* two stages change places */
	STIR_STAGE,  /* a stage that others can stand in for is left out, or one more is put in */
	STIR_CYCLE,  /* of all junctions */
	STIR_PART,   /* a junction runs twice in the common cycle, or once again */
	STIR_N_KINDS,
};

struct stir_options {
	double weight[STIR_N_KINDS]; /* how often each kind is tried; >= 0, not all 0 */
	double size_s;               /* of the larger steps; most are smaller */
	double cycle_min_s, cycle_max_s;
};

struct stir_options stir_options_default(void);

/* One change to `p`. Returns its kind, or STIR_N_KINDS when none of several tries was possible (then nothing has changed). `where` (may be
 * NULL) gets the junction it happened at, or NET_NONE for all. */
enum stir_kind stir_once(struct network_plan *p, const struct junction *const *junctions, const struct stir_options *o, gsl_rng *rng, uint32_t *where);
