/* sumocfg_test.c - SUMO's configurations: what they name is found beside them, and what is wrong gets one sentence. */
#include <math.h>
#include <string.h>

#include "sim/sumocfg.h"

static void test_whole(void)
{
	static const char text[] = "<sumoConfiguration>\n<input>\n<net-file value=\"a.net.xml\"/>\n<route-files value=\"b.rou.xml, /c/d.rou.xml.gz\"/>\n"
		"<additional-files value=\"sub/e.add.xml\"/></input>\n<time><begin value=\"07:00:00\"/><end value=\"28800\"/><step-length v=\"0.5\"/></time>\n"
		"<report><verbose value=\"true\"/></report><output><tripinfo-output value=\"t.xml\"/></output>\n"
		"<processing><time-to-teleport value=\"-1\"/><scale value=\"1.2\"/></processing><random_number><seed value=\"7\"/></random_number>\n"
		"<summary-output value=\"s.xml\"/></sumoConfiguration>\n";
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	owned(sumocfg) c = sumocfg_parse(text, strlen(text), "town/x.sumocfg", notes, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(c->network, ==, "town/a.net.xml");
	g_assert_cmpstr(c->routes, ==, "town/b.rou.xml,/c/d.rou.xml.gz");
	g_assert_cmpstr(c->additional, ==, "town/sub/e.add.xml");
	g_assert_cmpfloat(c->begin_s, ==, 25200);
	g_assert_cmpfloat(c->end_s, ==, 28800);
	g_assert_cmpfloat(c->step_s, ==, 0.5);
	g_assert_cmpfloat(c->scale, ==, 1.2);
	g_assert_cmpint(c->seed, ==, 7);
	g_assert_cmpuint(notes->len, ==, 1);
	g_assert_cmpstr(notes->pdata[0], ==, "town/x.sumocfg:8: time-to-teleport: this option of SUMO is passed over");
}

static void test_least(void)
{
	static const char text[] = "<configuration><n v=\"a.net.xml\"/><end value=\"-1\"/></configuration>";
	owned(sumocfg) c = sumocfg_parse(text, strlen(text), "x.sumocfg", NULL, NULL);
	g_assert_cmpstr(c->network, ==, "a.net.xml");
	g_assert_null(c->routes);
	g_assert_true(isnan(c->begin_s) && isnan(c->end_s) && isnan(c->step_s) && isnan(c->scale));
	g_assert_cmpint(c->seed, ==, -1);
}

static void test_mistakes(void)
{
	static const struct {
		const char *text, *says;
	} mistakes[] = {
		{"<configuration/>", "x.sumocfg:1: configuration: has no net-file"},
		{"<routes/>", "x.sumocfg:1: routes: the file must begin with <configuration>"},
		{"<configuration><input><net-file/></input></configuration>", "net-file: has no value"},
		{"<configuration><input><net-file value=\" ,\"/></input></configuration>", "net-file: names no file"},
		{"<configuration><input><net-file value=\"a\"/><n v=\"b\"/></input></configuration>", "n: is there twice"},
		{"<configuration>\n<time>\n<begin value=\"noon\"/></time></configuration>", "x.sumocfg:3: begin: value is 'noon', must be a number"},
		{"<configuration><time><end value=\"nan\"/></time></configuration>", "end: value is 'nan', must be a number"},
		{"<configuration><time><step-length value=\"0\"/></time></configuration>", "step-length: value is 0 s, must be above 0 and at most 1"},
		{"<configuration><time><step-length value=\"2\"/></time></configuration>", "value is 2 s"},
		{"<configuration><seed value=\"-3\"/></configuration>", "seed: value is '-3', must be a whole number in 0..2147483647"},
		{"<configuration><scale value=\"1e999\"/></configuration>", "scale: value is '1e999', must be a number"},
		{"<configuration><input>", "x.sumocfg:1: is no whole XML"},
		{"", "x.sumocfg:1: is no whole XML"},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(mistakes); k++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(sumocfg_parse(mistakes[k].text, strlen(mistakes[k].text), "x.sumocfg", NULL, &error));
		g_assert_nonnull(error);
		if (!strstr(error->message, mistakes[k].says))
			g_error("'%s' should say '%s'", error->message, mistakes[k].says);
	}
	g_autoptr(GError) error = NULL;
	g_assert_null(sumocfg_read("/nowhere/x.sumocfg", NULL, &error));
	g_assert_true(g_str_has_prefix(error->message, "/nowhere/x.sumocfg: cannot be read: "));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sumocfg/whole", test_whole);
	g_test_add_func("/sumocfg/least", test_least);
	g_test_add_func("/sumocfg/mistakes", test_mistakes);
	return g_test_run();
}
