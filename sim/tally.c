/* tally.c - delay, stops, queues and finished trips, in SUMO's definitions; see world.h. */
#include "sim/parts.h"

static void tally_vehicle(struct world *w, uint32_t v)
{
	double v_max = lane_speed_mps(w, v, w->cars[v].lane), speed = w->cars[v].speed_mps;
	double loss = v_max > 0 ? w->h_s * (v_max - speed) / v_max : 0;
	w->cars[v].loss_s += loss;
	w->tally.loss_s += loss;
	w->tally.speed_sum += speed;
	uint32_t signal = w->roads->lanes[w->cars[v].lane].signal;
	if (signal != NET_NONE)
		w->signal_loss_s[signal] += loss;
	if (speed > HALT_MPS)
		return;
	w->cars[v].waited_s += w->h_s;
	w->tally.wait_s += w->h_s;
	if (w->cars[v].prev_speed_mps > HALT_MPS) {
		w->cars[v].stops++;
		w->tally.stops++;
	}
}

static void tally_queues(struct world *w)
{
	double all = 0;
	for (uint32_t l = 0; l < w->net->n_lanes; l++) {
		if (w->lanes[l].count == 0 || w->roads->lanes[l].signal == NET_NONE)
			continue;
		double queue = 0;
		for (uint32_t v = w->lanes[l].head; v != NOBODY; v = w->cars[v].behind)
			queue += w->cars[v].speed_mps < QUEUE_SPEED_MPS;
		all += queue;
		w->tally.queue_max = fmax(w->tally.queue_max, queue);
	}
	w->tally.queue_sum += all;
}

static void check_overlaps(struct world *w)
{
	for (uint32_t v = 0; v < w->n; v++) {
		uint32_t lane = w->cars[v].lane, u = w->cars[v].ahead;
		if (u != NOBODY && rear_m(w, u) < w->cars[v].pos_m - 1e-6)
			w->counts.overlaps++;
		u = w->lanes[lane].over;
		if (u != NOBODY && u != v && w->cars[v].ahead == NOBODY && w->lanes[lane].over_rear_m < w->cars[v].pos_m - 1e-6)
			w->counts.overlaps++;
	}
}

void tally_step(struct world *w)
{
	for (uint32_t v = 0; v < w->n; v++)
		tally_vehicle(w, v);
	tally_queues(w);
	check_overlaps(w);
	w->tally.steps++;
	w->tally.vehicle_steps += w->n;
	w->counts.vehicle_steps += w->n;
}

struct trip_record world_trip(const struct world *w, uint32_t k)
{
	const struct car *c = &w->cars[k];
	return (struct trip_record){
		.id = c->id,
		.depart_s = c->depart_s,
		.arrival_s = NAN,
		.duration_s = w->t_s - c->depart_s,
		.depart_delay_s = c->depart_s - w->routes->departures[c->id].depart_s,
		.time_loss_s = c->loss_s,
		.waiting_s = c->waited_s,
		.route_length_m = c->driven_m,
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
	trip.route_length_m = c->driven_m - (c->pos_m - w->net->lanes[c->lane].length_m);
	g_array_append_val(w->trips, trip);
	w->tally.arrived++;
	w->counts.arrived++;
}

void world_score_reset(struct world *w)
{
	uint64_t on_the_way = w->n + w->counts.waiting;
	w->tally = (struct tally){.since_s = w->t_s, .vehicles = on_the_way};
	for (uint32_t s = 0; s < w->net->n_signals; s++)
		w->signal_loss_s[s] = 0;
	g_array_set_size(w->trips, 0);
}

struct score world_score(const struct world *w)
{
	const struct tally *t = &w->tally;
	double late = t->depart_delay_s, n = fmax(1, (double) t->vehicles), window = w->t_s - t->since_s;
	for (uint32_t k = 0; k < w->n_waiting_edges; k++)
		for (uint32_t d = w->edge_first[w->waiting_edges[k]]; d != NOBODY; d = w->waits_behind[d])
			late += fmax(0, w->t_s - fmax(w->routes->departures[d].depart_s, t->since_s));
	return (struct score){
		.window_s = window,
		.vehicles = t->vehicles,
		.arrived = t->arrived,
		.time_loss_s = t->loss_s / n,
		.depart_delay_s = late / n,
		.delay_s = (t->loss_s + late) / n,
		.waiting_s = t->wait_s / n,
		.stops = (double) t->stops / n,
		.queue_veh_mean = t->steps ? t->queue_sum / (double) t->steps : 0,
		.queue_veh_max = t->queue_max,
		.throughput_vph = window > 0 ? 3600 * (double) t->arrived / window : 0,
		.speed_mps = t->vehicle_steps ? t->speed_sum / (double) t->vehicle_steps : 0,
	};
}

double world_signal_delay_s(const struct world *w, uint32_t signal)
{
	return w->signal_loss_s[signal];
}

const struct trip_record *world_trips(const struct world *w, uint32_t *n)
{
	*n = w->trips->len;
	return (const struct trip_record *) (const void *) w->trips->data;
}
