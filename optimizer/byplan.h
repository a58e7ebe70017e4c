/* byplan.h - junctions whose cabinet runs a plan by itself for some minutes: nobody solves them, and their neighbours still know what comes.
 *
 * What such a plan will let go is played through the model of queues, beginning with what shows, and goes into the forecast as the solved
 * junctions' departures do: every second where a neighbour is decided second by second, else often enough for the forecasts of minutes.
 * What it says of such a junction is what its cabinet was given; it wishes nothing. It does not know how cabinets are told.
 */
#pragma once

#include "optimizer/problem.h"

struct byplan;
struct byplan *byplan_new(const struct layout *l, const struct optimizer_options *options);
void byplan_free(struct byplan *b); /* NULL is fine */
OWNED(byplan)

/* From now on site `s` runs this plan of its junction (copied); NULL: it is decided second by second again. */
void byplan_run(struct byplan *b, uint32_t s, const struct plan *plan);
bool byplan_runs(const struct byplan *b, uint32_t s);

/* What shows there; the guard is looked at during the call only, and only when the site is due. */
void byplan_shows(struct byplan *b, uint32_t s, const struct guard *guard, double now_s);

/* Plays those that are due into the forecast; after forecast_update. */
void byplan_step(struct byplan *b, const struct demand *d, struct forecast *f, double now_s);

/* The greens of its plan over the next cycle. The delay is of when it was played last, over the horizon; there is no other one. */
void byplan_decision(const struct byplan *b, uint32_t s, double now_s, struct decision *decision);
