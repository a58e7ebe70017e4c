/* spots.c - what a network found in the picture, put on the road. See spots.h. */
#include "vision/spots.h"

#include "vision/steady.h"

#define EDGE_PX 1.5       /* a box that ends so near to the picture's edge is cut by it */
#define BOX_PX 1.0        /* a network's boxes are so unsteady, standard deviation, */
#define BOX_SHARE 0.03    /* and by so much of their height */
#define PLACE_SD_M 0.3    /* what lies between a box's edge and the bumper */
#define ASIDE_SHARE 0.5   /* of lane and body: farther from the lane's middle it is not on it */
#define COMMON_SHARE 0.4  /* of its width that another body takes to hide it */
#define TOUCH_SHARE 0.08  /* of its height: so near to another box it touches it */
#define BESIDE_M 2.0      /* beyond the view's ends */

/* What bodies of a kind measure, m; lengths are kept within these. */
static const struct body {
	double width_m, height_m, length_m, length_sd, least_m, most_m;
} bodies[] = {
	[VEHICLE_IGNORED] = {1.8, 1.5, 4.6, 1.0, 3.4, 6.5},
	[VEHICLE_TWO_WHEELER] = {0.8, 1.6, 2.1, 0.3, 1.5, 2.8},
	[VEHICLE_CAR] = {1.8, 1.5, 4.6, 0.6, 3.4, 6.5},
	[VEHICLE_TRUCK] = {2.5, 3.2, 9.0, 3.0, 5.0, 19.0},
	[VEHICLE_BUS] = {2.5, 3.1, 12.0, 2.0, 6.0, 19.0},
	[VEHICLE_PERSON] = {0.5, 1.7, 0.5, 0.1, 0.3, 0.9},
};

struct box {
	double left, top, right, bottom;
	bool behind; /* another body hides its lower edge */
};

/* The box that a body has in the picture, in the view's pixels; false when a part of it is behind the camera. */
static bool body_box(const struct view *v, const struct view_lane *lane, double dist_m, double length_m, const struct body *b, struct box *box)
{
	*box = (struct box){INFINITY, INFINITY, -INFINITY, -INFINITY, false};
	for (uint32_t i = 0; i < 8; i++) {
		double x, y;
		struct net_point at = view_lane_point(lane, i & 1 ? dist_m + length_m : dist_m, (i & 2 ? 0.5 : -0.5) * b->width_m);
		if (!view_image_above(v, at, i & 4 ? b->height_m : 0, &x, &y))
			return false;
		*box = (struct box){fmin(box->left, x), fmin(box->top, y), fmax(box->right, x), fmax(box->bottom, y), false};
	}
	return true;
}

static double bottom_at(const struct view *v, const struct view_lane *lane, double dist_m, const struct body *b)
{
	struct box box;
	return body_box(v, lane, dist_m, b->length_m, b, &box) ? box.bottom : INFINITY;
}

static double top_at(const struct view *v, const struct view_lane *lane, double dist_m, double length_m, const struct body *b)
{
	struct box box;
	return body_box(v, lane, dist_m, length_m, b, &box) ? box.top : -INFINITY;
}

/* Nearer is lower in the picture. Halving finds where a body's lower edge is the box's. */
static double front_of(const struct view *v, const struct strip *s, const struct box *seen, const struct body *b)
{
	double near_m = s->near_m - BESIDE_M, far_m = fmax(s->far_m, s->view_m) + BESIDE_M;
	for (uint32_t i = 0; i < 14; i++) {
		double mid_m = 0.5 * (near_m + far_m);
		if (bottom_at(v, s->lane, mid_m, b) > seen->bottom)
			near_m = mid_m;
		else
			far_m = mid_m;
	}
	return 0.5 * (near_m + far_m);
}

/* Where its lower edge lies behind another body, the upper one says where it ends, and its kind how long it is. */
static double front_by_top(const struct view *v, const struct strip *s, const struct box *seen, const struct body *b)
{
	double near_m = s->near_m - BESIDE_M, far_m = fmax(s->far_m, s->view_m) + BESIDE_M;
	for (uint32_t i = 0; i < 14; i++) {
		double mid_m = 0.5 * (near_m + far_m);
		if (top_at(v, s->lane, mid_m, b->length_m, b) > seen->top)
			near_m = mid_m;
		else
			far_m = mid_m;
	}
	return 0.5 * (near_m + far_m);
}

static double length_of(const struct view *v, const struct view_lane *lane, double dist_m, const struct box *seen, const struct body *b)
{
	double low_m = b->least_m, high_m = b->most_m;
	for (uint32_t i = 0; i < 10; i++) {
		double mid_m = 0.5 * (low_m + high_m);
		if (top_at(v, lane, dist_m, mid_m, b) > seen->top)
			low_m = mid_m;
		else
			high_m = mid_m;
	}
	return 0.5 * (low_m + high_m);
}

