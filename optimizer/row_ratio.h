/* row_ratio.h - how much green each row of a cycle needs, as a share of the time: flow / saturation flow where a lane is served by several.
 *
 * What Webster's formulas want to know. Knows the layout and the learned shares of turns; who needs how much comes in.
 */
#pragma once

#include "optimizer/demand.h"

/* How much of a green of `stage` is the slot's: all, the part of one who gives way, nothing when somebody before him sees red. */
double row_use(const struct demand *d, uint32_t slot, uint32_t stage);

/* `need`: of each slot of the site, seconds of green a second. Fills `ratio` (n_rows): what the busiest lane needs that has no other row; then
 * lanes with several rows raise theirs where those do not make it together. */
void row_ratios(const struct demand *d, uint32_t site, const uint32_t *stages, uint32_t n_rows, const double *need, double *ratio);
