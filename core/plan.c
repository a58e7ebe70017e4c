/* plan.c - makes, checks and reads signal plans; see plan.h. */
#include "core/plan.h"

#include <math.h>
#include <string.h>

#include "core/core_error.h"

#define SAME_S 1e-3

static double into_cycle(double t_s, double cycle_s)
{
	double left_s = fmod(t_s, cycle_s);
	left_s = left_s < 0 ? left_s + cycle_s : left_s;
	return left_s >= cycle_s ? 0 : left_s; /* -1e-17 + 60 is 60 */
}

static void add_row(struct plan *p, uint32_t stage, double split_s)
{
	p->rows = g_renew(struct plan_row, p->rows, p->n_rows + 1);
	p->rows[p->n_rows++] = (struct plan_row){stage, split_s};
}

/* A row begins where the green of the stage before ends, so the way to a stage belongs to the stage's row. */
struct plan *plan_from_program(const struct junction *j, const struct net_program *program, GError **error)
{
	owned(plan) p = g_new0(struct plan, 1);
	double way_s = 0;
	p->id = g_strdup(program->id);
	for (uint32_t k = 0; k < program->n_phases; k++) {
		bool stranger;
		uint32_t stage = junction_phase(j, program, k, &stranger);
		if (stranger) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_UNSAFE, "program %.40s of %.80s: phase %u '%s' is no stage of the junction", program->id,
				j->id, k, program->phases[k].state);
			return NULL;
		}
		p->cycle_s += program->phases[k].duration_s;
		way_s += program->phases[k].duration_s;
		if (stage == STAGE_NONE)
			continue;
		if (p->n_rows && p->rows[p->n_rows - 1].stage == stage)
			p->rows[p->n_rows - 1].split_s += way_s;
		else
			add_row(p, stage, way_s);
		way_s = 0;
	}
	if (p->n_rows == 0) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_UNSAFE, "program %.40s of %.80s has no green phase", program->id, j->id);
		return NULL;
	}
	/* What is left over leads, over the end of the cycle, to the first row's stage. */
	p->rows[0].split_s += way_s;
	p->offset_s = program->offset_s - way_s;
	if (p->n_rows > 1 && p->rows[0].stage == p->rows[p->n_rows - 1].stage) {
		p->offset_s -= p->rows[p->n_rows - 1].split_s;
		p->rows[0].split_s += p->rows[--p->n_rows].split_s;
	}
	p->offset_s = into_cycle(p->offset_s, p->cycle_s);
	return give(p);
}

struct plan *plan_copy(const struct plan *p)
{
	struct plan *copy = g_new(struct plan, 1);
	*copy = *p;
	copy->id = g_strdup(p->id);
	copy->rows = g_memdup2(p->rows, p->n_rows * sizeof *p->rows);
	return copy;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	g_free(p->id);
	g_free(p->rows);
	g_free(p);
}

G_GNUC_PRINTF(4, 5) static bool refuse(const struct plan *p, const struct junction *j, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, CORE_ERROR, CORE_ERROR_UNSAFE, "plan %.40s of %.80s: %s", p->id, j->id, what);
	return false;
}

static const char *stage_state(const struct plan *p, const struct junction *j, uint32_t row)
{
	return j->stages[p->rows[row % p->n_rows].stage].state;
}

/* The way into row `row` from the one before, s. */
static double change_into(const struct plan *p, const struct junction *j, uint32_t row)
{
	return junction_change_s(j, p->rows[(row + p->n_rows - 1) % p->n_rows].stage, p->rows[row].stage);
}

static bool check_form(const struct plan *p, const struct junction *j, GError **error)
{
	double sum_s = 0;
	if (p->n_rows == 0)
		return refuse(p, j, error, "has no stage");
	for (uint32_t r = 0; r < p->n_rows; r++) {
		if (p->rows[r].stage >= j->n_stages)
			return refuse(p, j, error, "row %u asks for stage %u, there are %u", r, p->rows[r].stage, j->n_stages);
		if (!(p->rows[r].split_s > 0) || !isfinite(p->rows[r].split_s))
			return refuse(p, j, error, "row %u has a split of %g s, must be above 0 s", r, p->rows[r].split_s);
		sum_s += p->rows[r].split_s;
	}
	if (!(fabs(sum_s - p->cycle_s) <= SAME_S))
		return refuse(p, j, error, "its splits make %g s, the cycle has %g s", sum_s, p->cycle_s);
	if (!(p->offset_s >= 0 && p->offset_s < p->cycle_s))
		return refuse(p, j, error, "its offset is %g s, must be at least 0 s and below the cycle of %g s", p->offset_s, p->cycle_s);
	return true;
}

/* A green of one link: from the row that it begins in (after the way there) for `green_s`, then red for `red_s`. */
struct turn {
	uint32_t row;
	double begin_s, green_s, red_s; /* begin: from the start of the first row */
};

/* The green of link i that begins in row r; green_s 0 when none begins there. */
static struct turn turn_at(const struct plan *p, const struct junction *j, uint32_t i, uint32_t r)
{
	struct turn turn = {.row = r, .begin_s = change_into(p, j, r)};
	if (!shows_green(stage_state(p, j, r)[i]) || shows_green(stage_state(p, j, r + p->n_rows - 1)[i]))
		return (struct turn){.row = r};
	for (uint32_t before = 0; before < r; before++)
		turn.begin_s += p->rows[before].split_s;
	uint32_t last = r;
	for (; shows_green(stage_state(p, j, last)[i]); last++)
		turn.green_s += p->rows[last % p->n_rows].split_s;
	turn.green_s -= change_into(p, j, r);
	for (; !shows_green(stage_state(p, j, last)[i]); last++)
		turn.red_s += p->rows[last % p->n_rows].split_s;
	turn.red_s += change_into(p, j, last % p->n_rows);
	return turn;
}

