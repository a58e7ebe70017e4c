/* roadnet_shape.c - geometry of CityFlow's roads; see roadnet_shape.h. */
#include "daemon/roadnet_shape.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_ROAD_M 1.0
#define CURVE_POINTS 11
#define LEAST_HANDLE_M 5.0

void line_finish(struct line *l)
{
	g_clear_pointer(&l->points, g_free);
	l->n = 0;
}

static double distance_m(struct net_point a, struct net_point b)
{
	return hypot(b.x_m - a.x_m, b.y_m - a.y_m);
}

static struct net_point between(struct net_point a, struct net_point b, double frac)
{
	return (struct net_point){a.x_m + (b.x_m - a.x_m) * frac, a.y_m + (b.y_m - a.y_m) * frac};
}

static struct net_point unit(struct net_point from, struct net_point to)
{
	double length_m = distance_m(from, to);
	return length_m > 0 ? (struct net_point){(to.x_m - from.x_m) / length_m, (to.y_m - from.y_m) / length_m} : (struct net_point){1, 0};
}

double line_length_m(const struct line *l)
{
	double sum_m = 0;
	for (uint32_t i = 1; i < l->n; i++)
		sum_m += distance_m(l->points[i - 1], l->points[i]);
	return sum_m;
}

struct net_point shape_heading(const struct line *l, bool end)
{
	return end ? unit(l->points[l->n - 2], l->points[l->n - 1]) : unit(l->points[0], l->points[1]);
}

/* Twice the area of the triangle, positive = counter-clockwise. */
static double turn_of(struct net_point a, struct net_point b, struct net_point c)
{
	return (b.x_m - a.x_m) * (c.y_m - a.y_m) - (b.y_m - a.y_m) * (c.x_m - a.x_m);
}

static bool spans_meet(double a, double b, double c, double d)
{
	return MAX(MIN(a, b), MIN(c, d)) <= MIN(MAX(a, b), MAX(c, d));
}

static bool segments_cross(struct net_point a, struct net_point b, struct net_point c, struct net_point d)
{
	if (!spans_meet(a.x_m, b.x_m, c.x_m, d.x_m) || !spans_meet(a.y_m, b.y_m, c.y_m, d.y_m))
		return false;
	return turn_of(a, b, c) * turn_of(a, b, d) <= 0 && turn_of(c, d, a) * turn_of(c, d, b) <= 0;
}

bool line_crosses(const struct line *a, const struct line *b)
{
	for (uint32_t i = 1; i < a->n; i++)
		for (uint32_t k = 1; k < b->n; k++)
			if (segments_cross(a->points[i - 1], a->points[i], b->points[k - 1], b->points[k]))
				return true;
	return false;
}

/* The part of a line from `from_m` to `to_m`, which are on it. */
static struct line part(const struct net_point *points, uint32_t n, double from_m, double to_m)
{
	struct line l = {g_new(struct net_point, n + 2), 0};
	double at_m = 0;
	for (uint32_t i = 1; i < n; i++) {
		double step_m = distance_m(points[i - 1], points[i]);
		bool last = i + 1 == n;
		if (l.n == 0 && (at_m + step_m > from_m || last))
			l.points[l.n++] = between(points[i - 1], points[i], fmin((from_m - at_m) / step_m, 1));
		if (l.n && (at_m + step_m >= to_m || last)) {
			l.points[l.n++] = between(points[i - 1], points[i], fmin((to_m - at_m) / step_m, 1));
			return l;
		}
		if (l.n)
			l.points[l.n++] = points[i];
		at_m += step_m;
	}
	return l;
}

/* The line moved to the right. At a bend along the bisector and no farther, as CityFlow does. */
static void move_right(struct line *l, double right_m)
{
	g_autofree struct net_point *old = g_memdup2(l->points, l->n * sizeof *l->points);
	for (uint32_t i = 0; i < l->n; i++) {
		struct net_point in = unit(old[i ? i - 1 : 0], old[i ? i : 1]), out = unit(old[i + 1 < l->n ? i : i - 1], old[i + 1 < l->n ? i + 1 : i]);
		struct net_point along = unit((struct net_point){0, 0}, (struct net_point){in.x_m + out.x_m, in.y_m + out.y_m});
		l->points[i] = (struct net_point){old[i].x_m + along.y_m * right_m, old[i].y_m - along.x_m * right_m};
	}
}

