/* optimizer_test.c - the face: the obvious stage, nobody starves, and what is missing, late or absurd is survived. */
#include <math.h>
#include <string.h>

#include "still_town.h"

static const char *const lanes[] = {"W_C_1", "E_C_1", "N_C_1", "S_C_1"}; /* of configs/junction: one of each approach */

static void test_methods(void)
{
	const char *const *names = method_names();
	for (; *names; names++)
		g_assert_nonnull(method_find(*names));
	g_assert_null(method_find("magic"));
	g_assert_null(method_find(""));
}

static void test_options_refused(void)
{
	owned(town) t = town_new("junction", "fixed");
	const struct {
		struct optimizer_options options;
		const char *says;
	} cases[] = {
		{{.horizon_s = 5.0, .step_s = 1.0, .stop_penalty_s = 5.0}, "*horizon is 5 s, must be 10 to*"},
		{{.horizon_s = NAN, .step_s = 1.0, .stop_penalty_s = 5.0}, "*horizon*"},
		{{.horizon_s = 60.0, .step_s = 0.0, .stop_penalty_s = 5.0}, "*step is 0 s*"},
		{{.horizon_s = 60.0, .step_s = 1.0, .stop_penalty_s = -1.0}, "*stop penalty is -1 s*"},
	};
	for (guint k = 0; k < G_N_ELEMENTS(cases); k++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(optimizer_alloc(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n,
			method_find("adaptive"), &cases[k].options, &error));
		g_assert_nonnull(error);
		g_assert_true(g_pattern_match_simple(cases[k].says, error->message));
	}
}

/* The second at which a stage that serves `lane` shows in full, or -1. */
static double served_at(struct town *t, const char *crowded, uint32_t n_standing, double until_s)
{
	uint32_t lane = town_lane(t, crowded);
	for (double now_s = 0.0; now_s < until_s; now_s += 1.0) {
		for (guint k = 0; k < G_N_ELEMENTS(lanes); k++)
			town_see(t, lanes[k], now_s, strcmp(lanes[k], crowded) == 0 ? n_standing : 0, 0.0);
		town_step(t, now_s);
		if (guard_settled(t->guards[0]) && guard_stage(t->guards[0]) != STAGE_NONE && junction_serves(t->junctions[0], guard_stage(t->guards[0]), lane))
			return now_s;
	}
	return -1.0;
}

static void test_obvious_stage(void)
{
	for (guint k = 0; k < G_N_ELEMENTS(lanes); k++) {
		owned(town) t = town_new("junction", "adaptive");
		double at_s = served_at(t, lanes[k], 8, 60.0);
		g_assert_cmpfloat(at_s, >=, 0.0);
		g_assert_cmpfloat(at_s, <, 15.0); /* from all red, amber and all-red of one wrong first choice at most */
		struct decision d;
		optimizer_plan(t->optimizer, 0, &d);
		g_assert_true(junction_serves(t->junctions[0], d.stage, town_lane(t, lanes[k])));
		g_assert_cmpuint(strlen(d.why), >, 0);
	}
}

/* A heavy arterial that is never done, and one vehicle in the side street. */
static void test_nobody_starves(void)
{
	owned(town) t = town_new("junction", "adaptive");
	uint32_t side = town_lane(t, "N_C_1");
	double last_s = 0.0, longest_s = 0.0;
	for (double now_s = 0.0; now_s < 600.0; now_s += 1.0) {
		town_see(t, "W_C_1", now_s, 13, 0.0);
		town_see(t, "E_C_1", now_s, 13, 0.0);
		town_see(t, "N_C_1", now_s, 1, 0.0);
		town_see(t, "S_C_1", now_s, 0, 0.0);
		town_step(t, now_s);
		if (guard_settled(t->guards[0]) && junction_serves(t->junctions[0], guard_stage(t->guards[0]), side)) {
			longest_s = fmax(longest_s, now_s - last_s);
			last_s = now_s;
		}
	}
	longest_s = fmax(longest_s, 600.0 - last_s);
	g_assert_cmpfloat(longest_s, <=, t->junctions[0]->links[0].max_red_s + 20.0);
}

static void test_without_eyes(void)
{
	owned(town) t = town_new("junction", "adaptive");
	owned(town) f = town_new("junction", "fixed");
	struct decision d;
	for (double now_s = 0.0; now_s < 30.0; now_s += 1.0) {
		town_step(t, now_s);
		town_step(f, now_s);
		optimizer_plan(t->optimizer, 0, &d);
		g_assert_cmpuint(d.stage, <, t->junctions[0]->n_stages);
		g_assert_false(optimizer_test(t->optimizer, 0));
		g_assert_true(optimizer_test(f->optimizer, 0)); /* the plan needs no eyes */
	}
	town_see(t, "W_C_1", 30.0, 3, 0.0); /* one lane is enough to begin with */
	town_step(t, 30.0);
	g_assert_true(optimizer_test(t->optimizer, 0));
	for (double now_s = 31.0; now_s < 50.0; now_s += 1.0)
		town_step(t, now_s);
	g_assert_false(optimizer_test(t->optimizer, 0)); /* all stale again */
}

