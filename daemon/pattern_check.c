/* pattern_check.c - what the cabinet's firmware would say of a pattern: see pattern.h. */
#include "daemon/pattern.h"

#include <math.h>

#define SAME_S 1e-6
#define CYCLE_LEAST_S 1.0
#define CYCLE_MOST_S 65535.0

static bool is_whole(double value_s)
{
	return isfinite(value_s) && value_s == floor(value_s);
}

static bool check_form(const struct controller_pattern *p, const struct controller_timing *t, GError **error)
{
	double least_s = isnan(t->cycle_min_s) ? CYCLE_LEAST_S : t->cycle_min_s, most_s = isnan(t->cycle_max_s) ? CYCLE_MOST_S : t->cycle_max_s;

	if (p->row < 1 || (t->rows > 0 && p->row > t->rows))
		return controller_wrong(error, "the cabinet has rows 1 to %u", t->rows);
	if (!is_whole(p->cycle_s) || p->cycle_s < least_s || p->cycle_s > most_s)
		return controller_wrong(error, "the cycle is %g s, must be whole seconds from %g to %g", p->cycle_s, least_s, most_s);
	if (!is_whole(p->offset_s) || p->offset_s < 0 || p->offset_s >= p->cycle_s)
		return controller_wrong(error, "the offset is %g s, must be whole seconds from 0 and below the cycle of %g s", p->offset_s, p->cycle_s);
	for (uint32_t i = 0; i < p->n_splits; i++)
		if (!is_whole(p->splits[i].split_s) || p->splits[i].split_s <= 0)
			return controller_wrong(error, "number %u has a split of %g s, must be whole seconds above 0", p->splits[i].number, p->splits[i].split_s);
	return p->n_splits > 0 || controller_wrong(error, "it has no splits");
}

static const struct controller_split *split_of(const struct controller_pattern *p, uint32_t number)
{
	for (uint32_t i = 0; i < p->n_splits; i++)
		if (p->splits[i].number == number)
			return &p->splits[i];
	return NULL;
}

/* ---- rings ---- */

struct run { /* of a phase in the cycle; the rings begin at 0 */
	double begin_s, green_end_s, end_s;
};

static bool check_phase_splits(const struct controller_pattern *p, const struct controller_timing *t, GError **error)
{
	for (uint32_t i = 0; i < p->n_splits; i++) {
		const struct controller_split *s = &p->splits[i];
		const struct controller_phase *phase = cabinet_timing_phase(t, s->number);
		if (phase == NULL)
			return controller_wrong(error, "phase %u is not there, or not enabled", s->number);
		if (split_of(p, s->number) != s)
			return controller_wrong(error, "phase %u has two splits", s->number);
		double clear_s = cabinet_timing_clear_s(phase), least_s = cabinet_timing_least_s(phase) + clear_s;
		if (s->split_s < least_s - SAME_S)
			return controller_wrong(error, "phase %u has a split of %g s, needs %g s (green %g s, amber and red %g s)", s->number, s->split_s, least_s,
				cabinet_timing_least_s(phase), clear_s);
	}
	return true;
}

/* One ring: where its phases run; what each group takes of it. `used` gets the phases that were met. */
static bool check_ring(const struct controller_pattern *p, const struct controller_timing *t, uint32_t ring, const uint32_t *group, double *group_s,
	phase_set *used, GError **error)
{
	g_autofree double *own_s = g_new0(double, t->n_phases + 1);
	bool any = false;

	for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && t->rings[ring][k] != 0; k++) {
		uint32_t number = t->rings[ring][k], i = 0;
		if (cabinet_timing_phase(t, number) == NULL)
			continue;
		while (t->phases[i].number != number)
			i++;
		const struct controller_split *s = split_of(p, number);
		if (s == NULL)
			return controller_wrong(error, "phase %u of ring %u is enabled and has no split", number, ring + 1);
		own_s[group[i]] += s->split_s;
		*used |= phase_bit(number);
		any = true;
	}
	for (uint32_t g = 0; any && g < t->n_phases; g++) {
		if (own_s[g] > 0 && group_s[g] > 0 && fabs(own_s[g] - group_s[g]) > SAME_S)
			return controller_wrong(error, "the rings are not at the barrier together: %g s in ring %u, %g s before", own_s[g], ring + 1, group_s[g]);
		group_s[g] = fmax(group_s[g], own_s[g]);
	}
	return true;
}

