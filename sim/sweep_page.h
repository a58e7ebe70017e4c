/* sweep_page.h - how a figure goes with one parameter, for several ways of running the lights: a drawing, and a page around it.
 *
 * Pure, as report.h: text comes out. Every point has its 95 % interval.
 */
#pragma once

#include "sim/report.h"

#define SWEEP_WAYS 8 /* that can be told apart */

struct sweep_point {
	double mean, half; /* half width of the interval; NaN: one run only */
};

struct sweep_figure { /* one quantity */
	const char *name, *unit;      /* "Delay", "s/veh" */
	int digits;
	const struct sweep_point *points; /* n_ways * n_values: [way * n_values + value] */
	const struct sweep_point *gains;  /* the same: differences to the first way, from paired seeds; NULL: none */
};

struct sweep_page {
	const char *title, *says;     /* `says` may be NULL */
	const char *parameter;        /* "cycle (s)" */
	const double *values;
	uint32_t n_values;
	const char *const *ways;      /* names */
	uint32_t n_ways;              /* 1..SWEEP_WAYS */
	const struct sweep_figure *figures; /* the first is drawn large and has the table */
	uint32_t n_figures;
	const struct report_fact *facts;
	uint32_t n_facts;
};

GString *sweep_html(const struct sweep_page *p); /* owned by the caller */
GString *sweep_svg(const struct sweep_page *p);  /* the first figure alone, a file of its own */
