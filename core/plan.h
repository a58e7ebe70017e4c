/* plan.h - a signal plan: cycle, offset and the order and length of its stages. What a junction runs by itself.
 *
 * Knows the junction it is for, not the time of day.
 */
#pragma once

#include "core/junction.h"

struct plan_row {
	uint32_t stage;
	double split_s; /* from the end of the stage before's green to the end of this one's: intergreen + green. > 0 */
};

struct plan {
	char *id;        /* the tlLogic's programID, or the method's name */
	double cycle_s;  /* sum of the splits */
	double offset_s; /* in [0, cycle): the first row begins at t = offset (mod cycle) */
	struct plan_row *rows;
	uint32_t n_rows;
};

/* The fixed plan that a SUMO program is: its green phases become rows; asked for through the guard with the program's own
 * clearances it shows what SUMO shows. NULL with a sentence if the program has no green phase of the junction's stages. */
struct plan *plan_from_program(const struct junction *j, const struct net_program *program, GError **error);
struct plan *plan_copy(const struct plan *p);
void plan_free(struct plan *p); /* NULL is fine */
OWNED(plan)

/* Can the junction run it safely? Each split holds the intergreen and the minimum green (walk and pedestrian clearance
 * too), no green is over its maximum, no link's red over the maximum red, every link is served, offset < cycle, the splits
 * make the cycle. Else false and a sentence: `plan 3 of J1: stage B has 4 s of green, link 7 needs 5 s`. */
bool plan_check(const struct plan *p, const struct junction *j, GError **error);

/* The stage to ask for at `t_s`, and how long it is still asked for. */
uint32_t plan_stage(const struct plan *p, double t_s, double *left_s);

bool plan_equal(const struct plan *a, const struct plan *b); /* within 1 ms */
char *plan_print(const struct plan *p, const struct junction *j); /* one line for people; owned by the caller */
