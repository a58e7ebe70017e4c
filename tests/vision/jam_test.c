/* jam_test.c - the jam level of a picture that nobody calibrated, on a painted street: platoons of one speed and one gap. */
#include "tests/vision/painted.h"
#include "vision/jam.h"

#define PLATOON 14

/* Cars on both lanes, `gap_m` bumper to bumper, that drive past for 8 s. */
static struct jam_state drive_past(double speed_mps, double gap_m)
{
	g_autofree char *net = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	owned(painted) s = painted_new(net, 1, 0, 0, 7, &error);
	g_assert_no_error(error);
	struct jam_size size = {0};
	owned(jam) j = jam_new(&size);
	for (uint32_t frame = 0; frame < 80; frame++) {
		struct eye_car cars[2 * PLATOON];
		double t_s = frame * 0.1;
		for (uint32_t k = 0; k < 2 * PLATOON; k++) {
			const struct net_lane *l = &s->net->lanes[s->lanes[k % 2]];
			struct net_point end = l->shape[l->n_shape - 1], from = l->shape[l->n_shape - 2];
			double heading = atan2(end.y_m - from.y_m, end.x_m - from.x_m), long_m = (4.6 + gap_m) * PLATOON;
			double dist_m = fmod(k / 2 * (4.6 + gap_m) + 0.4 * gap_m * (k % 2) - speed_mps * t_s + 10 * long_m, long_m) - 10;
			cars[k] = (struct eye_car){.front = {end.x_m - dist_m * cos(heading), end.y_m - dist_m * sin(heading)}, .heading_rad = heading,
				.length_m = 4.6, .width_m = 1.8, .height_m = 1.5, .id = 1 + k};
		}
		eye_paint(s->eye, cars, 2 * PLATOON, t_s, s->y, s->u, s->v);
		jam_look(j, s->y, s->mount.width_px, s->mount.height_px, s->mount.width_px, t_s);
	}
	struct jam_state state = jam_state(j);
	g_test_message("%g m/s, gaps of %g m: %.2f lengths/s, busy %.2f, %s", speed_mps, gap_m, state.lengths_per_s, state.busy_frac,
		jam_level_name(state.level));
	return state;
}

static void test_levels(void)
{
	g_assert_cmpint(drive_past(14, 40).level, ==, JAM_FREE);
	g_assert_cmpint(drive_past(20, 30).level, ==, JAM_FREE);
	g_assert_cmpint(drive_past(3, 3).level, ==, JAM_JAMMED);
	g_assert_cmpint(drive_past(5, 5).level, ==, JAM_JAMMED);
}

static void test_nothing(void)
{
	static const uint8_t grey[64 * 48];
	struct jam_size size = {0};
	owned(jam) j = jam_new(&size);
	g_assert_cmpint(jam_state(j).level, ==, JAM_UNKNOWN);
	for (uint32_t frame = 0; frame < 60; frame++)
		jam_look(j, grey, 64, 48, 64, frame * 0.1);
	g_assert_cmpint(jam_state(j).level, ==, JAM_UNKNOWN);
	g_assert_true(isnan(jam_state(j).lengths_per_s));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jam/levels", test_levels);
	g_test_add_func("/jam/nothing", test_nothing);
	return g_test_run();
}
