/* noise.h - random numbers that depend only on who asks and how often: a counter instead of a state.
 *
 * The same vehicle meets the same chances in every world of the same seed, whatever the lights show, so that plans can be
 * compared pair by pair. The mixer is SplitMix64's (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
 * generators", figure 17). Statistical quality, not secrecy.
 */
#pragma once

#include <stdint.h>

static inline uint64_t noise_mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* A stream of its own for each `who` (a vehicle) and `what` (a purpose). */
static inline uint64_t noise_stream(uint64_t seed, uint64_t who, uint64_t what)
{
	return noise_mix(noise_mix(noise_mix(seed) ^ who) ^ (what << 56));
}

/* The n-th number of a stream, in [0, 1). */
static inline double noise_unit(uint64_t stream, uint64_t n)
{
	return (double) (noise_mix(stream + n * UINT64_C(0x9e3779b97f4a7c15)) >> 11) * 0x1p-53;
}

/* Where all draw once a step: noise_mix(stream + step) + who * NOISE_WHO is a number of one's own, in 32 bits, still to be mixed (see
 * pace_chance). The golden ratio's. */
#define NOISE_WHO 0x9e3779b1u

/* What streams are for. */
enum noise_purpose { NOISE_SPEED_FACTOR = 1, NOISE_DAWDLE, NOISE_LANE, NOISE_TYPE, NOISE_FLOW, NOISE_POS, NOISE_ROUTE, NOISE_LUCK };
