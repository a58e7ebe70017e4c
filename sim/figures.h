/* figures.h - the numbers of one run, under one name everywhere: JSON, tables, pages, comparisons; and their means over seeds. */
#pragma once

#include "sim/gauge.h"

/* Rows: the key's name, how people call it, unit, digits behind the point, +1 more is better, -1 less is, 0 neither. */
#define FIGURES(X) \
	X(delay_s, "mean delay", "s/veh", 1, -1) \
	X(time_loss_s, "time loss", "s/veh", 1, -1) \
	X(depart_delay_s, "depart delay", "s/veh", 1, -1) \
	X(waiting_s, "standing", "s/veh", 1, -1) \
	X(stops, "stops", "per veh", 2, -1) \
	X(queue_veh_mean, "mean queue at signals", "veh", 1, -1) \
	X(queue_veh_p95, "queues in all, 95th percentile", "veh", 0, -1) \
	X(queue_veh_most, "queues in all, most", "veh", 0, -1) \
	X(queue_veh_max, "longest queue of a lane at a signal", "veh", 0, -1) \
	X(queue_back_max_m, "furthest back of queue", "m", 0, -1) \
	X(throughput_vph, "throughput", "veh/h", 0, 1) \
	X(speed_mps, "mean speed", "m/s", 1, 1) \
	X(trip_s, "finished trips: duration", "s", 1, -1) \
	X(trip_loss_s, "finished trips: time loss", "s", 1, -1) \
	X(trip_waiting_s, "finished trips: standing", "s", 1, -1) \
	X(fuel_l_100km, "fuel", "L/100 km", 2, -1) \
	X(fuel_l, "fuel in all", "L", 1, -1) \
	X(co2_kg, "CO₂ in all", "kg", 1, -1) \
	X(walk_wait_s, "pedestrians: mean wait", "s", 1, -1) \
	X(walk_wait_p95_s, "pedestrians: 95th percentile, worst crossing", "s", 1, -1) \
	X(walk_red_max_s, "pedestrians: longest red", "s", 0, -1)

enum figure {
#define X(key, name, unit, digits, sign) FIGURE_##key,
	FIGURES(X)
#undef X
	N_FIGURES
};

struct figure_name {
	const char *key, *name, *unit;
	int digits, sign;
};
extern const struct figure_name figure_names[N_FIGURES];

struct figures {
	double at[N_FIGURES]; /* NaN: not measured */
};

/* From a world's score; `m` NULL: what is measured beyond it stays unknown, as do the finished trips. */
struct figures figures_of(const struct score *s, const struct gauge *m);
/* And of its finished trips. */
void figures_add_trips(struct figures *f, const struct trip_record *trips, uint32_t n);

struct figure_mean {
	double mean, half; /* half width of the 95 % interval, Student's t; NaN with fewer than two values */
};
struct figure_mean figures_mean(const double *values, uint32_t n);
/* Over n runs; NaN where one of them did not measure it. */
struct figure_mean figures_mean_of(const struct figures *runs, uint32_t n, enum figure figure);
/* Of the paired differences of b to a. */
struct figure_mean figures_difference(const struct figures *a, const struct figures *b, uint32_t n, enum figure figure);
/* Of the paired changes (b - a) / a. */
struct figure_mean figures_change(const struct figures *a, const struct figures *b, uint32_t n, enum figure figure);
