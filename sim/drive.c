/* drive.c - how fast each vehicle goes in this step, and the step itself; see parts.h.
 *
 * Every decision looks at the state at the step's beginning only, so the order of vehicles does not matter; then all move.
 * Most vehicles are either free or stand in a queue: what is worked out for the others only comes last.
 */
#include <string.h>

#include "sim/idm.h"
#include "sim/parts.h"

#define STOP_LINE_GAP_M 1.0  /* stops this much before a red light (SUMO's jmStoplineGap) */
#define STOP_MINOR_GAP_M 0.1 /* and this much where it must look for gaps */

/* One that is deciding. */
struct driver {
	uint32_t v;
	const struct car *car;
	const struct vtype *type;
	const struct gear *gear;
	double now_mps, v_mps; /* speed at the beginning; the least of all limits so far */
	double room_m;         /* nothing may move it further than that */
	enum held held;
};

static void limit(struct driver *in, double v_mps)
{
	in->v_mps = lesser(in->v_mps, v_mps);
}

static void follow(const struct world *w, struct driver *in, uint32_t leader, double rear_ahead_m)
{
	const struct car *l = &w->cars[leader];
	const struct gear *its = &w->gears[l->type];
	double gap = rear_ahead_m - in->gear->min_gap_m;
	in->room_m = lesser(in->room_m, rear_ahead_m);
	if (in->gear->model == FOLLOW_IDM) {
		limit(in, idm_follow_speed(in->type, gap, in->now_mps, l->speed_mps, in->car->max_mps, w->h_s));
		return;
	}
	if (its->decel_mps2 <= in->gear->decel_mps2 && gap >= 0) {
		double x = gear_follow_speed(in->gear, gap, in->v_mps, in->now_mps, l->speed_mps, w->h_s);
		if (x >= 0) {
			in->v_mps = x;
			return;
		}
	}
	limit(in, krauss_follow_speed(in->type, gap, in->now_mps, l->speed_mps, its->decel_mps2, false, w->h_s));
}

static void stop_at(const struct world *w, struct driver *in, double seen_m, double gap_m, enum held why)
{
	double brake = gear_brake_m(in->gear, in->now_mps, w->h_s);
	if (seen_m >= brake)
		gap_m = lesser(gap_m, seen_m - brake);
	double to_mark = greater(0, seen_m - greater(gap_m, STOP_MINOR_GAP_M));
	limit(in, in->gear->model == FOLLOW_IDM ? idm_halt_speed(in->type, to_mark, in->now_mps, in->car->max_mps, w->h_s)
		: krauss_halt_speed(in->type, to_mark, w->h_s));
	in->room_m = lesser(in->room_m, greater(0, seen_m - 0.01));
	in->held = why;
}

static bool is_priority(char letter)
{
	return letter == 'G' || letter == 'M' || letter == 'O' || letter == 'y' || letter == 'Y';
}

/* Stays out of the way of those on the node. True: one of them stands where it must go. */
static bool keep_off(const struct world *w, struct driver *in, uint32_t link, double along_m, bool through)
{
	struct leeway leeway = {in->v_mps, in->room_m, INFINITY, false, false};
	yield_zones(w, in->v, link, along_m, through, &leeway);
	in->v_mps = leeway.v_mps;
	in->room_m = leeway.room_m;
	if (leeway.waits && in->held == HELD_NOT)
		in->held = HELD_NODE;
	return leeway.in_way;
}

/* So fast at most it will be on the node, for those that are there. */
static double node_mps(const struct world *w, const struct driver *in, uint32_t link, double along_m, bool through)
{
	struct leeway leeway = {INFINITY, INFINITY, INFINITY, false, false};
	yield_zones(w, in->v, link, along_m, through, &leeway);
	return leeway.v_mps;
}

/* Must it give way at the line, seen_m ahead? Until it sees the foes it goes on as if it had to stop. */
static bool gives_way(const struct world *w, const struct driver *in, uint32_t link, double seen_m)
{
	char letter = w->link_letter[link];
	bool must_stop = letter == 's' || letter == 'w';
	bool stood = car_at_line(in->car), looks = seen_m > SIGHT_M && !w->roads->links[link].unruled;
	if (looks || (must_stop && !stood))
		return w->roads->links[link].via[1] == NET_NONE || must_stop;
	return yield_must(w, in->v, link, 0, seen_m, in->v_mps, node_mps(w, in, link, -seen_m, false));
}

