/* sumo_test.c - greenwaved --sumo with the real SUMO, on our own junction: what comes out, and each way to fail. Skipped without sumo.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "tests/answer.h"

static char *program;
static char *folder, *scenario, *network;

static struct answer run(const char *format, ...) G_GNUC_PRINTF(1, 2);
static struct answer run(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *arguments = g_strdup_vprintf(format, args), *line = g_strdup_printf("%s %s", program, arguments);
	va_end(args);
	struct answer a = answer_of_line(folder, line);
	g_test_message("%s -> %d\n%s%s", arguments, a.code, a.out, a.err);
	return a;
}

static double figure(const struct answer *a, const char *name)
{
	g_auto(GStrv) lines = g_strsplit(a->out, "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, name) && (*line)[strlen(name)] == ' ')
			return g_ascii_strtod(*line + strlen(name), NULL);
	g_error("there is no %s in: %s", name, a->out);
}

/* It ends by itself with code 1 and one sentence that names this; no SUMO's scratch is left. */
static void fails(struct answer a, const char *what)
{
	g_assert_cmpint(a.code, ==, 1);
	g_assert_nonnull(strstr(a.err, what));
	g_assert_null(strstr(strstr(a.err, "greenwaved: "), "\n") + 1 == a.err + strlen(a.err) ? NULL : "more than one line");
	answer_clear(&a);
}

