/* platoon.c - cyclic flow profiles; see platoon.h. */
#include "optimizer/platoon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/core_error.h"

#define PASSES 4
#define PITCH_M 7.5
#define BLOCK_FACTOR 0.05 /* a turn that sees red holds up those behind it on its lane, not all of them at once */
#define FULL 0.98         /* beyond it the queue of the mean cycle has no end: what is more is the oversaturation term's */

struct platoon_lane { /* what the last evaluation found of a slot */
	double flow_vps, capacity_vps;
	double uniform_s, random_s; /* vehicle-seconds a second */
	double stops_vps;
	double queue_veh;  /* furthest back in the mean cycle, without the part of chance */
};

struct platoon {
	const struct turns *turns;
	struct platoon_options o;
	struct platoon_lane *lanes; /* by slot */
	struct turn_leg *legs;      /* by to */
	uint32_t *first_leg;        /* by turn, n_turns + 1 */
	uint32_t *first_use, *uses; /* by slot: indices into turns.lanes */
	uint32_t *order;            /* slots, those that traffic enters by first */
	double *store_veh;          /* by slot */
	double *turn_vps;           /* by turn, with the demand factor */
	/* profiles over the cycle, n = PLATOON_CYCLE_MAX each */
	double *come, *leave;       /* by turn: at its stop line; over it */
	double *letter;             /* by turn_lane: 0 red, 1 green, 0..1 at the beginning; yields: negative */
	double *link_leave, *link_now; /* by site's first link + letter: what leaves by it, in the pass before and in this one */
	uint32_t *first_link;       /* by site */
	uint32_t n_links, cycle;
};

struct platoon_options platoon_options_default(void)
{
	return (struct platoon_options){.headway_s = 1.9, .start_loss_s = 2, .amber_used_s = 1, .dispersion = 0.35, .travel_frac = 0.8, .gap_s = 4.5,
		.follow_s = 2.5, .period_s = 3600, .spill_s = 20, .demand = 1};
}

static bool check_options(const struct platoon_options *o, GError **error)
{
	const struct {
		const char *name;
		double value, low, high;
	} all[] = {{"headway", o->headway_s, 1, 4}, {"start loss", o->start_loss_s, 0, 6}, {"used amber", o->amber_used_s, 0, 5},
		{"dispersion", o->dispersion, 0, 2}, {"share of the travel time", o->travel_frac, 0.1, 1}, {"critical gap", o->gap_s, 1, 15},
		{"follow-up time", o->follow_s, 1, 10}, {"period", o->period_s, 60, 86400}, {"weight of a stop", o->stop_s, 0, 600},
		{"weight of spillback", o->spill_s, 0, 1e4}, {"demand factor", o->demand, 0.01, 10}};
	for (size_t k = 0; k < G_N_ELEMENTS(all); k++)
		if (!(all[k].value >= all[k].low && all[k].value <= all[k].high)) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "the platoon model's %s is %g, must be in %g..%g", all[k].name, all[k].value, all[k].low,
				all[k].high);
			return false;
		}
	return true;
}

/* The only edge that leads to node `node`, or NET_NONE: where several come together a queue must not stand. */
static uint32_t only_edge_to(const struct network *net, uint32_t node)
{
	uint32_t only = NET_NONE;
	for (uint32_t k = 0; k < net->nodes[node].n_incoming; k++) {
		uint32_t edge = net->lanes[net->nodes[node].incoming[k]].edge;
		if (net->edges[edge].function != NET_NORMAL || edge == only)
			continue;
		if (only != NET_NONE)
			return NET_NONE;
		only = edge;
	}
	return only;
}

/* Room for a queue of a lane, up to the next node behind where its end would be in somebody's way; unlimited where nobody comes from
 * behind. Vehicles. */
static double store_of(const struct layout *l, uint32_t slot)
{
	const struct network *net = l->net;
	uint32_t edge = net->lanes[l->slots[slot].lane].edge;
	double store_m = net->lanes[l->slots[slot].lane].length_m;
	for (int k = 0; k < 20; k++) {
		uint32_t node = net->edges[edge].from, before = only_edge_to(net, node);
		if (net->nodes[node].n_incoming == 0)
			return INFINITY;
		if (before == NET_NONE || before == edge)
			break;
		edge = before;
		store_m += net->lanes[net->edges[edge].first_lane].length_m;
	}
	return fmax(1, store_m / PITCH_M);
}

