/* sim_sweep.c - greenwave-sim sweep: one parameter over a range, under one or several ways of running the lights.
 *
 * Every value meets the same seeds under every variant, so differences between variants are paired. A variant is what it is in
 * compare. Runs go side by side (sim_pool.h); what is printed does not depend on how many.
 */
#include <stdio.h>
#include <string.h>

#include "core/retime.h"
#include "core/units.h"
#include "daemon/outfile.h"
#include "daemon/seedlist.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_pool.h"
#include "daemon/sim_quantity.h"
#include "daemon/sim_tables.h"
#include "daemon/sim_variant.h"
#include "daemon/valuelist.h"
#include "sim/sim_error.h"
#include "sim/sweep_page.h"

#define RUNS_MOST 100000

enum parameter { SWEEP_SCALE, SWEEP_VIEW, SWEEP_CYCLE, SWEEP_OFFSET, SWEEP_N };

static const struct {
	const char *name, *unit, *noun, *title;
} parameters[SWEEP_N] = {
	{"scale", "", "demand", "demand (times the file’s)"},
	{"view", "m", "cameras’ view", "view before each stop line (m)"},
	{"cycle", "s", "cycle", "cycle (s)"},
	{"offset", "s", "offset", "offset (s)"},
};

struct wish { /* options */
	char *lists[SWEEP_N];
	char **plans, **methods;
	char *seeds, *html, *svg;
};

struct sweep {
	const struct sim_case *with;
	enum parameter parameter;
	char *signal;           /* that alone; NULL: all of them */
	double *values;
	uint64_t *seeds;
	GArray *variants;       /* of struct sim_variant */
	uint32_t n_values, n_seeds, n_ways;
	struct sim_case *cases; /* by value */
	struct network **nets;  /* [value * n_ways + way] where the value changes the network; else the variants' serve */
	struct sim_job *jobs;   /* [(value * n_ways + way) * n_seeds + seed] */
};

static void sweep_finish(struct sweep *x)
{
	for (uint32_t k = 0; x->nets && k < x->n_values * x->n_ways; k++)
		network_free(x->nets[k]);
	sim_variants_free(x->variants);
	g_free(x->nets);
	g_free(x->jobs);
	g_free(x->cases);
	g_free(x->seeds);
	g_free(x->values);
	g_free(x->signal);
}

/* Which parameter, of which signal, over what. */
static bool take_parameter(struct sweep *x, const struct wish *wish, GError **error)
{
	uint32_t n = 0;
	for (uint32_t k = 0; k < SWEEP_N; k++)
		if (wish->lists[k]) {
			x->parameter = (enum parameter) k;
			n++;
		}
	if (n != 1)
		return sim_fail(error, "needs one of --scale, --view, --cycle and --offset with several values, %u were given", n);
	const char *text = wish->lists[x->parameter], *equals = strrchr(text, '=');
	if (equals && x->parameter >= SWEEP_CYCLE) {
		x->signal = g_strndup(text, (gsize) (equals - text));
		text = equals + 1;
	}
	if (x->parameter == SWEEP_OFFSET && !x->signal)
		return sim_fail(error, "--offset is '%s', must be SIGNAL=FROM:TO:STEP", text);
	x->values = valuelist_parse(text, &x->n_values, error);
	return x->values != NULL;
}

/* The value's own network: cycle or offset of one signal, or the cycles of all. */
static bool change_network(const struct sweep *x, struct network *net, double value, GError **error)
{
	uint32_t only = x->signal ? network_signal(net, x->signal) : NET_NONE;
	if (x->signal && only == NET_NONE)
		return sim_fail(error, "the network has no signal '%s'", x->signal);
	for (uint32_t s = 0; s < net->n_signals; s++) {
		struct net_program *program = &net->signals[s].programs[0];
		if (only != NET_NONE && s != only)
			continue;
		if (x->parameter == SWEEP_OFFSET) {
			program->offset_s = value;
			continue;
		}
		struct junction_limits limits = junction_limits_of(program);
		owned(junction) j = junction_new(net, s, &limits, error);
		if (!j || !retime_cycle(program, j, value, error))
			return false;
	}
	return true;
}

