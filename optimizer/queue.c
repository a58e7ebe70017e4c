/* queue.c - point queues in whole seconds. The innermost loop of the optimizer: everything here counts in nanoseconds. */
#include "optimizer/queue.h"

#include <math.h>
#include <string.h>

#define FULL_GAP_VPS 0.55f /* a stream this dense leaves no gap for those who give way (critical gap 4.5 s) */
#define STOP_AFTER_S 3     /* who waits longer than that has stopped */
#define OVERFLOW_WEIGHT 1.0f
#define PAST_FRAC 0.3f     /* of the usual flow comes by a lane that overflows */
#define OPENS_PER_S 0.03f
#define START_LOST_S 2.0f   /* of a queue, at least */
#define NOBODY_VEH 0.05f
#define INSIDE_WEIGHT 4.0f /* of a wait inside the junction: he stands in the way of those behind, and of the next stage */
#define AMBER_USED_S 1     /* drivers go on so long into amber */

/* fmaxf and fminf are calls, for the sake of NaN; here is none. */
static inline float more(float a, float b)
{
	return a > b ? a : b;
}

static inline float less(float a, float b)
{
	return a < b ? a : b;
}

struct queue_scratch {
	float (*gone_veh)[SEARCH_MAX_S]; /* [lane][second - t0] */
	float *rest_veh;                 /* by lane */
};

struct queue_scratch *queue_scratch_new(uint32_t max_lanes)
{
	struct queue_scratch *x = g_new0(struct queue_scratch, 1);
	x->gone_veh = g_malloc0_n(max_lanes, sizeof *x->gone_veh);
	x->rest_veh = g_new0(float, max_lanes);
	return x;
}

void queue_scratch_free(struct queue_scratch *x)
{
	if (!x)
		return;
	g_free(x->gone_veh);
	g_free(x->rest_veh);
	g_free(x);
}

void queue_begin(const struct search *s, struct queue_lane *q)
{
	for (uint32_t l = 0; l < s->n_lanes; l++)
		q[l] = (struct queue_lane){0.0f, s->lanes[l].lit_s, s->lanes[l].open_frac, s->lanes[l].wait_veh};
}

/* Vehicles that have stopped by t, or would have, had they not left: arrived STOP_AFTER_S ago or standing from the start. */
static inline float stopped(const struct search_lane *lane, uint32_t t)
{
	return t < STOP_AFTER_S ? lane->stands_veh : more(lane->stands_veh, lane->arrived_veh[t - STOP_AFTER_S]);
}

static inline float new_stops(const struct search_lane *lane, float left_veh, uint32_t t0, uint32_t t1)
{
	return more(0.0f, stopped(lane, t1) - more(stopped(lane, t0), left_veh));
}

/* Somebody beside waits for each who stands beyond the end of the lane. */
static inline float overflow(const struct search_lane *lane, float queue_veh)
{
	return OVERFLOW_WEIGHT * more(0.0f, queue_veh - lane->holds_veh);
}

/* Those whose wait counts more than a car's, in the second until t. */
static inline float buses(const struct search_lane *lane, float left_veh, uint32_t t)
{
	float cost = 0.0f;
	for (uint32_t k = 0; k < lane->n_buses; k++)
		if ((float) t >= lane->buses[k].from_s && left_veh < lane->buses[k].at_veh)
			cost += lane->buses[k].worth;
	return cost;
}

static float run_red(const struct search *s, uint32_t l, struct queue_lane *q, uint32_t t0, uint32_t t1, float *delay_s)
{
	const struct search_lane *lane = &s->lanes[l];
	float wait = 0.0f;
	float over = 0.0f;
	for (uint32_t t = t0 + 1; t <= t1; t++) {
		wait += lane->arrived_veh[t] - q->left_veh;
		over += overflow(lane, lane->arrived_veh[t] - q->left_veh);
		if (lane->n_buses > 0)
			over += buses(lane, q->left_veh, t);
	}
	q->green_s = -1.0f;
	q->wait_veh = 0.0f;
	if (delay_s)
		*delay_s += wait;
	return wait + over + s->stop_penalty_s * new_stops(lane, q->left_veh, t0, t1);
}

