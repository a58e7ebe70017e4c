/* arrivals.h - how many vehicles will reach each stop line within the next minutes, how sure that is, and how true it has been.
 *
 * An *arrival* is a vehicle at the stop line if nothing but the speed limit held it on the way there from where it came into view: the
 * free-flow arrivals of a point queue (Newell 1982). It is measured by what cameras count: those that came into view, `view / limit`
 * seconds later. Who is in view already is known; the rest is the forecast's inflow.
 *
 * Every forecast is remembered and judged when it is due, beside *persistence* (as many as in the last period of the same length) and
 * the *mean flow* alone. The mean absolute scaled error (Hyndman and Koehler 2006) is the mean absolute error over persistence's on the same
 * forecasts. Stated intervals are moved until they hold nine of ten (adaptive conformal inference, Gibbs and Candes 2021).
 */
#pragma once

#include "optimizer/forecast.h"

#define ARRIVALS_HORIZONS 2
extern const double arrivals_horizons_s[ARRIVALS_HORIZONS]; /* 60, 180: those that are judged */
#define ARRIVALS_HOLD_FRAC 0.9 /* of the forecasts lie within the stated interval */

struct arrivals_expected {
	double mean_veh, sd_veh;
	double median_veh;          /* as often more as less: the least absolute error */
	double low_veh, high_veh;   /* nine of ten times between these, both included */
	double persistence_veh, flow_veh; /* what the two yardsticks say */
};

struct arrivals_score {
	uint64_t n;
	double error_veh;             /* mean absolute error of the median; all means fade with a memory of about an hour */
	double persistence_error_veh, flow_error_veh;
	double bias_veh;              /* mean error of the mean, positive = more came than said */
	double held_frac;             /* of those that came within the interval */
	double bin_error_veh;         /* mean absolute error of the mean, by bins of ARRIVALS_BIN_S; first horizon only */
};
#define ARRIVALS_BIN_S 5.0

struct arrivals;
struct arrivals *arrivals_new(const struct layout *l);
void arrivals_free(struct arrivals *a); /* NULL is fine */
OWNED(arrivals)

/* Looks at what came, judges what is due and begins the next; once a step, after forecast_update. */
void arrivals_step(struct arrivals *a, const struct demand *d, const struct forecast *f, double now_s);

/* Arrivals at a slot within `within_s` from now, > 0. False where nothing is known of it yet. */
bool arrivals_expect(const struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, double within_s, struct arrivals_expected *x);

/* The same bin by bin, the first from now on. UNKNOWN where nothing is known of it yet. */
void arrivals_bins(const struct arrivals *a, const struct demand *d, const struct forecast *f, uint32_t slot, double bin_s, uint32_t n, double *veh,
	double *veh_sd);

/* Of horizon h; n = 0: none was due yet. */
const struct arrivals_score *arrivals_score(const struct arrivals *a, uint32_t slot, uint32_t h);
