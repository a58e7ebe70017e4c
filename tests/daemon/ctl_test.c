/* ctl_test.c - greenwavectl as people run it, against sockets of the test's own: what it prints, what it refuses, its exit codes. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "daemon/bus.h"
#include "daemon/wire.h"

static char *ctl, *dir, *network; /* the program, a folder for sockets, a .net.xml */

struct run {
	char *out, *err;
	int code;
	bool over;
};

static void run_finish(struct run *r)
{
	g_free(r->out);
	g_free(r->err);
}
#define auto_run __attribute__((cleanup(run_finish))) struct run

static void on_over(GObject *source, GAsyncResult *result, gpointer user)
{
	struct run *r = user;
	g_autoptr(GError) error = NULL;
	g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, &r->out, &r->err, &error);
	g_assert_no_error(error);
	r->code = g_subprocess_get_exit_status(G_SUBPROCESS(source));
	r->over = true;
}

/* Runs `greenwavectl ...` (words) to its end while this process's main loop turns. */
static struct run run(const char *words)
{
	g_auto(GStrv) argv = NULL;
	g_autofree char *line = g_strdup_printf("%s %s", ctl, words);
	g_autoptr(GError) error = NULL;
	g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
	g_autoptr(GSubprocess) child = g_subprocess_newv((const char *const *) argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
	g_assert_no_error(error);
	struct run r = {NULL, NULL, -1, false};
	g_subprocess_communicate_utf8_async(child, NULL, NULL, on_over, &r);
	while (!r.over)
		g_main_context_iteration(NULL, TRUE);
	return r;
}

static void says(const char *text, const char *part)
{
	if (!strstr(text, part))
		g_error("\"%s\" is not in: %s", part, text);
}

static void fails(const char *words, int code, const char *part)
{
	auto_run r = run(words);
	g_assert_cmpint(r.code, ==, code);
	says(r.err, part);
}

static void test_usage(void)
{
	fails("", 2, "usage: greenwavectl COMMAND");
	fails("dance", 2, "there is no command \"dance\"");
	fails("feed --dance", 2, "--dance");
	fails("hold J1", 2, "usage: greenwavectl hold");
	fails("hold J1 A", 2, "must be from 1 to 3600 s");
	fails("hold J1 A --for 1e9", 2, "must be from 1 to 3600 s");
	fails("plan export", 2, "usage: greenwavectl plan");
	fails("config", 2, "usage");
	auto_run help = run("--help");
	g_assert_cmpint(help.code, ==, 0);
	says(help.out, "status");
}

static gboolean on_tick(gpointer user)
{
	struct bus_socket *pub = user;
	static uint64_t seq;
	struct wire_signal s = {.head = {.t_us = 1700000000000000, .src = "test", .seq = seq * 2}, .junction = "J1", .state = "GGrr", .stage = "A",
		.mode = WIRE_ADAPTIVE, .driver = "null", .held_s = UNKNOWN, .estimate_age_s = 0.4, .queue_veh = 7}; /* every other one is lost */
	g_autofree char *text = wire_signal_write(&s);
	bus_publish(pub, "signal/J1", text);
	bus_publish(pub, "signal/J1", "{\"v\":1,\"garbage\"");
	seq++;
	return G_SOURCE_CONTINUE;
}

static void test_feed(void)
{
	owned(bus) b = bus_new();
	g_autofree char *endpoint = g_strdup_printf("ipc://%s/feed", dir);
	struct bus_options o = {.kind = BUS_PUB, .bind = true, .endpoint = endpoint};
	owned(bus_socket) pub = bus_open(b, &o, NULL);
	g_assert_nonnull(pub);
	guint tick = g_timeout_add(20, on_tick, pub);
	g_autofree char *readable = g_strdup_printf("feed -c %s -n 3 signal/", endpoint);
	auto_run r = run(readable);
	g_assert_cmpint(r.code, ==, 0);
	g_auto(GStrv) lines = g_strsplit(g_strchomp(r.out), "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 3);
	g_assert_cmpstr(lines[0], ==, "22:13:20.000 signal/J1 GGrr adaptive stage A");
	says(r.err, "garbage on signal/J1: message: not JSON");
	says(r.err, "3 messages, 2 of garbage, 2 lost on the way");
	g_autofree char *raw = g_strdup_printf("feed -c %s --raw -n 1", endpoint);
	auto_run r2 = run(raw);
	says(r2.out, "{\"v\":1,\"t_us\":1700000000000000,\"src\":\"test\",");
	g_autofree char *status = g_strdup_printf("status -c %s", endpoint);
	auto_run r3 = run(status);
	g_assert_cmpint(r3.code, ==, 0);
	says(r3.out, "J1           adaptive  A");
	says(r3.out, "messages could not be read");
	g_source_remove(tick);
	g_autofree char *nothing = g_strdup_printf("feed -c %s --for 0.2 plan/", endpoint);
	fails(nothing, 1, "0 messages came");
	fails("feed -c tcp://192.0.2.1:5556", 1, "CURVE keys must be given");
	fails("feed -c http://x", 1, "must begin with tcp:// or ipc://");
}

static char *on_request(void *user, const char *topic, const char *body, size_t length)
{
	(void) topic;
	(void) user;
	owned(wire_call) c = wire_call_read(WIRE_OPERATOR, body, length, NULL, NULL);
	g_assert_nonnull(c);
	if (strcmp(c->signal, "J1") != 0)
		return wire_refusal("there is no such signal");
	owned(wire_call) done = wire_call_new(WIRE_CALL_DONE);
	done->text = g_strdup_printf("%s %s %g", wire_kind_name(c->kind), c->stage, isnan(c->for_s) ? 0 : c->for_s);
	return wire_call_write(WIRE_OPERATOR, done, NULL);
}

static void test_calls(void)
{
	owned(bus) b = bus_new();
	g_autofree char *endpoint = g_strdup_printf("ipc://%s/control", dir);
	g_autofree char *hold = g_strdup_printf("hold J1 B --for 30 -c %s", endpoint), *release = g_strdup_printf("hold J1 release -c %s", endpoint),
		*why = g_strdup_printf("why J9 -c %s", endpoint);
	fails(why, 1, "nobody takes requests there");
	struct bus_options o = {.kind = BUS_REP, .bind = true, .endpoint = endpoint};
	owned(bus_socket) rep = bus_open(b, &o, NULL);
	bus_watch(rep, on_request, NULL);
	auto_run r = run(hold);
	g_assert_cmpstr(r.out, ==, "hold B 30\n");
	g_assert_cmpint(r.code, ==, 0);
	auto_run r2 = run(release);
	g_assert_cmpstr(r2.out, ==, "release  0\n");
	fails(why, 1, "there is no such signal");
}

static void test_config(void)
{
	g_autofree char *yaml = g_build_filename(dir, "greenwave.yaml", NULL), *check = g_strdup_printf("config check %s", yaml);
	g_autofree char *good = g_strdup_printf("network: %s\ncontrollers: [{signals: [C]}]\ncameras:\n  - {id: west, uri: x.mp4, lanes: [W_C_1, W_C_2], "
		"size: [640, 360], points: [[60,350,230,211],[580,350,230,222],[370,80,140,222],[270,80,140,211]]}\n", network);
	g_autofree char *flat = g_strdup_printf("network: %s\ncameras:\n  - {id: c, uri: x.mp4, lanes: [W_C_1], size: [640, 360], points: [[0,0,0,0],[1,1,1,1],[2,2,2,2],"
		"[3,3,3,3]]}\n  - {id: d, uri: x.mp4, lanes: [nowhere_0], size: [640, 360], points: [[100,350,0,0],[540,350,10,0],[400,100,10,60],[240,100,0,60]]}\n", network);
	g_autofree char *bad = g_strdup_printf("network: %s\nlimits: {amber_s: 4, signals: [{id: X}]}\ncontrollers: [{signals: [Y]}]\n", network);
	g_assert_true(g_file_set_contents(yaml, good, -1, NULL));
	auto_run r = run(check);
	says(r.out, "all is well: 1 signals, 1 cameras");
	g_assert_cmpint(r.code, ==, 0);
	g_assert_true(g_file_set_contents(yaml, bad, -1, NULL));
	fails(check, 1, "greenwave.yaml:2: limits: the network has no signal X");
	fails(check, 1, "greenwave.yaml:3: controllers: the network has no signal Y");
	g_assert_true(g_file_set_contents(yaml, flat, -1, NULL));
	fails(check, 1, "greenwave.yaml:3: camera c: ");
	fails(check, 1, "greenwave.yaml:4: camera d: ");
	g_autofree char *cabinet = g_strdup_printf("network: %s\ncontrollers:\n  - {signals: C, driver: nobody}\n", network);
	g_assert_true(g_file_set_contents(yaml, cabinet, -1, NULL));
	fails(check, 1, "greenwave.yaml:3: controllers: there is no driver \"nobody\"");
	g_autofree char *row = g_strdup_printf("network: %s\ncontrollers:\n  - {signals: C, driver: ntcip, address: 127.0.0.1, phases: {1: [11], 2: [3, 4, 5, 12], "
		"3: [8], 4: [0, 1, 2, 13], 5: [5], 6: [9, 10, 11, 14], 7: [2], 8: [6, 7, 8, 15]}}\n", network);
	g_assert_true(g_file_set_contents(yaml, row, -1, NULL));
	fails(check, 1, "greenwave.yaml:3: controllers: signal C: driver \"ntcip\" needs rows");
	g_assert_true(g_file_set_contents(yaml, "network: nowhere.net.xml\n", -1, NULL));
	fails(check, 1, "No such file");
	g_assert_true(g_file_set_contents(yaml, "network: x\nview_m: far\n", -1, NULL));
	fails(check, 1, "greenwave.yaml:2:9: view_m is \"far\" m, must be a number from 10 to 1000");
	g_unlink(yaml);
}

/* What is exported is a plan of the same signal with the same cycle. */
static void test_plan(void)
{
	g_autofree char *words = g_strdup_printf("plan export %s C", network), *nobody = g_strdup_printf("plan export %s X", network);
	auto_run r = run(words);
	g_assert_cmpint(r.code, ==, 0);
	says(r.out, "<tlLogic id=\"C\" type=\"static\"");
	double sum_s = 0, cycle_s = g_ascii_strtod(strstr(r.out, "cycle ") + strlen("cycle "), NULL);
	for (const char *at = r.out; (at = strstr(at, "duration=\"")); at++)
		sum_s += g_ascii_strtod(at + strlen("duration=\""), NULL);
	g_assert_cmpfloat(cycle_s, >, 0);
	g_assert_cmpfloat_with_epsilon(sum_s, cycle_s, 1e-6);
	fails(nobody, 1, "the network has no signal X");
	fails("plan export nowhere.net.xml", 1, "nowhere.net.xml");
}

static void test_controller(void)
{
	auto_run list = run("controller list"), dry = run("controller probe here --driver null"), keys = run("controller options ntcip");
	says(list.out, "sim        the simulated cabinets of greenwave-sim play\n");
	says(dry.out, "driver       null: dry run: everything but the street\n");
	says(dry.out, "mode         runs its own plan\n");
	says(keys.out, "| `read_community` | text, `${name}` from the secrets file |");
	fails("controller probe here --driver nobody", 1, "there is no driver \"nobody\"");
	fails("controller probe tcp://127.0.0.1:1 --driver sim --patience 0.3", 1, "nobody answers there as the driver sim wants");
	fails("controller probe here --driver null --option x", 1, "an option is name=text");
	fails("controller probe here --driver null --option x=1", 1, "\"x\" is not an option of the driver null, which has none");
	fails("controller", 2, "usage: greenwavectl controller");
}

static void test_keys(void)
{
	g_autofree char *path = g_build_filename(dir, "new.key", NULL), *words = g_strdup_printf("keys %s", path);
	auto_run r = run(words);
	g_assert_cmpint(r.code, ==, 0);
	struct bus_keys keys;
	g_assert_true(bus_keys_read(&keys, path, NULL));
	g_assert_cmpstr(g_strchomp(r.out), ==, keys.public);
	fails(words, 1, "exists");
	g_unlink(path);
}

int main(int argc, char **argv)
{
	g_setenv("LC_ALL", "C", TRUE);
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 2);
	ctl = argv[1];
	dir = g_dir_make_tmp("greenwave-ctl-XXXXXX", NULL);
	network = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_test_add_func("/ctl/usage", test_usage);
	g_test_add_func("/ctl/feed", test_feed);
	g_test_add_func("/ctl/calls", test_calls);
	g_test_add_func("/ctl/config", test_config);
	g_test_add_func("/ctl/plan", test_plan);
	g_test_add_func("/ctl/keys", test_keys);
	g_test_add_func("/ctl/controller", test_controller);
	int failed = g_test_run();
	g_rmdir(dir);
	g_free(dir);
	g_free(network);
	return failed;
}
