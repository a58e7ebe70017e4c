/* outputs_test.c - what greenwave-sim run leaves behind: SUMO's files as SUMO writes them, JSON, CSV, pages; and nothing at all when it
 * fails. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/progress.h"
#include "daemon/seedlist.h"
#include "tests/answer.h"

#define SUMO_XSD "/usr/share/sumo/data/xsd"

static const char *program, *here;
static char *net, *five;

static struct answer run(const char *format, ...) G_GNUC_PRINTF(1, 2);

static struct answer run(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *line = g_strdup_vprintf(format, args);
	va_end(args);
	return answer_of_line(NULL, line);
}

static void succeeds(struct answer a)
{
	if (a.code)
		g_error("ended with %d: %s", a.code, a.err);
	answer_clear(&a);
}

static char *text_of(const char *path)
{
	char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	return text;
}

static void clear_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	for (const char *name; (name = g_dir_read_name(dir));) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
}

/* name="value" pairs of a line, in their order: name, value, name, value ... */
static char **attributes_of(const char *line)
{
	GPtrArray *list = g_ptr_array_new();
	g_autoptr(GRegex) regex = g_regex_new(" ([A-Za-z]+)=\"([^\"]*)\"", 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	for (g_regex_match(regex, line, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
		g_ptr_array_add(list, g_match_info_fetch(match, 1));
		g_ptr_array_add(list, g_match_info_fetch(match, 2));
	}
	g_ptr_array_add(list, NULL);
	return (char **) (void *) g_ptr_array_free(list, FALSE);
}

/* The line of ours that begins like theirs up to and with the first attribute; g_free it. */
static char *line_like(const char *text, const char *line)
{
	const char *end = strchr(strchr(line, '"') + 1, '"');
	g_autofree char *head = g_strndup(line, (gsize) (end - line) + 1);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **like = lines; *like; like++) {
		char *found = strstr(*like, head);
		if (found)
			return g_strdup(found);
	}
	g_error("there is no line %s", head);
}

static void same_line(const char *theirs, const char *ours)
{
	g_auto(GStrv) a = attributes_of(theirs), b = attributes_of(ours);
	guint k = 0;
	for (guint i = 0; a[i]; i += 2, k += 2) {
		while (b[k] && (!strcmp(b[k], "loaded") || !strcmp(b[k], "duration")) && strcmp(b[k], a[i]))
			k += 2; /* left out of the recorded summary */
		g_assert_cmpstr(b[k], ==, a[i]);
		char *end;
		double value = g_ascii_strtod(a[i + 1], &end);
		if (*a[i + 1] && !*end && strcmp(a[i], "id"))
			g_assert_cmpfloat_with_epsilon(g_ascii_strtod(b[k + 1], NULL), value, 0.0101);
		else
			g_assert_cmpstr(b[k + 1], ==, a[i + 1]);
	}
}

static void same_as_sumo(const char *recorded, const char *element, const char *path)
{
	g_autofree char *file = g_build_filename(here, "outputs", recorded, NULL), *theirs = text_of(file), *ours = text_of(path);
	g_auto(GStrv) lines = g_strsplit(theirs, "\n", -1);
	guint n = 0;
	for (char **line = lines; *line; line++) {
		if (!strstr(*line, element))
			continue;
		g_autofree char *like = line_like(ours, *line);
		same_line(*line, like);
		n++;
	}
	g_assert_cmpuint(n, >=, 5);
}

/* Five drivers who do not dawdle: what SUMO 1.15 wrote of them, attribute by attribute, in the same order. */
static void test_sumo(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL);
	succeeds(run(
		"%s run -n %s -r %s --begin 0 --end 200 --tripinfo %s/t.xml --unfinished --summary %s/s.xml", program, net, five, folder, folder));
	g_autofree char *trips = g_build_filename(folder, "t.xml", NULL), *steps = g_build_filename(folder, "s.xml", NULL);
	same_as_sumo("five.tripinfo.xml", "<tripinfo ", trips);
	same_as_sumo("five.summary.xml", "<step ", steps);
	g_autofree char *text = text_of(steps);
	g_auto(GStrv) rows = g_strsplit(text, "<step ", -1);
	g_assert_cmpuint(g_strv_length(rows) - 1, ==, 200);
	/* Without --unfinished the one that is still on the road is not there. */
	succeeds(run("%s run -n %s -r %s --begin 0 --end 200 --tripinfo %s/t.xml", program, net, five, folder));
	g_autofree char *four = text_of(trips);
	g_assert_null(strstr(four, "\"inside\""));
	g_assert_nonnull(strstr(four, "\"late\""));
	clear_folder(folder);
}

