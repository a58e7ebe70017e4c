/* routes_test.c - what SUMO's demand files say is what we read, and each kind of mistake gets one sentence with its place. */
#include <gio/gio.h>
#include <glib/gstdio.h>

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

static void test_route_mix(struct fixture *f, gconstpointer data)
{
	(void) data;
	owned(routes) r = parse_well(f, "<route id=\"one\" edges=\"left0A0 left0A0.60.00 A0B0\"/>"
		"<routeDistribution id=\"ways\"><route refId=\"one\" probability=\"3\"/><route edges=\"left0A0 left0A0.60.00 A0A1\"/></routeDistribution>"
		"<routeDistribution id=\"named\" routes=\"one\" probabilities=\"1\"/>"
		"<flow id=\"f\" route=\"ways\" begin=\"0\" end=\"4000\" number=\"4000\"/><vehicle id=\"v\" route=\"named\" depart=\"4000\"/>"
		"<vehicle id=\"w\" depart=\"4001\"><routeDistribution><route edges=\"left0A0 left0A0.60.00 A0B0\"/></routeDistribution></vehicle>");
	uint32_t first = r->departures[4000].route, n = 0;
	g_assert_cmpuint(r->n_departures, ==, 4002);
	g_assert_cmpuint(r->n_routes, ==, 2); /* the same edges are the same route */
	g_assert_cmpuint(r->departures[4001].route, ==, first);
	for (uint32_t d = 0; d < 4000; d++)
		n += r->departures[d].route == first;
	g_assert_cmpuint(n, >, 2900);
	g_assert_cmpuint(n, <, 3100);
}

static void test_repeat(struct fixture *f, gconstpointer data)
{
	(void) data;
	owned(routes) r = parse_well(f, "<route id=\"r\" edges=\"A0B0 A0B0.90.00 B0B1 B0B1.90.00 B1A1 B1A1.90.00 A1A0 A1A0.90.00\" repeat=\"3\"/>"
		"<vehicle id=\"v\" route=\"r\" depart=\"0\"/>");
	const struct route *way = &r->routes[r->departures[0].route];
	g_assert_cmpuint(way->n_edges, ==, 24);
	for (uint32_t k = 8; k < 24; k++)
		g_assert_cmpuint(way->edges[k], ==, way->edges[k - 8]);
}

/* How vehicles enter, in each of SUMO's words; positions from the end are resolved on the lane. */
static void test_how(struct fixture *f, gconstpointer data)
{
	(void) data;
	const struct {
		const char *how;
		double speed_mps, pos_m;
		int32_t lane;
	} hows[] = {
		{"", 0, DEPART_BASE, DEPART_FIRST},
		{"departSpeed=\"max\" departPos=\"base\" departLane=\"free\"", DEPART_MAX, DEPART_BASE, DEPART_FREE},
		{"departSpeed=\"desired\" departPos=\"last\" departLane=\"allowed\"", DEPART_DESIRED, DEPART_LAST, DEPART_FREE},
		{"departSpeed=\"speedLimit\" departPos=\"7.5\" departLane=\"best\"", DEPART_LIMIT, 7.5, DEPART_BEST},
		{"departSpeed=\"random\" departPos=\"free\" departLane=\"random\"", DEPART_SPEED_RANDOM, DEPART_BASE, DEPART_RANDOM},
		{"departSpeed=\"last\" departPos=\"-1\" departLane=\"0\"", DEPART_SPEED_LAST, -1, 0},
		{"departSpeed=\"avg\" departPos=\"-2\" departLane=\"1\"", DEPART_SPEED_AVG, -2, 1},
		{"departSpeed=\"0\" departPos=\"random_free\"", 0, DEPART_POS_RANDOM, DEPART_FIRST},
		{"departSpeed=\"2.5\" departPos=\"5000\" departLane=\"first\"", 2.5, 5000, DEPART_FIRST},
	};
	double length_m = f->street->net->lanes[f->street->net->edges[network_edge(f->street->net, "left0A0")].first_lane].length_m;
	for (size_t k = 0; k < G_N_ELEMENTS(hows); k++) {
		g_autofree char *text = g_strdup_printf(TRIP("depart=\"0\" %s"), hows[k].how);
		owned(routes) r = parse_well(f, text);
		const struct departure *d = &r->departures[0];
		double pos_m = hows[k].pos_m > length_m ? length_m : strstr(hows[k].how, "departPos=\"-") ? length_m + hows[k].pos_m : hows[k].pos_m;
		g_assert_cmpfloat(d->speed_mps, ==, hows[k].speed_mps);
		g_assert_cmpfloat(d->pos_m, ==, pos_m);
		g_assert_cmpint(d->lane, ==, hows[k].lane);
	}
}

