/* approach.c - who comes to which link this step; see parts.h. Written before anybody decides, from the state all see alike. */
#include "sim/parts.h"

static bool can_brake(const struct world *w, uint32_t v, double dist_m)
{
	const struct vtype *t = type_of(w, v);
	return dist_m > krauss_brake_gap_m(w->cars[v].speed_mps, t->decel_mps2, 0, w->h_s) || w->cars[v].speed_mps < t->decel_mps2 * w->h_s;
}

static void add(struct world *w, uint32_t *first, uint32_t v, uint32_t link, uint8_t section, double dist_m, bool passes)
{
	if (w->n_approaches == w->approaches_capacity) {
		w->approaches_capacity = w->approaches_capacity ? w->approaches_capacity * 2 : 256;
		w->approaches = g_renew(struct approach, w->approaches, w->approaches_capacity);
	}
	const struct road_link *rl = &w->roads->links[link];
	const struct vtype *t = type_of(w, v);
	double a = t->accel_mps2, v_max = lane_speed_mps(w, v, w->net->links[link].from_lane), v_in = v_max;
	if (rl->via[section] != NET_NONE)
		v_in = lane_speed_mps(w, v, rl->via[section]);
	double at_line = fmin(fmin(v_max, v_in), sqrt(w->cars[v].speed_mps * w->cars[v].speed_mps + 2 * a * dist_m));
	double arrive = krauss_travel_s(dist_m, w->cars[v].speed_mps, a, v_max);
	double over_m = (section ? rl->path_m - rl->wait_m : rl->path_m) + t->length_m;
	w->approaches[w->n_approaches] = (struct approach){
		.slot = v,
		.next = first[link],
		.dist_m = (float) dist_m,
		.arrive_s = (float) arrive,
		.leave_s = (float) (arrive + krauss_travel_s(over_m, at_line, a, fmax(v_in, 0.1))),
		.speed_mps = (float) w->cars[v].speed_mps,
		.passes = passes,
	};
	first[link] = w->n_approaches++;
}

static bool shall_pass(const struct world *w, uint32_t v, uint32_t link, double dist_m)
{
	char letter = w->link_letter[link];
	if (letter == 'r' || letter == 'u')
		return false;
	if ((letter == 'y' || letter == 'Y') && can_brake(w, v, dist_m))
		return false;
	return !(w->cars[v].held == HELD_BOX && w->cars[v].speed_mps < 1);
}

static void approach_one(struct world *w, uint32_t v)
{
	const struct vtype *t = type_of(w, v);
	double fastest = fmin(w->cars[v].speed_mps + t->accel_mps2 * w->h_s, t->max_speed_mps);
	double look_m = fastest * w->h_s + krauss_brake_gap_m(fastest, t->decel_mps2, t->tau_s, w->h_s);
	uint32_t lane = w->cars[v].lane, k = w->cars[v].edge_k;
	const struct guide *g = guide_of(w, v);
	uint32_t n_edges = w->routes->routes[g->route].n_edges;
	double seen = w->net->lanes[lane].length_m - w->cars[v].pos_m;
	bool passes = true;
	while (seen <= look_m) {
		const struct road_lane *rl = &w->roads->lanes[lane];
		uint32_t link = rl->link;
		if (link != NET_NONE) {
			if (rl->section == 0 && w->roads->links[link].via[1] != NET_NONE)
				add(w, w->wait_approach, v, link, 1, seen, passes);
			lane = rl->next;
			k += w->roads->lanes[lane].link == NET_NONE;
		} else {
			if (k + 1 >= n_edges)
				return;
			link = g->at[g->first[k] + w->net->lanes[lane].index].link;
			if (link == NET_NONE)
				return;
			passes = passes && shall_pass(w, v, link, seen);
			add(w, w->link_approach, v, link, 0, seen, passes);
			uint32_t via = w->roads->links[link].via[0];
			lane = via != NET_NONE ? via : w->net->links[link].to_lane;
			k += via == NET_NONE;
		}
		seen += w->net->lanes[lane].length_m;
	}
}

void approach_all(struct world *w)
{
	for (uint32_t k = 0; k < w->net->n_links; k++)
		w->link_approach[k] = w->wait_approach[k] = NOBODY;
	w->n_approaches = 0;
	for (uint32_t v = 0; v < w->n; v++)
		approach_one(w, v);
}
