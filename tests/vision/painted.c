/* painted.c - a street for the tests of vision. See painted.h. */
#include "tests/vision/painted.h"

#include <string.h>

#include "core/netfile.h"

#define ENTRY_M 190.0
#define GONE_M -45.0

static double draw(struct painted *s) /* [0, 1), Marsaglia 2003 */
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (double) (s->random >> 11) / 9007199254740992.0;
}

static void enter(struct painted *s, uint32_t lane, double dist_m, double speed_mps)
{
	if (s->n[lane] == PAINTED_CARS)
		return;
	bool lorry = draw(s) < s->lorry_frac, two_wheeler = !lorry && s->two_wheeler_frac > 0 && draw(s) < s->two_wheeler_frac;
	struct painted_car car = {.dist_m = dist_m, .speed_mps = speed_mps, .id = ++s->next_id};
	car.length_m = lorry ? 8 + 4 * draw(s) : 4.2 + 0.8 * draw(s);
	car.width_m = lorry ? 2.5 : 1.8;
	car.height_m = lorry ? 3.3 : 1.5;
	if (two_wheeler) {
		car.length_m = 2.0 + 0.3 * draw(s);
		car.width_m = 0.8;
		car.height_m = 1.5;
	}
	s->cars[lane][s->n[lane]++] = car;
}

struct painted *painted_site(const char *net_file, GError **error)
{
	owned(painted) s = g_new0(struct painted, 1);
	s->net = netfile_read(net_file, NULL, error);
	if (!s->net)
		return NULL;
	s->lanes[0] = network_lane(s->net, "W_C_1");
	s->lanes[1] = network_lane(s->net, "W_C_2");
	s->mount = eye_mount_for(s->net, network_edge(s->net, "W_C"), 100);
	return give(s);
}

struct painted *painted_new(const char *net_file, double flow_vph, double lorry_frac, uint32_t standing, uint64_t seed, GError **error)
{
	owned(painted) s = painted_site(net_file, error);
	if (!s)
		return NULL;
	s->flow_vph = flow_vph;
	s->lorry_frac = lorry_frac;
	s->green_s = 30;
	s->cycle_s = 75;
	s->wish_mps = 13;
	s->random = seed * 2654435761U + 88172645463325252U;
	s->eye = eye_new(s->net, &s->mount, seed, error);
	if (!s->eye)
		return NULL;
	size_t px = (size_t) s->mount.width_px * s->mount.height_px;
	s->y = g_malloc(px * 3 / 2);
	s->u = s->y + px;
	s->v = s->u + px / 4;
	for (uint32_t lane = 0; lane < PAINTED_LANES; lane++) {
		for (uint32_t k = 0; k < standing; k++)
			enter(s, lane, k ? s->cars[lane][k - 1].dist_m + s->cars[lane][k - 1].length_m + 2 : 1, 0);
		s->due_s[lane] = 3 * draw(s);
	}
	return give(s);
}

bool painted_resize(struct painted *s, uint32_t width_px, uint32_t height_px, GError **error)
{
	size_t px = (size_t) width_px * height_px;
	eye_free(s->eye);
	g_free(s->y);
	s->mount.width_px = width_px;
	s->mount.height_px = height_px;
	s->y = g_malloc(px * 3 / 2);
	s->u = s->y + px;
	s->v = s->u + px / 4;
	s->eye = eye_new(s->net, &s->mount, 1, error);
	return s->eye != NULL;
}

bool painted_weather(struct painted *s, bool night, double rain_frac, double shake_px, double noise, GError **error)
{
	s->mount.night = night;
	s->mount.rain_frac = rain_frac;
	s->mount.shake_px = shake_px;
	s->mount.noise = noise;
	eye_free(s->eye);
	s->eye = eye_new(s->net, &s->mount, 5, error);
	return s->eye != NULL;
}

void painted_free(struct painted *s)
{
	if (!s)
		return;
	eye_free(s->eye);
	network_free(s->net);
	g_free(s->y);
	g_free(s);
}

static double idm(const struct painted_car *car, double v0, double gap_m, double closing_mps)
{
	const double a = 2.2, b = 2.5, headway_s = 1.1, still_m = 2.2;
	double want = still_m + fmax(0, car->speed_mps * headway_s + car->speed_mps * closing_mps / (2 * sqrt(a * b)));
	return a * (1 - pow(car->speed_mps / v0, 4) - pow(want / fmax(gap_m, 0.1), 2));
}

static void drive(struct painted *s, uint32_t lane, double dt_s)
{
	struct painted_car *cars = s->cars[lane];
	bool red = fmod(s->t_s, s->cycle_s) < s->cycle_s - s->green_s;
	for (uint32_t k = 0; k < s->n[lane]; k++) {
		struct painted_car *car = &cars[k];
		double acc = idm(car, s->wish_mps, k ? car->dist_m - cars[k - 1].dist_m - cars[k - 1].length_m : 1e6, k ? car->speed_mps - cars[k - 1].speed_mps : 0);
		if (red && car->dist_m > 0 && car->speed_mps * car->speed_mps / 8 < car->dist_m)
			acc = fmin(acc, idm(car, s->wish_mps, car->dist_m + 1.2, car->speed_mps));
		if (lane == 0 && s->breaks_down_m > 0 && !s->broken_id && car->dist_m > s->breaks_down_m + 30)
			s->broken_id = car->id;
		if (car->id == s->broken_id && s->broken_id)
			acc = fmin(acc, idm(car, s->wish_mps, fmax(0.1, car->dist_m - s->breaks_down_m + 1.5), car->speed_mps));
		double before_m = car->dist_m;
		car->speed_mps = fmax(0, car->speed_mps + fmax(acc, -8) * dt_s);
		car->dist_m -= car->speed_mps * dt_s;
		s->passed[lane] += before_m > 0 && car->dist_m <= 0;
	}
	while (s->n[lane] && cars[0].dist_m < GONE_M)
		memmove(cars, cars + 1, --s->n[lane] * sizeof *cars);
	const struct painted_car *last = s->n[lane] ? &cars[s->n[lane] - 1] : NULL;
	double room_m = last ? ENTRY_M - last->dist_m - last->length_m : 1e6;
	if (s->t_s >= s->due_s[lane] && room_m > 14) {
		enter(s, lane, ENTRY_M, room_m > 40 ? s->wish_mps - 1 : fmin(s->wish_mps - 1, last->speed_mps));
		s->due_s[lane] = s->t_s + 1.2 - log(1 - draw(s)) * fmax(0.1, 3600 / s->flow_vph - 1.2);
	}
}

