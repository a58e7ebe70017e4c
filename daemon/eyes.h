/* eyes.h - what perfect cameras would see of a lane of our simulator.
 *
 * One definition for all who look at it: methods in lockstep and the bridge's client. Distances run along the road to the signal (feeders.h).
 */
#pragma once

#include "daemon/feeders.h"
#include "sim/world.h"

#define EYES_MOST 500 /* vehicles on a lane */

/* Vehicles on the lane that are within the view, nearest first: how many. None on a lane that leads to no signal within it. */
uint32_t eyes_look(const struct world *w, const struct feeders *feeders, uint32_t lane, double view_m, struct seen_vehicle seen[EYES_MOST]);
