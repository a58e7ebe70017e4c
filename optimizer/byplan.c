/* byplan.c - see byplan.h. */
#include "optimizer/byplan.h"

#include <math.h>
#include <string.h>

#include "core/units.h"
#include "optimizer/network_plan.h"

#define PLAY_EVERY_S 10 /* where no neighbour is decided second by second */

struct runner {
	struct plan *plan; /* owned; NULL: decided second by second */
	double *way_s;	   /* owned: of each row, until its green begins */
	char why[96];
	bool beside;	   /* some neighbour, before or behind it, is decided second by second */
	bool due;
	double delay_s;	   /* of the last play; UNKNOWN = none yet */
};

struct byplan {
	const struct layout *layout;
	struct problem *problem; /* NULL until somebody runs a plan */
	struct optimizer_options options;
	struct runner *runners; /* by site */
	uint32_t n_running;
	bool changed; /* who stands beside whom is to be worked out anew */
	struct site_shows *shows; /* by site; its arrays are made when it is first due */
	float *left_veh;
};

struct byplan *byplan_new(const struct layout *l, const struct optimizer_options *options)
{
	struct byplan *b = g_new0(struct byplan, 1);
	b->layout = l;
	b->options = *options;
	b->options.fixed_order = false; /* the plan is the order */
	b->runners = g_new0(struct runner, l->n_sites);
	b->shows = g_new0(struct site_shows, l->n_sites);
	return b;
}

static void stop(struct runner *r)
{
	g_clear_pointer(&r->plan, plan_free);
	g_clear_pointer(&r->way_s, g_free);
}

void byplan_free(struct byplan *b)
{
	if (!b)
		return;
	for (uint32_t k = 0; k < b->layout->n_sites; k++) {
		stop(&b->runners[k]);
		g_free(b->shows[k].first_s);
		g_free(b->shows[k].red_s);
	}
	problem_free(b->problem);
	g_free(b->runners);
	g_free(b->shows);
	g_free(b->left_veh);
	g_free(b);
}

/* "runs its pattern of 60 s: A 23, B 12, C 25 s". */
static void explain(struct runner *r, const struct junction *j)
{
	int n = g_snprintf(r->why, sizeof r->why, "its cabinet runs a plan of %.0f s:", r->plan->cycle_s);
	for (uint32_t i = 0; i < r->plan->n_rows && n < (int) sizeof r->why; i++)
		n += g_snprintf(r->why + n, sizeof r->why - (gulong) n, "%s %s %.0f", i ? "," : "", j->stages[r->plan->rows[i].stage].name,
			r->plan->rows[i].split_s - r->way_s[i]);
	g_strlcat(r->why, " s", sizeof r->why);
}

static void make_room(struct byplan *b)
{
	uint32_t most = 1;
	if (b->problem)
		return;
	b->problem = problem_new(b->layout, &b->options);
	for (uint32_t k = 0; k < b->layout->n_sites; k++)
		most = MAX(most, b->layout->sites[k].n_slots);
	b->left_veh = g_new0(float, (gsize) most * problem_search(b->problem)->n_bins);
}

void byplan_run(struct byplan *b, uint32_t s, const struct plan *plan)
{
	struct runner *r = &b->runners[s];
	const struct junction *j = b->layout->sites[s].junction;
	bool ran = r->plan != NULL;
	b->n_running += (plan != NULL) - ran;
	b->changed = b->changed || ran != (plan != NULL);
	stop(r);
	if (!plan)
		return;
	make_room(b);
	if (!b->shows[s].first_s) {
		b->shows[s].first_s = g_new0(float, j->n_stages);
		b->shows[s].red_s = g_new0(float, j->n_links);
	}
	r->plan = plan_copy(plan);
	r->way_s = g_new0(double, plan->n_rows);
	r->delay_s = UNKNOWN;
	for (uint32_t i = 0; i < plan->n_rows; i++)
		r->way_s[i] = plan_way_s(plan, j, i);
	explain(r, j);
}

