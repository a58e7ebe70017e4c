/* demand.c - the state per slot. Learning from what leaves is in learn.c. */
#include "optimizer/demand.h"
#include "optimizer/learn.h"

#include <math.h>
#include <string.h>

#define ACCEL_MPS2 2.0        /* of a driver who has a free road; SUMO's default car has 2.6 at most */
#define QUEUE_SD_VEH 0.7      /* of a counted queue that comes without its own */
#define LISTED_SD_VEH 0.35    /* of one whose vehicles are tracked one by one */
#define QUEUE_DRIFT_VEH 0.4   /* per sqrt(s): how fast a predicted queue loses its worth */
#define QUEUE_SLACK_M 20.0    /* before and within a queue that is on the move, ... */
#define QUEUE_SPREAD 2.0      /* ... and how far apart those in it are by then, of their pitch */
#define HEAD_M 45.0           /* who stands so near before an open lane does not mean to enter it */
#define OPEN_M 25.0           /* a lane with that much free at its beginning could be entered */
#define DIVERTED_FRAC 0.4     /* a lane must be so full to be the one that is waited for */
#define STALL_S 6.0           /* a first driver who has green and could go has gone by then, seen late through late lights */

static void prior(struct demand *d, uint32_t k)
{
	const struct site_slot *slot = &d->layout->slots[k];
	const struct site *site = &d->layout->sites[slot->site];
	struct slot_state *s = &d->slots[k];
	double green_s = 0.0, weight = 0.0;
	for (uint32_t m = slot->first_move; m < slot->first_move + slot->n_moves; m++) {
		char dir = d->layout->moves[m].dir;
		d->share[m] = slot->n_moves == 1 ? 1.0 : dir == 's' ? 0.7 : dir == 't' ? 0.02 : 0.15;
		weight += d->share[m];
	}
	for (uint32_t m = slot->first_move; m < slot->first_move + slot->n_moves; m++)
		d->share[m] /= weight;
	*s = (struct slot_state){.queue_var = 4.0, .flow_s = -INFINITY, .counted_s = -INFINITY, .left_s = UNKNOWN, .usual_vps = UNKNOWN, .in_view_veh = UNKNOWN,
		.sat_s = d->pace[PACE_SAT].mean, .first_s = d->pace[PACE_FIRST].mean, .lost_s = d->pace[PACE_LOST].mean, .lit_s = UNKNOWN, .full_s = UNKNOWN, .stall_s = UNKNOWN};
	/* Who timed the plan gave green where vehicles come: a degree of saturation of 0.5 is the first guess. */
	if (site->plan) {
		for (uint32_t r = 0; r < site->plan->n_rows; r++)
			if (junction_serves(site->junction, site->plan->rows[r].stage, slot->lane))
				green_s += site->plan->rows[r].split_s;
		s->flow_vps = 0.5 * green_s / site->plan->cycle_s / s->sat_s;
	} else {
		s->flow_vps = 0.08;
	}
	s->prior_vps = s->flow_vps;
	s->flow_var = 0.01;
}

struct demand *demand_new(const struct layout *l)
{
	struct demand *d = g_new0(struct demand, 1);
	d->layout = l;
	d->sights = g_new0(struct sight, l->net->n_lanes);
	d->slots = g_new0(struct slot_state, l->n_slots);
	d->share = g_new0(double, l->n_moves);
	d->now_s = d->shares_s = -INFINITY;
	d->first_s = UNKNOWN;
	learn_begin(d);
	for (uint32_t k = 0; k < l->net->n_lanes; k++)
		d->sights[k].t_s = -INFINITY;
	for (uint32_t k = 0; k < l->n_slots; k++)
		prior(d, k);
	return d;
}

void demand_free(struct demand *d)
{
	if (!d)
		return;
	for (uint32_t k = 0; k < d->layout->net->n_lanes; k++)
		g_free(d->sights[k].vehicles);
	g_free(d->sights);
	g_free(d->slots);
	g_free(d->share);
	g_free(d);
}

