/* region.h - how full the roads ahead of a junction are.
 *
 * A net that is fuller than its capacity's best lets out less, not more (Geroliminis and Daganzo 2008: the macroscopic fundamental diagram): queues stand
 * in each other's way. The roads ahead of a site are all that end at a signal within REGION_HOPS of its own exits. Knows what stands there, not who decides.
 */
#pragma once

#include "optimizer/demand.h"

#define REGION_HOPS 3
#define REGION_BUSY_FRAC 0.05 /* of the room is taken by standing vehicles: what a plan leaves behind at its end begins to matter less than who has room */
#define REGION_FULL_FRAC 0.10 /* who plans for the next minute plans with room that is not there */

struct region;

struct region *region_new(const struct layout *l);
void region_free(struct region *r); /* NULL is fine */
OWNED(region)

/* Once a step. */
void region_step(struct region *r, const struct demand *d);

/* Standing vehicles on the roads ahead of site `k` that are seen now, by the room for them, 0 .. 1. 0 where none is seen, or none leads to a signal. */
double region_fill_frac(const struct region *r, uint32_t k);
