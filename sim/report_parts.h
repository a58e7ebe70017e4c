/* report_parts.h - the parts of the page, used by report.c only. Each appends one section or nothing. */
#pragma once

#include "sim/report.h"

struct report_side { /* one way of running the lights */
	const char *name;
	const char *class;   /* of its lines in the style sheet */
	const struct record *record;         /* NULL: nothing to be drawn */
	const struct gauge *const *gauges;   /* n_runs of them, or NULL */
};

/* One or two of them. Two are of the same network. */
uint32_t report_sides(const struct report *r, struct report_side sides[2]);

typedef double (*report_value)(const struct gauge *g, uint32_t index);
/* Over those runs of a side in which it is known. */
struct figure_mean report_over(const struct report_side *side, uint32_t n_runs, report_value value, uint32_t index);

void report_results(GString *out, const struct report *r);    /* tiles, and the table of all figures */
void report_bars(GString *out, const struct report *r);       /* before and after, with intervals */
void report_map(GString *out, const struct report *r);        /* the network, coloured by delay */
void report_over_time(GString *out, const struct report *r);  /* delay so far and being lost */
void report_time_space(GString *out, const struct report *r); /* trajectories along the path, with its signals */
void report_levels(GString *out, const struct report *r);     /* level of service of each movement */
void report_queues(GString *out, const struct report *r);     /* back of queue over time, per approach */
void report_signals(GString *out, const struct report *r);    /* cycles and splits, as programmed and as shown */
void report_walks(GString *out, const struct report *r);      /* pedestrians' wait at each crossing */

/* <td>mean ± half</td>; a dash where it is unknown. */
void report_cell(GString *out, double mean, double half, int digits);
void report_first_cell(GString *out, double mean, double half, int digits); /* the same, the first of a side */
/* Text of at most `most` characters, the rest as a tooltip; escaped. */
void report_name(GString *out, const char *text, uint32_t most);
/* A signal's id where it is short, else its number: "#3"; as it stands in drawings. Owned by the caller. */
char *report_signal_mark(const struct network *net, uint32_t signal);
/* A signal, or a node without one, for tables: its mark, where that is a number, and its id. */
void report_place(GString *out, const struct network *net, uint32_t signal, const char *node_id);
/* Opens a table: two columns of its own (`first`, cells), then five of each side (`columns`), below the sides' names where there are two. */
void report_table_head(GString *out, const struct report_side *sides, uint32_t n, const char *first, const char *columns);
/* A key of the sides' lines; nothing where there is one. */
void report_key(GString *out, const struct report_side *sides, uint32_t n);
extern const char *const report_level_colours[6]; /* A .. F */

extern const char report_style[]; /* the style sheet */
