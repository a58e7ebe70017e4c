/* price.c - see price.h. */
#include "optimizer/price.h"

#include <math.h>
#include <string.h>

#define WEIGHT 0.5         /* of a neighbour's second against an own one: it will plan anew before most of them come */
#define NEVER_S 10.0f      /* added where its turn does not come within the horizon */
#define SAME_VEH 0.3f      /* fractions of vehicles: who is nearer than that to the stop line has left */

/* Is the lane green under the path in the second that begins at t? */
static void light(const struct search *s, const struct search_segment *path, uint32_t n, uint32_t lane, bool *green)
{
	memset(green, 0, s->n_bins * sizeof *green);
	for (uint32_t k = 0; k < n; k++) {
		const struct search_serve *serve = &s->serve[path[k].stage * s->n_lanes + lane];
		double end_s = k + 1 == n ? s->n_bins : fmin(path[k].end_s, s->n_bins);
		if (serve->free_frac + serve->yield_frac <= 0.0f)
			continue;
		for (uint32_t t = (uint32_t) fmax(0.0, path[k].start_s); t < end_s; t++)
			green[t] = true;
	}
}

void price_waits(const struct search *s, const struct search_segment *path, uint32_t n, uint32_t lane, const float *left_veh, float *wait_s)
{
	bool green[SEARCH_MAX_S];
	float gone_veh = left_veh[0];
	uint32_t go = 0; /* the second in which who arrives at t leaves */
	light(s, path, n, lane, green);
	for (uint32_t t = 0; t < s->n_bins; t++) {
		float before_veh = s->lanes[lane].arrived_veh[t + 1] - SAME_VEH;
		while (go < s->n_bins && (go < t || !green[go] || gone_veh < before_veh))
			if (++go < s->n_bins)
				gone_veh += left_veh[go];
		wait_s[t] = (float) (go - t) + (go == s->n_bins ? NEVER_S : 0.0f);
	}
}

/* Adds `part` of the price at slot `to`, `lag_s` after the departure. */
static void add_price(const struct forecast *f, uint32_t to, double part, uint32_t lag_s, double now_s, float *price_s)
{
	double age_s = now_s - f->told_s[to], mean_s = 0.0;
	if (!(age_s < f->n_bins))
		return;
	uint32_t shift = (uint32_t) age_s;
	const float *wait_s = f->wait_s + (gsize) to * f->n_bins;
	for (uint32_t t = shift; t < f->n_bins; t++)
		mean_s += (double) wait_s[t] / (f->n_bins - shift);
	for (uint32_t t = 0; t + lag_s + shift < f->n_bins; t++)
		price_s[t] += (float) (part * ((double) wait_s[t + lag_s + shift] - mean_s));
}

void price_exits(const struct layout *l, uint32_t slot, const struct demand *d, const struct forecast *f, double now_s, float *price_s)
{
	const struct site_slot *at = &l->slots[slot];
	memset(price_s, 0, f->n_bins * sizeof *price_s);
	for (uint32_t m = at->first_move; m < at->first_move + at->n_moves; m++) {
		if (l->moves[m].exit == NET_NONE)
			continue;
		const struct site_stream *exit = &l->streams[l->moves[m].exit];
		const struct site_group *g = &l->groups[exit->group];
		double mean_vps = 0.0;
		for (uint32_t i = 0; i < g->n_slots; i++)
			mean_vps += d->slots[g->slots[i]].flow_vps;
		for (uint32_t i = 0; i < g->n_slots && l->slots[g->slots[0]].site != at->site; i++) {
			double part = mean_vps > 0.0 ? d->slots[g->slots[i]].flow_vps / mean_vps : 1.0 / g->n_slots;
			add_price(f, g->slots[i], WEIGHT * part * d->share[m] * exit->frac, (uint32_t) exit->travel_s, now_s, price_s);
		}
	}
}
