/* cabinet_timing.h - what a cabinet said of its own timing, kept, and what follows from it: barriers, least splits, who may be green with whom.
 *
 * Pure. Knows one cabinet, no plan and no time.
 */
#pragma once

#include "daemon/controller.h"

/* A copy that lasts. */
struct controller_timing *controller_timing_copy(const struct controller_timing *t);
void controller_timing_free(struct controller_timing *t); /* NULL is fine */
OWNED(controller_timing)

/* Is what it says possible? Numbers in range and once, times not negative, rings of phases that exist, each in one ring, phases
 * between two barriers side by side; what may be green together does not cross by the map. Else false and a sentence. */
bool cabinet_timing_check(const struct controller_timing *t, const struct cabinet_map *map, GError **error);

const struct controller_phase *cabinet_timing_phase(const struct controller_timing *t, uint32_t number); /* NULL: none, or not enabled */

/* May both be green at once, by the cabinet's own data and by the map (NULL: by its own alone)? */
bool cabinet_timing_together(const struct controller_timing *t, const struct cabinet_map *map, uint32_t a, uint32_t b);

/* Clearance behind its green: amber and red clearance. 0 where the cabinet does not tell. s */
double cabinet_timing_clear_s(const struct controller_phase *p);
/* The shortest green: minimum green, or walk and pedestrian clearance where it has a walk. 0 where the cabinet does not tell. s */
double cabinet_timing_least_s(const struct controller_phase *p);

/* Barriers: phases that are not split by one are a group. Fills `group` (n_phases) with numbers from 0 in the order of the rings, UINT32_MAX
 * for phases in no ring; returns how many there are. */
uint32_t cabinet_timing_groups(const struct controller_timing *t, uint32_t *group);

/* The junction's limits where the cabinet's are stricter: minimum green, walk, amber and clearances of the links that hang on its phases
 * are raised, never lowered. True: something was. The junction is the map's, handed in as one that may be changed. */
bool cabinet_timing_tighten(const struct controller_timing *t, const struct cabinet_map *map, struct junction *j);
