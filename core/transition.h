/* transition.h - from one plan of a junction to another without a jump: the stages in between, a little longer or shorter than planned, until
 * the new plan is in step with its offset.
 *
 * The ways are those of NTCIP 1202 (coordCorrectionMode): dwell holds one stage until the new cycle begins, shortway stretches or presses
 * greens over a few cycles, whichever gets there first, add-only never presses. Greens never fall below what plan_check wants. Knows one junction, no
 * traffic; times are whole seconds.
 */
#pragma once

#include "core/plan_program.h"

enum transition_way { TRANSITION_DWELL, TRANSITION_SHORTWAY, TRANSITION_ADD_ONLY };
const char *transition_way_name(enum transition_way way); /* "dwell" ... */

struct transition {
	double begin_s, end_s;  /* until begin_s the old plan runs, from end_s on the new one */
	struct plan_row *rows;  /* what is asked for between them, in order; splits as in a plan */
	uint32_t n_rows;
	uint32_t n_cycles;      /* of the new plan that it takes */
};

/* The change from `from` to `to` at the first end of a green of `from` at or after at_s. Each cycle of the transition is at most
 * `add_frac` longer, and `cut_frac` (< 1) shorter, than the new plan's. False with a sentence when a plan does not pass plan_check or what
 * is in between would not show as asked for. */
bool transition_make(const struct plan *from, const struct plan *to, const struct junction *j, double at_s, enum transition_way way, double add_frac,
	double cut_frac, struct transition *out, GError **error);
void transition_finish(struct transition *t);

/* The stage to ask for at t_s, from the old plan to the new one. */
uint32_t transition_stage(const struct transition *t, const struct plan *from, const struct plan *to, double t_s);
