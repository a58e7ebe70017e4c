/* vehicles.c - the places of vehicles and their order on the lanes; see parts.h. */
#include <string.h>

#include "sim/pages.h"
#include "sim/parts.h"

void vehicles_reserve(struct world *w, uint32_t n)
{
	if (n <= w->capacity)
		return;
	w->capacity = MAX(n, w->capacity ? w->capacity + w->capacity / 4 : 256);
	struct car *cars = pages_alloc(w->capacity, sizeof(struct car));
	if (w->n)
		memcpy(cars, w->cars, w->n * sizeof(struct car));
	pages_free(w->cars);
	w->cars = cars;
	if (w->crew) {
		pages_free(w->spare);
		w->spare = pages_alloc(w->capacity, sizeof(struct car));
	}
	pages_free(w->intents); /* nobody intends anything between steps */
	w->intents = pages_alloc(w->capacity, sizeof(struct intent));
}

uint32_t vehicles_add(struct world *w, uint32_t departure, uint32_t lane, double pos_m, double speed_mps, double factor)
{
	vehicles_reserve(w, w->n + 1);
	uint32_t v = w->n++;
	w->cars[v] = (struct car){
		.id = departure,
		.type = (uint16_t) w->routes->departures[departure].type,
		.at = w->roads->guides[w->roads->guide_of[departure]].at,
		.pos_m = pos_m,
		.speed_mps = speed_mps,
		.prev_mps = (float) speed_mps,
		.factor = (float) factor,
		.trail = {NET_NONE, NET_NONE, NET_NONE},
		.yield_to = NOBODY,
		.entered_step = (uint32_t) w->step_no + 1,
		.halt_step = (uint32_t) w->step_no + 1,
		.driven_m = (float) -pos_m,
		.held_since_s = NAN,
	};
	vehicles_place(w, v, lane);
	vehicles_settle(w, v);
	return v;
}

/* Whoever points to the vehicle in slot v, which came from another slot, is told. */
static void tell_neighbours(struct world *w, uint32_t v)
{
	const struct car *c = &w->cars[v];
	struct lane_now *lane = &w->lanes[c->lane];
	*(c->ahead == NOBODY ? &lane->head : &w->cars[c->ahead].behind) = v;
	*(c->behind == NOBODY ? &lane->tail : &w->cars[c->behind].ahead) = v;
}

/* The last slot moves into the gap. */
void vehicles_remove(struct world *w, uint32_t v)
{
	uint32_t last = --w->n;
	if (last == v)
		return;
	w->cars[v] = w->cars[last];
	tell_neighbours(w, v);
}

/* Between two of them, or first or last. */
static void put_between(struct world *w, uint32_t v, uint32_t lane, uint32_t ahead, uint32_t behind)
{
	struct lane_now *l = &w->lanes[lane];
	w->cars[v].lane = lane;
	w->cars[v].ahead = ahead;
	w->cars[v].behind = behind;
	tell_neighbours(w, v);
	uint32_t place = w->roads->lanes[lane].place;
	if (l->count++ == 0)
		__atomic_fetch_or(&w->busy[place / 64], UINT64_C(1) << place % 64, __ATOMIC_RELAXED);
	l->queued += car_queues(&w->cars[v]);
}

void vehicles_place(struct world *w, uint32_t v, uint32_t lane)
{
	uint32_t behind = NOBODY, ahead = w->lanes[lane].tail;
	while (ahead != NOBODY && w->cars[ahead].pos_m < w->cars[v].pos_m) {
		behind = ahead;
		ahead = w->cars[ahead].ahead;
	}
	put_between(w, v, lane, ahead, behind);
}

void vehicles_take(struct world *w, uint32_t v)
{
	struct car *c = &w->cars[v];
	struct lane_now *l = &w->lanes[c->lane];
	*(c->ahead == NOBODY ? &l->head : &w->cars[c->ahead].behind) = c->behind;
	*(c->behind == NOBODY ? &l->tail : &w->cars[c->behind].ahead) = c->ahead;
	uint32_t place = w->roads->lanes[c->lane].place;
	if (--l->count == 0)
		__atomic_fetch_and(&w->busy[place / 64], ~(UINT64_C(1) << place % 64), __ATOMIC_RELAXED);
	l->queued -= car_queues(c);
}

/* A lane beside, with room to come back from it when the route wants that. */
static double free_until_m(const struct guide_lane *here, const struct guide_lane *beside, double least_m)
{
	if (!beside->allowed)
		return -INFINITY;
	return here->offset == 0 && beside->offset == 0 ? INFINITY : beside->reach_m - least_m * (abs(here->offset) + 2);
}

void vehicles_settle(struct world *w, uint32_t v)
{
	struct car *c = &w->cars[v];
	const struct road_lane *lane = &w->roads->lanes[c->lane];
	c->max_mps = (float) lane_speed_mps(w, v, c->lane);
	c->flags &= (uint8_t) ~(CAR_MUST_LEFT | CAR_MUST_RIGHT);
	c->free_m[0] = c->free_m[1] = -INFINITY;
	if (lane->link != NET_NONE) {
		c->link = lane->link;
		return;
	}
	const struct guide_lane *at = guide_at(w, v, c->lane);
	c->link = at->link;
	if (lane->n_lanes < 2)
		return;
	double least = 2 * (w->gears[c->type].length_m + w->gears[c->type].min_gap_m);
	c->flags |= at->offset > 0 ? CAR_MUST_LEFT : at->offset < 0 ? CAR_MUST_RIGHT : 0;
	if (lane->index > 0)
		c->free_m[0] = (float) free_until_m(at, at - 1, least);
	if (lane->index + 1u < lane->n_lanes)
		c->free_m[1] = (float) free_until_m(at, at + 1, least);
}

