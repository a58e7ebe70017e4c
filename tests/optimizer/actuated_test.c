/* actuated_test.c - gap-actuated control: minimum, gap-out, max-out, nothing skipped; and a program of that type under the fixed method. */
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "still_town.h"

/* Stages of configs/junction: A west-east, B its left turns, C north-south, D its left turns. */
enum { A, B, C, D };
static const char *const lanes[] = {"W_C_1", "W_C_2", "E_C_1", "E_C_2", "N_C_1", "N_C_2", "S_C_1", "S_C_2"};

#define LOOP_M 23.4868 /* (5 / 1.9 + 0.5) * 7.5, less than 2 s at 13.89 m/s */

/* One picture of a lane: a vehicle whose tail left the loop ago_s before, or none (NaN). */
static void see(const struct town *t, const char *lane, double now_s, double ago_s)
{
	struct seen_vehicle v = {LOOP_M - 4.5 - 10 * ago_s, 10, 4.5};
	struct estimate e;
	estimate_init(&e, town_lane(t, lane));
	e.t_s = now_s;
	e.view_m = 100;
	e.window_s = 1;
	e.flow_veh = 0;
	e.n_vehicles = !isnan(ago_s);
	e.vehicles = g_memdup2(&v, sizeof v);
	optimizer_see(t->optimizer, &e);
	estimate_finish(&e);
}

struct green {
	uint32_t stage;
	double begin_s, left_s; /* all of it shows; the method asks for another */
	char why[96];
};

/* Runs from the first green of `stage` on, with vehicles on `lane` as `when` says (s since that green began; NaN = none), and tells the
 * greens that follow, that one first. `blind` NULL or a lane that no camera sees. */
static void run(struct town *t, const char *lane, double (*when)(double green_s), const char *blind, struct green *greens, uint32_t n)
{
	uint32_t k = 0;
	bool asked_away = true;
	greens[0] = (struct green){.begin_s = UNKNOWN};
	for (double now_s = 0; now_s < 600 && k < n; now_s++) {
		double since_s = now_s - greens[0].begin_s;
		for (guint i = 0; i < G_N_ELEMENTS(lanes); i++)
			if (g_strcmp0(lanes[i], blind) != 0)
				see(t, lanes[i], now_s, lane && strcmp(lanes[i], lane) == 0 && !isnan(since_s) ? when(since_s) : UNKNOWN);
		town_step(t, now_s);
		struct decision d;
		optimizer_plan(t->optimizer, 0, &d);
		bool settled = guard_settled(t->guards[0]);
		if (asked_away && settled && d.stage == guard_stage(t->guards[0]) && (k > 0 || d.stage == A)) {
			greens[k] = (struct green){.stage = d.stage, .begin_s = now_s};
			asked_away = false;
		} else if (!asked_away && d.stage != greens[k].stage) {
			greens[k].left_s = now_s;
			g_strlcpy(greens[k].why, d.why, sizeof greens[k].why);
			asked_away = true;
			k++;
		}
	}
	g_assert_cmpuint(k, ==, n);
}

static double never(double green_s)
{
	(void) green_s;
	return UNKNOWN;
}

/* Every other second, the last at 20 s. */
static double until_20(double green_s)
{
	return green_s <= 20 && fmod(green_s, 2) == 0 ? 0.5 : UNKNOWN;
}

static double always(double green_s)
{
	(void) green_s;
	return -0.1; /* it stands on the loop */
}

static void test_minimum(void)
{
	owned(town) t = town_new("junction", "actuated");
	struct green g[9];
	run(t, NULL, never, NULL, g, G_N_ELEMENTS(g));
	for (uint32_t k = 0; k < G_N_ELEMENTS(g); k++) {
		g_assert_cmpuint(g[k].stage, ==, k % 4); /* nothing is skipped */
		g_assert_cmpfloat(g[k].left_s - g[k].begin_s, ==, 5);
		g_assert_true(g_str_has_prefix(g[k].why, "gap-out"));
	}
}

