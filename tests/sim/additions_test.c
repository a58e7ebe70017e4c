/* additions_test.c - detectors and time tables of additional files, and one sentence for each mistake in them. */
#include <glib/gstdio.h>
#include <math.h>
#include <unistd.h>

#include "sim/additions.h"
#include "sim_street.h"

static const char *nets;

static struct network *read_net(const char *name)
{
	g_autofree char *path = g_build_filename(nets, name, NULL);
	g_autoptr(GError) error = NULL;
	struct network *net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	return net;
}

static struct additions *parse(const struct network *net, const char *inside, GPtrArray *notes, GError **error)
{
	g_autofree char *text = g_strdup_printf("<additional>\n%s\n</additional>\n", inside);
	return additions_parse(text, strlen(text), "sub/d.add.xml", net, notes, error);
}

static void test_detectors(void)
{
	owned(network) net = read_net("lane_lights.net.xml");
	double in_m = net->lanes[network_lane(net, "in_0")].length_m, over_m = 0;
	g_autoptr(GError) error = NULL;
	owned(additions) a = parse(net, "<e1Detector id=\"a\" lane=\"in_0\" pos=\"-10\" freq=\"60\" file=\"a.xml\"/>"
		"<inductionLoop id=\"b\" lane=\"in_0\" pos=\"9999\" friendlyPos=\"true\" file=\"/x/b.xml\"/>"
		"<laneAreaDetector id=\"c\" lanes=\"in_0 out_0\" pos=\"-50\" endPos=\"60\" period=\"30\" speedThreshold=\"1\" file=\"NUL\"/>"
		"<e2Detector id=\"d\" lane=\"in_0\" endPos=\"-5\" length=\"100\"/><e2Detector id=\"e\" lane=\"in_0\" pos=\"7\" length=\"20\"/>", NULL, &error);
	g_assert_no_error(error);
	const struct detector *d = a->detectors;
	g_assert_cmpuint(a->n_detectors, ==, 5);
	g_assert_cmpfloat(d[0].begin_m, ==, in_m - 10);
	g_assert_cmpfloat(d[0].period_s, ==, 60);
	g_assert_cmpstr(d[0].file, ==, "sub/a.xml");
	g_assert_cmpfloat(d[1].end_m, ==, in_m);
	g_assert_cmpstr(d[1].file, ==, "/x/b.xml");
	g_assert_true(isinf(d[1].period_s));
	g_assert_cmpuint(d[2].n_lanes, >, 2); /* over the node */
	for (uint32_t k = 0; k + 1 < d[2].n_lanes; k++)
		over_m += net->lanes[d[2].lanes[k]].length_m;
	g_assert_cmpfloat(d[2].begin_m, ==, in_m - 50);
	g_assert_cmpfloat(d[2].end_m, ==, over_m + 60);
	g_assert_cmpfloat(d[2].halt_mps, ==, 1);
	g_assert_null(d[2].file);
	g_assert_cmpfloat(d[3].begin_m, ==, in_m - 105);
	g_assert_cmpfloat(d[4].begin_m, ==, 7);
	g_assert_cmpfloat(d[4].end_m, ==, 27);
}

