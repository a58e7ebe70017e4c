/* units.h - conversions at the edge of the program.
 *
 * Inside there are only s, m, m/s, veh and veh/h; files, people and controllers use others.
 * Knows nothing else.
 */
#pragma once

#include <math.h>
#include <stdint.h>

#define US_PER_S INT64_C(1000000)

/* "Not measured" everywhere a physical quantity is unknown. Test with isnan(). */
#define UNKNOWN ((double) NAN)

static inline double kmh_to_mps(double v_kmh)
{
	return v_kmh / 3.6;
}

static inline double mps_to_kmh(double v_mps)
{
	return v_mps * 3.6;
}

static inline double us_to_s(int64_t t_us)
{
	return (double) t_us / (double) US_PER_S;
}

static inline int64_t s_to_us(double t_s)
{
	return (int64_t) llround(t_s * (double) US_PER_S);
}
