/* truth_score.c - a score as the simulator writes it in JSON. */
#include "daemon/jsonnum.h"
#include "daemon/truth_score.h"

struct score truth_score(const json_t *o)
{
	double vehicles = json_number_or_unknown(o, "vehicles"), arrived = json_number_or_unknown(o, "arrived");
	return (struct score){
		.window_s = json_number_or_unknown(o, "window_s"),
		.vehicles = vehicles > 0 ? (uint64_t) vehicles : 0,
		.arrived = arrived > 0 ? (uint64_t) arrived : 0,
		.time_loss_s = json_number_or_unknown(o, "time_loss_s"),
		.depart_delay_s = json_number_or_unknown(o, "depart_delay_s"),
		.delay_s = json_number_or_unknown(o, "delay_s"),
		.waiting_s = json_number_or_unknown(o, "waiting_s"),
		.stops = json_number_or_unknown(o, "stops"),
		.queue_veh_mean = json_number_or_unknown(o, "queue_veh_mean"),
		.queue_veh_max = json_number_or_unknown(o, "queue_veh_max"),
		.throughput_vph = json_number_or_unknown(o, "throughput_vph"),
		.speed_mps = json_number_or_unknown(o, "speed_mps"),
	};
}
