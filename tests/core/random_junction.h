/* random_junction.h - junctions that nobody would build, for the guard's property test. Knows no files. */
#pragma once

#include "core/junction.h"

/* splitmix64 (Steele, Lea, Flood 2014): small, fast, the same everywhere. */
struct dice {
	uint64_t state;
};

uint64_t dice_next(struct dice *d);
uint32_t dice_below(struct dice *d, uint32_t n);                /* 0 .. n-1 */
double dice_between(struct dice *d, double low, double high);
bool dice_chance(struct dice *d, double share);

/* 2..12 links, some pedestrians', any matrix, stages that cover every link, times within the guard's ranges. */
struct junction *random_junction(struct dice *d);
