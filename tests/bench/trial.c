/* trial.c - see trial.h. */
#include "trial.h"

#include "daemon/eyes.h"
#include "optimizer/replan.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void free_estimate(gpointer e)
{
	estimate_finish(e);
	g_free(e);
}

static void on_estimate(void *user, const struct estimate *e)
{
	struct trial *r = user;
	bool dead = r->dead[r->net->lanes[e->lane].edge];
	if (dead && !r->eyes->detectors)
		return;
	struct estimate *kept = g_new(struct estimate, 1);
	estimate_copy(kept, e);
	if (dead) {
		estimate_finish(kept);
		estimate_init(kept, e->lane);
		kept->t_s = e->t_s;
		kept->window_s = e->window_s;
		kept->flow_veh = e->flow_veh;
	} else if (r->eyes->queues_only) {
		estimate_from_vehicles(kept, 10.0);
		g_clear_pointer(&kept->vehicles, g_free);
		kept->n_vehicles = 0;
		kept->queue_veh = fmax(0.0, kept->queue_veh + gsl_ran_gaussian(r->rng, r->eyes->queue_error_veh));
		kept->queue_veh_sd = fmax(0.5, r->eyes->queue_error_veh);
	}
	g_ptr_array_add(r->late[0], kept);
}

static int by_distance(const void *a, const void *b)
{
	const struct seen_vehicle *x = a, *y = b;
	return x->dist_to_stop_m < y->dist_to_stop_m ? -1 : x->dist_to_stop_m > y->dist_to_stop_m;
}

static void look_at(struct trial *r, uint32_t lane)
{
	struct seen_vehicle seen[EYES_MOST];
	uint32_t n = eyes_look(r->world, r->feeders, lane, r->eyes->view_m, seen), n_seen = 0;
	double gone_veh = 0.0;
	uint64_t passed = world_passed(r->world, lane);
	for (uint32_t i = 0; i < n; i++) {
		if (gsl_rng_uniform(r->rng) < r->eyes->miss_frac)
			continue;
		seen[n_seen] = seen[i];
		seen[n_seen].dist_to_stop_m = fmax(0.0, seen[i].dist_to_stop_m + gsl_ran_gaussian(r->rng, r->eyes->noise_m));
		n_seen++;
	}
	double bias = r->bias[r->net->lanes[lane].edge];
	for (; r->passed[lane] < passed; r->passed[lane]++) {
		double luck = gsl_rng_uniform(r->rng);
		gone_veh += bias == 0.0 ? luck >= r->eyes->miss_frac : luck < fabs(bias) ? (bias > 0.0 ? 2.0 : 0.0) : 1.0;
	}
	qsort(seen, n_seen, sizeof *seen, by_distance);
	feeders_see(r->feeders, lane, seen, n_seen, gone_veh);
}

static void look(struct trial *r)
{
	uint32_t n;
	GPtrArray *old = r->late[r->eyes->age_s];
	for (int k = r->eyes->age_s; k > 0; k--)
		r->late[k] = r->late[k - 1];
	r->late[0] = r->eyes->age_s ? g_ptr_array_new_with_free_func(free_estimate) : old;
	feeders_begin(r->feeders, world_time_s(r->world));
	for (uint32_t l = 0; l < r->net->n_lanes; l++) {
		feeders_fed(r->feeders, l, &n);
		if (n > 0 && feeders_beyond_m(r->feeders, l) < r->eyes->view_m)
			look_at(r, l);
	}
	feeders_end(r->feeders, r->eyes->view_m, on_estimate, r);
	GPtrArray *now = r->eyes->age_s ? old : r->late[0];
	for (guint i = 0; now && i < now->len; i++)
		optimizer_see(r->optimizer, now->pdata[i]);
	if (r->eyes->age_s && now)
		g_ptr_array_unref(now);
	else if (!r->eyes->age_s)
		g_ptr_array_set_size(r->late[0], 0);
}

static void pattern_finish(struct trial_pattern *p)
{
	g_clear_pointer(&p->was, plan_free);
	transition_finish(&p->way);
	p->way = (struct transition){0};
}

void trial_patterned(struct trial *r, int pattern_s)
{
	r->pattern_s = pattern_s;
	r->patterns = g_new0(struct trial_pattern, r->n);
	for (uint32_t k = 0; k < r->n; k++) {
		r->patterns[k].is = plan_copy(r->plans[k]);
		optimizer_runs(r->optimizer, k, r->patterns[k].is);
	}
}

