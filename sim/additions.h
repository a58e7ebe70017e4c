/* additions.h - what SUMO's additional files (.add.xml, plain or .gz) add to a scenario beside demand and programs: detectors,
 * and which signal program is in force at which time of day (WAUT).
 *
 * Programs are netfile_add_programs's, types and routes are routes_read's; both take the same files. Knows no vehicles.
 * What is not supported is named once per kind in `notes` with file and line, and counted.
 */
#pragma once

#include "core/network.h"

enum detector_kind {
	DETECTOR_LOOP, /* inductionLoop, e1Detector: a line across one lane */
	DETECTOR_AREA, /* laneAreaDetector, e2Detector: a stretch of one lane or of several in a row */
};

struct detector {
	char *id, *file;     /* file: where SUMO writes what it counts, beside the additional file that says so */
	enum detector_kind kind;
	uint32_t *lanes;     /* in driving direction, those inside nodes too, owned */
	uint32_t n_lanes;
	double begin_m;      /* from the beginning of the first lane */
	double end_m;        /* from the beginning of the first lane, on along the others; a loop: begin_m */
	double period_s;     /* of one interval of counting; INFINITY: one for all */
	double halt_mps;     /* slower than that is standing; SUMO's 5 km/h */
	double halt_s;       /* for longer than that is in a jam; SUMO's 1 s */
	double jam_gap_m;    /* fronts further apart than that are two jams; SUMO's 10 m */
};

struct program_switch { /* a signal's program from at_s on */
	double at_s;         /* -INFINITY: from the beginning */
	uint32_t signal;
	char *program;       /* one that the signal has, owned */
};

struct additions {
	struct detector *detectors;
	struct program_switch *switches; /* by time */
	uint32_t n_detectors, n_switches;
	bool has_demand; /* types, routes or vehicles for routes_read stand there too */
};

/* `path`: one file, or several with commas between; their programs must be in `net` already. */
struct additions *additions_read(const char *path, const struct network *net, GPtrArray *notes, GError **error);
struct additions *additions_parse(const char *text, gsize length, const char *name, const struct network *net, GPtrArray *notes, GError **error);
void additions_free(struct additions *a); /* NULL is fine */
OWNED(additions)

/* Puts the programs that are in force at t_s first in their signals' lists, and the later switches into their time tables (net_signal.switches),
 * in the place of what stood there. Returns how many these are. */
uint32_t additions_in_force(const struct additions *a, struct network *net, double t_s);
