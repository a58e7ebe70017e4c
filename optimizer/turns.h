/* turns.h - the demand of a network of signals as counts: how many vehicles an hour take each signalised turn, and from which turn before
 * they come.
 *
 * A *turn* is from one edge over a signal to another edge; its *lanes* are those that it may be made from, with the signal letter of each.
 * A *leg* is the traffic that goes from one turn to the next, or enters the network before its first. Made once, from routes or from
 * counts, then read-only. Does not know time of day or lights.
 */
#pragma once

#include "optimizer/site.h"

#define TURNS_WINDOW_S 300.0

struct turn_lane {
	uint32_t turn, slot;   /* layout.slots */
	uint32_t signal_link;  /* letter in the signal's state */
	double share;          /* of the turn's vehicles that make it from here: worked out so that lanes are used evenly; they add up to 1 */
};

struct turn {
	uint32_t from_edge, to_edge;
	uint32_t site;
	double flow_vph;
	double burst;          /* arrivals' variance / mean, as delay feels it: 1 = by chance (Poisson), which it is unless turns_set_burst says more */
	uint32_t first_lane, n_lanes; /* turns.lanes[first_lane ...] */
};

struct turn_leg {
	uint32_t from, to;     /* turns; from NET_NONE: entered since */
	double flow_vph;
	double length_m;       /* from stop line to stop line */
	double travel_s;       /* at the speed limits */
};

struct turns {
	const struct layout *layout; /* not owned */
	struct turn *turns;
	struct turn_lane *lanes;
	struct turn_leg *legs;       /* by `to`, then `from` */
	uint32_t n_turns, n_lanes, n_legs;
	GHashTable *by_edges;
};

/* All signalised turns of the layout, no traffic. */
struct turns *turns_new(const struct layout *l);
void turns_free(struct turns *t); /* NULL is fine */
OWNED(turns)

uint32_t turns_find(const struct turns *t, uint32_t from_edge, uint32_t to_edge); /* or NET_NONE */

/* So many vehicles an hour drive these edges. */
void turns_add_route(struct turns *t, const uint32_t *edges, uint32_t n_edges, double flow_vph);

/* A count instead: so many make the turn. After all counts turns_link_counts says who comes from where: from each turn on at the rates of
 * the turns that lead on, what is not explained so enters there. `through` (n_edges * n_edges is too many: a function) gives the share of an
 * edge's traffic that goes on to another where no signal is; NULL: in equal parts. */
void turns_count(struct turns *t, uint32_t turn, double flow_vph);
typedef double (*turns_through)(void *user, uint32_t from_edge, uint32_t to_edge);
void turns_link_counts(struct turns *t, turns_through through, void *user);

/* Its counts in windows of TURNS_WINDOW_S, one after the other. Their variance / mean is of slow swings, too, in which queues find their
 * level again: `burst` is its root. Nothing less than 1 is believed. */
void turns_set_burst(struct turns *t, uint32_t turn, const double *counts, uint32_t n);

/* When all traffic is there: shares of lanes, so that those side by side are equally busy (headways being equal, `yield_weight` for letters
 * that give way in every stage). */
void turns_share_lanes(struct turns *t, double yield_weight);
