/* retime.c - stretches greens; see retime.h. */
#include "core/retime.h"

#include <math.h>

#include "core/core_error.h"

static double least_green_s(const struct junction *j, uint32_t stage)
{
	double least_s = 0;
	for (uint32_t i = 0; i < j->n_links; i++)
		if (shows_green(j->stages[stage].state[i]))
			least_s = fmax(least_s, j->links[i].min_green_s);
	return least_s;
}

double retime_cycle_s(const struct net_program *program)
{
	double cycle_s = 0;
	for (uint32_t p = 0; p < program->n_phases; p++)
		cycle_s += program->phases[p].duration_s;
	return cycle_s;
}

/* How much of the program are greens that may change, and what they must keep: its own length where that is shorter than the minimum. */
struct greens {
	double *least_s; /* by phase, -1 = no green; owned */
	double sum_s, sum_least_s;
};

static struct greens find_greens(const struct net_program *program, const struct junction *j)
{
	struct greens g = {.least_s = g_new(double, program->n_phases)};
	for (uint32_t p = 0; p < program->n_phases; p++) {
		uint32_t stage = junction_phase(j, program, p, NULL);
		g.least_s[p] = stage == STAGE_NONE ? -1 : fmin(least_green_s(j, stage), program->phases[p].duration_s);
		if (stage == STAGE_NONE)
			continue;
		g.sum_s += program->phases[p].duration_s;
		g.sum_least_s += g.least_s[p];
	}
	return g;
}

/* The greens in proportion, nobody below its least: who would be is set to it, and the others share the rest. */
static void share_out(const struct net_program *program, const struct greens *g, double green_s, double *new_s)
{
	double left_s = green_s, sum_s = g->sum_s;
	for (uint32_t p = 0; p < program->n_phases; p++)
		new_s[p] = -1;
	for (bool again = true; again;) {
		again = false;
		for (uint32_t p = 0; p < program->n_phases; p++) {
			double old_s = program->phases[p].duration_s;
			if (g->least_s[p] < 0 || new_s[p] >= 0 || left_s * old_s / sum_s >= g->least_s[p] - 1e-9)
				continue;
			new_s[p] = g->least_s[p];
			left_s -= new_s[p];
			sum_s -= old_s;
			again = true;
		}
	}
	for (uint32_t p = 0; p < program->n_phases; p++)
		if (g->least_s[p] < 0)
			new_s[p] = program->phases[p].duration_s;
		else if (new_s[p] < 0)
			new_s[p] = left_s * program->phases[p].duration_s / sum_s;
}

/* Every phase's end to the whole second: the sum stays, and what was a whole number of seconds at least stays that. */
static void round_ends(const struct net_program *program, double *new_s)
{
	double at_s = 0, end_s = 0;
	for (uint32_t p = 0; p < program->n_phases; p++) {
		double begin_s = round(at_s + 1e-9);
		at_s += new_s[p];
		end_s = round(at_s + 1e-9);
		new_s[p] = end_s - begin_s;
	}
}

static bool is_whole(double x)
{
	return fabs(x - round(x)) < 1e-9;
}

bool retime_cycle(struct net_program *program, const struct junction *j, double cycle_s, GError **error)
{
	double old_s = retime_cycle_s(program);
	struct greens g = find_greens(program, j);
	G_GNUC_UNUSED g_autofree double *least_s = g.least_s; /* freed in the end */
	g_autofree double *new_s = g_new(double, program->n_phases);
	double shortest_s = old_s - g.sum_s + g.sum_least_s;
	bool whole = is_whole(cycle_s);
	const char *wrong = net_program_is_actuated(program) ? "is actuated: it has no cycle" : !(g.sum_s > 0) ? "has no green" : NULL;
	if (wrong) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "program %.40s of %.80s %s", program->id, j->id, wrong);
		return false;
	}
	if (!(cycle_s >= shortest_s - 1e-9)) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "program %.40s of %.80s needs a cycle of %g s at least for its minimum greens and what "
			"lies between, %g s are too short", program->id, j->id, shortest_s, cycle_s);
		return false;
	}
	for (uint32_t p = 0; p < program->n_phases; p++)
		whole = whole && is_whole(program->phases[p].duration_s);
	share_out(program, &g, cycle_s - old_s + g.sum_s, new_s);
	if (whole)
		round_ends(program, new_s);
	for (uint32_t p = 0; p < program->n_phases; p++)
		program->phases[p].duration_s = new_s[p];
	program->offset_s *= cycle_s / old_s;
	if (whole)
		program->offset_s = round(program->offset_s);
	return true;
}