/* SUMO 1.15's own defaults, asked by TraCI (traci.vehicletype.get...) for a <vType id="t" vClass="..."/>. */
static void test_classes(struct fixture *f, gconstpointer data)
{
	(void) data;
	const struct {
		const char *vclass;
		double length_m, min_gap_m, max_speed_kmh, accel, decel, emergency, dev, sigma;
	} classes[] = {
		{"passenger", 5, 2.5, 200, 2.6, 4.5, 9, 0.1, 0.5}, {"private", 5, 2.5, 200, 2.6, 4.5, 9, 0.1, 0.5},
		{"taxi", 5, 2.5, 200, 2.6, 4.5, 9, 0.05, 0.5}, {"bus", 12, 2.5, 100, 1.2, 4, 7, 0, 0.5},
		{"coach", 14, 2.5, 100, 2, 4, 7, 0.05, 0.5}, {"delivery", 6.5, 2.5, 200, 2.6, 4.5, 9, 0.05, 0.5},
		{"truck", 7.1, 2.5, 130, 1.3, 4, 7, 0.05, 0.5}, {"trailer", 16.5, 2.5, 130, 1.1, 4, 7, 0.05, 0.5},
		{"emergency", 6.5, 2.5, 200, 2.6, 4.5, 9, 0, 0.5}, {"motorcycle", 2.2, 2.5, 200, 6, 10, 10, 0.1, 0.5},
		{"moped", 2.1, 2.5, 60, 1.1, 7, 10, 0.1, 0.5}, {"tram", 22, 2.5, 80, 1, 3, 7, 0, 0}, {"hov", 5, 2.5, 200, 2.6, 4.5, 9, 0.1, 0.5},
		{"custom1", 5, 2.5, 200, 2.6, 4.5, 9, 0.1, 0.5}, {"bicycle", 1.6, 0.5, 20, 1.2, 3, 7, 0.1, 0.5} /* desired: 20 of 50 km/h */,
	};
	for (size_t k = 0; k < G_N_ELEMENTS(classes); k++) {
		g_autofree char *text = g_strdup_printf("<vType id=\"t\" vClass=\"%s\"/>", classes[k].vclass);
		owned(routes) r = parse_well(f, text);
		const struct vtype *t = &r->types[r->n_types - 1];
		g_assert_cmpfloat(t->length_m, ==, classes[k].length_m);
		g_assert_cmpfloat(t->min_gap_m, ==, classes[k].min_gap_m);
		g_assert_cmpfloat_with_epsilon(t->max_speed_mps, classes[k].max_speed_kmh / 3.6, 1e-9);
		g_assert_cmpfloat(t->accel_mps2, ==, classes[k].accel);
		g_assert_cmpfloat(t->decel_mps2, ==, classes[k].decel);
		g_assert_cmpfloat(t->apparent_decel_mps2, ==, classes[k].decel);
		g_assert_cmpfloat(t->emergency_decel_mps2, ==, classes[k].emergency);
		g_assert_cmpfloat(t->speed_dev, ==, classes[k].dev);
		g_assert_cmpfloat(t->sigma, ==, classes[k].sigma);
	}
}

static void test_types(struct fixture *f, gconstpointer data)
{
	(void) data;
	owned(routes) r = parse_well(f, "<vType id=\"a\" carFollowModel=\"IDM\" delta=\"3\" tau=\"1.4\" decel=\"12\"/>"
		"<vType id=\"b\" speedFactor=\"1.1\" guiShape=\"bus\" color=\"1,0,0\"/><vType id=\"c\" speedFactor=\"norm(1.1,0.05)\" speedDev=\"0.3\"/>"
		"<vType id=\"d\" maxSpeed=\"30\" desiredMaxSpeed=\"20\"/>");
	const struct vtype *t = &r->types[r->n_types - 4];
	g_assert_cmpint(t[0].model, ==, FOLLOW_IDM);
	g_assert_cmpfloat(t[0].idm_delta, ==, 3);
	g_assert_cmpfloat(t[0].tau_s, ==, 1.4);
	g_assert_cmpfloat(t[0].emergency_decel_mps2, ==, 12);
	g_assert_cmpfloat(t[0].apparent_decel_mps2, ==, 12);
	g_assert_cmpint(t[1].model, ==, FOLLOW_KRAUSS);
	g_assert_cmpfloat(t[1].speed_factor, ==, 1.1);
	g_assert_cmpfloat(t[1].speed_dev, ==, 0.1); /* as SUMO: one number is the mean, the class's deviation stays */
	g_assert_cmpfloat(t[2].speed_dev, ==, 0.3);
	g_assert_cmpfloat(t[3].max_speed_mps, ==, 20);
}

