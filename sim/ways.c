/* ways.c - the routes of a demand: as the file names them, by chance out of several, or the fastest way; see routes_inside.h. */
#include <string.h>

#include "sim/routes_inside.h"

/* What was measured when the file was written. */
#define SILENT "color cost savings exitTimes routeLength replacedOnEdge replacedAtTime replacedOnIndex reason period"
#define REPEAT_MAX 10000u
#define EDGES_MAX 1000000u
#define EDGES_MAX_ALL 50000000u

bool ways_read_edges(struct reader *r, const struct netattr *a, const char *name, GArray *edges, GError **error)
{
	const char *text = netattr_get(a, name);
	g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\n,", -1);
	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		uint32_t edge = network_edge(r->net, *word);
		if (edge == NET_NONE || r->net->edges[edge].function != NET_NORMAL)
			return netattr_fail(a, error, "%s names edge '%.80s', which the network does not have", name, *word);
		g_array_append_val(edges, edge);
	}
	return true;
}

/* Routes over the same edges are one route. */
static uint32_t add_route(struct reader *r, GArray *edges)
{
	g_autoptr(GBytes) key = g_bytes_new(edges->data, edges->len * sizeof(uint32_t));
	uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(r->same, key));
	if (known)
		return known - 1;
	struct route route = {.n_edges = edges->len};
	route.edges = g_memdup2(edges->data, edges->len * sizeof(uint32_t));
	g_array_append_val(r->route_list, route);
	g_hash_table_insert(r->same, g_steal_pointer(&key), GUINT_TO_POINTER(r->route_list->len));
	return r->route_list->len - 1;
}

static bool read_route(struct reader *r, const struct netattr *a, uint32_t *route, GError **error)
{
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	uint32_t repeat = 1;
	if (!ways_read_edges(r, a, "edges", edges, error) || !netattr_count(a, "repeat", REPEAT_MAX, false, &repeat, error))
		return false;
	guint once = edges->len;
	if (once == 0)
		return netattr_fail(a, error, "has no edges");
	if ((r->n_edges += (uint64_t) once * MAX(repeat, 1)) > EDGES_MAX_ALL)
		return netattr_fail(a, error, "brings all routes together over %u edges", EDGES_MAX_ALL);
	if ((uint64_t) once * MAX(repeat, 1) > EDGES_MAX)
		return netattr_fail(a, error, "has %u edges %u times, must be at most %u in all", once, repeat, EDGES_MAX);
	for (uint32_t n = 1; n < repeat; n++) {
		g_array_set_size(edges, edges->len + once); /* may move */
		memcpy(&g_array_index(edges, uint32_t, n * once), edges->data, once * sizeof(uint32_t));
	}
	*route = add_route(r, edges);
	return true;
}

bool ways_on_route(struct reader *r, const struct netattr *a, GError **error)
{
	const char *id = netattr_get(a, "id"), *ref = netattr_get(a, "refId");
	uint32_t route = NET_NONE;
	double weight = 1;
	if (!netattr_number(a, "probability", &(struct netrange){0, 1e6, false, ""}, false, &weight, error))
		return false;
	if (ref) {
		route = GPOINTER_TO_UINT(g_hash_table_lookup(r->routes, ref)) - 1;
		if (route == NET_NONE)
			return netattr_fail(a, error, "has refId '%.80s', which is not there yet", ref);
	} else if (!read_route(r, a, &route, error)) {
		return false;
	}
	routes_note_others(r, a, "id edges repeat refId probability", SILENT);
	if (r->open_routes) {
		mix_add(r->open_routes, route, weight);
	} else if (r->open) {
		r->open->route = route;
		return true;
	}
	if (!id)
		return r->open_routes || netattr_fail(a, error, "has no id");
	if (g_hash_table_contains(r->routes, id) || g_hash_table_contains(r->route_mixes, id))
		return netattr_fail(a, error, "is there twice");
	g_hash_table_insert(r->routes, g_strdup(id), GUINT_TO_POINTER(route + 1));
	return true;
}

bool ways_on_mix(struct reader *r, const struct netattr *a, GError **error)
{
	const char *id = netattr_get(a, "id");
	/* Inside a vehicle it needs no name; "!" cannot be the beginning of one. */
	g_autofree char *name = r->open ? g_strdup_printf("!%.80s", r->open->id ? r->open->id : "") : g_strdup(id);
	if (!name)
		return netattr_fail(a, error, "has no id");
	if (g_hash_table_contains(r->routes, name) || g_hash_table_contains(r->route_mixes, name))
		return netattr_fail(a, error, "is there twice");
	r->open_routes = mix_new();
	if (r->open)
		r->open->route_mix = r->open_routes;
	g_hash_table_insert(r->route_mixes, g_steal_pointer(&name), r->open_routes);
	routes_note_others(r, a, "id routes probabilities", "last");
	return mix_read_names(r->open_routes, a, "routes", r->routes, error);
}

/* Found once for all with the same ends, class and top speed. */
uint32_t ways_find(struct reader *r, const struct draft *d, const struct vtype *type)
{
	g_autoptr(GString) key = g_string_new(NULL);
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	double max_mps = type->max_speed_mps;
	g_string_printf(key, "%u %u %u %g", d->from, d->to, type->vclass, max_mps);
	for (guint k = 0; k < d->via->len; k++)
		g_string_append_printf(key, " %u", g_array_index(d->via, uint32_t, k));
	uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(r->ways, key->str));
	if (known)
		return known - 1;
	uint32_t at = d->from;
	g_array_append_val(edges, at);
	for (guint k = 0; k <= d->via->len; k++) {
		uint32_t next = k < d->via->len ? g_array_index(d->via, uint32_t, k) : d->to;
		if (!pathfind_append(r->paths, at, next, type->vclass, max_mps, edges))
			return NET_NONE;
		at = next;
	}
	uint32_t route = add_route(r, edges);
	g_hash_table_insert(r->ways, g_strdup(key->str), GUINT_TO_POINTER(route + 1));
	return route;
}

bool ways_check(struct reader *r, const struct netattr *a, const struct draft *d, uint32_t route, const struct vtype *type, bool *left_out,
	GError **error)
{
	const struct route *way = &g_array_index(r->route_list, struct route, route);
	const struct net_edge *edges = r->net->edges, *first = &edges[way->edges[0]];
	for (uint32_t k = 0; k + 1 < way->n_edges; k++)
		if (!pathfind_connected(r->net, way->edges[k], way->edges[k + 1], type->vclass))
			return routes_no_way(r, a, left_out, error, "%.80s cannot go from edge %s to edge %s", d->id, edges[way->edges[k]].id,
				edges[way->edges[k + 1]].id);
	uint32_t index = (uint32_t) MAX(d->how.lane, 0);
	if (d->how.lane >= 0 && (index >= first->n_lanes || !(r->net->lanes[first->first_lane + index].allow & type->vclass)))
		return routes_no_way(r, a, left_out, error, "%.80s has departLane %d, where it may not drive on edge %s", d->id, d->how.lane, first->id);
	for (uint32_t l = 0; l < first->n_lanes; l++)
		if (r->net->lanes[first->first_lane + l].allow & type->vclass)
			return true;
	return routes_no_way(r, a, left_out, error, "%.80s may not drive on edge %s", d->id, first->id);
}
