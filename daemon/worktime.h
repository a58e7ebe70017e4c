/* worktime.h - what the main thread spends its processor time on.
 *
 * The parts that are marked are measured; what remains is the cabinets' part: their drivers live on the main loop's own sources, and the
 * loop itself is counted with them. Times are the thread's own processor time, whoever else is on the machine. Decides nothing.
 */
#pragma once

#include <stdint.h>

enum work { WORK_OPTIMIZER, WORK_ESTIMATES, WORK_FEED, WORK_CONTROLLERS, WORK_N };

struct worktime {
	double spent_s[WORK_N]; /* since it was looked at last; WORK_CONTROLLERS is worked out then */
	double looked_cpu_s;
	int64_t looked_us; /* monotonic; 0 = never */
};

const char *work_name(enum work w); /* as a number of the health message: "cpu_optimizer_frac" */

double worktime_now_s(void); /* of this thread */
/* What was done since `from_s` belongs to `w`; returns the time now. */
double worktime_add(struct worktime *t, enum work w, double from_s);

/* The parts since the last look, of one core; NaN at the first. */
void worktime_look(struct worktime *t, double frac[WORK_N]);
