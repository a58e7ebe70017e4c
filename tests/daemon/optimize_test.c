/* optimize_test.c - greenwave-sim optimize as people run it: from routes and from counts to files that others read; each mistake one
 * sentence. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "core/netfile.h"
#include "core/plan_program.h"
#include "tests/answer.h"

static const char *program, *network;

static struct answer run(const char *format, ...) G_GNUC_PRINTF(1, 2);
static struct answer run(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *words = g_strdup_vprintf(format, args), *line = g_strdup_printf("%s optimize --network %s %s", program, network, words);
	va_end(args);
	return answer_of_line(NULL, line);
}

static const char routes[] = "<routes><flow id=\"a\" from=\"in\" to=\"out\" begin=\"0\" end=\"600\" probability=\"0.15\" departSpeed=\"max\"/>"
	"<flow id=\"b\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"600\" vehsPerHour=\"300\" departSpeed=\"max\"/></routes>";
static const char counts[] = "<data>\n<interval id=\"am\" begin=\"0\" end=\"600\">\n<edgeRelation from=\"in\" to=\"out\" count=\"90\"/>\n"
	"<edgeRelation from=\"nin\" to=\"sout\" count=\"50\"/>\n</interval>\n</data>\n";

static char *folder_with(const char *name, const char *text, char **path)
{
	char *folder = g_dir_make_tmp("greenwave-optimize-XXXXXX", NULL);
	*path = g_build_filename(folder, name, NULL);
	g_assert_true(g_file_set_contents(*path, text, -1, NULL));
	return folder;
}

static char *contents(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	char *text = NULL;
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_unlink(path);
	return text;
}

/* The programs that were written, read back: the plans that were printed, and safe ones. */
static void check_programs(const char *folder, const char *printed)
{
	g_autofree char *path = g_build_filename(folder, "plan.add.xml", NULL);
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(network, NULL, NULL);
	g_assert_true(netfile_add_programs(net, path, NULL, &error));
	for (uint32_t s = 0; s < net->n_signals; s++) {
		owned(junction) j = junction_new(net, s, NULL, NULL);
		owned(plan) p = plan_from_program(j, &net->signals[s].programs[0], &error);
		g_assert_no_error(error);
		g_assert_true(plan_check(p, j, &error));
		g_autofree char *line = plan_print(p, j);
		g_assert_nonnull(strstr(printed, line));
	}
}

/* Each signal's splits make its cycle. */
static void check_rows(const char *folder)
{
	g_autofree char *text = contents(folder, "plan.csv");
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	double sum_s = 0, cycle_s = 0;
	g_assert_true(g_str_has_prefix(lines[0], "signal,patternNumber,patternCycleTime,patternOffsetTime,"));
	for (char **line = lines + 1; *line && **line; line++) {
		g_auto(GStrv) cells = g_strsplit(*line, ",", -1);
		g_assert_cmpuint(g_strv_length(cells), ==, 13);
		g_assert_cmpstr(cells[1], ==, "7");
		cycle_s = g_ascii_strtod(cells[2], NULL);
		sum_s += g_ascii_strtod(cells[8], NULL);
		g_assert_cmpfloat(g_ascii_strtod(cells[8], NULL), ==, g_ascii_strtod(cells[10], NULL) + g_ascii_strtod(cells[11], NULL) + g_ascii_strtod(cells[12], NULL));
	}
	g_assert_cmpfloat(sum_s, ==, cycle_s); /* there is one signal */
}

static void test_routes(void)
{
	g_autofree char *path = NULL, *folder = folder_with("demand.rou.xml", routes, &path);
	struct answer once = run("--routes %s --tries 60 --seed 4 -o %s/plan.add.xml --csv %s/plan.csv --pattern 7 --svg %s/way.svg", path, folder, folder, folder);
	g_assert_cmpstr(once.err, ==, "");
	g_assert_cmpint(once.code, ==, 0);
	check_programs(folder, once.out);
	check_rows(folder);
	g_autofree char *first = contents(folder, "plan.add.xml"), *svg = contents(folder, "way.svg");
	g_assert_nonnull(strstr(svg, "</svg>"));
	struct answer again = run("--routes %s --tries 60 --seed 4 --threads 1 -o %s/plan.add.xml", path, folder);
	g_autofree char *second = contents(folder, "plan.add.xml");
	g_assert_cmpstr(first, ==, second);
	answer_clear(&once);
	answer_clear(&again);
	g_unlink(path);
	g_rmdir(folder);
}

