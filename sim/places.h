/* places.h - where a network is measured: approaches, and the movements that leave them.
 *
 * An *approach* is an edge that ends at a signal or where somebody gives way, with the edges before it that lead only into it and
 * through which alone it is reached: a queue longer than the last edge counts where it belongs. A *movement* is the way from an approach's
 * last edge to one next edge. Worked out once from a network, read-only afterwards. Vehicles only.
 */
#pragma once

#include "core/network.h"

struct approach_place {
	uint32_t edge;        /* its last one */
	uint32_t node, signal; /* NET_NONE: without a signal */
	double storage_m;     /* from the stop line to its beginning */
	uint32_t first_movement, n_movements;
	const char *compass;  /* where its traffic comes from: "north", "south-west" ... */
};

struct movement_place {
	uint32_t approach;
	uint32_t from_edge, to_edge;
	uint32_t signal;      /* NET_NONE */
	bool yields;          /* no signal, and it gives way to somebody */
	char dir;             /* of its first link: SUMO's s l r t L R */
	const char *turn;     /* the same for people: "through", "left" ... */
};

struct crossing_place {   /* one letter of a signal that pedestrians walk by */
	uint32_t signal, link; /* the letter */
	uint32_t edge;        /* of the crossing */
};

struct places {
	const struct network *net;
	struct approach_place *approaches;
	struct movement_place *movements; /* those of an approach stand together, in the order of their links */
	struct crossing_place *crossings;
	uint32_t n_approaches, n_movements, n_crossings;
	uint32_t *root;       /* per edge: the last edge of the chain that it is part of; itself where it is alone */
	double *ahead_m;      /* per edge: from its end to the root's */
	uint32_t *approach_of; /* per edge: the approach that it belongs to, or NET_NONE */
};

struct places *places_new(const struct network *net);
void places_free(struct places *p); /* NULL is fine */
OWNED(places)

/* The movement between two edges, or NET_NONE. */
uint32_t places_movement(const struct places *p, uint32_t from_edge, uint32_t to_edge);

bool place_drivable(const struct network *net, uint32_t lane); /* a street's lane on which something else than pedestrians goes */
double place_length_m(const struct network *net, uint32_t edge); /* of its longest lane */
