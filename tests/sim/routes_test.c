/* routes_test.c - what SUMO's demand files say is what we read, and each kind of mistake gets one sentence with its place. */
#include <gio/gio.h>

#include "sim_street.h"

static const char *folder;

struct fixture {
	struct sim_street *street;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	(void) data;
	g_autofree char *path = g_build_filename(folder, "grid_lights.net.xml.gz", NULL);
	f->street = sim_street_new(path);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	(void) data;
	sim_street_free(f->street);
}

static struct routes *parse(struct fixture *f, const char *inside, GPtrArray *notes, GError **error)
{
	g_autofree char *text = g_strdup_printf("<routes>\n%s\n</routes>\n", inside);
	return routes_parse(text, strlen(text), "d.rou.xml", f->street->net, 7, notes, error);
}

static struct routes *parse_well(struct fixture *f, const char *inside)
{
	GError *error = NULL;
	struct routes *r = parse(f, inside, NULL, &error);
	g_assert_no_error(error);
	return r;
}

#define TRIP(more) "<trip id=\"a\" from=\"left0A0\" to=\"C2top2\" " more "/>"

static void test_vehicle(struct fixture *f, gconstpointer data)
{
	(void) data;
	owned(routes) r = parse_well(f,
		"<vType id=\"van\" vClass=\"delivery\" length=\"7\" minGap=\"1.5\" sigma=\"0.2\" speedFactor=\"norm(1.1,0.05)\"/>\n"
		"<route id=\"r\" edges=\"left0A0 left0A0.60.00 A0B0\"/>\n"
		"<vehicle id=\"late\" type=\"van\" route=\"r\" depart=\"00:01:30\" departLane=\"best\" departSpeed=\"max\"/>\n"
		"<vehicle id=\"early\" depart=\"5.5\" departPos=\"12\" departSpeed=\"3\" departLane=\"1\"><route edges=\"left0A0 left0A0.60.00 A0B0\"/></vehicle>");
	g_assert_cmpuint(r->n_departures, ==, 2);
	const struct departure *early = &r->departures[0], *late = &r->departures[1];
	g_assert_cmpstr(early->id, ==, "early");
	g_assert_cmpfloat(early->depart_s, ==, 5.5);
	g_assert_cmpfloat(early->pos_m, ==, 12);
	g_assert_cmpfloat(early->speed_mps, ==, 3);
	g_assert_cmpint(early->lane, ==, 1);
	g_assert_cmpstr(r->types[early->type].id, ==, "DEFAULT_VEHTYPE");
	g_assert_cmpfloat(r->types[early->type].accel_mps2, ==, 2.6);
	g_assert_cmpfloat(late->depart_s, ==, 90);
	g_assert_cmpint(late->lane, ==, DEPART_BEST);
	g_assert_cmpfloat(late->speed_mps, ==, DEPART_MAX);
	const struct vtype *van = &r->types[late->type];
	g_assert_cmpuint(van->vclass, ==, NET_DELIVERY);
	g_assert_cmpfloat(van->length_m, ==, 7);
	g_assert_cmpfloat(van->sigma, ==, 0.2);
	g_assert_cmpfloat(van->speed_factor, ==, 1.1);
	g_assert_cmpfloat(van->speed_dev, ==, 0.05);
	g_assert_cmpuint(r->routes[late->route].n_edges, ==, 3);
}

static void test_trip(struct fixture *f, gconstpointer data)
{
	(void) data;
	owned(routes) r = parse_well(f, TRIP("depart=\"0\" via=\"A0A1\""));
	const struct route *way = &r->routes[r->departures[0].route];
	bool over = false;
	g_assert_cmpuint(way->edges[0], ==, network_edge(f->street->net, "left0A0"));
	g_assert_cmpuint(way->edges[way->n_edges - 1], ==, network_edge(f->street->net, "C2top2"));
	for (uint32_t k = 0; k < way->n_edges; k++)
		over |= way->edges[k] == network_edge(f->street->net, "A0A1");
	g_assert_true(over);
}

