/* plan_program.c - walks a plan through the guard and writes down what shows; see plan_program.h. */
#include "core/plan_program.h"

#include <math.h>
#include <string.h>

#include "core/core_error.h"
#include "core/guard.h"
#include "core/retime.h"

#define WARM_CYCLES 3 /* from all red until the guard is in step */

static bool is_whole(double x)
{
	return fabs(x - round(x)) < 1e-6;
}

static bool check_whole(const struct plan *p, const struct junction *j, GError **error)
{
	bool whole = is_whole(p->offset_s);
	for (uint32_t r = 0; r < p->n_rows; r++)
		whole = whole && is_whole(p->rows[r].split_s);
	if (!whole)
		g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "plan %.40s of %.80s: splits and offset must be whole seconds", p->id, j->id);
	return whole;
}

/* The letters of one cycle from the plan's offset on, a string a second. NULL with a sentence when two cycles are not alike. */
static char **walk(const struct plan *p, const struct junction *j, GError **error)
{
	uint32_t n = (uint32_t) lround(p->cycle_s);
	double begin_s = p->offset_s - WARM_CYCLES * p->cycle_s;
	owned(guard) guard = guard_new(j, begin_s);
	g_auto(GStrv) shown = g_new0(char *, n + 1);
	for (uint32_t k = 0; k < WARM_CYCLES * n; k++)
		guard_next(guard, plan_stage(p, begin_s + k, NULL), begin_s + k, NULL);
	for (uint32_t k = 0; k < 2 * n; k++) {
		const char *state = guard_next(guard, plan_stage(p, p->offset_s + k, NULL), p->offset_s + k, NULL);
		if (k < n) {
			shown[k] = g_strdup(state);
		} else if (strcmp(shown[k - n], state)) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_UNSAFE, "plan %.40s of %.80s: the guard does not let it come round, %u s into the cycle", p->id,
				j->id, k - n);
			return NULL;
		}
	}
	return g_steal_pointer(&shown);
}

static void fill(struct net_program *program, const struct plan *p, char **shown)
{
	uint32_t n = (uint32_t) lround(p->cycle_s);
	*program = (struct net_program){.id = g_strdup(p->id), .type = g_strdup("static"), .offset_s = p->offset_s,
		.actuation = {3, 2, 1.9}, .phases = g_new0(struct net_phase, n)};
	for (uint32_t k = 0; k < n; k++) {
		if (k == 0 || strcmp(shown[k], shown[k - 1]))
			program->phases[program->n_phases++] = (struct net_phase){.min_s = NAN, .max_s = NAN, .state = g_strdup(shown[k])};
		program->phases[program->n_phases - 1].duration_s += 1;
	}
}

bool plan_to_program(const struct plan *p, const struct junction *j, struct net_program *program, GError **error)
{
	*program = (struct net_program){0};
	if (!check_whole(p, j, error) || !plan_check(p, j, error))
		return false;
	g_auto(GStrv) shown = walk(p, j, error);
	if (!shown)
		return false;
	fill(program, p, shown);
	owned(plan) again = plan_from_program(j, program, error);
	if (!again || !plan_equal(p, again)) {
		g_autofree char *line = again ? plan_print(again, j) : NULL;
		if (again)
			g_set_error(error, CORE_ERROR, CORE_ERROR_UNSAFE, "plan %.40s of %.80s: second by second the guard shows %s", p->id, j->id, line);
		net_program_finish(program);
		*program = (struct net_program){0};
		return false;
	}
	return true;
}

bool plan_shows(const struct plan *p, const struct junction *j)
{
	struct net_program program;
	bool shows = plan_to_program(p, j, &program, NULL);
	net_program_finish(&program);
	return shows;
}

uint32_t program_phase_at(const struct net_program *program, double t_s)
{
	double cycle_s = retime_cycle_s(program), at_s = fmod(t_s - program->offset_s, cycle_s);
	uint32_t k = 0;
	at_s = at_s < 0 ? at_s + cycle_s : at_s;
	while (k + 1 < program->n_phases && at_s > program->phases[k].duration_s - 1e-6)
		at_s -= program->phases[k++].duration_s;
	return at_s > program->phases[k].duration_s - 1e-6 ? 0 : k;
}
