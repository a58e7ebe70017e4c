/* sumo_trips.h - the score of a run of SUMO, out of the tripinfo file that it wrote.
 *
 * The mean of time loss and depart delay over all trips that departed, unfinished ones with what they have lost so far.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sumo_trips {
	uint64_t departed, unfinished; /* of the departed */
	uint64_t waiting;              /* never got onto the road; not in the means */
	double loss_s, depart_delay_s; /* means over the departed; NaN: none departed */
};

/* The file must have been written with --tripinfo-output.write-unfinished, or unfinished trips are not in it. */
bool sumo_trips_read(const char *path, struct sumo_trips *trips, GError **error);
