/* gauge_test.c - measures against cases done by hand: levels, fuel, waiting walkers, stages as shown, one vehicle at one red. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "core/units.h"
#include "sim/figures.h"
#include "sim/fuel.h"

static const char *nets;

/* HCM 2010, exhibits 18-4 and 19-1: the limit itself belongs to the better level. */
static void test_los(void)
{
	static const struct {
		double delay_s;
		char signal, none;
	} rows[] = {{0, 'A', 'A'}, {10, 'A', 'A'}, {10.01, 'B', 'B'}, {15, 'B', 'B'}, {20, 'B', 'C'}, {20.1, 'C', 'C'}, {25.1, 'C', 'D'},
		{35, 'C', 'D'}, {35.1, 'D', 'E'}, {50, 'D', 'E'}, {55, 'D', 'F'}, {80, 'E', 'F'}, {80.1, 'F', 'F'}, {1000, 'F', 'F'}};
	for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
		g_assert_cmpint(los_letter(rows[k].delay_s, true), ==, rows[k].signal);
		g_assert_cmpint(los_letter(rows[k].delay_s, false), ==, rows[k].none);
	}
	g_assert_cmpint(los_letter(NAN, true), ==, '-');
	g_assert_cmpfloat(los_limit_s('D', true), ==, 55);
	g_assert_cmpfloat(los_limit_s('D', false), ==, 35);
	g_assert_true(isinf(los_limit_s('F', true)));
}

/* In steady driving the report's own 1600/v + 30 + 0.0075 v^2 mL/km (v in km/h); at rest its idle; at 10 m/s and 1 m/s^2 by hand:
 * R = 0.333 + 0.108 + 1.2 = 1.641 kN; 0.4444 + 0.09 * 1.641 * 10 + 0.045 * 1200 * 1 * 10 / 1000 = 2.4613 mL/s. */
static void test_fuel(void)
{
	const struct fuel_engine *car = fuel_engine_of(NET_PASSENGER), *lorry = fuel_engine_of(NET_TRUCK);
	for (double v_kmh = 10; v_kmh <= 100; v_kmh += 10) {
		double v = kmh_to_mps(v_kmh), ml_km = fuel_rate_ml_s(car, v, 0) / v * 1000;
		g_assert_cmpfloat_with_epsilon(ml_km, 1600 / v_kmh + 30 + 0.0075 * v_kmh * v_kmh, 0.1);
	}
	g_assert_cmpfloat_with_epsilon(fuel_rate_ml_s(car, 0, 0), 1600.0 / 3600, 1e-9);
	g_assert_cmpfloat_with_epsilon(fuel_rate_ml_s(car, 10, 1), 2.4613, 1e-4);
	g_assert_cmpfloat_with_epsilon(fuel_rate_ml_s(car, 10, -2), 1600.0 / 3600, 1e-9); /* the brakes do it, the engine idles */
	g_assert_cmpfloat(fuel_rate_ml_s(lorry, 10, 0.5), >, fuel_rate_ml_s(car, 10, 0.5));
	g_assert_true(fuel_engine_of(NET_BUS) == lorry);
	g_assert_null(fuel_engine_of(NET_BICYCLE));
}

/* Red 40 s, green 20 s, three times: the mean is 40^2 / 2 / 60, and 5 % of 180 s = 9 s of comers wait longer than w with
 * 3 (40 - w) = 9, w = 37. */
static void test_walk(void)
{
	struct walk w;
	walk_init(&w, 100);
	for (int t = 0; t < 180; t++)
		walk_see(&w, 100 + t, 101 + t, t % 60 >= 40);
	struct walk_wait wait = walk_wait(&w);
	g_assert_cmpfloat_with_epsilon(wait.mean_s, 1600.0 / 2 / 60, 1e-9);
	g_assert_cmpfloat_with_epsilon(wait.p95_s, 37, 1e-9);
	g_assert_cmpfloat_with_epsilon(wait.red_max_s, 40, 1e-9);
	/* A red of 70 s that is not over: it is the longest, and its time does not count. */
	walk_see(&w, 280, 350, false);
	wait = walk_wait(&w);
	g_assert_cmpfloat_with_epsilon(wait.mean_s, 1600.0 / 2 / 60, 1e-9);
	g_assert_cmpfloat_with_epsilon(wait.red_max_s, 70, 1e-9);
	/* Now it is: (3 * 1600 + 4900) / 2 / 260; of 13 s of comers those beyond w: 70 - w = 13. */
	walk_see(&w, 350, 360, true);
	wait = walk_wait(&w);
	g_assert_cmpfloat_with_epsilon(wait.mean_s, (3 * 1600 + 4900) / 2.0 / 260, 1e-9);
	g_assert_cmpfloat_with_epsilon(wait.p95_s, 57, 1e-9);
	walk_finish(&w);
}

