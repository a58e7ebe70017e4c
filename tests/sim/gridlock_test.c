/* gridlock_test.c - a block whose four sides are full and all want to turn into the next side is a gridlock; a queue at a red light is
 * not. */
#include "sim/gridlock.h"

#include "sim_street.h"

static const char *folder;

/* The street edge that one comes to from `edge` by turning to the right; NET_NONE. */
static uint32_t right_of(const struct network *net, uint32_t edge)
{
	const struct net_edge *e = &net->edges[edge];
	for (uint32_t l = 0; l < e->n_lanes; l++)
		for (uint32_t k = 0; k < net->lanes[e->first_lane + l].n_links; k++) {
			const struct net_link *link = &net->links[net->lanes[e->first_lane + l].first_link + k];
			if (link->dir == 'r')
				return net->lanes[link->to_lane].edge;
		}
	return NET_NONE;
}

static bool find_block(const struct network *net, uint32_t sides[4])
{
	for (uint32_t e = 0; e < net->n_edges; e++) {
		uint32_t at = e, k = 0;
		if (net->edges[e].function != NET_NORMAL)
			continue;
		for (; k < 4 && at != NET_NONE; k++, at = right_of(net, at))
			sides[k] = at;
		if (k == 4 && at == e)
			return true;
	}
	return false;
}

/* As many cars as fit, on every lane of every side, each to go round half the block: no room for another one behind the last. */
static char *full_block(const struct network *net, const uint32_t sides[4])
{
	GString *text = g_string_new("<routes><vType id=\"c\" sigma=\"0\" speedDev=\"0\"/>");
	for (int k = 0; k < 4; k++) {
		const struct net_edge *e = &net->edges[sides[k]];
		for (uint32_t l = 0; l < e->n_lanes; l++) {
			double length = net->lanes[e->first_lane + l].length_m, apart = (length - 6.2) / floor((length - 6.2) / 7.5);
			for (double pos = length - 1; pos > 5; pos -= apart)
				g_string_append_printf(text, "<vehicle id=\"%d.%u.%.0f\" type=\"c\" depart=\"0\" departPos=\"%.2f\" departLane=\"%u\">"
					"<route edges=\"%s %s %s\"/></vehicle>", k, l, pos, pos, l, e->id, net->edges[sides[(k + 1) % 4]].id,
					net->edges[sides[(k + 2) % 4]].id);
		}
	}
	g_string_append(text, "</routes>");
	return g_string_free(text, FALSE);
}

static void test_block(void)
{
	GError *error = NULL;
	g_autofree char *path = g_build_filename(folder, "grid_right.net.xml.gz", NULL);
	owned(network) net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	uint32_t sides[4];
	g_assert_true(find_block(net, sides));
	g_autofree char *text = full_block(net, sides);
	owned(routes) routes = routes_parse(text, strlen(text), "block", net, 1, NULL, &error);
	g_assert_no_error(error);
	owned(world) w = world_new(net, routes, NULL, &error);
	g_assert_no_error(error);
	while (world_time_s(w) < 100)
		world_step(w);
	g_assert_cmpuint(world_counts(w).inside, >, 12);
	g_autoptr(GPtrArray) early = gridlock_find(w, 120);
	g_assert_cmpuint(early->len, ==, 0);
	while (world_time_s(w) < 300)
		world_step(w);
	g_autoptr(GPtrArray) found = gridlock_find(w, 120);
	g_assert_cmpuint(found->len, ==, 1);
	const struct gridlock *g = found->pdata[0];
	g_assert_cmpuint(g->n, >=, 4);
	g_assert_cmpfloat(g->since_s, <, 60);
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t edge = net->lanes[g->lanes[k]].edge;
		bool at_block = net->edges[edge].function != NET_NORMAL;
		for (int i = 0; i < 4; i++)
			at_block |= edge == sides[i];
		g_assert_true(at_block);
	}
	g_autofree char *says = gridlock_says(w, g);
	g_test_message("%s", says);
	g_assert_nonnull(strstr(says, "vehicles wait for one another since"));
	g_assert_cmpuint(world_counts(w).overlaps, ==, 0);
}

static void test_red_light(void)
{
	GError *error = NULL;
	g_autofree char *path = g_build_filename(folder, "lane_lights.net.xml", NULL);
	owned(network) net = netfile_read(path, NULL, &error);
	const char *text = "<routes><flow id=\"f\" from=\"in\" to=\"out\" begin=\"0\" end=\"200\" period=\"4\"/></routes>";
	owned(routes) routes = routes_parse(text, strlen(text), "queue", net, 1, NULL, &error);
	owned(world) w = world_new(net, routes, NULL, &error);
	while (world_time_s(w) < 900)
		world_step(w); /* red all the time */
	g_assert_cmpuint(world_counts(w).inside, ==, 50);
	g_autoptr(GPtrArray) found = gridlock_find(w, 60);
	g_assert_cmpuint(found->len, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: gridlock_test FOLDER_OF_NETWORKS");
	folder = argv[1];
	g_test_add_func("/gridlock/block", test_block);
	g_test_add_func("/gridlock/red-light", test_red_light);
	return g_test_run();
}