static void test_flows(struct fixture *f, gconstpointer data)
{
	(void) data;
	const struct {
		const char *how;
		uint32_t least, most;
		double first_s, last_s; /* NaN: chance */
	} flows[] = {
		{"begin=\"10\" end=\"110\" number=\"5\"", 5, 5, 10, 90},
		{"begin=\"0\" end=\"100\" period=\"30\"", 4, 4, 0, 90},
		{"begin=\"0\" end=\"3600\" vehsPerHour=\"120\"", 120, 120, 0, 3570},
		{"begin=\"0\" period=\"2\" number=\"3\"", 3, 3, 0, 4},
		{"begin=\"0\" end=\"10000\" probability=\"0.2\"", 1850, 2150, NAN, NAN},
		{"begin=\"0\" end=\"10000\" period=\"exp(0.2)\"", 1850, 2150, NAN, NAN},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(flows); k++) {
		g_autofree char *text = g_strdup_printf("<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" %s/>", flows[k].how);
		owned(routes) r = parse_well(f, text);
		owned(routes) again = parse_well(f, text);
		g_assert_cmpuint(r->n_departures, >=, flows[k].least);
		g_assert_cmpuint(r->n_departures, <=, flows[k].most);
		g_assert_cmpuint(r->n_departures, ==, again->n_departures);
		for (uint32_t d = 0; d < r->n_departures; d++)
			g_assert_cmpfloat(r->departures[d].depart_s, ==, again->departures[d].depart_s);
		if (isnan(flows[k].first_s))
			continue;
		g_assert_cmpfloat(r->departures[0].depart_s, ==, flows[k].first_s);
		g_assert_cmpfloat_with_epsilon(r->departures[r->n_departures - 1].depart_s, flows[k].last_s, 1e-6);
	}
}

static void test_mix(struct fixture *f, gconstpointer data)
{
	(void) data;
	owned(routes) r = parse_well(f, "<vTypeDistribution id=\"mix\"><vType id=\"car\" probability=\"3\"/><vType id=\"lorry\" vClass=\"truck\" probability=\"1\"/>"
		"</vTypeDistribution><flow id=\"f\" type=\"mix\" from=\"left0A0\" to=\"A0B0\" begin=\"0\" end=\"4000\" number=\"4000\"/>");
	uint32_t lorries = 0;
	for (uint32_t d = 0; d < r->n_departures; d++)
		lorries += r->types[r->departures[d].type].vclass == NET_TRUCK;
	g_assert_cmpuint(lorries, >, 900);
	g_assert_cmpuint(lorries, <, 1100);
}

static void test_notes(struct fixture *f, gconstpointer data)
{
	(void) data;
	GError *error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(routes) r = parse(f, "<person id=\"p\" depart=\"0\"><walk edges=\"x\"/></person>\n<person id=\"q\" depart=\"1\"/>\n" TRIP("depart=\"0\""), notes, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(r->n_departures, ==, 1);
	g_assert_cmpuint(notes->len, ==, 1);
	g_assert_true(g_str_has_prefix(notes->pdata[0], "d.rou.xml:2: person: "));
}

static void test_mistakes(struct fixture *f, gconstpointer data)
{
	(void) data;
	const struct {
		const char *text, *says;
	} mistakes[] = {
		{TRIP(""), "d.rou.xml:2: trip a: has no depart"},
		{TRIP("depart=\"soon\""), "depart is 'soon', must be a number"},
		{TRIP("depart=\"-5\""), "depart is -5 s, must be at least 0"},
		{TRIP("depart=\"12:61:00\""), "depart is '12:61:00', must be seconds or hours:minutes:seconds"},
		{TRIP("depart=\"0\" type=\"ufo\""), "has type 'ufo', which is not there yet"},
		{TRIP("depart=\"0\" departLane=\"middle\""), "departLane is 'middle'"},
		{TRIP("depart=\"0\" departLane=\"9\""), "has departLane 9, where it may not drive on edge left0A0"},
		{TRIP("depart=\"0\" departSpeed=\"-1\""), "departSpeed is -1 m/s, must be at least 0"},
		{TRIP("depart=\"0\" via=\"nowhere\""), "via names edge 'nowhere', which the network does not have"},
		{"<trip id=\"a\" depart=\"0\" from=\"A0right\" to=\"A0B0\"/>", "from names edge 'A0right'"},
		{"<trip id=\"a\" depart=\"0\" from=\"C2top2\" to=\"A0B0\"/>", "a has no way from edge C2top2 to edge A0B0"},
		{"<trip id=\"a\" depart=\"0\"/>", "a has neither a route nor from and to"},
		{"<vehicle id=\"a\" depart=\"0\" route=\"r\"/>", "has route 'r', which is not there yet"},
		{"<vehicle id=\"a\" depart=\"0\"><route edges=\"left0A0 C2top2\"/></vehicle>", "a cannot go from edge left0A0 to edge C2top2"},
		{"<vehicle depart=\"0\"/>", "has no id"},
		{"<route id=\"r\" edges=\"\"/>", "has no edges"},
		{"<vType id=\"t\" length=\"0\"/>", "length is 0 m, must be at least 0.1"},
		{"<vType id=\"t\" sigma=\"2\"/>", "sigma is 2, must be at least 0 and at most 1"},
		{"<vType id=\"t\" vClass=\"broom\"/>", "vClass is 'broom'"},
		{"<vType id=\"t\" speedFactor=\"norm(1\"/>", "speedFactor is 'norm(1'"},
		{"<vType id=\"t\"/><vType id=\"t\"/>", "is there twice"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" begin=\"0\" end=\"10\"/>", "needs one of period, vehsPerHour, probability, or number with end"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" begin=\"9\" end=\"1\" period=\"1\"/>", "ends at 1 s, before its begin at 9 s"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" end=\"10\" probability=\"1.5\"/>", "probability is 1.5, must be above 0 and at most 1"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" end=\"1e9\" period=\"0.001\"/>", "would bring the demand over 2000000 vehicles"},
		{"<trip", "d.rou.xml:3: "},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(mistakes); k++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(parse(f, mistakes[k].text, NULL, &error));
		g_assert_nonnull(error);
		if (!strstr(error->message, mistakes[k].says) || !g_str_has_prefix(error->message, "d.rou.xml:"))
			g_error("'%s' should say '%s', says '%s'", mistakes[k].text, mistakes[k].says, error->message);
	}
	g_autoptr(GError) missing = NULL;
	g_assert_null(routes_read("/nowhere/d.rou.xml", f->street->net, 1, NULL, &missing));
	g_assert_true(g_str_has_prefix(missing->message, "/nowhere/d.rou.xml: "));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: routes_test FOLDER_OF_NETWORKS");
	folder = argv[1];
	g_test_add("/routes/vehicle", struct fixture, NULL, set_up, test_vehicle, tear_down);
	g_test_add("/routes/trip", struct fixture, NULL, set_up, test_trip, tear_down);
	g_test_add("/routes/flows", struct fixture, NULL, set_up, test_flows, tear_down);
	g_test_add("/routes/mix", struct fixture, NULL, set_up, test_mix, tear_down);
	g_test_add("/routes/notes", struct fixture, NULL, set_up, test_notes, tear_down);
	g_test_add("/routes/mistakes", struct fixture, NULL, set_up, test_mistakes, tear_down);
	return g_test_run();
}
