/* change.c - changing lanes: to where the route goes on, or to where it goes faster; see parts.h.
 *
 * A change takes no time and happens only into a gap that is safe for both: he can stop behind the one ahead, and the one behind
 * can stop behind him (the same sums as for following). Who must change and cannot asks the one behind the gap to hold back,
 * slows down behind the one beside him, and waits where his lane ends. Nobody disappears.
 */
#include "sim/parts.h"

#define LOOK_FORWARD_S 10.0 /* SUMO's: a needed change is begun that long before the lane ends */
#define WISH_LEFT 0.2       /* summed relative gain in speed that makes a driver change */
#define WISH_RIGHT 0.3
#define SETTLE_S 5.0        /* after a change no other one for speed */
#define SWAP_S 5.0          /* who stands at the end of his lane for so long changes places with one beside him who must the other way */
#define LAST_M 25.0         /* along a queue that stands he drives on until here before the end, and does not block his own lane */
#define SQUEEZE_M 0.5       /* at walking pace this gap will do for one who must change */
#define SQUEEZE_MPS 1.5
#define NEAR_BEGIN_M 60.0   /* this near to a lane's beginning those who come over the node count as followers */

static double secure_gap_m(const struct world *w, uint32_t behind, uint32_t ahead)
{
	const struct vtype *t = type_of(w, behind), *front = type_of(w, ahead);
	double own = krauss_brake_gap_m(w->cars[behind].speed_mps, t->decel_mps2, t->tau_s, w->h_s);
	double its = krauss_brake_gap_m(w->cars[ahead].speed_mps, fmax(t->decel_mps2, front->decel_mps2), 0, w->h_s);
	return fmax(0, own - its);
}

static bool is_safe(const struct world *w, uint32_t behind, uint32_t ahead, double clear_m)
{
	if (clear_m >= SQUEEZE_M && w->cars[behind].speed_mps < SQUEEZE_MPS && (w->cars[behind].stuck || w->cars[ahead].stuck))
		return true;
	return clear_m - type_of(w, behind)->min_gap_m >= secure_gap_m(w, behind, ahead);
}

static void neighbours(const struct world *w, uint32_t v, uint32_t lane, uint32_t *ahead, uint32_t *behind)
{
	*behind = NOBODY;
	*ahead = w->lanes[lane].tail;
	while (*ahead != NOBODY && (w->cars[*ahead].pos_m < w->cars[v].pos_m || (w->cars[*ahead].pos_m == w->cars[v].pos_m && w->cars[*ahead].id > w->cars[v].id))) {
		*behind = *ahead;
		*ahead = w->cars[*ahead].ahead;
	}
}

/* Those that are about to come onto `lane` over the node at its beginning. */
static bool safe_for_comers(const struct world *w, uint32_t v, uint32_t lane)
{
	double rear = rear_m(w, v);
	const struct road_lane *rl = &w->roads->lanes[lane];
	for (uint32_t k = 0; rear < NEAR_BEGIN_M && k < rl->n_in; k++) {
		uint32_t link = w->roads->in_links[rl->first_in + k];
		const struct road_link *path = &w->roads->links[link];
		uint32_t last = path->via[1] != NET_NONE ? path->via[1] : path->via[0];
		uint32_t u = last != NET_NONE ? w->lanes[last].head : NOBODY;
		if (u != NOBODY && !is_safe(w, u, v, rear + w->net->lanes[last].length_m - w->cars[u].pos_m))
			return false;
		for (uint32_t at = w->link_approach[link]; at != NOBODY; at = w->approaches[at].next) {
			const struct approach *a = &w->approaches[at];
			if (a->passes && a->slot < w->n && w->cars[a->slot].lane == w->net->links[link].from_lane &&
				!is_safe(w, a->slot, v, rear + path->path_m + w->net->lanes[w->cars[a->slot].lane].length_m - w->cars[a->slot].pos_m))
				return false;
		}
	}
	return true;
}

