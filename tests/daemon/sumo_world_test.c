/* sumo_world_test.c - SUMO as a world, against a recording of the real one and against one that says the wrong things.
 *
 * traci/junction.txt is what SUMO 1.15.0 (Debian 12) said to this very test, on configs/junction with its demand, `--seed 7
 * --begin 0`: run the program with RECORD_SUMO=HOST:PORT against a SUMO behind a proxy that writes both directions down.
 */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/sumo_world.h"
#include "fake_sumo.h"

#define STEPS 40
#define VIEW_M 60.0

/* As SUMO's own Python client sees the same run, step by step. */
#define DEPARTED_VEH 15
#define SEEN_VEH 35
#define INSIDE_VEH 12 /* seconds that those who passed were on the lanes inside the junction */
#define PASSED_VEH 3
#define SPEED_MPS 374.05799

static const struct sumo_faults none = {0};

static struct network *read_network(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	struct network *net = netfile_read(path, NULL, &error);

	g_assert_no_error(error);
	return net;
}

static GArray *recording(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "tests", "daemon", "traci", "junction.txt", NULL);
	GArray *turns = fake_turns_read(path);

	g_assert_nonnull(turns);
	return turns;
}

struct seen {
	uint32_t vehicles, inside, passed_veh, lanes;
	double speed_mps;
};

static struct seen look(const struct network *net, const struct sumo_world *w)
{
	owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);
	struct seen sum = {0};

	sumo_world_tell(w, step);
	g_assert_cmpuint(step->n_lights, ==, net->n_signals);
	for (uint32_t i = 0; i < step->n_lanes; i++) {
		const struct wire_lane *l = &step->lanes[i];
		double last_m = 0;
		if (net->edges[net->lanes[l->lane].edge].function == NET_INTERNAL) {
			sum.inside += l->n_vehicles;
			continue;
		}
		sum.lanes++;
		sum.passed_veh += (uint32_t) l->passed_veh;
		for (uint32_t k = 0; k < l->n_vehicles; k++) {
			g_assert_cmpfloat(l->vehicles[k].dist_to_stop_m, >=, last_m);
			last_m = l->vehicles[k].dist_to_stop_m;
			sum.speed_mps += l->vehicles[k].speed_mps;
			sum.vehicles++;
		}
		g_assert_cmpfloat(last_m, <=, VIEW_M);
	}
	g_autofree char *text = wire_call_write(WIRE_BRIDGE, step, net); /* and it is one that the bridge takes */
	g_autoptr(GError) error = NULL;
	owned(wire_call) again = wire_call_read(WIRE_BRIDGE, text, strlen(text), net, &error);
	g_assert_no_error(error);
	return sum;
}

/* Two stages in turn, ten seconds each: no signal timing, but something happens. */
static const char *state_at(const struct network *net, uint32_t step)
{
	const struct net_program *p = &net->signals[0].programs[0];

	return p->phases[step / 10 % 2 * (p->n_phases / 2)].state;
}

static void drive(const struct network *net, uint16_t port)
{
	g_autoptr(GError) error = NULL;
	owned(sumo_world) w = sumo_world_new(net, VIEW_M, &none);
	struct traci *connection = traci_open("127.0.0.1", port, 20, NULL, &error);
	struct seen all = {0};

	g_assert_no_error(error);
	sumo_world_meet(w, connection, 1, false, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(sumo_world_version(w), ==, "SUMO 1.15.0");
	g_assert_cmpfloat(sumo_world_look(w).step_s, ==, 1);
	for (uint32_t k = 0; k < STEPS; k++) {
		struct seen now = look(net, w);
		all.vehicles += now.vehicles;
		all.inside += now.inside;
		all.passed_veh += now.passed_veh;
		all.speed_mps += now.speed_mps;
		g_assert_cmpfloat(sumo_world_look(w).t_s, ==, k);
		g_assert_true(sumo_world_show(w, 0, state_at(net, k), &error));
		sumo_world_step(w, &error);
		g_assert_no_error(error);
		owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);
		sumo_world_tell(w, step);
		g_assert_cmpstr(step->lights[0].state, ==, state_at(net, k));
	}
	const struct sumo_world_look end = sumo_world_look(w);
	g_test_message("%u vehicles in pictures, %u passed, %.3f m/s, %" G_GUINT64_FORMAT " departed", all.vehicles, all.passed_veh,
		all.speed_mps, end.departed);
	g_assert_cmpuint(end.traffic.round_trips, ==, 5 + STEPS); /* one a step */
	g_assert_cmpuint(end.standing, ==, 0);
	sumo_world_close(w);
	g_assert_cmpuint(end.departed, ==, DEPARTED_VEH);
	g_assert_cmpuint(end.arrived, ==, 0);
	g_assert_cmpuint(all.vehicles, ==, SEEN_VEH);
	g_assert_cmpuint(all.inside, ==, INSIDE_VEH);
	g_assert_cmpuint(all.passed_veh, ==, PASSED_VEH);
	g_assert_cmpfloat_with_epsilon(all.speed_mps, SPEED_MPS, 1e-3);
}

