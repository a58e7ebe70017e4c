/* forecast.c - arrivals of the next seconds, and how good the last forecasts were. */
#include "optimizer/forecast.h"

#include <math.h>
#include <string.h>

#define PAST_S 192          /* departures so long ago have arrived */
#define ROBERTSON_ALPHA 0.1 /* Robertson (1969), TRANSYT: F = 1 / (1 + alpha beta T), first arrivals after beta T. He had 0.35 and 0.8; with */
#define ROBERTSON_BETA 0.95 /* lanes to themselves and speeds that differ by a tenth platoons hold together better */
#define MAX_ITEMS 256
#define SEEN_SD_VEH 0.25    /* of whether a seen vehicle arrives within the time asked for */
#define SCALE_GAIN 0.05
#define HIDDEN_MAX_VEH 80.0 /* a lane's queue beyond the view is not believed longer */

struct forecast_pending {
	double due_s;
	double expected_veh, sd_veh;
	double base_veh; /* counted + arrived when it was made */
};

struct forecast *forecast_new(const struct layout *l, uint32_t horizon_s)
{
	struct forecast *f = g_new0(struct forecast, 1);
	f->layout = l;
	f->n_bins = CLAMP(horizon_s, 10, FORECAST_MAX_S);
	f->planned = g_new0(float, (gsize) l->n_slots * f->n_bins);
	f->wait_s = g_new0(float, (gsize) l->n_slots * f->n_bins);
	f->told_s = g_new0(double, l->n_slots);
	f->inflow = g_new0(float, (gsize) l->n_slots * f->n_bins);
	f->work = g_new0(float, PAST_S + f->n_bins);
	f->entered = g_new0(double, l->n_slots);
	f->trust = trust_new(l);
	f->region = region_new(l);
	f->scores = g_new0(struct forecast_score, l->n_slots);
	f->pending = g_new0(struct forecast_pending, l->n_slots);
	f->planned_s = g_new0(double, l->n_slots);
	f->now_s = -INFINITY;
	for (uint32_t k = 0; k < l->n_slots; k++) {
		f->scores[k].scale = 1.0;
		f->told_s[k] = f->planned_s[k] = -INFINITY;
		f->pending[k].due_s = INFINITY;
	}
	return f;
}

void forecast_free(struct forecast *f)
{
	if (!f)
		return;
	trust_free(f->trust);
	region_free(f->region);
	g_free(f->planned);
	g_free(f->planned_s);
	g_free(f->inflow);
	g_free(f->wait_s);
	g_free(f->told_s);
	g_free(f->work);
	g_free(f->entered);
	g_free(f->scores);
	g_free(f->pending);
	g_free(f);
}

void forecast_plan(struct forecast *f, uint32_t slot, const float *veh_per_s, double now_s)
{
	memcpy(f->planned + (gsize) slot * f->n_bins, veh_per_s, f->n_bins * sizeof *veh_per_s);
	f->planned_s[slot] = now_s;
}

void forecast_tell_wait(struct forecast *f, uint32_t slot, const float *wait_s, double now_s)
{
	memcpy(f->wait_s + (gsize) slot * f->n_bins, wait_s, f->n_bins * sizeof *wait_s);
	f->told_s[slot] = now_s;
}

/* What slot `slot` released (before PAST_S in the array) and will release (from there on), per second. */
static void fill_departures(struct forecast *f, const struct demand *d, uint32_t slot)
{
	const struct slot_state *s = &d->slots[slot];
	int64_t now = (int64_t) floor(f->now_s);
	for (int64_t k = 0; k < PAST_S; k++)
		f->work[k] = s->left_veh[(((now - PAST_S + k) % DEMAND_RING_S) + DEMAND_RING_S) % DEMAND_RING_S];
	double gone_s = f->now_s - f->planned_s[slot];
	uint32_t shift = gone_s >= 0.0 && gone_s < f->n_bins ? (uint32_t) gone_s : f->n_bins;
	for (uint32_t k = 0; k < f->n_bins; k++)
		f->work[PAST_S + k] = k + shift < f->n_bins ? f->planned[(gsize) slot * f->n_bins + k + shift] : (float) s->flow_vps;
}

/* Adds one stream to its group's arrivals, dispersed on its way. */
static void disperse(struct forecast *f, const struct demand *d, const struct site_stream *stream, float factor, float *into)
{
	uint32_t slot = f->layout->moves[stream->move].slot;
	double smooth = 1.0 / (1.0 + ROBERTSON_ALPHA * ROBERTSON_BETA * stream->travel_s);
	int32_t lag = (int32_t) lround(ROBERTSON_BETA * stream->travel_s);
	float gain = (float) smooth, q = (float) d->slots[slot].flow_vps;
	lag = MIN(lag, (int32_t) PAST_S - 64);
	fill_departures(f, d, slot);
	for (int32_t t = -64; t < (int32_t) f->n_bins; t++) {
		q += gain * (f->work[PAST_S + t - lag] - q);
		if (t >= 0)
			into[t] += q * factor;
	}
}

