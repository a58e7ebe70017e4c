/* plates.c - is there a number plate on the front of this vehicle? See plates.h. */
#include "vision/plates.h"

#define PLATE_W_M 0.52
#define HALF_WIDTH_M 0.8 /* plates sit in the middle or a little beside it; half a plate more on each side */
#define LOW_M 0.15
#define HIGH_M 1.05
#define CHAR_MIN_M 0.056 /* US and Brazilian characters are 63 mm high, Chinese ones 90 */
#define CHAR_MAX_M 0.105
#define SCORE_LEAST 0.0 /* we know already that it is a vehicle and how large its plate must be */

struct front {
	double left, right, top, low, px_per_m;
};

static bool front_of(const struct view *v, const struct strip *s, const struct track *t, const struct plates_picture *p, struct front *f)
{
	double x[3], y[3], wide = (double) p->width_px / v->width_px, high = (double) p->height_px / v->height_px;
	if (!view_image_above(v, view_lane_point(s->lane, t->dist_m, HALF_WIDTH_M), LOW_M, &x[0], &y[0]) ||
		!view_image_above(v, view_lane_point(s->lane, t->dist_m, -HALF_WIDTH_M), LOW_M, &x[1], &y[1]) ||
		!view_image_above(v, view_lane_point(s->lane, t->dist_m, 0), HIGH_M, &x[2], &y[2]))
		return false;
	*f = (struct front){
		.left = wide * fmin(x[0], x[1]), .right = wide * fmax(x[0], x[1]), .top = high * y[2], .low = high * fmax(y[0], y[1])};
	f->px_per_m = (f->right - f->left) / (2 * HALF_WIDTH_M);
	return f->left >= 0 && f->right < p->width_px && f->top >= 0 && f->low < p->height_px && f->low > f->top;
}

bool plates_width_px(
	const struct view *v, const struct strip *s, const struct track *t, const struct plates_picture *picture, double *width_px)
{
	struct front f;
	if (!front_of(v, s, t, picture, &f))
		return false;
	*width_px = f.px_per_m * PLATE_W_M;
	return true;
}

bool plates_on_front(
	struct plate_scan *scan, const struct view *v, const struct strip *s, const struct track *t, const struct plates_picture *picture)
{
	struct front f;
	struct plate_box box;
	if (!front_of(v, s, t, picture, &f) || f.px_per_m * PLATE_W_M < PLATE_MIN_PX)
		return false;
	const uint8_t *from = picture->grey + (size_t) f.top * picture->stride + (size_t) f.left;
	return plate_scan_look(scan, from, (uint32_t) (f.right - f.left), (uint32_t) (f.low - f.top), picture->stride, f.px_per_m * CHAR_MIN_M,
			   f.px_per_m * CHAR_MAX_M, &box, 1) > 0 &&
		box.score >= SCORE_LEAST;
}
