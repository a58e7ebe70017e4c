/* cabinet.h - one simulated signal controller cabinet: lamps, its own plan, and a monitor that trusts nobody.
 *
 * In mode local it runs its own fixed plan through a guard of its own. In mode central it shows what it is told, at once, after its
 * conflict monitor has looked at it: what must never be seen on the street is not shown but counted, all lamps go over amber to red,
 * and the cabinet runs its own plan for a while. Hearing nothing for 5 s, or being released, it walks safely to its own plan.
 *
 * Pure: time comes in as an argument, s, and never goes back. It does not know who talks to it.
 */
#pragma once

#include "core/plan.h"

#define CABINET_SILENCE_S 5.0  /* without a word from the centre */
#define CABINET_LOCKOUT_S 20.0 /* local after a fault, whatever is asked */

enum cabinet_mode { CABINET_LOCAL, CABINET_CENTRAL };
const char *cabinet_mode_name(enum cabinet_mode mode); /* "local", "central" */

enum cabinet_fault {
	CABINET_CONFLICT,      /* conflicting links green, or green and amber, at once */
	CABINET_SHORT_GREEN,   /* a green below its minimum */
	CABINET_MISSING_AMBER, /* vehicles' green to red at once */
	CABINET_SHORT_AMBER,
	CABINET_SHORT_CLEAR,   /* green too soon after a foe's amber, or after pedestrians' green */
	CABINET_N_FAULTS,
};
const char *cabinet_fault_name(enum cabinet_fault fault); /* "conflict" ... */

struct cabinet;

/* All red at now_s, local. The junction is not owned and must outlive it. NULL with a sentence when the signal's program is no plan. */
struct cabinet *cabinet_new(const struct junction *j, const struct net_program *program, double now_s, GError **error);
void cabinet_free(struct cabinet *c); /* NULL is fine */
OWNED(cabinet)

/* Told to show `state` from now on. False with a sentence when it does not: a wrong length or letter (ignored), a fault (see above), or
 * locked out after one. In mode local what would be a fault is refused and nothing else: who takes over does not always know yet
 * what the cabinet has just begun. */
bool cabinet_show(struct cabinet *c, const char *state, double now_s, GError **error);
void cabinet_release(struct cabinet *c, double now_s);
/* Time goes by: at least once a second. */
void cabinet_tick(struct cabinet *c, double now_s);

const char *cabinet_shows(const struct cabinet *c);
double cabinet_since_s(const struct cabinet *c); /* the last change of any letter */
enum cabinet_mode cabinet_mode(const struct cabinet *c);
uint64_t cabinet_count(const struct cabinet *c, enum cabinet_fault fault);
