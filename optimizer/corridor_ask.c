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

bool corridor_shut(struct guard *guard, const struct junction *j, const struct corridor_need *need, double now_s)
{
	const char *shows = guard_shows(guard);
	bool any = false;
	if (!need->foes || now_s >= need->until_s)
		return false;
	for (uint32_t k = 0; k < j->n_links; k++) {
		const struct signal_link *link = &j->links[k];
		double before_s = link->amber_s + (link->pedestrian ? link->clear_s : 0) + (shows_green(shows[k]) ? 0 : link->min_green_s);
		if (!need->foes[k] || now_s + before_s < need->foes_s)
			continue;
		guard_shut(guard, k);
		any = true;
	}
	return any;
}

struct played {
	double cost;   /* weighted seconds */
	double late_s;
};

/* One second: the guard is asked, and the script goes on. */
static const char *step(struct guard *g, const struct junction *j, const struct corridor_need *need, struct corridor_script *script, double t_s)
{
	struct guard_verdict verdict;
	corridor_shut(g, j, need, t_s);
	const char *shows = guard_next(g, script->ask, t_s, &verdict);
	if (!script->served && guard_settled(g) && guard_stage(g) == script->ask) {
		script->served = script->then == STAGE_NONE;
		script->ask = script->served ? script->ask : script->then;
		script->then = STAGE_NONE;
	}
	if (script->served && t_s + STEP_S + guard_wait_s(g, need->stage, t_s) + STEP_S > need->from_s)
		script->ask = need->stage;
	return shows;
}

/* How long is there no green while it is needed? `next` gets the script after the first second. */
static struct played play(const struct guard *guard, const struct junction *j, struct corridor_script script, const struct corridor_need *need,
	double now_s, struct corridor_script *next)
{
	struct played played = {0, 0};
	const char *goal = j->stages[need->stage].state;
	owned(guard) g = guard_copy(guard);
	for (double t_s = now_s; t_s < need->until_s && t_s < now_s + FAR_S; t_s += STEP_S) {
		const char *shows = step(g, j, need, &script, t_s);
		if (t_s == now_s)
			*next = script;
		if (t_s < need->from_s - 1e-6 || has_green(shows, goal, need))
			continue;
		played.cost += t_s >= need->arrive_s - CLOSE_S ? CLOSE_WEIGHT : 1;
		played.late_s += STEP_S;
	}
	return played;
}

struct choice { /* the best so far */
	const struct guard *guard;
	const struct junction *j;
	const struct corridor_need *need;
	double now_s;
	struct corridor_asked asked;
	struct corridor_script next;
	double cost;
};

/* Tries a script; true when it is in time. A worse one must be clearly better than what is there. */
static bool try(struct choice *c, uint32_t wish, struct corridor_script script)
{
	struct corridor_script next = script;
	struct played played = play(c->guard, c->j, script, c->need, c->now_s, &next);
	if (played.cost > 0 && played.cost >= c->cost - 0.5)
		return false;
	c->cost = played.cost;
	c->next = next;
	c->asked.stage = script.ask;
	c->asked.late_s = played.late_s;
	c->asked.how = script.ask == wish ? CORRIDOR_LETS : script.ask != c->need->stage ? CORRIDOR_SERVES : played.cost > 0 ? CORRIDOR_LATE : CORRIDOR_GREENS;
	return played.cost <= 0;
}

static struct corridor_script say(uint32_t ask, uint32_t then)
{
	return (struct corridor_script){.valid = true, .ask = ask, .then = then};
}

/* Its own stage now, and long before it is needed somebody in between, so that it does not run out just then. */
static bool try_between(struct choice *c, uint32_t wish)
{
	for (uint32_t s = 0; s < c->j->n_stages; s++)
		if (s != c->need->stage && try(c, wish, say(c->need->stage, s)))
			return true;
	return false;
}

static void choose(struct choice *c, uint32_t wish, const struct corridor_script *before)
{
	uint32_t own = c->need->stage, walks = guard_settled(c->guard) ? STAGE_NONE : guard_stage(c->guard);
	if (try(c, wish, say(wish, STAGE_NONE)) || (wish == own && try_between(c, wish)))
		return;
	if (before->valid && before->ask < c->j->n_stages && try(c, wish, *before))
		return;
	if (walks < c->j->n_stages && walks != own && try(c, wish, say(walks, STAGE_NONE))) /* what has begun may end */
		return;
	if (try(c, wish, say(own, STAGE_NONE)))
		return;
	for (uint32_t s = 0; s < c->j->n_stages; s++)
		if (s != own && s != wish && try(c, wish, say(s, STAGE_NONE)))
			return;
	if (wish != own)
		try_between(c, wish);
}

struct corridor_asked corridor_ask(const struct guard *guard, const struct junction *j, uint32_t wish, const struct corridor_need *need,
	struct corridor_script *script, double now_s)
{
	struct choice c = {.guard = guard, .j = j, .need = need, .now_s = now_s, .asked = {wish, CORRIDOR_LETS, 0}, .cost = INFINITY};
	choose(&c, wish, script);
	*script = c.next;
	return c.asked;
}
