/* change.c - changing lanes: to where the route goes on, or to where it goes faster; see parts.h.
 *
 * A change takes no time and happens only into a gap that is safe for both: he can stop behind the one ahead, and the one behind
 * can stop behind him (the same sums as for following). Who must change and cannot asks the one behind the gap to hold back,
 * slows down behind the one beside him, and waits where his lane ends. Nobody disappears.
 */
#include "sim/parts.h"

#define WISH_LEFT 0.2       /* summed relative gain in speed that makes a driver change */
#define WISH_RIGHT 0.3
#define SETTLE_S 5.0        /* after a change no other one for speed */
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

static void move_over(struct share *s, uint32_t v, uint32_t lane)
{
	struct world *w = s->w;
	struct car *c = &w->cars[v];
	uint32_t from = c->lane;
	vehicles_take(w, v);
	vehicles_place(w, v, lane);
	vehicles_settle(w, v);
	c->changed_s = (float) w->t_s;
	c->wish = 0;
	c->flags &= ~CAR_WISHES & 0xff;
	c->flags |= lane > from ? CAR_WENT_LEFT : CAR_WENT_RIGHT;
	s->beside[0] = s->beside[1] = NOBODY;
}

/* v and u stand side by side, each where the other must go: room enough for both after the change? */
static bool try_swap(struct share *s, uint32_t v, uint32_t u, int dir)
{
	struct world *w = s->w;
	if (u == NOBODY || w->cars[v].speed_mps >= HALT_MPS || !car_stands(&w->cars[u]) ||
		!(w->cars[v].flags & CAR_AT_LINE) || w->t_s - w->cars[v].held_since_s < SWAP_S)
		return false;
	if (w->cars[u].must_side * dir >= 0)
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
		w->cars[pair[k]].changed_s = (float) w->t_s;
		w->cars[pair[k]].flags |= dir * (k ? -1 : 1) > 0 ? CAR_WENT_LEFT : CAR_WENT_RIGHT;
	}
	s->beside[0] = s->beside[1] = NOBODY;
	return true;
}

/* The one ahead on the lane where v must go must itself come to v's lane: whoever is behind stays behind. */
static bool weaves(const struct world *w, uint32_t v, uint32_t ahead, int dir)
{
	return w->cars[ahead].must_side * dir < 0 && rear_m(w, ahead) > w->cars[v].pos_m;
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

/* The speed that it expects on a lane of its edge, behind `u` whose rear is at rear_at_m; NOBODY. */
static double expected_mps(const struct world *w, uint32_t v, uint32_t lane, uint32_t u, double rear_at_m)
{
	const struct car *c = &w->cars[v];
	const struct vtype *t = type_of(w, v);
	double x = lane_speed_mps(w, v, lane);
	if (u == NOBODY)
		return x;
	double gap = rear_at_m - c->pos_m - t->min_gap_m;
	if (gap <= 0 && w->cars[u].speed_mps == 0)
		return 0;
	return lesser(x, krauss_follow_speed(t, greater(0, gap), c->speed_mps, w->cars[u].speed_mps, w->gears[w->cars[u].type].decel_mps2, true, w->h_s));
}

static double expected_beside_mps(struct share *s, uint32_t v, uint32_t lane)
{
	const struct world *w = s->w;
	uint32_t ahead, behind;
	neighbours(s, v, lane, &ahead, &behind);
	if (ahead != NOBODY)
		return expected_mps(w, v, lane, ahead, rear_m(w, ahead));
	return expected_mps(w, v, lane, w->lanes[lane].over, w->lanes[lane].over_rear_m);
}

static double expected_here_mps(const struct world *w, uint32_t v)
{
	const struct car *c = &w->cars[v];
	const struct lane_now *now = &w->lanes[c->lane];
	if (c->ahead != NOBODY)
		return expected_mps(w, v, c->lane, c->ahead, rear_m(w, c->ahead));
	return expected_mps(w, v, c->lane, now->over == v ? NOBODY : now->over, now->over_rear_m);
}

/* The side on which it goes faster, and by which share; 0: neither. */
static int better_side(struct share *s, uint32_t v, double *gain_frac)
{
	const struct world *w = s->w;
	const struct car *c = &w->cars[v];
	double here = expected_here_mps(w, v);
	int dir = 0;
	*gain_frac = 0;
	for (int d = -1; d <= 1; d += 2) {
		uint32_t beside = c->lane + (uint32_t) d;
		if (c->pos_m >= c->free_m[d > 0] || c->pos_m >= w->roads->lanes[beside].length_m || here >= lane_speed_mps(w, v, beside))
			continue;
		double there = expected_beside_mps(s, v, beside), gain = there > 0.1 ? (there - here) / there : 0;
		if (gain > *gain_frac) {
			*gain_frac = gain;
			dir = d;
		}
	}
	return dir;
}

static void change_for_speed(struct share *s, uint32_t v)
{
	struct world *w = s->w;
	struct car *c = &w->cars[v];
	double gain = 0;
	int dir = better_side(s, v, &gain);
	if (dir == 0 && !(c->flags & CAR_WISHES))
		return;
	double wish = dir == 0 || c->wish * (float) dir < 0 ? c->wish * w->half_wish : c->wish;
	wish += dir * gain * w->h_s;
	c->wish = fabs(wish) > 1e-6 ? (float) wish : 0;
	c->flags = (c->wish != 0 ? c->flags | CAR_WISHES : c->flags & ~CAR_WISHES) & 0xff;
	if (dir == 0 || wish * dir < (dir > 0 ? WISH_LEFT : WISH_RIGHT) || w->t_s - c->changed_s < SETTLE_S)
		return;
	uint32_t target = c->lane + (uint32_t) dir, ahead, behind;
	neighbours(s, v, target, &ahead, &behind);
	if (fits(w, v, target, ahead, behind))
		move_over(s, v, target);
}

static void change_one(struct share *s, uint32_t v)
{
	const struct world *w = s->w;
	const struct car *c = &w->cars[v];
	const struct gear *g = &w->gears[c->type];
	/* With its tail on the road behind it changes only where it could not go on. */
	bool tail_behind = c->pos_m < g->length_m && c->trail[0] != NET_NONE && c->held != HELD_LANE;
	if ((c->flags & (CAR_WENT_LEFT | CAR_WENT_RIGHT)) || tail_behind)
		return;
	if (c->pos_m > c->must_m)
		change_for_route(s, v, c->must_side);
	else
		change_for_speed(s, v);
}

static void change_lane(struct share *s, uint32_t lane)
{
	struct world *w = s->w;
	if (w->roads->lanes[lane].n_lanes < 2 || w->roads->lanes[lane].link != NET_NONE)
		return;
	s->beside[0] = s->beside[1] = NOBODY;
	for (uint32_t v = w->lanes[lane].head, next; v != NOBODY; v = next) {
		const struct car *c = &w->cars[v];
		next = c->behind;
		if (c->pos_m > c->must_m || c->pos_m < c->free_m[0] || c->pos_m < c->free_m[1] || (c->flags & CAR_WISHES))
			change_one(s, v);
	}
}

void change_lanes(struct share *s)
{
	share_lanes(s, change_lane);
}