/* By SUMO's own schemas and by one of its tools, where they are on this machine. */
static void test_schemas(void)
{
	g_autofree char *lint = g_find_program_in_path("xmllint"), *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL);
	if (!lint || !g_file_test(SUMO_XSD "/tripinfo_file.xsd", G_FILE_TEST_EXISTS)) {
		g_test_skip("xmllint or SUMO's schemas are not installed");
		g_rmdir(folder);
		return;
	}
	succeeds(run("%s run -n %s -r %s --end 200 --tripinfo %s/t.xml --unfinished --summary %s/s.xml", program, net, five, folder, folder));
	succeeds(run("%s --noout --schema %s/tripinfo_file.xsd %s/t.xml", lint, SUMO_XSD, folder));
	/* 1.15's schema of the summary names a type that its baseTypes.xsd calls otherwise: read it as it is meant. */
	g_autofree char *schema = text_of(SUMO_XSD "/summary_file.xsd"), *copy = g_build_filename(folder, "summary.xsd", NULL);
	g_autoptr(GString) meant = g_string_new(schema);
	g_string_replace(meant, "\"nonNegativeFloat\"", "\"nonNegativeFloatType\"", 0);
	g_string_replace(meant, "schemaLocation=\"", "schemaLocation=\"file://" SUMO_XSD "/", 0);
	g_assert_true(g_file_set_contents(copy, meant->str, -1, NULL));
	succeeds(run("%s --noout --schema %s %s/s.xml", lint, copy, folder));
	if (g_file_test("/usr/share/sumo/tools/output/attributeStats.py", G_FILE_TEST_EXISTS)) {
		struct answer a =
			run("env SUMO_HOME=/usr/share/sumo python3 /usr/share/sumo/tools/output/attributeStats.py %s/t.xml -e tripinfo -a duration",
				folder);
		if (!strstr(a.out, "count 5"))
			g_error("SUMO's attributeStats.py does not find the five trips: %s%s", a.out, a.err);
		answer_clear(&a);
	}
	clear_folder(folder);
}

/* Trips that ended in the warm-up are left out; how one entered in it is still known. */
static void test_warmup(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL), *trips = g_build_filename(folder, "t.xml", NULL);
	succeeds(run("%s run -n %s -r %s --begin 0 --warmup 114 --tripinfo %s", program, net, five, trips));
	g_autofree char *text = text_of(trips);
	g_assert_null(strstr(text, "\"through\"")); /* arrived at 68 s */
	g_assert_nonnull(strstr(text, "<tripinfo id=\"held\" depart=\"50.00\" departLane=\"nin_0\" departPos=\"5.10\""));
	g_assert_nonnull(strstr(text, "\"inside\""));
	clear_folder(folder);
}

/* SUMO 1.15 with HBEFA3/PC_G_EU4 on the same five trips to their ends: 1.0236 kg of CO2 in all. Another model and another car: 30 %. */
static void test_carbon(void)
{
	struct answer a = run("%s run -n %s -r %s --begin 0 --json", program, net, five);
	json_auto_t *root = json_loads(a.out, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(root);
	g_assert_cmpfloat_with_epsilon(json_number_value(json_object_get(root, "co2_kg")), 1.0236, 0.3 * 1.0236);
	answer_clear(&a);
}

struct read { /* the attributes id that a parser found */
	GString *ids;
};

static void on_start(
	GMarkupParseContext *context, const char *element, const char **names, const char **values, gpointer data, GError **error)
{
	struct read *r = data;
	(void) context;
	(void) error;
	for (guint k = 0; !strcmp(element, "tripinfo") && names[k]; k++)
		if (!strcmp(names[k], "id"))
			g_string_append_printf(r->ids, "[%s]", values[k]);
}

static void parse(const char *text, struct read *r)
{
	static const GMarkupParser parser = {.start_element = on_start};
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, r, NULL);
	g_autoptr(GError) error = NULL;
	g_markup_parse_context_parse(context, text, -1, &error);
	g_assert_no_error(error);
	g_markup_parse_context_end_parse(context, &error);
	g_assert_no_error(error);
}