static void test_walk_ends(void)
{
	struct walk w;
	walk_init(&w, 0);
	g_assert_true(isnan(walk_wait(&w).mean_s)); /* nothing watched */
	walk_see(&w, 0, 50, false);
	g_assert_true(isnan(walk_wait(&w).mean_s)); /* never green */
	g_assert_cmpfloat(walk_wait(&w).red_max_s, ==, 50);
	walk_finish(&w);
	walk_init(&w, 0);
	walk_see(&w, 0, 50, true);
	g_assert_cmpfloat(walk_wait(&w).mean_s, ==, 0); /* always green */
	g_assert_cmpfloat(walk_wait(&w).p95_s, ==, 0);
	g_assert_cmpfloat(walk_wait(&w).red_max_s, ==, 0);
	walk_finish(&w);
}

static void test_percentile(void)
{
	uint32_t times[] = {0, 3, 1, 1}; /* 95 times none, three times 1, once 2, once 3 */
	struct gauge_counts c = {.times = g_array_new(FALSE, TRUE, sizeof(uint32_t)), .sum = 8, .max = 3};
	g_array_append_vals(c.times, times, 4);
	g_assert_cmpuint(gauge_counts_percentile(&c, 100, 0.95), ==, 0);
	g_assert_cmpuint(gauge_counts_percentile(&c, 99, 0.95), ==, 1);
	g_assert_cmpuint(gauge_counts_percentile(&c, 100, 0.97), ==, 1);
	g_assert_cmpuint(gauge_counts_percentile(&c, 100, 0.985), ==, 2);
	g_assert_cmpuint(gauge_counts_percentile(&c, 100, 0.999), ==, 3);
	g_assert_cmpfloat_with_epsilon(gauge_counts_mean(&c, 100), 0.08, 1e-12);
	g_array_unref(c.times);
}

struct street {
	struct network *net;
	struct routes *routes;
	struct world *world;
	struct gauge *measure;
};

static void street_open(struct street *s, const char *file, const char *demand)
{
	g_autofree char *path = g_build_filename(nets, file, NULL);
	g_autoptr(GError) error = NULL;
	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	s->routes = routes_parse(demand, strlen(demand), "demand", s->net, 1, NULL, &error);
	g_assert_no_error(error);
	s->world = world_new(s->net, s->routes, NULL, &error);
	g_assert_no_error(error);
	s->measure = gauge_new(s->world);
}

static void street_close(struct street *s)
{
	gauge_free(s->measure);
	world_free(s->world);
	routes_free(s->routes);
	network_free(s->net);
}

/* One driver without dawdling, 600 m at 13.89 m/s to a light that is red for 100 s: what the movement lost is what the trip lost, but for
 * speeding up beyond the node; the queue is one vehicle of 5 m with its gap to the line. */
