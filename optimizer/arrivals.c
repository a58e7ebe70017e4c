/* arrivals.c - arrivals of the next minutes with their distribution, judged when they are due; see arrivals.h. */
#include "optimizer/arrivals.h"
#include "optimizer/blend.h"

#include <math.h>
#include <string.h>

#define RING_S 512            /* of history by the second */
#define EVERY_S 10            /* a forecast is begun so often */
#define MEMORY_N 360.0        /* forecasts that a score remembers: an hour */
#define SPREAD_FIRST 3.5      /* variance over mean before anything is judged: traffic comes in bursts */
#define SPREAD_N 12.0         /* forecasts that this counts for */
#define SPREAD_MEMORY_N 120.0 /* that the dispersion remembers; neighbours overlap */
#define CONFORMAL_GAIN 0.012  /* Gibbs and Candes (2021), eq. 2: how fast the stated level follows its hits */
#define BINS 12
#define MISS_FRAC (1.0 - ARRIVALS_HOLD_FRAC)
#define MISS_FIRST 0.03      /* asked for before any is judged: the first ones are the least known */
#define MOST_VEH 600
#define LATE_S 3              /* somebody who came in sight late may still be counted */
#define OWED_MOST_VEH 5.0
#define SEEN_SD_VEH 0.5       /* of those in view: some come a bin sooner or later, or on the lane beside */
#define ALL_SD 0.1            /* how unsure the first weights are */
#define OWN_SD 0.03           /* and how different one lane is from all */
#define ALL_MEMORY_S 14400.0 /* of the weights that all lanes share, */
#define OWN_MEMORY_S 10000.0  /* and of what one lane adds */
#define ERROR_MOST 3.0        /* standard deviations that one forecast's error counts as at most */
#define AHEAD_S 100           /* nobody in view is further away than that */

const double arrivals_horizons_s[ARRIVALS_HORIZONS] = {60.0, 180.0};

struct pending { /* a forecast under way */
	double due_s; /* 0 = none */
	float mean_veh, median_veh, low_veh, high_veh, persistence_veh, flow_veh;
	float guess_veh;        /* of mean_veh, what nobody had seen yet */
	float level_var;        /* of its variance, from the flow's own uncertainty */
	float bins[BINS];       /* first horizon only */
	float hints[BLEND_MOST], mean_guess_veh; /* what was known of those nobody had seen: blend.h */
};

/* What speaks for more or fewer than the mean flow. Those from the past are of the same length as what is asked for. */
enum { HINT_LATEST, HINT_LATELY, HINT_LONGER, HINT_RELEASED, HINT_BESIDE, HINT_LAG }; /* from HINT_LAG on: a signal's cycle ago */
static const double first_weight[BLEND_MOST] = {[HINT_LATELY] = 0.3, [HINT_RELEASED] = 0.7};
static const double past_s[] = {[HINT_LATEST] = 20.0, [HINT_LATELY] = 60.0, [HINT_LONGER] = 180.0};
static const double lag_s[BLEND_MOST - HINT_LAG] = {75.0, 90.0, 105.0, 120.0};

struct judged {
	struct arrivals_score score;
	double spread;       /* variance over mean of what nobody had seen; 1 = Poisson */
	double miss_frac;    /* that is asked of the interval so that MISS_FRAC comes true */
	struct blend own;    /* of this lane alone, beyond what all do */
	struct pending *pending; /* owned: horizon / EVERY_S of them */
};

struct arrivals {
	const struct layout *layout;
	float *due;      /* by slot and second % RING_S: arrivals of the second that ends then, past and to come */
	double *entered; /* by slot: slot_state.entered_veh when last looked at */
	double *owed_veh; /* by group: had arrived, and then were seen on their way to another one */
	int64_t *begun;  /* by slot: the first second of an unbroken history, INT64_MAX = none */
	int64_t second;  /* the last one looked at, INT64_MIN = none */
	struct judged *judged; /* by slot and horizon */
	struct blend all[ARRIVALS_HORIZONS][2]; /* of all lanes; [1]: that signals upstream feed */
};

static uint32_t n_pending(uint32_t h)
{
	return (uint32_t) lround(arrivals_horizons_s[h] / EVERY_S) + 1;
}

/* By signals upstream. */
static bool is_fed(const struct arrivals *a, uint32_t slot)
{
	return a->layout->groups[a->layout->slots[slot].group].n_streams > 0;
}

