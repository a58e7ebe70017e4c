/* pilot.h - one tick of the daemon: what is seen and reported goes in, what each junction must show comes out.
 *
 * Owns the junctions, their guards, their own plans and the optimizer of a network. Whatever is asked for, by the
 * optimizer, by the operator or by a plan, goes to the street through the guard. Each junction falls back alone:
 *
 *     adaptive   the optimizer decides; of the lanes that cameras should film, at least seen_frac are fresh, and it infers the rest
 *     taper      more of them are older than stale_s: the optimizer goes on from what it still knows, but may leave the
 *                junction's own plan by less and less, until after taper_s more it is in step with it
 *     fixed      its own plan, asked for through the guard and in step with its offset
 *     hold       the operator holds a stage
 *     corridor   it serves an emergency vehicle; only as long as that asks for something else than the above would
 *     released   the controller runs by itself (local, flash, manual, silent, or it does not follow): we only watch
 *
 * No sockets, no clock, no log: time comes in (UTC s or the world's), alerts go out by a callback, so a day of failures is
 * tested in simulated time. It does not know who observes lanes or how controllers are reached.
 */
#pragma once

#include "core/guard.h"
#include "daemon/corridors.h"
#include "optimizer/optimizer.h"
#include "optimizer/replan.h"

enum pilot_error { PILOT_ERROR_NETWORK, PILOT_ERROR_OPTION, PILOT_ERROR_REFUSED };
#define PILOT_ERROR pilot_error_quark()
GQuark pilot_error_quark(void);

enum pilot_mode { PILOT_ADAPTIVE, PILOT_TAPER, PILOT_FIXED, PILOT_HOLD, PILOT_CORRIDOR, PILOT_RELEASED, PILOT_N_MODES };
const char *pilot_mode_name(enum pilot_mode mode);

/* What a controller says it is doing. */
enum pilot_street {
	STREET_CENTRAL, /* it follows us */
	STREET_LOCAL,	/* it runs its own plan and would follow */
	STREET_AWAY,	/* flash, manual, pre-emption, conflict: leave it alone */
	STREET_PATTERN, /* it runs by itself what it is given now and then: a cycle and splits */
	STREET_HELD,	/* it runs its own phases, which can be held and forced off */
};

/* Something an operator should know. Called once when it begins (active) and once when it is over. */
typedef void (*pilot_on_alert)(void *user, const char *kind, const char *where, bool active, const char *sentence);

struct pilot_options {
	const char *method;  /* of the optimizer; "fixed": the own programs only */
	double stale_s;      /* older estimates do not count; > 0 */
	double taper_s;      /* >= 0 */
	double seen_frac;    /* of a junction's expected lanes, so many have to be fresh: above 0, up to 1. The optimizer infers the others */
	double decide_s;     /* the optimizer is asked this often, > 0; ticks may come oftener or less often */
	double disagree_s;   /* a controller may show something else than the guard for so long (reports lag) */
	double silent_s;     /* a controller may say nothing for so long */
	double retry_s;      /* one that did not follow is tried again after so long; doubles each time, up to 16 times that */
	bool lockstep;       /* the world reports what shows in each step, without any lag: it is believed at once, and a world that
	                        says nothing shows what it was told. Else a junction is let go until its controller speaks */
	struct optimizer_options optimizer;
	struct corridor_options corridor;
	const struct junction_limits *limits; /* one for each of the network's signals, or NULL: defaults for all */
	pilot_on_alert on_alert;	      /* may be NULL */
	void *user;
};

struct pilot_options pilot_options_default(void);

/* Is it a method that runs the signals' own programs ("fixed", "actuated")? */
bool pilot_runs_programs(const char *method);

struct pilot;

/* Network and limits are shared and must outlive the pilot. NULL with a sentence when the network has no signals or the
 * method does not exist. A signal that cannot be guarded is left out: see pilot_unguarded. */
struct pilot *pilot_new(const struct network *net, const struct pilot_options *options, GError **error);
void pilot_free(struct pilot *p); /* NULL is fine */
OWNED(pilot)

uint32_t pilot_n(const struct pilot *p); /* guarded junctions, in the order of the network's signals */
const struct junction *pilot_junction(const struct pilot *p, uint32_t j);
uint32_t pilot_find(const struct pilot *p, uint32_t signal); /* junction of a network signal; NET_NONE: not guarded */
const struct optimizer *pilot_optimizer(const struct pilot *p); /* for the feed's forecasts */

/* What the days taught of a lane, from a file or another pilot (optimizer/profile.h). False: no such lane here, or absurd. */
struct profile_days;
bool pilot_teach(struct pilot *p, uint32_t lane, const struct profile_days *days);

/* Why a signal of the network is not guarded, or NULL when it is. */
const char *pilot_unguarded(const struct pilot *p, uint32_t signal);

/* Does the method need to see nothing at junction j? */
bool pilot_blind(const struct pilot *p, uint32_t j);

/* A camera is configured for this lane: the junction is not adaptive before enough of these have been seen. `camera` may be NULL. */
void pilot_expect(struct pilot *p, uint32_t lane, const char *camera);

/* What was seen on one lane; already checked. A view that is blind (quality below a fifth), late or older than the last is
 * counted and changes nothing. */
void pilot_see(struct pilot *p, const struct estimate *e, double now_s);

/* The controller of junction j reported at now_s: what it shows (SUMO's letters) and what it is doing. A junction that was
 * let go and may be had again is taken over here, beginning from what shows: until the next tick it must be shown exactly
 * what pilot_look says. Returns true when that happened. One of PATTERN or HELD is never shown anything: the guard follows what it shows, and
 * pilot_look's `steered` and `target` say what is wanted of it. */
