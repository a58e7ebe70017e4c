/* tails.h - who drives away from the camera by night: two red lamps side by side that go up the lane.
 *
 * Whoever keeps to the lane's direction shows his headlamps; rear lamps glow too faintly to be taken for them. A pair that was seen in most looks, goes
 * steadily away and is nobody's known front is somebody on the wrong side. It knows one lane; a single rear lamp (a motorcycle's) says nothing to it.
 */
#pragma once

#include "vision/backdrop.h"
#include "vision/track.h"

#define TAILS_MAX 12

struct tail {
	double dist_m, speed_mps; /* of the lamps to the stop line; away from it, > 0 */
	double first_m, seen_s;
	uint32_t hits, looks;
};

struct tails {
	struct tail all[TAILS_MAX];
	uint32_t n;
	double looked_s; /* -INFINITY: never */
};

void tails_init(struct tails *t);
/* The next picture of a night; most are passed over. `tracks`: the vehicles that are known on this lane. */
void tails_look(struct tails *t, const struct strip *s, const struct sighting *now, const struct track *tracks, uint32_t n_tracks, double t_s);
/* Where a pair is that surely goes away, the nearest to the stop line; NaN: none. */
double tails_away_m(const struct tails *t);