static void test_gap_out(void)
{
	owned(town) t = town_new("junction", "actuated");
	struct green g[2];
	run(t, "W_C_1", until_20, NULL, g, 2);
	/* The last tail left the loop at 19.5 s, 3 s later is the first whole second at or after 22.5. */
	g_assert_cmpfloat(g[0].left_s - g[0].begin_s, ==, 23);
	g_assert_true(g_str_has_prefix(g[0].why, "gap-out"));
	g_assert_cmpuint(g[1].stage, ==, B);
	g_assert_cmpfloat(g[1].left_s - g[1].begin_s, ==, 5);
}

static void test_max_out(void)
{
	owned(town) t = town_new("junction", "actuated");
	struct green g[2];
	run(t, "W_C_1", always, NULL, g, 2);
	g_assert_cmpfloat(g[0].left_s - g[0].begin_s, ==, 50);
	g_assert_true(g_str_has_prefix(g[0].why, "max-out"));
	g_assert_cmpuint(g[1].stage, ==, B);
}

/* Who sees red, or gives way and gets a green of his own later, holds nobody's green. */
static void test_only_its_own(void)
{
	static const char *const others[] = {"N_C_1", "S_C_2", "W_C_2"};
	for (guint k = 0; k < G_N_ELEMENTS(others); k++) {
		owned(town) t = town_new("junction", "actuated");
		struct green g[1];
		run(t, others[k], always, NULL, g, 1);
		g_assert_cmpfloat(g[0].left_s - g[0].begin_s, ==, 5);
	}
	owned(town) t = town_new("junction", "actuated");
	struct green g[2];
	run(t, "W_C_2", always, NULL, g, 2);
	g_assert_cmpuint(g[1].stage, ==, B);
	/* Those links are green since A began, giving way: the guard lets nobody have more than 60 s while others wait. */
	g_assert_cmpfloat(g[1].left_s - g[1].begin_s, >, 40);
	g_assert_cmpfloat(g[1].left_s - g[0].begin_s, ==, 61); /* the method sees it a second later */
}

/* A loop that nobody sees is a failed detector: maximum recall. */
static void test_failed_detector(void)
{
	owned(town) t = town_new("junction", "actuated");
	struct green g[1];
	run(t, NULL, never, "E_C_1", g, 1);
	g_assert_cmpfloat(g[0].left_s - g[0].begin_s, ==, 50);
}

/* A: 8 to 20 s, gap 5 s. B: 6 s as it says. C: 9 s at least. */
static void make_actuated(struct network *net)
{
	struct net_program *p = &net->signals[0].programs[0];
	g_free(p->type);
	p->type = g_strdup("actuated");
	p->actuation.max_gap_s = 5;
	p->phases[0].min_s = 8;
	p->phases[0].max_s = 20;
	for (uint32_t k = 0; k < p->n_phases; k++)
		if (strncmp(p->phases[k].state, "gGgrrr", 6) == 0 && strchr(p->phases[k].state + 12, 'G'))
			p->phases[k].min_s = 9;
}

static void test_program(void)
{
	static const char *const methods[] = {"fixed", "actuated"};
	for (guint k = 0; k < G_N_ELEMENTS(methods); k++) {
		owned(town) quiet = town_new_changed("junction", methods[k], make_actuated);
		owned(town) busy = town_new_changed("junction", methods[k], make_actuated);
		struct green g[3];
		g_assert_false(optimizer_blind(quiet->optimizer, 0));
		run(quiet, NULL, never, NULL, g, 3);
		g_assert_cmpfloat(g[0].left_s - g[0].begin_s, ==, 8);
		g_assert_cmpfloat(g[1].left_s - g[1].begin_s, ==, 6);
		g_assert_cmpfloat(g[2].left_s - g[2].begin_s, ==, 9);
		run(busy, "E_C_1", always, NULL, g, 2);
		g_assert_cmpfloat(g[0].left_s - g[0].begin_s, ==, 20);
		g_assert_cmpfloat(g[1].left_s - g[1].begin_s, ==, 6);
	}
	owned(town) fixed = town_new("junction", "fixed");
	g_assert_true(optimizer_blind(fixed->optimizer, 0));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/actuated/minimum", test_minimum);
	g_test_add_func("/actuated/gap-out", test_gap_out);
	g_test_add_func("/actuated/max-out", test_max_out);
	g_test_add_func("/actuated/only-its-own", test_only_its_own);
	g_test_add_func("/actuated/failed-detector", test_failed_detector);
	g_test_add_func("/actuated/program", test_program);
	return g_test_run();
}
