/* spots.h - what a network found in the picture, put on the road: which lane, how far from its stop line, how long.
 *
 * A box is compared with the box that a body of its kind would have in the picture on each lane: its lower edge gives the place of the front, its upper
 * edge the length. So lanes that lie aside, and bodies that lean over the next lane, need no rule of their own. Knows geometry only; it follows nothing.
 */
#pragma once

#include "vision/detector.h"
#include "vision/strip.h"

struct spot {
	uint32_t lane;             /* index into the strips, NET_NONE: on none of them */
	double dist_m, dist_sd;    /* its front to the stop line, < 0 beyond it */
	double length_m, length_sd; /* within what its kind may have */
	struct net_point ground;   /* where it touches the road */
	bool cut;                  /* the picture's lower edge cuts it: its front is not seen */
	enum vehicle_kind kind;
};

/* `found` is in pixels of a picture of width_px x height_px that was pushed by `push` of the same pixels; spots[i] belongs to found[i]. */
struct push;
void spots_place(const struct view *v, const struct strip *strips, uint32_t n_strips, const struct detection *found, uint32_t n, uint32_t width_px,
	uint32_t height_px, const struct push *push, struct spot *spots);