static int by_to(const void *a, const void *b)
{
	const struct turn_leg *x = a, *y = b;
	return x->to != y->to ? (x->to > y->to) - (x->to < y->to) : (x->from > y->from) - (x->from < y->from);
}

static void index_legs(struct platoon *p)
{
	const struct turns *t = p->turns;
	p->legs = g_memdup2(t->legs, t->n_legs * sizeof *t->legs);
	p->first_leg = g_new0(uint32_t, t->n_turns + 1);
	if (t->n_legs)
		qsort(p->legs, t->n_legs, sizeof *p->legs, by_to);
	for (uint32_t k = 0; k < t->n_legs; k++)
		p->first_leg[p->legs[k].to + 1]++;
	for (uint32_t k = 0; k < t->n_turns; k++)
		p->first_leg[k + 1] += p->first_leg[k];
	p->turn_vps = g_new0(double, MAX(t->n_turns, 1));
	for (uint32_t k = 0; k < t->n_turns; k++)
		p->turn_vps[k] = t->turns[k].flow_vph * p->o.demand / 3600;
}

static void index_uses(struct platoon *p)
{
	const struct turns *t = p->turns;
	uint32_t n = t->layout->n_slots, filled = 0;
	p->first_use = g_new0(uint32_t, n + 1);
	p->uses = g_new(uint32_t, MAX(t->n_lanes, 1));
	for (uint32_t s = 0; s < n; s++) {
		p->first_use[s] = filled;
		for (uint32_t k = 0; k < t->n_lanes; k++)
			if (t->lanes[k].slot == s)
				p->uses[filled++] = k;
	}
	p->first_use[n] = filled;
}

/* Sites in the order in which traffic that enters reaches them, so that few passes bring every platoon to the end of its way. */
static void order_slots(struct platoon *p)
{
	const struct layout *l = p->turns->layout;
	g_autofree uint32_t *depth = g_new(uint32_t, MAX(l->n_sites, 1));
	uint32_t filled = 0;
	memset(depth, 0xff, l->n_sites * sizeof *depth);
	for (uint32_t k = 0; k < p->turns->n_legs; k++)
		if (p->legs[k].from == NET_NONE)
			depth[p->turns->turns[p->legs[k].to].site] = 0;
	for (bool again = true; again;) {
		again = false;
		for (uint32_t k = 0; k < p->turns->n_legs; k++) {
			if (p->legs[k].from == NET_NONE)
				continue;
			uint32_t a = depth[p->turns->turns[p->legs[k].from].site], *b = &depth[p->turns->turns[p->legs[k].to].site];
			if (a != UINT32_MAX && *b == UINT32_MAX)
				*b = a + 1, again = true;
		}
	}
	p->order = g_new(uint32_t, MAX(l->n_slots, 1));
	for (uint32_t d = 0; d <= l->n_sites; d++)
		for (uint32_t s = 0; s < l->n_slots; s++)
			if (MIN(depth[l->slots[s].site], l->n_sites) == d)
				p->order[filled++] = s;
}

struct platoon *platoon_new(const struct turns *turns, const struct platoon_options *o, GError **error)
{
	const struct layout *l = turns->layout;
	if (!check_options(o, error))
		return NULL;
	struct platoon *p = g_new0(struct platoon, 1);
	p->turns = turns;
	p->o = *o;
	p->lanes = g_new0(struct platoon_lane, MAX(l->n_slots, 1));
	index_legs(p);
	index_uses(p);
	order_slots(p);
	p->store_veh = g_new(double, MAX(l->n_slots, 1));
	for (uint32_t s = 0; s < l->n_slots; s++)
		p->store_veh[s] = store_of(l, s);
	p->first_link = g_new0(uint32_t, l->n_sites + 1);
	for (uint32_t s = 0; s < l->n_sites; s++)
		p->first_link[s + 1] = p->first_link[s] + l->sites[s].junction->n_links;
	p->n_links = p->first_link[l->n_sites];
	p->leave = g_new0(double, (gsize) MAX(turns->n_turns, 1) * PLATOON_CYCLE_MAX);
	p->letter = g_new0(double, (gsize) MAX(turns->n_lanes, 1) * PLATOON_CYCLE_MAX);
	p->come = g_new0(double, (gsize) MAX(turns->n_turns, 1) * PLATOON_CYCLE_MAX);
	p->link_now = g_new0(double, (gsize) MAX(p->n_links, 1) * PLATOON_CYCLE_MAX);
	p->link_leave = g_new0(double, (gsize) MAX(p->n_links, 1) * PLATOON_CYCLE_MAX);
	return p;
}