static void test_one_red(void)
{
	struct street s;
	street_open(&s, "lane_lights.net.xml", "<routes><vType id=\"t\" sigma=\"0\" speedDev=\"0\" length=\"5\"/>"
		"<trip id=\"a\" type=\"t\" depart=\"0\" from=\"in\" to=\"out\" departSpeed=\"max\"/></routes>");
	double lost_before_s = 0;
	for (int t = 0; t < 200; t++) {
		world_show(s.world, 0, t < 100 ? "rr" : "rG", NULL);
		world_step(s.world);
		gauge_step(s.measure, s.world);
		struct vehicle_view v;
		if (world_n_vehicles(s.world)) {
			world_vehicle(s.world, 0, &v);
			if (v.lane != network_lane(s.net, "out_0"))
				lost_before_s = world_trip(s.world, 0).time_loss_s;
		}
	}
	gauge_close(s.measure);
	uint32_t n, k = places_movement(s.measure->places, network_edge(s.net, "in"), network_edge(s.net, "out"));
	const struct trip_record *trips = world_trips(s.world, &n);
	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpuint(k, !=, NET_NONE);
	g_assert_cmpfloat(s.measure->movements[k].vehicles, ==, 1);
	g_assert_cmpfloat(s.measure->movements[k].stops, ==, 1);
	g_assert_cmpfloat_with_epsilon(gauge_delay_s(s.measure, k), lost_before_s, 1e-4);
	g_assert_cmpfloat(trips[0].time_loss_s - gauge_delay_s(s.measure, k), <, 2);
	g_assert_cmpint(gauge_los(s.measure, k), ==, los_letter(lost_before_s, true));
	const struct gauge_approach *a = &s.measure->approaches[s.measure->places->movements[k].approach];
	g_assert_cmpuint(a->queue_veh.max, ==, 1);
	g_assert_cmpuint(a->back_m.max, >=, 6); /* 5 m and SUMO's 1 m to the line */
	g_assert_cmpuint(a->back_m.max, <=, 8);
	/* Red from about 43 s on: it stands 57 s and some of the 200. */
	g_assert_cmpfloat_with_epsilon(a->queue_veh.sum, trips[0].waiting_s, 4);
	g_assert_cmpuint(gauge_counts_percentile(&a->queue_veh, s.measure->steps, 0.5), ==, 0);
	g_assert_cmpuint(gauge_counts_percentile(&a->queue_veh, s.measure->steps, 0.95), ==, 1);
	/* Its fuel: at least an idling engine all the way, and it drove what its route is long, less where it entered. */
	g_assert_cmpfloat_with_epsilon(s.measure->driven_m, trips[0].route_length_m, 20);
	g_assert_cmpfloat(s.measure->fuel_ml, >, trips[0].duration_s * 1600 / 3600);
	g_assert_cmpfloat_with_epsilon(s.measure->co2_g, 2.29 * s.measure->fuel_ml, 1e-6);
	street_close(&s);
}

static struct network *read_net(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct network *net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	return net;
}

/* The junction of the examples: four approaches of three movements, four crossings; an approach is its two edges one behind the other. */
static void test_places(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	owned(network) net = read_net(path);
	owned(places) p = places_new(net);
	g_assert_cmpuint(p->n_approaches, ==, 4);
	g_assert_cmpuint(p->n_movements, ==, 12);
	g_assert_cmpuint(p->n_crossings, ==, 4);
	static const char *const edges[] = {"N_C", "E_C", "S_C", "W_C"}, *const from[] = {"north", "east", "south", "west"};
	static const char *const to[] = {"C_S", "C_W", "C_N", "C_E"};
	for (int k = 0; k < 4; k++) {
		uint32_t edge = network_edge(net, edges[k]), a = p->approach_of[edge];
		g_assert_cmpuint(a, !=, NET_NONE);
		g_assert_cmpstr(p->approaches[a].compass, ==, from[k]);
		g_assert_cmpuint(p->approaches[a].signal, ==, 0);
		g_assert_cmpuint(p->approaches[a].n_movements, ==, 3);
		uint32_t through = places_movement(p, edge, network_edge(net, to[k]));
		g_assert_cmpuint(through, !=, NET_NONE);
		g_assert_cmpstr(p->movements[through].turn, ==, "through");
		g_assert_cmpuint(places_movement(p, network_edge(net, to[k]), edge), ==, NET_NONE);
		g_assert_cmpfloat(p->approaches[a].storage_m, >=, place_length_m(net, edge));
	}
	g_assert_cmpint(gauge_los_of(p, 0, 36), ==, 'D');
}

/* Pockets: the edge before the stop line's is part of the approach, as far as that edge is away from the line. */
static void test_chain(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.net.xml", NULL);
	owned(network) net = read_net(path);
	owned(places) p = places_new(net);
	uint32_t last = network_edge(net, "W_J1"), up = network_edge(net, "W_J1.up");
	g_assert_cmpuint(p->root[up], ==, last);
	g_assert_cmpuint(p->root[last], ==, last);
	g_assert_cmpuint(p->approach_of[up], ==, p->approach_of[last]);
	g_assert_cmpfloat(p->ahead_m[last], ==, 0);
	g_assert_cmpfloat_with_epsilon(p->ahead_m[up], place_length_m(net, last), 10); /* and the node between them */
	g_assert_cmpfloat_with_epsilon(p->approaches[p->approach_of[up]].storage_m, p->ahead_m[up] + place_length_m(net, up), 1e-9);
	g_assert_cmpuint(places_movement(p, up, last), ==, NET_NONE);
}

