/* enter_golden.c - how vehicles come into the world, word by word, against what SUMO made of the same words.
 *
 * SUMO 1.15 (Debian 12): sumo -n lane_lights.net.xml -r D --no-step-log --end 900 --duration-log.statistics --seed 5, D being one flow of a
 * vehicle each 3 s for 900 s, more than the signal lets through; "Inserted" and the mean "TimeLoss" of those that arrived.
 */
#include <math.h>

#include "sim_street.h"

static const char *nets;

static const struct {
	const char *how;
	double inserted, time_loss_s;
} words[] = {
	{"departPos=\"last\" departSpeed=\"max\"", 264, 120.38},
	{"departPos=\"last\" departSpeed=\"avg\"", 264, 122.02},
	{"departSpeed=\"last\"", 257, 127.78},
	{"departSpeed=\"desired\"", 254, 124.47},
	{"departSpeed=\"random\"", 259, 127.50},
	{"departSpeed=\"speedLimit\"", 256, 125.07},
	{"departSpeed=\"avg\"", 259, 126.34},
	{"departSpeed=\"max\"", 258, 128.34},
	{"departPos=\"random\" departSpeed=\"max\"", 248, 101.47},
	{"departPos=\"300\" departSpeed=\"max\"", 228, 82.25},
	{"departPos=\"-100\" departSpeed=\"desired\"", 203, 27.77},
};

static void test_word(gconstpointer data)
{
	size_t k = GPOINTER_TO_SIZE(data);
	g_autofree char *path = g_build_filename(nets, "lane_lights.net.xml", NULL);
	g_autofree char *text = g_strdup_printf("<routes><flow id=\"f\" begin=\"0\" end=\"900\" period=\"3\" from=\"in\" to=\"out\" %s/></routes>", words[k].how);
	owned(sim_street) street = sim_street_new(path);
	owned(routes) routes = routes_parse(text, strlen(text), "flow", street->net, 1, NULL, NULL);
	double inserted = 0, loss_s = 0;
	const uint64_t seeds = 4;
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct world_options options = world_options_default();
		options.seed = seed;
		owned(world) w = world_new(street->net, routes, &options, NULL);
		owned(sim_street) lights = sim_street_new(path);
		while (world_time_s(w) < 900) {
			sim_street_show(lights, w, NULL);
			world_step(w);
		}
		uint32_t n;
		const struct trip_record *trips = world_trips(w, &n);
		for (uint32_t t = 0; t < n; t++)
			loss_s += trips[t].time_loss_s / n / (double) seeds;
		inserted += (double) world_counts(w).departed / (double) seeds;
		g_assert_cmpuint(world_counts(w).overlaps, ==, 0);
	}
	g_test_message("%s: %.0f entered (SUMO %.0f), time loss %.1f s (SUMO %.1f)", words[k].how, inserted, words[k].inserted, loss_s, words[k].time_loss_s);
	g_assert_cmpfloat(fabs(inserted - words[k].inserted), <=, 0.04 * words[k].inserted);
	g_assert_cmpfloat(fabs(loss_s - words[k].time_loss_s), <=, 0.1 * words[k].time_loss_s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: enter_golden FOLDER_OF_NETWORKS");
	nets = argv[1];
	for (size_t k = 0; k < G_N_ELEMENTS(words); k++) {
		g_autofree char *name = g_strdup_printf("/enter/%zu", k);
		g_test_add_data_func(name, GSIZE_TO_POINTER(k), test_word);
	}
	return g_test_run();
}
