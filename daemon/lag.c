/* lag.c - see lag.h. */
#include "daemon/lag.h"

void lag_add(struct lag *l, double took_s)
{
	double bin = took_s > 0 ? took_s / LAG_BIN_S : 0;

	l->bins[bin < LAG_BINS ? (uint32_t) bin : LAG_BINS - 1]++;
	l->n++;
	if (took_s > l->max_s)
		l->max_s = took_s;
}

double lag_quantile_s(const struct lag *l, double frac)
{
	uint64_t seen = 0;

	for (uint32_t i = 0; i < LAG_BINS; i++) {
		seen += l->bins[i];
		if (seen > 0 && (double) seen >= frac * (double) l->n)
			return (i + 1) * LAG_BIN_S;
	}
	return UNKNOWN;
}
