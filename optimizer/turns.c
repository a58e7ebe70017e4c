/* turns.c - counts of turns, out of routes or counts; see turns.h. */
#include "optimizer/turns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REACH_M 3000.0 /* platoons are not followed further */
#define CROSS_S 2.0    /* over a junction */
#define CROSS_M 20.0
#define ROUNDS 60
#define SMALL_VPH 0.5
#define DEPTH 16

static gint64 key_of(uint32_t from_edge, uint32_t to_edge)
{
	return (gint64) (((guint64) from_edge << 32) | to_edge);
}

uint32_t turns_find(const struct turns *t, uint32_t from_edge, uint32_t to_edge)
{
	gint64 key = key_of(from_edge, to_edge);
	return GPOINTER_TO_UINT(g_hash_table_lookup(t->by_edges, &key)) - 1;
}

static void add_turn(struct turns *t, GArray *turns, uint32_t from, uint32_t to, uint32_t site)
{
	struct turn turn = {.from_edge = from, .to_edge = to, .site = site, .burst = 1};
	g_array_append_val(turns, turn);
	g_hash_table_insert(t->by_edges, g_memdup2(&(gint64){key_of(from, to)}, sizeof(gint64)), GUINT_TO_POINTER(turns->len));
}

static int by_turn(const void *a, const void *b)
{
	const struct turn_lane *x = a, *y = b;
	return x->turn != y->turn ? (x->turn > y->turn) - (x->turn < y->turn) : (x->slot > y->slot) - (x->slot < y->slot);
}

/* The moves of a lane that lead to one edge are one: which of its lanes, nobody counts. */
static void add_lanes(struct turns *t)
{
	const struct layout *l = t->layout;
	GArray *turns = g_array_new(FALSE, FALSE, sizeof(struct turn)), *lanes = g_array_new(FALSE, FALSE, sizeof(struct turn_lane));
	for (uint32_t m = 0; m < l->n_moves; m++) {
		const struct site_move *move = &l->moves[m];
		const struct site_slot *slot = &l->slots[move->slot];
		uint32_t from = l->net->lanes[slot->lane].edge, to = l->net->lanes[move->to_lane].edge;
		bool known = false;
		if (turns_find(t, from, to) == NET_NONE)
			add_turn(t, turns, from, to, slot->site);
		struct turn_lane lane = {.turn = turns_find(t, from, to), .slot = move->slot, .signal_link = move->signal_link};
		for (guint k = 0; k < lanes->len; k++)
			known |= g_array_index(lanes, struct turn_lane, k).turn == lane.turn && g_array_index(lanes, struct turn_lane, k).slot == lane.slot;
		if (!known)
			g_array_append_val(lanes, lane);
	}
	t->n_turns = turns->len;
	t->n_lanes = lanes->len;
	t->turns = (struct turn *) (void *) g_array_free(turns, FALSE);
	t->lanes = (struct turn_lane *) (void *) g_array_free(lanes, FALSE);
	qsort(t->lanes, t->n_lanes, sizeof *t->lanes, by_turn);
	for (uint32_t k = t->n_lanes; k > 0; k--) {
		t->turns[t->lanes[k - 1].turn].first_lane = k - 1;
		t->turns[t->lanes[k - 1].turn].n_lanes++;
	}
	for (uint32_t k = 0; k < t->n_lanes; k++)
		t->lanes[k].share = 1.0 / t->turns[t->lanes[k].turn].n_lanes;
}

struct turns *turns_new(const struct layout *l)
{
	struct turns *t = g_new0(struct turns, 1);
	t->layout = l;
	t->by_edges = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	add_lanes(t);
	return t;
}

void turns_free(struct turns *t)
{
	if (!t)
		return;
	g_hash_table_destroy(t->by_edges);
	g_free(t->turns);
	g_free(t->lanes);
	g_free(t->legs);
	g_free(t);
}

