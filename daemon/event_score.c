/* event_score.c - told against happened. See event_score.h. */
#include "daemon/event_score.h"

#include <math.h>
#include <string.h>

void event_score_match(const double *happened_s, uint32_t n_happened, const double *told_s, uint32_t n_told, double within_s, bool *found,
	bool *right, struct event_score *score)
{
	memset(found, 0, n_happened * sizeof *found);
	memset(right, 0, n_told * sizeof *right);
	*score = (struct event_score){.n_true = n_happened, .n_told = n_told, .count_off = (int32_t) n_told - (int32_t) n_happened};
	/* Intervals of one length on a line: first come, first served is the largest matching. */
	for (uint32_t i = 0, k = 0; i < n_happened && k < n_told;) {
		double off_s = told_s[k] - happened_s[i];
		if (off_s > within_s)
			i++;
		else if (off_s < -within_s)
			k++;
		else {
			found[i++] = right[k++] = true;
			score->matched++;
		}
	}
}

double event_score_recall(const struct event_score *s)
{
	return s->n_true ? (double) s->matched / s->n_true : NAN;
}

double event_score_precision(const struct event_score *s)
{
	return s->n_told ? (double) s->matched / s->n_told : NAN;
}
