/* pathfind.c - fastest ways; see pathfind.h. */
#include "sim/pathfind.h"

#include <math.h>

#define MINOR_PENALTY_S 1.5

struct entry {
	double time_s;
	uint32_t edge;
};

struct pathfind {
	const struct network *net;
	double *time_s;    /* per edge: best time to its end so far */
	uint32_t *before;  /* per edge: the edge before it on that way */
	GArray *heap;      /* struct entry, a binary heap, smallest first; stale entries are skipped */
};

struct pathfind *pathfind_new(const struct network *net)
{
	struct pathfind *p = g_new0(struct pathfind, 1);
	p->net = net;
	p->time_s = g_new(double, net->n_edges + 1);
	p->before = g_new(uint32_t, net->n_edges + 1);
	p->heap = g_array_new(FALSE, FALSE, sizeof(struct entry));
	return p;
}

void pathfind_free(struct pathfind *p)
{
	if (!p)
		return;
	g_free(p->time_s);
	g_free(p->before);
	g_array_unref(p->heap);
	g_free(p);
}

static bool earlier(const struct entry *a, const struct entry *b)
{
	return a->time_s < b->time_s || (a->time_s == b->time_s && a->edge < b->edge);
}

static void push(GArray *heap, struct entry e)
{
	g_array_append_val(heap, e);
	struct entry *h = (struct entry *) (void *) heap->data;
	for (guint k = heap->len - 1; k > 0 && earlier(&h[k], &h[(k - 1) / 2]); k = (k - 1) / 2) {
		struct entry swap = h[k];
		h[k] = h[(k - 1) / 2];
		h[(k - 1) / 2] = swap;
	}
}

static struct entry pop(GArray *heap)
{
	struct entry *h = (struct entry *) (void *) heap->data;
	struct entry top = h[0], last = h[heap->len - 1];
	g_array_set_size(heap, heap->len - 1);
	guint n = heap->len, k = 0;
	if (n == 0)
		return top;
	while (2 * k + 1 < n) {
		guint child = 2 * k + 1;
		if (child + 1 < n && earlier(&h[child + 1], &h[child]))
			child++;
		if (!earlier(&h[child], &last))
			break;
		h[k] = h[child];
		k = child;
	}
	h[k] = last;
	return top;
}

static bool usable(const struct network *net, const struct net_link *link, uint32_t vclass)
{
	return (link->allow & vclass) && net->edges[net->lanes[link->to_lane].edge].function == NET_NORMAL;
}

/* Time over the node and to the end of the next edge. */
static double link_time_s(const struct network *net, const struct net_link *link, double max_speed_mps)
{
	const struct net_lane *to = &net->lanes[link->to_lane];
	double t = to->length_m / fmin(to->speed_mps, max_speed_mps);
	for (uint32_t via = link->via, hops = 0; via != NET_NONE && hops < 4; hops++) {
		const struct net_lane *inside = &net->lanes[via];
		t += inside->length_m / fmin(inside->speed_mps, max_speed_mps);
		via = inside->n_links ? net->links[inside->first_link].via : NET_NONE;
	}
	bool minor = link->signal == NET_NONE && (link->state == 'm' || link->state == '=' || link->state == 's' || link->state == 'w');
	return t + (minor ? MINOR_PENALTY_S : 0);
}

static void relax(struct pathfind *p, uint32_t edge, uint32_t vclass, double max_speed_mps)
{
	const struct network *net = p->net;
	const struct net_edge *e = &net->edges[edge];
	for (uint32_t l = 0; l < e->n_lanes; l++) {
		const struct net_lane *lane = &net->lanes[e->first_lane + l];
		if (!(lane->allow & vclass))
			continue;
		for (uint32_t k = 0; k < lane->n_links; k++) {
			const struct net_link *link = &net->links[lane->first_link + k];
			if (!usable(net, link, vclass))
				continue;
			uint32_t to = net->lanes[link->to_lane].edge;
			double t = p->time_s[edge] + link_time_s(net, link, max_speed_mps);
			if (t >= p->time_s[to])
				continue;
			p->time_s[to] = t;
			p->before[to] = edge;
			push(p->heap, (struct entry){t, to});
		}
	}
}

bool pathfind_append(struct pathfind *p, uint32_t from, uint32_t to, uint32_t vclass, double max_speed_mps, GArray *edges)
{
	for (uint32_t e = 0; e < p->net->n_edges; e++)
		p->time_s[e] = INFINITY;
	g_array_set_size(p->heap, 0);
	if (from == to)
		return true;
	p->time_s[from] = 0;
	push(p->heap, (struct entry){0, from});
	while (p->heap->len) {
		struct entry e = pop(p->heap);
		if (e.edge == to)
			break;
		if (e.time_s == p->time_s[e.edge])
			relax(p, e.edge, vclass, max_speed_mps);
	}
	if (!isfinite(p->time_s[to]))
		return false;
	guint begin = edges->len;
	for (uint32_t e = to; e != from; e = p->before[e])
		g_array_append_val(edges, e);
	uint32_t *list = (uint32_t *) (void *) edges->data;
	for (guint a = begin, b = edges->len - 1; a < b; a++, b--) {
		uint32_t swap = list[a];
		list[a] = list[b];
		list[b] = swap;
	}
	return true;
}

bool pathfind_connected(const struct network *net, uint32_t from, uint32_t to, uint32_t vclass)
{
	const struct net_edge *e = &net->edges[from];
	for (uint32_t l = 0; l < e->n_lanes; l++) {
		const struct net_lane *lane = &net->lanes[e->first_lane + l];
		for (uint32_t k = 0; (lane->allow & vclass) && k < lane->n_links; k++) {
			const struct net_link *link = &net->links[lane->first_link + k];
			if (net->lanes[link->to_lane].edge == to && usable(net, link, vclass))
				return true;
		}
	}
	return false;
}
