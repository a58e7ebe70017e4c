/* sim_cameras.h - the cameras that the simulator puts up by itself: one for each approach that leads to a signal.
 *
 * Named <signal>-<west|east|north|south> by where the traffic comes from; <signal>-<edge> where two approaches of a signal
 * would get one name. The same network and view: the same cameras, in the order of the network's edges.
 */
#pragma once

#include <jansson.h>

#include "sim/eye.h"

struct sim_camera {
	char *id;
	uint32_t signal, edge;
	uint32_t *lanes;   /* vehicle lanes of the edge that lead to the signal, owned */
	uint32_t n_lanes;
	double view_m;
	struct eye_mount mount;
	uint64_t seed;     /* of its still scene and its noise, from the id */
};

#define SIM_CAMERA_FPS 10
#define SIM_CAMERA_POINTS 6

/* Array of struct sim_camera. `ids`: NULL or "all", or names with commas between them; NULL with a sentence for one that is not there. */
GPtrArray *sim_cameras_new(const struct network *net, double view_m, const char *ids, GError **error);

/* Pairs of pixel and ground point, well spread over the road in view: x_px y_px x_m y_m. */
void sim_camera_points(const struct sim_camera *c, const struct network *net, double points[SIM_CAMERA_POINTS][4]);

/* What the world knows about one lane of a camera: queue_veh, queue_m, speed_mps, passed_veh, vehicles. A new reference. */
json_t *sim_camera_lane_truth(const struct world *w, uint32_t lane, double view_m, uint64_t passed_before);
