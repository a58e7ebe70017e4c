/* sim_optimize.c - greenwave-sim optimize: fixed plans for all signals of a network, ahead of time, from its traffic.
 *
 * The engineer's tool: what goes in and what comes out are files; the search is ahead.c's.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ahead.h"
#include "daemon/outfile.h"
#include "daemon/plan_day.h"
#include "daemon/plan_files.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_wish.h"
#include "daemon/timespace.h"

#define STOPS_MAX 24
#define PERIODS_MAX 200
#define LEAD_S 300.0 /* the worlds of a later plan begin so long before it, so that they are not empty */

struct order { /* owned */
	char *counts, *output, *csv, *svg, *program;
	gint pattern;
	double every_s; /* 0: one plan for all the time */
	enum transition_way way;
	struct ahead_options how;
};

static const char summary[] =
	"Fixed plans for all signals of a network: cycle, splits, offsets and the order of stages, from the routes of a scenario or from counts.\n"
	"\n"
	"Webster's formula and critical lanes give each cycle a start; a platoon-dispersion model (TRANSYT's kind) of delay and stops is searched with\n"
	"GSL's simplex and annealing; small changes of the best are tried out in the microscopic world, on days that depart a little otherwise and\n"
	"are a little busier, and kept when they are better in several. Ambers, all-reds and stages are the network's own; what the guard would not\n"
	"show is not written.";

static bool save(const char *path, GString *text, GError **error)
{
	bool good = text != NULL && outfile_save(path, text, error);
	if (text)
		g_string_free(text, TRUE);
	return good;
}

static bool write_files(const struct ahead *a, const struct ahead_result *r, const struct order *o, const struct sim_case *c, GError **error)
{
	const struct junction *const *junctions = (const struct junction *const *) a->junctions;
	g_autofree char *note = g_strdup_printf("greenwave-sim optimize: %u signals, cycle %g s, %g..%g s of the day, seed %" G_GINT64_FORMAT
		"; delay %.1f s/veh in the microscopic world, %.1f s/veh with the programs before", a->n, r->plan->cycle_s, a->begin_s, a->end_s, c->seed,
		r->plan_s, r->native_s);
	if (o->output && !save(o->output, plan_files_sumo(r->plan, junctions, o->program, note, error), error))
		return false;
	if (o->csv && !save(o->csv, plan_files_patterns(r->plan, junctions, (uint32_t) o->pattern, true), error))
		return false;
	if (!o->svg)
		return true;
	struct timespace_stop stops[STOPS_MAX];
	uint32_t n = timespace_way(a->turns, stops, STOPS_MAX);
	g_autofree char *title = g_strdup_printf("The busiest way over signals, cycle %g s", r->plan->cycle_s);
	GString *svg = timespace_svg(r->plan, a->turns, stops, n, title);
	if (!svg) {
		fprintf(stderr, "greenwave-sim optimize: note: nobody drives over a signal, there is no time-space diagram to draw\n");
		return true;
	}
	return save(o->svg, svg, error);
}

static void tell(const struct ahead *a, const struct ahead_result *r)
{
	printf("signals                %u, common cycle %g s\n", a->n, r->plan->cycle_s);
	printf("delay                  %.2f s/veh, %.2f s/veh with the programs before (%+.1f %%), in the microscopic world on days of its own\n", r->plan_s,
		r->native_s, 100 * (r->plan_s / r->native_s - 1));
	printf("computing              %.1f s (%.1f s platoon model), %u runs of the world\n", r->spent_s, r->model_s, r->n_runs);
	for (uint32_t k = 0; k < a->n; k++) {
		g_autofree char *line = plan_print(r->plan->plans[k], a->junctions[k]);
		printf("%s\n", line);
	}
}

/* A plan for each part of the time, each searched for by itself. */
struct day {
	struct ahead *first; /* its junctions are those of all */
	struct ahead_result results[PERIODS_MAX];
	double begin_s[PERIODS_MAX];
	uint32_t n;
};

