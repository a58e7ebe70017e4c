/* method_adaptive.c - rolling horizon: every step each junction is solved anew over the horizon, and the neighbours' planned
 * departures are each other's arrivals; where the roads ahead are full, pressure decides.
 *
 * The search is in search.c, the translation from what is known into what it searches over in problem.c.
 */
#include "optimizer/boxed.h"
#include "optimizer/method.h"
#include "optimizer/price.h"
#include "optimizer/problem.h"

#include <math.h>
#include <string.h>

#define QUEUE_VEH 3.0f /* at the stop line: their second is not limited by who comes */
#define STARTED_S 3.0f /* of green: the start-up is over */
#define RELIEVED_FRAC 0.087 /* of the roads' room ahead: decisions are no longer left to pressure below this; they are from REGION_FULL_FRAC on */
#define PASSES 1      /* a step later is soon enough: a second one within the step changed nothing and doubled the time */
#define GRID_PASSES 3 /* a decision that stands for a while is worth agreeing on */

struct adaptive {
	const struct layout *layout;
	struct optimizer_options options;
	struct problem *problem;
	void *press;              /* method_maxpressure's state; NULL where it must not decide */
	bool *pressed;            /* by site: its decision is taken */
	struct box *box;          /* NULL on a grid: a decision that stands for a while cannot hold */
	struct site_shows *shows; /* by site */
	struct decision *decisions;
	bool *rests;     /* by site: it is not solved */
	float *left_veh; /* of one site, while it is solved */
	float *wait_s;   /* of one lane */
	double decided_s; /* the grid's last time that was decided at; UNKNOWN: never */
};

/* It leaves stages out, and knows neither a grid of time nor whose time counts more. */
static bool may_press(const struct optimizer_options *o)
{
	return o->decide_s <= 0.0 && !o->fixed_order && o->weights.pedestrians_ph <= 0.0 && o->weights.bus_weight <= 1.0;
}

static void *adaptive_alloc(const struct layout *l, const struct optimizer_options *options)
{
	struct adaptive *x = g_new0(struct adaptive, 1);
	uint32_t most = 1;
	x->layout = l;
	x->options = *options;
	x->decided_s = UNKNOWN;
	x->problem = problem_new(l, options);
	x->box = options->decide_s > 0.0 ? NULL : box_new(l);
	x->press = may_press(options) ? method_maxpressure.alloc(l, options) : NULL;
	x->pressed = g_new0(bool, l->n_sites);
	x->shows = g_new0(struct site_shows, l->n_sites);
	x->decisions = g_new0(struct decision, l->n_sites);
	x->rests = g_new0(bool, l->n_sites);
	for (uint32_t k = 0; k < l->n_sites; k++) {
		most = MAX(most, l->sites[k].n_slots);
		x->shows[k].stage = STAGE_NONE;
		x->shows[k].first_s = g_new0(float, l->sites[k].junction->n_stages);
		x->shows[k].red_s = g_new0(float, l->sites[k].junction->n_links);
	}
	x->left_veh = g_new0(float, (gsize) most * problem_search(x->problem)->n_bins);
	x->wait_s = g_new0(float, problem_search(x->problem)->n_bins);
	return x;
}

static void adaptive_free(void *state)
{
	struct adaptive *x = state;
	if (!x)
		return;
	for (uint32_t k = 0; k < x->layout->n_sites; k++) {
		g_free(x->shows[k].first_s);
		g_free(x->shows[k].red_s);
	}
	problem_free(x->problem);
	box_free(x->box);
	if (x->press)
		method_maxpressure.free(x->press);
	g_free(x->pressed);
	g_free(x->shows);
	g_free(x->decisions);
	g_free(x->rests);
	g_free(x->left_veh);
	g_free(x->wait_s);
	g_free(x);
}

static void adaptive_set(void *state, uint32_t site, const struct guard *guard, double now_s)
{
	struct adaptive *x = state;
	if (x->press)
		method_maxpressure.set(x->press, site, guard, now_s);
	if (x->rests[site])
		return;
	problem_look(&x->layout->sites[site], guard, now_s, &x->shows[site]);
	struct site_shows *shows = &x->shows[site];
	if (x->options.fixed_order && x->decisions[site].n > 0 && shows->stage == STAGE_NONE) { /* all red between two stages: no new choice */
		shows->stage = guard_stage(guard);
		shows->settle_s = fmaxf(shows->first_s[shows->stage], 0.1f);
	}
}

static const char *name_of(const struct site *site, uint32_t stage)
{
	return stage < site->junction->n_stages ? site->junction->stages[stage].name : "-";
}

