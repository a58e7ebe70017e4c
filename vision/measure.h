/* measure.h - one lane's vehicles and counters -> an estimate, with what is not certain about it.
 *
 * Knows the tracks of one lane and where the last window ended. It does not look at pictures.
 */
#pragma once

#include "core/estimate.h"
#include "vision/incident.h"

#define MEASURE_GAP_M 8.0 /* between standing vehicles that belong to one queue, at most */

struct measure { /* what had been counted when the last window ended */
	uint64_t passed, passed_class[CLASSES], unclassed;
	double class_var[CLASSES];
	double covered_s;
	uint32_t plates;
	struct incident_memory incident;
};

/* `e` is inited here; estimate_finish it. `at_s` is the end of the window, at or before the last picture. `plates` counts since the
 * beginning. */
void measure_lane(struct measure *m, const struct traffic *tr, uint32_t plates, double at_s, double window_s, struct estimate *e);