static char *write_file(const char *name, const char *text, int mode)
{
	char *path = g_build_filename(folder, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_assert_cmpint(g_chmod(path, mode), ==, 0);
	return path;
}

/* Times and lines that differ from run to run are those of the clock. */
static char *without_clock(const char *out)
{
	g_autoptr(GRegex) clock = g_regex_new("^(brain|own|sumo)_ms.*$", G_REGEX_MULTILINE, 0, NULL);

	return g_regex_replace_literal(clock, out, -1, 0, "", 0, NULL);
}

static void test_run(void)
{
	struct answer once = run("--sumo %s --method adaptive --seed 5", scenario),
				  again = run("--sumo %s --method adaptive --seed 5", scenario);
	g_autofree char *a = without_clock(once.out), *b = without_clock(again.out);

	g_assert_cmpint(once.code, ==, 0);
	g_assert_cmpstr(once.err, ==, "");
	g_assert_cmpstr(a, ==, b);
	g_assert_cmpfloat(figure(&once, "steps"), ==, 200);
	g_assert_cmpfloat(figure(&once, "round_trips"), ==, 200 + 6); /* five to greet, one goodbye */
	g_assert_cmpfloat(figure(&once, "departed_veh"), >, 80);
	g_assert_cmpfloat(figure(&once, "score_s"), >, 3);
	g_assert_cmpfloat(figure(&once, "score_s"), <, 40);
	g_assert_cmpfloat_with_epsilon(figure(&once, "score_s"), figure(&once, "time_loss_s") + figure(&once, "depart_delay_s"), 0.011);
	g_assert_cmpfloat(figure(&once, "locked_veh"), ==, 0);
	answer_clear(&once);
	answer_clear(&again);
}

/* Trips without SUMO's comment, which has the time in it. */
static char *trips_of(const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	const char *first = strstr(text, "<tripinfo ");
	g_assert_nonnull(first);
	return g_strdup(first);
}

/* Watching changes nothing: SUMO alone drives the same. And our `fixed` is SUMO's own plan. */
static void test_native(void)
{
	struct answer native = run("--sumo %s --method native --seed 5 --tripinfo native.xml", scenario);
	struct answer fixed = run("--sumo %s --method fixed --seed 5 --tripinfo fixed.xml", scenario);
	g_autofree char *line =
		g_strdup_printf("sumo -c %s --seed 5 --time-to-teleport -1 --no-step-log --xml-validation never --tripinfo-output alone.xml "
						"--tripinfo-output.write-unfinished",
			scenario);
	g_auto(GStrv) argv = NULL;
	int status = 1;

	g_assert_cmpint(native.code, ==, 0);
	g_assert_cmpint(fixed.code, ==, 0);
	g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
	g_assert_true(
		g_spawn_sync(folder, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL));
	g_assert_cmpint(status, ==, 0);
	g_autofree char *a = trips_of("native.xml"), *b = trips_of("alone.xml"), *c = trips_of("fixed.xml");
	g_assert_cmpstr(a, ==, b);
	g_assert_cmpstr(a, ==, c);
	answer_clear(&native);
	answer_clear(&fixed);
}

static void test_faults(void)
{
	struct answer good = run("--sumo %s --seed 5 --end 120", scenario), blind = run("--sumo %s --seed 5 --end 120 --dead 1", scenario);
	struct answer fixed = run("--sumo %s --seed 5 --end 120 --method fixed", scenario),
				  late = run("--sumo %s --seed 5 --end 120 --late 2 --noise 0.5", scenario);

	g_assert_cmpfloat(figure(&blind, "score_s"), !=, figure(&good, "score_s"));
	g_assert_cmpfloat(figure(&late, "score_s"), !=, figure(&good, "score_s"));
	g_assert_cmpfloat(fabs(figure(&blind, "score_s") - figure(&fixed, "score_s")), <, 6); /* on its own plan when nothing is seen */
	answer_clear(&good);
	answer_clear(&blind);
	answer_clear(&fixed);
	answer_clear(&late);
}

/* Of two vehicles on the same way at the same time the emergency vehicle has a corridor made for it. */
static void test_emergency(void)
{
	g_autofree char *routes = write_file("siren.rou.xml",
		"<routes><vType id=\"siren\" vClass=\"emergency\"/><vType id=\"car\"/><route id=\"way\" edges=\"W_C C_E\"/>"
		"<vehicle id=\"a\" type=\"siren\" depart=\"20\" route=\"way\"/><vehicle id=\"b\" type=\"car\" depart=\"100\" "
		"route=\"way\"/></routes>",
		0600);
	g_autofree char *text = g_strdup_printf(
		"<configuration><input><net-file value=\"%s\"/><route-files value=\"%s\"/></input></configuration>", network, routes);
	g_autofree char *alone = write_file("siren.sumocfg", text, 0600);
	struct answer a = run("--sumo %s --seed 5", alone);

	g_assert_cmpint(a.code, ==, 0);
	g_assert_nonnull(strstr(a.err, "alert/corridor/a: a corridor is open for a"));
	g_assert_nonnull(strstr(a.err, "alert/corridor/a is over"));
	g_assert_null(strstr(a.err, "alert/corridor/b"));
	g_assert_cmpfloat(figure(&a, "departed_veh"), ==, 2);
	g_assert_cmpfloat(figure(&a, "unfinished_veh"), ==, 0);
	g_assert_cmpfloat(figure(&a, "round_trips"), ==, figure(&a, "steps") + 6); /* asked for on the way */
	answer_clear(&a);
}

/* All red for ever: gridlock is noticed when the fifth has stood for 300 s, and told. */
static void test_gridlock(void)
{
	g_autofree char *red = write_file("red.add.xml",
		"<additional><tlLogic id=\"C\" type=\"static\" programID=\"red\" offset=\"0\"><phase duration=\"9\" "
		"state=\"rrrrrrrrrrrrrrrr\"/></tlLogic></additional>",
		0600);
	struct answer a = run("--sumo %s --method native --seed 5 --end 400 -- --additional-files %s", scenario, red);

	g_assert_cmpint(a.code, ==, 0);
	g_assert_cmpfloat(figure(&a, "locked_veh"), >=, 5);
	g_assert_cmpfloat(figure(&a, "locked_since_s"), >, 310);
	g_assert_cmpfloat(figure(&a, "locked_since_s"), <, 370);
	g_assert_nonnull(strstr(a.err, "warning: gridlock: at 3"));
	g_assert_cmpfloat(figure(&a, "unfinished_veh"), ==, figure(&a, "departed_veh"));
	answer_clear(&a);
}

static void test_mistakes(void)
{
	g_autofree char *empty = write_file("empty.sumocfg", "<configuration/>", 0600);
	g_autofree char *other = write_file("other.net.xml", "<net></net>", 0600);

	fails(run("--sumo nowhere.sumocfg"), "\"nowhere.sumocfg\" is neither a .sumocfg that is there nor HOST:PORT");
	fails(run("--sumo %s", empty), "has no net-file");
	fails(run("--sumo %s --method magic", scenario), "there is no method \"magic\"");
	fails(run("--sumo %s --sumo-program ./nosumo", scenario), "nosumo");
	fails(run("--sumo %s --sumo-program false", scenario), "SUMO did not start; false ended with code 1");
	fails(run("--sumo %s -- --no-such-option", scenario), "SUMO did not start; sumo ended with code 1: ");
	fails(run("--sumo %s --network %s", scenario, other), "holds no lane");
	fails(run("--sumo %s --view 5", scenario), "--view must be from 10 to 1000 m");
	fails(run("--sumo %s --dead 2", scenario), "--dead must be from 0 to 1");
	fails(run("--sumo %s --tripinfo no/such/folder.xml", scenario), "; sumo ended with code 1: ");
	fails(run("--sumo %s --bridge ipc://x", scenario), "two worlds");
	fails(run("--sumo 127.0.0.1:1"), "needs --network");
	fails(run("--sumo 127.0.0.1:1 --network %s", network), "no SUMO at 127.0.0.1:1");
}

/* SUMO killed in the middle: its program is a script that puts an end to it after a second, long before it is through. */
static void test_killed(void)
{
	g_autofree char *script = write_file("dying.sh", "#!/bin/sh\nexec timeout -s KILL 1 sumo \"$@\"\n", 0700);

	fails(run("--sumo %s --end 1000000 --sumo-program %s", scenario, script), "; dying.sh ");
}

/* A long run is stopped by SIGINT: exit code 130, and SUMO is gone too. */
static void test_stopped(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *script = write_file("telling.sh", "#!/bin/sh\necho $$ > pid\nexec sumo \"$@\"\n", 0700),
					*pid = g_build_filename(folder, "pid", NULL), *text = NULL;
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	g_subprocess_launcher_set_cwd(launcher, folder);
	g_autoptr(GSubprocess) greenwaved =
		g_subprocess_launcher_spawn(launcher, &error, program, "--sumo", scenario, "--end", "1000000", "--sumo-program", script, NULL);

	g_assert_no_error(error);
	while (!g_file_get_contents(pid, &text, NULL, NULL) || strchr(text, '\n') == NULL) {
		g_clear_pointer(&text, g_free);
		g_usleep(10000);
	}
	g_subprocess_send_signal(greenwaved, SIGINT);
	g_assert_true(g_subprocess_wait(greenwaved, NULL, NULL));
	g_assert_true(g_subprocess_get_if_exited(greenwaved));
	g_assert_cmpint(g_subprocess_get_exit_status(greenwaved), ==, 130);
	g_assert_cmpint(kill((pid_t) g_ascii_strtoll(text, NULL, 10), 0), ==, -1);
}

static guint free_port(void)
{
	g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0);
	g_autoptr(GSocket) s = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
	g_assert_true(g_socket_bind(s, any, FALSE, NULL));
	g_autoptr(GSocketAddress) bound = g_socket_get_local_address(s, NULL);

	return g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
}

