/* replan.c - see replan.h. */
#include "optimizer/replan.h"

#include <math.h>

#include "optimizer/network_plan.h"
#include "optimizer/row_ratio.h"
#include "optimizer/webster.h"

#define START_LOSS_S 2.0 /* Webster's starting delay of a stage, */
#define AMBER_USED_S 1.0 /* and what is won back at its end */
#define JUDGED_H 0.25    /* chance and overload are judged over the usual quarter of an hour */
#define FAILED_MORE 0.5  /* a lane all of whose greens leave a queue behind wants so much more than is counted */
#define CYCLE_TRY_S 2.0  /* cycles are tried in steps of so much */

struct needs { /* of a plan's rows */
	double *ratio, *least_s; /* least: effective greens */
	double *more_s;		 /* effective greens are so much longer than shown ones */
	double *flow_vps, *need; /* of the site's lanes: who comes; seconds of green a second */
	double lost_s, sum;
};

struct replan_options replan_options_default(void)
{
	return (struct replan_options){.cycle_min_s = 40, .cycle_max_s = 150, .cycle_step_frac = 0.1, .split_step_s = 5, .clear_s = 300, .worth_frac = 0.03};
}

/* Effective greens of the plan as it is. */
static void greens_of(const struct plan *p, const struct junction *j, const struct needs *x, double *green_s)
{
	for (uint32_t r = 0; r < p->n_rows; r++)
		green_s[r] = fmax(p->rows[r].split_s - plan_way_s(p, j, r) + x->more_s[r], 0);
}

/* What a slot has of the rows' greens. */
static double own_green_s(const struct demand *d, uint32_t slot, const struct plan *p, const double *green_s)
{
	double own_s = 0;

	for (uint32_t r = 0; r < p->n_rows; r++)
		own_s += row_use(d, slot, p->rows[r].stage) * green_s[r];
	return own_s;
}

static struct needs needs_of(const struct demand *d, const struct inflow *f, uint32_t site, const struct plan *now, const struct replan_options *o)
{
	const struct site *s = &d->layout->sites[site];
	struct needs x = {.ratio = g_new0(double, now->n_rows + 1), .least_s = g_new0(double, now->n_rows + 1), .more_s = g_new0(double, now->n_rows + 1),
		.flow_vps = g_new(double, s->n_slots + 1), .need = g_new(double, s->n_slots + 1)};
	g_autofree uint32_t *stages = g_new(uint32_t, now->n_rows + 1);
	g_autofree double *green_s = g_new(double, now->n_rows + 1);

	for (uint32_t r = 0; r < now->n_rows; r++) {
		stages[r] = now->rows[r].stage;
		x.more_s[r] = plan_stays_s(now, s->junction, r) + AMBER_USED_S - START_LOSS_S;
		x.lost_s += plan_way_s(now, s->junction, r) - x.more_s[r];
		x.least_s[r] = fmax(plan_least_s(now, s->junction, r) + x.more_s[r], 0);
	}
	greens_of(now, s->junction, &x, green_s);
	for (uint32_t i = 0; i < s->n_slots; i++) {
		const struct slot_state *slot = &d->slots[s->first_slot + i];
		double failed_frac = inflow_failed_frac(f, s->first_slot + i);
		x.flow_vps[i] = inflow_vps(f, d, s->first_slot + i);
		if (!inflow_counted(f, s->first_slot + i)) /* a green that leaves a queue behind was used to its end */
			x.flow_vps[i] = fmax(x.flow_vps[i], failed_frac * own_green_s(d, s->first_slot + i, now, green_s) / now->cycle_s / slot->sat_s);
		/* Who came since the last green began waits for the next one: that is no queue that is too much. */
		double too_many_veh = fmax(0.0, slot->queue_veh + slot->hidden_veh - x.flow_vps[i] * now->cycle_s);
		x.need[i] = ((1 + FAILED_MORE * failed_frac) * x.flow_vps[i] + too_many_veh / o->clear_s) * slot->sat_s;
	}
	row_ratios(d, site, stages, now->n_rows, x.need, x.ratio);
	for (uint32_t r = 0; r < now->n_rows; r++)
		x.sum += x.ratio[r];
	return x;
}

static void needs_finish(struct needs *x)
{
	g_free(x->ratio);
	g_free(x->least_s);
	g_free(x->more_s);
	g_free(x->flow_vps);
	g_free(x->need);
}

/* Vehicles that wait on one lane, on average: delay a vehicle times vehicles a second, HCM 6th ed. (2016), eq. 19-17 to 19-26 without progression,
 * metering or a queue at the beginning. `green_frac` of the cycle is its own, `need_frac` is what it needs of it. */