struct arrivals *arrivals_new(const struct layout *l)
{
	struct arrivals *a = g_new0(struct arrivals, 1);
	a->layout = l;
	a->due = g_new0(float, (gsize) l->n_slots * RING_S);
	a->entered = g_new0(double, l->n_slots);
	a->owed_veh = g_new0(double, l->n_groups);
	a->begun = g_new(int64_t, l->n_slots);
	a->judged = g_new0(struct judged, (gsize) l->n_slots * ARRIVALS_HORIZONS);
	a->second = INT64_MIN;
	uint32_t n[2] = {0};
	for (uint32_t k = 0; k < l->n_slots; k++)
		n[is_fed(a, k)]++;
	for (uint32_t h = 0; h < ARRIVALS_HORIZONS; h++)
		for (uint32_t fed = 0; fed < 2; fed++)
			blend_begin(&a->all[h][fed], first_weight, ALL_SD, exp(-EVERY_S / ALL_MEMORY_S / MAX(n[fed], 1)));
	for (uint32_t k = 0; k < l->n_slots; k++) {
		a->begun[k] = INT64_MAX;
		for (uint32_t h = 0; h < ARRIVALS_HORIZONS; h++) {
			struct judged *j = &a->judged[k * ARRIVALS_HORIZONS + h];
			j->spread = SPREAD_FIRST;
			j->miss_frac = MISS_FIRST;
			j->pending = g_new0(struct pending, n_pending(h));
			blend_begin(&j->own, NULL, OWN_SD, exp(-EVERY_S / OWN_MEMORY_S));
		}
	}
	return a;
}

void arrivals_free(struct arrivals *a)
{
	if (!a)
		return;
	for (gsize k = 0; k < (gsize) a->layout->n_slots * ARRIVALS_HORIZONS; k++)
		g_free(a->judged[k].pending);
	g_free(a->judged);
	g_free(a->entered);
	g_free(a->owed_veh);
	g_free(a->begun);
	g_free(a->due);
	g_free(a);
}

static inline float *due_at(const struct arrivals *a, uint32_t slot, int64_t second)
{
	return &a->due[(gsize) slot * RING_S + (gsize) (((second % RING_S) + RING_S) % RING_S)];
}

/* Arrivals after the second `from` until `to`. */
static double due_between(const struct arrivals *a, uint32_t slot, int64_t from, int64_t to)
{
	double veh = 0.0;
	for (int64_t t = from + 1; t <= to; t++)
		veh += (double) *due_at(a, slot, t);
	return veh;
}

/* The k-th furthest of those in sight on one lane. */
static double furthest_m(const struct sight *sight, uint32_t k)
{
	return k < sight->n ? sight->vehicles[sight->n - 1 - k].dist_to_stop_m : 0.0;
}

/* Whoever is new is likely to be the furthest; a road may begin within the view, or be hidden further up. */
static double new_at_m(const struct demand *d, uint32_t slot, uint32_t k)
{
	const struct site_slot *at = &d->layout->slots[slot];
	double far_m = furthest_m(&d->sights[at->lane], k);
	for (uint32_t i = 0; i < at->n_feeders; i++)
		if (d->now_s - d->sights[at->feeders[i]].t_s <= DEMAND_STALE_S)
			far_m = fmax(far_m, furthest_m(&d->sights[at->feeders[i]], k));
	return far_m > 0.0 ? far_m : d->sights[at->lane].view_m;
}

/* `veh` more have come into view since the last look; fewer, when some turn out to head for another lane than was thought. */
static void schedule(struct arrivals *a, const struct demand *d, uint32_t slot, double veh)
{
	double speed_mps = d->layout->slots[slot].speed_mps, seen_s = d->sights[d->layout->slots[slot].lane].t_s;
	double *owed_veh = &a->owed_veh[d->layout->slots[slot].group], paid_veh = CLAMP(veh, 0.0, *owed_veh);
	*owed_veh -= paid_veh;
	veh -= paid_veh;
	for (uint32_t k = 0; veh > 1e-6; k++, veh -= 1.0) {
		double due_s = fmin(seen_s + new_at_m(d, slot, k) / speed_mps, (double) (a->second + AHEAD_S));
		*due_at(a, slot, MAX((int64_t) ceil(due_s), a->second + 1)) += (float) fmin(veh, 1.0);
	}
	for (int64_t t = a->second + AHEAD_S; t > a->second && veh < -1e-6; t--) {
		float *due = due_at(a, slot, t), less = fminf(*due, (float) -veh);
		*due -= less;
		veh += (double) less;
	}
	*owed_veh = fmin(OWED_MOST_VEH, *owed_veh + fmax(0.0, -veh));
}