static void keep_sight(struct sight *sight, const struct estimate *e, double view_m)
{
	if (sight->room < e->n_vehicles) {
		sight->room = e->n_vehicles + 16;
		sight->vehicles = g_renew(struct seen_vehicle, sight->vehicles, sight->room);
	}
	sight->t_s = e->t_s;
	sight->view_m = view_m;
	sight->n = 0;
	for (uint32_t i = 0; i < e->n_vehicles; i++)
		if (isfinite(e->vehicles[i].dist_to_stop_m) && isfinite(e->vehicles[i].speed_mps))
			sight->vehicles[sight->n++] = e->vehicles[i];
}

/* A camera that gives no single vehicles: they are put where its queue and its mean speed and density would have them. */
static void imagine(struct sight *sight, const struct estimate *e, const struct slot_state *s)
{
	uint32_t queued = isfinite(e->queue_veh) ? (uint32_t) lround(fmax(0.0, e->queue_veh)) : 0;
	double speed_mps = isfinite(e->speed_mps) && e->speed_mps > 3.0 ? e->speed_mps : 10.0;
	double gap_m = speed_mps / fmax(s->flow_vps, 0.005), at_m = queued * DEMAND_PITCH_M + 0.5 * gap_m;
	if (sight->room < queued + 40) {
		sight->room = queued + 40;
		sight->vehicles = g_renew(struct seen_vehicle, sight->vehicles, sight->room);
	}
	sight->n = 0;
	for (uint32_t i = 0; i < queued; i++)
		sight->vehicles[sight->n++] = (struct seen_vehicle){i * DEMAND_PITCH_M + 1.0, 0.0, UNKNOWN};
	for (; at_m < sight->view_m && sight->n < sight->room; at_m += gap_m)
		sight->vehicles[sight->n++] = (struct seen_vehicle){at_m, speed_mps, UNKNOWN};
}

static void watch_stall(struct slot_state *s, double length_m, const struct sight *sight)
{
	bool stands = sight->n > 0 && sight->vehicles[0].dist_to_stop_m < length_m && sight->vehicles[0].speed_mps < 0.5;
	if (!stands)
		s->stuck = false;
	if (!stands || isnan(s->lit_s))
		s->stall_s = UNKNOWN;
	else if (isnan(s->stall_s))
		s->stall_s = fmax(sight->t_s, s->lit_s);
}

/* Can the one with `ahead` others before it stand in the stop line's queue? Who stands with free road before it is held by something
 * else, and has the way still to go. */
static bool in_queue(double dist_m, uint32_t ahead)
{
	return dist_m <= QUEUE_SLACK_M + QUEUE_SPREAD * DEMAND_PITCH_M * (ahead + 1);
}

static void measure_queue(struct slot_state *s, double length_m, const struct estimate *e)
{
	double queue_veh = e->queue_veh, sd = isfinite(e->queue_veh_sd) ? fmax(e->queue_veh_sd, 0.2) : QUEUE_SD_VEH;
	if (e->vehicles) { /* single vehicles say it better */
		queue_veh = 0.0;
		sd = LISTED_SD_VEH;
		for (uint32_t i = 0; i < e->n_vehicles; i++)
			queue_veh += e->vehicles[i].speed_mps < QUEUE_SPEED_MPS && e->vehicles[i].dist_to_stop_m <= length_m &&
				in_queue(e->vehicles[i].dist_to_stop_m, i);
	}
	if (!isfinite(queue_veh))
		return;
	double gain = s->queue_var / (s->queue_var + sd * sd);
	s->queue_veh += gain * (queue_veh - s->queue_veh);
	s->queue_var *= 1.0 - gain;
}

static bool fits(double value, double low, double high)
{
	return isnan(value) || (value >= low && value <= high);
}

