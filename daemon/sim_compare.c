/* sim_compare.c - greenwave-sim compare: several plans or methods on the same traffic, pair by pair.
 *
 * All variants of a seed meet the same vehicles, drivers and dawdling, so the difference of two is known far better than each
 * of them. Intervals are Student's t over the seeds' differences, 95 %.
 */
#include <jansson.h>
#include <stdio.h>

#include "core/units.h"
#include "daemon/outfile.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_page.h"
#include "daemon/sim_pool.h"
#include "daemon/sim_quantity.h"
#include "daemon/sim_variant.h"

struct comparison {
	const struct sim_case *with;
	GArray *variants;      /* of struct sim_variant */
	uint32_t n_seeds;
	struct sim_job *jobs;  /* variants->len * n_seeds: [variant * n_seeds + seed] */
};

struct mean {
	double value, half; /* half: NaN with one seed */
};

/* Of one variant, or of its differences to the first from seed to seed. */
static struct mean mean_of(const struct comparison *x, guint variant, enum sim_quantity of, bool difference)
{
	g_autofree double *values = g_new(double, x->n_seeds);
	for (uint32_t k = 0; k < x->n_seeds; k++)
		values[k] = sim_quantity_of(&x->jobs[variant * x->n_seeds + k].result.score, of) - (difference ? sim_quantity_of(&x->jobs[k].result.score, of) : 0);
	struct figure_mean over = figures_mean(values, x->n_seeds);
	return (struct mean){over.mean, over.half};
}

static void print_table(const struct comparison *x)
{
	double base = mean_of(x, 0, SIM_DELAY, false).value;
	printf("%-24s %16s %10s %10s %12s   %s\n", "variant", "delay s", "stops", "queue veh", "through veh/h",
		"difference of delay to the first, s (95 %)");
	for (guint k = 0; k < x->variants->len; k++) {
		struct mean delay = mean_of(x, k, SIM_DELAY, false), gain = mean_of(x, k, SIM_DELAY, true);
		g_autofree char *own = x->n_seeds > 1 ? g_strdup_printf("%.2f +- %.2f", delay.value, delay.half) : g_strdup_printf("%.2f", delay.value);
		printf("%-24s %16s %10.2f %10.2f %12.0f", sim_variant_at(x->variants, k)->label, own, mean_of(x, k, SIM_STOPS, false).value,
			mean_of(x, k, SIM_QUEUE, false).value, mean_of(x, k, SIM_THROUGHPUT, false).value);
		if (k && x->n_seeds > 1)
			printf("   %+.2f +- %.2f (%+.1f %%)", gain.value, gain.half, 100 * gain.value / base);
		else if (k)
			printf("   %+.2f (%+.1f %%), one seed", gain.value, 100 * gain.value / base);
		printf("\n");
	}
}

static void add_mean(json_t *row, const char *name, struct mean m)
{
	g_autofree char *half = g_strdup_printf("%s_half_width", name);
	json_object_set_new(row, name, json_real(m.value));
	if (isfinite(m.half))
		json_object_set_new(row, half, json_real(m.half));
}

static struct figures *figures_of_variant(const struct comparison *x, guint variant)
{
	struct figures *all = g_new(struct figures, x->n_seeds);
	for (uint32_t k = 0; k < x->n_seeds; k++)
		all[k] = x->jobs[variant * x->n_seeds + k].result.figures;
	return all;
}

/* Every figure that was measured, and each variant's paired difference to the first. */
static void print_figures(const struct comparison *x)
{
	g_autofree struct figures *first = figures_of_variant(x, 0);
	for (int f = 0; f < N_FIGURES; f++) {
		if (isnan(figures_mean_of(first, x->n_seeds, f).mean))
			continue;
		printf("\n%s, %s\n", figure_names[f].name, figure_names[f].unit);
		for (guint k = 0; k < x->variants->len; k++) {
			g_autofree struct figures *own = figures_of_variant(x, k);
			struct figure_mean m = figures_mean_of(own, x->n_seeds, f), d = figures_difference(first, own, x->n_seeds, f);
			printf("  %-24s %10.2f", sim_variant_at(x->variants, k)->label, m.mean);
			if (isfinite(m.half))
				printf(" +- %-8.2f", m.half);
			if (k)
				printf("   %+.2f", d.mean);
			if (k && isfinite(d.half))
				printf(" +- %.2f", d.half);
			printf("\n");
		}
	}
}

