/* waist.h - an area of a mask that is two bodies held together by a thin bridge: where to part them.
 *
 * The area is thinned layer by layer; when two pieces of some size are left over, each grown again is a body. Scale-free.
 */
#pragma once

#include "vision/blobs.h"

/* `b` becomes the larger piece's box, `rest` the other's; false and nothing changed when it holds together. Each piece keeps at least
 * `least_frac` of what is left. */
bool waist_part(const uint8_t *mask, uint32_t width_px, struct blob *b, struct blob *rest, double least_frac);
