/* scene.c - what stands still in a camera's picture. */
#include "sim/scene.h"

#include <math.h>

#include "sim/noise.h"

#define SIGHT_M 400.0 /* nothing beyond it is painted */

struct scene {
	struct picture *pic;
	const struct lens *l;
	const struct network *net;
	const struct daylight *day;
	uint64_t seed;
};

static uint32_t hash(uint64_t seed, int64_t a, int64_t b)
{
	return (uint32_t) (noise_mix(noise_mix(seed ^ (uint64_t) a) + (uint64_t) b) >> 16);
}

static double chance(const struct scene *s, int64_t a, int64_t b) /* 0..1 */
{
	return (hash(s->seed, a, b) & 0xffff) / 65535.0;
}

static double lattice(uint64_t seed, int64_t i, int64_t k)
{
	return (hash(seed, i, k) & 0xffff) / 32767.5 - 1.0;
}

/* Value noise, -1..1, with features of about `size_m`. */
static double texture(uint64_t seed, struct net_point p, double size_m)
{
	double x = p.x_m / size_m, y = p.y_m / size_m, fx = x - floor(x), fy = y - floor(y);
	int64_t i = (int64_t) floor(x), k = (int64_t) floor(y);
	fx = fx * fx * (3.0 - 2.0 * fx);
	fy = fy * fy * (3.0 - 2.0 * fy);
	double low = lattice(seed, i, k) * (1.0 - fx) + lattice(seed, i + 1, k) * fx;
	double high = lattice(seed, i, k + 1) * (1.0 - fx) + lattice(seed, i + 1, k + 1) * fx;
	return low * (1.0 - fy) + high * fy;
}

static bool in_sight(const struct scene *s, struct net_point p)
{
	struct spot at = {p.x_m, p.y_m, 0.0};
	double depth = lens_depth_m(s->l, at);
	return depth > -30.0 && depth < SIGHT_M;
}

static void put_px(struct picture *pic, uint32_t x, uint32_t y, struct paint p)
{
	pic->y[y * pic->width_px + x] = p.y;
	pic->u[(y / 2) * (pic->width_px / 2) + x / 2] = p.u;
	pic->v[(y / 2) * (pic->width_px / 2) + x / 2] = p.v;
}

/* Grass and bare earth up to the horizon, haze and sky above. */
static void paint_ground(const struct scene *s)
{
	for (uint32_t y = 0; y < s->pic->height_px; y++) {
		for (uint32_t x = 0; x < s->pic->width_px; x++) {
			struct net_point g;
			if (!lens_ground(s->l, (struct raster_point){x + 0.5, y + 0.5}, &g)) {
				double up = (s->l->mid_y_px - y) / s->l->focal_px + s->l->ahead.z_m;
				put_px(s->pic, x, y, paint_rgb(.72 - .3 * CLAMP(up, 0.0, 0.5), .78 - .2 * CLAMP(up, 0.0, 0.5), .84, 1.0));
				continue;
			}
			double t = 0.6 * texture(s->seed + 1, g, 9.0) + 0.4 * texture(s->seed + 2, g, 2.5);
			put_px(s->pic, x, y, paint_rgb(.35 + .06 * t, .40 + .03 * t, .25 + .03 * t, 1.0));
		}
	}
}

/* Grain of asphalt, concrete and grass: over everything that lies on the ground. Finer than a pixel it fades away. */
static void paint_grain(const struct scene *s)
{
	for (uint32_t y = 0; y < s->pic->height_px; y++) {
		for (uint32_t x = 0; x < s->pic->width_px; x++) {
			struct net_point g, below;
			if (!lens_ground(s->l, (struct raster_point){x + 0.5, y + 0.5}, &g))
				continue;
			lens_ground(s->l, (struct raster_point){x + 0.5, y + 1.5}, &below);
			double px_m = hypot(below.x_m - g.x_m, below.y_m - g.y_m);
			double t = 0.035 * texture(s->seed + 3, g, 3.0) + 0.025 * texture(s->seed + 4, g, 0.7) * MIN(1.0, 0.5 / px_m) +
				0.05 * texture(s->seed + 5, g, 0.12) * MIN(1.0, 0.1 / px_m);
			uint8_t *luma = &s->pic->y[y * s->pic->width_px + x];
			*luma = (uint8_t) CLAMP(lround(16.0 + (*luma - 16.0) * (1.0 + t)), 16, 235);
		}
	}
}