static void test_escapes(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL), *demand = g_build_filename(folder, "d.rou.xml", NULL);
	g_assert_true(g_file_set_contents(
		demand, "<routes><trip id=\"a&amp;b &lt;c&gt; &quot;d&quot; 'é'\" depart=\"0\" from=\"in\" to=\"out\"/></routes>", -1, NULL));
	succeeds(run("%s run -n %s -r %s --tripinfo %s/t.xml.gz --html %s/p.html", program, net, demand, folder, folder));
	struct answer a = run("gzip -dc %s/t.xml.gz", folder);
	struct read r = {g_string_new(NULL)};
	parse(a.out, &r);
	g_assert_cmpstr(r.ids->str, ==, "[a&b <c> \"d\" 'é']");
	g_string_free(r.ids, TRUE);
	answer_clear(&a);
	clear_folder(folder);
}

static json_t *json_of(struct answer a)
{
	json_error_t why;
	json_t *root = json_loads(a.out, JSON_REJECT_DUPLICATES, &why);
	if (a.code || !root)
		g_error("no JSON (%s), code %d: %s", root ? "" : why.text, a.code, a.err);
	answer_clear(&a);
	return root;
}

static double number(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);
	g_assert_true(json_is_number(value));
	return json_number_value(value);
}

static char *busy_demand(const char *folder)
{
	char *path = g_build_filename(folder, "busy.rou.xml", NULL);
	g_assert_true(g_file_set_contents(path, "<routes><flow id=\"a\" from=\"in\" to=\"out\" begin=\"0\" end=\"600\" probability=\"0.2\"/>"
		"<flow id=\"b\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"600\" vehsPerHour=\"400\"/></routes>", -1, NULL));
	return path;
}

/* The mean over seeds is that of the seeds by themselves, on any number of threads, with its interval beside it. */
static void test_seeds(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL), *demand = busy_demand(folder);
	json_auto_t *all = json_of(run("%s run -n %s -r %s --seeds 3-5 --json --threads 2", program, net, demand));
	json_auto_t *listed = json_of(run("%s run -n %s -r %s --seeds 3,4,5 --json - --threads 1", program, net, demand));
	g_assert_true(json_equal(all, listed));
	double delay_s[3], sum = 0, squares = 0;
	for (int k = 0; k < 3; k++) {
		json_auto_t *one = json_of(run("%s run -n %s -r %s --seed %d --json", program, net, demand, 3 + k));
		delay_s[k] = number(one, "delay_s");
		sum += delay_s[k];
		g_assert_null(json_object_get(one, "half_width"));
	}
	for (int k = 0; k < 3; k++)
		squares += (delay_s[k] - sum / 3) * (delay_s[k] - sum / 3);
	g_assert_cmpfloat_with_epsilon(number(all, "delay_s"), sum / 3, 1e-9);
	g_assert_cmpfloat_with_epsilon(
		number(json_object_get(all, "half_width"), "delay_s"), 4.302653 * sqrt(squares / 2 / 3), 1e-4); /* t(0.975, 2) */
	g_assert_cmpuint(json_array_size(json_object_get(all, "seeds")), ==, 3);
	const json_t *movements = json_object_get(all, "movements");
	g_assert_cmpuint(json_array_size(movements), ==, 2);
	for (size_t k = 0; k < 2; k++) {
		const json_t *m = json_array_get(movements, k);
		g_assert_cmpfloat(number(m, "vehicles"), >, 40);
		g_assert_cmpfloat(number(m, "delay_s"), >, number(m, "outside_s"));
		g_assert_true(json_is_string(json_object_get(m, "los")));
	}
	g_assert_cmpfloat_with_epsilon(number(json_array_get(json_object_get(all, "signals"), 0), "cycle_s"), 90,
		0.5); /* the first begins a second late, out of all red */
	clear_folder(folder);
}

