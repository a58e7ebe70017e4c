/* demo_notes.h - what the demo leaves for the simulator's report, and what it reads from the simulator's last words. */
#pragma once

#include "daemon/demo.h"
#include "daemon/screen.h"

struct demo_notes {
	const struct screen *screen;
	const struct demo_options *options;
	double ran_s;
	const char *camera, *png; /* NULL = no picture */
	const char *routes;
};

/* The file that `greenwave-sim play --report-notes` reads; see sim_report.h. */
bool demo_notes_write(const struct demo_notes *n, const char *path, GError **error);

/* "greenwave-sim 0.71, greenwaved 0.03": mean processor time in cores. Owned by the caller. */
char *demo_notes_programs(const struct screen *s);

/* The simulator's last words: final scores into the result; what its cabinets' monitors and its self-check found, as sentences. */
bool demo_notes_last(const char *path, struct demo_result *r, GString *verdict, GError **error);