static void note_tail(struct world *w, uint32_t v, uint32_t lane, double rear_at_m)
{
	struct lane_now *l = &w->lanes[lane];
	if (l->over == NOBODY)
		w->dirty_lanes[w->n_dirty++] = lane;
	else if (l->over_rear_m <= rear_at_m)
		return;
	l->over = v;
	l->over_rear_m = (float) rear_at_m;
}

static void find_tail(struct world *w, uint32_t v)
{
	const struct car *c = &w->cars[v];
	double rear = rear_m(w, v);
	for (int k = 0; rear < 0 && k < 3 && c->trail[k] != NET_NONE; k++) {
		rear += w->roads->lanes[c->trail[k]].length_m;
		note_tail(w, v, c->trail[k], rear);
	}
}

/* They are near the beginnings of lanes, so it looks there only. */
static void look_for_tails(struct share *s, uint32_t lane)
{
	const struct world *w = s->w;
	for (uint32_t v = w->lanes[lane].tail; v != NOBODY && rear_m(w, v) < 0; v = w->cars[v].ahead)
		g_array_append_val(s->tails, v);
}

void vehicles_look_for_tails(struct share *s)
{
	g_array_set_size(s->tails, 0);
	share_lanes(s, look_for_tails);
}

void vehicles_note_tails(struct world *w)
{
	while (w->n_dirty)
		w->lanes[w->dirty_lanes[--w->n_dirty]].over = NOBODY;
	for (uint32_t t = 0; t < w->options.threads; t++)
		for (guint k = 0; k < w->shares[t].tails->len; k++)
			find_tail(w, g_array_index(w->shares[t].tails, uint32_t, k));
}

/* Where the vehicle in each slot belongs, then round each circle of that permutation: no second array of vehicles is needed. */
static void sort_in_place(struct world *w)
{
	struct intent *intents = w->intents; /* unused between moving and planning */
	uint32_t n = 0;
	for (uint32_t word = 0; word < w->roads->n_order / 64; word++)
		for (uint64_t bits = w->busy[word]; bits; bits &= bits - 1)
			for (uint32_t v = w->lanes[w->roads->order[word * 64 + (uint32_t) __builtin_ctzll(bits)]].head; v != NOBODY; v = w->cars[v].behind)
				intents[v].sorted_to = n++;
	for (uint32_t l = 0; l < w->net->n_lanes; l++)
		if (w->lanes[l].count) {
			w->lanes[l].head = intents[w->lanes[l].head].sorted_to;
			w->lanes[l].tail = intents[w->lanes[l].tail].sorted_to;
		}
	for (uint32_t v = 0; v < w->n; v++) {
		struct car *c = &w->cars[v];
		c->ahead = c->ahead == NOBODY ? NOBODY : intents[c->ahead].sorted_to;
		c->behind = c->behind == NOBODY ? NOBODY : intents[c->behind].sorted_to;
	}
	for (uint32_t v = 0; v < w->n; v++)
		while (intents[v].sorted_to != v) {
			uint32_t to = intents[v].sorted_to;
			struct car moved = w->cars[to];
			w->cars[to] = w->cars[v];
			w->cars[v] = moved;
			intents[v].sorted_to = intents[to].sorted_to;
			intents[to].sorted_to = to;
		}
}

static void count_lane(struct share *s, uint32_t lane)
{
	s->first_slot += s->w->lanes[lane].count;
}

static void count(struct share *s)
{
	s->first_slot = 0;
	share_lanes(s, count_lane);
}

static void copy_lane(struct share *s, uint32_t lane)
{
	struct world *w = s->w;
	struct lane_now *now = &w->lanes[lane];
	uint32_t first = s->first_slot, n = 0;
	for (uint32_t v = now->head; v != NOBODY; v = w->cars[v].behind, n++) {
		struct car *c = &w->spare[first + n];
		*c = w->cars[v];
		c->ahead = n ? first + n - 1 : NOBODY;
		c->behind = n + 1 < now->count ? first + n + 1 : NOBODY;
	}
	now->head = first;
	now->tail = first + n - 1;
	s->first_slot += n;
}

static void copy(struct share *s)
{
	share_lanes(s, copy_lane);
}

/* Each thread copies its lanes' vehicles to where they belong in a second array. */
static void sort_together(struct world *w)
{
	crew_work(w, count);
	for (uint32_t t = 0, first = 0; t < w->options.threads; t++) {
		uint32_t n = w->shares[t].first_slot;
		w->shares[t].first_slot = first;
		first += n;
	}
	crew_work(w, copy);
	struct car *old = w->cars;
	w->cars = w->spare;
	w->spare = old;
}

void vehicles_sort(struct world *w)
{
	if (w->crew)
		sort_together(w);
	else
		sort_in_place(w);
}

uint32_t vehicles_leader(const struct world *w, uint32_t lane, double pos_m, uint32_t self, double *rear_at_m)
{
	uint32_t u = w->lanes[lane].tail;
	while (u != NOBODY && (u == self || w->cars[u].pos_m < pos_m))
		u = w->cars[u].ahead;
	if (u != NOBODY) {
		*rear_at_m = rear_m(w, u);
		return u;
	}
	u = w->lanes[lane].over;
	if (u == self || u == NOBODY)
		return NOBODY;
	*rear_at_m = w->lanes[lane].over_rear_m;
	return u;
}
