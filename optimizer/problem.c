/* problem.c - from a site's state to the search's numbers. */
#include "optimizer/problem.h"
#include "optimizer/price.h"

#include <math.h>
#include <string.h>

#define STALLED_OPEN 0.03f  /* the first vehicle stands at a green: something that we do not see holds it */
#define END_WAIT_S 6.0      /* left at a red when the horizon ends; where the roads ahead fill up, whoever is left is better off behind */
#define FUEL_STOP_S 20.0    /* of delay burn as much as a stop: Robertson, Lucas and Baker (1980), TRRL LR934 */
#define ROOM_PLENTY_VEH 25.0 /* more than a green can fill */
#define WAVE_MPS 5.0        /* a queue's end feels its head start so much later (Lighthill and Whitham 1955) */

struct problem {
	const struct layout *layout;
	struct search *search;
	bool *may_follow; /* of the site in hand; NULL: the order is free */
	struct optimizer_weights weights;
};

struct problem *problem_new(const struct layout *l, const struct optimizer_options *options)
{
	struct problem *p = g_new0(struct problem, 1);
	uint32_t lanes = 1, stages = 1, links = 1;
	for (uint32_t k = 0; k < l->n_sites; k++) {
		lanes = MAX(lanes, l->sites[k].n_slots);
		stages = MAX(stages, l->sites[k].junction->n_stages);
		links = MAX(links, l->sites[k].junction->n_links);
	}
	p->layout = l;
	p->search = search_new(lanes, stages, links, (uint32_t) ceil(options->horizon_s), (uint32_t) options->decide_s);
	p->may_follow = options->fixed_order ? g_new(bool, (gsize) stages * stages) : NULL;
	p->search->may_follow = p->may_follow;
	p->weights = options->weights;
	p->search->stop_penalty_s = (float) ((1.0 - p->weights.fuel_frac) * options->stop_penalty_s + p->weights.fuel_frac * FUEL_STOP_S);
	return p;
}

void problem_free(struct problem *p)
{
	if (!p)
		return;
	search_free(p->search);
	g_free(p->may_follow);
	g_free(p);
}

struct search *problem_search(struct problem *p)
{
	return p->search;
}

static bool always_green(const struct junction *j, uint32_t link)
{
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (j->stages[s].state[link] == 'r')
			return false;
	return true;
}

/* For how long somebody has waited for link i to end, 0 = nobody does. A link may be green in one stage after the other: as the guard
 * has it, its maximum counts only from when others wait. */
static float foes_wait_s(const struct junction *j, const struct site_shows *shows, uint32_t i)
{
	float wait_s = 0.0f;
	for (uint32_t k = 0; k < j->n_links; k++)
		if (j->hinders[i * j->n_links + k])
			wait_s = fmaxf(wait_s, shows->red_s[k]);
	return wait_s;
}

void problem_look(const struct site *site, const struct guard *guard, double now_s, struct site_shows *shows)
{
	const struct junction *j = site->junction;
	const char *state = guard_shows(guard);
	shows->at_s = now_s;
	shows->stage = guard_stage(guard);
	shows->settle_s = shows->hold_s = shows->spent_s = 0.0f;
	for (uint32_t s = 0; s < j->n_stages; s++)
		shows->first_s[s] = (float) guard_wait_s(guard, s, now_s);
	for (uint32_t i = 0; i < j->n_links; i++) {
		bool green = state[i] == 'G' || state[i] == 'g';
		shows->red_s[i] = green ? -1.0f : (float) (now_s - guard_since_s(guard, i));
	}
	if (shows->stage >= j->n_stages)
		return;
	if (strspn(state, "r") == j->n_links) { /* all red: nothing is lost by thinking again */
		shows->stage = STAGE_NONE;
		return;
	}
	if (!guard_settled(guard)) {
		shows->settle_s = fmaxf(shows->first_s[shows->stage], 0.1f);
		return;
	}
	float left_s = (float) site->max_s[shows->stage];
	for (uint32_t i = 0; i < j->n_links; i++) {
		if (j->stages[shows->stage].state[i] == 'r' || always_green(j, i) || state[i] == 'r') /* red: a walk that the cabinet ended */
			continue;
		float since_s = (float) (now_s - guard_since_s(guard, i));
		shows->hold_s = fmaxf(shows->hold_s, (float) j->links[i].min_green_s - since_s);
		left_s = fminf(left_s, (float) j->links[i].max_green_s - fminf(since_s, foes_wait_s(j, shows, i)));
	}
	shows->spent_s = (float) site->max_s[shows->stage] - left_s;
}

