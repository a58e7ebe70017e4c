/* sizes.h - how large a vehicle usually is where in the picture, learned from those that drove alone.
 *
 * Stands in for a calibration where there is none: logarithms of width and height as planes over the picture, fitted without those that
 * are far smaller than most (people, bicycles). Says nothing before it has seen a few.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SIZES_KEPT 256

struct size_seen {
	double x, y, width_px, height_px; /* x, y: shares of the picture's width */
};

struct sizes {
	struct size_seen seen[SIZES_KEPT]; /* a ring */
	uint32_t n, next, vehicles;
	double w[3], h[3]; /* log px = w[0] + w[1] x + w[2] y */
	bool known;
};

void sizes_add(struct sizes *s, const struct size_seen *seen, uint32_t n); /* one vehicle at up to a few places */
/* False: not known yet. */
bool sizes_usual(const struct sizes *s, double x, double y, double *width_px, double *height_px);
