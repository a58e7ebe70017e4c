/* replan.c - see replan.h. */
#include "optimizer/replan.h"

#include <math.h>

#include "optimizer/network_plan.h"
#include "optimizer/row_ratio.h"
#include "optimizer/webster.h"

#define START_LOSS_S 2.0 /* Webster's starting delay of a stage, */
#define AMBER_USED_S 1.0 /* and what is won back at its end */

struct needs { /* of a plan's rows */
	double *ratio, *least_s; /* least: effective greens */
	double lost_s, sum;
};

struct replan_options replan_options_default(void)
{
	return (struct replan_options){.cycle_min_s = 40, .cycle_max_s = 150, .cycle_step_frac = 0.1, .split_step_s = 5, .clear_s = 300};
}

static struct needs needs_of(const struct demand *d, uint32_t site, const struct plan *now, const struct replan_options *o)
{
	const struct site *s = &d->layout->sites[site];
	struct needs x = {.ratio = g_new0(double, now->n_rows + 1), .least_s = g_new0(double, now->n_rows + 1)};
	g_autofree uint32_t *stages = g_new(uint32_t, now->n_rows + 1);
	g_autofree double *need = g_new(double, s->n_slots + 1);

	for (uint32_t i = 0; i < s->n_slots; i++) {
		const struct slot_state *slot = &d->slots[s->first_slot + i];
		need[i] = (slot->flow_vps + (slot->queue_veh + slot->hidden_veh) / o->clear_s) * slot->sat_s;
	}
	for (uint32_t r = 0; r < now->n_rows; r++) {
		stages[r] = now->rows[r].stage;
		x.lost_s += plan_way_s(now, s->junction, r) + START_LOSS_S - AMBER_USED_S;
		x.least_s[r] = plan_least_s(now, s->junction, r) - START_LOSS_S + AMBER_USED_S;
	}
	row_ratios(d, site, stages, now->n_rows, need, x.ratio);
	for (uint32_t r = 0; r < now->n_rows; r++)
		x.sum += x.ratio[r];
	return x;
}

static void needs_finish(struct needs *x)
{
	g_free(x->ratio);
	g_free(x->least_s);
}

double replan_cycle_s(const struct demand *d, uint32_t site, const struct plan *now, const struct replan_options *options)
{
	struct needs x = needs_of(d, site, now, options);
	double cycle_s = fmin(fmax(webster_cycle_s(x.lost_s, x.sum), options->cycle_min_s), options->cycle_max_s);

	needs_finish(&x);
	return round(cycle_s);
}

/* One step of the cycle towards cycle_s. */
static double step_s(const struct plan *now, double cycle_s, const struct replan_options *o)
{
	double most_s = fmax(1, floor(o->cycle_step_frac * now->cycle_s));

	return fmin(fmax(round(cycle_s), now->cycle_s - most_s), now->cycle_s + most_s);
}

struct plan *replan(const struct demand *d, uint32_t site, const struct plan *now, double cycle_s, const struct replan_options *options)
{
	const struct junction *j = d->layout->sites[site].junction;
	owned(plan) next = plan_copy(now);
	g_autofree double *green_s = g_new0(double, now->n_rows + 1);
	double target_s = step_s(now, cycle_s, options);

	if (!plan_stretch(next, j, target_s))
		return NULL;
	struct needs x = needs_of(d, site, next, options);
	webster_split(target_s, x.lost_s, x.ratio, x.least_s, next->n_rows, green_s);
	needs_finish(&x);
	for (uint32_t r = 0; r < next->n_rows; r++) { /* from effective greens to shown ones, one step */
		double is_s = next->rows[r].split_s - plan_way_s(next, j, r), want_s = green_s[r] + START_LOSS_S - AMBER_USED_S;
		green_s[r] = fmin(fmax(want_s, is_s - options->split_step_s), is_s + options->split_step_s);
	}
	if (!plan_set_greens(next, j, target_s, green_s) || !plan_check(next, j, NULL) || plan_equal(next, now))
		return NULL;
	return give(next);
}
