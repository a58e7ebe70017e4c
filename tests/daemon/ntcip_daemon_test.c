/* ntcip_daemon_test.c - the real greenwaved and a test cabinet over UDP: it is given a pattern, lost by kill -9, taken over again, handed
 * back by SIGTERM. And the cabinet as other people's tools see it: Debian's snmpget and snmpset.
 *
 * Arguments: greenwaved, fake_vision, asc_farm, greenwavectl. Each wait is for what the cabinet says, with a deadline.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/cabinet_scene.h"
#include "tests/daemon/spawn.h"

#define BACKUP_S 8
#define LONG_S 60.0

static const char *greenwaved, *fake_vision, *asc_farm, *greenwavectl;

struct town {
	char *dir, *config, *address;
	uint16_t port;
	GSubprocess *farm, *daemon;
	GDataInputStream *out;
	unsigned pattern, called, backup;
	unsigned long long street, safety, running, bad, asked;
};

/* What the cabinet says of itself, in the middle of its second. */
static void look(struct town *t)
{
	g_output_stream_write_all(g_subprocess_get_stdin_pipe(t->farm), "\n", 1, NULL, NULL, NULL);
	for (;;) {
		g_autofree char *line = g_data_input_stream_read_line(t->out, NULL, NULL, NULL);
		g_assert_nonnull(line);
		if (strcmp(line, "end") == 0)
			return;
		g_assert_cmpint(sscanf(line, "0 pattern %u called %u backup %u street %llu safety %llu running %llu bad %llu asked %llu",
							&t->pattern, &t->called, &t->backup, &t->street, &t->safety, &t->running, &t->bad, &t->asked),
			==, 8);
	}
}

#define WAIT_UNTIL(limit_s, what)                                                                                                          \
	do {                                                                                                                                   \
		int64_t end_us_ = g_get_monotonic_time() + (int64_t) ((limit_s) *1e6);                                                             \
		for (look(t); !(what) && g_get_monotonic_time() < end_us_; g_usleep(100000), look(t)) /* asks */                                   \
			;                                                                                                                              \
		g_assert_true(what);                                                                                                               \
	} while (0)

static void write_config(struct town *t)
{
	g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "configs", "junction", NULL);
	g_autofree char *example = g_build_filename(folder, "greenwave.yaml", NULL), *text = NULL;
	g_autoptr(GString) c = g_string_new(NULL);

	g_assert_true(g_file_get_contents(example, &text, NULL, NULL));
	g_string_append_printf(c,
		"network: %s/junction.net.xml\nfeed:\n  publish: ipc://%s/feed\n  estimates: ipc://%s/estimates\n  control: ipc://%s/control\n",
		folder, t->dir, t->dir, t->dir);
	g_string_append_printf(c,
		"controllers:\n  - signals: C\n    driver: ntcip\n    address: %s\n    %s\n    rows: [40, 41]\n    coordinated: [2, 6]\n"
		"    options: {version: 2c}\n",
		t->address, cabinet_scene_phases);
	g_string_append(c, strstr(text, "\ncameras:") + 1);
	g_assert_true(g_file_set_contents(t->config, c->str, -1, NULL));
}

static void town_begin(struct town *t)
{
	*t = (struct town){.port = (uint16_t) (31000 + getpid() % 20000)};
	t->dir = g_dir_make_tmp("greenwave-test-XXXXXX", NULL);
	t->config = g_build_filename(t->dir, "greenwave.yaml", NULL);
	t->address = g_strdup_printf("127.0.0.1:%u", t->port);
	write_config(t);
	g_setenv("FAKE_VISION_PIDS", t->dir, true);
	g_setenv("FAKE_VISION_DELAY_S", "0", true);
	g_autofree char *port = g_strdup_printf("%u", t->port), *backup = g_strdup_printf("%d", BACKUP_S);
	t->farm = spawn((const char *const[]){asc_farm, port, "1", backup, NULL}, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	t->out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(t->farm));
	g_autofree char *ready = g_data_input_stream_read_line(t->out, NULL, NULL, NULL);
	g_assert_cmpstr(ready, ==, "ready");
}

static void town_end(struct town *t)
{
	GDir *dir = g_dir_open(t->dir, 0, NULL);
	const char *name;

	g_output_stream_close(g_subprocess_get_stdin_pipe(t->farm), NULL, NULL);
	g_subprocess_wait(t->farm, NULL, NULL);
	g_object_unref(t->out);
	g_object_unref(t->farm);
	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *file = g_build_filename(t->dir, name, NULL);
		g_unlink(file);
	}
	g_dir_close(dir);
	g_rmdir(t->dir);
	g_free(t->dir);
	g_free(t->config);
	g_free(t->address);
}

static void launch(struct town *t)
{
	t->daemon =
		spawn((const char *const[]){greenwaved, "--config", t->config, "--vision", fake_vision, "--quiet", NULL}, G_SUBPROCESS_FLAGS_NONE);
}