static bool one_period(struct day *d, const struct sim_case *c, const struct order *o, double begin_s, double end_s, uint32_t n, GError **error)
{
	struct sim_case part = *c;
	struct ahead_options how = o->how;
	part.begin_s = d->n ? fmax(c->begin_s, begin_s - LEAD_S) : begin_s;
	part.end_s = end_s;
	part.quiet = c->quiet || d->n > 0;
	how.budget_s /= n;
	how.tries = MAX(1, how.tries / n);
	struct ahead *a = ahead_new(&part, NULL, &how, error);
	if (!a || !ahead_search(a, &part, &how, &d->results[d->n], error)) {
		ahead_free(a);
		return false;
	}
	printf("%.0f..%.0f s: ", begin_s, end_s);
	tell(a, &d->results[d->n]);
	d->begin_s[d->n++] = begin_s;
	if (d->first)
		ahead_free(a);
	else
		d->first = a;
	return true;
}

static bool write_day(const struct day *d, const struct order *o, GError **error)
{
	const struct junction *const *junctions = (const struct junction *const *) d->first->junctions;
	const struct network_plan *plans[PERIODS_MAX];
	const struct plan_day day = {plans, d->begin_s, d->n, o->program, o->way};
	for (uint32_t k = 0; k < d->n; k++)
		plans[k] = d->results[k].plan;
	g_autofree char *note = g_strdup_printf("greenwave-sim optimize: %u plans of the day for %u signals", d->n, d->first->n);
	if (o->output && !save(o->output, plan_day_sumo(&day, junctions, d->first->n, note, error), error))
		return false;
	if (!o->csv)
		return true;
	GString *rows = g_string_new(NULL);
	for (uint32_t k = 0; k < d->n; k++) {
		GString *one = plan_files_patterns(plans[k], junctions, (uint32_t) o->pattern + k, k == 0);
		g_string_append(rows, one->str);
		g_string_free(one, TRUE);
	}
	return save(o->csv, rows, error);
}

static int run_day(const struct sim_case *c, const struct order *o, GError **error)
{
	struct day d = {0};
	uint32_t n = (uint32_t) ceil((c->end_s - c->begin_s) / o->every_s - 1e-9);
	bool good = outfile_may(o->output, error) && outfile_may(o->csv, error);
	if (n < 1 || n > PERIODS_MAX || o->pattern + n > 254) {
		fprintf(stderr, "greenwave-sim optimize: --every makes %u plans, must be 1 to %d, and pattern numbers end at 253\n", n, PERIODS_MAX);
		return 2;
	}
	for (uint32_t k = 0; good && k < n; k++)
		good = one_period(&d, c, o, c->begin_s + k * o->every_s, fmin(c->end_s, c->begin_s + (k + 1) * o->every_s), n, error);
	good = good && write_day(&d, o, error) && outfile_printed(error);
	for (uint32_t k = 0; k < d.n; k++)
		network_plan_free(d.results[k].plan);
	ahead_free(d.first);
	return good ? 0 : 1;
}

/* By the name that NTCIP 1202 has for it. */
static bool find_way(const char *name, enum transition_way *way)
{
	for (int k = TRANSITION_DWELL; k <= TRANSITION_ADD_ONLY; k++)
		if (!strcmp(name, transition_way_name((enum transition_way) k))) {
			*way = (enum transition_way) k;
			return true;
		}
	return false;
}

static int run(const struct sim_case *c, const struct order *o, GError **error)
{
	if (!outfile_may(o->output, error) || !outfile_may(o->csv, error) || !outfile_may(o->svg, error))
		return 1;
	owned(ahead) a = ahead_new(c, o->counts, &o->how, error);
	if (!a)
		return 1;
	for (guint k = 0; k < a->left_out->len; k++)
		fprintf(stderr, "greenwave-sim: note: %s\n", (const char *) a->left_out->pdata[k]);
	struct ahead_result r = {0};
	if (!ahead_search(a, c, &o->how, &r, error))
		return 1;
	for (uint32_t k = 0; k < a->n; k++) {
		g_free(r.plan->plans[k]->id);
		r.plan->plans[k]->id = g_strdup(o->program);
	}
	bool good = write_files(a, &r, o, c, error);
	tell(a, &r);
	good = good && outfile_printed(error);
	network_plan_free(r.plan);
	return good ? 0 : 1;
}