/* The line before `link`, seen_m ahead. True: it is going to stop there. */
static bool obey(const struct world *w, struct driver *in, const struct way *way, double seen_m)
{
	uint32_t link = way->link;
	char letter = w->link_letter[link];
	const struct road_link *rl = &w->roads->links[link];
	bool can_brake = gear_can_brake(in->gear, in->now_mps, seen_m, w->h_s);
	if (letter == 'r' || letter == 'u')
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_RED), true;
	if ((letter == 'y' || letter == 'Y') && can_brake)
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_AMBER), true;
	if (can_brake && rl->crossed && yield_box_full(w, in->v, link, way->at))
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_BOX), true;
	if ((!is_priority(letter) || rl->unruled) && can_brake && rl->yields && gives_way(w, in, link, seen_m))
		return stop_at(w, in, seen_m, STOP_MINOR_GAP_M, HELD_YIELD), true;
	if (keep_off(w, in, link, -seen_m, false) && can_brake)
		return stop_at(w, in, seen_m, STOP_LINE_GAP_M, HELD_BOX), true;
	return false;
}

/* The waiting place inside the node. Who comes from a protected green does not wait there. */
static bool wait_inside(const struct world *w, struct driver *in, uint32_t link, double seen_m)
{
	double along = w->roads->links[link].wait_m - seen_m;
	char letter = w->link_letter[link];
	bool free = letter == 'G' || !gear_can_brake(in->gear, in->now_mps, seen_m, w->h_s);
	bool sees = seen_m <= SIGHT_M || letter == 'y' || letter == 'Y';
	if (free || (sees && !yield_must(w, in->v, link, 1, seen_m, in->v_mps, node_mps(w, in, link, along, true)))) {
		keep_off(w, in, link, along, true);
		return false;
	}
	stop_at(w, in, seen_m, STOP_MINOR_GAP_M, HELD_YIELD);
	return true;
}

/* One lane on: the lane's speed, who is first on it. */
static void look_at_lane(const struct world *w, struct driver *in, uint32_t lane, double seen_m)
{
	double rear, lane_max = lane_speed_mps(w, in->v, lane);
	if (lane_max < in->v_mps)
		limit(in, krauss_approach_speed(seen_m, lane_max, in->type->decel_mps2, w->h_s));
	uint32_t leader = vehicles_leader(w, lane, -INFINITY, in->v, &rear);
	if (leader != NOBODY)
		follow(w, in, leader, seen_m + rear);
}

/* The end of its lane is seen_m ahead; further than look_m nothing matters yet. */
static void look_ahead(const struct world *w, struct driver *in, double seen, double look_m)
{
	const struct car *c = in->car;
	struct way way = {c->lane, c->link, c->at};
	while (seen <= look_m) {
		const struct road_lane *lane = &w->roads->lanes[way.lane];
		if (lane->link != NET_NONE) {
			if (lane->section == 0 && w->roads->links[way.link].via[1] != NET_NONE && wait_inside(w, in, way.link, seen))
				return;
		} else if (way.link == NET_NONE) {
			if (!w->roads->at[way.at + lane->index].last)
				stop_at(w, in, seen, lesser(STOP_LINE_GAP_M, lane->length_m / 2), HELD_LANE);
			return;
		} else if (obey(w, in, &way, seen)) {
			return;
		}
		way_on(w->roads, &way);
		look_at_lane(w, in, way.lane, seen);
		seen += w->roads->lanes[way.lane].length_m;
	}
}

/* Lets somebody in who must change to its lane: as behind a leader, but never braking hard for it, unless it must change
 * too and would end beside him. */
static void help(const struct world *w, struct driver *in)
{
	const struct car *other = &w->cars[in->car->yield_to];
	if (w->roads->lanes[other->lane].edge != w->roads->lanes[in->car->lane].edge)
		return;
	double gap = rear_m(w, in->car->yield_to) - in->car->pos_m - in->type->min_gap_m;
	double x = krauss_follow_speed(in->type, greater(gap, 0), in->now_mps, other->speed_mps, w->gears[other->type].decel_mps2, true, w->h_s);
	double worst = in->gear->decel_mps * (in->car->flags & CAR_STUCK ? 1 : 0.5);
	limit(in, greater(x, in->now_mps - worst));
}

/* The same whichever way its speed is worked out. */
static uint32_t chance_of(const struct world *w, const struct car *c)
{
	return w->chances + c->id * NOISE_WHO;
}

/* Speed after the driver's imperfection. */
static double dawdle(const struct world *w, const struct driver *in)
{
	double v_max = greater(0, in->v_mps), worst = in->now_mps - in->gear->emergency_mps;
	if (in->gear->model == FOLLOW_IDM)
		return greater(v_max, worst);
	double v_min = lesser(greater(0, in->now_mps - in->gear->decel_mps), greater(v_max, worst));
	return greater(v_min, krauss_dawdle(in->type, v_max, pace_chance(chance_of(w, in->car)), w->h_s));
}

