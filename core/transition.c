/* transition.c - from plan to plan; see transition.h. */
#include "core/transition.h"

#include <math.h>
#include <string.h>

#include "core/core_error.h"
#include "core/guard.h"

#define CYCLES_MAX 12
#define SMALL_S 1e-6

const char *transition_way_name(enum transition_way way)
{
	static const char *const names[] = {"dwell", "shortway", "add-only"};
	return names[way];
}

static double into(double x, double cycle_s)
{
	x = fmod(x, cycle_s);
	x = x < -SMALL_S ? x + cycle_s : fmax(0, x);
	return x > cycle_s - SMALL_S ? 0 : x;
}

/* The first end of a row at or after at_s; `row` gets the one that ends. */
static double next_end(const struct plan *p, double at_s, uint32_t *row)
{
	double begin_s = at_s - into(at_s - p->offset_s, p->cycle_s);
	for (uint32_t r = 0;; r = (r + 1) % p->n_rows) {
		begin_s += p->rows[r].split_s;
		if (begin_s >= at_s - SMALL_S) {
			*row = r;
			return begin_s;
		}
	}
}

static double way_s(const struct junction *j, uint32_t from, uint32_t to)
{
	return ceil(junction_change_s(j, from, to) - SMALL_S);
}

/* The shortest green of a stage by itself. */
static double least_s(const struct junction *j, uint32_t stage)
{
	double most_s = 1;
	for (uint32_t i = 0; i < j->n_links; i++)
		if (shows_green(j->stages[stage].state[i]))
			most_s = fmax(most_s, ceil(j->links[i].min_green_s - SMALL_S));
	return most_s;
}

/* Where the new plan is taken up: the row whose stage shows already, else the one with the shortest way to it. */
static uint32_t first_row(const struct plan *to, const struct junction *j, uint32_t stage)
{
	uint32_t best = 0;
	for (uint32_t r = 1; r < to->n_rows; r++)
		if (junction_change_s(j, stage, to->rows[r].stage) < junction_change_s(j, stage, to->rows[best].stage) - SMALL_S)
			best = r;
	return best;
}

/* The rows from `first` to the end of the new plan, then whole cycles of it; returns their length as planned. */
static double lay_out(struct transition *t, const struct plan *from, uint32_t row, const struct plan *to, uint32_t first, uint32_t n_cycles,
	const struct junction *j)
{
	double sum_s = 0;
	uint32_t stage = from->rows[row].stage, n = 0;
	t->rows = g_renew(struct plan_row, t->rows, (gsize) to->n_rows * (n_cycles + 1));
	for (uint32_t k = first; k < to->n_rows * (n_cycles + 1); k++) {
		const struct plan_row *planned = &to->rows[k % to->n_rows];
		uint32_t before = to->rows[(k + to->n_rows - 1) % to->n_rows].stage;
		/* The first way is another one than the plan's: its green stays what it is. */
		double split_s = planned->split_s + (k == first ? way_s(j, stage, planned->stage) - way_s(j, before, planned->stage) : 0);
		t->rows[n++] = (struct plan_row){planned->stage, fmax(1, split_s)};
		sum_s += t->rows[n - 1].split_s;
	}
	t->n_rows = n;
	t->n_cycles = n_cycles + 1;
	return sum_s;
}

/* How much of row k's split may go: its green down to what it must have, and no more than the share that is allowed. */
static double spare_s(const struct transition *t, const struct junction *j, uint32_t k, uint32_t stage_before, double cut_frac)
{
	uint32_t before = k ? t->rows[k - 1].stage : stage_before;
	double green_s = t->rows[k].split_s - way_s(j, before, t->rows[k].stage);
	return fmax(0, floor(fmin(green_s - least_s(j, t->rows[k].stage), cut_frac * t->rows[k].split_s) + SMALL_S));
}

/* Adds `more_s` (may be below 0) over all rows in proportion to what each may take. False: they cannot take it all. */
static bool spread(struct transition *t, const struct junction *j, uint32_t stage_before, double more_s, double add_frac, double cut_frac)
{
	g_autofree double *may_s = g_new(double, t->n_rows);
	double sum_s = 0, done_s = 0, at_s = 0;
	for (uint32_t k = 0; k < t->n_rows; k++) {
		may_s[k] = more_s < 0 ? spare_s(t, j, k, stage_before, cut_frac) : floor(add_frac * t->rows[k].split_s + SMALL_S);
		sum_s += may_s[k];
	}
	if (fabs(more_s) > sum_s + SMALL_S)
		return false;
	for (uint32_t k = 0; k < t->n_rows && sum_s > 0; k++) { /* whole seconds, the sum exact */
		at_s += may_s[k];
		double upto_s = round(more_s * at_s / sum_s);
		t->rows[k].split_s += upto_s - done_s;
		done_s = upto_s;
	}
	return true;
}

