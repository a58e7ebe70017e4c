/* actuated.c - loops, gaps and greens of one junction; see actuated.h. */
#include "optimizer/actuated.h"

#include <math.h>

#include "core/units.h"

#define USUAL_MAX_S 50.0 /* netconvert's tls.max-dur */
#define SLACK_S 1e-6     /* times are sums of steps */
#define ENDLESS_S 1e6    /* a minDur without a maxDur: no maximum of its own */
#define REACH_M 300.0    /* of a loop */

static const char *state_of(const struct actuated *a, uint32_t row)
{
	return a->layout->sites[a->site].junction->stages[a->ring.rows[row].stage].state;
}

/* Is the lane the only one of its road for motor vehicles? */
static bool is_alone(const struct layout *l, uint32_t lane)
{
	const struct net_edge *edge = &l->net->edges[l->net->lanes[lane].edge];
	uint32_t n = 0;
	for (uint32_t k = edge->first_lane; k < edge->first_lane + edge->n_lanes; k++)
		n += (l->net->lanes[k].allow & ~(uint32_t) (NET_PEDESTRIAN | NET_BICYCLE)) != 0;
	return n <= 1;
}

/* May the loop of `slot` hold the row's green? SUMO's rule: only where every way out of the lane has right of way, so that nobody holds
 * a green who cannot go. One that gives way counts where the lane is alone on its road; or beside a way that has right of way, where it
 * never gets that itself or turns back. */
static bool holds(const struct actuated *a, uint32_t slot, uint32_t row)
{
	const struct layout *l = a->layout;
	const struct site_slot *at = &l->slots[slot];
	const char *state = state_of(a, row);
	bool free = false;
	for (uint32_t m = at->first_move; m < at->first_move + at->n_moves; m++)
		free = free || state[l->moves[m].signal_link] == 'G';
	for (uint32_t m = at->first_move; m < at->first_move + at->n_moves; m++) {
		uint32_t link = l->moves[m].signal_link;
		bool ever = false;
		for (uint32_t r = 0; r < a->ring.n_rows; r++)
			ever = ever || state_of(a, r)[link] == 'G';
		if (state[link] != 'G' && !(state[link] == 'g' && (is_alone(l, at->lane) || (free && (!ever || l->moves[m].dir == 't')))))
			return false;
	}
	return true;
}

/* Does the row show the slot any green? */
static bool serves(const struct actuated *a, uint32_t slot, uint32_t row)
{
	const struct layout *l = a->layout;
	for (uint32_t m = l->slots[slot].first_move; m < l->slots[slot].first_move + l->slots[slot].n_moves; m++)
		if (shows_green(state_of(a, row)[l->moves[m].signal_link]))
			return true;
	return false;
}

/* How far up the road a vehicle is certain to come to this stop line: along lanes that lead nowhere else. */
static double reach_m(const struct network *net, uint32_t lane)
{
	double reach = net->lanes[lane].length_m;
	for (uint32_t up = network_upstream(net, lane); up != NET_NONE && reach < REACH_M; up = network_upstream(net, lane)) {
		for (uint32_t k = net->lanes[up].first_link; k < net->lanes[up].first_link + net->lanes[up].n_links; k++)
			if (net->links[k].to_lane != lane)
				return reach;
		lane = up;
		reach += net->lanes[lane].length_m;
	}
	return reach;
}

static void set_row(struct actuated *a, const struct net_program *program, uint32_t row)
{
	const struct site *site = &a->layout->sites[a->site];
	const struct net_phase *phase = a->ring.rows[row].phase;
	struct actuated_row *at = &a->rows[row];
	at->min_s = site->min_s[a->ring.rows[row].stage];
	at->max_s = USUAL_MAX_S;
	if (net_program_is_actuated(program) && phase) {
		at->min_s = isfinite(phase->min_s) ? phase->min_s : phase->duration_s;
		at->max_s = isfinite(phase->max_s) ? phase->max_s : isfinite(phase->min_s) ? ENDLESS_S : phase->duration_s;
	}
	at->max_s = fmax(at->max_s, at->min_s);
	at->holds = g_new0(bool, MAX(site->n_slots, 1));
	for (uint32_t i = 0; i < site->n_slots; i++)
		at->holds[i] = holds(a, site->first_slot + i, row);
}

/* So far before the stop line that all who stand between can pass within the shortest minimum green that it gets (SUMO's passing-time),
 * and no further than its vehicles can be told from others. */
static double loop_at_m(const struct actuated *a, uint32_t i)
{
	uint32_t s = a->layout->sites[a->site].first_slot + i;
	const struct site_slot *slot = &a->layout->slots[s];
	double at_m = a->actuation.detector_gap_s * slot->speed_mps;
	for (uint32_t r = 0; r < a->ring.n_rows; r++)
		if (a->rows[r].max_s > a->rows[r].min_s && serves(a, s, r) && a->actuation.passing_time_s > 0)
			at_m = fmin(at_m, (a->rows[r].min_s / a->actuation.passing_time_s + 0.5) * DEMAND_PITCH_M);
	return fmin(at_m, reach_m(a->layout->net, slot->lane));
}

