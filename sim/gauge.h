/* gauge.h - what is measured in a world beyond its score: movements, queues, signals, crossings, fuel.
 *
 * Fed a world after each step; looks, never touches, and costs nothing when nobody makes one. Make it when measuring begins, right after
 * world_score_reset. Definitions:
 *
 * - *Control delay* of a movement: the time that a vehicle loses (against its own wish) from its entry into the approach until it has left
 * the node, mean over those that passed; dawdling and slow leaders are in it. Vehicles that entered the network on the approach bring the
 *   time that they waited outside, for that is where the queue stood. Those on the approach when measuring began are left out.
 * - *Queue*: vehicles slower than QUEUE_SPEED_MPS. Its *back* is the rear of the furthest of them, in m from the stop line.
 * - Percentiles of queues are over time: the 95th is exceeded in 5 % of the steps.
 */
#pragma once

#include "sim/los.h"
#include "sim/places.h"
#include "sim/timing.h"
#include "sim/walk.h"
#include "sim/world.h"

#define GAUGE_EVERY_S 5.0 /* of the profiles */
#define GAUGE_PROFILES_MOST 20000 /* approaches; a larger network has no profiles */

struct gauge_movement {
	double vehicles;   /* that passed */
	double loss_s;     /* of them all, on the approach and over the node */
	double outside_s;  /* of them all, before they could enter the network here */
	double stops;      /* of them all: fell below 0.1 m/s */
};

/* How often there were 0, 1, 2 ... of something. */
struct gauge_counts {
	GArray *times;     /* of uint32_t; [0] is not kept */
	double sum;
	uint32_t max;
};

struct gauge_approach {
	struct gauge_counts queue_veh, back_m;
};

struct gauge {
	const struct network *net; /* not owned, as all below marked so */
	const struct routes *routes; /* not owned */
	struct places *places;
	double begin_s, end_s; /* world time */
	uint64_t steps;
	struct gauge_movement *movements; /* one for each of places.movements */
	struct gauge_approach *approaches;
	struct timing *signals; /* one for each signal of the network */
	struct walk *crossings;
	struct gauge_counts queue_veh; /* of all approaches */
	uint32_t back_max_m;    /* of any approach */
	uint16_t *profile_m;    /* NULL: none. [point * n_approaches + approach]: greatest back of queue in the GAUGE_EVERY_S before */
	uint32_t n_points, points_capacity;
	double fuel_ml, co2_g, driven_m;
	struct gauge_inside *inside; /* what only gauge.c needs */
};

struct gauge *gauge_new(const struct world *w);
void gauge_free(struct gauge *m); /* NULL is fine */
OWNED(gauge)

/* After each world_step of the world that it was made for. */
void gauge_step(struct gauge *m, const struct world *w);
/* Before it is read: nothing is fed any more. */
void gauge_close(struct gauge *m);

double gauge_delay_s(const struct gauge *m, uint32_t movement); /* control delay, NaN where nobody passed */
double gauge_stops(const struct gauge *m, uint32_t movement);   /* per vehicle that passed */
char gauge_los(const struct gauge *m, uint32_t movement);       /* 'A'..'F'; '-': nobody passed, or it has the right of way */
/* The same for a level of its own: several seeds' mean delay. */
char gauge_los_of(const struct places *p, uint32_t movement, double delay_s);
/* All movements of a signal together: vehicles that passed, and their mean control delay. */
double gauge_signal_vehicles(const struct gauge *m, uint32_t signal);
double gauge_signal_delay_s(const struct gauge *m, uint32_t signal);
double gauge_counts_mean(const struct gauge_counts *c, uint64_t steps);
/* The least number that was not exceeded in `frac` of the steps. */
uint32_t gauge_counts_percentile(const struct gauge_counts *c, uint64_t steps, double frac);