/* Share of the next second in which those who give way find a gap. */
static inline float gap(const struct search_serve *serve, const struct queue_scratch *x, uint32_t k)
{
	float foes_vps = 0.0f;
	for (uint32_t i = 0; i < serve->n_foes; i++)
		foes_vps += serve->foe_frac[i] * x->gone_veh[serve->foe[i]][k];
	float left = more(0.0f, 1.0f - foes_vps / FULL_GAP_VPS);
	return left * left;
}

static inline float capacity(const struct search_lane *lane, float green_s)
{
	return green_s < SEARCH_START_S ? lane->start_veh[(uint32_t) green_s] : lane->sat_vps;
}

/* Does a lane beside it overflow, so that those behind cannot come by? */
static bool is_blocked(const struct search *s, const struct search_lane *lane, const struct queue_lane *all, uint32_t t)
{
	for (uint32_t i = 0; i < lane->n_beside; i++) {
		const struct search_lane *other = &s->lanes[lane->beside[i]];
		if (other->arrived_veh[t] - all[lane->beside[i]].left_veh > other->holds_veh)
			return true;
	}
	return false;
}

static float run_green(const struct search *s, const struct queue_scratch *x, uint32_t l, const struct search_serve *serve,
	struct queue_lane *all, uint32_t t0, uint32_t t1, float *delay_s)
{
	const struct search_lane *lane = &s->lanes[l];
	struct queue_lane *q = &all[l];
	float wait = 0.0f, over = 0.0f, stops = 0.0f, yields = serve->free_frac < 1.0f ? serve->yield_frac / (1.0f - serve->free_frac) : 0.0f;
	if (q->green_s < 0.0f) { /* turns green: a lane without a queue need not start up */
		q->green_s = lane->arrived_veh[t0] - q->left_veh < 0.5f ? SEARCH_START_S : 0.0f;
		q->open_frac = serve->wait_veh > 0.0f ? 1.0f : serve->free_frac;
	}
	for (uint32_t t = t0; t < t1; t++) {
		float can = serve->trust_frac * capacity(lane, q->green_s), open = 1.0f, in = 0.0f;
		if (serve->free_frac < 1.0f || q->open_frac < 1.0f) {
			open = isnan(q->open_frac) ? (serve->wait_veh > 0.0f ? 1.0f : serve->free_frac) : q->open_frac;
			q->open_frac = open;
			float find = gap(serve, x, t - t0);
			if (serve->wait_veh > 0.0f && yields > 0.0f) {
				q->wait_veh = more(0.0f, q->wait_veh - find * lane->sat_vps);
				over += INSIDE_WEIGHT * q->wait_veh;
				in = less(1.0f, more(0.0f, serve->wait_veh - q->wait_veh) / (open * serve->yield_frac * can + (1.0f - open) + 1e-3f));
			}
			can *= in + (1.0f - in) * (open + (1.0f - open) * yields * find);
		}
		if (lane->n_beside > 0 && q->left_veh >= lane->inside_veh && is_blocked(s, lane, all, t))
			can *= PAST_FRAC;
		float go = less(lane->arrived_veh[t + 1] - q->left_veh, can);
		if (!lane->roomy)
			go = less(go, lane->room_veh[t + 1] - q->left_veh);
		go = more(go, 0.0f);
		if (serve->free_frac >= 1.0f) /* what holds it lets go some time */
			q->open_frac = less(1.0f, open + OPENS_PER_S);
		else if (can > 0.0f && in > 0.0f) {
			float slip = go * in;
			q->wait_veh = less(serve->wait_veh, q->wait_veh + slip * (open * serve->yield_frac + (1.0f - open)));
			q->open_frac = CLAMP(open + slip * (1.0f - open) * serve->free_frac - (go - slip) * open * (1.0f - serve->free_frac), 0.02f, 1.0f);
		} else if (can > 0.0f) {
			float freely = go * less(1.0f, open * serve->trust_frac * capacity(lane, q->green_s) / can);
			q->open_frac = CLAMP(open - freely * (1.0f - serve->free_frac) + (go - freely) * serve->free_frac, 0.02f, 1.0f);
		}
		q->left_veh += go;
		q->green_s += 1.0f;
		x->gone_veh[l][t - t0] = go;
		wait += lane->arrived_veh[t + 1] - q->left_veh;
		over += overflow(lane, lane->arrived_veh[t + 1] - q->left_veh) + go * lane->price_s[t];
		if (lane->n_buses > 0)
			over += buses(lane, q->left_veh, t + 1);
		stops += new_stops(lane, q->left_veh, t, t + 1);
	}
	if (delay_s)
		*delay_s += wait;
	return wait + over + s->stop_penalty_s * stops;
}

