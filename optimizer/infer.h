/* infer.h - lanes that nobody sees: what their neighbours say of them.
 *
 * Arrivals are what was released upstream, by turning share and dispersed on the way; departures are what the lights would let go of
 * the queue that this leaves. The mean inflow comes from upstream where that is seen, else from sibling lanes, else from the junction's own plan
 * (who timed it gave green where vehicles come), held against how the seen lanes of the junction compare with their own; and what arrives downstream
 * beyond what was expected there corrects it. It is a guess with a large uncertainty, and it never overrules a picture.
 */
#pragma once

#include "optimizer/forecast.h"

/* Carries the queues of unseen lanes to now_s, `dt_s` after the last time, with f's arrivals. */
void infer_queues(struct demand *d, const struct forecast *f, double now_s, double dt_s);

/* Every ten seconds or so: their mean inflows. */
void infer_flows(struct demand *d);
