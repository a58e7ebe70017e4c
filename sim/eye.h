/* eye.h - a rendered view of an approach: what a traffic camera on a pole would film of the world.
 *
 * Software only, into plain I420 buffers; deterministic for a world, a time and a seed. No files, no GStreamer, no OpenCV.
 * A pinhole camera without distortion, z up; the ground is z = 0 in network coordinates.
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
};

/* The usual place: over the middle of the approach that ends with edge `edge`, on the far mast `back_m` beyond the stop line, looking
 * upstream so that the stop line is at the lower edge and `view_m` of road are in the picture. */
struct eye_mount eye_mount_for(const struct network *net, uint32_t edge, double view_m);

struct eye; /* the still scene is painted once */
struct eye *eye_new(const struct network *net, const struct eye_mount *mount, uint64_t seed, GError **error);
void eye_free(struct eye *eye);
OWNED(eye)

/* Pixel of a ground point; false when it is behind the camera. */
bool eye_project(const struct eye_mount *mount, struct net_point ground, double height_m, double *x_px, double *y_px);

/* Paints the world at `frac` (0..1] of its last step into I420 planes: y (width*height), u and v (a quarter each). */
void eye_look(struct eye *eye, const struct world *w, double frac, uint8_t *y, uint8_t *u, uint8_t *v);
/* Distinct plates that were drawn at least `min_px` wide in the last picture: vehicle ids, at most `max`. */
uint32_t eye_plates(const struct eye *eye, double min_px, uint32_t *ids, uint32_t max);
