/* traffic.h - the vehicles on one lane, from what covers its strip, picture after picture.
 *
 * A covered stretch begins at a front when free road is before it. Vehicles that close up hide the gaps between them; they are kept
 * apart by having been seen apart before, by their patterns, and, where a covered stretch is longer than its vehicles explain, by
 * presuming more at the usual distance. It knows no signal states and no other lanes.
 */
#pragma once

#include "vision/backdrop.h"
#include "vision/tails.h"
#include "vision/track.h"

#define TRAFFIC_MAX 48 /* vehicles on a lane in view */
#define TRAFFIC_SLIM 8 /* slender ones that the road must not swallow */

struct traffic {
	const struct strip *strip; /* not owned */
	struct backdrop *backdrop;
	struct track tracks[TRAFFIC_MAX]; /* nearest first */
	uint32_t n;
	uint32_t next_id;
	double begun_s, now_s;    /* NaN before the first picture */
	bool night;               /* in the last picture: known by their lamps */
	struct tails tails;       /* by night */
	double typical_length_m;  /* of cars here */
	double looked_s;          /* when a network looked last; NaN: never */
	uint64_t passed;          /* over the stop line since the beginning */
	uint64_t passed_class[CLASSES]; /* of these, as far as kinds are seen */
	double class_var[CLASSES];      /* how unsure that is, summed: p (1 - p) */
	uint64_t unclassed;       /* passed, and nobody saw what it was */
	uint32_t last_id;         /* of the last one that passed */
	double last_dist_m;       /* where it is by now, also when it is out of sight; -INFINITY when none has */
	double last_mps;
	struct {
		double first, end;   /* cells */
	} slim[TRAFFIC_SLIM];     /* of the last picture; slim.c says */
	uint32_t n_slim;
	bool gap_seen;            /* free road at the stop line since then */
	double covered_s;         /* time in which the stop line was covered */
};

void traffic_init(struct traffic *tr, const struct strip *strip, struct shade *shade);
void traffic_finish(struct traffic *tr);

/* The next picture; `t_s` never goes back. */
void traffic_step(struct traffic *tr, const struct sighting *now, double t_s);

/* It passed: counted among its kind. */
void traffic_class(struct traffic *tr, const struct track *t, bool seen);

/* Is this one sure enough to be spoken of? */
bool traffic_tells(const struct traffic *tr, const struct track *t);
