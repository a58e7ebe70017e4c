/* replan_test.c - plans that follow the traffic in small steps: each passes plan_check, none jumps, and they get where they should. */
#include <math.h>

#include "core/plan.h"
#include "optimizer/network_plan.h"
#include "optimizer/replan.h"
#include "still_town.h"

/* `standing`: on the approaches from the east and the west, and from the north and the south. */
static void look(struct town *t, double now_s, const uint32_t *standing)
{
	static const char *const lanes[] = {"E_C_1", "E_C_2", "W_C_1", "W_C_2", "N_C_1", "N_C_2", "S_C_1", "S_C_2"};

	for (uint32_t i = 0; i < 8; i++)
		town_see(t, lanes[i], now_s, standing[i / 4], 0);
	town_step(t, now_s);
}

static double share(const struct plan *p, uint32_t row)
{
	return p->rows[row].split_s / p->cycle_s;
}

/* Takes so many steps of a plan towards what is seen; each one is checked. */
static struct plan *follow(struct town *t, const struct plan *from, uint32_t steps, const struct replan_options *o)
{
	struct plan *now = plan_copy(from);
	g_autoptr(GError) error = NULL;

	for (uint32_t i = 0; i < steps; i++) {
		double cycle_s = optimizer_cycle_s(t->optimizer, 0, now, o);
		g_assert_cmpfloat(cycle_s, >=, o->cycle_min_s);
		g_assert_cmpfloat(cycle_s, <=, o->cycle_max_s);
		struct plan *next = optimizer_replan(t->optimizer, 0, now, cycle_s, o);
		if (next == NULL)
			break;
		g_assert_true(plan_check(next, t->junctions[0], &error));
		g_assert_no_error(error);
		g_assert_cmpfloat(fabs(next->cycle_s - now->cycle_s), <=, fmax(1, floor(0.1 * now->cycle_s)));
		for (uint32_t r = 0; r < next->n_rows; r++) { /* its part of the cycle's change, 5 s, and roundings */
			double stretched_s = now->rows[r].split_s * next->cycle_s / now->cycle_s;
			g_assert_cmpfloat(next->rows[r].split_s, ==, round(next->rows[r].split_s));
			g_assert_cmpfloat(fabs(next->rows[r].split_s - stretched_s), <=, 5 + 0.1 * now->cycle_s);
		}
		plan_free(now);
		now = next;
	}
	return now;
}

static void test_follows(void)
{
	owned(town) t = town_new("junction", "adaptive");
	struct replan_options o = replan_options_default();
	const uint32_t busy_east[] = {14, 1}, busy_north[] = {1, 14};

	g_assert_true(isnan(optimizer_cycle_s(t->optimizer, 0, t->plans[0], &o)));
	g_assert_null(optimizer_replan(t->optimizer, 0, t->plans[0], 90, &o));
	for (double now_s = 0; now_s < 60; now_s++)
		look(t, now_s, busy_east);
	owned(plan) a = follow(t, t->plans[0], 20, &o);
	for (double now_s = 60; now_s < 400; now_s++)
		look(t, now_s, busy_north);
	owned(plan) b = follow(t, a, 20, &o);
	g_autofree char *first = plan_print(a, t->junctions[0]), *then = plan_print(b, t->junctions[0]);
	g_test_message("%s; then %s", first, then);
	g_assert_cmpfloat(share(a, 0), >, share(a, 2)); /* A: east and west; C: north and south */
	g_assert_cmpfloat(share(b, 2), >, share(b, 0));
	g_assert_cmpfloat(share(b, 2), >, share(a, 2) + 0.1);
}

/* Whatever bounds it is given, and whatever it is asked for. */
static void test_bounds(void)
{
	owned(town) t = town_new("junction", "adaptive");
	const uint32_t standing[] = {20, 20};

	for (double now_s = 0; now_s < 100; now_s++)
		look(t, now_s, standing);
	for (double most_s = 60; most_s <= 150; most_s += 15) {
		struct replan_options o = replan_options_default();
		o.cycle_max_s = most_s;
		owned(plan) p = follow(t, t->plans[0], 30, &o);
		g_assert_cmpfloat(p->cycle_s, <=, fmax(most_s, t->plans[0]->cycle_s));
	}
	struct replan_options o = replan_options_default();
	owned(plan) none = optimizer_replan(t->optimizer, 0, t->plans[0], 1, &o); /* one step shorter at most, or not at all */
	if (none != NULL)
		g_assert_true(plan_check(none, t->junctions[0], NULL));
}

