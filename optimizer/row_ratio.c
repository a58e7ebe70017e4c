/* row_ratio.c - see row_ratio.h. */
#include "optimizer/row_ratio.h"

#include <math.h>

#define YIELDS_FRAC 0.5 /* a green in which one gives way counts so much */

double row_use(const struct demand *d, uint32_t slot, uint32_t stage)
{
	const double *share = d->share + d->layout->slots[slot].first_move;
	struct site_green green = layout_green(d->layout, slot, stage, share);
	return green.red_frac > 0.5 ? 0 : green.free_frac + YIELDS_FRAC * green.yield_frac;
}

/* Raises the rows that serve a slot best until it has what it needs; one_row: only if that is a single row. */
static void raise_rows(const struct demand *d, uint32_t slot, const uint32_t *stages, uint32_t n, double need, bool one_row, double *ratio)
{
	uint32_t rows = 0;
	double has = 0, best = 0, weights = 0;
	g_autofree double *use = g_new(double, n);
	for (uint32_t r = 0; r < n; r++) {
		use[r] = row_use(d, slot, stages[r]);
		rows += use[r] > 0;
		has += use[r] * ratio[r];
		best = fmax(best, use[r]);
	}
	for (uint32_t r = 0; r < n; r++)
		weights += use[r] > 0.9 * best ? fmax(ratio[r], 1e-3) : 0;
	if (rows == 0 || (rows == 1) != one_row || has >= need)
		return;
	for (uint32_t r = 0; r < n; r++)
		if (use[r] > 0.9 * best)
			ratio[r] += (need - has) / use[r] * fmax(ratio[r], 1e-3) / weights;
}

void row_ratios(const struct demand *d, uint32_t site, const uint32_t *stages, uint32_t n_rows, const double *need, double *ratio)
{
	const struct site *s = &d->layout->sites[site];
	for (uint32_t r = 0; r < n_rows; r++)
		ratio[r] = 0;
	for (int one_row = 1; one_row >= 0; one_row--)
		for (uint32_t i = 0; i < s->n_slots; i++)
			raise_rows(d, s->first_slot + i, stages, n_rows, need[i], one_row, ratio);
}
