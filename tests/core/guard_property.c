/* guard_property.c - millions of requests, most of them mad, and never an unsafe light.
 *
 *   guard_property [--requests N] [--seed N] [--caught-by RULE] [NETWORK ...]
 *
 * Random junctions first, then every signal of the networks that can be read (those under ../shared may be missing). With
 * --caught-by the guard is one with a rule left out (see guard.c): the run passes when the checker finds that this rule, and
 * no other, is broken.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "random_junction.h"
#include "street.h"

#define ROUND 4000 /* requests to one guard */

enum asks { ASK_ANY, ASK_ONE, ASK_TWO, ASK_DWELL, ASK_WRONG, N_ASKS };
enum steps { STEP_SECOND, STEP_TENTH, STEP_UNEVEN, STEP_LONG, N_STEPS };

struct game {
	struct dice dice;
	const struct junction *j;
	struct guard *guard;
	struct street *street;
	enum asks asks;
	enum steps steps;
	double holds;          /* share of the requests with guard_hold */
	double shuts;          /* and with guard_shut for some links, other ones in every tenth of them */
	uint64_t shut;         /* those links, one bit each of the first 64 */
	double jumps;          /* share of the requests before which the clock jumps */
	double now_s;
	uint32_t asked, valid; /* asked for last; last of those that exist */
	uint64_t requests;
	uint64_t adopted, refused, jumped;
};

static uint32_t ask(struct game *g)
{
	uint32_t n = g->j->n_stages;
	switch (g->asks) {
	case ASK_ANY:
		return dice_below(&g->dice, n);
	case ASK_ONE:
		return g->asked;
	case ASK_TWO:
		return (g->asked + 1) % MIN(n, 2);
	case ASK_WRONG:
		return dice_chance(&g->dice, 0.02) ? n + dice_below(&g->dice, 3) : dice_chance(&g->dice, 0.02) ? UINT32_MAX : dice_below(&g->dice, n);
	default:
		return dice_chance(&g->dice, 0.05) ? dice_below(&g->dice, n) : g->asked;
	}
}

static double step_s(struct game *g)
{
	if (dice_chance(&g->dice, g->jumps)) {
		g->jumped++;
		return dice_chance(&g->dice, 0.5) ? -dice_between(&g->dice, 0, 1000) : dice_between(&g->dice, 10.01, 1000);
	}
	switch (g->steps) {
	case STEP_SECOND:
		return 1;
	case STEP_TENTH:
		return 0.1;
	case STEP_UNEVEN:
		return dice_between(&g->dice, 0.05, 1.5);
	default:
		return dice_between(&g->dice, 0, 6);
	}
}

/* A controller reports something: safe or not, half of it made up. */
static bool adopt_something(struct game *g, char *why)
{
	static const char letters[] = "GgyrGrrrsu";
	uint32_t n = g->j->n_links;
	g_autofree char *state = g_strdup(g->j->stages[dice_below(&g->dice, g->j->n_stages)].state);
	g_autofree char *before = g_strdup(guard_shows(g->guard));
	for (uint32_t i = 0, changes = dice_below(&g->dice, n + 1); i < changes; i++)
		state[dice_below(&g->dice, n)] = letters[dice_below(&g->dice, sizeof letters - 1)];
	if (!guard_adopt(g->guard, state, g->now_s, NULL)) {
		g->refused++;
		return strcmp(before, guard_shows(g->guard)) == 0;
	}
	uint32_t stage = junction_stage_of(g->j, guard_shows(g->guard));
	g->valid = stage != STAGE_NONE ? stage : g->valid;
	g->adopted++;
	g_snprintf(why, 256, "adopted '%s' as '%s', which is not safe", state, guard_shows(g->guard));
	return street_restart(g->street, guard_shows(g->guard), g->now_s);
}

