/* sumo_view_test.c - what is made of SUMO's vehicles: their way to the stop line, who passed it, who stands, and cameras' faults. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/sumo_trips.h"
#include "daemon/sumo_view.h"
#include "fork_net.h"

/* One long lane goes on into two short ones at the stop line; a second street comes from the south. */
static const char NET[] =
	"<net>"
	"<edge id=\"up\" from=\"A\" to=\"M\"><lane id=\"up_0\" index=\"0\" speed=\"13.9\" length=\"200\" shape=\"0,0 200,0\"/></edge>"
	"<edge id=\"last\" from=\"M\" to=\"T\"><lane id=\"last_0\" index=\"0\" speed=\"13.9\" length=\"25\" shape=\"200,0 225,0\"/>"
	"<lane id=\"last_1\" index=\"1\" speed=\"13.9\" length=\"25\" shape=\"200,3 225,3\"/></edge>"
	"<edge id=\"south\" from=\"S\" to=\"T\"><lane id=\"south_0\" index=\"0\" speed=\"13.9\" length=\"100\" shape=\"227,-102 "
	"227,-2\"/></edge>"
	"<edge id=\"out\" from=\"T\" to=\"B\"><lane id=\"out_0\" index=\"0\" speed=\"13.9\" length=\"100\" shape=\"230,0 330,0\"/></edge>"
	"<tlLogic id=\"T\" type=\"static\" programID=\"0\" offset=\"0\"><phase duration=\"20\" state=\"GGr\"/><phase duration=\"3\" "
	"state=\"yyr\"/>"
	"<phase duration=\"20\" state=\"rrG\"/><phase duration=\"3\" state=\"rry\"/></tlLogic>"
	"<junction id=\"A\" type=\"dead_end\" x=\"0\" y=\"0\" incLanes=\"\" intLanes=\"\" shape=\"0,0\"/>"
	"<junction id=\"S\" type=\"dead_end\" x=\"227\" y=\"-102\" incLanes=\"\" intLanes=\"\" shape=\"227,-102\"/>"
	"<junction id=\"B\" type=\"dead_end\" x=\"330\" y=\"0\" incLanes=\"out_0\" intLanes=\"\" shape=\"330,0\"/>"
	"<junction id=\"M\" type=\"priority\" x=\"200\" y=\"0\" incLanes=\"up_0\" intLanes=\"\" shape=\"200,0\">"
	"<request index=\"0\" response=\"00\" foes=\"00\" cont=\"0\"/><request index=\"1\" response=\"00\" foes=\"00\" cont=\"0\"/></junction>"
	"<junction id=\"T\" type=\"traffic_light\" x=\"227\" y=\"0\" incLanes=\"last_0 last_1 south_0\" intLanes=\"\" shape=\"227,0\">"
	"<request index=\"0\" response=\"000\" foes=\"100\" cont=\"0\"/><request index=\"1\" response=\"000\" foes=\"100\" cont=\"0\"/>"
	"<request index=\"2\" response=\"011\" foes=\"011\" cont=\"0\"/></junction>"
	"<connection from=\"up\" to=\"last\" fromLane=\"0\" toLane=\"0\" dir=\"s\" state=\"M\"/>"
	"<connection from=\"up\" to=\"last\" fromLane=\"0\" toLane=\"1\" dir=\"s\" state=\"M\"/>"
	"<connection from=\"last\" to=\"out\" fromLane=\"0\" toLane=\"0\" tl=\"T\" linkIndex=\"0\" dir=\"s\" state=\"O\"/>"
	"<connection from=\"last\" to=\"out\" fromLane=\"1\" toLane=\"0\" tl=\"T\" linkIndex=\"1\" dir=\"s\" state=\"O\"/>"
	"<connection from=\"south\" to=\"out\" fromLane=\"0\" toLane=\"0\" tl=\"T\" linkIndex=\"2\" dir=\"r\" state=\"O\"/>"
	"</net>";

static struct network *make_net(void)
{
	g_autoptr(GError) error = NULL;
	struct network *net = netfile_parse(NET, sizeof NET - 1, "fan.net.xml", NULL, &error);

	g_assert_no_error(error);
	return net;
}

struct car {
	const char *id, *lane;
	double pos_m, speed_mps;
};

static void see(struct sumo_view *v, const struct car *car)
{
	const struct traci_value values[] = {
		{.variable = TRACI_VEHICLE_LANE, .type = TRACI_TEXT, .number = UNKNOWN, .text = {car->lane, (uint32_t) strlen(car->lane)}},
		{.variable = TRACI_VEHICLE_LANE_POS, .type = TRACI_DOUBLE, .number = car->pos_m},
		{.variable = TRACI_VEHICLE_SPEED, .type = TRACI_DOUBLE, .number = car->speed_mps},
		{.variable = TRACI_VEHICLE_LENGTH, .type = TRACI_DOUBLE, .number = 5},
	};
	g_autoptr(GError) error = NULL;

	sumo_view_see(v, (struct traci_text){car->id, (uint32_t) strlen(car->id)}, values, G_N_ELEMENTS(values), &error);
	g_assert_no_error(error);
}

