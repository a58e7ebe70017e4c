/* command_log.h - every command to a cabinet: when, by whom, what it was before, what was asked, what came back.
 *
 * A CSV file that is only ever added to, one line a command and one an answer, or the program's log where no file is given. Holds no credentials.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

struct command_log;

/* `path` NULL: the program's log. NULL with a sentence when the file cannot be opened. */
struct command_log *command_log_new(const char *path, GError **error);
void command_log_free(struct command_log *l); /* NULL is fine */
OWNED(command_log)

struct command_line {
	const char *device; /* the signal */
	const char *who;    /* "optimizer", "operator", "daemon" (keeping order: hand back, recover) */
	const char *what;   /* "write", "select", "release", "call", "show", "priority", "hold" */
	const char *was, *is; /* values for people; NULL: not known */
	const char *reply;  /* "sent", "ok", or why not */
	double answer_s;    /* NaN: none, or not yet */
};
bool command_log_is_file(const struct command_log *l); /* then second-by-second commands are worth a line, too */
void command_log_add(struct command_log *l, const struct command_line *line);
uint64_t command_log_lost(const struct command_log *l); /* lines that could not be written */
