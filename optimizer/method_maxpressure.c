/* method_maxpressure.c - Varaiya (2013), "Max pressure control of a network of signalized intersections" (Transportation
 * Research C 36): each junction on its own shows the stage of the greatest pressure, decided anew every 10 s.
 *
 * The weight of a movement is its queue less the queues that it feeds, in the proportions in which its vehicles go on; a stage's
 * pressure is the sum over what it lets go, each times its saturation flow. Here a lane is one queue, all vehicles in view on it, and its
 * movements have their learned shares of it. Knows no time of arrival and no cost of changing: the yardstick for methods that do.
 */
#include "optimizer/method.h"

#include <math.h>

#include "core/units.h"

#define DECIDE_S 10.0     /* a stage stays at least so long, changing included, unless the options say otherwise */
#define MIN_GREEN_S 5.0
#define YIELDS_FRAC 0.5   /* of the saturation flow, for who gives way */

struct pressed { /* one site */
	uint32_t shows;      /* stage */
	double since_s;      /* all of it shows since then; UNKNOWN on the way */
	double decide_s;     /* the next decision is due */
	uint32_t wish;
	double pressure, next_pressure; /* of the wish and of the best other */
};

struct maxpressure {
	const struct layout *layout;
	struct pressed *sites;
	double every_s;    /* decisions */
	bool on_grid;      /* at whole multiples of it */
	double *below_veh; /* by move: the queues that it feeds */
	double now_s;
};

static void *maxpressure_alloc(const struct layout *l, const struct optimizer_options *options)
{
	struct maxpressure *x = g_new0(struct maxpressure, 1);
	x->layout = l;
	x->on_grid = options->decide_s > 0;
	x->every_s = options->decide_s > 0 ? options->decide_s : DECIDE_S;
	x->sites = g_new0(struct pressed, l->n_sites);
	x->below_veh = g_new0(double, MAX(l->n_moves, 1));
	for (uint32_t k = 0; k < l->n_sites; k++)
		x->sites[k] = (struct pressed){.shows = STAGE_NONE, .since_s = UNKNOWN, .decide_s = -INFINITY, .wish = STAGE_NONE};
	return x;
}

static void maxpressure_free(void *state)
{
	struct maxpressure *x = state;
	g_free(x->sites);
	g_free(x->below_veh);
	g_free(x);
}

static void maxpressure_set(void *state, uint32_t site, const struct guard *guard, double now_s)
{
	struct pressed *p = &((struct maxpressure *) state)->sites[site];
	if (guard_stage(guard) != p->shows || !guard_settled(guard))
		p->since_s = UNKNOWN;
	p->shows = guard_stage(guard);
	if (guard_settled(guard) && isnan(p->since_s))
		p->since_s = now_s;
}

/* The queues that each move feeds: of its vehicles' part that arrives at a group of lanes, shared out as that group's flow is. */
static void queue_below(struct maxpressure *x, const struct demand *d)
{
	const struct layout *l = x->layout;
	for (uint32_t m = 0; m < l->n_moves; m++)
		x->below_veh[m] = 0;
	for (uint32_t i = 0; i < l->n_streams; i++) {
		const struct site_stream *stream = &l->streams[i];
		const struct site_group *group = &l->groups[stream->group];
		double flow_vps = 0, veh = 0;
		for (uint32_t k = 0; k < group->n_slots; k++) {
			const struct slot_state *s = &d->slots[group->slots[k]];
			flow_vps += s->flow_vps;
			veh += s->flow_vps * demand_in_view_veh(d, group->slots[k]);
		}
		x->below_veh[stream->move] += flow_vps > 0 ? stream->frac * veh / flow_vps : 0;
	}
}

static double pressure_of(const struct maxpressure *x, const struct demand *d, uint32_t site, uint32_t stage)
{
	const struct layout *l = x->layout;
	const struct site *at = &l->sites[site];
	const char *state = at->junction->stages[stage].state;
	double pressure = 0;
	for (uint32_t k = at->first_slot; k < at->first_slot + at->n_slots; k++)
		for (uint32_t m = l->slots[k].first_move; m < l->slots[k].first_move + l->slots[k].n_moves; m++) {
			char letter = state[l->moves[m].signal_link];
			double open = letter == 'G' ? 1 : letter == 'g' ? YIELDS_FRAC : 0;
			pressure += open / d->slots[k].sat_s * d->share[m] * (demand_in_view_veh(d, k) - x->below_veh[m]);
		}
	return pressure;
}

/* Of equals the one that shows. */
static void choose(struct maxpressure *x, const struct demand *d, uint32_t site)
{
	struct pressed *p = &x->sites[site];
	uint32_t n = x->layout->sites[site].junction->n_stages, best = p->shows < n ? p->shows : 0;
	p->pressure = pressure_of(x, d, site, best);
	p->next_pressure = -INFINITY;
	for (uint32_t s = 0; s < n; s++) {
		double pressure = s == best ? -INFINITY : pressure_of(x, d, site, s);
		if (pressure > p->pressure + 1e-9) {
			p->next_pressure = p->pressure;
			p->pressure = pressure;
			best = s;
		} else if (pressure > p->next_pressure) {
			p->next_pressure = pressure;
		}
	}
	p->wish = best;
}

static void maxpressure_iterate(void *state, const struct demand *d, struct forecast *f, double now_s)
{
	struct maxpressure *x = state;
	(void) f;
	x->now_s = now_s;
	queue_below(x, d);
	for (uint32_t k = 0; k < x->layout->n_sites; k++) {
		struct pressed *p = &x->sites[k];
		if (p->wish != STAGE_NONE && (now_s < p->decide_s - 1e-6 || !(now_s - p->since_s >= MIN_GREEN_S - 1e-6)))
			continue;
		choose(x, d, k);
		p->decide_s = (x->on_grid ? floor(now_s / x->every_s) * x->every_s : now_s) + x->every_s;
	}
}

static void maxpressure_plan(const void *state, uint32_t site, struct decision *d)
{
	const struct maxpressure *x = state;
	const struct pressed *p = &x->sites[site];
	const struct site *at = &x->layout->sites[site];
	uint32_t n = at->junction->n_stages;
	double change_s = p->shows < n && p->wish < n ? at->change_s[p->shows * n + p->wish] : 0;
	*d = (struct decision){.stage = p->wish, .n = 1, .delay_chosen_s = UNKNOWN, .delay_own_s = UNKNOWN, .delay_next_s = UNKNOWN};
	d->ahead[0].stage = p->wish;
	d->ahead[0].start_s = change_s;
	d->ahead[0].end_s = fmax(change_s, p->decide_s - x->now_s);
	g_snprintf(d->why, sizeof d->why, "pressure of %s is %.1f veh/s veh, the next best has %.1f", at->junction->stages[p->wish].name,
		p->pressure, p->next_pressure);
}

const struct method method_maxpressure = {
	.name = "maxpressure",
	.alloc = maxpressure_alloc,
	.set = maxpressure_set,
	.iterate = maxpressure_iterate,
	.plan = maxpressure_plan,
	.free = maxpressure_free,
};