static struct wire_call *picture(struct sumo_view *v, double t_s, const struct car *cars, size_t n)
{
	struct wire_call *step = wire_call_new(WIRE_CALL_STEP);

	sumo_view_begin(v);
	for (size_t i = 0; i < n; i++)
		see(v, &cars[i]);
	sumo_view_end(v, t_s);
	sumo_view_tell(v, step);
	return step;
}

static const struct wire_lane *lane_of(const struct wire_call *step, const struct network *net, const char *id)
{
	for (uint32_t i = 0; i < step->n_lanes; i++)
		if (strcmp(net->lanes[step->lanes[i].lane].id, id) == 0)
			return &step->lanes[i];
	return NULL;
}

static void test_distance(void)
{
	owned(network) net = make_net();
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){0});
	static const struct car cars[] = {{"a", "up_0", 180, 3}, {"b", "last_1", 20, 0}, {"c", "up_0", 160, 5}, {"d", "last_1", 12, 0.05},
		{"e", "out_0", 5, 9}, {"f", "nowhere_0", 5, 9}, {"g", "", 5, 9}, {"b", "last_1", 20, 0} /* again, from another node */};
	owned(wire_call) step = picture(v, 100, cars, G_N_ELEMENTS(cars));

	g_assert_cmpuint(step->n_lanes, ==, 4); /* all that leads to the signal, empty ones too */
	const struct wire_lane *up = lane_of(step, net, "up_0"), *last = lane_of(step, net, "last_1");
	g_assert_cmpuint(up->n_vehicles, ==, 1); /* the other is 65 m away */
	g_assert_cmpfloat(up->vehicles[0].dist_to_stop_m, ==, 45);
	g_assert_cmpfloat(up->vehicles[0].speed_mps, ==, 3);
	g_assert_cmpfloat(up->vehicles[0].length_m, ==, 5);
	g_assert_cmpuint(last->n_vehicles, ==, 2);
	g_assert_cmpfloat(last->vehicles[0].dist_to_stop_m, ==, 5);
	g_assert_cmpfloat(last->vehicles[1].dist_to_stop_m, ==, 13);
	g_assert_cmpuint(lane_of(step, net, "last_0")->n_vehicles, ==, 0);
	g_assert_true(isnan(step->taken_s));
}

/* Over the stop line into another street: passed. To the lane beside, or gone: not. */
static void test_passed(void)
{
	owned(network) net = make_net();
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){0});
	static const struct car before[] = {{"a", "last_1", 24, 9}, {"b", "last_1", 10, 9}, {"c", "last_0", 20, 9}, {"d", "up_0", 199, 9}};
	static const struct car after[] = {{"a", "out_0", 5, 9}, {"b", "last_0", 19, 9}, {"d", "last_0", 8, 9}};
	owned(wire_call) first = picture(v, 0, before, G_N_ELEMENTS(before));
	owned(wire_call) second = picture(v, 1, after, G_N_ELEMENTS(after));
	owned(wire_call) third = picture(v, 2, after, G_N_ELEMENTS(after));

	g_assert_cmpfloat(lane_of(first, net, "last_1")->passed_veh, ==, 0);
	g_assert_cmpfloat(lane_of(second, net, "last_1")->passed_veh, ==, 1);
	g_assert_cmpfloat(lane_of(second, net, "last_0")->passed_veh, ==, 0);
	g_assert_cmpfloat(lane_of(second, net, "up_0")->passed_veh, ==, 1);
	g_assert_cmpfloat(lane_of(third, net, "last_1")->passed_veh, ==, 0);
}

/* From street to street in one step: over the lanes of the way between, too. */
static void test_between(void)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_parse(FORK, sizeof FORK - 1, "fork.net.xml", NULL, &error);
	g_assert_no_error(error);
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){0});
	static const struct car before[] = {{"a", "up_0", 199, 13}, {"b", "up_0", 190, 13}, {"c", "up_0", 180, 13}};
	static const struct car after[] = {{"a", "last_0", 3, 13}, {"b", ":M_2_0", 1, 13}, {"c", "off_0", 1, 13}};
	owned(wire_call) first = picture(v, 0, before, G_N_ELEMENTS(before));
	owned(wire_call) second = picture(v, 1, after, G_N_ELEMENTS(after));

	g_assert_cmpfloat(lane_of(first, net, ":M_0_0")->passed_veh, ==, 0);
	g_assert_cmpfloat(lane_of(second, net, "up_0")->passed_veh, ==, 3);
	g_assert_cmpfloat(lane_of(second, net, ":M_0_0")->passed_veh, ==, 2);
	g_assert_cmpfloat(lane_of(second, net, ":M_2_0")->passed_veh, ==, 1);
}

