/* netfile_test.c - reading networks: what a good file becomes, and that a bad one is refused with its place. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/core_error.h"
#include "core/netfile.h"
#include "small_net.h"

static struct network *read_small(void)
{
	g_autoptr(GError) error = NULL;
	struct network *net = netfile_parse(small_net, strlen(small_net), "small", NULL, &error);
	g_assert_no_error(error);
	return net;
}

static const struct net_link *link_between(const struct network *net, const char *from, const char *to)
{
	uint32_t a = network_lane(net, from), b = network_lane(net, to);
	for (uint32_t k = 0; k < net->lanes[a].n_links; k++)
		if (net->links[net->lanes[a].first_link + k].to_lane == b)
			return &net->links[net->lanes[a].first_link + k];
	return NULL;
}

static void test_small(void)
{
	owned(network) net = read_small();
	g_assert_cmpuint(net->n_edges, ==, 9);
	g_assert_cmpuint(net->n_lanes, ==, 9);
	g_assert_cmpuint(net->n_links, ==, 6);
	g_assert_cmpuint(net->n_nodes, ==, 5);
	g_assert_cmpuint(net->n_signals, ==, 1);
	const struct net_lane *in = &net->lanes[network_lane(net, "in_0")];
	g_assert_cmpfloat(in->length_m, ==, 92.8);
	g_assert_cmpfloat(in->width_m, ==, 3.2);
	g_assert_cmpuint(in->allow, ==, NET_ALL & ~(unsigned) (NET_PEDESTRIAN | NET_TRAM));
	g_assert_cmpuint(net->lanes[network_lane(net, ":C_c0_0")].allow, ==, NET_PEDESTRIAN);
	g_assert_cmpuint(net->edges[network_edge(net, ":C_c0")].function, ==, NET_CROSSING);
	g_assert_cmpstr(net->edges[network_edge(net, ":C_c0")].crossing_edges[0], ==, "out");
	g_assert_cmpuint(net->edges[network_edge(net, ":C_w0")].from, ==, network_node(net, "C"));
	g_assert_cmpuint(net->lanes[network_lane(net, "sout_0")].n_shape, ==, 3);
	g_assert_cmpfloat(net->max.x_m, ==, 200);
	g_assert_cmpfloat(net->min.y_m, ==, 0);
	g_assert_cmpuint(network_lane(net, "nobody"), ==, NET_NONE);
}

static void test_links(void)
{
	owned(network) net = read_small();
	const struct net_link *west = link_between(net, "in_0", "out_0"), *walk = link_between(net, ":C_w0_0", ":C_c0_0");
	g_assert_cmpuint(west->request, ==, 1);
	g_assert_cmpuint(west->signal_link, ==, 1);
	g_assert_cmpuint(west->via, ==, network_lane(net, ":C_1_0"));
	g_assert_cmpint(west->dir, ==, 's');
	g_assert_cmpuint(walk->request, ==, 2);
	g_assert_cmpuint(walk->signal_link, ==, 2);
	g_assert_cmpuint(link_between(net, ":C_0_0", "sout_0")->signal, ==, NET_NONE);
	const struct net_node *node = &net->nodes[network_node(net, "C")];
	g_assert_true(network_foes(node, 1, 2) && network_foes(node, 1, 0) && !network_foes(node, 0, 2));
	g_assert_true(network_yields(node, 1, 2) && !network_yields(node, 2, 1) && !network_yields(node, 1, 99));
	g_assert_true(node->requests[1].cont && !node->requests[0].cont);
}

static void test_programs(void)
{
	owned(network) net = read_small();
	const struct net_signal *signal = &net->signals[0];
	g_assert_cmpuint(signal->n_links, ==, 3);
	g_assert_cmpuint(signal->n_programs, ==, 2);
	g_assert_cmpstr(signal->programs[0].id, ==, "day"); /* the last one in the file is in force */
	g_assert_cmpfloat(signal->programs[0].offset_s, ==, 7);
	g_assert_cmpuint(signal->programs[0].n_phases, ==, 7);
	g_assert_true(isnan(signal->programs[0].phases[0].min_s));
	g_assert_cmpfloat(signal->programs[0].phases[4].max_s, ==, 30);
}

