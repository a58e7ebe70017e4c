/* guard.c - the one door to the street; see guard.h for what it promises.
 *
 * How it walks: it has a target stage. Links that the target does not have end; those that it has and that are not green yet
 * begin, all at once, as soon as nothing that they cross is green, amber or still clearing. A link that ends goes only as
 * early as the beginning needs it to, so a vehicle green may run on while pedestrians clear.
 */
#include "core/guard.h"

#include <math.h>
#include <string.h>

#include "core/core_error.h"
#include "core/units.h"

#define SLACK_S 1e-3  /* 2.9999 s is 3 s: sums of steps are not exact */
#define RED_LEAST_S 1.0 /* a link that turns red stays so for a moment, even if nothing else wants the way */
#define JUMP_S 10.0   /* a longer silence is a clock that jumped */

/* tests/core proves each rule by a build without it: -DGUARD_WITHOUT=GUARD_MIN_GREEN. */
#ifndef GUARD_WITHOUT
#define GUARD_WITHOUT GUARD_N_RULES
#endif
#define ON(rule) (GUARD_WITHOUT != (rule))

struct light {
	double since_s;  /* shows its colour (green of either kind, amber, red) since then */
	double major_s;  /* showed 'G' until then; -INFINITY: has not since it turned green */
	double turn_s;   /* green, or waiting for green, since then; a jump of the clock does not count into it */
	double lead_s;   /* the longest way to a stage that serves it */
	bool served;     /* some stage has it green */
};

struct guard {
	const struct junction *j;
	char *shows;
	char *goal;        /* what the target has, less what is shut: NUL-terminated */
	bool *shut;        /* links that the next call is to take for red */
	struct light *lights;
	bool *hinders;     /* [i*n+k]: junction_hinders */
	uint32_t *begins;  /* scratch: links that the target begins, n_begins of them */
	uint32_t n_begins;
	double last_s;
	uint32_t asked, target;
	bool follows;      /* what shows is its cabinet's own doing */
	uint32_t forced;   /* stage that is served whatever is asked, until it shows; or STAGE_NONE */
	enum guard_rule forced_rule;
	uint32_t forced_link;
	bool hold;         /* asked for with the next call */
	double held_s;     /* something could have begun since then and was held; NaN: not since a link last turned green */
	uint64_t counts[GUARD_N_RULES];
};

/* What holds the beginning up, and for how long. */
struct hold {
	double left_s;
	enum guard_rule rule;
	uint32_t link;
};

const char *guard_rule_name(enum guard_rule rule)
{
	static const char *const names[GUARD_N_RULES] = {"ok", "conflict", "min-green", "max-green", "amber", "all-red", "walk", "ped-clearance",
		"max-red", "asked-wrong", "clock", "hold"};
	return rule < GUARD_N_RULES ? names[rule] : "unknown";
}

static void learn_stages(struct guard *g)
{
	const struct junction *j = g->j;
	uint32_t n = j->n_links;
	for (uint32_t k = 0; k < n; k++) {
		for (uint32_t s = 0; s < j->n_stages; s++) {
			if (!shows_green(j->stages[s].state[k]))
				continue;
			g->lights[k].served = true;
			for (uint32_t from = 0; from < j->n_stages; from++)
				g->lights[k].lead_s = fmax(g->lights[k].lead_s, junction_change_s(j, from, s));
		}
		for (uint32_t i = 0; i < n; i++)
			g->hinders[i * n + k] = junction_hinders(j, i, k);
	}
}

static struct guard *make(const struct junction *j)
{
	struct guard *g = g_new0(struct guard, 1);
	g->j = j;
	g->shows = g_new0(char, j->n_links + 1);
	g->goal = g_new0(char, j->n_links + 1);
	g->shut = g_new0(bool, j->n_links);
	g->lights = g_new0(struct light, j->n_links);
	g->hinders = g_new0(bool, (gsize) j->n_links * j->n_links);
	g->begins = g_new0(uint32_t, j->n_links);
	g->forced = STAGE_NONE;
	g->forced_link = NET_NONE;
	g->held_s = UNKNOWN;
	return g;
}

