/* change.c - changing lanes: to where the route goes on, or to where it goes faster; see parts.h.
 *
 * A change takes no time and happens only into a gap that is safe for both: he can stop behind the one ahead, and the one behind
 * can stop behind him (the same sums as for following). Who must change and cannot asks the one behind the gap to hold back,
 * slows down behind the one beside him, and waits where his lane ends. Nobody disappears.
 */
#include "sim/parts.h"

#define LOOK_FORWARD_S 10.0 /* a needed change is begun that long before the lane ends, to the left twice as long */
#define WISH_LEFT 0.2       /* summed relative gain in speed that makes a driver change */
#define WISH_RIGHT 2.0
#define KEEP_RIGHT_S 5.0    /* so long he could go as fast on the right until he goes there, times WISH_RIGHT */
#define ACCEPT_S 7.0        /* who could do so for less time, times his speed, goes there later */
#define LONG_S 20.0         /* a lane that ends sooner is not worth it */
#define TURN_LANE_M 200.0   /* who is right where he is does not use a shorter lane beside */
#define GAIN_MPS 10.0       /* gains are relative to the speed there, but at least to this one */
#define DISCOUNT_MPS (5 / 3.6) /* so much slower it may be on the right */
#define SWAP_S 5.0          /* who stands at the end of his lane for so long changes places with one beside him who must the other way */
#define LAST_M 25.0         /* along a queue that stands he drives on until here before the end, and does not block his own lane */
#define SQUEEZE_M 0.5       /* at walking pace this gap will do for one who must change */
#define SQUEEZE_MPS 1.5
#define NEAR_BEGIN_M 60.0   /* this near to a lane's beginning those who come over the node count as followers */

/* What of a vehicle matters for a gap. */
struct other {
	double speed_mps;
	const struct gear *gear;
	bool stuck;
};

static struct other other(const struct world *w, uint32_t v)
{
	return (struct other){w->cars[v].speed_mps, &w->gears[w->cars[v].type], w->cars[v].flags & CAR_STUCK};
}

/* One on another edge: it is not known whether it is stuck, since others may work on that edge now. */
static struct other stranger(const struct world *w, uint32_t v)
{
	return (struct other){w->cars[v].speed_mps, &w->gears[w->cars[v].type], false};
}

static double secure_gap_m(const struct other *behind, const struct other *ahead, double h_s)
{
	double own = gear_brake_m(behind->gear, behind->speed_mps, h_s) + behind->speed_mps * behind->gear->tau_s;
	double its = krauss_brake_gap_m(ahead->speed_mps, greater(behind->gear->decel_mps2, ahead->gear->decel_mps2), 0, h_s);
	return greater(0, own - its);
}

static bool is_safe(const struct world *w, struct other behind, struct other ahead, double clear_m)
{
	if (clear_m >= SQUEEZE_M && behind.speed_mps < SQUEEZE_MPS && (behind.stuck || ahead.stuck))
		return true;
	return clear_m - behind.gear->min_gap_m >= secure_gap_m(&behind, &ahead, w->h_s);
}

/* Who is ahead of and behind v on the lane beside it. Lanes are gone through from their ends to their beginnings, so the search goes on
 * from where it was for the vehicle ahead of v. */
static void neighbours(struct share *s, uint32_t v, uint32_t lane, uint32_t *ahead, uint32_t *behind)
{
	const struct world *w = s->w;
	const struct car *c = &w->cars[v];
	uint32_t *last = &s->beside[lane > c->lane];
	*ahead = *last;
	*behind = *ahead == NOBODY ? w->lanes[lane].head : w->cars[*ahead].behind;
	while (*behind != NOBODY && (w->cars[*behind].pos_m > c->pos_m || (w->cars[*behind].pos_m == c->pos_m && w->cars[*behind].id < c->id))) {
		*ahead = *behind;
		*behind = w->cars[*behind].behind;
	}
	*last = *ahead;
}

/* Those that are about to come onto `lane` over the node at its beginning. Who comes to the line is known from the step's beginning. */
static bool safe_for_comers(const struct world *w, uint32_t v, uint32_t lane)
{
	double rear = rear_m(w, v);
	const struct road_lane *rl = &w->roads->lanes[lane];
	for (uint32_t k = 0; rear < NEAR_BEGIN_M && k < rl->n_in; k++) {
		uint32_t link = w->roads->in_links[rl->first_in + k];
		const struct road_link *path = &w->roads->links[link];
		uint32_t last = path->via[1] != NET_NONE ? path->via[1] : path->via[0];
		uint32_t u = last != NET_NONE ? w->lanes[last].head : NOBODY;
		if (u != NOBODY && !is_safe(w, stranger(w, u), other(w, v), rear + w->roads->lanes[last].length_m - w->cars[u].pos_m))
			return false;
		for (const struct approach *a = w->comers[link * 2]; a; a = a->next)
			if (!is_safe(w, (struct other){a->speed_mps, &w->gears[a->type], false}, other(w, v), rear + path->path_m + a->dist_m - a->speed_mps * w->h_s))
				return false;
	}
	return true;
}

