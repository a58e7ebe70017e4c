/* ahead.c - inputs of planning ahead, and its search: the platoon model first, then the microscopic world; see ahead.h. */
#include "daemon/ahead.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/progress.h"
#include "daemon/turn_counts.h"
#include "sim/sim_error.h"

#define DISCHARGE_MPS 8.15     /* at which a queue passes the stop line in SUMO's defaults: 1 s + 7.5 m / 8.15 m/s = 1.92 s a vehicle */
#define RESERVE 1.05           /* of the demand, in the model: plans that are just full break down */
#define YIELD_WEIGHT 2.0       /* who gives way takes so much of a lane */
#define AFTER_LAST_S 300.0
#define DAYS 4
#define BUSY_DAYS 2
#define MODEL_SHARE 0.3        /* of the budget */
#define REFINE_SHARE 0.9       /* until then worlds are tried: the last ones take longer than those before on a machine that others use too */
#define MODEL_BEST 3
#define MODEL_COSTS_PER_TRY 20 /* without a budget of time */
#define TRAIN_WORLDS 4
#define BATCH 8
#define HARD_BUSIER 1.2
#define HARD_DAYS 3
#define HARD_WORLDS 24
#define LOCKED 2.5             /* times the median: no queue does that, a junction that is blocked does */
#define LEAVE_OUT_GAIN 0.08   /* a stage that protects a turn is left out only for so much: who waits inside the junction may block it */

struct ahead_options ahead_options_default(void)
{
	return (struct ahead_options){.cycle_min_s = 30, .cycle_max_s = 120, .budget_s = 60, .tries = 400, .jitter_s = 15, .busier = 1.1, .seed = 1};
}

static bool check_options(const struct ahead_options *o, GError **error)
{
	if (!(o->cycle_min_s >= 20 && o->cycle_max_s <= PLATOON_CYCLE_MAX && o->cycle_min_s <= o->cycle_max_s))
		return sim_fail(error, "cycles of %g..%g s are asked for, must lie within 20..%d s, the shortest first", o->cycle_min_s, o->cycle_max_s,
			PLATOON_CYCLE_MAX);
	if (!(o->jitter_s >= 0 && o->jitter_s <= 600))
		return sim_fail(error, "the jitter is %g s, must be in 0..600 s", o->jitter_s);
	if (!(o->busier >= 1 && o->busier <= 2))
		return sim_fail(error, "busy days have %g times the demand, must be in 1..2", o->busier);
	if (!(o->stop_s >= 0 && o->stop_s <= 600))
		return sim_fail(error, "a stop counts as %g s, must be in 0..600 s", o->stop_s);
	if (!(o->budget_s >= 0 && o->budget_s <= 86400))
		return sim_fail(error, "the budget is %g s, must be in 0..86400 s", o->budget_s);
	return true;
}

/* All its stages in their order, each as long as it must be: for signals whose program is no plan. */
static struct plan *plan_of_stages(const struct junction *j)
{
	struct plan *p = g_new0(struct plan, 1);
	p->id = g_strdup("stages");
	p->n_rows = j->n_stages;
	p->rows = g_new0(struct plan_row, j->n_stages);
	for (uint32_t s = 0; s < j->n_stages; s++)
		p->rows[s] = (struct plan_row){s, 1};
	for (uint32_t s = 0; s < j->n_stages; s++) {
		double green_s = 1;
		for (uint32_t i = 0; i < j->n_links; i++)
			green_s = shows_green(j->stages[s].state[i]) ? fmax(green_s, ceil(j->links[i].min_green_s)) : green_s;
		p->rows[s].split_s = plan_way_s(p, j, s) + green_s;
		p->cycle_s += p->rows[s].split_s;
	}
	return p;
}

