/* demo.h - one demo from beginning to end: a simulated town and the real daemon, each its own process, watched and judged.
 *
 * Sockets lie in a temporary folder, RTSP at a free port, so that several demos run side by side. Whatever happens, nothing that was
 * started is left behind.
 */
#pragma once

#include "daemon/config.h"
#include "sim/report.h"

enum demo_error { DEMO_ERROR_CHILD, DEMO_ERROR_LATE, DEMO_ERROR_VERDICT, DEMO_ERROR_FILE };
#define DEMO_ERROR demo_error_quark()
GQuark demo_error_quark(void);

struct demo_options {
	const char *programs; /* folder of greenwave-sim and greenwaved */
	const char *configs;  /* folder with greenwave.yaml and one .rou.xml */
	const char *out;      /* the report; logs lie beside it */
	uint64_t seed;
	double minutes;       /* of running, from when every camera delivers; 0 = until Ctrl-C */
	double begin_s, warmup_s; /* of the demand: both worlds run that long under the fixed plan before they count */
	bool page;            /* redraw a page (else a line every 10 s) */
};

struct demo_result {
	struct report_run run;
	struct report_vision vision;
	double lag_p50_s, lag_p99_s; /* picture to command */
	double count_from_s, count_to_s; /* world time that the scores are over; 0 = not known */
	double adaptive_from_s;          /* world time at which the last junction became adaptive, NaN never */
	char *programs;       /* "greenwave-sim 0.71, greenwaved 0.03": mean processor time; owned by the caller */
	bool interrupted;     /* by SIGINT or SIGTERM */
};

/* False with a sentence (or one a line) when a part did not really run; the result then holds what is known. */
bool demo_run(const struct demo_options *options, struct demo_result *result, GError **error);

/* The one .rou.xml in the folder, owned by the caller. */
char *demo_routes(const char *configs, GError **error);
