/* raster.c - filled polygons in an I420 picture. */
#include "sim/raster.h"

#include <math.h>
#include <string.h>

#define LINES 4        /* sub-lines a pixel */
#define FULL 256       /* coverage of a whole pixel */
#define NEAR_M 0.5     /* nothing nearer than this is painted */

struct paint paint_rgb(double r, double g, double b, double opacity)
{
	double y = 16.0 + 65.481 * r + 128.553 * g + 24.966 * b;
	double u = 128.0 - 37.797 * r - 74.203 * g + 112.0 * b;
	double v = 128.0 + 112.0 * r - 93.786 * g - 18.214 * b;
	return (struct paint){.y = (uint8_t) lround(y), .u = (uint8_t) lround(u), .v = (uint8_t) lround(v),
		.opacity = (uint16_t) lround(256.0 * opacity)};
}

struct paint paint_lit(struct paint p, double light)
{
	double y = CLAMP(16.0 + (p.y - 16.0) * light, 16.0, 235.0);
	double chroma = MIN(light, 1.0);
	p.y = (uint8_t) lround(y);
	p.u = (uint8_t) lround(128.0 + (p.u - 128.0) * chroma);
	p.v = (uint8_t) lround(128.0 + (p.v - 128.0) * chroma);
	return p;
}

struct paint paint_shadow(double factor)
{
	return (struct paint){.shade = (uint8_t) CLAMP(lround(256.0 * factor), 1, 255), .opacity = 256};
}

struct side { /* of the polygon, going down */
	double top, bottom, x, slope;
};

struct plane {
	uint8_t *px;
	int32_t width, height;
	uint8_t value, shade;
	int32_t opacity;
};

/* One row's coverage as differences: the running sum at a pixel is how much of it is covered, 0..FULL. */
struct row {
	int32_t *step;
	int32_t from, to;             /* touched */
	int32_t solid_from, solid_to; /* surely FULL */
};

static uint32_t sides_of(const struct raster_point *c, uint32_t n, double scale, struct side *sides)
{
	uint32_t k = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct raster_point a = c[i], b = c[(i + 1) % n];
		if (a.y_px > b.y_px) {
			struct raster_point t = a;
			a = b;
			b = t;
		}
		if (b.y_px - a.y_px < 1e-9)
			continue;
		sides[k++] = (struct side){a.y_px * scale, b.y_px * scale, a.x_px * scale, (b.x_px - a.x_px) / (b.y_px - a.y_px)};
	}
	return k;
}

static void add_edge(struct row *r, double x, int32_t sign)
{
	int32_t at = (int32_t) x;
	int32_t right = (int32_t) ((x - at) * (FULL / LINES));
	r->step[at] += sign * (FULL / LINES - right);
	r->step[at + 1] += sign * right;
}

static void add_span(struct row *r, double from, double to, int32_t width)
{
	from = CLAMP(from, 0.0, width);
	to = CLAMP(to, 0.0, width);
	add_edge(r, from, 1);
	add_edge(r, to, -1);
	r->from = MIN(r->from, (int32_t) from);
	r->to = MAX(r->to, MIN((int32_t) to + 1, width));
	r->solid_from = MAX(r->solid_from, (int32_t) ceil(from));
	r->solid_to = MIN(r->solid_to, (int32_t) to);
}

static uint32_t crossings(const struct side *sides, uint32_t n, double y, double *xs)
{
	uint32_t k = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (y < sides[i].top || y >= sides[i].bottom)
			continue;
		double x = sides[i].x + (y - sides[i].top) * sides[i].slope;
		uint32_t at = k++;
		for (; at > 0 && xs[at - 1] > x; at--)
			xs[at] = xs[at - 1];
		xs[at] = x;
	}
	return k;
}

static uint8_t blend(const struct plane *p, uint8_t was, int32_t coverage)
{
	int32_t value = p->shade ? (was * p->shade) >> 8 : p->value;
	return (uint8_t) (was + (((value - was) * coverage * p->opacity + 32768) >> 16));
}

static void blend_run(const struct plane *p, uint8_t *px, int32_t from, int32_t to)
{
	if (!p->shade && p->opacity == 256) {
		memset(px + from, p->value, (size_t) (to - from));
		return;
	}
	for (int32_t x = from; x < to; x++)
		px[x] = blend(p, px[x], FULL);
}

static void blend_row(const struct plane *p, uint8_t *px, struct row *r)
{
	int32_t covered = 0;
	for (int32_t x = r->from; x < r->to; x++) {
		covered += r->step[x];
		r->step[x] = 0;
		if (x == r->solid_from && r->solid_to > r->solid_from) {
			blend_run(p, px, x, r->solid_to);
			x = r->solid_to - 1;
		} else if (covered > 0) {
			px[x] = blend(p, px[x], MIN(covered, FULL));
		}
	}
	r->step[r->to] = r->step[r->to + 1] = 0;
}