static void add_signal(struct ahead *a, uint32_t signal)
{
	g_autoptr(GError) why = NULL;
	struct junction *j = junction_new(a->net, signal, NULL, &why);
	if (!j) {
		g_ptr_array_add(a->left_out, g_strdup_printf("signal %s keeps its own program: %s", a->net->signals[signal].id, why->message));
		return;
	}
	struct plan *p = plan_from_program(j, &a->net->signals[signal].programs[0], NULL);
	if (!p && j->n_stages < 2) {
		g_ptr_array_add(a->left_out, g_strdup_printf("signal %s keeps its own program: it has no two stages", j->id));
		junction_free(j);
		return;
	}
	a->junctions[a->n] = j;
	a->native[a->n++] = p ? p : plan_of_stages(j);
}

struct reading {
	const struct sim_case *c;
	const struct ahead *a;
	bool counts;
};

static struct routes *read_day(void *user, uint64_t seed, GError **error)
{
	struct reading *r = user;
	if (r->counts)
		return turn_counts_routes(r->a->turns, r->a->begin_s, r->a->end_s, seed, error);
	g_autofree char *files = g_strjoin(",", r->c->additional ? r->c->additional : "", r->c->routes ? r->c->routes : "", NULL);
	struct routes *routes = routes_read_some(files, r->a->net, seed, r->c->lenient, NULL, error);
	return routes;
}

/* Who departs in time, into the turns; and how unevenly they come. */
static void take_routes(struct ahead *a, const struct routes *routes, double scale)
{
	struct turns *t = a->turns;
	uint32_t n_windows = (uint32_t) fmax(1, ceil((a->end_s - a->begin_s) / TURNS_WINDOW_S));
	g_autofree double *counts = g_new0(double, (gsize) n_windows * MAX(t->n_turns, 1));
	for (uint32_t k = 0; k < routes->n_departures; k++) {
		const struct departure *d = &routes->departures[k];
		const struct route *r = &routes->routes[d->route];
		if (d->depart_s < a->begin_s || d->depart_s >= a->end_s)
			continue;
		turns_add_route(t, r->edges, r->n_edges, scale * 3600 / (a->end_s - a->begin_s));
		uint32_t window = (uint32_t) ((d->depart_s - a->begin_s) / TURNS_WINDOW_S);
		for (uint32_t i = 0; i + 1 < r->n_edges; i++) {
			uint32_t turn = turns_find(t, r->edges[i], r->edges[i + 1]);
			if (turn != NET_NONE)
				counts[turn * n_windows + window] += scale;
		}
	}
	for (uint32_t k = 0; k < t->n_turns; k++)
		turns_set_burst(t, k, counts + (gsize) k * n_windows, n_windows);
}

/* The mean of those who come: reaction time and the room of one vehicle at the speed of a queue that discharges. */
static double headway_s(const struct routes *routes)
{
	double sum_s = 0;
	for (uint32_t k = 0; k < routes->n_departures; k++) {
		const struct vtype *v = &routes->types[routes->departures[k].type];
		sum_s += v->tau_s + (v->length_m + v->min_gap_m) / DISCHARGE_MPS;
	}
	return routes->n_departures ? CLAMP(sum_s / routes->n_departures, 1, 4) : platoon_options_default().headway_s;
}

static bool take_span(struct ahead *a, const struct sim_case *c, const struct routes *routes, GError **error)
{
	if (routes->n_departures == 0)
		return sim_fail(error, "nobody departs: there is nothing to plan for");
	a->begin_s = isnan(c->begin_s) ? floor(routes->departures[0].depart_s) : c->begin_s;
	a->end_s = isnan(c->end_s) ? ceil(routes->departures[routes->n_departures - 1].depart_s) + AFTER_LAST_S : c->end_s;
	return true;
}

