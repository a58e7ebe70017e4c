/* street.c - checks what shows at a junction, second by second; see street.h. */
#include "street.h"

#include <math.h>
#include <string.h>

#define SLACK_S 0.002
#define JUMP_S 10.0
#define WHY 256

struct lamp {
	char letter;
	double since_s;   /* colour */
	double turn_s;    /* green or not; jumps of the clock left out */
	double given_s;   /* when it went from G to g in this green, -INFINITY: it did not */
	bool served;
};

struct street {
	const struct junction *j;
	struct lamp *lamps;
	bool *waits;       /* [k*n+i] k is served, and never together with i */
	double last_s, longest_step_s;
	double patience_s; /* on top of the maximum red */
	double clear_s;    /* the longest clearance */
	double dark_s;     /* nothing is green or amber since then, NaN: something is */
};

static bool is_green(char c)
{
	return c == 'G' || c == 'g';
}

struct street *street_new(const struct junction *j, double now_s)
{
	struct street *s = g_new0(struct street, 1);
	uint32_t n = j->n_links;
	double green_s = 0, between_s = 0, amber_s = 0;
	s->j = j;
	s->last_s = s->dark_s = now_s;
	s->clear_s = 1; /* a link that turns red stays so for a moment */
	s->lamps = g_new0(struct lamp, n);
	s->waits = g_new0(bool, n * n);
	for (uint32_t k = 0; k < n; k++) {
		s->lamps[k] = (struct lamp){'r', now_s, now_s, -INFINITY, false};
		for (uint32_t st = 0; st < j->n_stages; st++)
			s->lamps[k].served |= is_green(j->stages[st].state[k]);
		green_s = fmax(green_s, j->links[k].min_green_s);
		amber_s = fmax(amber_s, j->links[k].amber_s);
		for (uint32_t i = 0; i < n; i++) {
			bool together = false;
			for (uint32_t st = 0; st < j->n_stages; st++)
				together |= is_green(j->stages[st].state[k]) && is_green(j->stages[st].state[i]);
			s->waits[k * n + i] = s->lamps[k].served && !together;
			s->clear_s = fmax(s->clear_s, j->clear_after_s[k * n + i]);
			if (j->foes[k * n + i])
				between_s = fmax(between_s, j->links[k].amber_s + j->clear_after_s[k * n + i]);
		}
	}
	/* Everybody whose time runs out at once is served stage by stage: each needs what shows to end, and the way. */
	s->patience_s = j->n_stages * (green_s + between_s + amber_s);
	return s;
}

void street_free(struct street *s)
{
	if (!s)
		return;
	g_free(s->lamps);
	g_free(s->waits);
	g_free(s);
}

/* Both as much as some stage shows them together? Or green and amber that some stage has green together. */
static bool go_together(const struct junction *j, uint32_t i, char a, uint32_t k, char b)
{
	if (!j->foes[i * j->n_links + k] || a == 'r' || b == 'r' || (a == 'y' && b == 'y'))
		return true;
	if (a == 'y' || b == 'y')
		return !j->conflict[i * j->n_links + k];
	for (uint32_t st = 0; st < j->n_stages; st++) {
		char x = j->stages[st].state[i], y = j->stages[st].state[k];
		if (is_green(x) && is_green(y) && !(a == 'G' && x == 'g') && !(b == 'G' && y == 'g'))
			return true;
	}
	return false;
}

static enum guard_rule see_conflicts(const struct street *s, const char *state, char *why)
{
	for (uint32_t i = 0; i < s->j->n_links; i++)
		for (uint32_t k = 0; k < i; k++)
			if (!go_together(s->j, i, state[i], k, state[k])) {
				g_snprintf(why, WHY, "link %u shows %c and link %u shows %c", k, state[k], i, state[i]);
				return GUARD_CONFLICT;
			}
	return GUARD_OK;
}

