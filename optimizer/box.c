/* box.c - see box.h. */
#include "optimizer/box.h"

#include <string.h>

#define STANDS_MPS 0.5

struct inside { /* an internal lane */
	uint32_t lane, signal_link;
	bool last; /* nothing to wait for behind it */
};

struct box {
	const struct layout *layout;
	GArray **inside; /* by site, struct inside */
	bool **stood;    /* by site and link: one of it has stood inside and is there still, he or another */
	bool *in;        /* by link of the site in hand: somebody of it is inside and may have to wait */
};

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
		const struct net_lane *road = &l->net->lanes[lane];
		bool last = road->n_links == 0 || l->net->links[road->first_link].via == NET_NONE;
		struct inside at = {lane, link ? link->signal_link : NET_NONE, last};
		if (link && site_of[link->signal] != NET_NONE && at.signal_link < l->sites[site_of[link->signal]].junction->n_links)
			g_array_append_val(b->inside[site_of[link->signal]], at);
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

/* Who starts again may have to wait once more at his place to wait (a U-turn): his link counts until nobody of it is before such a place
 * or stands behind it. */
static void look_inside(struct box *b, const struct demand *d, uint32_t s, double now_s)
{
	bool *in = b->in, *stood = b->stood[s];
	memset(in, 0, b->layout->sites[s].junction->n_links * sizeof *in);
	for (guint k = 0; k < b->inside[s]->len; k++) {
		struct inside at = g_array_index(b->inside[s], struct inside, k);
		const struct sight *sight = &d->sights[at.lane];
		if (!(now_s - sight->t_s <= DEMAND_STALE_S))
			continue;
		for (uint32_t i = 0; i < sight->n; i++) {
			bool stands = sight->vehicles[i].speed_mps < STANDS_MPS;
			in[at.signal_link] |= stands || !at.last;
			stood[at.signal_link] |= stands;
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