/* Counts of which the variance is `spread` times the mean: binomial, Poisson or negative binomial, all by one recursion (Panjer 1981,
 * eq. 2). */
struct counts {
	double p, a, b;
	uint32_t k;
};

static struct counts counts_begin(double mean_veh, double spread)
{
	if (fabs(spread - 1.0) < 1e-3)
		return (struct counts){exp(-mean_veh), 0.0, mean_veh, 0};
	double a = (spread - 1.0) / spread, r = mean_veh / (spread - 1.0);
	return (struct counts){exp(-r * log(spread)), a, (r - 1.0) * a, 0};
}

static void counts_next(struct counts *c)
{
	c->k++;
	c->p = fmax(0.0, c->p * (c->a + c->b / c->k));
}

/* Ends of an interval that leaves out `miss` in all, half on each side, and the median. Counts jump, so ends are drawn between the two that
 * come nearest such that it is true on average (Stevens 1950); `draw` in [0, 1). */
static void counts_ends(double mean_veh, double spread, double miss, double draw, double *low, double *median, double *high)
{
	struct counts c = counts_begin(mean_veh, spread);
	double below = 0.0, tail = 0.5 * miss;
	bool low_known = false, median_known = false;
	for (; c.k < MOST_VEH; counts_next(&c)) {
		double until = below + c.p;
		if (!low_known && until > tail) {
			*low = c.k + ((tail - below) / c.p > draw ? 1.0 : 0.0);
			low_known = true;
		}
		if (!median_known && until >= 0.5) {
			*median = c.k;
			median_known = true;
		}
		if (until > 1.0 - tail) {
			*high = c.k - ((until - (1.0 - tail)) / c.p > 1.0 - draw ? 1.0 : 0.0);
			*high = fmax(*high, *low);
			return;
		}
		below = until;
		if (c.k > mean_veh && c.p <= 0.0)
			break;
	}
	*high = c.k;
	if (!median_known)
		*median = mean_veh;
	if (!low_known)
		*low = 0.0;
}

/* Those in view who arrive between two times from now. A camera that does not count still shows who is on the way. */
static double seen_veh(const struct arrivals *a, const struct demand *d, uint32_t slot, double from_s, double to_s)
{
	const struct site_slot *at = &d->layout->slots[slot];
	const struct sight *sight = &d->sights[at->lane];
	double veh = 0.0, age_s = (double) a->second - sight->t_s;
	int64_t from = a->second + (int64_t) lround(fmin(from_s, AHEAD_S)), to = a->second + (int64_t) lround(fmin(to_s, AHEAD_S));
	if (a->begun[slot] != INT64_MAX && d->slots[slot].counted_s > sight->t_s - 0.5)
		return due_between(a, slot, from, to);
	for (uint32_t i = 0; i < sight->n && demand_fresh(d, slot, d->now_s); i++) {
		double due_s = sight->vehicles[i].dist_to_stop_m / at->speed_mps - age_s;
		veh += sight->vehicles[i].speed_mps >= QUEUE_SPEED_MPS && due_s > from_s && due_s <= to_s;
	}
	return veh;
}

/* Of what came after `from_s` from now until `to_s`, both in the past, beyond the mean flow; 0 where that is not known. */
static double beyond_veh(const struct arrivals *a, const struct demand *d, uint32_t slot, double from_s, double to_s)
{
	int64_t from = a->second + (int64_t) lround(from_s), to = a->second + (int64_t) lround(to_s);
	if (to > a->second || from < a->begun[slot] || from <= a->second - (RING_S - AHEAD_S - 2))
		return 0.0;
	return due_between(a, slot, from, to) - d->slots[slot].flow_vps * (double) (to - from);
}

/* The lane's part of what the lanes side by side with it had lately: drivers choose late which one they take. */
static double beside_veh(const struct arrivals *a, const struct demand *d, uint32_t slot)
{
	const struct site_group *g = &a->layout->groups[a->layout->slots[slot].group];
	double veh = 0.0, flow_vps = 0.0;
	for (uint32_t i = 0; i < g->n_slots; i++) {
		veh += beyond_veh(a, d, g->slots[i], -past_s[HINT_LATELY], 0.0);
		flow_vps += d->slots[g->slots[i]].flow_vps;
	}
	return flow_vps > 0.0 ? veh * d->slots[slot].flow_vps / flow_vps : 0.0;
}

