/* trust.h - how much of what the search's model promises comes true: for each lane and stage, vehicles that left in a second of green
 * behind a queue, over those that the model let go.
 *
 * The model knows saturation flow, turns and gaps. What it does not know (a driver who waits to change lanes, turns that no camera counts, an exit that
 * is full) shows here, and a green that does not bring what it should is not held for it.
 */
#pragma once

#include "optimizer/demand.h"

struct trust;

struct trust *trust_new(const struct layout *l);
void trust_free(struct trust *t); /* NULL is fine */
OWNED(trust)

/* The share that comes true, 1 = all of it. */
double trust_frac(const struct trust *t, uint32_t slot, uint32_t stage);

/* What the model lets go in the second from now_s on, behind a queue, with the share already in it. */
void trust_promise(struct trust *t, uint32_t slot, uint32_t stage, double veh, const struct demand *d, double now_s);

/* Once a step, before new promises: what became of the last ones. A step that is not a second long settles nothing. */
void trust_settle(struct trust *t, const struct demand *d, double now_s);