/* Room behind the junction: what fits now, and what the junction there lets go in time. */
static void set_room(const struct problem *p, uint32_t slot, const struct demand *d, const struct forecast *f)
{
	const struct layout *l = p->layout;
	const struct site_slot *at = &l->slots[slot];
	struct search_lane *lane = &p->search->lanes[slot - l->sites[at->site].first_slot];
	lane->roomy = true;
	for (uint32_t m = at->first_move; m < at->first_move + at->n_moves; m++) {
		if (l->moves[m].exit == NET_NONE || d->share[m] < 0.15)
			continue;
		const struct site_stream *exit = &l->streams[l->moves[m].exit];
		const struct site_group *g = &l->groups[exit->group];
		double room_veh = forecast_room_veh(f, d, exit);
		if (room_veh > ROOM_PLENTY_VEH || l->slots[g->slots[0]].site == at->site)
			continue;
		uint32_t lag = (uint32_t) fmin(exit->length_m / WAVE_MPS, p->search->n_bins);
		for (uint32_t t = 0; t <= p->search->n_bins; t++) {
			if (t > lag)
				for (uint32_t i = 0; i < g->n_slots; i++)
					room_veh += (double) f->planned[(gsize) g->slots[i] * f->n_bins + t - lag - 1];
			float most = (float) (room_veh / d->share[m]);
			lane->room_veh[t] = lane->roomy ? most : fminf(lane->room_veh[t], most);
		}
		lane->roomy = false;
	}
}

/* Lanes side by side behind a common way in: who overflows one blocks the others. */
static void set_beside(const struct layout *l, uint32_t slot, const struct demand *d, struct search_lane *lane)
{
	const struct site_slot *at = &l->slots[slot];
	const struct site_group *group = &l->groups[at->group];
	lane->holds_veh = INFINITY;
	lane->inside_veh = (float) demand_inside_veh(d, slot);
	lane->n_beside = 0;
	if (at->n_feeders == 0 || group->n_slots < 2)
		return;
	lane->holds_veh = (float) (at->length_m / DEMAND_PITCH_M);
	for (uint32_t i = 0; i < group->n_slots && lane->n_beside < SEARCH_FOES; i++)
		if (group->slots[i] != slot && l->slots[group->slots[i]].site == at->site)
			lane->beside[lane->n_beside++] = group->slots[i] - l->sites[at->site].first_slot;
}

/* Long vehicles on the lane itself; further up the road nobody knows yet which lane they take. */
static void set_buses(const struct problem *p, uint32_t slot, const struct demand *d, double now_s, struct search_lane *lane)
{
	const struct site_slot *at = &p->layout->slots[slot];
	const struct sight *sight = &d->sights[at->lane];
	lane->n_buses = 0;
	if (p->weights.bus_weight <= 1.0 || now_s - sight->t_s > DEMAND_STALE_S)
		return;
	for (uint32_t k = 0; k < sight->n && lane->n_buses < SEARCH_BUSES; k++) {
		if (!(sight->vehicles[k].length_m >= p->weights.bus_length_m))
			continue;
		lane->buses[lane->n_buses].at_veh = (float) k + 0.5f;
		lane->buses[lane->n_buses].from_s = (float) (sight->vehicles[k].dist_to_stop_m / at->speed_mps - (now_s - sight->t_s));
		lane->buses[lane->n_buses++].worth = (float) (p->weights.bus_weight - 1.0);
	}
}

static void set_crossings(struct problem *p, const struct junction *j, const struct site_shows *shows)
{
	struct search *s = p->search;
	s->n_crossings = 0;
	for (uint32_t i = 0; p->weights.pedestrians_ph > 0.0 && i < MIN(j->n_links, 64); i++)
		if (j->links[i].pedestrian && shows->red_s[i] >= 0.0f)
			s->crossings[s->n_crossings++] = (struct search_crossing){UINT64_C(1) << i, shows->red_s[i], (float) (p->weights.pedestrians_ph / 3600.0)};
}

/* Places to wait for those of `slot` who only have 'g'; where nobody sees whether they are taken, there are none. */
static double waits_veh(const struct layout *l, uint32_t slot, const char *state, const struct demand *d)
{
	double veh = 0.0;
	for (uint32_t m = l->slots[slot].first_move; m < l->slots[slot].first_move + l->slots[slot].n_moves; m++)
		if (state[l->moves[m].signal_link] == 'g' && l->moves[m].wait_lane != NET_NONE &&
			d->now_s - d->sights[l->moves[m].wait_lane].t_s <= DEMAND_STALE_S)
			veh = fmax(veh, l->moves[m].wait_veh);
	return veh;
}

