/* freshness.h - which lanes are being observed, and how fresh that is.
 *
 * One for a network. A lane is watched from the moment that it was expected (a camera is configured for it) or first
 * seen; a lane nobody ever observes does not count. Knows the times of pictures, not what was in them.
 */
#pragma once

#include "core/estimate.h"

struct freshness;

struct freshness *freshness_new(uint32_t n_lanes, double stale_s); /* stale_s > 0: older than this is not fresh */
void freshness_free(struct freshness *w);			   /* NULL is fine */
OWNED(freshness)

/* A camera is meant to film this lane: until it does, the lane is stale. */
void freshness_expect(struct freshness *w, uint32_t lane);

/* A picture of the lane taken at t_s. False when it is not newer than the last one: then it changes nothing. */
bool freshness_seen(struct freshness *w, uint32_t lane, double t_s);

/* The world's clock jumped: everything known is old. What is watched stays watched. */
void freshness_forget(struct freshness *w);

struct freshness_state {
	uint32_t n_watched; /* of the lanes asked about */
	uint32_t n_stale;   /* of those */
	uint32_t oldest;    /* the lane with the oldest picture, NET_NONE when none is watched */
	double age_s;	    /* of that picture; INFINITY when there is none yet */
	uint32_t run;	    /* pictures in a row, none of them late, on the lane that has fewest */
};

/* The state of a set of lanes together: as fresh as its stalest lane. */
struct freshness_state freshness_state(const struct freshness *w, const uint32_t *lanes, uint32_t n_lanes, double now_s);
