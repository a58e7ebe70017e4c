/* site.c - junctions as the optimizer sees them: slots, moves, groups, streams. */
#include "optimizer/site.h"

#include <math.h>
#include <string.h>

#define REACH_M 1500.0  /* traffic is not followed further than this to the next signal */
#define REACH_EDGES 12
#define WAIT_LENGTH_M 4.5
#define WAIT_PITCH_M 6.5
#define PITCH_M 7.5     /* room of one standing vehicle */
#define FEED_M 300.0    /* how far up the road of a stop line a camera may list vehicles */

/* Where the way through the junction is in two parts, drivers wait between them. */
static void add_wait(const struct network *net, const struct net_link *link, struct site_move *move)
{
	if (link->via == NET_NONE || net->lanes[link->via].n_links == 0 || net->links[net->lanes[link->via].first_link].via == NET_NONE)
		return;
	double room_m = net->lanes[link->via].length_m - WAIT_LENGTH_M;
	move->wait_lane = link->via;
	move->wait_veh = room_m < 0.0 ? 0.0 : 1.0 + floor(room_m / WAIT_PITCH_M);
}

static void add_slots(struct layout *l, GArray *slots, GArray *moves, uint32_t s)
{
	struct site *site = &l->sites[s];
	const struct junction *j = site->junction;
	site->first_slot = slots->len;
	for (uint32_t k = 0; k < j->n_lanes; k++) {
		uint32_t lane = j->lanes[k];
		if (l->slot_of_lane[lane] != NET_NONE)
			continue;
		const struct net_lane *road = &l->net->lanes[lane];
		struct site_slot slot = {.lane = lane, .site = s, .group = NET_NONE, .first_move = moves->len,
			.length_m = road->length_m, .speed_mps = road->speed_mps};
		for (uint32_t i = road->first_link; i < road->first_link + road->n_links; i++) {
			const struct net_link *link = &l->net->links[i];
			if (link->signal != j->signal || link->signal_link >= j->n_links)
				continue;
			struct site_move move = {.slot = slots->len, .signal_link = link->signal_link, .to_lane = link->to_lane, .dir = link->dir,
				.wait_lane = NET_NONE, .exit = NET_NONE};
			add_wait(l->net, link, &move);
			g_array_append_val(moves, move);
		}
		slot.n_moves = moves->len - slot.first_move;
		if (slot.n_moves == 0)
			continue;
		l->slot_of_lane[lane] = slots->len;
		g_array_append_val(slots, slot);
	}
	site->n_slots = slots->len - site->first_slot;
}

static void add_times(struct site *site)
{
	const struct junction *j = site->junction;
	uint32_t n = j->n_stages;
	site->min_s = g_new0(double, n);
	site->max_s = g_new0(double, n);
	site->change_s = g_new0(double, (gsize) n * n);
	for (uint32_t a = 0; a < n; a++) {
		site->max_s[a] = INFINITY;
		for (uint32_t i = 0; i < j->n_links; i++) {
			if (j->stages[a].state[i] == 'r')
				continue;
			site->min_s[a] = fmax(site->min_s[a], j->links[i].min_green_s);
			site->max_s[a] = fmin(site->max_s[a], j->links[i].max_green_s);
		}
		for (uint32_t b = 0; b < n; b++)
			site->change_s[a * n + b] = junction_change_s(j, a, b);
	}
}

static void add_groups(struct layout *l)
{
	GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct site_group));
	for (uint32_t s = 0; s < l->n_slots; s++) {
		if (l->slots[s].group != NET_NONE)
			continue;
		uint32_t edge = l->net->lanes[l->slots[s].lane].edge;
		struct site_group group = {.edge = edge, .slots = g_new(uint32_t, l->net->edges[edge].n_lanes)};
		for (uint32_t k = s; k < l->n_slots; k++) {
			if (l->net->lanes[l->slots[k].lane].edge != edge)
				continue;
			l->slots[k].group = groups->len;
			group.slots[group.n_slots++] = k;
		}
		g_array_append_val(groups, group);
	}
	l->n_groups = groups->len;
	l->groups = (struct site_group *) g_array_free(groups, FALSE);
}

