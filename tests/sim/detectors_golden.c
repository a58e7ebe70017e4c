/* detectors_golden.c - what our detectors count is what SUMO's count, number by number; see tests/sim/detectors/README.md. */
#include <math.h>

#include "core/xmlfile.h"
#include "sim/detectors.h"
#include "sim_street.h"

static const char *nets, *folder;

struct golden {
	GHashTable *rows; /* "id begin" -> GHashTable of column -> text */
};

static bool on_start(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	struct golden *g = user;
	(void) depth, (void) parent, (void) error;
	if (strcmp(a->element, "interval") != 0)
		return true;
	GHashTable *row = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (guint k = 0; a->names[k]; k++)
		g_hash_table_insert(row, g_strdup(a->names[k]), g_strdup(a->values[k]));
	g_hash_table_insert(g->rows, g_strdup_printf("%s %s", netattr_get(a, "id"), netattr_get(a, "begin")), row);
	return true;
}

static void read_golden(struct golden *g, const char *name)
{
	static const struct xmlfile_handler handler = {.on_start = on_start};
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autoptr(GError) error = NULL;
	if (!xmlfile_read(path, &handler, g, &error))
		g_error("%s", error->message);
}

static void check_row(const struct golden *g, const struct detector *d, const struct detector_row *row)
{
	uint32_t n;
	const struct detector_column *columns = detector_columns(d->kind, &n);
	g_autofree char *key = g_strdup_printf("%s %.2f", d->id, row->begin_s);
	GHashTable *want = g_hash_table_lookup(g->rows, key);
	if (!want)
		g_error("SUMO has no interval '%s'", key);
	g_assert_cmpuint(g_hash_table_size(want), ==, n + 3); /* begin, end and id beside the columns */
	g_assert_cmpfloat(g_ascii_strtod(g_hash_table_lookup(want, "end"), NULL), ==, row->end_s);
	for (uint32_t k = 0; k < n; k++) {
		const char *text = g_hash_table_lookup(want, columns[k].name);
		if (!text || !(fabs(g_ascii_strtod(text, NULL) - row->value[k]) < 0.0051))
			g_error("%s: %s is %.4f, SUMO says %s", key, columns[k].name, row->value[k], text ? text : "nothing");
	}
}

static void test_lane(void)
{
	g_autofree char *net = g_build_filename(nets, "lane_lights.net.xml", NULL);
	g_autofree char *demand = g_build_filename(folder, "lane.rou.xml", NULL), *more = g_build_filename(folder, "lane.add.xml", NULL);
	g_autoptr(GError) error = NULL;
	owned(sim_street) street = sim_street_new(net);
	owned(routes) routes = routes_read(demand, street->net, 1, NULL, &error);
	owned(additions) a = additions_read(more, street->net, NULL, &error);
	g_assert_no_error(error);
	struct world_options options = world_options_default();
	owned(world) w = world_new(street->net, routes, &options, &error);
	owned(detectors) d = detectors_new(a, w);
	while (world_time_s(w) < 600) {
		sim_street_show(street, w, NULL);
		world_step(w);
		detectors_step(d, w);
	}
	detectors_close(d, w);
	struct golden g = {.rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref)};
	read_golden(&g, "sumo_loops.xml");
	read_golden(&g, "sumo_areas.xml");
	uint32_t n;
	const struct detector_row *rows = detectors_rows(d, &n);
	g_assert_cmpuint(n, ==, g_hash_table_size(g.rows));
	for (uint32_t k = 0; k < n; k++)
		check_row(&g, &a->detectors[rows[k].detector], &rows[k]);
	g_hash_table_unref(g.rows);
}

/* Whoever arrives has not driven off the loop: SUMO does not let it contribute. */
static uint32_t arrived_on(const struct world *w, uint32_t lane)
{
	uint32_t n, on = 0;
	const struct trip_record *trips = world_trips(w, &n);
	for (uint32_t k = 0; k < n; k++)
		on += trips[k].arrival_lane == lane;
	return on;
}