static void update_group(struct forecast *f, const struct demand *d, uint32_t group)
{
	const struct layout *l = f->layout;
	const struct site_group *g = &l->groups[group];
	float arrive[FORECAST_MAX_S] = {0};
	double mean_vps = 0.0, streams_vps = 0.0;
	bool known = true;
	for (uint32_t i = 0; i < g->n_slots; i++) {
		mean_vps += d->slots[g->slots[i]].flow_vps;
		known = known && isfinite(d->slots[g->slots[i]].flow_s);
	}
	for (uint32_t k = g->first_stream; k < g->first_stream + g->n_streams; k++) {
		const struct site_stream *stream = &l->streams[k];
		streams_vps += d->slots[l->moves[stream->move].slot].flow_vps * d->share[stream->move] * stream->frac;
	}
	/* Where both ends are counted, the streams bring what comes, and the rest is from side roads. */
	double factor = known && streams_vps > 0.0 ? CLAMP(mean_vps / streams_vps, 0.5, 1.5) : 1.0;
	double rest_vps = g->n_streams == 0 ? mean_vps : fmax(0.0, mean_vps - factor * streams_vps);
	for (uint32_t k = g->first_stream; k < g->first_stream + g->n_streams; k++)
		disperse(f, d, &l->streams[k], (float) (factor * d->share[l->streams[k].move] * l->streams[k].frac), arrive);
	for (uint32_t i = 0; i < g->n_slots; i++) {
		uint32_t slot = g->slots[i];
		float part = (float) (mean_vps > 0.0 ? d->slots[slot].flow_vps / mean_vps : 1.0 / g->n_slots);
		double seen_s = demand_known_s(d, slot, f->now_s);
		float *inflow = f->inflow + (gsize) slot * f->n_bins;
		for (uint32_t t = 0; t < f->n_bins; t++)
			inflow[t] = (float) CLAMP(t + 1.0 - seen_s, 0.0, 1.0) * part * (arrive[t] + (float) rest_vps);
	}
}

void forecast_track(struct forecast *f, struct demand *d, double now_s)
{
	double dt_s = isfinite(f->now_s) ? CLAMP(now_s - f->now_s, 0.0, 10.0) : 0.0;
	for (uint32_t k = 0; k < f->layout->n_slots; k++) {
		struct slot_state *s = &d->slots[k];
		enum demand_edge edge = demand_edge(d, k);
		double came_veh = s->entered_veh - f->entered[k];
		uint32_t bin = MIN((uint32_t) ceil(demand_known_s(d, k, now_s)), f->n_bins - 1);
		f->entered[k] = s->entered_veh;
		if (!demand_fresh(d, k, now_s))
			continue;
		if (edge == DEMAND_EDGE_CLEAR)
			s->hidden_veh = 0.0;
		else if (edge == DEMAND_EDGE_JAMMED || s->hidden_veh > 0.0)
			s->hidden_veh = CLAMP(s->hidden_veh + dt_s * (double) f->inflow[(gsize) k * f->n_bins + bin] - came_veh, 0.0, HIDDEN_MAX_VEH);
	}
}

double forecast_room_veh(const struct forecast *f, const struct demand *d, const struct site_stream *stream)
{
	const struct site_group *g = &f->layout->groups[stream->group];
	double held_veh = 0.0;
	for (uint32_t i = 0; i < g->n_slots; i++) {
		uint32_t slot = g->slots[i];
		if (!demand_fresh(d, slot, f->now_s))
			return INFINITY;
		held_veh += demand_in_view_veh(d, slot) + d->slots[slot].hidden_veh;
		double on_way_s = fmin(stream->travel_s, f->n_bins); /* those between the last stop line and the view */
		for (uint32_t t = (uint32_t) demand_known_s(d, slot, f->now_s); t < (uint32_t) on_way_s; t++)
			held_veh += (double) f->inflow[(gsize) slot * f->n_bins + t];
	}
	return fmax(0.0, stream->store_veh - held_veh);
}

void forecast_update(struct forecast *f, const struct demand *d, double now_s)
{
	f->now_s = now_s;
	for (uint32_t g = 0; g < f->layout->n_groups; g++)
		update_group(f, d, g);
	region_step(f->region, d);
}

