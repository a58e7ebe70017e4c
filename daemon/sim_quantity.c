/* sim_quantity.c - see sim_quantity.h. */
#include "daemon/sim_quantity.h"

const struct sim_quantity_row sim_quantities[SIM_N_QUANTITIES] = {
	[SIM_DELAY] = {"delay_s", "Delay", "s/veh", 1},
	[SIM_STOPS] = {"stops", "Stops", "per vehicle", 2},
	[SIM_QUEUE] = {"queue_veh", "Queued vehicles on all lanes", "veh", 1},
	[SIM_THROUGHPUT] = {"throughput_vph", "Throughput", "veh/h", 0},
};

double sim_quantity_of(const struct score *s, enum sim_quantity q)
{
	const double values[SIM_N_QUANTITIES] = {
		[SIM_DELAY] = s->delay_s, [SIM_STOPS] = s->stops, [SIM_QUEUE] = s->queue_veh_mean, [SIM_THROUGHPUT] = s->throughput_vph};
	return values[q];
}
