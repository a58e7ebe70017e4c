/* webster.h - F. V. Webster (1958), Traffic Signal Settings, Road Research Technical Paper 39: the cycle and the splits of an isolated
 * fixed-time signal from flows and saturation flows. Numbers only; does not know junctions.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define WEBSTER_FULL 0.95 /* flow ratios that add up to more leave no finite cycle worth having */

/* The cycle of about the least delay: (1.5 L + 5) / (1 - Y), the paper's C_o. `lost_s` L in a cycle, `ratio` Y the sum of
 * the stages' critical flow / saturation flow; from WEBSTER_FULL on INFINITY. */
double webster_cycle_s(double lost_s, double ratio);

/* Shares the cycle out: effective greens in proportion to `ratio` (n of them, >= 0), none below its least_s. The cycle must hold all
 * of them and the lost time, else it is made as long as that; returns the cycle. Ratios that are all 0 count as equal. */
double webster_split(double cycle_s, double lost_s, const double *ratio, const double *least_s, uint32_t n, double *green_s);
