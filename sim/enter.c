/* enter.c - who comes into the world: in the order of departure on each edge, when there is safe room; see parts.h. */
#include "sim/parts.h"

#define BASE_GAP_M 0.1 /* SUMO's "base": the tail this much inside the lane */

static double speed_factor(const struct world *w, uint32_t departure)
{
	const struct vtype *t = &w->routes->types[w->routes->departures[departure].type];
	if (t->speed_dev <= 0)
		return fmin(fmax(t->speed_factor, t->speed_factor_min), t->speed_factor_max);
	uint64_t stream = noise_stream(w->options.seed, departure, NOISE_SPEED_FACTOR);
	for (uint64_t n = 0; n < 200; n += 2) {
		/* Box and Muller 1958; drawn again when outside, as "normc" means it. */
		double r = sqrt(-2 * log(1 - noise_unit(stream, n))), x = t->speed_factor + t->speed_dev * r * cos(2 * G_PI * noise_unit(stream, n + 1));
		if (x >= t->speed_factor_min && x <= t->speed_factor_max)
			return x;
	}
	return t->speed_factor;
}

/* How much of a lane is taken, by lengths with gaps. */
static double taken_frac(const struct world *w, uint32_t lane)
{
	double sum = 0;
	for (uint32_t v = w->lanes[lane].head; v != NOBODY; v = w->cars[v].behind)
		sum += w->gears[w->cars[v].type].length_m + w->gears[w->cars[v].type].min_gap_m;
	return sum / w->roads->lanes[lane].length_m;
}

static uint32_t choose_lane(const struct world *w, uint32_t departure)
{
	const struct departure *d = &w->routes->departures[departure];
	const struct guide_lane *at = &w->roads->at[w->roads->guides[w->roads->guide_of[departure]].at];
	const struct net_edge *edge = &w->net->edges[w->routes->routes[d->route].edges[0]];
	uint32_t best = NET_NONE, n_allowed = 0;
	double least = INFINITY;
	if (d->lane >= 0)
		return (uint32_t) d->lane < edge->n_lanes && at[d->lane].allowed ? edge->first_lane + (uint32_t) d->lane : NET_NONE;
	for (uint32_t l = 0; l < edge->n_lanes; l++)
		n_allowed += at[l].allowed;
	uint32_t random = (uint32_t) (noise_unit(noise_stream(w->options.seed, departure, NOISE_LANE), 0) * n_allowed);
	for (uint32_t l = 0; l < edge->n_lanes; l++) {
		if (!at[l].allowed || (d->lane == DEPART_BEST && at[l].offset != 0))
			continue;
		if (d->lane == DEPART_FIRST || (d->lane == DEPART_RANDOM && random-- == 0))
			return edge->first_lane + l;
		double taken = d->lane == DEPART_RANDOM ? INFINITY : taken_frac(w, edge->first_lane + l);
		if (taken < least) {
			least = taken;
			best = edge->first_lane + l;
		}
	}
	return best;
}

/* The greatest safe speed up to `wanted` at `pos_m`, or NaN where there is no room. */
static double safe_speed(const struct world *w, uint32_t departure, uint32_t lane, double pos_m, double wanted_mps)
{
	const struct vtype *t = &w->routes->types[w->routes->departures[departure].type];
	const struct guide_lane *at = &w->roads->at[w->roads->guides[w->roads->guide_of[departure]].at];
	double rear, v = wanted_mps, seen = w->net->lanes[lane].length_m - pos_m;
	uint32_t u = vehicles_leader(w, lane, pos_m - t->length_m, NOBODY, &rear), link = at[w->roads->lanes[lane].index].link;
	if (u != NOBODY) {
		double gap = rear - pos_m - t->min_gap_m;
		if (gap < 0)
			return NAN;
		v = fmin(v, krauss_follow_speed(t, gap, v, w->cars[u].speed_mps, w->gears[w->cars[u].type].decel_mps2, true, w->h_s));
	}
	bool last = at->last;
	if (!last && link == NET_NONE)
		return fmin(v, krauss_halt_speed(t, seen - 1, w->h_s));
	if (!last && w->link_letter[link] != 'G' && w->link_letter[link] != 'M')
		v = fmin(v, krauss_halt_speed(t, seen - 1, w->h_s));
	return v;
}

/* Is the one behind the place able to brake? */
static bool safe_for_follower(const struct world *w, uint32_t departure, uint32_t lane, double pos_m, double v_mps)
{
	const struct vtype *t = &w->routes->types[w->routes->departures[departure].type];
	uint32_t u = w->lanes[lane].tail, behind = NOBODY;
	while (u != NOBODY && w->cars[u].pos_m <= pos_m) {
		behind = u;
		u = w->cars[u].ahead;
	}
	double from_m = pos_m - t->length_m;
	if (behind != NOBODY) {
		const struct vtype *other = type_of(w, behind);
		double need = krauss_brake_gap_m(w->cars[behind].speed_mps, other->decel_mps2, other->tau_s, w->h_s) -
			krauss_brake_gap_m(v_mps, fmax(t->decel_mps2, other->decel_mps2), 0, w->h_s);
		return from_m - w->cars[behind].pos_m - other->min_gap_m >= fmax(0, need);
	}
	const struct road_lane *rl = &w->roads->lanes[lane];
	for (uint32_t k = 0; k < rl->n_in; k++) {
		const struct road_link *path = &w->roads->links[w->roads->in_links[rl->first_in + k]];
		uint32_t last = path->via[1] != NET_NONE ? path->via[1] : path->via[0];
		uint32_t c = last != NET_NONE ? w->lanes[last].head : NOBODY;
		if (c == NOBODY)
			continue;
		const struct vtype *other = type_of(w, c);
		double need = krauss_brake_gap_m(w->cars[c].speed_mps, other->decel_mps2, other->tau_s, w->h_s) -
			krauss_brake_gap_m(v_mps, fmax(t->decel_mps2, other->decel_mps2), 0, w->h_s);
		if (from_m + w->net->lanes[last].length_m - w->cars[c].pos_m - other->min_gap_m < fmax(0, need))
			return false;
	}
	return true;
}

