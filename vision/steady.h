/* steady.h - how far a picture is pushed aside from where the camera is at rest: a mast that sways, a bracket that slowly gives way.
 *
 * Follows some small patches with corners in them that lie off the measured lanes; the median of where they went is the camera's doing,
 * whatever drives through one of them. To parts of a pixel, for pushes of up to STEADY_REACH_PX; more is a turned camera (lens.h).
 * It costs less than looking at a lane. It knows no roads: it is told which pixels are measured.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

#define STEADY_REACH_PX 10

struct push { /* where a still point is now, less where it is at rest, px of the working picture */
	double x_px, y_px;
};

struct steady;
/* `measured`: width * height, not 0 where vehicles drive. */
struct steady *steady_new(uint32_t width_px, uint32_t height_px, const uint8_t *measured);
void steady_free(struct steady *s);
OWNED(steady)

/* The next picture. What cannot be told (too few patches agree) is what was told before. */
struct push steady_look(struct steady *s, const uint8_t *grey);
