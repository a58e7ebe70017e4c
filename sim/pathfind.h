/* pathfind.h - the fastest way through an empty network for a class of vehicles.
 *
 * Travel time at the speed limit over edges and the node between them, with SUMO's 1.5 s for each minor link
 * (its default weights.minor-penalty). Knows no traffic and no turning costs beyond that. Dijkstra 1959.
 */
#pragma once

#include "core/network.h"

struct pathfind; /* workspace */
struct pathfind *pathfind_new(const struct network *net);
void pathfind_free(struct pathfind *p); /* NULL is fine */
OWNED(pathfind)

/* Appends the edges after `from` up to and with `to` to `edges` (uint32_t). False: there is no way. */
bool pathfind_append(struct pathfind *p, uint32_t from, uint32_t to, uint32_t vclass, double max_speed_mps, GArray *edges);

/* May a vehicle of the class go from edge `from` straight on to edge `to`? */
bool pathfind_connected(const struct network *net, uint32_t from, uint32_t to, uint32_t vclass);
