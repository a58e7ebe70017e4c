/* corridor.c - see corridor.h. */
#include "optimizer/corridor.h"

#include <math.h>
#include <string.h>

#include "core/units.h"

#define ACCEL_MPS2 2.0  /* from standing to its speed */
#define BEHIND_S 2.0    /* green goes on so long behind the expected time, and a part of the time until then */
#define BEHIND_FRAC 0.1
#define PASSED_M 0.5    /* its front is over the line */
#define FOES_BEFORE_S 4.0  /* those whom it would have to give way to have red so long before it comes: else it brakes for them */
#define INSIDE_S 2.0   /* while it is inside they stay so from one second to the next */
#define CLOSE_BEFORE_S 2.5 /* who is so close before it drives as it does, or is it itself */
#define LEARN_FRAC 0.1
#define FREE_FRAC 0.7   /* slower than that part of the limit something is in its way */

const char *corridor_state_name(enum corridor_state s)
{
	static const char *const names[] = {"waiting", "running", "lost", "astray", "arrived"};
	return s < G_N_ELEMENTS(names) ? names[s] : "?";
}

struct corridor_options corridor_options_default(void)
{
	return (struct corridor_options){.stale_s = 10, .look_s = 90, .margin_s = 4};
}

struct corridor *corridor_new(const char *id, struct corridor_way *way, uint32_t priority, const struct corridor_options *options, double now_s)
{
	struct corridor *c = g_new0(struct corridor, 1);
	c->id = g_strdup(id);
	c->way = way;
	c->priority = priority;
	c->options = options ? *options : corridor_options_default();
	c->at_m = c->speed_mps = UNKNOWN;
	c->seen_s = -INFINITY;
	c->begun_s = now_s;
	c->pace = 1;
	c->points = g_new0(struct corridor_point, MAX(way->n_stops, 1));
	for (uint32_t k = 0; k < way->n_stops; k++)
		c->points[k] = (struct corridor_point){.signal = way->stops[k].signal, .arrive_s = UNKNOWN};
	return c;
}

void corridor_free(struct corridor *c)
{
	if (!c)
		return;
	for (uint32_t k = 0; k < c->way->n_stops; k++) {
		g_free((uint32_t *) c->points[k].need.links);
		g_free(c->points[k].foes);
	}
	corridor_way_free(c->way);
	g_free(c->points);
	g_free(c->id);
	g_free(c);
}

bool corridor_before(const struct corridor *a, const struct corridor *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->order < b->order;
}

/* Where the next edge begins behind stop line k. */
static double out_m(const struct corridor_way *way, uint32_t k)
{
	return way->at_m[way->stops[k].edge + 1];
}

void corridor_seen(struct corridor *c, double at_m, double speed_mps, double t_s)
{
	if (c->state == CORRIDOR_ARRIVED || !(t_s > c->seen_s))
		return;
	double since_s = t_s - c->seen_s;
	c->seen_s = t_s;
	if (isnan(at_m)) {
		c->state = CORRIDOR_ASTRAY;
		return;
	}
	if (isnan(speed_mps)) /* from two places, when both are fresh */
		speed_mps = since_s <= c->options.stale_s && isfinite(c->at_m) ? fmax(at_m - c->at_m, 0) / since_s : corridor_way_limit_mps(c->way, at_m);
	c->at_m = at_m;
	c->speed_mps = speed_mps;
	c->state = CORRIDOR_RUNS;
	double pace = speed_mps / corridor_way_limit_mps(c->way, at_m);
	if (pace > FREE_FRAC)
		c->pace += LEARN_FRAC * (CLAMP(pace, FREE_FRAC, 2) - c->pace);
	while (c->next < c->way->n_stops && c->way->stops[c->next].at_m + PASSED_M < at_m)
		c->next++;
	c->first = c->next > 0 && at_m < out_m(c->way, c->next - 1) ? c->next - 1 : c->next;
	if (c->first == c->way->n_stops)
		c->state = CORRIDOR_ARRIVED;
}

void corridor_jumped(struct corridor *c, double now_s)
{
	c->begun_s = now_s;
	c->seen_s = -INFINITY;
	if (c->state == CORRIDOR_RUNS)
		c->state = CORRIDOR_LOST;
}

/* How well a stage serves the stop line: right of way counts double, and so does having to give way where `shut` can stop the others; then
 * the other ways out of its own lanes, since who is before it may want one of those; then right of way without shutting anybody; then the
 * lanes beside, whose queues are in the way too. */
