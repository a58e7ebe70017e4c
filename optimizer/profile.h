/* profile.h - demand of the next 5 to 60 minutes: what usually comes at this time of day, and by how much today is different.
 *
 * A quarter-hour profile of the day per lane, learned day by day, times one plus a deviation that fades: a scalar state space model under a
 * Kalman (1960) filter, fed with the counts of five minutes (Okutani and Stephanedes 1984 did so for traffic). On the first day there is no
 * profile, and the mean of the last hour or so stands in for it, with a larger uncertainty. Each forecast is judged against what
 * came, beside persistence (as in the last five minutes). Days are those of the times that come in (UTC, or the world's).
 */
#pragma once

#include "optimizer/demand.h"

#define PROFILE_COUNT_S 300 /* of one count */
#define PROFILE_HORIZONS 4
extern const double profile_horizons_s[PROFILE_HORIZONS]; /* 300, 900, 1800, 3600 */

struct profile_expected {
	double vps, vps_sd; /* mean inflow over the five minutes that end `horizon` from now; the sd is that of a count, Poisson included */
};

struct profile_score {
	uint64_t n;
	double error_vps, persistence_error_vps; /* mean absolute, fading */
	double held_frac;                        /* that came within 1.645 sd: nine of ten if the sd is true */
};

struct profile;
struct profile *profile_new(const struct layout *l);
void profile_free(struct profile *p); /* NULL is fine */
OWNED(profile)

/* Once a step. Five minutes in which a lane was not seen all the time are no count. */
void profile_step(struct profile *p, const struct demand *d, double now_s);

/* A count of `slot` that ended at t_s, for those who have them from elsewhere (yesterday's). */
void profile_count(struct profile *p, uint32_t slot, double t_s, double vps);

/* What the days have taught of one lane, to be kept over a restart. */
#define PROFILE_QUARTERS 96
#define PROFILE_MOST_VPS 2.0
struct profile_days {
	float vps[PROFILE_QUARTERS];   /* by quarter hour of the day, 0 .. PROFILE_MOST_VPS */
	uint8_t days[PROFILE_QUARTERS]; /* that it was learned from; 0 = nothing is known */
};

/* False: nothing yet. */
bool profile_learned(const struct profile *p, uint32_t slot, struct profile_days *days);

/* Takes the place of what was learned here. False, and nothing changes, when a number is out of its range. */
bool profile_teach(struct profile *p, uint32_t slot, const struct profile_days *days);

/* What usually comes at this time of the day; UNKNOWN where no day has taught it. */
double profile_usual_vps(const struct profile *p, uint32_t slot, double t_s);

/* False before the first count. */
bool profile_expect(const struct profile *p, uint32_t slot, uint32_t horizon, struct profile_expected *x);
const struct profile_score *profile_score(const struct profile *p, uint32_t slot, uint32_t horizon);
