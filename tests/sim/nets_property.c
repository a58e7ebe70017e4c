/* nets_property.c - traffic through every kind of network: nobody overlaps, passes a red light or stays for ever. */
#include <gio/gio.h>

#include "sim/noise.h"
#include "sim/pathfind.h"
#include "sim_street.h"

#define TRIPS 250
#define SPAN_S 900.0
#define END_S 3000.0 /* long after the last has departed: whoever is on the road then is stuck */

static bool for_cars(const struct network *net, uint32_t edge)
{
	const struct net_edge *e = &net->edges[edge];
	bool some = false;
	for (uint32_t l = 0; l < e->n_lanes; l++)
		some |= (net->lanes[e->first_lane + l].allow & NET_PASSENGER) != 0;
	return some && e->function == NET_NORMAL;
}

/* Trips between random streets that cars can go between. */
static char *make_trips(const struct network *net)
{
	owned(pathfind) paths = pathfind_new(net);
	g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	GString *text = g_string_new("<routes>");
	uint64_t stream = noise_stream(7, 0, 99);
	uint32_t made = 0;
	for (uint64_t drawn = 0; made < TRIPS && drawn < 1000 * TRIPS; drawn += 2) {
		uint32_t from = (uint32_t) (noise_unit(stream, drawn) * net->n_edges), to = (uint32_t) (noise_unit(stream, drawn + 1) * net->n_edges);
		g_array_set_size(way, 0);
		if (from == to || !for_cars(net, from) || !for_cars(net, to) || !pathfind_append(paths, from, to, NET_PASSENGER, 50, way))
			continue;
		g_string_append_printf(text, "<trip id=\"t%u\" depart=\"%.2f\" from=\"%s\" to=\"%s\" departLane=\"best\" departSpeed=\"max\"/>\n", made,
			SPAN_S * made / TRIPS, net->edges[from].id, net->edges[to].id);
		made++;
	}
	g_string_append(text, "</routes>");
	return g_string_free(text, FALSE);
}

static void test_net(gconstpointer data)
{
	const char *path = data;
	g_autoptr(GError) error = NULL;
	owned(sim_street) street = sim_street_new(path);
	g_autofree char *text = make_trips(street->net);
	owned(routes) routes = routes_parse(text, strlen(text), "trips", street->net, 7, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(routes->n_departures, ==, TRIPS);
	owned(world) w = world_new(street->net, routes, NULL, &error);
	struct world_counts n = {0};
	while (world_time_s(w) < END_S && n.arrived < TRIPS) {
		sim_street_show(street, w, NULL);
		world_step(w);
		n = world_counts(w);
	}
	g_assert_cmpuint(n.arrived, ==, TRIPS);
	g_assert_cmpuint(n.overlaps, ==, 0);
	g_assert_cmpuint(n.red_passed, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_autoptr(GDir) dir = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	if (!dir)
		g_error("usage: nets_property FOLDER_OF_NETWORKS");
	for (const char *name; (name = g_dir_read_name(dir));)
		if (strstr(name, ".net.xml")) {
			g_autofree char *test = g_strdup_printf("/nets/%s", name);
			g_ptr_array_add(paths, g_build_filename(argv[1], name, NULL));
			g_test_add_data_func(test, paths->pdata[paths->len - 1], test_net);
		}
	return g_test_run();
}
