/* roadnet_way.h - the shortest way between two roads of a roadnet, as CityFlow's router fills gaps in routes.
 *
 * Knows lengths and road links, no lights and no traffic.
 */
#pragma once

#include "daemon/roadnet.h"

struct roadnet_ways;

struct roadnet_ways *roadnet_ways_new(const struct roadnet *r); /* `r` must outlive it */
void roadnet_ways_free(struct roadnet_ways *w);                 /* NULL is fine */
OWNED(roadnet_ways)

/* Does a lane link lead from road `a` to road `b`? */
bool roadnet_ways_joined(const struct roadnet_ways *w, uint32_t a, uint32_t b);

/* Appends the roads (uint32_t) after `from` up to and with `to`. False: there is no way. */
bool roadnet_ways_find(struct roadnet_ways *w, uint32_t from, uint32_t to, GArray *way);
