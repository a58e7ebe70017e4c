/* drive.c - how fast each vehicle goes in this step, and the step itself; see parts.h.
 *
 * Every decision looks at the state at the step's beginning only, so the order of vehicles does not matter; then all move.
 */
#include "sim/parts.h"

#define STOP_LINE_GAP_M 1.0  /* stops this much before a red light (SUMO's jmStoplineGap) */
#define STOP_MINOR_GAP_M 0.1 /* and this much where it must look for gaps */
#define SIGHT_M 4.5          /* a foe is seen from this far before the line (SUMO's default visibility) */

struct intent {
	uint32_t v;
	const struct vtype *type;
	double now_mps, v_mps; /* speed at the beginning; the least of all limits so far */
	double room_m;         /* nothing may move it further than that */
	enum held held;
};

static void limit(struct intent *in, double v_mps)
{
	in->v_mps = fmin(in->v_mps, v_mps);
}

static void follow(const struct world *w, struct intent *in, uint32_t leader, double rear_ahead_m)
{
	limit(in, krauss_follow_speed(in->type, rear_ahead_m - in->type->min_gap_m, in->now_mps, w->cars[leader].speed_mps,
		type_of(w, leader)->decel_mps2, false, w->h_s));
	in->room_m = fmin(in->room_m, rear_ahead_m);
}

static void stop_at(const struct world *w, struct intent *in, double seen_m, double gap_m, enum held why)
{
	double brake = krauss_brake_gap_m(in->now_mps, in->type->decel_mps2, 0, w->h_s);
	if (seen_m >= brake)
		gap_m = fmin(gap_m, seen_m - brake);
	limit(in, krauss_halt_speed(in->type, fmax(0, seen_m - fmax(gap_m, STOP_MINOR_GAP_M)), w->h_s));
	in->room_m = fmin(in->room_m, fmax(0, seen_m - 0.01));
	in->held = why;
}

static bool is_priority(char letter)
{
	return letter == 'G' || letter == 'M' || letter == 'O' || letter == 'y' || letter == 'Y';
}

/* Slows down so that it can still stop once it sees the foes, and gathers speed again from there. */
static void look_out(const struct world *w, struct intent *in, double seen_m)
{
	double brake = krauss_brake_gap_m(in->now_mps, in->type->decel_mps2, 0, w->h_s);
	if (brake >= seen_m || seen_m <= SIGHT_M)
		return;
	double there = krauss_stop_speed(SIGHT_M, in->type->decel_mps2, 0, w->h_s);
	limit(in, krauss_approach_speed(seen_m - SIGHT_M, there, in->type->decel_mps2, w->h_s));
}

/* Stays out of the way of those on the node. True: one of them stands where it must go. */
static bool keep_off(const struct world *w, struct intent *in, uint32_t link, double along_m, bool through)
{
	struct leeway leeway = {in->v_mps, in->room_m, false};
	yield_zones(w, in->v, link, along_m, through, &leeway);
	in->v_mps = leeway.v_mps;
	in->room_m = leeway.room_m;
	return leeway.in_way;
}

/* The line before `link`, seen_m ahead. True: it is going to stop there. */
static bool obey(struct world *w, struct intent *in, uint32_t link, double seen_m)
{
	char letter = w->link_letter[link];
	const struct road_link *rl = &w->roads->links[link];
	bool can_brake = seen_m > krauss_brake_gap_m(in->now_mps, in->type->decel_mps2, 0, w->h_s) ||
		in->now_mps < in->type->decel_mps2 * w->h_s;
	if (letter == 'r' || letter == 'u')
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_RED), true;
	if ((letter == 'y' || letter == 'Y') && can_brake)
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_AMBER), true;
	if (can_brake && rl->crossed && yield_box_full(w, in->v, link))
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_BOX), true;
	bool must_stop = letter == 's' || letter == 'w';
	bool stood = !isnan(w->cars[in->v].held_since_s) && w->cars[in->v].held == HELD_YIELD;
	if (!is_priority(letter) && can_brake && rl->yields) {
		if ((must_stop && !stood) || yield_must(w, in->v, link, 0, seen_m, in->now_mps))
			return stop_at(w, in, seen_m, STOP_MINOR_GAP_M, HELD_YIELD), true;
		look_out(w, in, seen_m);
	}
	if (keep_off(w, in, link, -seen_m, false) && can_brake)
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_BOX), true;
	return false;
}