void platoon_free(struct platoon *p)
{
	if (!p)
		return;
	void *const all[] = {p->lanes, p->legs, p->first_leg, p->first_use, p->uses, p->order, p->store_veh, p->turn_vps, p->leave, p->letter,
		p->come, p->link_now, p->link_leave, p->first_link};
	for (size_t k = 0; k < G_N_ELEMENTS(all); k++)
		g_free(all[k]);
	g_free(p);
}

/* y(t + beta T) = F x(t) + (1 - F) y(t + beta T - 1), F = 1 / (1 + alpha beta T); the beginning of the cycle from its end. */
static void disperse_add(const double *x, double *y, uint32_t n, double travel_s, double scale, const struct platoon_options *o)
{
	double f = 1 / (1 + o->dispersion * o->travel_frac * travel_s), last = 0, fade = 1;
	uint32_t shift = (uint32_t) lround(o->travel_frac * travel_s) % n;
	for (uint32_t t = n; t > 0; t--) { /* what is left of all cycles before */
		last += f * fade * x[t - 1];
		fade *= 1 - f;
	}
	last /= 1 - fade;
	for (uint32_t t = 0, at = shift; t < n; t++, at = at + 1 == n ? 0 : at + 1) {
		last = f * x[t] + (1 - f) * last;
		y[at] += scale * last;
	}
}

void platoon_disperse(const double *x, double *y, uint32_t n, double travel_s, const struct platoon_options *o)
{
	memset(y, 0, n * sizeof *y);
	disperse_add(x, y, n, travel_s, 1, o);
}

/* Highway Capacity Manual (6th ed.) eq. 20-36, after Siegloch: q exp(-q tc) / (1 - exp(-q tf)). */
double platoon_gaps_vps(double q_vps, const struct platoon_options *o)
{
	if (q_vps < 1e-6)
		return 1 / o->follow_s;
	return q_vps * exp(-q_vps * o->gap_s) / -expm1(-q_vps * o->follow_s);
}

/* How much of its headway's worth a link lets go in each second of the plan's own cycle: 1 in green, less in the first seconds; in the
 * used amber still. Yielding greens are negative. */
static void light_profile(const struct platoon *p, const struct plan *plan, const struct junction *j, uint32_t link, double *out)
{
	uint32_t own = (uint32_t) lround(plan->cycle_s), t = 0;
	double since_s = 1e3; /* since it turned green */
	for (int round = 0; round < 2; round++)
		for (uint32_t r = 0; r < plan->n_rows; r++) {
			uint32_t last = (r + plan->n_rows - 1) % plan->n_rows, split = (uint32_t) lround(plan->rows[r].split_s);
			uint32_t way = (uint32_t) plan_way_s(plan, j, r), stays = (uint32_t) plan_stays_s(plan, j, last);
			char before = j->stages[plan->rows[last].stage].state[link], now = j->stages[plan->rows[r].stage].state[link];
			for (uint32_t s = 0; s < split; s++, t++) {
				bool ends = s < way && shows_green(before) && !shows_green(now), amber = ends && s >= stays;
				bool green = (ends && !amber) || (shows_green(now) && (s >= way || shows_green(before)));
				since_s = green ? since_s + 1 : amber ? since_s : -1;
				double used = amber ? CLAMP(p->o.amber_used_s - (s - stays), 0, 1) : green ? CLAMP(since_s + 1 - p->o.start_loss_s, 0, 1) : 0;
				bool major = ends ? before == 'G' : now == 'G' && (s >= way || before == 'G');
				uint32_t at = ((uint32_t) lround(plan->offset_s) + t) % own;
				out[at] = green && !major ? -used : used; /* who gives way and waits inside goes in the amber */
			}
		}
}

static void fill_letters(struct platoon *p, const struct network_plan *np)
{
	const struct turns *t = p->turns;
	for (uint32_t k = 0; k < t->n_lanes; k++) {
		uint32_t site = t->turns[t->lanes[k].turn].site;
		const struct plan *plan = np->plans[site];
		double *out = p->letter + (gsize) k * PLATOON_CYCLE_MAX;
		uint32_t own = (uint32_t) lround(plan->cycle_s);
		light_profile(p, plan, t->layout->sites[site].junction, t->lanes[k].signal_link, out);
		for (uint32_t s = own; s < p->cycle; s++)
			out[s] = out[s - own];
	}
}