static void test_switches(void)
{
	owned(network) net = read_net("lane_lights.net.xml");
	g_autoptr(GError) error = NULL;
	const struct net_signal *s = &net->signals[0];
	g_autofree char *path = g_strdup_printf("%s/greenwave-%d.add.xml", g_get_tmp_dir(), (int) getpid());
	g_autofree char *state = g_strdup(s->programs[0].phases[0].state), *native = g_strdup(s->programs[0].id);
	g_autofree char *text = g_strdup_printf(
		"<additional><tlLogic id=\"%s\" programID=\"night\"><phase duration=\"9\" state=\"%s\"/></tlLogic></additional>", s->id, state);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_assert_true(netfile_add_programs(net, path, NULL, &error));
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_autofree char *table = g_strdup_printf("<WAUT id=\"w\" refTime=\"3600\" startProg=\"night\"><wautSwitch time=\"06:00:00\" to=\"%s\"/>"
		"<wautSwitch time=\"72000\" to=\"night\"/></WAUT><wautJunction wautID=\"w\" junctionID=\"%s\"/>", native, s->id);
	owned(additions) a = parse(net, table, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(a->n_switches, ==, 3);
	g_assert_cmpuint(additions_in_force(a, net, 0), ==, 2);
	g_assert_cmpstr(s->programs[0].id, ==, "night");
	g_assert_cmpuint(additions_in_force(a, net, 3600 + 21600), ==, 1);
	g_assert_cmpstr(s->programs[0].id, ==, native);
	g_assert_cmpuint(additions_in_force(a, net, 80000), ==, 0);
	g_assert_cmpstr(s->programs[0].id, ==, "night");
	g_assert_cmpuint(s->n_programs, ==, 2);
}

static void test_notes(void)
{
	owned(network) net = read_net("lane_lights.net.xml");
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(additions) a = parse(net,
		"<rerouter id=\"r\" edges=\"in\"><interval begin=\"0\" end=\"9\"/></rerouter>\n<edgeData id=\"e\" file=\"x\"/>\n"
		"<e1Detector id=\"a\" lane=\"in_0\" pos=\"1\" vTypes=\"bus\"/><vType id=\"v\"/><poly id=\"p\"/><busStop id=\"s\" "
		"lane=\"in_0\"/><edgeData id=\"f\" file=\"x\"/>",
		notes, NULL);
	g_assert_nonnull(a);
	g_assert_cmpuint(notes->len, ==, 3);
	g_assert_cmpstr(notes->pdata[0], ==, "sub/d.add.xml:2: rerouter: not simulated, passed over");
	g_assert_cmpstr(notes->pdata[1], ==, "sub/d.add.xml:3: edgeData: what it would write is not written (2 of them)");
	g_assert_cmpstr(notes->pdata[2], ==, "sub/d.add.xml:4: e1Detector: vTypes is passed over, it counts everybody by the clock");
}

static void test_mistakes(void)
{
	static const struct {
		const char *text, *says;
	} mistakes[] = {
		{"<e1Detector lane=\"in_0\" pos=\"1\"/>", "e1Detector: has no id"},
		{"<e1Detector id=\"a\" pos=\"1\"/>", "has no lane"},
		{"<e1Detector id=\"a\" lane=\"no_0\" pos=\"1\"/>", "there is no lane 'no_0'"},
		{"<e1Detector id=\"a\" lane=\"in_0\"/>", "has no pos"},
		{"<e1Detector id=\"a\" lane=\"in_0\" pos=\"700\"/>", "pos is 700 m, the lane is 592.8 m long"},
		{"<e1Detector id=\"a\" lane=\"in_0\" pos=\"-600\"/>", "pos is -600 m, the lane is 592.8 m long"},
		{"<e1Detector id=\"a\" lane=\"in_0\" pos=\"nan\"/>", "pos is 'nan', must be a number"},
		{"<e1Detector id=\"a\" lane=\"in_0\" pos=\"1e999\"/>", "pos is '1e999', must be a number"},
		{"<e1Detector id=\"a\" lane=\"in_0\" pos=\"1\" period=\"0\"/>", "period is 0 s, must be above 0"},
		{"<e1Detector id=\"a\" lane=\"in_0\" pos=\"1\" friendlyPos=\"maybe\"/>", "friendlyPos is 'maybe', must be true or false"},
		{"<e1Detector id=\"a\" lane=\"in_0\" pos=\"1\"/><e2Detector id=\"a\" lane=\"in_0\"/>", "e2Detector a: is there twice"},
		{"<e2Detector id=\"a\" lane=\"in_0\" pos=\"50\" endPos=\"40\"/>", "ends at 40 m, before its beginning at 50 m"},
		{"<e2Detector id=\"a\" lane=\"in_0\" pos=\"590\" length=\"40\"/>", "ends 37.2 m behind its lane"},
		{"<e2Detector id=\"a\" lanes=\"out_0 in_0\"/>", "lane out_0 does not lead on to lane in_0"},
		{"<e2Detector id=\"a\" lanes=\"\"/>", "has no lane"},
		{"<WAUT id=\"w\"/>", "WAUT w: has no startProg"},
		{"<wautSwitch time=\"1\" to=\"0\"/>", "stands outside a WAUT"},
		{"<wautJunction wautID=\"w\" junctionID=\"C\"/>", "there is no WAUT 'w' yet"},
		{"<WAUT id=\"w\" startProg=\"no\"/><wautJunction wautID=\"w\" junctionID=\"C\"/>", "WAUT w: signal C has no program 'no'"},
		{"<WAUT id=\"w\" startProg=\"0\"/><wautJunction wautID=\"w\" junctionID=\"Q\"/>", "there is no signal 'Q'"},
		{"<WAUT id=\"w\" startProg=\"0\"/><WAUT id=\"w\" startProg=\"0\"/>", "WAUT w: is there twice"},
		{"<include href=\"none.add.xml\"/>", "include: there is no file 'sub/none.add.xml'"},
		{"<e1Detector", "is no whole XML"},
	};
	owned(network) net = read_net("lane_lights.net.xml");
	for (size_t k = 0; k < G_N_ELEMENTS(mistakes); k++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(parse(net, mistakes[k].text, NULL, &error));
		if (!strstr(error->message, mistakes[k].says) || !g_str_has_prefix(error->message, "sub/"))
			g_error("'%s' should say '%s'", error->message, mistakes[k].says);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: additions_test FOLDER_OF_NETWORKS");
	nets = argv[1];
	g_test_add_func("/additions/detectors", test_detectors);
	g_test_add_func("/additions/switches", test_switches);
	g_test_add_func("/additions/notes", test_notes);
	g_test_add_func("/additions/mistakes", test_mistakes);
	return g_test_run();
}
