/* eye.h - a rendered view of an approach: what a traffic camera on a pole would film of the world.
 *
 * Software only, into plain I420 buffers; deterministic for a world, a time and a seed. No files, no GStreamer, no OpenCV.
 * A pinhole camera without distortion, z up; the ground is z = 0 in network coordinates. Pixel coordinates are continuous: the
 * picture reaches from 0 to width_px, the middle of the first pixel is at (0.5, 0.5).
 */
#pragma once

#include "sim/world.h"

struct eye_mount {
	struct net_point at; /* m, network coordinates */
	double height_m;     /* above the ground */
	double yaw_rad;      /* where it looks: east = 0, counter-clockwise */
	double pitch_rad;    /* below the horizon, > 0 */
	double fov_rad;      /* horizontal opening angle */
	uint32_t width_px, height_px; /* even */
	double noise;        /* standard deviation of sensor noise in grey levels, 0..20 */
	double sun_azimuth_rad, sun_elevation_rad; /* where shadows fall */
	bool night;          /* street lamps and headlights instead of the sun */
	double rain_frac;    /* 0 dry .. 1 heavy: no sun, less contrast, streaks, drops on the glass */
	double shake_px;     /* standard deviation of the picture's sway, 0..10 */
};

/* The usual place: 10 m up on a mast 25 m beyond the stop line of the approach that ends with edge `edge`, over the middle of its
 * vehicle lanes, looking upstream. Pitch and opening angle follow: 5 m beyond the stop line are at the picture's lower edge,
 * `view_m` + 10 m upstream at its upper edge (wider when the lanes would not fit across). At 110 m that is 39 degrees across: at
 * 640x360 a car of 1.8 m is 60 px wide at the stop line and 13 px at 100 m, where a pixel down is 1.8 m of road. 640x360, noise 2. */
struct eye_mount eye_mount_for(const struct network *net, uint32_t edge, double view_m);

struct eye; /* the still scene is painted once */
struct eye *eye_new(const struct network *net, const struct eye_mount *mount, uint64_t seed, GError **error);
void eye_free(struct eye *eye);
OWNED(eye)

/* Pixel of a ground point; false when it is behind the camera. */
bool eye_project(const struct eye_mount *mount, struct net_point ground, double height_m, double *x_px, double *y_px);

/* One vehicle to be painted; shorter than a metre: somebody on foot. */
struct eye_car {
	struct net_point front; /* middle of the front bumper, m */
	double heading_rad;     /* east = 0, counter-clockwise */
	double length_m, width_m, height_m;
	uint32_t id;            /* gives colour and plate */
	bool braking;
	bool bare;              /* carries no plates */
	bool unlit;             /* no lamps: somebody on foot */
};

/* What stands on the road at `frac` (0..1] of the world's last step: at most `max` are filled in; returns how many there are. */
uint32_t eye_cars(const struct world *w, double frac, struct eye_car *cars, uint32_t max);

/* Paints these vehicles at time `t_s` (light and noise) into I420 planes: y (width*height), u and v (a quarter each). */
void eye_paint(struct eye *eye, const struct eye_car *cars, uint32_t n, double t_s, uint8_t *y, uint8_t *u, uint8_t *v);

/* Paints the world at `frac` (0..1] of its last step into I420 planes: y (width*height), u and v (a quarter each). */
void eye_look(struct eye *eye, const struct world *w, double frac, uint8_t *y, uint8_t *u, uint8_t *v);
/* Distinct front plates that were drawn at least `min_px` wide and not hidden in the last picture: vehicle ids, at most `max`; returns
 * how many there are. */
uint32_t eye_plates(const struct eye *eye, double min_px, uint32_t *ids, uint32_t max);
