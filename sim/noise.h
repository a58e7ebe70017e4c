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

/* Streams that are made anew in each step: noise_stream(seed, 0, what) + who * NOISE_WHO. An odd number that has nothing to do with the
 * one between the numbers of a stream (the fraction of the square root of 2). */
#define NOISE_WHO UINT64_C(0x6a09e667f3bcc909)
#define NOISE_WHO_32 0x9e3779b1u /* for streams of 32 bits (the golden ratio's) */

/* What streams are for. */
enum noise_purpose { NOISE_SPEED_FACTOR = 1, NOISE_DAWDLE, NOISE_LANE, NOISE_TYPE, NOISE_FLOW, NOISE_POS, NOISE_ROUTE, NOISE_LUCK };
