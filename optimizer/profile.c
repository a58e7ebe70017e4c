/* profile.c - the day's profile and today's deviation from it; see profile.h. */
#include "optimizer/profile.h"

#include <math.h>
#include <string.h>

#define DAY_S 86400.0
#define QUARTER_S 900.0
#define RING 13             /* counts that a forecast can be under way, one more than the longest horizon has */
#define DAY_GAIN 0.15       /* of a new day in the profile, once there are some */
#define BASE_GAIN 0.1       /* of a count in the mean of the last hour or so */
#define FADE_S 2400.0       /* a deviation from the profile fades in about so long */
#define FADE_BASE_S 6000.0  /* one from the last hour's mean is not expected to go back that soon */
#define DEVIATION_SD 0.35   /* of today from the profile, relative */
#define BASE_SD 0.5         /* the same where there is no profile yet */
#define SPREAD 2.5          /* variance over mean of a count: traffic comes in bursts */
#define LEAST_VPS 0.003
#define TIME_MAX_S 1e11      /* year 5138 */
#define WIDE_GAIN 0.04       /* how fast the stated sd follows its hits (Gibbs and Candes 2021, on a logarithm) */
#define HELD_SD 1.645
#define MISS_FRAC 0.1
#define MEMORY_N 288.0      /* counts that a score remembers: a day */

const double profile_horizons_s[PROFILE_HORIZONS] = {300.0, 900.0, 1800.0, 3600.0};

struct lane_profile {
	struct profile_days usual;
	double base_vps;        /* UNKNOWN before the first count */
	double deviation, deviation_var; /* relative: 0.2 = a fifth more than usual */
	double last_vps, counted_s;      /* the last count and its end */
	double quarter_vps; uint32_t quarter_n, quarter; /* counts of the quarter under way */
	struct profile_expected said[RING][PROFILE_HORIZONS];
	double said_s[RING], said_vps[RING]; /* when, and the count then; said_s 0 = nothing */
	struct profile_score scores[PROFILE_HORIZONS];
	double wide[PROFILE_HORIZONS]; /* factor of the stated sd, such that nine of ten hold */
};

struct profile {
	const struct layout *layout;
	struct lane_profile *lanes; /* by slot */
	double *entered;            /* by slot: slot_state.entered_veh at begun_s; UNKNOWN = not seen all the time since */
	double begun_s;             /* of the count under way, -INFINITY = none */
};

struct profile *profile_new(const struct layout *l)
{
	struct profile *p = g_new0(struct profile, 1);
	p->layout = l;
	p->lanes = g_new0(struct lane_profile, l->n_slots);
	p->entered = g_new0(double, l->n_slots);
	p->begun_s = -INFINITY;
	for (uint32_t k = 0; k < l->n_slots; k++) {
		p->lanes[k].base_vps = p->entered[k] = UNKNOWN;
		p->lanes[k].deviation_var = BASE_SD * BASE_SD;
		for (uint32_t h = 0; h < PROFILE_HORIZONS; h++)
			p->lanes[k].wide[h] = 1.0;
	}
	return p;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	g_free(p->lanes);
	g_free(p->entered);
	g_free(p);
}

static uint32_t quarter_of(double t_s)
{
	double in_day_s = fmod(t_s, DAY_S);
	return MIN((uint32_t) ((in_day_s < 0.0 ? in_day_s + DAY_S : in_day_s) / QUARTER_S), PROFILE_QUARTERS - 1);
}

/* What usually comes at a time, and whether that is known from other days. */
static double usual_vps(const struct lane_profile *l, double t_s, bool *known)
{
	uint32_t q = quarter_of(t_s);
	*known = l->usual.days[q] > 0;
	return fmax(LEAST_VPS, *known ? (double) l->usual.vps[q] : l->base_vps);
}

static double fade(bool known, double for_s)
{
	return exp(-for_s / (known ? FADE_S : FADE_BASE_S));
}

/* The middle of the five minutes counts. */
static struct profile_expected expect(const struct lane_profile *l, uint32_t horizon)
{
	double for_s = profile_horizons_s[horizon];
	bool known;
	double usual = usual_vps(l, l->counted_s + for_s - 0.5 * PROFILE_COUNT_S, &known), kept = fade(known, for_s);
	double sd = known ? DEVIATION_SD : BASE_SD;
	double vps = fmax(0.0, usual * (1.0 + kept * l->deviation));
	double var = usual * usual * (kept * kept * l->deviation_var + (1.0 - kept * kept) * sd * sd);
	return (struct profile_expected){vps, l->wide[horizon] * sqrt(var + SPREAD * fmax(vps, LEAST_VPS) / PROFILE_COUNT_S)};
}

static void judge(struct lane_profile *l, double t_s, double vps)
{
	for (uint32_t h = 0; h < PROFILE_HORIZONS; h++)
		for (uint32_t i = 0; i < RING; i++) {
			if (l->said_s[i] <= 0.0 || fabs(l->said_s[i] + profile_horizons_s[h] - t_s) > 1.0)
				continue;
			struct profile_score *s = &l->scores[h];
			const struct profile_expected *x = &l->said[i][h];
			double weight = fmax(1.0 / (double) ++s->n, 1.0 / MEMORY_N);
			s->error_vps += weight * (fabs(vps - x->vps) - s->error_vps);
			s->persistence_error_vps += weight * (fabs(vps - l->said_vps[i]) - s->persistence_error_vps);
			bool held = fabs(vps - x->vps) <= HELD_SD * x->vps_sd;
			s->held_frac += weight * (held - s->held_frac);
			l->wide[h] = CLAMP(l->wide[h] * exp(WIDE_GAIN * (!held - MISS_FRAC)), 0.2, 5.0);
		}
}

