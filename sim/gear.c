/* gear.c - see gear.h. */
#include "sim/gear.h"

struct gear gear_of(const struct vtype *t, double h_s)
{
	double decel_mps = t->decel_mps2 * h_s, p = t->tau_s / h_s - 0.5;
	struct gear g = {
		.accel_mps = t->accel_mps2 * h_s,
		.decel_mps = decel_mps,
		.emergency_mps = t->emergency_decel_mps2 * h_s,
		.steps_per_mps = 1 / decel_mps,
		.half_decel_mps = decel_mps / 2,
		.dawdle_s = t->sigma * h_s,
		.accel_mps2 = t->accel_mps2,
		.decel_mps2 = t->decel_mps2,
		.tau_s = t->tau_s,
		.min_gap_m = t->min_gap_m,
		.length_m = t->length_m,
		.max_mps = t->max_speed_mps,
		.stop_p = p,
		.stop_pp = p * p,
		.stop_k = 2 / (decel_mps * h_s),
		.model = t->model,
	};
	for (int n = 0; n < STOP_STEPS; n++)
		g.per_stop_s[n] = 1 / (n * h_s + t->tau_s);
	return g;
}