static void add_leg(struct turns *t, struct turn_leg leg)
{
	for (uint32_t k = 0; k < t->n_legs; k++)
		if (t->legs[k].from == leg.from && t->legs[k].to == leg.to) {
			struct turn_leg *known = &t->legs[k];
			double all_vph = known->flow_vph + leg.flow_vph;
			if (all_vph > 0) { /* ways of different length between the same two: their mean */
				known->length_m = (known->length_m * known->flow_vph + leg.length_m * leg.flow_vph) / all_vph;
				known->travel_s = (known->travel_s * known->flow_vph + leg.travel_s * leg.flow_vph) / all_vph;
			}
			known->flow_vph = all_vph;
			return;
		}
	t->legs = g_renew(struct turn_leg, t->legs, t->n_legs + 1);
	t->legs[t->n_legs++] = leg;
}

static double edge_length_m(const struct turns *t, uint32_t edge)
{
	return t->layout->net->lanes[t->layout->net->edges[edge].first_lane].length_m;
}

static double edge_travel_s(const struct turns *t, uint32_t edge)
{
	const struct net_edge *e = &t->layout->net->edges[edge];
	double fastest_mps = 0.1;
	for (uint32_t k = e->first_lane; k < e->first_lane + e->n_lanes; k++)
		fastest_mps = fmax(fastest_mps, t->layout->net->lanes[k].speed_mps);
	return edge_length_m(t, edge) / fastest_mps;
}

void turns_add_route(struct turns *t, const uint32_t *edges, uint32_t n_edges, double flow_vph)
{
	struct turn_leg leg = {.from = NET_NONE, .flow_vph = flow_vph};
	for (uint32_t k = 0; k + 1 < n_edges; k++) {
		leg.length_m += edge_length_m(t, edges[k]);
		leg.travel_s += edge_travel_s(t, edges[k]);
		uint32_t turn = turns_find(t, edges[k], edges[k + 1]);
		if (turn == NET_NONE)
			continue;
		leg.to = turn;
		if (leg.length_m > REACH_M)
			leg.from = NET_NONE;
		t->turns[turn].flow_vph += flow_vph;
		add_leg(t, leg);
		leg = (struct turn_leg){.from = turn, .flow_vph = flow_vph, .length_m = CROSS_M, .travel_s = CROSS_S};
	}
}

void turns_count(struct turns *t, uint32_t turn, double flow_vph)
{
	t->turns[turn].flow_vph += flow_vph;
}

void turns_set_burst(struct turns *t, uint32_t turn, const double *counts, uint32_t n)
{
	double mean = 0, variance = 0;
	for (uint32_t k = 0; k < n; k++)
		mean += counts[k] / n;
	for (uint32_t k = 0; k < n && n > 1; k++)
		variance += (counts[k] - mean) * (counts[k] - mean) / (n - 1);
	t->turns[turn].burst = mean > 0 ? sqrt(fmax(1, variance / mean)) : 1;
}

/* Whatever follows a turn, edge by edge, until it comes to signals. */
struct linking {
	struct turns *t;
	turns_through through;
	void *user;
	double *from_edge_vph; /* by edge: all counted turns from it */
};

static void spread(struct linking *x, struct turn_leg at, uint32_t edge, uint32_t depth);

static void spread_to_turns(struct linking *x, struct turn_leg at, uint32_t edge)
{
	for (uint32_t k = 0; k < x->t->n_turns; k++) {
		const struct turn *turn = &x->t->turns[k];
		if (turn->from_edge != edge || !(turn->flow_vph > 0))
			continue;
		struct turn_leg leg = at;
		leg.to = k;
		leg.flow_vph = at.flow_vph * turn->flow_vph / x->from_edge_vph[edge];
		add_leg(x->t, leg);
	}
}

/* To the edges that `edge` leads to without a signal. */
static void spread_on(struct linking *x, struct turn_leg at, uint32_t edge, uint32_t depth)
{
	const struct network *net = x->t->layout->net;
	const struct net_edge *e = &net->edges[edge];
	uint32_t next[8], n = 0;
	double weight[8], sum = 0;
	for (uint32_t l = e->first_lane; l < e->first_lane + e->n_lanes; l++)
		for (uint32_t i = net->lanes[l].first_link; i < net->lanes[l].first_link + net->lanes[l].n_links; i++) {
			uint32_t to = net->lanes[net->links[i].to_lane].edge;
			bool known = net->edges[to].function != NET_NORMAL || net->links[i].signal != NET_NONE || net->links[i].dir == 't' || n == 8;
			for (uint32_t k = 0; k < n; k++)
				known |= next[k] == to;
			if (!known) {
				weight[n] = x->through ? x->through(x->user, edge, to) : 1;
				sum += weight[n];
				next[n++] = to;
			}
		}
	for (uint32_t k = 0; k < n && sum > 0; k++) {
		struct turn_leg on = at;
		on.flow_vph = at.flow_vph * weight[k] / sum;
		spread(x, on, next[k], depth + 1);
	}
}