static bool open_networks(struct sweep *x, GError **error)
{
	if (!sim_variants_open(x->variants, x->with, error))
		return false;
	if (x->parameter < SWEEP_CYCLE)
		return true;
	x->nets = g_new0(struct network *, x->n_values * x->n_ways);
	for (uint32_t v = 0; v < x->n_values; v++)
		for (uint32_t w = 0; w < x->n_ways; w++) {
			struct sim_case quiet = *x->with;
			quiet.quiet = true;
			struct network **net = &x->nets[v * x->n_ways + w];
			*net = sim_case_network(&quiet, sim_variant_at(x->variants, w)->additional, error);
			if (!*net || !change_network(x, *net, x->values[v], error))
				return false;
		}
	return true;
}

static void list_jobs(struct sweep *x)
{
	x->cases = g_new0(struct sim_case, x->n_values);
	x->jobs = g_new0(struct sim_job, x->n_values * x->n_ways * x->n_seeds);
	for (uint32_t v = 0; v < x->n_values; v++) {
		x->cases[v] = *x->with;
		if (x->parameter == SWEEP_SCALE)
			x->cases[v].scale = x->with->scale * x->values[v];
		if (x->parameter == SWEEP_VIEW)
			x->cases[v].view_m = x->values[v];
		for (uint32_t w = 0; w < x->n_ways; w++)
			for (uint32_t s = 0; s < x->n_seeds; s++)
				x->jobs[(v * x->n_ways + w) * x->n_seeds + s] = (struct sim_job){
					.with = &x->cases[v],
					.net = x->nets ? x->nets[v * x->n_ways + w] : sim_variant_at(x->variants, w)->net,
					.method = sim_variant_at(x->variants, w)->method,
					.seed = x->seeds[s],
				};
	}
}

/* Of one way at one value, or of its differences to the first way, seed by seed. */
static struct sweep_point point_of(const struct sweep *x, uint32_t way, uint32_t value, enum sim_quantity of, bool gain)
{
	g_autofree double *each = g_new(double, x->n_seeds);
	const struct sim_job *jobs = &x->jobs[(value * x->n_ways + way) * x->n_seeds], *first = &x->jobs[value * x->n_ways * x->n_seeds];
	struct sweep_point p;
	for (uint32_t s = 0; s < x->n_seeds; s++)
		each[s] = sim_quantity_of(&jobs[s].result.score, of) - (gain ? sim_quantity_of(&first[s].result.score, of) : 0);
	report_mean(each, x->n_seeds, &p.mean, &p.half);
	return p;
}

static void print_table(const struct sweep *x)
{
	char head[64];
	g_snprintf(head, sizeof head, "%s%s%s", parameters[x->parameter].name, *parameters[x->parameter].unit ? " " : "", parameters[x->parameter].unit);
	printf("%-10s %-20s %18s %8s %10s %12s%s\n", head, "variant", "delay s", "stops", "queue veh", "through veh/h",
		x->n_ways > 1 ? "   difference of delay to the first, s" : "");
	for (uint32_t v = 0; v < x->n_values; v++)
		for (uint32_t w = 0; w < x->n_ways; w++) {
			struct sweep_point delay = point_of(x, w, v, SIM_DELAY, false), gain = point_of(x, w, v, SIM_DELAY, true);
			g_autofree char *own = isfinite(delay.half) ? g_strdup_printf("%.2f +- %.2f", delay.mean, delay.half)
				: g_strdup_printf("%.2f", delay.mean);
			printf("%-10g %-20s %18s %8.2f %10.2f %12.0f", x->values[v], sim_variant_at(x->variants, w)->label, own,
				point_of(x, w, v, SIM_STOPS, false).mean, point_of(x, w, v, SIM_QUEUE, false).mean, point_of(x, w, v, SIM_THROUGHPUT, false).mean);
			if (w && isfinite(gain.half))
				printf("   %+.2f +- %.2f", gain.mean, gain.half);
			else if (w)
				printf("   %+.2f, one seed", gain.mean);
			printf("\n");
		}
}

static json_t *point_json(const struct sweep *x, uint32_t way, uint32_t value)
{
	json_t *row = json_pack("{s:f}", "value", x->values[value]), *each = json_array();
	for (uint32_t q = 0; q < SIM_N_QUANTITIES; q++) {
		struct sweep_point p = point_of(x, way, value, q, false);
		g_autofree char *half = g_strdup_printf("%s_half_width", sim_quantities[q].key);
		json_object_set_new(row, sim_quantities[q].key, json_real(p.mean));
		if (isfinite(p.half))
			json_object_set_new(row, half, json_real(p.half));
	}
	struct sweep_point gain = point_of(x, way, value, SIM_DELAY, true);
	json_object_set_new(row, "difference_s", json_real(gain.mean));
	if (isfinite(gain.half))
		json_object_set_new(row, "difference_half_width_s", json_real(gain.half));
	for (uint32_t s = 0; s < x->n_seeds; s++)
		json_array_append_new(each, json_real(x->jobs[(value * x->n_ways + way) * x->n_seeds + s].result.score.delay_s));
	json_object_set_new(row, "delay_s_by_seed", each);
	return row;
}

