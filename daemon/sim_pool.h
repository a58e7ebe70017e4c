/* sim_pool.h - many runs of the simulator at once: worlds know nothing of each other, so each core may have one.
 *
 * For what runs several seeds, plans, methods or values. Results stand where their jobs stand and are the same for any number of
 * threads. Shows on a terminal how far all of them together are.
 */
#pragma once

#include "daemon/sim_case.h"

struct sim_job {
	/* what to run; all of it is shared and must outlive the pool's work */
	const struct sim_case *with; /* its seed does not count */
	const struct network *net;   /* read only: many jobs may share one */
	const char *method;
	uint64_t seed;
	bool record;                 /* keep what a report is drawn from */

	struct sim_result result;    /* when it was run; result.record is the caller's */

	/* the pool's own */
	struct sim_case one;
	gint permille;
	bool ran;
	GError *error;
};

/* Runs all of them on `n_threads` threads (0: as many as there are processors); what the files hold and we do not model is said for the
 * first only. False with the sentence of the first job, in their order, that failed; then no result counts and no record is left. */
bool sim_pool_run(struct sim_job *jobs, uint32_t n, uint32_t n_threads, GError **error);