struct guard *guard_new(const struct junction *j, double now_s)
{
	struct guard *g = make(j);
	learn_stages(g);
	memset(g->shows, 'r', j->n_links);
	g->last_s = now_s;
	for (uint32_t i = 0; i < j->n_links; i++) {
		g->lights[i].since_s = g->lights[i].turn_s = now_s;
		g->lights[i].major_s = -INFINITY;
	}
	return g;
}

struct guard *guard_copy(const struct guard *g)
{
	struct guard *copy = make(g->j), own = *copy;
	uint32_t n = g->j->n_links;
	*copy = *g;
	copy->shows = own.shows;
	copy->goal = own.goal;
	copy->shut = own.shut;
	copy->lights = own.lights;
	copy->hinders = own.hinders;
	copy->begins = own.begins;
	memcpy(copy->shows, g->shows, n + 1);
	memcpy(copy->shut, g->shut, n * sizeof *g->shut);
	memcpy(copy->lights, g->lights, n * sizeof *g->lights);
	memcpy(copy->hinders, g->hinders, (gsize) n * n * sizeof *g->hinders);
	return copy;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	g_free(g->shows);
	g_free(g->goal);
	g_free(g->shut);
	g_free(g->lights);
	g_free(g->hinders);
	g_free(g->begins);
	g_free(g);
}

static void turn(struct guard *g, uint32_t i, char letter, double now_s)
{
	char was = g->shows[i];
	struct light *light = &g->lights[i];
	if (was == letter)
		return;
	if (was == 'G')
		light->major_s = now_s;
	if (shows_green(letter) != shows_green(was))
		light->turn_s = now_s;
	if (shows_green(letter) && !shows_green(was)) {
		light->major_s = -INFINITY;
		g->held_s = UNKNOWN;
	}
	if (!shows_green(letter) || !shows_green(was))
		light->since_s = now_s;
	g->shows[i] = letter;
}

/* Every shown letter may be shown in some stage together with every other, with no more right of way than there. */
static bool may_show_both(const struct junction *j, uint32_t i, char a, uint32_t k, char b)
{
	if (!j->foes[i * j->n_links + k] || (!shows_green(a) && !shows_green(b)))
		return true;
	if (!shows_green(a) || !shows_green(b)) /* green and amber */
		return !j->conflict[i * j->n_links + k];
	for (uint32_t s = 0; s < j->n_stages; s++) {
		char x = j->stages[s].state[i], y = j->stages[s].state[k];
		if (shows_green(x) && shows_green(y) && (a == 'g' || x == 'G') && (b == 'g' || y == 'G'))
			return true;
	}
	return false;
}

/* The letters that a controller may report as ours; pedestrians have no amber. */
static bool take_state(const struct junction *j, const char *state, char *letters, GError **error)
{
	if (strlen(state) != j->n_links) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "signal %.80s: state '%.80s' has %zu letters, must have %u", j->id, state, strlen(state),
			j->n_links);
		return false;
	}
	for (uint32_t i = 0; i < j->n_links; i++) {
		if (!strchr("GgyYrRsu", state[i])) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "signal %.80s: state '%.80s' has '%c', must be letters out of 'GgyYrRsu'", j->id,
				state, g_ascii_isprint(state[i]) ? state[i] : '?');
			return false;
		}
		bool amber = strchr("yY", state[i]) && !j->links[i].pedestrian;
		letters[i] = shows_green(state[i]) ? state[i] : amber ? 'y' : 'r';
	}
	for (uint32_t i = 0; i < j->n_links; i++)
		for (uint32_t k = 0; k < i; k++)
			if ((letters[i] != 'r' && letters[k] != 'r') && !may_show_both(j, i, letters[i], k, letters[k])) {
				g_set_error(error, CORE_ERROR, CORE_ERROR_UNSAFE, "signal %.80s: state '%.80s' shows '%c' to link %u and '%c' to link %u, which cross",
					j->id, state, letters[k], k, letters[i], i);
				return false;
			}
	return true;
}

