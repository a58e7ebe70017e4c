/* sim_detectors.h - the detectors of a scenario's additional files in a run, and SUMO's detector files of what they counted.
 *
 * Each file that the scenario names holds the intervals of the detectors that name it, in SUMO's words and columns.
 */
#pragma once

#include "sim/world.h"

struct sim_detectors;
/* `files`: additional files, commas between. Returns NULL with a sentence, or without one when they hold no detector with a file. */
struct sim_detectors *sim_detectors_new(const char *files, const struct world *w, GError **error);
void sim_detectors_free(struct sim_detectors *s); /* NULL is fine */
OWNED(sim_detectors)

void sim_detectors_step(struct sim_detectors *s, const struct world *w);
bool sim_detectors_finish(struct sim_detectors *s, const struct world *w, GError **error); /* writes the files */
