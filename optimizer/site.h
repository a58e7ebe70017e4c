/* site.h - what the optimizer must know of its junctions, worked out once from the network: who leaves which lane by which
 * signal link, where that traffic arrives next, and how long a change of stage takes.
 *
 * Read-only after layout_new. Does not know time, vehicles or lights.
 *
 * A *slot* is a signalised lane, numbered through all junctions. A *move* is one way to leave a slot. A *group* is the slots
 * of one edge, side by side: drivers may still change between them. A *stream* is the traffic of one move that arrives at one
 * group.
 */
#pragma once

#include "core/plan.h"

struct site_slot {
	uint32_t lane;  /* index into network.lanes */
	uint32_t site;
	uint32_t group;
	uint32_t first_move, n_moves; /* layout.moves[first_move ...] */
	double length_m;
	double speed_mps; /* limit */
	uint32_t *feeders; /* owned: lanes without signal that lead to it, on which cameras may list vehicles */
	uint32_t n_feeders;
};

struct site_move {
	uint32_t slot;
	uint32_t signal_link; /* letter in the signal's state */
	uint32_t to_lane;
	char dir;             /* as in struct net_link */
	uint32_t wait_lane;   /* inside the junction, with a place to wait at its end for those who give way; NET_NONE = none */
	double wait_veh;      /* that may wait there and keep nobody behind the stop line from going on */
	uint32_t exit;        /* the stream that most of its traffic takes, index into layout.streams; NET_NONE = it meets no signal */
};

struct site_group {
	uint32_t edge;
	uint32_t *slots; /* owned */
	uint32_t n_slots;
	uint32_t first_stream, n_streams; /* layout.streams[first_stream ...] arrive here */
};

struct site_stream {
	uint32_t move, group;
	double frac;     /* of the move's vehicles that come this way, from the network's shape alone */
	double length_m; /* from the stop line that they leave to the one they come to */
	double travel_s; /* at the speed limits */
	double store_veh; /* that may stand on the way, all lanes together */
};

struct site_feeder { /* the slots that a lane without signal leads to */
	uint32_t *slots; /* owned */
	uint32_t n_slots;
};

struct site {
	const struct junction *junction;
	const struct plan *plan; /* its own; may be NULL */
	uint32_t first_slot, n_slots;
	double *min_s, *max_s; /* of each stage's green */
	double *change_s;      /* n_stages * n_stages, [from * n + to] */
};

struct layout {
	const struct network *net;
	struct site *sites;
	struct site_slot *slots;
	struct site_move *moves;
	struct site_group *groups;
	struct site_stream *streams; /* ordered by group */
	uint32_t n_sites, n_slots, n_moves, n_groups, n_streams;
	uint32_t *slot_of_lane;     /* n_lanes, NET_NONE = not signalised */
	struct site_feeder *feeders; /* n_lanes */
};

/* Junctions and plans are not owned. `plans` may hold NULLs. */
struct layout *layout_new(
	const struct network *net, const struct junction *const *junctions, const struct plan *const *plans, uint32_t n);
void layout_free(struct layout *l); /* NULL is fine */
OWNED(layout)

/* How a stage lets a slot go: shares of its moves that have right of way, must give way, and see red. They add up to 1 when `share`
 * (n_moves, adding up to 1) does. */
struct site_green {
	double free_frac, yield_frac, red_frac;
};
struct site_green layout_green(const struct layout *l, uint32_t slot, uint32_t stage, const double *share);
