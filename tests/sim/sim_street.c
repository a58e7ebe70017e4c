/* sim_street.c - see sim_street.h. */
#include "sim_street.h"

#include "sim/noise.h"
#include "sim/pathfind.h"

struct sim_street *sim_street_new(const char *path)
{
	GError *error = NULL;
	struct sim_street *s = g_new0(struct sim_street, 1);
	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	s->junctions = g_new0(struct junction *, s->net->n_signals + 1);
	s->guards = g_new0(struct guard *, s->net->n_signals + 1);
	s->plans = g_new0(struct plan *, s->net->n_signals + 1);
	for (uint32_t k = 0; k < s->net->n_signals; k++) {
		s->junctions[k] = junction_new(s->net, k, NULL, &error);
		g_assert_no_error(error);
		s->guards[k] = guard_new(s->junctions[k], -100);
		s->plans[k] = plan_from_program(s->junctions[k], &s->net->signals[k].programs[0], &error);
		g_assert_no_error(error);
	}
	return s;
}

void sim_street_free(struct sim_street *s)
{
	if (!s)
		return;
	for (uint32_t k = 0; k < s->net->n_signals; k++) {
		plan_free(s->plans[k]);
		guard_free(s->guards[k]);
		junction_free(s->junctions[k]);
	}
	g_free(s->plans);
	g_free(s->guards);
	g_free(s->junctions);
	network_free(s->net);
	g_free(s);
}

void sim_street_show(struct sim_street *s, struct world *w, const uint32_t *stage)
{
	double now_s = world_time_s(w);
	for (uint32_t k = 0; k < s->net->n_signals; k++) {
		uint32_t ask = stage ? stage[k] % s->junctions[k]->n_stages : plan_stage(s->plans[k], now_s, NULL);
		GError *error = NULL;
		world_show(w, k, guard_next(s->guards[k], ask, now_s, NULL), &error);
		g_assert_no_error(error);
	}
}

static uint32_t random_edge(const struct network *net, uint64_t stream, uint64_t *drawn)
{
	for (;;) {
		uint32_t edge = (uint32_t) (noise_unit(stream, (*drawn)++) * net->n_edges);
		if (net->edges[edge].function == NET_NORMAL && (net->lanes[net->edges[edge].first_lane].allow & NET_PASSENGER))
			return edge;
	}
}

char *sim_street_trips(const struct sim_street *s, uint32_t n, double span_s, uint64_t seed)
{
	owned(pathfind) paths = pathfind_new(s->net);
	g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	GString *text = g_string_new("<routes>\n<vType id=\"bus\" vClass=\"bus\"/>\n");
	uint64_t stream = noise_stream(seed, 0, 99), drawn = 0;
	for (uint32_t k = 0; k < n;) {
		uint32_t from = random_edge(s->net, stream, &drawn), to = random_edge(s->net, stream, &drawn);
		g_array_set_size(way, 0);
		if (from == to || !pathfind_append(paths, from, to, NET_PASSENGER, 50, way) || way->len < 2)
			continue;
		g_string_append_printf(text, "<trip id=\"t%u\" depart=\"%.2f\" from=\"%s\" to=\"%s\" departLane=\"best\" departSpeed=\"max\"%s/>\n", k,
			span_s * k / n, s->net->edges[from].id, s->net->edges[to].id, k % 15 == 7 ? " type=\"bus\"" : "");
		k++;
	}
	g_string_append(text, "</routes>\n");
	return g_string_free(text, FALSE);
}

void sim_street_check(const struct world *w)
{
	const struct network *net = world_network(w);
	const struct routes *routes = world_routes(w);
	struct world_counts n = world_counts(w);
	uint64_t due = 0, seen = 0;
	while (due < routes->n_departures && routes->departures[due].depart_s <= world_time_s(w) - world_step_s(w) + 1e-9)
		due++;
	g_assert_cmpuint(n.departed, ==, n.arrived + n.inside);
	g_assert_cmpuint(n.departed + n.waiting, ==, due);
	g_assert_cmpuint(n.red_passed, ==, 0);
	g_assert_cmpuint(n.overlaps, ==, 0);
	for (uint32_t l = 0; l < net->n_lanes; l++) {
		struct vehicle_view on[256];
		uint32_t count = world_on_lane(w, l, on, G_N_ELEMENTS(on));
		g_assert_cmpuint(count, <=, G_N_ELEMENTS(on));
		seen += count;
		for (uint32_t k = 0; k < count; k++) {
			const struct vtype *type = &routes->types[on[k].type];
			g_assert_cmpfloat(on[k].speed_mps, >=, 0);
			g_assert_cmpfloat(on[k].speed_mps, <=, type->max_speed_mps + 1e-6);
			g_assert_cmpfloat(on[k].accel_mps2, <=, type->accel_mps2 + 1e-6);
			g_assert_cmpfloat(on[k].pos_m, >=, 0);
			g_assert_cmpfloat(on[k].pos_m, <, net->lanes[l].length_m);
			if (k)
				g_assert_cmpfloat(on[k].pos_m, <=, on[k - 1].pos_m - routes->types[on[k - 1].type].length_m + 1e-6);
		}
	}
	g_assert_cmpuint(seen, ==, n.inside);
}
