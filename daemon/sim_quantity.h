/* sim_quantity.h - the numbers of a score by which variants are compared. */
#pragma once

#include "sim/world.h"

enum sim_quantity { SIM_DELAY, SIM_STOPS, SIM_QUEUE, SIM_THROUGHPUT, SIM_N_QUANTITIES };

struct sim_quantity_row {
	const char *key;        /* in JSON */
	const char *name, *unit; /* for people */
	int digits;
};
extern const struct sim_quantity_row sim_quantities[SIM_N_QUANTITIES];

double sim_quantity_of(const struct score *s, enum sim_quantity q);
