/* vehicles.c - the places of vehicles and their order on the lanes; see parts.h. */
#include <string.h>

#include "sim/parts.h"

static void grow(struct world *w)
{
	w->capacity = w->capacity ? w->capacity * 2 : 256;
	w->cars = g_renew(struct car, w->cars, w->capacity);
}

uint32_t vehicles_add(struct world *w, uint32_t departure, uint32_t lane, double pos_m, double speed_mps)
{
	if (w->n == w->capacity)
		grow(w);
	uint32_t v = w->n++;
	memset(&w->cars[v], 0, sizeof(w->cars[v]));
	w->cars[v].id = departure;
	w->cars[v].link = NET_NONE;
	w->cars[v].trail = w->cars[v].trail2 = w->cars[v].trail3 = NET_NONE;
	w->cars[v].yield_to = NOBODY;
	w->cars[v].prev_lane = lane;
	w->cars[v].pos_m = w->cars[v].prev_pos_m = pos_m;
	w->cars[v].speed_mps = w->cars[v].prev_speed_mps = speed_mps;
	w->cars[v].held_since_s = NAN;
	w->cars[v].changed_s = -INFINITY;
	w->cars[v].depart_s = w->t_s;
	w->slot_of[departure] = v;
	vehicles_place(w, v, lane);
	return v;
}

/* The last slot moves into the gap, and whoever points to it is told. */
void vehicles_remove(struct world *w, uint32_t v)
{
	w->slot_of[w->cars[v].id] = NOBODY;
	uint32_t last = --w->n;
	if (last == v)
		return;
	w->cars[v] = w->cars[last];
	w->slot_of[w->cars[v].id] = v;
	uint32_t lane = w->cars[v].lane;
	*(w->cars[v].ahead == NOBODY ? &w->lanes[lane].head : &w->cars[w->cars[v].ahead].behind) = v;
	*(w->cars[v].behind == NOBODY ? &w->lanes[lane].tail : &w->cars[w->cars[v].behind].ahead) = v;
}

void vehicles_place(struct world *w, uint32_t v, uint32_t lane)
{
	uint32_t behind = NOBODY, ahead = w->lanes[lane].tail;
	while (ahead != NOBODY && w->cars[ahead].pos_m < w->cars[v].pos_m) {
		behind = ahead;
		ahead = w->cars[ahead].ahead;
	}
	w->cars[v].lane = lane;
	w->cars[v].ahead = ahead;
	w->cars[v].behind = behind;
	*(ahead == NOBODY ? &w->lanes[lane].head : &w->cars[ahead].behind) = v;
	*(behind == NOBODY ? &w->lanes[lane].tail : &w->cars[behind].ahead) = v;
	w->lanes[lane].count++;
}

void vehicles_take(struct world *w, uint32_t v)
{
	uint32_t lane = w->cars[v].lane;
	*(w->cars[v].ahead == NOBODY ? &w->lanes[lane].head : &w->cars[w->cars[v].ahead].behind) = w->cars[v].behind;
	*(w->cars[v].behind == NOBODY ? &w->lanes[lane].tail : &w->cars[w->cars[v].behind].ahead) = w->cars[v].ahead;
	w->lanes[lane].count--;
}

static void note_tail(struct world *w, uint32_t v, uint32_t lane, double rear_at_m)
{
	if (w->lanes[lane].over == NOBODY)
		w->dirty_lanes[w->n_dirty++] = lane;
	else if (w->lanes[lane].over_rear_m <= rear_at_m)
		return;
	w->lanes[lane].over = v;
	w->lanes[lane].over_rear_m = rear_at_m;
}

void vehicles_find_tails(struct world *w)
{
	while (w->n_dirty)
		w->lanes[w->dirty_lanes[--w->n_dirty]].over = NOBODY;
	for (uint32_t v = 0; v < w->n; v++) {
		double rear = rear_m(w, v);
		const uint32_t trail[] = {w->cars[v].trail, w->cars[v].trail2, w->cars[v].trail3};
		for (int k = 0; rear < 0 && k < 3 && trail[k] != NET_NONE; k++) {
			rear += w->net->lanes[trail[k]].length_m;
			note_tail(w, v, trail[k], rear);
		}
	}
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
