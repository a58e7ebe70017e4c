/* network.h - the roads: lanes, the links between them, and the signals that control links.
 *
 * A network is made once (by netfile.c from a SUMO .net.xml, or by a test) and is read-only afterwards, so many worlds
 * and threads may share one. Everything is an index into one of its arrays; NET_NONE says "none".
 * It does not know about time, vehicles or plans in use.
 *
 * Words are SUMO's: an edge is a street between two nodes, made of lanes (index 0 = rightmost); a link is a connection
 * from one lane over a node to another lane; a signal is a tlLogic id, a program one of its fixed plans.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

#define NET_NONE UINT32_MAX

struct net_point {
	double x_m; /* network coordinates, east */
	double y_m; /* north */
};

enum net_function {
	NET_NORMAL,
	NET_INTERNAL,    /* inside a node; id starts with ':' */
	NET_CROSSING,    /* pedestrians over the carriageway */
	NET_WALKINGAREA, /* where pedestrians wait and turn */
	NET_CONNECTOR,
};

/* What may drive on a lane, a bit each; a lane's `allow` holds them. */
enum net_vclass {
	NET_PASSENGER = 1 << 0,
	NET_BUS = 1 << 1,
	NET_TRUCK = 1 << 2,
	NET_EMERGENCY = 1 << 3,
	NET_MOTORCYCLE = 1 << 4,
	NET_BICYCLE = 1 << 5,
	NET_PEDESTRIAN = 1 << 6,
	NET_DELIVERY = 1 << 7,
	NET_TAXI = 1 << 8,
	NET_PRIVATE = 1 << 9,
	NET_AUTHORITY = 1 << 10,
	NET_ARMY = 1 << 11,
	NET_VIP = 1 << 12,
	NET_HOV = 1 << 13,
	NET_COACH = 1 << 14,
	NET_TRAILER = 1 << 15,
	NET_MOPED = 1 << 16,
	NET_EVEHICLE = 1 << 17,
	NET_TRAM = 1 << 18,
	NET_RAIL = 1 << 19, /* trains of every kind */
	NET_SHIP = 1 << 20,
	NET_CUSTOM1 = 1 << 21,
	NET_CUSTOM2 = 1 << 22,
	NET_OTHER = 1 << 23, /* every class not named above */
	NET_ALL = (1 << 24) - 1,
};

struct net_lane {
	char *id;
	uint32_t edge;
	uint32_t index;        /* 0 = rightmost on its edge */
	double length_m;       /* > 0; SUMO's `length`, which may differ from that of the shape */
	double speed_mps;      /* limit, > 0 */
	double width_m;        /* SUMO's default 3.2 where the file is silent */
	uint32_t allow;        /* enum net_vclass bits */
	struct net_point *shape; /* centre line in driving direction, n_shape >= 2 */
	uint32_t n_shape;
	uint32_t first_link, n_links; /* links that leave this lane: network.links[first_link ...] */
};

struct net_edge {
	char *id;
	enum net_function function;
	uint32_t from, to;     /* nodes; an internal edge has its own node in both */
	uint32_t first_lane, n_lanes;
	int32_t priority;
	char **crossing_edges; /* NET_CROSSING: ids of the edges it crosses, NULL-terminated; else NULL */
};

struct net_link {
	uint32_t from_lane, to_lane;
	uint32_t via;        /* next internal lane, or NET_NONE where the link ends on to_lane at once (a link that leaves the last
	                        internal lane, or a net without them); a turn that waits inside the node has two in a row */
	uint32_t node;       /* the node it crosses */
	uint32_t request;    /* its row in that node's request matrix, or NET_NONE */
	uint32_t signal;     /* index into signals, or NET_NONE */
	uint32_t signal_link; /* letter in the signal's state string, or NET_NONE */
	uint32_t allow;      /* who may take it: enum net_vclass bits, those of to_lane and of the connection itself */
	char dir;            /* SUMO: s straight, l left, r right, L/R partly left/right, t turn (SUMO's T, too), i invalid */
	char state;          /* SUMO's state letter in the file: M m = - o O ... */
};

/* One row of a node's <request>: bit k of `response` = "yields to k", of `foes` = "crosses or merges with k". */
struct net_request {
	uint64_t *response, *foes; /* bitsets of n_requests bits, 64 a word */
	bool cont;                 /* may wait inside the node */
};

