/* queue_test.c - who waits at a long red light: a column mended to its length, a queue that stands for minutes. */
#include <string.h>

#include "tests/vision/painted.h"
#include "vision/column.h"
#include "vision/measure.h"
#include "vision/watch.h"

static const struct sky {
	const char *name;
	bool night;
	double rain_frac, noise;
} skies[] = {{"day", false, 0, 2}, {"night", true, 0, 4}, {"rain", false, 0.8, 3}};

struct waited {
	double seconds, within, least_off, most_off; /* queue_veh seen - is */
	double said;                                 /* vehicles on lane 0 */
	double queue_veh;                            /* the longest on lane 0 */
	double first_veh[PAINTED_LANES], last_veh[PAINTED_LANES]; /* at the beginning and the end */
	uint32_t alarms;
};

static struct column_vehicle at(double dist_m, double speed_mps, bool presumed)
{
	return (struct column_vehicle){.seen = {dist_m, speed_mps, 4.7}, .presumed = presumed};
}

/* Cars 7 m apart, of which one was not told and one twice. */
static void test_column(void)
{
	struct column_vehicle v[16] = {at(1, 0, false), at(8, 0, false), at(15, 0, false), at(31, 0, false), at(36, 0, false)};
	uint32_t n = column_mend(v, 5, 16, 4.7, COLUMN_CLEAR);
	g_assert_cmpuint(n, ==, 6);
	for (uint32_t i = 1; i < n; i++)
		g_assert_cmpfloat(v[i].seen.dist_to_stop_m, >=, v[i - 1].seen.dist_to_stop_m);
	struct column_vehicle twice[16] = {at(1, 0, false), at(8, 0, false), at(11, 0, true), at(15, 0, false), at(22, 0, false)};
	g_assert_cmpuint(column_mend(twice, 5, 16, 4.7, COLUMN_CLEAR), ==, 4);
	g_assert_cmpfloat(twice[2].seen.dist_to_stop_m, ==, 15);
	/* those that drive are no column, few are left as they are, and a lorry reaches up to the next one */
	struct column_vehicle drive[16] = {at(1, 8, false), at(21, 9, false), at(41, 9, false), at(61, 9, false)};
	g_assert_cmpuint(column_mend(drive, 4, 16, 4.7, COLUMN_CLEAR), ==, 4);
	struct column_vehicle lorry[16] = {at(1, 0, false), at(14, 0, false)};
	lorry[0].high = true;
	g_assert_cmpuint(column_mend(lorry, 2, 16, 4.7, COLUMN_CLEAR), ==, 2);
	g_assert_cmpfloat_with_epsilon(lorry[0].seen.length_m, 10.7, 0.01);
	g_assert_cmpuint(column_mend(lorry, 0, 16, 4.7, COLUMN_CLEAR), ==, 0);
	/* by night what a lorry hides is filled */
	struct column_vehicle night[16] = {at(1, 0, false), at(28, 0, false)};
	g_assert_cmpuint(column_mend(night, 2, 16, 4.7, COLUMN_NIGHT), ==, 5);
	/* in rain two dark cars in a row, where the column goes on; on a clear day nobody is there */
	struct column_vehicle rain[16] = {at(1, 0, false), at(8, 0, false), at(30, 0, false), at(37, 0, false)}, clear[16];
	memcpy(clear, rain, sizeof clear);
	g_assert_cmpuint(column_mend(rain, 4, 16, 4.7, COLUMN_POOR), ==, 6);
	g_assert_cmpuint(column_mend(clear, 4, 16, 4.7, COLUMN_CLEAR), ==, 4);
	/* the last one's own length says little of how many stand there */
	struct column_vehicle last[16] = {at(1, 0, false), at(7.5, 0, false), at(13.5, 0, false), at(20, 0, false)};
	last[3].seen.length_m = 3;
	g_assert_cmpuint(column_mend(last, 4, 16, 4.7, COLUMN_CLEAR), ==, 4);
}

static struct painted *street(const struct sky *sky, double flow_vph)
{
	g_autofree char *net = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	struct painted *s = painted_new(net, flow_vph, 0, 0, 31, &error);
	g_assert_no_error(error);
	g_assert_true(painted_weather(s, sky->night, sky->rain_frac, 0, sky->noise, NULL));
	s->cycle_s = 1000; /* red */
	s->green_s = 1;
	return s;
}

