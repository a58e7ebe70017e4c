/* cabinet.c - one simulated signal controller cabinet. */
#include "sim/cabinet.h"

#include <math.h>
#include <string.h>

#include "core/guard.h"
#include "sim/sim_error.h"

#define SLACK_S 0.5 /* commands come over a network: a green that was told to last 5 s may be seen to last 4.6 */

struct cabinet {
	const struct junction *j;
	struct plan *plan;
	struct guard *guard;   /* local: decides what shows */
	enum cabinet_mode mode;
	char *shows;           /* n_links letters */
	double *since_s;       /* of each letter; G and g are one */
	double *clear_from_s;  /* its last amber's end, pedestrians: green's end */
	double changed_s, heard_s, locked_until_s;
	bool tripping;         /* a fault: over amber to all red, then local */
	uint64_t counts[CABINET_N_FAULTS];
};

const char *cabinet_mode_name(enum cabinet_mode mode)
{
	return mode == CABINET_CENTRAL ? "central" : "local";
}

const char *cabinet_fault_name(enum cabinet_fault fault)
{
	static const char *const names[] = {"conflict", "short-green", "missing-amber", "short-amber", "short-clear"};
	return names[fault];
}

static bool is_amber(char letter)
{
	return letter == 'y';
}

static bool is_lit(char letter)
{
	return shows_green(letter) || is_amber(letter);
}

/* Links i (on its way from `was` to `now`) alone. */
static enum cabinet_fault judge_link(const struct cabinet *c, uint32_t i, char now, double now_s)
{
	const struct signal_link *link = &c->j->links[i];
	char was = c->shows[i];
	double for_s = now_s - c->since_s[i] + SLACK_S;
	if (shows_green(was) && !shows_green(now)) {
		if (for_s < link->min_green_s)
			return CABINET_SHORT_GREEN;
		if (!link->pedestrian && !is_amber(now))
			return CABINET_MISSING_AMBER;
	}
	if (is_amber(was) && !is_amber(now) && (for_s < link->amber_s || shows_green(now)))
		return CABINET_SHORT_AMBER;
	return CABINET_N_FAULTS;
}

/* Link i turning or staying green while k shows, or showed a moment ago, something else. */
static enum cabinet_fault judge_pair(const struct cabinet *c, uint32_t i, uint32_t k, const char *state, double now_s)
{
	uint32_t at = k * c->j->n_links + i;
	if (!c->j->conflict[at] || !shows_green(state[i]))
		return CABINET_N_FAULTS;
	if (is_lit(state[k]))
		return CABINET_CONFLICT;
	double end_s = is_lit(c->shows[k]) ? now_s : c->clear_from_s[k];
	if (!shows_green(c->shows[i]) && now_s - end_s + SLACK_S < c->j->clear_after_s[at])
		return CABINET_SHORT_CLEAR;
	return CABINET_N_FAULTS;
}

static enum cabinet_fault judge(const struct cabinet *c, const char *state, double now_s)
{
	uint32_t n = c->j->n_links;
	enum cabinet_fault fault = CABINET_N_FAULTS;
	for (uint32_t i = 0; i < n && fault == CABINET_N_FAULTS; i++) {
		for (uint32_t k = 0; k < n && fault == CABINET_N_FAULTS; k++)
			fault = judge_pair(c, i, k, state, now_s);
	}
	for (uint32_t i = 0; i < n && fault == CABINET_N_FAULTS; i++)
		fault = judge_link(c, i, state[i], now_s);
	return fault;
}

static void set_lamps(struct cabinet *c, const char *state, double now_s)
{
	for (uint32_t i = 0; i < c->j->n_links; i++) {
		bool same = c->shows[i] == state[i] || (shows_green(c->shows[i]) && shows_green(state[i]));
		if (c->shows[i] != state[i])
			c->changed_s = now_s;
		if (!same) {
			if (is_lit(c->shows[i]) && !is_lit(state[i]))
				c->clear_from_s[i] = now_s;
			c->since_s[i] = now_s;
		}
		c->shows[i] = state[i];
	}
}

static void go_local(struct cabinet *c, double now_s)
{
	c->mode = CABINET_LOCAL;
	if (!guard_adopt(c->guard, c->shows, now_s, NULL))
		c->tripping = true; /* nothing that a plan could go on from: over amber to red */
}

