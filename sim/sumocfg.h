/* sumocfg.h - a SUMO configuration (.sumocfg): which files make a scenario, and when it begins and ends.
 *
 * Reads the options that say what is simulated; those that only say what is printed or shown are passed over, all others are
 * named in `notes`, since in SUMO they may change the result. Opens none of the files that it names.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

struct sumocfg {
	char *network, *routes, *additional; /* paths from where we are, several ones with commas between; NULL: not given */
	double begin_s, end_s; /* NaN: not given, or -1 as SUMO says "open" */
	double step_s;         /* NaN: not given */
	double scale;          /* of the demand; NaN: not given */
	int64_t seed;          /* -1: not given */
	bool lenient;          /* ignore-route-errors: who has no way is left out */
};

struct sumocfg *sumocfg_read(const char *path, GPtrArray *notes, GError **error);
struct sumocfg *sumocfg_parse(const char *text, gsize length, const char *name, GPtrArray *notes, GError **error);
void sumocfg_free(struct sumocfg *c); /* NULL is fine */
OWNED(sumocfg)
