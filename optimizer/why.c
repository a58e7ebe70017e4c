/* why.c - see why.h. */
#include "optimizer/why.h"

#include <math.h>

#include "core/units.h"

#define STAYS_S 1.0f /* to stay means until the next decision at least */

struct why_judge {
	const struct layout *layout;
	struct problem *problem;
	struct site_shows shows;
	float *first_s, *red_s; /* owned, for the largest junction */
};

struct why_judge *why_judge_new(const struct layout *l, const struct optimizer_options *options)
{
	struct why_judge *w = g_new0(struct why_judge, 1);
	struct optimizer_options free_order = *options;
	uint32_t stages = 1, links = 1;
	free_order.fixed_order = false; /* the others are to be compared with, even where they may not follow */
	for (uint32_t k = 0; k < l->n_sites; k++) {
		stages = MAX(stages, l->sites[k].junction->n_stages);
		links = MAX(links, l->sites[k].junction->n_links);
	}
	w->layout = l;
	w->problem = problem_new(l, &free_order);
	w->first_s = w->shows.first_s = g_new0(float, stages);
	w->red_s = w->shows.red_s = g_new0(float, links);
	return w;
}

void why_judge_free(struct why_judge *w)
{
	if (!w)
		return;
	problem_free(w->problem);
	g_free(w->first_s);
	g_free(w->red_s);
	g_free(w);
}

/* The cost when `stage` is asked for now; the search must hold the site's numbers. */
static double cost_of(struct why_judge *w, uint32_t stage)
{
	struct search *s = problem_search(w->problem);
	struct search_answer a;
	const struct site_shows *shows = &w->shows;
	s->stage = stage;
	s->settle_s = stage == shows->stage ? shows->settle_s : fmaxf(shows->first_s[stage], 0.1f);
	s->hold_s = stage == shows->stage && shows->settle_s <= 0.0f ? fmaxf(shows->hold_s, STAYS_S) : 0.0f;
	s->age_s = stage == shows->stage ? shows->spent_s : 0.0f;
	search_solve(s, &a);
	return a.found ? a.cost_s : UNKNOWN;
}

static void add_lanes(const struct why_judge *w, uint32_t site, const struct demand *d, const struct forecast *f, double now_s, struct why *why)
{
	const struct site *at = &w->layout->sites[site];
	for (uint32_t k = at->first_slot; k < at->first_slot + at->n_slots && why->n_lanes < WHY_MAX_LANES; k++) {
		float arrived_veh[FORECAST_MAX_S + 1];
		double stands_veh;
		uint32_t lane = w->layout->slots[k].lane, until = MIN((uint32_t) WHY_COMES_S, f->n_bins);
		forecast_cumulate(f, d, k, arrived_veh, &stands_veh);
		why->lanes[why->n_lanes++] = (struct why_lane){.lane = lane, .fresh = demand_fresh(d, k, now_s), .seen_s = now_s - d->sights[lane].t_s,
			.in_view_veh = demand_in_view_veh(d, k), .queue_veh = d->slots[k].queue_veh + d->slots[k].hidden_veh,
			.comes_veh = (double) arrived_veh[until], .sat_s = d->slots[k].sat_s};
	}
}

/* So many vehicles more that stand at lane i's stop line. */
static void queue_more(struct search *s, uint32_t i, float veh)
{
	for (uint32_t t = 0; t <= s->n_bins; t++)
		s->lanes[i].arrived_veh[t] += veh;
	s->lanes[i].stands_veh += veh;
}

/* The lane that the best other stage serves and the chosen one does not, on which the fewest vehicles more would change the choice. */
static void find_flip(struct why_judge *w, uint32_t site, struct why *why)
{
	static const uint32_t tries[] = {1, 2, 3, 5, 8, WHY_MORE_VEH};
	struct search *s = problem_search(w->problem);
	const struct site *at = &w->layout->sites[site];
	for (uint32_t i = 0; i < at->n_slots && why->best_other != STAGE_NONE; i++) {
		const struct search_serve *own = &s->serve[why->chosen * s->n_lanes + i], *other = &s->serve[why->best_other * s->n_lanes + i];
		uint32_t last = 0;
		if (own->free_frac + own->yield_frac > 0.0f || other->free_frac + other->yield_frac <= 0.0f)
			continue;
		for (uint32_t k = 0; k < G_N_ELEMENTS(tries) && (why->flip_lane == NET_NONE || tries[k] < why->flip_veh); k++) {
			queue_more(s, i, (float) (tries[k] - last));
			last = tries[k];
			if (cost_of(w, why->best_other) > cost_of(w, why->chosen))
				continue;
			why->flip_lane = w->layout->slots[at->first_slot + i].lane;
			why->flip_veh = tries[k];
			break;
		}
		queue_more(s, i, -(float) last);
	}
}

static void find_longest_red(const struct why_judge *w, uint32_t site, struct why *why)
{
	const struct junction *j = w->layout->sites[site].junction;
	double least_s = INFINITY;
	why->link = NET_NONE;
	for (uint32_t i = 0; i < j->n_links; i++) {
		bool served = false;
		for (uint32_t s = 0; s < j->n_stages; s++)
			served = served || shows_green(j->stages[s].state[i]);
		double red_s = (double) w->shows.red_s[i], left_s = j->links[i].max_red_s - red_s;
		if (!served || red_s < 0 || left_s >= least_s)
			continue;
		least_s = left_s;
		why->link = i;
		why->red_s = red_s;
		why->max_red_s = j->links[i].max_red_s;
	}
}

void why_judge_site(struct why_judge *w, uint32_t site, uint32_t chosen, const struct guard *guard, const struct demand *d,
	const struct forecast *f, double now_s, struct why *why)
{
	const struct junction *j = w->layout->sites[site].junction;
	*why = (struct why){.chosen = chosen, .best_other = STAGE_NONE, .flip_lane = NET_NONE, .chosen_cost_s = UNKNOWN, .other_cost_s = UNKNOWN};
	problem_look(&w->layout->sites[site], guard, now_s, &w->shows);
	problem_set(w->problem, site, &w->shows, d, f, now_s);
	add_lanes(w, site, d, f, now_s, why);
	find_longest_red(w, site, why);
	for (uint32_t s = 0; s < j->n_stages && s < WHY_MAX_STAGES; s++) {
		struct why_option *o = &why->options[why->n_options++];
		*o = (struct why_option){.stage = s, .cost_s = cost_of(w, s), .first_s = (double) w->shows.first_s[s]};
		if (s == chosen)
			why->chosen_cost_s = o->cost_s;
		else if (!isnan(o->cost_s) && !(o->cost_s >= why->other_cost_s)) {
			why->best_other = s;
			why->other_cost_s = o->cost_s;
		}
	}
	if (chosen < j->n_stages && why->other_cost_s > why->chosen_cost_s)
		find_flip(w, site, why);
}
