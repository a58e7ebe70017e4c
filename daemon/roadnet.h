/* roadnet.h - CityFlow's roadnet.json as it is read: roads with lanes, intersections with road links, lane links and light phases.
 *
 * Lane 0 is the one next to the centre line, lanes lie to the right of the road's points (CityFlow, docs/source/roadnet.rst). It knows
 * nothing of SUMO: roadnet_net.c makes a network of it. Everything is checked where it is read: references are indices, ranges hold.
 */
#pragma once

#include "core/network.h"

#define ROADNET_LANES_MAX 32      /* of one road */
#define ROADNET_PATHS_MAX 256     /* lane links of one intersection: SUMO's matrices end there */

/* CityFlow's kinds of road links; where paths cross, the larger one goes first (roadnet.h, RoadLinkType). */
enum roadnet_turn { TURN_OTHER, TURN_RIGHT, TURN_LEFT, TURN_STRAIGHT };

struct roadnet_lane {
	double width_m;   /* 0.1..100 */
	double speed_mps; /* 0.1..200 */
};

struct roadnet_road {
	char *id;
	uint32_t from, to;        /* intersections */
	struct net_point *points; /* from centre to centre; at least two, no two in a row the same */
	uint32_t n_points;
	struct roadnet_lane *lanes;
	uint32_t n_lanes;
};

struct roadnet_path { /* a lane link */
	uint32_t from_lane, to_lane; /* CityFlow's indices on the link's roads */
	struct net_point *points;    /* none where the file has none */
	uint32_t n_points;
};

struct roadnet_link { /* a road link */
	enum roadnet_turn turn;
	uint32_t from, to; /* roads that end and begin at the intersection */
	struct roadnet_path *paths;
	uint32_t n_paths;
};

struct roadnet_phase {
	double time_s; /* 0.1..1e5 */
	bool *green;   /* of each road link */
};

struct roadnet_node { /* an intersection */
	char *id;
	struct net_point at;
	bool border;    /* CityFlow's `virtual`: no links, no lights, roads reach its centre */
	double width_m; /* roads stop so far from its centre */
	struct roadnet_link *links;
	uint32_t n_links;
	struct roadnet_phase *phases;
	uint32_t n_phases; /* 0: no lights */
};

struct roadnet {
	struct roadnet_road *roads;
	struct roadnet_node *nodes;
	uint32_t n_roads, n_nodes;
	GHashTable *road_by_id, *node_by_id; /* char * -> index + 1 */
};

/* NULL with a sentence that names file, path in the JSON, value and range. What is passed over is counted in `notes`
 * (char *, one sentence a kind). */
struct roadnet *roadnet_read(const char *path, GPtrArray *notes, GError **error);
struct roadnet *roadnet_parse(const char *text, gsize length, const char *name, GPtrArray *notes, GError **error);
void roadnet_free(struct roadnet *r); /* NULL is fine */
OWNED(roadnet)

uint32_t roadnet_road(const struct roadnet *r, const char *id); /* NET_NONE: there is none */

/* SUMO splits lists of ids at blanks, and ':' begins what is inside a junction. */
bool roadnet_id_fits(const char *id);
