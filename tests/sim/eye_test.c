/* eye_test.c - vehicles are painted where they are, smoothly, and the same every time. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "sim/cabinet.h"
#include "sim/eye.h"

#define W 640
#define H 360
#define VIEW_M 100.0

struct stage_set {
	struct network *net;
	uint32_t edge, lane; /* the approach from the west, its rightmost vehicle lane */
	struct eye_mount mount;
	uint8_t *a, *b;      /* two pictures */
};

static void set_up(struct stage_set *s, gconstpointer data)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	(void) data;
	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	s->edge = network_edge(s->net, "J1_J2");
	s->lane = network_lane(s->net, "J1_J2_1");
	s->mount = eye_mount_for(s->net, s->edge, VIEW_M);
	s->mount.noise = 0.0;
	s->a = g_malloc(W * H * 3 / 2);
	s->b = g_malloc(W * H * 3 / 2);
}

static void tear_down(struct stage_set *s, gconstpointer data)
{
	(void) data;
	network_free(s->net);
	g_free(s->a);
	g_free(s->b);
}

static void shoot(struct eye *eye, const struct eye_car *cars, uint32_t n, double t_s, uint8_t *to)
{
	eye_paint(eye, cars, n, t_s, to, to + W * H, to + W * H * 5 / 4);
}

static struct eye_car car_at(const struct stage_set *s, double back_m, uint32_t id)
{
	struct eye_car car = {.length_m = 4.5, .width_m = 1.8, .height_m = 1.5, .id = id};
	const struct net_lane *lane = &s->net->lanes[s->lane];
	struct net_point end = network_point(lane, lane->length_m, &car.heading_rad);
	car.front = (struct net_point){end.x_m - back_m * cos(car.heading_rad), end.y_m - back_m * sin(car.heading_rad)};
	return car;
}

static double width_px(const struct stage_set *s, double back_m)
{
	struct eye_car car = car_at(s, back_m, 1);
	double ax, ay, bx, by, nx = -sin(car.heading_rad) * 0.9, ny = cos(car.heading_rad) * 0.9;
	g_assert_true(eye_project(&s->mount, (struct net_point){car.front.x_m + nx, car.front.y_m + ny}, 0.5, &ax, &ay));
	g_assert_true(eye_project(&s->mount, (struct net_point){car.front.x_m - nx, car.front.y_m - ny}, 0.5, &bx, &by));
	return hypot(ax - bx, ay - by);
}

/* Every approach of the district: the stop line low in the picture, 5 m beyond it just inside, 100 m upstream inside and resolved. */
static void test_mount(struct stage_set *s, gconstpointer data)
{
	uint32_t approaches = 0;
	(void) data;
	for (uint32_t e = 0; e < s->net->n_edges; e++) {
		s->lane = s->net->edges[e].first_lane + 1;
		if (s->net->edges[e].function != NET_NORMAL || s->net->edges[e].n_lanes < 3)
			continue;
		s->mount = eye_mount_for(s->net, e, VIEW_M);
		double x, y;
		g_assert_true(eye_project(&s->mount, car_at(s, 0.0, 1).front, 0.0, &x, &y));
		g_assert_true(x > 20.0 && x < W - 20.0 && y > 0.65 * H && y < 0.95 * H);
		g_assert_true(eye_project(&s->mount, car_at(s, -4.9, 1).front, 0.0, &x, &y));
		g_assert_true(y < H + 1.0);
		g_assert_true(eye_project(&s->mount, car_at(s, VIEW_M, 1).front, 0.0, &x, &y));
		g_assert_true(x > 0.0 && x < W && y > 0.0 && y < 0.1 * H);
		g_assert_cmpfloat(width_px(s, 100.0), >=, 10.0);
		g_assert_cmpfloat(width_px(s, 2.0), >=, 45.0);
		approaches++;
	}
	g_assert_cmpuint(approaches, >=, 16);
}

