/* detectors.h - counts what SUMO's induction loops (E1) and lane areas (E2) count, by looking at a world after each step.
 *
 * Observers: they change nothing, so a world with and without them is the same. What each column means is SUMO's documentation of
 * its detectors ("Induction Loops Detectors (E1)", "Lanearea Detectors (E2)"), and so are the columns' names.
 */
#pragma once

#include "sim/additions.h"
#include "sim/world.h"

enum loop_column { LOOP_CONTRIB, LOOP_FLOW, LOOP_OCCUPANCY, LOOP_SPEED, LOOP_HARMONIC_SPEED, LOOP_LENGTH, LOOP_ENTERED, LOOP_COLUMNS };

enum area_column { AREA_SAMPLED_S, AREA_ENTERED, AREA_LEFT, AREA_SEEN, AREA_SPEED, AREA_TIME_LOSS, AREA_OCCUPANCY, AREA_MAX_OCCUPANCY,
	AREA_MEAN_MAX_JAM_VEH, AREA_MEAN_MAX_JAM_M, AREA_MAX_JAM_VEH, AREA_MAX_JAM_M, AREA_JAM_VEH_SUM, AREA_JAM_M_SUM, AREA_MEAN_HALT_S,
	AREA_MAX_HALT_S, AREA_HALT_SUM_S, AREA_MEAN_INTERVAL_HALT_S, AREA_MAX_INTERVAL_HALT_S, AREA_INTERVAL_HALT_SUM_S, AREA_STARTED_HALTS,
	AREA_MEAN_VEHICLES, AREA_MAX_VEHICLES, AREA_COLUMNS };

struct detector_column {
	const char *name; /* SUMO's */
	bool whole;       /* printed without decimals */
};
const struct detector_column *detector_columns(enum detector_kind kind, uint32_t *n);

struct detector_row { /* one interval of one detector */
	uint32_t detector;       /* into additions.detectors */
	double begin_s, end_s;
	double value[AREA_COLUMNS]; /* by the kind's columns; -1: no vehicle to say it of, as SUMO writes it */
};

struct detectors;
/* `a` and the world's network are shared, not owned. Intervals begin with the world's time. */
struct detectors *detectors_new(const struct additions *a, const struct world *w);
void detectors_free(struct detectors *d); /* NULL is fine */
OWNED(detectors)

void detectors_step(struct detectors *d, const struct world *w);  /* after each world_step */
void detectors_close(struct detectors *d, const struct world *w); /* the intervals that are not over yet */
/* Finished intervals in the order of their ends; valid until the next call of the above. */
const struct detector_row *detectors_rows(const struct detectors *d, uint32_t *n);
