/* netfile.h - reads a SUMO network file (.net.xml, plain or .gz) into a network.
 *
 * Knows the file format and nothing of what it is used for. The file is untrusted: every number is checked, every
 * reference resolved, and nothing is guessed.
 */
#pragma once

#include "core/network.h"

/* A new network, or NULL with one sentence that names file, line, value, unit and range:
 * `district.net.xml:41: lane E1_0: length is -3 m, must be above 0`.
 * What a file holds and we do not use is passed over (SUMO's own formats grow); `notes`, if not NULL, gets one sentence
 * for each kind of thing passed over that could matter to traffic (owned by the caller, char *). */
struct network *netfile_read(const char *path, GPtrArray *notes, GError **error);

/* The same from memory; `name` stands for the path in messages. For tests and fuzzing. */
struct network *netfile_parse(const char *text, gsize length, const char *name, GPtrArray *notes, GError **error);

/* Reads <tlLogic> programs of an additional file (.add.xml) and adds them to `net`, in the file's order, the last one
 * being in force (first in the list) as SUMO has it. A program whose state strings do not fit the signal is refused. */
bool netfile_add_programs(struct network *net, const char *path, GPtrArray *notes, GError **error);
