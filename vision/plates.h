/* plates.h - is there a number plate on the front of this vehicle? Counted, never read.
 *
 * Looks only at the bumper of a tracked vehicle that is near enough, so it costs next to nothing and no picture of a plate leaves
 * this function.
 */
#pragma once

#include "vision/track.h"

#define PLATE_MIN_PX 8.0 /* narrower ones are not to be told from a lamp */

bool plates_on_front(const struct view *v, const struct strip *s, const struct track *t, const uint8_t *grey, uint32_t width_px,
	uint32_t height_px);
