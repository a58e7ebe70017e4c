/* profile_test.c - the day's profile is learned, a deviation is carried on and fades, and the scores say how good it was. */
#include "optimizer/profile.h"

#include <math.h>

#include "still_town.h"

#define DAY_S 86400.0

struct state {
	struct town *town;
	struct layout *layout;
	struct profile *profile;
	uint32_t slot;
};

static struct state state_new(void)
{
	struct state s = {.town = town_new("junction", "fixed")};
	s.layout = layout_new(s.town->net, (const struct junction *const *) s.town->junctions, (const struct plan *const *) s.town->plans, s.town->n);
	s.profile = profile_new(s.layout);
	s.slot = s.layout->slot_of_lane[town_lane(s.town, "W_C_1")];
	return s;
}

static void state_finish(struct state *s)
{
	profile_free(s->profile);
	layout_free(s->layout);
	town_free(s->town);
}

/* Two peaks; `more` = 1.2: a fifth more than usual. */
static double day_vps(double t_s, double more)
{
	double hour = fmod(t_s, DAY_S) / 3600.0;
	return more * (0.05 + 0.2 * exp(-0.5 * pow((hour - 8.0) / 1.2, 2.0)) + 0.15 * exp(-0.5 * pow((hour - 17.0) / 1.5, 2.0)));
}

/* Counts of whole vehicles in five minutes, Poisson by Knuth (1969). */
static double counted_vps(GRand *dice, double vps)
{
	double p = 1.0, least = exp(-vps * PROFILE_COUNT_S);
	uint32_t n = 0;
	for (; p > least; n++)
		p *= g_rand_double(dice);
	return (n - 1) / (double) PROFILE_COUNT_S;
}

static void run(struct state *s, GRand *dice, double from_s, double to_s, double more)
{
	for (double t_s = from_s + PROFILE_COUNT_S; t_s <= to_s; t_s += PROFILE_COUNT_S)
		profile_count(s->profile, s->slot, t_s, counted_vps(dice, day_vps(t_s - 0.5 * PROFILE_COUNT_S, more)));
}

static void test_days(void)
{
	struct state s = state_new();
	struct profile_expected x;
	GRand *dice = g_rand_new_with_seed(11);
	g_assert_false(profile_expect(s.profile, s.slot, 3, &x));
	run(&s, dice, 0.0, 6.0 * DAY_S, 1.0);
	run(&s, dice, 6.0 * DAY_S, 6.0 * DAY_S + 6.0 * 3600.0, 1.0);
	g_assert_true(profile_expect(s.profile, s.slot, 3, &x)); /* an hour ahead, up the morning peak */
	g_assert_cmpfloat_with_epsilon(x.vps, day_vps(7.0 * 3600.0 - 150.0, 1.0), 0.05);
	g_assert_cmpfloat(x.vps, >, 1.5 * day_vps(6.0 * 3600.0, 1.0));
	for (uint32_t h = 1; h < PROFILE_HORIZONS; h++) {
		const struct profile_score *score = profile_score(s.profile, s.slot, h);
		g_test_message("%.0f s: error %.4f, persistence %.4f veh/s, held %.2f", profile_horizons_s[h], score->error_vps, score->persistence_error_vps,
			score->held_frac);
		g_assert_cmpuint(score->n, >, 1000);
		g_assert_cmpfloat(score->error_vps, <, 0.85 * score->persistence_error_vps);
		g_assert_cmpfloat_with_epsilon(score->held_frac, 0.9, 0.04);
	}
	g_rand_free(dice);
	state_finish(&s);
}

/* A day with half as much again: soon expected for the next minutes, and less so for the next hour. */
static void test_deviation(void)
{
	struct state s = state_new();
	struct profile_expected usual, soon, later;
	GRand *dice = g_rand_new_with_seed(12);
	run(&s, dice, 0.0, 5.0 * DAY_S + 10.0 * 3600.0, 1.0);
	profile_expect(s.profile, s.slot, 0, &usual);
	run(&s, dice, 5.0 * DAY_S + 10.0 * 3600.0, 5.0 * DAY_S + 12.0 * 3600.0, 1.5);
	profile_expect(s.profile, s.slot, 0, &soon);
	profile_expect(s.profile, s.slot, 3, &later);
	double noon_vps = day_vps(12.0 * 3600.0, 1.0);
	g_assert_cmpfloat(soon.vps / noon_vps, >, 1.15);
	g_assert_cmpfloat(later.vps / day_vps(13.0 * 3600.0, 1.0), <, soon.vps / noon_vps);
	g_assert_cmpfloat(soon.vps_sd, >, 0.0);
	g_rand_free(dice);
	state_finish(&s);
}

static void test_garbage(void)
{
	struct state s = state_new();
	struct profile_expected x;
	GRand *dice = g_rand_new_with_seed((guint32) g_test_rand_int());
	static const double odd[] = {NAN, INFINITY, -INFINITY, -1.0, 0.0, 1e300, 5.0};
	for (int k = 0; k < 20000; k++) {
		double t_s = g_rand_int_range(dice, 0, 5) ? k * 60.0 : odd[g_rand_int_range(dice, 0, G_N_ELEMENTS(odd))];
		double vps = g_rand_int_range(dice, 0, 5) ? g_rand_double(dice) : odd[g_rand_int_range(dice, 0, G_N_ELEMENTS(odd))];
		profile_count(s.profile, s.slot, t_s, vps);
		for (uint32_t h = 0; h < PROFILE_HORIZONS; h++)
			if (profile_expect(s.profile, s.slot, h, &x)) {
				g_assert_true(isfinite(x.vps) && x.vps >= 0.0 && x.vps < 13.0);
				g_assert_true(isfinite(x.vps_sd) && x.vps_sd > 0.0);
			}
	}
	g_rand_free(dice);
	state_finish(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/profile/days", test_days);
	g_test_add_func("/profile/deviation", test_deviation);
	g_test_add_func("/profile/garbage", test_garbage);
	return g_test_run();
}
