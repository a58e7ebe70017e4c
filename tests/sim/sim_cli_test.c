/* sim_cli_test.c - greenwave-sim as people run it: the score, twice the same; each mistake one sentence and an exit code. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

#include "tests/answer.h"

static const char *program, *nets;

static struct answer run(const char *arguments)
{
	g_autofree char *line = g_strdup_printf("%s %s", program, arguments);
	return answer_of_line(NULL, line);
}

static char *write_demand(const char *folder)
{
	char *path = g_build_filename(folder, "demand.rou.xml", NULL);
	g_assert_true(g_file_set_contents(path, "<routes><flow id=\"a\" from=\"in\" to=\"out\" begin=\"0\" end=\"600\" probability=\"0.15\" departSpeed=\"max\"/>"
		"<flow id=\"b\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"600\" vehsPerHour=\"300\" departSpeed=\"max\"/></routes>", -1, NULL));
	return path;
}

static void test_run(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-sim-XXXXXX", NULL), *demand = write_demand(folder);
	g_autofree char *arguments = g_strdup_printf("run --network %s/lane_lights.net.xml --routes %s --json --seed 3", nets, demand);
	struct answer once = run(arguments), again = run(arguments);
	g_assert_cmpstr(once.err, ==, "");
	g_assert_cmpint(once.code, ==, 0);
	g_assert_cmpstr(once.out, ==, again.out);
	json_auto_t *score = json_loads(once.out, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(score);
	g_assert_cmpint(json_integer_value(json_object_get(score, "vehicles")), >, 100);
	g_assert_cmpint(json_integer_value(json_object_get(score, "arrived")), ==, json_integer_value(json_object_get(score, "vehicles")));
	g_assert_cmpint(json_integer_value(json_object_get(score, "red_passed")), ==, 0);
	g_assert_cmpfloat(json_real_value(json_object_get(score, "delay_s")), >, 5);
	g_assert_cmpfloat(json_real_value(json_object_get(score, "delay_s")), <, 100);
	answer_clear(&once);
	answer_clear(&again);
	g_unlink(demand);
	g_rmdir(folder);
}

static void put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* A scenario as SUMO has them: one configuration that names all other files, from another folder than ours. */
static void test_scenario(void)
{
	static const char *const files[] = {"x.sumocfg", "a.rou.xml", "b.rou.xml", "d.add.xml", "loops.xml"};
	g_autofree char *folder = g_dir_make_tmp("greenwave-sim-XXXXXX", NULL), *full = g_canonicalize_filename(nets, NULL);
	g_autofree char *config = g_strdup_printf("<configuration><input><net-file value=\"%s/lane_lights.net.xml\"/><route-files value=\"a.rou.xml,b.rou.xml\"/>"
		"<additional-files value=\"d.add.xml\"/></input><time><begin value=\"0\"/><end value=\"300\"/></time>"
		"<processing><time-to-teleport value=\"-1\"/></processing></configuration>", full);
	put(folder, files[0], config);
	put(folder, files[1], "<routes>\n<person id=\"p\" depart=\"0\"/>\n<person id=\"q\" depart=\"0\"/>\n"
		"<flow id=\"a\" type=\"van\" from=\"in\" to=\"out\" begin=\"0\" end=\"200\" period=\"10\"/></routes>");
	put(folder, files[2], "<routes><flow id=\"b\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"200\" period=\"20\"/></routes>");
	put(folder, files[3], "<additional><vType id=\"van\" length=\"7\"/><e1Detector id=\"loop\" lane=\"out_0\" pos=\"20\" period=\"300\" file=\"loops.xml\"/></additional>");
	g_autofree char *arguments = g_strdup_printf("run %s/x.sumocfg --json", folder);
	struct answer a = run(arguments);
	g_assert_cmpint(a.code, ==, 0);
	g_assert_nonnull(strstr(a.err, "x.sumocfg:1: time-to-teleport: this option of SUMO is passed over\n"));
	g_assert_nonnull(strstr(a.err, "a.rou.xml:2: person: not simulated, passed over (2 of them)\n"));
	json_auto_t *score = json_loads(a.out, JSON_REJECT_DUPLICATES, NULL);
	g_assert_cmpint(json_integer_value(json_object_get(score, "vehicles")), ==, 30);
	g_assert_cmpfloat(json_real_value(json_object_get(score, "end_s")), ==, 300);
	g_autofree char *loops = g_build_filename(folder, "loops.xml", NULL), *text = NULL;
	g_assert_true(g_file_get_contents(loops, &text, NULL, NULL));
	g_assert_nonnull(strstr(text, "<interval begin=\"0.00\" end=\"300.00\" id=\"loop\" nVehContrib=\"20\" flow=\"240.00\""));
	g_assert_nonnull(strstr(text, " length=\"7.00\" nVehEntered=\"20\"/>"));
	answer_clear(&a);
	for (size_t k = 0; k < G_N_ELEMENTS(files); k++) {
		g_autofree char *path = g_build_filename(folder, files[k], NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
}

/* A method against itself: no difference at all, because the pairs are pairs. */
static void test_compare(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-sim-XXXXXX", NULL), *demand = write_demand(folder);
	g_autofree char *arguments = g_strdup_printf("compare --network %s/lane_lights.net.xml --routes %s --json --seeds 3 --method fixed --method fixed", nets, demand);
	struct answer a = run(arguments);
	g_assert_cmpint(a.code, ==, 0);
	json_auto_t *root = json_loads(a.out, JSON_REJECT_DUPLICATES, NULL);
	json_t *second = json_array_get(json_object_get(root, "variants"), 1);
	g_assert_cmpuint(json_array_size(json_object_get(second, "delay_s_by_seed")), ==, 3);
	g_assert_cmpfloat(json_real_value(json_object_get(second, "difference_s")), ==, 0);
	g_assert_cmpfloat(json_real_value(json_object_get(second, "difference_half_width_s")), ==, 0);
	answer_clear(&a);
	g_unlink(demand);
	g_rmdir(folder);
}

#define LONG_PLAN "<phase duration=\"90\" state=\"Gr\"/><phase duration=\"3\" state=\"yr\"/><phase duration=\"90\" state=\"rG\"/><phase duration=\"3\" state=\"ry\"/>"

/* Plans and methods side by side, each under its label; a plan is a file of programs. */
static void test_compare_mix(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-sim-XXXXXX", NULL), *demand = write_demand(folder);
	g_autofree char *plan = g_build_filename(folder, "long.add.xml", NULL);
	g_assert_true(g_file_set_contents(plan, "<additional><tlLogic id=\"C\" type=\"static\" programID=\"long\" offset=\"0\">" LONG_PLAN
		"</tlLogic></additional>", -1, NULL));
	g_autofree char *arguments = g_strdup_printf("compare --network %s/lane_lights.net.xml --routes %s --json --seeds 2 --end 600 --plans long=%s "
		"--methods fixed,gaps=actuated,maxpressure,webster,adaptive@%s --threads 2", nets, demand, plan, plan);
	struct answer a = run(arguments), again = run(arguments);
	g_assert_cmpstr(a.err, ==, "");
	g_assert_cmpint(a.code, ==, 0);
	g_assert_cmpstr(a.out, ==, again.out);
	json_auto_t *root = json_loads(a.out, JSON_REJECT_DUPLICATES, NULL);
	const json_t *variants = json_object_get(root, "variants");
	g_assert_cmpuint(json_array_size(variants), ==, 6);
	static const char *const names[] = {"long", "fixed", "gaps", "maxpressure", "webster", NULL};
	for (size_t k = 0; names[k]; k++)
		g_assert_cmpstr(json_string_value(json_object_get(json_array_get(variants, k), "name")), ==, names[k]);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(variants, 5), "method")), ==, "adaptive");
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(variants, 5), "additional")), ==, plan);
	double lone = json_real_value(json_object_get(json_array_get(variants, 0), "delay_s")), fixed = json_real_value(json_object_get(json_array_get(variants, 1), "delay_s"));
	g_assert_cmpfloat(lone, >, fixed + 5); /* two minutes of cycle for that little traffic */
	answer_clear(&a);
	answer_clear(&again);
	g_unlink(plan);
	g_unlink(demand);
	g_rmdir(folder);
}

