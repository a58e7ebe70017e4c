/* settle.c - the search over the platoon model; see settle.h. */
#include "optimizer/settle.h"

#include <gsl/gsl_multimin.h>
#include <gsl/gsl_siman.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/core_error.h"
#include "optimizer/webster.h"

#define YIELDS_FRAC 0.5   /* a green in which one gives way counts so much */
#define STARTS_MAX 64
#define SIMPLEX_STEPS 40
#define ROUND 400         /* costs a round of annealing, between questions whether it is enough */

struct settle_options settle_options_default(void)
{
	return (struct settle_options){.seed = 1, .cycle_min_s = 30, .cycle_max_s = 120, .cycle_step_s = 10, .n_anneal = 20000, .n_best = 3,
		.stir = stir_options_default()};
}

/* Junctions of the layout's sites, as the plans' functions want them. */
static const struct junction **junctions_of(const struct layout *l)
{
	const struct junction **all = g_new(const struct junction *, MAX(l->n_sites, 1));
	for (uint32_t s = 0; s < l->n_sites; s++)
		all[s] = l->sites[s].junction;
	return all;
}

/* How much of row r's green slot's traffic can use: that of its turns which is worst off. */
static double use_of(const struct turns *t, const struct plan *p, uint32_t slot, uint32_t r)
{
	double free_vph = 0, yield_vph = 0, red_vph = 0;
	for (uint32_t k = 0; k < t->n_lanes; k++) {
		const struct turn_lane *lane = &t->lanes[k];
		if (lane->slot != slot)
			continue;
		double vph = t->turns[lane->turn].flow_vph * lane->share;
		char letter = t->layout->sites[t->turns[lane->turn].site].junction->stages[p->rows[r].stage].state[lane->signal_link];
		*(letter == 'G' ? &free_vph : letter == 'g' ? &yield_vph : &red_vph) += vph;
	}
	double all_vph = free_vph + yield_vph + red_vph;
	return all_vph <= 0 || red_vph > 0.5 * all_vph ? 0 : (free_vph + YIELDS_FRAC * yield_vph) / all_vph;
}

static double flow_of(const struct turns *t, uint32_t slot)
{
	double vph = 0;
	for (uint32_t k = 0; k < t->n_lanes; k++)
		vph += t->lanes[k].slot == slot ? t->turns[t->lanes[k].turn].flow_vph * t->lanes[k].share : 0;
	return vph;
}

/* Flow ratios of the rows: critical lanes that have one row first, then those that several rows serve together. */
static void flow_ratios(const struct turns *t, const struct platoon_options *o, const struct plan *p, const struct site *site, double *ratio)
{
	for (uint32_t r = 0; r < p->n_rows; r++)
		ratio[r] = 0;
	for (int several = 0; several < 2; several++)
		for (uint32_t slot = site->first_slot; slot < site->first_slot + site->n_slots; slot++) {
			double need = flow_of(t, slot) * o->demand * o->headway_s / 3600, has = 0, best = 0;
			uint32_t rows = 0, at = 0;
			for (uint32_t r = 0; r < p->n_rows; r++) {
				double use = use_of(t, p, slot, r);
				rows += use > 0;
				has += use * ratio[r];
				if (use > best)
					best = use, at = r;
			}
			if (rows > 0 && (rows > 1) == several && has < need)
				ratio[at] += (need - has) / best;
		}
}

static bool webster_plan(const struct turns *t, const struct platoon_options *o, struct plan *p, const struct site *site, double cycle_s)
{
	g_autofree double *ratio = g_new(double, p->n_rows), *least_s = g_new(double, p->n_rows), *green_s = g_new(double, p->n_rows), *more_s = g_new(double, p->n_rows);
	double lost_s = 0;
	flow_ratios(t, o, p, site, ratio);
	for (uint32_t r = 0; r < p->n_rows; r++) {
		more_s[r] = plan_stays_s(p, site->junction, r) + o->amber_used_s - o->start_loss_s;
		lost_s += plan_way_s(p, site->junction, r) - more_s[r];
		least_s[r] = fmax(plan_least_s(p, site->junction, r) + more_s[r], 0);
		ratio[r] += 1e-3;
	}
	if (webster_split(cycle_s, lost_s, ratio, least_s, p->n_rows, green_s) > cycle_s + 1e-6)
		return false;
	for (uint32_t r = 0; r < p->n_rows; r++)
		green_s[r] -= more_s[r];
	p->offset_s = fmod(round(p->offset_s * cycle_s / p->cycle_s), cycle_s);
	return plan_set_greens(p, site->junction, cycle_s, green_s);
}

