/* street_test.c - what night, a swaying mast, a breakdown and a wrong driver look like to vision, on a painted street. */
#include "tests/vision/painted.h"
#include "vision/measure.h"
#include "vision/steady.h"
#include "vision/watch.h"

#define IDS 512

struct seen {
	double off, n; /* speeds of vehicles, m/s */
	double first_s[INCIDENTS];
	double flow_seen, most_queue;
	double told[CLASSES], is[CLASSES]; /* past the line */
};

static struct painted *street(double flow_vph)
{
	g_autofree char *net = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	struct painted *s = painted_new(net, flow_vph, 0, 0, 31, &error);
	g_assert_no_error(error);
	s->green_s = s->cycle_s;
	return s;
}

static void compare(struct seen *seen, const struct estimate *e, const struct estimate *is)
{
	for (uint32_t i = 0; i < e->n_vehicles; i++)
		for (uint32_t k = 0; k < is->n_vehicles; k++)
			if (fabs(e->vehicles[i].dist_to_stop_m - is->vehicles[k].dist_to_stop_m) < 3) {
				seen->off += fabs(e->vehicles[i].speed_mps - is->vehicles[k].speed_mps);
				seen->n++;
			}
}

static void note_passed(struct seen *seen, const struct painted *s, bool passed[IDS])
{
	for (uint32_t lane = 0; lane < PAINTED_LANES; lane++)
		for (uint32_t i = 0; i < s->n[lane]; i++) {
			const struct painted_car *car = &s->cars[lane][i];
			if (car->dist_m > 0 || car->id >= IDS || passed[car->id])
				continue;
			passed[car->id] = true;
			seen->is[car->length_m < CLASS_CAR_M ? CLASS_TWO_WHEELER : car->length_m < CLASS_HEAVY_M ? CLASS_CAR : CLASS_HEAVY]++;
		}
}

static struct seen watch(struct painted *s, double seconds)
{
	bool passed[IDS] = {false};
	g_autoptr(GError) error = NULL;
	owned(view) v = painted_view(s, &error);
	owned(watch) w = watch_new(v, s->mount.width_px, s->mount.height_px, 1, &error);
	struct seen seen = {.first_s = {NAN, NAN, NAN, NAN}};
	g_assert_no_error(error);
	for (uint32_t frame = 1; frame <= seconds * 10; frame++) {
		painted_step(s, 0.1);
		note_passed(&seen, s, passed);
		if (!watch_look(w, s->y, s->t_s))
			continue;
		uint32_t n;
		const struct estimate *e = watch_estimates(w, &n);
		for (uint32_t k = 0; k < n; k++) {
			struct estimate is;
			painted_truth(s, k, e[k].view_m, MEASURE_GAP_M, &is);
			compare(&seen, &e[k], &is);
			seen.flow_seen += e[k].flow_veh;
			for (uint32_t c = 0; c < CLASSES; c++)
				seen.told[c] += isnan(e[k].class_veh[c]) ? 0 : e[k].class_veh[c];
			seen.most_queue = fmax(seen.most_queue, e[k].queue_veh);
			if (isnan(seen.first_s[e[k].incident]))
				seen.first_s[e[k].incident] = s->t_s;
			estimate_finish(&is);
		}
	}
	return seen;
}

static const struct sky {
	bool night;
	double rain_frac, shake_px, noise;
} skies[] = {{false, 0, 0, 2}, {false, 0.8, 0, 3}, {true, 0, 0, 4}, {true, 0.6, 0, 4}, {false, 0, 1.5, 2}};

static void set_sky(struct painted *s, const struct sky *sky)
{
	g_assert_true(painted_weather(s, sky->night, sky->rain_frac, sky->shake_px, sky->noise, NULL));
}

/* Each kind of sky: speeds as the project wants them, and everybody counted. */
static void test_weather(void)
{
	static const uint32_t hard[] = {1, 2, 4}; /* rain, night, sway */
	for (uint32_t k = 0; k < G_N_ELEMENTS(hard); k++) {
		uint32_t i = hard[k];
		owned(painted) s = street(600);
		set_sky(s, &skies[i]);
		struct seen seen = watch(s, 45);
		g_test_message("sky %u: %.2f m/s off in %.0f, passed %.0f of %u", i, seen.off / seen.n, seen.n, seen.flow_seen, s->passed[0] + s->passed[1]);
		g_assert_cmpfloat(seen.n, >, 60);
		g_assert_cmpfloat(seen.off / seen.n, <, 0.6);
		g_assert_cmpfloat(fabs(seen.flow_seen - s->passed[0] - s->passed[1]), <=, 1);
		g_assert_true(isnan(seen.first_s[INCIDENT_STANDING]) && isnan(seen.first_s[INCIDENT_WRONG_WAY]));
	}
}

/* It comes at 12 m/s or so from 190 m, brakes, and stands at about 16 s: told within 20 s, whatever the sky. At 35 m its lamps light an arrow before it. */
static void test_breakdown(void)
{
	for (uint32_t i = 0; i < G_N_ELEMENTS(skies); i++) {
		owned(painted) s = street(300);
		set_sky(s, &skies[i]);
		s->breaks_down_m = skies[i].night ? 35 : 45;
		struct seen seen = watch(s, 38);
		g_test_message("sky %u: told at %.0f s", i, seen.first_s[INCIDENT_STANDING]);
		g_assert_cmpfloat(seen.first_s[INCIDENT_STANDING], >, 20);
		g_assert_cmpfloat(seen.first_s[INCIDENT_STANDING], <, 36);
		g_assert_true(isnan(seen.first_s[INCIDENT_WRONG_WAY]));
	}
}

