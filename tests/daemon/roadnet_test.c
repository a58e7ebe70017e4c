/* roadnet_test.c - CityFlow's files: what they become, and each mistake one sentence with its place.
 *
 * cross.roadnet.json is ours: one crossing, a road of two lanes from the west and one of one lane from the south. cross.net.xml and
 * cross.rou.xml are what it becomes; SUMO 1.15 drives them without a word.
 */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "core/netwrite.h"
#include "daemon/roadnet_flow.h"
#include "daemon/roadnet_net.h"

static char *load(const char *name)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "tests", "daemon", "roadnet", name, NULL);
	char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	return text;
}

/* A copy in which the first `from` is `to`. */
static char *changed(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	g_assert_nonnull(at);
	g_autofree char *head = g_strndup(text, (gsize) (at - text));
	return g_strconcat(head, to, at + strlen(from), NULL);
}

static struct roadnet *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct roadnet *r = roadnet_parse(text, strlen(text), "net.json", NULL, &error);
	g_assert_no_error(error);
	return r;
}

static struct network *convert(const struct roadnet *r, double amber_s)
{
	g_autoptr(GError) error = NULL;
	struct network *net = roadnet_network(r, "net.json", amber_s, NULL, &error);
	g_assert_no_error(error);
	return net;
}

