/* plan_day.h - the plans of a day: which one runs when at every junction, and how each is reached from the one before without a jump.
 *
 * For SUMO a junction gets all its plans as programs, a program for each transition (core/transition.h) and a WAUT, its time table. Text only.
 */
#pragma once

#include "core/transition.h"
#include "optimizer/network_plan.h"

struct plan_day {
	const struct network_plan *const *plans; /* n, by time */
	const double *begin_s;                   /* n: in force from then on; the first one from the beginning */
	uint32_t n;
	const char *id;                          /* plan k is program "id-k", counted from 1 */
	enum transition_way way;
};

/* An additional file. A transition for which the way does not fit is made by dwelling. NULL with a sentence when that does not either. */
GString *plan_day_sumo(const struct plan_day *day, const struct junction *const *junctions, uint32_t n_junctions, const char *note, GError **error);
