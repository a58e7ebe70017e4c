/* progress.h - one line at the foot of a terminal that says how far it is: a bar, words of the caller's, and the time to go.
 *
 * Fits the terminal's width each time, is gone at the end, and is nothing at all when stderr is no terminal.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "core/owned.h"

struct progress;
struct progress *progress_new(void);     /* NULL when stderr is no terminal; all below take NULL */
void progress_free(struct progress *p);  /* takes the line away */
OWNED(progress)

bool progress_due(const struct progress *p); /* is it time to show again? Cheap: may be asked in every step */
void progress_show(struct progress *p, double share, const char *words); /* share: 0 .. 1 */
/* How much of something there is a second of late, from its amount so far; for the caller's words. 0 before it is known. */
double progress_rate(struct progress *p, double amount);

/* The line as it would be shown; for tests. */
char *progress_line(double share, const char *words, double left_s, int columns);