/* Somebody steps on the far lane at 27.5 s and walks over both: told while he is there, and never before. */
static void test_walker(void)
{
	static const double at_m[] = {20, 40};
	g_autofree char *net = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	for (uint32_t k = 0; k < G_N_ELEMENTS(at_m); k++) {
		owned(painted) s = painted_new(net, 450, 0.1, 0, 42 + k, NULL);
		s->two_wheeler_frac = 0.1;
		s->flow_vph = 200;
		s->green_s = s->cycle_s;
		g_assert_true(painted_weather(s, false, 0, 0, 2, NULL));
		s->walk_m = at_m[k];
		s->walk_mps = 1.3;
		s->walk_side_m = 1.3 * 30 + 1.6;
		struct seen seen = watch(s, 45);
		g_test_message("at %.0f m: told at %.1f s", at_m[k], seen.first_s[INCIDENT_PERSON]);
		g_assert_cmpfloat(seen.first_s[INCIDENT_PERSON], >, 29);
		g_assert_cmpfloat(seen.first_s[INCIDENT_PERSON], <, 40);
	}
	owned(painted) empty = street(400);
	empty->two_wheeler_frac = 0.2;
	g_assert_true(isnan(watch(empty, 60).first_s[INCIDENT_PERSON]));
}

/* Against those who come. */
static void test_wrong_way_in_traffic(void)
{
	owned(painted) s = street(100);
	s->wrong_mps = 8;
	s->wrong_m = -80; /* at the line after 10 s */
	struct seen seen = watch(s, 24);
	g_test_message("told at %.1f s", seen.first_s[INCIDENT_WRONG_WAY]);
	g_assert_cmpfloat(seen.first_s[INCIDENT_WRONG_WAY], >, 8);
	g_assert_cmpfloat(seen.first_s[INCIDENT_WRONG_WAY], <, 22);
}

/* At the line after 10 s; nobody else is on his lane, and none is presumed there. By night he is known by his rear lamps. */
static void test_wrong_way(void)
{
	for (uint32_t i = 0; i < G_N_ELEMENTS(skies); i++)
		for (double mps = 8; mps <= 12; mps += 4) {
			owned(painted) s = street(100);
			set_sky(s, &skies[i]);
			s->due_s[0] = INFINITY;
			s->wrong_mps = mps;
			s->wrong_m = -10 * mps;
			struct seen seen = watch(s, 24);
			g_test_message("sky %u, %.0f m/s: told at %.0f s, queue %.0f", i, mps, seen.first_s[INCIDENT_WRONG_WAY], seen.most_queue);
			g_assert_cmpfloat(seen.first_s[INCIDENT_WRONG_WAY], >, 8);
			g_assert_cmpfloat(seen.first_s[INCIDENT_WRONG_WAY], <, 22);
			g_assert_true(isnan(seen.first_s[INCIDENT_STANDING]));
			g_assert_cmpfloat(seen.most_queue, <=, 1);
		}
}

/* Two-wheelers are not counted as cars, and few cars as two-wheelers: not in rain either, where half of a dark car is as grey as its road. */
static void test_two_wheelers(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		owned(painted) s = street(500);
		set_sky(s, &skies[i]);
		s->two_wheeler_frac = 0.3;
		s->lorry_frac = 0.1;
		struct seen seen = watch(s, 90);
		g_test_message("sky %u: two-wheelers %.0f of %.0f, cars %.0f of %.0f, heavy %.0f of %.0f", i, seen.told[0], seen.is[0], seen.told[1], seen.is[1], seen.told[2], seen.is[2]);
		g_assert_cmpfloat(seen.is[CLASS_TWO_WHEELER], >=, 3);
		g_assert_cmpfloat(seen.told[CLASS_TWO_WHEELER], >=, 0.4 * seen.is[CLASS_TWO_WHEELER]);
		g_assert_cmpfloat(seen.told[CLASS_TWO_WHEELER], <=, seen.is[CLASS_TWO_WHEELER] + 1);
		g_assert_cmpfloat(seen.told[CLASS_CAR], <=, seen.is[CLASS_CAR] + 1);
		g_assert_cmpfloat(seen.told[CLASS_CAR], >=, 0.8 * seen.is[CLASS_CAR]);
	}
}

/* A picture pushed aside by a known way. */
static void test_steady(void)
{
	enum { W = 160, H = 120 };
	static uint8_t still[W * H], pushed[W * H], none[W * H];
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++)
			still[y * W + x] = (uint8_t) (80 + 60 * ((x / 13 + y / 11) % 2) + (x * y) % 7);
	owned(steady) s = steady_new(W, H, none);
	steady_look(s, still);
	for (uint32_t k = 0; k < 300; k++)
		steady_look(s, still);
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++)
			pushed[y * W + x] = still[CLAMP(y - 2, 0, H - 1) * W + CLAMP(x - 3, 0, W - 1)];
	struct push push = {0, 0};
	for (uint32_t k = 0; k < 6; k++)
		push = steady_look(s, pushed);
	g_assert_cmpfloat_with_epsilon(push.x_px, 3, 0.2);
	g_assert_cmpfloat_with_epsilon(push.y_px, 2, 0.2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/street/weather", test_weather);
	g_test_add_func("/street/breakdown", test_breakdown);
	g_test_add_func("/street/wrong-way", test_wrong_way);
	g_test_add_func("/street/wrong-way-in-traffic", test_wrong_way_in_traffic);
	g_test_add_func("/street/walker", test_walker);
	g_test_add_func("/street/two-wheelers", test_two_wheelers);
	g_test_add_func("/street/steady", test_steady);
	return g_test_run();
}
