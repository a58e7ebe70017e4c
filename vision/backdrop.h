/* backdrop.h - the empty road under a strip, learned while traffic stands and drives on it, and what covers it now.
 *
 * Every sample keeps three grey values that it has shown and how long each was seen. The road is the value that comes back. Where a
 * vehicle is believed, nothing is learned, so that a standing queue never becomes road; where none is, a new value takes over in
 * seconds. In the first picture, before anything is known, the road is the grey that most smooth samples share, so that a queue
 * that stands there from the beginning is seen.
 *
 * It knows nothing of vehicles, only of cells that are covered, shadowed or free.
 */
#pragma once

#include "vision/steady.h"
#include "vision/strip.h"

enum cover {
	COVER_FREE,
	COVER_FAINT,  /* a little unlike its road as a whole: a dark car on a wet road, or nothing */
	COVER_SHADOW, /* darker as shadows are */
	COVER_BODY,
	COVER_UNSEEN,
};

#define SHADE_BINS 32
struct shade { /* what shadows do to light: one sun, so one for all lanes of a camera */
	float seen[SHADE_BINS]; /* how often each share of light was left where it was evenly darker */
};
double shade_left(const struct shade *s); /* share of light that a shadow leaves; NaN: none learned */

struct sighting { /* one picture, for all lanes of a camera */
	const uint8_t *grey; /* width_px * height_px */
	uint32_t width_px, height_px;
	struct push push;    /* of the camera since the first picture */
	double road_grey;    /* in the first picture, -1 unknown */
	bool night;          /* vehicles are known by their lamps */
};

struct backdrop;
struct backdrop *backdrop_new(const struct strip *strip, struct shade *shade); /* neither is owned */
void backdrop_free(struct backdrop *b);
OWNED(backdrop)

/* The road's grey in the first picture, -1 when there is none to be found: hand all strips of the camera one after another. */
void backdrop_survey(const struct strip *strip, const struct view *view, const uint8_t *grey, uint32_t width_px, uint32_t height_px,
	uint32_t *histogram /* 256 */);
double backdrop_road_grey(const uint32_t *histogram);

/* Takes the samples out of a picture and says for each cell what covers it. The first one starts from `road_grey`. */
const uint8_t *backdrop_look(struct backdrop *b, const struct sighting *now);
/* Learns from the picture looked at last. `hold[cell]` 0..1: how sure it is that a vehicle stands there. */
void backdrop_learn(struct backdrop *b, const float *hold, double dt_s);

/* The cell lies on the road just before a vehicle: where it is evenly darker there, that is its shadow, and all shadows of one sun leave
 * as much light. */
void backdrop_learn_shadow(struct backdrop *b, uint32_t cell);

const uint8_t *backdrop_cover(const struct backdrop *b);   /* enum cover a cell, of the last picture */
const uint16_t *backdrop_bodies(const struct backdrop *b); /* a cell: a bit for each sample that is something else than road or shadow */
const uint8_t *backdrop_samples(const struct backdrop *b); /* n * STRIP_LATERAL of the last picture */
bool backdrop_pushed(const struct backdrop *b); /* it was mixed from neighbouring pixels, since the mast sways */
#define BACKDROP_CLEAR_NOISE 2.6
double backdrop_noise(const struct backdrop *b); /* grey levels by which free road differs from what was learned: sensor, rain */
bool backdrop_poor(const struct backdrop *b);   /* so much more than on a clear road that it rains */
double backdrop_known_frac(const struct backdrop *b); /* share of cells whose road has been seen for a while */
