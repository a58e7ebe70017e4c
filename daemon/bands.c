/* bands.c - see bands.h. */
#include "daemon/bands.h"

#include <math.h>

bool bands_read(const struct cabinet_map *map, const struct cabinet_links *bands, uint32_t n, uint8_t *of_stage, GError **error)
{
	const struct junction *j = map->junction;

	for (uint32_t s = 0; s < j->n_stages; s++)
		of_stage[s] = 0;
	for (uint32_t i = 0; i < n; i++) {
		phase_set phases = 0;
		for (uint32_t k = 0; k < bands[i].n_links; k++)
			phases |= phase_bit(bands[i].links[k]);
		uint32_t stage = cabinet_map_stage(map, phases);
		if (stage == STAGE_NONE)
			return controller_wrong(error, "signal %s: band %u has phases that are together no stage of it", j->id, bands[i].number);
		if (of_stage[stage] != 0)
			return controller_wrong(error, "signal %s: bands %u and %u lengthen the same stage %s", j->id, of_stage[stage], bands[i].number,
				j->stages[stage].name);
		of_stage[stage] = (uint8_t) bands[i].number;
	}
	return true;
}

/* The row that takes the rest; both plans serve the same stages in the same order. */
static bool find_rest(const struct plan *wish, const struct plan *own, const struct junction *j, const uint8_t *of_stage, uint32_t *rest, GError **error)
{
	uint32_t n = 0;

	for (uint32_t r = 0; r < own->n_rows; r++) {
		if (wish->n_rows != own->n_rows || wish->rows[r].stage != own->rows[r].stage)
			return controller_wrong(error, "the stored plan has other stages than the plan that is wanted, or another order");
		if (of_stage[own->rows[r].stage] != 0)
			continue;
		*rest = r;
		n++;
	}
	return n == 1 || controller_wrong(error, "signal %s: %u stages of its plan have no band, must be one, which takes the rest of the cycle", j->id, n);
}

/* What the cabinet runs with these extensions: from the green of one row to the green of the next one, as the stored plan has it, and longer. */
static struct plan *lengthened(const struct plan *own, const struct junction *j, const double *extension_s, uint32_t rest, double cycle_s, double offset_s)
{
	owned(plan) is = plan_copy(own);
	double sum_s = 0;

	for (uint32_t r = 0; r < is->n_rows; r++)
		is->rows[r].split_s += extension_s[r];
	for (uint32_t r = 0; r < is->n_rows; r++)
		sum_s += r != rest ? is->rows[r].split_s : 0;
	is->cycle_s = cycle_s;
	is->rows[rest].split_s = cycle_s - sum_s;
	is->offset_s = fmod(offset_s, cycle_s);
	return is->rows[rest].split_s > 0 && plan_check(is, j, NULL) ? give(is) : NULL;
}

static bool shorten_longest(double *extension_s, uint32_t n)
{
	uint32_t longest = 0;

	for (uint32_t r = 1; r < n; r++)
		if (extension_s[r] > extension_s[longest])
			longest = r;
	if (extension_s[longest] < 1)
		return false;
	extension_s[longest]--;
	return true;
}

static struct pattern *pattern_of(const struct plan *is, const struct plan *own, const struct junction *j, const uint8_t *of_stage, const double *extension_s)
{
	struct pattern *p = g_new0(struct pattern, 1);

	p->p.cycle_s = is->cycle_s;
	p->p.offset_s = pattern_offset_s(is, j);
	p->bands = g_new0(struct controller_band, own->n_rows + 1);
	p->p.bands = p->bands;
	for (uint32_t r = 0; r < own->n_rows; r++)
		if (of_stage[own->rows[r].stage] != 0)
			p->bands[p->p.n_bands++] = (struct controller_band){of_stage[own->rows[r].stage], extension_s[r]};
	return p;
}

struct pattern *bands_from_plan(const struct plan *wish, const struct plan *own, const struct junction *j, const uint8_t *of_stage, uint32_t can,
	GError **error)
{
	double cycle_s = round((can & CONTROLLER_CYCLES) != 0 ? wish->cycle_s : own->cycle_s), scale = cycle_s / wish->cycle_s;
	g_autofree double *extension_s = g_new0(double, own->n_rows + 1);
	uint32_t rest = 0;

	if (!find_rest(wish, own, j, of_stage, &rest, error))
		return NULL;
	for (uint32_t r = 0; r < own->n_rows; r++) /* the ways are the same in both, so the splits differ as the greens do */
		if (r != rest)
			extension_s[r] = fmin(fmax(round(wish->rows[r].split_s * scale - own->rows[r].split_s), 0), BANDS_MOST);
	do {
		owned(plan) is = lengthened(own, j, extension_s, rest, cycle_s, wish->offset_s);
		if (is != NULL)
			return pattern_of(is, own, j, of_stage, extension_s);
	} while (shorten_longest(extension_s, own->n_rows));
	controller_wrong(error, "the stored plan cannot have a cycle of %g s: stage %s would be left with less than it needs, or others with more than they may have",
		cycle_s, j->stages[own->rows[rest].stage].name);
	return NULL;
}