static void test_golden(void)
{
	g_autofree char *text = load("cross.roadnet.json"), *flow_text = load("cross.flow.json");
	g_autofree char *net_expected = load("cross.net.xml"), *demand_expected = load("cross.rou.xml");
	g_autoptr(GError) error = NULL;
	owned(roadnet) r = parse(text);
	owned(network) net = convert(r, 3);
	g_autofree char *net_text = netwrite(net, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(net_text, ==, net_expected);
	owned(roadnet_flows) flows = roadnet_flows_parse(flow_text, strlen(flow_text), "flow.json", r, 120, NULL, &error);
	g_assert_no_error(error);
	g_autofree char *demand_text = roadnet_flows_write(flows, r);
	g_assert_cmpstr(demand_text, ==, demand_expected);
	owned(network) again = netfile_parse(net_text, strlen(net_text), "written", NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(again->n_links, ==, net->n_links);
}

/* Lane 0 is next to the centre line there, and the rightmost here; roads end where the intersection begins. */
static void test_lanes(void)
{
	g_autofree char *text = load("cross.roadnet.json");
	owned(roadnet) r = parse(text);
	owned(network) net = convert(r, 3);
	const struct net_lane *right = &net->lanes[network_lane(net, "in_0")], *left = &net->lanes[network_lane(net, "in_1")];
	g_assert_cmpfloat(left->speed_mps, ==, 13.9);
	g_assert_cmpfloat(right->speed_mps, ==, 11.1);
	g_assert_cmpfloat_with_epsilon(left->shape[0].y_m, -1.6, 1e-9);
	g_assert_cmpfloat_with_epsilon(right->shape[0].y_m, -4.8, 1e-9);
	g_assert_cmpfloat_with_epsilon(left->length_m, 285, 1e-9);
	g_assert_cmpfloat_with_epsilon(net->lanes[network_lane(net, ":middle_0_0")].length_m, 30, 1e-9);
	/* Turns are driven at CityFlow's 25/3 m/s at most. */
	g_assert_cmpfloat_with_epsilon(net->lanes[network_lane(net, ":middle_4_0")].speed_mps, 25 / 3.0, 1e-9);
}

/* No phase without amber where somebody's green ends, and never less time for a phase than the file says. */
static void test_phases(void)
{
	g_autofree char *text = load("cross.roadnet.json");
	owned(roadnet) r = parse(text);
	for (int amber_s = 0; amber_s <= 4; amber_s += 2) {
		owned(network) net = convert(r, amber_s);
		const struct net_program *p = &net->signals[0].programs[0];
		double cycle_s = 0;
		for (uint32_t i = 0; i < p->n_phases; i++) {
			const char *now = p->phases[i].state, *next = p->phases[(i + 1) % p->n_phases].state;
			cycle_s += p->phases[i].duration_s;
			for (uint32_t k = 0; now[k]; k++)
				g_assert_false(amber_s > 0 && strchr("Gg", now[k]) && next[k] == 'r');
		}
		g_assert_cmpfloat_with_epsilon(cycle_s, 55, 1e-9);
		g_assert_cmpuint(p->n_phases, ==, amber_s ? 5 : 3);
	}
}

static void test_no_lights(void)
{
	g_autofree char *text = load("cross.roadnet.json");
	g_autofree char *all = changed(text, "[0, 1, 3]", "[0, 1, 2, 3]"), *two = changed(all, "\"availableRoadLinks\": [3]",
		"\"availableRoadLinks\": [0, 1, 2, 3]");
	g_autofree char *three = changed(two, "\"availableRoadLinks\": [2, 3]", "\"availableRoadLinks\": [3, 2, 1, 0]");
	owned(roadnet) r = parse(three);
	owned(network) net = convert(r, 3);
	g_assert_cmpuint(net->n_signals, ==, 0);
	g_assert_cmpstr(net->nodes[network_node(net, "middle")].type, ==, "priority");
}

/* Gaps in a route are filled with the shortest way. */
static void test_gap(void)
{
	g_autofree char *text = load("cross.roadnet.json"), *flow = load("cross.flow.json"), *wide = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	/* The way out to the east goes on to a road behind it. */
	g_autofree char *node = changed(text,
		"\"width\": 0, \"roads\": [\"out\"], \"roadLinks\": [], \"trafficLight\": {\"lightphases\": []}, \"virtual\": true",
		"\"width\": 5, \"roads\": [\"out\"], \"roadLinks\": [{\"type\": \"go_straight\", \"startRoad\": \"out\", \"endRoad\": \"far\", "
		"\"laneLinks\": [{\"startLaneIndex\": 1, \"endLaneIndex\": 0}]}], \"trafficLight\": {\"lightphases\": []}, \"virtual\": false");
	wide = changed(node, "{\"id\": \"away\"", "{\"id\": \"far\", \"startIntersection\": \"east\", \"endIntersection\": \"west\", \"points\": "
		"[{\"x\": 300, \"y\": 0}, {\"x\": 400, \"y\": 0}], \"lanes\": [{\"width\": 3, \"maxSpeed\": 9}]}, {\"id\": \"away\"");
	g_autofree char *far = changed(flow, "[\"in\", \"out\"]", "[\"in\", \"far\"]");
	owned(roadnet) r = parse(wide);
	owned(roadnet_flows) flows = roadnet_flows_parse(far, strlen(far), "flow.json", r, 120, notes, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(notes->pdata[1], ==, "flow.json: gaps in routes are filled in with the shortest way (1 of them)");
	g_autofree char *demand = roadnet_flows_write(flows, r);
	g_assert_nonnull(strstr(demand, "edges=\"in out far\""));
}

static const struct mistake {
	const char *from, *to, *sentence;
} road_mistakes[] = {
	{"{", "[", "net.json:2: is not JSON: ']' expected near ':'"},
	{"\"roads\": [\n", "\"streets\": [\n", "net.json: roads is missing"},
	{"\"id\": \"west\"", "\"id\": \"we st\"",
		"net.json: intersections[0] has the id 'we st', which SUMO does not take: no blanks, none of |\\'\";,<>& and no "
		"':' in front"},
	{"\"id\": \"south\"", "\"id\": \"west\"", "net.json: intersections[1] has the id 'west', which is there twice"},
	{"\"id\": \"up\"", "\"id\": 7", "net.json: roads[1].id is not a text"},
	{"\"startIntersection\": \"west\"", "\"startIntersection\": \"nowhere\"",
		"net.json: roads[0] has the startIntersection 'nowhere', and there is no such "
		"intersection"},
	{"{\"x\": -300, \"y\": 0}, {\"x\": 0, \"y\": 0}", "{\"x\": -300, \"y\": 0}",
		"net.json: roads[0].points holds 1 different points, a road has at least 2"},
	{"{\"x\": -300, \"y\": 0}, {\"x\": 0, \"y\": 0}", "{\"x\": -300, \"y\": 0}, {\"x\": 0}", "net.json: roads[0].points[1].y is missing"},
	{"{\"x\": -300, \"y\": 0}, {\"x\": 0", "{\"x\": -300, \"y\": 0}, {\"x\": 1e6",
		"net.json: roads[0].points is 1.0003e+06 m long, at most 100000 m are possible"},
	{"\"width\": 3.2, \"maxSpeed\": 11.1", "\"width\": -3.2, \"maxSpeed\": 11.1",
		"net.json: roads[0].lanes[1].width is -3.2 m, must be 0.1 to 100 m"},
	{"\"maxSpeed\": 11.1", "\"maxSpeed\": 0", "net.json: roads[0].lanes[1].maxSpeed is 0 m/s, must be 0.1 to 200 m/s"},
	{"\"maxSpeed\": 11.1", "\"maxSpeed\": \"fast\"", "net.json: roads[0].lanes[1].maxSpeed is not a number"},
	{"[{\"width\": 3, \"maxSpeed\": 13.9}]", "[]", "net.json: roads[1].lanes is empty, a road has 1 to 32 lanes"},
	{"\"width\": 15", "\"width\": 1e4", "net.json: intersections[4].width is 10000 m, must be 0 to 1000 m"},
	{"\"virtual\": false", "\"virtual\": 0", "net.json: intersections[4].virtual is neither true nor false"},
	{"\"endRoad\": \"out\"", "\"endRoad\": \"exit\"",
		"net.json: intersections[4].roadLinks[0] has the endRoad 'exit', and there is no such road"},
	{"\"startRoad\": \"up\"", "\"startRoad\": \"out\"",
		"net.json: intersections[4].roadLinks[2] has the startRoad 'out', which does not end at this "
		"intersection"},
	{"\"startLaneIndex\": 1", "\"startLaneIndex\": 2",
		"net.json: intersections[4].roadLinks[0].laneLinks[1].startLaneIndex is 2, must be 0 to 1"},
	{"\"endLaneIndex\": 1", "\"endLaneIndex\": 1.0",
		"net.json: intersections[4].roadLinks[0].laneLinks[1].endLaneIndex is not a whole number"},
	{"\"time\": 30", "\"time\": 0", "net.json: intersections[4].trafficLight.lightphases[0].time is 0 s, must be 0.1 to 100000 s"},
	{"[0, 1, 3]", "[0, 1, 4]", "net.json: intersections[4].trafficLight.lightphases[0].availableRoadLinks[2] is 4, must be 0 to 3"},
};

static void test_bad_roads(void)
{
	g_autofree char *text = load("cross.roadnet.json");
	for (size_t i = 0; i < G_N_ELEMENTS(road_mistakes); i++) {
		g_autofree char *bad = changed(text, road_mistakes[i].from, road_mistakes[i].to);
		g_autoptr(GError) error = NULL;
		g_assert_null(roadnet_parse(bad, strlen(bad), "net.json", NULL, &error));
		g_assert_cmpstr(error->message, ==, road_mistakes[i].sentence);
	}
}

static const struct mistake flow_mistakes[] = {
	{"[", "{\"flows\": 1}", "flow.json:2: is not JSON: end of file expected near '{'"},
	{"[\"in\", \"out\"]", "[]", "flow.json: [0].route is empty, a route has at least one road"},
	{"[\"in\", \"out\"]", "[\"in\", \"exit\"]", "flow.json: [0].route[1] is 'exit', and there is no such road"},
	{"[\"in\", \"out\"]", "[\"in\", \"up\"]", "flow.json: [0].route[1] is 'up', and no way leads there from 'in'"},
	{"[\"in\", \"out\"]", "[\"in\", \"in\"]", "flow.json: [0].route[1] is 'in' for the second time in a row"},
	{"\"interval\": 5", "\"interval\": 0", "flow.json: [0].interval is 0 s, must be 0.001 to 1e+06 s"},
	{"\"interval\": 5, ", "", "flow.json: [0].interval is missing"},
	{"\"endTime\": 60", "\"endTime\": 9", "flow.json: [0] has the endTime 9 s, must be -1 or at least its startTime, 10 s"},
	{"\"startTime\": 10, \"endTime\": 60", "\"startTime\": -10", "flow.json: [0].startTime is -10 s, must be 0 to 1e+07 s"},
	{"\"endTime\": 60", "\"endTime\": 1e7, \"interval\": 0.01", "flow.json:2: is not JSON: duplicate object key near '\"interval\"'"},
	{"\"interval\": 5, \"startTime\": 10, \"endTime\": 60", "\"interval\": 0.5, \"endTime\": 1e7",
		"flow.json: [0] brings the demand over 10000000 vehicles"},
	{"\"length\": 5", "\"length\": -5", "flow.json: [0].vehicle.length is -5 m, must be 0.1 to 100 m"},
	{"\"maxNegAcc\": 6", "\"maxNegAcc\": 4", "flow.json: [0].vehicle has maxNegAcc 4 m/s2, must be at least usualNegAcc, which is 4.5 m/s2"},
	{"\"headwayTime\": 1.5", "\"headwayTime\": null", "flow.json: [0].vehicle.headwayTime is not a number"},
};

static void test_bad_flows(void)
{
	g_autofree char *text = load("cross.roadnet.json"), *flow = load("cross.flow.json");
	owned(roadnet) r = parse(text);
	for (size_t i = 0; i < G_N_ELEMENTS(flow_mistakes); i++) {
		g_autofree char *bad = changed(flow, flow_mistakes[i].from, flow_mistakes[i].to);
		g_autoptr(GError) error = NULL;
		g_assert_null(roadnet_flows_parse(bad, strlen(bad), "flow.json", r, 120, NULL, &error));
		g_assert_cmpstr(error->message, ==, flow_mistakes[i].sentence);
	}
}

static void test_short_phase(void)
{
	g_autofree char *text = load("cross.roadnet.json");
	owned(roadnet) r = parse(text);
	g_autoptr(GError) error = NULL;
	g_assert_null(roadnet_network(r, "net.json", 6, NULL, &error));
	g_assert_cmpstr(error->message, ==,
		"net.json: intersection middle: phase 1 lasts 5 s and begins with 6 s of amber: --amber must be at most 5 s");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/roadnet/golden", test_golden);
	g_test_add_func("/roadnet/lanes", test_lanes);
	g_test_add_func("/roadnet/phases", test_phases);
	g_test_add_func("/roadnet/no-lights", test_no_lights);
	g_test_add_func("/roadnet/gap", test_gap);
	g_test_add_func("/roadnet/bad-roads", test_bad_roads);
	g_test_add_func("/roadnet/bad-flows", test_bad_flows);
	g_test_add_func("/roadnet/short-phase", test_short_phase);
	return g_test_run();
}
