/* sim_watch.h - all that looks on while a case is run: the report's record, measures, SUMO's outputs, detectors to come.
 *
 * What is not asked for costs nothing. Measuring begins when the warm-up is over.
 */
#pragma once

#include "daemon/sim_case.h"

struct sim_watch;
/* Before the first step. False answers carry a sentence: a path that cannot be driven, a file that cannot be written. */
struct sim_watch *sim_watch_new(const struct sim_case *c, const struct world *w, GError **error);
void sim_watch_free(struct sim_watch *s); /* NULL is fine; files that are not finished are gone */
OWNED(sim_watch)

bool sim_watch_step(struct sim_watch *s, const struct world *w, GError **error); /* after each step */
/* Gives record and measures to the result, fills in its figures, and puts the files in their places. */
bool sim_watch_finish(struct sim_watch *s, const struct world *w, struct sim_result *r, GError **error);
