/* plates.c - is there a number plate on the front of this vehicle? See plates.h. */
#include "vision/plates.h"

#include "vision/cv.h"

#define PLATE_W_M 0.52
#define PLATE_H_M 0.115
#define LIKE_ENOUGH 0.45

bool plates_on_front(const struct view *v, const struct strip *s, const struct track *t, const uint8_t *grey, uint32_t width_px,
	uint32_t height_px)
{
	double left, right, low, high, x, y, scale = (double) width_px / v->width_px, scale_y = (double) height_px / v->height_px;
	struct net_point a = view_lane_point(s->lane, t->dist_m, 0.75), b = view_lane_point(s->lane, t->dist_m, -0.75);
	if (!view_image_above(v, a, 0.15, &left, &low) || !view_image_above(v, b, 0.15, &right, &y) ||
		!view_image_above(v, view_lane_point(s->lane, t->dist_m, 0), 0.95, &x, &high))
		return false;
	double px_per_m = fabs(right - left) * scale / 1.5;
	int32_t x0 = (int32_t) (fmin(left, right) * scale), x1 = (int32_t) (fmax(left, right) * scale);
	int32_t y0 = (int32_t) (high * scale_y), y1 = (int32_t) (fmax(low, y) * scale_y);
	if (px_per_m * PLATE_W_M < PLATE_MIN_PX || x0 < 0 || y0 < 0 || x1 >= (int32_t) width_px || y1 >= (int32_t) height_px || x1 <= x0 || y1 <= y0)
		return false;
	double like = 0;
	return cv_plate_likeness(grey + (size_t) y0 * width_px + x0, (uint32_t) (x1 - x0), (uint32_t) (y1 - y0), width_px, px_per_m * PLATE_W_M,
			   px_per_m * PLATE_H_M, &like) &&
		like >= LIKE_ENOUGH;
}
