/* tally.c - delay, stops, queues and finished trips, in SUMO's definitions; see world.h. */
#include "sim/parts.h"

void tally_step(struct world *w)
{
	struct tally *t = &w->tally;
	uint64_t queue_max = 0;
	for (uint32_t k = 0; k < w->options.threads; k++) {
		struct share *s = &w->shares[k];
		t->stops += s->stops;
		t->wait_steps += s->wait_steps;
		t->queue_sum += (double) s->queue;
		queue_max = MAX(queue_max, s->queue_max);
		w->counts.emergency_brakings += s->emergency_brakings;
		w->counts.overlaps += s->overlaps;
		s->stops = s->wait_steps = s->emergency_brakings = s->overlaps = s->queue = s->queue_max = 0;
	}
	t->queue_max = fmax(t->queue_max, (double) queue_max);
	for (uint32_t k = 0; k < w->n_dirty; k++) {
		const struct lane_now *lane = &w->lanes[w->dirty_lanes[k]];
		w->counts.overlaps += lane->head != NOBODY && lane->head != lane->over && lane->over_rear_m < w->cars[lane->head].pos_m - 1e-6;
	}
	t->steps++;
	t->vehicle_steps += w->n;
	w->counts.vehicle_steps += w->n;
}

struct trip_record world_trip(const struct world *w, uint32_t k)
{
	const struct car *c = &w->cars[k];
	double depart_s = w->options.begin_s + (c->entered_step - 1.0) * w->h_s;
	return (struct trip_record){
		.id = c->id,
		.depart_s = depart_s,
		.arrival_s = NAN,
		.duration_s = w->t_s - depart_s,
		.depart_delay_s = depart_s - w->routes->departures[c->id].depart_s,
		.time_loss_s = c->loss_s,
		.waiting_s = car_waited_s(w, c),
		.route_length_m = c->driven_m + c->pos_m,
		.stops = c->stops,
		.arrival_lane = NET_NONE,
		.arrival_speed_mps = NAN,
		.speed_factor = c->factor,
	};
}

void tally_arrival(struct world *w, uint32_t v)
{
	const struct car *c = &w->cars[v];
	struct trip_record trip = world_trip(w, v);
	trip.arrival_s = w->t_s;
	trip.arrival_lane = c->lane;
	trip.arrival_speed_mps = c->speed_mps;
	/* The last metres beyond the end of the road are not part of the route. */
	trip.route_length_m = c->driven_m + w->roads->lanes[c->lane].length_m;
	g_array_append_val(w->trips, trip);
	w->tally.arrived++;
	w->counts.arrived++;
}

void world_score_reset(struct world *w)
{
	w->tally = (struct tally){.since_s = w->t_s, .vehicles = w->n + w->counts.waiting};
	for (uint32_t l = 0; l < w->net->n_lanes; l++)
		w->lanes[l].loss_s = w->lanes[l].speed_sum = 0;
	g_array_set_size(w->trips, 0);
	w->resets++;
}

struct score world_score(const struct world *w)
{
	const struct tally *t = &w->tally;
	double late = t->depart_delay_s, n = fmax(1, (double) t->vehicles), window = w->t_s - t->since_s;
	for (uint32_t k = 0; k < w->n_waiting_edges; k++)
		for (uint32_t d = w->edge_next[w->waiting_edges[k]]; d != NOBODY; d = enter_next(w, d))
			late += fmax(0, w->t_s - fmax(w->routes->departures[d].depart_s, t->since_s));
	double loss = 0, speed = 0;
	for (uint32_t l = 0; l < w->net->n_lanes; l++) {
		loss += w->lanes[l].loss_s;
		speed += w->lanes[l].speed_sum;
	}
	return (struct score){
		.window_s = window,
		.vehicles = t->vehicles,
		.arrived = t->arrived,
		.time_loss_s = loss / n,
		.depart_delay_s = late / n,
		.delay_s = (loss + late) / n,
		.waiting_s = (double) t->wait_steps * w->h_s / n,
		.stops = (double) t->stops / n,
		.queue_veh_mean = t->steps ? t->queue_sum / (double) t->steps : 0,
		.queue_veh_max = t->queue_max,
		.throughput_vph = window > 0 ? 3600 * (double) t->arrived / window : 0,
		.speed_mps = t->vehicle_steps ? speed / (double) t->vehicle_steps : 0,
	};
}

double world_signal_delay_s(const struct world *w, uint32_t signal)
{
	double sum = 0;
	for (uint32_t l = 0; l < w->net->n_lanes; l++)
		if (w->roads->lanes[l].signal == signal)
			sum += w->lanes[l].loss_s;
	return sum;
}

const struct trip_record *world_trips(const struct world *w, uint32_t *n)
{
	*n = w->trips->len;
	return (const struct trip_record *) (const void *) w->trips->data;
}
