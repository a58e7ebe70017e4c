/* lamps.h - the fronts of vehicles at night: where on a strip two headlamps, or one, shine at the camera.
 *
 * A lamp saturates what the road in its own beam, its markings and the glare around it do not. A pair stands at one distance, so it is one
 * spot of cells. It knows one picture of one lane; who drives there is traffic.c's business.
 */
#pragma once

#include "vision/backdrop.h"

#define LAMPS_HEIGHT_M 0.65 /* of dipped headlamps above the road: UN regulation 48 has 0.5 to 1.2 m */

struct lamps { /* one vehicle's */
	double cell;     /* of the road below them: the vehicle's front */
	uint32_t bright; /* samples that shine */
};

/* Nearest first, at most `max`; returns how many. */
uint32_t lamps_find(const struct strip *s, const struct sighting *now, struct lamps *lamps, uint32_t max);
