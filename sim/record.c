/* record.c - watches a world for its report; the path that it follows is in record_path.c. */
#include <math.h>

#include "core/units.h"
#include "sim/record.h"
#include "sim/record_path.h"

static void note_point(struct record *r, const struct world *w)
{
	r->score = world_score(w);
	struct record_point p = {
		.t_s = world_time_s(w) - r->begin_s,
		.delay_s = r->score.vehicles ? r->score.delay_s : UNKNOWN,
		.lost_s = r->score.vehicles ? r->score.delay_s * (double) r->score.vehicles : 0,
	};
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		struct vehicle_view v;
		world_vehicle(w, k, &v);
		if (v.speed_mps < QUEUE_SPEED_MPS && r->signalled[v.lane])
			p.queue_veh++;
	}
	g_array_append_val(r->series, p);
}

/* Vehicles that were on each lane: those that left it over its end and those that are still on it. Who changed to another lane
 * of the same edge counts where it left. */
static void count_vehicles(struct record *r, const struct world *w)
{
	for (uint32_t i = 0; i < r->net->n_lanes; i++)
		r->lanes[i].vehicles = (double) (world_passed(w, i) - r->passed_before[i]);
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		struct vehicle_view v;
		world_vehicle(w, k, &v);
		r->lanes[v.lane].vehicles++;
	}
}

struct record *record_new(const struct world *w, const uint32_t *path, uint32_t n_path, GError **error)
{
	const struct network *net = world_network(w);
	owned(record) r = g_new0(struct record, 1);
	r->net = net;
	r->begin_s = r->end_s = world_time_s(w);
	r->samples = g_array_new(FALSE, FALSE, sizeof(struct record_sample));
	r->series = g_array_new(FALSE, TRUE, sizeof(struct record_point));
	r->lanes = g_new0(struct record_lane, net->n_lanes);
	r->passed_before = g_new0(uint64_t, net->n_lanes);
	r->signalled = g_new0(bool, net->n_lanes);
	for (uint32_t i = 0; i < net->n_lanes; i++)
		r->passed_before[i] = world_passed(w, i);
	for (uint32_t i = 0; i < net->n_links; i++)
		if (net->links[i].signal != NET_NONE)
			r->signalled[net->links[i].from_lane] = true;
	r->path = path ? g_memdup2(path, n_path * sizeof *path) : record_path_find(net, world_routes(w), &n_path);
	r->n_path = n_path;
	if (!record_path_lay(r, error))
		return NULL;
	note_point(r, w);
	return give(r);
}

void record_free(struct record *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->n_signals; i++)
		g_array_unref(r->signals[i].runs);
	g_free(r->signals);
	g_free(r->path);
	g_free(r->path_at_m);
	if (r->samples)
		g_array_unref(r->samples);
	if (r->series)
		g_array_unref(r->series);
	g_free(r->lanes);
	g_free(r->lane_at_m);
	g_free(r->passed_before);
	g_free(r->signalled);
	g_free(r);
}

static void note_signals(struct record *r, const struct world *w, double from_s, double to_s)
{
	for (uint32_t i = 0; i < r->n_signals; i++) {
		struct record_signal *s = &r->signals[i];
		char letter = world_shows(w, s->signal)[s->link];
		struct record_run *last = s->runs->len ? &g_array_index(s->runs, struct record_run, s->runs->len - 1) : NULL;
		if (last && last->letter == letter) {
			last->to_s = to_s;
			continue;
		}
		struct record_run run = {letter, from_s, to_s};
		g_array_append_val(s->runs, run);
	}
}

void record_step(struct record *r, const struct world *w)
{
	double t_s = world_time_s(w) - r->begin_s, step_s = world_step_s(w);
	note_signals(r, w, t_s - step_s, t_s);
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		struct vehicle_view v;
		world_vehicle(w, k, &v);
		double limit_mps = r->net->lanes[v.lane].speed_mps;
		r->lanes[v.lane].lost_s += fmax(0, 1 - v.speed_mps / limit_mps) * step_s;
		if (isnan(r->lane_at_m[v.lane]))
			continue;
		struct record_sample sample = {v.id, (float) t_s, (float) (r->lane_at_m[v.lane] + v.pos_m)};
		g_array_append_val(r->samples, sample);
	}
	r->end_s = world_time_s(w);
	double last_s = g_array_index(r->series, struct record_point, r->series->len - 1).t_s;
	if (t_s - last_s > RECORD_EVERY_S - step_s / 2)
		note_point(r, w);
}

void record_close(struct record *r, const struct world *w)
{
	count_vehicles(r, w);
	double last_s = g_array_index(r->series, struct record_point, r->series->len - 1).t_s;
	if (world_time_s(w) - r->begin_s > last_s)
		note_point(r, w);
}
