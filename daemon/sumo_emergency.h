/* sumo_emergency.h - emergency vehicles of SUMO (vClass "emergency"): their way and where they are, as the bridge wants them told.
 *
 * Each vehicle that enters is asked for its class once; those of the class are then followed, their way asked for when they come.
 * They need no camera: they tell where they are. It asks in the messages that are sent anyway.
 */
#pragma once

#include "daemon/traci_in.h"
#include "daemon/wire.h"

struct sumo_emergency;
struct sumo_emergency *sumo_emergency_new(void);
void sumo_emergency_free(struct sumo_emergency *e); /* NULL is fine */
OWNED(sumo_emergency)

/* What shall be asked with the next message. Any of these vehicles may be gone by then. */
void sumo_emergency_ask(struct sumo_emergency *e, struct traci_out *message);

/* A reply begins; what it tells: who entered (a list of ids), and the results for TRACI_GET_VEHICLE and TRACI_WATCH_VEHICLE. */
void sumo_emergency_begin(struct sumo_emergency *e);
void sumo_emergency_entered(struct sumo_emergency *e, struct traci_value ids);
void sumo_emergency_hear(struct sumo_emergency *e, struct traci_text vehicle, const struct traci_value *values, uint32_t n);

/* Those on the road, in a step of the bridge. */
void sumo_emergency_tell(const struct sumo_emergency *e, struct wire_call *step);
