/* routes.h - the demand: who wants to drive where and when, from SUMO's .rou.xml (plain or .gz).
 *
 * Read-only once read. vehicle, trip (fastest path), flow, route, vType, their distributions, include.
 * What is not supported is named once per kind in `notes` with file and line, and counted.
 */
#pragma once

#include "core/network.h"

enum car_following { FOLLOW_KRAUSS, FOLLOW_IDM };

struct vtype {
	char *id;
	enum car_following model;
	double length_m, min_gap_m, width_m, height_m;
	double max_speed_mps, accel_mps2, decel_mps2, emergency_decel_mps2;
	double apparent_decel_mps2;              /* what others take its deceleration to be; SUMO's default is decel */
	double tau_s, sigma;                     /* reaction time (IDM: time headway); Krauss' dawdling 0..1 */
	double idm_delta;                        /* IDM: exponent of the acceleration, SUMO's default 4 */
	double idm_stepping_s;                   /* IDM: a step is made in parts of about that length, SUMO's default 0.25 */
	double speed_factor, speed_dev, speed_factor_min, speed_factor_max; /* SUMO's normc(1,0.1,0.2,2) */
	uint32_t vclass;                         /* one enum net_vclass bit */
};

struct departure {
	char *id;
	double depart_s;
	uint32_t type;    /* index into types */
	uint32_t route;   /* index into routes */
	int32_t lane;     /* departLane: >= 0, or DEPART_* */
	double speed_mps; /* departSpeed: >= 0, or DEPART_MAX and the like below */
	double pos_m;     /* departPos: >= 0, or DEPART_BASE and the like below */
};

enum { DEPART_FIRST = -1, DEPART_BEST = -2, DEPART_FREE = -3, DEPART_RANDOM = -4 };
#define DEPART_MAX (-1.0)          /* as fast as is safe and allowed */
#define DEPART_DESIRED (-2.0)      /* what it would drive on the empty lane; waits until that is safe */
#define DEPART_LIMIT (-3.0)        /* the lane's speed limit; waits until that is safe */
#define DEPART_SPEED_RANDOM (-4.0) /* evenly in 0..what it may drive, less where that is not safe */
#define DEPART_SPEED_LAST (-5.0)   /* as the last one on the lane, or DEPART_MAX */
#define DEPART_SPEED_AVG (-6.0)    /* the mean of the lane, or DEPART_MAX */
#define DEPART_BASE (-1.0)         /* the tail at the lane's beginning */
#define DEPART_LAST (-2.0)         /* close behind the last one on the lane; at its end if there is none */
#define DEPART_POS_RANDOM (-3.0)   /* anywhere on the lane, somewhere else in each step until there is room */

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

/* `path`: one file, or several with commas between, as in SUMO's own options. */
struct routes *routes_read(const char *path, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error);
/* `lenient`: who has no way through the network is left out and counted, instead of an error (SUMO's ignore-route-errors). */
struct routes *routes_read_some(const char *path, const struct network *net, uint64_t seed, bool lenient, GPtrArray *notes, GError **error);
struct routes *routes_parse(const char *text, gsize length, const char *name, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error);
void routes_free(struct routes *r);
OWNED(routes)
