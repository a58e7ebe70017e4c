/* infer.c - guesses for lanes that nobody sees; see infer.h. */
#include "optimizer/infer.h"
#include "optimizer/learn.h"

#include <math.h>

#define NEVER_GAIN 0.2   /* of the way to the guess at once, where nothing was ever seen */
#define AFTER_GAIN 0.02  /* and where it was: what was learned then is forgotten slowly */
#define STREAMS_FRAC 0.75 /* weight of what is released upstream against the plan's guess: side roads add to it */
#define RATIO_LOW 0.8      /* too much green for nobody costs little, too little for a queue that nobody sees never ends */
#define CAUTION 1.0     /* and so more arrivals are reckoned with than are likely */
#define RATIO_HIGH 1.5
#define RATIO_PRIOR 0.25 /* of a junction's lanes, so many are taken to be as everywhere */
#define MISS_GAIN 0.02
#define GUESS_SD_FRAC 0.5
#define TODAY_LOW 0.5      /* today against other days */
#define TODAY_HIGH 2.0
#define TODAY_PRIOR_VPS 0.05 /* so much is taken to come as always */
#define COUNTED_S 120.0    /* a detector's counts are better than a guess for so long */
#define EMPTY_S 5.0        /* nobody came over the stop line for so long in green: nobody waits */

/* How the inflow compares with what the plan allows for, over the lanes that are seen from `first` on. */
static double ratio(const struct demand *d, uint32_t first, uint32_t n, double as_others)
{
	double flow_vps = 0.0, prior_vps = 0.0, all_vps = 0.0;
	for (uint32_t k = first; k < first + n; k++) {
		all_vps += d->slots[k].prior_vps;
		if (!demand_fresh(d, k, d->now_s) || !isfinite(d->slots[k].flow_s))
			continue;
		flow_vps += d->slots[k].flow_vps;
		prior_vps += d->slots[k].prior_vps;
	}
	return CLAMP((flow_vps + RATIO_PRIOR * as_others * all_vps) / (prior_vps + RATIO_PRIOR * all_vps + 1e-6), RATIO_LOW, RATIO_HIGH);
}

/* What comes by the streams from upstream; UNKNOWN where there are none. */
static double released_vps(const struct demand *d, const struct site_group *g)
{
	double vps = 0.0;
	for (uint32_t k = g->first_stream; k < g->first_stream + g->n_streams; k++) {
		const struct site_stream *stream = &d->layout->streams[k];
		vps += d->slots[d->layout->moves[stream->move].slot].flow_vps * d->share[stream->move] * stream->frac;
	}
	return g->n_streams ? vps : UNKNOWN;
}

/* How the lanes that are seen do today, against what usually comes to them at this time. */
static double today_frac(const struct demand *d, const struct site *site)
{
	double flow_vps = 0.0, usual_vps = 0.0;
	for (uint32_t k = site->first_slot; k < site->first_slot + site->n_slots; k++) {
		if (!demand_fresh(d, k, d->now_s) || !isfinite(d->slots[k].flow_s) || isnan(d->slots[k].usual_vps))
			continue;
		flow_vps += d->slots[k].flow_vps;
		usual_vps += d->slots[k].usual_vps;
	}
	return CLAMP((flow_vps + TODAY_PRIOR_VPS) / (usual_vps + TODAY_PRIOR_VPS), TODAY_LOW, TODAY_HIGH);
}

static void guess_group(struct demand *d, const struct site_group *g, double site_ratio)
{
	double today = today_frac(d, &d->layout->sites[d->layout->slots[g->slots[0]].site]);
	double seen_vps = 0.0, seen_prior_vps = 0.0, prior_vps = 0.0, streams_vps = released_vps(d, g);
	for (uint32_t i = 0; i < g->n_slots; i++) {
		const struct slot_state *s = &d->slots[g->slots[i]];
		bool seen = demand_fresh(d, g->slots[i], d->now_s) && isfinite(s->flow_s);
		prior_vps += s->prior_vps;
		seen_vps += seen ? s->flow_vps : 0.0;
		seen_prior_vps += seen ? s->prior_vps : 0.0;
	}
	for (uint32_t i = 0; i < g->n_slots; i++) {
		struct slot_state *s = &d->slots[g->slots[i]];
		if (demand_fresh(d, g->slots[i], d->now_s) || prior_vps <= 0.0 || d->now_s - s->counted_s < COUNTED_S)
			continue;
		double guess_vps = s->prior_vps * site_ratio;
		if (seen_prior_vps > 0.0)
			guess_vps = s->prior_vps * CLAMP(seen_vps / seen_prior_vps, RATIO_LOW, RATIO_HIGH);
		else if (isfinite(streams_vps))
			guess_vps += STREAMS_FRAC * (streams_vps * s->prior_vps / prior_vps - guess_vps);
		if (isfinite(s->usual_vps)) /* other days say it better than the plan */
			guess_vps = s->usual_vps * today;
		guess_vps = CLAMP(guess_vps + s->missed_vps, isfinite(s->usual_vps) ? TODAY_LOW * s->usual_vps : 0.6 * s->prior_vps, 0.9 / s->sat_s);
		s->flow_vps += (isfinite(s->flow_s) ? AFTER_GAIN : NEVER_GAIN) * (guess_vps - s->flow_vps);
		s->flow_var = fmax(s->flow_var, GUESS_SD_FRAC * GUESS_SD_FRAC * s->flow_vps * s->flow_vps);
	}
}

