/* plan_program.h - a plan as the fixed program that a controller (or SUMO) runs: every second's letters, ambers and clearances with them.
 *
 * What the guard shows when the plan is asked for through it, and nothing else: so the program is as safe as the guard. Knows one junction.
 */
#pragma once

#include "core/plan.h"

/* Fills `program` (static; the caller finishes it with net_program_finish). Its first phase begins where the plan's first row does, and
 * plan_from_program makes the same plan of it again. Splits and offset must be whole seconds. False with a sentence when the plan does
 * not pass plan_check, or when the guard, second by second, cannot show what it says. */
bool plan_to_program(const struct plan *p, const struct junction *j, struct net_program *program, GError **error);

/* Would plan_to_program succeed? */
bool plan_shows(const struct plan *p, const struct junction *j);

/* The phase that a static program shows at t_s. */
uint32_t program_phase_at(const struct net_program *program, double t_s);
