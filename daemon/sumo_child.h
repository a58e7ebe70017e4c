/* sumo_child.h - a SUMO that we start ourselves, and the connection to it.
 *
 * It listens on a free loopback port, hears us alone, and ends with us. What it says on stderr is kept, so that its end can be
 * explained.
 */
#pragma once

#include "daemon/traci.h"

struct sumo_launch {
	const char *program;     /* "sumo", "sumo-gui", or a path */
	const char *scenario;    /* .sumocfg */
	const char *tripinfo;    /* where it writes its trips; NULL: a file of ours, see sumo_child_tripinfo */
	int64_t seed;            /* -1: what the scenario says */
	double begin_s, end_s;   /* NaN: what the scenario says */
	double teleport_s;       /* vehicles that stand so long are moved elsewhere; -1: never */
	const char *const *more; /* further arguments; NULL: none */
};

struct sumo_child;
/* NULL with a sentence when it cannot be started or ends at once. Waits until it listens, for at most start_s. */
struct sumo_child *sumo_child_new(const struct sumo_launch *launch, double start_s, const volatile sig_atomic_t *stop, GError **error);
void sumo_child_free(struct sumo_child *c); /* NULL is fine; ends what still runs */
OWNED(sumo_child)

/* Its connection, with this patience; once. */
struct traci *sumo_child_connection(struct sumo_child *c);

/* Waits for its end, for at most wait_s. True: it ended well. */
bool sumo_child_wait(struct sumo_child *c, double wait_s);

/* Adds to a failed call's sentence what became of SUMO and what it said last. */
void sumo_child_explain(struct sumo_child *c, GError **error);

const char *sumo_child_tripinfo(const struct sumo_child *c); /* a path */
