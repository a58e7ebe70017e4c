/* corridor_loss.h - where on its way an emergency vehicle loses time against driving alone under green lights, and to what.
 *
 * Fed with the vehicle after each step, first of the run in which it is alone, then of the one that is judged. What is lost on an edge that
 * ends at a signal, and behind its line up to the next edge, is that signal's. Knows the world, no corridor.
 */
#pragma once

#include "optimizer/corridor_way.h"
#include "sim/world.h"

enum loss_cause {
	LOSS_RED,    /* its way over the line shows red or amber */
	LOSS_QUEUE,  /* it is green, and somebody is close before it */
	LOSS_YIELD,  /* it is green and has to give way, and nobody is before it */
	LOSS_LANE,   /* no way from its lane leads on: it has to change lanes */
	LOSS_INSIDE, /* behind the line, inside the junction */
	LOSS_OTHER,  /* on its way from what held it up before; between signals */
	LOSS_N_CAUSES,
};
const char *loss_cause_name(enum loss_cause cause);

struct loss {
	const struct corridor_way *way; /* not owned */
	double *free_mps;               /* by metre of the way, of the run alone; owned */
	uint32_t n_m;
	double (*lost_s)[LOSS_N_CAUSES]; /* by stop of the way, one more for what is behind the last; owned */
	double from_m;                   /* its place a step ago */
};

void loss_init(struct loss *l, const struct corridor_way *way);
void loss_finish(struct loss *l);
void loss_alone(struct loss *l, const struct vehicle_view *v);
void loss_again(struct loss *l); /* the judged run begins: nothing is lost yet */
void loss_see(struct loss *l, const struct world *w, const struct vehicle_view *v);
double loss_at_signals_s(const struct loss *l);
double loss_s(const struct loss *l, uint32_t stop, enum loss_cause cause); /* stop = UINT32_MAX: all */
