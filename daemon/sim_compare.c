/* sim_compare.c - greenwave-sim compare: several plans or methods on the same traffic, pair by pair.
 *
 * All variants of a seed meet the same vehicles, drivers and dawdling, so the difference of two is known far better than each
 * of them. Intervals are Student's t over the seeds' differences, 95 %.
 */
#include <gsl/gsl_cdf.h>
#include <jansson.h>
#include <stdio.h>

#include "daemon/sim_case.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_report.h"

struct variant {
	const char *name, *additional, *method;
	double *delay_s, *stops, *queue_veh, *throughput_vph; /* per seed */
	struct score *scores;
	struct record *record;  /* of the first seed, where a report is wanted */
	struct network *net;    /* that it was recorded on */
	bool seen_wrong; /* red passed or overlap */
};

struct mean {
	double value, half_width; /* NaN with one seed */
};

static struct mean mean_of(const double *x, const double *minus, int n)
{
	double sum = 0, square = 0;
	for (int k = 0; k < n; k++)
		sum += x[k] - (minus ? minus[k] : 0);
	double mean = sum / n;
	for (int k = 0; k < n; k++)
		square += pow(x[k] - (minus ? minus[k] : 0) - mean, 2);
	return (struct mean){mean, n > 1 ? gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(square / (n - 1) / n) : NAN};
}

static bool run_variant(const struct sim_case *c, struct variant *v, int n_seeds, GError **error)
{
	v->net = sim_case_network(c, v->additional, error);
	for (int k = 0; k < n_seeds; k++) {
		struct sim_result r;
		struct sim_case one = *c;
		one.record = c->record && k == 0;
		if (!v->net || !sim_case_run(&one, v->net, v->method, (uint64_t) c->seed + (uint64_t) k, &r, error))
			return false;
		if (r.record)
			v->record = r.record;
		v->scores[k] = r.score;
		v->delay_s[k] = r.score.delay_s;
		v->stops[k] = r.score.stops;
		v->queue_veh[k] = r.score.queue_veh_mean;
		v->throughput_vph[k] = r.score.throughput_vph;
		v->seen_wrong |= r.counts.red_passed || r.counts.overlaps;
	}
	return true;
}

static void print_table(const struct variant *v, guint n, int n_seeds)
{
	printf("%-24s %10s %10s %10s %12s   %s\n", "variant", "delay s", "stops", "queue veh", "through veh/h", "difference of delay to the first, s (95 %)");
	for (guint k = 0; k < n; k++) {
		struct mean d = mean_of(v[k].delay_s, NULL, n_seeds), gain = mean_of(v[k].delay_s, v[0].delay_s, n_seeds);
		double base = mean_of(v[0].delay_s, NULL, n_seeds).value;
		printf("%-24s %10.2f %10.2f %10.2f %12.0f", v[k].name, d.value, mean_of(v[k].stops, NULL, n_seeds).value,
			mean_of(v[k].queue_veh, NULL, n_seeds).value, mean_of(v[k].throughput_vph, NULL, n_seeds).value);
		if (k && n_seeds > 1)
			printf("   %+.2f +- %.2f (%+.1f %%)", gain.value, gain.half_width, 100 * gain.value / base);
		else if (k)
			printf("   %+.2f (%+.1f %%), one seed", gain.value, 100 * gain.value / base);
		printf("\n");
	}
}

static void print_json(const struct sim_case *c, const struct variant *v, guint n, int n_seeds)
{
	json_auto_t *root = json_pack("{s:I, s:i, s:[]}", "seed", (json_int_t) c->seed, "seeds", n_seeds, "variants");
	for (guint k = 0; k < n; k++) {
		struct mean d = mean_of(v[k].delay_s, NULL, n_seeds), gain = mean_of(v[k].delay_s, v[0].delay_s, n_seeds);
		json_t *each = json_array();
		for (int s = 0; s < n_seeds; s++)
			json_array_append_new(each, json_real(v[k].delay_s[s]));
		json_t *row = json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:o}", "name", v[k].name, "method", v[k].method, "delay_s", d.value, "stops",
			mean_of(v[k].stops, NULL, n_seeds).value, "queue_veh", mean_of(v[k].queue_veh, NULL, n_seeds).value, "throughput_vph",
			mean_of(v[k].throughput_vph, NULL, n_seeds).value, "difference_s", gain.value, "delay_s_by_seed", each);
		if (n_seeds > 1)
			json_object_set_new(row, "difference_half_width_s", json_real(gain.half_width));
		json_array_append_new(json_object_get(root, "variants"), row);
	}
	g_autofree char *text = json_dumps(root, JSON_INDENT(2));
	puts(text);
}

