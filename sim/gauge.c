/* gauge.c - measures of a world; see gauge.h. */
#include "sim/gauge.h"

#include <math.h>
#include <string.h>

#include "core/units.h"
#include "sim/fuel.h"

#define HALT_SPEED_MPS 0.1 /* SUMO's limit for "waiting" */
#define LEAVES_OUT UINT16_MAX /* was already under way on the approach: not measured on it */

/* A vehicle's way through the approaches, by departure. */
struct follow {
	float loss_s;      /* since it entered the approach */
	float outside_s;   /* brought from outside */
	uint32_t edge_k;   /* index in its route of the last street edge it was seen on; NET_NONE: not seen yet */
	uint16_t stops;    /* on the approach, or LEAVES_OUT */
};

struct gauge_inside {
	struct follow *follows;
	uint32_t n_trips;          /* of the world's finished trips, seen so far */
	const struct fuel_engine **engines; /* by type */
	uint32_t *queue_veh;       /* per approach, this step */
	double *back_m;
	uint32_t *touched, n_touched; /* approaches with a queue this step */
	double point_s;            /* the present point of the profiles began */
};

static void counts_init(struct gauge_counts *c)
{
	*c = (struct gauge_counts){.times = g_array_new(FALSE, TRUE, sizeof(uint32_t))};
}

static void counts_add(struct gauge_counts *c, uint32_t n)
{
	if (n == 0)
		return;
	if (n >= c->times->len)
		g_array_set_size(c->times, n + 1);
	g_array_index(c->times, uint32_t, n)++;
	c->sum += n;
	c->max = MAX(c->max, n);
}

double gauge_counts_mean(const struct gauge_counts *c, uint64_t steps)
{
	return steps ? c->sum / (double) steps : UNKNOWN;
}

uint32_t gauge_counts_percentile(const struct gauge_counts *c, uint64_t steps, double frac)
{
	double over = (double) steps * (1 - frac), above = 0;
	for (uint32_t n = c->max; n > 0; n--) {
		above += g_array_index(c->times, uint32_t, n);
		if (above > over + 1e-9)
			return n;
	}
	return 0;
}

static const uint32_t *route_of(const struct gauge *m, uint32_t departure, uint32_t *n)
{
	const struct route *r = &m->routes->routes[m->routes->departures[departure].route];
	*n = r->n_edges;
	return r->edges;
}

/* From edge k of its route on to the next: the movement has it now. */
static void passes(struct gauge *m, uint32_t departure, uint32_t k)
{
	struct follow *f = &m->inside->follows[departure];
	uint32_t n;
	const uint32_t *edges = route_of(m, departure, &n);
	if (m->places->root[edges[k]] != edges[k])
		return;
	uint32_t movement = places_movement(m->places, edges[k], edges[k + 1]);
	if (movement != NET_NONE && f->stops != LEAVES_OUT) {
		struct gauge_movement *to = &m->movements[movement];
		to->vehicles++;
		to->loss_s += f->loss_s;
		to->outside_s += f->outside_s;
		to->stops += f->stops;
	}
	f->loss_s = f->outside_s = 0;
	f->stops = 0;
}

static void goes_on(struct gauge *m, uint32_t departure, uint32_t edge)
{
	struct follow *f = &m->inside->follows[departure];
	uint32_t n, k = f->edge_k;
	const uint32_t *edges = route_of(m, departure, &n);
	if (edges[k] == edge)
		return;
	while (k < n && edges[k] != edge)
		k++;
	if (k == n) { /* not on its route: nothing to be said */
		f->stops = LEAVES_OUT;
		return;
	}
	for (; f->edge_k < k; f->edge_k++)
		passes(m, departure, f->edge_k);
}

/* The street that a lane inside a node leads to. */
static uint32_t street_behind(const struct network *net, uint32_t lane)
{
	for (uint32_t hops = 0; hops < 4 && net->edges[net->lanes[lane].edge].function != NET_NORMAL && net->lanes[lane].n_links; hops++)
		lane = net->links[net->lanes[lane].first_link].to_lane;
	return net->lanes[lane].edge;
}

/* Where it is when it is first seen: on a street, or on its way over the node behind one. */
static void first_seen(struct gauge *m, const struct vehicle_view *v, double waited_s, bool inside_before)
{
	uint32_t n, k = 0, edge = m->net->lanes[v->lane].edge;
	const uint32_t *edges = route_of(m, v->id, &n);
	bool street = m->net->edges[edge].function == NET_NORMAL;
	if (!street)
		edge = street_behind(m->net, v->lane);
	while (k + 1 < n && edges[k] != edge)
		k++;
	k -= !street && k > 0;
	m->inside->follows[v->id] = (struct follow){.edge_k = k, .outside_s = (float) waited_s, .stops = inside_before ? LEAVES_OUT : 0};
}

