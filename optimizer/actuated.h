/* actuated.h - gap-actuated control of one junction, as SUMO's `actuated` programs have it: the order is the program's, each green
 * is held while vehicles follow each other closely, between its minimum and its maximum.
 *
 * HCM and FHWA's Signal Timing Manual (HOP-08-024, ch. 5) call it: passage time (max-gap), gap-out, max-out, minimum recall on
 * every phase. A virtual loop on each lane, detector-gap seconds before the stop line, stands for the detector: its crossings are
 * worked out from two pictures. A lane that nobody sees counts as occupied (maximum recall), as a failed detector does.
 */
#pragma once

#include "optimizer/demand.h"
#include "optimizer/ring.h"

struct actuated_row {
	double min_s, max_s; /* of its green */
	bool *holds;         /* by slot of the site: does its loop hold this green? owned */
};

struct actuated_loop {
	double at_m;      /* before the stop line */
	double seen_s;    /* the picture looked at last; -INFINITY: none */
	double left_s;    /* when the last vehicle left it; -INFINITY: none yet */
	bool occupied;
};

struct actuated {
	const struct layout *layout; /* not owned */
	uint32_t site;
	struct net_actuation actuation;
	struct ring ring;
	struct actuated_row *rows;   /* as the ring's */
	struct actuated_loop *loops; /* by slot of the site */
};

/* Minima and maxima are the program's own where it is an actuated one (a phase without them lasts as long as it says), else the
 * junction's minimum and netconvert's 50 s. */
void actuated_init(struct actuated *a, const struct layout *l, uint32_t site);
void actuated_finish(struct actuated *a);

void actuated_look(struct actuated *a, const struct guard *guard, double now_s);
void actuated_sense(struct actuated *a, const struct demand *d, double now_s); /* once before each decision */
void actuated_decide(const struct actuated *a, double now_s, struct decision *d);
