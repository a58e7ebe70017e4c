/* blend.c - weights learned online; see blend.h. */
#include "optimizer/blend.h"

#include <math.h>
#include <string.h>

#define SPREAD_MOST 4.0 /* of one weight's variance: hints that never speak are not forgotten without end */
#define HINT_MOST 8.0
#define SPREAD_AGAIN 0.001

static void set_spread(struct blend *b, double var)
{
	memset(b->spread, 0, sizeof b->spread);
	for (uint32_t i = 0; i < BLEND_MOST; i++)
		b->spread[i * BLEND_MOST + i] = var;
}

void blend_begin(struct blend *b, const double *first, double sd, double forget)
{
	for (uint32_t i = 0; i < BLEND_MOST; i++)
		b->weight[i] = first ? first[i] : 0.0;
	set_spread(b, sd * sd);
	b->forget = forget;
}

/* One hint, however far off, says no more than so much. */
static double bound(double hint)
{
	return fmax(-HINT_MOST, fmin(HINT_MOST, hint)); /* and what is no number says the least */
}

double blend_sum(const struct blend *b, const double *hints)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < BLEND_MOST; i++)
		sum += b->weight[i] * bound(hints[i]);
	return sum;
}

void blend_learn(struct blend *b, const double *given, double came, double most)
{
	double hints[BLEND_MOST];
	for (uint32_t i = 0; i < BLEND_MOST; i++)
		hints[i] = bound(given[i]);
	double seen[BLEND_MOST] = {0}, power = 1.0, error = fmax(-most, fmin(most, came - blend_sum(b, hints))), widest = 0.0;
	for (uint32_t i = 0; i < BLEND_MOST; i++)
		for (uint32_t k = 0; k < BLEND_MOST; k++)
			seen[i] += b->spread[i * BLEND_MOST + k] * hints[k];
	for (uint32_t i = 0; i < BLEND_MOST; i++)
		power += hints[i] * seen[i];
	if (!(power >= 1.0)) { /* rounding has spoilt it: what is known of the weights stays, how well begins anew */
		set_spread(b, SPREAD_AGAIN);
		return;
	}
	for (uint32_t i = 0; i < BLEND_MOST; i++) {
		b->weight[i] += seen[i] / power * error;
		for (uint32_t k = 0; k < BLEND_MOST; k++)
			b->spread[i * BLEND_MOST + k] -= seen[i] * seen[k] / power;
		widest = fmax(widest, b->spread[i * BLEND_MOST + i]);
	}
	for (uint32_t i = 0; widest / b->forget < SPREAD_MOST && i < BLEND_MOST * BLEND_MOST; i++)
		b->spread[i] /= b->forget;
}
