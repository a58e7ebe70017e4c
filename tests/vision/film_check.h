/* film_check.h - vision's estimates of a filmed approach against the truth that was written beside the film. */
#pragma once

#include <jansson.h>

#include "vision/camera.h"

#define FILM_LANES 8

struct film_lane {
	char *id;
	double seconds;              /* compared */
	double flow_seen, flow_true; /* veh over all of them */
	double queue_off, queue_m_off, speed_off, speed_seconds, vehicles_off; /* sums of absolute errors */
	double bias; /* of the queue, veh, signed sum */
	double plates;
};

struct film_check {
	struct network *net;
	json_t *truth;
	struct view *view;
	struct film_lane lanes[FILM_LANES];
	uint32_t n_lanes;
	double from_s;    /* estimates before it are not compared: the camera has just been switched on */
	bool print;
	char why[160];    /* the camera's last state, "" = good */
};

bool film_check_run(struct film_check *f, const char *net_file, const char *film, const char *truth, const char *snapshot, GError **error);
void film_check_finish(struct film_check *f);
