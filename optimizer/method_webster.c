/* method_webster.c - Webster (1958) at every junction, each on its own: the stages in the order of its program, cycle and splits from
 * the flows that were measured, worked out anew every five minutes.
 *
 * What an authority has that counts its traffic and re-times its signals often. Until the first two minutes are counted the greens
 * are the program's. Flows are means of about a quarter of an hour. A camera cannot count who waits beyond its view: a lane whose greens
 * leave a queue behind (cycle failure) is taken for more than what was counted. The junctions know nothing of each other.
 */
#include "optimizer/method.h"
#include "optimizer/ring.h"
#include "optimizer/row_ratio.h"
#include "optimizer/webster.h"

#include <math.h>

#include "core/units.h"

#define FIRST_S 120.0
#define EVERY_S 300.0
#define WINDOWS 3
#define FAILED_VEH 4.0   /* in view when a green ends: a queue, no arrivals */
#define FAILED_MORE 0.5
#define LEAST_CYCLE_S 40.0 /* in shorter ones hardly anybody who gives way gets through */
#define MOST_CYCLE_S 120.0
#define START_LOSS_S 2.0 /* Webster's starting delay of a stage, */
#define AMBER_USED_S 1.0 /* and what is won back at its end */

struct counted { /* a slot */
	double flow_vps, failed_frac; /* means of the last windows: came into view; of its greens those that left a queue behind */
	double then_veh;              /* all that had come when the window began */
	uint32_t n_ended, n_failed;   /* its greens in this window */
};

struct timed { /* one site */
	struct ring ring;
	double *green_s;  /* by row */
	double cycle_s, ratio; /* as worked out last; UNKNOWN before */
	struct counted *slots; /* by slot of the site */
	double since_s;   /* the window began; UNKNOWN before */
	uint32_t n_windows, row; /* the ring's row at the last look */
};

struct webster {
	const struct layout *layout;
	struct timed *sites;
	double now_s;
};

static void *webster_alloc(const struct layout *l, const struct optimizer_options *options)
{
	struct webster *x = g_new0(struct webster, 1);
	(void) options;
	x->layout = l;
	x->sites = g_new0(struct timed, l->n_sites);
	for (uint32_t k = 0; k < l->n_sites; k++) {
		struct timed *t = &x->sites[k];
		const struct site *site = &l->sites[k];
		ring_init(&t->ring, site);
		t->cycle_s = t->ratio = t->since_s = UNKNOWN;
		t->slots = g_new0(struct counted, MAX(site->n_slots, 1));
		t->green_s = g_new0(double, t->ring.n_rows);
		for (uint32_t r = 0; r < t->ring.n_rows; r++) {
			uint32_t n = site->junction->n_stages, stage = t->ring.rows[r].stage;
			uint32_t before = t->ring.rows[(r + t->ring.n_rows - 1) % t->ring.n_rows].stage;
			t->green_s[r] = fmax(site->plan->rows[r].split_s - site->change_s[before * n + stage], site->min_s[stage]);
		}
	}
	return x;
}

static void webster_free(void *state)
{
	struct webster *x = state;
	for (uint32_t k = 0; k < x->layout->n_sites; k++) {
		ring_finish(&x->sites[k].ring);
		g_free(x->sites[k].green_s);
		g_free(x->sites[k].slots);
	}
	g_free(x->sites);
	g_free(x);
}

static void webster_set(void *state, uint32_t site, const struct guard *guard, double now_s)
{
	struct webster *x = state;
	ring_look(&x->sites[site].ring, &x->layout->sites[site], guard, now_s);
}

/* How much of a green of row r is the slot's. */
static double use_of(const struct webster *x, const struct demand *d, uint32_t site, uint32_t slot, uint32_t r)
{
	return row_use(d, slot, x->sites[site].ring.rows[r].stage);
}

/* Flow / saturation flow of each row; who was left behind needs more than what was counted. */
static void flow_ratios(const struct webster *x, const struct demand *d, uint32_t s, double *ratio)
{
	const struct site *site = &x->layout->sites[s];
	const struct ring *ring = &x->sites[s].ring;
	g_autofree double *need = g_new(double, MAX(site->n_slots, 1));
	g_autofree uint32_t *stages = g_new(uint32_t, ring->n_rows);
	for (uint32_t i = 0; i < site->n_slots; i++) {
		const struct counted *c = &x->sites[s].slots[i];
		need[i] = (1 + FAILED_MORE * c->failed_frac) * c->flow_vps * d->slots[site->first_slot + i].sat_s;
	}
	for (uint32_t r = 0; r < ring->n_rows; r++)
		stages[r] = ring->rows[r].stage;
	row_ratios(d, s, stages, ring->n_rows, need, ratio);
}