static void count_queue(struct gauge *m, const struct vehicle_view *v, uint32_t edge)
{
	struct gauge_inside *in = m->inside;
	uint32_t a = m->places->approach_of[edge];
	if (a == NET_NONE)
		return;
	double front_m = m->places->ahead_m[edge] + m->net->lanes[v->lane].length_m - v->pos_m;
	if (in->queue_veh[a]++ == 0)
		in->touched[in->n_touched++] = a;
	in->back_m[a] = fmax(in->back_m[a], front_m + m->routes->types[v->type].length_m);
}

static void see_vehicle(struct gauge *m, const struct world *w, const struct vehicle_view *v, double step_s)
{
	struct follow *f = &m->inside->follows[v->id];
	uint32_t edge = m->net->lanes[v->lane].edge;
	bool street = m->net->edges[edge].function == NET_NORMAL;
	if (f->edge_k == NET_NONE) { /* it has just entered and has not driven yet */
		first_seen(m, v, fmax(0, world_time_s(w) - step_s - fmax(m->routes->departures[v->id].depart_s, m->begin_s)), false);
		return;
	}
	if (street)
		goes_on(m, v->id, edge);
	if (v->desired_mps > 0)
		f->loss_s += (float) (step_s * (1 - v->speed_mps / v->desired_mps));
	if (v->speed_mps <= HALT_SPEED_MPS && v->speed_mps - v->accel_mps2 * step_s > HALT_SPEED_MPS && f->stops < LEAVES_OUT - 1)
		f->stops++;
	m->driven_m += v->speed_mps * step_s;
	const struct fuel_engine *engine = m->inside->engines[v->type];
	if (engine) {
		double ml = fuel_rate_ml_s(engine, v->speed_mps, v->accel_mps2) * step_s;
		m->fuel_ml += ml;
		m->co2_g += ml * engine->co2_g_ml;
	}
	if (street && v->speed_mps < QUEUE_SPEED_MPS)
		count_queue(m, v, edge);
}

/* The ones that drove out of the world over their last edges in this step. */
static void see_arrivals(struct gauge *m, const struct world *w)
{
	uint32_t n, n_edges;
	const struct trip_record *trips = world_trips(w, &n);
	for (uint32_t k = MIN(m->inside->n_trips, n); k < n; k++) {
		struct follow *f = &m->inside->follows[trips[k].id];
		route_of(m, trips[k].id, &n_edges);
		for (; f->edge_k != NET_NONE && f->edge_k + 1 < n_edges; f->edge_k++)
			passes(m, trips[k].id, f->edge_k);
	}
	m->inside->n_trips = n;
}

static void see_signals(struct gauge *m, const struct world *w, double from_s, double to_s)
{
	for (uint32_t s = 0; s < m->net->n_signals; s++)
		timing_see(&m->signals[s], world_shows(w, s), from_s, to_s);
	for (uint32_t c = 0; c < m->places->n_crossings; c++) {
		char letter = world_shows(w, m->places->crossings[c].signal)[m->places->crossings[c].link];
		walk_see(&m->crossings[c], from_s, to_s, letter == 'G' || letter == 'g');
	}
}

static void next_point(struct gauge *m, double now_s)
{
	uint32_t n = m->places->n_approaches;
	if (n > GAUGE_PROFILES_MOST || (now_s - m->inside->point_s < GAUGE_EVERY_S - 1e-6 && m->n_points))
		return;
	if (m->n_points == m->points_capacity) {
		m->points_capacity = m->points_capacity ? 2 * m->points_capacity : 64;
		m->profile_m = g_renew(uint16_t, m->profile_m, (size_t) m->points_capacity * MAX(n, 1));
	}
	memset(m->profile_m + (size_t) m->n_points * n, 0, n * sizeof(*m->profile_m));
	m->n_points++;
	m->inside->point_s = now_s;
}

static void count_queues(struct gauge *m)
{
	struct gauge_inside *in = m->inside;
	uint32_t all = 0;
	uint16_t *profile = m->n_points ? m->profile_m + (size_t) (m->n_points - 1) * m->places->n_approaches : NULL;
	for (uint32_t i = 0; i < in->n_touched; i++) {
		uint32_t a = in->touched[i], back = (uint32_t) ceil(fmin(in->back_m[a], UINT16_MAX));
		counts_add(&m->approaches[a].queue_veh, in->queue_veh[a]);
		counts_add(&m->approaches[a].back_m, back);
		if (profile)
			profile[a] = (uint16_t) MAX(profile[a], back);
		m->back_max_m = MAX(m->back_max_m, back);
		all += in->queue_veh[a];
		in->queue_veh[a] = 0;
		in->back_m[a] = 0;
	}
	in->n_touched = 0;
	counts_add(&m->queue_veh, all);
}

void gauge_step(struct gauge *m, const struct world *w)
{
	double to_s = world_time_s(w), step_s = world_step_s(w), from_s = to_s - step_s;
	next_point(m, from_s);
	see_signals(m, w, from_s, to_s);
	see_arrivals(m, w);
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		struct vehicle_view v;
		world_vehicle(w, k, &v);
		see_vehicle(m, w, &v, step_s);
	}
	count_queues(m);
	m->steps++;
	m->end_s = to_s;
}

