/* sim_events.h - the high-resolution event log of a simulated run: what each signal showed and who passed its stop lines.
 *
 * Signals change at steps; vehicles' times over the stop line are worked out within a step, to 0.1 s. Simulated second 0 is 2000-01-01 00:00.
 */
#pragma once

#include "sim/world.h"

struct sim_events;

struct sim_events *sim_events_new(const char *path, const struct world *w, GError **error);
void sim_events_free(struct sim_events *s); /* NULL is fine */
OWNED(sim_events)

void sim_events_step(struct sim_events *s, const struct world *w); /* after each step */
bool sim_events_finish(struct sim_events *s, GError **error);	   /* the file is whole; the detectors' beside it */
