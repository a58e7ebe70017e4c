/* raster.h - filled polygons in an I420 picture, with smooth edges, and a pinhole camera that brings them there from the world.
 *
 * Exact coverage across, four lines a pixel down: a car that moves by a tenth of a pixel changes the picture. Colours are video range
 * (luma 16..235). It does not know what it paints.
 *
 * Pixel coordinates are continuous: the picture reaches from 0 to its width, the middle of the first pixel is at 0.5.
 */
#pragma once

#include "core/network.h"

struct picture {
	uint8_t *y, *u, *v; /* not owned */
	uint32_t width_px, height_px; /* even, at most RASTER_WIDTH_MAX wide */
};

#define RASTER_WIDTH_MAX 3840
#define RASTER_CORNERS_MAX 64

struct raster_point {
	double x_px, y_px;
};

struct paint {
	uint8_t y, u, v;
	uint8_t shade;    /* not 0: no colour, the luma is multiplied by shade / 256 instead */
	uint16_t opacity; /* 0..256 */
};

struct paint paint_rgb(double r, double g, double b, double opacity); /* 0..1 each; BT.601 */
struct paint paint_lit(struct paint p, double light);                 /* the same colour under more or less light */
struct paint paint_shadow(double factor);                             /* (0, 1): what remains of the light */

/* Any simple polygon of 3..RASTER_CORNERS_MAX corners, even-odd. */
void raster_fill(struct picture *pic, const struct raster_point *corners, uint32_t n, struct paint p);

struct spot {
	double x_m, y_m, z_m; /* network coordinates, z up */
};

struct lens {
	struct spot at;
	struct spot ahead, right, up; /* unit vectors */
	double focal_px, mid_x_px, mid_y_px;
};

double lens_depth_m(const struct lens *l, struct spot s); /* along the optical axis */
bool lens_project(const struct lens *l, struct spot s, struct raster_point *p); /* false: not in front of it */
/* Where the ray through a pixel meets the ground; false above the horizon. */
bool lens_ground(const struct lens *l, struct raster_point p, struct net_point *ground);
/* Clips at the near plane, projects, fills. */
void lens_fill(const struct lens *l, struct picture *pic, const struct spot *corners, uint32_t n, struct paint p);
