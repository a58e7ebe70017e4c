/* eyetest_test.c - errors of vision that we put in ourselves come out again. */
#include <math.h>

#include "core/netfile.h"
#include "core/units.h"
#include "daemon/eyetest.h"

#define BEGIN_S INT64_C(1700000000)

static struct network *net;

static void seen(struct eyetest *e, uint32_t lane, double t_s, double window_s, double flow, double queue, double speed)
{
	struct estimate est;
	estimate_init(&est, lane);
	est.t_s = t_s;
	est.window_s = window_s;
	est.flow_veh = flow;
	est.queue_veh = queue;
	est.speed_mps = speed;
	eyetest_seen(e, &est);
	estimate_finish(&est);
}

/* 100 s: a vehicle every 2 s in truth, every 10th missed; queue always one short, speed half a m/s too fast. Estimates come before their
 * truth does, and are of 0.2 s before it. */
static void test_known_errors(void)
{
	owned(eyetest) e = eyetest_new(net);
	for (int64_t t = 0; t <= 100; t++) {
		seen(e, 3, (double) (BEGIN_S + t) - 0.2, 1, t % 2 == 0 && t % 20 != 0, 4, 8.5);
		struct truth_lane truth = {(BEGIN_S + t) * US_PER_S, 5, 8, (double) (t / 2)};
		eyetest_truth(e, 3, &truth);
	}
	struct report_vision v = eyetest_result(e);
	g_assert_cmpfloat_with_epsilon(v.true_veh, 50, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.seen_veh, 45, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.flow_frac, -0.1, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.queue_veh, 1, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.speed_mps, 0.5, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.lane_seconds, 101, 1e-9);
}

/* Windows of 60 s told each second: none is counted twice. Two lanes' opposite errors cancel in the sum, not lane by lane. */
static void test_windows(void)
{
	owned(eyetest) e = eyetest_new(net);
	for (int64_t t = 0; t <= 240; t++)
		for (uint32_t lane = 1; lane <= 2; lane++) {
			struct truth_lane truth = {(BEGIN_S + t) * US_PER_S, UNKNOWN, UNKNOWN, (double) t / 4};
			eyetest_truth(e, lane, &truth);
			seen(e, lane, (double) (BEGIN_S + t), 60, lane == 1 ? 12 : 18, UNKNOWN, UNKNOWN);
		}
	struct report_vision v = eyetest_result(e);
	g_assert_cmpfloat_with_epsilon(v.true_veh, 2 * 60, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.seen_veh, 4 * 12 + 4 * 18, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.flow_frac, 0, 1e-9);
	g_assert_cmpfloat_with_epsilon(v.flow_lane_frac, 0.2, 1e-9);
	g_assert_true(isnan(v.queue_veh) && isnan(v.speed_mps));
}

/* Without a truth near enough, or with one that fell silent, nothing is compared and nothing grows. */
static void test_silence(void)
{
	owned(eyetest) e = eyetest_new(net);
	for (int64_t t = 0; t < 1000; t++)
		seen(e, 0, (double) (BEGIN_S + t), 1, 1, 1, 1);
	struct truth_lane late = {(BEGIN_S + 5000) * US_PER_S, 1, 1, 1};
	eyetest_truth(e, 0, &late);
	struct report_vision v = eyetest_result(e);
	g_assert_cmpfloat(v.lane_seconds, <=, 0);
	g_assert_true(isnan(v.flow_frac) && isnan(v.queue_veh));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	net = netfile_read(path, NULL, NULL);
	g_assert_nonnull(net);
	g_test_add_func("/eyetest/known-errors", test_known_errors);
	g_test_add_func("/eyetest/windows", test_windows);
	g_test_add_func("/eyetest/silence", test_silence);
	int failed = g_test_run();
	network_free(net);
	return failed;
}