/* More comes to a seen group than was released by those seen upstream: the unseen ones did (Widrow and Hoff 1960, on the flows). */
static void blame_unseen(struct demand *d, const struct site_group *g)
{
	const struct layout *l = d->layout;
	double miss_vps = 0.0, power = 0.0;
	for (uint32_t i = 0; i < g->n_slots; i++) {
		if (!demand_fresh(d, g->slots[i], d->now_s) || !isfinite(d->slots[g->slots[i]].flow_s))
			return;
		miss_vps += d->slots[g->slots[i]].flow_vps;
	}
	miss_vps -= g->n_streams ? released_vps(d, g) : 0.0;
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t k = g->first_stream; k < g->first_stream + g->n_streams; k++) {
			uint32_t slot = l->moves[l->streams[k].move].slot;
			double part = d->share[l->streams[k].move] * l->streams[k].frac;
			if (demand_fresh(d, slot, d->now_s))
				continue;
			if (pass == 0)
				power += part * part;
			else
				d->slots[slot].missed_vps = CLAMP(d->slots[slot].missed_vps + MISS_GAIN * miss_vps * part / fmax(power, 0.1), -0.2, 0.2);
		}
}

void infer_flows(struct demand *d)
{
	const struct layout *l = d->layout;
	bool all_seen = true;
	for (uint32_t k = 0; k < l->n_slots && all_seen; k++)
		all_seen = demand_fresh(d, k, d->now_s);
	if (all_seen)
		return;
	double everywhere = ratio(d, 0, l->n_slots, 1.0);
	for (uint32_t g = 0; g < l->n_groups; g++)
		blame_unseen(d, &l->groups[g]);
	for (uint32_t g = 0; g < l->n_groups; g++) {
		const struct site *site = &l->sites[l->slots[l->groups[g].slots[0]].site];
		guess_group(d, &l->groups[g], ratio(d, site->first_slot, site->n_slots, everywhere));
	}
}

/* Vehicles that the lights would have let go of the lane between two times, had so many stood there. */
static double could_leave_veh(const struct slot_state *s, double from_s, double to_s)
{
	if (isnan(s->lit_s) || to_s <= s->lit_s)
		return 0.0;
	return (to_s - fmax(from_s, s->lit_s)) / s->sat_s;
}

/* Somebody counts who leaves: what has left is gone, and in a green in which nobody leaves nobody waits. */
static void counted_queue(struct demand *d, uint32_t slot, double queue_veh, double now_s)
{
	struct slot_state *s = &d->slots[slot];
	double late_s = now_s - s->counted_s, left_veh = s->counted_veh - s->taken_veh;
	s->taken_veh = s->counted_veh;
	if (left_veh > 0.5 || isnan(s->left_s))
		s->left_s = s->counted_s;
	s->queue_veh = fmax(0.0, queue_veh - left_veh);
	s->queue_var = fmin(s->queue_var + s->flow_vps, 100.0);
	if (isnan(s->lit_s) || demand_stalled(d, slot, now_s))
		return;
	if (now_s - late_s - fmax(s->left_s, s->lit_s + s->first_s) > EMPTY_S) {
		s->queue_veh = 0.0;
		s->queue_var = 1.0;
	}
}

void infer_queues(struct demand *d, const struct forecast *f, double now_s, double dt_s)
{
	for (uint32_t k = 0; k < d->layout->n_slots; k++) {
		struct slot_state *s = &d->slots[k];
		if (demand_fresh(d, k, now_s))
			continue;
		double most_veh = d->layout->slots[k].length_m / DEMAND_PITCH_M + 20.0;
		double came_veh = isfinite(f->now_s) ? CAUTION * dt_s * (double) f->inflow[(gsize) k * f->n_bins] : dt_s * s->flow_vps;
		if (demand_counted(d, k, now_s)) {
			counted_queue(d, k, fmin(s->queue_veh + came_veh, most_veh), now_s);
			continue;
		}
		double left_veh = fmin(s->queue_veh + came_veh, could_leave_veh(s, now_s - dt_s, now_s));
		s->queue_veh = fmin(s->queue_veh + came_veh - left_veh, most_veh);
		s->queue_var = fmin(s->queue_var + s->flow_vps * dt_s, 100.0); /* Poisson */
		for (double t = 0.5; t < dt_s && t < 10.0; t += 1.0)
			learn_left(d, k, now_s - dt_s + t, left_veh / fmax(dt_s, 1.0));
	}
}