/* Kalman (1960), scalar: the count z = usual (1 + deviation) + noise. */
static void filter(struct lane_profile *l, double t_s, double vps)
{
	bool known;
	double usual = usual_vps(l, t_s - 0.5 * PROFILE_COUNT_S, &known);
	double for_s = isfinite(l->counted_s) ? CLAMP(t_s - l->counted_s, 0.0, DAY_S) : DAY_S, kept = fade(known, for_s), sd = known ? DEVIATION_SD : BASE_SD;
	l->deviation *= kept;
	l->deviation_var = kept * kept * l->deviation_var + (1.0 - kept * kept) * sd * sd;
	double noise_var = SPREAD * fmax(usual, LEAST_VPS) / PROFILE_COUNT_S;
	double gain = l->deviation_var * usual / (usual * usual * l->deviation_var + noise_var);
	l->deviation = CLAMP(l->deviation + gain * (vps - usual * (1.0 + l->deviation)), -1.0, 5.0);
	l->deviation_var *= 1.0 - gain * usual;
}

static void learn_day(struct lane_profile *l, double t_s, double vps)
{
	uint32_t q = quarter_of(t_s - 0.5 * PROFILE_COUNT_S);
	if (q != l->quarter && l->quarter_n > 0) {
		uint32_t done = l->quarter;
		double gain = fmax(DAY_GAIN, 1.0 / (l->usual.days[done] + 1.0));
		l->usual.vps[done] += (float) (gain * (l->quarter_vps / l->quarter_n - (double) l->usual.vps[done]));
		l->usual.days[done] = (uint8_t) MIN(l->usual.days[done] + 1, 255);
		l->quarter_vps = 0.0;
		l->quarter_n = 0;
	}
	l->quarter = q;
	l->quarter_vps += vps;
	l->quarter_n++;
}

void profile_count(struct profile *p, uint32_t slot, double t_s, double vps)
{
	struct lane_profile *l = &p->lanes[slot];
	if (!(t_s >= 0.0 && t_s < TIME_MAX_S) || !(vps >= 0.0 && vps <= PROFILE_MOST_VPS) || (isfinite(l->base_vps) && t_s <= l->counted_s))
		return;
	bool first = isnan(l->base_vps);
	if (first)
		l->base_vps = vps;
	judge(l, t_s, vps);
	if (first)
		l->counted_s = t_s - PROFILE_COUNT_S;
	filter(l, t_s, vps);
	double held = l->base_vps * (1.0 + l->deviation); /* the base may move, what is expected now may not */
	bool known;
	usual_vps(l, t_s - 0.5 * PROFILE_COUNT_S, &known);
	l->base_vps += BASE_GAIN * (vps - l->base_vps);
	if (!known)
		l->deviation = CLAMP(held / fmax(l->base_vps, LEAST_VPS) - 1.0, -1.0, 5.0);
	learn_day(l, t_s, vps);
	l->counted_s = t_s;
	l->last_vps = vps;
	uint32_t i = (uint32_t) fmod(floor(t_s / PROFILE_COUNT_S), RING);
	l->said_s[i] = t_s;
	l->said_vps[i] = vps;
	for (uint32_t h = 0; h < PROFILE_HORIZONS; h++)
		l->said[i][h] = expect(l, h);
}

void profile_step(struct profile *p, const struct demand *d, double now_s)
{
	bool over = floor(now_s / PROFILE_COUNT_S) > floor(p->begun_s / PROFILE_COUNT_S), whole = now_s - p->begun_s < 1.05 * PROFILE_COUNT_S;
	for (uint32_t k = 0; k < p->layout->n_slots; k++) {
		const struct slot_state *s = &d->slots[k];
		bool seen = demand_fresh(d, k, now_s) && now_s - s->counted_s <= DEMAND_STALE_S;
		if (over && whole && seen && isfinite(p->entered[k]))
			profile_count(p, k, floor(now_s / PROFILE_COUNT_S) * PROFILE_COUNT_S, fmax(0.0, s->entered_veh - p->entered[k]) / PROFILE_COUNT_S);
		if (over)
			p->entered[k] = seen ? s->entered_veh : UNKNOWN;
		else if (!seen)
			p->entered[k] = UNKNOWN;
	}
	if (over || now_s < p->begun_s)
		p->begun_s = now_s;
}

bool profile_learned(const struct profile *p, uint32_t slot, struct profile_days *days)
{
	bool any = false;

	*days = p->lanes[slot].usual;
	for (uint32_t q = 0; q < PROFILE_QUARTERS; q++)
		any = any || days->days[q] > 0;
	return any;
}

bool profile_teach(struct profile *p, uint32_t slot, const struct profile_days *days)
{
	for (uint32_t q = 0; q < PROFILE_QUARTERS; q++)
		if (!((double) days->vps[q] >= 0.0 && (double) days->vps[q] <= PROFILE_MOST_VPS))
			return false;
	p->lanes[slot].usual = *days;
	return true;
}

double profile_usual_vps(const struct profile *p, uint32_t slot, double t_s)
{
	const struct profile_days *usual = &p->lanes[slot].usual;
	uint32_t q = quarter_of(t_s);

	return usual->days[q] > 0 ? (double) usual->vps[q] : UNKNOWN;
}

bool profile_expect(const struct profile *p, uint32_t slot, uint32_t horizon, struct profile_expected *x)
{
	if (isnan(p->lanes[slot].base_vps))
		return false;
	*x = expect(&p->lanes[slot], horizon);
	return true;
}

const struct profile_score *profile_score(const struct profile *p, uint32_t slot, uint32_t horizon)
{
	return &p->lanes[slot].scores[horizon];
}