struct gauge *gauge_new(const struct world *w)
{
	struct gauge *m = g_new0(struct gauge, 1);
	struct gauge_inside *in = m->inside = g_new0(struct gauge_inside, 1);
	m->net = world_network(w);
	m->routes = world_routes(w);
	m->places = places_new(m->net);
	m->begin_s = m->end_s = world_time_s(w);
	m->movements = g_new0(struct gauge_movement, m->places->n_movements + 1);
	m->approaches = g_new0(struct gauge_approach, m->places->n_approaches + 1);
	m->signals = g_new0(struct timing, m->net->n_signals + 1);
	m->crossings = g_new0(struct walk, m->places->n_crossings + 1);
	counts_init(&m->queue_veh);
	for (uint32_t a = 0; a < m->places->n_approaches; a++) {
		counts_init(&m->approaches[a].queue_veh);
		counts_init(&m->approaches[a].back_m);
	}
	for (uint32_t s = 0; s < m->net->n_signals; s++)
		timing_init(&m->signals[s], m->net, s);
	for (uint32_t c = 0; c < m->places->n_crossings; c++)
		walk_init(&m->crossings[c], m->begin_s);
	in->follows = g_new0(struct follow, m->routes->n_departures + 1);
	in->engines = g_new0(const struct fuel_engine *, m->routes->n_types + 1);
	in->queue_veh = g_new0(uint32_t, m->places->n_approaches + 1);
	in->back_m = g_new0(double, m->places->n_approaches + 1);
	in->touched = g_new(uint32_t, m->places->n_approaches + 1);
	for (uint32_t k = 0; k < m->routes->n_types; k++)
		in->engines[k] = fuel_engine_of(m->routes->types[k].vclass);
	for (uint32_t k = 0; k < m->routes->n_departures; k++)
		in->follows[k].edge_k = NET_NONE;
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		struct vehicle_view v;
		world_vehicle(w, k, &v);
		first_seen(m, &v, 0, true);
	}
	world_trips(w, &in->n_trips);
	return m;
}

void gauge_close(struct gauge *m)
{
	struct gauge_inside *in = g_steal_pointer(&m->inside);
	if (!in)
		return;
	g_free(in->follows);
	g_free(in->engines);
	g_free(in->queue_veh);
	g_free(in->back_m);
	g_free(in->touched);
	g_free(in);
}

void gauge_free(struct gauge *m)
{
	if (!m)
		return;
	gauge_close(m);
	g_array_unref(m->queue_veh.times);
	for (uint32_t a = 0; a < m->places->n_approaches; a++) {
		g_array_unref(m->approaches[a].queue_veh.times);
		g_array_unref(m->approaches[a].back_m.times);
	}
	for (uint32_t s = 0; s < m->net->n_signals; s++)
		timing_finish(&m->signals[s]);
	for (uint32_t c = 0; c < m->places->n_crossings; c++)
		walk_finish(&m->crossings[c]);
	g_free(m->movements);
	g_free(m->approaches);
	g_free(m->signals);
	g_free(m->crossings);
	g_free(m->profile_m);
	places_free(m->places);
	g_free(m);
}

double gauge_delay_s(const struct gauge *m, uint32_t movement)
{
	const struct gauge_movement *of = &m->movements[movement];
	return of->vehicles > 0 ? (of->loss_s + of->outside_s) / of->vehicles : UNKNOWN;
}

double gauge_stops(const struct gauge *m, uint32_t movement)
{
	const struct gauge_movement *of = &m->movements[movement];
	return of->vehicles > 0 ? of->stops / of->vehicles : UNKNOWN;
}

char gauge_los_of(const struct places *p, uint32_t movement, double delay_s)
{
	const struct movement_place *place = &p->movements[movement];
	return place->signal == NET_NONE && !place->yields ? '-' : los_letter(delay_s, place->signal != NET_NONE);
}

char gauge_los(const struct gauge *m, uint32_t movement)
{
	return gauge_los_of(m->places, movement, gauge_delay_s(m, movement));
}

double gauge_signal_vehicles(const struct gauge *m, uint32_t signal)
{
	double vehicles = 0;
	for (uint32_t i = 0; i < m->places->n_movements; i++)
		vehicles += m->places->movements[i].signal == signal ? m->movements[i].vehicles : 0;
	return vehicles;
}

double gauge_signal_delay_s(const struct gauge *m, uint32_t signal)
{
	double lost_s = 0, vehicles = gauge_signal_vehicles(m, signal);
	for (uint32_t i = 0; i < m->places->n_movements; i++)
		lost_s += m->places->movements[i].signal == signal ? m->movements[i].loss_s + m->movements[i].outside_s : 0;
	return vehicles > 0 ? lost_s / vehicles : UNKNOWN;
}