static bool write_json(const struct sweep *x, GError **error)
{
	json_auto_t *root = json_pack("{s:s, s:s, s:[], s:[]}", "parameter", parameters[x->parameter].name, "unit", parameters[x->parameter].unit,
		"seeds", "variants");
	if (x->signal)
		json_object_set_new(root, "signal", json_string(x->signal));
	for (uint32_t s = 0; s < x->n_seeds; s++)
		json_array_append_new(json_object_get(root, "seeds"), json_integer((json_int_t) x->seeds[s]));
	for (uint32_t w = 0; w < x->n_ways; w++) {
		const struct sim_variant *v = sim_variant_at(x->variants, w);
		json_t *row = json_pack("{s:s, s:s, s:[]}", "name", v->label, "method", v->method, "points");
		if (v->additional)
			json_object_set_new(row, "additional", json_string(v->additional));
		for (uint32_t k = 0; k < x->n_values; k++)
			json_array_append_new(json_object_get(row, "points"), point_json(x, w, k));
		json_array_append_new(json_object_get(root, "variants"), row);
	}
	return sim_tables_save_json(root, x->with->json_path, error);
}

static bool save(const char *path, GString *text, GError **error)
{
	bool good = outfile_save(path, text, error);
	g_string_free(text, TRUE);
	return good;
}

/* Fills in what the page is made of and writes the files that are wished for. */
static bool write_pages(const struct sweep *x, const struct wish *wish, GError **error)
{
	uint32_t n = x->n_ways * x->n_values;
	g_autofree struct sweep_point *points = g_new(struct sweep_point, 2 * SIM_N_QUANTITIES * n);
	g_autofree const char **names = g_new(const char *, x->n_ways);
	struct sweep_figure figures[SIM_N_QUANTITIES];
	for (uint32_t q = 0; q < SIM_N_QUANTITIES; q++) {
		struct sweep_point *own = points + 2 * q * n, *gains = own + n;
		figures[q] = (struct sweep_figure){sim_quantities[q].name, sim_quantities[q].unit, sim_quantities[q].digits, own, gains};
		for (uint32_t k = 0; k < n; k++) {
			own[k] = point_of(x, k / x->n_values, k % x->n_values, q, false);
			gains[k] = point_of(x, k / x->n_values, k % x->n_values, q, true);
		}
	}
	for (uint32_t w = 0; w < x->n_ways; w++)
		names[w] = sim_variant_at(x->variants, w)->label;
	g_autofree char *network = g_path_get_basename(x->with->network), *demand = g_path_get_basename(x->with->routes);
	const char *parameter = parameters[x->parameter].title;
	g_autofree char *of = x->signal ? g_strdup_printf("%s of %s", parameter, x->signal) : g_strdup(parameter);
	g_autofree char *seeds = g_strdup_printf("%u, from %" G_GUINT64_FORMAT " on", x->n_seeds, x->seeds[0]);
	g_autofree char *step = g_strdup_printf("%g s", x->with->step_s);
	g_autofree char *title = g_strdup_printf("%s against %s", sim_quantities[0].name, parameters[x->parameter].noun);
	const struct report_fact facts[] = {{"network", network}, {"demand", demand}, {"seeds", seeds}, {"step", step}};
	struct sweep_page page = {
		.title = title,
		.says = "The same traffic at every point, seed by seed, in the simulator. Delay is SUMO’s time loss plus depart delay, unfinished vehicles "
			"included.",
		.parameter = of,
		.values = x->values,
		.n_values = x->n_values,
		.ways = names,
		.n_ways = x->n_ways,
		.figures = figures,
		.n_figures = SIM_N_QUANTITIES,
		.facts = facts,
		.n_facts = G_N_ELEMENTS(facts),
	};
	return (!wish->html || save(wish->html, sweep_html(&page), error)) && (!wish->svg || save(wish->svg, sweep_svg(&page), error));
}