/* The group whose edge this is, or NET_NONE. */
static uint32_t group_of_edge(const struct layout *l, uint32_t edge)
{
	const struct net_edge *e = &l->net->edges[edge];
	for (uint32_t k = e->first_lane; k < e->first_lane + e->n_lanes; k++)
		if (l->slot_of_lane[k] != NET_NONE)
			return l->slots[l->slot_of_lane[k]].group;
	return NET_NONE;
}

/* The distinct edges that `edge` leads to; at most `max`. */
static uint32_t edges_after(const struct network *net, uint32_t edge, uint32_t *out, uint32_t max)
{
	uint32_t n = 0;
	const struct net_edge *e = &net->edges[edge];
	for (uint32_t k = e->first_lane; k < e->first_lane + e->n_lanes; k++) {
		for (uint32_t i = net->lanes[k].first_link; i < net->lanes[k].first_link + net->lanes[k].n_links; i++) {
			const struct net_link *link = &net->links[i];
			uint32_t next = net->lanes[link->to_lane].edge;
			uint32_t known = 0;
			if (link->dir == 't' || net->edges[next].function != NET_NORMAL)
				continue;
			while (known < n && out[known] != next)
				known++;
			if (known == n && n < max)
				out[n++] = next;
		}
	}
	return n;
}

static uint32_t drive_lanes(const struct network *net, uint32_t edge)
{
	uint32_t n = 0;
	for (uint32_t k = 0; k < net->edges[edge].n_lanes; k++)
		n += (net->lanes[net->edges[edge].first_lane + k].allow & NET_PASSENGER) != 0;
	return n;
}

/* Follows a move's traffic from `edge` on until it meets signals. */
static void follow(const struct layout *l, GArray *streams, struct site_stream at, uint32_t edge, uint32_t depth)
{
	const struct net_lane *lane = &l->net->lanes[l->net->edges[edge].first_lane];
	at.length_m += lane->length_m;
	at.travel_s += lane->length_m / lane->speed_mps;
	at.store_veh += drive_lanes(l->net, edge) * lane->length_m / PITCH_M;
	at.group = group_of_edge(l, edge);
	if (at.group != NET_NONE) {
		g_array_append_val(streams, at);
		return;
	}
	if (depth >= REACH_EDGES || at.length_m > REACH_M || at.frac < 0.02)
		return;
	uint32_t next[8], n = edges_after(l->net, edge, next, G_N_ELEMENTS(next));
	for (uint32_t k = 0; k < n; k++) {
		struct site_stream on = at;
		on.frac = at.frac / n;
		follow(l, streams, on, next[k], depth + 1);
	}
}

static gint by_group(gconstpointer a, gconstpointer b)
{
	const struct site_stream *x = a, *y = b;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->move < y->move ? -1 : x->move > y->move;
}

static void add_streams(struct layout *l)
{
	GArray *streams = g_array_new(FALSE, FALSE, sizeof(struct site_stream));
	for (uint32_t m = 0; m < l->n_moves; m++) {
		struct site_stream at = {.move = m, .frac = 1.0, .length_m = 20.0, .travel_s = 2.0}; /* across the junction */
		follow(l, streams, at, l->net->lanes[l->moves[m].to_lane].edge, 0);
	}
	g_array_sort(streams, by_group);
	for (guint k = streams->len; k > 0; k--) {
		struct site_group *g = &l->groups[g_array_index(streams, struct site_stream, k - 1).group];
		g->first_stream = k - 1;
		g->n_streams++;
	}
	l->n_streams = streams->len;
	l->streams = (struct site_stream *) g_array_free(streams, FALSE);
	for (uint32_t k = 0; k < l->n_streams; k++)
		if (l->streams[k].frac > 0.5)
			l->moves[l->streams[k].move].exit = k;
}

