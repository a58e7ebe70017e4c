/* freshness.h - which lanes are being observed, and how fresh that is.
 *
 * One for a network. A lane is watched from the moment that it was expected (a camera is configured for it) or first
 * seen; a lane nobody ever observes does not count. Of what is expected enough has to be there, `enough_frac` of the lanes: a
 * set is as fresh as the lane with which that many are, and the optimizer infers the others. Where nothing is expected (a world at the
 * bridge may leave lanes out as it likes) a set is as fresh as its freshest lane. Knows the times of pictures, not what was in them.
 */
#pragma once

#include "core/estimate.h"

struct freshness;

/* stale_s > 0: older than this is not fresh. enough_frac above 0, up to 1: all that is expected has to be there. */
struct freshness *freshness_new(uint32_t n_lanes, double stale_s, double enough_frac);
void freshness_free(struct freshness *w); /* NULL is fine */
OWNED(freshness)

/* A camera is meant to film this lane: until it does, the lane is stale. `by` names the camera, NULL: it has no name; copied. Where two
 * film a lane the first is named. */
void freshness_expect(struct freshness *w, uint32_t lane, const char *by);

/* A picture of the lane taken at t_s. False when it is not newer than the last one: then it changes nothing. */
bool freshness_seen(struct freshness *w, uint32_t lane, double t_s);

/* The world's clock jumped: everything known is old. What is watched stays watched. */
void freshness_forget(struct freshness *w);

struct freshness_state {
	uint32_t n_watched; /* of the lanes asked about */
	uint32_t n_stale;   /* of those */
	uint32_t decides;   /* the lane that counts: see above; NET_NONE when none is watched */
	double age_s;       /* of its picture; INFINITY when there is none yet */
	uint32_t run;       /* pictures in a row, none of them late, that it has; expected lanes: that enough of them have at least */
	uint32_t n_blind;   /* expected lanes that are stale */
	uint32_t blind;     /* the stalest of these, NET_NONE = there is none */
	double blind_s;     /* the age of its picture, INFINITY = there is none */
	char blind_by[96];  /* the cameras that should film these, as many as fit; empty: they have no names */
};

/* The state of a set of lanes together. */
struct freshness_state freshness_state(const struct freshness *w, const uint32_t *lanes, uint32_t n_lanes, double now_s);
