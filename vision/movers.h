/* movers.h - things that move in the picture, each followed from its first sight to its last.
 *
 * Works in the picture plane, without calibration. Areas that stand out are given to those known to be there; where several have run into one
 * area each is found again by its pattern, so that those who were seen apart stay apart. It does not know what moves: vehicles, people,
 * leaves; how long and how far something was followed is for its user to judge.
 */
#pragma once

#include "vision/blobs.h"
#include "vision/sizes.h"

#define MOVERS_MAX 96
#define MOVER_SAMPLES 400
#define MOVER_SIZES 6

struct mover_pattern {
	uint8_t grey[MOVER_SAMPLES];
	uint32_t columns, rows; /* 0: none taken */
	double step_px;
};

struct mover {
	uint32_t id;               /* > 0 */
	double x, y;               /* centre, px */
	double width_px, height_px;
	double vx, vy;             /* px/s */
	double born_x, born_y, born_s;
	uint32_t sightings;
	double unseen_s;           /* for how long nothing stood out where it should be */
	double still_s;            /* for how long it has stood */
	bool alone;                /* in the last picture it was an area of its own */
	bool cut;                  /* the picture's edge cuts it */
	double parted_s;           /* for how long it has looked like two */
	double grown_s;            /* for how long its area has been too large for it */
	uint32_t parent;           /* it was followed as a part of that one; 0: of none */
	double parent_frac;        /* so much of it was inside the other's box */
	struct mover_pattern pattern;
	struct size_seen sizes[MOVER_SIZES]; /* seen alone, at places apart */
	uint32_t n_sizes;
	double sized_x, sized_y;
	uint64_t lines_done;       /* a bit for each line that it was counted at */
	uint64_t lines_wide;       /* of these, where it was too large for one vehicle */
	double before[64];         /* signed distance to each line in the last picture, px; the counter's */
	double reach[64];          /* the furthest it was from each line on this side of it, signed, px; the counter's */
};

struct movers {
	uint32_t width_px, height_px;
	struct mover all[MOVERS_MAX];
	uint32_t n, next_id;
	struct sizes sizes;
};

void movers_init(struct movers *m, uint32_t width_px, uint32_t height_px);
/* The next picture and what stands out in it; dt_s > 0 since the last one. `on_gone` is told of each that has left before it is forgotten. */
void movers_step(struct movers *m, const uint8_t *grey, const struct blob *blobs, uint32_t n, const uint8_t *mask, double t_s, double dt_s);
/* Is it as large as one vehicle is there? */
enum fits { FITS_UNKNOWN, FITS_ONE, FITS_MORE };
enum fits movers_fit(const struct movers *m, const struct mover *v);
double mover_travel_px(const struct mover *v);