/* Whose trip ends before the fork has left the lane, and is on no way to the signal; from the last lane that would be over the stop line. */
static void test_ends(void)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_parse(FORK, sizeof FORK - 1, "fork.net.xml", NULL, &error);
	g_assert_no_error(error);
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){0});
	static const struct car before[] = {{"a", "up_0", 199, 13}, {"b", "up_0", 100, 13}, {"c", "last_0", 20, 13}};
	owned(wire_call) first = picture(v, 0, before, G_N_ELEMENTS(before));
	owned(wire_call) second = picture(v, 1, NULL, 0);

	g_assert_cmpuint(lane_of(first, net, "up_0")->n_vehicles, ==, 1);
	g_assert_cmpfloat(lane_of(second, net, "up_0")->passed_veh, ==, 1); /* b was beyond the view: it may have been lost from sight */
	g_assert_cmpfloat(lane_of(second, net, ":M_0_0")->passed_veh, ==, 0);
	g_assert_cmpfloat(lane_of(second, net, "last_0")->passed_veh, ==, 0);
}

static void test_standing(void)
{
	owned(network) net = make_net();
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){0});

	for (int t = 0; t <= 300; t++) {
		const struct car cars[] = {
			{"a", "last_1", 24, 0}, {"b", "last_1", 16, t == 200 ? 0.2 : 0}, {"c", "out_0", 50, 0.05}, {"d", "up_0", 100, 5}};
		owned(wire_call) step = picture(v, t, cars, G_N_ELEMENTS(cars));
	}
	g_assert_cmpuint(sumo_view_standing(v, 300), ==, 2);
	g_assert_cmpuint(sumo_view_standing(v, 301), ==, 0);
	g_assert_cmpuint(sumo_view_standing(v, 99), ==, 3);
}

static void test_dead(void)
{
	owned(network) net = make_net();
	uint32_t gone[2] = {0}; /* the street from the west, with the one that feeds it; the one from the south */

	for (uint64_t seed = 0; seed < 40; seed++) {
		owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){.dead_frac = 0.5, .seed = seed});
		owned(wire_call) step = picture(v, 0, NULL, 0);
		bool west = lane_of(step, net, "last_0") != NULL;
		g_assert_true(west == (lane_of(step, net, "last_1") != NULL));
		g_assert_true(west == (lane_of(step, net, "up_0") != NULL));
		g_assert_true(west != (lane_of(step, net, "south_0") != NULL)); /* one of the two */
		gone[west]++;
	}
	g_assert_cmpuint(gone[0], >, 5);
	g_assert_cmpuint(gone[1], >, 5);
}

static void test_noise(void)
{
	owned(network) net = make_net();
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){.noise_frac = 0.4, .seed = 3});
	uint32_t times[4] = {0}, passed[4] = {0};

	for (int k = 0; k < 1000; k++) {
		g_autofree char *id = g_strdup_printf("flow.%d", k);
		const struct car here = {id, "last_1", 15, 5}, there = {id, "out_0", 5, 5};
		owned(wire_call) first = picture(v, 2 * k, &here, 1);
		owned(wire_call) second = picture(v, 2 * k + 1, &there, 1);
		const struct wire_lane *lane = lane_of(first, net, "last_1");
		times[lane->n_vehicles]++;
		passed[(int) lane_of(second, net, "last_1")->passed_veh]++;
		if (lane->n_vehicles == 2)
			g_assert_cmpfloat(lane->vehicles[1].dist_to_stop_m, ==, lane->vehicles[0].dist_to_stop_m + 5);
		g_assert_cmpfloat(lane_of(second, net, "last_1")->passed_veh, ==, lane->n_vehicles); /* the same car, the same luck */
	}
	g_assert_cmpuint(times[0], >, 150); /* 200 are to be expected, give or take 13 */
	g_assert_cmpuint(times[0], <, 250);
	g_assert_cmpuint(times[2], >, 150);
	g_assert_cmpuint(times[2], <, 250);
	g_assert_cmpuint(times[3], ==, 0);
}

