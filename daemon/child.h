/* child.h - one program that we started: its log, its end, its processor time. Ends when we end, and nobody else is ever ended.
 *
 * It runs in a process group of its own, so that Ctrl-C on a terminal reaches us and not it, and gets SIGTERM when we die.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "core/owned.h"

#define CHILD_PATIENCE_S 10 /* from SIGTERM to SIGKILL */

struct child;
typedef void (*child_on_end)(void *user, struct child *c);

/* stdout goes to `out`, stderr to `log` (files, overwritten). Its name is that of the program. Not told of an end that child_free makes. */
struct child *child_start(const char *const *argv, const char *out, const char *log, child_on_end on_end, void *user, GError **error);
void child_free(struct child *c); /* NULL is fine; kills what still runs */
OWNED(child)

void child_stop(struct child *c); /* SIGTERM, and SIGKILL after CHILD_PATIENCE_S; NULL is fine */
bool child_running(const struct child *c);
bool child_good(const struct child *c);       /* it ended by itself with code 0 */
const char *child_name(const struct child *c);
char *child_end(const struct child *c);       /* "ended with code 1", "was killed by signal 9"; owned by the caller */
char *child_log(const struct child *c);       /* all it said on stderr so far; owned by the caller */
char *child_last_lines(const struct child *c, guint n);
double child_cpu_s(const struct child *c);    /* of it, and of its own children that have ended; NaN when it is gone */
