/* piloted.h - one junction in the pilot's care: who decides what it shows, and whether its controller follows.
 *
 * Part of the pilot; knows its own junction only. Two halves: the street (what the controller reports, whether it is ours
 * to command) and the decision (which mode, which stage the guard is asked for).
 */
#pragma once

#include "core/transition.h"
#include "daemon/pilot.h"
#include "daemon/freshness.h"

struct piloted {
	const struct pilot_options *options; /* not owned */
	uint32_t signal;		     /* index into network.signals */
	struct junction *junction;
	struct guard *guard;
	struct plan *plan; /* its own */
	struct plan *before;	      /* the one that it had, while the own plan changes smoothly; else NULL */
	struct transition transition; /* from that one to it */
	struct corridors *corridors; /* the city's, not owned */
	bool patterned;	   /* its cabinet takes only patterns, */
	struct plan *runs; /* and runs this one; NULL: its own plan */
	bool blind;	   /* the method is that plan: nothing needs to be seen */

	/* The street. Times are -INFINITY before the first. */
	bool commanded;	   /* what the guard shows goes to the controller */
	enum pilot_street steered; /* STREET_PATTERN or STREET_HELD: it shows by itself, and runs what we want; else STREET_CENTRAL */
	char *street;	   /* reported last, in the guard's letters; NULL */
	double heard_s;	   /* the last report */
	double agreed_s;   /* when what was reported was last what was asked, or the junction was taken over */
	double retry_at_s; /* let go for not following: not before this */
	uint32_t failures; /* times in a row that it did not follow */
	bool away;	   /* flash, manual...: normal again only after one cycle of normal reports */
	double normal_s;   /* since when it reports a normal state again; NaN */
	bool silent;
	const char *gone;  /* kind of the alert it was let go with, or NULL */

	/* The decision. */
	enum pilot_mode mode;
	char why[160];
	char away_why[96]; /* its controller, as it said itself; "" not told */
	bool trusted;	   /* adaptive, or tapering from it */
	bool stale, inferring; /* told so by an alert */
	uint32_t n_inferred; /* lanes */
	bool refusing;	   /* the last decision asked for the impossible */
	double fixed_frac; /* the own plan's weight, 0..1 */
	uint32_t hold_stage;
	double hold_until_s; /* -INFINITY: no hold */
	struct decision decision;
	bool decided;	     /* decision is one */
	struct corridors_asked corridor; /* of this tick; .by only says whether there is one */
	char corridor_id[64];
	uint32_t asked, target; /* target: of a steered one */
	struct guard_verdict verdict;
	char *shown;	     /* what the guard said at the last tick, to see changes */
	double since_s;
	struct freshness_state watch;

	uint64_t refused, let_go, disagreed;
};

/* NULL with a sentence when the signal cannot be guarded. `options` must outlive it. */
struct piloted *piloted_new(const struct network *net, uint32_t signal, const struct pilot_options *options, GError **error);
void piloted_free(struct piloted *q); /* NULL is fine */
OWNED(piloted)

/* Tells the operator, if anybody listens. `kind` is a string constant. */
void piloted_alert(const struct piloted *q, const char *kind, bool active, const char *sentence);

/* The street: see pilot_reported and pilot_lost. */
bool piloted_reported(struct piloted *q, const char *state, enum pilot_street street, double now_s);
void piloted_lost(struct piloted *q, const char *kind, const char *why, double now_s);
void piloted_listen(struct piloted *q, double now_s); /* once a tick: is it still there? */

/* The optimizer's answer of this tick; `usable` false: it has none. */
void piloted_advise(struct piloted *q, const struct decision *d, bool usable);

/* See pilot_change. Takes over `to`. */
void piloted_change(struct piloted *q, struct plan *to, bool smooth, double now_s);
void piloted_unchange(struct piloted *q); /* whatever changed is over */

/* Once a tick: chooses the mode, asks the guard. */
void piloted_tick(struct piloted *q, const struct freshness_state *watch, double now_s);
void piloted_jumped(struct piloted *q, double now_s); /* the clock did */