/* Those that are beyond the end of `lane` already. */
static bool safe_beyond(const struct world *w, uint32_t v, uint32_t lane)
{
	const struct car *c = &w->cars[v];
	const struct gear *g = &w->gears[c->type];
	double seen = w->roads->lanes[lane].length_m - c->pos_m, rear;
	uint32_t link = guide_at(w, v, lane)->link;
	const struct lane_now *now = &w->lanes[lane];
	if (now->over != NOBODY && !is_safe(w, other(w, v), stranger(w, now->over), now->over_rear_m - c->pos_m))
		return false;
	if (link == NET_NONE || seen > gear_brake_m(g, c->speed_mps, w->h_s) + c->speed_mps * g->tau_s + g->min_gap_m)
		return true;
	uint32_t u = vehicles_leader(w, w->roads->links[link].first_lane, -INFINITY, v, &rear);
	return u == NOBODY || is_safe(w, other(w, v), stranger(w, u), seen + rear);
}

static bool fits(const struct world *w, uint32_t v, uint32_t lane, uint32_t ahead, uint32_t behind)
{
	if (ahead != NOBODY && !is_safe(w, other(w, v), other(w, ahead), rear_m(w, ahead) - w->cars[v].pos_m))
		return false;
	if (behind != NOBODY && !is_safe(w, other(w, behind), other(w, v), rear_m(w, v) - w->cars[behind].pos_m))
		return false;
	return (ahead != NOBODY || safe_beyond(w, v, lane)) && (behind != NOBODY || safe_for_comers(w, v, lane));
}

/* What moved it is over. */
static void forget(struct car *c)
{
	c->wish = c->right_wish = c->look_mps = 0;
	c->flags &= ~CAR_WISHES & 0xff;
}

static void move_over(struct share *s, uint32_t v, uint32_t lane)
{
	struct world *w = s->w;
	struct car *c = &w->cars[v];
	uint32_t from = c->lane;
	vehicles_take(w, v);
	vehicles_place(w, v, lane);
	vehicles_settle(w, v);
	forget(c);
	c->flags |= lane > from ? CAR_WENT_LEFT : CAR_WENT_RIGHT;
	s->beside[0] = s->beside[1] = NOBODY;
}

/* v and u stand side by side, each where the other must go: room enough for both after the change? */
static bool try_swap(struct share *s, uint32_t v, uint32_t u, int dir)
{
	struct world *w = s->w;
	if (u == NOBODY || w->cars[v].speed_mps >= HALT_MPS || !car_stands(&w->cars[u]) ||
		!car_at_line(&w->cars[v]) || w->t_s - w->cars[v].held_since_s < SWAP_S)
		return false;
	if (car_must_side(&w->cars[u]) * dir >= 0)
		return false;
	uint32_t pair[2] = {v, u};
	for (int k = 0; k < 2; k++) {
		uint32_t a = pair[k], b = pair[1 - k], over = w->lanes[w->cars[b].lane].over;
		if ((w->cars[b].ahead != NOBODY && rear_m(w, w->cars[b].ahead) <= w->cars[a].pos_m) ||
			(w->cars[b].behind != NOBODY && w->cars[w->cars[b].behind].pos_m >= rear_m(w, a)) || rear_m(w, a) < 0 ||
			(over != NOBODY && w->lanes[w->cars[b].lane].over_rear_m <= w->cars[a].pos_m))
			return false;
	}
	uint32_t lane_v = w->cars[v].lane, lane_u = w->cars[u].lane;
	vehicles_take(w, v);
	vehicles_take(w, u);
	vehicles_place(w, u, lane_v);
	vehicles_settle(w, u);
	vehicles_place(w, v, lane_u);
	vehicles_settle(w, v);
	for (int k = 0; k < 2; k++) {
		forget(&w->cars[pair[k]]);
		w->cars[pair[k]].flags |= dir * (k ? -1 : 1) > 0 ? CAR_WENT_LEFT : CAR_WENT_RIGHT;
	}
	s->beside[0] = s->beside[1] = NOBODY;
	return true;
}

