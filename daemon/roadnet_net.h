/* roadnet_net.h - a network out of CityFlow's roads: SUMO's words for the same streets, paths, rights of way and lights.
 *
 * Lanes are as long as CityFlow drives them and paths over an intersection keep their shapes. CityFlow has no amber: what cannot stop
 * when its light goes off drives on. In a network a light must say so, and each phase that takes somebody's green away begins with it.
 */
#pragma once

#include "daemon/roadnet.h"

#define ROADNET_AMBER_S 3.0

/* `amber_s`: 0 (none) or 2..10 s at the beginning of a phase, out of that phase's time, for the links whose green it ends; those that
 * it gives green wait for it. NULL with a sentence. What is passed over is counted in `notes`. */
struct network *roadnet_network(const struct roadnet *r, const char *name, double amber_s, GPtrArray *notes, GError **error);

/* Mean length of the road's lanes between its intersections, m. */
double roadnet_length_m(const struct roadnet *r, uint32_t road);