/* A request for a stage that does not exist is one for the stage asked for before; one at no time at all changes nothing. */
static enum guard_rule ask_nonsense(struct game *g, char *why)
{
	struct guard_verdict verdict;
	if (dice_chance(&g->dice, 0.001)) {
		g_autofree char *before = g_strdup(guard_shows(g->guard));
		if (strcmp(before, guard_next(g->guard, g->valid, NAN, &verdict)) != 0 || verdict.rule != GUARD_CLOCK) {
			g_snprintf(why, 256, "a request without a time changed '%s'", before);
			return GUARD_CLOCK;
		}
	}
	if (g->asked < g->j->n_stages)
		return GUARD_OK;
	owned(guard) twin = guard_copy(g->guard);
	owned(guard) held = guard_copy(g->guard);
	const char *as_asked = guard_next(twin, g->asked, g->now_s, &verdict), *as_held = guard_next(held, g->valid, g->now_s, NULL);
	g_snprintf(why, 256, "stage %u does not exist: '%s' shows, not '%s' (%s)", g->asked, as_asked, as_held, guard_rule_name(verdict.rule));
	bool said = verdict.rule == GUARD_ASKED_WRONG || verdict.rule == GUARD_CLOCK;
	return said && strcmp(as_asked, as_held) == 0 && guard_stage(twin) == guard_stage(held) ? GUARD_OK : GUARD_ASKED_WRONG;
}

static void shut_some(struct game *g)
{
	if (!dice_chance(&g->dice, g->shuts))
		return;
	if (dice_chance(&g->dice, 0.1)) {
		g->shut = 0;
		for (uint32_t i = 0, n = dice_below(&g->dice, g->j->n_links); i < n; i++)
			g->shut |= UINT64_C(1) << (dice_below(&g->dice, g->j->n_links) & 63);
	}
	for (uint32_t i = 0; i < MIN(g->j->n_links, 64); i++)
		if (g->shut >> i & 1)
			guard_shut(g->guard, i);
}

static enum guard_rule play(struct game *g, uint32_t requests, char *why)
{
	for (uint32_t r = 0; r < requests; r++) {
		g->now_s += step_s(g);
		g->asked = ask(g);
		enum guard_rule broken = ask_nonsense(g, why);
		if (broken)
			return broken;
		if (g->asked < g->j->n_stages)
			g->valid = g->asked;
		if (dice_chance(&g->dice, g->holds))
			guard_hold(g->guard);
		shut_some(g);
		const char *state = guard_next(g->guard, g->asked, g->now_s, NULL);
		broken = street_see(g->street, state, g->now_s, why);
		g->requests++;
		if (broken)
			return broken;
		if (dice_chance(&g->dice, 0.0005) && !adopt_something(g, why))
			return GUARD_CONFLICT;
	}
	return GUARD_OK;
}

static enum guard_rule play_round(struct game *g, const struct junction *j, char *why)
{
	g->j = j;
	g->now_s = dice_chance(&g->dice, 0.5) ? 1.8e9 : dice_between(&g->dice, -100, 100);
	owned(guard) guard = guard_new(j, g->now_s);
	owned(street) street = street_new(j, g->now_s);
	g->guard = guard;
	g->street = street;
	g->asks = (enum asks) dice_below(&g->dice, N_ASKS);
	g->steps = (enum steps) dice_below(&g->dice, N_STEPS);
	g->holds = dice_chance(&g->dice, 0.5) ? 0 : dice_chance(&g->dice, 0.5) ? 1 : dice_between(&g->dice, 0, 1);
	g->shuts = dice_chance(&g->dice, 0.5) ? 0 : dice_chance(&g->dice, 0.5) ? 1 : dice_between(&g->dice, 0, 1);
	g->shut = 0;
	g->jumps = dice_chance(&g->dice, 0.3) ? 0.002 : 0;
	g->asked = g->valid = dice_below(&g->dice, j->n_stages);
	if (g->asks == ASK_WRONG)
		g->valid = 0; /* nothing asked for yet is the first stage */
	enum guard_rule broken = play(g, ROUND, why);
	uint64_t said = 0;
	for (uint32_t rule = 0; rule < GUARD_N_RULES; rule++)
		said += guard_count(guard, (enum guard_rule) rule);
	if (!broken && said < ROUND) {
		g_snprintf(why, 256, "%" PRIu64 " verdicts are counted, %d were given", said, ROUND);
		broken = GUARD_ASKED_WRONG;
	}
	return broken;
}