/* Each ring's phases one behind the other, each group beginning at its barrier. */
static void lay_out(const struct controller_pattern *p, const struct controller_timing *t, const uint32_t *group, const double *begin_s, struct run *runs)
{
	for (uint32_t r = 0; r < t->n_rings; r++) {
		double now_s = 0;
		uint32_t last = UINT32_MAX;
		for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && t->rings[r][k] != 0; k++) {
			uint32_t i = 0;
			const struct controller_phase *phase = cabinet_timing_phase(t, t->rings[r][k]);
			if (phase == NULL)
				continue;
			while (&t->phases[i] != phase)
				i++;
			now_s = group[i] != last ? begin_s[group[i]] : now_s;
			last = group[i];
			double split_s = split_of(p, phase->number)->split_s;
			runs[i] = (struct run){now_s, now_s + split_s - cabinet_timing_clear_s(phase), now_s + split_s};
			now_s += split_s;
		}
	}
}

/* Two that run at the same time, clearance and all, must be allowed to. */
static bool check_together(const struct controller_timing *t, const struct cabinet_map *map, const struct run *runs, GError **error)
{
	for (uint32_t i = 0; i < t->n_phases; i++)
		for (uint32_t k = 0; k < i; k++) {
			const struct run *a = &runs[i], *b = &runs[k];
			bool apart = a->end_s <= b->begin_s + SAME_S || b->end_s <= a->begin_s + SAME_S;
			if (a->end_s > 0 && b->end_s > 0 && !apart && !cabinet_timing_together(t, map, t->phases[i].number, t->phases[k].number))
				return controller_wrong(error, "phases %u and %u, which conflict, run together", t->phases[k].number, t->phases[i].number);
		}
	return true;
}

static bool check_rings(const struct controller_pattern *p, const struct controller_timing *t, const struct cabinet_map *map, GError **error)
{
	g_autofree uint32_t *group = g_new(uint32_t, t->n_phases + 1);
	g_autofree double *group_s = g_new0(double, t->n_phases + 1), *begin_s = g_new0(double, t->n_phases + 1);
	g_autofree struct run *runs = g_new0(struct run, t->n_phases + 1);
	uint32_t n = cabinet_timing_groups(t, group);
	phase_set used = 0;
	double sum_s = 0;

	for (uint32_t r = 0; r < t->n_rings; r++)
		if (!check_ring(p, t, r, group, group_s, &used, error))
			return false;
	for (uint32_t g = 0; g < n; g++) {
		begin_s[g] = sum_s;
		sum_s += group_s[g];
	}
	if (fabs(sum_s - p->cycle_s) > SAME_S)
		return controller_wrong(error, "the rings take %g s, the cycle has %g s", sum_s, p->cycle_s);
	for (uint32_t i = 0; i < p->n_splits; i++)
		if ((used & phase_bit(p->splits[i].number)) == 0)
			return controller_wrong(error, "phase %u is in no ring", p->splits[i].number);
	lay_out(p, t, group, begin_s, runs);
	return check_together(t, map, runs, error);
}

static bool check_coordinated(const struct controller_pattern *p, const struct controller_timing *t, const struct cabinet_map *map, GError **error)
{
	bool any = false;

	for (uint32_t i = 0; i < p->n_splits; i++)
		for (uint32_t k = 0; p->splits[i].coordinated && k <= i; k++) {
			any = true;
			if (p->splits[k].coordinated && !cabinet_timing_together(t, map, p->splits[k].number, p->splits[i].number))
				return controller_wrong(error, "phases %u and %u, which conflict, are both coordinated", p->splits[k].number, p->splits[i].number);
		}
	return any || controller_wrong(error, "no phase is coordinated: the offset would refer to nothing");
}

/* ---- stages ---- */

static const struct controller_stage *stage_of(const struct controller_timing *t, uint32_t number)
{
	for (uint32_t i = 0; i < t->n_stages; i++)
		if (t->stages[i].number == number)
			return &t->stages[i];
	return NULL;
}