bool guard_adopt(struct guard *g, const char *state, double now_s, GError **error)
{
	const struct junction *j = g->j;
	g_autofree char *letters = g_new0(char, j->n_links + 1);
	if (!take_state(j, state, letters, error))
		return false;
	memcpy(g->shows, letters, j->n_links);
	for (uint32_t i = 0; i < j->n_links; i++) {
		g->lights[i].since_s = g->lights[i].turn_s = now_s;
		g->lights[i].major_s = letters[i] == 'g' ? now_s : -INFINITY; /* it may have had priority a moment ago */
	}
	uint32_t stage = junction_stage_of(j, letters);
	g->target = g->asked = stage != STAGE_NONE ? stage : g->asked;
	g->forced = STAGE_NONE;
	g->follows = false;
	g->held_s = UNKNOWN;
	g->last_s = now_s;
	return true;
}

/* Back, or far ahead: nobody knows how long anything has really been showing. Waits and long greens keep what they had. */
static bool check_clock(struct guard *g, double now_s)
{
	double step_s = now_s - g->last_s;
	g->last_s = now_s;
	if ((step_s >= 0 && step_s <= JUMP_S) || !ON(GUARD_CLOCK))
		return true;
	g->held_s += step_s;
	for (uint32_t i = 0; i < g->j->n_links; i++) {
		struct light *light = &g->lights[i];
		light->since_s = now_s;
		light->turn_s += step_s;
		light->major_s = isinf(light->major_s) ? light->major_s : now_s;
	}
	return false;
}

/* Is link i green for longer than its maximum, while somebody waits for it to end? `waits` gets who has waited longest. */
static bool is_over(const struct guard *g, uint32_t i, double now_s, uint32_t *waits)
{
	const struct light *light = &g->lights[i];
	double longest_s = now_s - g->j->links[i].max_green_s + SLACK_S, first_s = INFINITY;
	if (!ON(GUARD_MAX_GREEN) || !shows_green(g->shows[i]) || light->turn_s > longest_s)
		return false;
	for (uint32_t k = 0; k < g->j->n_links; k++)
		if (g->hinders[i * g->j->n_links + k] && !shows_green(g->shows[k]) && g->lights[k].turn_s < first_s) {
			first_s = g->lights[k].turn_s;
			*waits = k;
		}
	return first_s <= longest_s;
}

static double deadline_s(const struct guard *g, uint32_t k)
{
	return g->lights[k].turn_s + g->j->links[k].max_red_s - g->lights[k].lead_s;
}

static bool is_overdue(const struct guard *g, uint32_t k, double now_s)
{
	return ON(GUARD_MAX_RED) && g->lights[k].served && !shows_green(g->shows[k]) && now_s > deadline_s(g, k) - SLACK_S;
}

/* The stage for link k: the one asked for if it has it, else that which helps most of those that are overdue too. */
static uint32_t stage_for(const struct guard *g, uint32_t k, uint32_t asked, double now_s)
{
	uint32_t best = STAGE_NONE, most = 0;
	if (shows_green(g->j->stages[asked].state[k]))
		return asked;
	for (uint32_t s = 0; s < g->j->n_stages; s++) {
		uint32_t helped = 1;
		if (!shows_green(g->j->stages[s].state[k]))
			continue;
		for (uint32_t i = 0; i < g->j->n_links; i++)
			helped += shows_green(g->j->stages[s].state[i]) && is_overdue(g, i, now_s);
		if (helped > most)
			best = s, most = helped;
	}
	return best;
}

static void force(struct guard *g, enum guard_rule rule, uint32_t link, double now_s)
{
	g->forced = stage_for(g, link, g->asked, now_s);
	g->forced_rule = rule;
	g->forced_link = link;
}

/* Who has waited beyond bounds goes first, whatever is asked; the one whose time ran out first before the others. A stage once
 * forced stays so until it shows, so that two of them cannot keep each other from ever showing. */
