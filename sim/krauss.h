/* krauss.h - how fast a driver dares to go: car following after S. Krauss (1998), "Microscopic modeling of traffic flow",
 * DLR-FB 98-08, ch. 3, in the explicit Euler form with dawdling that SUMO documents.
 *
 * In discrete steps of length h a driver who brakes with b loses b*h of speed each step; all distances below are sums over such
 * steps and not integrals, so that what is called safe is safe in the stepped world too. Pure functions.
 */
#pragma once

#include <math.h>

#include "sim/routes.h"

#define KRAUSS_SAFE_EPS_M 0.001 /* stops this much short of the mark */
#define KRAUSS_EMERGENCY_MARGIN 1.2 /* brakes this much harder than the least that would do */

/* fmin and fmax without their care for NaN, which makes them calls. */
static inline double lesser(double a, double b)
{
	return a < b ? a : b;
}

static inline double greater(double a, double b)
{
	return a > b ? a : b;
}

/* Rounds down what is not negative. Without SSE 4.1 floor() is a call. */
static inline double krauss_floor(double x)
{
	return (double) (int) x;
}

/* Distance until standing when braking with b from v on, the first braking step being the next one, after `tau_s` at v. */
static inline double krauss_brake_gap_m(double v_mps, double b_mps2, double tau_s, double h_s)
{
	if (v_mps <= 0)
		return 0;
	double loss = b_mps2 * h_s, n = krauss_floor(v_mps / loss);
	return h_s * (n * v_mps - loss * n * (n + 1) / 2) + v_mps * tau_s;
}

/* The greatest speed from which a driver comes to a stand within `gap_m`: tau at that speed, then braking with b in steps.
 * With v = n*b*h + r, 0 <= r < b*h, the distance is  b*h*(n*tau + h*n*(n-1)/2) + r*(tau + n*h);  n is the largest with r >= 0. */
static inline double krauss_stop_speed(double gap_m, double b_mps2, double tau_s, double h_s)
{
	double g = gap_m - KRAUSS_SAFE_EPS_M;
	if (g <= 0)
		return 0;
	double loss = b_mps2 * h_s, p = tau_s / h_s - 0.5;
	double n = krauss_floor(sqrt(p * p + 2 * g / (loss * h_s)) - p);
	double h = loss * (n * tau_s + h_s * n * (n - 1) / 2);
	return n * loss + (g - h) / (n * h_s + tau_s);
}

/* The least steady deceleration that avoids a leader who brakes with b_leader: it stands where the leader stands, or is as
 * slow as the leader when it reaches it. */
static inline double krauss_emergency_mps2(double gap_m, double v_mps, double leader_mps, double b_leader_mps2, double worst_mps2)
{
	if (gap_m <= 0)
		return worst_mps2;
	double b = v_mps * v_mps / (2 * (gap_m + leader_mps * leader_mps / (2 * b_leader_mps2)));
	return b <= b_leader_mps2 ? b : (v_mps * v_mps - leader_mps * leader_mps) / (2 * gap_m);
}

/* Safe speed behind a leader; `gap_m` is already without the minimum gap. `calm`: as on insertion, without emergency braking. */
static inline double krauss_follow_speed(const struct vtype *t, double gap_m, double v_mps, double leader_mps, double b_leader_mps2, bool calm,
	double h_s)
{
	double x = greater(0, v_mps - t->emergency_decel_mps2 * h_s);
	if (gap_m >= 0)
		x = krauss_stop_speed(gap_m + krauss_brake_gap_m(leader_mps, greater(t->decel_mps2, b_leader_mps2), 0, h_s), t->decel_mps2, t->tau_s, h_s);
	double need = (v_mps - x) / h_s;
	if (calm || need <= t->decel_mps2 + KRAUSS_SAFE_EPS_M)
		return x;
	double b = KRAUSS_EMERGENCY_MARGIN * krauss_emergency_mps2(gap_m, v_mps, leader_mps, b_leader_mps2, t->emergency_decel_mps2);
	b = lesser(greater(b, t->decel_mps2), need);
	return greater(0, v_mps - b * h_s);
}

/* Safe speed before a mark at which one must stand (red light, end of the lane). What does not move needs no reaction time but that of
 * the next step. */
static inline double krauss_halt_speed(const struct vtype *t, double gap_m, double h_s)
{
	return krauss_stop_speed(gap_m, t->decel_mps2, h_s, h_s);
}

/* Speed now so that braking with b leads to `target` when a mark `dist_m` away is reached: no reaction time is involved.
 * y braking steps, the last metres at the target speed: (y^2+y)/2 * b*h + y*target, all times h. */
static inline double krauss_approach_speed(double dist_m, double target_mps, double b_mps2, double h_s)
{
	double loss = b_mps2 * h_s, d = dist_m / h_s;
	double y = greater(0, (sqrt((loss + 2 * target_mps) * (loss + 2 * target_mps) + 8 * loss * d) - loss) / 2 - target_mps) / loss;
	double full = krauss_floor(y);
	double exact = (full * full + full) / 2 * loss + full * target_mps + (y > full ? target_mps : 0);
	return greater(0, d - exact) / (full + 1) + full * loss + target_mps;
}

/* Imperfection: loses up to sigma of one step's acceleration; who is starting does start. `random` in [0, 1). */
static inline double krauss_dawdle(const struct vtype *t, double v_mps, double random, double h_s)
{
	return greater(0, v_mps - t->sigma * lesser(v_mps, t->accel_mps2) * random * h_s);
}

/* Speed after `dist_m` of steady acceleration. */
static inline double krauss_speed_after(double dist_m, double v_mps, double accel_mps2)
{
	return sqrt(v_mps * v_mps + 2 * accel_mps2 * dist_m);
}

/* Least time for `dist_m` when v is to become `arrive_mps` on the way. */
static inline double krauss_arrival_s(double dist_m, double v_mps, double arrive_mps, double accel_mps2, double decel_mps2)
{
	double ramp_s = (arrive_mps - v_mps) / (arrive_mps >= v_mps ? accel_mps2 : -decel_mps2), ramp_m = ramp_s * (arrive_mps + v_mps) / 2;
	return ramp_s + greater(0, dist_m - ramp_m) / greater(greater(v_mps, arrive_mps), 0.1);
}

/* Least speed at a mark `dist_m` away; no limit where braking would come too late. */
static inline double krauss_braked_mps(const struct vtype *t, double dist_m, double v_mps, double h_s)
{
	if (dist_m >= krauss_brake_gap_m(v_mps, t->decel_mps2, t->tau_s, h_s))
		return 0;
	if (dist_m < v_mps * h_s)
		return INFINITY;
	double left = v_mps * v_mps - 2 * t->decel_mps2 * (dist_m - v_mps * t->tau_s);
	return left >= 0 ? sqrt(left) : t->decel_mps2;
}
