/* drive_test.c - single drivers: free road, red, amber, entering, giving way, helping to see. */
#include "sim/krauss.h"
#include "sim_street.h"

static const char *nets, *junction_path;

struct scene {
	struct network *net;
	struct routes *routes;
	struct world *w;
};

static struct scene open_scene(const char *path, const char *demand)
{
	GError *error = NULL;
	struct scene s = {.net = netfile_read(path, NULL, &error)};
	g_assert_no_error(error);
	g_autofree char *text = g_strdup_printf("<routes><vType id=\"c\" sigma=\"0\" speedDev=\"0\"/>%s</routes>", demand);
	s.routes = routes_parse(text, strlen(text), "demand", s.net, 1, NULL, &error);
	g_assert_no_error(error);
	s.w = world_new(s.net, s.routes, NULL, &error);
	g_assert_no_error(error);
	return s;
}

static void close_scene(struct scene *s)
{
	world_free(s->w);
	routes_free(s->routes);
	network_free(s->net);
}

static void show(struct scene *s, const char *state)
{
	GError *error = NULL;
	world_show(s->w, 0, state, &error);
	g_assert_no_error(error);
}

static char *lane_path(void)
{
	return g_build_filename(nets, "lane_lights.net.xml", NULL);
}

#define CAR(more) "<vehicle id=\"v\" type=\"c\" departSpeed=\"max\" " more "><route edges=\"in out\"/></vehicle>"

static void test_free_road(void)
{
	g_autofree char *path = lane_path();
	struct scene s = open_scene(path, CAR("depart=\"0\""));
	show(&s, "rG");
	while (world_counts(s.w).arrived == 0)
		world_step(s.w);
	uint32_t n;
	const struct trip_record *trip = world_trips(s.w, &n);
	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpfloat_with_epsilon(trip->route_length_m, 592.8 + 11.2 + 296 - 5.1, 0.01);
	g_assert_cmpfloat_with_epsilon(trip->duration_s, trip->route_length_m / 13.89, 1);
	g_assert_cmpfloat_with_epsilon(trip->time_loss_s, 0, 1e-6);
	g_assert_cmpuint(trip->stops, ==, 0);
	close_scene(&s);
}

static void test_red(void)
{
	g_autofree char *path = lane_path();
	struct scene s = open_scene(path, CAR("depart=\"0\"") "<vehicle id=\"u\" type=\"c\" depart=\"3\"><route edges=\"in out\"/></vehicle>");
	for (int k = 0; k < 200; k++) /* a new world shows red everywhere */
		world_step(s.w);
	struct vehicle_view v[2];
	g_assert_cmpuint(world_on_lane(s.w, network_lane(s.net, "in_0"), v, 2), ==, 2);
	g_assert_cmpfloat(v[0].speed_mps, ==, 0);
	g_assert_cmpfloat_with_epsilon(v[0].pos_m, 592.8 - 1, 0.1);
	g_assert_cmpfloat_with_epsilon(v[1].pos_m, v[0].pos_m - 5 - 2.5, 0.1);
	struct estimate e;
	estimate_init(&e, network_lane(s.net, "in_0"));
	world_see(s.w, e.lane, 100, &e);
	g_assert_cmpuint(e.n_vehicles, ==, 2);
	g_assert_cmpfloat_with_epsilon(e.vehicles[0].dist_to_stop_m, 1, 0.1);
	g_assert_cmpfloat(e.queue_veh, ==, 2);
	g_assert_true(estimate_check(&e, NULL));
	estimate_finish(&e);
	g_assert_cmpfloat(world_score(s.w).stops, ==, 1);
	close_scene(&s);
}

