/* record.h - what is kept of one world for its report: trajectories along a path, delay per lane, delay over time.
 *
 * Fed a world after each step; looks, never touches. It knows nothing of pages or pictures. Make it when measuring begins,
 * right after world_score_reset: scores and times count from there.
 */
#pragma once

#include "sim/world.h"

/* One vehicle on the path at one time. Samples stand in order of time, then as the world lists its vehicles. */
struct record_sample {
	uint32_t vehicle;  /* vehicle_view.id */
	float t_s;         /* since the recording began */
	float at_m;        /* front bumper, from the beginning of the path */
};

struct record_run { /* a signal's letter, unchanged for a while */
	char letter;       /* SUMO's: G g y r ... */
	double from_s, to_s; /* since the recording began */
};

struct record_signal { /* one stop line on the path */
	uint32_t signal;   /* index into network.signals */
	uint32_t link;     /* the letter of its state that lets the path go on */
	double at_m;       /* of its stop line, from the beginning of the path */
	GArray *runs;      /* of struct record_run */
};

struct record_lane {
	double lost_s;      /* vehicle-seconds lost: sum of (1 - v / limit) dt, against the lane's limit and never below 0 */
	double vehicles;    /* that were on it: those that left it and those still there */
};

struct record_point {
	double t_s;         /* since the recording began */
	double delay_s;     /* mean per vehicle so far: world_score */
	double lost_s;      /* vehicle-seconds in all so far */
	double queue_veh;   /* now, on lanes that lead to a signal: slower than QUEUE_SPEED_MPS */
};

struct record {
	const struct network *net; /* not owned */
	double begin_s, end_s;     /* world time: when made, and of the last step seen */
	uint32_t *path;            /* edges, in driving order */
	double *path_at_m;         /* where each begins */
	uint32_t n_path;           /* 0: the network has no straight way through a signal */
	double length_m;           /* of the path */
	struct record_signal *signals; /* in driving order */
	uint32_t n_signals;
	GArray *samples;           /* of struct record_sample */
	GArray *series;            /* of struct record_point, one every RECORD_EVERY_S and one at the beginning */
	struct record_lane *lanes; /* one for each of the network's lanes */
	struct score score;        /* as of the last point of the series */
	double *lane_at_m;         /* where each lane begins along the path, NaN when it is not on it */
	uint64_t *passed_before;   /* world_passed of each lane when the recording began */
	bool *signalled;           /* does the lane lead to a signal? */
};

#define RECORD_EVERY_S 5.0

/* A chain of edges joined by straight links, the busiest: that to whose signals most vehicles of the demand come (summed over its signals),
 * then that through most signals, then the longest, then the first. Pedestrians' edges do not count. NULL with n = 0 when no
 * straight link has a signal. `demand` may be NULL. Owned by the caller. */
uint32_t *record_path_find(const struct network *net, const struct routes *demand, uint32_t *n);

/* `path` NULL: the one that record_path_find finds. False with a sentence when its edges are not joined. */
struct record *record_new(const struct world *w, const uint32_t *path, uint32_t n_path, GError **error);
void record_free(struct record *r); /* NULL is fine */
OWNED(record)

/* After each world_step of the world that it was made for. */
void record_step(struct record *r, const struct world *w);

/* Brings lanes, series and score up to the last step; before the recording is read. */
void record_close(struct record *r, const struct world *w);