/* All hints in standard deviations of a Poisson count as large as the mean flow's. */
static void give_hints(const struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, double known_s, double within_s,
	double flow_veh, double *hints)
{
	const float *inflow = f->inflow + (gsize) slot * f->n_bins;
	double span_s = within_s - known_s, released_veh = 0.0, sd = sqrt(flow_veh + 0.1);
	for (uint32_t t = 0; t < f->n_bins && t < within_s; t++)
		released_veh += (double) inflow[t] * fmin(1.0, within_s - t);
	released_veh += d->slots[slot].flow_vps * fmax(0.0, within_s - fmax(known_s, f->n_bins));
	for (uint32_t i = HINT_LATEST; i <= HINT_LONGER; i++)
		hints[i] = beyond_veh(a, d, slot, -past_s[i], 0.0) * span_s / past_s[i] / sd;
	hints[HINT_RELEASED] = (released_veh - flow_veh) / sd;
	hints[HINT_BESIDE] = beside_veh(a, d, slot) * span_s / past_s[HINT_LATELY] / sd;
	for (uint32_t i = HINT_LAG; i < BLEND_MOST; i++)
		hints[i] = within_s <= lag_s[0] ? beyond_veh(a, d, slot, known_s - lag_s[i - HINT_LAG], within_s - lag_s[i - HINT_LAG]) / sd : 0.0;
}

/* What nobody has seen yet of the arrivals until within_s: the mean flow, and what the hints have been worth here. `p` may be NULL. */
static double unseen_veh(const struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, double known_s, double within_s,
	struct pending *p)
{
	double hints[BLEND_MOST], flow_veh = d->slots[slot].flow_vps * fmax(0.0, within_s - known_s);
	uint32_t h = within_s > 90.0;
	if (p)
		memset(p->hints, 0, sizeof p->hints);
	if (within_s <= known_s)
		return 0.0;
	give_hints(a, d, f, slot, known_s, within_s, flow_veh, hints);
	for (uint32_t i = 0; p && i < BLEND_MOST; i++)
		p->hints[i] = (float) hints[i];
	if (p)
		p->mean_guess_veh = (float) flow_veh;
	double more = blend_sum(&a->all[h][is_fed(a, slot)], hints) + blend_sum(&a->judged[slot * ARRIVALS_HORIZONS + h].own, hints);
	return fmax(0.0, flow_veh + more * sqrt(flow_veh + 0.1));
}

/* The weights learn from what came of those that nobody had seen. */
static void learn(struct arrivals *a, uint32_t slot, uint32_t h, const struct pending *p, double came_veh)
{
	double hints[BLEND_MOST], flow_veh = (double) p->mean_guess_veh, known_veh = (double) p->mean_veh - (double) p->guess_veh;
	double came = (came_veh - known_veh - flow_veh) / sqrt(flow_veh + 0.1);
	struct blend *all = &a->all[h][is_fed(a, slot)];
	for (uint32_t i = 0; i < BLEND_MOST; i++)
		hints[i] = (double) p->hints[i];
	blend_learn(&a->judged[slot * ARRIVALS_HORIZONS + h].own, hints, came - blend_sum(all, hints), ERROR_MOST);
	blend_learn(all, hints, came, ERROR_MOST);
}

static void expect(const struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, uint32_t h, double within_s, double draw,
	struct arrivals_expected *x, struct pending *p)
{
	const struct slot_state *s = &d->slots[slot];
	const struct judged *j = &a->judged[slot * ARRIVALS_HORIZONS + h];
	int64_t span = (int64_t) lround(within_s);
	double known_s = demand_known_s(d, slot, f->now_s), known_veh = seen_veh(a, d, slot, 0.0, within_s);
	double guess_veh = unseen_veh(a, d, f, slot, known_s, within_s, p), span_s = fmax(0.0, within_s - known_s);
	double level_var = s->flow_var * span_s * span_s;
	double var = j->spread * guess_veh + level_var;
	x->flow_veh = s->flow_vps * within_s;
	x->persistence_veh = a->second - span >= a->begun[slot] ? due_between(a, slot, a->second - span, a->second) : UNKNOWN;
	x->mean_veh = known_veh + guess_veh;
	x->sd_veh = sqrt(var);
	counts_ends(guess_veh, CLAMP(var / fmax(guess_veh, 1e-6), 0.2, 20.0), j->miss_frac, draw, &x->low_veh, &x->median_veh, &x->high_veh);
	x->low_veh += known_veh;
	x->median_veh += known_veh;
	x->high_veh += known_veh;
	if (p) {
		p->guess_veh = (float) guess_veh;
		p->level_var = (float) level_var;
	}
}

