/* cabinet_map.h - which links of a signal each of its cabinet's phases turns green, and what follows from it.
 *
 * A cabinet does not know SUMO's links. It has *phases* (NTCIP 1202: 1 ... 16, in rings, with overlaps beside them and a walk
 * in each; GB/T 20999: phases that stages are made of; RSMP: signal groups), each with a number of its own. The configuration
 * says which links hang on which of them; everything else is derived here and checked: a phase's links do not conflict, every
 * link that some stage serves hangs on one, each stage of the junction is a set of phases.
 *
 * Pedestrian links that hang on a phase together with vehicle links are that phase's walk.
 */
#pragma once

#include "core/junction.h"

#define CABINET_MAX_PHASES 64
#define CABINET_MAX_STAGES 64

typedef uint64_t phase_set; /* bit number - 1 */

static inline phase_set phase_bit(uint32_t number)
{
	return number >= 1 && number <= CABINET_MAX_PHASES ? (phase_set) 1 << (number - 1) : 0;
}

struct cabinet_links { /* as it stands in the configuration */
	uint32_t number; /* 1 ... CABINET_MAX_PHASES */
	uint32_t *links; /* letters of the signal's state string, at least one */
	uint32_t n_links;
	uint32_t line;	 /* in the file, for messages */
};

struct cabinet_phase {
	uint16_t number;
	uint32_t *links; /* signal links, ascending; vehicles' and pedestrians' */
	uint32_t n_links;
	bool vehicles, pedestrians; /* it has links of this kind */
};

struct cabinet_map {
	const struct junction *junction; /* not owned */
	struct cabinet_phase *phases;	 /* ascending by number */
	uint32_t n_phases;
	struct cabinet_phase *overlaps;	 /* likewise; numbers of their own */
	uint32_t n_overlaps;
	phase_set all;			 /* of phases */
	phase_set *stage_phases;	 /* of each of the junction's stages: the phases that are green in it */
	phase_set *stage_walks;		 /* those of them whose pedestrians are green too */
	phase_set *stage_overlaps;
	phase_set *conflicts;		 /* beside phases: those that must not be green with it, by the junction's conflicting links */
};

/* NULL with a sentence that says what to change: `signal J1: link 7 hangs on no phase, but stage B serves it`. */
struct cabinet_map *cabinet_map_new(const struct junction *j, const struct cabinet_links *phases, uint32_t n_phases,
	const struct cabinet_links *overlaps, uint32_t n_overlaps, GError **error);
void cabinet_map_free(struct cabinet_map *map); /* NULL is fine */
OWNED(cabinet_map)

/* Of a phase number; NULL: the map has none. */
const struct cabinet_phase *cabinet_map_phase(const struct cabinet_map *map, uint32_t number);

/* What a cabinet says that it shows. A pedestrian link is green while its phase walks, red afterwards (its clearance is red to us).
 * A cabinet that has no walks of their own leaves them 0 and sets `no_walks`: pedestrians are then green with their phase. */
struct cabinet_lights {
	phase_set greens, ambers, walks;
	phase_set overlap_greens, overlap_ambers;
	bool no_walks;
};

/* Letters out of "Ggyr", one a link, owned by the caller. A link that hangs on several phases shows the best of them. A green
 * is 'G' where some stage has it so and shows everybody green whose way it meets here, else 'g'. */
char *cabinet_map_letters(const struct cabinet_map *map, const struct cabinet_lights *lights);

/* The stage of the junction whose phases these are, or STAGE_NONE. Overlaps and walks are not looked at. */
uint32_t cabinet_map_stage(const struct cabinet_map *map, phase_set phases);

/* One line for people: `phase 2: links 0 1 2 (walk 7)`; owned by the caller. */
char *cabinet_map_print(const struct cabinet_map *map);
