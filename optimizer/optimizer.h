/* optimizer.h - the face of the optimizer: told what is seen and what shows, it says which stages would be best.
 *
 * One object for a whole network, after GSL's minimizers: alloc, set, iterate, test, plan, free. It proposes; only the
 * guard disposes. Knows core only: no clock (time comes in), no files, no sockets. Deterministic.
 */
#pragma once

#include "core/estimate.h"
#include "core/guard.h"
#include "core/plan.h"

struct method; /* method.h: one file a method; "fixed", "actuated", "adaptive" ... */

struct optimizer_weights { /* whose time counts how much; all 0: every vehicle the same, people on foot not at all */
	double fuel_frac;      /* 0 = delay and stops as they are .. 1 = what they burn: a stop then counts as much as fuel has it */
	double bus_weight;     /* a vehicle of bus_length_m or more counts as so many cars; 0 or 1: as one */
	double bus_length_m;
	double pedestrians_ph; /* persons an hour who are taken to come to each crossing, since nobody counts them */
};

struct optimizer_options {
	double horizon_s;      /* how far it looks ahead; default 60 */
	double step_s;         /* how often decisions are taken; default 1 */
	double stop_penalty_s; /* a stop is worth that much delay; default 2 */
	double decide_s;       /* stages are left only at whole multiples of this; default 0 = at any step */
	struct optimizer_weights weights;
	bool fixed_order;      /* stages follow each other as in the junction's own plan; default false */
};

struct optimizer;

GQuark optimizer_error_quark(void);

/* The method by its name, or NULL. `n` counts them for lists. */
const struct method *method_find(const char *name);
const char *const *method_names(void); /* NULL-terminated */

struct optimizer_options optimizer_options_default(void);

/* Junctions and plans (each junction's own, in the same order) are shared, not owned. */
struct optimizer *optimizer_alloc(const struct network *net, const struct junction *const *junctions, const struct plan *const *plans,
	uint32_t n_junctions, const struct method *method, const struct optimizer_options *options, GError **error);
void optimizer_free(struct optimizer *o);
OWNED(optimizer)

/* A new observation of one lane, already checked. The optimizer copies what it needs and ages it by itself. */
void optimizer_see(struct optimizer *o, const struct estimate *e);

/* What shows at junction `j` (index into junctions) at now_s. The guard is only looked at, during the call. */
void optimizer_shows(struct optimizer *o, uint32_t j, const struct guard *guard, double now_s);

/* Brings state and forecast to now_s and solves every junction. Call once a step after see and shows. */
void optimizer_iterate(struct optimizer *o, double now_s);

/* The cabinet of junction j runs this plan by itself from now on (copied), until it is given another one; NULL: it is decided second by second, as all
 * are at first. See byplan.h. */
void optimizer_runs(struct optimizer *o, uint32_t j, const struct plan *plan);

/* Does the method decide junction j without seeing anything? */
bool optimizer_blind(const struct optimizer *o, uint32_t j);

/* Is the last iteration's answer for junction j worth following? False: nothing was ever seen, or it is all stale. */
bool optimizer_test(const struct optimizer *o, uint32_t j);

#define DECISION_MAX_STAGES 8
struct decision {
	uint32_t stage;  /* ask the guard for this one now */
	bool hold;       /* with guard_hold: somebody stands inside the junction in its way */
	bool pressed;    /* chosen by pressure, because the roads ahead are full: what is best for the minute ahead, as the delays below are told, is not asked */
	uint32_t n;      /* the stages ahead, first = the present one */
	struct {
		uint32_t stage;
		double start_s, end_s; /* of its green, from now */
	} ahead[DECISION_MAX_STAGES];
	double delay_chosen_s; /* predicted delay of the chosen over the horizon, vehicle-seconds */
	double delay_own_s;    /* of staying with the junction's own plan */
	double delay_next_s;   /* of the best that was not chosen; NaN if there was none */
	char why[96];          /* one sentence */
};
void optimizer_plan(const struct optimizer *o, uint32_t j, struct decision *d);

/* Expected arrivals at the stop line of lane `lane` in each of the next n steps of `bin_s`, veh, and their sd; for the feed. */
void optimizer_forecast(const struct optimizer *o, uint32_t lane, double bin_s, uint32_t n, double *veh, double *veh_sd);

/* Arrivals at the stop line of lane `lane` within `within_s`, with their distribution, and how true such forecasts have been: arrivals.h. */
struct arrivals_expected;
struct arrivals_score;
bool optimizer_expect(const struct optimizer *o, uint32_t lane, double within_s, struct arrivals_expected *x);
const struct arrivals_score *optimizer_score(const struct optimizer *o, uint32_t lane, uint32_t horizon); /* NULL: no such lane */

/* Demand of the next 5 to 60 minutes and how true such forecasts have been: profile.h. */
struct profile_expected;
struct profile_score;
bool optimizer_later(const struct optimizer *o, uint32_t lane, uint32_t horizon, struct profile_expected *x);
struct profile_days;
bool optimizer_learned(const struct optimizer *o, uint32_t lane, struct profile_days *days); /* false: nothing of it, or no such lane */
bool optimizer_teach(struct optimizer *o, uint32_t lane, const struct profile_days *days);   /* false: no such lane, or absurd */
const struct profile_score *optimizer_later_score(const struct optimizer *o, uint32_t lane, uint32_t horizon); /* NULL: no such lane */

/* The ways out of a lane and the share of its vehicles that takes each, as learned; fills at most `max`, returns how many. */
struct optimizer_way {
	uint32_t to_lane;
	double share_frac; /* of one lane they add up to 1 */
};
uint32_t optimizer_ways(const struct optimizer *o, uint32_t lane, struct optimizer_way *ways, uint32_t max);

/* How long lane `lane` must have green until everybody has left it who is there now or arrives within within_s, s. NaN: nobody knows. */
double optimizer_clear_s(const struct optimizer *o, uint32_t lane, double within_s);

/* The next fixed plan of junction j from what comes: replan.h. NaN, NULL: nothing was iterated yet, or it stays as it is. */
struct replan_options;
double optimizer_cycle_s(const struct optimizer *o, uint32_t j, const struct plan *now, const struct replan_options *options);
struct plan *optimizer_replan(const struct optimizer *o, uint32_t j, const struct plan *now, double cycle_s, const struct replan_options *options);

/* What else could have been asked for at junction j now, and what would have changed it (why.h). `chosen` is asked for. Valid after the first
 * iteration; false before. */
struct why;
bool optimizer_why(struct optimizer *o, uint32_t j, uint32_t chosen, const struct guard *guard, struct why *why);