static void test_replay(void)
{
	owned(network) net = read_network();
	const char *live = g_getenv("RECORD_SUMO");
	bool as_told;

	if (live) {
		drive(net, (uint16_t) g_ascii_strtoull(strrchr(live, ':') + 1, NULL, 10));
		return;
	}
	GArray *turns = recording();
	guint n = turns->len;
	struct fake_sumo *fake = fake_sumo_start(turns);
	drive(net, fake_sumo_port(fake));
	g_assert_cmpuint(fake_sumo_end(fake, &as_told), ==, n);
	g_assert_true(as_told); /* what we sent is what was sent then, byte for byte */
}

/* Meets a SUMO that plays the first turns of the recording and then this one. The sentence must name `what`. */
static void meets(const struct network *net, guint n_good, enum fake_act act, GBytes *reply, const char *what)
{
	g_autoptr(GError) error = NULL;
	GArray *turns = recording();
	bool as_told;

	g_assert_cmpuint(n_good, <, turns->len);
	g_array_set_size(turns, n_good);
	fake_turns_add(turns, act, NULL, reply);
	struct fake_sumo *fake = fake_sumo_start(turns);
	owned(sumo_world) w = sumo_world_new(net, VIEW_M, &none);
	/* A slow machine must not pass for a silent SUMO: but for that there is time enough. */
	double patience_s = act != FAKE_SILENT ? 60 : n_good == 0 ? 0.3 : 2;
	struct traci *connection = traci_open("127.0.0.1", fake_sumo_port(fake), patience_s, NULL, &error);
	g_assert_no_error(error);
	bool good = sumo_world_meet(w, connection, 1, false, &error);
	while (good)
		good = sumo_world_show(w, 0, state_at(net, (uint32_t) sumo_world_look(w).t_s), &error) && sumo_world_step(w, &error);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, what));
	sumo_world_free(give(w));
	fake_sumo_end(fake, &as_told);
}

static GBytes *recorded(guint turn)
{
	g_autoptr(GArray) turns = recording();

	return g_bytes_ref(g_array_index(turns, struct fake_turn, turn).reply);
}

/* The recorded reply with its length made right after `change` bytes were added or taken at its end. */
static GBytes *changed(guint turn, int change)
{
	g_autoptr(GBytes) reply = recorded(turn);
	gsize length;
	const guint8 *bytes = g_bytes_get_data(reply, &length);
	gsize now = length + (gsize) change;
	g_autofree guint8 *copy = g_malloc0(MAX(length, now));

	memcpy(copy, bytes, MIN(length, now));
	for (int k = 0; k < 4; k++)
		copy[k] = (guint8) (now >> (24 - 8 * k));
	return g_bytes_new(copy, now);
}

/* Wherever in a session it happens: greeting, comparing, subscribing, a step. */
static void test_bad_replies(void)
{
	static const guint at[] = {0, 1, 2, 3, 4, 9};
	owned(network) net = read_network();

	for (size_t i = 0; i < G_N_ELEMENTS(at); i++) {
		meets(net, at[i], FAKE_CLOSE, NULL, "SUMO closed the connection");
		meets(net, at[i], FAKE_CUT, recorded(at[i]), "SUMO closed the connection");
		meets(net, at[i], FAKE_REPLY, fake_hex("00000003"), "3 bytes long, must be from 4 to");
		meets(net, at[i], FAKE_REPLY, fake_hex("ffffffff"), "4294967295 bytes long");
		meets(net, at[i], FAKE_REPLY, fake_hex("00000004"), "cannot be read");
		meets(net, at[i], FAKE_REPLY, fake_hex("00000008 deadbeef"), "cannot be read");
		meets(net, at[i], FAKE_REPLY, changed(at[i], -1), "cannot be read");
		meets(net, at[i], FAKE_REPLY, changed(at[i], 1), "more in it than was asked for");
		meets(net, at[i], FAKE_REPLY, recorded(at[i] == 9 ? 0 : 9), "cannot be read");
	}
}

static void test_silent(void)
{
	owned(network) net = read_network();

	meets(net, 0, FAKE_SILENT, NULL, "SUMO said nothing for 0.3 s");
	meets(net, 9, FAKE_SILENT, NULL, "SUMO said nothing for 2 s");
}

