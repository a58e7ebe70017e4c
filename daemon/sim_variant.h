/* sim_variant.h - one of several ways to run the same signals, as it is named on a command line.
 *
 *     [LABEL=]METHOD              a method on the network's own programs: adaptive
 *     [LABEL=]FILE                a plan: the programs of a SUMO additional file, run as they are
 *     [LABEL=]METHOD@FILE         a method on those programs
 *
 * Several may stand in one word, with commas between them.
 */
#pragma once

#include "daemon/sim_case.h"

struct sim_variant {
	char *label, *method;
	char *additional;    /* NULL: the network's own programs */
	struct network *net; /* NULL until sim_variants_open */
};

/* The plans, then the methods, each a list of words (may be NULL). With fewer than `least` of them the network's own programs stand
 * before all others. NULL with a sentence when a word says nothing or two have one label. */
GArray *sim_variants_new(char **plans, char **methods, guint least, GError **error);
void sim_variants_free(GArray *list);

/* Reads the networks. Anew for each, so that each may be changed. */
bool sim_variants_open(GArray *list, const struct sim_case *c, GError **error);

static inline struct sim_variant *sim_variant_at(const GArray *list, guint k)
{
	return &g_array_index(list, struct sim_variant, k);
}
