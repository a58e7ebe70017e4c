/* worktime.c - see worktime.h. */
#include "daemon/worktime.h"

#include <glib.h>
#include <math.h>
#include <time.h>

#include "core/units.h"

const char *work_name(enum work w)
{
	static const char *const names[WORK_N] = {[WORK_OPTIMIZER] = "cpu_optimizer_frac",
		[WORK_ESTIMATES] = "cpu_estimates_frac",
		[WORK_FEED] = "cpu_feed_frac",
		[WORK_CONTROLLERS] = "cpu_controllers_frac"};

	return names[w];
}

double worktime_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

double worktime_add(struct worktime *t, enum work w, double from_s)
{
	double now_s = worktime_now_s();

	t->spent_s[w] += now_s - from_s;
	return now_s;
}

void worktime_look(struct worktime *t, double frac[WORK_N])
{
	double cpu_s = worktime_now_s();
	int64_t now_us = g_get_monotonic_time();
	double rest_s = cpu_s - t->looked_cpu_s, over_s = us_to_s(now_us - t->looked_us);

	for (int w = 0; w < WORK_CONTROLLERS; w++)
		rest_s -= t->spent_s[w];
	t->spent_s[WORK_CONTROLLERS] = fmax(rest_s, 0);
	for (int w = 0; w < WORK_N; w++) {
		frac[w] = t->looked_us != 0 && over_s > 0 ? t->spent_s[w] / over_s : UNKNOWN;
		t->spent_s[w] = 0;
	}
	t->looked_cpu_s = cpu_s;
	t->looked_us = now_us;
}
