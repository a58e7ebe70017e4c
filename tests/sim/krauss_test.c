/* krauss_test.c - the formulas of car following: each speed called safe is driven out step by step. */
#include "sim/krauss.h"

#include "sim/vtype.h"

static const double steps_s[] = {1, 0.5, 0.1};

/* Tau at v, then braking: where does it stand? */
static double drive_out_m(double v, double b, double tau, double h)
{
	double x = v * tau;
	for (v -= b * h; v > 0; v -= b * h)
		x += v * h;
	return x;
}

static void test_stop_speed(void)
{
	for (size_t k = 0; k < G_N_ELEMENTS(steps_s); k++)
		for (double gap = 0.01; gap < 150; gap *= 1.07) {
			double v = krauss_stop_speed(gap, 4.5, 1, steps_s[k]);
			g_assert_cmpfloat(drive_out_m(v, 4.5, 1, steps_s[k]), <=, gap);
			g_assert_cmpfloat(drive_out_m(v + 0.01, 4.5, 1, steps_s[k]), >, gap - KRAUSS_SAFE_EPS_M);
		}
	g_assert_cmpfloat(krauss_stop_speed(0, 4.5, 1, 1), ==, 0);
	g_assert_cmpfloat(krauss_stop_speed(-3, 4.5, 1, 1), ==, 0);
}

static void test_brake_gap(void)
{
	for (size_t k = 0; k < G_N_ELEMENTS(steps_s); k++)
		for (double v = 0; v < 40; v += 0.37)
			g_assert_cmpfloat_with_epsilon(krauss_brake_gap_m(v, 4.5, 1.2, steps_s[k]), drive_out_m(v, 4.5, 1.2, steps_s[k]), 1e-9);
}

/* Two in a row, the first one brakes as hard as it can at any moment: the second one, at its safe speed, never touches it. */
static void test_follow_is_safe(void)
{
	struct vtype t = vtype_default(NULL);
	for (double v0 = 1; v0 < 30; v0 += 1.3)
		for (int brake_at = 0; brake_at < 8; brake_at++) {
			double lead_x = 60, lead_v = v0, x = lead_x - t.length_m - t.min_gap_m - krauss_brake_gap_m(v0, t.decel_mps2, t.tau_s, 1), v = v0;
			for (int step = 0; step < 60; step++) {
				double gap = lead_x - t.length_m - x - t.min_gap_m;
				double safe = krauss_follow_speed(&t, gap, v, lead_v, t.decel_mps2, false, 1);
				double next_lead = step < brake_at ? lead_v : fmax(0, lead_v - t.decel_mps2);
				v = fmin(fmin(v + t.accel_mps2, safe), 30);
				lead_v = next_lead;
				x += v;
				lead_x += lead_v;
				g_assert_cmpfloat(x, <, lead_x - t.length_m);
			}
		}
}

static void test_approach(void)
{
	for (double dist = 0; dist < 200; dist += 3.3) {
		double left = dist, v = 60;
		/* Following the advice each step, braking with no more than b, it is at the target when it gets there. */
		for (int step = 0; step < 500 && left > 0; step++) {
			double next = krauss_approach_speed(left, 8, 4.5, 1);
			if (step)
				g_assert_cmpfloat(next, >=, v - 4.5 - 1e-9);
			v = next;
			left -= v;
		}
		g_assert_cmpfloat(krauss_approach_speed(fmax(left, 0), 8, 4.5, 1), <=, 8 + 4.5);
	}
	g_assert_cmpfloat_with_epsilon(krauss_approach_speed(0, 8, 4.5, 1), 8, 1e-9);
}

static void test_dawdle(void)
{
	struct vtype t = vtype_default(NULL);
	g_assert_cmpfloat(krauss_dawdle(&t, 10, 0, 1), ==, 10);
	g_assert_cmpfloat_with_epsilon(krauss_dawdle(&t, 10, 1, 1), 10 - 0.5 * 2.6, 1e-12);
	g_assert_cmpfloat_with_epsilon(krauss_dawdle(&t, 1, 1, 1), 0.5, 1e-12); /* who starts does start */
	t.sigma = 0;
	g_assert_cmpfloat(krauss_dawdle(&t, 10, 1, 1), ==, 10);
}

static void test_arrival(void)
{
	g_assert_cmpfloat_with_epsilon(krauss_arrival_s(100, 10, 10, 2, 4), 10, 1e-12);
	g_assert_cmpfloat_with_epsilon(krauss_arrival_s(25, 0, 10, 2, 4), 5, 1e-12);      /* gathers speed all the way */
	g_assert_cmpfloat_with_epsilon(krauss_arrival_s(45, 0, 10, 2, 4), 7, 1e-12);      /* and goes on for 20 m */
	g_assert_cmpfloat_with_epsilon(krauss_arrival_s(45.5, 12, 4, 2, 4), 2 + 29.5 / 12, 1e-12); /* 29.5 m at 12, then brakes for 2 s */
	g_assert_cmpfloat_with_epsilon(krauss_speed_after(25, 0, 2), 10, 1e-12);
	struct vtype t = vtype_default(NULL);
	g_assert_cmpfloat(krauss_braked_mps(&t, 100, 10, 1), ==, 0);
	g_assert_cmpfloat(krauss_braked_mps(&t, 9, 10, 1), ==, INFINITY);
	g_assert_cmpfloat_with_epsilon(krauss_braked_mps(&t, 14, 10, 1), 8, 1e-12); /* 10 m of reaction, then 100 - 2 * 4.5 * 4 = 64 */
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/krauss/stop-speed", test_stop_speed);
	g_test_add_func("/krauss/brake-gap", test_brake_gap);
	g_test_add_func("/krauss/follow-is-safe", test_follow_is_safe);
	g_test_add_func("/krauss/approach", test_approach);
	g_test_add_func("/krauss/dawdle", test_dawdle);
	g_test_add_func("/krauss/arrival", test_arrival);
	return g_test_run();
}
