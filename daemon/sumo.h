/* sumo.h - greenwaved --sumo: the brain in lockstep with a real SUMO, over its remote control.
 *
 * SUMO owns the clock. FILE.sumocfg: SUMO is started here, runs that scenario, is scored and ended. HOST:PORT: a SUMO that somebody
 * else has started. The same brain as behind the bridge decides (bridge.h); method "native" decides nothing and only watches.
 */
#pragma once

#include <signal.h>

#include "daemon/sumo_view.h"

struct sumo_options {
	char *target;              /* FILE.sumocfg or HOST:PORT */
	char *network;             /* with HOST:PORT; else the scenario's */
	char *config;              /* greenwave.yaml; NULL: every default */
	char *method;              /* NULL: the configuration's */
	double begin_s, end_s;     /* NaN: the scenario's; without any end: until nobody is expected any more */
	double view_m;             /* NaN: the configuration's */
	int64_t seed;              /* -1: the scenario's */
	double teleport_s;         /* -1: nobody is moved elsewhere */
	struct sumo_faults faults; /* its seed is that of SUMO */
	char *tripinfo;            /* NULL: not kept */
	char *program;             /* NULL: "sumo" */
	int32_t order;             /* with HOST:PORT and several clients */
	char **more;               /* further arguments for SUMO; NULL: none */
};

/* Runs to the end and prints the score on stdout. False with a sentence. `stop` ends it early, as an error. */
bool sumo_run(const struct sumo_options *options, const volatile sig_atomic_t *stop, GError **error);
