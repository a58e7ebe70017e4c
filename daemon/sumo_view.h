/* sumo_view.h - what cameras would see of SUMO's world: vehicles around its signals, as a step of the bridge.
 *
 * Each node with a signal gets one subscription to the vehicles around it, wide enough for all lanes within the view. A vehicle is
 * listed once, under the lane it is on, with its way along the road to the stop line (feeders.h), and counted when it leaves that
 * lane's street over the stop line. Who is outside of the view is not looked at.
 */
#pragma once

#include "daemon/sumo_faults.h"
#include "daemon/traci_in.h"
#include "daemon/wire.h"

struct sumo_view;
struct sumo_view *sumo_view_new(const struct network *net, double view_m, const struct sumo_faults *faults);
void sumo_view_free(struct sumo_view *v); /* NULL is fine */
OWNED(sumo_view)

/* Adds the subscriptions to a message; step_s is the time between two pictures. */
void sumo_view_subscribe(const struct sumo_view *v, struct traci_out *message, double step_s);

/* A new picture begins; then all that the reply tells of TRACI_WATCH_JUNCTION_AROUND; then the picture is complete, taken at t_s. */
void sumo_view_begin(struct sumo_view *v);
bool sumo_view_see(struct sumo_view *v, struct traci_text vehicle, const struct traci_value *values, uint32_t n, GError **error);
void sumo_view_end(struct sumo_view *v, double t_s);

/* The lanes of the picture go into a step: of the last one, or of one that is late; of none while there is none yet. */
void sumo_view_tell(const struct sumo_view *v, struct wire_call *step);

/* Vehicles in the picture that have stood on end for at least for_s. */
uint32_t sumo_view_standing(const struct sumo_view *v, double for_s);