/* A turn that a slow class may not or would not take is not on its fastest way. */
static void test_permissions(struct fixture *f, gconstpointer data)
{
	(void) f, (void) data;
	g_autofree char *path = g_build_filename(folder, "grid_lights.net.xml.gz", NULL);
	owned(network) net = netfile_read(path, NULL, NULL);
	uint32_t straight = network_edge(net, "A0B0");
	for (uint32_t l = 0; l < net->edges[straight].n_lanes; l++)
		net->lanes[net->edges[straight].first_lane + l].allow &= (uint32_t) ~NET_TRUCK;
	for (uint32_t k = 0; k < net->n_links; k++)
		net->links[k].allow &= net->lanes[net->links[k].to_lane].allow;
	static const char text[] = "<routes><vType id=\"t\" vClass=\"truck\"/><trip id=\"car\" from=\"left0A0\" to=\"B0C0\" depart=\"0\"/>"
		"<trip id=\"lorry\" type=\"t\" from=\"left0A0\" to=\"B0C0\" depart=\"0\"/></routes>";
	owned(routes) r = routes_parse(text, strlen(text), "d", net, 1, NULL, NULL);
	bool over[2] = {false, false};
	for (int d = 0; d < 2; d++)
		for (uint32_t k = 0; k < r->routes[r->departures[d].route].n_edges; k++)
			over[d] |= r->routes[r->departures[d].route].edges[k] == straight;
	g_assert_true(over[0]);
	g_assert_false(over[1]);
}