bool pilot_reported(struct pilot *p, uint32_t j, const char *state, enum pilot_street street, double now_s);

/* Why its controller is to be left alone, in a few words for people: of the report that comes next, if that is STREET_AWAY. NULL: not told. */
void pilot_away(struct pilot *p, uint32_t j, const char *why);

/* The controller cannot be reached at all, or refuses: the junction is let go at once. `why` is a sentence. */
void pilot_lost(struct pilot *p, uint32_t j, const char *why, double now_s);

/* Junction j's limits were raised (cabinet_timing_tighten) by `raise`, which is called once with the junction that it may change and returns
 * whether it did. Its guard begins anew from what shows, the optimizer with the next tick. */
bool pilot_tighten(struct pilot *p, uint32_t j, bool (*raise)(void *user, struct junction *junction), void *user, double now_s);

/* The cabinet of junction j takes only patterns: nobody decides it second by second, whether it can be reached or not. It runs `plan` (copied) from now
 * on, by its own clock; NULL: its own plan. What pilot_look tells as decided is what it runs. */
void pilot_runs(struct pilot *p, uint32_t j, const struct plan *plan);

bool pilot_patterned(const struct pilot *p, uint32_t j);

/* The plan that junction j should run next, made from what is seen, in small steps from `now` (replan.h); NULL: as it is, or nobody knows.
 * Owned by the caller. cycle_s: see pilot_cycle_s. */
struct plan *pilot_replan(const struct pilot *p, uint32_t j, const struct plan *now, double cycle_s, const struct replan_options *options);
double pilot_cycle_s(const struct pilot *p, uint32_t j, const struct plan *now, const struct replan_options *options); /* NaN: nobody knows */

/* Decides and asks the guards: what every junction shows from now_s on. Times never go back between calls, except that a
 * jump (back, or more than 60 s ahead) makes everything that was seen old. */
void pilot_tick(struct pilot *p, double now_s);

/* The operator holds a stage for for_s. The guard still ends a green that is over its maximum while others wait. */
bool pilot_hold(struct pilot *p, uint32_t j, uint32_t stage, double for_s, double now_s, GError **error);
void pilot_unhold(struct pilot *p, uint32_t j);

/* Gives the junction another plan of its own. One that asks for the impossible is refused with a sentence and counted, and
 * the old one stays. Copied. */
bool pilot_plan(struct pilot *p, uint32_t j, const struct plan *plan, GError **error);

/* From now_s on the own plan of junction j is that of another of its signal's programs; `smooth`: by a transition (core/transition.h) where both
 * are plans that pass plan_check and are not in step already. As at the beginning the program is taken as it is. False with a sentence, and the
 * old one stays, when it shows what is no stage of the junction. */
bool pilot_change(struct pilot *p, uint32_t j, const struct net_program *program, bool smooth, double now_s, GError **error);

/* Greens for an emergency vehicle: see corridors.h, which also says what is told. */
struct corridors *pilot_corridors(const struct pilot *p);

/* Works out again what the corridors need; pilot_tick does it, and whoever has just begun one may, to say what it will be like. */
void pilot_plan_corridors(struct pilot *p, double now_s);

struct pilot_look {
	enum pilot_mode mode;
	const char *why;	/* one sentence */
	const char *show;	/* what it must show until the next tick; NULL: let go, command nothing. Valid until the next call */
	const char *street;	/* what its controller reported last in the guard's letters; NULL: nothing yet */
	bool steered;		/* let go, but it runs what we want of it: see STREET_PATTERN and STREET_HELD */
	uint32_t target;	/* steered: the stage that the guard would bring about, were it to show something; else STAGE_NONE */
	uint32_t asked;		/* the stage the guard was asked for, or STAGE_NONE */
	uint32_t stage;		/* the one that shows, or is being walked to */
	bool settled;		/* all of that stage shows */
	double since_s;		/* since when something shows unchanged */
	double fixed_frac;	/* 0 = the optimizer alone .. 1 = its own plan alone */
	double estimate_age_s;	/* of the lane that decides whether enough is seen; INFINITY: none yet */
	uint32_t n_blind;	/* lanes that a camera should film and that nobody sees now: they are inferred while the optimizer decides */
	double hold_left_s;	/* 0: no hold */
	const struct decision *decision; /* the optimizer's last, followed or not; NULL: none */
	struct guard_verdict verdict;
	const char *corridor;	/* id of the emergency vehicle that is prepared for, NULL: none. Valid until the next tick */
	enum corridor_way_of corridor_how;
	double corridor_in_s;	/* until it is expected here */
	const struct plan *plan; /* its own */
	bool patterned;		/* see pilot_runs: nothing else can be asked of it from one second to the next */
	uint64_t refused;	/* decisions and plans that asked for the impossible */
	uint64_t let_go;	/* times it was let go */
	uint64_t disagreed;	/* reports that differed from what was asked */
};
void pilot_look(const struct pilot *p, uint32_t j, struct pilot_look *look);

/* What else junction j could have been asked for: why.h. False: nothing was decided yet, or it is let go. */
struct why;
bool pilot_why(struct pilot *p, uint32_t j, struct why *why);

struct pilot_counts {
	uint64_t ticks, decisions, jumps;
	uint64_t adaptive; /* ticks times junctions in which the optimizer decided */
	uint64_t estimates, estimates_old, estimates_blind;
	uint64_t refused, let_go, disagreed; /* of all junctions */
	uint64_t held_by[GUARD_N_RULES];     /* of all guards */
};
struct pilot_counts pilot_counts(const struct pilot *p);