static void fill_plane(const struct plane *p, const struct raster_point *corners, uint32_t n, double scale)
{
	struct side sides[RASTER_CORNERS_MAX];
	int32_t step[RASTER_WIDTH_MAX + 4];
	double top = INFINITY, bottom = -INFINITY, left = INFINITY, right = -INFINITY;
	uint32_t n_sides = sides_of(corners, n, scale, sides);
	for (uint32_t i = 0; i < n; i++) {
		top = MIN(top, scale * corners[i].y_px);
		bottom = MAX(bottom, scale * corners[i].y_px);
		left = MIN(left, scale * corners[i].x_px);
		right = MAX(right, scale * corners[i].x_px);
	}
	if (n_sides < 2 || bottom <= 0.0 || top >= p->height)
		return;
	/* Only as much as this polygon can touch: most are small. */
	int32_t first = (int32_t) CLAMP(left - 1.0, 0.0, p->width), past = (int32_t) CLAMP(right + 1.0, 0.0, p->width) + 3;
	memset(step + first, 0, (size_t) (past - first) * sizeof *step);
	int32_t last = (int32_t) MIN(bottom, p->height - 1);
	for (int32_t y = (int32_t) MAX(top, 0.0); y <= last; y++) {
		struct row r = {.step = step, .from = p->width, .to = 0, .solid_from = 0, .solid_to = p->width};
		uint32_t spans = 0;
		for (uint32_t line = 0; line < LINES; line++) {
			double xs[RASTER_CORNERS_MAX];
			uint32_t k = crossings(sides, n_sides, y + (line + 0.5) / LINES, xs);
			for (uint32_t i = 0; i + 1 < k; i += 2)
				add_span(&r, xs[i], xs[i + 1], p->width);
			spans += k == 2 ? 1 : 100;
		}
		if (spans != LINES)
			r.solid_to = r.solid_from = 0;
		if (r.from <= r.to)
			blend_row(p, p->px + (size_t) y * (size_t) p->width, &r);
	}
}

void raster_fill(struct picture *pic, const struct raster_point *corners, uint32_t n, struct paint p)
{
	int32_t width = (int32_t) pic->width_px, height = (int32_t) pic->height_px;
	struct plane luma = {pic->y, width, height, p.y, p.shade, p.opacity};
	fill_plane(&luma, corners, n, 1.0);
	if (p.shade)
		return;
	struct plane u = {pic->u, width / 2, height / 2, p.u, 0, p.opacity};
	struct plane v = {pic->v, width / 2, height / 2, p.v, 0, p.opacity};
	fill_plane(&u, corners, n, 0.5);
	fill_plane(&v, corners, n, 0.5);
}

static double dot(struct spot a, struct spot b)
{
	return a.x_m * b.x_m + a.y_m * b.y_m + a.z_m * b.z_m;
}

static struct spot from_lens(const struct lens *l, struct spot s)
{
	return (struct spot){s.x_m - l->at.x_m, s.y_m - l->at.y_m, s.z_m - l->at.z_m};
}

double lens_depth_m(const struct lens *l, struct spot s)
{
	return dot(from_lens(l, s), l->ahead);
}

static struct raster_point project(const struct lens *l, struct spot seen)
{
	double k = l->focal_px / dot(seen, l->ahead);
	return (struct raster_point){l->mid_x_px + k * dot(seen, l->right), l->mid_y_px - k * dot(seen, l->up)};
}

bool lens_project(const struct lens *l, struct spot s, struct raster_point *p)
{
	struct spot seen = from_lens(l, s);
	if (dot(seen, l->ahead) < NEAR_M)
		return false;
	*p = project(l, seen);
	return true;
}

bool lens_ground(const struct lens *l, struct raster_point p, struct net_point *ground)
{
	double r = (p.x_px - l->mid_x_px) / l->focal_px, u = (l->mid_y_px - p.y_px) / l->focal_px;
	double dx = l->ahead.x_m + r * l->right.x_m + u * l->up.x_m;
	double dy = l->ahead.y_m + r * l->right.y_m + u * l->up.y_m;
	double dz = l->ahead.z_m + r * l->right.z_m + u * l->up.z_m;
	if (dz > -1e-6)
		return false;
	double t = -l->at.z_m / dz;
	*ground = (struct net_point){l->at.x_m + t * dx, l->at.y_m + t * dy};
	return true;
}

/* Sutherland and Hodgman (1974) against one plane. */
static uint32_t clip_near(const struct lens *l, const struct spot *in, uint32_t n, struct spot *out)
{
	uint32_t k = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct spot a = from_lens(l, in[i]), b = from_lens(l, in[(i + 1) % n]);
		double da = dot(a, l->ahead) - NEAR_M, db = dot(b, l->ahead) - NEAR_M;
		if (da >= 0.0)
			out[k++] = a;
		if ((da < 0.0) != (db < 0.0)) {
			double t = da / (da - db);
			out[k++] = (struct spot){a.x_m + t * (b.x_m - a.x_m), a.y_m + t * (b.y_m - a.y_m), a.z_m + t * (b.z_m - a.z_m)};
		}
	}
	return k;
}

void lens_fill(const struct lens *l, struct picture *pic, const struct spot *corners, uint32_t n, struct paint p)
{
	struct spot seen[2 * RASTER_CORNERS_MAX];
	struct raster_point px[RASTER_CORNERS_MAX];
	double left = INFINITY, right = -INFINITY;
	uint32_t k = clip_near(l, corners, n, seen);
	if (k < 3 || k > RASTER_CORNERS_MAX)
		return;
	for (uint32_t i = 0; i < k; i++) {
		px[i] = project(l, seen[i]);
		left = MIN(left, px[i].x_px);
		right = MAX(right, px[i].x_px);
	}
	if (right > 0.0 && left < pic->width_px)
		raster_fill(pic, px, k, p);
}
