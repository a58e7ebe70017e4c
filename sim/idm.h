/* idm.h - how fast a driver of the Intelligent Driver Model goes: Treiber, Hennecke and Helbing (2000), "Congested traffic states in
 * empirical observations and microscopic simulations", Phys. Rev. E 62, 1805, eq. 2 and 3.
 *
 * A step is made in several short ones (SUMO's "stepping"), during which the gap closes. Pure functions.
 */
#pragma once

#include "sim/krauss.h"

#define IDM_GAP_MIN_M 0.001

/* Acceleration at `gap_m` behind one that goes leader_mps; s0_m: the gap that is kept when standing. */
static inline double idm_accel_mps2(const struct vtype *t, double gap_m, double s0_m, double v_mps, double leader_mps, double desired_mps)
{
	double braking = v_mps * (v_mps - leader_mps) / (2 * sqrt(t->accel_mps2 * t->decel_mps2));
	double wanted = s0_m + greater(0, v_mps * t->tau_s + braking), gap = greater(gap_m, IDM_GAP_MIN_M);
	return t->accel_mps2 * (1 - pow(v_mps / greater(desired_mps, 1e-3), t->idm_delta) - wanted * wanted / (gap * gap));
}

/* Speed after a step of h_s. `gap_m` with the standing gap in it. */
static inline double idm_speed(const struct vtype *t, double gap_m, double s0_m, double v_mps, double leader_mps, double desired_mps,
	double h_s)
{
	int parts = (int) (h_s / t->idm_stepping_s + 0.5);
	parts = parts < 1 ? 1 : parts;
	double v = v_mps, part_s = h_s / parts;
	for (int k = 0; k < parts; k++) {
		v = greater(0, v + part_s * idm_accel_mps2(t, gap_m, s0_m, v, leader_mps, desired_mps));
		gap_m -= greater(0, v - leader_mps) * part_s;
	}
	return v;
}

/* Behind a leader; `gap_m` is already without the minimum gap. */
static inline double idm_follow_speed(const struct vtype *t, double gap_m, double v_mps, double leader_mps, double desired_mps, double h_s)
{
	return idm_speed(t, gap_m + t->min_gap_m, t->min_gap_m, v_mps, leader_mps, desired_mps, h_s);
}

/* Before a mark at which one must stand, and never beyond it. The last bit, over which the model would creep for ever, is driven as
 * with Krauss. */
static inline double idm_halt_speed(const struct vtype *t, double gap_m, double v_mps, double desired_mps, double h_s)
{
	if (gap_m < 0.01)
		return 0;
	double x = idm_speed(t, gap_m, 0, v_mps, 0, desired_mps, h_s);
	return v_mps < 1e-3 && x < 1e-3 ? krauss_halt_speed(t, gap_m, h_s) : lesser(x, gap_m / h_s);
}
