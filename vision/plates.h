/* plates.h - is there a number plate on the front of a vehicle, and has it been counted? Counted, never read.
 *
 * Looks only where a front is believed and near enough, at the sizes that a plate can have there, so it costs next to nothing. No picture of a plate and
 * no text leaves it: only that there was one, and where on the lane.
 */
#pragma once

#include "vision/plate_book.h"
#include "vision/plate_scan.h"
#include "vision/traffic.h"

#define PLATE_MIN_PX 38.0 /* narrower ones have no characters that could be told from a grille */

/* A grey picture as the camera took it, in full size. */
struct plates_picture {
	const uint8_t *grey;
	uint32_t width_px, height_px, stride;
};

/* One picture of a lane: plates that nobody had seen are added to its book, the others followed. `dt_s` since the last picture. */
void plates_look(struct plate_book *book, struct plate_scan *scan, const struct view *v, struct traffic *tr, const struct plates_picture *picture, double t_s,
	double dt_s);
