/* cabinet_timing.c - see cabinet_timing.h. */
#include "daemon/cabinet_timing.h"

#include <math.h>

#include "core/units.h"

struct controller_timing *controller_timing_copy(const struct controller_timing *t)
{
	struct controller_timing *copy = g_memdup2(t, sizeof *t);
	size_t n = t->n_phases;

	copy->phases = g_memdup2(t->phases, n * sizeof t->phases[0]);
	copy->stages = g_memdup2(t->stages, t->n_stages * sizeof t->stages[0]);
	copy->intergreen_s = t->intergreen_s != NULL ? g_memdup2(t->intergreen_s, n * n * sizeof(double)) : NULL;
	return copy;
}

void controller_timing_free(struct controller_timing *t)
{
	if (t == NULL)
		return;
	g_free((void *) t->phases);
	g_free((void *) t->stages);
	g_free((void *) t->intergreen_s);
	g_free(t);
}

static uint32_t index_of(const struct controller_timing *t, uint32_t number)
{
	for (uint32_t i = 0; i < t->n_phases; i++)
		if (t->phases[i].number == number)
			return i;
	return UINT32_MAX;
}

const struct controller_phase *cabinet_timing_phase(const struct controller_timing *t, uint32_t number)
{
	uint32_t i = index_of(t, number);

	return i != UINT32_MAX && t->phases[i].enabled ? &t->phases[i] : NULL;
}

static double or_0(double value)
{
	return isnan(value) ? 0 : value;
}

double cabinet_timing_clear_s(const struct controller_phase *p)
{
	return or_0(p->amber_s) + or_0(p->red_s);
}

double cabinet_timing_least_s(const struct controller_phase *p)
{
	return fmax(or_0(p->min_green_s), or_0(p->walk_s) > 0 ? p->walk_s + or_0(p->ped_clear_s) : 0);
}

static bool says_together(const struct controller_phase *p, uint32_t other)
{
	return (p->with == 0 || (p->with & phase_bit(other)) != 0) && (p->conflicts & phase_bit(other)) == 0;
}

bool cabinet_timing_together(const struct controller_timing *t, const struct cabinet_map *map, uint32_t a, uint32_t b)
{
	const struct controller_phase *p = cabinet_timing_phase(t, a), *q = cabinet_timing_phase(t, b);

	if (a == b)
		return true;
	if (p == NULL || q == NULL || (t->n_rings > 0 && p->ring != 0 && p->ring == q->ring) || !says_together(p, b) || !says_together(q, a))
		return false;
	/* Rings of which no concurrency is known: nothing may run side by side. */
	if (t->n_rings > 0 && (p->with == 0 || q->with == 0) && p->conflicts == 0 && q->conflicts == 0)
		return false;
	for (uint32_t i = 0; map != NULL && i < map->n_phases; i++)
		if (map->phases[i].number == a && (map->conflicts[i] & phase_bit(b)) != 0)
			return false;
	return true;
}

/* ---- barriers ---- */

static bool in_ring(const struct controller_timing *t, uint32_t number)
{
	for (uint32_t r = 0; r < t->n_rings; r++)
		for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && t->rings[r][k] != 0; k++)
			if (t->rings[r][k] == number)
				return cabinet_timing_phase(t, number) != NULL;
	return false;
}

/* The whole of a group: everybody who may be green with one of it. */
static void spread(const struct controller_timing *t, uint32_t from, uint32_t number, uint32_t *group)
{
	group[from] = number;
	for (uint32_t k = 0; k < t->n_phases; k++)
		if (group[k] == UINT32_MAX && in_ring(t, t->phases[k].number) &&
			cabinet_timing_together(t, NULL, t->phases[from].number, t->phases[k].number))
			spread(t, k, number, group);
}

uint32_t cabinet_timing_groups(const struct controller_timing *t, uint32_t *group)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_phases; i++)
		group[i] = UINT32_MAX;
	for (uint32_t r = 0; r < t->n_rings; r++)
		for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && t->rings[r][k] != 0; k++) {
			uint32_t i = index_of(t, t->rings[r][k]);
			if (i != UINT32_MAX && t->phases[i].enabled && group[i] == UINT32_MAX)
				spread(t, i, n++, group);
		}
	return n;
}

/* ---- is it possible? ---- */

static bool time_ok(double value_s, double most_s)
{
	return isnan(value_s) || (value_s >= 0 && value_s <= most_s);
}

static bool check_phases(const struct controller_timing *t, GError **error)
{
	for (uint32_t i = 0; i < t->n_phases; i++) {
		const struct controller_phase *p = &t->phases[i];
		if (p->number < 1 || p->number > CABINET_MAX_PHASES || index_of(t, p->number) != i)
			return controller_wrong(error, "phase number %u is not from 1 to %d, or is there twice", p->number, CABINET_MAX_PHASES);
		if (!time_ok(p->min_green_s, 255) || !time_ok(p->max_green_s, 65535) || !time_ok(p->amber_s, 25.5) || !time_ok(p->red_s, 25.5) ||
			!time_ok(p->walk_s, 255) || !time_ok(p->ped_clear_s, 255))
			return controller_wrong(error, "phase %u has times that cannot be", p->number);
	}
	for (uint32_t i = 0; i < t->n_stages; i++)
		if (t->stages[i].number < 1 || t->stages[i].number > CABINET_MAX_STAGES)
			return controller_wrong(error, "stage number %u, must be from 1 to %d", t->stages[i].number, CABINET_MAX_STAGES);
	return true;
}

