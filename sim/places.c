/* places.c - approaches and movements; see places.h. */
#include "sim/places.h"

#include <math.h>

#define HOPS_MOST 64

bool place_drivable(const struct network *net, uint32_t lane)
{
	return (net->lanes[lane].allow & (uint32_t) ~NET_PEDESTRIAN) && net->edges[net->lanes[lane].edge].function == NET_NORMAL;
}

double place_length_m(const struct network *net, uint32_t edge)
{
	double length_m = 0;
	for (uint32_t l = net->edges[edge].first_lane; l < net->edges[edge].first_lane + net->edges[edge].n_lanes; l++)
		length_m = fmax(length_m, net->lanes[l].length_m);
	return length_m;
}

static bool for_vehicles(const struct network *net, const struct net_link *l)
{
	return place_drivable(net, l->from_lane) && place_drivable(net, l->to_lane);
}

static double across_m(const struct network *net, const struct net_link *l)
{
	double m = 0;
	for (uint32_t via = l->via, hops = 0; via != NET_NONE && hops < 4; hops++) {
		m += net->lanes[via].length_m;
		via = net->lanes[via].n_links ? net->links[net->lanes[via].first_link].via : NET_NONE;
	}
	return m;
}

#define SEVERAL (UINT32_MAX - 1)

static uint32_t one_more(uint32_t known, uint32_t edge)
{
	return known == NET_NONE || known == edge ? edge : SEVERAL;
}

/* For every edge the one that it goes on to alone, and that is reached only by it, without signal or giving way; NET_NONE. Turning round
 * is not counted as a way. */
static uint32_t *find_next(const struct network *net, double *across)
{
	uint32_t *next = g_new(uint32_t, net->n_edges + 1);
	g_autofree uint32_t *before = g_new(uint32_t, net->n_edges + 1);
	g_autofree bool *stops = g_new0(bool, net->n_edges + 1);
	for (uint32_t e = 0; e < net->n_edges; e++)
		next[e] = before[e] = NET_NONE;
	for (uint32_t k = 0; k < net->n_links; k++) {
		const struct net_link *l = &net->links[k];
		if (!for_vehicles(net, l) || l->dir == 't')
			continue;
		uint32_t from = net->lanes[l->from_lane].edge, to = net->lanes[l->to_lane].edge;
		next[from] = one_more(next[from], to);
		before[to] = one_more(before[to], from);
		stops[from] |= l->signal != NET_NONE || l->state != 'M';
		across[from] = across_m(net, l);
	}
	for (uint32_t e = 0; e < net->n_edges; e++)
		if (next[e] != NET_NONE && (next[e] == SEVERAL || stops[e] || before[next[e]] != e || next[e] == e))
			next[e] = NET_NONE;
	return next;
}

static void find_roots(struct places *p)
{
	const struct network *net = p->net;
	g_autofree double *across = g_new0(double, net->n_edges + 1);
	g_autofree uint32_t *next = find_next(net, across);
	for (uint32_t e = 0; e < net->n_edges; e++) {
		p->root[e] = e;
		for (uint32_t hops = 0, to; hops < HOPS_MOST && (to = next[p->root[e]]) != NET_NONE && to != e; hops++) {
			p->ahead_m[e] += across[p->root[e]] + place_length_m(net, to);
			p->root[e] = to;
		}
	}
}

static const char *compass_of(const struct network *net, uint32_t edge)
{
	/* Where it comes from is behind where it heads: heading 0 = east. */
	static const char *const from[] = {"west", "south-west", "south", "south-east", "east", "north-east", "north", "north-west"};
	const struct net_lane *l = &net->lanes[net->edges[edge].first_lane];
	const struct net_point *a = &l->shape[l->n_shape - 2], *b = &l->shape[l->n_shape - 1];
	double turn = atan2(b->y_m - a->y_m, b->x_m - a->x_m) / (G_PI / 4);
	return from[((int) lround(turn) + 8) % 8];
}

static const char *turn_of(char dir)
{
	return dir == 's' ? "through" : dir == 'l' ? "left" : dir == 'r' ? "right" : dir == 'L' ? "half left" : dir == 'R' ? "half right"
		: dir == 't' ? "round" : "on";
}

/* The movement to `to` among the approach's last ones in the array, made where it is new. */
static struct movement_place *take_movement(GArray *list, uint32_t first, uint32_t from, uint32_t to, uint32_t approach)
{
	for (uint32_t k = first; k < list->len; k++)
		if (g_array_index(list, struct movement_place, k).to_edge == to)
			return &g_array_index(list, struct movement_place, k);
	struct movement_place m = {.approach = approach, .from_edge = from, .to_edge = to, .signal = NET_NONE};
	g_array_append_val(list, m);
	return &g_array_index(list, struct movement_place, list->len - 1);
}

