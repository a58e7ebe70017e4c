/* report.h - the page that says what was gained: one self-contained HTML file, two ways of running the lights side by side.
 *
 * Pure: what is to be said is handed in, text comes out. It opens no files and knows no clock. The page loads nothing from
 * elsewhere, is well-formed XML, and is readable in light, dark and print.
 */
#pragma once

#include "sim/figures.h"
#include "sim/record.h"

struct report_run { /* one seed, both ways, the same window */
	uint64_t seed;
	struct score fixed, adaptive;
};

struct report_vision { /* how far the cameras were off, against the simulator's truth */
	uint32_t cameras;      /* that delivered */
	double lane_seconds;   /* estimates compared */
	double seen_veh, true_veh; /* past the stop lines, in all */
	double flow_frac;      /* (seen - true) / true of all lanes together */
	double flow_lane_frac; /* sum over lanes of |seen - true|, over the sum of true */
	double queue_veh;      /* mean absolute error of queue_veh */
	double speed_mps;      /* mean absolute error of speed_mps */
};

struct report_fact { /* how it was made, a line each: "seed", "7" */
	const char *name, *value;
};

struct report {
	const char *title;          /* "The district, one morning" */
	const char *says;           /* one sentence below it, or NULL */
	const char *fixed_name;     /* "fixed plan" */
	const char
		*adaptive_name; /* "adaptive, from cameras"; NULL: the page is of one way only, and all that is called adaptive is not there */
	const struct report_run *runs;
	uint32_t n_runs;            /* 0: nothing measured; from 2 on with 95 % intervals */
	const struct record *fixed, *adaptive; /* drawings; NULL = none */
	const struct report_vision *vision;    /* NULL = no cameras were used */
	GBytes *picture;            /* PNG; NULL = none */
	const char *picture_says;
	const struct report_fact *facts;
	uint32_t n_facts;
	/* Beyond the scores: n_runs of each, or NULL. */
	const struct figures *fixed_figures, *adaptive_figures;
	const struct gauge *const *fixed_measures, *const *adaptive_measures;
};

GString *report_html(const struct report *r); /* owned by the caller */

/* One line of the table, for the page and for terminals. Means over the runs; half widths of 95 % intervals (Student's t, paired
 * for the change; NaN with fewer than two runs). */
struct report_row {
	const char *name, *unit;
	int digits;                  /* behind the point */
	bool more_is_better;
	double fixed, fixed_half, adaptive, adaptive_half;
	double change_frac, change_half; /* (adaptive - fixed) / fixed */
};
#define REPORT_ROWS 6
void report_table(const struct report_run *runs, uint32_t n_runs, struct report_row rows[REPORT_ROWS]);

/* Mean of n values and the half width of its 95 % interval (Student's t); NaN where there are too few. */
void report_mean(const double *values, uint32_t n, double *mean, double *half);