static void choose_target(struct guard *g, double now_s)
{
	uint32_t first = NET_NONE, waits = NET_NONE;
	for (uint32_t k = 0; k < g->j->n_links && g->forced == STAGE_NONE; k++)
		if (is_overdue(g, k, now_s) && (first == NET_NONE || deadline_s(g, k) < deadline_s(g, first)))
			first = k;
	if (first != NET_NONE)
		force(g, GUARD_MAX_RED, first, now_s);
	for (uint32_t i = 0; i < g->j->n_links && g->forced == STAGE_NONE; i++)
		if (shows_green(g->j->stages[g->asked].state[i]) && is_over(g, i, now_s, &waits))
			force(g, GUARD_MAX_GREEN, waits, now_s);
	g->target = g->forced != STAGE_NONE ? g->forced : g->asked;
}

/* Ambers that are over, priority that the target does not give, and who is to begin. */
static void prepare(struct guard *g, double now_s)
{
	const char *goal = g->goal;
	g->n_begins = 0;
	for (uint32_t i = 0; i < g->j->n_links; i++) {
		if (g->shows[i] == 'y' && (now_s - g->lights[i].since_s >= g->j->links[i].amber_s - SLACK_S || !ON(GUARD_AMBER)))
			turn(g, i, 'r', now_s);
		if (g->shows[i] == 'G' && goal[i] == 'g')
			turn(g, i, 'g', now_s);
		if (shows_green(goal[i]) && g->shows[i] != goal[i])
			g->begins[g->n_begins++] = i;
	}
}

static double least_left_s(const struct guard *g, uint32_t i, double now_s)
{
	if (!ON(g->j->links[i].pedestrian ? GUARD_WALK : GUARD_MIN_GREEN))
		return 0;
	return fmax(0, g->lights[i].since_s + g->j->links[i].min_green_s - now_s);
}

/* For how long link i keeps its foe k from beginning, if i ends as early as it may. `goal` is what the stage wants of i. */
static struct hold hold_of(const struct guard *g, uint32_t i, uint32_t k, char goal, double now_s)
{
	const struct signal_link *link = &g->j->links[i];
	const struct light *light = &g->lights[i];
	double clear_s = g->j->clear_after_s[i * g->j->n_links + k], shown_s = now_s - light->since_s;
	enum guard_rule clearing = link->pedestrian ? GUARD_PED_CLEARANCE : GUARD_ALL_RED;
	clear_s = ON(clearing) ? clear_s : 0;
	switch (g->shows[i]) {
	case 'r':
		return (struct hold){clear_s - shown_s, clearing, i};
	case 'y':
		return (struct hold){ON(GUARD_CONFLICT) ? link->amber_s - shown_s + clear_s : 0, GUARD_AMBER, i};
	default:
		if (!ON(GUARD_CONFLICT))
			return (struct hold){0, GUARD_OK, i};
		if (shows_green(goal)) { /* both stay; who gives up priority must have had time to leave with it */
			double given_up_s = g->shows[i] == 'G' ? now_s : light->major_s;
			return (struct hold){goal == 'g' ? given_up_s + link->amber_s + clear_s - now_s : 0, GUARD_AMBER, i};
		}
		double least_s = least_left_s(g, i, now_s);
		enum guard_rule rule = least_s > SLACK_S ? (link->pedestrian ? GUARD_WALK : GUARD_MIN_GREEN) : link->pedestrian ? clearing : GUARD_AMBER;
		return (struct hold){least_s + link->amber_s + clear_s, rule, i};
	}
}

static void longer(struct hold *hold, struct hold other)
{
	if (other.left_s > hold->left_s)
		*hold = other;
}

/* When the links of `goal` in `begins` may all begin, from now. */
static struct hold hold_all(const struct guard *g, const char *goal, const uint32_t *begins, uint32_t n_begins, double now_s)
{
	const struct junction *j = g->j;
	struct hold hold = {0, GUARD_OK, NET_NONE};
	for (uint32_t b = 0; b < n_begins; b++) {
		uint32_t k = begins[b];
		const bool *foes = &j->foes[k * j->n_links];
		double shown_s = now_s - g->lights[k].since_s;
		if (!shows_green(g->shows[k])) /* amber is followed by red, always and long enough to be seen */
			longer(&hold, g->shows[k] == 'y' ? (struct hold){j->links[k].amber_s + RED_LEAST_S - shown_s, GUARD_AMBER, k}
											 : (struct hold){RED_LEAST_S - shown_s, GUARD_ALL_RED, k});
		for (uint32_t i = 0; i < j->n_links; i++)
			if (foes[i])
				longer(&hold, hold_of(g, i, k, goal[i], now_s));
	}
	return hold;
}

