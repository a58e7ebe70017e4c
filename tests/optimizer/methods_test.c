/* methods_test.c - Webster's formulas against numbers worked by hand, and what webster and maxpressure make of traffic that has an answer. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "optimizer/webster.h"
#include "still_town.h"

enum { A, B, C, D }; /* stages of configs/junction: west-east, its left turns, north-south, its left turns */
static const char *const lanes[] = {"W_C_1", "W_C_2", "E_C_1", "E_C_2", "N_C_1", "N_C_2", "S_C_1", "S_C_2"};

/* Two stages: 600 of 2400 veh/h and 900 of 3000 veh/h, L = 10 s. Y = 0.55, C = 20 / 0.45 = 44.4 s, greens 34.4 * 25/55 and * 30/55. */
static void test_webster_by_hand(void)
{
	const double ratio[] = {600.0 / 2400.0, 900.0 / 3000.0}, least_s[] = {5, 5};
	double green_s[2], cycle_s = webster_cycle_s(10, ratio[0] + ratio[1]);
	g_assert_cmpfloat_with_epsilon(cycle_s, 44.444, 1e-3);
	g_assert_cmpfloat_with_epsilon(webster_split(cycle_s, 10, ratio, least_s, 2, green_s), 44.444, 1e-3);
	g_assert_cmpfloat_with_epsilon(green_s[0], 15.657, 1e-3);
	g_assert_cmpfloat_with_epsilon(green_s[1], 18.788, 1e-3);
	g_assert_true(isinf(webster_cycle_s(10, 0.97)));
}

static void test_webster_minimum(void)
{
	const double ratio[] = {0.02, 0.3, 0.2}, least_s[] = {8, 5, 5}, none[] = {0, 0};
	double green_s[3];
	g_assert_cmpfloat_with_epsilon(webster_split(60, 12, ratio, least_s, 3, green_s), 60, 1e-9);
	g_assert_cmpfloat_with_epsilon(green_s[0], 8, 1e-9); /* 1.8 s would be its share: it gets its least, the others share 40 s */
	g_assert_cmpfloat_with_epsilon(green_s[1], 24, 1e-9);
	g_assert_cmpfloat_with_epsilon(green_s[2], 16, 1e-9);
	g_assert_cmpfloat_with_epsilon(webster_split(20, 12, ratio, least_s, 3, green_s), 30, 1e-9); /* nobody may fall short */
	g_assert_cmpfloat_with_epsilon(webster_split(40, 10, none, least_s, 2, green_s), 40, 1e-9);
	g_assert_cmpfloat_with_epsilon(green_s[0], 15, 1e-9);
}

/* Green of each stage in the last 300 s of 900, when lane `busy` has a vehicle every 6 s and all others one every 30 s. */
static void greens_of(const char *method, const char *busy, double *green_s)
{
	owned(town) t = town_new("junction", method);
	for (uint32_t s = 0; s < 4; s++)
		green_s[s] = 0;
	for (double now_s = 0; now_s < 900; now_s++) {
		for (guint i = 0; i < G_N_ELEMENTS(lanes); i++) { /* each drives in at one end of the view and is gone ten seconds later */
			double every_s = strcmp(lanes[i], busy) == 0 ? 6 : 30;
			struct seen_vehicle at[4];
			struct estimate e;
			estimate_init(&e, town_lane(t, lanes[i]));
			e.t_s = now_s;
			e.view_m = 100;
			e.window_s = 1;
			e.flow_veh = now_s >= 10 && fmod(now_s - 10, every_s) == 0;
			e.n_vehicles = 0;
			for (double ago_s = fmod(now_s, every_s); ago_s < 10 && ago_s <= now_s && e.n_vehicles < 4; ago_s += every_s)
				at[e.n_vehicles++] = (struct seen_vehicle){100 - 10 * ago_s, 10, 4.5};
			for (uint32_t k = 0; k < e.n_vehicles / 2; k++) {
				struct seen_vehicle far = at[k];
				at[k] = at[e.n_vehicles - 1 - k];
				at[e.n_vehicles - 1 - k] = far;
			}
			e.vehicles = g_memdup2(at, sizeof at);
			optimizer_see(t->optimizer, &e);
			estimate_finish(&e);
		}
		town_step(t, now_s);
		green_s[guard_stage(t->guards[0])] += now_s >= 600 && guard_settled(t->guards[0]);
	}
}