/* Those that are beyond the end of `lane` already. */
static bool safe_beyond(const struct world *w, uint32_t v, uint32_t lane)
{
	double seen = w->net->lanes[lane].length_m - w->cars[v].pos_m, rear;
	const struct vtype *t = type_of(w, v);
	uint32_t link = guide_at(w, v, lane)->link;
	if (w->lanes[lane].over != NOBODY && !is_safe(w, v, w->lanes[lane].over, w->lanes[lane].over_rear_m - w->cars[v].pos_m))
		return false;
	if (link == NET_NONE || seen > krauss_brake_gap_m(w->cars[v].speed_mps, t->decel_mps2, t->tau_s, w->h_s) + t->min_gap_m)
		return true;
	uint32_t next = w->roads->links[link].via[0] != NET_NONE ? w->roads->links[link].via[0] : w->net->links[link].to_lane;
	uint32_t u = vehicles_leader(w, next, -INFINITY, v, &rear);
	return u == NOBODY || is_safe(w, v, u, seen + rear);
}

static bool fits(const struct world *w, uint32_t v, uint32_t lane, uint32_t ahead, uint32_t behind)
{
	if (ahead != NOBODY && !is_safe(w, v, ahead, rear_m(w, ahead) - w->cars[v].pos_m))
		return false;
	if (behind != NOBODY && !is_safe(w, behind, v, rear_m(w, v) - w->cars[behind].pos_m))
		return false;
	return (ahead != NOBODY || safe_beyond(w, v, lane)) && (behind != NOBODY || safe_for_comers(w, v, lane));
}

static void move_over(struct world *w, uint32_t v, uint32_t lane)
{
	vehicles_take(w, v);
	vehicles_place(w, v, lane);
	w->cars[v].changed_s = w->t_s;
	w->cars[v].wish = 0;
}

/* v and u stand side by side, each where the other must go: room enough for both after the change? */
static bool try_swap(struct world *w, uint32_t v, uint32_t u, int dir)
{
	if (u == NOBODY || w->cars[v].speed_mps >= HALT_MPS || w->cars[u].speed_mps >= HALT_MPS || w->cars[u].prev_speed_mps >= HALT_MPS ||
		isnan(w->cars[v].held_since_s) || w->t_s - w->cars[v].held_since_s < SWAP_S)
		return false;
	if (guide_at(w, u, w->cars[u].lane)->offset * dir >= 0)
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
	vehicles_place(w, v, lane_u);
	vehicles_place(w, u, lane_v);
	w->cars[v].changed_s = w->cars[u].changed_s = w->t_s;
	return true;
}

/* The one ahead on the lane where v must go must itself come to v's lane: whoever is behind stays behind. */
static bool weaves(const struct world *w, uint32_t v, uint32_t ahead, int dir)
{
	return guide_at(w, ahead, w->cars[ahead].lane)->offset * dir < 0 && rear_m(w, ahead) > w->cars[v].pos_m;
}

static void ask_for_room(struct world *w, uint32_t v, uint32_t ahead, uint32_t behind, int dir)
{
	double rear = rear_m(w, v);
	double left_m = guide_at(w, v, w->cars[v].lane)->reach_m - w->cars[v].pos_m;
	bool beside = ahead != NOBODY && w->cars[ahead].held != HELD_LANE && rear_m(w, ahead) < w->cars[v].pos_m + type_of(w, v)->min_gap_m &&
		(w->cars[ahead].speed_mps >= HALT_MPS || left_m < LAST_M);
	if (ahead != NOBODY && (beside || weaves(w, v, ahead, dir)) && w->cars[ahead].yield_to != w->cars[v].id)
		w->cars[v].yield_to = w->cars[ahead].id;
	while (behind != NOBODY && w->cars[behind].pos_m > rear - SQUEEZE_M)
		behind = w->cars[behind].behind;
	if (behind != NOBODY && w->cars[behind].yield_to == NOBODY && w->cars[v].yield_to != w->cars[behind].id)
		w->cars[behind].yield_to = w->cars[v].id;
}

/* To the side on which the route goes on. */
static void change_for_route(struct world *w, uint32_t v, int dir)
{
	uint32_t lane = dir > 0 ? w->cars[v].lane + 1 : w->cars[v].lane - 1, ahead, behind;
	neighbours(w, v, lane, &ahead, &behind);
	w->cars[v].stuck = 1;
	if (guide_at(w, v, lane)->allowed && w->cars[v].pos_m < w->net->lanes[lane].length_m && fits(w, v, lane, ahead, behind)) {
		move_over(w, v, lane);
		w->cars[v].stuck = 0;
		return;
	}
	if (w->cars[v].held == HELD_LANE && (try_swap(w, v, ahead, dir) || try_swap(w, v, behind, dir)))
		return;
	ask_for_room(w, v, ahead, behind, dir);
}

