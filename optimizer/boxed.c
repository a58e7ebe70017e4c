/* boxed.c - see boxed.h. */
#include "optimizer/boxed.h"

#include <math.h>
#include <string.h>

#define INSIDE_MOST 4   /* internal lanes in a row */
#define NEAR_LINKS 6
#define STANDS_MPS 0.5
#define ACCEL_MPS2 2.0 /* of one who starts again */
#define CLEAR_S 3.0    /* the first of those who get green is not in the middle before that */

struct inside { /* an internal lane */
	uint32_t lane, signal_link;
	double behind_m; /* of the way through the junction, behind this lane */
	double beyond_m; /* from the lane's end to the next stop line, which its vehicles' distances may run to */
};

struct box {
	const struct layout *layout;
	GArray **inside; /* by site, struct inside */
	bool **stood;    /* by site and link: one of it has stood inside and is there still, he or another */
	bool *in;        /* by link of the site in hand: somebody of it is inside and may have to wait */
};

/* To the nearest stop line that vehicles at the end of `lane` come to, INFINITY where none is near. */
static double to_next_m(const struct layout *l, uint32_t lane, uint32_t depth)
{
	double next_m = INFINITY;
	for (uint32_t i = 0; depth > 0 && i < l->net->lanes[lane].n_links; i++) {
		const struct net_link *link = &l->net->links[l->net->lanes[lane].first_link + i];
		double on_m = l->net->lanes[link->to_lane].length_m + (link->via != NET_NONE ? l->net->lanes[link->via].length_m : 0.0);
		if (l->slot_of_lane[link->to_lane] == NET_NONE)
			on_m += to_next_m(l, link->to_lane, depth - 1);
		next_m = fmin(next_m, on_m);
	}
	return next_m;
}

static void add_inside(struct box *b, uint32_t s, struct inside at)
{
	const struct network *net = b->layout->net;
	uint32_t lane = at.lane;
	at.beyond_m = to_next_m(b->layout, lane, NEAR_LINKS);
	for (uint32_t n = 0; n < INSIDE_MOST && net->lanes[lane].n_links > 0; n++) {
		lane = net->links[net->lanes[lane].first_link].via;
		if (lane == NET_NONE)
			break;
		at.behind_m += net->lanes[lane].length_m;
	}
	g_array_append_val(b->inside[s], at);
}

struct box *box_new(const struct layout *l)
{
	struct box *b = g_new0(struct box, 1);
	g_autofree uint32_t *behind = network_insides(l->net);
	g_autofree uint32_t *site_of = g_new(uint32_t, MAX(l->net->n_signals, 1));
	b->layout = l;
	b->inside = g_new0(GArray *, MAX(l->n_sites, 1));
	b->stood = g_new0(bool *, MAX(l->n_sites, 1));
	uint32_t most = 1;
	for (uint32_t k = 0; k < l->net->n_signals; k++)
		site_of[k] = NET_NONE;
	for (uint32_t s = 0; s < l->n_sites; s++) {
		b->inside[s] = g_array_new(FALSE, FALSE, sizeof(struct inside));
		b->stood[s] = g_new0(bool, l->sites[s].junction->n_links);
		most = MAX(most, l->sites[s].junction->n_links);
		site_of[l->sites[s].junction->signal] = s;
	}
	b->in = g_new0(bool, most);
	for (uint32_t lane = 0; lane < l->net->n_lanes; lane++) {
		const struct net_link *link = behind[lane] != NET_NONE ? &l->net->links[behind[lane]] : NULL;
		struct inside at = {.lane = lane, .signal_link = link ? link->signal_link : NET_NONE};
		if (link && site_of[link->signal] != NET_NONE && at.signal_link < l->sites[site_of[link->signal]].junction->n_links)
			add_inside(b, site_of[link->signal], at);
	}
	return b;
}

void box_free(struct box *b)
{
	if (!b)
		return;
	for (uint32_t s = 0; s < b->layout->n_sites; s++) {
		g_array_unref(b->inside[s]);
		g_free(b->stood[s]);
	}
	g_free(b->inside);
	g_free(b->stood);
	g_free(b->in);
	g_free(b);
}

/* Until the vehicle is out, if nobody holds it. */
static double clears_s(const struct box *b, const struct inside *at, const struct seen_vehicle *v)
{
	double lane_m = b->layout->net->lanes[at->lane].length_m, dist_m = v->dist_to_stop_m;
	if (dist_m > lane_m)
		dist_m = dist_m - at->beyond_m;
	double rest_m = CLAMP(dist_m, 0.0, lane_m) + at->behind_m;
	return (sqrt(v->speed_mps * v->speed_mps + 2.0 * ACCEL_MPS2 * rest_m) - v->speed_mps) / ACCEL_MPS2;
}

/* Who starts again still needs his time, and may have to wait once more on the way: his link counts until everybody of it is out before others
 * come. */
static void look_inside(struct box *b, const struct demand *d, uint32_t s, double now_s)
{
	bool *in = b->in, *stood = b->stood[s];
	memset(in, 0, b->layout->sites[s].junction->n_links * sizeof *in);
	for (guint k = 0; k < b->inside[s]->len; k++) {
		const struct inside *at = &g_array_index(b->inside[s], struct inside, k);
		const struct sight *sight = &d->sights[at->lane];
		if (!(now_s - sight->t_s <= DEMAND_STALE_S))
			continue;
		for (uint32_t i = 0; i < sight->n; i++) {
			bool stands = sight->vehicles[i].speed_mps < STANDS_MPS;
			in[at->signal_link] |= stands || clears_s(b, at, &sight->vehicles[i]) > CLEAR_S;
			stood[at->signal_link] |= stands;
		}
	}
	for (uint32_t i = 0; i < b->layout->sites[s].junction->n_links; i++)
		stood[i] = stood[i] && in[i];
}

/* Would `stage` begin a link that crosses `link`, and not `link` itself? */
static bool is_in_way(const struct junction *j, uint32_t link, uint32_t stage, const float *red_s)
{
	const char *goal = j->stages[stage].state;
	if (shows_green(goal[link]))
		return false;
	for (uint32_t k = 0; k < j->n_links; k++)
		if (j->foes[link * j->n_links + k] && shows_green(goal[k]) && red_s[k] >= 0.0f)
			return true;
	return false;
}

uint32_t box_blocks(struct box *b, const struct demand *d, uint32_t s, uint32_t stage, const float *red_s, double now_s)
{
	const struct junction *j = b->layout->sites[s].junction;
	look_inside(b, d, s, now_s);
	for (uint32_t i = 0; stage < j->n_stages && i < j->n_links; i++)
		if (b->stood[s][i] && is_in_way(j, i, stage, red_s))
			return i;
	return NET_NONE;
}