/* How long before the beginning link i has to end: its own intergreen to what begins. */
static double notice_s(const struct guard *g, uint32_t i)
{
	double longest_s = 0;
	for (uint32_t b = 0; b < g->n_begins; b++)
		longest_s = fmax(longest_s, junction_intergreen(g->j, i, g->begins[b]));
	return longest_s;
}

/* Ends what the target does not have. Pedestrians at once; vehicles when the beginning needs it, together. */
static void end_greens(struct guard *g, double now_s)
{
	const struct junction *j = g->j;
	const char *goal = g->goal;
	double together_s = 0;
	uint32_t waits;
	for (uint32_t i = 0; i < j->n_links; i++) {
		if (!shows_green(g->shows[i]) || (shows_green(goal[i]) && !is_over(g, i, now_s, &waits)))
			continue;
		if (j->links[i].pedestrian && least_left_s(g, i, now_s) <= SLACK_S)
			turn(g, i, 'r', now_s);
		else if (!j->links[i].pedestrian)
			together_s = fmax(together_s, notice_s(g, i));
	}
	struct hold hold = hold_all(g, g->goal, g->begins, g->n_begins, now_s);
	for (uint32_t i = 0; i < j->n_links; i++) {
		if (!shows_green(g->shows[i]) || j->links[i].pedestrian || least_left_s(g, i, now_s) > SLACK_S)
			continue;
		double notice = shows_green(goal[i]) ? 0 : notice_s(g, i);
		bool due = !shows_green(goal[i]) && hold.left_s <= (notice > 0 ? notice : together_s) + SLACK_S;
		if (due || is_over(g, i, now_s, &waits))
			turn(g, i, ON(GUARD_AMBER) ? 'y' : 'r', now_s);
	}
}

static bool shows_all(const struct guard *g, uint32_t stage)
{
	const char *goal = g->j->stages[stage].state;
	for (uint32_t i = 0; i < g->j->n_links; i++)
		if (shows_green(goal[i]) && g->shows[i] != goal[i])
			return false;
	return true;
}

bool guard_settled(const struct guard *g)
{
	return g->follows ? junction_runs_stage(g->j, g->target, g->shows) : strcmp(g->shows, g->j->stages[g->target].state) == 0;
}

/* May what could begin now be held, as was asked? For how long still, s; 0: no. */
static double may_hold_s(struct guard *g, double now_s)
{
	if (!g->hold || g->n_begins == 0 || g->forced != STAGE_NONE)
		return 0;
	if (isnan(g->held_s))
		g->held_s = now_s;
	double left_s = g->held_s + GUARD_HOLD_S - now_s;
	return left_s > SLACK_S ? left_s : ON(GUARD_HOLD) ? 0 : GUARD_HOLD_S;
}

/* What is shut is left out, unless somebody has to be served whatever is asked or nobody would have green. */
static void set_goal(struct guard *g)
{
	const char *state = g->j->stages[g->target].state;
	bool any = false;
	for (uint32_t i = 0; i < g->j->n_links; i++)
		any = any || (shows_green(state[i]) && !g->shut[i]);
	for (uint32_t i = 0; i < g->j->n_links; i++)
		g->goal[i] = g->shut[i] && any && g->forced == STAGE_NONE ? 'r' : state[i];
}

