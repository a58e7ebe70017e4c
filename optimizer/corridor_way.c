/* corridor_way.c - see corridor_way.h. */
#include "optimizer/corridor_way.h"

#include <math.h>

#include "core/units.h"

#define EDGES_MAX 4096

G_DEFINE_QUARK(greenwave-corridor-error, corridor_error)

/* ---- the fastest way ---- */

static double edge_speed_mps(const struct network *net, const struct net_edge *edge)
{
	double most_mps = 0.1;
	for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++)
		most_mps = fmax(most_mps, net->lanes[l].speed_mps);
	return most_mps;
}

static double edge_s(const struct network *net, uint32_t edge)
{
	const struct net_edge *e = &net->edges[edge];
	return net->lanes[e->first_lane].length_m / edge_speed_mps(net, e);
}

/* Length and time of the inside of the node that a link crosses; a turn that waits inside has two pieces. */
static void inside(const struct network *net, const struct net_link *link, double *length_m, double *time_s)
{
	*length_m = *time_s = 0;
	for (uint32_t via = link->via, k = 0; via != NET_NONE && k < 4; k++) {
		const struct net_lane *lane = &net->lanes[via];
		*length_m += lane->length_m;
		*time_s += lane->length_m / fmax(lane->speed_mps, 0.1);
		via = lane->n_links ? net->links[lane->first_link].via : NET_NONE;
	}
}

/* The edge that a link of a normal lane leads to when vehicles of that class may go there. */
static uint32_t link_to(const struct network *net, const struct net_link *link, uint32_t allow)
{
	uint32_t to = net->lanes[link->to_lane].edge;
	return link->allow & allow && net->edges[to].function == NET_NORMAL ? to : NET_NONE;
}

struct reached { /* an edge, and when its end is reached */
	double time_s;
	uint32_t edge;
};

static void swap(GArray *heap, guint a, guint b)
{
	struct reached *x = &g_array_index(heap, struct reached, a), *y = &g_array_index(heap, struct reached, b), z = *x;
	*x = *y;
	*y = z;
}

static bool sooner(const GArray *heap, guint a, guint b)
{
	return g_array_index(heap, struct reached, a).time_s < g_array_index(heap, struct reached, b).time_s;
}

static void push(GArray *heap, struct reached r)
{
	g_array_append_val(heap, r);
	for (guint k = heap->len - 1; k > 0 && sooner(heap, k, (k - 1) / 2); k = (k - 1) / 2)
		swap(heap, k, (k - 1) / 2);
}

static struct reached pop(GArray *heap)
{
	struct reached first = g_array_index(heap, struct reached, 0);
	swap(heap, 0, heap->len - 1);
	g_array_set_size(heap, heap->len - 1);
	for (guint k = 0;;) {
		guint best = k;
		for (guint child = 2 * k + 1; child <= 2 * k + 2 && child < heap->len; child++)
			if (sooner(heap, child, best))
				best = child;
		if (best == k)
			return first;
		swap(heap, k, best);
		k = best;
	}
}

/* Reaches on from one edge over all its links. */
static void reach(const struct network *net, struct reached at, uint32_t allow, GArray *heap, double *time_s, uint32_t *before)
{
	const struct net_edge *edge = &net->edges[at.edge];
	for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++)
		for (uint32_t k = net->lanes[l].first_link; k < net->lanes[l].first_link + net->lanes[l].n_links; k++) {
			double length_m, inside_s;
			uint32_t next = link_to(net, &net->links[k], allow);
			if (next == NET_NONE)
				continue;
			inside(net, &net->links[k], &length_m, &inside_s);
			struct reached r = {at.time_s + inside_s + edge_s(net, next), next};
			if (r.time_s >= time_s[next])
				continue;
			time_s[next] = r.time_s;
			before[next] = at.edge;
			push(heap, r);
		}
}

/* `before` gets each edge's predecessor on the fastest way from the end of `from`. False: `to` is out of reach. */
static bool spread(const struct network *net, uint32_t from, uint32_t to, uint32_t allow, uint32_t *before)
{
	g_autoptr(GArray) heap = g_array_new(FALSE, FALSE, sizeof(struct reached));
	g_autofree double *time_s = g_new(double, net->n_edges);
	for (uint32_t e = 0; e < net->n_edges; e++)
		time_s[e] = INFINITY;
	time_s[from] = 0;
	push(heap, (struct reached){0, from});
	while (heap->len) {
		struct reached at = pop(heap);
		if (at.edge == to)
			return true;
		if (at.time_s <= time_s[at.edge]) /* else it was reached sooner another way */
			reach(net, at, allow, heap, time_s, before);
	}
	return false;
}

static bool joined(const struct network *net, uint32_t from, uint32_t to, uint32_t allow)
{
	const struct net_edge *edge = &net->edges[from];
	for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++)
		for (uint32_t k = net->lanes[l].first_link; k < net->lanes[l].first_link + net->lanes[l].n_links; k++)
			if (link_to(net, &net->links[k], allow) == to)
				return true;
	return false;
}