/* The window is over: its flows go into the means, the next one begins. */
static void count(struct webster *x, const struct demand *d, uint32_t s, double now_s)
{
	const struct site *site = &x->layout->sites[s];
	struct timed *t = &x->sites[s];
	double window_s = now_s - t->since_s;
	t->n_windows += !isnan(window_s);
	t->since_s = now_s;
	for (uint32_t i = 0; i < site->n_slots; i++) {
		struct counted *c = &t->slots[i];
		double came_veh = d->slots[site->first_slot + i].entered_veh, failed = (double) c->n_failed / MAX(c->n_ended, 1);
		if (!isnan(window_s)) {
			c->flow_vps += ((came_veh - c->then_veh) / window_s - c->flow_vps) / MIN(t->n_windows, WINDOWS);
			c->failed_frac += (failed - c->failed_frac) / MIN(t->n_windows, WINDOWS);
		}
		c->then_veh = came_veh;
		c->n_ended = c->n_failed = 0;
	}
}

/* A green has just ended: whom did it leave behind? */
static void watch_ends(struct webster *x, const struct demand *d, uint32_t s)
{
	const struct site *site = &x->layout->sites[s];
	struct timed *t = &x->sites[s];
	for (uint32_t i = 0; i < site->n_slots && t->row != t->ring.row; i++) {
		uint32_t slot = site->first_slot + i;
		if (use_of(x, d, s, slot, t->row) == 0 || use_of(x, d, s, slot, t->ring.row) > 0)
			continue;
		t->slots[i].n_ended++;
		t->slots[i].n_failed += demand_in_view_veh(d, slot) >= FAILED_VEH;
	}
	t->row = t->ring.row;
}

static void work_out(struct webster *x, const struct demand *d, uint32_t s)
{
	const struct site *site = &x->layout->sites[s];
	struct timed *t = &x->sites[s];
	uint32_t n = t->ring.n_rows, n_stages = site->junction->n_stages;
	g_autofree double *ratio = g_new0(double, n), *least_s = g_new0(double, n);
	double lost_s = 0;
	flow_ratios(x, d, s, ratio);
	t->ratio = 0;
	for (uint32_t r = 0; r < n; r++) {
		uint32_t stage = t->ring.rows[r].stage, before = t->ring.rows[(r + n - 1) % n].stage;
		lost_s += site->change_s[before * n_stages + stage] + START_LOSS_S - AMBER_USED_S;
		least_s[r] = site->min_s[stage] - START_LOSS_S + AMBER_USED_S;
		t->ratio += ratio[r];
	}
	t->cycle_s = webster_split(CLAMP(webster_cycle_s(lost_s, t->ratio), LEAST_CYCLE_S, MOST_CYCLE_S), lost_s, ratio, least_s, n, t->green_s);
	for (uint32_t r = 0; r < n; r++) /* from effective greens to shown ones */
		t->green_s[r] = round(t->green_s[r] + START_LOSS_S - AMBER_USED_S);
}

static void webster_iterate(void *state, const struct demand *d, struct forecast *f, double now_s)
{
	struct webster *x = state;
	(void) f;
	x->now_s = now_s;
	for (uint32_t k = 0; k < x->layout->n_sites; k++) {
		struct timed *t = &x->sites[k];
		watch_ends(x, d, k);
		if (now_s - t->since_s < (t->n_windows ? EVERY_S : FIRST_S) - 1e-6)
			continue;
		count(x, d, k, now_s);
		if (t->n_windows)
			work_out(x, d, k);
	}
}

static void webster_plan(const void *state, uint32_t site, struct decision *d)
{
	const struct webster *x = state;
	const struct timed *t = &x->sites[site];
	const struct ring *ring = &t->ring;
	double green_s = ring_green_s(ring, x->now_s), left_s = fmax(0, t->green_s[ring->row] - (isnan(green_s) ? 0 : green_s));
	bool over = left_s < 1e-6;
	*d = (struct decision){0};
	ring_tell(ring, &x->layout->sites[site], over ? ring_next(ring) : ring->row, left_s, t->green_s[ring_next(ring)], d);
	const char *name = x->layout->sites[site].junction->stages[d->stage].name;
	if (isnan(t->cycle_s))
		g_snprintf(d->why, sizeof d->why, "%s, with the greens of its own program until flows are counted", name);
	else
		g_snprintf(d->why, sizeof d->why, "%s in a cycle of %.0f s: flow ratios add up to %.2f", name, t->cycle_s, t->ratio);
}

const struct method method_webster = {
	.name = "webster",
	.alloc = webster_alloc,
	.set = webster_set,
	.iterate = webster_iterate,
	.plan = webster_plan,
	.free = webster_free,
};