bool arrivals_expect(const struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, double within_s, struct arrivals_expected *x)
{
	if (a->second == INT64_MIN || !(within_s > 0.0))
		return false;
	double draw = fmod(0.618034 * (double) ((uint64_t) a->second + slot), 1.0);
	expect(a, d, f, slot, within_s > 90.0, within_s, draw, x, NULL);
	return true;
}

void arrivals_bins(const struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, double bin_s, uint32_t n, double *veh,
	double *veh_sd)
{
	const struct slot_state *s = &d->slots[slot];
	double known_s = demand_known_s(d, slot, f->now_s), before_veh = 0.0, spread = a->judged[slot * ARRIVALS_HORIZONS].spread;
	for (uint32_t k = 0; k < n; k++) {
		veh[k] = veh_sd[k] = UNKNOWN;
		if (a->second == INT64_MIN)
			continue;
		double from_s = k * bin_s, to_s = from_s + bin_s, until_veh = unseen_veh(a, d, f, slot, known_s, to_s, NULL), guess_veh = fmax(0.0, until_veh - before_veh);
		double known_veh = seen_veh(a, d, slot, from_s, to_s);
		double span_s = fmax(0.0, to_s - fmax(from_s, known_s));
		before_veh = until_veh;
		veh[k] = known_veh + guess_veh;
		veh_sd[k] = sqrt(spread * guess_veh + s->flow_var * span_s * span_s + SEEN_SD_VEH * SEEN_SD_VEH * fmin(known_veh, 1.0));
	}
}

const struct arrivals_score *arrivals_score(const struct arrivals *a, uint32_t slot, uint32_t h)
{
	return &a->judged[slot * ARRIVALS_HORIZONS + h].score;
}

static void fade(double *mean, double value, double weight)
{
	*mean += weight * (value - *mean);
}

static void judge(struct judged *j, const struct pending *p, double came_veh)
{
	struct arrivals_score *s = &j->score;
	s->n++;
	double weight = fmax(1.0 / (double) s->n, 1.0 / MEMORY_N), error = came_veh - (double) p->mean_veh;
	bool held = came_veh > (double) p->low_veh - 0.5 && came_veh < (double) p->high_veh + 0.5; /* counts of shared lanes are not whole */
	fade(&s->error_veh, fabs(came_veh - (double) p->median_veh), weight);
	fade(&s->persistence_error_veh, fabs(came_veh - (double) p->persistence_veh), weight);
	fade(&s->flow_error_veh, fabs(came_veh - (double) p->flow_veh), weight);
	fade(&s->bias_veh, error, weight);
	fade(&s->held_frac, held, weight);
	j->miss_frac = CLAMP(j->miss_frac + CONFORMAL_GAIN * (MISS_FRAC - !held), 0.002, 0.6);
	double spread = (error * error - (double) p->level_var) / fmax((double) p->guess_veh, 0.5);
	j->spread = CLAMP(j->spread + (CLAMP(spread, -1.0, 30.0) - j->spread) / fmin((double) s->n + SPREAD_N, SPREAD_MEMORY_N), 0.3, 12.0);
}

static void judge_bins(const struct arrivals *a, uint32_t slot, struct judged *j, const struct pending *p)
{
	int64_t from = (int64_t) (p->due_s - arrivals_horizons_s[0]);
	double error_veh = 0.0;
	for (uint32_t k = 0; k < BINS; k++) {
		int64_t at = from + (int64_t) (k * ARRIVALS_BIN_S);
		error_veh += fabs(due_between(a, slot, at, at + (int64_t) ARRIVALS_BIN_S) - (double) p->bins[k]) / BINS;
	}
	fade(&j->score.bin_error_veh, error_veh, fmax(1.0 / (double) j->score.n, 1.0 / MEMORY_N));
}