/* A bus is longer and slower off than a car; a vehicle with blue light obeys red like all others. */
static void test_classes(void)
{
	g_autofree char *path = lane_path();
	GError *error = NULL;
	owned(network) net = netfile_read(path, NULL, &error);
	const char *text = "<routes><vType id=\"b\" vClass=\"bus\" sigma=\"0\"/><vType id=\"e\" vClass=\"emergency\" sigma=\"0\"/>"
		"<vehicle id=\"e\" type=\"e\" depart=\"0\" departSpeed=\"max\"><route edges=\"in out\"/></vehicle>"
		"<vehicle id=\"b\" type=\"b\" depart=\"5\" departSpeed=\"max\"><route edges=\"in out\"/></vehicle></routes>";
	owned(routes) routes = routes_parse(text, strlen(text), "classes", net, 1, NULL, &error);
	g_assert_no_error(error);
	owned(world) w = world_new(net, routes, NULL, &error);
	for (int k = 0; k < 200; k++)
		world_step(w);
	struct vehicle_view v[2];
	g_assert_cmpuint(world_on_lane(w, network_lane(net, "in_0"), v, 2), ==, 2);
	g_assert_cmpuint(world_counts(w).red_passed, ==, 0);
	g_assert_cmpfloat_with_epsilon(v[0].pos_m, 592.8 - 1, 0.1);
	g_assert_cmpfloat_with_epsilon(v[1].pos_m, v[0].pos_m - 6.5 - 2.5, 0.1);
	world_show(w, 0, "rG", NULL);
	double bus_mps = 0, other_mps = 0;
	for (int k = 0; k < 8; k++) {
		world_step(w);
		for (uint32_t i = 0; i < world_n_vehicles(w); i++) {
			struct vehicle_view x;
			world_vehicle(w, i, &x);
			*(x.type == v[1].type ? &bus_mps : &other_mps) = x.speed_mps;
			g_assert_cmpfloat(x.accel_mps2, <=, (x.type == v[1].type ? 1.2 : 2.6) + 1e-6);
		}
	}
	g_assert_cmpfloat(other_mps, >, bus_mps + 4);
	while (world_counts(w).arrived < 2)
		world_step(w);
}

/* Amber at any distance: who can stop with his usual deceleration does, who cannot goes, and nobody passes the red. */
static void test_amber(void)
{
	g_autofree char *path = lane_path();
	int stopped = 0, gone = 0;
	for (int amber_at = 30; amber_at < 45; amber_at++) {
		struct scene s = open_scene(path, CAR("depart=\"0\""));
		uint32_t lane = network_lane(s.net, "in_0");
		bool could = false;
		for (int k = 0; k < 80; k++) {
			show(&s, k < amber_at ? "rG" : k < amber_at + 3 ? "ry" : "rr");
			struct vehicle_view v;
			if (k == amber_at && world_on_lane(s.w, lane, &v, 1))
				could = s.net->lanes[lane].length_m - v.pos_m > krauss_brake_gap_m(v.speed_mps, 4.5, 0, 1);
			world_step(s.w);
		}
		bool stands = world_on_lane(s.w, lane, NULL, 0) == 1;
		g_assert_true(stands == could || amber_at > 43);
		g_assert_cmpuint(world_counts(s.w).red_passed, ==, 0);
		stopped += stands;
		gone += !stands;
		close_scene(&s);
	}
	g_assert_cmpint(stopped, >, 3);
	g_assert_cmpint(gone, >=, 1);
}

/* Red out of the blue is no licence either. */
static void test_sudden_red(void)
{
	g_autofree char *path = lane_path();
	for (int red_at = 30; red_at < 45; red_at++) {
		struct scene s = open_scene(path, CAR("depart=\"0\""));
		for (int k = 0; k < 80; k++) {
			show(&s, k < red_at ? "rG" : "rr");
			world_step(s.w);
		}
		g_assert_cmpuint(world_counts(s.w).red_passed, ==, 0);
		close_scene(&s);
	}
}

static void test_entering(void)
{
	g_autofree char *path = lane_path();
	g_autoptr(GString) demand = g_string_new(NULL);
	for (int k = 0; k < 5; k++)
		g_string_append_printf(demand, "<vehicle id=\"%d\" type=\"c\" depart=\"0.5\"><route edges=\"in out\"/></vehicle>", k);
	struct scene s = open_scene(path, demand->str);
	show(&s, "rG");
	world_step(s.w); /* the step of t = 0: nobody's time has come */
	g_assert_cmpuint(world_counts(s.w).departed + world_counts(s.w).waiting, ==, 0);
	world_step(s.w);
	g_assert_cmpuint(world_counts(s.w).departed, ==, 1);
	g_assert_cmpuint(world_counts(s.w).waiting, ==, 4);
	while (world_counts(s.w).arrived < 5) {
		world_step(s.w);
		g_assert_cmpuint(world_counts(s.w).overlaps, ==, 0);
	}
	uint32_t n;
	const struct trip_record *trips = world_trips(s.w, &n);
	double last = -1;
	for (uint32_t k = 0; k < n; k++) {
		g_assert_cmpuint(trips[k].id, ==, k);
		g_assert_cmpfloat(trips[k].depart_delay_s, ==, trips[k].depart_s - 0.5);
		g_assert_cmpfloat(trips[k].depart_s, >, last + 1); /* from standing, one needs 7.6 m of road first */
		last = trips[k].depart_s;
	}
	close_scene(&s);
}

