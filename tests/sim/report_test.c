/* report_test.c - a page from recorded worlds is well-formed, says the numbers, and survives having nothing to say. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "core/units.h"
#include "sim/chart.h"
#include "sim/report.h"

struct drive { /* a world of the district under a signal state of our own, recorded */
	struct network *net;
	struct routes *routes;
	struct world *world;
	struct record *record;
};

static void set_up(struct drive *d, gconstpointer data)
{
	(void) data;
	g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "configs", "district", NULL);
	g_autofree char *net = g_build_filename(folder, "district.net.xml", NULL), *routes = g_build_filename(folder, "district.rou.xml", NULL);
	g_autoptr(GError) error = NULL;
	d->net = netfile_read(net, NULL, &error);
	g_assert_no_error(error);
	d->routes = routes_read(routes, d->net, 1, NULL, &error);
	g_assert_no_error(error);
	d->world = world_new(d->net, d->routes, NULL, &error);
	g_assert_no_error(error);
	world_score_reset(d->world);
	d->record = record_new(d->world, NULL, 0, &error);
	g_assert_no_error(error);
}

static void tear_down(struct drive *d, gconstpointer data)
{
	(void) data;
	record_free(d->record);
	world_free(d->world);
	routes_free(d->routes);
	network_free(d->net);
}

/* All signals show the first phase of their program for 40 s, then their third for 40 s. */
static void drive(struct drive *d, uint32_t seconds)
{
	for (uint32_t t = 0; t < seconds; t++) {
		for (uint32_t s = 0; s < d->net->n_signals; s++) {
			const struct net_program *p = &d->net->signals[s].programs[0];
			world_show(d->world, s, p->phases[t % 80 < 40 ? 0 : 3 % p->n_phases].state, NULL);
		}
		world_step(d->world);
		record_step(d->record, d->world);
	}
	record_close(d->record, d->world);
}

static void check_page(const GString *page)
{
	static const GMarkupParser nothing;
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_autoptr(GError) error = NULL;
	g_markup_parse_context_parse(context, page->str, (gssize) page->len, &error);
	g_assert_no_error(error);
	g_markup_parse_context_end_parse(context, &error);
	g_assert_no_error(error);
	g_assert_null(strstr(page->str, "nan"));
	g_assert_null(strstr(page->str, "inf\""));
	g_assert_null(strstr(page->str, "href="));
	g_assert_null(strstr(page->str, "url("));
}

static void test_path(struct drive *d, gconstpointer data)
{
	(void) data;
	const struct record *r = d->record;
	static const char *const names[] = {"J1", "J2", "J3", "J4"};
	g_assert_cmpuint(r->n_signals, ==, 4);
	g_assert_cmpstr(d->net->edges[r->path[0]].id, ==, "W_J1.up"); /* the morning goes east */
	g_assert_cmpstr(d->net->edges[r->path[r->n_path - 1]].id, ==, "J4_E");
	g_assert_cmpfloat_with_epsilon(r->length_m, 1480, 10);
	for (uint32_t i = 0; i < r->n_signals; i++)
		g_assert_cmpstr(d->net->signals[r->signals[i].signal].id, ==, names[i]);
	uint32_t apart[] = {network_edge(d->net, "W_J1"), network_edge(d->net, "J4_E")};
	g_autoptr(GError) error = NULL;
	g_assert_null(record_new(d->world, apart, 2, &error));
	g_assert_nonnull(error);
	g_assert_nonnull(strstr(error->message, "J4_E"));
}

static void test_record(struct drive *d, gconstpointer data)
{
	(void) data;
	drive(d, 240);
	const struct record *r = d->record;
	struct score score = world_score(d->world);
	g_assert_cmpfloat_with_epsilon(r->score.delay_s, score.delay_s, 1e-9);
	g_assert_cmpuint(r->series->len, ==, 49); /* 0, 5 ... 240 */
	g_assert_cmpuint(r->samples->len, >, 500);
	double lost_s = 0;
	for (uint32_t i = 0; i < d->net->n_lanes; i++)
		lost_s += r->lanes[i].lost_s;
	/* Time loss against each driver's own wish and against the limit differ, but not by much over many drivers. */
	g_assert_cmpfloat(fabs(lost_s / (score.time_loss_s * (double) score.vehicles) - 1), <, 0.15);
	for (uint32_t i = 0; i < r->n_signals; i++) {
		double at_s = 0;
		for (uint32_t k = 0; k < r->signals[i].runs->len; k++) {
			const struct record_run *run = &g_array_index(r->signals[i].runs, struct record_run, k);
			g_assert_cmpfloat_with_epsilon(run->from_s, at_s, 1e-9);
			at_s = run->to_s;
		}
		g_assert_cmpfloat_with_epsilon(at_s, 240, 1e-9);
	}
	for (uint32_t i = 1; i < r->samples->len; i++) {
		const struct record_sample *s = &g_array_index(r->samples, struct record_sample, i);
		g_assert_cmpfloat(s->at_m, >=, 0);
		g_assert_cmpfloat(s->at_m, <=, r->length_m + 20);
		g_assert_cmpfloat(s->t_s, >=, (s - 1)->t_s);
	}
}

