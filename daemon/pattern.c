/* pattern.c - see pattern.h; what the cabinet would say of a pattern is in pattern_check.c. */
#include "daemon/pattern.h"

#include <math.h>
#include <string.h>

struct part { /* of something that is shared out in whole seconds */
	double want_s, least_s;
	double is_s;
};

/* Whole seconds as near to what each wants as may be, none below its least, `total_s` together. False: the leasts take more. */
static bool share_out(struct part *parts, uint32_t n, double total_s)
{
	double left_s = total_s;

	for (uint32_t i = 0; i < n; i++) {
		parts[i].is_s = fmax(ceil(parts[i].least_s - 1e-6), fmax(floor(parts[i].want_s + 1e-6), 1));
		left_s -= parts[i].is_s;
	}
	while (fabs(left_s) > 0.5) {
		double step_s = left_s > 0 ? 1 : -1, best = -INFINITY;
		uint32_t at = n;
		for (uint32_t i = 0; i < n; i++) {
			double gain = step_s * (parts[i].want_s - parts[i].is_s);
			if (gain > best && (step_s > 0 || parts[i].is_s - 1 >= fmax(parts[i].least_s - 1e-6, 1)))
				best = gain, at = i;
		}
		if (at == n)
			return false;
		parts[at].is_s += step_s;
		left_s -= step_s;
	}
	return true;
}

/* From the green of row r to the green of the next one; the way into row 0 belongs to the last row. */
static double lasts_s(const struct plan *p, const struct junction *j, uint32_t r)
{
	uint32_t before = p->rows[(r + p->n_rows - 1) % p->n_rows].stage, stage = p->rows[r].stage, after = p->rows[(r + 1) % p->n_rows].stage;

	return p->rows[r].split_s - junction_change_s(j, before, stage) + junction_change_s(j, stage, after);
}

static double green_begin_s(const struct plan *p, const struct junction *j, uint32_t row)
{
	double at_s = p->offset_s;

	for (uint32_t r = 0; r < row; r++)
		at_s += p->rows[r].split_s;
	return at_s + junction_change_s(j, p->rows[(row + p->n_rows - 1) % p->n_rows].stage, p->rows[row].stage);
}

static double into_cycle_s(double at_s, double cycle_s)
{
	double in_s = fmod(round(at_s), cycle_s);

	return in_s < 0 ? in_s + cycle_s : in_s;
}

double pattern_offset_s(const struct plan *plan, const struct junction *j)
{
	return into_cycle_s(green_begin_s(plan, j, 0), round(plan->cycle_s));
}

struct pattern *pattern_keep(const struct controller_pattern *p)
{
	struct pattern *copy = g_new0(struct pattern, 1);

	copy->p = *p;
	copy->splits = g_memdup2(p->splits, p->n_splits * sizeof p->splits[0]);
	copy->bands = g_memdup2(p->bands, p->n_bands * sizeof p->bands[0]);
	copy->p.splits = copy->splits;
	copy->p.bands = copy->bands;
	return copy;
}

struct pattern *pattern_copy(const struct pattern *p)
{
	return pattern_keep(&p->p);
}

void pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	g_free(p->splits);
	g_free(p->bands);
	g_free(p);
}

bool pattern_equal(const struct pattern *a, const struct pattern *b)
{
	if (a->p.cycle_s != b->p.cycle_s || a->p.offset_s != b->p.offset_s || a->p.sequence != b->p.sequence || a->p.n_splits != b->p.n_splits ||
		a->p.n_bands != b->p.n_bands)
		return false;
	for (uint32_t i = 0; i < a->p.n_bands; i++)
		if (a->bands[i].number != b->bands[i].number || a->bands[i].extension_s != b->bands[i].extension_s)
			return false;
	for (uint32_t i = 0; i < a->p.n_splits; i++)
		if (a->splits[i].number != b->splits[i].number || a->splits[i].split_s != b->splits[i].split_s ||
			a->splits[i].coordinated != b->splits[i].coordinated)
			return false;
	return true;
}

static struct pattern *pattern_new(const struct plan *plan, uint32_t n)
{
	struct pattern *p = g_new0(struct pattern, 1);

	p->splits = g_new0(struct controller_split, n + 1);
	p->p.splits = p->splits;
	p->p.row = 1;
	p->p.cycle_s = round(plan->cycle_s);
	return p;
}

