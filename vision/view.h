/* view.h - where a camera looks: the ground plane behind its pixels, and the lanes on it.
 *
 * Four (or more) image points with the ground points they show give the plane; lanes are centre lines on the ground that
 * end at the stop line. Made from the configuration; the lanes' geometry comes from the network by their ids.
 * Knows core and plain geometry; no pictures, no OpenCV types.
 */
#pragma once

#include "core/estimate.h"

GQuark view_error_quark(void); /* the error domain of this floor's calibration */

struct view_pair {
	double x_px, y_px;         /* in the full-size picture */
	struct net_point ground;   /* network coordinates, m */
};

struct view_lane {
	uint32_t lane;             /* index into network.lanes */
	char *id;                  /* SUMO's */
	struct net_point *path;    /* centre line, driving direction, last point = stop line; upstream lanes that lead only here are joined on */
	uint32_t n_path;
	double length_m, width_m;
	double limit_mps;          /* what one may drive there, > 0 */
};

struct view_crossing {         /* where people on foot may cross */
	struct net_point from, to; /* its middle line, a piece of it */
	double width_m;
};

struct view_line {             /* where vehicles of a lane are counted, px of the picture of width_px x height_px */
	double x0_px, y0_px, x1_px, y1_px;
};

struct view {
	char *camera;              /* its id, [A-Za-z0-9_.-]+ */
	uint32_t width_px, height_px; /* of the picture the pairs were taken in */
	struct view_pair *pairs;
	uint32_t n_pairs;          /* >= 4; 0: nobody has calibrated it, and what follows the lanes is not set */
	struct view_line *lines;   /* then: one a lane. NULL: calibrated */
	struct view_lane *lanes;
	uint32_t n_lanes;
	struct view_crossing *crossings; /* of the network, near the lanes */
	uint32_t n_crossings;
	double range_m;            /* how far up the road to measure; default 100 */
	double to_ground[9], to_image[9]; /* row-major homographies, image px <-> ground m */
	struct net_point foot;     /* the ground below the camera, network m */
	double height_m;           /* of the camera above the ground, > 0 */
	double focal_px;           /* of a pinhole with square pixels and its axis in the middle of the picture */
	double up[3];              /* what one metre of height adds to a ground point's image (homogeneous) */
};

/* Solves the homographies (least squares for more than 4 pairs) and cuts the lanes out of the network. NULL with a sentence when
 * pairs are collinear, a lane does not exist, or no lane is inside the picture. */
struct view *view_new(const char *camera, const struct network *net, const char *const *lane_ids, const struct view_pair *pairs,
	uint32_t n_pairs, uint32_t width_px, uint32_t height_px, double range_m, GError **error);
/* The same for a camera that nobody has calibrated: line k counts the vehicles of lane k. */
struct view *view_of_lines(const char *camera, const struct network *net, const char *const *lane_ids, const struct view_line *lines, uint32_t width_px,
	uint32_t height_px, GError **error);
void view_free(struct view *v);
OWNED(view)

struct net_point view_ground(const struct view *v, double x_px, double y_px);
bool view_image(const struct view *v, struct net_point ground, double *x_px, double *y_px);
/* The same for a point `height_m` above the ground: what a roof hides. */
bool view_image_above(const struct view *v, struct net_point ground, double height_m, double *x_px, double *y_px);

/* The point of the lane's centre line `dist_to_stop_m` up the road, `side_m` to its left; beyond both ends it goes on straight. */
struct net_point view_lane_point(const struct view_lane *lane, double dist_to_stop_m, double side_m);

/* Is it on a pedestrians' crossing, or less than `aside_m` beside one? */
bool view_on_crossing(const struct view *v, struct net_point p, double aside_m);

/* Which lane a ground point is on (index into v->lanes, or NET_NONE), its distance to the stop line along the road and its side offset (left +). */
uint32_t view_locate(const struct view *v, struct net_point ground, double *dist_to_stop_m, double *side_m);