/* Asked for through the guard: does each row show in full until it ends, and the new plan as it does by itself? */
static bool shows(const struct transition *t, const struct plan *from, const struct plan *to, const struct junction *j)
{
	double begin_s = t->begin_s - 3 * from->cycle_s, now_s = begin_s, row_end_s = t->begin_s;
	owned(guard) g = guard_new(j, begin_s);
	for (; now_s < t->begin_s - SMALL_S; now_s++)
		guard_next(g, plan_stage(from, now_s, NULL), now_s, NULL);
	for (uint32_t k = 0; k < t->n_rows; k++) {
		row_end_s += t->rows[k].split_s;
		for (; now_s < row_end_s - SMALL_S; now_s++)
			guard_next(g, t->rows[k].stage, now_s, NULL);
		if (guard_stage(g) != t->rows[k].stage || !guard_settled(g))
			return false;
	}
	struct net_program program;
	if (!plan_to_program(to, j, &program, NULL))
		return false;
	bool same = true;
	for (; same && now_s < t->end_s + to->cycle_s - SMALL_S; now_s++)
		same = strcmp(guard_next(g, plan_stage(to, now_s, NULL), now_s, NULL), program.phases[program_phase_at(&program, now_s)].state) == 0;
	net_program_finish(&program);
	return same;
}

/* One stage holds until the new cycle can begin: the last one of the new plan, behind the way to it. */
static bool dwell(struct transition *t, const struct plan *from, uint32_t row, const struct plan *to, const struct junction *j)
{
	uint32_t stage = to->rows[to->n_rows - 1].stage, before = from->rows[row].stage;
	double least = way_s(j, before, stage) + (stage == before ? 1 : least_s(j, stage)), late_s = into(to->offset_s - t->begin_s, to->cycle_s);
	while (late_s < least - SMALL_S)
		late_s += to->cycle_s;
	t->rows = g_renew(struct plan_row, t->rows, 1);
	t->rows[0] = (struct plan_row){stage, late_s};
	t->n_rows = t->n_cycles = 1;
	t->end_s = t->begin_s + late_s;
	return shows(t, from, to, j);
}

/* n whole cycles of the new plan behind the rest of one. */
static bool in_cycles(struct transition *t, const struct plan *from, uint32_t row, const struct plan *to, const struct junction *j, uint32_t first,
	uint32_t n, double more_frac, double cut_frac, bool press)
{
	double planned_s = lay_out(t, from, row, to, first, n, j), late_s = into(to->offset_s - t->begin_s - planned_s, to->cycle_s);
	double more_s = press && late_s > SMALL_S ? late_s - to->cycle_s : late_s;
	if (!spread(t, j, from->rows[row].stage, more_s, more_frac, cut_frac))
		return false;
	t->end_s = t->begin_s + planned_s + more_s;
	return shows(t, from, to, j);
}

bool transition_make(const struct plan *from, const struct plan *to, const struct junction *j, double at_s, enum transition_way way, double add_frac,
	double cut_frac, struct transition *out, GError **error)
{
	uint32_t row;
	*out = (struct transition){0};
	if (!plan_check(from, j, error) || !plan_check(to, j, error))
		return false;
	out->begin_s = next_end(from, at_s, &row);
	if (way == TRANSITION_DWELL && dwell(out, from, row, to, j))
		return true;
	for (uint32_t n = 0; way != TRANSITION_DWELL && n < CYCLES_MAX; n++)
		for (uint32_t k = 0; k < to->n_rows; k++) {
			uint32_t first = (first_row(to, j, from->rows[row].stage) + k) % to->n_rows;
			if (in_cycles(out, from, row, to, j, first, n, add_frac, cut_frac, false) ||
				(way == TRANSITION_SHORTWAY && in_cycles(out, from, row, to, j, first, n, add_frac, cut_frac, true)))
				return true;
		}
	transition_finish(out);
	g_set_error(error, CORE_ERROR, CORE_ERROR_UNSAFE, "from plan %.40s to plan %.40s of %.80s there is no safe %s transition at %g s", from->id, to->id,
		j->id, transition_way_name(way), at_s);
	return false;
}

void transition_finish(struct transition *t)
{
	g_free(t->rows);
	*t = (struct transition){0};
}

uint32_t transition_stage(const struct transition *t, const struct plan *from, const struct plan *to, double t_s)
{
	double at_s = t->begin_s;
	if (t_s < t->begin_s - SMALL_S)
		return plan_stage(from, t_s, NULL);
	for (uint32_t k = 0; k < t->n_rows; k++) {
		at_s += t->rows[k].split_s;
		if (t_s < at_s - SMALL_S)
			return t->rows[k].stage;
	}
	return plan_stage(to, t_s, NULL);
}