/* The one ahead on the lane where v must go must itself come to v's lane: whoever is behind stays behind. */
static bool weaves(const struct world *w, uint32_t v, uint32_t ahead, int dir)
{
	return car_must_side(&w->cars[ahead]) * dir < 0 && rear_m(w, ahead) > w->cars[v].pos_m;
}

static bool is_asked_by(const struct world *w, uint32_t v, uint32_t by)
{
	return (w->cars[v].flags & CAR_HELPS) && w->cars[v].yield_to == by;
}

static void ask(struct world *w, uint32_t v, uint32_t by)
{
	w->cars[v].yield_to = by;
	w->cars[v].flags |= CAR_HELPS;
}

static void ask_for_room(struct world *w, uint32_t v, uint32_t ahead, uint32_t behind, int dir)
{
	const struct car *c = &w->cars[v];
	double rear = rear_m(w, v);
	bool beside = ahead != NOBODY && w->cars[ahead].held != HELD_LANE && rear_m(w, ahead) < c->pos_m + w->gears[c->type].min_gap_m &&
		(w->cars[ahead].speed_mps >= HALT_MPS || guide_at(w, v, c->lane)->reach_m - c->pos_m < LAST_M);
	if (ahead != NOBODY && (beside || weaves(w, v, ahead, dir)) && !is_asked_by(w, ahead, v))
		ask(w, v, ahead);
	while (behind != NOBODY && w->cars[behind].pos_m > rear - SQUEEZE_M)
		behind = w->cars[behind].behind;
	if (behind != NOBODY && !(w->cars[behind].flags & CAR_HELPS) && !is_asked_by(w, v, behind))
		ask(w, behind, v);
}

/* To the side on which the route goes on. */
static void change_for_route(struct share *s, uint32_t v, int dir)
{
	struct world *w = s->w;
	uint32_t lane = dir > 0 ? w->cars[v].lane + 1 : w->cars[v].lane - 1, ahead, behind;
	neighbours(s, v, lane, &ahead, &behind);
	w->cars[v].flags |= CAR_STUCK;
	if (w->cars[v].pos_m < w->roads->lanes[lane].length_m && fits(w, v, lane, ahead, behind) && guide_at(w, v, lane)->allowed) {
		move_over(s, v, lane);
		w->cars[v].flags &= ~CAR_STUCK & 0xff;
		return;
	}
	if (w->cars[v].held == HELD_LANE && (try_swap(s, v, ahead, dir) || try_swap(s, v, behind, dir)))
		return;
	ask_for_room(w, v, ahead, behind, dir);
}

/* A lane as it looks from where v is. */
struct view {
	uint32_t lane, ahead; /* the next on it, or NOBODY */
	double gap_m;         /* to that one */
	double max_mps;       /* what v wants there */
	const struct guide_lane *at;
};

static void see_tail(const struct world *w, uint32_t v, struct view *view)
{
	const struct lane_now *now = &w->lanes[view->lane];
	if (now->over == v)
		return;
	view->ahead = now->over;
	view->gap_m = now->over_rear_m - w->cars[v].pos_m - w->gears[w->cars[v].type].min_gap_m;
}

static struct view look_here(const struct world *w, uint32_t v)
{
	const struct car *c = &w->cars[v];
	struct view view = {c->lane, c->ahead, INFINITY, c->max_mps, guide_at(w, v, c->lane)};
	if (view.ahead == NOBODY)
		see_tail(w, v, &view);
	else
		view.gap_m = rear_m(w, c->ahead) - c->pos_m - w->gears[c->type].min_gap_m;
	return view;
}

static struct view look_beside(struct share *s, uint32_t v, int dir)
{
	const struct world *w = s->w;
	const struct car *c = &w->cars[v];
	uint32_t lane = c->lane + (uint32_t) dir, behind;
	struct view view = {.lane = lane, .gap_m = INFINITY, .max_mps = lane_speed_mps(w, v, lane), .at = guide_at(w, v, lane)};
	neighbours(s, v, lane, &view.ahead, &behind);
	if (view.ahead == NOBODY)
		see_tail(w, v, &view);
	else
		view.gap_m = rear_m(w, view.ahead) - c->pos_m - w->gears[c->type].min_gap_m;
	return view;
}

static bool is_moving_off(const struct world *w, const struct view *view)
{
	return view->ahead != NOBODY && w->cars[view->ahead].speed_mps > w->cars[view->ahead].prev_mps;
}

