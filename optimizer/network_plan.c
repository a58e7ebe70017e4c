/* network_plan.c - plans made for each other; see network_plan.h. */
#include "optimizer/network_plan.h"

#include <math.h>

#include "core/core_error.h"

#define PARTS_MAX 3 /* a junction's cycle is the common one divided by at most this */

double plan_way_s(const struct plan *p, const struct junction *j, uint32_t row)
{
	return ceil(junction_change_s(j, p->rows[(row + p->n_rows - 1) % p->n_rows].stage, p->rows[row].stage) - 1e-6);
}

double plan_stays_s(const struct plan *p, const struct junction *j, uint32_t row)
{
	return junction_stays_s(j, p->rows[row].stage, p->rows[(row + 1) % p->n_rows].stage);
}

double plan_least_s(const struct plan *p, const struct junction *j, uint32_t row)
{
	const char *before = j->stages[p->rows[(row + p->n_rows - 1) % p->n_rows].stage].state, *now = j->stages[p->rows[row].stage].state;
	const char *after = j->stages[p->rows[(row + 1) % p->n_rows].stage].state;
	double least_s = 1;
	for (uint32_t i = 0; i < j->n_links; i++) /* those that begin and end with the row */
		if (shows_green(now[i]) && !shows_green(before[i]) && !shows_green(after[i]))
			least_s = fmax(least_s, ceil(j->links[i].min_green_s - 1e-6));
	return least_s;
}

/* Who would be below its least gets that, the others share the rest in proportion. */
static void share_out(const double *wish_s, const double *least_s, uint32_t n, double green_s, double *out_s)
{
	g_autofree bool *bound = g_new0(bool, n);
	for (bool again = true; again;) {
		double left_s = green_s, sum_s = 0;
		again = false;
		for (uint32_t r = 0; r < n; r++) {
			left_s -= bound[r] ? least_s[r] : 0;
			sum_s += bound[r] ? 0 : fmax(wish_s[r], 1e-3);
		}
		for (uint32_t r = 0; r < n; r++) {
			out_s[r] = bound[r] ? least_s[r] : left_s * fmax(wish_s[r], 1e-3) / sum_s;
			if (!bound[r] && out_s[r] < least_s[r] - 1e-9)
				bound[r] = again = true;
		}
	}
}

bool plan_set_greens(struct plan *p, const struct junction *j, double cycle_s, const double *green_s)
{
	uint32_t n = p->n_rows;
	g_autofree double *least_s = g_new(double, n), *own_s = g_new(double, n);
	double ways_s = 0, sum_least_s = 0, at_s = 0;
	for (uint32_t r = 0; r < n; r++) {
		ways_s += plan_way_s(p, j, r);
		least_s[r] = plan_least_s(p, j, r);
		sum_least_s += least_s[r];
	}
	if (cycle_s < ways_s + sum_least_s - 1e-6)
		return false;
	share_out(green_s, least_s, n, cycle_s - ways_s, own_s);
	for (uint32_t r = 0; r < n; r++) { /* ends to whole seconds: the sum stays exact */
		double begin_s = round(at_s);
		at_s += plan_way_s(p, j, r) + own_s[r];
		p->rows[r].split_s = round(at_s) - begin_s;
	}
	p->cycle_s = cycle_s;
	return true;
}

bool plan_stretch(struct plan *p, const struct junction *j, double cycle_s)
{
	g_autofree double *green_s = g_new(double, p->n_rows);
	double share = p->offset_s / p->cycle_s;
	for (uint32_t r = 0; r < p->n_rows; r++)
		green_s[r] = p->rows[r].split_s - plan_way_s(p, j, r);
	if (!plan_set_greens(p, j, cycle_s, green_s))
		return false;
	p->offset_s = fmod(round(share * cycle_s), cycle_s);
	return true;
}

struct network_plan *network_plan_new(const struct junction *const *junctions, const struct plan *const *plans, uint32_t n, double cycle_s, GError **error)
{
	owned(network_plan) p = g_new0(struct network_plan, 1);
	*p = (struct network_plan){.cycle_s = cycle_s, .plans = g_new0(struct plan *, n), .n = n};
	for (uint32_t k = 0; k < n; k++) {
		p->plans[k] = plan_copy(plans[k]);
		if (!plan_stretch(p->plans[k], junctions[k], cycle_s)) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "a cycle of %g s is too short for signal %.80s", cycle_s, junctions[k]->id);
			return NULL;
		}
	}
	return give(p);
}

struct network_plan *network_plan_copy(const struct network_plan *p)
{
	struct network_plan *copy = g_new(struct network_plan, 1);
	*copy = *p;
	copy->plans = g_new(struct plan *, p->n);
	for (uint32_t k = 0; k < p->n; k++)
		copy->plans[k] = plan_copy(p->plans[k]);
	return copy;
}

void network_plan_free(struct network_plan *p)
{
	if (!p)
		return;
	for (uint32_t k = 0; k < p->n; k++)
		plan_free(p->plans[k]);
	g_free(p->plans);
	g_free(p);
}

static bool divides(double part_s, double whole_s)
{
	double times = round(whole_s / part_s);
	return times >= 1 && times <= PARTS_MAX && fabs(times * part_s - whole_s) < 1e-6;
}

bool network_plan_check(const struct network_plan *p, const struct junction *const *junctions, GError **error)
{
	for (uint32_t k = 0; k < p->n; k++) {
		const struct plan *plan = p->plans[k];
		bool whole = fabs(plan->offset_s - round(plan->offset_s)) < 1e-6;
		for (uint32_t r = 0; r < plan->n_rows; r++)
			whole = whole && fabs(plan->rows[r].split_s - round(plan->rows[r].split_s)) < 1e-6;
		if (!whole || !divides(plan->cycle_s, p->cycle_s)) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "plan of %.80s: %s", junctions[k]->id,
				whole ? "its cycle is no whole part of the common one" : "its times are not whole seconds");
			return false;
		}
		if (!plan_check(plan, junctions[k], error))
			return false;
	}
	return true;
}

bool network_plan_equal(const struct network_plan *a, const struct network_plan *b)
{
	bool equal = a->n == b->n && fabs(a->cycle_s - b->cycle_s) < 1e-3;
	for (uint32_t k = 0; equal && k < a->n; k++)
		equal = plan_equal(a->plans[k], b->plans[k]);
	return equal;
}