/* A longer cycle is more delay here, more demand too; one thread or two say the same. */
static void test_sweep(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-sim-XXXXXX", NULL), *demand = write_demand(folder), *page = g_build_filename(folder, "s.html", NULL);
	static const char *const sweeps[] = {"--cycle 60:180:60 --html %s", "--scale 0.4,1,2.2 --html %s"};
	for (size_t k = 0; k < G_N_ELEMENTS(sweeps); k++) {
		g_autoptr(GString) how = g_string_new(sweeps[k]);
		g_string_replace(how, "%s", page, 1);
		g_autofree char *arguments = g_strdup_printf("sweep --network %s/lane_lights.net.xml --routes %s --json --seeds 2 --end 600 %s", nets, demand, how->str);
		g_autofree char *one = g_strconcat(arguments, " --threads 1", NULL), *two = g_strconcat(arguments, " --threads 2", NULL);
		struct answer a = run(one), b = run(two);
		g_assert_cmpstr(a.err, ==, "");
		g_assert_cmpint(a.code, ==, 0);
		g_assert_cmpstr(a.out, ==, b.out);
		json_auto_t *root = json_loads(a.out, JSON_REJECT_DUPLICATES, NULL);
		const json_t *points = json_object_get(json_array_get(json_object_get(root, "variants"), 0), "points");
		g_assert_cmpuint(json_array_size(points), ==, 3);
		for (size_t i = 1; i < 3; i++)
			g_assert_cmpfloat(json_real_value(json_object_get(json_array_get(points, i), "delay_s")), >,
				json_real_value(json_object_get(json_array_get(points, i - 1), "delay_s")));
		g_assert_true(json_is_real(json_object_get(json_array_get(points, 2), "delay_s_half_width")));
		g_assert_cmpint(g_unlink(page), ==, 0);
		answer_clear(&a);
		answer_clear(&b);
	}
	g_unlink(demand);
	g_rmdir(folder);
}