/* Those who wait there now; where the first in line stands at his green, the places are taken for full. */
static double waiting_veh(const struct layout *l, uint32_t slot, const struct demand *d, double now_s)
{
	double veh = 0.0;
	for (uint32_t m = l->slots[slot].first_move; m < l->slots[slot].first_move + l->slots[slot].n_moves; m++) {
		const struct site_move *move = &l->moves[m];
		if (move->wait_lane == NET_NONE)
			continue;
		const struct sight *sight = &d->sights[move->wait_lane];
		bool seen = now_s - sight->t_s <= DEMAND_STALE_S && !demand_stalled(d, slot, now_s);
		veh += seen ? sight->n : move->wait_veh;
	}
	return veh;
}

static void set_lane(const struct problem *p, uint32_t slot, const struct demand *d, const struct forecast *f, double now_s)
{
	const struct layout *l = p->layout;
	const struct slot_state *s = &d->slots[slot];
	struct search_lane *lane = &p->search->lanes[slot - l->sites[l->slots[slot].site].first_slot];
	double stands_veh;
	forecast_cumulate(f, d, slot, lane->arrived_veh, &stands_veh);
	lane->stands_veh = (float) stands_veh;
	for (uint32_t k = 0; k < SEARCH_START_S; k++)
		lane->start_veh[k] = (float) (demand_discharge_veh(s, k + 1.0) - demand_discharge_veh(s, k));
	set_beside(l, slot, d, lane);
	set_buses(p, slot, d, now_s, lane);
	lane->end_s = 0.0f;
	for (uint32_t m = l->slots[slot].first_move; m < l->slots[slot].first_move + l->slots[slot].n_moves; m++) {
		const struct signal_link *link = &l->sites[l->slots[slot].site].junction->links[l->moves[m].signal_link];
		lane->end_s = fmaxf(lane->end_s, (float) (link->amber_s + link->clear_s));
	}
	lane->sat_vps = (float) (1.0 / s->sat_s);
	lane->wait_veh = (float) waiting_veh(l, slot, d, now_s);
	lane->lit_s = isnan(s->lit_s) ? -1.0f : (float) fmax(0.0, now_s - s->lit_s);
	lane->open_frac = demand_stalled(d, slot, now_s) ? STALLED_OPEN : NAN;
	set_room(p, slot, d, f);
	price_exits(l, slot, d, f, now_s, lane->price_s);
}

/* Who of the same stage goes before those of `slot` that only have 'g'. */
static void set_foes(const struct layout *l, const struct site *site, uint32_t slot, uint32_t stage, const double *share, struct search_serve *serve)
{
	const struct junction *j = site->junction;
	const char *state = j->stages[stage].state;
	const struct site_slot *at = &l->slots[slot];
	serve->n_foes = 0;
	for (uint32_t k = site->first_slot; k < site->first_slot + site->n_slots && serve->n_foes < SEARCH_FOES; k++) {
		double frac = 0.0;
		for (uint32_t m = l->slots[k].first_move; k != slot && m < l->slots[k].first_move + l->slots[k].n_moves; m++) {
			uint32_t foe = l->moves[m].signal_link;
			bool before = false;
			for (uint32_t own = at->first_move; own < at->first_move + at->n_moves; own++) {
				uint32_t link = l->moves[own].signal_link;
				before = before || (state[link] == 'g' && state[foe] != 'r' && j->yields[link * j->n_links + foe]);
			}
			frac += before ? share[m] : 0.0;
		}
		if (frac > 0.0) {
			serve->foe[serve->n_foes] = k - site->first_slot;
			serve->foe_frac[serve->n_foes++] = (float) frac;
		}
	}
}

static void set_stages(const struct problem *p, uint32_t k, const struct demand *d, const struct forecast *f)
{
	const struct layout *l = p->layout;
	const struct site *site = &l->sites[k];
	const struct junction *j = site->junction;
	struct search *s = p->search;
	for (uint32_t stage = 0; stage < j->n_stages; stage++) {
		s->stages[stage] = (struct search_stage){(float) site->min_s[stage], (float) site->max_s[stage], 0};
		for (uint32_t i = 0; i < MIN(j->n_links, 64); i++)
			if (j->stages[stage].state[i] != 'r')
				s->stages[stage].links |= UINT64_C(1) << i;
		for (uint32_t to = 0; to < j->n_stages; to++)
			s->change_s[stage * j->n_stages + to] = (float) site->change_s[stage * j->n_stages + to];
		for (uint32_t i = 0; i < site->n_slots; i++) {
			uint32_t slot = site->first_slot + i;
			struct search_serve *serve = &s->serve[stage * site->n_slots + i];
			struct site_green green = layout_green(l, slot, stage, d->share + l->slots[slot].first_move);
			serve->free_frac = green.red_frac + green.yield_frac < 1e-6 ? 1.0f : (float) green.free_frac;
			serve->yield_frac = (float) green.yield_frac;
			serve->trust_frac = (float) trust_frac(f->trust, slot, stage);
			serve->wait_veh = (float) waits_veh(l, slot, j->stages[stage].state, d);
			set_foes(l, site, slot, stage, d->share, serve);
		}
	}
}

