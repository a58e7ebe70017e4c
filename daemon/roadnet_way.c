/* roadnet_way.c - Dijkstra (1959) over roads; see roadnet_way.h. */
#include "daemon/roadnet_way.h"

#include <math.h>

#include "daemon/roadnet_net.h"

struct open_road {
	double cost_m;
	uint32_t road;
};

struct roadnet_ways {
	const struct roadnet *r;
	double *length_m;       /* of each road; NaN = not yet asked for */
	double *cost_m;         /* of one search */
	uint32_t *before;
	GArray *touched;        /* roads whose cost is set */
	GArray *heap;           /* of struct open_road, the cheapest first */
};

struct roadnet_ways *roadnet_ways_new(const struct roadnet *r)
{
	struct roadnet_ways *w = g_new0(struct roadnet_ways, 1);
	w->r = r;
	w->length_m = g_new(double, r->n_roads);
	w->cost_m = g_new(double, r->n_roads);
	w->before = g_new(uint32_t, r->n_roads);
	for (uint32_t i = 0; i < r->n_roads; i++) {
		w->length_m[i] = NAN;
		w->cost_m[i] = INFINITY;
	}
	w->touched = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	w->heap = g_array_new(FALSE, FALSE, sizeof(struct open_road));
	return w;
}

void roadnet_ways_free(struct roadnet_ways *w)
{
	if (!w)
		return;
	g_array_free(w->touched, TRUE);
	g_array_free(w->heap, TRUE);
	g_free(w->length_m);
	g_free(w->cost_m);
	g_free(w->before);
	g_free(w);
}

bool roadnet_ways_joined(const struct roadnet_ways *w, uint32_t a, uint32_t b)
{
	const struct roadnet_node *node = &w->r->nodes[w->r->roads[a].to];
	for (uint32_t i = 0; i < node->n_links; i++)
		if (node->links[i].from == a && node->links[i].to == b && node->links[i].n_paths)
			return true;
	return false;
}

static struct open_road *at(struct roadnet_ways *w, guint i)
{
	return &g_array_index(w->heap, struct open_road, i);
}

static bool cheaper(struct open_road a, struct open_road b)
{
	return a.cost_m < b.cost_m || (a.cost_m == b.cost_m && a.road < b.road);
}

static void push(struct roadnet_ways *w, struct open_road item)
{
	g_array_append_val(w->heap, item);
	guint i = w->heap->len - 1;
	for (; i > 0 && cheaper(item, *at(w, (i - 1) / 2)); i = (i - 1) / 2)
		*at(w, i) = *at(w, (i - 1) / 2);
	*at(w, i) = item;
}

static struct open_road pop(struct roadnet_ways *w)
{
	struct open_road top = *at(w, 0), last = *at(w, w->heap->len - 1);
	g_array_set_size(w->heap, w->heap->len - 1);
	guint i = 0, n = w->heap->len;
	while (2 * i + 1 < n) {
		guint child = 2 * i + 1;
		if (child + 1 < n && cheaper(*at(w, child + 1), *at(w, child)))
			child++;
		if (!cheaper(*at(w, child), last))
			break;
		*at(w, i) = *at(w, child);
		i = child;
	}
	if (n)
		*at(w, i) = last;
	return top;
}

static void reach(struct roadnet_ways *w, uint32_t road, uint32_t from, double cost_m)
{
	if (!(cost_m < w->cost_m[road]))
		return;
	if (isinf(w->cost_m[road]))
		g_array_append_val(w->touched, road);
	w->cost_m[road] = cost_m;
	w->before[road] = from;
	push(w, (struct open_road){cost_m, road});
}

static bool search(struct roadnet_ways *w, uint32_t from, uint32_t to)
{
	reach(w, from, NET_NONE, 0);
	while (w->heap->len) {
		struct open_road here = pop(w);
		if (here.road == to)
			return true;
		if (here.cost_m > w->cost_m[here.road])
			continue;
		const struct roadnet_node *node = &w->r->nodes[w->r->roads[here.road].to];
		for (uint32_t i = 0; i < node->n_links; i++) {
			uint32_t next = node->links[i].to;
			if (node->links[i].from != here.road || node->links[i].n_paths == 0)
				continue;
			if (isnan(w->length_m[next]))
				w->length_m[next] = roadnet_length_m(w->r, next);
			reach(w, next, here.road, here.cost_m + w->length_m[next]);
		}
	}
	return false;
}

bool roadnet_ways_find(struct roadnet_ways *w, uint32_t from, uint32_t to, GArray *way)
{
	bool found = search(w, from, to);
	guint first = way->len;
	for (uint32_t road = to; found && road != from; road = w->before[road])
		g_array_append_val(way, road);
	for (guint i = first, k = way->len; found && i + 1 < k; i++) {
		uint32_t swap = g_array_index(way, uint32_t, i);
		g_array_index(way, uint32_t, i) = g_array_index(way, uint32_t, --k);
		g_array_index(way, uint32_t, k) = swap;
	}
	for (guint i = 0; i < w->touched->len; i++)
		w->cost_m[g_array_index(w->touched, uint32_t, i)] = INFINITY;
	g_array_set_size(w->touched, 0);
	g_array_set_size(w->heap, 0);
	return found;
}
