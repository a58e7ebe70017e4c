/* sweep_test.c - demands that are parts of one another, and the page of a sweep: well-formed, every number there. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "core/units.h"
#include "sim/routes_scale.h"
#include "sim/sweep_page.h"

static const char *folder;

static struct routes *demand(const struct network *net, double factor)
{
	static const char text[] = "<routes><flow id=\"a\" from=\"in\" to=\"out\" begin=\"0\" end=\"3600\" number=\"1000\"/>"
		"<flow id=\"b\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"3600\" number=\"1000\"/></routes>";
	struct routes *r = routes_parse(text, strlen(text), "d", net, 1, NULL, NULL);
	g_assert_nonnull(r);
	g_assert_true(routes_scale(r, factor, NULL));
	return r;
}

/* Departures whose id begins with `flow`, in [from_s, to_s). */
static uint32_t count(const struct routes *r, const char *flow, double from_s, double to_s)
{
	uint32_t n = 0;
	for (uint32_t k = 0; k < r->n_departures; k++)
		n += g_str_has_prefix(r->departures[k].id, flow) && r->departures[k].depart_s >= from_s && r->departures[k].depart_s < to_s;
	return n;
}

static void test_scale(void)
{
	g_autofree char *path = g_build_filename(folder, "lane_lights.net.xml", NULL);
	owned(network) net = netfile_read(path, NULL, NULL);
	static const double factors[] = {0.1, 0.35, 0.8, 1, 1.2, 2, 2.5};
	for (size_t k = 0; k < G_N_ELEMENTS(factors); k++) {
		owned(routes) r = demand(net, factors[k]);
		g_assert_cmpfloat(fabs(r->n_departures - 2000 * factors[k]), <=, 2);
		/* Evenly over the flows, whose departures take turns, and over the hour. */
		g_assert_cmpfloat(fabs(count(r, "a.", 0, INFINITY) - 1000 * factors[k]), <=, 4);
		for (double t_s = 0; t_s < 3600; t_s += 600)
			g_assert_cmpfloat(fabs(count(r, "", t_s, t_s + 600) - 2000 * factors[k] / 6), <=, 0.03 * 2000 * factors[k] / 6 + 4);
		for (uint32_t i = 1; i < r->n_departures; i++)
			g_assert_cmpfloat(r->departures[i].depart_s, >=, r->departures[i - 1].depart_s);
	}
}

/* Who comes at 0.6 comes at 0.8, and at 1.4, at the same time. */
static void test_parts(void)
{
	g_autofree char *path = g_build_filename(folder, "lane_lights.net.xml", NULL);
	owned(network) net = netfile_read(path, NULL, NULL);
	static const double factors[] = {0.6, 0.8, 1, 1.4, 1.7};
	for (size_t k = 1; k < G_N_ELEMENTS(factors); k++) {
		owned(routes) small = demand(net, factors[k - 1]);
		owned(routes) large = demand(net, factors[k]);
		g_autoptr(GHashTable) at = g_hash_table_new(g_str_hash, g_str_equal);
		for (uint32_t i = 0; i < large->n_departures; i++)
			g_assert_true(g_hash_table_insert(at, large->departures[i].id, &large->departures[i])); /* no id twice */
		for (uint32_t i = 0; i < small->n_departures; i++) {
			const struct departure *same = g_hash_table_lookup(at, small->departures[i].id);
			g_assert_nonnull(same);
			g_assert_cmpfloat(same->depart_s, ==, small->departures[i].depart_s);
		}
	}
	owned(routes) r = demand(net, 1);
	g_autoptr(GError) error = NULL;
	g_assert_false(routes_scale(r, 0, &error));
	g_assert_cmpstr(error->message, ==, "the demand is to be scaled by 0, must be above 0 and at most 10");
	g_assert_cmpuint(r->n_departures, ==, 2000);
}

static void check_xml(const GString *text)
{
	static const GMarkupParser nothing;
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_autoptr(GError) error = NULL;
	const char *body = g_str_has_prefix(text->str, "<!DOCTYPE") ? strchr(text->str, '\n') : text->str;
	g_assert_true(g_markup_parse_context_parse(context, body, -1, &error));
	g_assert_true(g_markup_parse_context_end_parse(context, &error));
}

static void test_page(void)
{
	const struct sweep_point points[] = {{20.5, 1.25}, {31.5, NAN}, {18.25, 0.5}, {1e9, 2e9}}, gains[] = {{0, 0}, {0, NAN}, {-2.25, 0.75}, {1e9, 1e9}};
	const double values[] = {0.6, 1.4};
	const char *const ways[] = {"fixed", "mine <&> \"yours\""};
	const struct sweep_figure figures[] = {{"Delay", "s/veh", 2, points, gains}, {"Stops", "per vehicle", 2, points, NULL}};
	const struct report_fact facts[] = {{"network", "a & b"}};
	struct sweep_page page = {.title = "Delay against <demand>", .parameter = "demand", .values = values, .n_values = 2, .ways = ways, .n_ways = 2,
		.figures = figures, .n_figures = 2, .facts = facts, .n_facts = 1};
	GString *html = sweep_html(&page), *svg = sweep_svg(&page);
	check_xml(html);
	check_xml(svg);
	static const char *const there[] = {"20.50 <small>± 1.25</small>", "<td>31.50</td>", "18.25 <small>± 0.50</small>", "−2.25 <small>± 0.75</small>",
		"mine &lt;&amp;&gt; &quot;yours&quot; − fixed", "a &amp; b"};
	for (size_t k = 0; k < G_N_ELEMENTS(there); k++)
		if (!strstr(html->str, there[k]))
			g_error("the page does not say '%s'", there[k]);
	g_assert_null(strstr(html->str, "nan"));
	g_assert_null(strstr(svg->str, "nan"));
	page.n_values = page.n_ways = 1; /* one point is a page too */
	GString *one = sweep_html(&page);
	check_xml(one);
	g_string_free(html, TRUE);
	g_string_free(svg, TRUE);
	g_string_free(one, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: sweep_test FOLDER_OF_NETWORKS");
	folder = argv[1];
	g_test_add_func("/sweep/scale", test_scale);
	g_test_add_func("/sweep/parts", test_parts);
	g_test_add_func("/sweep/page", test_page);
	return g_test_run();
}
