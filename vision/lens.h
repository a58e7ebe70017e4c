/* lens.h - can this camera still see what it saw? Dark, covered, blurred, noisy, frozen, turned away: noticed within seconds.
 *
 * Learns the edges that stay where they are, whatever drives past, and asks of each picture whether they are still there, in the same
 * directions, and as sharp. Light may change, vehicles may hide some, a mast may sway: all of them gone or moved at once is the camera's doing.
 * What was so from the very first picture it cannot know, but for darkness, noise and a picture without any structure.
 *
 * It knows grey pictures of one size and their times; no roads, no vehicles, no clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

enum sight { /* what a picture is worth */
	SIGHT_OK,
	SIGHT_DARK,
	SIGHT_UNIFORM, /* white, grey: nothing in it */
	SIGHT_FROZEN,
	SIGHT_NOISE,
	SIGHT_BLURRED,
	SIGHT_COVERED, /* much of what was there is hidden */
	SIGHT_MOVED,   /* it shows another place, or the same one elsewhere in the picture */
};
const char *sight_sentence(enum sight s); /* "the picture is dark"; "" for SIGHT_OK */

struct lens;
struct lens *lens_new(uint32_t width_px, uint32_t height_px);
void lens_free(struct lens *l);
OWNED(lens)

/* The next picture, `width_px` bytes a row; times go on. */
enum sight lens_look(struct lens *l, const uint8_t *grey, double t_s);
enum sight lens_sight(const struct lens *l);
/* 0..1: falls as soon as something seems wrong, before it is sure enough to be said. */
double lens_quality(const struct lens *l);

/* What it goes by, for those who tune and test. */
struct lens_signs {
	double kept_frac, gone_frac; /* of the edges that stay: as they were; not to be seen */
	double sharp_frac;           /* 1: as sharp as ever */
	double shift_x_px, shift_y_px; /* where they are now, against where they were */
	double still_s;
	uint32_t n_edges;
};
struct lens_signs lens_signs(const struct lens *l);
