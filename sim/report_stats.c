/* report_stats.c - the numbers of the report's table: means over seeds and their intervals. */
#include <math.h>

#include "core/units.h"
#include "sim/report.h"

void report_mean(const double *values, uint32_t n, double *mean, double *half)
{
	struct figure_mean m = figures_mean(values, n);
	*mean = m.mean;
	*half = m.half;
}

static const struct quantity {
	const char *name, *unit;
	size_t at; /* of the double in struct score */
	int digits;
	bool more_is_better;
} quantities[REPORT_ROWS] = {
	{"mean delay", "s/veh", offsetof(struct score, delay_s), 1, false},
	{"stops", "per veh", offsetof(struct score, stops), 2, false},
	{"mean queue", "veh", offsetof(struct score, queue_veh_mean), 1, false},
	{"longest queue of a lane", "veh", offsetof(struct score, queue_veh_max), 0, false},
	{"throughput", "veh/h", offsetof(struct score, throughput_vph), 0, true},
	{"mean speed", "m/s", offsetof(struct score, speed_mps), 1, true},
};

static double value_of(const struct score *s, const struct quantity *q)
{
	return *(const double *) (const void *) ((const char *) s + q->at);
}

void report_table(const struct report_run *runs, uint32_t n_runs, struct report_row rows[REPORT_ROWS])
{
	g_autofree double *fixed = g_new(double, n_runs + 1), *adaptive = g_new(double, n_runs + 1), *change = g_new(double, n_runs + 1);
	for (uint32_t k = 0; k < REPORT_ROWS; k++) {
		const struct quantity *q = &quantities[k];
		for (uint32_t i = 0; i < n_runs; i++) {
			fixed[i] = value_of(&runs[i].fixed, q);
			adaptive[i] = value_of(&runs[i].adaptive, q);
			change[i] = fixed[i] > 0 ? (adaptive[i] - fixed[i]) / fixed[i] : UNKNOWN;
		}
		rows[k] = (struct report_row) {.name = q->name, .unit = q->unit, .digits = q->digits, .more_is_better = q->more_is_better};
		report_mean(fixed, n_runs, &rows[k].fixed, &rows[k].fixed_half);
		report_mean(adaptive, n_runs, &rows[k].adaptive, &rows[k].adaptive_half);
		report_mean(change, n_runs, &rows[k].change_frac, &rows[k].change_half);
	}
}