static void test_page(struct drive *d, gconstpointer data)
{
	(void) data;
	drive(d, 120);
	struct report_run runs[] = {
		{7, {.window_s = 120, .delay_s = 40, .stops = 1.5, .throughput_vph = 3000}, {.window_s = 120, .delay_s = 30, .stops = 1.2,
			.throughput_vph = 3100}},
		{8, {.window_s = 120, .delay_s = 44, .stops = 1.7, .throughput_vph = 3020}, {.window_s = 120, .delay_s = 31, .stops = 1.1,
			.throughput_vph = 3090}},
	};
	struct report_vision vision = {16, 1234, 103, 100, 0.03, 0.05, 0.87, 1.25};
	struct report_fact facts[] = {{"seed <of> \"all\"", "7 & 8"}};
	g_autoptr(GBytes) picture = g_bytes_new_static("\x89PNG", 4);
	struct report r = {.title = "District <1>", .fixed_name = "fixed & plan", .adaptive_name = "adaptive", .runs = runs, .n_runs = 2,
		.fixed = d->record, .adaptive = d->record, .vision = &vision, .picture = picture, .picture_says = "J1 'west'", .facts = facts, .n_facts = 1};
	GString *page = report_html(&r);
	check_page(page);
	const char *must[] = {"District &lt;1&gt;", "fixed &amp; plan", "42.0", "30.5", "−27.3 %", "0.87 veh", "1.25 m/s", "+3.0 %",
		"7 &amp; 8", "seeds 7, 8",
		"data:image/png;base64,iVBORw==", ">J1<", ">J4<", "along the way (m)", "delay (s/veh)"};
	for (uint32_t i = 0; i < G_N_ELEMENTS(must); i++)
		if (!strstr(page->str, must[i]))
			g_error("the page does not say \"%s\"", must[i]);
	g_string_free(page, TRUE);
}

/* Nobody drove, nothing was measured: a page all the same, with dashes. */
static void test_nothing(struct drive *d, gconstpointer data)
{
	(void) data;
	record_close(d->record, d->world);
	struct score unknown = {.delay_s = UNKNOWN, .stops = UNKNOWN, .queue_veh_mean = INFINITY, .speed_mps = UNKNOWN};
	struct report_run run = {1, unknown, unknown};
	struct report_vision vision = {.flow_frac = UNKNOWN, .flow_lane_frac = UNKNOWN, .queue_veh = UNKNOWN, .speed_mps = UNKNOWN};
	struct report r = {.title = "Nothing", .fixed_name = "a", .adaptive_name = "b", .runs = &run, .n_runs = 1, .fixed = d->record,
		.adaptive = d->record, .vision = &vision};
	GString *page = report_html(&r);
	check_page(page);
	g_assert_nonnull(strstr(page->str, "–"));
	g_string_free(page, TRUE);
	struct report empty = {.title = "Empty", .fixed_name = "a", .adaptive_name = "b"};
	page = report_html(&empty);
	check_page(page);
	g_string_free(page, TRUE);
}

static void test_mean(void)
{
	double mean, half;
	report_mean((const double[]){1, 2, 3, 4, 5}, 5, &mean, &half);
	g_assert_cmpfloat_with_epsilon(mean, 3, 1e-12);
	g_assert_cmpfloat_with_epsilon(half, 2.776445 * sqrt(2.5 / 5), 1e-5); /* t(0.975, 4) from tables */
	report_mean((const double[]){4}, 1, &mean, &half);
	g_assert_cmpfloat_with_epsilon(mean, 4, 1e-12);
	g_assert_true(isnan(half));
}

static void test_chart(void)
{
	g_assert_cmpfloat_with_epsilon(chart_step(0, 97, 5), 20, 1e-9);
	g_assert_cmpfloat_with_epsilon(chart_step(0, 0.9, 5), 0.2, 1e-9);
	g_assert_cmpfloat_with_epsilon(chart_step_min(0, 5, 8), 0.5, 1e-9);
	g_assert_cmpfloat_with_epsilon(chart_step_min(0, 60, 8), 10, 1e-9);
	g_assert_cmpfloat_with_epsilon(chart_end(61, 5), 70, 10);
	g_assert_cmpfloat_with_epsilon(chart_end(NAN, 5), 1, 1e-9);
	const struct {
		double value;
		int digits;
		const char *plain, *change;
	} rows[] = {{-2.44, 1, "−2.4", "−2.4"}, {2.46, 1, "2.5", "+2.5"}, {-0.04, 1, "0.0", "0.0"}, {NAN, 1, "–", "–"}, {INFINITY, 0, "–",
		"–"}};
	for (uint32_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *plain = chart_number(rows[i].value, rows[i].digits), *change = chart_change(rows[i].value, rows[i].digits);
		g_assert_cmpstr(plain, ==, rows[i].plain);
		g_assert_cmpstr(change, ==, rows[i].change);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/record/path", struct drive, NULL, set_up, test_path, tear_down);
	g_test_add("/record/drive", struct drive, NULL, set_up, test_record, tear_down);
	g_test_add("/report/page", struct drive, NULL, set_up, test_page, tear_down);
	g_test_add("/report/nothing", struct drive, NULL, set_up, test_nothing, tear_down);
	g_test_add_func("/report/mean", test_mean);
	g_test_add_func("/report/chart", test_chart);
	return g_test_run();
}
