/* forecast.h - how many vehicles will arrive at each stop line in each of the next seconds.
 *
 * Nearest first: the vehicles that are seen; then what the junctions upstream have released and plan to release, spread on the way
 * after Robertson (1969); then the mean flow. Each forecast is remembered and scored against what came, and its stated
 * uncertainty follows the score.
 */
#pragma once

#include "optimizer/demand.h"
#include "optimizer/region.h"
#include "optimizer/trust.h"

#define FORECAST_MAX_S 128  /* longest horizon */
#define FORECAST_SCORE_S 30 /* arrivals of so many seconds are scored */

struct forecast_score {
	uint64_t n;           /* forecasts that were scored */
	double abs_error_veh; /* mean absolute error of the arrivals of the next FORECAST_SCORE_S */
	double bias_veh;      /* mean error, positive = more came than said */
	double scale;         /* factor from stated to true standard deviation; starts at 1 */
};

struct forecast {
	const struct layout *layout;
	uint32_t n_bins;    /* s ahead */
	float *planned;     /* n_slots * n_bins: vehicles that will leave, from the slot's planned_s on */
	float *wait_s;      /* n_slots * n_bins: what one more arrival would wait there, from told_s on; see price.h */
	double *told_s;     /* by slot; -INFINITY = never */
	double *planned_s;  /* by slot; -INFINITY = nothing planned yet */
	float *inflow;      /* n_slots * n_bins: arrivals that nobody has seen yet, from now_s on */
	double *entered;    /* by slot: slot_state.entered_veh when last looked at */
	float *work;        /* one slot's departures, past and planned */
	double now_s;
	struct forecast_score *scores; /* by slot */
	struct region *region; /* how full the roads are, at now_s */
	struct trust *trust; /* in the plans: how much of what they let go does go */
	struct forecast_pending *pending;
};

struct forecast *forecast_new(const struct layout *l, uint32_t horizon_s);
void forecast_free(struct forecast *f); /* NULL is fine */
OWNED(forecast)

/* The departures that the slot is planned to have in the second k from now, for whoever is downstream. */
void forecast_plan(struct forecast *f, uint32_t slot, const float *veh_per_s, double now_s);

/* And what one more arrival in the second k from now would wait. */
void forecast_tell_wait(struct forecast *f, uint32_t slot, const float *wait_s, double now_s);

/* Keeps count of those who queue beyond the view, from the last inflow; once a step, before forecast_update. */
void forecast_track(struct forecast *f, struct demand *d, double now_s);

/* How many vehicles more fit on a stream's way; INFINITY where nobody sees it. */
double forecast_room_veh(const struct forecast *f, const struct demand *d, const struct site_stream *stream);

/* Makes inflow and region anew. */
void forecast_update(struct forecast *f, const struct demand *d, double now_s);

/* Scores what is due and begins the next; once a step, after forecast_update. */
void forecast_review(struct forecast *f, const struct demand *d, double now_s);

/* Cumulative arrivals at the stop line until k seconds from now, k = 0 .. n_bins; [0] = who stands there. `stands_veh` = those of them
 * whose stop is history. Both from items and inflow. */
void forecast_cumulate(const struct forecast *f, const struct demand *d, uint32_t slot, float *arrived_veh, double *stands_veh);

/* Standard deviation of the arrivals between two times from now. */
double forecast_sd(const struct forecast *f, const struct demand *d, uint32_t slot, double from_s, double to_s);
