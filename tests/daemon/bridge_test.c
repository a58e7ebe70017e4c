/* bridge_test.c - contract 2 as a stranger meets it: strict and kind, without sockets. */
#include <jansson.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/bridge.h"
#include "daemon/feeders.h"
#include "fork_net.h"

struct scene {
	struct network *net;
	struct config *config;
	struct bridge *bridge;
};

static void begin_text(struct scene *s, const char *text, gsize length)
{
	g_autoptr(GError) error = NULL;

	s->net = netfile_parse(text, length, "test.net.xml", NULL, &error);
	g_assert_no_error(error);
	s->config = config_default();
	s->bridge = bridge_new(s->net, s->config, &error);
	g_assert_no_error(error);
}

static char *junction_text(gsize *length)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, length, NULL));
	return text;
}

static void begin(struct scene *s)
{
	gsize length;
	g_autofree char *text = junction_text(&length);

	begin_text(s, text, length);
}

static void end(struct scene *s)
{
	bridge_free(s->bridge);
	config_free(s->config);
	network_free(s->net);
}

/* The reply, which must be of this type. */
static json_t *ask(struct scene *s, const char *type, const char *request)
{
	g_autofree char *reply = bridge_answer(s->bridge, request, strlen(request));
	json_t *o = json_loads(reply, 0, NULL);

	g_assert_nonnull(o);
	g_test_message("%.300s -> %.300s", request, reply);
	g_assert_cmpstr(json_string_value(json_object_get(o, "type")), ==, type);
	return o;
}

static void tell(struct scene *s, const char *type, const char *request)
{
	json_decref(ask(s, type, request));
}

/* It is refused, the reason names `what`, and the next right request works. */
static void refused(struct scene *s, const char *request, const char *what)
{
	uint64_t steps = bridge_counts(s->bridge).steps;
	json_t *o = ask(s, "error", request);

	g_assert_nonnull(strstr(json_string_value(json_object_get(o, "why")), what));
	g_assert_cmpuint(bridge_counts(s->bridge).steps, ==, steps);
	json_decref(o);
}

#define HELLO "{\"type\":\"hello\",\"v\":1,\"step_s\":1.0}"

/* A step with this in it; the state that is to be shown is copied to `show` (of 17 bytes). */
static void step(struct scene *s, double t_s, const char *lanes, const char *state, char *show)
{
	g_autofree char *signals = state != NULL ? g_strdup_printf(",\"signals\":{\"C\":{\"state\":\"%s\"}}", state) : g_strdup("");
	g_autofree char *request = g_strdup_printf("{\"type\":\"step\",\"t_s\":%.3f,\"lanes\":{%s}%s}", t_s, lanes, signals);
	json_t *o = ask(s, "act", request);
	const char *text = NULL;

	g_assert_cmpfloat_with_epsilon(json_number_value(json_object_get(o, "t_s")), t_s, 1e-6);
	text = json_string_value(json_object_get(json_object_get(json_object_get(o, "signals"), "C"), "state"));
	g_assert_nonnull(text);
	g_assert_cmpuint(strlen(text), ==, 16);
	g_assert_cmpuint(strspn(text, "Ggyr"), ==, 16);
	memcpy(show, text, 17);
	json_decref(o);
}

static void test_session(void)
{
	struct scene s;
	char show[17] = "rrrrrrrrrrrrrrrr";
	uint32_t changes = 0;

	begin(&s);
	json_t *o = ask(&s, "welcome", HELLO);
	g_assert_cmpuint(json_array_size(json_object_get(o, "signals")), ==, 1);
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(o, "signals"), 0)), ==, "C");
	g_assert_cmpint(json_integer_value(json_object_get(o, "v")), ==, 1);
	json_decref(o);
	for (int t = 0; t < 200; t++) {
		char before[17];
		memcpy(before, show, 17);
		step(&s, t, "\"W_C_1\":{\"vehicles\":[[2.5,0.0,4.6],[9.5,0,4.6]],\"passed_veh\":0},\"N_C_1\":{\"vehicles\":[],\"passed_veh\":1}", before, show);
		for (int i = 0; i < 12; i++) /* vehicles: no green ends without amber */
			g_assert_false((before[i] == 'G' || before[i] == 'g') && show[i] == 'r');
		changes += strcmp(before, show) != 0;
	}
	g_assert_cmpuint(changes, >, 4);
	tell(&s, "bye", "{\"type\":\"bye\"}");
	g_assert_cmpuint(bridge_counts(s.bridge).refused, ==, 0);
	end(&s);
}

