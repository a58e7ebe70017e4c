/* corridors_test.c - emergency corridors in simulated time: found, green when the vehicle comes, given back in every way that it can end. */
#include <string.h>

#include "core/netfile.h"
#include "daemon/bridge.h"
#include "daemon/pilot.h"
#include "daemon/wire.h"
#include "tests/daemon/schema.h"

#define SPEED_MPS 13.0

struct scene {
	struct network *net;
	struct pilot *pilot;
	double t_s;
	GString *told; /* "+kind/where " and "-kind/where " */
};

static void on_alert(void *user, const char *kind, const char *where, bool active, const char *sentence)
{
	struct scene *s = user;
	g_assert_cmpuint(strlen(sentence), >, 10);
	g_string_append_printf(s->told, "%c%s/%s ", active ? '+' : '-', kind, where);
}

static struct scene *begin(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	struct scene *s = g_new0(struct scene, 1);
	struct pilot_options o = pilot_options_default();
	s->told = g_string_new(NULL);
	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	o.lockstep = true;
	o.method = "fixed";
	o.on_alert = on_alert;
	o.user = s;
	s->pilot = pilot_new(s->net, &o, &error);
	g_assert_no_error(error);
	return s;
}

static void scene_free(struct scene *s)
{
	pilot_free(s->pilot);
	network_free(s->net);
	g_string_free(s->told, TRUE);
	g_free(s);
}
OWNED(scene)

static uint32_t edge(const struct scene *s, const char *id)
{
	uint32_t index = network_edge(s->net, id);
	g_assert_cmpuint(index, !=, NET_NONE);
	return index;
}

static void open_way(struct scene *s, const char *id, const char *from, const char *to, uint32_t priority)
{
	g_autoptr(GError) error = NULL;
	const uint32_t edges[] = {edge(s, from), edge(s, to)};
	corridors_begin(pilot_corridors(s->pilot), id, edges, 2, priority, s->t_s, &error);
	g_assert_no_error(error);
}

static void tick(struct scene *s)
{
	pilot_tick(s->pilot, s->t_s);
	s->t_s += 1;
}

static struct pilot_look look(const struct scene *s, uint32_t signal)
{
	struct pilot_look l;
	pilot_look(s->pilot, pilot_find(s->pilot, signal), &l);
	return l;
}

/* The place so far along a way, as a receiver in the vehicle has it. */
static struct corridors_place place_at(const struct corridor_way *w, double at_m)
{
	uint32_t i = corridor_way_edge(w, at_m);
	uint32_t lane = w->net->edges[w->edges[i]].first_lane;
	return (struct corridors_place){.lane = lane, .pos_m = fmin(at_m - w->at_m[i], w->net->lanes[lane].length_m), .speed_mps = SPEED_MPS};
}

/* Drives along its way without ever stopping; answers at how many stop lines it met red. */
static uint32_t drive(struct scene *s, const char *id, const struct corridor_way *w, bool heard)
{
	uint32_t red = 0, next = 0;
	for (double at_m = 5; next < w->n_stops; at_m += SPEED_MPS) {
		struct corridors_place place = place_at(w, at_m);
		if (heard && corridors_find(pilot_corridors(s->pilot), id) != NULL)
			g_assert_true(corridors_seen(pilot_corridors(s->pilot), id, &place, s->t_s, NULL));
		tick(s);
		if (at_m + SPEED_MPS <= w->stops[next].at_m)
			continue;
		const char *shows = look(s, w->stops[next].signal).show; /* it goes over the line before the next tick */
		red += shows[w->stops[next].exits[0].signal_link] != 'G';
		next++;
	}
	return red;
}

static struct corridor_way *way_of(const struct scene *s, const char *from, const char *to)
{
	const uint32_t edges[] = {edge(s, from), edge(s, to)};
	struct corridor_way *w = corridor_way_new(s->net, edges, 2, NET_EMERGENCY, NULL);
	g_assert_nonnull(w);
	return w;
}

