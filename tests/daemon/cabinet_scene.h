/* cabinet_scene.h - the junction of configs/junction with the eight phases that an American cabinet would have there, for tests.
 *
 * Ring 1: 1 2 | 3 4, ring 2: 5 6 | 7 8. 2 and 6 are the approaches from the east and the west with their left turns giving way, 5 and 1 those left
 * turns protected; 4 and 8 from the north and the south, 3 and 7 their left turns.
 */
#pragma once

#include "core/plan.h"
#include "daemon/cabinet_timing.h"

struct cabinet_scene {
	struct network *net;
	struct junction *junction;
	struct plan *plan; /* its own */
	struct cabinet_map *map;
	struct controller_phase phases[8];
	struct controller_timing timing;
};

void cabinet_scene_begin(struct cabinet_scene *s);
void cabinet_scene_end(struct cabinet_scene *s);

/* The same entry in YAML, without driver and address. */
extern const char cabinet_scene_phases[];