static void spread(struct linking *x, struct turn_leg at, uint32_t edge, uint32_t depth)
{
	if (depth > DEPTH || at.length_m > REACH_M || at.flow_vph < SMALL_VPH)
		return;
	at.length_m += edge_length_m(x->t, edge);
	at.travel_s += edge_travel_s(x->t, edge);
	if (x->from_edge_vph[edge] > 0)
		spread_to_turns(x, at, edge);
	else
		spread_on(x, at, edge, depth);
}

/* Counts of two junctions never fit exactly: legs are pressed to what was counted, what is missing enters on the way. */
static void balance(struct turns *t)
{
	for (uint32_t k = 0; k < t->n_turns; k++) {
		double in_vph = 0, want_vph = t->turns[k].flow_vph;
		for (uint32_t i = 0; i < t->n_legs; i++)
			in_vph += t->legs[i].to == k ? t->legs[i].flow_vph : 0;
		for (uint32_t i = 0; i < t->n_legs && in_vph > want_vph; i++)
			t->legs[i].flow_vph *= t->legs[i].to == k ? want_vph / in_vph : 1;
		if (want_vph - in_vph > 1e-9)
			add_leg(t, (struct turn_leg){.from = NET_NONE, .to = k, .flow_vph = want_vph - fmin(in_vph, want_vph)});
	}
}

void turns_link_counts(struct turns *t, turns_through through, void *user)
{
	g_autofree double *from_edge_vph = g_new0(double, t->layout->net->n_edges);
	struct linking x = {t, through, user, from_edge_vph};
	for (uint32_t k = 0; k < t->n_turns; k++)
		from_edge_vph[t->turns[k].from_edge] += t->turns[k].flow_vph;
	for (uint32_t k = 0; k < t->n_turns; k++) {
		struct turn_leg leg = {.from = k, .flow_vph = t->turns[k].flow_vph, .length_m = CROSS_M, .travel_s = CROSS_S};
		spread(&x, leg, t->turns[k].to_edge, 0);
	}
	balance(t);
}

/* Does the letter give way wherever it is green? */
static bool always_yields(const struct turns *t, const struct turn_lane *lane)
{
	const struct junction *j = t->layout->sites[t->turns[lane->turn].site].junction;
	bool green = false;
	for (uint32_t s = 0; s < j->n_stages; s++) {
		green |= shows_green(j->stages[s].state[lane->signal_link]);
		if (j->stages[s].state[lane->signal_link] == 'G')
			return false;
	}
	return green;
}

void turns_share_lanes(struct turns *t, double yield_weight)
{
	g_autofree double *load = g_new0(double, MAX(t->layout->n_slots, 1)), *weight = g_new(double, MAX(t->n_lanes, 1));
	for (uint32_t k = 0; k < t->n_lanes; k++) {
		weight[k] = t->turns[t->lanes[k].turn].flow_vph * (always_yields(t, &t->lanes[k]) ? yield_weight : 1);
		load[t->lanes[k].slot] += weight[k] * t->lanes[k].share;
	}
	for (int round = 0; round < ROUNDS; round++)
		for (uint32_t k = 0; k < t->n_turns; k++) {
			struct turn_lane *lanes = &t->lanes[t->turns[k].first_lane];
			double sum = 0;
			for (uint32_t i = 0; i < t->turns[k].n_lanes; i++) {
				load[lanes[i].slot] -= weight[lanes + i - t->lanes] * lanes[i].share;
				sum += lanes[i].share /= 0.2 * t->turns[k].flow_vph + load[lanes[i].slot] + weight[lanes + i - t->lanes] * lanes[i].share + 1e-6;
			}
			for (uint32_t i = 0; i < t->turns[k].n_lanes; i++) {
				lanes[i].share /= sum;
				load[lanes[i].slot] += weight[lanes + i - t->lanes] * lanes[i].share;
			}
		}
}