int sim_optimize(int argc, char **argv)
{
	struct sim_case c;
	struct order o = {.pattern = 1, .way = TRANSITION_SHORTWAY, .how = ahead_options_default()};
	gint tries = 0;
	g_autofree char *way = NULL;
	gboolean keep = FALSE;
	const GOptionEntry more[] = {
		{"turns", 't', 0, G_OPTION_ARG_FILENAME, &o.counts, "counts instead of routes: SUMO's edgeRelation and edge data; several: commas", "FILE"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output, "the plans as SUMO programs (.add.xml)", "FILE"},
		{"csv", 0, 0, G_OPTION_ARG_FILENAME, &o.csv, "the plans as pattern rows for controllers, in NTCIP 1202's words", "FILE.csv"},
		{"svg", 0, 0, G_OPTION_ARG_FILENAME, &o.svg, "a time-space diagram of the busiest way", "FILE.svg"},
		{"program-id", 0, 0, G_OPTION_ARG_STRING, &o.program, "programID of the plans (default: optimized)", "ID"},
		{"pattern", 0, 0, G_OPTION_ARG_INT, &o.pattern, "patternNumber of the rows, 1..253 (default 1)", "N"},
		{"every", 0, 0, G_OPTION_ARG_DOUBLE, &o.every_s, "a plan for each so many seconds of the time (default: one for all)", "S"},
		{"transition", 0, 0, G_OPTION_ARG_STRING, &way, "from plan to plan: dwell, shortway (default) or add-only", "WAY"},
		{"budget", 0, 0, G_OPTION_ARG_DOUBLE, &o.how.budget_s, "seconds to compute (default 60)", "S"},
		{"tries", 0, 0, G_OPTION_ARG_INT, &tries, "instead: so many runs of the world; the same plans on every machine", "N"},
		{"min-cycle", 0, 0, G_OPTION_ARG_DOUBLE, &o.how.cycle_min_s, "shortest common cycle, s (default 30)", "S"},
		{"max-cycle", 0, 0, G_OPTION_ARG_DOUBLE, &o.how.cycle_max_s, "longest common cycle, s (default 120)", "S"},
		{"stop-penalty", 0, 0, G_OPTION_ARG_DOUBLE, &o.how.stop_s, "a stop counts as so much delay, s (default 0)", "S"},
		{"keep-stages", 0, 0, G_OPTION_ARG_NONE, &keep, "every stage of a signal's program once a cycle; only the order is free", NULL},
		{"busier", 0, 0, G_OPTION_ARG_DOUBLE, &o.how.busier, "half of the days have so many times the traffic (default 1.1)", "FACTOR"},
		{"jitter", 0, 0, G_OPTION_ARG_DOUBLE, &o.how.jitter_s, "departures move by up to so much from day to day, s (default 15)", "S"},
		G_OPTION_ENTRY_NULL,
	};
	int code = 1;
	g_autoptr(GError) error = NULL;
	sim_case_init(&c);
	c.may_lack_routes = true;
	if (sim_case_options(&c, more, summary, argc, argv, &code)) {
		const char *wrong = !o.counts && !c.routes && !c.additional ? "needs --routes FILE or --turns FILE" :
			o.pattern < 1 || o.pattern > 253 ? "--pattern must be 1 to 253" : tries < 0 || tries > 10000000 ? "--tries must be 0 to 10000000" :
			way && !find_way(way, &o.way) ? "--transition must be dwell, shortway or add-only" :
			o.every_s < 0 || (o.every_s > 0 && o.every_s < 300) ? "--every must be at least 300 s" :
			o.every_s > 0 && (isnan(c.begin_s) || isnan(c.end_s) || o.counts) ? "--every needs routes and a time: --begin and --end" :
			!(o.how.budget_s > 0) && tries == 0 ? "--budget must be above 0 s" : NULL;
		o.program = o.program ? o.program : g_strdup("optimized");
		o.how.seed = (uint64_t) c.seed;
		o.how.keep_stages = keep;
		if (tries > 0) {
			o.how.tries = (uint32_t) tries;
			o.how.budget_s = 0;
		}
		if (wrong)
			fprintf(stderr, "greenwave-sim optimize: %s\n", wrong);
		code = wrong ? 2 : o.every_s > 0 ? run_day(&c, &o, &error) : run(&c, &o, &error);
	}
	if (error)
		fprintf(stderr, "greenwave-sim optimize: %s\n", error->message);
	sim_case_finish(&c);
	char *const texts[] = {o.counts, o.output, o.csv, o.svg, o.program};
	for (size_t k = 0; k < G_N_ELEMENTS(texts); k++)
		g_free(texts[k]);
	return code;
}
