/* screen.h - the status of a running demo for a terminal: a page of any size from 40x10 on, or one plain line.
 *
 * Pure: what is known is handed in, text comes out; what is not known (NaN, not heard) is shown as "-". It moves no cursor
 * and asks no terminal for its size.
 */
#pragma once

#include "daemon/wire.h"
#include "sim/report.h"

struct screen_junction {
	char id[WIRE_ID];
	bool heard;
	enum wire_mode mode;
	char stage[16];     /* that shows in full, "" in between */
	double for_s;       /* since the last change of any lamp */
	double queue_seen_veh, queue_true_veh;
	double delay_s, fixed_delay_s; /* per vehicle so far */
};

struct screen_camera {
	char id[WIRE_ID];
	bool heard;         /* health of it came */
	enum camera_state state;
	double fps, lag_s;
};

struct screen_program {
	char name[32];
	double cpu_frac;    /* of one core, now */
	double cpu_sum, cpu_n; /* for the mean over the run */
};

struct screen {
	const char *doing;   /* "starting the cameras", NULL = running */
	uint64_t seed;
	double t_s, total_s; /* of the run so far and in all; total 0 = until Ctrl-C */
	struct screen_junction *junctions;
	struct screen_camera *cameras;
	struct screen_program programs[WIRE_MAX_CAMERAS];
	uint32_t n_junctions, n_cameras, n_programs;
	double delay_s, fixed_delay_s; /* per vehicle of the whole network, so far */
	double lag_p50_s, lag_p99_s;   /* frame to command */
	struct report_vision vision;
	const char *const *alerts;     /* sentences of those that are active */
	uint32_t n_alerts;
};

/* Exactly `rows` lines of at most `columns` characters, the last without a line feed; `colour`: with ANSI colours. */
void screen_page(GString *out, const struct screen *s, uint32_t columns, uint32_t rows, bool colour);

/* The same in one line, without a line feed. */
void screen_line(GString *out, const struct screen *s);

/* The table of the end: fixed against adaptive, and what vision was off by (cameras 0: not). */
void screen_table(GString *out, const struct report_run *runs, uint32_t n_runs, const struct report_vision *vision);