/* As fast as it could go behind the one ahead, at most `wish_mps`; mostly without a root (see gear_follow_speed). */
static double safe_mps(const struct world *w, uint32_t v, const struct view *view, double wish_mps, bool calm)
{
	const struct car *c = &w->cars[v], *ahead = &w->cars[view->ahead];
	const struct gear *g = &w->gears[c->type];
	double its_decel = w->gears[ahead->type].decel_mps2;
	if (view->gap_m >= 0 && its_decel <= g->decel_mps2) {
		double x = gear_follow_speed(g, view->gap_m, wish_mps, calm ? 0 : c->speed_mps, ahead->speed_mps, w->h_s);
		if (x >= 0)
			return x;
	}
	return lesser(wish_mps, krauss_follow_speed(type_of(w, v), view->gap_m, c->speed_mps, ahead->speed_mps, its_decel, calm, w->h_s));
}

/* The speed that it expects there soon; while somebody ahead gathers speed, in the next second. */
static double expected_mps(const struct world *w, uint32_t v, const struct view *view, bool moving_off)
{
	const struct car *c = &w->cars[v];
	const struct gear *g = &w->gears[c->type];
	double x = view->max_mps;
	if (view->ahead != NOBODY)
		x = safe_mps(w, v, view, x, !moving_off);
	else if (view->at->reach_m < x * LONG_S)
		x = lesser(x, gear_stop_speed(g, view->at->reach_m, w->h_s));
	return moving_off ? lesser(x, c->speed_mps + g->accel_mps) : x;
}

static double taken_m(const struct world *w, uint32_t v, uint32_t lane)
{
	return w->lanes[lane].count * (w->gears[w->cars[v].type].length_m + w->gears[w->cars[v].type].min_gap_m);
}

/* For how long it could go on the right as fast as it wants, at most accept_s. */
static double free_on_right_s(const struct world *w, uint32_t v, const struct view *there, double accept_s)
{
	const struct car *c = &w->cars[v];
	const struct gear *g = &w->gears[c->type];
	double brake = gear_brake_m(g, c->max_mps, w->h_s) + c->max_mps * g->tau_s, way = greater(0, there->at->reach_m - brake);
	double time = lesser(accept_s, way / c->max_mps);
	if (there->ahead == NOBODY || w->cars[there->ahead].speed_mps >= c->max_mps)
		return time;
	struct other wanted = {c->max_mps, g, false}, its = other(w, there->ahead);
	way = greater(0, lesser(way, there->gap_m - secure_gap_m(&wanted, &its, w->h_s)));
	return lesser(time, way / (c->max_mps - its.speed_mps));
}

/* Does it want to go to the right, where it expects to go `there_mps`? */
static bool prefers_right(const struct world *w, struct car *c, const struct view *there, double here_mps, double there_mps, double gain)
{
	if (here_mps - DISCOUNT_MPS > there_mps) {
		c->wish *= c->wish < 0 ? (float) w->half_wish : 1;
		return false;
	}
	if (c->wish < 0 || gain > 0)
		c->wish -= (float) (w->h_s * gain);
	double accept = ACCEPT_S * c->max_mps / w->roads->lanes[c->lane].speed_mps * greater(1, c->speed_mps);
	double frac = free_on_right_s(w, (uint32_t) (c - w->cars), there, accept) / accept;
	c->right_wish -= (float) (w->h_s * WISH_RIGHT * frac / KEEP_RIGHT_S);
	return c->right_wish < -WISH_RIGHT || (c->wish < -WISH_RIGHT && there->at->reach_m > LONG_S * c->speed_mps);
}

static bool prefers_left(const struct world *w, struct car *c, const struct view *there, double here_mps, double there_mps, double gain)
{
	if (here_mps >= there_mps) {
		c->wish *= (float) (c->wish <= 0 ? 1 : here_mps > there_mps ? w->half_wish : w->most_wish);
		return false;
	}
	c->wish += (float) (w->h_s * gain);
	return c->wish > WISH_LEFT && there->at->reach_m > LONG_S * c->speed_mps;
}

/* Is the road long enough to go to that side, which is not the route's, and to come back? */
static bool can_come_back(const struct world *w, uint32_t v, const struct guide_lane *at, int dir, double look_m)
{
	const struct car *c = &w->cars[v];
	const struct guide_lane *beside = at + dir;
	double taken = greater(taken_m(w, v, c->lane), taken_m(w, v, c->lane + (uint32_t) dir));
	double place = greater(0, beside->reach_m - c->pos_m - taken);
	return place >= look_m * (abs(at->offset) + 2) && (at->offset != 0 || beside->reach_m >= TURN_LANE_M);
}

/* As LC2013 weighs it (Erdmann 2014, "Lane-changing model in SUMO"): first the route, then speed, then keeping right. True: it has
 * changed. */
