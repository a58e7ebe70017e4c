/* play_test.c - greenwave-sim play as greenwaved meets it: hello, show, silence, release, nonsense; and how it ends. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>

#include "daemon/bus.h"

#define ANSWER_S 30.0 /* it has to start first, under sanitizers too */
#define SPEED "4" /* of the played town: 5 s of silence are 1.25 s */

static const char *program;

struct play {
	char *folder, *control, *feed;
	GSubprocess *process;
	struct bus *bus;
	struct bus_socket *ask, *truth;
};

static char *config(const char *name)
{
	return g_test_build_filename(G_TEST_DIST, "configs", "junction", name, NULL);
}

static GSubprocess *start(const struct play *p, const char *rtsp)
{
	g_autofree char *net = config("junction.net.xml"), *routes = config("junction.rou.xml");
	g_autoptr(GError) error = NULL;
	const char *argv[] = {program, "play", "-n", net, "-r", routes, "--control", p->control, "--feed", p->feed, "--warmup", "60", "--speed",
		SPEED, "--rtsp",
		rtsp, NULL};
	GSubprocess *process = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
	g_assert_no_error(error);
	return process;
}

static void set_up(struct play *p, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	(void) data;
	p->folder = g_dir_make_tmp("play-XXXXXX", &error);
	g_assert_no_error(error);
	p->control = g_strdup_printf("ipc://%s/control", p->folder);
	p->feed = g_strdup_printf("ipc://%s/feed", p->folder);
	p->process = start(p, "0");
	p->bus = bus_new();
	p->ask = bus_open(p->bus, &(struct bus_options){.kind = BUS_REQ, .endpoint = p->control}, &error);
	g_assert_no_error(error);
	p->truth = bus_open(p->bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = p->feed}, &error);
	g_assert_no_error(error);
	bus_subscribe(p->truth, "truth/");
}

static void tear_down(struct play *p, gconstpointer data)
{
	g_autofree char *control = g_build_filename(p->folder, "control", NULL), *feed = g_build_filename(p->folder, "feed", NULL);
	(void) data;
	bus_socket_free(p->ask);
	bus_socket_free(p->truth);
	bus_free(p->bus);
	g_subprocess_force_exit(p->process);
	g_subprocess_wait(p->process, NULL, NULL);
	g_object_unref(p->process);
	g_unlink(control);
	g_unlink(feed);
	g_rmdir(p->folder);
	g_free(p->folder);
	g_free(p->control);
	g_free(p->feed);
}

/* Asks and checks the reply's type. A new reference. */
static json_t *ask(struct play *p, const char *request, const char *type)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = bus_ask(p->ask, request, ANSWER_S, &error);
	g_assert_no_error(error);
	json_t *reply = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(reply);
	g_assert_cmpstr(json_string_value(json_object_get(reply, "type")), ==, type);
	return reply;
}

static const char *lamp(json_t *reply, const char *key)
{
	return json_string_value(json_object_get(json_object_get(json_object_get(reply, "signals"), "C"), key));
}

static json_t *show(struct play *p, const char *state, const char *type)
{
	g_autofree char *request = g_strdup_printf("{\"type\":\"show\",\"signals\":{\"C\":\"%s\"}}", state);
	return ask(p, request, type);
}

static void test_commands(struct play *p, gconstpointer data)
{
	json_auto_t *welcome = ask(p, "{\"type\":\"hello\",\"v\":1}", "welcome");
	(void) data;
	g_assert_cmpstr(json_string_value(json_object_get(welcome, "make")), ==, "greenwave-sim");
	g_assert_cmpstr(lamp(welcome, "mode"), ==, "local");
	json_auto_t *shown = show(p, lamp(welcome, "state"), "status");
	g_assert_cmpstr(lamp(shown, "mode"), ==, "central");
	g_assert_cmpstr(lamp(shown, "state"), ==, lamp(welcome, "state"));
	json_auto_t *released = ask(p, "{\"type\":\"release\",\"signals\":[\"C\"]}", "status");
	g_assert_cmpstr(lamp(released, "mode"), ==, "local");
	json_auto_t *again = show(p, lamp(released, "state"), "status");
	g_assert_cmpstr(lamp(again, "mode"), ==, "central");
	gint64 until_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC; /* silence: asking for the status is no command */
	for (bool local = false; !local;) {
		g_assert_cmpint(g_get_monotonic_time(), <, until_us);
		json_auto_t *status = ask(p, "{\"type\":\"status\"}", "status");
		local = strcmp(lamp(status, "mode"), "local") == 0;
	}
}

