/* roadnet_shape.h - where CityFlow's lanes, paths and intersections lie.
 *
 * Lengths follow from these shapes, as they do in CityFlow. Knows no rights of way and no lights.
 */
#pragma once

#include "daemon/roadnet.h"

struct line {
	struct net_point *points;
	uint32_t n;
};

void line_finish(struct line *l);
double line_length_m(const struct line *l);
bool line_crosses(const struct line *a, const struct line *b); /* touching is crossing */

/* The centre line of CityFlow's lane `lane` from where its intersection ends to where the next one begins. `cut_short` becomes true
 * where the intersections leave less than a metre of road; then they are taken to be smaller. */
struct line shape_lane(const struct roadnet *r, uint32_t road, uint32_t lane, bool *cut_short);

/* A lane link's path: as the file has it, else a cubic Bezier curve between the two lanes. */
struct line shape_path(const struct roadnet_path *path, const struct line *from, const struct line *to);

/* The convex hull of `points`, which it sorts. At least as many points as there are corners; owned by the caller. */
struct line shape_hull(struct net_point *points, uint32_t n);

/* Corners of a lane's end (true) or beginning, for a hull. */
void shape_corners(const struct line *lane, double width_m, bool end, struct net_point corners[2]);

/* The unit vector at a line's end (true) or beginning. */
struct net_point shape_heading(const struct line *l, bool end);