/* For how long somebody waits for this green of link i to end: from its beginning, or from when they ended themselves. */
static double waited_for_s(const struct plan *p, const struct junction *j, uint32_t i, struct turn turn)
{
	double longest_s = 0;
	for (uint32_t k = 0; k < j->n_links; k++)
		for (uint32_t r = 0; junction_hinders(j, i, k) && r < p->n_rows; r++) {
			struct turn other = turn_at(p, j, k, r);
			if (!(other.green_s > 0))
				continue;
			/* Back from the end of i's green to the end of k's last green before it. */
			double since_s = into_cycle(turn.begin_s + turn.green_s - other.begin_s - other.green_s, p->cycle_s);
			longest_s = fmax(longest_s, fmin(since_s, turn.green_s));
		}
	return longest_s;
}

static bool check_turn(const struct plan *p, const struct junction *j, uint32_t i, struct turn turn, GError **error)
{
	const struct signal_link *link = &j->links[i];
	const char *name = j->stages[p->rows[turn.row].stage].name;
	if (turn.green_s < link->min_green_s - SAME_S)
		return refuse(p, j, error, "stage %s has %g s of green, link %u needs %g s", name, turn.green_s, i, link->min_green_s);
	double waited_s = waited_for_s(p, j, i, turn);
	if (waited_s > link->max_green_s + SAME_S)
		return refuse(p, j, error, "link %u is green from stage %s on while others wait for %g s, at most %g s are allowed", i, name, waited_s,
			link->max_green_s);
	if (turn.red_s > link->max_red_s + SAME_S)
		return refuse(p, j, error, "link %u is red for %g s, at most %g s are allowed", i, turn.red_s, link->max_red_s);
	if (turn.red_s < link->amber_s + 1 - SAME_S) /* the guard shows a second of red behind an amber */
		return refuse(p, j, error, "link %u is to be green again after %g s, amber and red take %g s", i, turn.red_s, link->amber_s + 1);
	return true;
}

static bool check_link(const struct plan *p, const struct junction *j, uint32_t i, GError **error)
{
	bool served = false, green = false, always = true;
	for (uint32_t s = 0; s < j->n_stages; s++)
		served |= shows_green(j->stages[s].state[i]);
	for (uint32_t r = 0; r < p->n_rows; r++) {
		green |= shows_green(stage_state(p, j, r)[i]);
		always &= shows_green(stage_state(p, j, r)[i]);
	}
	if (served && !green)
		return refuse(p, j, error, "link %u is never green", i);
	for (uint32_t r = 0; r < p->n_rows && green && !always; r++) {
		struct turn turn = turn_at(p, j, i, r);
		if (shows_green(stage_state(p, j, r)[i]) && !shows_green(stage_state(p, j, r + p->n_rows - 1)[i]) &&
			!check_turn(p, j, i, turn, error))
			return false;
	}
	return true;
}

bool plan_check(const struct plan *p, const struct junction *j, GError **error)
{
	if (!check_form(p, j, error))
		return false;
	for (uint32_t r = 0; r < p->n_rows; r++)
		if (!(p->rows[r].split_s > change_into(p, j, r)))
			return refuse(p, j, error, "stage %s has a split of %g s, the way into it alone takes %g s", j->stages[p->rows[r].stage].name,
				p->rows[r].split_s, change_into(p, j, r));
	for (uint32_t i = 0; i < j->n_links; i++)
		if (!check_link(p, j, i, error))
			return false;
	return true;
}

uint32_t plan_stage(const struct plan *p, double t_s, double *left_s)
{
	double at_s = into_cycle(t_s - p->offset_s, p->cycle_s);
	uint32_t r = 0;
	/* Closer than a microsecond to the end of a row is its end: 59.9999999 s must not ask for the stage before. */
	while (r + 1 < p->n_rows && at_s > p->rows[r].split_s - 1e-6)
		at_s -= p->rows[r++].split_s;
	if (r + 1 == p->n_rows && at_s > p->rows[r].split_s - 1e-6) {
		at_s = fmax(0, at_s - p->rows[r].split_s);
		r = 0;
	}
	if (left_s)
		*left_s = p->rows[r].split_s - fmax(0, at_s);
	return p->rows[r].stage;
}

bool plan_equal(const struct plan *a, const struct plan *b)
{
	if (a->n_rows != b->n_rows || fabs(a->cycle_s - b->cycle_s) > SAME_S)
		return false;
	/* 0 and just below the cycle are the same offset. */
	double apart_s = fabs(a->offset_s - b->offset_s);
	if (fmin(apart_s, a->cycle_s - apart_s) > SAME_S)
		return false;
	for (uint32_t r = 0; r < a->n_rows; r++)
		if (a->rows[r].stage != b->rows[r].stage || fabs(a->rows[r].split_s - b->rows[r].split_s) > SAME_S)
			return false;
	return true;
}

char *plan_print(const struct plan *p, const struct junction *j)
{
	GString *line = g_string_new(NULL);
	g_string_printf(line, "%s of %s: cycle %g s, offset %g s:", p->id, j->id, p->cycle_s, p->offset_s);
	for (uint32_t r = 0; r < p->n_rows; r++)
		g_string_append_printf(line, "%s %s %g s", r ? "," : "", p->rows[r].stage < j->n_stages ? j->stages[p->rows[r].stage].name : "?",
			p->rows[r].split_s);
	return g_string_free(line, FALSE);
}