static void test_geometry(void)
{
	owned(network) net = read_small();
	const struct net_lane *sout = &net->lanes[network_lane(net, "sout_0")];
	double heading_rad;
	struct net_point p = network_point(sout, 46.4, &heading_rad);
	g_assert_cmpfloat_with_epsilon(p.y_m, 46.4, 1e-9);
	g_assert_cmpfloat_with_epsilon(heading_rad, -G_PI / 2, 1e-9);
	g_assert_cmpfloat(network_point(sout, -5, NULL).y_m, ==, 92.8);
	g_assert_cmpfloat_with_epsilon(network_point(sout, 500, NULL).y_m, 0, 1e-9);
	g_assert_cmpuint(network_upstream(net, network_lane(net, "out_0")), ==, network_lane(net, "in_0"));
	g_assert_cmpuint(network_upstream(net, network_lane(net, "in_0")), ==, NET_NONE);
}

/* One thing changed in the small network, and what must be said about it. */
static const struct {
	const char *find, *put, *say;
} bad[] = {
	{"length=\"92.80\"", "length=\"-3\"", "small:7: lane in_0: length is -3 m, must be above 0"},
	{"length=\"92.80\"", "length=\"0\"", "length is 0 m, must be above 0"},
	{"length=\"92.80\"", "length=\"nan\"", "length is 'nan', must be a number"},
	{"length=\"92.80\"", "length=\"1e999\"", "must be a number"},
	{"length=\"92.80\"", "length=\"92.8m\"", "must be a number"},
	{"length=\"92.80\"", "length=\"1e7\"", "at most 1e+06"},
	{"length=\"92.80\"", "", "has no length"},
	{"index=\"0\" speed=\"13.89\" length=\"96\"", "index=\"1\" speed=\"13.89\" length=\"96\"", "index is 1, must be 0"},
	{"shape=\"0,98.4 92.8,98.4\"", "shape=\"0,98.4\"", "shape has 1 points, needs 2"},
	{"shape=\"0,98.4 92.8,98.4\"", "shape=\"0,98.4 92.8\"", "must be at most"},
	{"shape=\"0,98.4 92.8,98.4\"", "shape=\"0,inf 92.8,98.4\"", "must be at most"},
	{"id=\"nin\" from=\"N\"", "id=\"nin\" from=\"X\"", "there is no junction 'X'"},
	{"id=\"nin\" from", "id=\"in\" from", "edge in is there twice"},
	{"id=\"nin_0\"", "id=\"in_0\"", "lane in_0 is there twice"},
	{"function=\"crossing\"", "function=\"river\"", "function is 'river'"},
	{"id=\"S\" type", "id=\"N\" type", "is there twice"},
	{"incLanes=\"nin_0 in_0", "incLanes=\"nin_0 in_7", "there is no lane 'in_7'"},
	{"response=\"100\" foes=\"101\"", "response=\"100\" foes=\"1010\"", "must be 3 digits"},
	{"response=\"100\" foes=\"101\"", "response=\"1x0\" foes=\"101\"", "must be 3 digits"},
	{"request index=\"2\"", "request index=\"1\"", "request 1 of junction C"},
	{"request index=\"2\"", "request index=\"3\"", "request 3 of junction C"},
	{"request index=\"2\"", "request index=\"99999\"", "must be a whole number in 0..1023"},
	{"duration=\"20\" state=\"rGr\"", "duration=\"20\" state=\"rG\"", "phase 4 has 2 letters, must be 3"},
	{"duration=\"20\" state=\"rGr\"", "duration=\"20\" state=\"rGx\"", "must be at most 1024 letters out of"},
	{"duration=\"20\" state=\"rGr\"", "duration=\"-20\" state=\"rGr\"", "duration is -20 s, must be above 0"},
	{"duration=\"20\" state=\"rGr\"", "duration=\"20\" next=\"7\" state=\"rGr\"", "phase 4 names phase 7 as the next, the last one is 6"},
	{"duration=\"20\" state=\"rGr\"", "duration=\"20\" next=\"x\" state=\"rGr\"", "next is 'x', must be numbers of phases"},
	{"duration=\"20\" state=\"rGr\"", "duration=\"20\" duration=\"21\" state=\"rGr\"", "has duration twice"},
	{"cont=\"1\"", "cont=\"maybe\"", "cont is 'maybe', must be true or false"},
	{"programID=\"night\"", "programID=\"day\"", "program day is there twice"},
	{"tl=\"C\" linkIndex=\"2\"", "tl=\"C\" linkIndex=\"3\"", "linkIndex is 3, tlLogic C has 3 letters"},
	{"tl=\"C\" linkIndex=\"2\"", "tl=\"C\" linkIndex=\"-2\"", "linkIndex is '-2'"},
	{"tl=\"C\" linkIndex=\"2\"", "tl=\"D\" linkIndex=\"2\"", "there is no tlLogic 'D'"},
	{"tl=\"C\" linkIndex=\"2\"", "tl=\"C\"", "has no linkIndex"},
	{"via=\":C_1_0\"", "via=\":C_9_0\"", "there is no lane ':C_9_0'"},
	{"via=\":C_1_0\"", "via=\"out_0\"", "is not inside junction C"},
	{"from=\"in\" to=\"out\" fromLane=\"0\"", "from=\"in\" to=\"out\" fromLane=\"1\"", "has 1 lanes, no lane 1"},
	{"from=\"in\" to=\"out\"", "from=\"in\" to=\"nin\"", "ends at junction C"},
	{"dir=\"s\" state=\"o\"", "dir=\"q\" state=\"o\"", "dir is 'q'"},
	{"intLanes=\":C_0_0 :C_1_0 :C_c0_0\"", "intLanes=\":C_0_0 :C_1_0\"", "no request row is known"},
	{"</net>", "", "is no whole XML"},
	{"</net>", "</nut>", "is no whole XML"},
	{"<edge id=\":C_0\"", "<succ edge=\"in\"/><edge id=\":C_0\"", "is of a network format before version 1.0"},
	{"<net version", "<nut version", "the file must begin with <net>"},
};

