/* witness.h - watches a demo from outside: the daemon's feed beside the simulator's truth, for the screen and for the verdict.
 *
 * Only listens. What cannot be read is counted and passed over.
 */
#pragma once

#include "daemon/bus.h"
#include "daemon/config.h"
#include "daemon/screen.h"

struct witness;

/* The feed's and the truth's endpoints; network and configuration are not owned. */
struct witness *witness_new(struct bus *bus, const char *feed, const char *truth, const struct network *net, const struct config *config,
	GError **error);
void witness_free(struct witness *w); /* NULL is fine */
OWNED(witness)

/* All that is known now, alive and complete until the next message; `doing`, seed and times are the caller's to fill in. */
struct screen *witness_screen(struct witness *w);
/* A process whose time nobody tells on the feed: its time per second since the last call. */
void witness_cpu(struct witness *w, const char *name, double cpu_frac);

bool witness_daemon_up(const struct witness *w);     /* greenwaved's health came */
uint32_t witness_cameras_up(const struct witness *w); /* cameras that delivered an estimate */
const struct config_camera *witness_busiest(const struct witness *w); /* where most vehicles queue now */

double witness_queue_veh(const struct witness *w, const char *camera); /* that it sees now on all its lanes */

/* Scores of both worlds as the truth told them last. False: nothing came yet. */
bool witness_scores(const struct witness *w, struct report_run *run);

/* World time of the first second in which every junction was adaptive; NaN = not yet. */
double witness_adaptive_from_s(const struct witness *w);

/* One sentence for each part that did not really run, appended to `out`; none: all is well. */
void witness_verdict(const struct witness *w, GString *out);