static void ground_fill(const struct scene *s, const struct net_point *p, uint32_t n, struct paint paint)
{
	struct spot corners[RASTER_CORNERS_MAX];
	if (n < 3 || n > RASTER_CORNERS_MAX / 2)
		return;
	for (uint32_t i = 0; i < n; i++)
		corners[i] = (struct spot){p[i].x_m, p[i].y_m, 0.0};
	lens_fill(s->l, s->pic, corners, n, paint);
}

static struct net_point beside(const struct net_lane *lane, double pos_m, double left_m)
{
	double heading;
	struct net_point p = network_point(lane, pos_m, &heading);
	return (struct net_point){p.x_m - left_m * sin(heading), p.y_m + left_m * cos(heading)};
}

/* A band along a lane, from its right side to its left side as offsets from the centre line. */
static void band(const struct scene *s, const struct net_lane *lane, double from_m, double to_m, double right_m, double left_m,
	struct paint p)
{
	double piece_m = lane->n_shape > 2 ? 1.0 : 8.0;
	for (double at = from_m; at < to_m - 1e-6; at += piece_m) {
		double end = MIN(at + piece_m, to_m);
		if (!in_sight(s, network_point(lane, at, NULL)))
			continue;
		double lap_m = p.opacity == 256 && !p.shade && right_m < -0.5 ? 0.15 : 0.0; /* no seams between pieces */
		double heading;
		network_point(lane, end, &heading);
		struct net_point c[4] = {beside(lane, at, right_m), beside(lane, end, right_m), beside(lane, end, left_m),
			beside(lane, at, left_m)};
		for (uint32_t i = 1; i < 3; i++)
			c[i] = (struct net_point){c[i].x_m + lap_m * cos(heading), c[i].y_m + lap_m * sin(heading)};
		ground_fill(s, c, 4, p);
	}
}

static bool for_vehicles(const struct net_lane *lane)
{
	return (lane->allow & (uint32_t) ~(NET_PEDESTRIAN | NET_BICYCLE)) != 0;
}

static enum net_function function_of(const struct scene *s, const struct net_lane *lane)
{
	return s->net->edges[lane->edge].function;
}

static bool is_road(const struct scene *s, const struct net_lane *lane)
{
	enum net_function f = function_of(s, lane);
	return for_vehicles(lane) && (f == NET_NORMAL || f == NET_INTERNAL || f == NET_CONNECTOR);
}

static void paint_pavements(const struct scene *s)
{
	struct paint slabs = paint_rgb(.56, .55, .53, 1.0), kerb = paint_rgb(.66, .66, .64, 1.0);
	for (uint32_t i = 0; i < s->net->n_lanes; i++) {
		const struct net_lane *lane = &s->net->lanes[i];
		if (is_road(s, lane))
			band(s, lane, 0.0, lane->length_m, -0.5 * lane->width_m - 3.2, 0.5 * lane->width_m + 3.2, slabs);
	}
	for (uint32_t i = 0; i < s->net->n_lanes; i++) {
		const struct net_lane *lane = &s->net->lanes[i];
		if (is_road(s, lane))
			band(s, lane, 0.0, lane->length_m, -0.5 * lane->width_m - 0.55, 0.5 * lane->width_m + 0.55, kerb);
		else if (function_of(s, lane) == NET_NORMAL)
			band(s, lane, 0.0, lane->length_m, -0.5 * lane->width_m, 0.5 * lane->width_m, slabs);
		else if (function_of(s, lane) == NET_WALKINGAREA)
			ground_fill(s, lane->shape, lane->n_shape, slabs);
	}
}

static void paint_asphalt(const struct scene *s)
{
	struct paint asphalt = paint_rgb(.36, .36, .37, 1.0);
	for (uint32_t i = 0; i < s->net->n_nodes; i++)
		ground_fill(s, s->net->nodes[i].shape, s->net->nodes[i].n_shape, asphalt);
	for (uint32_t i = 0; i < s->net->n_lanes; i++) {
		const struct net_lane *lane = &s->net->lanes[i];
		if (is_road(s, lane))
			band(s, lane, 0.0, lane->length_m, -0.5 * lane->width_m - 0.35, 0.5 * lane->width_m + 0.35, asphalt);
	}
}