static bool take_traffic(struct ahead *a, const struct sim_case *c, const char *counts, const struct ahead_options *o, GError **error)
{
	struct reading r = {c, a, counts != NULL};
	const struct demands_options days = {o->seed, o->jitter_s, o->busier, DAYS, o->busier > 1 ? BUSY_DAYS : 0, c->scale};
	if (counts) {
		g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
		owned(turn_counts) read = turn_counts_read(counts, a->net, notes, error);
		if (!read || !turn_counts_apply(read, a->turns, error))
			return false;
		sim_case_say(notes);
		turn_counts_span(read, &a->begin_s, &a->end_s);
	}
	owned(routes) routes = read_day(&r, o->seed, error);
	if (!routes || (!counts && !take_span(a, c, routes, error)))
		return false;
	if (!counts)
		take_routes(a, routes, c->scale);
	turns_share_lanes(a->turns, YIELD_WEIGHT);
	a->model.headway_s = headway_s(routes);
	a->model.period_s = CLAMP(a->end_s - a->begin_s, 60, 86400);
	a->days = demands_new(read_day, &r, &days, error);
	const struct demands_options hard = {o->seed + DAYS, o->jitter_s, HARD_BUSIER, HARD_DAYS, HARD_DAYS, c->scale};
	a->hard = a->days ? demands_new(read_day, &r, &hard, error) : NULL;
	return a->hard != NULL;
}

struct ahead *ahead_new(const struct sim_case *c, const char *counts, const struct ahead_options *o, GError **error)
{
	owned(ahead) a = g_new0(struct ahead, 1);
	a->left_out = g_ptr_array_new_with_free_func(g_free);
	a->model = platoon_options_default();
	a->model.demand = RESERVE;
	a->model.stop_s = o->stop_s;
	if (!check_options(o, error))
		return NULL;
	a->net = sim_case_network(c, NULL, error);
	if (!a->net)
		return NULL;
	a->junctions = g_new0(struct junction *, MAX(a->net->n_signals, 1));
	a->native = g_new0(struct plan *, MAX(a->net->n_signals, 1));
	for (uint32_t s = 0; s < a->net->n_signals; s++)
		add_signal(a, s);
	if (a->n == 0) {
		sim_fail(error, "%s: there is no signal that could be planned%s%s", c->network, a->left_out->len ? ": " : "",
			a->left_out->len ? (const char *) a->left_out->pdata[0] : "");
		return NULL;
	}
	a->layout = layout_new(a->net, (const struct junction *const *) a->junctions, (const struct plan *const *) a->native, a->n);
	a->turns = turns_new(a->layout);
	return take_traffic(a, c, counts, o, error) ? give(a) : NULL;
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	demands_free(a->days);
	demands_free(a->hard);
	turns_free(a->turns);
	layout_free(a->layout);
	for (uint32_t k = 0; k < a->n; k++) {
		junction_free(a->junctions[k]);
		plan_free(a->native[k]);
	}
	g_free(a->junctions);
	g_free(a->native);
	if (a->left_out)
		g_ptr_array_unref(a->left_out);
	network_free(a->net);
	g_free(a);
}

/* The model's searches, each in a thread of its own: with the stages of the programs, and with any. */
struct branch {
	struct ahead *a;
	struct settle_options o;
	struct settled best[MODEL_BEST];
	uint32_t n;
	GError *error;
};

/* What they show on the way, and when they must be over. */
struct watch {
	struct progress *line;
	gint64 begin_us, until_us; /* 0: as many costs as they have */
	gint64 end_us;             /* of everything */
};

static bool on_model(void *user, double share, double cost)
{
	(void) share;
	(void) cost;
	const struct watch *w = user;
	return w->until_us && g_get_monotonic_time() >= w->until_us;
}

static void *on_branch(void *user)
{
	struct branch *b = user;
	b->n = settle(b->a->turns, &b->a->model, (const struct plan *const *) b->a->native, &b->o, b->best, &b->error);
	return NULL;
}

