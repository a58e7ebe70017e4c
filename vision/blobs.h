/* blobs.h - connected areas of a mask: their boxes and sizes.
 *
 * Specks go and gaps of two pixels are closed before. Plain C on one thread; no meaning is given to what is found.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct blob {
	int32_t x0, y0, x1, y1; /* px, x1 and y1 just outside */
	uint32_t area_px;
};

#define BLOBS_MAX 128

/* Cleans `mask` (1 and 0) in place, `spare` is as large; writes the largest areas of at least `least_px`, returns how many. `labels` (may be
 * NULL) receives for each pixel 1 + the blob's index, 0 for none. */
uint32_t blobs_find(uint8_t *mask, uint8_t *spare, uint32_t width_px, uint32_t height_px, uint32_t least_px, struct blob *blobs, uint8_t *labels);
