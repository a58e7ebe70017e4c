/* ntcip_town_test.c - cameras to lamps through SNMP: a played junction whose lights hang on a test cabinet, and the real greenwaved.
 *
 * The lights that vehicles obey are the cabinet's, the cabinet is told by SNMP v3 alone, the optimizer sees the town. The light follows
 * what the optimizer asks; after kill -9 the cabinet is on its own plan within its backup time; the next greenwaved takes it over.
 *
 * Arguments: greenwaved, greenwave-sim, asc_lamps, truth_vision. For longer, and for the delay against the same town left to
 * its cabinet's own plan, --minutes 10; with greenwave-vision in place of truth_vision from pictures; --patterns: told by patterns.
 */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/bus.h"
#include "daemon/wire.h"
#include "tests/daemon/asc_v3.h"
#include "tests/daemon/cabinet_scene.h"
#include "tests/daemon/spawn.h"

#define BACKUP_S 6
#define START_S 60.0 /* a deadline, under sanitizers too */
#define ASKS_MOST 32

static const char *greenwaved, *greenwave_sim, *asc_lamps, *vision;
static int minutes;
static gboolean patterns;

struct town { /* a town, its cabinet, and perhaps a daemon */
	char *dir, *config, *control, *truth;
	GSubprocess *sim, *lamps, *daemon;
	GDataInputStream *out;
	unsigned pattern, called, backup, greens;
	unsigned long long street, safety, running, bad, asked;
};

static void look(struct town *t)
{
	g_output_stream_write_all(g_subprocess_get_stdin_pipe(t->lamps), "\n", 1, NULL, NULL, NULL);
	for (;;) {
		g_autofree char *line = g_data_input_stream_read_line(t->out, NULL, NULL, NULL);
		g_assert_nonnull(line);
		if (strcmp(line, "end") == 0)
			return;
		g_assert_cmpint(sscanf(line, "0 pattern %u called %u backup %u street %llu safety %llu running %llu bad %llu asked %llu greens %x",
							&t->pattern, &t->called, &t->backup, &t->street, &t->safety, &t->running, &t->bad, &t->asked, &t->greens),
			==, 9);
	}
}

/* One that nobody has now, TCP or UDP. */
static uint16_t free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(bind(fd, (const struct sockaddr *) &a, sizeof a), ==, 0);
	getsockname(fd, (struct sockaddr *) &a, &size);
	close(fd);
	return ntohs(a.sin_port);
}

static void write_config(struct town *t, uint16_t rtsp)
{
	g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "configs", "junction", NULL);
	g_autofree char *example = g_build_filename(folder, "greenwave.yaml", NULL), *text = NULL;
	g_autofree char *uri = g_strdup_printf(":%u/", rtsp);
	g_autoptr(GString) c = g_string_new(NULL);

	g_assert_true(g_file_get_contents(example, &text, NULL, NULL));
	g_string_append_printf(c,
		"network: %s/junction.net.xml\nfeed:\n  publish: ipc://%s/feed\n  estimates: ipc://%s/estimates\n  control: ipc://%s/operator\n"
		"control: {pattern_s: 60}\n",
		folder, t->dir, t->dir, t->dir);
	g_string_append_printf(c,
		"controllers:\n  - signals: C\n    driver: ntcip\n    address: 127.0.0.1:%u\n    %s\n    rows: [40, 41]\n    coordinated: [2, 6]\n"
		"    style: %s\n    options: {version: 3, user: " ASC_V3_USER ", auth_password: \"" ASC_V3_AUTH "\", priv_password: \"" ASC_V3_PRIV
		"\"}\n",
		free_port(), cabinet_scene_phases, patterns ? "patterns" : "holds");
	g_string_append(c, strstr(text, "\ncameras:") + 1);
	g_string_replace(c, ":8554/", uri, 0);
	g_assert_true(g_file_set_contents(t->config, c->str, -1, NULL));
}

