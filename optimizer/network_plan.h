/* network_plan.h - the fixed plans of all junctions of a network, made for each other: one cycle for all, or a whole part of it.
 *
 * Knows the junctions it is for, not their traffic. All times are whole seconds, as controllers take them.
 */
#pragma once

#include "core/plan_program.h"

struct network_plan {
	double cycle_s;      /* common to all; a junction's own is this, or this divided by 2 or 3 */
	struct plan **plans; /* one a junction, owned */
	uint32_t n;
};

/* Copies of `plans`, each given the cycle `cycle_s`; greens in proportion. NULL with a sentence when one cannot have it. */
struct network_plan *network_plan_new(const struct junction *const *junctions, const struct plan *const *plans, uint32_t n, double cycle_s, GError **error);
struct network_plan *network_plan_copy(const struct network_plan *p);
void network_plan_free(struct network_plan *p); /* NULL is fine */
OWNED(network_plan)

/* Each passes plan_check, all times are whole seconds and each cycle divides the common one. */
bool network_plan_check(const struct network_plan *p, const struct junction *const *junctions, GError **error);
bool network_plan_equal(const struct network_plan *a, const struct network_plan *b);

/* The cycle of plan `p` set to cycle_s by stretching or pressing its greens in proportion, none below the least that its stage needs; the
 * offset keeps its share of the cycle. False: it does not fit, then nothing has changed. */
bool plan_stretch(struct plan *p, const struct junction *j, double cycle_s);

/* The same stages with new greens (n_rows of them, s, rounded to whole seconds so that the cycle is exact). False: it does not fit. */
bool plan_set_greens(struct plan *p, const struct junction *j, double cycle_s, const double *green_s);

/* From the end of the row before to the beginning of this row's green, in whole seconds, as the guard called once a second shows it. */
double plan_way_s(const struct plan *p, const struct junction *j, uint32_t row);
/* junction_stays_s from this row to the next. s */
double plan_stays_s(const struct plan *p, const struct junction *j, uint32_t row);
/* The least green that row's stage needs for the links that begin with it, s. */
double plan_least_s(const struct plan *p, const struct junction *j, uint32_t row);
