/* blend_test.c - weights come to what the hints are worth, stay where nothing is said, and survive nonsense. */
#include <glib.h>
#include <math.h>

#include "optimizer/blend.h"

/* Two hints that say something, one that is noise, six that are silent. */
static double sample(double *hints)
{
	for (int i = 0; i < BLEND_MOST; i++)
		hints[i] = i < 3 ? g_test_rand_double_range(-2, 2) : 0;
	return 0.6 * hints[0] - 0.3 * hints[1] + g_test_rand_double_range(-1, 1);
}

static void test_learns(void)
{
	struct blend b;
	double hints[BLEND_MOST];

	blend_begin(&b, NULL, 0.3, 0.9999);
	g_assert_cmpfloat(blend_sum(&b, (const double[BLEND_MOST]){1, 1, 1}), ==, 0);
	for (int k = 0; k < 3000; k++) {
		double came = sample(hints);
		blend_learn(&b, hints, came, 3);
	}
	g_assert_cmpfloat_with_epsilon(b.weight[0], 0.6, 0.05);
	g_assert_cmpfloat_with_epsilon(b.weight[1], -0.3, 0.05);
	g_assert_cmpfloat_with_epsilon(b.weight[2], 0, 0.05);
	for (int i = 3; i < BLEND_MOST; i++)
		g_assert_cmpfloat(b.weight[i], ==, 0);
}

/* What it is worth changes: it follows. And one report that is far off moves it little. */
static void test_follows(void)
{
	struct blend b;
	double hints[BLEND_MOST];

	blend_begin(&b, (const double[BLEND_MOST]){0.6, -0.3}, 0.1, 0.998);
	for (int k = 0; k < 5000; k++) {
		sample(hints);
		blend_learn(&b, hints, 0.1 * hints[0], 3);
	}
	g_assert_cmpfloat_with_epsilon(b.weight[0], 0.1, 0.03);
	double before = b.weight[0];
	blend_learn(&b, hints, 1e9, 3);
	g_assert_cmpfloat_with_epsilon(b.weight[0], before, 0.1);
}

/* Months in which nearly nothing is said, and hints that are no numbers or huge. */
static void test_survives(void)
{
	struct blend b;
	double hints[BLEND_MOST];

	blend_begin(&b, NULL, 0.3, 0.99);
	for (int k = 0; k < 200000; k++) {
		for (int i = 0; i < BLEND_MOST; i++)
			hints[i] = k % 5000 == 0 ? g_test_rand_double_range(-1e6, 1e6) : 0;
		blend_learn(&b, hints, 0.5, 3);
	}
	for (int k = 0; k < 3000; k++) {
		double came = sample(hints);
		blend_learn(&b, hints, came, 3);
	}
	for (int i = 0; i < BLEND_MOST; i++)
		g_assert_cmpfloat(fabs(b.weight[i]), <, 2);
	for (int i = 0; i < BLEND_MOST * BLEND_MOST; i++)
		g_assert_true(isfinite(b.spread[i]));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/blend/learns", test_learns);
	g_test_add_func("/blend/follows", test_follows);
	g_test_add_func("/blend/survives", test_survives);
	return g_test_run();
}