/* Without signals: who gives way has a level by the lower limits, who does not has none. */
static void test_priority(void)
{
	g_autofree char *path = g_build_filename(nets, "random_priority.net.xml.gz", NULL);
	owned(network) net = read_net(path);
	owned(places) p = places_new(net);
	uint32_t n_yield = 0, n_free = 0;
	for (uint32_t i = 0; i < p->n_movements; i++) {
		g_assert_cmpuint(p->movements[i].signal, ==, NET_NONE);
		n_yield += p->movements[i].yields;
		n_free += !p->movements[i].yields;
		g_assert_cmpint(gauge_los_of(p, i, 36), ==, p->movements[i].yields ? 'E' : '-');
	}
	g_assert_cmpuint(n_yield, >, 10);
	g_assert_cmpuint(n_free, >, 3);
	g_assert_cmpuint(p->n_crossings, ==, 0);
}

/* Vehicles in = passed + still there, and stops and losses of all movements are in the trips' sums. */
static void test_sums(void)
{
	struct street s;
	street_open(&s, "lane_lights.net.xml", "<routes><flow id=\"f\" from=\"in\" to=\"out\" begin=\"0\" end=\"900\" vehsPerHour=\"700\"/>"
		"<flow id=\"g\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"900\" vehsPerHour=\"500\"/></routes>");
	for (int t = 0; t < 1500; t++) {
		int c = t % 60;
		world_show(s.world, 0, c < 27 ? "rG" : c < 30 ? "ry" : c < 57 ? "Gr" : "yr", NULL);
		world_step(s.world);
		gauge_step(s.measure, s.world);
	}
	uint32_t n;
	const struct trip_record *trips = world_trips(s.world, &n);
	double vehicles = 0, loss_s = 0, outside_s = 0, trip_loss_s = 0, late_s = 0;
	for (uint32_t k = 0; k < s.measure->places->n_movements; k++) {
		vehicles += s.measure->movements[k].vehicles;
		loss_s += s.measure->movements[k].loss_s;
		outside_s += s.measure->movements[k].outside_s;
	}
	for (uint32_t k = 0; k < n; k++) {
		trip_loss_s += trips[k].time_loss_s;
		late_s += trips[k].depart_delay_s;
	}
	g_assert_cmpfloat(gauge_signal_vehicles(s.measure, 0), ==, vehicles);
	g_assert_cmpfloat_with_epsilon(gauge_signal_delay_s(s.measure, 0) * vehicles, loss_s + outside_s, 1e-6 * loss_s);
	g_assert_cmpuint(n, ==, s.routes->n_departures);
	g_assert_cmpfloat(vehicles, ==, n);
	g_assert_cmpfloat(loss_s, <, trip_loss_s);
	g_assert_cmpfloat(loss_s, >, 0.8 * trip_loss_s);
	g_assert_cmpfloat_with_epsilon(outside_s, late_s, 1e-2 * n);
	struct score score = world_score(s.world);
	struct figures f = figures_of(&score, s.measure);
	figures_add_trips(&f, trips, n);
	g_assert_cmpfloat_with_epsilon(f.at[FIGURE_trip_loss_s], trip_loss_s / n, 1e-9);
	g_assert_cmpfloat(f.at[FIGURE_queue_veh_most], >=, f.at[FIGURE_queue_veh_p95]);
	g_assert_cmpfloat(f.at[FIGURE_queue_veh_most], >=, f.at[FIGURE_queue_veh_max]);
	g_assert_cmpfloat(f.at[FIGURE_fuel_l_100km], >, 6);
	g_assert_cmpfloat(f.at[FIGURE_fuel_l_100km], <, 30);
	g_assert_true(isnan(f.at[FIGURE_walk_wait_s])); /* there is no crossing */
	street_close(&s);
}

/* Measuring begins in the middle: who is already on an approach, or on a node, is left out there and nowhere counted twice. */
static void test_late(void)
{
	struct street s;
	street_open(
		&s, "lane_lights.net.xml", "<routes><flow id=\"f\" from=\"in\" to=\"out\" begin=\"0\" end=\"300\" vehsPerHour=\"900\"/></routes>");
	const struct network *net = s.net;
	uint32_t in = network_edge(net, "in"), k = places_movement(s.measure->places, in, network_edge(net, "out"));
	for (int from = 0; from < 12; from++) { /* some of these moments find one in the middle of the node */
		owned(world) w = world_new(net, s.routes, NULL, NULL);
		owned(gauge) g = NULL;
		uint32_t under_way = 0;
		for (int t = 0; t < 600; t++) {
			if (t == 150 + from) {
				g = gauge_new(w);
				for (uint32_t i = 0; i < world_n_vehicles(w); i++) {
					struct vehicle_view v;
					world_vehicle(w, i, &v);
					under_way += net->lanes[v.lane].edge == in || net->edges[net->lanes[v.lane].edge].function != NET_NORMAL;
				}
				under_way += (uint32_t) world_passed(w, network_lane(net, "in_0"));
				for (uint32_t i = 0; i < world_n_vehicles(w); i++) {
					struct vehicle_view v;
					world_vehicle(w, i, &v);
					under_way -= net->edges[net->lanes[v.lane].edge].function != NET_NORMAL; /* has passed the lane, counted above */
				}
			}
			world_show(w, 0, "rG", NULL);
			world_step(w);
			if (g)
				gauge_step(g, w);
		}
		g_assert_cmpuint(world_counts(w).arrived, ==, s.routes->n_departures);
		g_assert_cmpfloat(g->movements[k].vehicles, ==, s.routes->n_departures - under_way);
	}
	street_close(&s);
}