/* Tyres polish two tracks, oil drips between them, most where vehicles wait; the gas company mends its holes. */
static void paint_wear(const struct scene *s)
{
	for (uint32_t i = 0; i < s->net->n_lanes; i++) {
		const struct net_lane *lane = &s->net->lanes[i];
		double wait_m = MIN(40.0, lane->length_m);
		if (!is_road(s, lane) || function_of(s, lane) != NET_NORMAL)
			continue;
		band(s, lane, 0.0, lane->length_m, -0.95, -0.6, paint_shadow(0.95));
		band(s, lane, 0.0, lane->length_m, 0.6, 0.95, paint_shadow(0.95));
		band(s, lane, lane->length_m - wait_m, lane->length_m, -0.35, 0.35, paint_shadow(0.91));
		for (int64_t k = 0; k < (int64_t) (lane->length_m / 25.0); k++) {
			double at = 25.0 * ((double) k + chance(s, i, 10 + k)), left = 1.6 * chance(s, i, 500 + k) - 1.5;
			double long_m = 1.0 + 5.0 * chance(s, i, 900 + k);
			if (chance(s, i, 1300 + k) < 0.4)
				band(s, lane, at, MIN(at + long_m, lane->length_m), left, left + 1.2, paint_shadow(0.80));
		}
	}
}

static void dashes(const struct scene *s, const struct net_lane *lane, double from_m, double to_m, double left_m, struct paint p)
{
	for (double at = from_m; at + 3.0 < to_m; at += 9.0)
		band(s, lane, at, at + 3.0, left_m - 0.075, left_m + 0.075, p);
}

static bool has_lane(const struct scene *s, const struct net_lane *lane, int32_t step)
{
	const struct net_edge *e = &s->net->edges[lane->edge];
	int64_t k = (int64_t) lane->index + step;
	return k >= 0 && k < e->n_lanes && for_vehicles(&s->net->lanes[e->first_lane + k]);
}

static bool ends_at_line(const struct scene *s, const struct net_lane *lane)
{
	for (uint32_t k = 0; k < lane->n_links; k++)
		if (s->net->links[lane->first_link + k].signal != NET_NONE)
			return true;
	return false;
}

/* Arrow for the way out `dir`, its foot at `at_m`: SUMO's letters s, l, r. */
static void arrow(const struct scene *s, const struct net_lane *lane, double at_m, char dir, struct paint p)
{
	double turn = dir == 'l' || dir == 'L' ? 1.0 : dir == 'r' || dir == 'R' ? -1.0 : 0.0;
	if (turn == 0.0) {
		struct net_point head[3] = {beside(lane, at_m + 3.2, -0.40), beside(lane, at_m + 5.2, 0.0), beside(lane, at_m + 3.2, 0.40)};
		band(s, lane, at_m, at_m + 3.3, -0.09, 0.09, p);
		ground_fill(s, head, 3, p);
		return;
	}
	struct net_point bend[4] = {beside(lane, at_m + 2.2, 0.0), beside(lane, at_m + 2.7, 0.0), beside(lane, at_m + 3.6, 0.6 * turn),
		beside(lane, at_m + 3.1, 0.6 * turn)};
	struct net_point head[3] = {beside(lane, at_m + 2.3, 0.50 * turn), beside(lane, at_m + 4.4, 0.50 * turn),
		beside(lane, at_m + 3.9, 1.15 * turn)};
	band(s, lane, at_m, at_m + 2.6, -0.09, 0.09, p);
	ground_fill(s, bend, 4, p);
	ground_fill(s, head, 3, p);
}

static void paint_arrows(const struct scene *s, const struct net_lane *lane, struct paint p)
{
	for (uint32_t k = 0; k < lane->n_links; k++) {
		char dir = s->net->links[lane->first_link + k].dir;
		if (dir == 't' || dir == 'i')
			continue;
		for (double back_m = 9.0; back_m < MIN(40.0, lane->length_m - 8.0); back_m += 22.0)
			arrow(s, lane, lane->length_m - back_m - 5.0, dir, p);
	}
}

