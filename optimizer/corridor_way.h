/* corridor_way.h - the way of one vehicle through the network: its edges, the stop lines on it, and where on it somebody is.
 *
 * Read-only once made. Knows the network and its signals; does not know time, vehicles or lights. Places are metres along the way from
 * the beginning of its first edge, the insides of nodes included.
 */
#pragma once

#include "core/network.h"

struct way_exit { /* one way over the stop line: a lane and its letter */
	uint32_t lane;
	uint32_t signal_link;
};

struct way_stop {
	uint32_t signal; /* index into network.signals */
	uint32_t edge;   /* of the way: the one that ends at the stop line */
	double at_m;     /* the stop line */
	double free_s;   /* from the beginning of the way at the speed limits */
	struct way_exit *exits; /* owned; one at least */
	uint32_t n_exits;
};

struct corridor_way {
	const struct network *net; /* not owned */
	uint32_t *edges;  /* owned, in driving order */
	double *at_m;     /* where each begins */
	double *free_s;   /* and when, at the speed limits, from the beginning of the way */
	uint32_t n_edges;
	double length_m, total_s;
	struct way_stop *stops; /* owned, in driving order */
	uint32_t n_stops;
};

enum corridor_error { CORRIDOR_ERROR_WAY, CORRIDOR_ERROR_PLACE, CORRIDOR_ERROR_NAME };
#define CORRIDOR_ERROR corridor_error_quark()
GQuark corridor_error_quark(void);

/* The way over the given edges; where two are not joined, the fastest way between them (Dijkstra 1959, at the speed limits) for a vehicle
 * of the class `allow` (one enum net_vclass bit). NULL with a sentence when there is none. */
struct corridor_way *corridor_way_new(const struct network *net, const uint32_t *edges, uint32_t n_edges, uint32_t allow, GError **error);
void corridor_way_free(struct corridor_way *w); /* NULL is fine */
OWNED(corridor_way)

/* Where on the way is the place `pos_m` on `lane` (also inside a node)? Looked for from edge number `from` of the way on. NAN: not there. */
double corridor_way_find(const struct corridor_way *w, uint32_t from, uint32_t lane, double pos_m);

/* The same for a point in the network's coordinates: the nearest place at most `within_m` away. */
double corridor_way_near(const struct corridor_way *w, uint32_t from, struct net_point at, double within_m);

/* Time at the speed limits from one place to a later one, s. */
double corridor_way_free_s(const struct corridor_way *w, double from_m, double to_m);

/* The number of the edge that place is on or, inside a node, has left; the limit there. */
uint32_t corridor_way_edge(const struct corridor_way *w, double at_m);
double corridor_way_limit_mps(const struct corridor_way *w, double at_m);