static void test_way(void)
{
	owned(scene) s = begin();
	owned(corridor_way) w = way_of(s, "W_J1.up", "J4_E");
	g_assert_cmpuint(w->n_stops, ==, 4);
	g_assert_cmpstr(s->net->signals[w->stops[3].signal].id, ==, "J4");
	g_assert_cmpfloat(corridor_way_free_s(w, 0, w->length_m), >, w->length_m / 20);
	g_assert_cmpfloat(corridor_way_free_s(w, 0, w->length_m), <, w->length_m / 10);
	for (double at_m = 1; at_m < w->length_m; at_m += 7) { /* every place is found again, by lane and by point */
		uint32_t i = corridor_way_edge(w, at_m);
		const struct net_lane *lane = &s->net->lanes[s->net->edges[w->edges[i]].first_lane];
		if (at_m - w->at_m[i] > lane->length_m)
			continue; /* inside a node */
		g_assert_cmpfloat_with_epsilon(corridor_way_find(w, 0, s->net->edges[w->edges[i]].first_lane, at_m - w->at_m[i]), at_m, 1e-6);
		double near_m = corridor_way_near(w, i, network_point(lane, at_m - w->at_m[i], NULL), 1);
		g_assert_cmpfloat_with_epsilon(near_m, at_m, 0.1);
	}
	g_assert_true(isnan(corridor_way_near(w, 0, (struct net_point){1e5, 1e5}, 40)));
	g_assert_true(isnan(corridor_way_find(w, 0, s->net->edges[edge(s, "N2_J2")].first_lane, 3)));
	g_autoptr(GError) error = NULL;
	const uint32_t back[] = {edge(s, "J4_E"), edge(s, "W_J1")};
	g_assert_null(corridor_way_new(s->net, back, 2, NET_EMERGENCY, &error));
	g_assert_cmpstr(error->message, ==, "there is no way from edge J4_E to edge W_J1 for that vehicle");
}

static void test_greens(void)
{
	owned(scene) s = begin();
	owned(corridor_way) w = way_of(s, "W_J1.up", "J4_E");
	uint32_t red = 0, red_without = 0;
	for (uint32_t k = 0; k < 20; k++) { /* at 20 places of the plans' cycle */
		for (uint32_t i = 0; i < 37; i++)
			tick(s);
		red_without += drive(s, "A", w, false);
		for (uint32_t i = 0; i < 37; i++)
			tick(s);
		open_way(s, "A", "W_J1.up", "J4_E", 0);
		red += drive(s, "A", w, true);
	}
	g_assert_cmpuint(red_without, >, 30); /* of 80: else nothing is shown */
	g_assert_cmpuint(red, <=, 4);         /* the first one is 300 m away: pedestrians may just have begun to walk */
	struct pilot_counts c = pilot_counts(s->pilot);
	g_assert_cmpuint(c.refused, ==, 0);
}

/* A turn that gives way: those who would have priority have red by then, and until it is out of the junction. */
static void test_turns(void)
{
	static const char turn[] = "J1_S1";
	owned(scene) s = begin();
	owned(corridor_way) w = way_of(s, "W_J1.up", turn);
	const struct way_stop *stop = &w->stops[0];
	uint32_t link = stop->exits[0].signal_link;
	const struct junction *j = pilot_junction(s->pilot, pilot_find(s->pilot, stop->signal));
	uint32_t was_green = 0, seen = 0;
	g_assert_cmpuint(w->n_stops, ==, 1);
	for (uint32_t k = 0; k < 20; k++) {
		for (uint32_t i = 0; i < 37; i++)
			tick(s);
		open_way(s, "A", "W_J1.up", turn, 0);
		for (double at_m = 5; at_m < w->at_m[stop->edge + 1]; at_m += SPEED_MPS) {
			struct corridors_place place = place_at(w, at_m);
			g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &place, s->t_s, NULL));
			tick(s);
			const char *shows = look(s, stop->signal).show;
			for (uint32_t f = 0; f < j->n_links; f++)
				if (at_m > stop->at_m - SPEED_MPS && shows[link] == 'g' && j->yields[link * j->n_links + f]) {
					seen++;
					was_green += shows_green(shows[f]);
				}
		}
		struct corridors_place past = place_at(w, w->at_m[stop->edge + 1] + 5);
		g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &past, s->t_s, NULL));
		tick(s);
		g_assert_cmpuint(corridors_n(pilot_corridors(s->pilot)), ==, 0);
	}
	g_assert_cmpuint(seen, >, 20);
	g_assert_cmpuint(was_green, <, seen / 10);
}

static void test_ends(void)
{
	owned(scene) s = begin();
	owned(corridor_way) w = way_of(s, "W_J1.up", "J4_E");
	open_way(s, "A", "W_J1.up", "J4_E", 0);
	drive(s, "A", w, true);
	struct corridors_place past = place_at(w, w->at_m[w->n_edges - 1] + 5);
	g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &past, s->t_s, NULL));
	tick(s);
	g_assert_cmpstr(s->told->str, ==, "+corridor/A -corridor/A ");
	g_assert_cmpuint(corridors_n(pilot_corridors(s->pilot)), ==, 0);
	for (uint32_t i = 0; i < 100; i++) { /* one cycle later each is what its plan wants, and only that */
		tick(s);
		for (uint32_t k = 0; k < s->net->n_signals; k++) {
			struct pilot_look l = look(s, k);
			g_assert_cmpint(l.mode, ==, PILOT_FIXED);
			g_assert_cmpuint(l.asked, ==, plan_stage(l.plan, s->t_s - 1, NULL));
			g_assert_null(l.corridor);
		}
	}
	g_autoptr(GError) error = NULL;
	g_assert_false(corridors_end(pilot_corridors(s->pilot), "A", "-", &error));
	g_assert_cmpstr(error->message, ==, "there is no corridor \"A\"");
}