/* The speed that its departSpeed asks for; `strict`: it waits until that is safe. */
static double wanted_mps(const struct world *w, uint32_t departure, uint32_t lane, double lane_max_mps, bool *strict)
{
	const struct departure *d = &w->routes->departures[departure];
	uint32_t last = w->lanes[lane].tail, n = 0;
	double sum = 0;
	*strict = d->speed_mps > 0 || d->speed_mps == DEPART_DESIRED || d->speed_mps == DEPART_LIMIT;
	if (d->speed_mps >= 0)
		return d->speed_mps;
	if (d->speed_mps == DEPART_LIMIT)
		return w->net->lanes[lane].speed_mps;
	if (d->speed_mps == DEPART_SPEED_RANDOM)
		return lane_max_mps * noise_unit(noise_stream(w->options.seed, departure, NOISE_LANE), 1);
	if (d->speed_mps == DEPART_SPEED_LAST && last != NOBODY)
		return w->cars[last].speed_mps;
	for (uint32_t v = last; d->speed_mps == DEPART_SPEED_AVG && v != NOBODY; v = w->cars[v].ahead, n++)
		sum += w->cars[v].speed_mps;
	return n ? sum / n : lane_max_mps;
}

/* Where its departPos puts it; "last" is as close behind the last one as is safe at the wanted speed. */
static double wanted_m(const struct world *w, uint32_t departure, uint32_t lane, double speed_mps)
{
	const struct departure *d = &w->routes->departures[departure];
	const struct vtype *t = &w->routes->types[d->type];
	double rear, length = 0.99 * w->net->lanes[lane].length_m, base = t->length_m + BASE_GAP_M;
	if (d->pos_m == DEPART_POS_RANDOM)
		return length * noise_unit(noise_stream(w->options.seed, departure, NOISE_POS), w->step_no);
	if (d->pos_m != DEPART_LAST)
		return fmin(length, d->pos_m < 0 ? base : d->pos_m);
	uint32_t last = vehicles_leader(w, lane, 0, NOBODY, &rear);
	if (last == NOBODY)
		return length;
	double brake = krauss_brake_gap_m(speed_mps, t->decel_mps2, t->tau_s, w->h_s) -
		krauss_brake_gap_m(w->cars[last].speed_mps, fmax(t->decel_mps2, w->gears[w->cars[last].type].decel_mps2), 0, w->h_s);
	return fmin(length, fmax(base, rear - t->min_gap_m - fmax(0, brake)));
}

static bool try_enter(struct world *w, uint32_t departure)
{
	const struct departure *d = &w->routes->departures[departure];
	const struct vtype *t = &w->routes->types[d->type];
	uint32_t lane = choose_lane(w, departure);
	if (lane == NET_NONE)
		return false;
	bool strict;
	double factor = speed_factor(w, departure);
	double lane_max = fmin(w->net->lanes[lane].speed_mps * factor, t->max_speed_mps);
	double wanted = wanted_mps(w, departure, lane, lane_max, &strict), pos = wanted_m(w, departure, lane, wanted);
	double v = safe_speed(w, departure, lane, pos, wanted);
	if (isnan(v) || (strict && v < fmin(wanted, lane_max)) || !safe_for_follower(w, departure, lane, pos, v))
		return false;
	vehicles_add(w, departure, lane, pos, fmin(v, lane_max), factor);
	w->tally.depart_delay_s += w->t_s - fmax(d->depart_s, w->tally.since_s);
	w->counts.departed++;
	w->counts.waiting--;
	return true;
}

static void queue_up(struct world *w, uint32_t departure)
{
	uint32_t edge = w->routes->routes[w->routes->departures[departure].route].edges[0];
	if (w->edge_next[edge] == NOBODY) {
		w->edge_next[edge] = departure;
		w->waiting_edges[w->n_waiting_edges++] = edge;
	}
	w->counts.waiting++;
	w->tally.vehicles++;
}

uint32_t enter_next(const struct world *w, uint32_t departure)
{
	uint32_t next = w->roads->next_on_edge[departure];
	return next < w->next_departure ? next : NOBODY;
}

void enter_due(struct world *w)
{
	while (w->next_departure < w->routes->n_departures && w->routes->departures[w->next_departure].depart_s <= w->t_s + 1e-9)
		queue_up(w, w->next_departure++);
	uint32_t keep = 0;
	for (uint32_t k = 0; k < w->n_waiting_edges; k++) {
		uint32_t edge = w->waiting_edges[k];
		while (w->edge_next[edge] != NOBODY && try_enter(w, w->edge_next[edge]))
			w->edge_next[edge] = enter_next(w, w->edge_next[edge]);
		if (w->edge_next[edge] != NOBODY)
			w->waiting_edges[keep++] = edge;
	}
	w->n_waiting_edges = keep;
}
