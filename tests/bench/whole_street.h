/* whole_street.h - what cameras of a whole city would see: a line of vehicles on each lane that stops at red, cheaply made up.
 *
 * Not a simulator: vehicles come at random, drive at the limit, stop behind each other and leave every two seconds while the lane is
 * green. It is there so that estimates are as long and as changeable as a street's.
 */
#pragma once

#include "daemon/bus.h"
#include "daemon/config.h"

struct whole_street;

/* Publishes into `out` as the cameras of the configuration; both must outlive it. */
struct whole_street *whole_street_new(const struct config *config, const struct network *net, struct bus_socket *out, double lane_vph);
void whole_street_free(struct whole_street *s);

void whole_street_shows(struct whole_street *s, uint32_t signal, const char *state); /* copied */
void whole_street_step(struct whole_street *s);                                      /* one second of traffic */
/* What the cameras first ... first + n - 1 see. */
void whole_street_tell(struct whole_street *s, uint32_t first, uint32_t n);
