/* lag.h - how long something took, over a whole run: counts in bins, so that it never grows. */
#pragma once

#include "core/units.h"

#define LAG_BIN_S 0.005
#define LAG_BINS 2000 /* up to 10 s; what is longer counts as that */

struct lag {
	uint32_t bins[LAG_BINS];
	uint64_t n;
	double max_s;
};

void lag_add(struct lag *l, double took_s); /* NaN and below 0 count as 0 */

/* The time that a share `frac` (0..1] of all was not longer than, to the next bin; NaN when there is none. */
double lag_quantile_s(const struct lag *l, double frac);