/* The speed that it expects on a lane of its edge. */
static double expected_mps(const struct world *w, uint32_t v, uint32_t lane)
{
	const struct vtype *t = type_of(w, v);
	double rear, x = lane_speed_mps(w, v, lane);
	uint32_t u = vehicles_leader(w, lane, w->cars[v].pos_m, v, &rear);
	if (u == NOBODY)
		return x;
	double gap = rear - w->cars[v].pos_m - t->min_gap_m;
	return fmin(x, krauss_follow_speed(t, fmax(0, gap), w->cars[v].speed_mps, w->cars[u].speed_mps, type_of(w, u)->decel_mps2, true, w->h_s));
}

static bool good_for_route(const struct world *w, uint32_t v, uint32_t lane, double look_m)
{
	const struct guide_lane *at = guide_at(w, v, lane);
	return at->allowed && w->cars[v].pos_m < w->net->lanes[lane].length_m && (at->offset == 0 || at->reach_m - w->cars[v].pos_m > 2 * look_m * abs(at->offset));
}

static void change_for_speed(struct world *w, uint32_t v, double look_m)
{
	const struct net_lane *lane = &w->net->lanes[w->cars[v].lane];
	uint32_t n_lanes = w->net->edges[lane->edge].n_lanes;
	double here = expected_mps(w, v, w->cars[v].lane), best = 0;
	int dir = 0;
	for (int d = -1; d <= 1; d += 2) {
		if ((d < 0 && lane->index == 0) || (d > 0 && lane->index + 1 == n_lanes) || !good_for_route(w, v, w->cars[v].lane + (uint32_t) d, look_m))
			continue;
		double there = expected_mps(w, v, w->cars[v].lane + (uint32_t) d), gain = there > 0.1 ? (there - here) / there : 0;
		if (gain > best) {
			best = gain;
			dir = d;
		}
	}
	if (dir == 0 || w->cars[v].wish * dir < 0)
		w->cars[v].wish *= pow(0.5, w->h_s);
	w->cars[v].wish += dir * best * w->h_s;
	if (dir == 0 || w->cars[v].wish * dir < (dir > 0 ? WISH_LEFT : WISH_RIGHT) || w->t_s - w->cars[v].changed_s < SETTLE_S)
		return;
	uint32_t target = w->cars[v].lane + (uint32_t) dir, ahead, behind;
	neighbours(w, v, target, &ahead, &behind);
	if (fits(w, v, target, ahead, behind))
		move_over(w, v, target);
}

static void change_one(struct world *w, uint32_t v)
{
	const struct net_lane *lane = &w->net->lanes[w->cars[v].lane];
	const struct vtype *t = type_of(w, v);
	/* With its tail on the road behind it changes only where it could not go on. */
	bool tail_behind = w->cars[v].pos_m < t->length_m && w->cars[v].trail != NET_NONE && w->cars[v].held != HELD_LANE;
	if (w->cars[v].link != NET_NONE || w->net->edges[lane->edge].n_lanes < 2 || tail_behind)
		return;
	const struct guide_lane *at = guide_at(w, v, w->cars[v].lane);
	double look_m = fmax(w->cars[v].speed_mps, lane->speed_mps) * LOOK_FORWARD_S + 2 * (t->length_m + t->min_gap_m);
	if (at->offset != 0 && at->reach_m - w->cars[v].pos_m < look_m * abs(at->offset))
		change_for_route(w, v, at->offset > 0 ? 1 : -1);
	else
		change_for_speed(w, v, look_m);
}

void change_lanes(struct world *w)
{
	for (uint32_t v = 0; v < w->n; v++) {
		w->cars[v].yield_to = NOBODY;
		w->cars[v].stuck = 0;
	}
	for (uint32_t v = 0; v < w->n; v++)
		change_one(w, v);
}