struct network_plan *settle_webster(const struct turns *t, const struct platoon_options *o, const struct plan *const *native, double cycle_s)
{
	const struct layout *l = t->layout;
	owned(network_plan) p = g_new0(struct network_plan, 1);
	*p = (struct network_plan){.cycle_s = cycle_s, .plans = g_new0(struct plan *, MAX(l->n_sites, 1)), .n = l->n_sites};
	for (uint32_t s = 0; s < l->n_sites; s++) {
		p->plans[s] = plan_copy(native[s]);
		if (webster_plan(t, o, p->plans[s], &l->sites[s], cycle_s) && plan_shows(p->plans[s], l->sites[s].junction))
			continue;
		/* Greens against a maximum or a longest red: those of the program, stretched, may fit where Webster's do not. */
		plan_free(p->plans[s]);
		p->plans[s] = plan_copy(native[s]);
		if (!plan_stretch(p->plans[s], l->sites[s].junction, cycle_s) || !plan_shows(p->plans[s], l->sites[s].junction))
			return NULL;
	}
	return give(p);
}

/* One search: a model, where it stands, and where it was best. */
struct search {
	struct platoon *model;
	const struct junction **junctions;
	const struct settle_options *o;
	gsl_rng *rng;
	struct network_plan *best;
	double best_cost;
};

/* Rarely needed, so asked only of what is to be kept: short greens may not come as the plan says. */
static bool all_show(const struct search *x, const struct network_plan *p)
{
	for (uint32_t s = 0; s < p->n; s++)
		if (!plan_equal(p->plans[s], x->best->plans[s]) && !plan_shows(p->plans[s], x->junctions[s]))
			return false;
	return true;
}

static void note(struct search *x, const struct network_plan *p, double cost)
{
	if (cost >= x->best_cost || !all_show(x, p))
		return;
	struct network_plan *before = x->best;
	x->best = network_plan_copy(p);
	x->best_cost = cost;
	network_plan_free(before);
}

static bool enough(const struct search *x, double share)
{
	return x->o->enough && x->o->enough(x->o->user, share, x->best_cost);
}

/* The splits of one junction by Nelder and Mead's simplex (gsl_multimin): the unknowns are the logarithms of its greens. */
struct splits {
	struct search *search;
	struct network_plan *plan;
	uint32_t site;
};

static bool take_splits(const struct splits *x, const gsl_vector *v)
{
	struct plan *p = x->plan->plans[x->site];
	const struct junction *j = x->search->junctions[x->site];
	g_autofree double *green_s = g_new(double, p->n_rows);
	for (uint32_t r = 0; r < p->n_rows; r++)
		green_s[r] = exp(CLAMP(gsl_vector_get(v, r), -3, 6));
	return plan_set_greens(p, j, p->cycle_s, green_s) && plan_check(p, j, NULL);
}

static double cost_of_splits(const gsl_vector *v, void *user)
{
	struct splits *x = user;
	if (!take_splits(x, v))
		return 1e9;
	double cost = platoon_cost(x->search->model, x->plan).total;
	note(x->search, x->plan, cost);
	return cost;
}

static void better_splits(struct search *x, uint32_t site)
{
	struct splits s = {x, network_plan_copy(x->best), site};
	const struct plan *p = s.plan->plans[site];
	uint32_t n = p->n_rows;
	gsl_vector *at = gsl_vector_alloc(n), *step = gsl_vector_alloc(n);
	gsl_multimin_function f = {cost_of_splits, n, &s};
	gsl_multimin_fminimizer *m = n > 1 ? gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, n) : NULL;
	for (uint32_t r = 0; r < n; r++)
		gsl_vector_set(at, r, log(fmax(1, p->rows[r].split_s - plan_way_s(p, x->junctions[site], r))));
	gsl_vector_set_all(step, 0.3);
	if (m && gsl_multimin_fminimizer_set(m, &f, at, step) == 0)
		for (int k = 0; k < SIMPLEX_STEPS && gsl_multimin_fminimizer_iterate(m) == 0; k++)
			if (gsl_multimin_test_size(gsl_multimin_fminimizer_size(m), 0.05) == 0)
				break;
	if (m)
		gsl_multimin_fminimizer_free(m);
	gsl_vector_free(at);
	gsl_vector_free(step);
	network_plan_free(s.plan);
}

/* Offsets junction by junction, as TRANSYT's hill climb has them: in steps of parts of the cycle, large ones first. */
static void better_offsets(struct search *x)
{
	static const double parts[] = {0.5, 0.25, 0.15, 0.35, 0.05};
	for (uint32_t s = 0; s < x->best->n && x->best->n > 1; s++)
		for (size_t k = 0; k < 2 * G_N_ELEMENTS(parts); k++) {
			owned(network_plan) p = network_plan_copy(x->best);
			struct plan *plan = p->plans[s];
			double d = round(parts[k / 2] * p->cycle_s) * (k % 2 ? -1 : 1);
			plan->offset_s = fmod(plan->offset_s + d + p->cycle_s, plan->cycle_s);
			note(x, p, platoon_cost(x->model, p).total);
		}
}

