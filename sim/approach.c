/* approach.c - who comes to which link this step; see parts.h. Written before anybody decides, from the state all see alike. */
#include "sim/parts.h"

static void add(struct share *s, const struct car *c, uint32_t slot, uint32_t link, uint8_t section, double dist_m)
{
	const struct world *w = s->w;
	const struct road_link *rl = &w->roads->links[link];
	const struct gear *g = &w->gears[c->type];
	double a = g->accel_mps2, v_max = lane_speed_mps(w, slot, w->net->links[link].from_lane), v_in = v_max;
	if (rl->via[section] != NET_NONE)
		v_in = lane_speed_mps(w, slot, rl->via[section]);
	double at_line = lesser(lesser(v_max, v_in), sqrt(c->speed_mps * c->speed_mps + 2 * a * dist_m));
	double arrive = krauss_travel_s(dist_m, c->speed_mps, a, v_max);
	double over_m = (section ? rl->path_m - rl->wait_m : rl->path_m) + g->length_m;
	struct approach comer = {
		.place = link * 2 + section,
		.slot = slot,
		.id = c->id,
		.dist_m = (float) dist_m,
		.arrive_s = (float) arrive,
		.leave_s = (float) (arrive + krauss_travel_s(over_m, at_line, a, greater(v_in, 0.1))),
		.speed_mps = (float) c->speed_mps,
		.type = (uint16_t) c->type,
		.decel_mps2 = (float) g->decel_mps2,
		.waits_since_s = c->held == HELD_YIELD && (c->flags & CAR_AT_LINE) ? c->held_since_s : NAN,
		.blocked = car_is_blocked(w, c),
	};
	g_array_append_val(s->approaches, comer);
}

static bool shall_pass(const struct world *w, const struct car *c, uint32_t link, double dist_m)
{
	char letter = w->link_letter[link];
	if (letter == 'r' || letter == 'u')
		return false;
	if ((letter == 'y' || letter == 'Y') && gear_can_brake(&w->gears[c->type], c->speed_mps, dist_m, w->h_s))
		return false;
	return !(c->held == HELD_BOX && c->speed_mps < 1);
}

static void approach_one(struct share *s, uint32_t slot)
{
	const struct world *w = s->w;
	const struct car *c = &w->cars[slot];
	const struct gear *g = &w->gears[c->type];
	struct way way = {c->lane, c->link, c->at};
	double fastest = lesser(c->speed_mps + g->accel_mps, g->max_mps), seen = w->roads->lanes[way.lane].length_m - c->pos_m;
	double look_m = fastest * (w->h_s + g->tau_s) + gear_brake_m(g, fastest, w->h_s);
	while (seen <= look_m) {
		const struct road_lane *lane = &w->roads->lanes[way.lane];
		if (way.link == NET_NONE)
			return;
		if (lane->link == NET_NONE) {
			if (!shall_pass(w, c, way.link, seen))
				return;
			add(s, c, slot, way.link, 0, seen);
		} else if (lane->section == 0 && w->roads->links[way.link].via[1] != NET_NONE) {
			add(s, c, slot, way.link, 1, seen);
		}
		way_on(w->roads, &way);
		seen += w->roads->lanes[way.lane].length_m;
	}
}

static void approach_lane(struct share *s, uint32_t lane)
{
	for (uint32_t v = s->w->lanes[lane].head; v != NOBODY; v = s->w->cars[v].behind)
		approach_one(s, v);
}

void approach_find(struct share *s)
{
	g_array_set_size(s->approaches, 0);
	share_lanes(s, approach_lane);
}

void approach_forget(struct world *w)
{
	for (uint32_t t = 0; t < w->options.threads; t++)
		for (guint k = 0; k < w->shares[t].approaches->len; k++)
			w->comers[g_array_index(w->shares[t].approaches, struct approach, k).place] = NULL;
}

void approach_list(struct world *w)
{
	for (uint32_t t = 0; t < w->options.threads; t++) {
		GArray *all = w->shares[t].approaches;
		for (guint k = 0; k < all->len; k++) {
			struct approach *a = &g_array_index(all, struct approach, k);
			a->next = w->comers[a->place];
			w->comers[a->place] = a;
		}
	}
}
