/* record_path.c - the path that a record follows: the longest straight way through the signals, or a given one. */
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "sim/record_path.h"

static bool drivable(const struct network *net, uint32_t edge)
{
	const struct net_edge *e = &net->edges[edge];
	bool vehicles = false;
	for (uint32_t i = 0; i < e->n_lanes; i++)
		vehicles |= (net->lanes[e->first_lane + i].allow & (uint32_t) ~NET_PEDESTRIAN) != 0;
	return e->function == NET_NORMAL && vehicles;
}

static double edge_length_m(const struct network *net, uint32_t edge)
{
	double length_m = 0;
	for (uint32_t i = 0; i < net->edges[edge].n_lanes; i++)
		length_m = fmax(length_m, net->lanes[net->edges[edge].first_lane + i].length_m);
	return length_m;
}

/* A link from one edge to another that vehicles may take, one with a signal rather than one without; `to` NET_NONE: the straight
 * one to any edge. */
static uint32_t joint(const struct network *net, uint32_t from, uint32_t to)
{
	uint32_t best = NET_NONE;
	const struct net_edge *e = &net->edges[from];
	for (uint32_t i = e->first_lane; i < e->first_lane + e->n_lanes; i++)
		for (uint32_t k = net->lanes[i].first_link; k < net->lanes[i].first_link + net->lanes[i].n_links; k++) {
			const struct net_link *l = &net->links[k];
			uint32_t next = net->lanes[l->to_lane].edge;
			if (!(net->lanes[i].allow & (uint32_t) ~NET_PEDESTRIAN) || !drivable(net, next))
				continue;
			if (to == NET_NONE ? l->dir != 's' : next != to)
				continue;
			if (best == NET_NONE || (net->links[best].signal == NET_NONE && l->signal != NET_NONE))
				best = k;
		}
	return best;
}

struct way { /* a chain of edges, and what it is worth */
	GArray *edges;
	uint32_t n_signals;
	double stopped_veh; /* vehicles that come to its signals, summed over them */
	double length_m;
};

/* Vehicles that will drive on each edge. */
static double *demand_of(const struct network *net, const struct routes *demand)
{
	double *vehicles = g_new0(double, net->n_edges + 1);
	for (uint32_t d = 0; demand && d < demand->n_departures; d++) {
		const struct route *route = &demand->routes[demand->departures[d].route];
		for (uint32_t i = 0; i < route->n_edges; i++)
			vehicles[route->edges[i]]++;
	}
	return vehicles;
}

/* Straight on from `edge` as far as it goes. */
static struct way follow(const struct network *net, uint32_t edge, const double *vehicles)
{
	g_autofree bool *visited = g_new0(bool, net->n_edges);
	struct way way = {.edges = g_array_new(FALSE, FALSE, sizeof(uint32_t))};
	while (!visited[edge]) {
		visited[edge] = true;
		g_array_append_val(way.edges, edge);
		way.length_m += edge_length_m(net, edge);
		uint32_t k = joint(net, edge, NET_NONE);
		if (k == NET_NONE)
			break;
		uint32_t next = net->lanes[net->links[k].to_lane].edge;
		if (net->links[k].signal != NET_NONE && !visited[next]) {
			way.n_signals++;
			way.stopped_veh += fmin(vehicles[edge], vehicles[next]);
		}
		edge = next;
	}
	return way;
}

static bool better(const struct way *a, const struct way *b)
{
	if (a->stopped_veh < b->stopped_veh || a->stopped_veh > b->stopped_veh)
		return a->stopped_veh > b->stopped_veh;
	if (a->n_signals != b->n_signals)
		return a->n_signals > b->n_signals;
	return a->length_m > b->length_m;
}

uint32_t *record_path_find(const struct network *net, const struct routes *demand, uint32_t *n)
{
	g_autofree double *vehicles = demand_of(net, demand);
	struct way best = {.edges = g_array_new(FALSE, FALSE, sizeof(uint32_t))};
	for (uint32_t e = 0; e < net->n_edges; e++) {
		if (!drivable(net, e))
			continue;
		struct way way = follow(net, e, vehicles);
		struct way worse = way;
		if (way.n_signals && better(&way, &best)) {
			worse = best;
			best = way;
		}
		g_array_unref(worse.edges);
	}
	*n = best.edges->len;
	return (uint32_t *) (void *) g_array_free(best.edges, *n == 0);
}

/* The lanes inside the node between two edges of the path; says how long the way across is. */
static double lay_inside(struct record *r, uint32_t from, uint32_t to, double at_m)
{
	const struct network *net = r->net;
	double across_m = 0;
	const struct net_edge *e = &net->edges[from];
	for (uint32_t i = e->first_lane; i < e->first_lane + e->n_lanes; i++)
		for (uint32_t k = net->lanes[i].first_link; k < net->lanes[i].first_link + net->lanes[i].n_links; k++) {
			if (net->lanes[net->links[k].to_lane].edge != to)
				continue;
			double m = 0;
			for (uint32_t via = net->links[k].via; via != NET_NONE;) {
				const struct net_lane *inside = &net->lanes[via];
				r->lane_at_m[via] = at_m + m;
				m += inside->length_m;
				via = inside->n_links ? net->links[inside->first_link].via : NET_NONE;
			}
			across_m = fmax(across_m, m);
		}
	return across_m;
}

static void add_signal(GArray *signals, const struct net_link *link, double at_m)
{
	struct record_signal s = {
		.signal = link->signal,
		.link = link->signal_link,
		.at_m = at_m,
		.runs = g_array_new(FALSE, FALSE, sizeof(struct record_run)),
	};
	g_array_append_val(signals, s);
}

bool record_path_lay(struct record *r, GError **error)
{
	const struct network *net = r->net;
	r->lane_at_m = g_new(double, net->n_lanes);
	for (uint32_t i = 0; i < net->n_lanes; i++)
		r->lane_at_m[i] = UNKNOWN;
	r->path_at_m = g_new0(double, r->n_path + 1);
	GArray *signals = g_array_new(FALSE, TRUE, sizeof(struct record_signal));
	bool joined = true;
	for (uint32_t i = 0; i < r->n_path && joined; i++) {
		const struct net_edge *e = &net->edges[r->path[i]];
		r->path_at_m[i] = r->length_m;
		for (uint32_t k = e->first_lane; k < e->first_lane + e->n_lanes; k++)
			r->lane_at_m[k] = r->length_m;
		r->length_m += edge_length_m(net, r->path[i]);
		if (i + 1 == r->n_path)
			break;
		uint32_t k = joint(net, r->path[i], r->path[i + 1]);
		joined = k != NET_NONE;
		if (!joined) {
			g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "no vehicle can go from edge %s to edge %s, the next one of the path",
				e->id, net->edges[r->path[i + 1]].id);
			break;
		}
		if (net->links[k].signal != NET_NONE)
			add_signal(signals, &net->links[k], r->length_m);
		r->length_m += lay_inside(r, r->path[i], r->path[i + 1], r->length_m);
	}
	r->n_signals = signals->len;
	r->signals = (struct record_signal *) (void *) g_array_free(signals, FALSE);
	return joined;
}
