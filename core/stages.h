/* stages.h - what a signal's own program says about its junction: the stages, who ends and begins between them, and when.
 *
 * For junction.c, which makes safe times out of it. Knows programs, not roads.
 */
#pragma once

#include "core/network.h"

/* The letters as we understand them: G g y r. 's' (turn on red after a stop), 'u' (red and amber) and all red kinds are red;
 * 'Y' is amber; a phase with 'o' or 'O' (signal switched off) is no phase of ours. */
char *stages_letters(const char *state);
bool stages_is_off(const char *state);

/* Is the phase one that a stage can be made of? Green, no amber, not off; not the phase before with only pedestrians
 * (`pedestrian`, one flag a letter) turned red; and not the red clearance after an amber, in which nothing begins and that
 * is over within 6 s. */
bool stages_is_green(const struct net_program *program, uint32_t phase, const bool *pedestrian);

/* The way from one green phase to the next, for every link; times from the end of the first one's green, s. */
struct change {
	char *from, *to;  /* letters, owned */
	double length_s;
	uint32_t n_links;
	double *end_s;    /* when the link's green ends; NaN: it has none, or keeps it */
	double *amber_s;  /* for how long it shows amber then; 0: none */
	double *begin_s;  /* when it begins, or turns from g to G; NaN: neither */
};

/* Change number `index` of the program's green phases in their order, or NULL when there are no more. */
struct change *stages_change(const struct net_program *program, const bool *pedestrian, uint32_t index);
void change_free(struct change *c); /* NULL is fine */
OWNED(change)
