/* optimizer_property.c - whatever is seen, in whatever order: a valid decision every second, and the same one twice. */
#include <math.h>
#include <string.h>

#include "still_town.h"

#define RUNS 4
#define SECONDS 60

/* Anything that estimate_check would let pass, and some that it would not. */
static void see_anything(struct town *a, struct town *b, GRand *dice, double now_s)
{
	struct estimate e;
	struct seen_vehicle vehicles[20];
	double dist_m = 0.0;
	estimate_init(&e, (uint32_t) g_rand_int_range(dice, 0, (gint32) a->net->n_lanes));
	e.t_s = now_s - g_rand_double_range(dice, -0.5, 4.0);
	e.view_m = g_rand_int_range(dice, 0, 4) ? g_rand_double_range(dice, 10.0, 150.0) : UNKNOWN;
	e.window_s = g_rand_double_range(dice, 0.5, 15.0);
	if (g_rand_boolean(dice))
		e.flow_veh = g_rand_int_range(dice, 0, 6);
	if (g_rand_boolean(dice))
		e.queue_veh = g_rand_double_range(dice, 0.0, 60.0);
	if (g_rand_boolean(dice))
		e.speed_mps = g_rand_double_range(dice, 0.0, 30.0);
	if (g_rand_boolean(dice)) {
		e.vehicles = vehicles;
		e.n_vehicles = (uint32_t) g_rand_int_range(dice, 0, 20);
		for (uint32_t i = 0; i < e.n_vehicles; i++) {
			dist_m += g_rand_double_range(dice, 0.0, 15.0);
			vehicles[i] = (struct seen_vehicle){dist_m, g_rand_boolean(dice) ? 0.0 : g_rand_double_range(dice, 0.0, 40.0), UNKNOWN};
		}
	}
	optimizer_see(a->optimizer, &e);
	optimizer_see(b->optimizer, &e);
}

static void check(const struct decision *d, const struct junction *j)
{
	g_assert_cmpuint(d->stage, <, j->n_stages);
	g_assert_cmpuint(d->n, >=, 1);
	g_assert_cmpuint(d->n, <=, DECISION_MAX_STAGES);
	for (uint32_t k = 0; k < d->n; k++) {
		g_assert_cmpuint(d->ahead[k].stage, <, j->n_stages);
		g_assert_cmpfloat(d->ahead[k].start_s, >=, 0.0);
		g_assert_cmpfloat(d->ahead[k].end_s, >=, d->ahead[k].start_s);
		if (k > 0)
			g_assert_cmpfloat(d->ahead[k].start_s, >=, d->ahead[k - 1].end_s);
	}
	g_assert_true(isfinite(d->delay_chosen_s) && d->delay_chosen_s >= 0.0);
	g_assert_true(isfinite(d->delay_own_s) && (d->pressed || d->delay_own_s >= d->delay_chosen_s - 1e-6)); /* its own plan is always an answer */
	g_assert_cmpuint(strnlen(d->why, sizeof d->why), <, sizeof d->why);
	g_assert_cmpuint(strlen(d->why), >, 0);
}

static void same(const struct decision *a, const struct decision *b)
{
	g_assert_cmpuint(a->stage, ==, b->stage);
	g_assert_cmpuint(a->n, ==, b->n);
	g_assert_cmpfloat(a->delay_chosen_s, ==, b->delay_chosen_s);
	g_assert_cmpfloat(a->delay_own_s, ==, b->delay_own_s);
	g_assert_cmpstr(a->why, ==, b->why);
}

static void test_anything(gconstpointer name)
{
	GRand *dice = g_rand_new_with_seed((guint32) g_test_rand_int());
	for (int run = 0; run < RUNS; run++) {
		owned(town) a = town_new(name, "adaptive");
		owned(town) b = town_new(name, "adaptive");
		double now_s = g_rand_double_range(dice, 0.0, 2e9);
		for (int k = 0; k < SECONDS; k++) {
			for (int n = g_rand_int_range(dice, 0, 40); n > 0; n--)
				see_anything(a, b, dice, now_s);
			town_step(a, now_s);
			town_step(b, now_s);
			for (uint32_t j = 0; j < a->n; j++) {
				struct decision x, y;
				optimizer_plan(a->optimizer, j, &x);
				optimizer_plan(b->optimizer, j, &y);
				check(&x, a->junctions[j]);
				same(&x, &y);
			}
			now_s += g_rand_int_range(dice, 0, 20) ? 1.0 : g_rand_double_range(dice, 0.1, 30.0);
		}
	}
	g_rand_free(dice);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/optimizer/anything/junction", "junction", test_anything);
	g_test_add_data_func("/optimizer/anything/district", "district", test_anything);
	return g_test_run();
}
