/* world_property.c - random traffic under random but safe lights: the books balance, nobody overlaps, nobody passes a red
 * light, and traffic never locks up.
 */
#include "sim/noise.h"
#include "sim_street.h"

static const char *folder;

struct trial {
	const char *net;
	uint32_t n_vehicles;
	double span_s, end_s;
	bool all_arrive; /* little enough traffic that it never locks up and all must be through at the end; more of it may fill
	                    a circle of blocks with nobody on a node, as in life */
	double step_s;
};

static void run(const struct trial *t, uint64_t seed)
{
	g_test_message("%s, %u vehicles, seed %" G_GUINT64_FORMAT, t->net, t->n_vehicles, seed);
	g_autofree char *path = g_build_filename(folder, t->net, NULL);
	owned(sim_street) s = sim_street_new(path);
	g_autofree char *text = sim_street_trips(s, t->n_vehicles, t->span_s, seed);
	GError *error = NULL;
	owned(routes) routes = routes_parse(text, strlen(text), "trips", s->net, seed, NULL, &error);
	g_assert_no_error(error);
	struct world_options o = {.step_s = t->step_s, .begin_s = 0, .seed = seed};
	owned(world) w = world_new(s->net, routes, &o, &error);
	g_assert_no_error(error);
	g_autofree uint32_t *stage = g_new0(uint32_t, s->net->n_signals + 1);
	uint64_t stream = noise_stream(seed, 1, 98), drawn = 0, arrived = 0;
	double last_arrival_s = 0;
	while (world_time_s(w) < t->end_s) {
		for (uint32_t k = 0; k < s->net->n_signals; k++)
			if (noise_unit(stream, drawn++) < t->step_s / 12)
				stage[k] = (uint32_t) (noise_unit(stream, drawn++) * 64);
		sim_street_show(s, w, stage);
		world_step(w);
		sim_street_check(w);
		struct world_counts n = world_counts(w);
		if (n.arrived > arrived || n.inside == 0)
			last_arrival_s = world_time_s(w);
		arrived = n.arrived;
		g_assert_true(!t->all_arrive || world_time_s(w) - last_arrival_s < 400);
	}
	if (t->all_arrive)
		g_assert_cmpuint(arrived, ==, t->n_vehicles);
}

static void test_trial(gconstpointer data)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		run(data, seed);
}

int main(int argc, char **argv)
{
	static const struct trial trials[] = {
		{"grid_lights.net.xml.gz", 450, 900, 2400, true, 1},
		{"grid_lights.net.xml.gz", 1500, 900, 1500, false, 1},
		{"grid_lights.net.xml.gz", 400, 600, 700, false, 0.5},
		{"grid_right.net.xml.gz", 300, 900, 2400, true, 1},
		{"grid_right.net.xml.gz", 1200, 900, 1500, false, 1},
		{"random_priority.net.xml.gz", 400, 900, 2400, true, 1},
		{"random_priority.net.xml.gz", 1500, 900, 1500, false, 1},
		{"allway_stop.net.xml.gz", 400, 900, 2400, true, 1},
		{"roundabout.net.xml.gz", 500, 900, 2400, true, 1},
		{"spider_round.net.xml.gz", 400, 900, 2400, true, 1},
		{"spider_round.net.xml.gz", 1200, 900, 1200, false, 1},
		{"spider_lights.net.xml.gz", 500, 900, 2400, true, 1},
		{"random_mixed.net.xml.gz", 300, 900, 2400, true, 1},
		{"random_mixed.net.xml.gz", 1200, 900, 1200, false, 0.5},
		{"random_allway.net.xml.gz", 400, 900, 2400, true, 1},
		{"random_right.net.xml.gz", 300, 900, 2400, true, 1},
		{"random_right.net.xml.gz", 900, 900, 1200, false, 1},
	};
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: world_property FOLDER_OF_NETWORKS");
	folder = argv[1];
	for (size_t k = 0; k < G_N_ELEMENTS(trials); k++) {
		g_autofree char *name = g_strdup_printf("/world/%zu/%s-%u", k, trials[k].net, trials[k].n_vehicles);
		g_test_add_data_func(name, &trials[k], test_trial);
	}
	return g_test_run();
}