static void town_begin(struct town *t, bool cameras)
{
	g_autofree char *net = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autofree char *routes = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.rou.xml", NULL);
	g_autofree char *backup = g_strdup_printf("%d", BACKUP_S);
	uint16_t rtsp = free_port();
	g_autofree char *port = g_strdup_printf("%d", cameras ? rtsp : -1);

	*t = (struct town){.dir = g_dir_make_tmp("greenwave-town-XXXXXX", NULL)};
	t->config = g_build_filename(t->dir, "greenwave.yaml", NULL);
	t->control = g_strdup_printf("ipc://%s/cabinets", t->dir);
	t->truth = g_strdup_printf("ipc://%s/truth", t->dir);
	write_config(t, rtsp);
	t->sim = spawn((const char *const[]){greenwave_sim, "play", "-n", net, "-r", routes, "--warmup", "120", "--seed", "7", "--control",
					 t->control, "--feed", t->truth, "--rtsp", port, NULL},
		G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	t->lamps = spawn((const char *const[]){asc_lamps, t->config, t->control, backup, NULL},
		G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	t->out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(t->lamps));
}

static void wait_for_lamps(struct town *t)
{
	g_autofree char *ready = g_data_input_stream_read_line(t->out, NULL, NULL, NULL);

	g_assert_cmpstr(ready, ==, "ready");
}

static void launch(struct town *t)
{
	g_setenv("TRUTH_FEED", t->truth, true);
	t->daemon = spawn((const char *const[]){greenwaved, "--config", t->config, "--vision", vision, "--quiet", NULL}, G_SUBPROCESS_FLAGS_NONE);
}

static void end_daemon(struct town *t, int with)
{
	g_subprocess_send_signal(t->daemon, with);
	g_subprocess_wait(t->daemon, NULL, NULL);
	g_clear_object(&t->daemon);
}

/* The played town's own last words. A new reference. */
static json_t *town_end(struct town *t)
{
	g_autofree char *words = NULL;
	GDir *dir;
	const char *name;

	g_output_stream_close(g_subprocess_get_stdin_pipe(t->lamps), NULL, NULL);
	g_subprocess_wait(t->lamps, NULL, NULL);
	g_subprocess_send_signal(t->sim, SIGTERM);
	g_subprocess_communicate_utf8(t->sim, NULL, NULL, &words, NULL, NULL);
	json_t *last = json_loads(words, 0, NULL);
	g_assert_nonnull(last);
	g_object_unref(t->out);
	g_object_unref(t->lamps);
	g_object_unref(t->sim);
	dir = g_dir_open(t->dir, 0, NULL);
	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *file = g_build_filename(t->dir, name, NULL);
		g_unlink(file);
	}
	g_dir_close(dir);
	g_rmdir(t->dir);
	g_free(t->dir);
	g_free(t->config);
	g_free(t->control);
	g_free(t->truth);
	return last;
}

/* ---- what the daemon says ---- */

struct ear {
	struct bus *bus;
	struct bus_socket *feed, *truth;
	struct wire_signal signal; /* the last one */
	char street[64];           /* what vehicles see */
	uint32_t heard, same, wishes, followed;
	char wish[16];
};

static void ear_begin(struct ear *e, const struct town *t)
{
	g_autofree char *feed = g_strdup_printf("ipc://%s/feed", t->dir);

	*e = (struct ear){.bus = bus_new()};
	e->feed = bus_open(e->bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = feed}, NULL);
	e->truth = bus_open(e->bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = t->truth}, NULL);
	bus_subscribe(e->feed, "signal/C");
	bus_subscribe(e->truth, "truth/C");
}

static void ear_end(struct ear *e)
{
	bus_socket_free(e->feed);
	bus_socket_free(e->truth);
	bus_free(e->bus);
}

/* A new wish of the optimizer, and whether the light got there before the next one. */
static void count_wish(struct ear *e)
{
	bool shown = strcmp(e->signal.stage, e->wish) == 0;

	if (e->wish[0] != '\0' && shown) {
		e->followed++;
		e->wish[0] = '\0';
	}
	if (e->signal.mode == WIRE_ADAPTIVE && e->signal.asked[0] != '\0' && e->signal.stage[0] != '\0' &&
		strcmp(e->signal.asked, e->signal.stage) != 0 && strcmp(e->signal.asked, e->wish) != 0) {
		e->wishes++;
		g_strlcpy(e->wish, e->signal.asked, sizeof e->wish);
	}
}

/* What vehicles see, and whether it is what the daemon was told that its cabinet shows. */
static void look_at_street(struct ear *e)
{
	char *topic = NULL, *body = NULL;
	size_t length;

	while (bus_wait(e->truth, 0, &topic, &body, &length)) {
		const char *state = strstr(body, "\"state\":\"");
		g_assert_nonnull(state);
		g_strlcpy(e->street, state + strlen("\"state\":\""), strlen(e->signal.state) + 1);
		g_free(topic);
		g_free(body);
	}
	e->same += e->signal.stage[0] != '\0' && g_ascii_strcasecmp(e->street, e->signal.state) == 0;
}

/* The next message of the daemon. */
static bool hear(struct ear *e, double within_s)
{
	char *topic = NULL, *body = NULL;
	size_t length;

	if (!bus_wait(e->feed, within_s, &topic, &body, &length))
		return false;
	bool good = wire_signal_read(body, length, &e->signal, NULL);
	g_free(topic);
	g_free(body);
	g_assert_true(good);
	e->heard++;
	look_at_street(e);
	count_wish(e);
	return true;
}