static bool any_corridor(const struct scene *s)
{
	for (uint32_t k = 0; k < s->net->n_signals; k++)
		if (look(s, k).corridor != NULL || look(s, k).mode == PILOT_CORRIDOR)
			return true;
	return false;
}

static void test_lost(void)
{
	owned(scene) s = begin();
	owned(corridor_way) w = way_of(s, "W_J1.up", "J4_E");
	struct corridors_place place = place_at(w, 30);
	open_way(s, "A", "W_J1.up", "J4_E", 0);
	tick(s);
	g_assert_false(any_corridor(s)); /* nobody has said where it is */
	g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &place, s->t_s, NULL));
	tick(s);
	g_assert_true(any_corridor(s));
	for (uint32_t i = 0; i < 12; i++)
		tick(s);
	g_assert_cmpstr(s->told->str, ==, "+corridor/A +corridor-lost/A ");
	g_assert_false(any_corridor(s));
	g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &place, s->t_s, NULL));
	tick(s);
	g_assert_true(any_corridor(s));
	g_assert_true(g_str_has_suffix(s->told->str, "-corridor-lost/A "));
	for (uint32_t i = 0; i < 320; i++)
		tick(s);
	g_assert_true(g_str_has_suffix(s->told->str, "+corridor-lost/A -corridor-lost/A -corridor/A ")); /* forgotten */
	g_assert_false(any_corridor(s));
}

static void test_astray(void)
{
	owned(scene) s = begin();
	owned(corridor_way) w = way_of(s, "W_J1.up", "J4_E");
	struct corridors_place on = place_at(w, w->stops[0].at_m - 60), off = {.lane = NET_NONE, .at = {1e4, 1e4}, .speed_mps = SPEED_MPS};
	struct corridors_place side = {.lane = s->net->edges[edge(s, "N2_J2")].first_lane, .pos_m = 20, .speed_mps = SPEED_MPS};
	tick(s);
	open_way(s, "A", "W_J1.up", "J4_E", 0);
	g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &on, s->t_s, NULL));
	tick(s);
	g_assert_true(any_corridor(s));
	for (uint32_t i = 0; i < 8; i++) { /* nobody can say where that is: let go, until it is back */
		g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &off, s->t_s, NULL));
		tick(s);
		g_assert_false(any_corridor(s));
	}
	g_assert_cmpstr(s->told->str, ==, "+corridor/A +corridor-astray/A ");
	g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &on, s->t_s, NULL));
	tick(s);
	g_assert_true(any_corridor(s));
	for (uint32_t i = 0; i < 8; i++) { /* on another road: led on from there */
		g_assert_true(corridors_seen(pilot_corridors(s->pilot), "A", &side, s->t_s, NULL));
		tick(s);
	}
	const struct corridor *c = corridors_find(pilot_corridors(s->pilot), "A");
	g_assert_cmpint(c->state, ==, CORRIDOR_RUNS);
	g_assert_cmpuint(c->way->n_stops, ==, 3);
	g_assert_cmpstr(s->net->signals[c->way->stops[0].signal].id, ==, "J2");
}