/* Numbers that estimate_check lets pass and that still cannot be meant, and what it would not: this door is the last one. */
static bool absurd(const struct demand *d, const struct estimate *e)
{
	if (e->lane >= d->layout->net->n_lanes || !isfinite(e->t_s) || e->t_s <= d->sights[e->lane].t_s)
		return true;
	double now_s = isfinite(d->now_s) ? d->now_s : d->first_s;
	if (e->t_s > now_s + 10.0 || e->t_s < now_s - 60.0) /* false for UNKNOWN */
		return true;
	if (!fits(e->queue_veh, 0.0, 400.0) || !fits(e->queue_veh_sd, 0.0, 400.0) || !fits(e->speed_mps, 0.0, 80.0) || !fits(e->view_m, 0.0, 10000.0) ||
		!fits(e->window_s, 0.0, 86400.0) || !fits(e->flow_veh, 0.0, 1e6) || e->n_vehicles > 1000)
		return true;
	if (e->flow_veh > 5.0 && e->flow_veh > 2.0 * e->window_s) /* false where the window is not known: then nothing is counted */
		return true;
	for (uint32_t i = 0; i < e->n_vehicles; i++)
		if (!(e->vehicles[i].dist_to_stop_m > -50.0) || !(e->vehicles[i].speed_mps >= 0.0) || !(e->vehicles[i].speed_mps <= 80.0))
			return true;
	return false;
}

void demand_see(struct demand *d, const struct estimate *e)
{
	if (absurd(d, e)) {
		d->ignored++;
		return;
	}
	if (isnan(d->first_s))
		d->first_s = e->t_s;
	uint32_t slot = d->layout->slot_of_lane[e->lane];
	if (estimate_counts_only(e)) { /* nobody looks: infer.c has the queue */
		if (slot != NET_NONE)
			learn_counts(d, slot, e);
		return;
	}
	struct sight *sight = &d->sights[e->lane];
	double view_m = isfinite(e->view_m) && e->view_m > 0.0 ? e->view_m : d->layout->net->lanes[e->lane].length_m;
	keep_sight(sight, e, view_m);
	if (slot == NET_NONE)
		return;
	struct slot_state *s = &d->slots[slot];
	if (!e->vehicles && (e->queue_veh > 0.5 || isfinite(e->speed_mps)))
		imagine(sight, e, s);
	measure_queue(s, d->layout->slots[slot].length_m, e);
	watch_stall(s, d->layout->slots[slot].length_m, sight);
	learn_counts(d, slot, e);
}

void demand_shows(struct demand *d, uint32_t site, const struct guard *guard, double now_s)
{
	const struct site *at = &d->layout->sites[site];
	const char *shows = guard_shows(guard);
	for (uint32_t k = at->first_slot; k < at->first_slot + at->n_slots; k++) {
		const struct site_slot *slot = &d->layout->slots[k];
		struct slot_state *s = &d->slots[k];
		bool lit = false, full = true;
		double lit_s = now_s, full_s = -INFINITY;
		for (uint32_t m = slot->first_move; m < slot->first_move + slot->n_moves; m++) {
			char letter = shows[d->layout->moves[m].signal_link];
			double since_s = fmin(guard_since_s(guard, d->layout->moves[m].signal_link), now_s);
			lit = lit || letter == 'G' || letter == 'g';
			lit_s = letter == 'G' || letter == 'g' ? fmin(lit_s, since_s) : lit_s;
			full = full && letter == 'G';
			full_s = fmax(full_s, since_s);
		}
		if (!lit && now_s - s->stall_s > STALL_S && !isnan(s->full_s))
			s->stuck = true;
		if (!lit)
			s->lit_s = s->stall_s = UNKNOWN;
		else if (isnan(s->lit_s))
			s->lit_s = lit_s;
		if (!full)
			s->full_s = UNKNOWN;
		else if (isnan(s->full_s)) {
			s->full_s = full_s;
			s->run_veh = 0.0;
			s->run_s = UNKNOWN;
			s->run_queue_veh = s->queue_veh;
		}
	}
}