/* ---- stages ---- */

/* The cabinet's stage of a plan's row; 0: it has none. */
static uint16_t stage_number(const struct cabinet_map *map, const struct controller_timing *t, uint32_t stage)
{
	phase_set wanted = map->stage_phases[stage] | map->stage_walks[stage];

	for (uint32_t i = 0; i < t->n_stages; i++)
		if ((t->stages[i].phases & map->all) == wanted)
			return t->stages[i].number;
	return 0;
}

static struct pattern *from_stages(const struct plan *plan, const struct cabinet_map *map, const struct controller_timing *t, GError **error)
{
	const struct junction *j = map->junction;
	owned(pattern) p = pattern_new(plan, plan->n_rows);
	g_autofree struct part *parts = g_new0(struct part, plan->n_rows + 1);
	uint32_t n = plan->n_rows;

	p->p.n_splits = n;
	for (uint32_t r = 0; r < n; r++) {
		p->splits[r].number = stage_number(map, t, plan->rows[r].stage);
		p->splits[r].coordinated = r == 0;
		if (p->splits[r].number == 0) {
			controller_wrong(error, "the cabinet has no stage with the phases of stage %s", j->stages[plan->rows[r].stage].name);
			return NULL;
		}
	}
	for (uint32_t r = 0; r < n; r++)
		parts[r] = (struct part){.want_s = lasts_s(plan, j, r),
			.least_s = pattern_stage_least_s(t, p->splits[(r + n - 1) % n].number, p->splits[r].number, p->splits[(r + 1) % n].number)};
	if (!share_out(parts, n, p->p.cycle_s)) {
		controller_wrong(error, "the stages' minimums and clearances do not fit into a cycle of %g s", p->p.cycle_s);
		return NULL;
	}
	for (uint32_t r = 0; r < n; r++)
		p->splits[r].split_s = parts[r].is_s;
	p->p.offset_s = pattern_offset_s(plan, j);
	return give(p);
}

/* ---- rings ---- */

struct rings { /* what the plan wants of them, by index into timing.phases and by group */
	const struct controller_timing *t;
	const struct cabinet_map *map;
	double *want_s; /* of each phase */
	double *first_s; /* its green begins, in the plan; NaN never */
	uint32_t *group;
	struct part *groups;
	uint32_t n_groups;
};

static uint32_t index_of(const struct controller_timing *t, uint32_t number)
{
	for (uint32_t i = 0; i < t->n_phases; i++)
		if (t->phases[i].number == number)
			return i;
	return 0; /* checked before: rings hold phases that are there */
}

/* The phases of ring r in group g, by index; returns how many. */
static uint32_t members(const struct rings *x, uint32_t r, uint32_t g, uint32_t *indices)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && x->t->rings[r][k] != 0; k++) {
		uint32_t i = index_of(x->t, x->t->rings[r][k]);
		if (x->group[i] == g)
			indices[n++] = i;
	}
	return n;
}

static double least_of(const struct rings *x, uint32_t i)
{
	return ceil(cabinet_timing_least_s(&x->t->phases[i]) + cabinet_timing_clear_s(&x->t->phases[i]) - 1e-6);
}

static bool sum_up(struct rings *x, const struct plan *plan, GError **error)
{
	const struct junction *j = x->map->junction;

	for (uint32_t r = 0; r < plan->n_rows; r++) {
		phase_set green = x->map->stage_phases[plan->rows[r].stage], before = x->map->stage_phases[plan->rows[(r + plan->n_rows - 1) % plan->n_rows].stage];
		uint32_t group = UINT32_MAX;
		for (uint32_t i = 0; i < x->t->n_phases; i++) {
			if ((green & phase_bit(x->t->phases[i].number)) == 0)
				continue;
			if (x->group[i] == UINT32_MAX || (group != UINT32_MAX && x->group[i] != group))
				return controller_wrong(error, "stage %s has phase %u with others that a barrier keeps apart, or that is in no ring",
					j->stages[plan->rows[r].stage].name, x->t->phases[i].number);
			group = x->group[i];
			x->want_s[i] += lasts_s(plan, j, r);
			if (isnan(x->first_s[i]) || (before & phase_bit(x->t->phases[i].number)) == 0)
				x->first_s[i] = green_begin_s(plan, j, r);
		}
		if (group == UINT32_MAX)
			return controller_wrong(error, "stage %s is none of the cabinet's phases", j->stages[plan->rows[r].stage].name);
		x->groups[group].want_s += lasts_s(plan, j, r);
	}
	return true;
}