static bool consider(struct share *s, uint32_t v, int dir, const struct view *here)
{
	struct world *w = s->w;
	struct car *c = &w->cars[v];
	const struct gear *g = &w->gears[c->type];
	const struct guide_lane *at = here->at, *beside = at + dir;
	bool both = at->offset == 0 && beside->offset == 0, to_best = both || at->offset * dir > 0;
	if (!beside->allowed || c->pos_m >= w->roads->lanes[c->lane + (uint32_t) dir].length_m)
		return false;
	double look = c->look_mps * LOOK_FORWARD_S * (dir > 0 ? 2 : 1) + 2 * (g->length_m + g->min_gap_m);
	if (at->offset * dir > 0 && at->reach_m - c->pos_m - taken_m(w, v, c->lane + (uint32_t) at->offset) < look * abs(at->offset)) {
		uint32_t from = c->lane;
		change_for_route(s, v, dir);
		return c->lane != from;
	}
	if (!to_best && !can_come_back(w, v, at, dir, look))
		return false;
	if (dir > 0 && c->wish <= 0 && !(c->flags & CAR_LIMITED) && !w->roads->lanes[c->lane].uneven)
		return false; /* on the left it is not better */
	struct view there = look_beside(s, v, dir);
	bool moving_off = is_moving_off(w, here) || is_moving_off(w, &there);
	double here_mps = expected_mps(w, v, here, moving_off), there_mps = expected_mps(w, v, &there, moving_off);
	double gain = (there_mps - here_mps) / greater(there_mps, GAIN_MPS);
	bool go = dir < 0 ? prefers_right(w, c, &there, here_mps, there_mps, gain) : prefers_left(w, c, &there, here_mps, there_mps, gain);
	if (!go && !(at->offset * dir > 0 && gain >= 0 && c->wish * (float) dir > 0))
		return false;
	uint32_t ahead, behind;
	neighbours(s, v, there.lane, &ahead, &behind);
	if (!fits(w, v, there.lane, ahead, behind))
		return false;
	move_over(s, v, there.lane);
	return true;
}

static void note_wish(struct car *c)
{
	if (fabsf(c->wish) < 1e-6f)
		c->wish = 0;
	c->flags = (c->wish > 0 ? c->flags | CAR_WISHES : c->flags & ~CAR_WISHES) & 0xff;
}

static void change_one(struct share *s, uint32_t v, bool right, bool left)
{
	const struct world *w = s->w;
	struct car *c = &w->cars[v];
	/* With its tail on the road behind it changes only where it could not go on. */
	bool tail_behind = c->pos_m < w->gears[c->type].length_m && c->trail[0] != NET_NONE && c->held != HELD_LANE;
	if ((c->flags & (CAR_WENT_LEFT | CAR_WENT_RIGHT)) || tail_behind)
		return;
	struct view here = look_here(w, v);
	if (right && consider(s, v, -1, &here))
		return;
	if (left && consider(s, v, 1, &here))
		return;
	note_wish(c);
}

/* What is known of that side without looking at the route (see can_come_back). On the left it can only be better where somebody is in the way. */
static inline bool may_go(const struct car *c, int dir, bool uneven, float taken_m)
{
	if (car_must_side(c) == dir)
		return true;
	if (dir > 0 && !uneven && !(c->flags & (CAR_LIMITED | CAR_WISHES)))
		return false;
	return (float) c->pos_m + taken_m + 2 * (float) LOOK_FORWARD_S * c->look_mps * (dir > 0 ? 2 : 1) < c->free_m[dir > 0];
}

static void change_lane(struct share *s, uint32_t lane)
{
	struct world *w = s->w;
	const struct road_lane *road = &w->roads->lanes[lane];
	if (road->n_lanes < 2 || road->link != NET_NONE)
		return;
	bool right = road->index > 0, left = road->index + 1u < road->n_lanes;
	float kept = (float) w->look_kept;
	s->beside[0] = s->beside[1] = NOBODY;
	for (uint32_t v = w->lanes[lane].head, next; v != NOBODY; v = next) {
		struct car *c = &w->cars[v];
		float speed = (float) c->speed_mps, look = kept * c->look_mps + (1 - kept) * speed;
		next = c->behind;
		fetch_behind(w, v);
		c->look_mps = look > speed ? look : speed;
		float taken = (float) taken_m(w, v, lane);
		bool to_right = right && may_go(c, -1, road->uneven, taken), to_left = left && may_go(c, 1, road->uneven, taken);
		if (to_right || to_left)
			change_one(s, v, to_right, to_left);
	}
}

void change_lanes(struct share *s)
{
	share_lanes(s, change_lane);
}