static char *write_text(const char *dir, const char *name, const char *text)
{
	char *path = g_build_filename(dir, name, NULL);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

/* Several files, an additional one among them, one inside another, one that includes itself; and who has no way. */
static void test_files(struct fixture *f, gconstpointer data)
{
	(void) data;
	g_autofree char *dir = g_dir_make_tmp("greenwave-routes-XXXXXX", NULL);
	g_autofree char *types = write_text(dir, "t.add.xml", "<additional><vType id=\"van\" length=\"7\"/><inductionLoop id=\"x\"/></additional>");
	g_autofree char *more = write_text(dir, "m.rou.xml", "<routes><trip id=\"b\" type=\"van\" depart=\"5\" from=\"left0A0\" to=\"A0B0\"/></routes>");
	g_autofree char *first = write_text(dir, "f.rou.xml",
		"<routes><include href=\"m.rou.xml\"/><trip id=\"a\" type=\"van\" depart=\"9\" from=\"left0A0\" to=\"A0B0\"/></routes>");
	g_autofree char *self = write_text(dir, "s.rou.xml", "<routes><include href=\"s.rou.xml\"/></routes>");
	g_autofree char *none = write_text(dir, "n.rou.xml",
		"<routes><trip id=\"c\" depart=\"5\" from=\"C2top2\" to=\"A0B0\"/><trip id=\"d\" depart=\"6\" from=\"C2top2\" "
		"to=\"A0B0\"/></routes>");
	g_autofree char *all = g_strjoin(",", types, first, none, NULL);
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_assert_null(routes_read(all, f->street->net, 1, NULL, &error));
	g_assert_nonnull(strstr(error->message, "n.rou.xml:1: trip: c has no way from edge C2top2 to edge A0B0"));
	g_clear_error(&error);
	owned(routes) r = routes_read_some(all, f->street->net, 1, true, notes, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(r->n_departures, ==, 2);
	g_assert_cmpstr(r->departures[0].id, ==, "b");
	g_assert_cmpfloat(r->types[r->departures[1].type].length_m, ==, 7);
	g_assert_cmpuint(notes->len, ==, 1);
	g_assert_true(g_str_has_suffix(notes->pdata[0], "n.rou.xml:1: trip: c has no way from edge C2top2 to edge A0B0: whoever has no way is left out (2 of them)"));
	g_assert_null(routes_read(self, f->street->net, 1, NULL, &error));
	g_assert_nonnull(strstr(error->message, "do they include each other?"));
	for (size_t k = 0; k < 5; k++)
		g_unlink((const char *[]){types, more, first, self, none}[k]);
	g_rmdir(dir);
}

static void test_notes(struct fixture *f, gconstpointer data)
{
	(void) data;
	GError *error = NULL;
	static const char *const says[] = {
		"d.rou.xml:2: person: not simulated, passed over (2 of them)",
		"d.rou.xml:4: vType: lcStrategic is not modelled, passed over",
		"d.rou.xml:5: stop: not simulated, passed over",
		"d.rou.xml:6: arrivalPos: vehicles arrive at the end of their last edge",
		"d.rou.xml:6: departPos: free and stop are taken as base",
		"d.rou.xml:7: departures that are not in order of time: SUMO would leave them out, here they drive",
		"d.rou.xml:8: flow: without an end it goes on for 24 hours, as in SUMO",
		"d.rou.xml:9: trips from or to zones, junctions or coordinates are left out",
	};
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(routes) r = parse(f, "<person id=\"p\" depart=\"0\"><walk edges=\"x\"/></person>\n<person id=\"q\" depart=\"1\"/>\n"
		"<vType id=\"v\" lcStrategic=\"2\" color=\"1,0,0\"/>\n"
		"<trip id=\"b\" from=\"left0A0\" to=\"A0B0\" depart=\"5\"><stop lane=\"A0B0_0\" duration=\"20\"/><param key=\"a\" value=\"b\"/></trip>\n"
		"<trip id=\"c\" from=\"left0A0\" to=\"A0B0\" depart=\"5\" arrivalPos=\"20\" arrivalSpeed=\"current\" departPos=\"free\"/>\n"
		TRIP("depart=\"0\"") "\n<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" begin=\"50\" period=\"3600\"/>\n"
		"<trip id=\"z\" fromTaz=\"1\" toTaz=\"2\" depart=\"90\"/>", notes, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(r->n_departures, ==, 3 + 24);
	g_assert_cmpstr(r->departures[0].id, ==, "a");
	g_assert_cmpuint(notes->len, ==, G_N_ELEMENTS(says));
	for (guint k = 0; k < notes->len; k++) {
		bool found = false;
		for (size_t n = 0; n < G_N_ELEMENTS(says); n++)
			found |= !strcmp(notes->pdata[k], says[n]);
		if (!found)
			g_error("should not say '%s'", (const char *) notes->pdata[k]);
	}
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
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" begin=\"0\" end=\"10\"/>",
			"needs one of period, vehsPerHour, probability, or number with end"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" begin=\"9\" end=\"1\" period=\"1\"/>", "ends at 1 s, before its begin at 9 s"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" end=\"10\" probability=\"1.5\"/>",
			"probability is 1.5, must be above 0 and at most 1"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" end=\"1e9\" period=\"0.001\"/>", "would bring the demand over 2000000 vehicles"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" begin=\"0\" end=\"3600\" number=\"10000000\"/>",
			"number is '10000000', must be a whole number in 0..2000000"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" begin=\"0\" period=\"1e-9\" number=\"5\"/>",
			"period is 1e-09 s, must be at least 0.001"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" end=\"9\" period=\"exp(0)\"/>", "period is 'exp(0)'"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" end=\"9\" period=\"exp(nan)\"/>", "period is 'exp(nan)'"},
		{"<flow id=\"f\" from=\"left0A0\" to=\"A0B0\" end=\"inf\" period=\"1\"/>", "end is 'inf', must be a number"},
		{TRIP("depart=\"nan\""), "depart is 'nan', must be a number"},
		{TRIP("depart=\"1e999\""), "depart is '1e999', must be a number"},
		{TRIP("depart=\"0\" departPos=\"-500\""), "a has departPos -500 m, edge left0A0 is"},
		{TRIP("depart=\"0\" departPos=\"nan\""), "departPos is 'nan', must be a number"},
		{TRIP("depart=\"0\" departSpeed=\"inf\""), "departSpeed is 'inf', must be a number"},
		{TRIP("depart=\"0\" departSpeed=\"fast\""), "departSpeed is 'fast', must be m/s, max, desired"},
		{TRIP("depart=\"0\" departPos=\"middle\""), "departPos is 'middle'"},
		{TRIP("depart=\"0\"") TRIP("depart=\"1\""), "trip a: is there twice"},
		{TRIP("depart=\"0\" depart=\"1\""), "trip a: has depart twice"},
		{"<trip id=\"a\" depart=\"0\" from=\"left0A0 A0B0\" to=\"A0B0\"/>", "from and to must each name one edge"},
		{"<route id=\"r\" edges=\"A0B0\"/><route id=\"r\" edges=\"A0B0\"/>", "route r: is there twice"},
		{"<route id=\"r\" edges=\"A0B0\" repeat=\"10001\"/>", "repeat is '10001', must be a whole number in 0..10000"},
		{"<route edges=\"A0B0\"/>", "route: has no id"},
		{"<routeDistribution id=\"d\" routes=\"x\"/>", "names 'x' in routes, which is not there yet"},
		{"<routeDistribution id=\"d\"/><vehicle id=\"v\" depart=\"0\" route=\"d\"/>", "v has a distribution of no routes"},
		{"<vTypeDistribution id=\"d\"/><trip id=\"a\" type=\"d\" depart=\"0\" from=\"left0A0\" to=\"A0B0\"/>",
			"a has type 'd', a distribution of nothing"},
		{"<vTypeDistribution id=\"d\" vTypes=\"DEFAULT_VEHTYPE\" probabilities=\"1 2\"/>", "has 1 vTypes and 2 probabilities"},
		{"<vTypeDistribution id=\"d\" vTypes=\"DEFAULT_VEHTYPE\" probabilities=\"nan\"/>", "has probability 'nan'"},
		{"<vType id=\"t\" length=\"-3\"/>", "vType t: length is -3 m, must be at least 0.1"},
		{"<vType id=\"t\" accel=\"nan\"/>", "accel is 'nan', must be a number"},
		{"<vType id=\"t\" maxSpeed=\"1e999\"/>", "maxSpeed is '1e999', must be a number"},
		{"<include/>", "include: has no href"},
		{"<include href=\"nowhere.xml\"/>", "include: there is no file './nowhere.xml'"},
		{"<trip id=\"b\" depart=\"0\" from=\"left0A0\" to=\"A0B0\">" TRIP("depart=\"0\"") "</trip>",
			"stands inside another vehicle, trip or flow"},
		{"<trip", "d.rou.xml:3: "},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(mistakes); k++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(parse(f, mistakes[k].text, NULL, &error));
		g_assert_nonnull(error);
		bool placed = g_str_has_prefix(error->message, "d.rou.xml:") || strstr(error->message, "nowhere.xml: ");
		if (!strstr(error->message, mistakes[k].says) || !placed)
			g_error("'%s' should say '%s', says '%s'", mistakes[k].text, mistakes[k].says, error->message);
	}
	g_autoptr(GString) many = g_string_new(NULL); /* a small file that asks for much memory */
	for (int k = 0; k < 6000; k++)
		g_string_append_printf(many, "<route id=\"r%d\" edges=\"A0B0 B0C0\" repeat=\"%d\"/>", k, 10000 - k % 100);
	g_autoptr(GError) much = NULL;
	g_assert_null(parse(f, many->str, NULL, &much));
	g_assert_nonnull(strstr(much->message, "brings all routes together over 50000000 edges"));
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
	g_test_add("/routes/route-mix", struct fixture, NULL, set_up, test_route_mix, tear_down);
	g_test_add("/routes/repeat", struct fixture, NULL, set_up, test_repeat, tear_down);
	g_test_add("/routes/how", struct fixture, NULL, set_up, test_how, tear_down);
	g_test_add("/routes/classes", struct fixture, NULL, set_up, test_classes, tear_down);
	g_test_add("/routes/types", struct fixture, NULL, set_up, test_types, tear_down);
	g_test_add("/routes/permissions", struct fixture, NULL, set_up, test_permissions, tear_down);
	g_test_add("/routes/files", struct fixture, NULL, set_up, test_files, tear_down);
	g_test_add("/routes/notes", struct fixture, NULL, set_up, test_notes, tear_down);
	g_test_add("/routes/mistakes", struct fixture, NULL, set_up, test_mistakes, tear_down);
	return g_test_run();
}
