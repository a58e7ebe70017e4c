/* feeders.h - which signalised lanes a lane of the road leads to, and what is seen on them together.
 *
 * A world lists a vehicle under the lane it is on; the optimizer wants it at the stop line that it drives to. A lane that
 * leads to a signal keeps its own vehicles. A lane further up (a long one that goes on into a short last lane, or the way
 * through a node without a signal) feeds one or more of them: its vehicles are shared out in the proportion in which others went
 * these ways lately, as nobody knows yet where each will go. Who turns off to where there is no signal within reach comes to none; how many do is
 * learned where the node's own lanes tell who left them.
 *
 * What is seen *inside* a signalised junction, on its internal lanes, is told as it is, an estimate for each such lane.
 */
#pragma once

#include "core/estimate.h"

struct feeders;

/* `reach_m`: lanes whose end is further than this above the stop line feed nothing. */
struct feeders *feeders_new(const struct network *net, double reach_m);
void feeders_free(struct feeders *a); /* NULL is fine */
OWNED(feeders)

/* The signalised lanes that `lane` feeds (itself, when it leads to a signal): n of them, owned by the feeders. */
const uint32_t *feeders_fed(const struct feeders *a, uint32_t lane, uint32_t *n);

/* From the end of `lane` to the nearest stop line that it feeds, along the road; 0 for a signalised lane. m */
double feeders_beyond_m(const struct feeders *a, uint32_t lane);

/* Does the lane lie inside a signalised junction? It may feed the next one too. */
bool feeders_inside(const struct feeders *a, uint32_t lane);

/* From a front bumper pos_m behind the lane's beginning to that stop line, along the road; inside a junction, where no stop line is near, to
 * the lane's end; UNKNOWN on any other lane that feeds none. m */
double feeders_to_stop_m(const struct feeders *a, uint32_t lane, double pos_m);

/* A new picture of everything, taken at t_s. */
void feeders_begin(struct feeders *a, double t_s);

/* What is seen on one lane, nearest first, with the vehicles that left it over its end since the last picture (NaN: not
 * told). On a lane further up a trip that ends there has left it, too. `vehicles` is copied. */
void feeders_see(struct feeders *a, uint32_t lane, const struct seen_vehicle *vehicles, uint32_t n, double passed_veh);

/* The picture is complete: calls back with one estimate for each signalised lane that was seen, itself or through a lane
 * that feeds it, and for each lane inside a junction that was. Owned by the feeders, valid during the call. window_s is the time since the last picture (NaN: there
 * was none). */
typedef void (*feeders_on_estimate)(void *user, const struct estimate *e);
void feeders_end(struct feeders *a, double view_m, feeders_on_estimate on_estimate, void *user);