static void test_late(void)
{
	owned(network) net = make_net();
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){.late_s = 2});

	for (int t = 0; t < 10; t++) {
		const struct car car = {"a", "last_1", 2 * t, 2};
		owned(wire_call) step = picture(v, t, &car, 1);
		if (t < 2) {
			g_assert_cmpuint(step->n_lanes, ==, 0); /* nothing has come yet */
			continue;
		}
		g_assert_cmpfloat(step->taken_s, ==, t - 2);
		g_assert_cmpfloat(lane_of(step, net, "last_1")->vehicles[0].dist_to_stop_m, ==, 25 - 2 * (t - 2));
	}
}

static void test_absurd(void)
{
	owned(network) net = make_net();
	owned(sumo_view) v = sumo_view_new(net, 60, &(struct sumo_faults){0});
	static const struct {
		double pos_m, speed_mps, length_m;
		const char *what;
	} cases[] = {{NAN, 1, 5, "a place"}, {INFINITY, 1, 5, "a place"}, {1, NAN, 5, "a speed"}, {1, 500, 5, "a speed"}, {1, 1, 0, "a length"},
		{1, 1, -3, "a length"}, {1, 1, NAN, "a length"}};

	for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
		const struct traci_value values[] = {
			{.variable = TRACI_VEHICLE_LANE, .type = TRACI_TEXT, .text = {"up_0", 4}},
			{.variable = TRACI_VEHICLE_LANE_POS, .number = cases[k].pos_m},
			{.variable = TRACI_VEHICLE_SPEED, .number = cases[k].speed_mps},
			{.variable = TRACI_VEHICLE_LENGTH, .number = cases[k].length_m},
		};
		g_autoptr(GError) error = NULL;
		sumo_view_begin(v);
		g_assert_false(sumo_view_see(v, (struct traci_text){"x\33", 2}, values, G_N_ELEMENTS(values), &error));
		g_assert_nonnull(strstr(error->message, "vehicle \"x\" has "));
		g_assert_nonnull(strstr(error->message, cases[k].what));
		sumo_view_end(v, (double) k);
	}
}

static void test_trips(void)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{"<routes/>", "must begin with <tripinfos>"},
		{"<tripinfos><tripinfo id=\"a\" depart=\"1\" arrival=\"9\" timeLoss=\"x\" departDelay=\"0\"/></tripinfos>", "timeLoss"},
		{"<tripinfos><tripinfo id=\"a\" arrival=\"9\" timeLoss=\"1\" departDelay=\"0\"/></tripinfos>", "depart"},
		{"<tripinfos><tripinfo id=\"a\"", ""},
	};
	g_autofree char *folder = g_dir_make_tmp("greenwave-trips-XXXXXX", NULL), *path = g_build_filename(folder, "trips.xml", NULL);
	struct sumo_trips trips;
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(path,
		"<tripinfos>"
		"<tripinfo id=\"a\" depart=\"1.00\" arrival=\"61.00\" timeLoss=\"10.50\" departDelay=\"1.00\"/>"
		"<tripinfo id=\"b\" depart=\"5.00\" arrival=\"-1.00\" timeLoss=\"20.50\" departDelay=\"4.00\"><emissions/></tripinfo>"
		"<tripinfo id=\"c\" depart=\"-1.00\" arrival=\"-1.00\" timeLoss=\"0.00\" departDelay=\"99.00\"/>"
		"<personinfo id=\"p\" depart=\"1.00\"/></tripinfos>",
		-1, NULL));
	g_assert_true(sumo_trips_read(path, &trips, &error));
	g_assert_cmpuint(trips.departed, ==, 2);
	g_assert_cmpuint(trips.unfinished, ==, 1);
	g_assert_cmpuint(trips.waiting, ==, 1);
	g_assert_cmpfloat(trips.loss_s, ==, 15.5);
	g_assert_cmpfloat(trips.depart_delay_s, ==, 2.5);
	for (size_t k = 0; k < G_N_ELEMENTS(wrong); k++) {
		g_autoptr(GError) why = NULL;
		g_assert_true(g_file_set_contents(path, wrong[k].text, -1, NULL));
		g_assert_false(sumo_trips_read(path, &trips, &why));
		g_assert_nonnull(strstr(why->message, wrong[k].says));
	}
	g_unlink(path);
	g_rmdir(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sumo-view/distance", test_distance);
	g_test_add_func("/sumo-view/passed", test_passed);
	g_test_add_func("/sumo-view/between", test_between);
	g_test_add_func("/sumo-view/ends", test_ends);
	g_test_add_func("/sumo-view/standing", test_standing);
	g_test_add_func("/sumo-view/dead", test_dead);
	g_test_add_func("/sumo-view/noise", test_noise);
	g_test_add_func("/sumo-view/late", test_late);
	g_test_add_func("/sumo-view/absurd", test_absurd);
	g_test_add_func("/sumo-trips/read", test_trips);
	return g_test_run();
}
