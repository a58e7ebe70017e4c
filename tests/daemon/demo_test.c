/* demo_test.c - the real demo at one junction; a demo whose daemon dies; one that is told to end; words that make no sense. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "daemon/demo_seeds.h"

static const char *program;
static char *folder;

static char *at(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

static GSubprocess *start(const char *const *arguments)
{
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_subprocess_launcher_setenv(launcher, "XDG_RUNTIME_DIR", folder, TRUE); /* where a demo's own folder is made */
	g_subprocess_launcher_unsetenv(launcher, "DEMO_MINUTES");
	g_ptr_array_add(argv, (gpointer) program);
	for (; *arguments; arguments++)
		g_ptr_array_add(argv, (gpointer) *arguments);
	g_ptr_array_add(argv, NULL);
	GSubprocess *p = g_subprocess_launcher_spawnv(launcher, (const char *const *) (const void *) argv->pdata, &error);
	g_assert_no_error(error);
	return p;
}

static char *junction(void)
{
	return g_test_build_filename(G_TEST_DIST, "configs", "junction", NULL);
}

/* Nothing is left where demos make their folders, and nobody of its programs lives on it. */
static void check_clean(void)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(dir)))
		g_assert_false(g_str_has_prefix(name, "greenwave-demo-"));
	g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
	while ((name = g_dir_read_name(processes))) {
		g_autofree char *path = g_build_filename("/proc", name, "environ", NULL), *environ_of = NULL;
		gsize length;
		if (!g_ascii_isdigit(*name) || atoi(name) == getpid() || !g_file_get_contents(path, &environ_of, &length, NULL))
			continue;
		if (memmem(environ_of, length, folder, strlen(folder)))
			g_error("process %s of the demo lives on", name);
	}
}

static void test_whole(void)
{
	g_autofree char *configs = junction(), *out = at("whole/report.html"), *page = NULL, *said = NULL;
	const char *arguments[] = {"--configs", configs, "--out", out, "--minutes", "0.4", NULL};
	g_autoptr(GSubprocess) p = start(arguments);
	g_assert_true(g_subprocess_communicate_utf8(p, NULL, NULL, &said, NULL, NULL));
	g_test_message("%s", said);
	g_assert_true(g_subprocess_get_if_exited(p));
	g_assert_cmpint(g_subprocess_get_exit_status(p), ==, 0);
	static const char *const must[] = {"mean delay, s/veh", "throughput, veh/h", "vision's own error", "4 cameras",
		"picture to command: half within",
		"processor, of a core: ", "greenwaved", "vision-0", "report.html"};
	for (guint i = 0; i < G_N_ELEMENTS(must); i++)
		if (!strstr(said, must[i]))
			g_error("the demo does not say \"%s\"", must[i]);
	g_assert_true(g_file_get_contents(out, &page, NULL, NULL));
	g_assert_nonnull(strstr(page, "data:image/png;base64,"));
	g_assert_nonnull(strstr(page, "picture to command, 99 %"));
	g_assert_nonnull(strstr(page, "Through the signals"));
	check_clean();
}

/* A greenwaved that cannot begin: it is named, quoted, and nothing is left behind. */
static void test_dying(void)
{
	g_autofree char *configs = junction(), *out = at("dying/report.html"), *said = NULL, *beside = g_path_get_dirname(program);
	g_autofree char *programs = at("programs"), *sim = g_build_filename(beside, "greenwave-sim", NULL),
		*link = at("programs/greenwave-sim");
	g_autofree char *bad = at("programs/greenwaved");
	g_mkdir(programs, 0700);
	g_assert_cmpint(symlink(sim, link), ==, 0);
	g_assert_true(g_file_set_contents(bad, "#!/bin/sh\necho no luck today >&2\nexit 3\n", -1, NULL));
	g_chmod(bad, 0700);
	const char *arguments[] = {"--configs", configs, "--out", out, "--programs", programs, "--minutes", "1", NULL};
	g_autoptr(GSubprocess) p = start(arguments);
	g_assert_true(g_subprocess_communicate_utf8(p, NULL, NULL, &said, NULL, NULL));
	g_test_message("%s", said);
	g_assert_cmpint(g_subprocess_get_exit_status(p), ==, 1);
	g_assert_nonnull(strstr(said, "greenwaved ended with code 3 in the middle of the demo"));
	g_assert_nonnull(strstr(said, "no luck today"));
	check_clean();
}