static void paint_lane_lines(const struct scene *s, const struct net_lane *lane)
{
	struct paint white = paint_rgb(.86, .86, .84, 1.0);
	double half_m = 0.5 * lane->width_m, end_m = lane->length_m;
	double solid_m = ends_at_line(s, lane) ? MIN(25.0, end_m) : 0.0;
	if (has_lane(s, lane, 1)) {
		dashes(s, lane, 1.0, end_m - solid_m, half_m, white);
		band(s, lane, end_m - solid_m, end_m, half_m - 0.075, half_m + 0.075, white);
	} else {
		band(s, lane, 0.0, end_m, half_m - 0.06, half_m + 0.12, white); /* centre line */
	}
	if (!has_lane(s, lane, -1))
		band(s, lane, 0.0, end_m, -half_m + 0.05, -half_m + 0.20, white);
	if (ends_at_line(s, lane)) {
		band(s, lane, end_m - 0.5, end_m, -half_m, half_m, white);
		paint_arrows(s, lane, white);
	}
}

static void paint_markings(const struct scene *s)
{
	struct paint white = paint_rgb(.86, .86, .84, 1.0);
	for (uint32_t i = 0; i < s->net->n_lanes; i++) {
		const struct net_lane *lane = &s->net->lanes[i];
		double half_m = 0.5 * lane->width_m - 0.3;
		if (function_of(s, lane) == NET_NORMAL && for_vehicles(lane))
			paint_lane_lines(s, lane);
		for (double at = 0.3; function_of(s, lane) == NET_CROSSING && at + 0.5 < lane->length_m; at += 1.0)
			band(s, lane, at, at + 0.5, -half_m, half_m, white);
	}
}

/* Upright things, far to near. */
enum kind { HOUSE, TREE, MAST };

struct thing {
	enum kind kind;
	struct net_point at;
	double heading_rad, depth_m, wide_m, deep_m, high_m;
	uint32_t colour;
};

static double clear_m(const struct scene *s, struct net_point p) /* to the nearest lane */
{
	double best = INFINITY;
	for (uint32_t i = 0; i < s->net->n_lanes; i++) {
		const struct net_lane *lane = &s->net->lanes[i];
		for (uint32_t k = 0; k + 1 < lane->n_shape; k++) {
			struct net_point a = lane->shape[k], b = lane->shape[k + 1];
			double dx = b.x_m - a.x_m, dy = b.y_m - a.y_m, sq = dx * dx + dy * dy;
			double t = sq > 0.0 ? CLAMP(((p.x_m - a.x_m) * dx + (p.y_m - a.y_m) * dy) / sq, 0.0, 1.0) : 0.0;
			best = MIN(best, hypot(p.x_m - a.x_m - t * dx, p.y_m - a.y_m - t * dy) - 0.5 * lane->width_m);
		}
	}
	return best;
}

static void add_thing(const struct scene *s, GArray *things, struct thing t, double room_m)
{
	t.depth_m = lens_depth_m(s->l, (struct spot){t.at.x_m, t.at.y_m, 0.0});
	if (t.depth_m < 15.0 || t.depth_m > SIGHT_M || clear_m(s, t.at) < room_m)
		return;
	for (uint32_t i = 0; t.kind == HOUSE && i < things->len; i++) {
		const struct thing *other = &g_array_index(things, struct thing, i);
		if (other->kind == HOUSE && hypot(other->at.x_m - t.at.x_m, other->at.y_m - t.at.y_m) < 0.5 * (other->wide_m + t.wide_m) + 1.0)
			return;
	}
	g_array_append_val(things, t);
}

