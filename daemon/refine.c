/* refine.c - small changes tried out in the microscopic world; see refine.h. */
#include "daemon/refine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_FIRST 0.03 /* of the cost: how much worse a change may be in the first world, */
#define SLACK_MORE 0.01  /* and in all so far in those that follow */
#define RELAPSE 0.06     /* a plan that is so much worse in other worlds than the one before was is not kept */
#define CHANGES_MAX 3
#define PROOF 2          /* times n_seeds: worlds that a plan must stand before it is kept */
#define FINAL_WORLDS 3   /* times n_seeds: the shortlist meets so many, */
#define LAST_WORLDS 6    /* and the best of them so many more */
#define LAST 3
#define LAST_SHARE 0.25
#define LAST_SLOWER 1.25 /* a run of these than those before, of which some were given up on the way */
#define SHORTLIST 7
#define WORST_FRAC 0.3   /* of the way from a plan's mean to its worst world: so much the worst counts in the choice */

struct held { /* the plan in hand */
	struct network_plan *plan;
	struct tryout *worlds; /* PROOF * n_seeds: what came of it in each */
	double cost_s;
};

struct refiner {
	const struct tryout_stage *stage;
	const struct refine_options *o;
	gsl_rng *rng;
	uint64_t next_seed;
	uint64_t *seeds; /* PROOF * n_seeds: the worlds at present */
	struct held held;
	struct network_plan *last[SHORTLIST]; /* those kept last, newest first; owned */
	uint32_t n_runs, n_kept;
	gint64 begin_us;
	uint32_t n_list, n_final, n_more; /* of the last choice: plans, worlds for each, more worlds for the best; fewer where time is short */
};

/* Runs that are still to come when no more changes are tried. */
static uint32_t n_last(const struct refiner *r)
{
	return (r->n_list * r->n_final + MIN(r->n_list, LAST) * r->n_more);
}

/* The last choice may take LAST_SHARE of the time that was there in the beginning. */
static void plan_end(struct refiner *r)
{
	uint32_t n = r->o->n_seeds;
	r->n_list = SHORTLIST + 1;
	r->n_final = FINAL_WORLDS * n;
	r->n_more = LAST_WORLDS * n;
	if (!r->o->end_us)
		return;
	double run_us = (double) (g_get_monotonic_time() - r->begin_us) / MAX(r->n_runs, 1);
	double fits = LAST_SHARE * (double) (r->o->end_us - r->begin_us) / (run_us * n_last(r));
	fits = fmax(0, fits);
	if (fits < 1) {
		r->n_list = (uint32_t) fmax(2, fits * r->n_list * 2);
		r->n_list = MIN(r->n_list, SHORTLIST + 1);
		r->n_final = (uint32_t) fmax(n, fits * r->n_final);
		r->n_more = (uint32_t) (fits * r->n_more);
	}
}

static bool over(const struct refiner *r)
{
	gint64 now_us = g_get_monotonic_time();
	double run_us = (double) (now_us - r->begin_us) / MAX(r->n_runs, 1);
	return (r->o->stop && *r->o->stop) || (r->o->tries_max && r->n_runs >= r->o->tries_max) ||
		(r->o->end_us && now_us + (gint64) (LAST_SLOWER * run_us * n_last(r)) >= r->o->end_us);
}

/* The plan in hand in other worlds. */
static void measure_anew(struct refiner *r)
{
	uint32_t n = PROOF * r->o->n_seeds;
	r->held.cost_s = 0;
	for (uint32_t k = 0; k < n; k++) {
		r->seeds[k] = r->next_seed++;
		r->held.worlds[k] = (struct tryout){.plan = r->held.plan, .seed = r->seeds[k]};
	}
	tryouts_run(r->stage, r->held.worlds, n);
	r->n_runs += n;
	for (uint32_t k = 0; k < n; k++)
		r->held.cost_s += r->held.worlds[k].cost_s / n;
}

struct change {
	struct network_plan *plan; /* NULL: out of the race */
	double cost_s;             /* sum over the worlds so far */
};

static void drop(struct change *c)
{
	network_plan_free(c->plan);
	c->plan = NULL;
}

/* One world more for those that are still in the race. */
static void race(struct refiner *r, struct change *changes, uint32_t n, uint32_t world)
{
	g_autofree struct tryout *tries = g_new0(struct tryout, n);
	g_autofree uint32_t *whose = g_new(uint32_t, n);
	uint32_t n_tries = 0;
	double bar_s = 0;
	for (uint32_t k = 0; k <= world; k++)
		bar_s += r->held.worlds[k].cost_s;
	for (uint32_t k = 0; k < n; k++)
		if (changes[k].plan) {
			whose[n_tries] = k;
			tries[n_tries++] = (struct tryout){.plan = changes[k].plan, .seed = r->seeds[world], .limit = r->held.worlds[world].mark,
				.slack_frac = isfinite(r->held.cost_s) ? 0.15 : INFINITY};
		}
	tryouts_run(r->stage, tries, n_tries);
	r->n_runs += n_tries;
	for (uint32_t k = 0; k < n_tries; k++) {
		struct change *c = &changes[whose[k]];
		double slack = world + 1 == r->o->n_seeds ? 0 : world == 0 ? SLACK_FIRST : SLACK_MORE;
		c->cost_s += tries[k].cost_s;
		if (!(c->cost_s < bar_s * (1 + slack)))
			drop(c);
	}
}