static void record(const struct search *s, const struct queue_scratch *x, uint32_t l, uint32_t t0, uint32_t t1, float *left_veh)
{
	for (uint32_t t = t0; left_veh && t < t1; t++)
		left_veh[(gsize) l * s->n_bins + t] = x->gone_veh[l][t - t0];
}

float queue_green(const struct search *s, struct queue_scratch *x, struct queue_lane *q, uint32_t stage, uint32_t t0, uint32_t t1,
	float *left_veh, float *delay_s)
{
	float cost = 0.0f;
	const struct search_serve *serve = s->serve + (gsize) stage * s->n_lanes;
	for (uint32_t yielding = 0; yielding < 2; yielding++) { /* who gives way comes second */
		for (uint32_t l = 0; l < s->n_lanes; l++) {
			if ((serve[l].yield_frac > 0.0f) != (yielding == 1))
				continue;
			if (serve[l].free_frac + serve[l].yield_frac > 0.0f) {
				cost += run_green(s, x, l, &serve[l], q, t0, t1, delay_s);
				record(s, x, l, t0, t1, left_veh);
			} else {
				cost += run_red(s, l, &q[l], t0, t1, delay_s);
				for (uint32_t t = t0; t < t1; t++)
					x->gone_veh[l][t - t0] = 0.0f;
			}
		}
	}
	return cost;
}

/* Who gives way and has waited inside the junction leaves it when amber ends the others' flow. */
static float clear_waiting(const struct search_serve *serve, const struct search_lane *lane, struct queue_lane *q, uint32_t t)
{
	float waits = more(0.0f, lane->arrived_veh[t] - q->left_veh), go;
	if (serve->yield_frac <= 0.0f || isnan(q->open_frac) || serve->wait_veh > 0.0f)
		return 0.0f;
	go = less(1.0f, waits) * (1.0f - q->open_frac);
	if (!lane->roomy)
		go = CLAMP(lane->room_veh[t] - q->left_veh, 0.0f, go);
	q->left_veh += go;
	return go;
}

float queue_change(const struct search *s, struct queue_scratch *x, struct queue_lane *q, uint32_t from, uint32_t to, uint32_t t0,
	uint32_t t1, float *left_veh, float *delay_s)
{
	static const struct search_serve whole = {.trust_frac = 1.0f, .free_frac = 1.0f};
	float cost = 0.0f;
	if (t1 <= t0)
		return 0.0f;
	for (uint32_t l = 0; l < s->n_lanes; l++)
		memset(x->gone_veh[l], 0, (t1 - t0) * sizeof x->gone_veh[l][0]);
	for (uint32_t l = 0; l < s->n_lanes; l++) {
		const struct search_serve *old = from < s->n_stages ? &s->serve[(gsize) from * s->n_lanes + l] : &whole;
		const struct search_serve *new = &s->serve[(gsize) to * s->n_lanes + l];
		bool was = from < s->n_stages ? old->free_frac + old->yield_frac > 0.0f : q[l].green_s >= 0.0f, will = new->free_frac + new->yield_frac > 0.0f;
		if (was && will) {
			cost += run_green(s, x, l, old == &whole ? new : old, q, t0, t1, delay_s);
			record(s, x, l, t0, t1, left_veh);
			continue;
		}
		float going_s = more(0.0f, (float) (t1 - t0) - s->lanes[l].end_s);
		uint32_t used = was ? MIN(t0 + (uint32_t) going_s + AMBER_USED_S, t1) : t0;
		if (used > t0) {
			cost += run_green(s, x, l, old, q, t0, used, delay_s);
			x->gone_veh[l][used - 1 - t0] += clear_waiting(old, &s->lanes[l], &q[l], used - 1);
			record(s, x, l, t0, used, left_veh);
		}
		cost += run_red(s, l, &q[l], used, t1, delay_s);
	}
	return cost;
}

