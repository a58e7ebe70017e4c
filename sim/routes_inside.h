/* routes_inside.h - the inside of the demand reader, shared by the files that read it: type_list.c keeps vehicle types, ways.c
 * routes and fastest ways, departs.c reads one vehicle or trip, flows.c unrolls flows, routes.c goes through the file.
 */
#pragma once

#include "core/netattr.h"
#include "core/notes.h"
#include "sim/noise.h"
#include "sim/pathfind.h"
#include "sim/routes.h"

#define DEPARTURES_MAX 2000000u
#define DEFAULT_TYPE "DEFAULT_VEHTYPE"

/* A distribution: what to take and how often. */
struct mix {
	GArray *items;   /* uint32_t */
	GArray *weights; /* double, cumulative */
};

/* A <vehicle>, <trip> or <flow> that is open: its attributes, until it ends with or without a <route> inside. */
struct draft {
	bool is_flow, left_out;      /* left_out: it waits for something that we do not model */
	int line;
	char *id, *type;
	uint32_t route;              /* NET_NONE until known */
	struct mix *route_mix;       /* or one of these; not owned */
	uint32_t from, to;           /* edges of a trip, or NET_NONE */
	GArray *via;                 /* uint32_t edges */
	struct departure how;        /* lane, speed and position; depart_s of a single vehicle */
	bool pos_given;              /* how.pos_m is a number; < 0: from the end of the lane */
	double begin_s, end_s, period_s, probability; /* flow; NaN = not given */
	bool poisson;                /* period_s is the mean of an exponential law */
	uint32_t number;             /* flow: at most so many */
};

struct reader {
	const struct network *net;
	const char *name;            /* of the file that is open */
	uint64_t seed;
	struct notes *notes;
	bool additional;             /* inside an <additional>: what is not demand is somebody else's */
	bool lenient;                /* leaves out whom the network has no way for */
	unsigned includes;           /* files open one inside the other */
	GHashTable *types, *type_mixes; /* id -> index + 1, struct mix */
	GHashTable *routes, *route_mixes;
	GHashTable *ids;             /* of vehicles, trips and flows: SUMO has one name for each */
	GHashTable *ways;            /* "from via.. to class" of trips -> route index + 1 */
	GHashTable *same;            /* a route's edges (GBytes) -> route index + 1 */
	GArray *type_list, *route_list, *departures;
	struct pathfind *paths;
	struct mix *open_types, *open_routes;
	struct draft *open;
	uint64_t n_edges;            /* of all routes together */
	double last_depart_s;        /* of this file */
	unsigned skip;               /* depth inside an element that is passed over */
};

/* Notes `what` under `kind`, once with its place and then counted. */
void routes_note(struct reader *r, const struct netattr *a, const char *kind, const char *what);
/* Notes each attribute of `a` that is in neither list (space between words; "lc*" stands for all that begin so). */
void routes_note_others(struct reader *r, const struct netattr *a, const char *used, const char *silent);
/* Whom the network has no way for: an error, or when lenient a note and `left_out`. */
bool routes_no_way(struct reader *r, const struct netattr *a, bool *left_out, GError **error, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* One more vehicle; `number` counts within a flow. */
bool routes_add(struct reader *r, const struct netattr *a, const struct draft *d, double depart_s, uint32_t number, GError **error);

/* type_list.c */
void types_init(struct reader *r);
bool types_on_vtype(struct reader *r, const struct netattr *a, GError **error);
bool types_on_mix(struct reader *r, const struct netattr *a, GError **error);
bool types_known(const struct reader *r, const char *id);
uint32_t types_pick(const struct reader *r, const char *id, uint32_t departure); /* NET_NONE: an empty distribution */

/* mix.c */
struct mix *mix_new(void);
void mix_free(void *mix);
void mix_add(struct mix *m, uint32_t item, double weight);
uint32_t mix_pick(const struct mix *m, double at_unit); /* NET_NONE when nothing can be taken */
/* Items and shares of a distribution that names them: "a b" and "0.3 0.7" (NULL: 1 each). `known`: id -> index + 1. */
bool mix_read_names(struct mix *m, const struct netattr *a, const char *items, GHashTable *known, GError **error);

/* ways.c */
bool ways_read_edges(struct reader *r, const struct netattr *a, const char *name, GArray *edges, GError **error);
bool ways_on_route(struct reader *r, const struct netattr *a, GError **error);
bool ways_on_mix(struct reader *r, const struct netattr *a, GError **error);
uint32_t ways_find(struct reader *r, const struct draft *d, const struct vtype *type); /* a trip's route; NET_NONE: there is none */
bool ways_check(struct reader *r, const struct netattr *a, const struct draft *d, uint32_t route, const struct vtype *type, bool *left_out,
	GError **error);

/* departs.c */
struct draft *draft_new(bool is_flow, int line);
void draft_free(struct draft *d); /* NULL is fine */
bool departs_read(struct reader *r, const struct netattr *a, struct draft *d, GError **error);
/* Where on the lane, once its route is known. */
bool departs_place(struct reader *r, const struct netattr *a, const struct draft *d, struct departure *v, GError **error);

/* flows.c */
bool flows_read(struct reader *r, const struct netattr *a, struct draft *d, GError **error);
bool flows_unroll(struct reader *r, const struct netattr *a, const struct draft *d, GError **error);
