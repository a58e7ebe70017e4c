/* platoon.h - what fixed plans cost in delay and stops: cyclic flow profiles over a network of signals, after TRANSYT.
 *
 * Robertson (1969), TRANSYT: A traffic network study tool, RRL report LR 253. Each signalised lane has a profile of arrivals over the common
 * cycle; what it lets go in its greens becomes, spread out on the way, the arrivals of the next. Delay is that of the queue in the mean
 * cycle (uniform), and of chance and of too much traffic on top (Akcelik's form, Highway Capacity Manual eq. 19-26). Who gives way goes in
 * the gaps of those that have priority then (HCM eq. 20-36); the turns of one lane wait for each other; a queue that reaches the stop line
 * before is charged for it.
 *
 * It does not know single vehicles, changes of lane, or blocking of one lane by the queue of another. Deterministic.
 */
#pragma once

#include "optimizer/network_plan.h"
#include "optimizer/turns.h"

struct platoon_options {
	double headway_s;        /* of a queue that discharges, one lane; 1..4, default 1.9 */
	double start_loss_s;     /* of the first vehicles of a green; default 2 */
	double amber_used_s;     /* vehicles still go so long into amber; default 1 */
	double dispersion;       /* Robertson's alpha; default 0.35 */
	double travel_frac;      /* his beta: the head of a platoon needs that share of the mean travel time; default 0.8 */
	double gap_s, follow_s;  /* critical gap and follow-up time of who gives way; defaults 4.5 and 2.5 (HCM exh. 20-11) */
	double period_s;         /* for which the demand lasts; default 3600 */
	double stop_s;           /* a stop counts as so much delay; default 0 */
	double spill_s;          /* for each vehicle that does not fit between two signals, per vehicle that comes: default 20 */
	double demand;           /* so many times the counts; default 1 */
};

struct platoon_cost {
	double total;      /* delay_s + stops * stop_s + spill, vehicle-seconds a second */
	double uniform_s, random_s; /* of delay, vehicle-seconds a second; random: with oversaturation */
	double stops_vps;
	double spill;
	double worst_x;    /* degree of saturation of the worst lane */
};

struct platoon;

struct platoon_options platoon_options_default(void);
/* `turns` must be complete and outlive it. NULL with a sentence when an option is out of range. */
struct platoon *platoon_new(const struct turns *turns, const struct platoon_options *o, GError **error);
void platoon_free(struct platoon *p); /* NULL is fine */
OWNED(platoon)

/* The plans are those of the layout's sites; they must pass network_plan_check, their cycle at most PLATOON_CYCLE_MAX. */
#define PLATOON_CYCLE_MAX 300
struct platoon_cost platoon_cost(struct platoon *p, const struct network_plan *plan);
/* Robertson's recurrence on a cyclic profile of n seconds: y comes travel_s later than x, spread out; what goes in comes out. */
void platoon_disperse(const double *x, double *y, uint32_t n, double travel_s, const struct platoon_options *o);
/* Vehicles a second that find gaps in a stream of q_vps. */
double platoon_gaps_vps(double q_vps, const struct platoon_options *o);