/* The junction's own program by its phases, four cycles and a bit from its fourth second on: what was shown is what it says. */
static void test_timing(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	const struct net_program *p = &net->signals[0].programs[0];
	double cycle_s = 0;
	for (uint32_t k = 0; k < p->n_phases; k++)
		cycle_s += p->phases[k].duration_s;
	struct timing t;
	timing_init(&t, net, 0);
	g_assert_cmpuint(t.n_stages, ==, 4);
	g_assert_cmpfloat(t.programmed_cycle_s, ==, cycle_s);
	for (double at_s = 4; at_s < 4.5 * cycle_s; at_s++) {
		double into_s = fmod(at_s, cycle_s);
		uint32_t k = 0;
		while (into_s >= p->phases[k].duration_s)
			into_s -= p->phases[k++].duration_s;
		timing_see(&t, p->phases[k].state, at_s, at_s + 1);
	}
	g_assert_cmpfloat(timing_cycle_s(&t), ==, cycle_s);
	static const double greens_s[] = {18 + 5, 6, 12 + 5, 6}; /* with the pedestrians' clearance, in which vehicles have green */
	for (uint32_t k = 0; k < 4; k++) {
		g_assert_cmpfloat(t.stages[k].programmed_s, ==, greens_s[k]);
		g_assert_cmpfloat(timing_green_s(&t.stages[k]), ==, greens_s[k]);
		g_assert_cmpfloat(t.stages[k].min_s, ==, greens_s[k]);
		g_assert_cmpfloat(t.stages[k].max_s, ==, greens_s[k]);
		g_assert_cmpuint(t.stages[k].n, >=, 3);
	}
	timing_finish(&t);
}

/* Student's t from tables: t(0.975, 4) = 2.776445. */
static void test_means(void)
{
	struct figures a[5], b[5];
	for (int k = 0; k < 5; k++) {
		a[k].at[FIGURE_delay_s] = 10 + 3 * (k % 2);
		b[k].at[FIGURE_delay_s] = a[k].at[FIGURE_delay_s] - 1 - k; /* differences -1 .. -5 */
	}
	struct figure_mean d = figures_difference(a, b, 5, FIGURE_delay_s);
	g_assert_cmpfloat_with_epsilon(d.mean, -3, 1e-12);
	g_assert_cmpfloat_with_epsilon(d.half, 2.776445 * sqrt(2.5 / 5), 1e-5);
	g_assert_cmpfloat_with_epsilon(figures_mean_of(a, 5, FIGURE_delay_s).mean, 11.2, 1e-12);
	g_assert_true(isnan(figures_mean_of(a, 1, FIGURE_delay_s).half));
	double change = 0;
	for (int k = 0; k < 5; k++)
		change += (-1 - k) / a[k].at[FIGURE_delay_s] / 5;
	g_assert_cmpfloat_with_epsilon(figures_change(a, b, 5, FIGURE_delay_s).mean, change, 1e-12);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: gauge_test FOLDER_OF_NETWORKS");
	nets = argv[1];
	g_test_add_func("/gauge/los", test_los);
	g_test_add_func("/gauge/fuel", test_fuel);
	g_test_add_func("/gauge/walk", test_walk);
	g_test_add_func("/gauge/walk-ends", test_walk_ends);
	g_test_add_func("/gauge/percentile", test_percentile);
	g_test_add_func("/gauge/places", test_places);
	g_test_add_func("/gauge/chain", test_chain);
	g_test_add_func("/gauge/priority", test_priority);
	g_test_add_func("/gauge/one-red", test_one_red);
	g_test_add_func("/gauge/sums", test_sums);
	g_test_add_func("/gauge/late", test_late);
	g_test_add_func("/gauge/timing", test_timing);
	g_test_add_func("/gauge/means", test_means);
	return g_test_run();
}