static bool check_rings(const struct controller_timing *t, GError **error)
{
	g_autofree uint32_t *group = g_new(uint32_t, t->n_phases + 1);
	phase_set seen = 0;

	if (t->n_rings > CONTROLLER_MAX_RINGS)
		return controller_wrong(error, "%u rings, must be at most %d", t->n_rings, CONTROLLER_MAX_RINGS);
	cabinet_timing_groups(t, group);
	for (uint32_t r = 0; r < t->n_rings; r++) {
		uint32_t last = 0;
		for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && t->rings[r][k] != 0; k++) {
			uint32_t number = t->rings[r][k], i = index_of(t, number);
			if (i == UINT32_MAX)
				return controller_wrong(error, "ring %u has phase %u, which does not exist", r + 1, number);
			if ((seen & phase_bit(number)) != 0)
				return controller_wrong(error, "phase %u is in the rings twice", number);
			seen |= phase_bit(number);
			if (group[i] == UINT32_MAX)
				continue;
			if (group[i] < last)
				return controller_wrong(error, "ring %u comes to phase %u behind a barrier that the rings have crossed", r + 1, number);
			last = group[i];
		}
	}
	return true;
}

/* What it would show together must not cross. */
static bool check_crossing(const struct controller_timing *t, const struct cabinet_map *map, GError **error)
{
	for (uint32_t i = 0; i < map->n_phases; i++) {
		uint32_t a = map->phases[i].number;
		if (cabinet_timing_phase(t, a) == NULL)
			return controller_wrong(error, "phase %u, on which links hang, is not there or not enabled", a);
		for (uint32_t k = 0; k < i; k++) {
			uint32_t b = map->phases[k].number;
			if (t->n_rings > 0 && cabinet_timing_together(t, NULL, a, b) && !cabinet_timing_together(t, map, a, b))
				return controller_wrong(error, "phases %u and %u may run together, but their links cross: the map is not this cabinet's", b, a);
		}
	}
	for (uint32_t s = 0; s < t->n_stages; s++)
		for (uint32_t i = 0; i < map->n_phases; i++)
			if ((t->stages[s].phases & phase_bit(map->phases[i].number)) != 0 && (t->stages[s].phases & map->conflicts[i]) != 0)
				return controller_wrong(error, "stage %u has phase %u with others that its links cross: the map is not this cabinet's", t->stages[s].number,
					map->phases[i].number);
	return true;
}

bool cabinet_timing_check(const struct controller_timing *t, const struct cabinet_map *map, GError **error)
{
	if (check_phases(t, error) && check_rings(t, error) && (map == NULL || t->n_phases == 0 || check_crossing(t, map, error)))
		return true;
	g_prefix_error(error, "the cabinet's timing: ");
	return false;
}

/* ---- the stricter of both ---- */

static bool raise_to(double *limit_s, double to_s)
{
	if (!(to_s > *limit_s))
		return false;
	*limit_s = to_s;
	return true;
}

static bool tighten_link(const struct controller_phase *p, struct junction *j, uint32_t i)
{
	struct signal_link *link = &j->links[i];
	double clear_s = link->pedestrian ? or_0(p->ped_clear_s) : or_0(p->red_s);
	bool raised = false;

	if (!link->pedestrian)
		raised |= raise_to(&link->amber_s, or_0(p->amber_s));
	raised |= raise_to(&link->clear_s, clear_s);
	for (uint32_t k = 0; k < j->n_links; k++)
		if (j->conflict[i * j->n_links + k])
			raised |= raise_to(&j->clear_after_s[i * j->n_links + k], clear_s);
	return raised;
}

/* A left turn that hangs on the through phase beside it and on one of its own may have the shorter one's green: whoever runs with the
 * other phase keeps that one for its time. NaN: it hangs on none. */
static double least_green_s(const struct controller_timing *t, const struct cabinet_map *map, const struct junction *j, uint32_t link)
{
	double least_s = UNKNOWN;

	for (uint32_t i = 0; i < map->n_phases; i++) {
		const struct controller_phase *p = cabinet_timing_phase(t, map->phases[i].number);
		for (uint32_t k = 0; p != NULL && k < map->phases[i].n_links; k++)
			if (map->phases[i].links[k] == link)
				least_s = fmin(least_s, j->links[link].pedestrian ? or_0(p->walk_s) : cabinet_timing_least_s(p)); /* fmin passes NaN over */
	}
	return least_s;
}

bool cabinet_timing_tighten(const struct controller_timing *t, const struct cabinet_map *map, struct junction *j)
{
	bool raised = false;

	for (uint32_t i = 0; i < j->n_links; i++) {
		raised |= raise_to(&j->links[i].min_green_s, or_0(least_green_s(t, map, j, i)));
		raised |= raise_to(&j->links[i].max_green_s, j->links[i].min_green_s);
	}
	for (uint32_t i = 0; i < map->n_phases; i++) {
		const struct controller_phase *p = cabinet_timing_phase(t, map->phases[i].number);
		for (uint32_t k = 0; p != NULL && k < map->phases[i].n_links; k++)
			raised |= tighten_link(p, j, map->phases[i].links[k]);
	}
	if (raised)
		junction_limits_changed(j);
	return raised;
}
