/* sumo_world.h - a running SUMO as a world: what shows and who is seen, what shall show, and one step after the other.
 *
 * A step is one message and one reply: the states that change, the step, and all that is subscribed to (sumo_world_meet has the exception).
 * SUMO quits when a state does not fit a signal, so signals are compared with the network before anything is sent. It knows nothing of who
 * decides.
 */
#pragma once

#include "daemon/sumo_view.h"
#include "daemon/traci.h"

struct sumo_world;

/* The network must outlive it. Not connected yet. */
struct sumo_world *sumo_world_new(const struct network *net, double view_m, const struct sumo_faults *faults);
void sumo_world_free(struct sumo_world *w); /* NULL is fine */
OWNED(sumo_world)

/* Greets SUMO, compares the network's signals with its own, subscribes; takes the connection. `order`: whose turn it is among several
 * clients. `shared`: there may be others; SUMO then mixes up who gets which answer when a step stands in a message with anything
 * else, so that changing lights cost a round trip of their own. */
bool sumo_world_meet(struct sumo_world *w, struct traci *connection, int32_t order, bool shared, GError **error);

/* What takes in a reply, as traci_in_read: with it a new picture begins and is complete. By itself for fuzzing. */
bool sumo_world_take(struct sumo_world *w, const uint8_t *bytes, size_t length, const struct traci_out *asked, GError **error);

/* A step of the bridge: its time, what is seen, what shows. */
void sumo_world_tell(const struct sumo_world *w, struct wire_call *step);

/* From the next step on the signal shows this; a signal that was never told anything runs its own program. False with a sentence
 * when the state does not fit it. */
bool sumo_world_show(struct sumo_world *w, uint32_t signal, const char *state, GError **error);

bool sumo_world_step(struct sumo_world *w, GError **error);

/* Says goodbye. That SUMO is gone already is no error. */
void sumo_world_close(struct sumo_world *w);

struct sumo_world_look {
	double t_s, step_s;
	uint64_t departed, arrived;  /* vehicles, since we came */
	uint64_t expected;           /* on the road, waiting to enter, or still to come */
	uint32_t standing;           /* in the picture, for at least LONG_S without a move */
	struct traci_counts traffic; /* on the connection */
};
#define SUMO_LONG_S 300.0 /* no light holds anybody for so long */
struct sumo_world_look sumo_world_look(const struct sumo_world *w);
const char *sumo_world_version(const struct sumo_world *w); /* "SUMO 1.15.0" */