/* The first is what the others are measured against: the network's own programs unless two or more are named. */
static GArray *list_variants(char **additionals, char **methods, int n_seeds)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct variant));
	guint n_a = additionals ? g_strv_length(additionals) : 0, n_m = methods ? g_strv_length(methods) : 0;
	guint own = n_a + n_m < 2;
	for (guint k = 0; k < own + n_a + n_m; k++) {
		const char *file = k >= own && k < own + n_a ? additionals[k - own] : NULL;
		const char *method = k >= own + n_a ? methods[k - own - n_a] : "fixed";
		struct variant v = {.name = file ? file : method, .additional = file, .method = method};
		v.scores = g_new0(struct score, n_seeds);
		v.delay_s = g_new0(double, n_seeds);
		v.stops = g_new0(double, n_seeds);
		v.queue_veh = g_new0(double, n_seeds);
		v.throughput_vph = g_new0(double, n_seeds);
		g_array_append_val(list, v);
	}
	return list;
}

static void clear_variants(GArray *list)
{
	for (guint k = 0; k < list->len; k++) {
		struct variant *v = &g_array_index(list, struct variant, k);
		g_free(v->scores);
		record_free(v->record);
		network_free(v->net);
		g_free(v->delay_s);
		g_free(v->stops);
		g_free(v->queue_veh);
		g_free(v->throughput_vph);
	}
	g_array_unref(list);
}

/* The first two variants side by side; the drawings are of the first seed. */
static bool write_report(const struct sim_case *c, const struct variant *v, int n_seeds, const char *path, GError **error)
{
	g_autofree struct report_run *runs = g_new0(struct report_run, n_seeds);
	for (int k = 0; k < n_seeds; k++)
		runs[k] = (struct report_run){(uint64_t) c->seed + (uint64_t) k, v[0].scores[k], v[1].scores[k]};
	g_autofree char *drawn = g_strdup_printf("of seed %" G_GINT64_FORMAT, c->seed), *view = g_strdup_printf("%.0f m before each stop line", c->view_m);
	const struct report_fact facts[] = {{"network", c->network}, {"demand", c->routes}, {"drawings", drawn}, {"what the method sees", view}};
	struct report page = {
		.title = "Two ways of running the lights",
		.says = "The same traffic twice, vehicle by vehicle, in the simulator.",
		.fixed_name = v[0].name,
		.adaptive_name = v[1].name,
		.runs = runs,
		.n_runs = (uint32_t) n_seeds,
		.fixed = v[0].record,
		.adaptive = v[1].record,
		.facts = facts,
		.n_facts = G_N_ELEMENTS(facts),
	};
	return sim_report_save(&page, path, NULL, error);
}

static int compare(const struct sim_case *c, GArray *list, int n_seeds, const char *report, GError **error)
{
	bool wrong = false;
	for (guint k = 0; k < list->len; k++) {
		struct variant *v = &g_array_index(list, struct variant, k);
		if (!run_variant(c, v, n_seeds, error))
			return 1;
		wrong |= v->seen_wrong;
	}
	const struct variant *v = (const struct variant *) (const void *) list->data;
	if (c->json)
		print_json(c, v, list->len, n_seeds);
	else
		print_table(v, list->len, n_seeds);
	if (report && !write_report(c, v, n_seeds, report, error))
		return 1;
	if (wrong)
		fprintf(stderr, "greenwave-sim compare: the world's self-check failed: a red light was passed or vehicles overlapped\n");
	return wrong ? 1 : 0;
}

int sim_compare(int argc, char **argv)
{
	struct sim_case c;
	g_auto(GStrv) additionals = NULL, methods = NULL;
	g_autofree char *report = NULL;
	gint n_seeds = 5;
	const GOptionEntry more[] = {
		{"additional", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &additionals, "a variant: these signal programs (may be given again)", "FILE"},
		{"method", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &methods, "a variant: this method on the network's own programs (may be given again)", "NAME"},
		{"seeds", 0, 0, G_OPTION_ARG_INT, &n_seeds, "how many seeds, from --seed on (default 5)", "N"},
		{"report", 0, 0, G_OPTION_ARG_FILENAME, &report, "write a page with tables and drawings of the first two variants", "FILE.html"},
		G_OPTION_ENTRY_NULL,
	};
	int code = 1;
	sim_case_init(&c);
	g_autoptr(GError) error = NULL;
	if (sim_case_options(&c, more, "Several plans or methods on the same traffic, pair by pair.", argc, argv, &code)) {
		if (n_seeds < 1 || n_seeds > 1000) {
			fprintf(stderr, "greenwave-sim compare: --seeds is %d, must be in 1..1000\n", n_seeds);
			code = 2;
		} else if (report && !additionals && !methods) {
			fprintf(stderr, "greenwave-sim compare: --report needs two variants: name one with --method or --additional\n");
			code = 2;
		} else {
			GArray *list = list_variants(additionals, methods, n_seeds);
			c.record = report != NULL;
			code = compare(&c, list, n_seeds, report, &error);
			clear_variants(list);
		}
	}
	if (error)
		fprintf(stderr, "greenwave-sim compare: %s\n", error->message);
	sim_case_finish(&c);
	return code;
}