/* A car changes the picture there, and nowhere else. */
static void test_place(struct stage_set *s, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	owned(eye) eye = eye_new(s->net, &s->mount, 7, &error);
	g_assert_no_error(error);
	(void) data;
	for (double back_m = 2.0; back_m < 95.0; back_m += 13.0) {
		struct eye_car car = car_at(s, back_m, 3);
		double x, y, sum = 0.0, sum_x = 0.0, sum_y = 0.0, size = width_px(s, back_m);
		g_assert_true(eye_project(&s->mount, car.front, 0.6, &x, &y));
		shoot(eye, NULL, 0, 5.0, s->a);
		shoot(eye, &car, 1, 5.0, s->b);
		for (int i = 0; i < W * H; i++) {
			double change = abs(s->a[i] - s->b[i]);
			double dx = i % W + 0.5 - x, dy = i / W + 0.5 - y;
			if (fabs(dx) > 3.0 * size + 4.0 || fabs(dy) > 3.0 * size + 4.0)
				g_assert_cmpfloat(change, ==, 0.0);
			sum += change;
			sum_x += change * dx;
			sum_y += change * dy;
		}
		g_assert_cmpfloat(sum, >, 10.0 * size);
		g_assert_cmpfloat(fabs(sum_x / sum), <, size);
		g_assert_cmpfloat(fabs(sum_y / sum), <, size);
	}
}

/* A far car that creeps by 5 cm changes the picture, a little. */
static void test_smooth(struct stage_set *s, gconstpointer data)
{
	owned(eye) eye = eye_new(s->net, &s->mount, 7, NULL);
	(void) data;
	for (double back_m = 80.0; back_m > 75.0; back_m -= 0.05) {
		struct eye_car here = car_at(s, back_m, 3), there = car_at(s, back_m - 0.05, 3);
		int most = 0;
		shoot(eye, &here, 1, 5.0, s->a);
		shoot(eye, &there, 1, 5.0, s->b);
		for (int i = 0; i < W * H; i++)
			most = MAX(most, abs(s->a[i] - s->b[i]));
		g_assert_cmpint(most, >, 0);
		g_assert_cmpint(most, <, 100);
	}
}

static void test_same(struct stage_set *s, gconstpointer data)
{
	struct eye_car cars[3] = {car_at(s, 2.0, 3), car_at(s, 20.0, 8), car_at(s, 60.0, 11)};
	(void) data;
	s->mount.noise = 2.0;
	owned(eye) one = eye_new(s->net, &s->mount, 7, NULL);
	owned(eye) other = eye_new(s->net, &s->mount, 7, NULL);
	owned(eye) stranger = eye_new(s->net, &s->mount, 8, NULL);
	shoot(other, cars, 2, 1.0, s->b); /* what was painted before does not matter */
	shoot(one, cars, 3, 5.0, s->a);
	shoot(other, cars, 3, 5.0, s->b);
	g_assert_cmpmem(s->a, W * H * 3 / 2, s->b, W * H * 3 / 2);
	shoot(other, cars, 3, 5.1, s->b);
	g_assert_cmpint(memcmp(s->a, s->b, W * H), !=, 0); /* noise */
	shoot(stranger, cars, 3, 5.0, s->b);
	g_assert_cmpint(memcmp(s->a, s->b, W * H), !=, 0);
}

