/* plate_cells.h - what the search for plates looks at: sums of a grey picture's texture over cells of 2 by 2 pixels.
 *
 * Five planes, each summed up so that any rectangle costs four look-ups (Crow 1984; integral channels: Dollar et al. 2009): the
 * strength of edges across, down and aslant, the grey itself, and how far it is from its neighbourhood's mean. A feature compares
 * the means of two rectangles, or takes one; all are measured in the window's own mean edge, so that light and contrast do not matter.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

#define PLATE_CELL_PX 2

enum plate_plane { PLANE_ACROSS, PLANE_DOWN, PLANE_ASLANT, PLANE_GREY, PLANE_OFF_MEAN, PLATE_PLANES };

struct plate_feature {
	uint8_t plane, x, y, w, h;      /* in cells of the window */
	uint8_t plane2, x2, y2, w2, h2; /* w2 = 0: only one rectangle */
};

struct plate_cells {
	uint32_t cols, rows, stride; /* of cells; entries a row = cols + 1 */
	uint32_t plane;              /* entries a plane */
	uint32_t *sums;              /* PLATE_PLANES planes */
	uint32_t room;
	uint32_t *scratch;
	uint32_t scratch_room;
};

/* A feature with its look-ups worked out for one picture's size. */
struct plate_probe {
	uint32_t at[4], at2[4];
	float share, share2;
};

void plate_cells_finish(struct plate_cells *cells);
void plate_cells_make(struct plate_cells *cells, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride);
struct plate_probe plate_probe_of(const struct plate_cells *cells, const struct plate_feature *f);

/* One over the mean edge in a window of w by h cells, from its first entry in the first plane. */
static inline float plate_scale_at(const struct plate_cells *c, const uint32_t *window, uint32_t w, uint32_t h)
{
	uint32_t right = w, down = h * c->stride;
	const uint32_t *gy = window + c->plane;
	uint32_t sum = window[down + right] - window[down] - window[right] + window[0] + gy[down + right] - gy[down] - gy[right] + gy[0];
	return 1.0f / ((float) sum / (float) (w * h) + 8.0f); /* 8: noise must not look like texture */
}

static inline float plate_probe_at(const struct plate_probe *p, const uint32_t *window)
{
	uint32_t one = window[p->at[0]] - window[p->at[1]] - window[p->at[2]] + window[p->at[3]];
	if (p->share2 == 0)
		return p->share * (float) one;
	uint32_t two = window[p->at2[0]] - window[p->at2[1]] - window[p->at2[2]] + window[p->at2[3]];
	return p->share * (float) one - p->share2 * (float) two;
}
