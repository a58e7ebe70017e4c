/* pace.h - how fast drivers go who look at nothing but the one ahead: many at once; see parts.h.
 *
 * The same sums as in drive.c (Krauss), written so that a compiler does several drivers with one instruction: one type of vehicles, no
 * branches. Whoever has more to look at (the line ahead, somebody to let in) or would have to brake hard is handed back.
 */
#pragma once

#include <stdint.h>

#define PACE_MAX 64

struct gear;

struct pace {
	uint32_t n;
	/* who */
	uint32_t slot[PACE_MAX], leader[PACE_MAX];
	double rear_ahead_m[PACE_MAX]; /* from the front to the leader's rear */
	/* what they see */
	double now_mps[PACE_MAX], max_mps[PACE_MAX]; /* speed now; what it wants on this lane */
	double leader_mps[PACE_MAX];
	double seen_m[PACE_MAX];       /* to the end of the lane */
	uint32_t chance[PACE_MAX];     /* a number that nobody else has in this step */
	/* what comes of it */
	double next_mps[PACE_MAX];
	double more[PACE_MAX];         /* 1: it has more to look at, next_mps is not yet the answer; 0 */
	double limited[PACE_MAX];      /* 1: the one ahead keeps it from going as it wants to; 0 */
	double chance_frac[PACE_MAX];  /* `chance` as a number in [0, 1) */
};

#define PACE_FAR_M 1e6 /* rear_ahead_m of nobody */

typedef void pace_function(struct pace *p, const struct gear *g, double h_s);

/* The fastest for this processor. All give the same, bit for bit. */
pace_function *pace_choose(void);