/* Two come to J2 at the same time from roads that cross: the one with priority meets green, the other one follows. */
static void test_cross(void)
{
	for (uint32_t first = 0; first < 2; first++) {
		owned(scene) s = begin();
		owned(corridor_way) along = way_of(s, "J1_J2.up", "J2_J3");
		owned(corridor_way) over = way_of(s, "N2_J2", "J2_S2");
		const struct corridor_way *ways[] = {along, over};
		const char *const ids[] = {"along", "over"};
		double green_s[2] = {INFINITY, INFINITY};
		for (uint32_t i = 0; i < 60; i++)
			tick(s);
		open_way(s, "along", "J1_J2.up", "J2_J3", first == 0 ? 0 : 1);
		open_way(s, "over", "N2_J2", "J2_S2", first == 0 ? 1 : 0);
		for (double left_m = 180; left_m > -700; left_m -= SPEED_MPS) {
			for (uint32_t k = 0; k < 2; k++) { /* each stands at its line until that is green */
				double at_m = ways[k]->stops[0].at_m - fmax(left_m, 1);
				if (isfinite(green_s[k]))
					at_m = ways[k]->at_m[ways[k]->stops[0].edge + 1] + 5;
				struct corridors_place place = place_at(ways[k], at_m);
				if (corridors_find(pilot_corridors(s->pilot), ids[k]) != NULL)
					corridors_seen(pilot_corridors(s->pilot), ids[k], &place, s->t_s, NULL);
			}
			tick(s);
			const char *shows = look(s, along->stops[0].signal).show;
			for (uint32_t k = 0; k < 2; k++)
				if (left_m <= SPEED_MPS && shows[ways[k]->stops[0].exits[0].signal_link] == 'G')
					green_s[k] = fmin(green_s[k], s->t_s);
		}
		g_assert_true(isfinite(green_s[0]) && isfinite(green_s[1]));
		g_assert_cmpfloat(green_s[first], <, green_s[1 - first]);
	}
}

static void test_many(void)
{
	owned(scene) s = begin();
	g_autoptr(GError) error = NULL;
	const uint32_t edges[] = {edge(s, "W_J1"), edge(s, "J4_E")};
	for (uint32_t k = 0; k < CORRIDORS_MAX; k++) {
		char id[8];
		g_snprintf(id, sizeof id, "A%u", k);
		open_way(s, id, "W_J1", "J4_E", k % 10);
	}
	g_assert_false(corridors_begin(pilot_corridors(s->pilot), "B", edges, 2, 0, s->t_s, &error));
	g_assert_cmpstr(error->message, ==, "64 corridors are open, no more are possible");
	g_assert_cmpuint(corridors_get(pilot_corridors(s->pilot), 0)->priority, ==, 0);
	g_assert_cmpuint(corridors_get(pilot_corridors(s->pilot), CORRIDORS_MAX - 1)->priority, ==, 9);
	g_clear_error(&error);
	g_assert_false(corridors_begin(pilot_corridors(s->pilot), "A1", &edges[1], 1, 0, s->t_s, &error));
	g_assert_cmpstr(error->message, ==, "there is no signal on the way from edge J4_E to edge J4_E");
}

/* ---- on the wire ---- */

static void fits(const char *schema_name, const char *text)
{
	g_autofree char *file = g_strconcat(schema_name, ".json", NULL), *path = g_test_build_filename(G_TEST_DIST, "docs", "schemas", file, NULL);
	json_t *schema = json_load_file(path, 0, NULL), *value = json_loads(text, 0, NULL);
	g_autofree char *why = schema_check(schema, value, true);
	g_assert_cmpstr(why, ==, NULL);
	json_decref(schema);
	json_decref(value);
}

static void test_wire(void)
{
	owned(scene) s = begin();
	for (enum wire_corridor_act act = 0; act < WIRE_N_CORRIDOR_ACTS; act++) {
		g_autoptr(GError) error = NULL;
		owned(wire_call) call = wire_call_new(WIRE_CALL_CORRIDOR);
		struct wire_corridor *c = wire_call_corridor(call, act, "AMB1");
		if (act == WIRE_CORRIDOR_START)
			c->edges = g_strsplit("W_J1 J4_E", " ", -1);
		if (act == WIRE_CORRIDOR_START || act == WIRE_CORRIDOR_AT) {
			g_strlcpy(c->lane, "W_J1_0", sizeof c->lane);
			c->pos_m = 12.5;
			c->age_s = 2;
		}
		g_autofree char *text = wire_call_write(WIRE_OPERATOR, call, NULL);
		fits("operator", text);
		owned(wire_call) got = wire_call_read(WIRE_OPERATOR, text, strlen(text), NULL, &error);
		g_assert_no_error(error);
		g_assert_cmpint(got->corridors[0].act, ==, act);
		g_assert_cmpstr(got->corridors[0].id, ==, "AMB1");
		g_assert_true(isnan(got->corridors[0].speed_mps));
	}
	owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);
	step->t_s = 3;
	struct wire_corridor *c = wire_call_corridor(step, WIRE_CORRIDOR_AT, "AMB1");
	c->edges = g_strsplit("W_J1 J4_E", " ", -1);
	g_strlcpy(c->lane, "W_J1_0", sizeof c->lane);
	c->pos_m = 12.5;
	wire_call_lane(step, network_lane(s->net, "W_J1_0"), 0, NULL, 0);
	g_autofree char *state = g_strnfill(s->net->signals[0].n_links, 'r');
	wire_call_light(step, 0, state);
	g_autofree char *text = wire_call_write(WIRE_BRIDGE, step, s->net);
	fits("bridge", text);
	owned(wire_call) got = wire_call_read(WIRE_BRIDGE, text, strlen(text), s->net, NULL);
	g_assert_nonnull(got);
	g_assert_cmpuint(got->n_corridors, ==, 1);
	g_assert_cmpstr(got->corridors[0].edges[1], ==, "J4_E");
}

