/* notes.h - what a reader passed over: each kind once, with the place where it was met first, and how often.
 *
 * A result must not change in silence because a file holds what we do not model. Knows nothing of the kinds.
 */
#pragma once

#include <glib.h>

#include "core/owned.h"

struct notes;
struct notes *notes_new(void);
void notes_free(struct notes *n); /* NULL is fine */
OWNED(notes)

/* Counts one of `kind`; the first one's place and words are kept. `n` may be NULL. */
void notes_add(struct notes *n, const char *kind, const char *file, int line, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Appends a sentence (char *) for each kind to `list` (may be NULL), in the order in which they were met:
 * "d.rou.xml:12: person: not simulated, passed over (37 of them)". */
void notes_list(const struct notes *n, GPtrArray *list);
