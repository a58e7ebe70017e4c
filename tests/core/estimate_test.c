/* estimate_test.c - what was seen on a lane: unknown stays unknown, absurd is refused, queues are counted from the stop line. */
#include <math.h>
#include <string.h>

#include "core/estimate.h"

static struct estimate seen(const struct seen_vehicle *vehicles, uint32_t n)
{
	struct estimate e;
	estimate_init(&e, 3);
	e.t_s = 100;
	e.view_m = 100;
	e.vehicles = g_memdup2(vehicles, n * sizeof *vehicles);
	e.n_vehicles = n;
	return e;
}

static void test_unknown(void)
{
	struct estimate e;
	g_autoptr(GError) error = NULL;
	estimate_init(&e, 3);
	g_assert_true(isnan(e.flow_veh) && isnan(e.queue_m_sd) && isnan(e.quality_frac) && isnan(e.t_s));
	g_assert_false(estimate_check(&e, &error)); /* its time must be known */
	g_clear_error(&error);
	e.t_s = 1;
	g_assert_true(estimate_check(&e, &error));
	estimate_finish(&e);
}

static void test_check(void)
{
	struct estimate good;
	estimate_init(&good, 3);
	good.t_s = 1;
	struct estimate bad[6];
	for (int i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].flow_veh = -1;
	bad[1].speed_mps = 81;
	bad[2].jam_frac = 1.01;
	bad[3].queue_m = (double) INFINITY;
	bad[4].n_vehicles = 2; /* counted and not listed */
	bad[5].t_s = (double) INFINITY;
	for (int i = 0; i < 6; i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(estimate_check(&bad[i], &error));
		g_assert_true(g_str_has_prefix(error->message, "estimate of lane 3: "));
	}
}

static void test_check_vehicles(void)
{
	static const struct seen_vehicle lists[][2] = {
		{{10, 1, 5}, {5, 1, 5}}, {{-1, 1, 5}, {5, 1, 5}}, {{1, 90, 5}, {5, 1, 5}}, {{1, 1, 0}, {5, 1, 5}}, {{1, NAN, 5}, {5, 1, 5}}};
	static const struct seen_vehicle fine[2] = {{1, 1, NAN}, {8, 0, 12}};
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		struct estimate e = seen(lists[i], 2);
		g_assert_false(estimate_check(&e, NULL));
		estimate_finish(&e);
	}
	struct estimate e = seen(fine, 2);
	g_assert_true(estimate_check(&e, NULL));
	estimate_finish(&e);
}

static void test_queue(void)
{
	/* Two queued, a gap of 15 m, one standing alone, one that drives. */
	static const struct seen_vehicle v[] = {{1, 0, 5}, {8, 1.4, 5}, {28, 0, 5}, {60, 12, 5}};
	struct estimate e = seen(v, 4);
	estimate_from_vehicles(&e, 10);
	g_assert_cmpfloat(e.queue_veh, ==, 2);
	g_assert_cmpfloat(e.queue_m, ==, 13);
	g_assert_cmpfloat_with_epsilon(e.jam_frac, 0.15, 1e-12);
	g_assert_cmpfloat_with_epsilon(e.speed_mps, 13.4 / 4, 1e-12);
	estimate_from_vehicles(&e, 20);
	g_assert_cmpfloat(e.queue_veh, ==, 3);
	g_assert_cmpfloat(e.queue_m, ==, 33);
	estimate_finish(&e);
	e = seen(v + 3, 1); /* nobody stands: no queue, and that is known */
	estimate_from_vehicles(&e, 10);
	g_assert_cmpfloat(e.queue_m, ==, 0);
	estimate_finish(&e);
	e = seen(v, 0);
	estimate_from_vehicles(&e, 10);
	g_assert_true(isnan(e.speed_mps));
	g_assert_cmpfloat(e.queue_veh, ==, 0);
	estimate_finish(&e);
}

static void test_copy(void)
{
	static const struct seen_vehicle v[] = {{1, 0, 5}, {8, 1, 5}};
	struct estimate a = seen(v, 2), b;
	estimate_copy(&b, &a);
	g_assert_true(b.vehicles != a.vehicles);
	g_assert_cmpmem(b.vehicles, sizeof v, v, sizeof v);
	estimate_finish(&a);
	estimate_finish(&b);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/estimate/unknown", test_unknown);
	g_test_add_func("/estimate/check", test_check);
	g_test_add_func("/estimate/check-vehicles", test_check_vehicles);
	g_test_add_func("/estimate/queue", test_queue);
	g_test_add_func("/estimate/copy", test_copy);
	return g_test_run();
}
