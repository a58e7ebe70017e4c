/* guard.h - what may show at a junction, whatever was asked. The one door to the street.
 *
 * Every change of a light in every program goes through guard_next: it is asked for a stage and answers with the state
 * string to show now. It walks there by itself: greens end after their minimum through amber, conflicting links wait for
 * intergreen and pedestrian clearance, a green that is over its maximum ends, a link that has waited its maximum red
 * is served although nobody asked. What is asked can only ever slow down, never break a rule.
 *
 * Pure: no clock, no I/O, no randomness; time comes in as an argument and never goes back.
 *
 * The rules, each named in guard_rule and each proven by tests/core/guard_property.c:
 */
#pragma once

#include "core/junction.h"

enum guard_rule {
	GUARD_OK,            /* what was asked is what shows */
	GUARD_CONFLICT,      /* two conflicting links are never green, or green and amber, at once */
	GUARD_MIN_GREEN,     /* a vehicle green lasts at least its minimum */
	GUARD_MAX_GREEN,     /* no green is longer than its maximum while another link waits for it to end */
	GUARD_AMBER,         /* a vehicle green ends through amber of exactly its length (rounded up to the calls) */
	GUARD_ALL_RED,       /* after amber, clear_s until a conflicting green */
	GUARD_WALK,          /* pedestrians' green lasts at least the walk time */
	GUARD_PED_CLEARANCE, /* and their clearance runs out before a conflicting green */
	GUARD_MAX_RED,       /* no link that a stage serves waits longer than its maximum red, plus the time the rules need to end what shows */
	GUARD_ASKED_WRONG,   /* a stage that does not exist: held, counted */
	GUARD_CLOCK,         /* time went back or jumped: minimum times start again */
	GUARD_HOLD,          /* what would begin is held as guard_hold asks, never for longer than GUARD_HOLD_S */
	GUARD_N_RULES,
};

const char *guard_rule_name(enum guard_rule rule); /* "min-green" ... */

struct guard_verdict {
	enum guard_rule rule; /* why it does not show what was asked, or GUARD_OK */
	uint32_t link;        /* the link that holds it up, or NET_NONE */
	double left_s;        /* for how long, where known */
	uint32_t stage;       /* the stage that it shows or is on the way to */
};

struct guard; /* remembers what shows and since when */

/* All links red for a start, as if they had just turned red. The junction is not owned and must outlive the guard. */
struct guard *guard_new(const struct junction *j, double now_s);
struct guard *guard_copy(const struct guard *g);
void guard_free(struct guard *g); /* NULL is fine */
OWNED(guard)

/* The street shows `state` (reported by the controller): begin from there, with every green and amber counted as begun at
 * `now_s` (the safe assumption). False with a sentence when the state is no safe one: wrong length, unknown letter,
 * conflicting greens. */
bool guard_adopt(struct guard *g, const char *state, double now_s, GError **error);

/* The street shows `state` by a will of its own (a cabinet that runs its own phases): as guard_adopt, but who shows the same as before keeps
 * its time. False with a sentence, and nothing changed, when the state is no safe one. */
bool guard_follow(struct guard *g, const char *state, double now_s, GError **error);

/* What to show from `now_s` until the next call when `stage` is asked for. The string is the guard's, valid until the next
 * call; letters out of "Ggyr". */
const char *guard_next(struct guard *g, uint32_t stage, double now_s, struct guard_verdict *verdict);

/* The next guard_next, and only that one, lets nothing turn green: what the stage asked for does not have ends by the rules, what it
 * would begin waits. Where the two stages share no link that is all red, held for those who still stand inside the junction. It asks
 * only for less green, so there is no junction that cannot do it. From the moment that something could have begun, GUARD_HOLD_S
 * at most until a link turns green again, whoever asks and however often; and never against a maximum red or green. */
#define GUARD_HOLD_S 8.0
void guard_hold(struct guard *g);

/* The next guard_next, and only that one, takes the stage asked for as one in which `link` (below n_links) is red: it ends by the rules, and
 * does not begin. Called once for each link. It asks only for less green; while somebody has to be served whatever is asked (maximum red or
 * green), or where nobody would have green, it does nothing. */
void guard_shut(struct guard *g, uint32_t link);

/* What shows now, since when the link shows its letter, the stage asked for last. */
const char *guard_shows(const struct guard *g);
double guard_since_s(const struct guard *g, uint32_t link);
uint32_t guard_stage(const struct guard *g); /* the stage that shows in full, or is being walked to */
/* All of that stage shows. Where the street has a will of its own its pedestrians may have had their time. */
bool guard_settled(const struct guard *g);

/* When `stage` would be green in full if it were asked for from `now_s` on. s from now; 0 = it shows already. */
double guard_wait_s(const struct guard *g, uint32_t stage, double now_s);

/* How often each rule held something up. */
uint64_t guard_count(const struct guard *g, enum guard_rule rule);