/* How far the box lies aside of a body's on that lane, in shares of both widths; INFINITY where it cannot be. */
static double try_lane(const struct view *v, const struct strip *s, const struct box *seen, const struct body *b, double *dist_m)
{
	struct box box;
	*dist_m = seen->behind ? front_by_top(v, s, seen, b) : front_of(v, s, seen, b);
	if (*dist_m < s->near_m - BESIDE_M + 0.1 || *dist_m > fmax(s->far_m, s->view_m) + BESIDE_M - 0.1 ||
		!body_box(v, s->lane, *dist_m, length_of(v, s->lane, *dist_m, seen, b), b, &box))
		return INFINITY;
	double m_px = (box.right - box.left) / b->width_m; /* a little too many for what leans; the same on all lanes */
	return fabs(0.5 * (box.left + box.right - seen->left - seen->right)) / (m_px * s->lane->width_m);
}

static void place(const struct view *v, const struct strip *strips, uint32_t n_strips, const struct box *seen, struct spot *spot)
{
	const struct body *b = &bodies[spot->kind];
	double best = ASIDE_SHARE;
	for (uint32_t k = 0; k < n_strips; k++) {
		double dist_m, off = try_lane(v, &strips[k], seen, b, &dist_m);
		if (off >= best)
			continue;
		best = off;
		spot->lane = k;
		spot->dist_m = dist_m;
	}
	spot->ground = view_ground(v, 0.5 * (seen->left + seen->right), seen->bottom);
	if (spot->lane == NET_NONE)
		return;
	const struct view_lane *lane = strips[spot->lane].lane;
	double px_sd = hypot(BOX_PX * v->width_px / 640.0, BOX_SHARE * (seen->bottom - seen->top));
	double px_m = fabs(bottom_at(v, lane, spot->dist_m, b) - bottom_at(v, lane, spot->dist_m + 1, b));
	spot->dist_sd = hypot(PLACE_SD_M, fmin(px_sd / fmax(px_m, 1e-3), 10));
	if (seen->behind) {
		double top_m = fabs(top_at(v, lane, spot->dist_m, b->length_m, b) - top_at(v, lane, spot->dist_m + 1, b->length_m, b));
		spot->dist_sd = hypot(b->length_sd, fmin(px_sd / fmax(top_m, 1e-3), 10));
		spot->length_m = b->length_m;
		spot->length_sd = b->length_sd;
		return;
	}
	double seen_m = length_of(v, lane, spot->dist_m, seen, b);
	double top_px_m = fabs(top_at(v, lane, spot->dist_m, seen_m, b) - top_at(v, lane, spot->dist_m, seen_m + 1, b));
	double seen_sd = hypot(spot->dist_sd, px_sd / fmax(top_px_m, 1e-3)), weight = b->length_sd * b->length_sd / (b->length_sd * b->length_sd + seen_sd * seen_sd);
	spot->length_m = b->length_m + weight * (seen_m - b->length_m);
	spot->length_sd = b->length_sd * sqrt(1 - weight);
}

/* Does one of the others begin where its lower edge is, and end nearer? */
static bool is_behind(const struct detection *found, uint32_t n, uint32_t i)
{
	const struct detection *d = &found[i];
	double bottom = d->y_px + d->height_px;
	for (uint32_t k = 0; k < n; k++) {
		const struct detection *o = &found[k];
		double common = fmin(d->x_px + d->width_px, o->x_px + o->width_px) - fmax(d->x_px, o->x_px), far = EDGE_PX + TOUCH_SHARE * d->height_px;
		if (k != i && common > COMMON_SHARE * d->width_px && o->y_px < bottom + far && o->y_px + o->height_px > bottom + far && o->y_px > d->y_px)
			return true;
	}
	return false;
}

void spots_place(const struct view *v, const struct strip *strips, uint32_t n_strips, const struct detection *found, uint32_t n, uint32_t width_px,
	uint32_t height_px, const struct push *push, struct spot *spots)
{
	double sx = (double) v->width_px / width_px, sy = (double) v->height_px / height_px;
	for (uint32_t i = 0; i < n; i++) {
		const struct detection *d = &found[i];
		double left = d->x_px - push->x_px, top = d->y_px - push->y_px;
		struct box seen = {left * sx, top * sy, (left + d->width_px) * sx, (top + d->height_px) * sy, is_behind(found, n, i)};
		spots[i] = (struct spot){.lane = NET_NONE, .kind = d->kind, .cut = d->y_px + d->height_px > height_px - EDGE_PX};
		place(v, strips, n_strips, &seen, &spots[i]);
	}
}
