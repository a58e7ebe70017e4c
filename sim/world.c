/* world.c - the face of the microscopic world; see world.h, and parts.h for its inside. */
#include "sim/pages.h"
#include "sim/parts.h"

#include <string.h>

#include "sim/sim_error.h"

#define QUEUE_GAP_M 12.0 /* standing vehicles further apart than that are not one queue */
#define LETTERS "rugGyYsoO"

#define SORT_EVERY 16    /* steps; vehicles that have crossed to other lanes since then are out of order in memory */

struct world_options world_options_default(void)
{
	return (struct world_options){.step_s = 1, .begin_s = 0, .seed = 42, .threads = 1};
}

static void alloc_places(struct world *w)
{
	const struct network *net = w->net;
	w->lanes = pages_alloc0(net->n_lanes + 1, sizeof(struct lane_now));
	for (uint32_t l = 0; l < net->n_lanes; l++)
		w->lanes[l].head = w->lanes[l].tail = w->lanes[l].over = NOBODY;
	w->busy = g_new0(uint64_t, w->roads->n_order / 64 + 1);
	w->dirty_lanes = g_new(uint32_t, net->n_lanes + 1);
	w->nodes = g_new0(struct node_now, net->n_nodes + 1);
	w->comers = g_new0(struct approach *, 2 * net->n_links + 1);
	w->link_letter = g_new(char, net->n_links + 1);
	w->edge_next = g_new(uint32_t, net->n_edges + 1);
	w->waiting_edges = g_new(uint32_t, net->n_edges + 1);
	for (uint32_t e = 0; e < net->n_edges; e++)
		w->edge_next[e] = NOBODY;
	w->trips = g_array_new(FALSE, FALSE, sizeof(struct trip_record));
	w->gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	w->shares = pages_alloc0(w->options.threads, sizeof(struct share));
	for (uint32_t t = 0; t < w->options.threads; t++) {
		w->shares[t].w = w;
		w->shares[t].approaches = g_array_new(FALSE, FALSE, sizeof(struct approach));
		w->shares[t].crossing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		w->shares[t].tails = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		w->shares[t].paces = g_new0(struct pace, w->routes->n_types + 1);
	}
}

/* Every signal all red, and its links together. */
static void show_first(struct world *w)
{
	const struct network *net = w->net;
	w->shown_at = g_new(uint32_t, net->n_signals + 1);
	w->links_at = g_new0(uint32_t, net->n_signals + 2);
	w->signal_links = g_new(uint32_t, net->n_links + 1);
	uint32_t n = 0;
	for (uint32_t s = 0; s < net->n_signals; s++) {
		w->shown_at[s] = n;
		n += net->signals[s].n_links + 1;
	}
	w->shown_at[net->n_signals] = n;
	w->shown = g_new0(char, n + 1);
	for (uint32_t s = 0; s < net->n_signals; s++)
		memset(&w->shown[w->shown_at[s]], 'r', net->signals[s].n_links);
	for (uint32_t k = 0; k < net->n_links; k++) {
		bool signalled = net->links[k].signal != NET_NONE;
		w->link_letter[k] = signalled ? 'r' : net->links[k].state;
		if (signalled)
			w->links_at[net->links[k].signal + 2]++;
	}
	for (uint32_t s = 0; s < net->n_signals; s++)
		w->links_at[s + 1] += w->links_at[s];
	for (uint32_t k = 0; k < net->n_links; k++)
		if (net->links[k].signal != NET_NONE)
			w->signal_links[w->links_at[net->links[k].signal + 1]++] = k;
}

static struct world *make(const struct network *net, const struct routes *routes, const struct world_options *o, struct roads *roads)
{
	struct world *w = g_new0(struct world, 1);
	w->net = net;
	w->routes = routes;
	w->options = *o;
	w->h_s = o->step_s;
	w->t_s = o->begin_s;
	w->half_wish = pow(0.5, w->h_s);
	w->most_wish = pow(0.8, w->h_s);
	w->look_kept = 1 - 0.1 * w->h_s;
	w->dawdling = noise_stream(o->seed, 0, NOISE_DAWDLE);
	w->roads = roads;
	if (roads->only_streets)
		w->options.threads = 1;
	w->gears = g_new0(struct gear, routes->n_types + 1);
	for (uint32_t k = 0; k < routes->n_types; k++)
		w->gears[k] = gear_of(&routes->types[k], w->h_s);
	w->pace = pace_choose();
	alloc_places(w);
	show_first(w);
	w->crew = crew_new(w->options.threads);
	w->tally.since_s = w->t_s;
	share_split(w);
	return w;
}