/* Appends what lies between `from` and `to`, and `to`. */
static bool join(const struct network *net, uint32_t from, uint32_t to, uint32_t allow, GArray *edges, GError **error)
{
	if (joined(net, from, to, allow)) {
		g_array_append_val(edges, to);
		return true;
	}
	g_autofree uint32_t *before = g_new(uint32_t, net->n_edges);
	if (from == to || !spread(net, from, to, allow, before)) {
		g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_WAY, "there is no way from edge %s to edge %s for that vehicle", net->edges[from].id,
			net->edges[to].id);
		return false;
	}
	guint first = edges->len;
	for (uint32_t at = to; at != from; at = before[at])
		g_array_insert_val(edges, first, at);
	return true;
}

/* ---- the way itself ---- */

/* All links of the way between edge number i and the next; the first one's inside stands for the node. */
static void add_stop(struct corridor_way *w, GArray *stops, uint32_t i, uint32_t allow, double end_m, double end_s, double *inside_m, double *inside_s)
{
	const struct network *net = w->net;
	const struct net_edge *edge = &net->edges[w->edges[i]];
	g_autoptr(GArray) exits = g_array_new(FALSE, FALSE, sizeof(struct way_exit));
	struct way_stop stop = {.signal = NET_NONE, .edge = i, .at_m = end_m, .free_s = end_s};
	bool first = true;
	for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++)
		for (uint32_t k = net->lanes[l].first_link; k < net->lanes[l].first_link + net->lanes[l].n_links; k++) {
			const struct net_link *link = &net->links[k];
			if (link_to(net, link, allow) != w->edges[i + 1])
				continue;
			if (first)
				inside(net, link, inside_m, inside_s);
			first = false;
			if (link->signal == NET_NONE || link->signal_link == NET_NONE || (stop.signal != NET_NONE && stop.signal != link->signal))
				continue;
			stop.signal = link->signal;
			struct way_exit exit = {l, link->signal_link};
			g_array_append_val(exits, exit);
		}
	if (stop.signal == NET_NONE)
		return;
	stop.n_exits = exits->len;
	stop.exits = g_memdup2(exits->data, exits->len * sizeof(struct way_exit));
	g_array_append_val(stops, stop);
}

static void measure(struct corridor_way *w, uint32_t allow)
{
	GArray *stops = g_array_new(FALSE, FALSE, sizeof(struct way_stop));
	double at_m = 0, at_s = 0;
	w->at_m = g_new(double, w->n_edges);
	w->free_s = g_new(double, w->n_edges);
	for (uint32_t i = 0; i < w->n_edges; i++) {
		double inside_m = 0, inside_s = 0;
		w->at_m[i] = at_m;
		w->free_s[i] = at_s;
		at_m += w->net->lanes[w->net->edges[w->edges[i]].first_lane].length_m;
		at_s += edge_s(w->net, w->edges[i]);
		if (i + 1 < w->n_edges)
			add_stop(w, stops, i, allow, at_m, at_s, &inside_m, &inside_s);
		at_m += inside_m;
		at_s += inside_s;
	}
	w->length_m = at_m;
	w->total_s = at_s;
	w->n_stops = stops->len;
	w->stops = (struct way_stop *) (void *) g_array_free(stops, FALSE);
}

struct corridor_way *corridor_way_new(const struct network *net, const uint32_t *edges, uint32_t n_edges, uint32_t allow, GError **error)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	for (uint32_t i = 0; i < n_edges; i++)
		if (edges[i] >= net->n_edges || net->edges[edges[i]].function != NET_NORMAL || net->edges[edges[i]].n_lanes == 0) {
			g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_WAY, "edge number %u of the way is none that vehicles drive on", i + 1);
			return NULL;
		}
	if (n_edges == 0) {
		g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_WAY, "a way needs one edge at least");
		return NULL;
	}
	g_array_append_val(all, edges[0]);
	for (uint32_t i = 1; i < n_edges; i++) {
		if (!join(net, edges[i - 1], edges[i], allow, all, error))
			return NULL;
		if (all->len > EDGES_MAX) {
			g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_WAY, "the way has more than %d edges", EDGES_MAX);
			return NULL;
		}
	}
	struct corridor_way *w = g_new0(struct corridor_way, 1);
	w->net = net;
	w->n_edges = all->len;
	w->edges = g_memdup2(all->data, all->len * sizeof(uint32_t));
	measure(w, allow);
	return w;
}

void corridor_way_free(struct corridor_way *w)
{
	if (!w)
		return;
	for (uint32_t i = 0; i < w->n_stops; i++)
		g_free(w->stops[i].exits);
	g_free(w->stops);
	g_free(w->edges);
	g_free(w->at_m);
	g_free(w->free_s);
	g_free(w);
}

/* ---- places ---- */

static double edge_length_m(const struct corridor_way *w, uint32_t i)
{
	return w->net->lanes[w->net->edges[w->edges[i]].first_lane].length_m;
}