static void test_mistakes(void)
{
	g_autofree char *folder = g_dir_make_tmp("greenwave-sim-XXXXXX", NULL), *demand = write_demand(folder);
	const struct {
		const char *arguments, *says;
	} mistakes[] = {
		{"fly", "there is no command \"fly\""},
		{"run", "greenwave-sim run: needs --network FILE\n"},
		{"run --network %s/lane_lights.net.xml", "greenwave-sim run: needs --routes FILE\n"},
		{"run --network %s/none.net.xml --routes %s", "none.net.xml: cannot be read"},
		{"run --network %s/lane_lights.net.xml --routes %s.none", "demand.rou.xml.none: "},
		{"run --network %s/lane_lights.net.xml --routes %s --step 3", "the step is 3 s, must be above 0 and at most 1 s"},
		{"run --network %s/lane_lights.net.xml --routes %s --begin 10 --end 5", "--end must be after --begin"},
		{"run --network %s/lane_lights.net.xml --routes %s --method luck", "there is no method \"luck\""},
		{"run --network %s/lane_lights.net.xml --routes %s --method adaptive --view 0", "the view is 0 m, must be above 0"},
		{"run --network %s/lane_lights.net.xml --routes %s loose", "takes options, or one SUMO configuration"},
		{"run --network %s/lane_lights.net.xml --routes %s --scale 0.5,1", "several are for sweep"},
		{"run --network %s/lane_lights.net.xml --routes %s --scale much", "--scale is 'much', must be a number"},
		{"run --network %s/lane_lights.net.xml --routes %s --program X=1", "--program is 'X=1', must be SIGNAL=ID with a signal of the network"},
		{"compare --network %s/lane_lights.net.xml --routes %s --methods =fixed", "'=fixed' is no variant"},
		{"compare --network %s/lane_lights.net.xml --routes %s --methods fixed,luck", "there is no method \"luck\""},
		{"sweep --network %s/lane_lights.net.xml --routes %s", "needs one of --scale, --view, --cycle and --offset"},
		{"sweep --network %s/lane_lights.net.xml --routes %s --scale 1:2", "'1:2' is no range, must be FROM:TO:STEP"},
		{"sweep --network %s/lane_lights.net.xml --routes %s --scale 1:2:0.001", "to at most 200 values"},
		{"sweep --network %s/lane_lights.net.xml --routes %s --cycle 2,60", "are too short"},
		{"sweep --network %s/lane_lights.net.xml --routes %s --offset 0:60:20", "must be SIGNAL=FROM:TO:STEP"},
		{"sweep --network %s/lane_lights.net.xml --routes %s --offset X=0:60:20", "the network has no signal 'X'"},
		{"compare --network %s/lane_lights.net.xml --routes %s --seeds 0", "--seeds is 0, must be in 1..1000"},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(mistakes); k++) {
		g_autoptr(GString) arguments = g_string_new(mistakes[k].arguments);
		g_string_replace(arguments, "%s", nets, 1);
		g_string_replace(arguments, "%s", demand, 1);
		struct answer a = run(arguments->str);
		if (a.code == 0 || !strstr(a.err, mistakes[k].says) || *a.out)
			g_error("'%s' should say '%s' and fail, ended with %d and says '%s'", arguments->str, mistakes[k].says, a.code, a.err);
		answer_clear(&a);
	}
	g_unlink(demand);
	g_rmdir(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 3)
		g_error("usage: sim_cli_test GREENWAVE_SIM FOLDER_OF_NETWORKS");
	program = argv[1];
	nets = argv[2];
	g_test_add_func("/sim-cli/run", test_run);
	g_test_add_func("/sim-cli/scenario", test_scenario);
	g_test_add_func("/sim-cli/compare", test_compare);
	g_test_add_func("/sim-cli/compare-mix", test_compare_mix);
	g_test_add_func("/sim-cli/sweep", test_sweep);
	g_test_add_func("/sim-cli/mistakes", test_mistakes);
	return g_test_run();
}