static void test_plates(struct stage_set *s, gconstpointer data)
{
	owned(eye) eye = eye_new(s->net, &s->mount, 7, NULL);
	struct eye_car cars[3] = {car_at(s, 2.0, 31), car_at(s, 18.0, 32), car_at(s, 90.0, 33)};
	uint32_t ids[8];
	(void) data;
	shoot(eye, cars, 3, 0.0, s->a);
	g_assert_cmpuint(eye_plates(eye, 8.0, ids, 8), ==, 2);
	g_assert_cmpuint(MIN(ids[0], ids[1]), ==, 31);
	g_assert_cmpuint(MAX(ids[0], ids[1]), ==, 32);
	g_assert_cmpuint(eye_plates(eye, 14.0, ids, 8), ==, 1);
	g_assert_cmpuint(eye_plates(eye, 100.0, ids, 8), ==, 0);
	cars[1] = car_at(s, 7.5, 32); /* close up behind a lorry */
	cars[0].height_m = 3.5;
	cars[0].width_m = 2.5;
	shoot(eye, cars, 2, 0.0, s->a);
	g_assert_cmpuint(eye_plates(eye, 8.0, ids, 8), ==, 1);
	g_assert_cmpuint(ids[0], ==, 31);
	cars[0] = car_at(s, 10.0, 31);
	cars[0].heading_rad += G_PI; /* drives away */
	shoot(eye, cars, 1, 0.0, s->a);
	g_assert_cmpuint(eye_plates(eye, 0.0, ids, 8), ==, 0);
}

static void test_bad_mount(struct stage_set *s, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	(void) data;
	s->mount.width_px = 641;
	g_assert_null(eye_new(s->net, &s->mount, 7, &error));
	g_assert_nonnull(strstr(error->message, "641x360 px"));
	g_clear_error(&error);
	s->mount.width_px = W;
	s->mount.noise = NAN;
	g_assert_null(eye_new(s->net, &s->mount, 7, &error));
	g_assert_nonnull(strstr(error->message, "0 to 20"));
}

/* In a world that moves, each vehicle begins a step's pictures where it ended the last one's. */
static void test_cars(struct stage_set *s, gconstpointer data)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.rou.xml", NULL);
	g_autoptr(GError) error = NULL;
	owned(routes) routes = routes_read(path, s->net, 5, NULL, &error);
	g_assert_no_error(error);
	struct world_options o = {.step_s = 1.0, .begin_s = 0.0, .seed = 5};
	owned(world) w = world_new(s->net, routes, &o, &error);
	g_assert_no_error(error);
	owned(junction) j = junction_new(s->net, 0, NULL, &error);
	g_assert_no_error(error);
	g_autofree struct eye_car *last = g_new0(struct eye_car, routes->n_departures), *now = g_new0(struct eye_car, 2048);
	uint64_t compared = 0, jumped = 0;
	owned(cabinet) c = cabinet_new(j, &s->net->signals[0].programs[0], 0.0, NULL);
	(void) data;
	for (int t = 0; t < 200; t++) {
		cabinet_tick(c, t);
		g_assert_true(world_show(w, 0, cabinet_shows(c), NULL));
		world_step(w);
		uint32_t n = eye_cars(w, 1e-6, now, 2048);
		for (uint32_t k = 0; k < n; k++) {
			const struct eye_car *was = &last[now[k].id];
			if (was->length_m <= 0.0)
				continue;
			compared++;
			jumped += hypot(now[k].front.x_m - was->front.x_m, now[k].front.y_m - was->front.y_m) > 0.3;
		}
		n = eye_cars(w, 1.0, now, 2048);
		for (uint32_t k = 0; k < n; k++)
			last[now[k].id] = now[k];
	}
	g_test_message("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " jumped", jumped, compared);
	g_assert_cmpuint(compared, >, 3000);
	g_assert_cmpuint(jumped * 500, <, compared);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/eye/mount", struct stage_set, NULL, set_up, test_mount, tear_down);
	g_test_add("/eye/place", struct stage_set, NULL, set_up, test_place, tear_down);
	g_test_add("/eye/smooth", struct stage_set, NULL, set_up, test_smooth, tear_down);
	g_test_add("/eye/same", struct stage_set, NULL, set_up, test_same, tear_down);
	g_test_add("/eye/plates", struct stage_set, NULL, set_up, test_plates, tear_down);
	g_test_add("/eye/bad-mount", struct stage_set, NULL, set_up, test_bad_mount, tear_down);
	g_test_add("/eye/cars", struct stage_set, NULL, set_up, test_cars, tear_down);
	return g_test_run();
}
