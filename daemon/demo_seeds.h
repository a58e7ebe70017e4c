/* demo_seeds.h - the live loop over several seeds, beside perfect knowledge: what cameras gain, and what they cost against the truth.
 *
 * For each seed a whole demo runs in real time; then the same window of the same traffic again in lockstep with the true state in place
 * of cameras, the warm-up under the same plans. One table says both.
 */
#pragma once

#include "daemon/demo.h"

struct demo_seed {
	struct demo_result live;
	struct score knowing; /* adaptive, from the true state; vehicles 0 = not run */
	bool bad;             /* some part did not really run: it counts in the table, with a mark */
};

/* One run with the true state over the window that `live` was scored over; it takes over in the second in which the last junction
 * became adaptive live, so that the start of processes and cameras is not held against either. */
bool demo_knowing(const struct demo_options *o, const struct demo_result *live, struct score *score, GError **error);

/* The table, one row a seed, then means with 95 % intervals. */
void demo_seeds_table(GString *out, const struct demo_seed *seeds, uint32_t n);

/* "1,2,3" or "1-5"; NULL with a sentence. Array of uint64_t. */
GArray *demo_seeds_parse(const char *text, GError **error);

/* Runs them all; prints; the report of all is at o->out, those of each in seed-N beside it. The exit code. */
int demo_seeds_run(const struct demo_options *o, const GArray *seeds);
