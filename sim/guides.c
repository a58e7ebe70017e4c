/* guides.c - which lane leads on along a route, and how far; see roads.h.
 *
 * Worked out from the end of the route backwards, as SUMO's "best lanes": a lane reaches its own length and, if a link leads
 * on, what the lane after it reaches. The lanes that reach furthest need no change; the others point to the nearest of them.
 */
#include "sim/pages.h"
#include "sim/roads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REACH_MAX_M 3000.0f /* further ahead nobody plans a lane */
#define CHANGE_ROOM_M 10.0f /* a lane change needs so much road; who has less must change on the road before */

/* The best link from a lane to the route's next edge: furthest reach, then fewest changes there, then the lowest index.
 * `strict`: not onto a lane that is too short for the changes that are needed on it. */
static void choose_link(const struct network *net, const struct guide *g, uint32_t next_edge, const struct guide_lane *next, uint32_t lane, bool strict,
	struct guide_lane *at)
{
	const struct net_lane *l = &net->lanes[lane];
	for (uint32_t n = 0; n < l->n_links; n++) {
		const struct net_link *link = &net->links[l->first_link + n];
		const struct net_lane *to = &net->lanes[link->to_lane];
		if (to->edge != next_edge || !(link->allow & g->vclass))
			continue;
		const struct guide_lane *there = &next[to->index];
		if (strict && there->reach_m < CHANGE_ROOM_M * (float) abs(there->offset))
			continue;
		float reach = fminf((float) l->length_m + there->reach_m, REACH_MAX_M);
		const struct guide_lane *best = at->link == NET_NONE ? NULL : &next[net->lanes[net->links[at->link].to_lane].index];
		if (best && (reach < at->reach_m || (reach == at->reach_m && abs(there->offset) >= abs(best->offset))))
			continue;
		at->link = l->first_link + n;
		at->reach_m = reach;
	}
}

static void point_to_best(struct guide_lane *at, uint32_t n, bool last)
{
	float best = 0;
	for (uint32_t l = 0; l < n; l++)
		if (at[l].allowed && (last || at[l].link != NET_NONE))
			best = fmaxf(best, at[l].reach_m);
	for (uint32_t l = 0; l < n; l++) {
		int nearest = 0;
		for (uint32_t m = 0; m < n; m++) {
			bool good = at[m].allowed && (last || at[m].link != NET_NONE) && at[m].reach_m >= best;
			int away = (int) m - (int) l;
			if (good && (nearest == 0 || abs(away) < abs(nearest)))
				nearest = away;
			if (good && away == 0) {
				nearest = 0;
				break;
			}
		}
		at[l].offset = (int8_t) CLAMP(nearest, -100, 100);
	}
}

/* Appends what there is to say about the route's edges to `all`. */
static void make_guide(const struct network *net, const struct routes *routes, struct guide *g, GArray *all)
{
	const struct route *route = &routes->routes[g->route];
	g->at = all->len;
	uint32_t n = 0;
	for (uint32_t k = 0; k < route->n_edges; k++)
		n += net->edges[route->edges[k]].n_lanes;
	g_array_set_size(all, all->len + n);
	struct guide_lane *at = &g_array_index(all, struct guide_lane, all->len), *next = NULL;
	for (uint32_t k = route->n_edges; k-- > 0; next = at) {
		const struct net_edge *edge = &net->edges[route->edges[k]];
		bool last = k + 1 == route->n_edges, leads_on = false;
		at -= edge->n_lanes;
		for (int strict = 1; strict >= 0 && !leads_on; strict--)
			for (uint32_t l = 0; l < edge->n_lanes; l++) {
				uint32_t lane = edge->first_lane + l;
				at[l].link = NET_NONE;
				at[l].last = last;
				at[l].allowed = net->lanes[lane].allow & g->vclass;
				at[l].reach_m = (float) net->lanes[lane].length_m;
				if (!last && at[l].allowed)
					choose_link(net, g, route->edges[k + 1], next, lane, strict, &at[l]);
				leads_on |= last || at[l].link != NET_NONE;
			}
		point_to_best(at, edge->n_lanes, last);
	}
}

void guides_make(struct roads *r)
{
	const struct routes *routes = r->routes;
	/* Guides of one route (for different classes) are a chain through `after`. */
	g_autofree uint32_t *first = g_new(uint32_t, routes->n_routes + 1);
	g_autoptr(GArray) after = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	memset(first, 0xff, (routes->n_routes + 1) * sizeof(uint32_t));
	g_autoptr(GArray) all = g_array_new(FALSE, TRUE, sizeof(struct guide_lane));
	g_autoptr(GArray) guides = g_array_new(FALSE, TRUE, sizeof(struct guide));
	r->guide_of = g_new(uint32_t, routes->n_departures + 1);
	for (uint32_t d = 0; d < routes->n_departures; d++) {
		uint32_t vclass = routes->types[routes->departures[d].type].vclass;
		uint32_t route = routes->departures[d].route, at = first[route];
		while (at != NET_NONE && g_array_index(guides, struct guide, at).vclass != vclass)
			at = g_array_index(after, uint32_t, at);
		if (at == NET_NONE) {
			struct guide g = {.route = route, .vclass = vclass};
			make_guide(r->net, routes, &g, all);
			at = guides->len;
			g_array_append_val(guides, g);
			g_array_append_val(after, first[route]);
			first[route] = at;
		}
		r->guide_of[d] = at;
	}
	r->n_guides = guides->len;
	r->at = pages_alloc(all->len, sizeof(struct guide_lane));
	if (all->len)
		memcpy(r->at, all->data, all->len * sizeof(struct guide_lane));
	r->guides = (struct guide *) (void *) g_array_free(g_steal_pointer(&guides), FALSE);
}
