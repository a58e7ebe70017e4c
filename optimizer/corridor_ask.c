/* corridor_ask.c - see corridor_ask.h. */
#include "optimizer/corridor_ask.h"

#include <math.h>

#define STEP_S 1.0
#define FAR_S 150.0     /* further ahead nothing is played */
#define CLOSE_S 4.0     /* before a red light a driver begins to brake */
#define CLOSE_WEIGHT 10 /* a second of red then, against one in which only the queue waits */

/* As much green as its own stage gives: who would have right of way there must not give way. */
static bool has_green(const char *shows, const char *goal, const struct corridor_need *need)
{
	for (uint32_t k = 0; k < need->n_links; k++) {
		uint32_t link = need->links[k];
		if (!shows_green(shows[link]) || (goal[link] == 'G' && shows[link] != 'G'))
			return false;
	}
	return true;
}

struct played {
	double cost;   /* weighted seconds */
	double late_s;
};

/* Asks for `first` until it shows in full, then for `then` (STAGE_NONE: nobody), and for the need's own stage as late as it may be: how
 * long is there no green while it is needed? A stage that has begun shows, it is not broken off. */
static struct played play(const struct guard *guard, const struct junction *j, uint32_t first, uint32_t then, const struct corridor_need *need,
	double now_s)
{
	struct played played = {0, 0};
	const char *goal = j->stages[need->stage].state;
	owned(guard) g = guard_copy(guard);
	uint32_t ask = first;
	for (double t_s = now_s; t_s < need->until_s && t_s < now_s + FAR_S; t_s += STEP_S) {
		struct guard_verdict verdict;
		const char *shows = guard_next(g, ask, t_s, &verdict);
		bool settled = guard_settled(g) && guard_stage(g) == ask;
		if (settled && ask == first && then != STAGE_NONE)
			ask = then;
		else if (settled && t_s + STEP_S + guard_wait_s(g, need->stage, t_s) + STEP_S > need->from_s)
			ask = need->stage;
		if (t_s < need->from_s - 1e-6 || has_green(shows, goal, need))
			continue;
		played.cost += t_s >= need->arrive_s - CLOSE_S ? CLOSE_WEIGHT : 1;
		played.late_s += STEP_S;
	}
	return played;
}

/* Its own stage shows, or is wished, long before it is needed: is there anybody who can be served in between, so that it does not run
 * out just then? */
static bool may_come_back(const struct guard *guard, const struct junction *j, const struct corridor_need *need, double now_s)
{
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (s != need->stage && play(guard, j, need->stage, s, need, now_s).cost <= 0)
			return true;
	return false;
}

struct corridor_asked corridor_ask(const struct guard *guard, const struct junction *j, uint32_t wish, const struct corridor_need *need, double now_s)
{
	uint32_t walks = guard_settled(guard) ? STAGE_NONE : guard_stage(guard);
	struct played granted = play(guard, j, wish, STAGE_NONE, need, now_s);
	if (granted.cost <= 0 || (wish == need->stage && may_come_back(guard, j, need, now_s)))
		return (struct corridor_asked){wish, CORRIDOR_LETS, 0};
	if (walks < j->n_stages && walks != wish && walks != need->stage && play(guard, j, walks, STAGE_NONE, need, now_s).cost <= 0)
		return (struct corridor_asked){walks, CORRIDOR_SERVES, 0}; /* what has begun may end */
	struct played own = play(guard, j, need->stage, STAGE_NONE, need, now_s);
	struct corridor_asked best = {need->stage, own.cost > 0 ? CORRIDOR_LATE : CORRIDOR_GREENS, own.late_s};
	double best_cost = own.cost;
	if (own.cost > 0 && granted.cost <= own.cost) { /* it serves the vehicle as well */
		best = (struct corridor_asked){wish, CORRIDOR_LETS, granted.late_s};
		best_cost = granted.cost;
	}
	for (uint32_t s = 0; s < j->n_stages && best_cost > 0; s++) {
		if (s == need->stage || s == wish)
			continue;
		struct played other = play(guard, j, s, STAGE_NONE, need, now_s);
		if (other.cost < best_cost - 0.5) {
			best_cost = other.cost;
			best = (struct corridor_asked){s, CORRIDOR_SERVES, other.late_s};
		}
	}
	return best;
}