/* Greens end through amber, whatever their minimum; when all is red the cabinet goes on by itself. */
static void walk_to_red(struct cabinet *c, double now_s)
{
	g_autofree char *state = g_strdup(c->shows);
	bool red = true;
	for (uint32_t i = 0; i < c->j->n_links; i++) {
		if (shows_green(state[i]))
			state[i] = c->j->links[i].pedestrian ? 'r' : 'y';
		else if (is_amber(state[i]) && now_s - c->since_s[i] >= c->j->links[i].amber_s)
			state[i] = 'r';
		red = red && state[i] == 'r';
	}
	set_lamps(c, state, now_s);
	if (!red)
		return;
	c->tripping = false;
	go_local(c, now_s);
}

static void trip(struct cabinet *c, enum cabinet_fault fault, double now_s)
{
	c->counts[fault]++;
	c->mode = CABINET_LOCAL;
	c->locked_until_s = now_s + CABINET_LOCKOUT_S;
	c->tripping = true;
	walk_to_red(c, now_s);
}

struct cabinet *cabinet_new(const struct junction *j, const struct net_program *program, double now_s, GError **error)
{
	owned(plan) plan = plan_from_program(j, program, error);
	if (!plan)
		return NULL;
	struct cabinet *c = g_new0(struct cabinet, 1);
	c->j = j;
	c->plan = give(plan);
	c->guard = guard_new(j, now_s);
	c->shows = g_strnfill(j->n_links, 'r');
	c->since_s = g_new0(double, j->n_links);
	c->clear_from_s = g_new0(double, j->n_links);
	for (uint32_t i = 0; i < j->n_links; i++)
		c->since_s[i] = c->clear_from_s[i] = now_s;
	c->changed_s = now_s;
	c->locked_until_s = c->heard_s = -INFINITY;
	return c;
}

void cabinet_free(struct cabinet *c)
{
	if (!c)
		return;
	plan_free(c->plan);
	guard_free(c->guard);
	g_free(c->shows);
	g_free(c->since_s);
	g_free(c->clear_from_s);
	g_free(c);
}

static bool check_state(const struct cabinet *c, const char *state, GError **error)
{
	size_t n = strlen(state);
	if (n != c->j->n_links)
		return sim_fail(error, "signal %s has %u links, the state has %zu letters", c->j->id, c->j->n_links, n);
	size_t good = strspn(state, "Ggyr");
	if (good < n)
		return sim_fail(error, "signal %s: letter %zu of the state must be one of G, g, y and r", c->j->id, good + 1);
	return true;
}

bool cabinet_show(struct cabinet *c, const char *state, double now_s, GError **error)
{
	if (!check_state(c, state, error))
		return false;
	if (c->tripping || now_s < c->locked_until_s)
		return sim_fail(error, "signal %s runs its own plan for %.0f s more after a fault", c->j->id, MAX(c->locked_until_s - now_s, 0.0));
	enum cabinet_fault fault = judge(c, state, now_s);
	if (fault != CABINET_N_FAULTS && c->mode == CABINET_LOCAL)
		return sim_fail(error, "signal %s is not taken over: %s from %s would be a %s", c->j->id, state, c->shows, cabinet_fault_name(fault));
	if (fault != CABINET_N_FAULTS) {
		trip(c, fault, now_s);
		return sim_fail(error, "signal %s does not show %s: %s; it goes to red and to its own plan", c->j->id, state,
			cabinet_fault_name(fault));
	}
	c->mode = CABINET_CENTRAL;
	c->heard_s = now_s;
	set_lamps(c, state, now_s);
	return true;
}

void cabinet_release(struct cabinet *c, double now_s)
{
	if (c->mode == CABINET_CENTRAL)
		go_local(c, now_s);
}

void cabinet_tick(struct cabinet *c, double now_s)
{
	if (c->mode == CABINET_CENTRAL && now_s - c->heard_s >= CABINET_SILENCE_S)
		go_local(c, now_s);
	if (c->tripping) {
		walk_to_red(c, now_s);
		return;
	}
	if (c->mode == CABINET_CENTRAL)
		return;
	const char *state = guard_next(c->guard, plan_stage(c->plan, now_s, NULL), now_s, NULL);
	enum cabinet_fault fault = judge(c, state, now_s);
	if (fault != CABINET_N_FAULTS)
		trip(c, fault, now_s);
	else
		set_lamps(c, state, now_s);
}

const char *cabinet_shows(const struct cabinet *c)
{
	return c->shows;
}

double cabinet_since_s(const struct cabinet *c)
{
	return c->changed_s;
}

enum cabinet_mode cabinet_mode(const struct cabinet *c)
{
	return c->mode;
}

uint64_t cabinet_count(const struct cabinet *c, enum cabinet_fault fault)
{
	return c->counts[fault];
}
