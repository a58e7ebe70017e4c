/* sumo_faults.h - what cameras get wrong, on purpose: which of them are dead, whom they overlook or see twice.
 *
 * The same for the same seed, whatever else happens: a vehicle has its luck for as long as it is there, a camera for the whole run.
 */
#pragma once

#include "daemon/feeders.h"

struct sumo_faults {   /* all 0: everything is seen at once */
	double dead_frac;  /* of the approaches (edges that lead to a signal) have no picture, those that feed only them neither; 0..1 */
	double noise_frac; /* of the vehicles: half of them are never seen, half are seen and counted twice; 0..1 */
	double late_s;     /* pictures come so late, with their true time; 0..60 */
	uint64_t seed;     /* who and where */
};

/* False with a sentence when a value is out of its range. */
bool sumo_faults_check(const struct sumo_faults *f, GError **error);

/* Which lanes have no picture: one for each lane of the network, owned by the caller. */
bool *sumo_faults_dead(const struct sumo_faults *f, const struct network *net, const struct feeders *feeders);

/* How often a vehicle is seen: 0, 1 or 2. */
uint32_t sumo_faults_times(const struct sumo_faults *f, uint32_t vehicle);
