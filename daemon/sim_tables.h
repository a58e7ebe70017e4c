/* sim_tables.h - what one or several runs came to, as JSON, as CSV and as text: means over the seeds with their 95 % intervals.
 *
 * The runs are of the same network under the same lights, a seed each. `measure` of a result may be NULL: then there are only the figures
 * of its score.
 */
#pragma once

#include <jansson.h>

#include "daemon/sim_case.h"

struct sim_runs {
	const char *method;
	const struct sim_result *results;
	const uint64_t *seeds;
	uint32_t n;               /* at least 1 */
};

json_t *sim_tables_json(const struct sim_runs *r);

/* {"delay_s": 12.3, ..., "half_width": {"delay_s": 0.4, ...}}: what is not known is absent. */
json_t *sim_tables_figures(const struct figures *figures, uint32_t n);

/* The same of paired differences of b to a; {"delay_s": -3.1, ..., "half_width": {...}}. */
json_t *sim_tables_differences(const struct figures *a, const struct figures *b, uint32_t n);
/* Indented, to a file, or to stdout where `path` is NULL. */
bool sim_tables_save_json(const json_t *root, const char *path, GError **error);

/* One row a movement: where, how many vehicles passed, control delay, stops, level of service, queue of its approach. */
GString *sim_tables_csv(const struct sim_runs *r);

/* For a terminal. */
GString *sim_tables_text(const struct sim_runs *r);