static void line_street(const struct scene *s, const struct net_lane *lane, uint32_t i, GArray *things)
{
	for (double at = 6.0; at < lane->length_m - 4.0; at += 7.0) {
		int64_t k = (int64_t) (at * 10.0);
		double heading, dice = chance(s, i, 3000 + k), size = chance(s, i, 5000 + k);
		network_point(lane, at, &heading);
		if (dice < 0.45) {
			struct thing house = {.kind = HOUSE, .at = beside(lane, at, -(17.0 + 4.0 * size)), .heading_rad = heading,
				.wide_m = 11.0 + 6.0 * size,
				.deep_m = 9.0, .high_m = 6.0 + 9.0 * chance(s, i, 7000 + k), .colour = hash(s->seed, i, 8000 + k)};
			add_thing(s, things, house, 0.5 * house.wide_m + 5.0);
		} else if (dice < 0.75) {
			struct thing tree = {.kind = TREE, .at = beside(lane, at, -(6.5 + 3.0 * size)), .wide_m = 2.0 + 1.2 * size,
				.high_m = 4.5 + 2.5 * size,
				.colour = hash(s->seed, i, 9000 + k)};
			add_thing(s, things, tree, 4.5);
		}
	}
	for (double at = 12.0; at < lane->length_m; at += 35.0)
		add_thing(s, things, (struct thing){.kind = MAST, .at = beside(lane, at, -(0.5 * lane->width_m + 2.4)), .high_m = 7.5}, 1.6);
}

static struct spot around(struct net_point at, double heading_rad, double ahead_m, double left_m, double z_m)
{
	double c = cos(heading_rad), s = sin(heading_rad);
	return (struct spot){at.x_m + ahead_m * c - left_m * s, at.y_m + ahead_m * s + left_m * c, z_m};
}

static void wall(const struct scene *s, const struct thing *t, double heading, double wide_m, double out_m, struct paint colour)
{
	double x = cos(heading), y = sin(heading), half = 0.5 * wide_m;
	struct net_point foot = {t->at.x_m + out_m * x, t->at.y_m + out_m * y};
	double light = s->day->ambient * 0.9 + (1.0 - s->day->ambient) * MAX(0.0, x * s->day->to_sun.x_m + y * s->day->to_sun.y_m);
	if (x * (s->l->at.x_m - foot.x_m) + y * (s->l->at.y_m - foot.y_m) <= 0.0)
		return;
	struct spot c[4] = {around(foot, heading, 0, -half, 0), around(foot, heading, 0, half, 0), around(foot, heading, 0, half, t->high_m),
		around(foot, heading, 0, -half, t->high_m)};
	lens_fill(s->l, s->pic, c, 4, paint_lit(colour, light));
	for (double z = 1.2; z + 1.5 < t->high_m; z += 3.0) {
		for (double at = -half + 1.0; at + 1.2 < half; at += 2.6) {
			struct spot w[4] = {around(foot, heading, .02, at, z), around(foot, heading, .02, at + 1.2, z),
				around(foot, heading, .02, at + 1.2, z + 1.5), around(foot, heading, .02, at, z + 1.5)};
			lens_fill(s->l, s->pic, w, 4, paint_rgb(.22, .25, .29, 1.0));
		}
	}
}

static void paint_house(const struct scene *s, const struct thing *t)
{
	static const double walls[][3] = {{.70, .62, .52}, {.62, .40, .32}, {.74, .72, .68}, {.55, .53, .50}, {.66, .58, .46}};
	const double *w = walls[t->colour % G_N_ELEMENTS(walls)];
	struct paint colour = paint_rgb(w[0], w[1], w[2], 1.0);
	for (uint32_t k = 0; k < 4; k++)
		wall(s, t, t->heading_rad + G_PI / 2.0 * k, k & 1 ? t->wide_m : t->deep_m, 0.5 * (k & 1 ? t->deep_m : t->wide_m), colour);
	if (t->high_m < s->l->at.z_m) {
		struct spot c[4];
		for (uint32_t k = 0; k < 4; k++)
			c[k] = around(t->at, t->heading_rad, (k == 1 || k == 2 ? 0.5 : -0.5) * t->wide_m, (k < 2 ? 0.5 : -0.5) * t->deep_m, t->high_m);
		lens_fill(s->l, s->pic, c, 4, paint_rgb(.40, .24, .20, 1.0));
	}
}

static void blob(const struct scene *s, struct spot at, double radius_m, struct paint p)
{
	struct spot rim[10];
	for (uint32_t i = 0; i < 10; i++) {
		double r = radius_m * cos(G_PI / 5.0 * i), u = radius_m * sin(G_PI / 5.0 * i);
		rim[i] = (struct spot){at.x_m + r * s->l->right.x_m + u * s->l->up.x_m, at.y_m + r * s->l->right.y_m + u * s->l->up.y_m,
			at.z_m + u * s->l->up.z_m};
	}
	lens_fill(s->l, s->pic, rim, 10, p);
}