static void forget(struct arrivals *a, uint32_t slot)
{
	a->begun[slot] = INT64_MAX;
	memset(due_at(a, slot, 0), 0, RING_S * sizeof(float));
	for (uint32_t h = 0; h < ARRIVALS_HORIZONS; h++)
		memset(a->judged[slot * ARRIVALS_HORIZONS + h].pending, 0, n_pending(h) * sizeof(struct pending));
}

static void look(struct arrivals *a, const struct demand *d, uint32_t slot, int64_t gone_s)
{
	bool whole = demand_fresh(d, slot, d->now_s) && d->now_s - d->slots[slot].counted_s < DEMAND_STALE_S;
	double came_veh = d->slots[slot].entered_veh - a->entered[slot];
	a->entered[slot] = d->slots[slot].entered_veh;
	if (!whole || gone_s > (int64_t) DEMAND_STALE_S) {
		forget(a, slot);
		return;
	}
	for (int64_t t = a->second + AHEAD_S - gone_s + 1; t <= a->second + AHEAD_S; t++)
		*due_at(a, slot, t) = 0.0f; /* what stood there was RING_S ago */
	if (a->begun[slot] != INT64_MAX) {
		schedule(a, d, slot, came_veh);
		return;
	}
	a->begun[slot] = a->second;
	const struct sight *sight = &d->sights[d->layout->slots[slot].lane];
	for (uint32_t i = 0; i < sight->n; i++) { /* who was in view already: those that still move are still to come */
		double due_s = sight->t_s + fmin(sight->vehicles[i].dist_to_stop_m / d->layout->slots[slot].speed_mps, AHEAD_S);
		if (sight->vehicles[i].speed_mps >= QUEUE_SPEED_MPS)
			*due_at(a, slot, CLAMP((int64_t) ceil(due_s), a->second + 1, a->second + AHEAD_S)) += 1.0f;
	}
}

static void begin(struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, uint32_t h, struct pending *p)
{
	struct arrivals_expected x;
	int64_t span = (int64_t) arrivals_horizons_s[h];
	p->due_s = 0.0;
	if (a->begun[slot] == INT64_MAX || a->second - span < a->begun[slot])
		return;
	expect(a, d, f, slot, h, arrivals_horizons_s[h], fmod(0.618034 * (double) (a->second / EVERY_S + slot), 1.0), &x, p);
	p->due_s = (double) (a->second + span);
	if (h == 0) {
		double veh[BINS], sd[BINS];
		arrivals_bins(a, d, f, slot, ARRIVALS_BIN_S, BINS, veh, sd);
		for (uint32_t k = 0; k < BINS; k++)
			p->bins[k] = (float) veh[k];
	}
	p->mean_veh = (float) x.mean_veh;
	p->median_veh = (float) x.median_veh;
	p->low_veh = (float) x.low_veh;
	p->high_veh = (float) x.high_veh;
	p->persistence_veh = (float) x.persistence_veh;
	p->flow_veh = (float) x.flow_veh;
}

/* Judges what is due, and begins another one when it is time. */
static void review(struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, uint32_t h)
{
	struct judged *j = &a->judged[slot * ARRIVALS_HORIZONS + h];
	for (uint32_t i = 0; i < n_pending(h); i++) {
		struct pending *p = &j->pending[i];
		int64_t due = (int64_t) p->due_s;
		if (p->due_s <= 0.0 || due + LATE_S > a->second)
			continue;
		double came_veh = due_between(a, slot, due - (int64_t) arrivals_horizons_s[h], due);
		judge(j, p, came_veh);
		learn(a, slot, h, p, came_veh);
		if (h == 0)
			judge_bins(a, slot, j, p);
		p->due_s = 0.0;
	}
	if ((a->second + slot) % EVERY_S == 0)
		begin(a, d, f, slot, h, &j->pending[(gsize) ((a->second + slot) / EVERY_S) % n_pending(h)]);
}

void arrivals_step(struct arrivals *a, const struct demand *d, const struct forecast *f, double now_s)
{
	int64_t second = (int64_t) floor(now_s), gone_s = a->second == INT64_MIN || second < a->second ? INT64_MAX : second - a->second;
	if (gone_s == 0)
		return;
	a->second = second;
	for (uint32_t k = 0; k < a->layout->n_slots; k++) {
		look(a, d, k, gone_s);
		for (uint32_t h = 0; h < ARRIVALS_HORIZONS; h++)
			review(a, d, f, k, h);
	}
}
