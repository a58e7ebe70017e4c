/* bodies.h - the bodies of vehicles as a camera sees them: car, van, lorry, bus, motorcycle, with glass, wheels, lamps and plates.
 *
 * Knows a lens and a picture; nothing of worlds or lanes.
 */
#pragma once

#include "sim/eye.h"
#include "sim/raster.h"

struct daylight {
	struct spot to_sun; /* unit vector */
	double ambient;     /* 0..1: what a face turned away still gets */
};

/* Front plate of a painted vehicle. */
struct body_plate {
	uint32_t id;
	double width_px;           /* 0 = not in the picture or turned away */
	struct raster_point middle;
	bool hidden;               /* by a vehicle painted later */
};

void body_shadow(const struct lens *l, struct picture *pic, const struct eye_car *car, const struct daylight *day);
void body_paint(const struct lens *l, struct picture *pic, const struct eye_car *car, const struct daylight *day, struct body_plate *plate);
/* The box around the car on the screen, for what it hides; false when it is behind the lens. */
bool body_outline(const struct lens *l, const struct eye_car *car, struct raster_point corners[8]);
/* Can `a` hide parts of `b` as seen from `eye`? (By a line that parts their footprints; false when they overlap.) */
bool body_hides(const struct eye_car *a, const struct eye_car *b, struct net_point eye);