/* `leader` is `rear_ahead_m` away; NOBODY. */
static struct intent plan(struct share *s, uint32_t v, uint32_t leader, double rear_ahead_m)
{
	const struct world *w = s->w;
	const struct car *c = &w->cars[v];
	const struct gear *g = &w->gears[c->type];
	struct driver in = {.v = v, .car = c, .type = type_of(w, v), .gear = g, .now_mps = c->speed_mps, .room_m = INFINITY};
	double now = c->speed_mps, h = w->h_s, fastest = lesser(now + g->accel_mps, g->max_mps);
	in.v_mps = lesser(fastest, greater(c->max_mps, now - g->decel_mps));
	if (leader != NOBODY)
		follow(w, &in, leader, rear_ahead_m);
	bool limited = in.v_mps < c->max_mps;
	if (in.v_mps < CREEP_MPS)
		return (struct intent){.flags = CAR_LIMITED};
	const struct road_lane *lane = &w->roads->lanes[c->lane];
	if (lane->link != NET_NONE)
		keep_off(w, &in, lane->link, lane->base_m + c->pos_m, false);
	double seen = lane->length_m - c->pos_m, look_m = fastest * h + gear_stop_m(g, fastest, h) + g->min_gap_m;
	if (seen <= look_m)
		look_ahead(w, &in, seen, look_m);
	if (c->flags & CAR_HELPS)
		help(w, &in);
	double next = dawdle(w, &in);
	if (next * h > in.room_m)
		next = in.room_m / h - 1e-9;
	s->emergency_brakings += now - next > g->emergency_mps + 1e-6;
	return (struct intent){
		.next_mps = next < CREEP_MPS ? 0 : next,
		.held = (uint8_t) in.held,
		.flags = limited ? CAR_LIMITED : 0,
	};
}

static void flush(struct share *s, uint32_t type)
{
	const struct world *w = s->w;
	struct pace *p = &s->paces[type];
	w->pace(p, &w->gears[type], w->h_s);
	for (uint32_t k = 0; k < p->n; k++)
		w->intents[p->slot[k]] = p->more[k] > 0 ? plan(s, p->slot[k], p->leader[k], p->rear_ahead_m[k])
			: (struct intent){.next_mps = p->next_mps[k], .flags = p->limited[k] > 0 ? CAR_LIMITED : 0};
	p->n = 0;
}

/* Those that look at nothing but the one ahead are worked out together. */
static void plan_lane(struct share *s, uint32_t lane)
{
	const struct world *w = s->w;
	const struct lane_now *now = &w->lanes[lane];
	bool street = w->roads->lanes[lane].link == NET_NONE;
	double end = w->roads->lanes[lane].length_m, rear = now->over_rear_m, leader_mps = 0, leader_decel_mps2 = 0;
	uint32_t leader = now->over == now->head ? NOBODY : now->over;
	if (leader != NOBODY) {
		leader_mps = w->cars[leader].speed_mps;
		leader_decel_mps2 = w->gears[w->cars[leader].type].decel_mps2;
	} else {
		rear = PACE_FAR_M;
	}
	for (uint32_t v = now->head; v != NOBODY; v = w->cars[v].behind) {
		const struct car *c = &w->cars[v];
		const struct gear *g = &w->gears[c->type];
		fetch_behind(w, v);
		if (street && g->model == FOLLOW_KRAUSS && !(c->flags & CAR_HELPS) && leader_decel_mps2 <= g->decel_mps2) {
			struct pace *p = &s->paces[c->type];
			uint32_t k = p->n++;
			p->slot[k] = v;
			p->leader[k] = leader;
			p->rear_ahead_m[k] = rear - c->pos_m;
			p->now_mps[k] = c->speed_mps;
			p->max_mps[k] = c->max_mps;
			p->leader_mps[k] = leader_mps;
			p->seen_m[k] = end - c->pos_m;
			p->chance[k] = chance_of(w, c);
			if (p->n == PACE_MAX)
				flush(s, c->type);
		} else {
			w->intents[v] = plan(s, v, leader, rear - c->pos_m);
		}
		leader = v;
		leader_mps = c->speed_mps;
		leader_decel_mps2 = g->decel_mps2;
		rear = c->pos_m - g->length_m;
	}
}

void drive_plan(struct share *s)
{
	share_lanes(s, plan_lane);
	for (uint32_t type = 0; type < s->w->routes->n_types; type++)
		if (s->paces[type].n)
			flush(s, type);
}

static bool show_is_red(const struct world *w, uint32_t link)
{
	return w->link_letter[link] == 'r' || w->link_letter[link] == 'u';
}