/* A new plan, which the cabinet goes over to by the short way. */
static void pattern_take(struct trial *r, uint32_t k, struct plan *next, double now_s, bool verbose)
{
	struct trial_pattern *p = &r->patterns[k];
	g_autofree char *print = plan_print(next, r->junctions[k]);
	pattern_finish(p);
	if (verbose)
		printf("%.0f %s %s\n", now_s, r->junctions[k]->id, print);
	p->was = p->is;
	p->is = next;
	r->changes++;
	if (!transition_make(p->was, p->is, r->junctions[k], now_s, TRANSITION_SHORTWAY, 0.2, 0.2, &p->way, NULL) &&
		!transition_make(p->was, p->is, r->junctions[k], now_s, TRANSITION_DWELL, 0.2, 0.2, &p->way, NULL))
		pattern_finish(p);
	optimizer_runs(r->optimizer, k, next);
}

static void replan_all(struct trial *r, double now_s, bool verbose)
{
	struct replan_options o = replan_options_default();
	for (uint32_t k = 0; k < r->n; k++) {
		double cycle_s = 0.0;
		for (uint32_t i = 0; i < r->n; i++)
			if (r->plans[i]->cycle_s == r->plans[k]->cycle_s)
				cycle_s = fmax(cycle_s, optimizer_cycle_s(r->optimizer, i, r->patterns[i].is, &o));
		struct plan *next = r->patterns[k].was == NULL ? optimizer_replan(r->optimizer, k, r->patterns[k].is, cycle_s, &o) : NULL;
		if (next)
			pattern_take(r, k, next, now_s, verbose);
	}
}

static uint32_t pattern_stage(struct trial *r, uint32_t k, double now_s)
{
	struct trial_pattern *p = &r->patterns[k];
	if (p->was && now_s >= p->way.end_s)
		pattern_finish(p);
	return p->was ? transition_stage(&p->way, p->was, p->is, now_s) : plan_stage(p->is, now_s, NULL);
}

static void decide(struct trial *r, bool verbose)
{
	double now_s = world_time_s(r->world), left_s;
	struct timespec a, b;
	for (uint32_t k = 0; k < r->n; k++)
		optimizer_shows(r->optimizer, k, r->guards[k], now_s);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	optimizer_iterate(r->optimizer, now_s);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	r->cpu_s += (double) (b.tv_sec - a.tv_sec) + 1e-9 * (double) (b.tv_nsec - a.tv_nsec);
	if (r->patterns && fmod(now_s, r->pattern_s) == 0.0 && now_s > 0.0)
		replan_all(r, now_s, verbose);
	char **last = r->shows[r->eyes->lag_s];
	for (int k = r->eyes->lag_s; k > 0; k--)
		r->shows[k] = r->shows[k - 1];
	r->shows[0] = last;
	for (uint32_t k = 0; k < r->n; k++) {
		struct decision d;
		struct guard_verdict verdict;
		optimizer_plan(r->optimizer, k, &d);
		uint32_t stage = r->patterns ? pattern_stage(r, k, now_s) : optimizer_test(r->optimizer, k) ? d.stage : plan_stage(r->plans[k], now_s, &left_s);
		g_free(r->shows[0][k]);
		r->shows[0][k] = g_strdup(guard_next(r->guards[k], stage, now_s, &verdict));
		if (verbose && !r->patterns)
			printf("%.0f %s %s %s; %.0f own %.0f next %.0f; %s\n", now_s, r->junctions[k]->id, r->shows[0][k], d.why, d.delay_chosen_s,
				d.delay_own_s, d.delay_next_s, guard_rule_name(verdict.rule));
		if (r->shows[r->eyes->lag_s][k])
			world_show(r->world, r->junctions[k]->signal, r->shows[r->eyes->lag_s][k], NULL);
	}
}