static void test_nonsense(struct play *p, gconstpointer data)
{
	static const char *const nonsense[] = {"", "{", "[]", "{\"type\":7}", "{\"type\":\"show\"}",
		"{\"type\":\"show\",\"signals\":{\"X\":\"G\"}}",
		"{\"type\":\"show\",\"signals\":{\"C\":\"G\"}}", "{\"type\":\"step\",\"t_s\":1}",
		"{\"type\":\"hello\",\"type\":\"hello\",\"v\":1}"};
	(void) data;
	for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++) {
		json_auto_t *error = ask(p, nonsense[i], "error");
		g_assert_cmpuint(strlen(json_string_value(json_object_get(error, "why"))), >, 10);
	}
	json_auto_t *status = ask(p, "{\"type\":\"status\"}", "status");
	g_assert_cmpstr(lamp(status, "mode"), ==, "local");
	g_autofree char *all = g_strnfill(strlen(lamp(status, "state")), 'G');
	json_auto_t *refused = show(p, all, "error");
	g_assert_nonnull(strstr(json_string_value(json_object_get(refused, "why")), "not taken over"));
	json_auto_t *taken = show(p, lamp(status, "state"), "status");
	g_assert_cmpstr(lamp(taken, "mode"), ==, "central");
	json_auto_t *tripped = show(p, all, "error");
	g_assert_nonnull(strstr(json_string_value(json_object_get(tripped, "why")), "its own plan"));
}

/* The truth comes, the end is clean, and its last words are the scores. Nobody commanded: both worlds are the same. */
static void test_truth_and_end(struct play *p, gconstpointer data)
{
	g_autofree char *out = NULL;
	g_autoptr(GError) error = NULL;
	bool signal = false, summary = false;
	(void) data;
	while (!signal || !summary) {
		g_autofree char *topic = NULL, *body = NULL;
		size_t length;
		g_assert_true(bus_wait(p->truth, 10.0, &topic, &body, &length));
		json_auto_t *o = json_loads(body, 0, NULL);
		g_assert_true(json_is_integer(json_object_get(o, "seq")));
		if (strcmp(topic, "truth/C") == 0) {
			signal = true;
			g_assert_cmpuint(json_object_size(json_object_get(o, "lanes")), >, 3);
			g_assert_true(json_is_real(json_object_get(o, "fixed_delay_s")));
		} else {
			g_assert_cmpstr(topic, ==, "truth/summary");
			summary = true;
		}
	}
	g_subprocess_send_signal(p->process, SIGTERM);
	g_assert_true(g_subprocess_communicate_utf8(p->process, NULL, NULL, &out, NULL, &error));
	g_assert_no_error(error);
	g_assert_cmpint(g_subprocess_get_exit_status(p->process), ==, 0);
	json_auto_t *last = json_loads(out, 0, NULL);
	g_assert_nonnull(last);
	g_assert_true(json_equal(json_object_get(last, "adaptive"), json_object_get(last, "fixed")));
	json_t *faults = json_object_get(json_object_get(json_object_get(last, "signals"), "C"), "faults");
	g_assert_cmpuint(json_object_size(faults), ==, 5);
}

/* A second one at the same place says so in one sentence. */
static void test_in_use(struct play *p, gconstpointer data)
{
	g_autofree char *err = NULL;
	json_auto_t *welcome = ask(p, "{\"type\":\"hello\",\"v\":1}", "welcome");
	(void) data;
	g_assert_cmpstr(lamp(welcome, "mode"), ==, "local"); /* the first one is there */
	g_autoptr(GSubprocess) second = start(p, "0");
	g_assert_true(g_subprocess_communicate_utf8(second, NULL, NULL, NULL, &err, NULL));
	g_assert_cmpint(g_subprocess_get_exit_status(second), ==, 1);
	g_assert_nonnull(strstr(err, p->control));
	g_assert_cmpuint(strcspn(err, "\n"), ==, strlen(err) - 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 2);
	program = argv[1];
	g_test_add("/play/commands", struct play, NULL, set_up, test_commands, tear_down);
	g_test_add("/play/nonsense", struct play, NULL, set_up, test_nonsense, tear_down);
	g_test_add("/play/truth-and-end", struct play, NULL, set_up, test_truth_and_end, tear_down);
	g_test_add("/play/in-use", struct play, NULL, set_up, test_in_use, tear_down);
	return g_test_run();
}