static void test_counts(void)
{
	g_autofree char *path = NULL, *folder = folder_with("turns.xml", counts, &path);
	struct answer a = run("--turns %s --tries 40 -o %s/plan.add.xml", path, folder);
	g_assert_cmpstr(a.err, ==, "");
	g_assert_cmpint(a.code, ==, 0);
	check_programs(folder, a.out);
	g_autofree char *plan = contents(folder, "plan.add.xml");
	g_assert_nonnull(strstr(plan, "<tlLogic"));
	answer_clear(&a);
	g_unlink(path);
	g_rmdir(folder);
}

/* Two plans, what lies between them, and the time table that brings them in force. */
static void test_day(void)
{
	g_autofree char *path = NULL, *folder = folder_with("demand.rou.xml", routes, &path);
	struct answer a = run("--routes %s --tries 40 --every 300 --begin 0 --end 600 -o %s/plan.add.xml --csv %s/plan.csv", path, folder, folder);
	g_assert_cmpstr(a.err, ==, "");
	g_assert_cmpint(a.code, ==, 0);
	g_autofree char *plans = contents(folder, "plan.add.xml"), *rows = contents(folder, "plan.csv");
	static const char *const holds[] = {"programID=\"optimized-1\"", "programID=\"optimized-1-2\"", "programID=\"optimized-2\"", "startProg=\"optimized-1\"",
		"to=\"optimized-1-2\"/>", "to=\"optimized-2\"/>", "<wautJunction "};
	for (size_t k = 0; k < G_N_ELEMENTS(holds); k++)
		g_assert_nonnull(strstr(plans, holds[k]));
	g_assert_nonnull(strstr(rows, ",1,"));
	g_assert_nonnull(strstr(rows, ",2,"));
	answer_clear(&a);
	g_unlink(path);
	g_rmdir(folder);
}

G_GNUC_PRINTF(1, 0) static void refused(const char *options, const char *text, const char *says)
{
	g_autofree char *path = NULL, *folder = folder_with("input.xml", text, &path);
	struct answer a = run(options, path);
	g_assert_cmpint(a.code, !=, 0);
	if (!strstr(a.err, says))
		g_error("says: %s, not: %s", a.err, says);
	g_assert_null(strchr(a.err, '\n')[1] ? a.err : NULL); /* one sentence */
	answer_clear(&a);
	g_unlink(path);
	g_rmdir(folder);
}

static void test_mistakes(void)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	refused("--turns %s --tries 8", "<data>\n<interval begin=\"0\" end=\"60\">\n<edgeRelation from=\"in\" to=\"out\" count=\"-3\"/></interval></data>",
		"input.xml:3: edgeRelation: count is -3 veh, must be at least 0 and at most 1e+06");
	refused("--turns %s --tries 8", "<data>\n<interval begin=\"60\" end=\"60\"/></data>", "input.xml:2: interval: ends at 60 s, must be after its begin at 60 s");
	refused("--turns %s --tries 8", "<data>\n<edge id=\"in\" entered=\"4\"/></data>", "input.xml:2: edge in: is not in an <interval>");
	refused("--turns %s --tries 8", "<data><interval begin=\"0\" end=\"60\"></interval></data>", "no count is of a turn over a signal of the network");
	refused("--turns %s --tries 8", "<routes/>", "must be <data>, <meandata> or <edgeRelations>");
	refused("--turns %s --tries 8 --min-cycle 5", counts, "cycles of 5..120 s are asked for, must lie within 20..300 s");
	refused("--turns %s --tries 8 --busier 3", counts, "busy days have 3 times the demand, must be in 1..2");
	refused("--turns %s --budget 0", counts, "--budget must be above 0 s");
	refused("--turns %s --every 300", counts, "--every needs routes and a time: --begin and --end");
	refused("--turns %s --transition jump", counts, "--transition must be dwell, shortway or add-only");
	refused("--turns %s --pattern 300", counts, "--pattern must be 1 to 253");
	refused("--seed 1 --csv %s.not/there.csv --tries 8", counts, "needs --routes FILE or --turns FILE");
#pragma GCC diagnostic pop
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 3);
	program = argv[1];
	network = argv[2];
	g_test_add_func("/optimize/routes", test_routes);
	g_test_add_func("/optimize/counts", test_counts);
	g_test_add_func("/optimize/day", test_day);
	g_test_add_func("/optimize/mistakes", test_mistakes);
	return g_test_run();
}