/* On roads where lanes are changed: nobody is lost or counted twice, and looking on changes nothing. */
static void test_books(void)
{
	g_autofree char *path = g_build_filename(nets, "grid_lights.net.xml.gz", NULL);
	g_autoptr(GError) error = NULL;
	owned(sim_street) street = sim_street_new(path);
	g_autofree char *demand = sim_street_trips(street, 600, 900, 11);
	owned(routes) routes = routes_parse(demand, strlen(demand), "trips", street->net, 1, NULL, &error);
	g_autoptr(GString) text = g_string_new("<additional>");
	const struct network *net = street->net;
	for (uint32_t l = 0; l < net->n_lanes; l++)
		if (net->edges[net->lanes[l].edge].function == NET_NORMAL && net->lanes[l].n_links && net->lanes[l].length_m > 30)
			g_string_append_printf(text, "<e1Detector id=\"l%u\" lane=\"%s\" pos=\"-1\" file=\"x\"/><e2Detector id=\"a%u\" lane=\"%s\" file=\"x\"/>", l,
				net->lanes[l].id, l, net->lanes[l].id);
	g_string_append(text, "</additional>");
	owned(additions) a = additions_parse(text->str, text->len, "d.add.xml", net, NULL, &error);
	g_assert_no_error(error);
	owned(world) w = world_new(net, routes, NULL, &error);
	owned(world) alone = world_copy(w);
	owned(detectors) d = detectors_new(a, w);
	for (int t = 0; t < 900; t++) {
		sim_street_show(street, w, NULL);
		for (uint32_t s = 0; s < net->n_signals; s++)
			world_show(alone, s, world_shows(w, s), NULL);
		world_step(w);
		world_step(alone);
		detectors_step(d, w);
	}
	g_assert_cmpuint(world_counts(w).arrived, ==, world_counts(alone).arrived);
	g_assert_cmpfloat(world_score(w).time_loss_s, ==, world_score(alone).time_loss_s);
	detectors_close(d, w);
	uint32_t n;
	const struct detector_row *rows = detectors_rows(d, &n);
	double passed = 0;
	g_assert_cmpuint(n, ==, a->n_detectors);
	for (uint32_t k = 0; k < n; k++) {
		const struct detector *at = &a->detectors[rows[k].detector];
		const double *v = rows[k].value;
		double over = (double) world_passed(w, at->lanes[0]);
		if (at->kind == DETECTOR_LOOP) {
			passed += over;
			g_assert_true(fabs(v[LOOP_ENTERED] - over) <= 2); /* one before the line's end, one that changed lanes on the last metre */
			g_assert_true(v[LOOP_CONTRIB] <= v[LOOP_ENTERED] && v[LOOP_CONTRIB] + arrived_on(w, at->lanes[0]) >= v[LOOP_ENTERED] - 2);
			g_assert_true(v[LOOP_OCCUPANCY] >= 0 && v[LOOP_OCCUPANCY] <= 100.001);
		} else {
			g_assert_true(v[AREA_SEEN] == v[AREA_ENTERED] && v[AREA_LEFT] <= v[AREA_SEEN] && v[AREA_ENTERED] >= over);
			g_assert_true(v[AREA_SEEN] - v[AREA_LEFT] <= v[AREA_MAX_VEHICLES]);
			g_assert_true(v[AREA_OCCUPANCY] <= v[AREA_MAX_OCCUPANCY] && v[AREA_MAX_OCCUPANCY] <= 100.001);
		}
	}
	g_assert_cmpfloat(passed, >, 1000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 3)
		g_error("usage: detectors_golden FOLDER_OF_NETWORKS FOLDER_OF_DETECTORS");
	nets = argv[1];
	folder = argv[2];
	g_test_add_func("/detectors/lane", test_lane);
	g_test_add_func("/detectors/books", test_books);
	return g_test_run();
}