static json_t *row_of(const struct comparison *x, guint k)
{
	const struct sim_variant *v = sim_variant_at(x->variants, k);
	json_t *row = json_pack("{s:s, s:s}", "name", v->label, "method", v->method), *each = json_array();
	struct mean gain = mean_of(x, k, SIM_DELAY, true);
	if (v->additional)
		json_object_set_new(row, "additional", json_string(v->additional));
	add_mean(row, "delay_s", mean_of(x, k, SIM_DELAY, false));
	add_mean(row, "stops", mean_of(x, k, SIM_STOPS, false));
	add_mean(row, "queue_veh", mean_of(x, k, SIM_QUEUE, false));
	add_mean(row, "throughput_vph", mean_of(x, k, SIM_THROUGHPUT, false));
	json_object_set_new(row, "difference_s", json_real(gain.value));
	if (isfinite(gain.half))
		json_object_set_new(row, "difference_half_width_s", json_real(gain.half));
	for (uint32_t s = 0; s < x->n_seeds; s++)
		json_array_append_new(each, json_real(x->jobs[k * x->n_seeds + s].result.score.delay_s));
	json_object_set_new(row, "delay_s_by_seed", each);
	g_autofree struct figures *own = figures_of_variant(x, k), *first = figures_of_variant(x, 0);
	json_object_set_new(row, "figures", sim_tables_figures(own, x->n_seeds));
	json_object_set_new(row, "differences", sim_tables_differences(first, own, x->n_seeds));
	return row;
}

static bool write_json(const struct comparison *x, GError **error)
{
	json_auto_t *root = json_pack("{s:I, s:i, s:[]}", "seed", (json_int_t) x->with->seed, "seeds", (int) x->n_seeds, "variants");
	for (guint k = 0; k < x->variants->len; k++)
		json_array_append_new(json_object_get(root, "variants"), row_of(x, k));
	return sim_tables_save_json(root, x->with->json_path, error);
}

/* One variant's runs by themselves; results are the caller's to free, what they hold is not. */
static struct sim_runs runs_of(const struct comparison *x, guint variant, struct sim_result **results, uint64_t **seeds)
{
	*results = g_new(struct sim_result, x->n_seeds);
	*seeds = g_new(uint64_t, x->n_seeds);
	for (uint32_t k = 0; k < x->n_seeds; k++) {
		(*results)[k] = x->jobs[variant * x->n_seeds + k].result;
		(*seeds)[k] = x->jobs[variant * x->n_seeds + k].seed;
	}
	return (struct sim_runs){.method = sim_variant_at(x->variants, variant)->method, .results = *results, .seeds = *seeds, .n = x->n_seeds};
}

/* The first two variants side by side; the drawings are of the first seed. */
static bool write_report(const struct comparison *x, const char *path, GError **error)
{
	g_autofree struct sim_result *results = NULL, *second = NULL;
	g_autofree uint64_t *seeds = NULL, *again = NULL;
	struct sim_runs first = runs_of(x, 0, &results, &seeds), other = runs_of(x, 1, &second, &again);
	return sim_page_of_two(x->with, &first, sim_variant_at(x->variants, 0)->label, &other, sim_variant_at(x->variants, 1)->label, path, error);
}

static bool run_all(struct comparison *x, bool record, GError **error)
{
	if (!sim_variants_open(x->variants, x->with, error))
		return false;
	for (guint v = 0; v < x->variants->len; v++)
		for (uint32_t k = 0; k < x->n_seeds; k++)
			x->jobs[v * x->n_seeds + k] = (struct sim_job){
				.with = x->with,
				.net = sim_variant_at(x->variants, v)->net,
				.method = sim_variant_at(x->variants, v)->method,
				.seed = (uint64_t) x->with->seed + k,
				.record = record && v < 2 && k == 0,
			};
	return sim_pool_run(x->jobs, x->variants->len * x->n_seeds, (uint32_t) x->with->threads, error);
}