static void pole(const struct scene *s, struct net_point at, double high_m, double radius_m, struct paint p)
{
	double rx = s->l->right.x_m * radius_m, ry = s->l->right.y_m * radius_m;
	struct spot c[4] = {{at.x_m - rx, at.y_m - ry, 0}, {at.x_m + rx, at.y_m + ry, 0}, {at.x_m + rx, at.y_m + ry, high_m},
		{at.x_m - rx, at.y_m - ry, high_m}};
	lens_fill(s->l, s->pic, c, 4, p);
}

static void paint_tree(const struct scene *s, const struct thing *t)
{
	pole(s, t->at, t->high_m, 0.16, paint_rgb(.20, .15, .11, 1.0));
	for (uint32_t k = 0; k < 22; k++) {
		double a = 2.4 * k, up = (chance(s, t->colour, k) - 0.35) * t->wide_m + 0.04 * k * t->wide_m;
		double out = 0.62 * t->wide_m * chance(s, t->colour, 40 + k);
		double light = 0.55 + 0.035 * k + 0.15 * chance(s, t->colour, 80 + k);
		struct spot at = {t->at.x_m + out * cos(a), t->at.y_m + out * sin(a), t->high_m + up};
		blob(s, at, t->wide_m * (0.55 - 0.012 * k), paint_lit(paint_rgb(.20, .31, .13, 1.0), light));
	}
}

/* The shadow of something upright, as a strip on the ground. */
static void paint_shadow_of(const struct scene *s, const struct thing *t)
{
	struct spot sun = s->day->to_sun;
	double flat = hypot(sun.x_m, sun.y_m), long_m = t->high_m * flat / MAX(sun.z_m, 0.1);
	double heading = atan2(-sun.y_m, -sun.x_m), half = t->kind == MAST ? 0.08 : t->kind == TREE ? t->wide_m : 0.5 * t->wide_m;
	double from = t->kind == TREE ? MAX(0.0, long_m - 1.5 * t->wide_m) : 0.0, to = t->kind == TREE ? long_m + t->wide_m : long_m;
	struct spot c[6] = {around(t->at, heading, from, -0.7 * half, 0), around(t->at, heading, 0.5 * (from + to), -half, 0),
		around(t->at, heading, to, -0.7 * half, 0), around(t->at, heading, to, 0.7 * half, 0), around(t->at, heading, 0.5 * (from + to), half, 0),
		around(t->at, heading, from, 0.7 * half, 0)};
	lens_fill(s->l, s->pic, c, 6, paint_shadow(0.66));
}

static int far_first(const void *a, const void *b)
{
	const struct thing *p = a, *q = b;
	return p->depth_m > q->depth_m ? -1 : p->depth_m < q->depth_m;
}

static void paint_things(const struct scene *s)
{
	g_autoptr(GArray) things = g_array_new(FALSE, FALSE, sizeof(struct thing));
	for (uint32_t i = 0; i < s->net->n_lanes; i++) {
		const struct net_lane *lane = &s->net->lanes[i];
		if (function_of(s, lane) == NET_NORMAL && lane->index == 0 &&
			(in_sight(s, network_point(lane, 0.0, NULL)) || in_sight(s, network_point(lane, lane->length_m, NULL))))
			line_street(s, lane, i, things);
	}
	g_array_sort(things, far_first);
	for (uint32_t i = 0; i < things->len && s->day->ambient < 0.8; i++)
		paint_shadow_of(s, &g_array_index(things, struct thing, i));
	for (uint32_t i = 0; i < things->len; i++) {
		const struct thing *t = &g_array_index(things, struct thing, i);
		if (t->kind == HOUSE)
			paint_house(s, t);
		else if (t->kind == TREE)
			paint_tree(s, t);
		else
			pole(s, t->at, t->high_m, 0.09, paint_rgb(.30, .31, .32, 1.0));
	}
}

void scene_paint(struct picture *pic, const struct lens *l, const struct network *net, const struct daylight *day, uint64_t seed)
{
	struct scene s = {pic, l, net, day, seed};
	paint_ground(&s);
	paint_pavements(&s);
	paint_asphalt(&s);
	paint_wear(&s);
	paint_markings(&s);
	paint_grain(&s);
	paint_things(&s);
}
