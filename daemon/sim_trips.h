/* sim_trips.h - what SUMO writes of a run: tripinfo, one line a trip in the order of arrival, and the summary, one line a step.
 *
 * Attributes, their names and meanings are SUMO's (1.15), so that its tools read the files. What there is not in our worlds stands there as
 * SUMO writes nothing: no teleports, no stops at places, no rerouting, no devices; the summary's `duration` (SUMO: computing time of the
 * step) is 0, so that the same run gives the same file. `loaded` counts departures that were due.
 */
#pragma once

#include "core/owned.h"
#include "sim/world.h"

struct sim_trips;
/* Either path may be NULL; both are tried before anything is driven. `unfinished`: vehicles still on the road at the end too.
 * Make it before the first step. */
struct sim_trips *sim_trips_new(const struct world *w, const char *tripinfo, const char *summary, bool unfinished, GError **error);
void sim_trips_free(struct sim_trips *t); /* NULL is fine */
OWNED(sim_trips)

/* After each step. Trips that end while it is not `measuring` are left out. */
bool sim_trips_step(struct sim_trips *t, const struct world *w, bool measuring, GError **error);
bool sim_trips_finish(struct sim_trips *t, const struct world *w, GError **error);
