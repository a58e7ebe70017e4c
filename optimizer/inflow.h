/* inflow.h - what came to each slot over the last ten minutes, as counted, and which of its greens were too short: for plans of many minutes.
 *
 * The demand's own mean follows the last few minutes and leaves out what is counted while a queue ends beyond the view: good for the next minute,
 * but in a full street half as much again and more than what comes in a quarter of an hour. Who waits beyond the view is not counted: a lane
 * whose greens leave a queue behind wants more than what is (cycle failure).
 */
#pragma once

#include "optimizer/demand.h"

struct inflow;
struct inflow *inflow_new(const struct layout *l);
void inflow_free(struct inflow *f); /* NULL is fine */
OWNED(inflow)

/* Once a step, after demand_step. */
void inflow_step(struct inflow *f, const struct demand *d, double now_s);

/* They have been counted for five minutes or more. */
bool inflow_counted(const struct inflow *f, uint32_t slot);

/* Vehicles a second that came into view, >= 0; the demand's mean where they have not been counted. */
double inflow_vps(const struct inflow *f, const struct demand *d, uint32_t slot);

/* Of its last greens those that left a queue behind, 0..1. */
double inflow_failed_frac(const struct inflow *f, uint32_t slot);