/* Which cameras are dead and how each counts. As many die as were asked for, whatever the dice say. */
static void blind(struct trial *r)
{
	g_autofree uint32_t *edges = g_new(uint32_t, r->net->n_edges);
	uint32_t n = 0;
	r->dead = g_new0(bool, r->net->n_edges);
	r->bias = g_new0(double, r->net->n_edges);
	for (uint32_t e = 0; e < r->net->n_edges; e++) {
		bool looked_at = false;
		for (uint32_t l = r->net->edges[e].first_lane; l < r->net->edges[e].first_lane + r->net->edges[e].n_lanes; l++)
			for (uint32_t i = r->net->lanes[l].first_link; i < r->net->lanes[l].first_link + r->net->lanes[l].n_links; i++)
				looked_at = looked_at || (r->net->links[i].signal != NET_NONE && r->net->edges[e].function == NET_NORMAL);
		if (looked_at)
			edges[n++] = e;
		r->bias[e] = r->eyes->count_frac > 0.0 ? r->eyes->count_frac * (2.0 * gsl_rng_uniform(r->rng) - 1.0) : 0.0;
	}
	if (r->eyes->dead_frac <= 0.0)
		return;
	gsl_ran_shuffle(r->rng, edges, n, sizeof *edges);
	for (uint32_t k = 0; k < (uint32_t) lround(r->eyes->dead_frac * n); k++)
		r->dead[edges[k]] = true;
}

static bool set_up(struct trial *r, const struct routes *routes, uint64_t seed, double begin_s, const char *method, const struct optimizer_options *with, GError **error)
{
	r->n = r->net->n_signals;
	r->junctions = g_new0(struct junction *, r->n);
	r->plans = g_new0(struct plan *, r->n);
	r->guards = g_new0(struct guard *, r->n);
	r->world = world_new(r->net, routes, &(struct world_options){.step_s = 1, .begin_s = begin_s, .seed = seed, .threads = 1}, error);
	if (!r->world)
		return false;
	for (uint32_t k = 0; k < r->n; k++) {
		r->junctions[k] = junction_new(r->net, k, NULL, error);
		r->plans[k] = r->junctions[k] ? plan_from_program(r->junctions[k], &r->net->signals[k].programs[0], error) : NULL;
		if (!r->plans[k])
			return false;
		r->guards[k] = guard_new(r->junctions[k], begin_s);
	}
	const struct method *m = method_find(method);
	if (!m) {
		g_set_error(error, optimizer_error_quark(), 0, "there is no method '%s'", method);
		return false;
	}
	r->optimizer = optimizer_alloc(r->net, (const struct junction *const *) r->junctions, (const struct plan *const *) r->plans, r->n, m, with, error);
	r->feeders = feeders_new(r->net, r->eyes->view_m);
	r->rng = gsl_rng_alloc(gsl_rng_taus2);
	gsl_rng_set(r->rng, seed * 7919 + 1);
	blind(r);
	r->passed = g_new0(uint64_t, r->net->n_lanes);
	for (int k = 0; k < TRIAL_MAX_LATE; k++) {
		r->late[k] = k == 0 ? g_ptr_array_new_with_free_func(free_estimate) : NULL;
		r->shows[k] = g_new0(char *, r->n);
	}
	return r->optimizer != NULL;
}

struct trial *trial_new(const struct network *net, const struct routes *routes, const struct eyes *eyes, const char *method,
	const struct optimizer_options *with, uint64_t seed, double begin_s, GError **error)
{
	owned(trial) r = g_new0(struct trial, 1);
	r->net = net;
	r->eyes = eyes;
	return set_up(r, routes, seed, begin_s, method, with, error) ? give(r) : NULL;
}

void trial_free(struct trial *r)
{
	if (!r)
		return;
	optimizer_free(r->optimizer);
	for (uint32_t k = 0; k < r->n; k++) {
		if (r->patterns) {
			pattern_finish(&r->patterns[k]);
			plan_free(r->patterns[k].is);
		}
		guard_free(r->guards[k]);
		plan_free(r->plans[k]);
		junction_free(r->junctions[k]);
	}
	for (int k = 0; k < TRIAL_MAX_LATE; k++) {
		if (r->late[k])
			g_ptr_array_unref(r->late[k]);
		for (uint32_t j = 0; r->shows[k] && j < r->n; j++)
			g_free(r->shows[k][j]);
		g_free(r->shows[k]);
	}
	g_free(r->patterns);
	g_free(r->guards);
	g_free(r->plans);
	g_free(r->junctions);
	g_free(r->passed);
	g_free(r->dead);
	g_free(r->bias);
	feeders_free(r->feeders);
	g_clear_pointer(&r->rng, gsl_rng_free);
	world_free(r->world);
	g_free(r);
}

void trial_step(struct trial *r, bool verbose)
{
	look(r);
	decide(r, verbose);
	world_step(r->world);
}