void demand_step(struct demand *d, double now_s)
{
	double dt_s = now_s - d->now_s;
	if (!isfinite(dt_s) || dt_s < 0.0 || dt_s > 600.0)
		dt_s = 0.0;
	d->now_s = now_s;
	for (uint32_t k = 0; k < d->layout->n_slots; k++) {
		struct slot_state *s = &d->slots[k];
		if (!demand_fresh(d, k, now_s))
			continue; /* infer.c's */
		double out_veh = isnan(s->lit_s) ? 0.0 : dt_s / s->sat_s;
		s->queue_veh = CLAMP(s->queue_veh + s->flow_vps * dt_s - out_veh, 0.0, d->layout->slots[k].length_m / DEMAND_PITCH_M + 20.0);
		s->queue_var = fmin(s->queue_var + QUEUE_DRIFT_VEH * QUEUE_DRIFT_VEH * dt_s, 100.0);
	}
	learn_shares(d, now_s);
}

double demand_feed_frac(const struct demand *d, uint32_t lane, uint32_t slot)
{
	const struct site_feeder *feeder = &d->layout->feeders[lane];
	double all_vps = 0.0;
	for (uint32_t k = 0; k < feeder->n_slots; k++)
		all_vps += d->slots[feeder->slots[k]].flow_vps;
	return all_vps > 0.0 ? d->slots[slot].flow_vps / all_vps : 1.0 / feeder->n_slots;
}

/* Stands the first of those beyond the slot's lane before its entry? Worlds list them under their own lane or under the slot's. */
static bool head_stands(const struct demand *d, uint32_t lane, double length_m)
{
	const struct sight *sight = &d->sights[lane];
	for (uint32_t i = 0; i < sight->n; i++) {
		double beyond_m = sight->vehicles[i].dist_to_stop_m - length_m;
		if (beyond_m > 0.0)
			return beyond_m < HEAD_M && sight->vehicles[i].speed_mps < 2.0;
	}
	return false;
}

/* How full of standing vehicles the slot's own lane is, 0..1, and is the last stretch of it empty? */
static double standing_frac(const struct demand *d, uint32_t slot, bool *open)
{
	const struct site_slot *at = &d->layout->slots[slot];
	const struct sight *sight = &d->sights[at->lane];
	double stand = 0.0;
	*open = true;
	for (uint32_t i = 0; i < sight->n; i++) {
		double to_end_m = at->length_m - sight->vehicles[i].dist_to_stop_m;
		if (to_end_m < 0.0)
			continue;
		stand += sight->vehicles[i].speed_mps < 2.0;
		*open = *open && to_end_m > OPEN_M;
	}
	return fmin(1.0, stand * DEMAND_PITCH_M / at->length_m);
}

/* Stalled at a green that gives way to nobody: then it is the lane beside that the first one waits for. */
static bool held(const struct demand *d, uint32_t slot)
{
	return d->slots[slot].stuck || (demand_stalled(d, slot, d->now_s) && !isnan(d->slots[slot].full_s));
}

uint32_t demand_diverted_to(const struct demand *d, uint32_t slot)
{
	const struct site_slot *at = &d->layout->slots[slot];
	const struct site_group *group = &d->layout->groups[at->group];
	uint32_t most = NET_NONE;
	double most_frac = DIVERTED_FRAC;
	bool open, stands = held(d, slot);
	if (group->n_slots < 2 || (!stands && (at->n_feeders == 0 || standing_frac(d, slot, &open) > 0.9 || !open)))
		return NET_NONE;
	stands = stands || head_stands(d, at->lane, at->length_m);
	for (uint32_t i = 0; i < at->n_feeders && !stands; i++)
		stands = head_stands(d, at->feeders[i], at->length_m);
	for (uint32_t i = 0; i < group->n_slots && stands; i++) {
		bool entry;
		double frac = group->slots[i] == slot ? 0.0 : standing_frac(d, group->slots[i], &entry);
		if (frac > most_frac) {
			most_frac = frac;
			most = group->slots[i];
		}
	}
	return most;
}

bool demand_fresh(const struct demand *d, uint32_t slot, double now_s)
{
	return now_s - d->sights[d->layout->slots[slot].lane].t_s <= DEMAND_STALE_S;
}