static void explain(const struct site *site, const struct site_shows *shows, const struct search_answer *a, double fill_frac, struct decision *d)
{
	double gain_s = d->delay_next_s - d->delay_chosen_s;
	if (d->pressed)
		g_snprintf(d->why, sizeof d->why, "roads ahead are %.0f %% full: %s has the greatest pressure", 100.0 * fill_frac, name_of(site, a->stage));
	else if (shows->settle_s > 0.0f)
		g_snprintf(d->why, sizeof d->why, "on the way to %s, full in %.0f s", name_of(site, shows->stage), (double) shows->settle_s);
	else if (shows->hold_s > 0.0f)
		g_snprintf(d->why, sizeof d->why, "%s must stay for %.0f s more", name_of(site, shows->stage), (double) shows->hold_s);
	else if (a->stage == shows->stage)
		g_snprintf(d->why, sizeof d->why, "%s stays about %.0f s: %.0f veh s better than leaving it now", name_of(site, a->stage),
			a->n ? a->path[0].end_s : 0.0, isfinite(gain_s) ? gain_s : 0.0);
	else
		g_snprintf(d->why, sizeof d->why, "%s gives way to %s: %.0f veh s better than the next best", name_of(site, shows->stage),
			name_of(site, a->stage), isfinite(gain_s) ? gain_s : 0.0);
}

/* In the second to come; while the light changes, or where no queue stands, the model cannot be held to its word. */
static void promise(const struct adaptive *x, uint32_t k, uint32_t i, uint32_t stage, float left_veh, const struct demand *d, struct forecast *f)
{
	const struct site *site = &x->layout->sites[k];
	const struct site_shows *shows = &x->shows[k];
	const struct search *search = problem_search(x->problem);
	if (shows->stage >= site->junction->n_stages || shows->settle_s > 0.0f || stage != shows->stage)
		return;
	const struct search_serve *serve = &search->serve[shows->stage * search->n_lanes + i];
	const struct search_lane *lane = &search->lanes[i];
	bool goes = serve->free_frac + serve->yield_frac > 0.0f && lane->lit_s >= STARTED_S;
	if (goes && lane->arrived_veh[0] >= QUEUE_VEH && demand_fresh(d, site->first_slot + i, shows->at_s))
		trust_promise(f->trust, site->first_slot + i, shows->stage, left_veh, d, shows->at_s);
}

/* What the neighbours want to know of a plan: who leaves when, and how long who comes will wait. */
static void tell(struct adaptive *x, uint32_t k, const struct search_answer *a, const struct demand *d, struct forecast *f, double now_s)
{
	const struct site *site = &x->layout->sites[k];
	struct search *search = problem_search(x->problem);
	search_play(search, a->path, a->n, x->left_veh, NULL);
	for (uint32_t i = 0; i < site->n_slots; i++) {
		const float *left_veh = x->left_veh + (gsize) i * search->n_bins;
		forecast_plan(f, site->first_slot + i, left_veh, now_s);
		promise(x, k, i, a->stage, left_veh[0], d, f);
		price_waits(search, a->path, a->n, i, left_veh, x->wait_s);
		forecast_tell_wait(f, site->first_slot + i, x->wait_s, now_s);
	}
}

/* Nobody new is let in on those who stand in the way. */
static void keep_clear(struct adaptive *x, uint32_t k, const struct demand *d, double now_s)
{
	struct decision *out = &x->decisions[k];
	uint32_t link = x->box ? box_blocks(x->box, d, k, out->stage, x->shows[k].red_s, now_s) : NET_NONE;
	out->hold = link != NET_NONE;
	if (out->hold)
		g_snprintf(out->why, sizeof out->why, "%s waits until the junction is clear: who came by link %u stands inside", name_of(&x->layout->sites[k], out->stage),
			link);
}

/* Where the roads ahead are full, a plan for the next minute counts on room that is not there: who has the longer queue and more room behind it goes. */
static bool is_pressed(struct adaptive *x, uint32_t k, const struct forecast *f)
{
	double fill_frac = region_fill_frac(f->region, k);
	x->pressed[k] = x->press && fill_frac > (x->pressed[k] ? RELIEVED_FRAC : REGION_FULL_FRAC);
	return x->pressed[k];
}

