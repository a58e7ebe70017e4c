/* search.c - the beam search over stages and times. The lanes' model is in queue.c. */
#include "optimizer/search.h"
#include "optimizer/queue.h"

#include <math.h>
#include <string.h>

#define NOBODY UINT32_MAX
#define MAX_TICKS 64
#define LATE_PER_S 30.0f /* a maximum red that is missed; the guard would force it */

struct node {
	float cost, score; /* score: with what is still to be paid for who is left */
	float age_s;
	uint32_t parent;
	uint32_t first; /* the stage that this way asks for now */
	float since_s;  /* green since then */
	uint64_t seen;  /* links that were green */
	bool used;
	bool moved;     /* has changed stage already */
};

struct search_work {
	uint32_t max_lanes, max_stages, width;
	struct node *nodes;          /* [(tick * n_stages + stage) * width + k] */
	struct queue_lane *queues;   /* the same times n_lanes */
	struct queue_lane *trial;    /* n_lanes */
	struct queue_scratch *scratch;
	uint32_t n_ticks;
	uint32_t tick_s[MAX_TICKS];
};

static void make_ticks(struct search_work *w, uint32_t horizon_s, uint32_t grid_s)
{
	uint32_t t = 0;
	while (t < horizon_s && w->n_ticks < MAX_TICKS - 1) {
		w->tick_s[w->n_ticks++] = t;
		t += grid_s ? grid_s : t < 8 ? 1 : t < 30 ? 2 : t < 60 ? 3 : 5;
	}
	w->tick_s[w->n_ticks++] = horizon_s;
}

struct search *search_new(uint32_t max_lanes, uint32_t max_stages, uint32_t max_links, uint32_t horizon_s, uint32_t grid_s)
{
	struct search *s = g_new0(struct search, 1);
	struct search_work *w = s->work = g_new0(struct search_work, 1);
	s->n_bins = CLAMP(horizon_s, 10, SEARCH_MAX_S);
	s->grid_s = (float) grid_s;
	s->lanes = g_new0(struct search_lane, max_lanes);
	s->serve = g_new0(struct search_serve, (gsize) max_lanes * max_stages);
	s->stages = g_new0(struct search_stage, max_stages);
	s->change_s = g_new0(float, (gsize) max_stages * max_stages);
	s->first_s = g_new0(float, max_stages);
	s->deadlines = g_new0(struct search_deadline, max_links);
	s->crossings = g_new0(struct search_crossing, max_links);
	w->max_lanes = max_lanes;
	w->max_stages = max_stages;
	w->width = grid_s ? SEARCH_GRID_WIDTH : SEARCH_WIDTH;
	make_ticks(w, s->n_bins, grid_s);
	gsize n_nodes = (gsize) w->n_ticks * max_stages * w->width;
	w->nodes = g_new0(struct node, n_nodes);
	w->queues = g_new0(struct queue_lane, n_nodes * max_lanes);
	w->trial = g_new0(struct queue_lane, max_lanes);
	w->scratch = queue_scratch_new(max_lanes);
	return s;
}

void search_free(struct search *s)
{
	if (!s)
		return;
	g_free(s->work->nodes);
	g_free(s->work->queues);
	g_free(s->work->trial);
	queue_scratch_free(s->work->scratch);
	g_free(s->work);
	g_free(s->lanes);
	g_free(s->serve);
	g_free(s->stages);
	g_free(s->change_s);
	g_free(s->first_s);
	g_free(s->deadlines);
	g_free(s->crossings);
	g_free(s);
}

static float lateness(const struct search *s, uint64_t seen, float from_s, float to_s)
{
	float cost = 0.0f;
	for (uint32_t k = 0; k < s->n_deadlines; k++)
		if (!(seen & s->deadlines[k].link) && to_s > s->deadlines[k].due_s)
			cost += LATE_PER_S * (to_s - fmaxf(from_s, s->deadlines[k].due_s));
	for (uint32_t k = 0; k < s->n_crossings; k++)
		if (!(seen & s->crossings[k].link)) /* who has come by then waits on */
			cost += s->crossings[k].come_ps * (to_s - from_s) * (s->crossings[k].red_s + 0.5f * (from_s + to_s));
	return cost;
}

