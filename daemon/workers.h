/* workers.h - the camera workers: starts them, watches them, starts them again.
 *
 * A worker is a process of its own that reads some of the cameras and hands in what it sees on the estimates socket. Whatever
 * happens in it, this process only sees that it died or fell silent. It is started as
 *
 *     PROGRAM --config FILE --name vision-0 --camera ID [--camera ID ...]
 *
 * and must end by itself on SIGTERM, and dies with its parent.
 */
#pragma once

#include <gio/gio.h>

#include "daemon/config.h"

enum workers_error { WORKERS_ERROR_PROGRAM };
#define WORKERS_ERROR workers_error_quark()
GQuark workers_error_quark(void);

struct workers;

/* Kind "worker-died" or "worker-silent", where is the worker's name. */
typedef void (*workers_on_alert)(void *user, const char *kind, const char *where, bool active, const char *sentence);

/* One worker for each cameras_per_worker cameras; started at once. The configuration must have come from a file and outlive the
 * workers. NULL with a sentence when the program cannot be run. */
struct workers *workers_new(const char *program, const struct config *config, workers_on_alert on_alert, void *user, GError **error);
void workers_free(struct workers *w); /* NULL is fine; kills what still runs */
OWNED(workers)

/* Something came in from this camera or (where camera is NULL) from the worker itself. False: none of ours. */
bool workers_heard_camera(struct workers *w, const char *camera);
bool workers_heard(struct workers *w, const char *worker);

/* Asks all to end; none is started any more. workers_running says when they have. */
void workers_stop(struct workers *w);
uint32_t workers_running(const struct workers *w);

uint32_t workers_n(const struct workers *w);
uint64_t workers_restarts(const struct workers *w);

/* A digest of what the workers read out of a configuration: as long as it stays the same they need not be restarted. */
char *workers_signature(const struct config *config);