static uint32_t run_model(struct ahead *a, const struct ahead_options *o, struct watch *w, struct settled *best, GError **error)
{
	struct settle_options so = settle_options_default();
	so.seed = o->seed;
	so.cycle_min_s = so.stir.cycle_min_s = o->cycle_min_s;
	so.cycle_max_s = so.stir.cycle_max_s = o->cycle_max_s;
	so.cycle_step_s = fmax(1, (so.cycle_max_s - so.cycle_min_s) / 9);
	so.n_anneal = o->budget_s > 0 ? 1000000 : o->tries * MODEL_COSTS_PER_TRY;
	so.n_best = MODEL_BEST;
	so.enough = on_model;
	so.user = w;
	struct branch branches[2] = {{.a = a, .o = so}, {.a = a, .o = so}};
	branches[0].o.stir.weight[STIR_STAGE] = 0;
	uint32_t n_branches = o->keep_stages ? 1 : 2, n = 0;
	GThread *threads[2];
	for (uint32_t k = 0; k < n_branches; k++)
		threads[k] = g_thread_new("settle", on_branch, &branches[k]);
	for (uint32_t k = 0; k < n_branches; k++)
		g_thread_join(threads[k]);
	for (uint32_t k = 0; k < n_branches; k++) {
		for (uint32_t i = 0; i < branches[k].n; i++)
			best[n++] = branches[k].best[i];
		if (branches[k].error && n == 0 && k + 1 == n_branches)
			g_propagate_error(error, g_steal_pointer(&branches[k].error));
		g_clear_error(&branches[k].error);
	}
	return n;
}

static void on_refine(void *user, double cost_s, uint32_t n_runs)
{
	struct watch *w = user;
	gint64 now_us = g_get_monotonic_time();
	if (!progress_due(w->line))
		return;
	g_autofree char *words = g_strdup_printf("%u runs of the world, %.1f s of delay a vehicle", n_runs, cost_s);
	progress_show(w->line, w->end_us ? CLAMP((double) (now_us - w->begin_us) / (double) (w->end_us - w->begin_us), 0, 1) : 0, words);
}

/* Is every stage of every program there, once? */
static bool keeps_stages(const struct ahead *a, const struct network_plan *p)
{
	for (uint32_t k = 0; k < p->n; k++) {
		bool same = p->plans[k]->n_rows == a->native[k]->n_rows;
		for (uint32_t r = 0; same && r < a->native[k]->n_rows; r++) {
			bool there = false;
			for (uint32_t i = 0; i < p->plans[k]->n_rows; i++)
				there |= p->plans[k]->rows[i].stage == a->native[k]->rows[r].stage;
			same = there;
		}
		if (!same)
			return false;
	}
	return true;
}

static int by_cost(const void *a, const void *b)
{
	const struct tryout *x = a, *y = b;
	return (x->cost_s > y->cost_s) - (x->cost_s < y->cost_s);
}

/* Days with much more traffic: does it lock up in any? */
static bool locks_up(const struct tryout_stage *st, const struct ahead *a, const struct network_plan *p, uint64_t seed)
{
	struct tryout_stage hard = *st;
	struct tryout tries[HARD_WORLDS];
	hard.demands = (const struct routes *const *) a->hard->days;
	hard.n_demands = a->hard->n;
	for (uint32_t k = 0; k < HARD_WORLDS; k++)
		tries[k] = (struct tryout){.plan = p, .seed = seed + k};
	tryouts_run(&hard, tries, HARD_WORLDS);
	qsort(tries, HARD_WORLDS, sizeof *tries, by_cost);
	return !(tries[HARD_WORLDS - 1].cost_s < LOCKED * tries[HARD_WORLDS / 2].cost_s);
}

static double cost_of_native(const struct tryout_stage *st, const struct ahead *a, uint64_t seed)
{
	struct tryout tries[2 * DAYS];
	struct network_plan own = {.plans = a->native, .n = a->n};
	double sum_s = 0;
	for (uint32_t k = 0; k < G_N_ELEMENTS(tries); k++)
		tries[k] = (struct tryout){.plan = &own, .seed = seed + k, .own_programs = true};
	tryouts_run(st, tries, G_N_ELEMENTS(tries));
	for (uint32_t k = 0; k < G_N_ELEMENTS(tries); k++)
		sum_s += tries[k].cost_s / G_N_ELEMENTS(tries);
	return sum_s;
}

