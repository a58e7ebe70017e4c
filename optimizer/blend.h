/* blend.h - how much each of several hints says of a number that will be known later: weights learned online, and from nothing else.
 *
 * Recursive least squares with forgetting (Plackett 1950; Ljung 1999, eq. 11.12) on the hints' differences from a mean that is known already,
 * scaled to unit variance. One learns from all who are alike, and one from what the first got wrong for one of them alone, starting at zero, so
 * that few samples move it little. Knows numbers only.
 */
#pragma once

#include <stdint.h>

#define BLEND_MOST 9 /* hints */

struct blend {
	double weight[BLEND_MOST];
	double spread[BLEND_MOST * BLEND_MOST]; /* the covariance of the weights */
	double forget;                          /* of what was known, what is kept with each sample; at most 1 */
};

/* `first`: BLEND_MOST weights before anything is known, NULL = all 0; `sd`: how unsure these are. */
void blend_begin(struct blend *b, const double *first, double sd, double forget);
double blend_sum(const struct blend *b, const double *hints);
/* `came`: what it should have said, with a standard deviation of about 1; far-off ones count as `most` off. */
void blend_learn(struct blend *b, const double *given, double came, double most);