/* The waiting place inside the node. */
static bool wait_inside(struct world *w, struct intent *in, uint32_t link, double seen_m)
{
	bool can_brake = seen_m > krauss_brake_gap_m(in->now_mps, in->type->decel_mps2, 0, w->h_s) ||
		in->now_mps < in->type->decel_mps2 * w->h_s;
	if (!can_brake || !yield_must(w, in->v, link, 1, seen_m, in->now_mps)) {
		keep_off(w, in, link, w->roads->links[link].wait_m - seen_m, true);
		return false;
	}
	stop_at(w, in, seen_m, STOP_MINOR_GAP_M, HELD_YIELD);
	return true;
}

/* One lane on: the lane's speed, who is first on it. */
static void look_at_lane(const struct world *w, struct intent *in, uint32_t lane, double seen_m)
{
	double rear;
	limit(in, krauss_approach_speed(seen_m, lane_speed_mps(w, in->v, lane), in->type->decel_mps2, w->h_s));
	uint32_t leader = vehicles_leader(w, lane, -INFINITY, in->v, &rear);
	if (leader != NOBODY)
		follow(w, in, leader, seen_m + rear);
}

static void look_ahead(struct world *w, struct intent *in)
{
	uint32_t v = in->v, lane = w->cars[v].lane, k = w->cars[v].edge_k;
	const struct guide *g = guide_of(w, v);
	uint32_t n_edges = w->routes->routes[g->route].n_edges;
	double fastest = fmin(in->now_mps + in->type->accel_mps2 * w->h_s, in->type->max_speed_mps);
	double look_m = fastest * w->h_s + krauss_brake_gap_m(fastest, in->type->decel_mps2, in->type->tau_s, w->h_s) + in->type->min_gap_m;
	double seen = w->net->lanes[lane].length_m - w->cars[v].pos_m;
	while (seen <= look_m) {
		const struct road_lane *rl = &w->roads->lanes[lane];
		if (rl->link != NET_NONE) {
			if (rl->section == 0 && w->roads->links[rl->link].via[1] != NET_NONE && wait_inside(w, in, rl->link, seen))
				return;
			lane = rl->next;
			k += w->roads->lanes[lane].link == NET_NONE;
		} else {
			if (k + 1 >= n_edges)
				return;
			uint32_t link = g->at[g->first[k] + w->net->lanes[lane].index].link;
			if (link == NET_NONE) {
				stop_at(w, in, seen, fmin(STOP_LINE_GAP_M, w->net->lanes[lane].length_m / 2), HELD_LANE);
				return;
			}
			if (obey(w, in, link, seen))
				return;
			uint32_t via = w->roads->links[link].via[0];
			lane = via != NET_NONE ? via : w->net->links[link].to_lane;
			k += via == NET_NONE;
		}
		look_at_lane(w, in, lane, seen);
		seen += w->net->lanes[lane].length_m;
	}
}

/* Lets somebody in who must change to its lane: as behind a leader, but never braking hard for it, unless it must change
 * too and would end beside him. */
static void help(const struct world *w, struct intent *in)
{
	uint32_t other = w->cars[in->v].yield_to == NOBODY ? NOBODY : w->slot_of[w->cars[in->v].yield_to];
	if (other == NOBODY || w->net->lanes[w->cars[other].lane].edge != w->net->lanes[w->cars[in->v].lane].edge)
		return;
	double gap = rear_m(w, other) - w->cars[in->v].pos_m - in->type->min_gap_m;
	double x = krauss_follow_speed(in->type, fmax(gap, 0), in->now_mps, w->cars[other].speed_mps, type_of(w, other)->decel_mps2, true, w->h_s);
	double worst = in->type->decel_mps2 * (w->cars[in->v].stuck ? 1 : 0.5);
	limit(in, fmax(x, in->now_mps - worst * w->h_s));
}