/* From the end of this stage's greens until all of the next one's may begin. */
static double way_s(const struct controller_timing *t, phase_set from, phase_set to)
{
	double longest_s = 0;

	for (uint32_t i = 0; i < t->n_phases; i++) {
		if ((from & ~to & phase_bit(t->phases[i].number)) == 0)
			continue;
		longest_s = fmax(longest_s, cabinet_timing_clear_s(&t->phases[i]));
		for (uint32_t k = 0; t->intergreen_s != NULL && k < t->n_phases; k++)
			if ((to & ~from & phase_bit(t->phases[k].number)) != 0)
				longest_s = fmax(longest_s, t->intergreen_s[i * t->n_phases + k]); /* NaN is passed over */
	}
	return longest_s;
}

static double least_green_s(const struct controller_timing *t, phase_set phases)
{
	double longest_s = 0;

	for (uint32_t i = 0; i < t->n_phases; i++)
		if ((phases & phase_bit(t->phases[i].number)) != 0)
			longest_s = fmax(longest_s, cabinet_timing_least_s(&t->phases[i]));
	return longest_s;
}

double pattern_stage_least_s(const struct controller_timing *t, uint32_t before, uint32_t number, uint32_t after)
{
	const struct controller_stage *a = stage_of(t, before), *s = stage_of(t, number), *b = stage_of(t, after);

	/* What goes on from the stage before has had its minimum there. */
	return least_green_s(t, s->phases & ~a->phases) + way_s(t, s->phases, b->phases);
}

static bool check_stage(const struct controller_pattern *p, const struct controller_timing *t, const struct cabinet_map *map, uint32_t i, GError **error)
{
	const struct controller_split *s = &p->splits[i], *after = &p->splits[(i + 1) % p->n_splits];
	const struct controller_stage *stage = stage_of(t, s->number), *next = stage_of(t, after->number);

	if (stage == NULL || next == NULL)
		return controller_wrong(error, "stage %u is not there", stage == NULL ? s->number : after->number);
	if (stage == next)
		return controller_wrong(error, "stage %u follows itself", s->number);
	if (stage->next != 0 && (stage->next >> (next->number - 1) & 1) == 0)
		return controller_wrong(error, "the cabinet does not go from stage %u to stage %u", stage->number, next->number);
	for (uint32_t a = 1; a <= CABINET_MAX_PHASES; a++)
		for (uint32_t b = 1; b < a; b++)
			if ((stage->phases & phase_bit(a)) != 0 && (stage->phases & phase_bit(b)) != 0 && t->n_phases > 0 &&
				!cabinet_timing_together(t, map, a, b))
				return controller_wrong(error, "stage %u has phases %u and %u, which conflict", stage->number, b, a);
	double least_s = pattern_stage_least_s(t, p->splits[(i + p->n_splits - 1) % p->n_splits].number, s->number, after->number);
	if (s->split_s < least_s - SAME_S)
		return controller_wrong(error, "stage %u has %g s, needs %g s with the way to stage %u", s->number, s->split_s, least_s, after->number);
	return true;
}

static bool check_stages(const struct controller_pattern *p, const struct controller_timing *t, const struct cabinet_map *map, GError **error)
{
	phase_set served = 0;
	double sum_s = 0;

	if (p->n_splits < 2)
		return controller_wrong(error, "it has one stage: nobody else would ever be served");
	for (uint32_t i = 0; i < p->n_splits; i++)
		if (stage_of(t, p->splits[i].number) == NULL)
			return controller_wrong(error, "stage %u is not there", p->splits[i].number);
	for (uint32_t i = 0; i < p->n_splits; i++) {
		if (!check_stage(p, t, map, i, error))
			return false;
		sum_s += p->splits[i].split_s;
		served |= stage_of(t, p->splits[i].number)->phases;
	}
	if (fabs(sum_s - p->cycle_s) > SAME_S)
		return controller_wrong(error, "the stages take %g s, the cycle has %g s", sum_s, p->cycle_s);
	for (uint32_t k = 0; map != NULL && k < map->n_phases; k++)
		if ((served & phase_bit(map->phases[k].number)) == 0)
			return controller_wrong(error, "phase %u is never green", map->phases[k].number);
	return true;
}

bool pattern_check(const struct controller_pattern *p, const struct controller_timing *t, const struct cabinet_map *map, GError **error)
{
	bool stages = t->n_rings == 0;

	if (check_form(p, t, error) && (stages ? check_stages(p, t, map, error)
		: check_phase_splits(p, t, error) && check_rings(p, t, map, error) && check_coordinated(p, t, map, error)))
		return true;
	g_prefix_error(error, "pattern for row %u: ", p->row);
	return false;
}