/* Told to end while it begins: code not 0, nothing left. */
static void test_told_to_end(void)
{
	g_autofree char *configs = junction(), *out = at("told/report.html"), *line = NULL;
	const char *arguments[] = {"--configs", configs, "--out", out, "--minutes", "5", NULL};
	g_autoptr(GSubprocess) p = start(arguments);
	g_autoptr(GDataInputStream) in = g_data_input_stream_new(g_subprocess_get_stdout_pipe(p));
	do { /* until the daemon is being started: then two programs run */
		g_free(line);
		line = g_data_input_stream_read_line(in, NULL, NULL, NULL);
		g_assert_nonnull(line);
	} while (!strstr(line, "starting greenwaved"));
	g_subprocess_send_signal(p, SIGINT);
	g_assert_true(g_subprocess_wait(p, NULL, NULL));
	g_assert_true(g_subprocess_get_if_exited(p));
	g_assert_cmpint(g_subprocess_get_exit_status(p), !=, 0);
	check_clean();
}

static void test_wrong_words(void)
{
	static const char *const rows[][4] = {{"--minutes", "soon", "must be 0 to 1440"}, {"--configs", "/nowhere", "/nowhere"}, {"--seed",
		"-1", "--seed"},
		{"--seeds", "5-1", "--seeds is \"5-1\""}, {"--seeds", "1,x", "--seeds is \"1,x\""}, {"word", NULL, "no arguments"}};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *said = NULL;
		const char *arguments[] = {rows[i][0], rows[i][1], NULL};
		g_autoptr(GSubprocess) p = start(arguments);
		g_assert_true(g_subprocess_communicate_utf8(p, NULL, NULL, &said, NULL, NULL));
		g_assert_cmpint(g_subprocess_get_exit_status(p), !=, 0);
		g_assert_nonnull(strstr(said, rows[i][2]));
	}
}

static void test_seeds(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) seeds = demo_seeds_parse("3,7-9", &error);
	g_assert_no_error(error);
	g_assert_cmpuint(seeds->len, ==, 4);
	g_assert_cmpuint(g_array_index(seeds, uint64_t, 3), ==, 9);
	g_assert_null(demo_seeds_parse("1-1000", NULL));
	struct demo_seed two[2] = {0};
	for (uint32_t i = 0; i < 2; i++) {
		two[i].live.run = (struct report_run){i + 1, {.delay_s = 50, .vehicles = 9}, {.delay_s = i ? 35 : 40, .vehicles = 9}};
		two[i].live.vision = (struct report_vision){.flow_frac = 0.02, .queue_veh = 0.5, .speed_mps = 1};
		two[i].knowing = (struct score){.delay_s = i ? 35 : 32, .vehicles = 9};
	}
	GString *table = g_string_new(NULL);
	demo_seeds_table(table, two, 2);
	g_assert_nonnull(strstr(table->str, "1             50.0      40.0    -20.0 %        32.0     25.0 %      2.0 %     0.50     1.00\n"));
	g_assert_nonnull(strstr(table->str, "mean          50.0      37.5    -25.0 %        33.5     12.5 %      2.0 %     0.50     1.00\n"));
	g_assert_nonnull(strstr(table->str, "+-95 %         0.0      31.8"));
	g_string_free(table, TRUE);
}

static void remove_all(const char *path)
{
	g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
	const char *name;
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *inside = g_build_filename(path, name, NULL);
		remove_all(inside);
	}
	g_remove(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
	g_autofree char *absolute = g_canonicalize_filename(argv[1], NULL); /* meson gives it from its build folder */
	program = absolute;
	folder = g_dir_make_tmp("greenwave-test-XXXXXX", NULL);
	g_test_add_func("/demo/seeds", test_seeds);
	g_test_add_func("/demo/wrong-words", test_wrong_words);
	g_test_add_func("/demo/dying", test_dying);
	g_test_add_func("/demo/told-to-end", test_told_to_end);
	g_test_add_func("/demo/whole", test_whole);
	int failed = g_test_run();
	remove_all(folder);
	g_free(folder);
	return failed;
}