/* Does the stage help the lane's queue, and how many does it have? */
static inline float served(const struct search_serve *serve, float rest_veh)
{
	return serve->free_frac + serve->yield_frac > 0.5f ? rest_veh : 0.0f;
}

/* Vehicles a second that `stage` would serve if it came next, and how long it would take. */
static float drain_rate(const struct search *s, const float *rest_veh, uint32_t stage, float change_s, float *lasts_s)
{
	const struct search_serve *serve = s->serve + (gsize) stage * s->n_lanes;
	float veh = 0.0f, work_s = 0.0f;
	for (uint32_t l = 0; l < s->n_lanes; l++) {
		float some = served(&serve[l], rest_veh[l]);
		veh += some;
		work_s = more(work_s, some / s->lanes[l].sat_vps);
	}
	*lasts_s = more(change_s + work_s, s->grid_s);
	return veh / *lasts_s;
}

/* The queues that are left are served stage by stage until none is left, always the one next that serves most vehicles in its time (Smith's
 * rule 1956); nobody else comes. Answers what they wait. */
static float drain(const struct search *s, float *rest_veh, uint32_t stage)
{
	float cost = 0.0f, at_s = 0.0f;
	for (uint32_t round = 0; round < s->n_stages; round++) {
		uint32_t best = stage;
		float most_vps = 0.0f, lasts_s = 0.0f, change_s = 0.0f;
		for (uint32_t to = 0; to < s->n_stages; to++) {
			float takes_s, begins_s = to == stage ? 0.0f : s->change_s[stage * s->n_stages + to] + START_LOST_S;
			float vps = drain_rate(s, rest_veh, to, begins_s, &takes_s);
			if (vps > most_vps) {
				most_vps = vps;
				best = to;
				lasts_s = takes_s;
				change_s = begins_s;
			}
		}
		for (uint32_t l = 0; l < s->n_lanes && most_vps > 0.0f; l++) {
			float go = served(&s->serve[(gsize) best * s->n_lanes + l], rest_veh[l]);
			cost += go * (at_s + change_s + 0.5f * go / s->lanes[l].sat_vps);
			rest_veh[l] -= go;
		}
		if (most_vps <= 0.0f)
			break;
		at_s += lasts_s;
		stage = best;
	}
	return cost;
}

float queue_rest(const struct search *s, struct queue_scratch *x, const struct queue_lane *q, uint32_t stage, uint32_t t)
{
	const struct search_serve *serve = s->serve + (gsize) stage * s->n_lanes;
	float cost = 0.0f;
	if (s->grid_s > 0.0f) { /* whole slots: who is left waits for several of them */
		for (uint32_t l = 0; l < s->n_lanes; l++) {
			float rest_veh = s->lanes[l].arrived_veh[t] - q[l].left_veh;
			x->rest_veh[l] = rest_veh > NOBODY_VEH ? rest_veh : 0.0f;
		}
		return drain(s, x->rest_veh, stage);
	}
	for (uint32_t l = 0; l < s->n_lanes; l++) {
		float rest = more(0.0f, s->lanes[l].arrived_veh[t] - q[l].left_veh), open = serve[l].free_frac + serve[l].yield_frac;
		cost += rest * (0.5f * rest / s->lanes[l].sat_vps + (1.0f - less(open, 1.0f)) * s->end_wait_s);
		if (s->lanes[l].n_buses > 0)
			cost += buses(&s->lanes[l], q[l].left_veh, t) * (rest / s->lanes[l].sat_vps + (1.0f - less(open, 1.0f)) * s->end_wait_s);
	}
	return cost;
}
