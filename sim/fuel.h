/* fuel.h - fuel and CO2 of a vehicle from how it moves: the energy-related model of instantaneous consumption.
 *
 * Biggs and Akcelik 1986 (Traffic Engineering and Control 27(6):320-325), as in Bowyer, Akcelik and Biggs 1985 (ARRB SR 32), on the level:
 *
 *     R = b1 + b2 v^2 + M a / 1000                          tractive force, kN
 *     f = idle + beta1 R v + [beta2 M a^2 v / 1000] a > 0   mL/s where R > 0, else idle
 *
 * Light vehicles have that report's default car: petrol, 1200 kg, in steady driving 1600/v + 30 + 0.0075 v^2 mL/km (v in km/h). Heavy ones
 * have no published set: 11 t, rolling resistance 1 % and 3.84 N/(m/s)^2 of drag (CdA 6.4 m^2), a diesel engine of 35 % efficiency
 * (35.9 MJ/L), 2 L/h at idle. CO2 by the carbon in the fuel (IPCC 2006, vol. 2, tables 1.2 and 3.2.1): petrol 2.29, diesel 2.66 g/mL.
 *
 * Good for comparing plans: it tells standing, cruising and speeding up apart. It knows no cold engine, no slope, no fleet of today (its
 * car is of the eighties) and no electric ones; bicycles and pedestrians burn nothing.
 */
#pragma once

#include <stdint.h>

struct fuel_engine {
	const char *name;
	double mass_kg;
	double idle_ml_s;
	double b1_kn, b2_kn_s2_m2; /* rolling, drag */
	double beta1_ml_kj, beta2_ml_s2_kj_m;
	double co2_g_ml;
};

/* `vclass`: one enum net_vclass bit. NULL for those that burn nothing. */
const struct fuel_engine *fuel_engine_of(uint32_t vclass);
double fuel_rate_ml_s(const struct fuel_engine *e, double speed_mps, double accel_mps2);