/* The place of an internal lane behind edge number i, if one of its links on the way runs over it. */
static double find_inside(const struct corridor_way *w, uint32_t i, uint32_t lane, double pos_m)
{
	const struct network *net = w->net;
	const struct net_edge *edge = &net->edges[w->edges[i]];
	for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++)
		for (uint32_t k = net->lanes[l].first_link; k < net->lanes[l].first_link + net->lanes[l].n_links; k++) {
			double before_m = 0;
			if (i + 1 >= w->n_edges || net->lanes[net->links[k].to_lane].edge != w->edges[i + 1])
				continue;
			for (uint32_t via = net->links[k].via, n = 0; via != NET_NONE && n < 4; n++) {
				if (via == lane)
					return fmin(w->at_m[i] + edge_length_m(w, i) + before_m + pos_m, w->at_m[i + 1]);
				before_m += net->lanes[via].length_m;
				via = net->lanes[via].n_links ? net->links[net->lanes[via].first_link].via : NET_NONE;
			}
		}
	return UNKNOWN;
}

double corridor_way_find(const struct corridor_way *w, uint32_t from, uint32_t lane, double pos_m)
{
	const struct net_lane *at = &w->net->lanes[lane];
	bool internal = w->net->edges[at->edge].function != NET_NORMAL;
	for (uint32_t i = from; i < w->n_edges; i++) {
		double place_m = internal ? find_inside(w, i, lane, pos_m) : UNKNOWN;
		if (!internal && w->edges[i] == at->edge)
			place_m = w->at_m[i] + CLAMP(pos_m, 0, edge_length_m(w, i));
		if (isfinite(place_m))
			return place_m;
	}
	return UNKNOWN;
}

/* The nearest place on one lane's centre line: how far away, and where on it. */
static double nearest_m(const struct net_lane *lane, struct net_point at, double *pos_m)
{
	double best_m = INFINITY, before_m = 0, shape_m = 0;
	for (uint32_t k = 0; k + 1 < lane->n_shape; k++)
		shape_m += hypot(lane->shape[k + 1].x_m - lane->shape[k].x_m, lane->shape[k + 1].y_m - lane->shape[k].y_m);
	for (uint32_t k = 0; k + 1 < lane->n_shape; k++) {
		double dx = lane->shape[k + 1].x_m - lane->shape[k].x_m, dy = lane->shape[k + 1].y_m - lane->shape[k].y_m, long_m = hypot(dx, dy);
		double px = at.x_m - lane->shape[k].x_m, py = at.y_m - lane->shape[k].y_m;
		double part = long_m > 0 ? CLAMP((px * dx + py * dy) / (long_m * long_m), 0, 1) : 0, away_m = hypot(px - part * dx, py - part * dy);
		if (away_m < best_m) {
			best_m = away_m;
			*pos_m = (before_m + part * long_m) * (shape_m > 0 ? lane->length_m / shape_m : 1);
		}
		before_m += long_m;
	}
	return best_m;
}

double corridor_way_near(const struct corridor_way *w, uint32_t from, struct net_point at, double within_m)
{
	double best_m = within_m, place_m = UNKNOWN;
	for (uint32_t i = from; i < w->n_edges; i++) {
		const struct net_edge *edge = &w->net->edges[w->edges[i]];
		for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++) {
			double pos_m = 0, away_m = nearest_m(&w->net->lanes[l], at, &pos_m);
			if (away_m < best_m - 1e-6) {
				best_m = away_m;
				place_m = w->at_m[i] + pos_m;
			}
		}
	}
	return place_m;
}

uint32_t corridor_way_edge(const struct corridor_way *w, double at_m)
{
	uint32_t low = 0, high = w->n_edges;
	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;
		if (w->at_m[middle] <= at_m)
			low = middle;
		else
			high = middle;
	}
	return low;
}

double corridor_way_limit_mps(const struct corridor_way *w, double at_m)
{
	return edge_speed_mps(w->net, &w->net->edges[w->edges[corridor_way_edge(w, at_m)]]);
}

/* When a place is passed at the speed limits. */
static double when_s(const struct corridor_way *w, double at_m)
{
	uint32_t i = corridor_way_edge(w, at_m);
	double over_m = at_m - w->at_m[i], long_m = edge_length_m(w, i), end_s = w->free_s[i] + edge_s(w->net, w->edges[i]);
	if (over_m <= long_m)
		return w->free_s[i] + fmax(over_m, 0) / long_m * (end_s - w->free_s[i]);
	double next_m = i + 1 < w->n_edges ? w->at_m[i + 1] : w->length_m, next_s = i + 1 < w->n_edges ? w->free_s[i + 1] : w->total_s;
	return next_m > w->at_m[i] + long_m ? end_s + (next_s - end_s) * fmin((over_m - long_m) / (next_m - w->at_m[i] - long_m), 1) : end_s;
}

double corridor_way_free_s(const struct corridor_way *w, double from_m, double to_m)
{
	return fmax(when_s(w, to_m) - when_s(w, from_m), 0);
}
