/* approach.c - who comes to which link this step; see parts.h. Written before anybody decides, from the state all see alike. */
#include <string.h>

#include "sim/parts.h"

#define STREET_LENGTHS 5 /* beyond the first node it looks on over streets as long as so many own lengths in all, as in SUMO */
#define FAR_M 150.0

static void add(struct share *s, const struct car *c, uint32_t slot, uint32_t link, uint8_t section, double dist_m)
{
	struct approach comer = {
		.place = link * 2 + section,
		.slot = slot,
		.dist_m = (float) dist_m,
		.speed_mps = (float) c->speed_mps,
		.type = c->type,
	};
	g_array_append_val(s->approaches, comer);
}

bool approach_passes(const struct world *w, const struct car *c, uint32_t link, double dist_m)
{
	char letter = w->link_letter[link];
	if (letter == 'r' || letter == 'u')
		return false;
	bool stops = letter == 'y' || letter == 'Y' || c->held == HELD_BOX;
	return !(stops && gear_can_brake(&w->gears[c->type], c->speed_mps, dist_m, w->h_s));
}

static void approach_one(struct share *s, uint32_t slot)
{
	const struct world *w = s->w;
	const struct car *c = &w->cars[slot];
	const struct gear *g = &w->gears[c->type];
	struct way way = {c->lane, c->link, c->at};
	if (way.link == NET_NONE || (w->link_letter[way.link] == 'r' && w->roads->lanes[way.lane].link == NET_NONE))
		return;
	double fastest = lesser(c->speed_mps + g->accel_mps, g->max_mps), seen = w->roads->lanes[way.lane].length_m - c->pos_m, street = 0;
	double look_m = fastest * (w->h_s + g->tau_s) + gear_brake_m(g, fastest, w->h_s);
	bool first = true;
	while (seen <= look_m || (way.link != NET_NONE && seen < FAR_M && street <= STREET_LENGTHS * g->length_m &&
		(!first || w->roads->links[way.link].short_exit))) {
		const struct road_lane *lane = &w->roads->lanes[way.lane];
		if (way.link == NET_NONE)
			return;
		if (lane->link == NET_NONE) {
			if (!approach_passes(w, c, way.link, seen))
				return;
			add(s, c, slot, way.link, 0, seen);
			if (seen > SIGHT_M && letter_is_minor(w->link_letter[way.link]) && w->roads->links[way.link].yields)
				return; /* who must look out is not expected beyond */
		} else if (lane->section == 0 && w->roads->links[way.link].via[1] != NET_NONE) {
			add(s, c, slot, way.link, 1, seen);
		}
		way_on(w->roads, &way);
		lane = &w->roads->lanes[way.lane];
		street += lane->link == NET_NONE ? lane->length_m : 0;
		seen += lane->length_m;
		first = false;
	}
}

static void approach_lane(struct share *s, uint32_t lane)
{
	const struct world *w = s->w;
	uint32_t link = w->roads->lanes[lane].link;
	if (link != NET_NONE) {
		const struct road_link *path = &w->roads->links[link];
		__atomic_fetch_or(&w->nodes[path->node].inside, UINT64_C(1) << path->bit, __ATOMIC_RELAXED);
	}
	double from_m = w->roads->lanes[lane].length_m - greater(w->roads->lanes[lane].sight_m, FAR_M);
	for (uint32_t v = w->lanes[lane].head; v != NOBODY && w->cars[v].pos_m >= from_m; v = w->cars[v].behind) {
		fetch_behind(w, v);
		approach_one(s, v);
	}
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
	memset(w->nodes, 0, w->net->n_nodes * sizeof(w->nodes[0]));
}

void approach_list(struct world *w)
{
	for (uint32_t t = 0; t < w->options.threads; t++) {
		GArray *all = w->shares[t].approaches;
		for (guint k = 0; k < all->len; k++) {
			struct approach *a = &g_array_index(all, struct approach, k);
			a->next = w->comers[a->place];
			w->comers[a->place] = a;
			const struct road_link *path = &w->roads->links[a->place / 2];
			w->nodes[path->node].coming |= UINT64_C(1) << path->bit;
		}
	}
	for (uint32_t k = 0; k < w->n_dirty; k++) {
		uint32_t link = w->roads->lanes[w->dirty_lanes[k]].link;
		if (link != NET_NONE)
			w->nodes[w->roads->links[link].node].inside |= UINT64_C(1) << w->roads->links[link].bit;
	}
}
