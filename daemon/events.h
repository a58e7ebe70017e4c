/* events.h - the event log of a running daemon: what cabinets report each second, as events.
 *
 * Times are those of the reports, so they are as fine as the polls: 1 s. Phases are the cabinet's own where the configuration maps them, else
 * links that turn together.
 */
#pragma once

#include "daemon/event_log.h"
#include "daemon/pilot.h"
#include "daemon/steered.h"

struct events;

/* `maps`: of each signal of the network, NULL = none. All but the array itself is shared and must outlive it. */
struct events *events_new(const struct network *net, const struct pilot *pilot, const struct cabinet_map *const *maps, const char *path, double now_s,
	GError **error);
void events_free(struct events *e); /* NULL is fine */
OWNED(events)

/* `steered` NULL: it is shown things. */
void events_status(struct events *e, const struct controller_status *status, const struct steered *steered, double now_s);
uint64_t events_lost(const struct events *e); /* that could not be written */
void events_passed(struct events *e, uint32_t lane, double veh, double t_s);