static int run(struct sweep *x, const struct wish *wish, GError **error)
{
	bool wrong = false;
	if (!outfile_may(wish->html, error) || !outfile_may(wish->svg, error) || !outfile_may(x->with->json_path, error) || !open_networks(x, error))
		return 1;
	list_jobs(x);
	uint32_t n = x->n_values * x->n_ways * x->n_seeds;
	if (!sim_pool_run(x->jobs, n, (uint32_t) x->with->threads, error))
		return 1;
	for (uint32_t k = 0; k < n; k++) {
		wrong |= x->jobs[k].result.counts.red_passed || x->jobs[k].result.counts.overlaps;
		sim_result_finish(&x->jobs[k].result);
	}
	if (!write_pages(x, wish, error) || (x->with->json && !write_json(x, error)))
		return 1;
	if (!x->with->json || x->with->json_path)
		print_table(x);
	if (!outfile_printed(error))
		return 1;
	if (wrong)
		fprintf(stderr, "greenwave-sim sweep: the world's self-check failed: a red light was passed or vehicles overlapped\n");
	return wrong ? 1 : 0;
}

static int begin(const struct sim_case *c, struct wish *wish, GError **error)
{
	struct sweep x = {.with = c};
	int code = 2;
	wish->lists[SWEEP_SCALE] = c->scale_list;
	wish->lists[SWEEP_VIEW] = c->view_list;
	if (take_parameter(&x, wish, error) && (x.seeds = seedlist_parse(wish->seeds ? wish->seeds : "5", (uint64_t) c->seed, &x.n_seeds, error)) &&
		(x.variants = sim_variants_new(wish->plans, wish->methods, 1, error))) {
		x.n_ways = x.variants->len;
		if (x.n_ways > SWEEP_WAYS || (double) x.n_values * x.n_ways * x.n_seeds > RUNS_MOST)
			sim_fail(error, "%u values, %u variants and %u seeds are too many, at most %d variants and %d runs are possible", x.n_values, x.n_ways,
				x.n_seeds, SWEEP_WAYS, RUNS_MOST);
		else
			code = run(&x, wish, error);
	}
	sweep_finish(&x);
	return code;
}

int sim_sweep(int argc, char **argv)
{
	struct sim_case c;
	struct wish wish = {0};
	const GOptionEntry more[] = {
		{"cycle", 0, 0, G_OPTION_ARG_STRING, &wish.lists[SWEEP_CYCLE], "the plans' cycle, greens in proportion: [SIGNAL=]60:120:10", "LIST"},
		{"offset", 0, 0, G_OPTION_ARG_STRING, &wish.lists[SWEEP_OFFSET], "one signal's offset: SIGNAL=0:80:10", "LIST"},
		{"plans", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &wish.plans, "variants: SUMO additional files with signal programs, [LABEL=]FILE,...", "LIST"},
		{"methods", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &wish.methods, "variants: [LABEL=]METHOD or [LABEL=]METHOD@FILE,... (default fixed)", "LIST"},
		{"method", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY, &wish.methods, NULL, NULL},
		{"seeds", 0, 0, G_OPTION_ARG_STRING, &wish.seeds, "1-10, 3,5,9, or so many from --seed on (default 5)", "LIST"},
		{"html", 0, 0, G_OPTION_ARG_FILENAME, &wish.html, "a page with the curves and the table", "FILE.html"},
		{"svg", 0, 0, G_OPTION_ARG_FILENAME, &wish.svg, "the curves of delay alone", "FILE.svg"},
		G_OPTION_ENTRY_NULL,
	};
	int code = 1;
	sim_case_init(&c);
	g_autoptr(GError) error = NULL;
	if (sim_case_options(&c, more, "One parameter over a range: --scale 0.6:1.4:0.2 (demand), --cycle, --offset or --view, with a 95 % interval at "
			"each point.", argc, argv, &code))
		code = begin(&c, &wish, &error);
	if (error)
		fprintf(stderr, "greenwave-sim sweep: %s\n", error->message);
	sim_case_finish(&c);
	g_strfreev(wish.plans);
	g_strfreev(wish.methods);
	g_free(wish.lists[SWEEP_CYCLE]);
	g_free(wish.lists[SWEEP_OFFSET]);
	g_free(wish.seeds);
	g_free(wish.html);
	g_free(wish.svg);
	return code;
}