/* The search in worlds: with all stages in half of the time, then with any; which of the two plans it is to be. */
static void run_worlds(struct ahead *a, const struct tryout_stage *st, const struct ahead_options *o, const struct refine_options *ro,
	const struct network_plan *const *starts, uint32_t n, struct ahead_result *result)
{
	struct refine_result kept = {0}, freed = {0};
	struct refine_options first = *ro, second = *ro;
	uint32_t n_kept = 0;
	while (n_kept < n && keeps_stages(a, starts[n_kept]))
		n_kept++;
	first.stir.weight[STIR_STAGE] = 0;
	if (!o->keep_stages) {
		first.tries_max /= 2;
		first.end_us = ro->end_us ? (g_get_monotonic_time() + ro->end_us) / 2 : 0;
	}
	if (n_kept > 0)
		kept = refine(st, starts, n_kept, &first);
	if (o->keep_stages)
		second.stir.weight[STIR_STAGE] = 0;
	second.seed += n_kept > 0;
	second.tries_max -= n_kept > 0 ? first.tries_max : 0;
	if (!o->keep_stages || n_kept == 0)
		freed = refine(st, starts, n, &second);
	bool leaves_out = !kept.plan || (freed.plan && freed.cost_s < (1 - LEAVE_OUT_GAIN) * kept.cost_s &&
		(keeps_stages(a, freed.plan) || !locks_up(st, a, freed.plan, o->seed + HARD_DAYS)));
	result->plan = leaves_out ? freed.plan : kept.plan;
	network_plan_free(leaves_out ? kept.plan : freed.plan);
	result->plan_s = leaves_out ? freed.cost_s : kept.cost_s;
	result->native_s = cost_of_native(st, a, kept.next_seed + freed.next_seed);
	result->n_runs = kept.n_runs + freed.n_runs;
}

bool ahead_search(struct ahead *a, const struct sim_case *c, const struct ahead_options *o, struct ahead_result *result, GError **error)
{
	gint64 begin_us = g_get_monotonic_time(), budget_us = (gint64) (o->budget_s * 1e6);
	owned(progress) line = o->quiet ? NULL : progress_new();
	struct watch w = {line, begin_us, budget_us ? begin_us + (gint64) (MODEL_SHARE * (double) budget_us) : 0, budget_us ? begin_us + (gint64) (REFINE_SHARE * (double) budget_us) : 0};
	struct settled best[2 * MODEL_BEST];
	const struct network_plan *starts[2 * MODEL_BEST];
	progress_show(line, 0, "platoon model");
	uint32_t n = run_model(a, o, &w, best, error);
	if (n == 0)
		return false;
	result->model_s = (double) (g_get_monotonic_time() - begin_us) * 1e-6;
	const struct tryout_stage st = {.net = a->net, .junctions = (const struct junction *const *) a->junctions, .n_junctions = a->n,
		.demands = (const struct routes *const *) a->days->days, .n_demands = a->days->n, .begin_s = a->begin_s, .end_s = a->end_s,
		.step_s = c->step_s, .stop_s = o->stop_s, .threads = (uint32_t) c->threads};
	struct refine_options ro = {.seed = o->seed, .n_seeds = TRAIN_WORLDS, .batch = BATCH, .tries_max = budget_us ? 0 : o->tries,
		.end_us = w.end_us, .stir = stir_options_default(), .on_progress = on_refine, .user = &w, .stop = c->stop};
	ro.stir.cycle_min_s = o->cycle_min_s;
	ro.stir.cycle_max_s = o->cycle_max_s;
	for (uint32_t k = 0; k < n; k++)
		starts[k] = best[k].plan;
	run_worlds(a, &st, o, &ro, starts, n, result);
	for (uint32_t k = 0; k < n; k++)
		network_plan_free(best[k].plan);
	result->spent_s = (double) (g_get_monotonic_time() - begin_us) * 1e-6;
	return true;
}