/* A left turner under 'g' stays while the oncoming stream comes, and goes when it is over, though that one may still come. */
static void test_left_yields(void)
{
	struct scene s = open_scene(junction_path,
		"<flow id=\"on\" type=\"c\" from=\"E_C\" to=\"C_W\" begin=\"0\" end=\"90\" period=\"2\" departSpeed=\"max\" departLane=\"best\"/>"
		"<trip id=\"left\" type=\"c\" from=\"W_C\" to=\"C_N\" depart=\"10\" departSpeed=\"max\" departLane=\"best\"/>");
	double passed_s = 0, last_on_s = 0;
	uint32_t left_lane = network_lane(s.net, "C_N_1"), on_lane = network_lane(s.net, "C_W_1");
	for (int k = 0; k < 200; k++) {
		show(&s, "rrrrGrrrrrrgrrrr");
		world_step(s.w);
		struct vehicle_view v[64];
		if (!passed_s && world_on_lane(s.w, left_lane, v, 64) > 0)
			passed_s = world_time_s(s.w);
		uint32_t n = world_on_lane(s.w, on_lane, v, 64);
		if (n && v[n - 1].prev_lane != on_lane)
			last_on_s = world_time_s(s.w);
		g_assert_cmpuint(world_counts(s.w).overlaps, ==, 0);
	}
	g_assert_cmpfloat(passed_s, >, 90);
	g_assert_cmpfloat(passed_s, >, last_on_s - 3);
	g_assert_cmpfloat(passed_s, <, last_on_s + 15);
	close_scene(&s);
}

/* Same seed: a copy has the same future, another seed another one; a vehicle's speed factor does not depend on the lights. */
static void test_copy_and_seed(void)
{
	g_autofree char *path = lane_path();
	GError *error = NULL;
	owned(network) net = netfile_read(path, NULL, &error);
	const char *text = "<routes><flow id=\"f\" from=\"in\" to=\"out\" begin=\"0\" end=\"600\" vehsPerHour=\"900\" departSpeed=\"max\"/></routes>";
	owned(routes) routes = routes_parse(text, strlen(text), "demand", net, 1, NULL, &error);
	struct world_options o = world_options_default();
	owned(world) a = world_new(net, routes, &o, NULL);
	world_show(a, 0, "rG", NULL);
	for (int k = 0; k < 100; k++)
		world_step(a);
	owned(world) b = world_copy(a);
	o.seed++;
	owned(world) c = world_new(net, routes, &o, NULL);
	world_show(c, 0, "rG", NULL);
	for (int k = 0; k < 400; k++) {
		world_step(a);
		world_step(b);
	}
	for (int k = 0; k < 500; k++)
		world_step(c);
	g_assert_cmpuint(world_n_vehicles(a), ==, world_n_vehicles(b));
	bool other = world_n_vehicles(a) != world_n_vehicles(c);
	for (uint32_t k = 0; k < world_n_vehicles(a); k++) {
		struct vehicle_view va, vb, vc = {0};
		world_vehicle(a, k, &va);
		world_vehicle(b, k, &vb);
		if (k < world_n_vehicles(c))
			world_vehicle(c, k, &vc);
		g_assert_cmpmem(&va, sizeof(va), &vb, sizeof(vb));
		other |= va.pos_m != vc.pos_m;
	}
	g_assert_true(other);
	g_assert_cmpfloat(world_score(a).delay_s, ==, world_score(b).delay_s);
}

static void test_show_refuses(void)
{
	g_autofree char *path = lane_path();
	struct scene s = open_scene(path, CAR("depart=\"0\""));
	g_autoptr(GError) length = NULL, letter = NULL;
	g_assert_false(world_show(s.w, 0, "r", &length));
	g_assert_cmpstr(length->message, ==, "signal C has 2 links, the state \"r\" has 1 letters");
	g_assert_false(world_show(s.w, 0, "rX", &letter));
	g_assert_nonnull(strstr(letter->message, "letter 'X'"));
	g_assert_cmpstr(world_shows(s.w, 0), ==, "rr");
	struct world_options o = world_options_default();
	o.step_s = 2;
	g_autoptr(GError) step = NULL;
	g_assert_null(world_new(s.net, s.routes, &o, &step));
	g_assert_nonnull(strstr(step->message, "step is 2 s"));
	close_scene(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 3)
		g_error("usage: drive_test FOLDER_OF_NETWORKS JUNCTION");
	nets = argv[1];
	junction_path = argv[2];
	g_test_add_func("/drive/free-road", test_free_road);
	g_test_add_func("/drive/red", test_red);
	g_test_add_func("/drive/classes", test_classes);
	g_test_add_func("/drive/amber", test_amber);
	g_test_add_func("/drive/sudden-red", test_sudden_red);
	g_test_add_func("/drive/entering", test_entering);
	g_test_add_func("/drive/left-yields", test_left_yields);
	g_test_add_func("/drive/copy-and-seed", test_copy_and_seed);
	g_test_add_func("/drive/show-refuses", test_show_refuses);
	return g_test_run();
}
