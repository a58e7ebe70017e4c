/* gbt_timing.h - a GB/T 20999 controller's own timing: phases, stages, conflicts, intergreens; what to ask for it, and what it came to.
 *
 * Read only: nothing here is ever written to a controller. What a controller does not tell is NaN or 0 in the contract's terms.
 * Minimum greens are told with the green flashing that follows them, since to us flashing green is green: the stricter reading.
 */
#pragma once

#include "daemon/controller.h"
#include "daemon/gbt_talk.h"

#define GBT_PHASES CABINET_MAX_PHASES
#define GBT_STAGES CABINET_MAX_STAGES
#define GBT_COLOURS 3

struct gbt_phase {
	bool told[8]; /* enum of gbt_timing.c: which of these it told */
	phase_set lamps; /* groups, bit number - 1 */
	uint8_t colour[GBT_COLOURS], colour_s[GBT_COLOURS]; /* losing the right of way, one after the other */
	uint16_t min_green_s, max_green_s;
	phase_set conflicts;
	uint8_t intergreen_s[GBT_PHASES]; /* [other phase - 1] */
};

struct gbt_timing { /* plain: two of them can be compared byte for byte */
	uint32_t n_phases, n_stages, n_plans; /* that the controller has */
	phase_set used;	/* phases of which we want to know */
	phase_set stage_phases[GBT_STAGES];
	bool ways_told[GBT_STAGES];
	uint8_t ways_to[GBT_STAGES][GBT_STAGES]; /* [to - 1][from - 1]: 0 directly, 255 never, n through stage n */
	struct gbt_phase phases[GBT_PHASES];
};

enum gbt_reading { GBT_READ_COUNTS, GBT_READ_STAGES, GBT_READ_PHASES, GBT_READ_WAYS, GBT_READ_DONE };

/* Adds the exchanges of that step to `talk`, each with `purpose` and the step as its tag. `wanted` phases, 0 = all that stages use.
 * Returns how many there are. */
uint32_t gbt_timing_ask(struct gbt_timing *t, enum gbt_reading step, phase_set wanted, struct gbt_talk *talk, int purpose, double now_s);

/* Takes one of their answers. False with a sentence when something in it cannot be; the rest is taken. */
bool gbt_timing_take(struct gbt_timing *t, const struct gbt_exchange *e, GError **error);

double gbt_phase_amber_s(const struct gbt_phase *p);
double gbt_phase_flash_s(const struct gbt_phase *p);	 /* green flashing */
double gbt_phase_min_green_s(const struct gbt_phase *p); /* with the green flashing; NaN not told */

/* From the end of that stage's right of way to the next one's: the longest of its phases' colours and intergreens. */
double gbt_timing_change_s(const struct gbt_timing *t, uint32_t from, uint32_t to);

/* Would the controller run these stages, one after the other, so long (the way to the next one with it)? False with a sentence. */
bool gbt_timing_check(const struct gbt_timing *t, const uint8_t *stages, const uint16_t *times_s, uint32_t n, GError **error);

struct gbt_told { /* the contract's words, with room for all of it */
	struct controller_timing timing;
	struct controller_phase phases[GBT_PHASES];
	struct controller_stage stages[GBT_STAGES];
	double intergreen_s[GBT_PHASES * GBT_PHASES];
};

void gbt_timing_tell(const struct gbt_timing *t, uint32_t signal, double backup_s, uint32_t version, struct gbt_told *told);
