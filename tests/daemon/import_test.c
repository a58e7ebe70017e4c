/* import_test.c - greenwave-sim import as people run it: our own crossing, and Jinan's benchmark where it is at hand.
 *
 *     import_test GREENWAVE_SIM ROADNET FLOW
 *
 * What was imported is driven by greenwave-sim, and by SUMO where that is installed: without an error, a warning or a teleport. A file
 * that is not there skips the test (77).
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/answer.h"

static const char *program, *roadnet, *flow;

static struct answer import(const char *roads, const char *flows, const char *prefix)
{
	char *argv[] = {(char *) program, "import", (char *) roads, (char *) flows, "--output", (char *) prefix, "--end", "600", NULL};
	return answer_of(NULL, argv);
}

static void drive_ours(const char *net, const char *demand)
{
	char *argv[] = {(char *) program, "run", "--network", (char *) net, "--routes", (char *) demand, "--end", "900", "--json", NULL};
	struct answer a = answer_of(NULL, argv);
	g_test_message("%s", a.err);
	g_assert_cmpint(a.code, ==, 0);
	json_auto_t *score = json_loads(a.out, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(score);
	g_assert_cmpint(json_integer_value(json_object_get(score, "arrived")), >, 20);
	g_assert_cmpint(json_integer_value(json_object_get(score, "red_passed")), ==, 0);
	g_assert_cmpint(json_integer_value(json_object_get(score, "overlaps")), ==, 0);
	answer_clear(&a);
}

/* SUMO says what it does not like on stderr, and teleports who stands too long. */
static void drive_sumo(const char *net, const char *demand)
{
	g_autofree char *sumo = g_find_program_in_path("sumo");
	if (!sumo) {
		g_test_message("SUMO is not installed: only driven by ours");
		return;
	}
	char *argv[] = {sumo, "-n", (char *) net, "-r", (char *) demand, "--no-step-log", "--duration-log.statistics", "--end", "900", "--xml-validation",
		"never", NULL};
	struct answer a = answer_of(NULL, argv);
	g_test_message("%s%s", a.out, a.err);
	g_assert_cmpint(a.code, ==, 0);
	g_assert_null(strstr(a.err, "Error"));
	g_assert_null(strstr(a.out, "Teleports"));
	for (char *at = strstr(a.err, "Warning: "); at; at = strstr(at + 1, "Warning: "))
		g_assert_true(g_str_has_prefix(at, "Warning: Environment variable SUMO_HOME"));
	const char *inserted = strstr(a.out, "Inserted: ");
	g_assert_nonnull(inserted);
	g_assert_cmpint(atoi(inserted + strlen("Inserted: ")), >, 20);
	answer_clear(&a);
}

static void test_drive(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-import-XXXXXX", NULL), *prefix = g_build_filename(folder, "city", NULL);
	g_autofree char *net = g_strconcat(prefix, ".net.xml", NULL), *demand = g_strconcat(prefix, ".rou.xml", NULL);
	struct answer a = import(roadnet, flow, prefix);
	g_test_message("%s%s", a.out, a.err);
	g_assert_cmpint(a.code, ==, 0);
	drive_ours(net, demand);
	drive_sumo(net, demand);
	answer_clear(&a);
	g_unlink(net);
	g_unlink(demand);
	g_rmdir(folder);
}

static void test_mistakes(void)
{
	const struct {
		char *argv[8];
		int code;
		const char *sentence;
	} mistakes[] = {
		{{NULL, "import", NULL}, 2, "greenwave-sim import: needs ROADNET.json and FLOW.json\n"},
		{{NULL, "import", "a.json", "b.json", NULL}, 2, "greenwave-sim import: needs --output PREFIX\n"},
		{{NULL, "import", "a.json", "b.json", "-o", "x", "--amber=1", NULL}, 2, "greenwave-sim import: --amber must be 0 or 2 to 10 s\n"},
		{{NULL, "import", "/nowhere/a.json", "b.json", "-o", "x", NULL}, 1, "greenwave-sim import: /nowhere/a.json: cannot be read: "},
		{{NULL, "import", (char *) roadnet, (char *) flow, "-o", "/nowhere/x", NULL}, 1, "greenwave-sim import: "},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
		char *argv[8];
		memcpy(argv, mistakes[i].argv, sizeof argv);
		argv[0] = (char *) program;
		struct answer a = answer_of(NULL, argv);
		g_assert_cmpint(a.code, ==, mistakes[i].code);
		g_assert_nonnull(strstr(a.err, mistakes[i].sentence));
		answer_clear(&a);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 4);
	program = argv[1];
	roadnet = argv[2];
	flow = argv[3];
	if (!g_file_test(roadnet, G_FILE_TEST_EXISTS) || !g_file_test(flow, G_FILE_TEST_EXISTS)) {
		g_print("skipped: there is no %s\n", roadnet);
		return 77;
	}
	g_test_add_func("/import/drive", test_drive);
	g_test_add_func("/import/mistakes", test_mistakes);
	return g_test_run();
}
