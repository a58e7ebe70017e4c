/* spotted.h - the vehicles on one lane, from what a network found on it, picture after picture: what traffic.c does for what covers the road.
 *
 * The same tracks, so that everything after them (measure.c, incident.c, plates) is the same. It learns no road: what the network calls a vehicle is one,
 * and one that it loses from sight behind a larger one is kept while it can be hidden there.
 */
#pragma once

#include "vision/spots.h"
#include "vision/traffic.h"

/* Time goes on, and nobody looked. `t_s` never goes back. */
void spotted_wait(struct traffic *tr, double t_s);
/* The network looked: of `spots` those on lane `lane` are there. */
void spotted_step(struct traffic *tr, const struct spot *spots, uint32_t n, uint32_t lane, double t_s);
