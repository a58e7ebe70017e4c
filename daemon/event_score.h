/* event_score.h - events that were told against events that happened, one to one.
 *
 * Plain times in, counts and names of the missed and the false ones out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct event_score {
	uint32_t n_true, n_told, matched;
	int32_t count_off; /* told - counted by people */
};

/* Both ascending, s. Sets a flag for each that found its like within `within_s`; as many as can are matched. */
void event_score_match(const double *happened_s, uint32_t n_happened, const double *told_s, uint32_t n_told, double within_s, bool *found,
	bool *right, struct event_score *score);

/* NaN where there is nothing to be shared. */
double event_score_recall(const struct event_score *s);
double event_score_precision(const struct event_score *s);