bool street_restart(struct street *s, const char *state, double now_s)
{
	char why[WHY];
	s->last_s = now_s;
	s->dark_s = strpbrk(state, "Ggy") ? NAN : now_s;
	for (uint32_t i = 0; i < s->j->n_links; i++) {
		bool served = s->lamps[i].served;
		s->lamps[i] = (struct lamp){state[i], now_s, now_s, state[i] == 'g' ? now_s : -INFINITY, served};
	}
	return see_conflicts(s, state, why) == GUARD_OK;
}

/* Link i's own order of colours and how long each has to last. */
static enum guard_rule see_link(const struct street *s, uint32_t i, char now, double t_s, char *why)
{
	const struct signal_link *link = &s->j->links[i];
	const struct lamp *lamp = &s->lamps[i];
	double shown_s = t_s - lamp->since_s;
	if (lamp->letter != now || (now == 'y' && shown_s >= link->amber_s))
		g_snprintf(why, WHY, "link %u goes from %c to %c after %g s", i, lamp->letter, now, shown_s);
	if (!strchr("Ggyr", now) || (link->pedestrian && now == 'y'))
		return GUARD_AMBER;
	if (is_green(lamp->letter) && !is_green(now)) {
		if (shown_s < link->min_green_s - SLACK_S)
			return link->pedestrian ? GUARD_WALK : GUARD_MIN_GREEN;
		if (!link->pedestrian && now != 'y')
			return GUARD_AMBER;
	}
	if (lamp->letter == 'r' && now == 'y')
		return GUARD_AMBER;
	if (lamp->letter == 'y') {
		bool over = shown_s >= link->amber_s - SLACK_S; /* and red always comes next */
		if (is_green(now) || (now == 'r' && !over) || (now == 'y' && shown_s >= link->amber_s + SLACK_S))
			return GUARD_AMBER;
	}
	return GUARD_OK;
}

/* Link k begins (or takes priority): has everybody who crosses it left? */
static enum guard_rule see_begin(const struct street *s, uint32_t k, const char *state, double t_s, char *why)
{
	uint32_t n = s->j->n_links;
	for (uint32_t i = 0; i < n; i++) {
		const struct lamp *lamp = &s->lamps[i];
		double clear_s = s->j->clear_after_s[i * n + k];
		if (!s->j->foes[i * n + k])
			continue;
		if (state[i] != 'G' && t_s - lamp->since_s < 60)
			g_snprintf(why, WHY, "link %u begins, link %u shows %c since %g s and needs %g s to clear", k, i, state[i], t_s - lamp->since_s,
				clear_s);
		if (state[i] == 'y')
			return GUARD_CONFLICT;
		if (state[i] == 'r' && lamp->letter == 'r' && t_s - lamp->since_s < clear_s - SLACK_S)
			return s->j->links[i].pedestrian ? GUARD_PED_CLEARANCE : GUARD_ALL_RED;
		if (state[i] == 'r' && lamp->letter != 'r' && clear_s > SLACK_S)
			return s->j->links[i].pedestrian ? GUARD_PED_CLEARANCE : GUARD_ALL_RED;
		bool gave_up = state[i] == 'g' && is_green(lamp->letter);
		double given_s = lamp->letter == 'G' ? t_s : lamp->given_s;
		if (gave_up && t_s - given_s < s->j->links[i].amber_s + clear_s - SLACK_S)
			return GUARD_CONFLICT;
	}
	return GUARD_OK;
}

static enum guard_rule see_waiting(const struct street *s, uint32_t k, const char *state, double t_s, char *why)
{
	const struct signal_link *link = &s->j->links[k];
	if (!s->lamps[k].served || is_green(state[k]))
		return GUARD_OK;
	double waited_s = t_s - s->lamps[k].turn_s;
	double patience_s = s->patience_s + 5 * s->j->n_stages * s->longest_step_s;
	if (waited_s <= link->max_red_s + patience_s)
		return GUARD_OK;
	g_snprintf(why, WHY, "link %u waits for %g s, at most %g s and %g s to end what shows are allowed", k, waited_s, link->max_red_s, patience_s);
	return GUARD_MAX_RED;
}

