/* idm_test.c - the Intelligent Driver Model against its formula and its known equilibrium. */
#include "sim/idm.h"
#include "sim/vtype.h"

static struct vtype driver(void)
{
	struct vtype t = vtype_default(NULL);
	t.model = FOLLOW_IDM;
	return t; /* accel 2.6, decel 4.5, tau 1, minimum gap 2.5, delta 4 */
}

/* Worked by hand from eq. 2 and 3: wanted gap 2.5 + 10 * 1 + 10 * 4 / (2 * sqrt(11.7)) = 18.347, its share of 30 squared 0.37403; 2/3 to
 * the 4th 0.19753. */
static void test_formula(void)
{
	struct vtype t = driver();
	double wanted = 2.5 + 10 + 40 / (2 * sqrt(11.7));
	g_assert_cmpfloat_with_epsilon(wanted, 18.3471, 1e-4);
	g_assert_cmpfloat_with_epsilon(idm_accel_mps2(&t, 30, 2.5, 10, 6, 15), 2.6 * (1 - 0.197531 - 0.374018), 1e-4);
	t.idm_delta = 1;
	g_assert_cmpfloat_with_epsilon(idm_accel_mps2(&t, 30, 2.5, 10, 6, 15), 2.6 * (1 - 10.0 / 15 - 0.374018), 1e-4);
	/* A leader that runs away never makes the wanted gap smaller than the standing one. */
	g_assert_cmpfloat_with_epsilon(idm_accel_mps2(&t, 10, 2.5, 5, 40, 15), 2.6 * (1 - 5.0 / 15 - 0.0625), 1e-9);
	g_assert_cmpfloat_with_epsilon(idm_accel_mps2(&t, 1e9, 2.5, 15, 15, 15), 0, 1e-9);
}

/* One step of 1 s is four of 0.25 s; at steps of 0.25 s it is one. */
static void test_stepping(void)
{
	struct vtype t = driver();
	double v = 10, gap = 30;
	for (int k = 0; k < 4; k++) {
		v += 0.25 * idm_accel_mps2(&t, gap, 2.5, v, 6, 15);
		gap -= 0.25 * (v - 6);
	}
	g_assert_cmpfloat_with_epsilon(idm_speed(&t, 30, 2.5, 10, 6, 15, 1), v, 1e-12);
	g_assert_cmpfloat_with_epsilon(idm_speed(&t, 30, 2.5, 10, 6, 15, 0.25), 10 + 0.25 * idm_accel_mps2(&t, 30, 2.5, 10, 6, 15), 1e-12);
}

/* Behind one that keeps its speed the gap settles at (s0 + v*tau) / sqrt(1 - (v/v0)^delta). */
static void test_equilibrium(void)
{
	struct vtype t = driver();
	double v = 14, gap = 60, leader = 10, h = 0.25;
	for (int k = 0; k < 4000; k++) {
		v = idm_follow_speed(&t, gap, v, leader, 15, h);
		gap += (leader - v) * h;
		g_assert_cmpfloat(gap, >, 0);
	}
	g_assert_cmpfloat_with_epsilon(v, leader, 1e-3);
	g_assert_cmpfloat_with_epsilon(gap + 2.5, 12.5 / sqrt(1 - pow(10.0 / 15, 4)), 0.01);
}

/* It stands before a mark, comes near it and never passes it. */
static void test_halt(void)
{
	struct vtype t = driver();
	double v = 14, left = 90;
	for (int k = 0; k < 300; k++) {
		v = idm_halt_speed(&t, left, v, 15, 1);
		left -= v;
		g_assert_cmpfloat(left, >=, -1e-9);
	}
	g_assert_cmpfloat(v, <, 0.1);
	g_assert_cmpfloat(left, <, 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/idm/formula", test_formula);
	g_test_add_func("/idm/stepping", test_stepping);
	g_test_add_func("/idm/equilibrium", test_equilibrium);
	g_test_add_func("/idm/halt", test_halt);
	return g_test_run();
}
