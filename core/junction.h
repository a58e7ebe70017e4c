/* junction.h - one signalised junction: its signal links, which of them conflict, its stages and its safe times.
 *
 * Made from a network's signal (SUMO's tlLogic) and the operator's limits; read-only afterwards. It is what the guard
 * guards and the optimizer times. It does not know what shows now.
 *
 * A *signal link* is one letter of SUMO's state string; one or more net links hang on it. A *stage* is a set of signal
 * links that are green together (a green phase of the signal's own program). *Intergreen* is the time from the end of
 * one link's green to the beginning of a conflicting one's.
 */
#pragma once

#include "core/network.h"

#define STAGE_NONE UINT32_MAX

/* What the operator may tighten; NaN = take what the network or the default says. Amber and all-red only ever get longer
 * than the network's own, never shorter. Ranges are checked by junction_new. */
struct junction_limits {
	double min_green_s;     /* vehicles; 1..60, default 5 (FHWA Signal Timing Manual, HOP-08-024, ch. 5: 4..15) */
	double max_green_s;     /* min_green_s..600, default 60 */
	double amber_s;         /* 3..6 (MUTCD 11th ed. 4F.17). NaN: the network's own transition phases, 2..10 s each. A network
	                           without any is refused: never guessed */
	double all_red_s;       /* 0..6 (MUTCD 4F.17). NaN: the network's own */
	double walk_s;          /* pedestrians' green at least; 4..60 (MUTCD 2009 4E.06), default 5 */
	double ped_speed_mps;   /* clearance = crossing length / this; 0.5..1.5, default 1.2 */
	double max_red_s;       /* no link waits longer; 20..900, default 120 */
};

struct signal_link {
	bool pedestrian;
	uint32_t *net_links; /* into network.links, owned */
	uint32_t n_net_links;
	double min_green_s; /* pedestrians: walk */
	double max_green_s;
	double max_red_s;
	double amber_s;     /* 0 for pedestrians: they get red and their clearance runs behind it */
	double clear_s;     /* after amber (pedestrians: after green) until any conflicting link may have green:
	                       all-red, or crossing length / walking speed; the longest of junction.clear_after_s */
};

struct stage {
	char *state;      /* n_links letters out of "Ggr": SUMO's green phase as it is */
	double native_s;  /* its green in the signal's own program, s (longest, when it is there twice) */
	char name[16];    /* "A", "B" ... */
};

struct junction {
	char *id;
	const struct network *net; /* not owned */
	uint32_t signal;           /* index into net->signals */
	struct signal_link *links;
	uint32_t n_links;
	bool *foes;          /* n_links * n_links, symmetric: their paths cross or merge (the nodes' matrices) */
	bool *conflict;      /* n_links * n_links, symmetric: foes that no phase of the own program shows green together:
	                        never green (or clearing) at once */
	bool *yields;        /* n_links * n_links: [i*n+k] i shows 'g' and gives way to k where both are green */
	double *clear_after_s; /* n_links * n_links: [i*n+k] from the end of i's amber (pedestrians: green) to the earliest
	                          green of foe k, as the own program and the limits have it; 0 where they are no foes */
	double *change_s;    /* n_stages * n_stages, [from * n + to]: junction_change_s, worked out once; NULL in one made by hand */
	double *stays_s;     /* n_stages * n_stages, [from * n + to]: junction_stays_s, the same */
	bool *hinders;       /* n_links * n_links, [i*n+k]: junction_hinders, the same */
	uint32_t n_trusted;  /* pairs of foes that the own program shows 'G' together and whose matrix has one yield: taken as it is */
	struct stage *stages; /* in the order of the signal's own program */
	uint32_t n_stages;
	uint32_t *lanes;     /* every lane that a signal link of it leaves, once; vehicles only */
	uint32_t n_lanes;
};

/* NULL with a sentence when the signal cannot be guarded: no green phase, no amber to be found, two conflicting 'G' in
 * one of its own phases, times out of range. `limits` NULL = all defaults. */
struct junction *junction_new(const struct network *net, uint32_t signal, const struct junction_limits *limits, GError **error);
void junction_free(struct junction *j); /* NULL is fine */
OWNED(junction)

struct junction_limits junction_limits_default(void);

/* The defaults, widened until `program` fits in as it is: its shortest green, its longest red. For worlds that shall show what a program
 * does, whatever we think of it; an actuated one with all its greens at their maximum. */
struct junction_limits junction_limits_of(const struct net_program *program);

/* To be called when links' times or clear_after_s were raised: works out again what is kept of them. Guards of it begin anew (guard_new). */
void junction_limits_changed(struct junction *j);

/* From the end of link i's green to the earliest green of link k; 0 where they are no foes. s */
double junction_intergreen(const struct junction *j, uint32_t i, uint32_t k);

/* From the moment that stage `from` is left until all of stage `to` may be green, its minimum greens being over: the
 * longest intergreen between what ends and what begins. 0 for the same stage. s */
double junction_change_s(const struct junction *j, uint32_t from, uint32_t to);

/* For how much of the way from stage `from` to stage `to`, in whole seconds, vehicles that end still have green, s: where pedestrians clear for
 * longer than vehicles do, the guard (and a cabinet, where walks are part of a vehicles' phase) ends theirs no sooner than it has to. Of its
 * links those that end first. */
double junction_stays_s(const struct junction *j, uint32_t from, uint32_t to);

/* Does link k, which some stage serves, have to wait for link i to end? True when i is green in none of k's stages. */
bool junction_hinders(const struct junction *j, uint32_t i, uint32_t k);

/* The stage whose green links are those of `state` (a signal's state string), or STAGE_NONE. Of two with the same links the
 * one with the same letters. */
uint32_t junction_stage_of(const struct junction *j, const char *state);

/* The same for a cabinet that times its walks by itself: pedestrians of the stage may have their red again, or not have been called. */
uint32_t junction_stage_run(const struct junction *j, const char *state);
bool junction_runs_stage(const struct junction *j, uint32_t stage, const char *state);

/* The stage that phase `phase` of a program shows, or STAGE_NONE while it is on the way to the next one: phases with amber
 * or without green, red clearance behind an amber, and those where only pedestrians have turned red since the phase before.
 * `stranger` (may be NULL) becomes true when it is a green phase, but no stage of this junction. */
uint32_t junction_phase(const struct junction *j, const struct net_program *program, uint32_t phase, bool *stranger);

static inline bool shows_green(char letter)
{
	return letter == 'G' || letter == 'g';
}

/* Does any green of `stage` let vehicles leave lane `lane` (index into net->lanes)? */
bool junction_serves(const struct junction *j, uint32_t stage, uint32_t lane);
