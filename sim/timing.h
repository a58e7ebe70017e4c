/* timing.h - what a signal showed, stage by stage: how often, how long, the cycle; beside what its program says.
 *
 * A stage is a green phase of the signal's own program (core/stages.h). It is on while exactly its greens show and no amber; where no
 * stage is met so, pedestrians' letters are left aside: their clearance runs in a green that vehicles still have. A green that began before
 * or was not over when watching ended counts for shares, not for lengths.
 */
#pragma once

#include "core/network.h"

struct timing_stage {
	char name[8];         /* "A", "B" ... in the order of the program */
	char *state;          /* of its phase */
	double programmed_s;  /* green in the program's cycle */
	double shown_s;       /* in all */
	uint32_t n;           /* whole greens */
	double sum_s, min_s, max_s; /* of those; min and max NaN without any */
	uint32_t n_starts;
	double first_start_s, last_start_s;
};

struct timing {
	uint32_t signal;
	const struct net_signal *of;
	bool *pedestrian;     /* a flag a letter */
	struct timing_stage *stages;
	uint32_t n_stages;
	double programmed_cycle_s, programmed_offset_s;
	double watched_s;
	/* now */
	char *shows;          /* NULL: nothing yet */
	uint32_t stage;       /* the one that is on, or NET_NONE */
	double since_s;
	bool whole;           /* its beginning was seen */
};

void timing_init(struct timing *t, const struct network *net, uint32_t signal);
void timing_finish(struct timing *t);
void timing_see(struct timing *t, const char *state, double from_s, double to_s); /* it showed that all the time between */

/* Mean time from one beginning of a stage to its next, of the stage that began most often; NaN with fewer than two beginnings. */
double timing_cycle_s(const struct timing *t);
double timing_green_s(const struct timing_stage *s); /* mean of the whole greens; NaN without any */