static double find_leasts(struct rings *x)
{
	double sum_s = 0;
	g_autofree uint32_t *in = g_new(uint32_t, x->t->n_phases + CONTROLLER_RING_LENGTH);

	for (uint32_t g = 0; g < x->n_groups; g++)
		for (uint32_t r = 0; r < x->t->n_rings; r++) {
			double least_s = 0;
			for (uint32_t n = members(x, r, g, in); n > 0; n--)
				least_s += least_of(x, in[n - 1]);
			x->groups[g].least_s = fmax(x->groups[g].least_s, least_s);
		}
	for (uint32_t g = 0; g < x->n_groups; g++)
		sum_s += x->groups[g].least_s;
	return sum_s;
}

static double stages_least_s(const struct plan *plan, const struct cabinet_map *map, const struct controller_timing *t)
{
	g_autofree uint16_t *number = g_new(uint16_t, plan->n_rows);
	uint32_t n = plan->n_rows;
	double sum_s = 0;

	for (uint32_t r = 0; r < n; r++) {
		number[r] = stage_number(map, t, plan->rows[r].stage);
		if (number[r] == 0)
			return 0;
	}
	for (uint32_t r = 0; r < n; r++)
		sum_s += ceil(pattern_stage_least_s(t, number[(r + n - 1) % n], number[r], number[(r + 1) % n]) - 1e-6);
	return sum_s;
}

double pattern_least_cycle_s(const struct plan *plan, const struct cabinet_map *map, const struct controller_timing *t)
{
	struct rings x = {.t = t};
	g_autofree uint32_t *group = g_new0(uint32_t, t->n_phases + 1);
	g_autofree struct part *groups = g_new0(struct part, t->n_phases + 1);

	x.group = group;
	x.groups = groups;
	if (t->n_rings == 0)
		return stages_least_s(plan, map, t);
	x.n_groups = cabinet_timing_groups(t, group);
	return find_leasts(&x);
}

static bool share_groups(struct rings *x, double cycle_s, GError **error)
{
	find_leasts(x);
	if (share_out(x->groups, x->n_groups, cycle_s))
		return true;
	return controller_wrong(error, "the phases' minimums and clearances do not fit into a cycle of %g s", cycle_s);
}

/* Gives the phases of each ring between two barriers what the group has. */
static void share_phases(const struct rings *x, struct pattern *p)
{
	g_autofree uint32_t *in = g_new(uint32_t, x->t->n_phases + CONTROLLER_RING_LENGTH);

	for (uint32_t r = 0; r < x->t->n_rings; r++)
		for (uint32_t g = 0; g < x->n_groups; g++) {
			struct part parts[CONTROLLER_RING_LENGTH];
			uint32_t n = members(x, r, g, in);
			double wanted_s = 0;
			for (uint32_t k = 0; k < n; k++)
				wanted_s += x->want_s[in[k]];
			for (uint32_t k = 0; k < n; k++) /* a rest that nobody wants is shared in proportion */
				parts[k] = (struct part){.want_s = wanted_s > 0 ? x->want_s[in[k]] * x->groups[g].is_s / wanted_s : 0, .least_s = least_of(x, in[k])};
			share_out(parts, n, x->groups[g].is_s); /* fits: the group has the sum of the leasts */
			for (uint32_t k = 0; k < n; k++)
				p->splits[p->p.n_splits++] = (struct controller_split){.number = x->t->phases[in[k]].number, .split_s = parts[k].is_s};
		}
}

static double split_s_of(const struct pattern *p, uint32_t number)
{
	for (uint32_t i = 0; i < p->p.n_splits; i++)
		if (p->splits[i].number == number)
			return p->splits[i].split_s;
	return 0;
}

/* The longest of the first ring, and in each other ring the longest that may run with all of them. */
static phase_set choose_coordinated(const struct rings *x, const struct pattern *p)
{
	phase_set chosen = 0;

	for (uint32_t r = 0; r < x->t->n_rings; r++) {
		uint32_t best = 0;
		for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && x->t->rings[r][k] != 0; k++) {
			uint32_t number = x->t->rings[r][k];
			bool fits = split_s_of(p, number) > split_s_of(p, best);
			for (uint32_t other = 1; fits && other <= CABINET_MAX_PHASES; other++)
				fits = (chosen & phase_bit(other)) == 0 || cabinet_timing_together(x->t, x->map, number, other);
			best = fits ? number : best;
		}
		chosen |= phase_bit(best);
	}
	return chosen;
}

