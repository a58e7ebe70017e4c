/* eyetest.h - how far the cameras are off: what was seen on each lane against the truth of the same time.
 *
 * Pure: told both as they come, in any order within some seconds. Queues and speeds are compared for each estimate with the
 * truth nearest in time; flows over windows that do not overlap, so that no vehicle counts twice.
 */
#pragma once

#include "sim/report.h"

struct truth_lane { /* of one lane at one time */
	int64_t t_us;
	double queue_veh, speed_mps, passed_veh; /* passed: since some beginning */
};

struct eyetest;
struct eyetest *eyetest_new(const struct network *net);
void eyetest_free(struct eyetest *e); /* NULL is fine */
OWNED(eyetest)

void eyetest_truth(struct eyetest *e, uint32_t lane, const struct truth_lane *truth); /* times go up */
void eyetest_seen(struct eyetest *e, const struct estimate *estimate);                /* t_s: UTC */

/* So far; `cameras` is left 0. NaN where nothing could be compared. */
struct report_vision eyetest_result(const struct eyetest *e);