static void press(struct adaptive *x, uint32_t k, struct search_answer *a)
{
	const struct site *site = &x->layout->sites[k];
	const struct site_shows *shows = &x->shows[k];
	struct decision pressed;
	uint32_t n_stages = site->junction->n_stages;
	struct search *search = problem_search(x->problem);
	method_maxpressure.plan(x->press, k, &pressed);
	double start_s = (double) shows->first_s[pressed.stage];
	a->stage = pressed.stage;
	a->n = 0;
	if (shows->stage < n_stages && shows->stage != pressed.stage) {
		a->path[a->n++] = (struct search_segment){shows->stage, 0.0, shows->hold_s};
		start_s = fmax(start_s, (double) shows->hold_s + site->change_s[shows->stage * n_stages + pressed.stage]);
	}
	a->path[a->n++] = (struct search_segment){pressed.stage, shows->stage == pressed.stage ? 0.0 : start_s, search->n_bins};
	a->next_cost_s = a->cost_s;
	a->cost_s = search_play(search, a->path, a->n, NULL, NULL);
}

static void decide(struct adaptive *x, uint32_t k, const struct demand *d, struct forecast *f, double now_s)
{
	const struct site *site = &x->layout->sites[k];
	struct search *search = problem_search(x->problem);
	struct decision *out = &x->decisions[k];
	struct search_answer a;
	struct search_segment own[SEARCH_PATH];
	problem_set(x->problem, k, &x->shows[k], d, f, now_s);
	search_solve(search, &a);
	uint32_t n_own = problem_own_path(x->problem, k, &x->shows[k], now_s, own);
	double own_s = search_play(search, own, n_own, NULL, NULL);
	bool free = x->options.decide_s <= 0.0 && !x->options.fixed_order; /* from here the own plan is on no grid, and may leave stages out */
	if (!a.found || (free && own_s < a.cost_s)) { /* the beam missed what the plan does */
		a.next_cost_s = a.cost_s;
		a.cost_s = own_s;
		a.stage = n_own > 1 && own[0].end_s < 0.5 ? own[1].stage : own[0].stage;
		a.n = n_own;
		memcpy(a.path, own, n_own * sizeof *own);
	}
	bool pressed = is_pressed(x, k, f);
	if (pressed)
		press(x, k, &a);
	tell(x, k, &a, d, f, now_s);
	*out = (struct decision){.stage = a.stage, .pressed = pressed, .delay_chosen_s = a.cost_s, .delay_own_s = own_s, .delay_next_s = a.next_cost_s};
	for (uint32_t i = 0; i < a.n && out->n < DECISION_MAX_STAGES; i++, out->n++) {
		out->ahead[out->n].stage = a.path[i].stage;
		out->ahead[out->n].start_s = fmax(a.path[i].start_s, 0.0);
		out->ahead[out->n].end_s = a.path[i].end_s;
	}
	explain(site, &x->shows[k], &a, region_fill_frac(f->region, k), out);
	keep_clear(x, k, d, now_s);
}

/* On a grid of time the stage that was decided stays until the next decision is due. */
static bool is_due(struct adaptive *x, double now_s)
{
	double since_s = x->options.decide_s > 0.0 ? fmod(now_s, x->options.decide_s) : 0.0;
	bool due = since_s < 1e-6 || now_s - x->decided_s >= x->options.decide_s; /* false for nothing decided yet */
	if (isnan(x->decided_s) || due)
		x->decided_s = now_s - since_s;
	else
		return false;
	return true;
}

static void adaptive_iterate(void *state, const struct demand *d, struct forecast *f, double now_s)
{
	struct adaptive *x = state;
	if (!is_due(x, now_s))
		return;
	uint32_t passes = x->layout->n_sites < 2 ? 1 : x->options.decide_s > 0.0 ? GRID_PASSES : PASSES;
	trust_settle(f->trust, d, now_s);
	if (x->press)
		method_maxpressure.iterate(x->press, d, f, now_s);
	for (uint32_t pass = 0; pass < passes; pass++) {
		if (pass > 0)
			forecast_update(f, d, now_s);
		for (uint32_t k = 0; k < x->layout->n_sites; k++)
			if (!x->rests[k])
				decide(x, k, d, f, now_s);
	}
}

static void adaptive_rest(void *state, uint32_t site, bool rests)
{
	((struct adaptive *) state)->rests[site] = rests;
}

static void adaptive_plan(const void *state, uint32_t site, struct decision *decision)
{
	*decision = ((const struct adaptive *) state)->decisions[site];
}

const struct method method_adaptive = {
	.name = "adaptive",
	.alloc = adaptive_alloc,
	.set = adaptive_set,
	.iterate = adaptive_iterate,
	.plan = adaptive_plan,
	.rest = adaptive_rest,
	.free = adaptive_free,
};