struct line shape_lane(const struct roadnet *r, uint32_t road, uint32_t lane, bool *cut_short)
{
	const struct roadnet_road *way = &r->roads[road];
	const struct roadnet_node *from = &r->nodes[way->from], *to = &r->nodes[way->to];
	double begin_m = from->border ? 0 : from->width_m, end_m = to->border ? 0 : to->width_m, right_m = way->lanes[lane].width_m / 2;
	double length_m = line_length_m(&(struct line){way->points, way->n_points}), rest_m = fmin(LEAST_ROAD_M, length_m);
	for (uint32_t k = 0; k < lane; k++)
		right_m += way->lanes[k].width_m;
	if (length_m - begin_m - end_m < rest_m && begin_m + end_m > 0) {
		double keep = (length_m - rest_m) / (begin_m + end_m);
		begin_m *= keep;
		end_m *= keep;
		*cut_short = true;
	}
	struct line l = part(way->points, way->n_points, begin_m, length_m - end_m);
	move_right(&l, right_m);
	return l;
}

static struct net_point bezier(const struct net_point p[4], double t)
{
	double s = 1 - t, w[4] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
	struct net_point sum = {0, 0};
	for (int i = 0; i < 4; i++)
		sum = (struct net_point){sum.x_m + w[i] * p[i].x_m, sum.y_m + w[i] * p[i].y_m};
	return sum;
}

struct line shape_path(const struct roadnet_path *path, const struct line *from, const struct line *to)
{
	if (path->n_points >= 2)
		return (struct line){g_memdup2(path->points, path->n_points * sizeof *path->points), path->n_points};
	struct net_point a = from->points[from->n - 1], b = to->points[0], out = shape_heading(from, true), in = shape_heading(to, false);
	double handle_m = distance_m(a, b) / 2;
	if (handle_m > 0.1)
		handle_m = fmax(handle_m, LEAST_HANDLE_M);
	const struct net_point p[4] = {a, {a.x_m + out.x_m * handle_m, a.y_m + out.y_m * handle_m},
		{b.x_m - in.x_m * handle_m, b.y_m - in.y_m * handle_m}, b};
	struct line l = {g_new(struct net_point, CURVE_POINTS), CURVE_POINTS};
	for (int i = 0; i < CURVE_POINTS; i++)
		l.points[i] = bezier(p, i / (CURVE_POINTS - 1.0));
	return l;
}

void shape_corners(const struct line *lane, double width_m, bool end, struct net_point corners[2])
{
	struct net_point along = shape_heading(lane, end), at = lane->points[end ? lane->n - 1 : 0];
	for (int side = 0; side < 2; side++) {
		double right_m = (side ? 0.5 : -0.5) * width_m;
		corners[side] = (struct net_point){at.x_m + along.y_m * right_m, at.y_m - along.x_m * right_m};
	}
}

static int by_place(const void *a, const void *b)
{
	const struct net_point *p = a, *q = b;
	return p->x_m != q->x_m ? (p->x_m < q->x_m ? -1 : 1) : p->y_m != q->y_m ? (p->y_m < q->y_m ? -1 : 1) : 0;
}

/* Andrew 1979, "Another efficient algorithm for convex hulls in two dimensions": a lower and an upper chain. */
struct line shape_hull(struct net_point *points, uint32_t n)
{
	struct line hull = {g_new(struct net_point, 2 * n + 1), 0};
	if (n)
		qsort(points, n, sizeof *points, by_place);
	for (int chain = 0; n && chain < 2; chain++) {
		uint32_t least = hull.n + 1;
		for (uint32_t i = 0; i < n; i++) {
			struct net_point p = points[chain ? n - 1 - i : i];
			while (hull.n > least && turn_of(hull.points[hull.n - 2], hull.points[hull.n - 1], p) <= 0)
				hull.n--;
			hull.points[hull.n++] = p;
		}
		hull.n -= hull.n > 1; /* the other chain begins with it */
	}
	return hull;
}