static uint32_t serves(const struct junction *j, uint32_t stage, const struct corridor_way *way, const struct way_stop *stop, bool shut)
{
	const char *state = j->stages[stage].state;
	const struct net_edge *edge = &way->net->edges[way->edges[stop->edge]];
	uint32_t own = 0, major = 0, shared = 0, beside = 0;
	for (uint32_t k = 0; k < stop->n_exits; k++) {
		const struct net_lane *lane = &way->net->lanes[stop->exits[k].lane];
		char letter = state[stop->exits[k].signal_link];
		own += letter == 'G' || (shut && letter == 'g') ? 2 : letter == 'g';
		major += letter == 'G';
		for (uint32_t l = lane->first_link; l < lane->first_link + lane->n_links; l++)
			shared += way->net->links[l].signal == stop->signal && shows_green(state[way->net->links[l].signal_link]);
	}
	for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++)
		beside += junction_serves(j, stage, l);
	return own ? ((own * 64 + MIN(shared, 63u)) * 64 + MIN(major, 63u)) * 64 + MIN(beside, 63u) : 0;
}

/* What of the stage's greens is needed: its own ways out, and the others of the same lanes. */
static void need_links(struct corridor_need *need, const struct corridor_way *way, const struct way_stop *stop, const char *state, uint32_t *links)
{
	need->n_links = 0;
	for (uint32_t k = 0; k < stop->n_exits; k++) {
		const struct net_lane *lane = &way->net->lanes[stop->exits[k].lane];
		for (uint32_t l = lane->first_link; l < lane->first_link + lane->n_links; l++) {
			const struct net_link *link = &way->net->links[l];
			bool known = link->signal != stop->signal || !shows_green(state[link->signal_link]);
			for (uint32_t i = 0; i < need->n_links; i++)
				known = known || links[i] == link->signal_link;
			if (!known)
				links[need->n_links++] = link->signal_link;
		}
	}
}

/* Does signal link k lead to that edge? */
static bool leads_to(const struct network *net, const struct signal_link *k, uint32_t edge)
{
	for (uint32_t i = 0; i < k->n_net_links; i++)
		if (net->lanes[net->links[k->net_links[i]].to_lane].edge == edge)
			return true;
	return false;
}

/* Whom its own ways out would have to give way to in that stage, and then who else turns into the same road. False: nobody. */
static bool find_foes(struct corridor_point *p, const struct corridor_way *way, const struct way_stop *stop, const struct junction *j)
{
	const char *state = j->stages[p->need.stage].state;
	bool any = false;
	if (!p->foes)
		p->foes = g_new(bool, j->n_links);
	memset(p->foes, 0, j->n_links * sizeof *p->foes);
	for (uint32_t e = 0; e < stop->n_exits; e++)
		for (uint32_t k = 0, i = stop->exits[e].signal_link; k < j->n_links; k++)
			if (state[i] == 'g' && shows_green(state[k]) && j->yields[i * j->n_links + k])
				any = p->foes[k] = true;
	for (uint32_t k = 0; any && k < j->n_links; k++)
		p->foes[k] = p->foes[k] || (shows_green(state[k]) && leads_to(way->net, &j->links[k], way->edges[stop->edge + 1]));
	for (uint32_t e = 0; e < stop->n_exits; e++)
		p->foes[stop->exits[e].signal_link] = false;
	for (uint32_t i = 0; i < p->need.n_links; i++)
		p->foes[p->need.links[i]] = false;
	return any;
}

/* The stage for a stop line: of the best the one that shows or is walked to, else the first. False: none serves it. */
static bool aim(struct corridor *c, uint32_t k, const struct junction *j, const struct guard *g, bool shut)
{
	const struct way_stop *stop = &c->way->stops[k];
	struct corridor_need *need = &c->points[k].need;
	uint32_t best = STAGE_NONE, most = 0;
	for (uint32_t s = 0; s < j->n_stages; s++) {
		uint32_t value = serves(j, s, c->way, stop, shut);
		if (value > most || (value == most && most > 0 && s == guard_stage(g))) {
			best = s;
			most = value;
		}
	}
	if (best == STAGE_NONE)
		return false;
	uint32_t *links = (uint32_t *) need->links;
	if (!links)
		links = g_new(uint32_t, j->n_links);
	need->links = links;
	need->stage = best;
	need_links(need, c->way, stop, j->stages[best].state, links);
	need->foes = shut && find_foes(&c->points[k], c->way, stop, j) ? c->points[k].foes : NULL;
	return true;
}

