/* roads.c - paths over nodes; see roads.h. Conflicts are made in crossings.c, guides in guides.c. */
#include "sim/roads.h"

#include <math.h>
#include <string.h>

#define SHORT_EXIT_M 25.0 /* five cars long */

static void make_path(struct roads *r, uint32_t link)
{
	const struct network *net = r->net;
	struct road_link *rl = &r->links[link];
	rl->via[0] = rl->via[1] = NET_NONE;
	rl->to_lane = net->links[link].to_lane;
	rl->from_lanes = net->edges[net->lanes[net->links[link].from_lane].edge].n_lanes;
	rl->first_lane = net->links[link].via != NET_NONE ? net->links[link].via : rl->to_lane;
	rl->short_exit = net->lanes[rl->to_lane].length_m < SHORT_EXIT_M;
	uint32_t lane = net->links[link].via, hops = 0;
	for (; lane != NET_NONE && hops < 2; hops++) {
		struct road_lane *inside = &r->lanes[lane];
		rl->via[hops] = lane;
		inside->link = link;
		inside->section = (uint8_t) hops;
		inside->base_m = rl->path_m;
		rl->path_m += (float) net->lanes[lane].length_m;
		if (hops == 0)
			rl->wait_m = rl->path_m;
		uint32_t on = net->lanes[lane].n_links ? net->links[net->lanes[lane].first_link].via : NET_NONE;
		inside->next = on != NET_NONE && hops == 0 ? on : net->links[link].to_lane;
		lane = on;
	}
}

static bool is_street(const struct network *net, uint32_t lane)
{
	return net->edges[net->lanes[lane].edge].function == NET_NORMAL;
}

static void find_stop_lines(struct roads *r)
{
	const struct network *net = r->net;
	for (uint32_t l = 0; l < net->n_lanes; l++) {
		const struct net_lane *lane = &net->lanes[l];
		for (uint32_t k = 0; is_street(net, l) && k < lane->n_links; k++)
			if (net->links[lane->first_link + k].signal != NET_NONE) {
				r->lanes[l].signal = net->links[lane->first_link + k].signal;
				r->lanes[l].stop_line = true;
			}
	}
	/* Lanes whose only way leads to a stop line: up to a few short pieces of road further up. */
	for (int round = 0; round < 8; round++)
		for (uint32_t l = 0; l < net->n_lanes; l++) {
			if (r->lanes[l].signal == NET_NONE || r->lanes[l].behind != NET_NONE)
				continue;
			uint32_t up = network_upstream(net, l);
			if (up == NET_NONE || up == l || r->lanes[up].stop_line || net->lanes[up].n_links != 1)
				continue;
			r->lanes[l].behind = up;
			r->lanes[up].signal = r->lanes[l].signal;
		}
}

static void list_links_in(struct roads *r)
{
	const struct network *net = r->net;
	r->in_links = g_new(uint32_t, net->n_links + 1);
	for (uint32_t k = 0; k < net->n_links; k++)
		if (is_street(net, net->links[k].from_lane))
			r->lanes[net->links[k].to_lane].n_in++;
	for (uint32_t l = 0, at = 0; l < net->n_lanes; l++) {
		r->lanes[l].first_in = at;
		at += r->lanes[l].n_in;
		r->lanes[l].n_in = 0;
	}
	for (uint32_t k = 0; k < net->n_links; k++)
		if (is_street(net, net->links[k].from_lane)) {
			struct road_lane *to = &r->lanes[net->links[k].to_lane];
			r->in_links[to->first_in + to->n_in++] = k;
		}
}

/* Lanes of one edge after what is in `order` already, in one word of 64 places. */
static void put_edge(struct roads *r, GArray *order, uint32_t edge)
{
	const struct net_edge *e = &r->net->edges[edge];
	uint32_t none = NET_NONE;
	while (order->len / 64 != (order->len + e->n_lanes - 1) / 64)
		g_array_append_val(order, none);
	for (uint32_t l = e->first_lane; l < e->first_lane + e->n_lanes; l++) {
		r->lanes[l].place = order->len;
		g_array_append_val(order, l);
	}
}

