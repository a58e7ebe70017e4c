/* approach.h - which signalised lanes a lane of the road leads to, and what is seen on them together.
 *
 * A world lists a vehicle under the lane it is on; the optimizer wants it at the stop line that it drives to. A lane that
 * leads to a signal keeps its own vehicles. A lane further up (a long one that goes on into a short last lane, or the way
 * through a node without a signal) feeds one or more of them: its vehicles are shared out among those in the
 * proportion in which vehicles left them lately, as nobody knows yet where each will go.
 */
#pragma once

#include "core/estimate.h"

struct approach;

/* `reach_m`: lanes whose end is further than this above the stop line feed nothing. */
struct approach *approach_new(const struct network *net, double reach_m);
void approach_free(struct approach *a); /* NULL is fine */
OWNED(approach)

/* The signalised lanes that `lane` feeds (itself, when it leads to a signal): n of them, owned by the approach. */
const uint32_t *approach_fed(const struct approach *a, uint32_t lane, uint32_t *n);

/* From the end of `lane` to the nearest stop line that it feeds, along the road; 0 for a signalised lane. m */
double approach_beyond_m(const struct approach *a, uint32_t lane);

/* A new picture of everything, taken at t_s. */
void approach_begin(struct approach *a, double t_s);

/* What is seen on one lane, nearest first, with the vehicles that left it over its end since the last picture (NaN: not
 * told). `vehicles` is copied. */
void approach_see(struct approach *a, uint32_t lane, const struct seen_vehicle *vehicles, uint32_t n, double passed_veh);

/* The picture is complete: calls back with one estimate for each signalised lane that was seen, itself or through a lane
 * that feeds it. Owned by the approach, valid during the call. window_s is the time since the last picture (NaN: there
 * was none). */
typedef void (*approach_on_estimate)(void *user, const struct estimate *e);
void approach_end(struct approach *a, double view_m, approach_on_estimate on_estimate, void *user);