/* The trial state becomes a way to be in `stage` at `tick`, if it is among the best. */
static void keep(struct search *s, uint32_t tick, uint32_t stage, struct node candidate)
{
	struct search_work *w = s->work;
	uint32_t base = (tick * s->n_stages + stage) * w->width, worst = base;
	candidate.used = true;
	candidate.score = candidate.cost + queue_rest(s, w->scratch, w->trial, stage, w->tick_s[tick]);
	for (uint32_t k = base; k < base + w->width; k++) {
		if (!w->nodes[k].used) {
			worst = k;
			break;
		}
		if (w->nodes[k].score > w->nodes[worst].score)
			worst = k;
	}
	if (w->nodes[worst].used && w->nodes[worst].score <= candidate.score)
		return;
	w->nodes[worst] = candidate;
	memcpy(w->queues + (gsize) worst * s->n_lanes, w->trial, s->n_lanes * sizeof *w->trial);
}

static uint32_t tick_at(const struct search_work *w, float t_s)
{
	uint32_t k = 0;
	while (k + 1 < w->n_ticks && (float) w->tick_s[k] < t_s - 1e-3f)
		k++;
	return k;
}

/* From the trial state at t0: green of `stage` from change_s later on, until the first tick after its minimum. */
static void land(struct search *s, struct node from, uint32_t old, uint32_t stage, uint32_t t0, float change_s, float min_s)
{
	struct search_work *w = s->work;
	uint32_t until = (uint32_t) ceilf((float) t0 + change_s - 1e-3f), tick = tick_at(w, (float) until + min_s), t1 = w->tick_s[tick];
	until = MIN(until, s->n_bins);
	t1 = MAX(t1, until);
	from.cost += queue_change(s, w->scratch, w->trial, old, stage, t0, until, NULL, NULL);
	from.cost += lateness(s, from.seen, (float) t0, (float) until);
	from.seen |= s->stages[stage].links;
	from.cost += queue_green(s, w->scratch, w->trial, stage, until, t1, NULL, NULL);
	from.cost += lateness(s, from.seen, (float) until, (float) t1);
	from.age_s = (float) t1 - (float) until;
	from.since_s = (float) until;
	keep(s, tick, stage, from);
}

static void expand(struct search *s, uint32_t tick, uint32_t stage, uint32_t index)
{
	struct search_work *w = s->work;
	const struct queue_lane *queues = w->queues + (gsize) index * s->n_lanes;
	const struct node *node = &w->nodes[index];
	uint32_t t0 = w->tick_s[tick], t1 = w->tick_s[tick + 1];
	gsize size = s->n_lanes * sizeof *queues;
	if (s->n_stages == 1 || node->age_s + (float) (t1 - t0) <= s->stages[stage].max_s + 0.5f) {
		struct node on = *node;
		memcpy(w->trial, queues, size);
		on.parent = index;
		on.age_s += (float) (t1 - t0);
		on.cost += queue_green(s, w->scratch, w->trial, stage, t0, t1, NULL, NULL) + lateness(s, on.seen, (float) t0, (float) t1);
		keep(s, tick + 1, stage, on);
	}
	for (uint32_t to = 0; to < s->n_stages; to++) {
		if (to == stage || (s->may_follow && !s->may_follow[stage * s->n_stages + to]))
			continue;
		struct node next = *node;
		float change_s = s->change_s[stage * s->n_stages + to];
		if (!node->moved) /* the guard knows of this change what the tables do not */
			change_s = fmaxf(change_s, s->first_s[to] - (float) t0);
		memcpy(w->trial, queues, size);
		next.parent = index;
		next.moved = true;
		if (t0 == 0)
			next.first = to;
		land(s, next, stage, to, t0, fmaxf(change_s, 1.0f), s->stages[to].min_s);
	}
}

static void plant(struct search *s)
{
	struct search_work *w = s->work;
	struct node root = {.parent = NOBODY, .first = s->stage, .age_s = s->age_s};
	for (uint32_t k = 0; k < w->n_ticks * s->n_stages * w->width; k++)
		w->nodes[k].used = false;
	if (s->stage >= s->n_stages) { /* nothing shows: any stage may be the first */
		for (uint32_t to = 0; to < s->n_stages; to++) {
			root.first = to;
			queue_begin(s, w->trial);
			land(s, root, NOBODY, to, 0, fmaxf(s->first_s[to], 0.0f), s->stages[to].min_s);
		}
		return;
	}
	queue_begin(s, w->trial);
	if (s->settle_s > 0.0f) {
		land(s, root, NOBODY, s->stage, 0, s->settle_s, s->stages[s->stage].min_s);
		return;
	}
	uint32_t tick = tick_at(w, s->hold_s), t1 = w->tick_s[tick];
	root.seen = s->stages[s->stage].links;
	root.cost = queue_green(s, w->scratch, w->trial, s->stage, 0, t1, NULL, NULL) + lateness(s, root.seen, 0.0f, (float) t1);
	root.age_s += (float) t1;
	root.since_s = -s->age_s;
	keep(s, tick, s->stage, root);
}