static void test_wire_garbage(void)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{"{\"type\":\"corridor\"}", "*act*"},
		{"{\"type\":\"corridor\",\"act\":\"start\",\"id\":\"A\"}", "*edges is missing*"},
		{"{\"type\":\"corridor\",\"act\":\"start\",\"id\":\"A\",\"edges\":[]}", "*needs one edge*"},
		{"{\"type\":\"corridor\",\"act\":\"start\",\"id\":\"A\",\"edges\":[3]}", "*list of names*"},
		{"{\"type\":\"corridor\",\"act\":\"at\",\"id\":\"A\"}", "*no place*"},
		{"{\"type\":\"corridor\",\"act\":\"at\",\"id\":\"A\",\"x_m\":3}", "*y_m*"},
		{"{\"type\":\"corridor\",\"act\":\"at\",\"id\":\"A\",\"lane\":\"x\",\"pos_m\":-1}", "*pos_m*"},
		{"{\"type\":\"corridor\",\"act\":\"end\"}", "*id*"},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(wrong); k++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(wire_call_read(WIRE_OPERATOR, wrong[k].text, strlen(wrong[k].text), NULL, &error));
		g_assert_nonnull(error);
		if (!g_pattern_match_simple(wrong[k].why, error->message))
			g_error("%s: %s", wrong[k].text, error->message);
	}
}

/* A world that names its ambulance in each step: it meets green at all four, and the corridor ends with it. */
static void test_bridge(void)
{
	owned(scene) s = begin();
	owned(corridor_way) w = way_of(s, "W_J1.up", "J4_E");
	owned(config) config = config_default();
	g_free(config->control.method);
	config->control.method = g_strdup("fixed");
	owned(bridge) b = bridge_new(s->net, config, NULL);
	g_autofree char *hello = bridge_answer(b, "{\"type\":\"hello\",\"v\":1,\"step_s\":1.0}", strlen("{\"type\":\"hello\",\"v\":1,\"step_s\":1.0}"));
	g_assert_nonnull(strstr(hello, "welcome"));
	uint32_t next = 0, red = 0;
	for (double t_s = 40, at_m = 5; next < w->n_stops; t_s += 1, at_m += SPEED_MPS) {
		struct corridors_place place = place_at(w, at_m);
		g_autofree char *step = g_strdup_printf("{\"type\":\"step\",\"t_s\":%.1f,\"lanes\":{},\"emergency\":[{\"id\":\"A\",\"edges\":[\"W_J1.up\","
			"\"J4_E\"],\"lane\":\"%s\",\"pos_m\":%.1f,\"speed_mps\":%.1f}]}", t_s, s->net->lanes[place.lane].id, place.pos_m, place.speed_mps);
		g_autofree char *reply = bridge_answer(b, step, strlen(step));
		owned(wire_call) act = wire_call_read(WIRE_BRIDGE, reply, strlen(reply), s->net, NULL);
		g_assert_nonnull(act);
		g_assert_cmpuint(corridors_n(pilot_corridors(bridge_pilot(b))), ==, 1);
		if (at_m + SPEED_MPS <= w->stops[next].at_m)
			continue;
		red += act->lights[w->stops[next].signal].state[w->stops[next].exits[0].signal_link] != 'G';
		next++;
	}
	g_assert_cmpuint(red, ==, 0);
	const char *last = "{\"type\":\"step\",\"t_s\":300.0,\"lanes\":{}}";
	g_autofree char *reply = bridge_answer(b, last, strlen(last));
	g_assert_nonnull(reply);
	g_assert_cmpuint(corridors_n(pilot_corridors(bridge_pilot(b))), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/corridors/way", test_way);
	g_test_add_func("/corridors/greens", test_greens);
	g_test_add_func("/corridors/turns", test_turns);
	g_test_add_func("/corridors/ends", test_ends);
	g_test_add_func("/corridors/lost", test_lost);
	g_test_add_func("/corridors/astray", test_astray);
	g_test_add_func("/corridors/cross", test_cross);
	g_test_add_func("/corridors/many", test_many);
	g_test_add_func("/corridors/bridge", test_bridge);
	g_test_add_func("/corridors/wire", test_wire);
	g_test_add_func("/corridors/wire-garbage", test_wire_garbage);
	return g_test_run();
}