/* What the arrays' types cannot hold. */
static bool fits_arrays(const struct network *net, const struct routes *routes, GError **error)
{
	if (routes->n_types > UINT16_MAX + 1u)
		return sim_fail(error, "there are %u vehicle types, at most 65536 are possible", routes->n_types);
	for (uint32_t e = 0; e < net->n_edges; e++)
		if (net->edges[e].n_lanes > 64)
			return sim_fail(error, "edge %s has %u lanes, at most 64 are possible", net->edges[e].id, net->edges[e].n_lanes);
	return true;
}

struct world *world_new(const struct network *net, const struct routes *routes, const struct world_options *options, GError **error)
{
	struct world_options o = options ? *options : world_options_default();
	o.threads = MAX(o.threads, 1);
	if (!(o.step_s > 0 && o.step_s <= 1)) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "the step is %g s, must be above 0 and at most 1 s", o.step_s);
		return NULL;
	}
	if (!isfinite(o.begin_s)) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "the begin is %g s, must be a finite time", o.begin_s);
		return NULL;
	}
	if (o.threads > WORLD_THREADS_MAX) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "%u threads are too many, at most %d are possible", o.threads, WORLD_THREADS_MAX);
		return NULL;
	}
	if (!fits_arrays(net, routes, error))
		return NULL;
	struct world *w = make(net, routes, &o, roads_new(net, routes));
	while (w->next_departure < routes->n_departures && routes->departures[w->next_departure].depart_s < o.begin_s)
		w->next_departure++;
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	crew_free(w->crew);
	for (uint32_t t = 0; t < w->options.threads; t++) {
		g_array_unref(w->shares[t].approaches);
		g_array_unref(w->shares[t].crossing);
		g_array_unref(w->shares[t].tails);
		g_free(w->shares[t].paces);
	}
	pages_free(w->cars);
	pages_free(w->spare);
	pages_free(w->lanes);
	pages_free(w->intents);
	pages_free(w->shares);
	void *blocks[] = {w->busy, w->nodes, w->comers, w->dirty_lanes, w->gears, w->shown, w->shown_at, w->links_at,
		w->signal_links, w->link_letter, w->edge_next, w->waiting_edges};
	for (size_t k = 0; k < G_N_ELEMENTS(blocks); k++)
		g_free(blocks[k]);
	g_array_unref(w->trips);
	g_array_unref(w->gone);
	roads_free(w->roads);
	g_free(w);
}

/* What changes from step to step, besides the arrays. */
struct scalars {
	uint64_t step_no;
	double t_s;
	uint32_t n, n_dirty, next_departure, n_waiting_edges, n_trips, resets;
	struct world_counts counts;
	struct tally tally;
};

struct world_state {
	struct scalars scalars;
	size_t room;
	char *bytes; /* the arrays, one after another */
};

struct block {
	void *at;
	size_t size;
};

#define N_BLOCKS 8

static void list_blocks(const struct world *w, const struct scalars *s, struct block b[N_BLOCKS])
{
	const struct network *net = w->net;
	b[0] = (struct block){w->cars, s->n * sizeof(struct car)};
	b[1] = (struct block){w->lanes, net->n_lanes * sizeof(struct lane_now)};
	b[2] = (struct block){w->busy, w->roads->n_order / 64 * sizeof(uint64_t)};
	b[3] = (struct block){w->dirty_lanes, s->n_dirty * sizeof(uint32_t)};
	b[4] = (struct block){w->shown, w->shown_at[net->n_signals]};
	b[5] = (struct block){w->link_letter, net->n_links};
	b[6] = (struct block){w->edge_next, net->n_edges * sizeof(uint32_t)};
	b[7] = (struct block){w->waiting_edges, s->n_waiting_edges * sizeof(uint32_t)};
}