/* Walks as far as the rules let it; returns what holds up the rest. */
static struct hold walk(struct guard *g, double now_s)
{
	const char *goal = g->goal;
	prepare(g, now_s);
	end_greens(g, now_s);
	prepare(g, now_s); /* a link over its maximum has just ended and is to begin again */
	struct hold hold = hold_all(g, g->goal, g->begins, g->n_begins, now_s);
	if (hold.left_s > SLACK_S)
		return hold;
	double held_s = may_hold_s(g, now_s);
	if (held_s > 0)
		return (struct hold){held_s, GUARD_HOLD, NET_NONE};
	for (uint32_t b = 0; b < g->n_begins; b++)
		turn(g, g->begins[b], goal[g->begins[b]], now_s);
	/* All greens are there. What is left over is only ending. */
	hold = (struct hold){0, GUARD_OK, NET_NONE};
	for (uint32_t i = 0; i < g->j->n_links; i++) {
		if (g->shows[i] == 'y')
			longer(&hold, (struct hold){g->j->links[i].amber_s - (now_s - g->lights[i].since_s), GUARD_AMBER, i});
		else if (shows_green(g->shows[i]) && !shows_green(goal[i]))
			longer(&hold, (struct hold){least_left_s(g, i, now_s) + SLACK_S, g->j->links[i].pedestrian ? GUARD_WALK : GUARD_MIN_GREEN, i});
	}
	return hold;
}

bool guard_follow(struct guard *g, const char *state, double now_s, GError **error)
{
	const struct junction *j = g->j;
	g_autofree char *letters = g_new0(char, j->n_links + 1);
	if (!take_state(j, state, letters, error))
		return false;
	check_clock(g, now_s);
	for (uint32_t i = 0; i < j->n_links; i++)
		turn(g, i, letters[i], now_s);
	/* Its walks end long before its greens: that is no way to anywhere. */
	uint32_t stage = junction_runs_stage(j, g->target, letters) ? g->target : junction_stage_run(j, letters);
	g->target = g->asked = stage != STAGE_NONE ? stage : g->asked;
	g->forced = STAGE_NONE;
	g->follows = true;
	return true;
}

const char *guard_next(struct guard *g, uint32_t stage, double now_s, struct guard_verdict *verdict)
{
	struct guard_verdict said = {GUARD_CLOCK, NET_NONE, UNKNOWN, g->target};
	if (isfinite(now_s)) {
		bool clock = check_clock(g, now_s), exists = stage < g->j->n_stages;
		if (exists)
			g->asked = stage;
		else if (!ON(GUARD_ASKED_WRONG))
			g->asked = stage % g->j->n_stages;
		choose_target(g, now_s);
		set_goal(g);
		struct hold hold = walk(g, now_s);
		said = (struct guard_verdict){hold.rule, hold.link, hold.left_s, g->target};
		if (!clock)
			said.rule = GUARD_CLOCK;
		else if (!exists)
			said.rule = GUARD_ASKED_WRONG;
		else if (g->target != stage)
			said.rule = g->forced_rule, said.link = g->forced_link;
		if (g->forced != STAGE_NONE && shows_all(g, g->forced))
			g->forced = STAGE_NONE;
	}
	g->hold = false;
	memset(g->shut, 0, g->j->n_links * sizeof *g->shut);
	g->counts[said.rule]++;
	if (verdict)
		*verdict = said;
	return g->shows;
}

void guard_hold(struct guard *g)
{
	g->hold = true;
}

void guard_shut(struct guard *g, uint32_t link)
{
	g->shut[link] = true;
}

const char *guard_shows(const struct guard *g)
{
	return g->shows;
}

double guard_since_s(const struct guard *g, uint32_t link)
{
	return g->lights[link].since_s;
}

uint32_t guard_stage(const struct guard *g)
{
	return g->target;
}

double guard_wait_s(const struct guard *g, uint32_t stage, double now_s)
{
	const char *goal = g->j->stages[stage].state;
	struct hold hold = {0, GUARD_OK, NET_NONE};
	for (uint32_t k = 0; k < g->j->n_links; k++) {
		if (!shows_green(goal[k]) || g->shows[k] == goal[k] || (g->shows[k] == 'G' && goal[k] == 'g'))
			continue;
		longer(&hold, hold_all(g, goal, &k, 1, now_s));
	}
	return hold.left_s;
}

uint64_t guard_count(const struct guard *g, enum guard_rule rule)
{
	return rule < GUARD_N_RULES ? g->counts[rule] : 0;
}