bool byplan_runs(const struct byplan *b, uint32_t s)
{
	return b->runners[s].plan != NULL;
}

/* Those decided second by second look at what their neighbours release and at what room they have. */
static void find_beside(struct byplan *b)
{
	const struct layout *l = b->layout;
	b->changed = false;
	for (uint32_t k = 0; k < l->n_sites; k++)
		b->runners[k].beside = false;
	for (uint32_t k = 0; k < l->n_streams; k++) {
		struct runner *from = &b->runners[l->slots[l->moves[l->streams[k].move].slot].site];
		struct runner *to = &b->runners[l->slots[l->groups[l->streams[k].group].slots[0]].site];
		from->beside = from->beside || !to->plan;
		to->beside = to->beside || !from->plan;
	}
}

void byplan_shows(struct byplan *b, uint32_t s, const struct guard *guard, double now_s)
{
	struct runner *r = &b->runners[s];
	if (!r->plan)
		return;
	if (b->changed)
		find_beside(b);
	r->due = r->beside || isnan(r->delay_s) || ((int64_t) floor(now_s) + s) % PLAY_EVERY_S == 0;
	if (r->due)
		problem_look(&b->layout->sites[s], guard, now_s, &b->shows[s]);
}

static void play(struct byplan *b, uint32_t s, const struct demand *d, struct forecast *f, double now_s)
{
	const struct site *site = &b->layout->sites[s];
	struct runner *r = &b->runners[s];
	struct search *search = problem_search(b->problem);
	struct search_segment path[SEARCH_PATH];
	problem_set(b->problem, s, &b->shows[s], d, f, now_s);
	uint32_t n = problem_path(b->problem, s, r->plan, &b->shows[s], now_s, path);
	r->delay_s = search_play(search, path, n, b->left_veh, NULL);
	for (uint32_t i = 0; i < site->n_slots; i++)
		forecast_plan(f, site->first_slot + i, b->left_veh + (gsize) i * search->n_bins, now_s);
}

void byplan_step(struct byplan *b, const struct demand *d, struct forecast *f, double now_s)
{
	for (uint32_t k = 0; b->n_running > 0 && k < b->layout->n_sites; k++) {
		if (!b->runners[k].plan || !b->runners[k].due)
			continue;
		b->runners[k].due = false;
		play(b, k, d, f, now_s);
	}
}

void byplan_decision(const struct byplan *b, uint32_t s, double now_s, struct decision *decision)
{
	const struct runner *r = &b->runners[s];
	double in_cycle_s = fmod(now_s - r->plan->offset_s, r->plan->cycle_s), begin_s = 0.0;
	uint32_t now = 0, n_rows = r->plan->n_rows;
	if (in_cycle_s < 0.0)
		in_cycle_s += r->plan->cycle_s;
	while (now + 1 < n_rows && begin_s + r->plan->rows[now].split_s <= in_cycle_s)
		begin_s += r->plan->rows[now++].split_s;
	*decision = (struct decision){.stage = r->plan->rows[now].stage, .delay_chosen_s = r->delay_s, .delay_own_s = UNKNOWN, .delay_next_s = UNKNOWN};
	double at_s = begin_s - in_cycle_s; /* of the row's begin, from now */
	for (uint32_t i = 0; i < n_rows && decision->n < DECISION_MAX_STAGES; i++) {
		uint32_t row = (now + i) % n_rows;
		double end_s = at_s + r->plan->rows[row].split_s;
		decision->ahead[decision->n].stage = r->plan->rows[row].stage;
		decision->ahead[decision->n].start_s = fmax(at_s + r->way_s[row], 0.0);
		decision->ahead[decision->n++].end_s = end_s;
		at_s = end_s;
	}
	g_strlcpy(decision->why, r->why, sizeof decision->why);
}