void painted_step(struct painted *s, double dt_s)
{
	struct eye_car painted[PAINTED_LANES * PAINTED_CARS + 3];
	uint32_t n = 0;
	s->t_s += dt_s;
	for (uint32_t lane = 0; lane < PAINTED_LANES; lane++) {
		drive(s, lane, dt_s);
		const struct net_lane *l = &s->net->lanes[s->lanes[lane]];
		for (uint32_t k = 0; k < s->n[lane]; k++) {
			const struct painted_car *car = &s->cars[lane][k];
			struct net_point end = l->shape[l->n_shape - 1], from = l->shape[l->n_shape - 2];
			double heading = atan2(end.y_m - from.y_m, end.x_m - from.x_m);
			painted[n++] = (struct eye_car){.front = {end.x_m - car->dist_m * cos(heading), end.y_m - car->dist_m * sin(heading)},
				.heading_rad = heading, .length_m = car->length_m, .width_m = car->width_m, .height_m = car->height_m, .id = car->id,
				.bare = s->bare_every > 0 && car->id % s->bare_every == 0};
		}
	}
	if (s->wrong_mps > 0) {
		const struct net_lane *l = &s->net->lanes[s->lanes[0]];
		struct net_point end = l->shape[l->n_shape - 1], from = l->shape[l->n_shape - 2];
		double heading = atan2(end.y_m - from.y_m, end.x_m - from.x_m);
		s->wrong_m += s->wrong_mps * dt_s;
		painted[n++] = (struct eye_car){.front = {end.x_m - s->wrong_m * cos(heading), end.y_m - s->wrong_m * sin(heading)},
			.heading_rad = heading + G_PI, .length_m = 4.5, .width_m = 1.8, .height_m = 1.5, .id = 9999};
	}
	if (s->walk_mps > 0) {
		const struct net_lane *l = &s->net->lanes[s->lanes[0]];
		struct net_point end = l->shape[l->n_shape - 1], from = l->shape[l->n_shape - 2];
		double heading = atan2(end.y_m - from.y_m, end.x_m - from.x_m), c = cos(heading), w = sin(heading);
		s->walk_side_m -= s->walk_mps * dt_s;
		painted[n++] = (struct eye_car){.front = {end.x_m - s->walk_m * c - s->walk_side_m * w, end.y_m - s->walk_m * w + s->walk_side_m * c},
			.heading_rad = heading - G_PI / 2, .length_m = 0.45, .width_m = 0.5, .height_m = 1.75, .id = 8888 + s->walk_clothes, .bare = true, .unlit = true};
	}
	if (s->parked_m > 0) {
		const struct net_lane *l = &s->net->lanes[s->lanes[0]];
		struct net_point end = l->shape[l->n_shape - 1], from = l->shape[l->n_shape - 2];
		double heading = atan2(end.y_m - from.y_m, end.x_m - from.x_m), c = cos(heading), si = sin(heading);
		painted[n++] = (struct eye_car){.front = {end.x_m - s->parked_m * c + s->parked_side_m * si, end.y_m - s->parked_m * si - s->parked_side_m * c},
			.heading_rad = heading, .length_m = 4.5, .width_m = 1.8, .height_m = 1.5, .id = 7777};
	}
	eye_paint(s->eye, painted, n, s->t_s, s->y, s->u, s->v);
}

struct view *painted_view(const struct painted *s, GError **error)
{
	const char *ids[] = {s->net->lanes[s->lanes[0]].id, s->net->lanes[s->lanes[1]].id, NULL};
	struct view_pair pairs[4];
	for (uint32_t i = 0; i < 4; i++) {
		const struct net_lane *l = &s->net->lanes[s->lanes[i & 1]];
		pairs[i].ground = network_point(l, l->length_m - (i & 2 ? 80 : 2), NULL);
		eye_project(&s->mount, pairs[i].ground, 0, &pairs[i].x_px, &pairs[i].y_px);
	}
	return view_new("painted", s->net, ids, pairs, 4, s->mount.width_px, s->mount.height_px, 100, error);
}

void painted_truth(const struct painted *s, uint32_t lane, double view_m, double gap_m, struct estimate *e)
{
	estimate_init(e, s->lanes[lane]);
	e->t_s = s->t_s;
	e->view_m = view_m;
	e->vehicles = g_new(struct seen_vehicle, PAINTED_CARS);
	for (uint32_t k = 0; k < s->n[lane]; k++) {
		const struct painted_car *car = &s->cars[lane][k];
		if (car->dist_m >= 0 && car->dist_m <= view_m)
			e->vehicles[e->n_vehicles++] = (struct seen_vehicle){car->dist_m, car->speed_mps, car->length_m};
	}
	estimate_from_vehicles(e, gap_m);
}