/* Where in the cycle, from the first ring's beginning, the phase begins. */
static double begins_s(const struct rings *x, const struct pattern *p, uint32_t index)
{
	double at_s = 0;
	g_autofree uint32_t *in = g_new(uint32_t, x->t->n_phases + CONTROLLER_RING_LENGTH);

	for (uint32_t g = 0; g < x->group[index]; g++)
		at_s += x->groups[g].is_s;
	for (uint32_t r = 0; r < x->t->n_rings; r++) {
		uint32_t n = members(x, r, x->group[index], in);
		double before_s = 0;
		for (uint32_t k = 0; k < n; k++) {
			if (in[k] == index)
				return at_s + before_s;
			before_s += split_s_of(p, x->t->phases[in[k]].number);
		}
	}
	return at_s;
}

/* The offset is the green of the coordinated phase that begins first. */
static bool coordinate(const struct rings *x, struct pattern *p, phase_set coordinated, GError **error)
{
	double first_s = INFINITY;

	coordinated = coordinated != 0 ? coordinated : choose_coordinated(x, p);
	for (uint32_t i = 0; i < p->p.n_splits; i++) {
		uint32_t k = index_of(x->t, p->splits[i].number);
		p->splits[i].coordinated = (coordinated & phase_bit(p->splits[i].number)) != 0;
		if (!p->splits[i].coordinated || begins_s(x, p, k) >= first_s)
			continue;
		if (isnan(x->first_s[k]))
			return controller_wrong(error, "phase %u is coordinated and never green in the plan", p->splits[i].number);
		first_s = begins_s(x, p, k);
		p->p.offset_s = into_cycle_s(x->first_s[k], p->p.cycle_s);
	}
	return isfinite(first_s) || controller_wrong(error, "none of the coordinated phases is one of the cabinet's");
}

static bool from_rings(const struct plan *plan, struct rings *x, struct pattern *p, phase_set coordinated, GError **error)
{
	for (uint32_t i = 0; i < x->t->n_phases; i++)
		x->first_s[i] = NAN;
	x->n_groups = cabinet_timing_groups(x->t, x->group);
	if (!sum_up(x, plan, error) || !share_groups(x, p->p.cycle_s, error))
		return false;
	share_phases(x, p);
	return coordinate(x, p, coordinated, error);
}

struct pattern *pattern_from_plan(const struct plan *plan, const struct cabinet_map *map, const struct controller_timing *t, phase_set coordinated,
	GError **error)
{
	struct rings x = {.t = t, .map = map};

	if (t->n_rings == 0)
		return from_stages(plan, map, t, error);
	g_autofree double *want_s = g_new0(double, t->n_phases + 1);
	g_autofree double *first_s = g_new0(double, t->n_phases + 1);
	g_autofree uint32_t *group = g_new0(uint32_t, t->n_phases + 1);
	g_autofree struct part *groups = g_new0(struct part, t->n_phases + 1);
	owned(pattern) p = pattern_new(plan, t->n_phases);
	x.want_s = want_s;
	x.first_s = first_s;
	x.group = group;
	x.groups = groups;
	return from_rings(plan, &x, p, coordinated, error) ? give(p) : NULL;
}

char *pattern_print(const struct controller_pattern *p)
{
	GString *out = g_string_new(NULL);

	if (!isnan(p->cycle_s))
		g_string_append_printf(out, "cycle %g s", p->cycle_s);
	if (!isnan(p->offset_s))
		g_string_append_printf(out, "%soffset %g s", out->len > 0 ? ", " : "", p->offset_s);
	for (uint32_t i = 0; i < p->n_splits; i++)
		g_string_append_printf(out, "%s%u:%g%s", i == 0 ? ", splits " : " ", p->splits[i].number, p->splits[i].split_s,
			p->splits[i].coordinated ? "*" : "");
	for (uint32_t i = 0; i < p->n_bands; i++)
		g_string_append_printf(out, "%s%u:%+g", i == 0 ? ", bands " : " ", p->bands[i].number, p->bands[i].extension_s);
	return g_string_free(out, FALSE);
}
