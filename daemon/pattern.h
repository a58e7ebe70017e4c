/* pattern.h - a junction's plan in the words of its cabinet: splits of phases in rings, or of stages, and whether the cabinet would take it.
 *
 * Pure: the cabinet's own timing and the map go in, a pattern comes out. pattern_check knows nothing of how patterns are made; it says what
 * the cabinet's firmware would say, and nothing is sent that does not pass it.
 */
#pragma once

#include "core/plan.h"
#include "daemon/cabinet_timing.h"

struct pattern { /* a controller_pattern that owns its splits and bands */
	struct controller_pattern p;
	struct controller_split *splits;
	struct controller_band *bands;
};
void pattern_free(struct pattern *p); /* NULL is fine */
OWNED(pattern)
struct pattern *pattern_keep(const struct controller_pattern *p); /* a copy that owns all of it */
struct pattern *pattern_copy(const struct pattern *p);
bool pattern_equal(const struct pattern *a, const struct pattern *b); /* but for signal and row */

/* The plan (of the map's junction; it should pass plan_check) for the cabinet: whole seconds that keep the plan's cycle, each split as near
 * to the plan's as the cabinet's minimums and barriers let it be. Phases come in the order of the cabinet's rings whatever the
 * plan's order is; stages in the plan's. Offset: from the plan's, for the beginning of the first coordinated phase's green (the first
 * stage's), t = UTC s modulo the cycle. `coordinated`: numbers of the phases that are (0: the longest of the first ring, and those that run with it).
 * NULL with a sentence when the cabinet cannot run it. */
struct pattern *pattern_from_plan(const struct plan *plan, const struct cabinet_map *map, const struct controller_timing *t, phase_set coordinated,
	GError **error);

/* Would the cabinet run it? Row and cycle in range, whole seconds, offset below the cycle, each phase (stage) at least its minimums and
 * clearances, each ring the cycle, rings equal at each barrier, never two green together that conflict, by its own data or by the map's.
 * Else false and a sentence with the numbers. `map` NULL: by its own alone. */
bool pattern_check(const struct controller_pattern *p, const struct controller_timing *t, const struct cabinet_map *map, GError **error);

/* The least that stage `number` needs between these two, with its way to the one after; all three must be there. s */
double pattern_stage_least_s(const struct controller_timing *t, uint32_t before, uint32_t number, uint32_t after);

/* The shortest cycle that holds all minimums and clearances of the cabinet: of its rings, or of those of its stages that the plan runs, in the plan's
 * order (0 where it has not all of them). s */
double pattern_least_cycle_s(const struct plan *plan, const struct cabinet_map *map, const struct controller_timing *t);

/* The offset as cabinets have it: when the green of the plan's first stage begins, s after a multiple of the cycle. */
double pattern_offset_s(const struct plan *plan, const struct junction *j);

char *pattern_print(const struct controller_pattern *p); /* one line for people and logs; owned by the caller */
