/* outfile.h - a file that is there whole or not at all: written beside its place and put there at the end.
 *
 * A name that ends in .gz is compressed. What is no plain file (a pipe, /dev/stdout) is written to as it is. Errors come as one sentence
 * that names the file. Knows nothing of what is in it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "core/owned.h"

struct outfile;
struct outfile *outfile_open(const char *path, GError **error); /* NULL where it cannot be written */
bool outfile_put(struct outfile *o, const char *text, gsize length, GError **error);
/* Puts it in its place. After false, or without this, there is nothing. */
bool outfile_finish(struct outfile *o, GError **error);
void outfile_free(struct outfile *o); /* NULL is fine; removes what was not finished */
OWNED(outfile)

/* All of it at once. */
bool outfile_save(const char *path, const GString *text, GError **error);

/* Could it be written? To be asked before hours of work; leaves nothing. NULL is fine. */
bool outfile_may(const char *path, GError **error);
/* Has all that was printed gone out? False with a sentence where stdout is a full disk or a closed pipe. */
bool outfile_printed(GError **error);
