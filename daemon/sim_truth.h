/* sim_truth.h - what a town really is, as JSON: the truth feed of `greenwave-sim play` and its last words. */
#pragma once

#include <jansson.h>

#include "daemon/town.h"
#include "daemon/wire.h"

/* truth/<signal>: lanes {queue_veh, queue_m, speed_mps, jam_frac, passed_veh since the warm-up, vehicles in view}, state, mode, delay_s,
 * fixed_delay_s. One line, owned by the caller. */
char *sim_truth_signal(struct town *t, uint32_t signal, double view_m, const struct wire_head *head);
/* truth/summary: t_s of the world, `adaptive` and `fixed` scores. */
char *sim_truth_summary(struct town *t, const struct wire_head *head);
/* The same for the end, with delays and monitor faults of each signal. A new reference. */
json_t *sim_truth_last(struct town *t);