/* Walks back from the last node and writes the greens down in order. */
static void write_path(const struct search *s, uint32_t last, struct search_answer *a)
{
	const struct search_work *w = s->work;
	struct search_segment back[SEARCH_PATH];
	uint32_t n = 0, stage = NOBODY;
	for (uint32_t k = last; k != NOBODY; k = w->nodes[k].parent) {
		uint32_t now = k / w->width % s->n_stages, tick = k / w->width / s->n_stages;
		if (n > 0 && now == stage && back[n - 1].start_s == (double) w->nodes[k].since_s)
			continue;
		if (n == SEARCH_PATH)
			break;
		back[n++] = (struct search_segment){now, (double) w->nodes[k].since_s, w->tick_s[tick]};
		stage = now;
	}
	a->n = n;
	for (uint32_t k = 0; k < n; k++)
		a->path[k] = back[n - 1 - k];
}

void search_solve(struct search *s, struct search_answer *a)
{
	struct search_work *w = s->work;
	uint32_t best = NOBODY, next = NOBODY, end = w->n_ticks - 1;
	plant(s);
	for (uint32_t tick = 0; tick < end; tick++)
		for (uint32_t stage = 0; stage < s->n_stages; stage++)
			for (uint32_t k = 0; k < w->width; k++) {
				uint32_t index = (tick * s->n_stages + stage) * w->width + k;
				if (w->nodes[index].used)
					expand(s, tick, stage, index);
			}
	uint32_t from = end * s->n_stages * w->width, to = from + s->n_stages * w->width;
	for (uint32_t k = from; k < to; k++)
		if (w->nodes[k].used && (best == NOBODY || w->nodes[k].score < w->nodes[best].score))
			best = k;
	*a = (struct search_answer){.found = best != NOBODY, .stage = s->stage, .next_cost_s = NAN, .cost_s = NAN, .delay_s = NAN};
	if (best == NOBODY)
		return;
	for (uint32_t k = from; k < to; k++)
		if (w->nodes[k].used && w->nodes[k].first != w->nodes[best].first && (next == NOBODY || w->nodes[k].score < w->nodes[next].score))
			next = k;
	a->stage = w->nodes[best].first;
	a->cost_s = (double) w->nodes[best].score;
	a->next_cost_s = next == NOBODY ? NAN : (double) w->nodes[next].score;
	write_path(s, best, a);
}

double search_play(struct search *s, const struct search_segment *path, uint32_t n, float *left_veh, double *delay_s)
{
	struct search_work *w = s->work;
	float cost = 0.0f, delay = 0.0f;
	uint32_t t = 0, old = s->settle_s > 0.0f ? NOBODY : s->stage;
	uint64_t seen = 0;
	if (left_veh)
		memset(left_veh, 0, (gsize) s->n_lanes * s->n_bins * sizeof *left_veh);
	queue_begin(s, w->trial);
	for (uint32_t k = 0; k < n && t < s->n_bins; k++) {
		uint32_t start = (uint32_t) CLAMP(ceil(path[k].start_s), t, s->n_bins), end = (uint32_t) CLAMP(ceil(path[k].end_s), start, s->n_bins);
		if (k + 1 == n)
			end = s->n_bins;
		cost += queue_change(s, w->scratch, w->trial, old, path[k].stage, t, start, left_veh, &delay) + lateness(s, seen, (float) t, (float) start);
		seen |= s->stages[path[k].stage].links;
		cost += queue_green(s, w->scratch, w->trial, path[k].stage, start, end, left_veh, &delay) + lateness(s, seen, (float) start, (float) end);
		old = path[k].stage;
		t = end;
	}
	if (delay_s)
		*delay_s = (double) delay;
	return (double) (cost + (old < s->n_stages ? queue_rest(s, w->scratch, w->trial, old, s->n_bins) : 0.0f));
}