/* Takes the plan in hand, unless other worlds show that it was luck, or that it locks up: then the one before stays. */
static void keep(struct refiner *r, struct network_plan *plan)
{
	struct network_plan *before = r->held.plan;
	double before_s = r->held.cost_s;
	r->held.plan = plan;
	measure_anew(r);
	if (r->held.cost_s > before_s * (1 + RELAPSE)) {
		network_plan_free(plan);
		r->held.plan = before;
		measure_anew(r);
		return;
	}
	network_plan_free(r->last[SHORTLIST - 1]);
	memmove(r->last + 1, r->last, (SHORTLIST - 1) * sizeof *r->last);
	r->last[0] = before;
	r->n_kept++;
}

static void one_batch(struct refiner *r)
{
	uint32_t n = r->o->batch;
	g_autofree struct change *changes = g_new0(struct change, n);
	struct change *best = NULL;
	for (uint32_t k = 0; k < n; k++) {
		changes[k].plan = network_plan_copy(r->held.plan);
		for (uint32_t m = 1 + (uint32_t) gsl_rng_uniform_int(r->rng, CHANGES_MAX); m > 0; m--)
			stir_once(changes[k].plan, r->stage->junctions, &r->o->stir, r->rng, NULL);
		if (network_plan_equal(changes[k].plan, r->held.plan))
			drop(&changes[k]);
	}
	for (uint32_t world = 0; world < r->o->n_seeds; world++)
		race(r, changes, n, world);
	for (uint32_t k = 0; k < n; k++)
		if (changes[k].plan && (!best || changes[k].cost_s < best->cost_s))
			best = &changes[k];
	if (best)
		keep(r, g_steal_pointer(&best->plan));
	for (uint32_t k = 0; k < n; k++)
		drop(&changes[k]);
}

struct entry {
	const struct network_plan *plan;
	double sum_s, worst_s;
	uint32_t n;
};

/* A plan that is good on most days and locks up on one is none that an engineer would take. */
static double with_worst_s(const struct entry *e)
{
	double mean_s = e->sum_s / e->n;
	return mean_s + WORST_FRAC * (e->worst_s - mean_s);
}

static int by_mean_and_worst(const void *a, const void *b)
{
	double x = with_worst_s(a), y = with_worst_s(b);
	return (x > y) - (x < y);
}

/* `n_worlds` worlds that none of the first n entries has met; sorts them, the best first. */
static void compete(struct refiner *r, struct entry *list, uint32_t n, uint32_t n_worlds)
{
	g_autofree struct tryout *tries = g_new0(struct tryout, n * n_worlds);
	for (uint32_t k = 0; k < n * n_worlds; k++)
		tries[k] = (struct tryout){.plan = list[k / n_worlds].plan, .seed = r->next_seed + k % n_worlds};
	r->next_seed += n_worlds;
	tryouts_run(r->stage, tries, n * n_worlds);
	r->n_runs += n * n_worlds;
	for (uint32_t k = 0; k < n * n_worlds; k++) {
		list[k / n_worlds].sum_s += tries[k].cost_s;
		list[k / n_worlds].worst_s = fmax(list[k / n_worlds].worst_s, tries[k].cost_s);
	}
	for (uint32_t k = 0; k < n; k++)
		list[k].n += n_worlds;
	qsort(list, n, sizeof *list, by_mean_and_worst);
}

static void begin(struct refiner *r, const struct network_plan *const *starts, uint32_t n)
{
	g_autofree struct entry *list = g_new0(struct entry, n);
	for (uint32_t k = 0; k < n; k++)
		list[k].plan = starts[k];
	compete(r, list, n, r->o->n_seeds);
	plan_end(r);
	compete(r, list, MIN(n, LAST), r->n_final);
	r->held.plan = network_plan_copy(list[0].plan);
	measure_anew(r);
	for (uint32_t k = 1; k < MIN(n, 3); k++) /* they may turn out to be the sounder ones */
		r->last[k - 1] = network_plan_copy(list[k].plan);
}

/* Those kept last in worlds that chose none of them, the best of these in more. */
static void settle(struct refiner *r, struct refine_result *result)
{
	struct entry list[SHORTLIST + 1] = {{.plan = r->held.plan}};
	uint32_t n = 1;
	for (uint32_t k = 0; k < SHORTLIST && n < r->n_list; k++)
		if (r->last[k])
			list[n++].plan = r->last[k];
	compete(r, list, n, r->n_final);
	if (r->n_more)
		compete(r, list, MIN(n, LAST), r->n_more);
	result->plan = network_plan_copy(list[0].plan);
	result->cost_s = list[0].sum_s / list[0].n;
}

struct refine_result refine(const struct tryout_stage *stage, const struct network_plan *const *starts, uint32_t n_starts, const struct refine_options *o)
{
	struct refine_result result = {0};
	struct refiner r = {.stage = stage,
		.o = o,
		.rng = gsl_rng_alloc(gsl_rng_taus2),
		.next_seed = o->seed * 1000,
		.begin_us = g_get_monotonic_time(),
		.seeds = g_new(uint64_t, PROOF * o->n_seeds)};
	gsl_rng_set(r.rng, (unsigned long) o->seed);
	r.held.worlds = g_new0(struct tryout, PROOF * o->n_seeds);
	begin(&r, starts, n_starts);
	while (!over(&r)) {
		one_batch(&r);
		if (o->on_progress)
			o->on_progress(o->user, r.held.cost_s, r.n_runs);
	}
	settle(&r, &result);
	result.n_runs = r.n_runs;
	result.n_kept = r.n_kept;
	result.next_seed = r.next_seed;
	for (uint32_t k = 0; k < SHORTLIST; k++)
		network_plan_free(r.last[k]);
	network_plan_free(r.held.plan);
	g_free(r.held.worlds);
	g_free(r.seeds);
	gsl_rng_free(r.rng);
	return result;
}