/* Annealing (gsl_siman): a configuration is a plan and its cost, so that asking twice does not work it out twice. */
struct state {
	struct search *search;
	struct network_plan *plan;
	double cost; /* NaN: not known yet */
};

static double state_energy(void *at)
{
	struct state *s = at;
	if (isnan(s->cost)) {
		s->cost = platoon_cost(s->search->model, s->plan).total;
		note(s->search, s->plan, s->cost);
	}
	return s->cost;
}

static void state_step(const gsl_rng *rng, void *at, double size)
{
	struct state *s = at;
	(void) rng; /* the search's own, which may be written to */
	(void) size;
	if (stir_once(s->plan, s->search->junctions, &s->search->o->stir, s->search->rng, NULL) != STIR_N_KINDS)
		s->cost = NAN;
}

static double state_distance(void *a, void *b)
{
	return network_plan_equal(((struct state *) a)->plan, ((struct state *) b)->plan) ? 0 : 1;
}

static void state_copy(void *from, void *to)
{
	struct state *a = from, *b = to;
	struct network_plan *before = b->plan;
	*b = *a;
	b->plan = network_plan_copy(a->plan);
	network_plan_free(before);
}

static void *state_new(void *from)
{
	struct state *copy = g_new0(struct state, 1);
	state_copy(from, copy);
	return copy;
}

static void state_free(void *at)
{
	network_plan_free(((struct state *) at)->plan);
	g_free(at);
}

static void anneal(struct search *x, uint32_t n_costs)
{
	double hot = 0.01 * x->best_cost, cold = 2e-4 * x->best_cost;
	uint32_t rounds = MAX(1, n_costs / ROUND);
	double fall = pow(hot / cold, 1.0 / rounds);
	for (uint32_t k = 0; k < rounds; k++, hot /= fall) {
		struct state *at = state_new(&(struct state){x, x->best, x->best_cost});
		const int temperatures = 8;
		gsl_siman_params_t params = {.n_tries = 1, .iters_fixed_T = ROUND / temperatures, .step_size = 1, .k = 1, .t_initial = hot,
			.mu_t = pow(fall, 1.0 / temperatures), .t_min = hot / fall * 1.0000001};
		gsl_siman_solve(x->rng, at, state_energy, state_step, state_distance, NULL, state_copy, state_new, state_free, 0, params);
		state_free(at);
		if (enough(x, (double) (k + 1) / rounds))
			return;
	}
}

static int by_cost(const void *a, const void *b)
{
	const struct settled *x = a, *y = b;
	return (x->cost > y->cost) - (x->cost < y->cost);
}

/* A start for each cycle, bettered a little; sorted. */
static uint32_t starts(struct search *x, const struct turns *t, const struct platoon_options *model, const struct plan *const *native, struct settled *list)
{
	uint32_t n = 0;
	for (double c = ceil(x->o->cycle_min_s); c <= x->o->cycle_max_s + 1e-6 && n < STARTS_MAX; c += x->o->cycle_step_s) {
		owned(network_plan) p = settle_webster(t, model, native, round(c));
		if (!p)
			continue;
		x->best = network_plan_copy(p);
		x->best_cost = platoon_cost(x->model, p).total;
		if (n == 0 || !enough(x, 0))
			better_offsets(x);
		list[n++] = (struct settled){g_steal_pointer(&x->best), x->best_cost};
	}
	qsort(list, n, sizeof *list, by_cost);
	return n;
}

uint32_t settle(const struct turns *t, const struct platoon_options *model, const struct plan *const *native, const struct settle_options *o,
	struct settled *best, GError **error)
{
	struct settled list[STARTS_MAX];
	owned(platoon) platoon = platoon_new(t, model, error);
	if (!platoon)
		return 0;
	g_autofree const struct junction **junctions = junctions_of(t->layout);
	struct search x = {.model = platoon, .junctions = junctions, .o = o, .rng = gsl_rng_alloc(gsl_rng_taus2)};
	gsl_rng_set(x.rng, (unsigned long) o->seed);
	uint32_t n = starts(&x, t, model, native, list), n_best = MIN(n, o->n_best);
	if (n == 0)
		g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "no cycle in %g..%g s holds the minimum greens and clearances of every signal", o->cycle_min_s,
			o->cycle_max_s);
	for (uint32_t k = 0; k < n_best; k++) {
		x.best = list[k].plan;
		x.best_cost = list[k].cost;
		for (uint32_t s = 0; s < t->layout->n_sites && !enough(&x, 0); s++)
			better_splits(&x, s);
		if (!enough(&x, 0))
			anneal(&x, o->n_anneal / n_best);
		best[k] = (struct settled){x.best, x.best_cost};
	}
	for (uint32_t k = n_best; k < n; k++)
		network_plan_free(list[k].plan);
	qsort(best, n_best, sizeof *best, by_cost);
	gsl_rng_free(x.rng);
	return n_best;
}
