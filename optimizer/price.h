/* price.h - what a departure costs further on: neighbours tell each other how long one more arrival would wait, second by second.
 *
 * With the planned departures that they exchange anyway this makes one plan of many: who lets a platoon go knows whether it will stand
 * again. Numbers from plans only; a neighbour that has not planned yet has no price.
 */
#pragma once

#include "optimizer/forecast.h"
#include "optimizer/search.h"

/* What one more vehicle that arrives in each second at the search's lane `lane` would wait under `path`, where `left_veh` (n_bins) leave. */
void price_waits(const struct search *s, const struct search_segment *path, uint32_t n, uint32_t lane, const float *left_veh, float *wait_s);

/* What leaving the slot in each of n_bins seconds from now costs at the next signals, against the mean of all seconds: holding everything back
 * gains nothing. */
void price_exits(const struct layout *l, uint32_t slot, const struct demand *d, const struct forecast *f, double now_s, float *price_s);
