/* byplan_test.c - a junction whose cabinet runs a plan by itself: what is said of it is that plan, and its neighbour reckons with its greens. */
#include <math.h>
#include <string.h>

#include "still_town.h"

#define FROM_J1 "J1_J2_2" /* straight on at J2; comes by stage A of J1 from the west */

static uint32_t find(const struct town *t, const char *id)
{
	for (uint32_t k = 0; k < t->n; k++)
		if (strcmp(t->junctions[k]->id, id) == 0)
			return k;
	g_assert_not_reached();
}

/* All lanes of all junctions are seen empty but for those to J1 from the west, on which five stand. */
static void second(struct town *t, double now_s)
{
	for (uint32_t k = 0; k < t->n; k++)
		for (uint32_t i = 0; i < t->junctions[k]->n_lanes; i++) {
			const char *lane = t->net->lanes[t->junctions[k]->lanes[i]].id;
			town_see(t, lane, now_s, g_str_has_prefix(lane, "W_J1") ? 5 : 0, 0);
		}
	town_step(t, now_s);
}

static void test_says_its_plan(void)
{
	owned(town) t = town_new("district", "adaptive");
	uint32_t j1 = find(t, "J1");
	const struct plan *plan = t->plans[j1];

	optimizer_runs(t->optimizer, j1, plan);
	for (double now_s = 0; now_s < 2 * plan->cycle_s; now_s++) {
		struct decision d;
		double left_s, ahead_s;
		second(t, now_s);
		optimizer_plan(t->optimizer, j1, &d);
		g_assert_cmpuint(d.stage, ==, plan_stage(plan, now_s, &left_s));
		g_assert_cmpuint(d.n, ==, plan->n_rows);
		g_assert_cmpuint(d.ahead[0].stage, ==, d.stage);
		g_assert_cmpfloat_with_epsilon(d.ahead[0].end_s, left_s, 1e-6);
		for (uint32_t i = 1; i < d.n; i++) {
			g_assert_cmpfloat(d.ahead[i].start_s, >, d.ahead[i - 1].end_s); /* amber and all-red are between */
			g_assert_cmpuint(d.ahead[i].stage, ==, plan_stage(plan, now_s + d.ahead[i].start_s, &ahead_s));
		}
		g_assert_true(g_str_has_prefix(d.why, "its cabinet runs a plan of "));
		g_assert_true(isnan(d.delay_own_s) && isnan(d.delay_next_s) && d.delay_chosen_s > 0);
	}
	optimizer_runs(t->optimizer, j1, NULL);
	second(t, 2 * plan->cycle_s);
	struct decision d;
	optimizer_plan(t->optimizer, j1, &d);
	g_assert_false(g_str_has_prefix(d.why, "its cabinet"));
	g_assert_true(isfinite(d.delay_own_s));
}

/* Those that are expected at J2's lane within `within_s` when J1's plan begins with the green of the road to it in `in_s`. */
static double comes_veh(double in_s, uint32_t bins)
{
	owned(town) t = town_new("district", "adaptive");
	uint32_t j1 = find(t, "J1");
	owned(plan) plan = plan_copy(t->plans[j1]);
	double veh[60], sd[60], sum_veh = 0, now_s = 2 * plan->cycle_s;

	plan->offset_s = fmod(now_s + in_s, plan->cycle_s); /* the first row is the main road's */
	optimizer_runs(t->optimizer, j1, plan);
	for (double s = now_s - 30; s <= now_s; s++)
		second(t, s);
	optimizer_forecast(t->optimizer, town_lane(t, FROM_J1), 1, bins, veh, sd);
	for (uint32_t i = 0; i < bins; i++)
		sum_veh += veh[i];
	return sum_veh;
}

static void test_neighbour(void)
{
	/* The way takes some 20 s: who waits for a green that begins now is there within 45 s, who waits for one in 35 s is not. */
	double soon_veh = comes_veh(0, 45), late_veh = comes_veh(35, 45);

	g_test_message("%.2f and %.2f vehicles", soon_veh, late_veh);
	g_assert_cmpfloat(soon_veh, >, late_veh + 0.5);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/byplan/says-its-plan", test_says_its_plan);
	g_test_add_func("/byplan/neighbour", test_neighbour);
	return g_test_run();
}
