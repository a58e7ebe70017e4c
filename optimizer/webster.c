/* webster.c - the formulas; see webster.h. */
#include "optimizer/webster.h"

#include <math.h>

double webster_cycle_s(double lost_s, double ratio)
{
	return ratio < WEBSTER_FULL ? (1.5 * lost_s + 5.0) / (1.0 - ratio) : INFINITY;
}

double webster_split(double cycle_s, double lost_s, const double *ratio, const double *least_s, uint32_t n, double *green_s)
{
	double least = 0.0;
	for (uint32_t k = 0; k < n; k++) {
		least += least_s[k];
		green_s[k] = -1.0;
	}
	cycle_s = fmax(cycle_s, least + lost_s);
	/* Who would get less than its least gets that, and the others share what is left, until nobody new falls short. */
	for (bool again = true; again;) {
		double sum = 0.0, left_s = cycle_s - lost_s;
		uint32_t n_free = 0;
		again = false;
		for (uint32_t k = 0; k < n; k++) {
			bool bound = green_s[k] >= 0.0;
			left_s -= bound ? green_s[k] : 0.0;
			sum += bound ? 0.0 : ratio[k];
			n_free += !bound;
		}
		for (uint32_t k = 0; k < n && !again; k++) {
			if (green_s[k] >= 0.0)
				continue;
			double share_s = left_s * (sum > 0.0 ? ratio[k] / sum : 1.0 / n_free);
			if (share_s < least_s[k] - 1e-9) {
				green_s[k] = least_s[k];
				again = true;
			}
		}
		for (uint32_t k = 0; k < n && !again; k++)
			if (green_s[k] < 0.0)
				green_s[k] = left_s * (sum > 0.0 ? ratio[k] / sum : 1.0 / n_free);
	}
	return cycle_s;
}