struct net_node { /* SUMO calls it junction; ours is a signalised one, see junction.h */
	char *id;
	char *type; /* traffic_light, priority, right_before_left, allway_stop, dead_end ... as in the file */
	struct net_point at;
	struct net_point *shape;
	uint32_t n_shape;
	uint32_t *incoming; /* lanes, owned */
	uint32_t n_incoming;
	uint32_t *inner;    /* type internal, a place to wait inside: the internal lanes of those that it gives way to; owned */
	uint32_t n_inner;
	struct net_request *requests; /* row = SUMO's request index */
	uint32_t n_requests;
};

struct net_phase {
	double duration_s;
	double min_s, max_s; /* SUMO's minDur/maxDur, NaN where the file is silent */
	char *state;         /* one letter a signal link */
	uint32_t *next;      /* phases that may follow, owned; n_next 0: the one after it in the list */
	uint32_t n_next;
};

/* What an actuated program goes by; SUMO's defaults where the file is silent. */
struct net_actuation {
	double max_gap_s;      /* longest time gap that keeps a green on, 3 */
	double detector_gap_s; /* the detector stands so many seconds before the stop line, 2 */
	double passing_time_s; /* headway assumed for vehicles between detector and stop line, 1.9 */
};

struct net_program {
	char *id;
	char *type;      /* static, actuated, delay_based ... as in the file */
	struct net_actuation actuation;
	double offset_s; /* the cycle starts at t = offset, as SUMO means it */
	struct net_phase *phases;
	uint32_t n_phases;
};

struct net_switch { /* from at_s on another program is in force */
	double at_s;
	char *program; /* one that the signal has, owned */
};

struct net_signal {
	char *id;
	uint32_t n_links; /* letters in each state string */
	struct net_program *programs; /* at least one; the first is the one that SUMO runs by default: the last one in the net file */
	uint32_t n_programs;
	struct net_switch *switches; /* the time table, by time: those that come after the first program; none: it stays */
	uint32_t n_switches;
};

struct network {
	struct net_edge *edges;
	struct net_lane *lanes;
	struct net_link *links;
	struct net_node *nodes;
	struct net_signal *signals;
	uint32_t n_edges, n_lanes, n_links, n_nodes, n_signals;
	struct net_point min, max; /* bounding box of all lane shapes */
	GHashTable *edge_by_id, *lane_by_id, *node_by_id, *signal_by_id; /* char* -> index + 1 */
};

void net_program_finish(struct net_program *program); /* frees what it holds */
bool net_program_is_actuated(const struct net_program *program); /* its greens last as long as traffic comes */
/* Puts the program in force (first in the list). False: the signal has no program of that id. Before anybody looks at the network. */
bool net_signal_choose(struct net_signal *signal, const char *program);
/* Its program of that id, NULL: it has none. */
const struct net_program *net_signal_program(const struct net_signal *signal, const char *program);
void net_signal_forget_switches(struct net_signal *signal); /* the program in force stays */
void network_free(struct network *net); /* NULL is fine */
OWNED(network)

/* Index of an id, or NET_NONE. */
uint32_t network_edge(const struct network *net, const char *id);
uint32_t network_lane(const struct network *net, const char *id);
uint32_t network_node(const struct network *net, const char *id);
uint32_t network_signal(const struct network *net, const char *id);

/* Is bit k set in row i of the node's foes (response)? */
bool network_foes(const struct net_node *node, uint32_t i, uint32_t k);
bool network_yields(const struct net_node *node, uint32_t i, uint32_t k);

/* The lane from which traffic flows into `lane`'s beginning when there is just one (a short turn lane behind a long
 * one), else NET_NONE. Skips internal lanes. */
uint32_t network_upstream(const struct network *net, uint32_t lane);

/* The internal lanes that lie behind a signal, by lane: the link over whose stop line one gets there (index into links), or NET_NONE. To be
 * freed with g_free. */
uint32_t *network_insides(const struct network *net);

/* Point on the lane's centre line `pos_m` from its beginning (clamped to the ends, scaled where length and shape differ);
 * heading in radians, east = 0, counter-clockwise, if `heading` is not NULL. */
struct net_point network_point(const struct net_lane *lane, double pos_m, double *heading_rad);