/* Those beyond the view that wait for this slot, and not, behind others, for the full pocket beside it. */
static double hidden_veh(const struct demand *d, uint32_t slot)
{
	const struct site_group *group = &d->layout->groups[d->layout->slots[slot].group];
	double veh = d->slots[slot].hidden_veh * (demand_diverted_to(d, slot) == NET_NONE ? 1.0 : 1.0 - DEMAND_DIVERTED);
	for (uint32_t i = 0; i < group->n_slots; i++)
		if (group->slots[i] != slot && d->slots[group->slots[i]].hidden_veh > 0.0 && demand_diverted_to(d, group->slots[i]) == slot)
			veh += DEMAND_DIVERTED * d->slots[group->slots[i]].hidden_veh;
	return veh;
}

void forecast_cumulate(const struct forecast *f, const struct demand *d, uint32_t slot, float *arrived_veh, double *stands_veh)
{
	struct demand_item items[MAX_ITEMS];
	uint32_t n = demand_items(d, slot, f->now_s, items, MAX_ITEMS);
	const float *inflow = f->inflow + (gsize) slot * f->n_bins;
	memset(arrived_veh, 0, (f->n_bins + 1) * sizeof *arrived_veh);
	*stands_veh = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bin = (uint32_t) ceil(fmin(items[i].arrive_s, 1e6));
		if (bin <= f->n_bins)
			arrived_veh[bin] += (float) items[i].veh;
		if (items[i].stands)
			*stands_veh += items[i].veh;
	}
	double behind_veh = hidden_veh(d, slot), known_s = demand_known_s(d, slot, f->now_s);
	arrived_veh[MIN((uint32_t) ceil(known_s), f->n_bins)] += (float) behind_veh;
	*stands_veh += behind_veh;
	for (uint32_t t = 0; t < f->n_bins; t++)
		arrived_veh[t + 1] += arrived_veh[t] + inflow[t];
}

double forecast_sd(const struct forecast *f, const struct demand *d, uint32_t slot, double from_s, double to_s)
{
	struct demand_item items[MAX_ITEMS];
	uint32_t n = demand_items(d, slot, f->now_s, items, MAX_ITEMS);
	double var = 0.0;
	for (uint32_t i = 0; i < n; i++)
		if (items[i].arrive_s > from_s - 3.0 && items[i].arrive_s <= to_s + 3.0)
			var += SEEN_SD_VEH * SEEN_SD_VEH;
	for (double t = from_s; t < to_s; t += 1.0) /* Poisson: as many as are expected */
		var += t < f->n_bins ? f->inflow[(gsize) slot * f->n_bins + (uint32_t) t] : d->slots[slot].flow_vps;
	var += d->slots[slot].flow_var * (to_s - from_s) * (to_s - from_s) * (demand_fresh(d, slot, f->now_s) ? 0.25 : 1.0);
	return f->scores[slot].scale * sqrt(var + 1e-6);
}

static void score(struct forecast_score *s, const struct forecast_pending *p, double came_veh)
{
	double error = came_veh - p->expected_veh, weight = 1.0 / (double) ++s->n;
	s->abs_error_veh += weight * (fabs(error) - s->abs_error_veh);
	s->bias_veh += weight * (error - s->bias_veh);
	double ratio = error / (p->sd_veh / s->scale);
	double var = s->scale * s->scale;
	s->scale = CLAMP(sqrt(var + SCALE_GAIN * (ratio * ratio - var)), 0.3, 3.0);
}

void forecast_review(struct forecast *f, const struct demand *d, double now_s)
{
	float arrived_veh[FORECAST_MAX_S + 1];
	double stands_veh;
	for (uint32_t k = 0; k < f->layout->n_slots; k++) {
		struct forecast_pending *p = &f->pending[k];
		const struct slot_state *s = &d->slots[k];
		bool counted = demand_fresh(d, k, now_s) && now_s - s->counted_s < DEMAND_STALE_S;
		if (counted && now_s < p->due_s && isfinite(p->due_s))
			continue;
		if (!counted) {
			p->due_s = INFINITY;
			continue;
		}
		forecast_cumulate(f, d, k, arrived_veh, &stands_veh);
		double base_veh = s->counted_veh + arrived_veh[0];
		if (isfinite(p->due_s) && now_s - p->due_s < 1.5)
			score(&f->scores[k], p, base_veh - p->base_veh);
		uint32_t end = MIN(FORECAST_SCORE_S, f->n_bins);
		p->expected_veh = arrived_veh[end] - arrived_veh[0];
		p->sd_veh = forecast_sd(f, d, k, 0.0, end);
		p->base_veh = base_veh;
		p->due_s = now_s + end;
	}
}