static void test_killed(void)
{
	struct town town, *t = &town;

	town_begin(t);
	launch(t);
	WAIT_UNTIL(LONG_S, t->called == 40 || t->called == 41);
	for (int i = 0; i < 3 * BACKUP_S; i++) { /* it keeps it for longer than the backup time */
		g_usleep(500000);
		look(t);
		g_assert_cmpuint(t->backup, ==, 0);
		g_assert_cmpuint(t->called, >=, 40);
	}
	g_subprocess_send_signal(t->daemon, SIGKILL);
	g_subprocess_wait(t->daemon, NULL, NULL);
	g_clear_object(&t->daemon);
	int64_t killed_us = g_get_monotonic_time();
	WAIT_UNTIL(LONG_S, t->backup == 1);
	double took_s = (double) (g_get_monotonic_time() - killed_us) * 1e-6;
	g_test_message("its own plan %.1f s after kill -9, backup time %d s", took_s, BACKUP_S);
	g_assert_cmpfloat(took_s, <, BACKUP_S + 1);
	g_assert_cmpuint(t->called, ==, 0);

	launch(t); /* the next one takes it over, and hands it back at its end */
	WAIT_UNTIL(LONG_S, t->called == 40 || t->called == 41);
	g_subprocess_send_signal(t->daemon, SIGTERM);
	g_subprocess_wait(t->daemon, NULL, NULL);
	g_assert_cmpint(g_subprocess_get_exit_status(t->daemon), ==, 0);
	g_clear_object(&t->daemon);
	look(t);
	g_assert_cmpuint(t->called, ==, 0);
	g_assert_cmpuint(t->backup, ==, 0); /* it was told, it did not have to find out */
	g_assert_cmpuint(t->street + t->safety + t->running + t->bad, ==, 0);
	town_end(t);
}

static char *output_of(const char *const *argv)
{
	g_autoptr(GSubprocess) p = spawn(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
	char *out = NULL;

	g_subprocess_communicate_utf8(p, NULL, NULL, &out, NULL, NULL);
	return out;
}

/* A look from greenwavectl says what stands there, and writes nothing. */
static void test_probe(void)
{
	struct town town, *t = &town;

	town_begin(t);
	g_autofree char *out =
		output_of((const char *const[]){greenwavectl, "controller", "probe", "--driver=ntcip", "--option=version=2c", t->address, NULL});
	g_test_message("%s", out);
	g_assert_nonnull(strstr(out, "model cabinet"));
	g_assert_nonnull(strstr(out, "NTCIP 1202"));
	look(t);
	g_assert_cmpuint(t->called, ==, 0);
	town_end(t);
}

/* The cabinet answers to a client that nobody here wrote. */
static void test_tools(void)
{
	struct town town, *t = &town;
	static const char pattern_control[] = "1.3.6.1.4.1.1206.4.2.1.4.14.0";

	g_autofree char *snmpget = g_find_program_in_path("snmpget"), *snmpset = g_find_program_in_path("snmpset");
	if (snmpget == NULL || snmpset == NULL) {
		g_test_skip("snmpget and snmpset are not here (Debian: snmp)");
		return;
	}
	town_begin(t);
	for (int v = 0; v < 2; v++) {
		const char *version = v == 0 ? "-v1" : "-v2c";
		g_autofree char *got = output_of((const char *const[]){snmpget, version, "-c", "public", t->address, "1.3.6.1.4.1.1206.4.2.1.1.1.0",
			"1.3.6.1.4.1.1206.4.2.1.4.7.1.2.1", "1.3.6.1.4.1.1206.4.2.1.1.2.1.23.2", NULL});
		g_assert_nonnull(strstr(got, "1.1.1.0 = INTEGER: 8\n"));
		g_assert_nonnull(strstr(got, "4.7.1.2.1 = INTEGER: 90\n"));
		g_assert_nonnull(strstr(got, "05 06"));
		g_autofree char *set =
			output_of((const char *const[]){snmpset, version, "-c", "administrator", t->address, pattern_control, "i", "1", NULL});
		g_assert_nonnull(strstr(set, "INTEGER: 1\n"));
		g_autofree char *wrong =
			output_of((const char *const[]){snmpset, version, "-c", "administrator", t->address, pattern_control, "i", "256", NULL});
		g_assert_nonnull(strstr(wrong, v == 0 ? "badValue" : "wrongValue"));
		g_autofree char *fixed = output_of(
			(const char *const[]){snmpset, version, "-c", "administrator", t->address, "1.3.6.1.4.1.1206.4.2.1.1.1.0", "i", "9", NULL});
		g_assert_nonnull(strstr(fixed, v == 0 ? "noSuchName" : "notWritable"));
	}
	look(t);
	g_assert_cmpuint(t->called, ==, 1);
	town_end(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 5);
	greenwaved = argv[1];
	fake_vision = argv[2];
	asc_farm = argv[3];
	greenwavectl = argv[4];
	g_test_add_func("/ntcip_daemon/killed", test_killed);
	g_test_add_func("/ntcip_daemon/probe", test_probe);
	g_test_add_func("/ntcip_daemon/tools", test_tools);
	return g_test_run();
}
