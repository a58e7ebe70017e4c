/* profile_file.h - what the days have taught of each lane's demand, kept in a file over a restart of the daemon.
 *
 * Text, a line a lane, with a version before and a checksum behind; written beside its place and put there whole (outfile.h). A file
 * that is damaged, of another version or absurd is refused with a sentence as a whole, and nothing is learned from it. Lanes
 * go by their names: what the network does not have any more is counted and left out. Knows no time: the daemon says when.
 */
#pragma once

#include "daemon/pilot.h"

enum profile_file_error { PROFILE_FILE_ERROR_DAMAGED, PROFILE_FILE_ERROR_VERSION };
#define PROFILE_FILE_ERROR profile_file_error_quark()
GQuark profile_file_error_quark(void);

struct profile_file_counts {
	uint32_t lanes;   /* taught */
	uint32_t unknown; /* not in the network, or without a signal there */
};

/* G_FILE_ERROR_NOENT when there is none, which is no fault on the first day. */
bool profile_file_read(const char *path, const struct network *net, struct pilot *pilot, struct profile_file_counts *counts, GError **error);

/* The same from memory, for tests; `path` is for messages. */
bool profile_file_parse(char *text, gsize length, const char *path, const struct network *net, struct pilot *pilot, struct profile_file_counts *counts,
	GError **error);

bool profile_file_save(const char *path, const struct network *net, const struct pilot *pilot, GError **error);

/* Puts a refused file out of the way of the next save, as <path>.refused, so that somebody can look at it. */
void profile_file_set_aside(const char *path);