/* As many fields in each row, and what the JSON says. */
static void test_csv(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL), *demand = busy_demand(folder);
	g_autofree char *csv = g_build_filename(folder, "m.csv", NULL), *json = g_build_filename(folder, "m.json", NULL);
	succeeds(run("%s run -n %s -r %s --csv %s --json %s", program, net, demand, csv, json));
	g_autofree char *text = text_of(csv);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	json_auto_t *root = json_load_file(json, 0, NULL);
	g_assert_cmpuint(g_strv_length(lines), ==, 4); /* head, two movements, what follows the last newline */
	g_auto(GStrv) head = g_strsplit(lines[0], ",", -1);
	for (guint k = 1; k < 3; k++) {
		g_auto(GStrv) row = g_strsplit(lines[k], ",", -1);
		g_assert_cmpuint(g_strv_length(row), ==, g_strv_length(head));
		const json_t *m = json_array_get(json_object_get(root, "movements"), k - 1);
		for (guint i = 0; head[i]; i++)
			if (!strcmp(head[i], "delay_s"))
				g_assert_cmpfloat_with_epsilon(g_ascii_strtod(row[i], NULL), number(m, "delay_s"), 0.0051);
	}
	clear_folder(folder);
}

static void test_pages(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL), *demand = busy_demand(folder);
	g_autofree char *page = g_build_filename(folder, "p.html", NULL);
	static const char *const sections[] = {
		"What came of it", "Where time is lost", "Delay over time", "time and space", "Level of service", "Queues", "Cycles and splits"};
	struct read r = {g_string_new(NULL)};
	succeeds(run("%s run -n %s -r %s --html %s --path in,out", program, net, demand, page));
	g_autofree char *one = text_of(page);
	parse(one, &r);
	for (size_t k = 0; k < G_N_ELEMENTS(sections); k++)
		if (!strstr(one, sections[k]))
			g_error("the page has no section \"%s\"", sections[k]);
	g_assert_null(strstr(one, "nan"));
	g_assert_null(strstr(one, "What it gained"));
	succeeds(run("%s compare -n %s -r %s --seeds 2 --methods fixed,fixed --report %s", program, net, demand, page));
	g_autofree char *two = text_of(page);
	parse(two, &r);
	g_assert_nonnull(strstr(two, "What it gained"));
	g_assert_nonnull(strstr(two, "Before and after"));
	g_assert_null(strstr(two, "nan"));
	g_string_free(r.ids, TRUE);
	clear_folder(folder);
}

/* One sentence, an exit code, and no file. */
static void test_mistakes(void)
{
	static const struct {
		const char *options, *says;
	} rows[] = {
		{"--tripinfo /dev/full", "/dev/full: cannot be written: No space left on device"},
		{"--summary /dev/full", "/dev/full: cannot be written: No space left on device"},
		{"--json=/dev/full", "/dev/full: cannot be written: No space left on device"},
		{"--html /nowhere/p.html", "/nowhere/p.html: cannot be written: No such file or directory"},
		{"--csv FOLDER", ": cannot be written: Is a directory"},
		{"--tripinfo FOLDER/t.xml --summary /nowhere/s.xml", "/nowhere/s.xml: cannot be written"},
		{"--tripinfo FOLDER/t.xml --seeds 1-2", "--tripinfo, --summary and --events are of one run"},
		{"--unfinished", "--unfinished says what is in the --tripinfo, which is not asked for"},
		{"--path in,out", "--path is that of the page's time-space diagram: it needs --html FILE"},
		{"--html FOLDER/p.html --path in,sout", "--path: no car can go from edge in to edge sout"},
		{"--html FOLDER/p.html --path in,nowhere", "--path names edge \"nowhere\", which is no street of the network"},
		{"--seeds 0", "--seeds is 0, must be in 1..1000"},
		{"--seeds 5-2", "--seeds is \"5-2\", must be like 1-10 or 3,5,9"},
		{"--seeds 1,1", "each seed once"},
	};
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL);
	for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
		g_autoptr(GString) options = g_string_new(rows[k].options);
		g_string_replace(options, "FOLDER", folder, 0);
		struct answer a = run("%s run -n %s -r %s %s", program, net, five, options->str);
		g_auto(GStrv) lines = g_strsplit(a.err, "\n", -1);
		if (!a.code || !strstr(a.err, rows[k].says) || g_strv_length(lines) != 2)
			g_error("'%s' should say '%s' and fail, ended with %d and says '%s'", options->str, rows[k].says, a.code, a.err);
		g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
		const char *left = g_dir_read_name(dir);
		if (left)
			g_error("'%s' left %s behind", options->str, left);
		answer_clear(&a);
	}
	g_rmdir(folder);
}

