/* pace.h - how fast drivers go who look at nothing but the one ahead: many at once; see parts.h.
 *
 * The same sums as in drive.c (Krauss), written so that a compiler does several drivers with one instruction: one type of vehicles, no
 * branches. Whoever has more to look at (the line ahead, somebody to let in) or would have to brake hard is handed back.
 */
#pragma once

#include "sim/gear.h"

#define PACE_MAX 64

struct pace {
	uint32_t n;
	/* who */
	uint32_t slot[PACE_MAX], leader[PACE_MAX];
	double rear_ahead_m[PACE_MAX]; /* from the front to the leader's rear */
	/* what they see */
	double now_mps[PACE_MAX], max_mps[PACE_MAX]; /* speed now; what it wants on this lane */
	double leader_mps[PACE_MAX];
	double seen_m[PACE_MAX];       /* to the end of the lane */
	uint32_t chance[PACE_MAX];     /* for pace_chance: a number that nobody else has in this step */
	/* what comes of it */
	double next_mps[PACE_MAX];
	double more[PACE_MAX];         /* 1: it has more to look at, next_mps is not yet the answer; 0 */
	double limited[PACE_MAX];      /* 1: the one ahead keeps it from going as it wants to; 0 */
	double chance_frac[PACE_MAX];  /* pace_chance(chance) */
};

#define PACE_FAR_M 1e6 /* rear_ahead_m of nobody */

typedef void pace_function(struct pace *p, const struct gear *g, double h_s);

pace_function pace_plain;

/* The fastest for this processor: gives what pace_plain does, bit for bit. */
pace_function *pace_choose(void);

/* A chance in [0, 1) out of any number. The mixer is lowbias32 (C. Wellons 2018, "Prospecting for hash functions"): 32 bits, since no wider
 * product is quick in all vectors. */
static inline double pace_chance(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x7feb352dU;
	x ^= x >> 15;
	x *= 0x846ca68bU;
	x ^= x >> 16;
	return (double) (int32_t) (x >> 1) * 0x1p-31;
}
