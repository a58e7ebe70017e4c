/* roads.h - what a world works out once about a network: paths over nodes, where they conflict, and the lanes that lead on
 * along each route. Read-only afterwards and shared by all copies of a world.
 *
 * A *path* is a link's way over its node: one internal lane, or two with a place to wait between them (an internal junction).
 * Positions along a path are in m from its beginning. A *zone* is the part of a path where a vehicle is in a foe's way.
 */
#pragma once

#include "sim/pages.h"
#include "sim/routes.h"

enum conflict_kind {
	CONFLICT_CROSS,
	CONFLICT_MERGE,  /* into the same lane */
	CONFLICT_PART,   /* out of the same lane: the tail of one that turned off still stands there */
	CONFLICT_DISTANT, /* the file calls them foes, their paths do not touch: yielding only */
};

struct conflict {
	uint32_t foe;           /* a link of the same node */
	enum conflict_kind kind;
	bool yields;            /* this link gives way to the foe when both may go (response matrix) */
	bool foe_yields;
	uint8_t section;        /* of the path in which the zone begins: 0 before the waiting place, 1 after it */
	uint8_t foe_section;
	uint8_t foe_bit;        /* road_link.bit of the foe */
	float enter_m, leave_m; /* my zone along my path */
	float foe_enter_m, foe_leave_m;
};

struct road_link {
	uint64_t foes;       /* bit foe_bit of each conflict: 64 links of a node have bits of their own, more of them share some */
	uint32_t node;
	uint8_t bit;
	uint32_t first_lane; /* the first lane on its way: internal, or the street it leads to */
	uint32_t to_lane;
	uint32_t from_lanes; /* as many lanes has the edge it leaves */
	uint32_t first_conflict, n_conflicts; /* into roads.conflicts */
	uint32_t via[2];    /* internal lanes in order, NET_NONE */
	float path_m;       /* length over the node, 0 without internal lanes */
	float wait_m;       /* where the waiting place is, = path_m if there is none */
	bool yields;        /* to anybody at all */
	bool crossed;       /* touches another path: worth keeping clear */
	bool unruled;       /* its node has no rules: before a merge who comes first goes first */
	bool short_exit;    /* the lane it leads to is so short that whoever comes here matters at its end too */
};

struct road_lane { /* one cache line */
	double length_m, speed_mps;
	uint16_t index, n_lanes; /* on its edge, of its edge */
	uint32_t link;      /* internal lanes: the link whose path it is part of, else NET_NONE */
	uint32_t next;      /* internal lanes: the lane after it */
	float base_m;       /* internal lanes: where it begins along the path */
	uint32_t signal;    /* the signal at its end, or the one that the only lane after it leads to; NET_NONE */
	float sight_m;      /* nobody needs to look beyond its end from further away than this */
	uint8_t section;
	bool stop_line;     /* the signal is at its own end */
	bool uneven;        /* the lanes of its edge have different limits */
	uint32_t edge;
	uint32_t place;     /* in roads.order */
	uint32_t first_in, n_in; /* links that lead onto it: roads.in_links[first_in ...] */
	uint32_t behind;    /* the lane that leads only to this one, over an unsignalised node; NET_NONE */
} __attribute__((aligned(LINE_BYTES)));
_Static_assert(sizeof(struct road_lane) == LINE_BYTES, "a lane is one cache line");

/* For one route and one class of vehicles, for each lane of each of its edges. */
struct guide_lane {
	uint32_t link;   /* the link that goes on along the route, or NET_NONE: a dead end for this route (or its last edge) */
	float reach_m;   /* how far it goes from the lane's beginning without changing lanes */
	int8_t offset;   /* lanes to change until the lane that reaches furthest: > 0 to the left */
	bool allowed;
	bool last;       /* the route ends on this edge */
};

struct guide {
	uint32_t route, vclass;
	uint32_t at;     /* of the route's first edge in roads.at; the next edge's follow upon its lanes */
};

struct roads {
	gint users;
	const struct network *net;
	const struct routes *routes;
	struct road_link *links;
	struct road_lane *lanes;
	uint32_t *in_links;
	struct conflict *conflicts;
	uint32_t n_conflicts;
	uint32_t *order;    /* lanes in the order in which they are worked on: node by node, the ways in and over it together; the lanes of
	                       an edge in one run that no multiple of 64 cuts; NET_NONE in the gaps */
	uint32_t n_order;   /* a multiple of 64 */
	bool only_streets;  /* some link leads from street to street without an internal lane */
	struct guide_lane *at; /* of all guides; read with struct guide.at */
	struct guide *guides;
	uint32_t n_guides;
	uint32_t *guide_of; /* per departure */
	uint32_t *next_on_edge; /* per departure: the next one from the same edge, or NET_NONE */
};

struct roads *roads_new(const struct network *net, const struct routes *routes);
struct roads *roads_share(struct roads *r);
void roads_free(struct roads *r); /* gives up one share; NULL is fine */
OWNED(roads)

/* guides.c */
void guides_make(struct roads *r);
/* crossings.c */
void crossings_make(struct roads *r);
