/* track.h - one vehicle on one lane: where its front is, how fast, how long, and the pattern by which it is found again.
 *
 * A Kalman filter along the lane, fed by two kinds of sight: its front edge where the road before it is visible, and the shift of
 * its pattern in the strip since the pattern was taken, where it is not. It does not know about other vehicles.
 */
#pragma once

#include "core/estimate.h"
#include "vision/kind.h"
#include "vision/strip.h"

#define PATCH_CELLS 36

struct patch {
	uint8_t grey[PATCH_CELLS * STRIP_LATERAL];
	uint32_t n;      /* cells, 0 = none taken */
	uint32_t first;  /* cell where it was taken */
	double dist_m;   /* of the vehicle's front when it was taken */
	double behind_m; /* what it shows lies so far behind the front */
	double taken_s;
};

struct pair { /* a track and the one ahead of it, since they are neighbours */
	uint32_t id;      /* the one ahead */
	double cells;     /* between their fronts, then */
	double gap_m;     /* the same on the road */
	bool apart;       /* road was seen between them */
	bool once;        /* they moved like one for a while */
};

struct track {
	uint32_t id;
	double dist_m, speed_mps;      /* front bumper to stop line, < 0 beyond it; towards the stop line, < 0 the wrong way */
	double var_dist, cov, var_speed; /* m^2, m^2/s, m^2/s^2 */
	double length_m, length_sd;
	double height_m;               /* assumed from the length */
	uint32_t fronts;               /* pictures in which its front was seen */
	double born_s, born_dist_m;
	double stood_s;                /* for how long it has not moved, */
	double stood_m;                /* from where */
	double least_m;                /* the nearest to the stop line that it was */
	double unseen_s;               /* for how long nothing of it was where it should be */
	double closed_s;               /* for how long the gap before it should have been visible and was not */
	double dark_s, lit_m;          /* by night: for how long its lamps have not been seen, and where they were last */
	double beside_s;               /* for how long it drove at the side of a lorry (beside.h) */
	bool presumed;                 /* inferred from a covered road that one vehicle cannot explain; never seen apart */
	bool seed;                     /* stood there when the camera started */
	bool counted;                  /* passed the stop line */
	bool high;                     /* known to be a lorry or a bus by how it moves */
	uint16_t votes[VEHICLE_KINDS]; /* what a network called it, how often */
	uint16_t lengths[CLASSES];     /* how often it looked as long as which kind */
	struct pair pair;
	bool plate_seen;               /* of what is there now, in the last picture */
	uint32_t plate_tries;          /* looks for its plate at about this width: */
	double plate_px, plate_tried_s;
	struct patch patch;
};

void track_init(struct track *t, uint32_t id, double dist_m, double dist_sd, double speed_mps, double speed_sd, double length_m, double now_s);
void track_predict(struct track *t, double dt_s);
void track_see(struct track *t, double dist_m, double dist_sd); /* a measured front */
void track_see_length(struct track *t, double length_m, double sd);
bool track_stands(const struct track *t); /* for some seconds, whatever a single picture seems to say */
void track_stop(struct track *t); /* it cannot move: the one ahead stands before it */
void track_limit_speed(struct track *t, double most_mps);

/* The road from cell `first` to `end` is covered by it and by nothing else; `wide`: as wide as a car. */
void track_see_extent(struct track *t, const struct strip *s, double first, double end, bool wide);
/* What it is: by what a network called it, else by its length; how sure, as shares of one. */
enum vehicle_class track_class(const struct track *t, double share[CLASSES]);

/* Cells of the strip that its body covers: from its front to where its roof ends. */
double track_front_cell(const struct track *t, const struct strip *s);
double track_end_cell(const struct track *t, const struct strip *s);
double track_height_of(double length_m); /* cars are low, lorries high */

/* Takes the pattern of cells [first, end) as the vehicle's. */
void track_take_patch(struct track *t, const struct strip *s, const uint8_t *samples, double first, double end, double now_s);
/* Looks for the pattern near where it should be now; false when it is not to be found there clearly. */
bool track_find_patch(const struct track *t, const struct strip *s, const uint8_t *samples, double *dist_m, double *sd_m);
