/* watch_test.c - pictures of a painted street in, estimates out: queues, flow, tracks, bad pictures. */
#include <string.h>

#include "tests/vision/painted.h"
#include "vision/watch.h"

static char *junction_file;

struct tally {
	double seconds, queue_off, speed_off, speed_n;
	uint64_t passed;
};

static void watch_street(struct painted *street, struct watch *w, double for_s, struct tally *score)
{
	memset(score, 0, PAINTED_LANES * sizeof *score);
	for (int i = 1; i <= for_s * 10; i++) {
		painted_step(street, 0.1);
		if (!watch_look(w, street->y, street->t_s))
			continue;
		uint32_t n;
		const struct estimate *e = watch_estimates(w, &n);
		g_assert_cmpuint(n, ==, PAINTED_LANES);
		for (uint32_t k = 0; k < n; k++) {
			struct estimate truth;
			g_autoptr(GError) error = NULL;
			painted_truth(street, k, e[k].view_m, MEASURE_GAP_M, &truth);
			g_assert_true(estimate_check(&e[k], &error));
			g_assert_cmpfloat_with_epsilon(e[k].t_s, round(street->t_s), 0.11);
			score[k].seconds++;
			score[k].queue_off += fabs(e[k].queue_veh - truth.queue_veh);
			score[k].passed += (uint64_t) e[k].flow_veh;
			if (!isnan(e[k].speed_mps) && !isnan(truth.speed_mps)) {
				score[k].speed_off += fabs(e[k].speed_mps - truth.speed_mps);
				score[k].speed_n++;
			}
			estimate_finish(&truth);
		}
	}
}

/* The queue stands in the first picture, nothing moves for 45 s, then it drives off. */
static void test_queue_from_the_beginning(void)
{
	g_autoptr(GError) error = NULL;
	owned(painted) street = painted_new(junction_file, 500, 0, 6, 1, &error);
	g_assert_no_error(error);
	owned(view) v = painted_view(street, &error);
	owned(watch) w = watch_new(v, 640, 360, 1, &error);
	struct tally score[PAINTED_LANES];
	g_assert_no_error(error);
	watch_street(street, w, 43, score);
	for (uint32_t k = 0; k < PAINTED_LANES; k++)
		g_assert_cmpfloat(score[k].queue_off / score[k].seconds, <, 1.5);
	watch_street(street, w, 107, score);
	for (uint32_t k = 0; k < PAINTED_LANES; k++) {
		g_test_message("passed %" G_GUINT64_FORMAT " of %u, queue %.2f veh, speed %.2f m/s", score[k].passed, street->passed[k],
			score[k].queue_off / score[k].seconds, score[k].speed_off / score[k].speed_n);
		g_assert_cmpint(llabs((long long) score[k].passed - (long long) street->passed[k]), <=, 1);
		g_assert_cmpfloat(score[k].queue_off / score[k].seconds, <, 1.5);
		g_assert_cmpfloat(score[k].speed_off / score[k].speed_n, <, 2);
	}
}

/* More come than green can take: the queue reaches beyond the picture and the road is hardly ever seen. */
static void test_saturated(void)
{
	owned(painted) street = painted_new(junction_file, 1500, 0, 14, 5, NULL);
	owned(view) v = painted_view(street, NULL);
	owned(watch) w = watch_new(v, 640, 360, 1, NULL);
	struct tally score[PAINTED_LANES];
	watch_street(street, w, 225, score);
	for (uint32_t k = 0; k < PAINTED_LANES; k++) {
		g_test_message("passed %" G_GUINT64_FORMAT " of %u, queue %.2f veh", score[k].passed, street->passed[k], score[k].queue_off / score[k].seconds);
		g_assert_cmpfloat(fabs((double) score[k].passed - street->passed[k]), <=, 0.05 * street->passed[k]);
		g_assert_cmpfloat(score[k].queue_off / score[k].seconds, <, 1.5);
	}
}

static void test_bad_pictures(void)
{
	owned(painted) street = painted_new(junction_file, 300, 0, 0, 2, NULL);
	owned(view) v = painted_view(street, NULL);
	owned(watch) w = watch_new(v, 640, 360, 1, NULL);
	g_autofree uint8_t *flat = g_malloc0(640 * 360);
	g_assert_false(watch_look(w, flat, 1));
	g_assert_cmpint(watch_sight(w), ==, SIGHT_DARK);
	memset(flat, 128, 640 * 360);
	g_assert_false(watch_look(w, flat, 2));
	g_assert_cmpint(watch_sight(w), ==, SIGHT_UNIFORM);
	painted_step(street, 0.1);
	for (double t = 3; t < 5; t += 0.1)
		watch_look(w, street->y, t);
	g_assert_cmpint(watch_sight(w), ==, SIGHT_OK);
	for (double t = 5; t < 16; t += 0.1)
		watch_look(w, street->y, t);
	g_assert_cmpint(watch_sight(w), ==, SIGHT_FROZEN);
	g_assert_false(watch_look(w, street->y, 7)); /* time that goes back */
	g_assert_false(watch_look(w, street->y, NAN));
}

/* Constant speed, a measured front ten times a second: the filter must find the speed and say how sure it is. */
static void test_track(void)
{
	struct track t;
	track_init(&t, 1, 80, 2, 5, 5, 4.7, 0);
	for (int i = 1; i <= 40; i++) {
		track_predict(&t, 0.1);
		track_see(&t, 80 - 1.2 * i + (i & 1 ? 0.3 : -0.3), 0.5);
	}
	g_assert_cmpfloat_with_epsilon(t.speed_mps, 12, 0.5);
	g_assert_cmpfloat_with_epsilon(t.dist_m, 32, 0.5);
	g_assert_cmpfloat(t.var_speed, <, 0.5);
	g_assert_cmpfloat(t.var_dist * t.var_speed - t.cov * t.cov, >, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	junction_file = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_test_add_func("/watch/track", test_track);
	g_test_add_func("/watch/bad-pictures", test_bad_pictures);
	g_test_add_func("/watch/queue-from-the-beginning", test_queue_from_the_beginning);
	g_test_add_func("/watch/saturated", test_saturated);
	int failed = g_test_run();
	g_free(junction_file);
	return failed;
}
