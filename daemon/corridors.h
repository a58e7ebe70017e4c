/* corridors.h - the corridors that are open in one city: who begins and ends them, what they ask of a junction together, and what
 * is told about them.
 *
 * Part of the pilot. A corridor changes nothing but what a junction's guard is asked for. It ends when its vehicle is over the last stop
 * line, when somebody ends it, or when nothing has been heard of it for CORRIDORS_FORGET_S; a vehicle whose place is too old or off its way
 * keeps nothing until it is heard again.
 */
#pragma once

#include "optimizer/corridor.h"

#define CORRIDORS_MAX 64          /* at the same time */
#define CORRIDORS_FORGET_S 300.0

struct corridors;

typedef void (*corridors_on_alert)(void *user, const char *kind, const char *where, bool active, const char *sentence);

struct corridors *corridors_new(const struct network *net, const struct corridor_options *options, corridors_on_alert on_alert, void *user);
void corridors_free(struct corridors *cs); /* NULL is fine */
OWNED(corridors)

/* Edges of the network; where two are not joined, the fastest way between them is taken. An id that is open already gets the new way.
 * False with a sentence. */
bool corridors_begin(struct corridors *cs, const char *id, const uint32_t *edges, uint32_t n_edges, uint32_t priority, double now_s, GError **error);

struct corridors_place { /* where a vehicle is: on a lane, or at a point */
	uint32_t lane;       /* NET_NONE: `at` says it */
	double pos_m;        /* from the lane's beginning */
	struct net_point at; /* network coordinates */
	double speed_mps;    /* NaN: not told */
};
/* Where its vehicle was at t_s. False: there is no such corridor. One that has left its way is led on to the same end from where it is, if
 * its lane says where that is. */
bool corridors_seen(struct corridors *cs, const char *id, const struct corridors_place *place, double t_s, GError **error);

bool corridors_end(struct corridors *cs, const char *id, const char *why, GError **error);

/* Opens those of another city again where this one has their edges: the configuration was read anew. */
void corridors_follow(struct corridors *cs, const struct corridors *old, double now_s);

uint32_t corridors_n(const struct corridors *cs);
const struct corridor *corridors_get(const struct corridors *cs, uint32_t k); /* those that go before others come first */
const struct corridor *corridors_find(const struct corridors *cs, const char *id); /* NULL: none */

/* Works all of them out; once a tick, before corridors_ask. */
void corridors_plan(struct corridors *cs, const struct corridor_street *street, double now_s);

/* The clock jumped: where they were says nothing any more. */
void corridors_jumped(struct corridors *cs, double now_s);

struct corridors_asked {
	struct corridor_asked asked;
	const struct corridor *by; /* whose need made it, NULL: nobody needs this junction now. Valid until the next call */
	double arrive_s;           /* when that vehicle comes */
	const struct corridor_need *need; /* the nearest one of who goes before, for corridor_shut. NULL: none. Valid until the next call */
};
/* What signal `signal` must be asked for instead of `wish`. */
struct corridors_asked corridors_ask(struct corridors *cs, uint32_t signal, const struct junction *j, const struct guard *g, uint32_t wish,
	double now_s);
