/* strip.c - one lane as the camera sees it, straightened. See strip.h. */
#include "vision/strip.h"

#define REACH_MIN_M 4.0     /* nearer to the foot a picture is all roofs */
#define ROOF_REACH 1.2      /* a car's roof is thrown back by so much from a mast of 9 m */
#define ROOF_M 1.3
#define SEEN_MIN_M 10.0

double strip_cell(const struct strip *s, double dist_to_stop_m)
{
	return (log(fmax(dist_to_stop_m + s->foot_m, 0.1)) - s->first_log) / STRIP_STEP;
}

double strip_dist(const struct strip *s, double cell)
{
	return exp(s->first_log + cell * STRIP_STEP) - s->foot_m;
}

double strip_cell_m(const struct strip *s, double dist_to_stop_m)
{
	return fmax(dist_to_stop_m + s->foot_m, REACH_MIN_M) * STRIP_STEP;
}

double strip_pixel_m(const struct strip *s, double dist_to_stop_m)
{
	double reach_m = fmax(dist_to_stop_m + s->foot_m, REACH_MIN_M);
	return (reach_m * reach_m + s->height_m * s->height_m) / (s->focal_px * s->height_m);
}

double strip_roof(const struct strip *s, double height_m)
{
	double h = fmin(height_m, 0.8 * s->height_m);
	return log(s->height_m / (s->height_m - h)) / STRIP_STEP;
}

int32_t strip_pixel(const struct view *v, struct net_point p, uint32_t width_px, uint32_t height_px)
{
	double x, y;
	if (!view_image(v, p, &x, &y))
		return -1;
	x *= (double) width_px / v->width_px;
	y *= (double) height_px / v->height_px;
	if (!(x >= 0 && y >= 0 && x < width_px && y < height_px))
		return -1;
	return (int32_t) y * (int32_t) width_px + (int32_t) x;
}

/* Of the road from `near_m` to the range: the first and last metre whose centre is in the picture. */
static bool seen_part(const struct view *v, const struct view_lane *lane, double foot_m, double *near_m, double *far_m)
{
	/* Roofs at the far end of the range lie beyond it, and who comes should be known before he is in it. */
	double limit = fmin((v->range_m + foot_m) * ROOF_REACH - foot_m, lane->length_m);
	bool any = false;
	for (double d = fmax(-6, REACH_MIN_M - foot_m); d < limit; d += 0.1) {
		if (strip_pixel(v, view_lane_point(lane, d, 0), v->width_px, v->height_px) < 0) {
			if (any)
				break;
			continue;
		}
		if (!any)
			*near_m = d;
		any = true;
		*far_m = d;
	}
	return any && *far_m - *near_m >= SEEN_MIN_M;
}

bool strip_init(struct strip *s, const struct view *v, const struct view_lane *lane, uint32_t width_px, uint32_t height_px)
{
	struct net_point stop = view_lane_point(lane, 0, 0), up = view_lane_point(lane, 1, 0);
	double foot_m = (v->foot.x_m - stop.x_m) * (stop.x_m - up.x_m) + (v->foot.y_m - stop.y_m) * (stop.y_m - up.y_m);
	double near_m = 0, far_m = 0;
	*s = (struct strip){.lane = lane, .foot_m = foot_m, .height_m = v->height_m, .focal_px = v->focal_px * width_px / v->width_px};
	if (!seen_part(v, lane, foot_m, &near_m, &far_m))
		return false;
	s->near_m = near_m;
	s->far_m = far_m;
	s->first_log = log(near_m + foot_m);
	s->n = (uint32_t) fmin(STRIP_MAX, floor(strip_cell(s, far_m)));
	s->pixel = g_new(int32_t, s->n * STRIP_LATERAL);
	for (uint32_t i = 0; i < s->n; i++)
		for (uint32_t k = 0; k < STRIP_LATERAL; k++) {
			double side = ((k + 0.5) / STRIP_LATERAL - 0.5) * STRIP_LATERAL_SHARE * lane->width_m;
			struct net_point p = view_lane_point(lane, strip_dist(s, i + 0.5), side);
			s->pixel[i * STRIP_LATERAL + k] = strip_pixel(v, p, width_px, height_px);
		}
	s->far_m = strip_dist(s, s->n);
	/* Where cars close up, of those at the far end only the roofs are to be seen. */
	s->view_m = fmin(v->range_m, fmax((s->far_m + foot_m) * (1 - fmin(ROOF_M / v->height_m, 0.4)) - foot_m, s->far_m / 2));
	return true;
}

void strip_finish(struct strip *s)
{
	g_free(s->pixel);
	s->pixel = NULL;
}
