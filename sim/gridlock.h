/* gridlock.h - vehicles that wait for one another in a circle: who, where and since when.
 *
 * Nobody is teleported here, so a circle that has closed stays. It looks at a world and changes nothing. Whether a light should have
 * prevented it, it does not know.
 */
#pragma once

#include "sim/world.h"

struct gridlock {
	double since_s;      /* the circle has been closed since then: the last of them has stood since */
	uint32_t n;          /* vehicles in it */
	uint32_t *ids;       /* departures; owned */
	uint32_t *lanes;     /* where each stands; owned */
};

/* All circles whose vehicles have each stood for more than limit_s while no light held them, the largest first: struct gridlock, owned by
 * the caller. Empty when traffic flows. */
GPtrArray *gridlock_find(const struct world *w, double limit_s);

/* One sentence about it: "12 vehicles wait for one another since 3600 s, on lanes a_0 (5), b_0 (7)". Owned by the caller. */
char *gridlock_says(const struct world *w, const struct gridlock *g);
