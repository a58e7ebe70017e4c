/* fuel.c - instantaneous fuel consumption; see fuel.h. */
#include "sim/fuel.h"

#include <stddef.h>

#include "core/network.h"

static const struct fuel_engine light = {
	.name = "light", .mass_kg = 1200, .idle_ml_s = 1600.0 / 3600, .b1_kn = 0.333, .b2_kn_s2_m2 = 0.00108,
	.beta1_ml_kj = 0.090, .beta2_ml_s2_kj_m = 0.045, .co2_g_ml = 2.29,
};
static const struct fuel_engine heavy = {
	.name = "heavy", .mass_kg = 11000, .idle_ml_s = 2000.0 / 3600, .b1_kn = 1.08, .b2_kn_s2_m2 = 0.00384,
	.beta1_ml_kj = 0.080, .beta2_ml_s2_kj_m = 0, .co2_g_ml = 2.66,
};

const struct fuel_engine *fuel_engine_of(uint32_t vclass)
{
	if (vclass & (NET_BICYCLE | NET_PEDESTRIAN | NET_OTHER))
		return NULL;
	return vclass & (NET_TRUCK | NET_BUS) ? &heavy : &light;
}

double fuel_rate_ml_s(const struct fuel_engine *e, double speed_mps, double accel_mps2)
{
	double force_kn = e->b1_kn + e->b2_kn_s2_m2 * speed_mps * speed_mps + e->mass_kg * accel_mps2 / 1000;
	if (force_kn <= 0)
		return e->idle_ml_s;
	double rate = e->idle_ml_s + e->beta1_ml_kj * force_kn * speed_mps;
	if (accel_mps2 > 0)
		rate += e->beta2_ml_s2_kj_m * e->mass_kg * accel_mps2 * accel_mps2 * speed_mps / 1000;
	return rate;
}
