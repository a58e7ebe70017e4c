/* gauge_property.c - on networks with random traffic the measures add up: who passed the stop lines passed by some movement, no time is lost
 * twice, no queue is longer than what stands there. */
#include <math.h>
#include <string.h>

#include "sim/gauge.h"
#include "sim_street.h"

static const char *folder;

struct trial {
	const char *net;
	uint32_t n_vehicles;
	double step_s;
};

static void add_up(const struct gauge *g, const struct world *w)
{
	const struct network *net = world_network(w);
	double loss_s = 0, late_s = 0, trip_loss_s = 0, trip_late_s = 0;
	uint32_t n;
	const struct trip_record *trips = world_trips(w, &n);
	for (uint32_t a = 0; a < g->places->n_approaches; a++) {
		const struct approach_place *place = &g->places->approaches[a];
		const struct net_edge *edge = &net->edges[place->edge];
		uint64_t passed = 0;
		double moved = 0;
		for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++)
			passed += world_passed(w, l);
		for (uint32_t i = place->first_movement; i < place->first_movement + place->n_movements; i++)
			moved += g->movements[i].vehicles;
		for (uint32_t k = 0; k < n; k++) { /* those who ended their trips on it left it over its end too */
			const struct route *r = &world_routes(w)->routes[world_routes(w)->departures[trips[k].id].route];
			moved += r->edges[r->n_edges - 1] == place->edge;
		}
		g_assert_cmpfloat(moved, ==, passed);
		g_assert_cmpfloat(g->approaches[a].queue_veh.sum, <=, (double) world_counts(w).vehicle_steps);
		g_assert_cmpuint(gauge_counts_percentile(&g->approaches[a].queue_veh, g->steps, 0.95), <=, g->approaches[a].queue_veh.max);
	}
	for (uint32_t i = 0; i < g->places->n_movements; i++) {
		loss_s += g->movements[i].loss_s;
		late_s += g->movements[i].outside_s;
		g_assert_cmpfloat(g->movements[i].loss_s, >=, -0.2 * g->movements[i].vehicles * world_step_s(w));
	}
	for (uint32_t k = 0; k < n; k++) {
		trip_loss_s += trips[k].time_loss_s;
		trip_late_s += trips[k].depart_delay_s;
	}
	g_assert_cmpfloat(loss_s, >, 0);
	g_assert_cmpfloat(loss_s, <=, trip_loss_s * 1.001);
	g_assert_cmpfloat(late_s, <=, trip_late_s + 0.01 * n);
}

static void run(const struct trial *t, uint64_t seed)
{
	g_autofree char *path = g_build_filename(folder, t->net, NULL);
	owned(sim_street) s = sim_street_new(path);
	g_autofree char *text = sim_street_trips(s, t->n_vehicles, 600, seed);
	g_autoptr(GError) error = NULL;
	g_test_message("%s, seed %" G_GUINT64_FORMAT, t->net, seed);
	owned(routes) routes = routes_parse(text, strlen(text), "trips", s->net, seed, NULL, &error);
	g_assert_no_error(error);
	struct world_options o = {.step_s = t->step_s, .seed = seed};
	owned(world) w = world_new(s->net, routes, &o, &error);
	g_assert_no_error(error);
	owned(gauge) g = gauge_new(w);
	while (world_time_s(w) < 2400 && world_counts(w).arrived < t->n_vehicles) {
		sim_street_show(s, w, NULL);
		world_step(w);
		gauge_step(g, w);
	}
	g_assert_cmpuint(world_counts(w).arrived, ==, t->n_vehicles);
	add_up(g, w);
	g_assert_cmpfloat_with_epsilon((double) g->steps * t->step_s, g->end_s - g->begin_s, 1e-6);
	for (uint32_t k = 0; k < s->net->n_signals; k++) {
		double shown_s = 0;
		for (uint32_t i = 0; i < g->signals[k].n_stages; i++)
			shown_s += g->signals[k].stages[i].shown_s;
		g_assert_cmpfloat(shown_s, <=, g->signals[k].watched_s + 1e-6);
		g_assert_cmpfloat(shown_s, >, 0.5 * g->signals[k].watched_s);
	}
}

static void test_trial(gconstpointer data)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		run(data, seed);
}

int main(int argc, char **argv)
{
	static const struct trial trials[] = {
		{"grid_lights.net.xml.gz", 400, 1},
		{"grid_lights.net.xml.gz", 200, 0.5},
		{"grid_right.net.xml.gz", 250, 1},
		{"random_priority.net.xml.gz", 300, 1},
	};
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: gauge_property FOLDER_OF_NETWORKS");
	folder = argv[1];
	for (size_t k = 0; k < G_N_ELEMENTS(trials); k++) {
		g_autofree char *name = g_strdup_printf("/gauge/%zu/%s", k, trials[k].net);
		g_test_add_data_func(name, &trials[k], test_trial);
	}
	return g_test_run();
}