/* The slots that lane `lane` leads to without meeting a signal before. */
static void feed(const struct layout *l, GArray *slots, uint32_t lane, double way_m, uint32_t depth)
{
	if (depth > REACH_EDGES || way_m > FEED_M)
		return;
	const struct net_lane *road = &l->net->lanes[lane];
	for (uint32_t i = road->first_link; i < road->first_link + road->n_links; i++) {
		const struct net_link *link = &l->net->links[i];
		if (link->signal != NET_NONE || link->to_lane == lane)
			continue;
		uint32_t slot = l->slot_of_lane[link->to_lane];
		bool known = false;
		for (guint k = 0; k < slots->len; k++)
			known = known || g_array_index(slots, uint32_t, k) == slot;
		if (slot == NET_NONE)
			feed(l, slots, link->to_lane, way_m + l->net->lanes[link->to_lane].length_m, depth + 1);
		else if (!known)
			g_array_append_val(slots, slot);
	}
}

static void add_feeders(struct layout *l)
{
	l->feeders = g_new0(struct site_feeder, l->net->n_lanes);
	for (uint32_t lane = 0; lane < l->net->n_lanes; lane++) {
		if (l->slot_of_lane[lane] != NET_NONE || l->net->edges[l->net->lanes[lane].edge].function != NET_NORMAL)
			continue;
		GArray *slots = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		feed(l, slots, lane, 0.0, 0);
		l->feeders[lane].n_slots = slots->len;
		for (guint k = 0; k < slots->len; k++) {
			struct site_slot *slot = &l->slots[g_array_index(slots, uint32_t, k)];
			slot->feeders = g_renew(uint32_t, slot->feeders, slot->n_feeders + 1);
			slot->feeders[slot->n_feeders++] = lane;
		}
		l->feeders[lane].slots = (uint32_t *) g_array_free(slots, FALSE);
	}
}

struct layout *layout_new(
	const struct network *net, const struct junction *const *junctions, const struct plan *const *plans, uint32_t n)
{
	struct layout *l = g_new0(struct layout, 1);
	GArray *slots = g_array_new(FALSE, FALSE, sizeof(struct site_slot));
	GArray *moves = g_array_new(FALSE, FALSE, sizeof(struct site_move));
	l->net = net;
	l->n_sites = n;
	l->sites = g_new0(struct site, n);
	l->slot_of_lane = g_new(uint32_t, net->n_lanes);
	memset(l->slot_of_lane, 0xff, net->n_lanes * sizeof *l->slot_of_lane);
	for (uint32_t s = 0; s < n; s++) {
		l->sites[s].junction = junctions[s];
		l->sites[s].plan = plans ? plans[s] : NULL;
		add_times(&l->sites[s]);
		add_slots(l, slots, moves, s);
	}
	l->n_slots = slots->len;
	l->slots = (struct site_slot *) g_array_free(slots, FALSE);
	l->n_moves = moves->len;
	l->moves = (struct site_move *) g_array_free(moves, FALSE);
	add_groups(l);
	add_streams(l);
	add_feeders(l);
	return l;
}

void layout_free(struct layout *l)
{
	if (!l)
		return;
	for (uint32_t s = 0; s < l->n_sites; s++) {
		g_free(l->sites[s].min_s);
		g_free(l->sites[s].max_s);
		g_free(l->sites[s].change_s);
	}
	for (uint32_t g = 0; g < l->n_groups; g++)
		g_free(l->groups[g].slots);
	for (uint32_t k = 0; k < l->n_slots; k++)
		g_free(l->slots[k].feeders);
	for (uint32_t k = 0; k < l->net->n_lanes; k++)
		g_free(l->feeders[k].slots);
	g_free(l->sites);
	g_free(l->slots);
	g_free(l->moves);
	g_free(l->groups);
	g_free(l->streams);
	g_free(l->slot_of_lane);
	g_free(l->feeders);
	g_free(l);
}

struct site_green layout_green(const struct layout *l, uint32_t slot, uint32_t stage, const double *share)
{
	const struct site_slot *s = &l->slots[slot];
	const char *state = l->sites[s->site].junction->stages[stage].state;
	struct site_green green = {0.0, 0.0, 0.0};
	for (uint32_t m = 0; m < s->n_moves; m++) {
		char letter = state[l->moves[s->first_move + m].signal_link];
		if (letter == 'G')
			green.free_frac += share[m];
		else if (letter == 'g')
			green.yield_frac += share[m];
		else
			green.red_frac += share[m];
	}
	return green;
}