/* Green that those before it on the fullest lane need to be over the line; within_s: until it is there. */
static double clear_s(const struct corridor *c, uint32_t k, const struct optimizer *o, double within_s)
{
	const struct way_stop *stop = &c->way->stops[k];
	double longest_s = 0;
	for (uint32_t i = 0; o && i < stop->n_exits; i++) {
		double lane_s = optimizer_clear_s(o, stop->exits[i].lane, within_s);
		if (isfinite(lane_s))
			longest_s = fmax(longest_s, lane_s);
	}
	return longest_s;
}

/* One stop line, expected at arrive_s if nothing holds it up; answers when it leaves it. */
static double plan_point(struct corridor *c, uint32_t k, const struct corridor_street *street, double arrive_s, double now_s)
{
	struct corridor_point *p = &c->points[k];
	const struct junction *j = street->junctions[p->signal];
	const struct guard *g = street->guards[p->signal];
	p->arrive_s = arrive_s;
	p->clear_s = p->delay_s = 0;
	p->wanted = false;
	if (!j || !g || arrive_s - now_s > c->options.look_s || !aim(c, k, j, g, street->shows && street->shows[p->signal]))
		return arrive_s;
	p->clear_s = clear_s(c, k, street->optimizer, fmax(arrive_s - now_s - CLOSE_BEFORE_S, 0));
	double ready_s = now_s + guard_wait_s(g, p->need.stage, now_s) + p->clear_s;
	p->delay_s = fmax(ready_s - arrive_s, 0);
	double leave_s = arrive_s + p->delay_s;
	p->need.arrive_s = arrive_s;
	p->need.from_s = fmax(arrive_s - p->clear_s - c->options.margin_s, now_s);
	p->need.until_s = leave_s + BEHIND_S + BEHIND_FRAC * (leave_s - now_s);
	/* Who is before it in its lane has to get away, too. */
	p->need.foes_s = p->clear_s > 0 ? p->need.from_s : arrive_s - FOES_BEFORE_S;
	p->wanted = true;
	return leave_s;
}

/* It is over the line and still inside, where it may have to give way. */
static void plan_inside(struct corridor *c, uint32_t k, const struct corridor_street *street, double now_s)
{
	struct corridor_point *p = &c->points[k];
	const struct junction *j = street->junctions[p->signal];
	const struct guard *g = street->guards[p->signal];
	if (!j || !g || !aim(c, k, j, g, street->shows && street->shows[p->signal]) || !p->need.foes)
		return;
	p->need.arrive_s = p->need.from_s = p->need.foes_s = now_s;
	p->need.until_s = now_s + INSIDE_S;
	p->clear_s = p->delay_s = 0;
	p->wanted = true;
}

void corridor_plan(struct corridor *c, const struct corridor_street *street, double now_s)
{
	for (uint32_t k = 0; k < c->way->n_stops; k++)
		c->points[k].wanted = false;
	if (c->state == CORRIDOR_RUNS && now_s - c->seen_s > c->options.stale_s)
		c->state = c->next < c->way->n_stops ? CORRIDOR_LOST : CORRIDOR_ARRIVED;
	if (c->state != CORRIDOR_RUNS)
		return;
	if (c->first < c->next)
		plan_inside(c, c->first, street, now_s);
	/* Since it was seen it has driven on, but over no stop line that nobody has seen it pass. */
	double line_m = c->next < c->way->n_stops ? c->way->stops[c->next].at_m : c->way->length_m;
	double at_m = fmin(c->at_m + c->speed_mps * fmax(now_s - c->seen_s, 0), line_m);
	double full_mps = c->pace * corridor_way_limit_mps(c->way, at_m), slow_mps = fmax(full_mps - c->speed_mps, 0);
	double at_s = now_s + slow_mps * slow_mps / (2 * ACCEL_MPS2 * full_mps);
	for (uint32_t k = 0; k < c->next; k++)
		c->points[k].arrive_s = UNKNOWN;
	for (uint32_t k = c->next; k < c->way->n_stops; k++) {
		double drive_s = corridor_way_free_s(c->way, at_m, c->way->stops[k].at_m) / c->pace;
		at_s = plan_point(c, k, street, at_s + drive_s, now_s);
		at_m = c->way->stops[k].at_m;
	}
}