static void tell(const struct game *g, enum guard_rule broken, const char *why)
{
	printf("%s broken at %s, request %" PRIu64 ", t = %.3f s: %s\n", guard_rule_name(broken), g->j->id, g->requests, g->now_s, why);
	for (uint32_t s = 0; s < g->j->n_stages; s++)
		printf("  stage %s %s\n", g->j->stages[s].name, g->j->stages[s].state);
}

/* Every signal of one network, with the limits at both ends. */
static enum guard_rule play_network(struct game *g, const char *path, uint64_t requests, char *why)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(path, NULL, &error);
	if (!net) {
		printf("passed over: %s\n", error->message);
		return GUARD_OK;
	}
	uint64_t end = g->requests + requests;
	enum guard_rule broken = GUARD_OK;
	while (g->requests < end && !broken)
		for (uint32_t s = 0; s < net->n_signals && !broken; s++) {
			struct junction_limits limits = junction_limits_default();
			limits.max_green_s = dice_between(&g->dice, 10, 60);
			limits.max_red_s = dice_between(&g->dice, 20, 120);
			limits.all_red_s = dice_chance(&g->dice, 0.5) ? dice_between(&g->dice, 0, 3) : (double) NAN;
			g_clear_error(&error);
			owned(junction) j = junction_new(net, s, &limits, &error);
			if (!j) {
				printf("%s\n", error->message);
				return GUARD_ASKED_WRONG;
			}
			broken = play_round(g, j, why);
			if (broken)
				tell(g, broken, why);
		}
	return broken;
}

static enum guard_rule play_dice(struct game *g, uint64_t requests, char *why)
{
	uint64_t end = g->requests + requests;
	while (g->requests < end) {
		owned(junction) j = random_junction(&g->dice);
		enum guard_rule broken = play_round(g, j, why);
		if (broken) {
			tell(g, broken, why);
			return broken;
		}
	}
	return GUARD_OK;
}

int main(int argc, char **argv)
{
	struct game game = {.dice = {20260101}};
	uint64_t requests = 10000000, seed = game.dice.state;
	const char *expect = NULL;
	char why[256] = "";
	int at = 1;
	for (; at + 1 < argc && g_str_has_prefix(argv[at], "--"); at += 2) {
		if (strcmp(argv[at], "--requests") == 0)
			requests = g_ascii_strtoull(argv[at + 1], NULL, 10);
		else if (strcmp(argv[at], "--seed") == 0)
			seed = game.dice.state = g_ascii_strtoull(argv[at + 1], NULL, 10);
		else if (strcmp(argv[at], "--caught-by") == 0)
			expect = argv[at + 1];
		else
			return 2;
	}
	uint32_t networks = (uint32_t) (argc - at);
	enum guard_rule broken = play_dice(&game, networks ? requests / 2 : requests, why);
	for (; at < argc && !broken; at++)
		broken = play_network(&game, argv[at], requests / 2 / networks, why);
	if (!broken && !expect && game.requests < requests)
		broken = play_dice(&game, requests - game.requests, why); /* for the networks that are not there */
	printf("seed %" PRIu64 ": %" PRIu64 " requests, %" PRIu64 " clock jumps, %" PRIu64 " states adopted, %" PRIu64 " refused\n", seed,
		game.requests, game.jumped, game.adopted, game.refused);
	if (expect)
		return broken && strcmp(expect, guard_rule_name(broken)) == 0 ? 0 : 1;
	return broken ? 1 : 0;
}