/* Seconds for which the first of the row's vehicles to end has green after the row, as a guard shows it that is asked once a second. */
static double shown_s(const struct town *t, uint32_t site, uint32_t row)
{
	const struct junction *j = t->junctions[site];
	const struct plan *p = t->plans[site];
	const char *now = j->stages[p->rows[row].stage].state, *then = j->stages[p->rows[(row + 1) % p->n_rows].stage].state;
	owned(guard) g = guard_new(j, 0);
	double end_s = p->offset_s + 3 * p->cycle_s, first_s = INFINITY;
	struct guard_verdict verdict;

	for (uint32_t r = 0; r <= row; r++)
		end_s += p->rows[r].split_s;
	for (double now_s = 0; now_s < end_s + plan_way_s(p, j, (row + 1) % p->n_rows); now_s++) {
		const char *shows = guard_next(g, plan_stage(p, now_s, NULL), now_s, &verdict);
		for (uint32_t i = 0; now_s >= end_s && i < j->n_links; i++)
			if (!j->links[i].pedestrian && shows_green(now[i]) && !shows_green(then[i]) && !shows_green(shows[i]))
				first_s = fmin(first_s, now_s - end_s);
	}
	return first_s;
}

/* While people on foot clear, those beside them still drive: what is said of a plan is what the guard shows. */
static void test_stays(void)
{
	owned(town) t = town_new("district", "fixed");
	double most_s = 0;

	for (uint32_t k = 0; k < t->n; k++)
		for (uint32_t r = 0; r < t->plans[k]->n_rows; r++) {
			double stays_s = plan_stays_s(t->plans[k], t->junctions[k], r);
			g_assert_cmpfloat(stays_s, ==, shown_s(t, k, r));
			most_s = fmax(most_s, stays_s);
		}
	g_assert_cmpfloat(most_s, >=, 5); /* the walk over a side street */
}

/* Steady traffic, then all that was counted for ten minutes is forgotten within the next thirty. */
static void test_inflow(void)
{
	owned(town) t = town_new("junction", "fixed");
	owned(layout) l = layout_new(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n);
	owned(demand) d = demand_new(l);
	owned(inflow) f = inflow_new(l);
	uint32_t lane = town_lane(t, "E_C_1"), slot = l->slot_of_lane[lane];

	for (int now_s = 1; now_s <= 2400; now_s++) {
		struct estimate e;
		estimate_init(&e, lane);
		e.t_s = now_s;
		e.window_s = 1;
		e.flow_veh = now_s % (now_s <= 600 ? 5 : 10) == 0;
		demand_see(d, &e);
		estimate_finish(&e);
		demand_step(d, now_s);
		inflow_step(f, d, now_s);
		if (now_s == 200)
			g_assert_cmpfloat(inflow_vps(f, d, slot), ==, d->slots[slot].flow_vps);
		if (now_s == 600)
			g_assert_cmpfloat_with_epsilon(inflow_vps(f, d, slot), 0.2, 0.005);
	}
	g_assert_cmpfloat_with_epsilon(inflow_vps(f, d, slot), 0.1 + 0.1 * exp(-3), 0.005);
	for (int now_s = 2401; now_s <= 3000; now_s++) { /* nobody counts: no zeros */
		demand_step(d, now_s);
		inflow_step(f, d, now_s);
	}
	g_assert_cmpfloat(inflow_vps(f, d, slot), >, 0.09);
}

static void stand(const struct town *t, struct demand *d, const char *lane, uint32_t n, double now_s)
{
	struct estimate e;
	town_picture(t, lane, now_s, n, 0, &e);
	demand_see(d, &e);
	estimate_finish(&e);
}

/* Whose greens leave a queue behind is told from who was served. */
static void test_failed(void)
{
	owned(town) t = town_new("junction", "fixed");
	owned(layout) l = layout_new(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n);
	owned(demand) d = demand_new(l);
	owned(inflow) f = inflow_new(l);
	const char *const full = "E_C_1", *const empty = "W_C_1";
	struct guard_verdict verdict;

	for (int now_s = 0; now_s <= 600; now_s++) {
		guard_next(t->guards[0], plan_stage(t->plans[0], now_s, NULL), now_s, &verdict);
		stand(t, d, full, now_s < 450 ? 8 : 0, now_s);
		stand(t, d, empty, 0, now_s);
		demand_shows(d, 0, t->guards[0], now_s);
		demand_step(d, now_s);
		inflow_step(f, d, now_s);
		if (now_s == 300) {
			g_assert_cmpfloat(inflow_failed_frac(f, l->slot_of_lane[town_lane(t, full)]), ==, 1);
			g_assert_cmpfloat(inflow_failed_frac(f, l->slot_of_lane[town_lane(t, empty)]), ==, 0);
		}
	}
	g_assert_cmpfloat(inflow_failed_frac(f, l->slot_of_lane[town_lane(t, full)]), <, 0.9);
	g_assert_cmpfloat(inflow_failed_frac(f, l->slot_of_lane[town_lane(t, full)]), >, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/replan/follows", test_follows);
	g_test_add_func("/replan/bounds", test_bounds);
	g_test_add_func("/replan/stays", test_stays);
	g_test_add_func("/replan/inflow", test_inflow);
	g_test_add_func("/replan/failed", test_failed);
	return g_test_run();
}