/* Nobody comes after `come_s`; judged from `from_s` on. */
static struct waited wait(struct painted *s, double come_s, double from_s, double until_s)
{
	g_autoptr(GError) error = NULL;
	owned(view) v = painted_view(s, &error);
	owned(watch) w = watch_new(v, s->mount.width_px, s->mount.height_px, 1, &error);
	struct waited sum = {.least_off = INFINITY, .most_off = -INFINITY};
	g_assert_no_error(error);
	while (s->t_s < until_s) {
		if (s->t_s > come_s)
			s->due_s[0] = s->due_s[1] = INFINITY;
		painted_step(s, 0.1);
		if (!watch_look(w, s->y, s->t_s) || s->t_s < from_s)
			continue;
		uint32_t n;
		const struct estimate *e = watch_estimates(w, &n);
		for (uint32_t k = 0; k < n; k++) {
			struct estimate is;
			painted_truth(s, k, e[k].view_m, MEASURE_GAP_M, &is);
			double off = e[k].queue_veh - is.queue_veh;
			sum.seconds++;
			sum.within += fabs(off) <= 1;
			sum.least_off = fmin(sum.least_off, off);
			sum.most_off = fmax(sum.most_off, off);
			sum.said += k == 0 ? e[k].n_vehicles : 0;
			sum.queue_veh = fmax(sum.queue_veh, k == 0 ? e[k].queue_veh : 0);
			sum.last_veh[k] = e[k].queue_veh;
			if (sum.seconds <= n)
				sum.first_veh[k] = e[k].queue_veh;
			sum.alarms += e[k].incident != INCIDENT_NONE;
			estimate_finish(&is);
		}
	}
	return sum;
}

/* It came within a minute and stands for more than three: whoever is there stays. */
static void test_stands(void)
{
	for (uint32_t i = 0; i < G_N_ELEMENTS(skies); i++) {
		owned(painted) s = street(&skies[i], 400);
		struct waited sum = wait(s, 50, 75, 270);
		g_test_message("%s: within one in %.3f of %.0f lane seconds, %+.0f to %+.0f of %u and %u", skies[i].name, sum.within / sum.seconds, sum.seconds,
			sum.least_off, sum.most_off, s->n[0], s->n[1]);
		g_assert_cmpuint(s->n[0], >=, 4);
		for (uint32_t k = 0; k < PAINTED_LANES; k++)
			g_assert_cmpfloat(sum.last_veh[k], >=, sum.first_veh[k] - 1);
		g_assert_cmpfloat(sum.within / sum.seconds, >=, 0.9);
		if (!skies[i].night) /* while the first one's lamps waver the whole column may be lost for a second there */
			g_assert_cmpfloat(sum.least_off, >=, -2);
	}
}

/* A car parked beside the lane is nobody who waits, and has not broken down on it: alone there is no queue, and with one it adds nobody. */
static void test_parked(void)
{
	static const double at_m[] = {4, 30};
	for (uint32_t i = 0; i < 2 * G_N_ELEMENTS(skies) * G_N_ELEMENTS(at_m); i++) {
		owned(painted) s = street(&skies[i / 2 % G_N_ELEMENTS(skies)], 300);
		s->parked_side_m = s->net->lanes[s->lanes[0]].width_m / 2 + 0.9 + 0.2;
		s->parked_m = at_m[i / 2 / G_N_ELEMENTS(skies)];
		if (i % 2 == 0)
			s->due_s[0] = INFINITY; /* it is all that stands there */
		struct waited sum = wait(s, 20, 6, 60);
		g_test_message("parked at %.0f m, sky %u%s: within %.2f, alarms %u", s->parked_m, i / 2 % (uint32_t) G_N_ELEMENTS(skies), i % 2 ? "" : ", alone", sum.within / sum.seconds, sum.alarms);
		if (i % 2 == 0)
			g_assert_cmpfloat(sum.queue_veh, ==, 0);
		g_assert_cmpfloat(sum.within / sum.seconds, >=, s->parked_m < 10 ? 1 : 0.95);
		g_assert_cmpuint(sum.alarms, ==, 0);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/queue/column", test_column);
	g_test_add_func("/queue/stands", test_stands);
	g_test_add_func("/queue/parked", test_parked);
	return g_test_run();
}