/* A SUMO that somebody else has started. */
static GSubprocess *start_sumo(const char *port, const char *clients)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	g_subprocess_launcher_set_cwd(launcher, folder);
	GSubprocess *sumo = g_subprocess_launcher_spawn(launcher, &error, "sumo", "-c", scenario, "--seed", "5", "--end", "120",
		"--remote-port", port, "--num-clients", clients, "--time-to-teleport", "-1", "--xml-validation", "never", "--tripinfo-output",
		"theirs.xml", "--tripinfo-output.write-unfinished", NULL);

	g_assert_no_error(error);
	return sumo;
}

/* Again and again until it listens. */
static struct answer meet(const char *port, const char *more)
{
	for (int k = 0; k < 500; k++) {
		struct answer a = run("--sumo 127.0.0.1:%s --network %s --end 120 %s", port, network, more);
		if (a.code == 0 || strstr(a.err, "no SUMO at") == NULL)
			return a;
		answer_clear(&a);
		g_usleep(20000);
	}
	g_error("SUMO does not listen at %s", port);
}

static gpointer watch(gpointer port)
{
	struct answer a = meet(port, "--method native --order 2");

	g_assert_cmpint(a.code, ==, 0);
	answer_clear(&a);
	return NULL;
}

/* The same trips as in one of ours, alone and with another client that only watches. */
static void test_connect(void)
{
	struct answer ours = run("--sumo %s --seed 5 --end 120 --tripinfo ours.xml", scenario);
	g_autofree char *want = trips_of("ours.xml");

	for (int clients = 1; clients <= 2; clients++) {
		g_autofree char *port = g_strdup_printf("%u", free_port());
		g_autoptr(GSubprocess) sumo = start_sumo(port, clients == 1 ? "1" : "2");
		GThread *other = clients == 2 ? g_thread_new("other", watch, port) : NULL;
		struct answer theirs = meet(port, "--order 1");
		g_assert_cmpint(theirs.code, ==, 0);
		if (other)
			g_thread_join(other);
		g_assert_true(g_subprocess_wait(sumo, NULL, NULL));
		g_autofree char *is = trips_of("theirs.xml");
		g_assert_cmpstr(is, ==, want);
		answer_clear(&theirs);
	}
	answer_clear(&ours);
}

static void make_scenario(void)
{
	g_autofree char *routes = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.rou.xml", NULL);
	g_autofree char *text = NULL;

	folder = g_dir_make_tmp("greenwave-sumo-test-XXXXXX", NULL);
	network = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	text = g_strdup_printf("<configuration><input><net-file value=\"%s\"/><route-files value=\"%s\"/></input>"
						   "<time><begin value=\"0\"/><end value=\"200\"/></time></configuration>",
		network, routes);
	scenario = write_file("junction.sumocfg", text, 0600);
}

static void remove_folder(void)
{
	g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);

	for (const char *name; (name = g_dir_read_name(files));) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
}

int main(int argc, char **argv)
{
	g_autofree char *sumo = g_find_program_in_path("sumo");

	g_test_init(&argc, &argv, NULL);
	if (!sumo) {
		g_print("skipped: there is no sumo\n");
		return 77;
	}
	program = g_canonicalize_filename(argv[1], NULL);
	make_scenario();
	g_test_add_func("/sumo/run", test_run);
	g_test_add_func("/sumo/native", test_native);
	g_test_add_func("/sumo/faults", test_faults);
	g_test_add_func("/sumo/emergency", test_emergency);
	g_test_add_func("/sumo/gridlock", test_gridlock);
	g_test_add_func("/sumo/mistakes", test_mistakes);
	g_test_add_func("/sumo/killed", test_killed);
	g_test_add_func("/sumo/stopped", test_stopped);
	g_test_add_func("/sumo/connect", test_connect);
	int code = g_test_run();
	remove_folder();
	return code;
}