static void test_bad(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		const char *at = strstr(small_net, bad[i].find);
		g_assert_nonnull(at);
		g_autofree char *text =
			g_strdup_printf("%.*s%s%s", (int) (at - small_net), small_net, bad[i].put, at + strlen(bad[i].find));
		g_assert_null(netfile_parse(text, strlen(text), "small", NULL, &error));
		g_assert_nonnull(error);
		if (!strstr(error->message, bad[i].say))
			g_error("'%s' should say '%s'", error->message, bad[i].say);
		g_assert_true(g_str_has_prefix(error->message, "small:"));
	}
}

/* Elements where they do not belong are not taken for others (found by the fuzzer). */
static void test_misplaced(void)
{
	g_autoptr(GError) error = NULL;
	static const char text[] = "<net><box><edge id=\"a\" from=\"b\" to=\"b\"><lane id=\"a_0\" index=\"0\" length=\"1\" speed=\"1\" shape=\"0,0 1,1\"/>"
		"</edge><tlLogic><phase duration=\"1\" state=\"G\"/></tlLogic><junction><request index=\"0\" response=\"0\" foes=\"0\"/></junction>"
		"</box></net>";
	g_assert_null(netfile_parse(text, strlen(text), "box", NULL, &error));
	g_assert_cmpstr(error->message, ==, "box: holds no lane");
}

/* Whatever the file is cut down to, it is refused. */
static void test_truncated(void)
{
	size_t end = strlen(small_net) - strlen("</net>\n") + strlen("</net>");
	for (size_t length = 0; length < end; length++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = g_strndup(small_net, length); /* its end is the end of the memory, for the sanitizer */
		g_assert_null(netfile_parse(text, length, "cut", NULL, &error));
		g_assert_nonnull(error);
	}
}

/* Up to version 0.13 SUMO's networks had no <request>; later ones before 1.0 can be read. */
static void test_old(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) text = g_string_new(small_net);
	g_string_replace(text, "version=\"1.9\"", "version=\"0.27\"", 0);
	owned(network) net = netfile_parse(text->str, text->len, "old", NULL, &error);
	g_assert_no_error(error);
	for (char *at; (at = strstr(text->str, "<request"));)
		g_string_erase(text, at - text->str, strchr(at, '\n') - at);
	g_assert_null(netfile_parse(text->str, text->len, "old", NULL, &error));
	g_assert_cmpstr(error->message, ==, "old:21: junction C has no right of way, as in networks before version 1.0: "
		"convert it with netconvert --sumo-net-file OLD --output-file NEW");
}