/* It has begun or ended to halt, before a line or elsewhere. */
static void note_halt(struct share *s, struct car *c, const struct car *was)
{
	const struct world *w = s->w;
	if (!car_halts(c)) {
		c->waited_steps += (uint32_t) w->step_no - c->halt_step;
	} else if (!car_halts(was)) {
		c->halt_step = (uint32_t) w->step_no;
		c->stops++;
		s->stops++;
	}
	if (car_at_line(c) && !car_at_line(was))
		c->held_since_s = (float) w->t_s;
}

static void move(struct share *s, struct lane_now *lane, struct car *c, const struct intent *intent)
{
	struct car was = {.speed_mps = c->speed_mps, .held = c->held};
	c->prev_mps = (float) was.speed_mps;
	c->speed_mps = intent->next_mps;
	c->pos_m += c->speed_mps * s->w->h_s;
	c->held = intent->held;
	c->flags = (uint8_t) ((c->flags & (CAR_WISHES | CAR_MUST_LEFT | CAR_MUST_RIGHT)) | intent->flags);
	lane->queued += (uint32_t) car_queues(c) - (uint32_t) car_queues(&was);
	if (car_halts(c) != car_halts(&was) || (car_halts(c) && c->held != was.held))
		note_halt(s, c, &was);
}

static void move_lane(struct share *s, uint32_t lane)
{
	const struct world *w = s->w;
	struct lane_now *now = &w->lanes[lane];
	double end = w->roads->lanes[lane].length_m, rear = INFINITY, loss_sum = 0, speed_sum = 0;
	uint32_t halts = 0, overlaps = 0;
	float h = (float) w->h_s;
	for (uint32_t v = now->head; v != NOBODY; v = w->cars[v].behind) {
		struct car *c = &w->cars[v];
		fetch_behind(w, v);
		move(s, now, c, &w->intents[v]);
		float loss = h - h * (float) c->speed_mps / c->max_mps;
		c->loss_s += loss;
		loss_sum += (double) loss;
		speed_sum += c->speed_mps;
		halts += car_halts(c);
		overlaps += c->pos_m > rear + 1e-6;
		rear = c->pos_m - w->gears[c->type].length_m;
		if (c->pos_m >= end)
			g_array_append_val(s->crossing, v);
	}
	s->wait_steps += halts;
	s->overlaps += overlaps;
	now->loss_s += loss_sum;
	now->speed_sum += speed_sum;
	if (w->roads->lanes[lane].signal != NET_NONE) {
		s->queue += now->queued;
		s->queue_max = MAX(s->queue_max, now->queued);
	}
}

void drive_move(struct share *s)
{
	g_array_set_size(s->crossing, 0);
	share_lanes(s, move_lane);
}

/* Past the end of its lane: onto the next one. False: it has arrived. */
static bool cross_over(struct world *w, uint32_t v)
{
	struct car *c = &w->cars[v];
	const struct road_lane *lane = &w->roads->lanes[c->lane];
	double over = c->pos_m - lane->length_m;
	struct way way = {c->lane, c->link, c->at};
	w->lanes[c->lane].passed++;
	if (lane->link == NET_NONE) {
		if (c->link == NET_NONE)
			return false;
		w->counts.red_passed += show_is_red(w, c->link);
	}
	c->driven_m += (float) lane->length_m;
	memmove(c->trail + 1, c->trail, 2 * sizeof(c->trail[0]));
	c->trail[0] = c->lane;
	way_on(w->roads, &way);
	c->lane = way.lane;
	c->link = way.link;
	c->at = way.at;
	c->pos_m = over;
	if (w->roads->lanes[c->lane].link != NET_NONE)
		c->entered_s = (float) (w->t_s + w->h_s - over / greater(c->speed_mps, 0.01));
	return true;
}

static int by_slot_downwards(gconstpointer a, gconstpointer b)
{
	uint32_t i = *(const uint32_t *) a, k = *(const uint32_t *) b;
	return (i < k) - (i > k);
}

void drive_cross(struct world *w)
{
	g_array_set_size(w->gone, 0);
	for (uint32_t t = 0; t < w->options.threads; t++)
		for (guint k = 0; k < w->shares[t].crossing->len; k++) {
			uint32_t v = g_array_index(w->shares[t].crossing, uint32_t, k), lane = w->cars[v].lane;
			bool here = true;
			vehicles_take(w, v);
			for (w->cars[v].lane = lane; here && w->cars[v].pos_m >= w->roads->lanes[w->cars[v].lane].length_m;)
				here = cross_over(w, v);
			if (here) {
				vehicles_place(w, v, w->cars[v].lane);
				vehicles_settle(w, v);
			} else {
				tally_arrival(w, v);
				g_array_append_val(w->gone, v);
			}
		}
	g_array_sort(w->gone, by_slot_downwards); /* so that the last slot, which fills the gap, is never one that goes */
	for (guint k = 0; k < w->gone->len; k++)
		vehicles_remove(w, g_array_index(w->gone, uint32_t, k));
}
