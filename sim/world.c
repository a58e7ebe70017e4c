/* world.c - the face of the microscopic world; see world.h, and parts.h for its inside. */
#include "sim/parts.h"

#include <string.h>

#include "sim/sim_error.h"

#define QUEUE_GAP_M 12.0 /* standing vehicles further apart than that are not one queue */
#define LETTERS "rugGyYsoO"

struct world_options world_options_default(void)
{
	return (struct world_options){.step_s = 1, .begin_s = 0, .seed = 42};
}

static void alloc_places(struct world *w)
{
	const struct network *net = w->net;
	w->lanes = g_new0(struct lane_now, net->n_lanes + 1);
	for (uint32_t l = 0; l < net->n_lanes; l++)
		w->lanes[l].head = w->lanes[l].tail = w->lanes[l].over = NOBODY;
	w->dirty_lanes = g_new(uint32_t, net->n_lanes + 1);
	w->link_approach = g_new(uint32_t, net->n_links + 1);
	w->wait_approach = g_new(uint32_t, net->n_links + 1);
	w->link_letter = g_new(char, net->n_links + 1);
	w->shown = g_new0(char *, net->n_signals + 1);
	w->signal_loss_s = g_new0(double, net->n_signals + 1);
	w->edge_first = g_new(uint32_t, net->n_edges + 1);
	w->edge_last = g_new(uint32_t, net->n_edges + 1);
	w->waiting_edges = g_new(uint32_t, net->n_edges + 1);
	w->slot_of = g_new(uint32_t, w->routes->n_departures + 1);
	w->waits_behind = g_new(uint32_t, w->routes->n_departures + 1);
	w->trips = g_array_new(FALSE, FALSE, sizeof(struct trip_record));
}

static void show_first(struct world *w)
{
	for (uint32_t k = 0; k < w->net->n_links; k++) {
		w->link_approach[k] = w->wait_approach[k] = NOBODY;
		w->link_letter[k] = w->net->links[k].signal == NET_NONE ? w->net->links[k].state : 'r';
	}
	for (uint32_t s = 0; s < w->net->n_signals; s++)
		w->shown[s] = g_strnfill(w->net->signals[s].n_links, 'r');
	for (uint32_t e = 0; e < w->net->n_edges; e++)
		w->edge_first[e] = w->edge_last[e] = NOBODY;
	for (uint32_t d = 0; d < w->routes->n_departures; d++)
		w->slot_of[d] = w->waits_behind[d] = NOBODY;
}

struct world *world_new(const struct network *net, const struct routes *routes, const struct world_options *options, GError **error)
{
	struct world_options o = options ? *options : world_options_default();
	if (!(o.step_s > 0 && o.step_s <= 1)) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "the step is %g s, must be above 0 and at most 1 s", o.step_s);
		return NULL;
	}
	if (!isfinite(o.begin_s)) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "the begin is %g s, must be a finite time", o.begin_s);
		return NULL;
	}
	struct world *w = g_new0(struct world, 1);
	w->net = net;
	w->routes = routes;
	w->options = o;
	w->h_s = o.step_s;
	w->t_s = o.begin_s;
	w->roads = roads_new(net, routes);
	alloc_places(w);
	show_first(w);
	w->tally.since_s = w->t_s;
	while (w->next_departure < routes->n_departures && routes->departures[w->next_departure].depart_s < o.begin_s)
		w->next_departure++;
	return w;
}

/* Every array of a world, its element size and length: for copying. */
struct block {
	void **at;
	size_t size, n;
};

static size_t list_blocks(struct world *w, struct block *b)
{
	size_t n = 0;
	b[n++] = (struct block){(void **) &w->cars, sizeof(struct car), w->capacity};
	b[n++] = (struct block){(void **) &w->lanes, sizeof(struct lane_now), w->net->n_lanes + 1};
	const struct block rest[] = {
		{(void **) &w->link_approach, sizeof(uint32_t), w->net->n_links + 1},
		{(void **) &w->wait_approach, sizeof(uint32_t), w->net->n_links + 1},
		{(void **) &w->approaches, sizeof(struct approach), w->approaches_capacity},
		{(void **) &w->dirty_lanes, sizeof(uint32_t), w->net->n_lanes + 1},
		{(void **) &w->slot_of, sizeof(uint32_t), w->routes->n_departures + 1},
		{(void **) &w->link_letter, 1, w->net->n_links + 1},
		{(void **) &w->signal_loss_s, sizeof(double), w->net->n_signals + 1},
		{(void **) &w->edge_first, sizeof(uint32_t), w->net->n_edges + 1},
		{(void **) &w->edge_last, sizeof(uint32_t), w->net->n_edges + 1},
		{(void **) &w->waits_behind, sizeof(uint32_t), w->routes->n_departures + 1},
		{(void **) &w->waiting_edges, sizeof(uint32_t), w->net->n_edges + 1},
	};
	memcpy(&b[n], rest, sizeof(rest));
	return n + G_N_ELEMENTS(rest);
}

#define BLOCKS_MAX 80

