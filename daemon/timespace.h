/* timespace.h - a time-space diagram of fixed plans: signals along a way, their greens over time, and the bands that pass without a stop.
 *
 * An SVG by itself, readable in light and dark. Knows plans and roads, no vehicles.
 */
#pragma once

#include "optimizer/network_plan.h"
#include "optimizer/turns.h"

struct timespace_stop { /* a signal on the way */
	uint32_t site;        /* into network_plan.plans */
	uint32_t turn;        /* into turns.turns: how the way goes on over it */
	double at_m;          /* from the first one's stop line */
	double travel_s;      /* from the first one, at the speed limits */
};

/* The way over signals with the most traffic, at most `max` stops: from the busiest leg on, up and down, no signal twice. */
uint32_t timespace_way(const struct turns *t, struct timespace_stop *stops, uint32_t max);

/* Nothing to draw (NULL) with less than one stop. */
GString *timespace_svg(const struct network_plan *p, const struct turns *t, const struct timespace_stop *stops, uint32_t n, const char *title);
