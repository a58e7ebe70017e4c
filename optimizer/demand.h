/* demand.h - what is on each slot now and what usually comes: the optimizer's state, fused from estimates of any age.
 *
 * Knows what was seen and what showed. It does not know what will be decided. Every number that is learned starts from a
 * prior, so a lane that nobody ever saw has a state too, with a large uncertainty.
 */
#pragma once

#include "core/estimate.h"
#include "core/guard.h"
#include "optimizer/site.h"

#define DEMAND_RING_S 256  /* seconds of departures that are remembered */
#define DEMAND_STALE_S 5.0 /* an older picture says nothing about single vehicles any more */
#define DEMAND_PITCH_M 7.5 /* room of one standing vehicle */
#define DEMAND_EDGE_M 35.0 /* the far end of the view: who is there says whether the queue ends within it */

struct sight { /* the last picture of one lane */
	double t_s;    /* -INFINITY = never */
	double view_m;
	struct seen_vehicle *vehicles; /* owned */
	uint32_t n, room;
};

/* What a discharge is made of, s. */
enum demand_pace { PACE_SAT, PACE_FIRST, PACE_LOST, N_PACES };

struct demand_learned { /* a mean and the weight of what it was learned from: 1 / variance */
	double mean, weight;
};

struct slot_state {
	double queue_veh, queue_var; /* Kalman (1960), scalar: standing vehicles at state_s */
	double flow_vps, flow_var;   /* the same for the mean inflow, a random walk */
	double prior_vps;            /* what its plan allows for: the first guess of it */
	double usual_vps;            /* what usually comes at this time of the day; UNKNOWN = no day has taught it */
	double missed_vps;           /* of a lane that nobody sees: what came downstream beyond the guess */
	double flow_s;               /* the flow was last updated for this time; -INFINITY = never */
	double counted_s;            /* counts of vehicles are known up to here */
	double entered_veh;          /* all that ever came into view, of those */
	double hidden_veh;           /* queued beyond the view: came by the forecast and has not come into view */
	double counted_veh;          /* all that were ever counted over its stop line */
	double taken_veh;            /* counted_veh when a queue that nobody sees was last brought up to date */
	double left_s;               /* the last of those that were only counted left then, UNKNOWN = none has */
	double in_view_veh;          /* vehicles in view at counted_s, UNKNOWN before the first */
	double sat_s;                /* saturation headway, learned from discharge; s/veh */
	double lost_s;               /* start-up loss: the first four take 4 * sat_s + lost_s; < 0 where they need less */
	double first_s;              /* the first of a queue is over the stop line so long after green; 0 = by lost_s alone */
	struct demand_learned own[N_PACES]; /* of this lane alone; what is above holds it against the other lanes' */
	double lit_s;                /* some link of it is green since then, UNKNOWN = dark */
	double full_s;               /* every link of it is green since then, UNKNOWN = not */
	double stall_s;              /* first in line stands at a green since then, UNKNOWN = not */
	bool stuck;                  /* stood at a whole green until it ended, and stands there still */
	double run_veh;              /* discharge under way: vehicles since full_s */
	double run_queue_veh;        /* queued when it began */
	double run_s, run_at_veh;    /* when the start-up was over, UNKNOWN = not yet, and how many had gone then */
	float left_veh[DEMAND_RING_S]; /* vehicles that left in second k % DEMAND_RING_S */
};

struct demand {
	const struct layout *layout; /* not owned */
	struct sight *sights;        /* by lane */
	struct slot_state *slots;
	double *share;               /* by move; of one slot they add up to 1 */
	double now_s;                /* of the last step, -INFINITY before the first */
	double first_s;              /* time of the first estimate: the only clock before the first step */
	double shares_s;             /* when shares were last learned */
	struct demand_learned pace[N_PACES]; /* of all lanes: the first guess for each */
	uint64_t ignored;            /* estimates that made no sense here */
};

struct demand *demand_new(const struct layout *l);
void demand_free(struct demand *d); /* NULL is fine */
OWNED(demand)

/* Takes in an estimate; later than the last of that lane, else it is ignored and counted. */
void demand_see(struct demand *d, const struct estimate *e);

/* What shows at site `s` from now_s on. */
void demand_shows(struct demand *d, uint32_t s, const struct guard *guard, double now_s);

/* Brings the state to now_s. */
void demand_step(struct demand *d, double now_s);

/* Vehicles on the way to a slot's stop line, in the order of arrival. */
struct demand_item {
	double arrive_s; /* from now, at free flow, >= 0 */
	double veh;      /* (0, 1]; fractions where the lane is not certain */
	bool stands;
};
uint32_t demand_items(const struct demand *d, uint32_t slot, double now_s, struct demand_item *items, uint32_t max);

/* Everything that arrives at the stop line before this many seconds from now is among the items. 0 when nothing fresh is known. */
double demand_known_s(const struct demand *d, uint32_t slot, double now_s);

bool demand_fresh(const struct demand *d, uint32_t slot, double now_s);

/* Is somebody counting over its stop line, seen or not? */
bool demand_counted(const struct demand *d, uint32_t slot, double now_s);

/* Stands its first vehicle although it has green, or did it all through the last one? Something holds it that no light knows: a full
 * exit, or it waits to change to the lane beside it. */
bool demand_stalled(const struct demand *d, uint32_t slot, double now_s);

/* What the far end of the slot's view looks like. */
enum demand_edge { DEMAND_EDGE_CLEAR, DEMAND_EDGE_BUSY, DEMAND_EDGE_JAMMED };
enum demand_edge demand_edge(const struct demand *d, uint32_t slot);

/* Vehicles in view on the slot's lane and its share of those on the lanes that lead to it. */
double demand_in_view_veh(const struct demand *d, uint32_t slot);

/* Vehicles on the slot's own lane. */
double demand_inside_veh(const struct demand *d, uint32_t slot);

/* Of the vehicles on a lane without signal, the share that heads for `slot`. */
double demand_feed_frac(const struct demand *d, uint32_t lane, uint32_t slot);
/* Who stands before the slot although it has room waits, himself or behind others, for a fuller lane beside it: which one? NET_NONE = it
 * is not so. Then DEMAND_DIVERTED of those beyond the slot's lane are the pocket's. */
uint32_t demand_diverted_to(const struct demand *d, uint32_t slot);
#define DEMAND_DIVERTED 0.85

/* Vehicles that discharge within `green_s` of the beginning of green from a standing queue. */
double demand_discharge_veh(const struct slot_state *s, double green_s);