static void put_in_order(struct roads *r)
{
	const struct network *net = r->net;
	g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_autofree uint32_t *first = g_new(uint32_t, net->n_nodes + 1);
	g_autofree uint32_t *next = g_new(uint32_t, net->n_edges + 1);
	memset(first, 0xff, (net->n_nodes + 1) * sizeof(uint32_t));
	for (uint32_t e = net->n_edges; e-- > 0;) {
		uint32_t node = net->edges[e].to == NET_NONE ? net->n_nodes : net->edges[e].to;
		next[e] = first[node];
		first[node] = e;
	}
	for (uint32_t n = 0; n <= net->n_nodes; n++)
		for (uint32_t e = first[n]; e != NET_NONE; e = next[e])
			put_edge(r, order, e);
	for (uint32_t none = NET_NONE; order->len % 64;)
		g_array_append_val(order, none);
	r->n_order = order->len;
	r->order = (uint32_t *) (void *) g_array_free(g_steal_pointer(&order), FALSE);
}

static void chain_departures(struct roads *r)
{
	const struct routes *routes = r->routes;
	g_autofree uint32_t *next = g_new(uint32_t, r->net->n_edges + 1);
	memset(next, 0xff, (r->net->n_edges + 1) * sizeof(uint32_t));
	r->next_on_edge = g_new(uint32_t, routes->n_departures + 1);
	for (uint32_t d = routes->n_departures; d-- > 0;) {
		uint32_t edge = routes->routes[routes->departures[d].route].edges[0];
		r->next_on_edge[d] = next[edge];
		next[edge] = d;
	}
}

/* As far as the fastest goes in a step of a second, reacts and brakes. */
static float sight_m(const struct routes *routes, double speed_mps)
{
	double sight = 0;
	for (uint32_t k = 0; k < routes->n_types; k++) {
		const struct vtype *t = &routes->types[k];
		double v = fmin(t->max_speed_mps, speed_mps * fmax(t->speed_factor, t->speed_factor_max) + t->accel_mps2);
		sight = fmax(sight, v * (1 + t->tau_s) + v * v / (2 * t->decel_mps2) + t->min_gap_m);
	}
	return (float) sight;
}

struct roads *roads_new(const struct network *net, const struct routes *routes)
{
	struct roads *r = g_new0(struct roads, 1);
	r->users = 1;
	r->net = net;
	r->routes = routes;
	r->links = pages_alloc0(net->n_links + 1, sizeof(struct road_link));
	r->lanes = pages_alloc0(net->n_lanes + 1, sizeof(struct road_lane));
	for (uint32_t l = 0; l < net->n_lanes; l++) {
		const struct net_lane *lane = &net->lanes[l];
		r->lanes[l] = (struct road_lane){.sight_m = sight_m(routes, lane->speed_mps), .length_m = lane->length_m,
			.speed_mps = lane->speed_mps, .edge = lane->edge, .index = (uint16_t) lane->index,
			.n_lanes = (uint16_t) net->edges[lane->edge].n_lanes, .link = NET_NONE, .next = NET_NONE, .signal = NET_NONE, .behind = NET_NONE};
	}
	for (uint32_t l = 1; l < net->n_lanes; l++)
		if (r->lanes[l].edge == r->lanes[l - 1].edge && r->lanes[l].speed_mps != r->lanes[l - 1].speed_mps)
			for (uint32_t k = 0; k < r->lanes[l].n_lanes; k++)
				r->lanes[net->edges[r->lanes[l].edge].first_lane + k].uneven = true;
	put_in_order(r);
	for (uint32_t k = 0; k < net->n_links; k++)
		if (is_street(net, net->links[k].from_lane)) {
			make_path(r, k);
			r->only_streets |= net->links[k].via == NET_NONE;
		}
	list_links_in(r);
	find_stop_lines(r);
	crossings_make(r);
	guides_make(r);
	chain_departures(r);
	return r;
}

struct roads *roads_share(struct roads *r)
{
	g_atomic_int_inc(&r->users);
	return r;
}

void roads_free(struct roads *r)
{
	if (!r || !g_atomic_int_dec_and_test(&r->users))
		return;
	g_free(r->guides);
	pages_free(r->at);
	g_free(r->order);
	g_free(r->guide_of);
	g_free(r->next_on_edge);
	pages_free(r->links);
	g_free(r->in_links);
	pages_free(r->lanes);
	pages_free(r->conflicts);
	g_free(r);
}