void drive_plan(struct world *w, uint32_t v)
{
	const struct vtype *t = type_of(w, v);
	double now = w->cars[v].speed_mps, h = w->h_s, lane_max = lane_speed_mps(w, v, w->cars[v].lane);
	struct intent in = {.v = v, .type = t, .now_mps = now, .room_m = INFINITY};
	double fastest = fmin(now + t->accel_mps2 * h, t->max_speed_mps);
	in.v_mps = fmin(fastest, fmax(lane_max, now - t->decel_mps2 * h));
	double rear;
	uint32_t leader = w->cars[v].ahead;
	if (leader != NOBODY)
		follow(w, &in, leader, rear_m(w, leader) - w->cars[v].pos_m);
	else if ((leader = vehicles_leader(w, w->cars[v].lane, INFINITY, v, &rear)) != NOBODY)
		follow(w, &in, leader, rear - w->cars[v].pos_m);
	const struct road_lane *rl = &w->roads->lanes[w->cars[v].lane];
	if (rl->link != NET_NONE)
		keep_off(w, &in, rl->link, rl->base_m + w->cars[v].pos_m, false);
	look_ahead(w, &in);
	help(w, &in);
	double v_max = fmax(0, in.v_mps);
	double v_min = fmin(v_max, fmin(fmax(0, now - t->decel_mps2 * h), fmax(v_max, now - t->emergency_decel_mps2 * h)));
	double random = noise_unit(noise_stream(w->options.seed, w->cars[v].id, NOISE_DAWDLE), w->cars[v].steps);
	w->cars[v].next_mps = fmax(v_min, krauss_dawdle(t, v_max, random, h));
	w->cars[v].room_m = in.room_m;
	w->cars[v].held = (uint8_t) in.held;
}

static bool show_is_red(const struct world *w, uint32_t link)
{
	return w->link_letter[link] == 'r' || w->link_letter[link] == 'u';
}

/* Past the end of its lane: onto the next one. False: it has arrived. */
static bool cross_over(struct world *w, uint32_t v)
{
	uint32_t lane = w->cars[v].lane, to;
	const struct road_lane *rl = &w->roads->lanes[lane];
	double over = w->cars[v].pos_m - w->net->lanes[lane].length_m;
	if (rl->link != NET_NONE) {
		to = rl->next;
	} else {
		uint32_t link = guide_at(w, v, lane)->link;
		w->lanes[lane].passed++;
		if (link == NET_NONE)
			return false;
		w->counts.red_passed += show_is_red(w, link);
		w->cars[v].link = link;
		to = w->roads->links[link].via[0] != NET_NONE ? w->roads->links[link].via[0] : w->net->links[link].to_lane;
	}
	if (w->roads->lanes[to].link == NET_NONE) {
		w->cars[v].edge_k++;
		w->cars[v].link = NET_NONE;
	} else {
		w->cars[v].entered_s = w->t_s + w->h_s - over / fmax(w->cars[v].speed_mps, 0.01);
	}
	w->cars[v].trail3 = w->cars[v].trail2;
	w->cars[v].trail2 = w->cars[v].trail;
	w->cars[v].trail = lane;
	w->cars[v].pos_m = over;
	w->cars[v].lane = to;
	return true;
}

static void note_standing(struct world *w, uint32_t v)
{
	bool standing = w->cars[v].speed_mps < HALT_MPS && w->cars[v].held != HELD_NOT;
	if (!standing)
		w->cars[v].held_since_s = NAN;
	else if (isnan(w->cars[v].held_since_s))
		w->cars[v].held_since_s = w->t_s;
}

static void move_one(struct world *w, uint32_t v)
{
	double v_new = w->cars[v].next_mps;
	if (v_new * w->h_s > w->cars[v].room_m)
		v_new = fmax(0, w->cars[v].room_m / w->h_s - 1e-9);
	const struct vtype *t = type_of(w, v);
	w->counts.emergency_brakings += w->cars[v].speed_mps - v_new > t->emergency_decel_mps2 * w->h_s + 1e-6;
	w->cars[v].prev_speed_mps = w->cars[v].speed_mps;
	w->cars[v].prev_pos_m = w->cars[v].pos_m;
	w->cars[v].prev_lane = w->cars[v].lane;
	w->cars[v].speed_mps = v_new;
	w->cars[v].pos_m += v_new * w->h_s;
	w->cars[v].driven_m += v_new * w->h_s;
	w->cars[v].steps++;
	note_standing(w, v);
}

void drive_move(struct world *w)
{
	for (uint32_t v = 0; v < w->n; v++)
		move_one(w, v);
	for (uint32_t v = 0; v < w->n;) {
		uint32_t from = w->cars[v].lane;
		bool here = true;
		if (w->cars[v].pos_m < w->net->lanes[from].length_m) {
			v++;
			continue;
		}
		vehicles_take(w, v);
		while (here && w->cars[v].pos_m >= w->net->lanes[w->cars[v].lane].length_m)
			here = cross_over(w, v);
		if (here) {
			vehicles_place(w, v, w->cars[v].lane);
			v++;
		} else {
			tally_arrival(w, v);
			vehicles_remove(w, v); /* the one that takes the slot is looked at next */
		}
	}
}