/* Is link i green for too long while somebody waits for it to end? */
static enum guard_rule see_long_green(const struct street *s, uint32_t i, const char *state, double t_s, char *why)
{
	const struct lamp *lamp = &s->lamps[i];
	const struct signal_link *link = &s->j->links[i];
	double most_s = link->max_green_s + SLACK_S;
	if (!is_green(state[i]) || t_s - lamp->turn_s <= most_s || t_s - lamp->since_s < link->min_green_s)
		return GUARD_OK;
	for (uint32_t k = 0; k < s->j->n_links; k++)
		if (s->waits[k * s->j->n_links + i] && !is_green(state[k]) && t_s - s->lamps[k].turn_s > most_s) {
			g_snprintf(why, WHY, "link %u is green for %g s and keeps link %u waiting for %g s", i, t_s - lamp->turn_s, k,
				t_s - s->lamps[k].turn_s);
			return GUARD_MAX_GREEN;
		}
	return GUARD_OK;
}

/* All red for longer than clearing and holding can take? */
static enum guard_rule see_dark(struct street *s, const char *state, double t_s, char *why)
{
	double most_s = s->clear_s + GUARD_HOLD_S + 2 * s->longest_step_s + SLACK_S;
	if (strpbrk(state, "Ggy"))
		s->dark_s = NAN;
	else if (isnan(s->dark_s))
		s->dark_s = t_s;
	if (!(t_s - s->dark_s > most_s))
		return GUARD_OK;
	g_snprintf(why, WHY, "all is red for %g s, at most %g s are allowed", t_s - s->dark_s, most_s);
	return GUARD_HOLD;
}

static void look(struct street *s, const char *state, double t_s)
{
	for (uint32_t i = 0; i < s->j->n_links; i++) {
		struct lamp *lamp = &s->lamps[i];
		char was = lamp->letter, now = state[i];
		if (was == now)
			continue;
		if (is_green(now) != is_green(was)) {
			lamp->turn_s = t_s;
			lamp->given_s = -INFINITY;
		}
		if (was == 'G' && now == 'g')
			lamp->given_s = t_s;
		if (!is_green(was) || !is_green(now))
			lamp->since_s = t_s;
		lamp->letter = now;
	}
}

static void see_clock(struct street *s, double now_s)
{
	double step_s = now_s - s->last_s;
	s->last_s = now_s;
	if (step_s >= 0 && step_s <= JUMP_S) {
		s->longest_step_s = fmax(s->longest_step_s, step_s);
		return;
	}
	s->dark_s = isnan(s->dark_s) ? NAN : now_s;
	for (uint32_t i = 0; i < s->j->n_links; i++) {
		struct lamp *lamp = &s->lamps[i];
		lamp->since_s = now_s;
		lamp->turn_s += step_s;
		lamp->given_s = isinf(lamp->given_s) ? lamp->given_s : now_s;
	}
}

enum guard_rule street_see(struct street *s, const char *state, double now_s, char *why)
{
	enum guard_rule broken = GUARD_OK;
	bool changed = false, jumped = now_s < s->last_s || now_s > s->last_s + JUMP_S;
	see_clock(s, now_s);
	for (uint32_t i = 0; i < s->j->n_links && !broken; i++) {
		broken = see_link(s, i, state[i], now_s, why);
		changed |= s->lamps[i].letter != state[i];
	}
	if (changed && !broken)
		broken = see_conflicts(s, state, why);
	for (uint32_t k = 0; k < s->j->n_links && changed && !broken; k++)
		if (is_green(state[k]) && s->lamps[k].letter != state[k] && !(s->lamps[k].letter == 'G' && state[k] == 'g'))
			broken = see_begin(s, k, state, now_s, why);
	if (!broken)
		look(s, state, now_s);
	for (uint32_t k = 0; k < s->j->n_links && !broken; k++)
		broken = see_waiting(s, k, state, now_s, why);
	for (uint32_t i = 0; i < s->j->n_links && !broken; i++)
		broken = see_long_green(s, i, state, now_s, why);
	broken = broken ? broken : see_dark(s, state, now_s, why);
	/* What is too short only because time is counted anew is the clock's rule. */
	return broken && jumped ? GUARD_CLOCK : broken;
}