void actuated_init(struct actuated *a, const struct layout *l, uint32_t s)
{
	const struct site *site = &l->sites[s];
	const struct net_program *program = &l->net->signals[site->junction->signal].programs[0];
	*a = (struct actuated){.layout = l, .site = s, .actuation = program->actuation};
	ring_init(&a->ring, site);
	a->rows = g_new0(struct actuated_row, a->ring.n_rows);
	a->loops = g_new0(struct actuated_loop, MAX(site->n_slots, 1));
	for (uint32_t r = 0; r < a->ring.n_rows; r++)
		set_row(a, program, r);
	for (uint32_t i = 0; i < site->n_slots; i++)
		a->loops[i] = (struct actuated_loop){.at_m = loop_at_m(a, i), .seen_s = -INFINITY, .left_s = -INFINITY};
}

void actuated_finish(struct actuated *a)
{
	for (uint32_t r = 0; r < a->ring.n_rows; r++)
		g_free(a->rows[r].holds);
	g_free(a->rows);
	g_free(a->loops);
	ring_finish(&a->ring);
}

void actuated_look(struct actuated *a, const struct guard *guard, double now_s)
{
	ring_look(&a->ring, &a->layout->sites[a->site], guard, now_s);
}

/* A vehicle drove v * dt since the picture before (our world's own step; nearly so elsewhere): it stands on the loop, or its tail left
 * it in between. */
static void sense_one(struct actuated_loop *loop, const struct seen_vehicle *v, double t_s, double dt_s)
{
	double length_m = isfinite(v->length_m) ? v->length_m : 5.0;
	double past_m = loop->at_m - v->dist_to_stop_m - length_m;
	if (v->dist_to_stop_m > loop->at_m)
		return;
	if (past_m <= 0)
		loop->occupied = true;
	else if (past_m < v->speed_mps * dt_s)
		loop->left_s = fmax(loop->left_s, t_s - past_m / v->speed_mps);
}

void actuated_sense(struct actuated *a, const struct demand *d, double now_s)
{
	const struct site *site = &a->layout->sites[a->site];
	for (uint32_t i = 0; i < site->n_slots; i++) {
		struct actuated_loop *loop = &a->loops[i];
		const struct sight *sight = &d->sights[a->layout->slots[site->first_slot + i].lane];
		if (now_s - sight->t_s > DEMAND_STALE_S)
			loop->occupied = true;
		if (now_s - sight->t_s > DEMAND_STALE_S || sight->t_s <= loop->seen_s)
			continue;
		double dt_s = fmin(sight->t_s - loop->seen_s, DEMAND_STALE_S);
		if (loop->occupied)
			loop->left_s = fmax(loop->left_s, loop->seen_s);
		loop->seen_s = sight->t_s;
		loop->occupied = false;
		for (uint32_t k = 0; k < sight->n; k++)
			sense_one(loop, &sight->vehicles[k], sight->t_s, dt_s);
	}
}

/* The shortest time since a vehicle was on one of the row's loops. */
static double gap_s(const struct actuated *a, double now_s)
{
	double shortest_s = INFINITY;
	for (uint32_t i = 0; i < a->layout->sites[a->site].n_slots; i++)
		if (a->rows[a->ring.row].holds[i])
			shortest_s = fmin(shortest_s, a->loops[i].occupied ? 0 : now_s - a->loops[i].left_s);
	return shortest_s;
}

void actuated_decide(const struct actuated *a, double now_s, struct decision *d)
{
	const struct site *site = &a->layout->sites[a->site];
	const struct ring *ring = &a->ring;
	const struct actuated_row *row = &a->rows[ring->row];
	const char *now = site->junction->stages[ring->rows[ring->row].stage].name;
	const char *after = site->junction->stages[ring->rows[ring_next(ring)].stage].name;
	double green_s = ring_green_s(ring, now_s), gap = gap_s(a, now_s), left_s = 0;
	uint32_t wish = ring->row;
	if (isnan(green_s)) {
		left_s = row->min_s;
		g_snprintf(d->why, sizeof d->why, "on the way to %s", now);
	} else if (green_s < row->min_s - SLACK_S) {
		left_s = row->min_s - green_s;
		g_snprintf(d->why, sizeof d->why, "minimum green of %s, %.0f s more", now, left_s);
	} else if (green_s >= row->max_s - SLACK_S) {
		wish = ring_next(ring);
		g_snprintf(d->why, sizeof d->why, "max-out: %s had its %.0f s, %s follows", now, row->max_s, after);
	} else if (gap < a->actuation.max_gap_s - SLACK_S) {
		left_s = fmin(a->actuation.max_gap_s - gap, row->max_s - green_s);
		g_snprintf(d->why, sizeof d->why, "%s is held: a vehicle %.1f s ago, a gap of %g s ends it", now, gap, a->actuation.max_gap_s);
	} else {
		wish = ring_next(ring);
		g_snprintf(d->why, sizeof d->why, "gap-out: no vehicle for %.1f s, %s follows %s", fmin(gap, green_s), after, now);
	}
	ring_tell(ring, site, wish, left_s, a->rows[ring_next(ring)].min_s, d);
}
