/* lockstep.h - a world and the daemon's brain stepped together: what every evaluation without sockets does.
 *
 * Each step: the pilot is told what perfect cameras see, decides, the guards say what shows, the world makes a step. The only
 * way to a light is the pilot's guard, here as on the street. No clock: the world's time is the time.
 */
#pragma once

#include "daemon/pilot.h"
#include "sim/world.h"

struct lockstep_options {
	const char *method; /* of the optimizer: "fixed" (the network's own plans), "adaptive" ... */
	double view_m;      /* how far up the road the cameras see; (0, 1000] */
	struct world_options world;
	const struct junction_limits *limits; /* one for each signal of the network. NULL: the defaults; "fixed" and "actuated" then run the
	                                         programs as they are (junction_limits_of) */
	double warmup_s;    /* so long every signal is on its own plan before scores begin; 0 = they begin at once */
	bool emergency;     /* each vehicle of the class `emergency` gets a corridor, its place told every step as its own receiver would */
	double late_s;      /* and so long after that the method takes over what shows */
};

struct lockstep_options lockstep_options_default(void); /* fixed, 100 m, the world's defaults */

struct lockstep;
/* Network and routes are shared, not owned. NULL with a sentence when a signal of the network cannot be guarded. A network
 * without any signals runs too. */
struct lockstep *lockstep_new(const struct network *net, const struct routes *routes, const struct lockstep_options *options, GError **error);
void lockstep_free(struct lockstep *l); /* NULL is fine */
OWNED(lockstep)

void lockstep_step(struct lockstep *l);
struct world *lockstep_world(struct lockstep *l);
const struct pilot *lockstep_pilot(const struct lockstep *l); /* NULL: a network without signals */
