/* guides.c - which lane leads on along a route, and how far; see roads.h.
 *
 * Worked out from the end of the route backwards, as SUMO's "best lanes": a lane reaches its own length and, if a link leads
 * on, what the lane after it reaches. The lanes that reach furthest need no change; the others point to the nearest of them.
 */
#include "sim/roads.h"

#include <math.h>
#include <stdlib.h>

#define REACH_MAX_M 3000.0f /* further ahead nobody plans a lane */
#define CHANGE_ROOM_M 10.0f /* a lane change needs so much road; who has less must change on the road before */

/* The best link from a lane to the route's next edge: furthest reach, then fewest changes there, then the lowest index.
 * `strict`: not onto a lane that is too short for the changes that are needed on it. */
static void choose_link(const struct network *net, const struct guide *g, uint32_t next_edge, uint32_t k, uint32_t lane, bool strict,
	struct guide_lane *at)
{
	const struct net_lane *l = &net->lanes[lane];
	for (uint32_t n = 0; n < l->n_links; n++) {
		const struct net_link *link = &net->links[l->first_link + n];
		const struct net_lane *to = &net->lanes[link->to_lane];
		if (to->edge != next_edge || !(link->allow & g->vclass))
			continue;
		const struct guide_lane *there = &g->at[g->first[k + 1] + to->index];
		if (strict && there->reach_m < CHANGE_ROOM_M * (float) abs(there->offset))
			continue;
		float reach = fminf((float) l->length_m + there->reach_m, REACH_MAX_M);
		const struct guide_lane *best = at->link == NET_NONE ? NULL : &g->at[g->first[k + 1] + net->lanes[net->links[at->link].to_lane].index];
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

static void make_guide(const struct network *net, const struct routes *routes, struct guide *g)
{
	const struct route *route = &routes->routes[g->route];
	g->first = g_new(uint32_t, route->n_edges + 1);
	uint32_t n = 0;
	for (uint32_t k = 0; k < route->n_edges; k++) {
		g->first[k] = n;
		n += net->edges[route->edges[k]].n_lanes;
	}
	g->first[route->n_edges] = n;
	g->at = g_new0(struct guide_lane, n + 1);
	for (uint32_t k = route->n_edges; k-- > 0;) {
		const struct net_edge *edge = &net->edges[route->edges[k]];
		struct guide_lane *at = &g->at[g->first[k]];
		bool last = k + 1 == route->n_edges;
		bool leads_on = false;
		for (int strict = 1; strict >= 0 && !leads_on; strict--)
			for (uint32_t l = 0; l < edge->n_lanes; l++) {
				uint32_t lane = edge->first_lane + l;
				at[l].link = NET_NONE;
				at[l].allowed = net->lanes[lane].allow & g->vclass;
				at[l].reach_m = (float) net->lanes[lane].length_m;
				if (!last && at[l].allowed)
					choose_link(net, g, route->edges[k + 1], k, lane, strict, &at[l]);
				leads_on |= last || at[l].link != NET_NONE;
			}
		point_to_best(at, edge->n_lanes, last);
	}
}

void guides_make(struct roads *r)
{
	const struct routes *routes = r->routes;
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g_autoptr(GArray) guides = g_array_new(FALSE, TRUE, sizeof(struct guide));
	r->guide_of = g_new(uint32_t, routes->n_departures + 1);
	for (uint32_t d = 0; d < routes->n_departures; d++) {
		uint32_t vclass = routes->types[routes->departures[d].type].vclass;
		gint64 key = ((gint64) routes->departures[d].route << 32) | vclass;
		uint32_t at = GPOINTER_TO_UINT(g_hash_table_lookup(known, &key));
		if (!at) {
			struct guide g = {.route = routes->departures[d].route, .vclass = vclass};
			make_guide(r->net, routes, &g);
			g_array_append_val(guides, g);
			at = guides->len;
			g_hash_table_insert(known, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(at));
		}
		r->guide_of[d] = at - 1;
	}
	r->n_guides = guides->len;
	r->guides = (struct guide *) (void *) g_array_free(g_steal_pointer(&guides), FALSE);
}
