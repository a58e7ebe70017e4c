/* gear.h - what is worked out once about a type of vehicles for steps of one length, and Krauss' sums with it.
 *
 * The sums are those of krauss.h to within rounding (tests/sim/pace_test.c), without divisions, and mostly without roots. Pure functions.
 */
#pragma once

#include "sim/krauss.h"

#define CREEP_MPS 0.001 /* nobody drives slower than this */
#define STOP_STEPS 16

struct gear {
	double accel_mps, decel_mps, emergency_mps; /* change of speed in a step */
	double steps_per_mps, half_decel_mps; /* 1 / decel_mps, decel_mps / 2 */
	double dawdle_s;             /* sigma * h: so much of its acceleration a driver loses at most */
	double accel_mps2, decel_mps2, tau_s, min_gap_m, length_m, max_mps; /* as in struct vtype */
	double stop_p, stop_pp, stop_k; /* of krauss_stop_speed: tau / h - 1/2, its square, 2 / (decel_mps * h) */
	double per_stop_s[STOP_STEPS];  /* 1 / (n * h + tau), for n steps of braking */
	enum car_following model;
};

struct gear gear_of(const struct vtype *t, double h_s);

/* krauss_brake_gap_m without a reaction time. */
static inline double gear_brake_m(const struct gear *g, double v_mps, double h_s)
{
	double n = (double) (int) (v_mps * g->steps_per_mps);
	return h_s * n * (v_mps - g->half_decel_mps * (n + 1));
}

/* The distance in which one that goes at v comes to a stand: reaction, then braking. */
static inline double gear_stop_m(const struct gear *g, double v_mps, double h_s)
{
	return gear_brake_m(g, v_mps, h_s) + v_mps * g->tau_s;
}

/* krauss_stop_speed. */
static inline double gear_stop_speed(const struct gear *g, double gap_m, double h_s)
{
	double room = gap_m - KRAUSS_SAFE_EPS_M;
	if (room <= 0)
		return 0;
	int steps = (int) (sqrt(g->stop_pp + g->stop_k * room) - g->stop_p);
	double n = steps, rest = room - n * (g->decel_mps * g->tau_s + g->half_decel_mps * h_s * (n - 1));
	return n * g->decel_mps + (steps < STOP_STEPS ? rest * g->per_stop_s[steps] : rest / (n * h_s + g->tau_s));
}

/* krauss_follow_speed behind one that goes at leader_mps and brakes no better; and not if he would have to brake harder than he likes to:
 * then a negative number. `wish_mps`: as fast as he would go without the leader; mostly the answer, found without a root. */
static inline double gear_follow_speed(const struct gear *g, double gap_m, double wish_mps, double now_mps, double leader_mps, double h_s)
{
	double avail = gap_m + gear_brake_m(g, leader_mps, h_s);
	if (gear_stop_m(g, wish_mps, h_s) <= avail - KRAUSS_SAFE_EPS_M)
		return wish_mps;
	double x = gear_stop_speed(g, avail, h_s);
	return now_mps - x <= g->decel_mps + KRAUSS_SAFE_EPS_M * h_s ? lesser(x, wish_mps) : -1;
}

static inline bool gear_can_brake(const struct gear *g, double v_mps, double dist_m, double h_s)
{
	return v_mps < g->decel_mps || dist_m > gear_brake_m(g, v_mps, h_s);
}
