/* plates.h - is there a number plate on the front of this vehicle? Counted, never read.
 *
 * Looks only at the front of a tracked vehicle that is near enough, at the sizes that a plate can have there, so it costs next to
 * nothing. No picture of a plate and no text leaves it: it says yes or no.
 */
#pragma once

#include "vision/plate_scan.h"
#include "vision/track.h"

#define PLATE_MIN_PX 38.0 /* narrower ones have no characters that could be told from a grille */

/* A grey picture as the camera took it, in full size. */
struct plates_picture {
	const uint8_t *grey;
	uint32_t width_px, height_px, stride;
};

/* Whether a plate may be seen there at all, and the plate's width. */
bool plates_width_px(
	const struct view *v, const struct strip *s, const struct track *t, const struct plates_picture *picture, double *width_px);
bool plates_on_front(
	struct plate_scan *scan, const struct view *v, const struct strip *s, const struct track *t, const struct plates_picture *picture);