static void test_refusals(void)
{
	struct scene s;
	char show[17];

	begin(&s);
	refused(&s, "{\"type\":\"step\",\"t_s\":0,\"lanes\":{},\"signals\":{}}", "hello");
	refused(&s, "{\"type\":\"hello\",\"v\":2,\"step_s\":1}", "v");
	refused(&s, "{\"type\":\"hello\",\"v\":1,\"step_s\":0}", "step_s");
	tell(&s, "welcome", HELLO);
	const struct { const char *request, *names; } wrong[] = {
		{"", ""}, {"garbage", ""}, {"{\"type\":\"step\"", ""}, {"[]", ""}, {"{\"type\":\"dance\"}", "dance"}, {"{}", "type"},
		{"{\"type\":\"act\",\"t_s\":1,\"signals\":{}}", "act"},
		{"{\"type\":\"step\",\"lanes\":{},\"signals\":{}}", "t_s"},
		{"{\"type\":\"step\",\"t_s\":\"7\",\"lanes\":{},\"signals\":{}}", "t_s"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{\"nowhere_0\":{\"vehicles\":[]}},\"signals\":{}}", "nowhere_0"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{\"W_C_1\":{\"vehicles\":[[1,2]]}},\"signals\":{}}", "W_C_1"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{\"W_C_1\":{\"vehicles\":[[1,2,\"x\"]]}},\"signals\":{}}", "W_C_1"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{\"W_C_1\":{\"vehicles\":[[-5,2,4]]}},\"signals\":{}}", "W_C_1"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{\"W_C_1\":{\"vehicles\":[[9,2,4],[5,2,4]]}},\"signals\":{}}", "W_C_1"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{},\"signals\":{\"C\":{\"state\":\"GG\"}}}", "C"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{},\"signals\":{\"C\":{\"state\":\"XXXXXXXXXXXXXXXX\"}}}", "C"},
		{"{\"type\":\"step\",\"t_s\":1,\"lanes\":{},\"signals\":{\"Z\":{\"state\":\"GG\"}}}", "Z"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		refused(&s, wrong[i].request, wrong[i].names);
		step(&s, (double) i, "", "rrrrrrrrrrrrrrrr", show);
	}
	end(&s);
}

/* A new hello knows nothing of the old session; bye ends one, and the next may begin. */
static void test_sessions(void)
{
	struct scene s;
	char first[400][17], again[17];

	begin(&s);
	for (int round = 0; round < 3; round++) {
		tell(&s, "welcome", HELLO);
		char show[17] = "rrrgGgrrrgGgGrGr";
		for (int t = 0; t < 120; t++) {
			memcpy(again, show, 17);
			step(&s, t, "\"S_C_1\":{\"vehicles\":[[2.5,0.0,4.6]],\"passed_veh\":0}", again, show);
			if (round == 0)
				memcpy(first[t], show, 17);
			else
				g_assert_cmpstr(first[t], ==, show);
		}
		if (round == 1) {
			tell(&s, "bye", "{\"type\":\"bye\"}");
			refused(&s, "{\"type\":\"step\",\"t_s\":0,\"lanes\":{},\"signals\":{}}", "hello");
		}
	}
	g_assert_cmpuint(bridge_counts(s.bridge).sessions, ==, 3);
	end(&s);
}

static void test_steps_and_jumps(void)
{
	static const double steps_s[] = {0.1, 0.5, 1, 2.5, 5};
	struct scene s;

	begin(&s);
	for (size_t k = 0; k < G_N_ELEMENTS(steps_s); k++) {
		g_autofree char *hello = g_strdup_printf("{\"type\":\"hello\",\"v\":1,\"step_s\":%g}", steps_s[k]);
		char show[17] = "rrrrrrrrrrrrrrrr", before[17];
		double amber_s[12] = {0};
		tell(&s, "welcome", hello);
		for (double t_s = 50; t_s < 120; t_s += steps_s[k]) {
			memcpy(before, show, 17);
			step(&s, t_s, "\"W_C_1\":{\"vehicles\":[[2.5,0.0,4.6]]},\"S_C_2\":{\"vehicles\":[[2.5,0.0,4.6]]}", t_s == 50 ? NULL : before, show);
			for (int i = 0; i < 12; i++) {
				g_assert_false((before[i] == 'G' || before[i] == 'g') && show[i] == 'r');
				if (before[i] == 'y' && show[i] != 'y')
					g_assert_cmpfloat(amber_s[i], >, 3 - 1e-6);
				amber_s[i] = show[i] == 'y' ? amber_s[i] + steps_s[k] : 0;
			}
		}
		memcpy(before, show, 17);
		step(&s, 5000, "", before, show);
		memcpy(before, show, 17);
		step(&s, 10, "", before, show);
		memcpy(before, show, 17);
		step(&s, 10, "", before, show); /* asked twice: told the same */
		g_assert_cmpstr(before, ==, show);
	}
	end(&s);
}

/* Any begin: mid-amber, off, letters that our guard does not use. */
static void test_adopts(void)
{
	static const char *const states[] = {"rrryygrrryygrrrr", "yyyyyyyyyyyyyyyy", "oooooooooooooooo", "OOOOOOOOOOOOOOOO", "ssssssssssssssss",
		"uuuuuuuuuuuuuuuu", "GGGGGGGGGGGGGGGG", "YYYrrrYYYrrrrrrr"};
	struct scene s;
	char show[17];

	begin(&s);
	for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
		tell(&s, "welcome", HELLO);
		step(&s, 7, "", states[i], show);
		for (int k = 0; k < 12; k++) { /* what was green or amber does not go red at once */
			if (strchr("Ggy", states[i][k]) != NULL)
				g_assert_cmpint(show[k], !=, 'r');
		}
	}
	tell(&s, "welcome", HELLO);
	step(&s, 7, "", NULL, show);
	end(&s);
}

static char *without_amber(const char *text)
{
	g_autoptr(GRegex) amber = g_regex_new("<phase[^>]*state=\"[^\"]*y[^\"]*\"/>", 0, 0, NULL);

	return g_regex_replace_literal(amber, text, -1, 0, "", 0, NULL);
}

/* No amber anywhere: never guessed. The signal is named, and shows its own program. */
static void test_unguarded(void)
{
	gsize length;
	g_autofree char *text = junction_text(&length), *bare = without_amber(text);
	struct scene s;
	char show[17];

	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "alert/signal-unguarded/C:*");
	begin_text(&s, bare, strlen(bare));
	g_test_assert_expected_messages();
	tell(&s, "welcome", HELLO);
	const struct net_program *p = &s.net->signals[0].programs[0];
	step(&s, p->offset_s + 0.5, "", NULL, show);
	g_assert_cmpstr(show, ==, p->phases[0].state);
	step(&s, p->offset_s + p->phases[0].duration_s + 0.5, "", NULL, show);
	g_assert_cmpstr(show, ==, p->phases[1].state);
	end(&s);
}

/* One long lane goes on into two short ones at the stop line. */
static const char FAN[] = "<net>"
	"<edge id=\"up\" from=\"A\" to=\"M\" priority=\"1\"><lane id=\"up_0\" index=\"0\" speed=\"13.9\" length=\"200\" shape=\"0,0 200,0\"/></edge>"
	"<edge id=\"last\" from=\"M\" to=\"T\" priority=\"1\"><lane id=\"last_0\" index=\"0\" speed=\"13.9\" length=\"25\" shape=\"200,0 225,0\"/>"
	"<lane id=\"last_1\" index=\"1\" speed=\"13.9\" length=\"25\" shape=\"200,3 225,3\"/></edge>"
	"<edge id=\"out\" from=\"T\" to=\"B\" priority=\"1\"><lane id=\"out_0\" index=\"0\" speed=\"13.9\" length=\"100\" shape=\"230,0 330,0\"/></edge>"
	"<edge id=\"left\" from=\"T\" to=\"D\" priority=\"1\"><lane id=\"left_0\" index=\"0\" speed=\"13.9\" length=\"100\" shape=\"230,3 230,103\"/></edge>"
	"<tlLogic id=\"T\" type=\"static\" programID=\"0\" offset=\"0\"><phase duration=\"20\" state=\"Gr\"/><phase duration=\"3\" state=\"yr\"/>"
	"<phase duration=\"20\" state=\"rG\"/><phase duration=\"3\" state=\"ry\"/></tlLogic>"
	"<junction id=\"A\" type=\"dead_end\" x=\"0\" y=\"0\" incLanes=\"\" intLanes=\"\" shape=\"0,0\"/>"
	"<junction id=\"B\" type=\"dead_end\" x=\"330\" y=\"0\" incLanes=\"out_0\" intLanes=\"\" shape=\"330,0\"/>"
	"<junction id=\"D\" type=\"dead_end\" x=\"230\" y=\"103\" incLanes=\"left_0\" intLanes=\"\" shape=\"230,103\"/>"
	"<junction id=\"M\" type=\"priority\" x=\"200\" y=\"0\" incLanes=\"up_0\" intLanes=\"\" shape=\"200,0\">"
	"<request index=\"0\" response=\"00\" foes=\"00\" cont=\"0\"/><request index=\"1\" response=\"00\" foes=\"00\" cont=\"0\"/></junction>"
	"<junction id=\"T\" type=\"traffic_light\" x=\"227\" y=\"0\" incLanes=\"last_0 last_1\" intLanes=\"\" shape=\"227,0\">"
	"<request index=\"0\" response=\"00\" foes=\"00\" cont=\"0\"/><request index=\"1\" response=\"00\" foes=\"00\" cont=\"0\"/></junction>"
	"<connection from=\"up\" to=\"last\" fromLane=\"0\" toLane=\"0\" dir=\"s\" state=\"M\"/>"
	"<connection from=\"up\" to=\"last\" fromLane=\"0\" toLane=\"1\" dir=\"s\" state=\"M\"/>"
	"<connection from=\"last\" to=\"out\" fromLane=\"0\" toLane=\"0\" tl=\"T\" linkIndex=\"0\" dir=\"s\" state=\"O\"/>"
	"<connection from=\"last\" to=\"left\" fromLane=\"1\" toLane=\"0\" tl=\"T\" linkIndex=\"1\" dir=\"l\" state=\"O\"/>"
	"</net>";

static void on_estimate(void *user, const struct estimate *e)
{
	uint32_t *counts = user; /* of each lane */

	g_assert_nonnull(e->vehicles);
	for (uint32_t i = 1; i < e->n_vehicles; i++)
		g_assert_cmpfloat(e->vehicles[i].dist_to_stop_m, >=, e->vehicles[i - 1].dist_to_stop_m);
	counts[e->lane] = e->n_vehicles + 1;
}

static void test_feeders(void)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_parse(FAN, sizeof FAN - 1, "fan.net.xml", NULL, &error);
	g_assert_no_error(error);
	owned(feeders) f = feeders_new(net, 300);
	uint32_t up = network_lane(net, "up_0"), right = network_lane(net, "last_0"), left = network_lane(net, "last_1"), n;

	feeders_fed(f, up, &n);
	g_assert_cmpuint(n, ==, 2);
	g_assert_cmpfloat(feeders_beyond_m(f, up), ==, 25);
	g_assert_cmpfloat(feeders_beyond_m(f, left), ==, 0);
	feeders_fed(f, network_lane(net, "out_0"), &n);
	g_assert_cmpuint(n, ==, 0);
	struct seen_vehicle queue[8];
	for (uint32_t i = 0; i < 8; i++)
		queue[i] = (struct seen_vehicle){30 + 8 * i, 0, 5};
	for (int t = 0; t < 100; t++) { /* three in four go left */
		uint32_t counts[8] = {0};
		feeders_begin(f, t);
		feeders_see(f, up, queue, 8, 1);
		feeders_see(f, right, NULL, 0, t % 4 == 0);
		feeders_see(f, left, NULL, 0, t % 4 != 0);
		feeders_end(f, 150, on_estimate, counts);
		g_assert_cmpuint(counts[left] + counts[right], ==, 8 + 2); /* each vehicle once */
		if (t == 0)
			g_assert_cmpuint(counts[left], >=, 3 + 1);
		if (t == 99)
			g_assert_cmpuint(counts[left], ==, 6 + 1);
	}
	uint32_t counts[8] = {0};
	feeders_begin(f, 100);
	feeders_see(f, right, NULL, 0, 0);
	feeders_end(f, 150, on_estimate, counts);
	g_assert_cmpuint(counts[right], ==, 1); /* seen, and empty */
	g_assert_cmpuint(counts[left], ==, 0);	/* left out: not observed */
}

/* One in four drives on to the signal: so many of those further up are told, once they were counted on the ways over the node. */
static void test_fork(void)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_parse(FORK, sizeof FORK - 1, "fork.net.xml", NULL, &error);
	g_assert_no_error(error);
	owned(feeders) f = feeders_new(net, 300);
	uint32_t up = network_lane(net, "up_0"), over = network_lane(net, ":M_0_0"), last = network_lane(net, "last_0");
	struct seen_vehicle queue[8], before = {5, 0, 5};
	for (uint32_t i = 0; i < 8; i++)
		queue[i] = (struct seen_vehicle){34 + 8 * i, 0, 5};
	for (int t = -50; t < 0; t++) { /* a world that tells nothing of the node: they may all come */
		uint32_t counts[16] = {0};
		feeders_begin(f, t);
		feeders_see(f, up, queue, 8, 1);
		feeders_see(f, last, &before, 1, t % 4 == 0);
		feeders_end(f, 150, on_estimate, counts);
		g_assert_cmpuint(counts[last], ==, 1 + 8 + 1);
	}
	for (int t = 0; t < 1200; t++) {
		uint32_t counts[16] = {0};
		feeders_begin(f, t);
		feeders_see(f, up, queue, 8, 1);
		feeders_see(f, over, NULL, 0, t % 4 == 0);
		feeders_see(f, last, &before, 1, 0);
		feeders_end(f, 150, on_estimate, counts);
		if (t == 1199)
			g_assert_cmpuint(counts[last], ==, 1 + 2 + 1); /* who is beyond the fork comes */
	}
	for (int t = 1200; t < 1220; t++) { /* nobody tells who left the lanes: what was known stays */
		uint32_t counts[16] = {0};
		feeders_begin(f, t);
		feeders_see(f, up, queue, 8, UNKNOWN);
		feeders_see(f, over, NULL, 0, UNKNOWN);
		feeders_see(f, last, &before, 1, UNKNOWN);
		feeders_end(f, 150, on_estimate, counts);
		g_assert_cmpuint(counts[last], ==, 1 + 2 + 1);
	}
}

/* A random picture of the junction. */
static struct wire_call *random_step(GRand *chance, const struct network *net, double t_s)
{
	struct wire_call *step = wire_call_new(WIRE_CALL_STEP);

	step->t_s = t_s;
	for (uint32_t l = 0; l < net->n_lanes; l++) {
		struct seen_vehicle seen[8];
		uint32_t n = (uint32_t) g_rand_int_range(chance, 0, 8);
		double dist_m = 0;
		for (uint32_t i = 0; i < n; i++)
			seen[i] = (struct seen_vehicle){dist_m += g_rand_double_range(chance, 5, 20), g_rand_double_range(chance, 0, 14), 4.6};
		if (n < 7) /* now and then a lane is left out */
			wire_call_lane(step, l, g_rand_int_range(chance, 0, 2), seen, n);
	}
	if (g_rand_boolean(chance))
		step->taken_s = t_s - g_rand_int_range(chance, 0, (gint32) MIN(t_s, 4) + 1);
	return step;
}

/* What a world in this program is told is what one behind JSON is told: one brain. */
static void test_one_brain(void)
{
	struct scene json, direct;
	GRand *chance = g_rand_new_with_seed(11);
	g_autoptr(GError) error = NULL;

	begin(&json);
	begin(&direct);
	tell(&json, "welcome", HELLO);
	g_assert_true(bridge_begin(direct.bridge, 1, &error));
	for (int t = 0; t < 100; t++) {
		owned(wire_call) rough = random_step(chance, json.net, t);
		g_autofree char *request = wire_call_write(WIRE_BRIDGE, rough, json.net);
		owned(wire_call) step = wire_call_read(WIRE_BRIDGE, request, strlen(request), direct.net, &error); /* rounded as JSON is */
		g_assert_no_error(error);
		g_autofree char *a = bridge_answer(json.bridge, request, strlen(request));
		owned(wire_call) act = bridge_act(direct.bridge, step);
		g_autofree char *b = wire_call_write(WIRE_BRIDGE, act, direct.net);
		g_assert_cmpstr(a, ==, b);
	}
	g_rand_free(chance);
	end(&json);
	end(&direct);
}

/* Old pictures count as old: taken too long ago they say nothing, and none is from the time to come. */
static void test_taken(void)
{
	struct scene s;

	begin(&s);
	tell(&s, "welcome", HELLO);
	refused(&s, "{\"type\":\"step\",\"t_s\":10,\"taken_s\":11,\"lanes\":{}}", "taken_s");
	refused(&s, "{\"type\":\"step\",\"t_s\":10,\"taken_s\":\"9\",\"lanes\":{}}", "taken_s");
	g_autoptr(GString) lanes = g_string_new("");
	for (uint32_t l = 0; l < s.net->n_lanes; l++)
		g_string_append_printf(lanes, "%s\"%s\":{\"vehicles\":[]}", l ? "," : "", s.net->lanes[l].id);
	static const struct { double late_s, age_s; enum pilot_mode mode; } cases[] = {{2, 2, PILOT_ADAPTIVE}, {50, INFINITY, PILOT_FIXED}};
	for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
		tell(&s, "welcome", HELLO);
		for (int t = 60; t < 120; t++) {
			g_autofree char *request = g_strdup_printf("{\"type\":\"step\",\"t_s\":%d,\"taken_s\":%g,\"lanes\":{%s}}", t, t - cases[k].late_s, lanes->str);
			tell(&s, "act", request);
		}
		struct pilot_look look;
		pilot_look(bridge_pilot(s.bridge), 0, &look);
		g_assert_cmpint(look.mode, ==, cases[k].mode);
		g_assert_cmpfloat(look.estimate_age_s, ==, cases[k].age_s);
	}
	end(&s);
}

static void test_no_signals(void)
{
	struct network empty = {0};
	owned(config) config = config_default();
	g_autoptr(GError) error = NULL;

	g_assert_null(bridge_new(&empty, config, &error));
	g_assert_nonnull(strstr(error->message, "no signals"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* alerts are warnings, and meant to happen here */
	g_test_add_func("/bridge/session", test_session);
	g_test_add_func("/bridge/refusals", test_refusals);
	g_test_add_func("/bridge/sessions", test_sessions);
	g_test_add_func("/bridge/steps-and-jumps", test_steps_and_jumps);
	g_test_add_func("/bridge/adopts", test_adopts);
	g_test_add_func("/bridge/unguarded", test_unguarded);
	g_test_add_func("/bridge/feeders", test_feeders);
	g_test_add_func("/bridge/fork", test_fork);
	g_test_add_func("/bridge/one-brain", test_one_brain);
	g_test_add_func("/bridge/taken", test_taken);
	g_test_add_func("/bridge/no-signals", test_no_signals);
	return g_test_run();
}