static double waiting_veh(double flow_vps, double sat_vps, double cycle_s, double green_frac, double need_frac)
{
	double capacity_vph = 3600 * sat_vps * fmax(green_frac, 1e-3), x = need_frac / fmax(green_frac, 1e-3), full = fmin(1, x);
	double even_s = 0.5 * cycle_s * (1 - green_frac) * (1 - green_frac) / (1 - full * green_frac);
	double chance_s = 900 * JUDGED_H * (x - 1 + sqrt((x - 1) * (x - 1) + 4 * x / (capacity_vph * JUDGED_H)));

	return flow_vps * (even_s + chance_s);
}

/* All lanes together under rows with these effective greens. */
static double plan_waiting_veh(const struct demand *d, uint32_t site, const struct plan *p, double cycle_s, const double *green_s, const struct needs *x)
{
	const struct site *s = &d->layout->sites[site];
	double sum_veh = 0;

	for (uint32_t i = 0; i < s->n_slots; i++) {
		const struct slot_state *slot = &d->slots[s->first_slot + i];
		double own_frac = fmin(own_green_s(d, s->first_slot + i, p, green_s) / cycle_s, 1);
		sum_veh += waiting_veh(x->flow_vps[i], 1 / slot->sat_s, cycle_s, own_frac, x->need[i]);
	}
	return sum_veh;
}

/* The best splits that Webster knows for the cycle, and how many wait then. */
static double split_waiting_veh(const struct demand *d, uint32_t site, const struct plan *now, double cycle_s, const struct needs *x, double *green_s)
{
	double is_s = webster_split(cycle_s, x->lost_s, x->ratio, x->least_s, now->n_rows, green_s);

	return plan_waiting_veh(d, site, now, is_s, green_s, x);
}

double replan_cycle_s(const struct demand *d, const struct inflow *f, uint32_t site, const struct plan *now, const struct replan_options *options)
{
	struct needs x = needs_of(d, f, site, now, options);
	g_autofree double *green_s = g_new0(double, now->n_rows + 1);
	double low_s = options->cycle_min_s, high_s = fmax(options->cycle_max_s, low_s), least_s = x.lost_s, best_s = low_s, best_veh = INFINITY;

	for (uint32_t r = 0; r < now->n_rows; r++)
		least_s += x.least_s[r];
	for (double cycle_s = fmin(fmax(low_s, ceil(least_s)), high_s); cycle_s <= high_s; cycle_s += CYCLE_TRY_S) {
		double veh = split_waiting_veh(d, site, now, cycle_s, &x, green_s);
		if (veh < best_veh)
			best_veh = veh, best_s = cycle_s;
	}
	bool stays = now->cycle_s >= low_s && now->cycle_s <= high_s &&
		split_waiting_veh(d, site, now, now->cycle_s, &x, green_s) * (1 - options->worth_frac) <= best_veh;
	needs_finish(&x);
	return round(stays ? now->cycle_s : best_s);
}

/* One step of the cycle towards cycle_s. */
static double step_s(const struct plan *now, double cycle_s, const struct replan_options *o)
{
	double most_s = fmax(1, floor(o->cycle_step_frac * now->cycle_s));

	return fmin(fmax(round(cycle_s), now->cycle_s - most_s), now->cycle_s + most_s);
}

struct plan *replan(const struct demand *d, const struct inflow *f, uint32_t site, const struct plan *now, double cycle_s, const struct replan_options *options)
{
	const struct junction *j = d->layout->sites[site].junction;
	owned(plan) next = plan_copy(now);
	g_autofree double *green_s = g_new0(double, now->n_rows + 1);
	double target_s = step_s(now, cycle_s, options);

	if (!plan_stretch(next, j, target_s))
		return NULL;
	struct needs x = needs_of(d, f, site, next, options);
	greens_of(now, j, &x, green_s);
	double is_veh = plan_waiting_veh(d, site, now, now->cycle_s, green_s, &x), best_veh = split_waiting_veh(d, site, next, target_s, &x, green_s);
	for (uint32_t r = 0; r < next->n_rows; r++) /* from effective greens to shown ones */
		green_s[r] -= x.more_s[r];
	needs_finish(&x);
	if (target_s == now->cycle_s && best_veh > (1 - options->worth_frac) * is_veh)
		return NULL;
	for (uint32_t r = 0; r < next->n_rows; r++) { /* one step */
		double is_s = next->rows[r].split_s - plan_way_s(next, j, r), want_s = green_s[r];
		green_s[r] = fmin(fmax(want_s, is_s - options->split_step_s), is_s + options->split_step_s);
	}
	if (!plan_set_greens(next, j, target_s, green_s) || !plan_check(next, j, NULL) || plan_equal(next, now))
		return NULL;
	return give(next);
}