static int compare(struct comparison *x, const char *report, bool measures, GError **error)
{
	uint32_t n = x->variants->len * x->n_seeds;
	bool wrong = false;
	if (!outfile_may(report, error) || !outfile_may(x->with->json_path, error) || !run_all(x, report != NULL, error))
		return 1;
	for (uint32_t k = 0; k < n; k++)
		wrong |= x->jobs[k].result.counts.red_passed || x->jobs[k].result.counts.overlaps;
	bool written = !x->with->json || write_json(x, error);
	if (!x->with->json || x->with->json_path)
		print_table(x);
	if (measures)
		print_figures(x);
	written = written && (!report || write_report(x, report, error)) && outfile_printed(error);
	for (uint32_t k = 0; k < n; k++)
		sim_result_finish(&x->jobs[k].result);
	if (wrong)
		fprintf(stderr, "greenwave-sim compare: the world's self-check failed: a red light was passed or vehicles overlapped\n");
	return written && !wrong ? 0 : 1;
}

static int begin(const struct sim_case *c, char **plans, char **methods, int n_seeds, const char *report, bool measures, GError **error)
{
	if (n_seeds < 1 || n_seeds > 1000) {
		fprintf(stderr, "greenwave-sim compare: --seeds is %d, must be in 1..1000\n", n_seeds);
		return 2;
	}
	struct comparison x = {.with = c, .n_seeds = (uint32_t) n_seeds, .variants = sim_variants_new(plans, methods, 2, error)};
	if (!x.variants)
		return 2;
	int code = 2;
	if (report && x.variants->len < 2) {
		fprintf(stderr, "greenwave-sim compare: --report needs two variants: name one with --methods or --plans\n");
	} else {
		x.jobs = g_new0(struct sim_job, x.variants->len * x.n_seeds);
		code = compare(&x, report, measures, error);
		g_free(x.jobs);
	}
	sim_variants_free(x.variants);
	return code;
}

int sim_compare(int argc, char **argv)
{
	struct sim_case c;
	g_auto(GStrv) plans = NULL, methods = NULL;
	g_autofree char *report = NULL, *path = NULL;
	gint n_seeds = 5;
	gboolean measures = FALSE;
	const GOptionEntry more[] = {
		{"plans", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &plans, "variants: SUMO additional files with signal programs, [LABEL=]FILE,...", "LIST"},
		{"additional", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &plans, NULL, NULL},
		{"methods", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &methods, "variants: [LABEL=]METHOD or [LABEL=]METHOD@FILE,...", "LIST"},
		{"method", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY, &methods, NULL, NULL},
		{"seeds", 0, 0, G_OPTION_ARG_INT, &n_seeds, "how many seeds, from --seed on (default 5)", "N"},
		{"report", 0, 0, G_OPTION_ARG_FILENAME, &report, "write a page with tables and drawings of the first two variants", "FILE.html"},
		{"html", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &report, NULL, NULL},
		{"path", 0, 0, G_OPTION_ARG_STRING, &path, "of its time-space diagram: edges, or just both ends (default: the busiest)", "EDGE,EDGE..."},
		{"measures", 0, 0, G_OPTION_ARG_NONE, &measures, "print every figure and its difference: queues, fuel, pedestrians too", NULL},
		G_OPTION_ENTRY_NULL,
	};
	int code = 1;
	sim_case_init(&c);
	g_autoptr(GError) error = NULL;
	if (sim_case_options(&c, more, "Several plans or methods on the same traffic, pair by pair. The first is what the others are measured "
			"against: the network's own programs unless two or more are named.", argc, argv, &code)) {
		c.measure = measures || report || c.json;
		c.path = path;
		code = begin(&c, plans, methods, n_seeds, report, measures, &error);
	}
	if (error)
		fprintf(stderr, "greenwave-sim compare: %s\n", error->message);
	sim_case_finish(&c);
	return code;
}