static void test_allowed(void)
{
	g_autoptr(GString) text = g_string_new(small_net);
	g_string_replace(text, "tl=\"C\" linkIndex=\"1\"", "tl=\"C\" linkIndex=\"1\" disallow=\"bus tram\" keepClear=\"0\"", 0);
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(network) net = netfile_parse(text->str, text->len, "small", notes, NULL);
	g_assert_cmpuint(link_between(net, "in_0", "out_0")->allow, ==, NET_ALL & ~(unsigned) (NET_BUS | NET_TRAM));
	g_assert_cmpuint(link_between(net, ":C_w0_0", ":C_c0_0")->allow, ==, NET_PEDESTRIAN);
	g_assert_cmpuint(notes->len, ==, 1);
	g_assert_nonnull(strstr(notes->pdata[0], "keepClear"));
}

static void test_actuated(void)
{
	g_autoptr(GString) text = g_string_new(small_net);
	g_string_replace(text, "type=\"static\" programID=\"day\" offset=\"7\">", "type=\"actuated\" programID=\"day\" offset=\"7\">"
		"<param key=\"max-gap\" value=\"2.5\"/><param key=\"show-detectors\" value=\"x\"/><param key=\"jam-threshold\" value=\"30\"/>", 0);
	g_string_replace(text, "maxDur=\"30\"", "maxDur=\"30\" next=\"5 0\" latestEnd=\"40\"", 0);
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(network) net = netfile_parse(text->str, text->len, "small", notes, NULL);
	const struct net_program *day = &net->signals[0].programs[0];
	g_assert_cmpstr(day->type, ==, "actuated");
	g_assert_cmpfloat(day->actuation.max_gap_s, ==, 2.5);
	g_assert_cmpfloat(day->actuation.detector_gap_s, ==, 2);
	g_assert_cmpfloat(day->actuation.passing_time_s, ==, 1.9);
	g_assert_cmpuint(day->phases[4].n_next, ==, 2);
	g_assert_cmpuint(day->phases[4].next[0], ==, 5);
	g_assert_cmpuint(notes->len, ==, 3);
}

static void test_notes(void)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *text = g_strconcat("<net lefthand=\"true\">\n<tramway/><monorail/><tramway/><param key=\"a\"/>", strchr(small_net, '\n'), NULL);
	owned(network) net = netfile_parse(text, strlen(text), "odd", notes, NULL);
	g_assert_nonnull(net);
	g_assert_cmpuint(notes->len, ==, 3);
	g_assert_cmpstr(notes->pdata[0], ==, "odd:1: the network drives on the left: lane 0 is the leftmost");
	g_assert_cmpstr(notes->pdata[1], ==, "odd:2: <tramway> is passed over (2 of them)");
	g_assert_cmpstr(notes->pdata[2], ==, "odd:2: <monorail> is passed over");
}

static char *write_file(const char *name, const char *text, gsize length)
{
	char *path = g_build_filename(g_getenv("GREENWAVE_TEST_TMP"), name, NULL);
	g_assert_true(g_file_set_contents(path, text, (gssize) length, NULL));
	return path;
}

static void test_files(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GZlibCompressor) zip = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6);
	g_autofree char *packed = g_malloc(sizeof small_net);
	gsize taken, made;
	g_assert_cmpint(g_converter_convert(G_CONVERTER(zip), small_net, strlen(small_net), packed, sizeof small_net, G_CONVERTER_INPUT_AT_END,
		&taken, &made, NULL), ==, G_CONVERTER_FINISHED);
	g_autofree char *plain = write_file("a.net.xml", small_net, strlen(small_net)), *gz = write_file("a.net.xml.gz", packed, made);
	g_autofree char *broken = write_file("b.net.xml.gz", packed, made / 2);
	owned(network) one = netfile_read(plain, NULL, &error);
	owned(network) two = netfile_read(gz, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(one->n_links, ==, two->n_links);
	g_assert_null(netfile_read(broken, NULL, &error));
	g_assert_nonnull(error);
	g_clear_error(&error);
	g_assert_null(netfile_read("/nowhere/x.net.xml", NULL, &error));
	g_assert_error(error, CORE_ERROR, CORE_ERROR_READ);
}