#define HEAR_UNTIL(limit_s, what)                                                                                                          \
	do {                                                                                                                                   \
		int64_t end_us_ = g_get_monotonic_time() + (int64_t) ((limit_s) *1e6);                                                             \
		for (look(t); !(what) && g_get_monotonic_time() < end_us_; look(t))                                                                \
			hear(e, 0.2);                                                                                                                  \
		g_assert_true(what);                                                                                                               \
	} while (0)

#define FOLLOWED(e) ((e)->signal.mode == WIRE_ADAPTIVE && (e)->followed >= 1)

static void test_follows(void)
{
	struct town town, *t = &town;
	struct ear ear, *e = &ear;

	town_begin(t, false);
	ear_begin(e, t);
	wait_for_lamps(t); /* or the daemon asks in vain, and then seldom */
	launch(t);
	HEAR_UNTIL(START_S, e->heard > 0 && e->signal.mode == WIRE_ADAPTIVE && t->called == 254); /* held: no pattern of its own runs */
	g_assert_cmpstr(e->signal.driver, ==, "ntcip");
	HEAR_UNTIL(START_S, FOLLOWED(e)); /* another stage than the one that showed was asked for, and came */
	g_assert_cmpuint(e->same, >, 0);  /* in the street, too */
	g_assert_cmpuint(t->backup, ==, 0);

	end_daemon(t, SIGKILL);
	int64_t killed_us = g_get_monotonic_time();
	HEAR_UNTIL(START_S, t->backup == 1 && t->called == 0);
	double took_s = (double) (g_get_monotonic_time() - killed_us) * 1e-6;
	g_test_message("its own plan %.1f s after kill -9, backup time %d s", took_s, BACKUP_S);
	g_assert_cmpfloat(took_s, <, BACKUP_S + 1.5);

	launch(t);
	HEAR_UNTIL(START_S, t->called == 254 && t->backup == 0 && e->signal.mode == WIRE_ADAPTIVE);
	unsigned taken =
		t->greens; /* taken over from what shows: nothing that was green is cut below its minimum, by the cabinet's stop watch */
	end_daemon(t, SIGTERM);
	look(t);
	g_test_message("greens %#x when taken over, %u wishes, %u of them followed", taken, e->wishes, e->followed);
	g_assert_cmpuint(t->called, ==, 0);
	g_assert_cmpuint(t->street + t->safety + t->running + t->bad, ==, 0);
	ear_end(e);
	json_decref(town_end(t));
}

static double delay_of(const json_t *last, const char *which)
{
	return json_number_value(json_object_get(json_object_get(last, which), "delay_s"));
}

/* The same town twice at once: with greenwaved, and left to its cabinet. */
static void run_long(void)
{
	struct town with, without, *t = &with;
	bool cameras = strstr(vision, "greenwave-vision") != NULL;
	struct ear ear, *e = &ear;

	town_begin(&with, cameras);
	town_begin(&without, false);
	ear_begin(e, &with);
	wait_for_lamps(&with);
	wait_for_lamps(&without);
	launch(&with);
	for (int64_t end_us = g_get_monotonic_time() + minutes * 60 * G_USEC_PER_SEC; g_get_monotonic_time() < end_us;)
		hear(e, 1);
	look(t);
	end_daemon(t, SIGTERM);
	ear_end(e);
	json_auto_t *a = town_end(&with), *b = town_end(&without);
	printf("%s, %s, %d min: delay %.1f s a vehicle, the same town on its cabinet's own plan %.1f s (%+.1f %%), on the network's fixed plan "
		   "%.1f s; "
		   "%u wishes, %u of them followed; %llu conflicts or short times in the street\n",
		patterns ? "patterns" : "holds", cameras ? "from pictures" : "from the truth", minutes, delay_of(a, "adaptive"),
		delay_of(b, "adaptive"), 100 * (delay_of(a, "adaptive") / delay_of(b, "adaptive") - 1), delay_of(a, "fixed"), e->wishes,
		e->followed, t->street);
}

int main(int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{"minutes", 0, 0, G_OPTION_ARG_INT, &minutes, "", ""},
		{"patterns", 0, 0, G_OPTION_ARG_NONE, &patterns, "", ""},
		{0},
	};
	g_autofree char *here = g_get_current_dir();
	g_autoptr(GOptionContext) context = g_option_context_new("GREENWAVED GREENWAVE_SIM ASC_LAMPS VISION");

	g_setenv("G_TEST_SRCDIR", here, false); /* started by hand, from the source tree */
	g_option_context_set_ignore_unknown_options(context, true);
	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_parse(context, &argc, &argv, NULL);
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 5);
	greenwaved = argv[1];
	greenwave_sim = argv[2];
	asc_lamps = argv[3];
	vision = argv[4];
	if (minutes > 0) {
		run_long();
		return 0;
	}
	g_test_add_func("/ntcip_town/follows", test_follows);
	return g_test_run();
}