bool demand_counted(const struct demand *d, uint32_t slot, double now_s)
{
	return now_s - d->slots[slot].counted_s <= DEMAND_STALE_S;
}

bool demand_stalled(const struct demand *d, uint32_t slot, double now_s)
{
	return d->slots[slot].stuck || now_s - d->slots[slot].stall_s > STALL_S; /* false for UNKNOWN */
}

/* Time to drive dist_m from speed v to at most limit. */
static double drive_s(double dist_m, double v_mps, double limit_mps)
{
	double v = fmin(v_mps, limit_mps), ramp_m = (limit_mps * limit_mps - v * v) / (2.0 * ACCEL_MPS2);
	if (dist_m <= ramp_m)
		return (sqrt(v * v + 2.0 * ACCEL_MPS2 * dist_m) - v) / ACCEL_MPS2;
	return (limit_mps - v) / ACCEL_MPS2 + (dist_m - ramp_m) / limit_mps;
}

struct list {
	struct demand_item *items;
	uint32_t n, max;
	double now_s;
};

/* Appends one lane's vehicles, those beyond `slot`'s own lane as `beyond` each; who must have left meanwhile is left out. */
static void add_items(const struct demand *d, uint32_t slot, uint32_t lane, double own, double beyond, struct list *list)
{
	const struct sight *sight = &d->sights[lane];
	const struct site_slot *at = &d->layout->slots[slot];
	double age_s = list->now_s - sight->t_s;
	uint32_t ahead = lane == at->lane ? 0 : d->sights[at->lane].n;
	for (uint32_t i = 0; i < sight->n && list->n < list->max; i++) {
		const struct seen_vehicle *v = &sight->vehicles[i];
		double left_s = drive_s(fmax(v->dist_to_stop_m, 0.0), v->speed_mps, at->speed_mps) - age_s;
		double veh = v->dist_to_stop_m > at->length_m ? beyond : own;
		bool stands = v->speed_mps < QUEUE_SPEED_MPS && in_queue(v->dist_to_stop_m, ahead + i);
		if (veh > 0.0 && (left_s >= 0.0 || stands || isnan(d->slots[slot].lit_s)))
			list->items[list->n++] = (struct demand_item){stands ? 0.0 : fmax(left_s, 0.0), veh, stands};
	}
}

/* Those beyond the lane of `from` and on its feeders, `frac` of each, for `slot`; those on it too where its first one is held. */
static void add_beyond(const struct demand *d, uint32_t slot, uint32_t from, double frac, struct list *list)
{
	const struct site_slot *at = &d->layout->slots[from];
	if (from != slot)
		add_items(d, slot, at->lane, held(d, from) ? frac : 0.0, frac, list);
	for (uint32_t i = 0; i < at->n_feeders; i++)
		if (list->now_s - d->sights[at->feeders[i]].t_s <= DEMAND_STALE_S)
			add_items(d, slot, at->feeders[i], 0.0, frac * demand_feed_frac(d, at->feeders[i], from), list);
}

/* By the time of arrival; nearly in order already. */
static void sort(struct demand_item *items, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct demand_item item = items[i];
		uint32_t k = i;
		for (; k > 0 && items[k - 1].arrive_s > item.arrive_s; k--)
			items[k] = items[k - 1];
		items[k] = item;
	}
}

uint32_t demand_items(const struct demand *d, uint32_t slot, double now_s, struct demand_item *items, uint32_t max)
{
	const struct layout *l = d->layout;
	const struct site_slot *at = &l->slots[slot];
	const struct site_group *group = &l->groups[at->group];
	struct list list = {items, 0, max, now_s};
	double standing = 0.0, kept = demand_diverted_to(d, slot) == NET_NONE ? 1.0 : 1.0 - DEMAND_DIVERTED;
	if (demand_fresh(d, slot, now_s))
		add_items(d, slot, at->lane, held(d, slot) ? kept : 1.0, kept, &list);
	for (uint32_t i = 0; i < list.n; i++)
		standing += items[i].stands ? items[i].veh : 0.0;
	/* What the filter knows and the picture does not show: an old picture, a missed vehicle, a hidden lane. */
	double missing = d->slots[slot].queue_veh - standing;
	for (; missing > 1.0 && standing < 60.0 && list.n < max; missing -= 1.0, standing += 1.0)
		items[list.n++] = (struct demand_item){0.0, fmin(missing, 1.0), true};
	add_beyond(d, slot, slot, kept, &list);
	for (uint32_t i = 0; i < group->n_slots; i++)
		if (group->slots[i] != slot && demand_diverted_to(d, group->slots[i]) == slot)
			add_beyond(d, slot, group->slots[i], DEMAND_DIVERTED, &list);
	sort(items, list.n);
	return list.n;
}