/* Byte by byte is as good as at once. */
static void test_trickle(void)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = read_network();
	GArray *turns = recording();
	bool as_told;

	g_array_set_size(turns, 7);
	for (guint i = 0; i < turns->len; i++)
		g_array_index(turns, struct fake_turn, i).act = FAKE_TRICKLE;
	struct fake_sumo *fake = fake_sumo_start(turns);
	owned(sumo_world) w = sumo_world_new(net, VIEW_M, &none);
	struct traci *connection = traci_open("127.0.0.1", fake_sumo_port(fake), 20, NULL, &error);
	g_assert_true(sumo_world_meet(w, connection, 1, false, &error));
	for (uint32_t k = 0; k < 2; k++)
		g_assert_true(sumo_world_show(w, 0, state_at(net, k), &error) && sumo_world_step(w, &error));
	g_assert_cmpuint(fake_sumo_end(fake, &as_told), ==, 7);
	g_assert_true(as_told);
}

static void test_refusals(void)
{
	owned(network) net = read_network();

	meets(net, 0, FAKE_REPLY, fake_hex("00000020 07000000000000 1500 00000013 0000000b 53554d4f20312e372e3020"),
		"speaks version 19 of TraCI, must be 20");
	meets(net, 1, FAKE_REPLY, fake_hex("00000010 0c03ff 00000005 6f72646572"), "refuses command 0x03: order");
	meets(net, 1, FAKE_REPLY, fake_hex("0000000e 0a0301 00000003 1b5b32"), "does not have command 0x03: [2"); /* no control characters */
	/* The time goes back, or stays. */
	meets(net, 10, FAKE_REPLY, recorded(9), "SUMO's time is");
}

/* A network that has the signal but not its links, and one that SUMO does not have. */
static void test_other_network(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	static const struct {
		const char *from, *to, *says;
	} others[] = {
		{"linkIndex=\"1\"", "linkIndex=\"2\"", "signal C: SUMO's link 1 goes from"},
		{"tlLogic id=\"C\"", "tlLogic id=\"D\"", "signal D: SUMO does not have it"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *text = NULL;
		g_autoptr(GError) error = NULL;
		gsize length;
		g_assert_true(g_file_get_contents(path, &text, &length, NULL));
		g_autoptr(GString) other = g_string_new(text);
		g_string_replace(other, others[i].from, others[i].to, i == 0 ? 1 : 0);
		if (i == 1)
			g_string_replace(other, "tl=\"C\"", "tl=\"D\"", 0);
		owned(network) net = netfile_parse(other->str, other->len, "other.net.xml", NULL, &error);
		g_assert_no_error(error);
		meets(net, i == 0 ? 4 : 3, FAKE_SILENT, NULL, others[i].says);
	}
}

/* SUMO would quit: nothing of it is sent. */
static void test_wrong_state(void)
{
	owned(network) net = read_network();
	owned(sumo_world) w = sumo_world_new(net, VIEW_M, &none);
	static const char *const states[] = {"", "GG", "GGGGGGGGGGGGGGGGG", "XXXXXXXXXXXXXXXX"};

	for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(sumo_world_show(w, 0, states[i], &error));
		g_assert_nonnull(strstr(error->message, "signal C cannot show"));
	}
}

static void test_stop(void)
{
	static volatile sig_atomic_t stop = 1;
	g_autoptr(GError) error = NULL;
	owned(network) net = read_network();
	GArray *turns = fake_turns_new();
	bool as_told;

	fake_turns_add(turns, FAKE_SILENT, NULL, NULL);
	struct fake_sumo *fake = fake_sumo_start(turns);
	owned(sumo_world) w = sumo_world_new(net, VIEW_M, &none);
	struct traci *connection = traci_open("127.0.0.1", fake_sumo_port(fake), 1000, &stop, &error);
	g_assert_false(sumo_world_meet(w, connection, 1, false, &error));
	g_assert_nonnull(strstr(error->message, "stopped"));
	sumo_world_free(give(w));
	fake_sumo_end(fake, &as_told);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sumo-world/replay", test_replay);
	if (g_getenv("RECORD_SUMO"))
		return g_test_run();
	g_test_add_func("/sumo-world/bad-replies", test_bad_replies);
	g_test_add_func("/sumo-world/silent", test_silent);
	g_test_add_func("/sumo-world/trickle", test_trickle);
	g_test_add_func("/sumo-world/refusals", test_refusals);
	g_test_add_func("/sumo-world/other-network", test_other_network);
	g_test_add_func("/sumo-world/wrong-state", test_wrong_state);
	g_test_add_func("/sumo-world/stop", test_stop);
	return g_test_run();
}
