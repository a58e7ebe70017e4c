/* sim_street.h - what the simulator's tests share: a network from a file or from text, its signals run through guards, and traffic. */
#pragma once

#include "core/guard.h"
#include "core/netfile.h"
#include "core/plan.h"
#include "sim/world.h"

struct sim_street {
	struct network *net;
	struct junction **junctions; /* per signal */
	struct guard **guards;
	struct plan **plans;
};

struct sim_street *sim_street_new(const char *path); /* aborts the test when it cannot be read */
void sim_street_free(struct sim_street *s);
OWNED(sim_street)

/* Shows what the guards say for the signals' own programs, or for `stage` of each signal if not NULL. */
void sim_street_show(struct sim_street *s, struct world *w, const uint32_t *stage);

/* `n` trips between random edges with departures over `span_s`, as the text of a .rou.xml. */
char *sim_street_trips(const struct sim_street *s, uint32_t n, double span_s, uint64_t seed);

/* Goes over the world with words of its own: order on the lanes, room between vehicles, speeds, the books. */
void sim_street_check(const struct world *w);
