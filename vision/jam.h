/* jam.h - how fast the traffic of a picture drives, and so how jammed it is, of a camera that nobody has calibrated.
 *
 * Points that move are followed from picture to picture; how far they get is told in vehicle lengths a second, the length being how tall
 * and wide moving vehicles are where the point is: that cancels the lens, the distance and the size of the picture. Free traffic drives
 * 1.4 and more of them in a second, on a motorway seen at a flat angle as in a street seen from a mast, because a flat angle makes
 * vehicles taller by as much as motorways are faster.
 *
 * It looks at no picture wider than JAM_WIDTH_PX and at ten a second. It knows no lanes; a calibrated camera tells its lanes' levels from
 * their vehicles (core/estimate.h), with metres.
 */
#pragma once

#include "core/estimate.h"

#define JAM_WIDTH_PX 400

/* How large vehicles are, by how low in the picture they stand: learned without anybody's help, and worth keeping between clips of one
 * camera. Zeros = nothing learned. */
#define JAM_ROWS 24
#define JAM_SIZES 64
struct jam_size {
	uint32_t width_px; /* of the picture it is about, 0 = none yet */
	uint32_t height_px;
	float wide[JAM_ROWS][JAM_SIZES], tall[JAM_ROWS][JAM_SIZES]; /* how many were so large, in px, whose foot was in that row of rows */
};

struct jam;
struct jam *jam_new(struct jam_size *size); /* not owned */
void jam_free(struct jam *j);
OWNED(jam)

/* The next picture, of any size; `t_s` in the stream's time. */
void jam_look(struct jam *j, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double t_s);

struct jam_state {
	enum jam_level level;  /* JAM_UNKNOWN when neither movement nor a vehicle was seen */
	double lengths_per_s;  /* mean of what moved; NaN = nothing did */
	double busy_frac;      /* share of the road that had vehicles on it, 0..1; NaN unknown */
	uint64_t points;       /* that moved */
};
struct jam_state jam_state(const struct jam *j); /* since the beginning */