/* Arrivals of one turn at its stop line, vehicles a second. */
static void arrivals_of(const struct platoon *p, uint32_t turn, double *out)
{
	uint32_t n = p->cycle;
	memset(out, 0, n * sizeof *out);
	for (uint32_t k = p->first_leg[turn]; k < p->first_leg[turn + 1]; k++) {
		const struct turn_leg *leg = &p->legs[k];
		double vps = leg->flow_vph * p->o.demand / 3600;
		if (leg->from == NET_NONE) {
			for (uint32_t t = 0; t < n; t++)
				out[t] += vps;
			continue;
		}
		double share = vps / fmax(p->turn_vps[leg->from], 1e-9);
		disperse_add(p->leave + (gsize) leg->from * PLATOON_CYCLE_MAX, out, n, leg->travel_s, share, &p->o);
	}
}

/* What has priority over lane use k in second t. */
static double opposing_vps(const struct platoon *p, const struct turn_lane *lane, uint32_t t)
{
	uint32_t site = p->turns->turns[lane->turn].site;
	const struct junction *j = p->turns->layout->sites[site].junction;
	const bool *yields = &j->yields[lane->signal_link * j->n_links];
	double sum = 0;
	for (uint32_t i = 0; i < j->n_links; i++)
		if (yields[i])
			sum += p->link_leave[(gsize) (p->first_link[site] + i) * PLATOON_CYCLE_MAX + t];
	return sum;
}

/* What the lane could let go in each second, its turns in the mix in which they come; veh/s. */
static void capacity_of(const struct platoon *p, uint32_t slot, const double *mix, double *out)
{
	for (uint32_t t = 0; t < p->cycle; t++) {
		double time_s = 0, open = 0;
		for (uint32_t u = p->first_use[slot]; u < p->first_use[slot + 1]; u++) {
			double m = mix[u - p->first_use[slot]], letter = p->letter[(gsize) p->uses[u] * PLATOON_CYCLE_MAX + t], factor = fabs(letter);
			if (m <= 0)
				continue;
			if (letter < 0)
				factor *= fmin(1, platoon_gaps_vps(opposing_vps(p, &p->turns->lanes[p->uses[u]], t), &p->o) * p->o.headway_s);
			open += factor > 0 ? m : 0;
			time_s += m * p->o.headway_s / fmax(factor, BLOCK_FACTOR);
		}
		out[t] = open > 0 && time_s > 0 ? 1 / time_s : 0;
	}
}

/* The queue of the mean cycle: two rounds, the second counts. */
static void run_queue(struct platoon_lane *lane, const double *come, const double *could, double *go, uint32_t n, double scale)
{
	double queue = 0;
	lane->uniform_s = lane->stops_vps = lane->queue_veh = 0;
	for (int round = 0; round < 2; round++)
		for (uint32_t t = 0; t < n; t++) {
			double in = come[t] * scale, out = fmin(queue + in, could[t]);
			if (round) {
				bool stops = queue > 0.05 || could[t] < in;
				lane->uniform_s += (queue + (queue + in - out)) / 2 / n;
				lane->stops_vps += stops ? in / scale / n : 0;
			}
			queue += in - out;
			go[t] = out;
			lane->queue_veh = fmax(lane->queue_veh, queue);
		}
}

/* Overflow delay of the Highway Capacity Manual (eq. 19-26, after Akcelik 1980) with k = 0.5 for fixed time; its I is the
 * variance of arrivals beside their mean: veh s/s. */
static double random_delay(double flow_vps, double capacity_vps, double burst, double period_s)
{
	double x = flow_vps / capacity_vps, period_h = period_s / 3600, c_vph = 3600 * capacity_vps;
	return flow_vps * 900 * period_h * (x - 1 + sqrt((x - 1) * (x - 1) + 4 * burst * x / (c_vph * period_h)));
}