static bool add(struct network *net, const char *text, GError **error)
{
	g_autofree char *path = write_file("p.add.xml", text, strlen(text));
	return netfile_add_programs(net, path, NULL, error);
}

static void test_add_programs(void)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = read_small();
	g_assert_true(add(net, "<additional><vType id=\"a\"/><tlLogic id=\"C\" programID=\"x\"><phase duration=\"9\" state=\"GrG\"/></tlLogic>"
		"<tlLogic id=\"C\" programID=\"y\" offset=\"-4\"><phase duration=\"9\" state=\"GrG\"/></tlLogic></additional>", &error));
	g_assert_cmpuint(net->signals[0].n_programs, ==, 4);
	g_assert_cmpstr(net->signals[0].programs[0].id, ==, "y");
	g_assert_cmpstr(net->signals[0].programs[1].id, ==, "x");
	g_assert_cmpstr(net->signals[0].programs[2].id, ==, "day");
	g_autofree char *inner = write_file("q.add.xml", "<additional>\n\n<tlLogic id=\"C\" programID=\"q\"><phase duration=\"9\" state=\"GrGG\"/></tlLogic></additional>", 101);
	g_assert_false(add(net, "<additional><include href=\"q.add.xml\"/></additional>", &error));
	g_assert_nonnull(strstr(error->message, "q.add.xml:3: tlLogic C, program q: phase 0 has 4 letters, must be 3"));
	g_clear_error(&error);
	g_assert_true(g_file_set_contents(inner, "<additional><tlLogic id=\"C\" programID=\"q\"><phase duration=\"9\" state=\"GrG\"/></tlLogic></additional>", -1, NULL));
	g_assert_true(add(net, "<additional><include href=\"q.add.xml\"/></additional>", &error));
	g_assert_cmpstr(net->signals[0].programs[0].id, ==, "q");
	/* The second one does not fit: neither is taken. */
	g_assert_false(add(net, "<additional><tlLogic id=\"C\" programID=\"z\"><phase duration=\"9\" state=\"GrG\"/></tlLogic>"
		"<tlLogic id=\"C\" programID=\"w\"><phase duration=\"9\" state=\"GrGG\"/></tlLogic></additional>", &error));
	g_assert_nonnull(strstr(error->message, "phase 0 has 4 letters, must be 3"));
	g_assert_cmpuint(net->signals[0].n_programs, ==, 5);
	g_assert_cmpstr(net->signals[0].programs[0].id, ==, "q");
	g_clear_error(&error);
	g_assert_false(add(net, "<additional><tlLogic id=\"Q\" programID=\"z\"><phase duration=\"9\" state=\"GrG\"/></tlLogic></additional>", &error));
	g_assert_nonnull(strstr(error->message, "tlLogic Q is not in the network"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_autofree char *folder = g_dir_make_tmp("greenwave-netfile-XXXXXX", NULL);
	g_setenv("GREENWAVE_TEST_TMP", folder, TRUE);
	g_test_add_func("/netfile/small", test_small);
	g_test_add_func("/netfile/links", test_links);
	g_test_add_func("/netfile/programs", test_programs);
	g_test_add_func("/netfile/geometry", test_geometry);
	g_test_add_func("/netfile/bad", test_bad);
	g_test_add_func("/netfile/misplaced", test_misplaced);
	g_test_add_func("/netfile/truncated", test_truncated);
	g_test_add_func("/netfile/old", test_old);
	g_test_add_func("/netfile/allowed", test_allowed);
	g_test_add_func("/netfile/actuated", test_actuated);
	g_test_add_func("/netfile/notes", test_notes);
	g_test_add_func("/netfile/files", test_files);
	g_test_add_func("/netfile/add-programs", test_add_programs);
	int bad_tests = g_test_run();
	static const char *const names[] = {"a.net.xml", "a.net.xml.gz", "b.net.xml.gz", "p.add.xml", "q.add.xml"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
	return bad_tests;
}
