/* slim.h - slender things on the lanes: people on foot and two-wheelers, which cover too little of a lane to be vehicles for traffic.c.
 *
 * Connected samples that are no road, narrow across the lane and as long up the strip as somebody upright is thrown back, away from known vehicles. They are
 * followed over the ground, from lane to lane. What walks is a person; what came as fast as nobody walks is a two-wheeler. By day only.
 */
#pragma once

#include "vision/spots.h"
#include "vision/traffic.h"

#define SLIM_MAX 32
#define SLIM_RIDES_MPS 3.8 /* nobody on foot is so fast for long */

struct slim_body {
	double x_m, y_m;         /* its foot: network coordinates */
	double vx_mps, vy_mps;
	double dist_m, side_m;   /* to the stop line of lane `lane`, to its left */
	uint32_t lane;           /* index into the strips */
	double first_x_m, first_y_m, first_dist_m, born_s, unseen_s;
	double mark_x_m, mark_y_m, mark_s; /* where it was a second ago or so */
	double most_mps;         /* its fastest from mark to mark */
	double most_m;           /* the farthest it was from where it began */
	uint32_t sightings;
	double first, end;       /* cells of its strip that it was seen on */
	bool counted;
	bool walks;              /* somebody on foot, and sure of it */
};

struct slims {
	struct slim_body all[SLIM_MAX];
	uint32_t n;
	double begun_s, now_s; /* NaN before the first picture */
};

void slims_init(struct slims *s);
/* After traffic_step of all lanes. Two-wheelers that pass the stop line are counted in their lane's traffic. */
void slims_step(struct slims *s, struct traffic *traffics, uint32_t n_lanes, double t_s);
/* The same where a network looked: of what it found, people. */
void slims_spots(struct slims *s, const struct spot *spots, uint32_t n, struct traffic *traffics, double t_s);
/* Somebody on foot on the carriageway of lane `lane`, away from crossings: how far before the stop line. NaN: nobody. */
double slims_person_m(const struct slims *s, const struct view *v, uint32_t lane);
