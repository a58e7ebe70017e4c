/* routes.h - the demand: who wants to drive where and when, from SUMO's .rou.xml (plain or .gz).
 *
 * Read-only once read. vehicle, trip (fastest path), flow (period, number, vehsPerHour, probability), route, vType.
 * What is not supported is named once per kind in `notes` with file and line, and counted.
 */
#pragma once

#include "core/network.h"

struct vtype {
	char *id;
	double length_m, min_gap_m, width_m, height_m;
	double max_speed_mps, accel_mps2, decel_mps2, emergency_decel_mps2;
	double tau_s, sigma;                     /* Krauss: reaction time, dawdling 0..1 */
	double speed_factor, speed_dev, speed_factor_min, speed_factor_max; /* SUMO's normc(1,0.1,0.2,2) */
	uint32_t vclass;                         /* one enum net_vclass bit */
};

struct departure {
	char *id;
	double depart_s;
	uint32_t type;    /* index into types */
	uint32_t route;   /* index into routes */
	int32_t lane;     /* departLane: >= 0, or DEPART_* */
	double speed_mps; /* departSpeed: >= 0, or DEPART_MAX */
	double pos_m;     /* departPos: >= 0, or DEPART_BASE */
};

enum { DEPART_FIRST = -1, DEPART_BEST = -2, DEPART_FREE = -3, DEPART_RANDOM = -4 };
#define DEPART_MAX (-1.0)
#define DEPART_BASE (-1.0)

struct route {
	uint32_t *edges; /* into network.edges, connected, owned */
	uint32_t n_edges;
};

struct routes {
	struct vtype *types;
	struct route *routes;
	struct departure *departures; /* sorted by depart_s; flows are unrolled when read (probability: with `seed`) */
	uint32_t n_types, n_routes, n_departures;
};

struct routes *routes_read(const char *path, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error);
struct routes *routes_parse(const char *text, gsize length, const char *name, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error);
void routes_free(struct routes *r);
OWNED(routes)