static void test_fixed_follows_the_plan(void)
{
	owned(town) t = town_new("district", "fixed");
	double left_s;
	for (double now_s = 0.0; now_s < 200.0; now_s += 1.0) {
		town_step(t, now_s);
		for (uint32_t k = 0; k < t->n; k++) {
			struct decision d;
			optimizer_plan(t->optimizer, k, &d);
			g_assert_cmpuint(d.stage, ==, plan_stage(t->plans[k], now_s + 1e-6, &left_s));
		}
	}
}

/* What nobody can mean must not move anything: the same decisions as without it. */
static void test_absurd_is_ignored(void)
{
	owned(town) plain = town_new("junction", "adaptive");
	owned(town) mad = town_new("junction", "adaptive");
	for (double now_s = 0.0; now_s < 120.0; now_s += 1.0) {
		for (guint k = 0; k < G_N_ELEMENTS(lanes); k++) {
			town_see(plain, lanes[k], now_s, (uint32_t) (now_s / 10.0) % (k + 2), 0.0);
			town_see(mad, lanes[k], now_s, (uint32_t) (now_s / 10.0) % (k + 2), 0.0);
		}
		struct estimate e;
		estimate_init(&e, UINT32_MAX - 1); /* no such lane */
		e.t_s = now_s;
		optimizer_see(mad->optimizer, &e);
		estimate_init(&e, town_lane(mad, "W_C_1"));
		e.t_s = now_s + 1000.0; /* from the future: would hide all that follows */
		optimizer_see(mad->optimizer, &e);
		e.t_s = NAN;
		optimizer_see(mad->optimizer, &e);
		e.t_s = now_s - 0.5; /* older than the last */
		e.queue_veh = 30.0;
		optimizer_see(mad->optimizer, &e);
		e.t_s = now_s + 0.5;
		e.queue_veh = 1e6;
		optimizer_see(mad->optimizer, &e);
		town_step(plain, now_s);
		town_step(mad, now_s);
		struct decision a, b;
		optimizer_plan(plain->optimizer, 0, &a);
		optimizer_plan(mad->optimizer, 0, &b);
		g_assert_cmpuint(a.stage, ==, b.stage);
		g_assert_cmpstr(a.why, ==, b.why);
	}
}

static void test_forecast_of_the_seen(void)
{
	owned(town) t = town_new("junction", "adaptive");
	struct estimate e;
	double veh[6], sd[6], speed_mps = t->net->lanes[town_lane(t, "W_C_1")].speed_mps;
	struct seen_vehicle coming[3] = {{5.5 * speed_mps, speed_mps, 4.6}, {6.5 * speed_mps, speed_mps, 4.6}, {7.5 * speed_mps, speed_mps, 4.6}};
	for (double now_s = 0.0; now_s < 3.0; now_s += 1.0) {
		town_see(t, "W_C_1", now_s, 0, 0.0);
		town_step(t, now_s);
	}
	estimate_init(&e, town_lane(t, "W_C_1"));
	e.t_s = 3.0;
	e.view_m = 20.0 * speed_mps;
	e.vehicles = coming;
	e.n_vehicles = 3;
	optimizer_see(t->optimizer, &e);
	town_step(t, 3.0);
	optimizer_forecast(t->optimizer, e.lane, 5.0, 6, veh, sd);
	g_assert_cmpfloat_with_epsilon(veh[0], 0.0, 0.1);
	g_assert_cmpfloat_with_epsilon(veh[1], 3.0, 0.1); /* between 5 and 10 s */
	g_assert_cmpfloat_with_epsilon(veh[2], 0.0, 0.1);
	g_assert_cmpfloat(sd[5], >, sd[0]); /* what nobody has seen is less certain */
	optimizer_forecast(t->optimizer, UINT32_MAX, 5.0, 6, veh, sd);
	g_assert_true(isnan(veh[0]));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/optimizer/methods", test_methods);
	g_test_add_func("/optimizer/options-refused", test_options_refused);
	g_test_add_func("/optimizer/obvious-stage", test_obvious_stage);
	g_test_add_func("/optimizer/nobody-starves", test_nobody_starves);
	g_test_add_func("/optimizer/without-eyes", test_without_eyes);
	g_test_add_func("/optimizer/fixed", test_fixed_follows_the_plan);
	g_test_add_func("/optimizer/absurd", test_absurd_is_ignored);
	g_test_add_func("/optimizer/forecast-of-the-seen", test_forecast_of_the_seen);
	return g_test_run();
}