double demand_known_s(const struct demand *d, uint32_t slot, double now_s)
{
	if (!demand_fresh(d, slot, now_s))
		return 0.0;
	const struct sight *sight = &d->sights[d->layout->slots[slot].lane];
	const struct site_slot *at = &d->layout->slots[slot];
	double reach_m = at->n_feeders > 0 ? sight->view_m : fmin(sight->view_m, at->length_m); /* no camera sees through the junction before */
	return fmax(0.0, reach_m / at->speed_mps - (now_s - sight->t_s));
}

static enum demand_edge worse_edge(const struct sight *sight, double view_m, double limit_mps, enum demand_edge edge)
{
	for (uint32_t i = 0; i < sight->n; i++) {
		if (sight->vehicles[i].dist_to_stop_m < view_m - DEMAND_EDGE_M || sight->vehicles[i].speed_mps > 0.7 * limit_mps)
			continue;
		edge = MAX(edge, sight->vehicles[i].speed_mps < 3.0 ? DEMAND_EDGE_JAMMED : DEMAND_EDGE_BUSY);
	}
	return edge;
}

enum demand_edge demand_edge(const struct demand *d, uint32_t slot)
{
	const struct site_slot *at = &d->layout->slots[slot];
	const struct sight *sight = &d->sights[at->lane];
	enum demand_edge edge = worse_edge(sight, sight->view_m, at->speed_mps, DEMAND_EDGE_CLEAR);
	for (uint32_t i = 0; i < at->n_feeders; i++)
		edge = worse_edge(&d->sights[at->feeders[i]], sight->view_m, at->speed_mps, edge);
	return edge;
}

double demand_in_view_veh(const struct demand *d, uint32_t slot)
{
	const struct site_slot *at = &d->layout->slots[slot];
	double veh = d->sights[at->lane].n;
	for (uint32_t i = 0; i < at->n_feeders; i++)
		veh += d->sights[at->feeders[i]].n * demand_feed_frac(d, at->feeders[i], slot);
	return veh;
}

double demand_inside_veh(const struct demand *d, uint32_t slot)
{
	const struct site_slot *at = &d->layout->slots[slot];
	const struct sight *sight = &d->sights[at->lane];
	double veh = 0.0;
	for (uint32_t i = 0; i < sight->n; i++)
		veh += sight->vehicles[i].dist_to_stop_m <= at->length_m;
	return veh;
}

double demand_discharge_veh(const struct slot_state *s, double green_s)
{
	/* The first four take longer, in SUMO's and Greenshields' (1947) proportions: 2.7 2.4 2.2 2.1 s against 1.92. */
	static const double part[4] = {0.46, 0.28, 0.16, 0.10};
	double at_s = 0.0, first_s = s->first_s > 0.0 ? s->first_s : s->sat_s + part[0] * s->lost_s;
	double rest_s = (s->lost_s - (first_s - s->sat_s)) / (1.0 - part[0]);
	for (uint32_t i = 0; i < 4; i++) {
		double headway_s = i == 0 ? first_s : fmax(0.5, s->sat_s + part[i] * rest_s);
		if (green_s < at_s + headway_s)
			return i + fmax(0.0, green_s - at_s) / headway_s;
		at_s += headway_s;
	}
	return 4.0 + (green_s - at_s) / s->sat_s;
}