static void solve_slot(struct platoon *p, uint32_t slot)
{
	uint32_t n = p->cycle, first = p->first_use[slot], n_uses = p->first_use[slot + 1] - first, site = p->turns->layout->slots[slot].site;
	struct platoon_lane *lane = &p->lanes[slot];
	double could[PLATOON_CYCLE_MAX], go[PLATOON_CYCLE_MAX], all[PLATOON_CYCLE_MAX] = {0}, mix[32];
	double sum = 0, can = 0, burst = 0;
	n_uses = MIN(n_uses, G_N_ELEMENTS(mix));
	for (uint32_t u = 0; u < n_uses; u++) {
		const struct turn_lane *use = &p->turns->lanes[p->uses[first + u]];
		mix[u] = p->turn_vps[use->turn] * use->share;
		sum += mix[u];
		burst += mix[u] * p->turns->turns[use->turn].burst;
		for (uint32_t t = 0; t < n; t++)
			all[t] += p->come[(gsize) use->turn * PLATOON_CYCLE_MAX + t] * use->share;
	}
	*lane = (struct platoon_lane){.flow_vps = sum};
	if (sum <= 1e-9)
		return;
	for (uint32_t u = 0; u < n_uses; u++)
		mix[u] /= sum;
	capacity_of(p, slot, mix, could);
	for (uint32_t t = 0; t < n; t++)
		can += could[t] / n;
	lane->capacity_vps = fmax(can, 1e-3);
	run_queue(lane, all, could, go, n, fmin(1, FULL * lane->capacity_vps / sum));
	lane->random_s = random_delay(sum, lane->capacity_vps, burst / sum, p->o.period_s);
	for (uint32_t u = 0; u < n_uses; u++) {
		const struct turn_lane *use = &p->turns->lanes[p->uses[first + u]];
		double *turn = p->leave + (gsize) use->turn * PLATOON_CYCLE_MAX;
		double *link = p->link_now + (gsize) (p->first_link[site] + use->signal_link) * PLATOON_CYCLE_MAX;
		for (uint32_t t = 0; t < n; t++) {
			turn[t] += mix[u] * go[t];
			link[t] += mix[u] * go[t];
		}
	}
}

/* One junction: who comes to it, then what its lanes let go; what has priority is that of the pass before. */
static void solve_site(struct platoon *p, const uint32_t *slots, uint32_t n_slots, uint32_t site)
{
	const struct turns *t = p->turns;
	gsize row = PLATOON_CYCLE_MAX, first = p->first_link[site], n_links = p->first_link[site + 1] - first;
	for (uint32_t k = 0; k < t->n_turns; k++)
		if (t->turns[k].site == site)
			arrivals_of(p, k, p->come + k * row);
	for (uint32_t k = 0; k < t->n_turns; k++)
		if (t->turns[k].site == site)
			memset(p->leave + k * row, 0, p->cycle * sizeof *p->leave);
	memset(p->link_now + first * row, 0, n_links * row * sizeof *p->link_now);
	for (uint32_t i = 0; i < n_slots; i++)
		solve_slot(p, slots[i]);
	memcpy(p->link_leave + first * row, p->link_now + first * row, n_links * row * sizeof *p->link_now);
}

static void one_pass(struct platoon *p)
{
	const struct layout *l = p->turns->layout;
	for (uint32_t k = 0, until; k < l->n_slots; k = until) {
		uint32_t site = l->slots[p->order[k]].site;
		for (until = k; until < l->n_slots && l->slots[p->order[until]].site == site; until++)
			continue;
		solve_site(p, p->order + k, until - k, site);
	}
}

static void add_up(const struct platoon *p, struct platoon_cost *cost)
{
	for (uint32_t s = 0; s < p->turns->layout->n_slots; s++) {
		const struct platoon_lane *lane = &p->lanes[s];
		if (!(lane->flow_vps > 0))
			continue;
		double x = lane->flow_vps / lane->capacity_vps, more = fmax(0, lane->random_s + lane->queue_veh - 0.8 * p->store_veh[s]);
		cost->uniform_s += lane->uniform_s;
		cost->random_s += lane->random_s;
		cost->stops_vps += lane->stops_vps;
		cost->spill += isfinite(p->store_veh[s]) ? p->o.spill_s * lane->flow_vps * fmin(more, 20) : 0;
		cost->worst_x = fmax(cost->worst_x, x);
	}
	cost->total = cost->uniform_s + cost->random_s + cost->stops_vps * p->o.stop_s + cost->spill;
}

struct platoon_cost platoon_cost(struct platoon *p, const struct network_plan *plan)
{
	struct platoon_cost cost = {0};
	gsize row = PLATOON_CYCLE_MAX;
	p->cycle = (uint32_t) lround(plan->cycle_s);
	fill_letters(p, plan);
	for (uint32_t k = 0; k < p->turns->n_turns; k++) /* before anything is known everybody comes evenly */
		for (uint32_t t = 0; t < p->cycle; t++)
			p->leave[k * row + t] = p->turn_vps[k];
	memset(p->link_leave, 0, p->n_links * row * sizeof *p->link_leave);
	for (int pass = 0; pass < PASSES; pass++)
		one_pass(p);
	add_up(p, &cost);
	return cost;
}
