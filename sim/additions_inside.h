/* additions_inside.h - the inside of the reader of additional files, shared by additions.c and detector_read.c. */
#pragma once

#include "core/netattr.h"
#include "core/notes.h"
#include "sim/additions.h"

struct waut { /* a time table of programs, for the signals that name it */
	char *id;
	double reference_s;
	GArray *switches; /* struct program_switch without a signal */
};

struct additions_reader {
	const struct network *net;
	const char *name;          /* of the file that is open */
	struct notes *notes;
	GHashTable *ids;           /* of detectors */
	GPtrArray *wauts;
	GArray *detectors, *switches;
	bool routes_file;          /* begins with <routes>: its other elements are told by routes_read */
	bool has_demand;
	unsigned includes;
};

bool detector_read(struct additions_reader *r, const struct netattr *a, enum detector_kind kind, GError **error);
