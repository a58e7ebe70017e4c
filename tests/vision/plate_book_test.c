/* plate_book_test.c - plates on a lane are counted by their place: one is one, however many tracks it is found on, and the next one's is another. */
#include <glib.h>
#include <math.h>

#include "vision/plate_book.h"

#define GONE_M -10.0

/* The traffic's speed where one is known to drive: all of the lane, or none of it. */
static double lane_speed(const void *user, double dist_m)
{
	(void) dist_m;
	return *(const double *) user;
}

static void move(struct plate_book *b, double now_s, double dt_s, double lane_mps)
{
	plate_book_move(b, now_s, dt_s, GONE_M, lane_speed, &lane_mps);
}

/* Two tracks on one vehicle, metres apart from what it is: its plate is found on both and is one. */
static void test_doubled_track(void)
{
	struct plate_book b = {0};
	g_assert_true(plate_book_found(&b, 20, 5, 0));
	g_assert_false(plate_book_found(&b, 21.5, 5, 0));
	g_assert_false(plate_book_found(&b, 19.8, 5, 0.1));
	g_assert_cmpuint(b.distinct, ==, 1);
	g_assert_cmpuint(b.n, ==, 1);
	g_assert_cmpuint(b.all[0].sightings, ==, 3);
}

/* The next vehicle of a queue is a motorcycle's length and more behind. */
static void test_next_one(void)
{
	struct plate_book b = {0};
	g_assert_true(plate_book_found(&b, 2, 0, 0));
	g_assert_true(plate_book_found(&b, 5, 0, 0));
	g_assert_true(plate_book_found(&b, 11.5, 0, 0));
	g_assert_cmpuint(b.distinct, ==, 3);
	g_assert_true(plate_book_at(&b, 4) == &b.all[1]); /* the nearer one, though both might be it */
	g_assert_null(plate_book_at(&b, 8));
}

/* A lost track, and a new one 12 m on: the plate went there with the traffic meanwhile. */
static void test_goes_with_traffic(void)
{
	struct plate_book b = {0};
	g_assert_true(plate_book_found(&b, 30, 8, 0));
	for (uint32_t i = 1; i <= 15; i++)
		move(&b, 0.1 * i, 0.1, 8);
	g_assert_cmpfloat_with_epsilon(b.all[0].dist_m, 18, 0.01);
	g_assert_false(plate_book_found(&b, 18.6, 8, 1.5));
	g_assert_true(plate_book_found(&b, 30, 8, 1.5)); /* where it was, another one is now */
	g_assert_cmpuint(b.distinct, ==, 2);
}

/* Seen twice, it moves by its own speed for a while, whatever those around it do; then as they do, and where nobody is known as before. */
static void test_own_speed(void)
{
	struct plate_book b = {0};
	plate_book_found(&b, 30, 0, 0);
	plate_book_found(&b, 29, 0, 0.1);
	g_assert_cmpfloat_with_epsilon(b.all[0].speed_mps, 10, 1e-9);
	move(&b, 0.2, 0.1, 2);
	g_assert_cmpfloat_with_epsilon(b.all[0].dist_m, 28, 1e-9);
	move(&b, 1.2, 1, 2);
	g_assert_cmpfloat_with_epsilon(b.all[0].dist_m, 26, 1e-9);
	move(&b, 2.2, 1, NAN);
	g_assert_cmpfloat_with_epsilon(b.all[0].dist_m, 24, 1e-9);
}

/* Out of the picture it is forgotten, and stays counted. */
static void test_leaves(void)
{
	struct plate_book b = {0};
	plate_book_found(&b, 1, 10, 0);
	move(&b, 1, 1, NAN);
	g_assert_cmpuint(b.n, ==, 1);
	move(&b, 2, 1, NAN);
	g_assert_cmpuint(b.n, ==, 0);
	g_assert_cmpuint(b.distinct, ==, 1);
	g_assert_true(plate_book_found(&b, 1, 10, 2));
	g_assert_cmpuint(b.distinct, ==, 2);
}

/* More than there is room for: the oldest make room, all are counted. */
static void test_full(void)
{
	struct plate_book b = {0};
	for (uint32_t i = 0; i < PLATE_BOOK_MAX + 3; i++)
		g_assert_true(plate_book_found(&b, 6.0 * i, 0, i));
	g_assert_cmpuint(b.n, ==, PLATE_BOOK_MAX);
	g_assert_cmpuint(b.distinct, ==, PLATE_BOOK_MAX + 3);
	g_assert_cmpfloat_with_epsilon(b.all[0].dist_m, 18, 1e-9);
	g_assert_cmpfloat_with_epsilon(b.all[PLATE_BOOK_MAX - 1].dist_m, 6.0 * (PLATE_BOOK_MAX + 2), 1e-9);
}

/* A queue of five drives off. Each plate is found now and then, half a metre off, by whichever track is near: five plates. */
static void test_queue_drives_off(void)
{
	static const double off_m[] = {0, 0.5, -0.3, 0.2, -0.5};
	struct plate_book b = {0};
	double speed_mps = 0, gone_m = 0;
	for (uint32_t i = 1; i <= 60; i++) {
		speed_mps = fmin(8, speed_mps + 0.2);
		gone_m += 0.1 * speed_mps;
		move(&b, 0.1 * i, 0.1, speed_mps);
		for (uint32_t k = 0; k < 5; k++) {
			double at_m = 3 + 6.5 * k - gone_m;
			if (at_m > 0 && (i + k) % 3)
				plate_book_found(&b, at_m + off_m[(i + k) % G_N_ELEMENTS(off_m)], speed_mps, 0.1 * i);
		}
	}
	g_assert_cmpuint(b.distinct, ==, 5);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/plate-book/doubled-track", test_doubled_track);
	g_test_add_func("/plate-book/next-one", test_next_one);
	g_test_add_func("/plate-book/goes-with-traffic", test_goes_with_traffic);
	g_test_add_func("/plate-book/own-speed", test_own_speed);
	g_test_add_func("/plate-book/leaves", test_leaves);
	g_test_add_func("/plate-book/full", test_full);
	g_test_add_func("/plate-book/queue-drives-off", test_queue_drives_off);
	return g_test_run();
}