static void take_approach(const struct places *p, GArray *approaches, GArray *movements, uint32_t edge)
{
	const struct network *net = p->net;
	const struct net_edge *e = &net->edges[edge];
	struct approach_place a = {.edge = edge, .node = e->to, .signal = NET_NONE, .first_movement = movements->len};
	bool yields = false;
	for (uint32_t i = e->first_lane; i < e->first_lane + e->n_lanes; i++)
		for (uint32_t k = net->lanes[i].first_link; k < net->lanes[i].first_link + net->lanes[i].n_links; k++) {
			const struct net_link *l = &net->links[k];
			if (!for_vehicles(net, l))
				continue;
			struct movement_place *m = take_movement(movements, a.first_movement, edge, net->lanes[l->to_lane].edge, approaches->len);
			if (!m->dir) {
				m->dir = l->dir;
				m->turn = turn_of(l->dir);
			}
			if (l->signal != NET_NONE)
				a.signal = m->signal = l->signal;
			m->yields |= l->signal == NET_NONE && l->state != 'M';
			yields |= m->yields;
		}
	a.n_movements = movements->len - a.first_movement;
	if (a.signal == NET_NONE && !yields) {
		g_array_set_size(movements, a.first_movement);
		return;
	}
	a.compass = compass_of(net, edge);
	g_array_append_val(approaches, a);
}

static void take_crossings(struct places *p)
{
	const struct network *net = p->net;
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct crossing_place));
	for (uint32_t k = 0; k < net->n_links; k++) {
		const struct net_link *l = &net->links[k];
		uint32_t from = net->lanes[l->from_lane].edge, to = net->lanes[l->to_lane].edge;
		uint32_t over = net->edges[to].function == NET_CROSSING ? to : net->edges[from].function == NET_CROSSING ? from : NET_NONE;
		bool known = over == NET_NONE || l->signal == NET_NONE;
		for (uint32_t i = 0; i < list->len && !known; i++) {
			const struct crossing_place *c = &g_array_index(list, struct crossing_place, i);
			known = c->signal == l->signal && c->link == l->signal_link;
		}
		struct crossing_place c = {l->signal, l->signal_link, over};
		if (!known)
			g_array_append_val(list, c);
	}
	p->n_crossings = list->len;
	p->crossings = (struct crossing_place *) (void *) g_array_free(list, FALSE);
}

struct places *places_new(const struct network *net)
{
	struct places *p = g_new0(struct places, 1);
	GArray *approaches = g_array_new(FALSE, TRUE, sizeof(struct approach_place));
	GArray *movements = g_array_new(FALSE, TRUE, sizeof(struct movement_place));
	p->net = net;
	p->root = g_new(uint32_t, net->n_edges + 1);
	p->ahead_m = g_new0(double, net->n_edges + 1);
	p->approach_of = g_new(uint32_t, net->n_edges + 1);
	find_roots(p);
	for (uint32_t e = 0; e < net->n_edges; e++)
		if (p->root[e] == e && net->edges[e].n_lanes && net->edges[e].function == NET_NORMAL)
			take_approach(p, approaches, movements, e);
	p->n_approaches = approaches->len;
	p->n_movements = movements->len;
	p->approaches = (struct approach_place *) (void *) g_array_free(approaches, FALSE);
	p->movements = (struct movement_place *) (void *) g_array_free(movements, FALSE);
	for (uint32_t e = 0; e < net->n_edges; e++)
		p->approach_of[e] = NET_NONE;
	for (uint32_t a = 0; a < p->n_approaches; a++)
		p->approach_of[p->approaches[a].edge] = a;
	for (uint32_t e = 0; e < net->n_edges; e++) {
		uint32_t a = p->approach_of[e] = p->approach_of[p->root[e]];
		if (a != NET_NONE)
			p->approaches[a].storage_m = fmax(p->approaches[a].storage_m, p->ahead_m[e] + place_length_m(net, e));
	}
	take_crossings(p);
	return p;
}

void places_free(struct places *p)
{
	if (!p)
		return;
	g_free(p->approaches);
	g_free(p->movements);
	g_free(p->crossings);
	g_free(p->root);
	g_free(p->ahead_m);
	g_free(p->approach_of);
	g_free(p);
}

uint32_t places_movement(const struct places *p, uint32_t from_edge, uint32_t to_edge)
{
	uint32_t a = p->approach_of[from_edge];
	if (a == NET_NONE || p->approaches[a].edge != from_edge)
		return NET_NONE;
	for (uint32_t k = p->approaches[a].first_movement; k < p->approaches[a].first_movement + p->approaches[a].n_movements; k++)
		if (p->movements[k].to_edge == to_edge)
			return k;
	return NET_NONE;
}