static void test_webster_follows_flow(void)
{
	double ew_s[4], ns_s[4];
	greens_of("webster", "W_C_1", ew_s);
	greens_of("webster", "N_C_1", ns_s);
	g_assert_cmpfloat(ew_s[A], >, 1.5 * ew_s[C]);
	g_assert_cmpfloat(ns_s[C], >, 1.5 * ns_s[A]);
	for (uint32_t s = 0; s < 4; s++) /* and nobody is left out */
		g_assert_cmpfloat(fmin(ew_s[s], ns_s[s]), >=, 300.0 / 120 * 5);
}

/* By hand: 6 vehicles on a through lane and 2 on another, equal saturation flows, nothing downstream: the six. */
static void test_pressure_by_hand(void)
{
	static const struct {
		uint32_t ew, ew_left, ns, ns_left, stage;
	} cases[] = {{6, 0, 2, 0, A}, {2, 0, 6, 0, C}, {0, 5, 1, 1, B}, {1, 1, 0, 4, D}};
	for (guint k = 0; k < G_N_ELEMENTS(cases); k++) {
		owned(town) t = town_new("junction", "maxpressure");
		struct decision d;
		for (double now_s = 0; now_s < 12; now_s++) {
			for (guint i = 0; i < G_N_ELEMENTS(lanes); i++) {
				bool ew = i < 4, left = i % 2;
				town_see(t, lanes[i], now_s, ew ? left ? cases[k].ew_left : cases[k].ew : left ? cases[k].ns_left : cases[k].ns, 0);
			}
			town_step(t, now_s);
			optimizer_plan(t->optimizer, 0, &d);
			g_assert_cmpuint(d.stage, ==, cases[k].stage);
		}
	}
}

/* A queue where it would go is pressure against it: J1's way east is worth less while J2's western approach is full. */
static void test_pressure_from_below(void)
{
	owned(town) t = town_new("district", "maxpressure");
	owned(town) full = town_new("district", "maxpressure");
	double free_pressure = 0, held_pressure = 0;
	struct decision d;
	for (uint32_t j = 0; j < t->n; j++)
		for (uint32_t k = 0; k < t->junctions[j]->n_lanes; k++) {
			const char *lane = t->net->lanes[t->junctions[j]->lanes[k]].id;
			town_see(t, lane, 0, j == 0 ? 4 : 0, 0);
			town_see(full, lane, 0, j == 0 ? 4 : 12, 0);
		}
	town_step(t, 0);
	town_step(full, 0);
	optimizer_plan(t->optimizer, 0, &d);
	g_assert_cmpint(sscanf(d.why, "pressure of %*s is %lf", &free_pressure), ==, 1);
	optimizer_plan(full->optimizer, 0, &d);
	g_assert_cmpint(sscanf(d.why, "pressure of %*s is %lf", &held_pressure), ==, 1);
	g_assert_cmpfloat(free_pressure, >, 0);
	g_assert_cmpfloat(held_pressure, <, free_pressure);
}

/* It changes its mind at most every ten seconds. */
static void test_pressure_pace(void)
{
	owned(town) t = town_new("junction", "maxpressure");
	uint32_t changes = 0, last = STAGE_NONE;
	for (double now_s = 0; now_s < 300; now_s++) {
		for (guint i = 0; i < G_N_ELEMENTS(lanes); i++)
			town_see(t, lanes[i], now_s, ((uint32_t) now_s / 2 + i * 3) % 8, 0); /* the fullest lane is another one every two seconds */
		town_step(t, now_s);
		struct decision d;
		optimizer_plan(t->optimizer, 0, &d);
		changes += d.stage != last;
		last = d.stage;
	}
	g_assert_cmpuint(changes, <=, 30);
	g_assert_cmpuint(changes, >=, 10);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/methods/webster-by-hand", test_webster_by_hand);
	g_test_add_func("/methods/webster-minimum", test_webster_minimum);
	g_test_add_func("/methods/webster-follows-flow", test_webster_follows_flow);
	g_test_add_func("/methods/pressure-by-hand", test_pressure_by_hand);
	g_test_add_func("/methods/pressure-from-below", test_pressure_from_below);
	g_test_add_func("/methods/pressure-pace", test_pressure_pace);
	return g_test_run();
}
