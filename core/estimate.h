/* estimate.h - what was seen on one lane, by a camera or by a world that knows: each with its uncertainty.
 *
 * NaN (UNKNOWN) = not measured; never 0 for "do not know". It does not know who measured.
 */
#pragma once

#include "core/network.h"
#include "core/units.h"

struct seen_vehicle {
	double dist_to_stop_m; /* front bumper to the stop line along the road, >= 0; nearest first */
	double speed_mps;      /* >= 0 */
	double length_m;       /* > 0, NaN unknown */
};

/* How a lane does, in one word. */
enum jam_level {
	JAM_UNKNOWN,
	JAM_FREE,   /* nothing holds anybody up */
	JAM_SLOW,   /* few vehicles, and slow: a tractor, a turn, somebody looking for a house */
	JAM_QUEUED, /* a queue stands, or many drive far slower than the road allows */
	JAM_JAMMED, /* most of the view stands or creeps */
};
#define JAM_FREE_SHARE 0.6 /* of the free speed, above which traffic is free */
const char *jam_level_name(enum jam_level level); /* free, slow, queued, jammed; NULL for what is not known */
bool jam_level_from_name(const char *name, enum jam_level *level);

/* What should be told to somebody at once. */
enum incident {
	INCIDENT_NONE,
	INCIDENT_STANDING,  /* a vehicle stands where and when nothing should: no queue before it, no stop line near */
	INCIDENT_WRONG_WAY, /* a vehicle drives away from the stop line */
	INCIDENT_PERSON,    /* somebody walks on the carriageway, and there is no crossing */
};

/* Vehicles by their length on the ground. */
enum vehicle_class {
	CLASS_TWO_WHEELER, /* up to 3.2 m */
	CLASS_CAR,
	CLASS_HEAVY,       /* trucks and buses: from 6.8 m on */
};
#define CLASSES 3
#define CLASS_CAR_M 3.2
#define CLASS_HEAVY_M 6.8
const char *vehicle_class_name(enum vehicle_class c); /* two-wheeler, car, heavy */

struct estimate {
	uint32_t lane;       /* index into network.lanes */
	double t_s;          /* when the picture was taken (UTC s, or the world's time) */
	double window_s;     /* flow, plates and mean speed are over the window that ends at t_s */
	double view_m;       /* how far up the road from the stop line is observed */
	double flow_veh, flow_veh_sd;         /* vehicles past the stop line in the window */
	double class_veh[CLASSES], class_veh_sd[CLASSES]; /* of flow_veh, those of each class */
	double speed_mps, speed_mps_sd;       /* space mean of those in view */
	double queue_m, queue_m_sd;           /* stop line to the back of the last one queued */
	double queue_veh, queue_veh_sd;       /* slow (< 1.5 m/s) or standing, contiguous from the stop line */
	double jam_frac, jam_frac_sd;         /* share of the view covered by vehicles below 1.5 m/s, 0..1 */
	enum jam_level level;                 /* from jam_frac, speed and how full the view is */
	double occupancy_frac, occupancy_frac_sd; /* share of the window that the stop line was covered, 0..1 */
	double plates;                        /* distinct number plates seen in the window; never their text */
	enum incident incident;
	double incident_m;                    /* how far before the stop line; NaN without one */
	double quality_frac;                  /* 0 blind .. 1 clear view */
	struct seen_vehicle *vehicles;        /* owned, nearest first; NULL = not tracked */
	uint32_t n_vehicles;
};

#define INCIDENTS 4

#define QUEUE_SPEED_MPS 1.5 /* below this a vehicle is part of a queue */

void estimate_init(struct estimate *e, uint32_t lane); /* everything unknown */
void estimate_finish(struct estimate *e);
void estimate_copy(struct estimate *to, const struct estimate *from); /* `to` is overwritten, not finished first */

/* False with a sentence for anything absurd: negative, NaN where it must be known, speeds over 80 m/s, fractions outside 0..1,
 * vehicles out of order, t_s not finite. */
bool estimate_check(const struct estimate *e, GError **error);

/* Does it say nothing of the lane but how many passed the stop line? A loop detector's, or a camera's without a calibration. Such a lane
 * is not seen: who stands there is inferred. */
bool estimate_counts_only(const struct estimate *e);

/* Fills queue_m, queue_veh, jam_frac and speed_mps of an estimate whose vehicles are exact: contiguous from the stop line means
 * a gap of at most `gap_m` between one vehicle's back and the next one's front. */
void estimate_from_vehicles(struct estimate *e, double gap_m);

/* Says the level of an estimate whose jam_frac, queue, speed and vehicles are known; `free_mps` is what one drives there when nothing
 * is in the way (the lane's limit). */
enum jam_level estimate_level(const struct estimate *e, double free_mps);
