/* detectors_inside.h - the inside of the detectors: detectors.c follows vehicles over them, detect_loop.c and detect_area.c count. */
#pragma once

#include "sim/detectors.h"

/* A vehicle that is on a detector, or was during the step. */
struct passer {
	uint32_t id;
	double from_m, to_m;  /* its front on the detector's coordinate before and after the step */
	double length_m, speed_mps, desired_mps;
	double since_s;       /* entered */
	double halt_s, interval_halt_s; /* standing without a break, and within this interval; 0 = not standing */
	bool fresh;           /* came here sideways or into the world: has made no move on it yet */
	bool aside;           /* has left it sideways after its move */
	bool seen;            /* in this step */
};

/* Sums of one interval. */
struct loop_sums {
	double speed, inverse_speed, length, occupied_s;
	uint32_t contrib, entered;
};

struct area_sums {
	double sampled_s, speed_s, loss_s, occupancy, max_occupancy, jam_m, max_jam_m, jam_m_sum;
	double past_halt_s, max_past_halt_s, past_interval_halt_s, max_past_interval_halt_s;
	uint32_t past_halts, jam_veh, max_jam_veh, jam_veh_sum, entered, left, seen, started_halts, vehicles, max_vehicles, steps;
};

struct watch {
	const struct detector *detector;
	GArray *scan;         /* struct scan: the lanes to look at */
	GHashTable *on;       /* id -> struct passer, owned */
	GPtrArray *now;       /* struct passer of this step, most downstream first; of `on` */
	double begin_s;       /* of the interval */
	struct loop_sums loop;
	struct area_sums area;
};

void detect_loop(struct watch *w, struct passer *p, double begin_s, double h_s); /* one vehicle's step; may forget it */
void detect_loop_gone(struct watch *w, const struct passer *p, double now_s);    /* left other than over its end */
void detect_loop_row(struct watch *w, double end_s, double value[LOOP_COLUMNS]);

void detect_area(struct watch *w, double h_s); /* everybody's step */
void detect_area_gone(struct watch *w, const struct passer *p);
void detect_area_row(struct watch *w, double value[AREA_COLUMNS]);
