/* strip.h - one lane as the camera sees it, straightened: cells up the road, samples across it.
 *
 * Cells are evenly spaced in the logarithm of their distance from the camera's foot (the "reach"). In that measure a vehicle
 * that drives on is the same pattern moved, at whatever height above the road its parts are: a point at height z above a ground
 * point with reach r falls on the ground at r * H / (H - z), which adds a constant to the logarithm. So a front, a roof and a
 * shadow all move by the same number of cells, and a roof hides roof_log() of road behind it.
 *
 * Knows geometry only, no grey values.
 */
#pragma once

#include "vision/view.h"

#define STRIP_LATERAL 10   /* samples across a lane */
#define STRIP_LATERAL_SHARE 0.72 /* of the lane's width: what leans in from the neighbours stays outside */
#define STRIP_STEP 0.008   /* of the logarithm of reach: 14 cm at 18 m, 1 m at 120 m */
#define STRIP_MAX 400      /* cells */

struct strip {
	const struct view_lane *lane; /* not owned */
	double foot_m;     /* from the stop line on to the camera's foot, along the lane; reach = dist_to_stop + foot */
	double height_m;   /* of the camera */
	double focal_px;   /* of the working picture */
	double first_log;  /* logarithm of the first cell's reach */
	uint32_t n;        /* cells, first = nearest to the camera */
	double near_m, far_m; /* distance to stop of the first and behind the last cell */
	double view_m;        /* what is spoken of: far_m, but not beyond the view's range */
	int32_t *pixel;    /* n * STRIP_LATERAL: index into the working picture, -1 = outside */
};

/* For a working picture of width x height. False when the lane cannot be measured from there (it passes under the camera, or
 * less than 10 m of it are in the picture). */
bool strip_init(struct strip *s, const struct view *v, const struct view_lane *lane, uint32_t width_px, uint32_t height_px);
void strip_finish(struct strip *s);

/* Index of the pixel that shows a ground point in a working picture, -1 outside. */
int32_t strip_pixel(const struct view *v, struct net_point p, uint32_t width_px, uint32_t height_px);

double strip_cell(const struct strip *s, double dist_to_stop_m); /* fractional index; may be outside [0, n) */
double strip_dist(const struct strip *s, double cell);
double strip_cell_m(const struct strip *s, double dist_to_stop_m); /* metres of road in one cell there */
double strip_pixel_m(const struct strip *s, double dist_to_stop_m); /* metres of road in one row of the picture there */
double strip_roof(const struct strip *s, double height_m); /* cells that a roof of that height is thrown back */
