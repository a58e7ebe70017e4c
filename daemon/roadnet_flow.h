/* roadnet_flow.h - CityFlow's flow.json: who drives where on a roadnet, and the same as a SUMO .rou.xml.
 *
 * CityFlow's drivers are all alike: no dawdling, no spread of desired speeds; they begin at rest. Roads that a route leaves out are
 * filled in by the shortest way, as CityFlow's router does.
 */
#pragma once

#include "daemon/roadnet.h"

struct roadnet_driver { /* CityFlow's `vehicle` */
	double length_m, width_m, min_gap_m, max_speed_mps, headway_s;
	double accel_mps2, decel_mps2;         /* usualPosAcc, usualNegAcc */
	double max_accel_mps2, max_decel_mps2; /* maxPosAcc, maxNegAcc */
};

struct roadnet_flow {
	uint32_t index;  /* in the file: its vehicles are called flow_<index> */
	uint32_t driver; /* into drivers */
	uint32_t *roads; /* the whole way, each road beginning where the one before ends; owned */
	uint32_t n_roads;
	double begin_s, interval_s;
	uint32_t n_vehicles; /* >= 1 */
};

struct roadnet_flows {
	struct roadnet_flow *flows; /* sorted by begin */
	struct roadnet_driver *drivers;
	uint32_t n_flows, n_drivers;
};

/* NULL with a sentence that names file, path in the JSON, value and range. Flows without an end (-1) go on to `end_s`. */
struct roadnet_flows *roadnet_flows_read(const char *path, const struct roadnet *r, double end_s, GPtrArray *notes, GError **error);
struct roadnet_flows *roadnet_flows_parse(const char *text, gsize length, const char *name, const struct roadnet *r, double end_s,
	GPtrArray *notes, GError **error);
void roadnet_flows_free(struct roadnet_flows *f); /* NULL is fine */
OWNED(roadnet_flows)

/* The .rou.xml, owned by the caller. */
char *roadnet_flows_write(const struct roadnet_flows *f, const struct roadnet *r);
