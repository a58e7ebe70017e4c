/* service.h - the daemon live: real time, real sockets, real cameras' workers, real cabinets.
 *
 * Ticks once a second, tick_phase_s after each full UTC second. SIGHUP reads the configuration again or keeps the old one;
 * SIGTERM and SIGINT hand every junction back to its own plan, end the workers and return.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct service_options {
	const char *config; /* greenwave.yaml */
	const char *vision; /* the camera workers' program */
};

/* Runs until it is told to end. False with a sentence when it could not begin. */
bool service_run(const struct service_options *options, GError **error);
