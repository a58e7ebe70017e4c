/* figures.c - the numbers of runs and their means; see figures.h. */
#include "sim/figures.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "core/units.h"

const struct figure_name figure_names[N_FIGURES] = {
#define X(key, name, unit, digits, sign) {#key, name, unit, digits, sign},
	FIGURES(X)
#undef X
};

static void of_walks(struct figures *f, const struct gauge *m)
{
	double sum_s = 0;
	uint32_t n = 0;
	for (uint32_t c = 0; c < m->places->n_crossings; c++) {
		struct walk_wait wait = walk_wait(&m->crossings[c]);
		f->at[FIGURE_walk_red_max_s] = fmax(f->at[FIGURE_walk_red_max_s], wait.red_max_s); /* NaN loses */
		f->at[FIGURE_walk_wait_p95_s] = fmax(f->at[FIGURE_walk_wait_p95_s], wait.p95_s);
		n += !isnan(wait.mean_s);
		sum_s += isnan(wait.mean_s) ? 0 : wait.mean_s;
	}
	f->at[FIGURE_walk_wait_s] = n ? sum_s / n : UNKNOWN;
}

struct figures figures_of(const struct score *s, const struct gauge *m)
{
	struct figures f;
	for (int k = 0; k < N_FIGURES; k++)
		f.at[k] = UNKNOWN;
	f.at[FIGURE_delay_s] = s->delay_s;
	f.at[FIGURE_time_loss_s] = s->time_loss_s;
	f.at[FIGURE_depart_delay_s] = s->depart_delay_s;
	f.at[FIGURE_waiting_s] = s->waiting_s;
	f.at[FIGURE_stops] = s->stops;
	f.at[FIGURE_queue_veh_mean] = s->queue_veh_mean;
	f.at[FIGURE_queue_veh_max] = s->queue_veh_max;
	f.at[FIGURE_throughput_vph] = s->throughput_vph;
	f.at[FIGURE_speed_mps] = s->speed_mps;
	if (!m)
		return f;
	f.at[FIGURE_queue_veh_p95] = gauge_counts_percentile(&m->queue_veh, m->steps, 0.95);
	f.at[FIGURE_queue_veh_most] = m->queue_veh.max;
	f.at[FIGURE_queue_back_max_m] = m->back_max_m;
	f.at[FIGURE_fuel_l_100km] = m->driven_m > 0 ? m->fuel_ml / m->driven_m * 100 : UNKNOWN;
	f.at[FIGURE_fuel_l] = m->fuel_ml / 1000;
	f.at[FIGURE_co2_kg] = m->co2_g / 1000;
	of_walks(&f, m);
	return f;
}

void figures_add_trips(struct figures *f, const struct trip_record *trips, uint32_t n)
{
	if (!n)
		return;
	f->at[FIGURE_trip_s] = f->at[FIGURE_trip_loss_s] = f->at[FIGURE_trip_waiting_s] = 0;
	for (uint32_t k = 0; k < n; k++) {
		f->at[FIGURE_trip_s] += trips[k].duration_s / n;
		f->at[FIGURE_trip_loss_s] += trips[k].time_loss_s / n;
		f->at[FIGURE_trip_waiting_s] += trips[k].waiting_s / n;
	}
}

struct figure_mean figures_mean(const double *values, uint32_t n)
{
	double sum = 0, squares = 0;
	for (uint32_t k = 0; k < n; k++)
		sum += values[k];
	double mean = n ? sum / n : UNKNOWN;
	for (uint32_t k = 0; k < n; k++)
		squares += (values[k] - mean) * (values[k] - mean);
	return (struct figure_mean){mean, n < 2 ? UNKNOWN : gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(squares / (n - 1) / n)};
}

enum pairing { ALONE, DIFFERENCE, CHANGE };

static struct figure_mean mean_of(const struct figures *a, const struct figures *b, uint32_t n, enum figure figure, enum pairing pairing)
{
	g_autofree double *x = g_new(double, n + 1);
	for (uint32_t k = 0; k < n; k++) {
		double from = a[k].at[figure];
		x[k] = pairing == ALONE ? from : b[k].at[figure] - from;
		if (pairing == CHANGE)
			x[k] = from > 0 ? x[k] / from : UNKNOWN;
	}
	return figures_mean(x, n);
}

struct figure_mean figures_mean_of(const struct figures *runs, uint32_t n, enum figure figure)
{
	return mean_of(runs, NULL, n, figure, ALONE);
}

struct figure_mean figures_difference(const struct figures *a, const struct figures *b, uint32_t n, enum figure figure)
{
	return mean_of(a, b, n, figure, DIFFERENCE);
}

struct figure_mean figures_change(const struct figures *a, const struct figures *b, uint32_t n, enum figure figure)
{
	return mean_of(a, b, n, figure, CHANGE);
}
