/* scenery.h - what a still camera's picture looks like without traffic, and what stands out from it.
 *
 * Begins with a few seconds of pictures at once, from which each pixel takes the grey that it showed most: so traffic that was there
 * from the first picture on does no harm as long as the road shows between the vehicles. Exposure that jumps is followed as one gain
 * and one offset for the whole picture; what is only darker, with the road's own pattern still in it, is shadow. It knows no vehicles:
 * what must not be learned, because a vehicle stands there, its user says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

struct scenery;

struct scenery *scenery_new(uint32_t width_px, uint32_t height_px);
void scenery_free(struct scenery *s);
OWNED(scenery)

/* The first pictures, n >= 1, each width * height without padding. */
void scenery_begin(struct scenery *s, uint8_t *const *pictures, uint32_t n);

/* 1 where something stands out from the scenery, else 0; valid until the next call. */
const uint8_t *scenery_mask(struct scenery *s, const uint8_t *grey);

/* Goes with the light. `held`: 1 where a vehicle is known to be, which is no scenery however long it stands. */
void scenery_learn(struct scenery *s, const uint8_t *grey, const uint8_t *held, double dt_s);
