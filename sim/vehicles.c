/* vehicles.c - the places of vehicles and their order on the lanes; see parts.h. */
#include <string.h>

#include "sim/parts.h"

static void grow(struct world *w)
{
	w->capacity = w->capacity ? w->capacity * 2 : 256;
#define X(type, name) w->name = g_renew(type, w->name, w->capacity);
	VEHICLE_ARRAYS(X)
#undef X
}

uint32_t vehicles_add(struct world *w, uint32_t departure, uint32_t lane, double pos_m, double speed_mps)
{
	if (w->n == w->capacity)
		grow(w);
	uint32_t v = w->n++;
#define X(type, name) memset(&w->name[v], 0, sizeof(type));
	VEHICLE_ARRAYS(X)
#undef X
	w->id[v] = departure;
	w->link[v] = NET_NONE;
	w->trail[v] = w->trail2[v] = w->trail3[v] = NET_NONE;
	w->yield_to[v] = NOBODY;
	w->prev_lane[v] = lane;
	w->pos_m[v] = w->prev_pos_m[v] = pos_m;
	w->speed_mps[v] = w->prev_speed_mps[v] = speed_mps;
	w->held_since_s[v] = NAN;
	w->changed_s[v] = -INFINITY;
	w->depart_s[v] = w->t_s;
	w->slot_of[departure] = v;
	vehicles_place(w, v, lane);
	return v;
}

/* The last slot moves into the gap, and whoever points to it is told. */
void vehicles_remove(struct world *w, uint32_t v)
{
	w->slot_of[w->id[v]] = NOBODY;
	uint32_t last = --w->n;
	if (last == v)
		return;
#define X(type, name) w->name[v] = w->name[last];
	VEHICLE_ARRAYS(X)
#undef X
	w->slot_of[w->id[v]] = v;
	uint32_t lane = w->lane[v];
	*(w->ahead[v] == NOBODY ? &w->lane_head[lane] : &w->behind[w->ahead[v]]) = v;
	*(w->behind[v] == NOBODY ? &w->lane_tail[lane] : &w->ahead[w->behind[v]]) = v;
}

void vehicles_place(struct world *w, uint32_t v, uint32_t lane)
{
	uint32_t behind = NOBODY, ahead = w->lane_tail[lane];
	while (ahead != NOBODY && w->pos_m[ahead] < w->pos_m[v]) {
		behind = ahead;
		ahead = w->ahead[ahead];
	}
	w->lane[v] = lane;
	w->ahead[v] = ahead;
	w->behind[v] = behind;
	*(ahead == NOBODY ? &w->lane_head[lane] : &w->behind[ahead]) = v;
	*(behind == NOBODY ? &w->lane_tail[lane] : &w->ahead[behind]) = v;
	w->lane_count[lane]++;
}

void vehicles_take(struct world *w, uint32_t v)
{
	uint32_t lane = w->lane[v];
	*(w->ahead[v] == NOBODY ? &w->lane_head[lane] : &w->behind[w->ahead[v]]) = w->behind[v];
	*(w->behind[v] == NOBODY ? &w->lane_tail[lane] : &w->ahead[w->behind[v]]) = w->ahead[v];
	w->lane_count[lane]--;
}

static void note_tail(struct world *w, uint32_t v, uint32_t lane, double rear_at_m)
{
	if (w->lane_over[lane] == NOBODY)
		w->dirty_lanes[w->n_dirty++] = lane;
	else if (w->lane_over_rear_m[lane] <= rear_at_m)
		return;
	w->lane_over[lane] = v;
	w->lane_over_rear_m[lane] = rear_at_m;
}

void vehicles_find_tails(struct world *w)
{
	while (w->n_dirty)
		w->lane_over[w->dirty_lanes[--w->n_dirty]] = NOBODY;
	for (uint32_t v = 0; v < w->n; v++) {
		double rear = rear_m(w, v);
		const uint32_t trail[] = {w->trail[v], w->trail2[v], w->trail3[v]};
		for (int k = 0; rear < 0 && k < 3 && trail[k] != NET_NONE; k++) {
			rear += w->net->lanes[trail[k]].length_m;
			note_tail(w, v, trail[k], rear);
		}
	}
}

uint32_t vehicles_leader(const struct world *w, uint32_t lane, double pos_m, uint32_t self, double *rear_at_m)
{
	uint32_t u = w->lane_tail[lane];
	while (u != NOBODY && (u == self || w->pos_m[u] < pos_m))
		u = w->ahead[u];
	if (u != NOBODY) {
		*rear_at_m = rear_m(w, u);
		return u;
	}
	u = w->lane_over[lane];
	if (u == self || u == NOBODY)
		return NOBODY;
	*rear_at_m = w->lane_over_rear_m[lane];
	return u;
}