/* As the junction's own plan has it; from a stage that it never shows, to any. */
static void set_order(struct problem *p, const struct site *site)
{
	uint32_t n = site->junction->n_stages, rows = site->plan->n_rows;
	if (!p->may_follow)
		return;
	for (uint32_t from = 0; from < n; from++) {
		bool known = false;
		memset(p->may_follow + from * n, 0, n * sizeof *p->may_follow);
		for (uint32_t r = 0; r < rows; r++) {
			if (site->plan->rows[r].stage != from)
				continue;
			known = true;
			p->may_follow[from * n + site->plan->rows[(r + 1) % rows].stage] = true;
		}
		for (uint32_t to = 0; !known && to < n; to++)
			p->may_follow[from * n + to] = true;
	}
}

static float end_wait_s(const struct forecast *f, uint32_t k)
{
	double left_frac = (REGION_FULL_FRAC - region_fill_frac(f->region, k)) / (REGION_FULL_FRAC - REGION_BUSY_FRAC);

	return (float) (END_WAIT_S * CLAMP(left_frac, 0.0, 1.0));
}

void problem_set(struct problem *p, uint32_t k, const struct site_shows *shows, const struct demand *d, const struct forecast *f, double now_s)
{
	const struct site *site = &p->layout->sites[k];
	const struct junction *j = site->junction;
	struct search *s = p->search;
	s->n_lanes = site->n_slots;
	s->n_stages = j->n_stages;
	s->stage = shows->stage;
	s->settle_s = shows->settle_s;
	s->hold_s = shows->hold_s;
	s->age_s = shows->spent_s;
	s->end_wait_s = end_wait_s(f, k);
	memcpy(s->first_s, shows->first_s, j->n_stages * sizeof *s->first_s);
	set_stages(p, k, d, f);
	set_order(p, site);
	for (uint32_t i = 0; i < site->n_slots; i++)
		set_lane(p, site->first_slot + i, d, f, now_s);
	set_crossings(p, j, shows);
	s->n_deadlines = 0;
	for (uint32_t i = 0; i < MIN(j->n_links, 64); i++) {
		float due_s = (float) j->links[i].max_red_s - shows->red_s[i];
		bool served = false;
		for (uint32_t stage = 0; stage < j->n_stages; stage++)
			served = served || (s->stages[stage].links >> i & 1);
		if (served && shows->red_s[i] >= 0.0f && due_s < (float) s->n_bins)
			s->deadlines[s->n_deadlines++] = (struct search_deadline){UINT64_C(1) << i, fmaxf(due_s, 0.0f)};
	}
}

uint32_t problem_path(const struct problem *p, uint32_t k, const struct plan *plan, const struct site_shows *shows, double now_s,
	struct search_segment *path)
{
	const struct site *site = &p->layout->sites[k];
	uint32_t n_stages = site->junction->n_stages, stage = shows->stage, n = 1;
	double left_s, start_s = (double) shows->settle_s, hold_s = (double) shows->hold_s, horizon_s = p->search->n_bins;
	if (stage >= n_stages) {
		stage = plan_stage(plan, now_s, &left_s);
		start_s = (double) shows->first_s[stage];
	}
	path[0] = (struct search_segment){stage, start_s, horizon_s};
	if (start_s > 0.0)
		hold_s = start_s + site->min_s[stage];
	for (double t = 0.0; t < horizon_s && n < SEARCH_PATH; t += 1.0) {
		uint32_t next = plan_stage(plan, now_s + t, &left_s);
		if (next == stage || t < hold_s)
			continue;
		path[n - 1].end_s = t;
		start_s = t + site->change_s[stage * n_stages + next];
		if (start_s >= horizon_s)
			break; /* its green begins beyond what is looked at */
		path[n++] = (struct search_segment){next, start_s, horizon_s};
		hold_s = start_s + site->min_s[next];
		stage = next;
	}
	return n;
}

uint32_t problem_own_path(const struct problem *p, uint32_t k, const struct site_shows *shows, double now_s, struct search_segment *path)
{
	return problem_path(p, k, p->layout->sites[k].plan, shows, now_s, path);
}