struct world_state *world_save(const struct world *w, struct world_state *reuse)
{
	struct world_state *s = reuse ? reuse : g_new0(struct world_state, 1);
	s->scalars = (struct scalars){w->step_no, w->t_s, w->n, w->n_dirty, w->next_departure, w->n_waiting_edges, w->trips->len, w->resets, w->counts,
		w->tally};
	struct block blocks[N_BLOCKS];
	list_blocks(w, &s->scalars, blocks);
	size_t need = 0;
	for (int k = 0; k < N_BLOCKS; k++)
		need += blocks[k].size;
	if (need > s->room) {
		g_free(s->bytes);
		s->room = need + need / 4;
		s->bytes = g_malloc(s->room);
	}
	char *to = s->bytes;
	for (int k = 0; k < N_BLOCKS; to += blocks[k++].size)
		if (blocks[k].size)
			memcpy(to, blocks[k].at, blocks[k].size);
	return s;
}

void world_restore(struct world *w, const struct world_state *state)
{
	const struct scalars *s = &state->scalars;
	vehicles_reserve(w, s->n);
	struct block blocks[N_BLOCKS];
	list_blocks(w, s, blocks);
	const char *from = state->bytes;
	for (int k = 0; k < N_BLOCKS; from += blocks[k++].size)
		if (blocks[k].size)
			memcpy(blocks[k].at, from, blocks[k].size);
	w->step_no = s->step_no;
	w->t_s = s->t_s;
	w->n = s->n;
	w->n_dirty = s->n_dirty;
	w->next_departure = s->next_departure;
	w->n_waiting_edges = s->n_waiting_edges;
	w->counts = s->counts;
	w->tally = s->tally;
	g_array_set_size(w->trips, s->resets == w->resets ? s->n_trips : 0);
}

void world_state_free(struct world_state *state)
{
	if (!state)
		return;
	g_free(state->bytes);
	g_free(state);
}

struct world *world_copy(const struct world *w)
{
	struct world *copy = make(w->net, w->routes, &w->options, roads_share(w->roads));
	owned(world_state) state = world_save(w, NULL);
	g_array_append_vals(copy->trips, w->trips->data, w->trips->len);
	copy->resets = w->resets;
	world_restore(copy, state);
	return copy;
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
	if (!memcmp(&w->shown[w->shown_at[signal]], state, length))
		return true;
	memcpy(&w->shown[w->shown_at[signal]], state, length);
	for (uint32_t k = w->links_at[signal]; k < w->links_at[signal + 1]; k++)
		w->link_letter[w->signal_links[k]] = state[w->net->links[w->signal_links[k]].signal_link];
	return true;
}

const char *world_shows(const struct world *w, uint32_t signal)
{
	return &w->shown[w->shown_at[signal]];
}

void world_step(struct world *w)
{
	w->chances = (uint32_t) noise_mix(w->dawdling + w->step_no);
	approach_forget(w);
	crew_work(w, approach_find);
	approach_list(w);
	crew_work(w, drive_plan);
	crew_work(w, drive_move);
	drive_cross(w);
	if (w->step_no % SORT_EVERY == 0) {
		vehicles_sort(w);
		share_split(w);
	}
	crew_work(w, vehicles_look_for_tails);
	vehicles_note_tails(w);
	tally_step(w);
	crew_work(w, change_lanes);
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

/* Where it was before the last step: its lanes are known, and how far it went. */
static void look_back(const struct world *w, const struct car *c, struct vehicle_view *view)
{
	view->prev_lane = c->lane;
	view->prev_pos_m = c->pos_m;
	if (w->step_no <= c->entered_step)
		return;
	view->prev_pos_m -= c->speed_mps * w->h_s;
	if (view->prev_pos_m >= 0)
		view->prev_lane += c->flags & CAR_WENT_LEFT ? -1u : c->flags & CAR_WENT_RIGHT ? 1 : 0;
	for (int k = 0; k < 3 && view->prev_pos_m < 0 && c->trail[k] != NET_NONE; k++) {
		view->prev_lane = c->trail[k];
		view->prev_pos_m += w->roads->lanes[c->trail[k]].length_m;
	}
}

void world_vehicle(const struct world *w, uint32_t v, struct vehicle_view *view)
{
	const struct car *c = &w->cars[v];
	*view = (struct vehicle_view){
		.id = c->id,
		.lane = c->lane,
		.pos_m = c->pos_m,
		.speed_mps = c->speed_mps,
		.accel_mps2 = (c->speed_mps - c->prev_mps) / w->h_s,
		.type = c->type,
		.desired_mps = c->max_mps,
	};
	look_back(w, c, view);
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
			struct seen_vehicle s = {fmax(0, to_stop_m + length - w->cars[v].pos_m), w->cars[v].speed_mps, w->gears[w->cars[v].type].length_m};
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
