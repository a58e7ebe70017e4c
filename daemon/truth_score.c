/* truth_score.c - a score as the simulator writes it in JSON. */
#include "core/units.h"
#include "daemon/truth_score.h"

static double number(const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);
	return json_is_number(value) ? json_number_value(value) : UNKNOWN;
}

struct score truth_score(const json_t *o)
{
	double vehicles = number(o, "vehicles"), arrived = number(o, "arrived");
	return (struct score){
		.window_s = number(o, "window_s"),
		.vehicles = vehicles > 0 ? (uint64_t) vehicles : 0,
		.arrived = arrived > 0 ? (uint64_t) arrived : 0,
		.time_loss_s = number(o, "time_loss_s"),
		.depart_delay_s = number(o, "depart_delay_s"),
		.delay_s = number(o, "delay_s"),
		.waiting_s = number(o, "waiting_s"),
		.stops = number(o, "stops"),
		.queue_veh_mean = number(o, "queue_veh_mean"),
		.queue_veh_max = number(o, "queue_veh_max"),
		.throughput_vph = number(o, "throughput_vph"),
		.speed_mps = number(o, "speed_mps"),
	};
}