/* Interrupted in the middle: code 130, and no file, whole or half. What stood there before still does. */
static void test_interrupt(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-out-XXXXXX", NULL), *old = g_build_filename(folder, "t.xml", NULL);
	g_autofree char *line = g_strdup_printf("%s run -n %s -r %s --end 1e9 --tripinfo %s", program, net, five, old);
	g_auto(GStrv) argv = NULL;
	g_autoptr(GError) error = NULL;
	GPid child;
	int status;
	g_assert_true(g_file_set_contents(old, "before", -1, NULL));
	g_assert_true(g_shell_parse_argv(line, NULL, &argv, &error));
	g_assert_true(g_spawn_async(
		NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &child, &error));
	for (guint names = 0; names < 2;) { /* until the file beside it is there, so that it is under way */
		g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
		names = 0;
		while (g_dir_read_name(dir))
			names++;
		g_usleep(1000);
	}
	kill(child, SIGINT);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status));
	g_assert_cmpint(WEXITSTATUS(status), ==, 130);
	g_autofree char *text = text_of(old);
	g_assert_cmpstr(text, ==, "before");
	g_unlink(old);
	g_assert_cmpint(g_rmdir(folder), ==, 0); /* it is empty */
}

static void test_progress(void)
{
	static const struct {
		double share, left_s;
		int columns;
		const char *line;
	} rows[] = {
		{0.5, 75, 40, "[#####....]  50 %  t = 60 s  1:15 to go"},
		{0, INFINITY, 32, "[.............]   0 %  t = 60 s"},
		{1.2, 7325, 80, "[########################################] 100 %  t = 60 s  2:02:05 to go"},
		{0.25, 3, 16, " 25 %  t = 60 s"},
		{0.25, 3, 6, " 25 %"},
		{0.25, 3, 0, ""},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
		g_autofree char *line = progress_line(rows[k].share, "t = 60 s", rows[k].left_s, rows[k].columns);
		g_assert_cmpint(g_utf8_strlen(line, -1), <=, MAX(rows[k].columns - 1, 0));
		g_assert_cmpstr(line, ==, rows[k].line);
	}
}

static void test_seedlist(void)
{
	uint32_t n;
	g_autofree uint64_t *one = seedlist_parse(NULL, 42, &n, NULL);
	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpuint(one[0], ==, 42);
	g_autofree uint64_t *three = seedlist_parse("3", 7, &n, NULL);
	g_assert_cmpuint(n, ==, 3);
	g_assert_cmpuint(three[2], ==, 9);
	g_autofree uint64_t *mixed = seedlist_parse("1-3,9", 7, &n, NULL);
	g_assert_cmpuint(n, ==, 4);
	g_assert_cmpuint(mixed[3], ==, 9);
	static const char *const wrong[] = {"", "0", "1001", "-1", "1-", "3-1", "1,,2", "1,1", "0-1000", "x", "1-2-3"};
	for (size_t k = 0; k < G_N_ELEMENTS(wrong); k++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(seedlist_parse(wrong[k], 1, &n, &error));
		g_assert_nonnull(error);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 3)
		g_error("usage: outputs_test GREENWAVE_SIM FOLDER_OF_THE_TESTS");
	program = argv[1];
	here = argv[2];
	net = g_build_filename(here, "nets", "lane_lights.net.xml", NULL);
	five = g_build_filename(here, "outputs", "five.rou.xml", NULL);
	g_test_add_func("/outputs/sumo", test_sumo);
	g_test_add_func("/outputs/schemas", test_schemas);
	g_test_add_func("/outputs/warmup", test_warmup);
	g_test_add_func("/outputs/carbon", test_carbon);
	g_test_add_func("/outputs/escapes", test_escapes);
	g_test_add_func("/outputs/seeds", test_seeds);
	g_test_add_func("/outputs/csv", test_csv);
	g_test_add_func("/outputs/pages", test_pages);
	g_test_add_func("/outputs/mistakes", test_mistakes);
	g_test_add_func("/outputs/interrupt", test_interrupt);
	g_test_add_func("/outputs/progress", test_progress);
	g_test_add_func("/outputs/seedlist", test_seedlist);
	int code = g_test_run();
	g_free(net);
	g_free(five);
	return code;
}