struct world *world_copy(const struct world *w)
{
	struct world *copy = g_memdup2(w, sizeof(*w));
	struct block blocks[BLOCKS_MAX];
	size_t n = list_blocks(copy, blocks);
	for (size_t k = 0; k < n; k++)
		*blocks[k].at = g_memdup2(*blocks[k].at, blocks[k].size * blocks[k].n);
	copy->roads = roads_share(w->roads);
	copy->shown = g_new0(char *, w->net->n_signals + 1);
	for (uint32_t s = 0; s < w->net->n_signals; s++)
		copy->shown[s] = g_strdup(w->shown[s]);
	copy->trips = g_array_copy(w->trips);
	return copy;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	struct block blocks[BLOCKS_MAX];
	size_t n = list_blocks(w, blocks);
	for (size_t k = 0; k < n; k++)
		g_free(*blocks[k].at);
	for (uint32_t s = 0; s < w->net->n_signals; s++)
		g_free(w->shown[s]);
	g_free(w->shown);
	g_array_unref(w->trips);
	roads_free(w->roads);
	g_free(w);
}

const struct network *world_network(const struct world *w)
{
	return w->net;
}

const struct routes *world_routes(const struct world *w)
{
	return w->routes;
}

bool world_show(struct world *w, uint32_t signal, const char *state, GError **error)
{
	const struct net_signal *s = &w->net->signals[signal];
	size_t length = strlen(state), good = strspn(state, LETTERS);
	if (length != s->n_links) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "signal %s has %u links, the state \"%.80s\" has %zu letters", s->id, s->n_links, state, length);
		return false;
	}
	if (good != length) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "signal %s: letter '%c' in state \"%.80s\" is not one of %s", s->id, state[good], state, LETTERS);
		return false;
	}
	if (!memcmp(w->shown[signal], state, length))
		return true;
	memcpy(w->shown[signal], state, length);
	for (uint32_t k = 0; k < w->net->n_links; k++)
		if (w->net->links[k].signal == signal)
			w->link_letter[k] = state[w->net->links[k].signal_link];
	return true;
}

const char *world_shows(const struct world *w, uint32_t signal)
{
	return w->shown[signal];
}

void world_step(struct world *w)
{
	approach_all(w);
	for (uint32_t v = 0; v < w->n; v++)
		drive_plan(w, v);
	drive_move(w);
	vehicles_find_tails(w);
	tally_step(w);
	change_lanes(w);
	enter_due(w);
	w->step_no++;
	w->t_s = w->options.begin_s + (double) w->step_no * w->h_s;
}

double world_time_s(const struct world *w)
{
	return w->t_s;
}

double world_step_s(const struct world *w)
{
	return w->h_s;
}

uint32_t world_n_vehicles(const struct world *w)
{
	return w->n;
}

void world_vehicle(const struct world *w, uint32_t v, struct vehicle_view *view)
{
	*view = (struct vehicle_view){
		.id = w->cars[v].id,
		.lane = w->cars[v].lane,
		.pos_m = w->cars[v].pos_m,
		.speed_mps = w->cars[v].speed_mps,
		.accel_mps2 = (w->cars[v].speed_mps - w->cars[v].prev_speed_mps) / w->h_s,
		.type = w->routes->departures[w->cars[v].id].type,
		.prev_lane = w->cars[v].prev_lane,
		.prev_pos_m = w->cars[v].prev_pos_m,
		.desired_mps = lane_speed_mps(w, v, w->cars[v].lane),
	};
}

uint32_t world_on_lane(const struct world *w, uint32_t lane, struct vehicle_view *out, uint32_t max)
{
	uint32_t n = 0;
	for (uint32_t v = w->lanes[lane].head; v != NOBODY; v = w->cars[v].behind, n++)
		if (n < max)
			world_vehicle(w, v, &out[n]);
	return n;
}

uint64_t world_passed(const struct world *w, uint32_t lane)
{
	return w->lanes[lane].passed;
}

void world_see(const struct world *w, uint32_t lane, double view_m, struct estimate *e)
{
	g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(struct seen_vehicle));
	double to_stop_m = 0;
	for (uint32_t l = lane, hops = 0; l != NET_NONE && to_stop_m < view_m && hops < 8; l = w->roads->lanes[l].behind, hops++) {
		double length = w->net->lanes[l].length_m;
		for (uint32_t v = w->lanes[l].head; v != NOBODY; v = w->cars[v].behind) {
			struct seen_vehicle s = {fmax(0, to_stop_m + length - w->cars[v].pos_m), w->cars[v].speed_mps, type_of(w, v)->length_m};
			if (s.dist_to_stop_m <= view_m)
				g_array_append_val(seen, s);
		}
		uint32_t up = w->roads->lanes[l].behind;
		to_stop_m += length;
		if (up != NET_NONE)
			to_stop_m += w->roads->links[w->net->lanes[up].first_link].path_m;
	}
	g_free(e->vehicles);
	e->lane = lane;
	e->t_s = w->t_s;
	e->view_m = view_m;
	e->quality_frac = 1;
	e->n_vehicles = seen->len;
	e->vehicles = seen->len ? g_memdup2(seen->data, seen->len * sizeof(struct seen_vehicle)) : NULL;
	estimate_from_vehicles(e, QUEUE_GAP_M);
}

struct world_counts world_counts(const struct world *w)
{
	struct world_counts c = w->counts;
	c.inside = w->n;
	return c;
}
