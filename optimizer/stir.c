/* stir.c - small random changes of plans; see stir.h. */
#include "optimizer/stir.h"

#include <math.h>
#include <string.h>

#define TRIES 20
#define ROWS_MAX 12

struct stir_options stir_options_default(void)
{
	return (struct stir_options){.weight = {[STIR_OFFSET] = 3, [STIR_SPLIT] = 4, [STIR_ORDER] = 0.5, [STIR_STAGE] = 0.3, [STIR_CYCLE] = 0.5,
		[STIR_PART] = 0.1}, .size_s = 10, .cycle_min_s = 30, .cycle_max_s = 120};
}

/* Mostly a second or two, now and then up to the size; never 0. */
static double step_s(const struct stir_options *o, gsl_rng *rng)
{
	double most = fmax(1, o->size_s), d = floor(pow(most, gsl_rng_uniform(rng)) + 0.5);
	return gsl_rng_uniform(rng) < 0.5 ? -d : d;
}

static double into(double x, double cycle_s)
{
	x = fmod(x, cycle_s);
	return x < 0 ? x + cycle_s : x;
}

static bool change_split(struct plan *p, const struct stir_options *o, gsl_rng *rng)
{
	if (p->n_rows < 2)
		return false;
	uint32_t a = (uint32_t) gsl_rng_uniform_int(rng, p->n_rows);
	/* Half of the times only one boundary moves, so that what comes behind stays where it is. */
	bool next = gsl_rng_uniform(rng) < 0.5;
	uint32_t b = (a + 1 + (next ? 0 : (uint32_t) gsl_rng_uniform_int(rng, p->n_rows - 1))) % p->n_rows;
	double d = step_s(o, rng);
	p->rows[a].split_s += d;
	p->rows[b].split_s -= d;
	if (next && b == 0)
		p->offset_s = into(p->offset_s + d, p->cycle_s);
	return p->rows[a].split_s > 0 && p->rows[b].split_s > 0;
}

static void greens_of(const struct plan *p, const struct junction *j, double *green_s)
{
	for (uint32_t r = 0; r < p->n_rows; r++)
		green_s[r] = fmax(1, p->rows[r].split_s - plan_way_s(p, j, r));
}

static bool change_order(struct plan *p, const struct junction *j, gsl_rng *rng)
{
	if (p->n_rows < 3 || p->n_rows > ROWS_MAX)
		return false;
	double green_s[ROWS_MAX + 1];
	greens_of(p, j, green_s);
	uint32_t a = (uint32_t) gsl_rng_uniform_int(rng, p->n_rows), b = (a + 1 + (uint32_t) gsl_rng_uniform_int(rng, p->n_rows - 1)) % p->n_rows;
	double green = green_s[a];
	uint32_t stage = p->rows[a].stage;
	green_s[a] = green_s[b];
	green_s[b] = green;
	p->rows[a].stage = p->rows[b].stage;
	p->rows[b].stage = stage;
	return plan_set_greens(p, j, p->cycle_s, green_s);
}

static bool change_stage(struct plan *p, const struct junction *j, gsl_rng *rng)
{
	if (p->n_rows > ROWS_MAX)
		return false;
	double green_s[ROWS_MAX + 1];
	greens_of(p, j, green_s);
	uint32_t at = (uint32_t) gsl_rng_uniform_int(rng, p->n_rows);
	bool more = p->n_rows < ROWS_MAX && gsl_rng_uniform(rng) < 0.5;
	if (more) {
		uint32_t stage = (uint32_t) gsl_rng_uniform_int(rng, j->n_stages);
		if (stage == p->rows[at].stage || stage == p->rows[(at + p->n_rows - 1) % p->n_rows].stage)
			return false;
		p->rows = g_renew(struct plan_row, p->rows, p->n_rows + 1);
		memmove(p->rows + at + 1, p->rows + at, (p->n_rows - at) * sizeof *p->rows);
		memmove(green_s + at + 1, green_s + at, (p->n_rows - at) * sizeof *green_s);
		p->rows[at] = (struct plan_row){stage, 1};
		p->n_rows++;
		green_s[at] = plan_least_s(p, j, at);
	} else {
		if (p->n_rows < 3)
			return false;
		memmove(p->rows + at, p->rows + at + 1, (p->n_rows - at - 1) * sizeof *p->rows);
		memmove(green_s + at, green_s + at + 1, (p->n_rows - at - 1) * sizeof *green_s);
		p->n_rows--;
		if (p->rows[at % p->n_rows].stage == p->rows[(at + p->n_rows - 1) % p->n_rows].stage)
			return false;
	}
	return plan_set_greens(p, j, p->cycle_s, green_s);
}

static bool change_part(struct plan *p, const struct junction *j, double cycle_s)
{
	bool half = p->cycle_s > 0.75 * cycle_s;
	double offset_s = p->offset_s, own_s = half ? cycle_s / 2 : cycle_s;
	if (fabs(own_s - round(own_s)) > 1e-6 || !plan_stretch(p, j, own_s))
		return false;
	p->offset_s = into(offset_s, own_s);
	return true;
}

static bool change_cycle(struct network_plan *p, const struct junction *const *junctions, const struct stir_options *o, gsl_rng *rng)
{
	double cycle_s = p->cycle_s + step_s(o, rng);
	if (cycle_s < o->cycle_min_s || cycle_s > o->cycle_max_s)
		return false;
	for (uint32_t k = 0; k < p->n; k++) {
		double times = round(p->cycle_s / p->plans[k]->cycle_s), own_s = cycle_s / times;
		if (fabs(own_s - round(own_s)) > 1e-6 || !plan_stretch(p->plans[k], junctions[k], own_s) || !plan_check(p->plans[k], junctions[k], NULL))
			return false;
	}
	p->cycle_s = cycle_s;
	return true;
}

static enum stir_kind choose(const struct stir_options *o, gsl_rng *rng)
{
	double sum = 0, at;
	for (int k = 0; k < STIR_N_KINDS; k++)
		sum += o->weight[k];
	at = sum * gsl_rng_uniform(rng);
	int kind = 0;
	for (; kind + 1 < STIR_N_KINDS && at >= o->weight[kind]; kind++)
		at -= o->weight[kind];
	return (enum stir_kind) kind;
}

static bool change_offset(struct network_plan *p, uint32_t k, const struct stir_options *o, gsl_rng *rng)
{
	if (p->n < 2) /* a single signal's offset is nothing to the traffic */
		return false;
	double d = gsl_rng_uniform(rng) < 0.2 ? floor(p->cycle_s * gsl_rng_uniform(rng)) : step_s(o, rng);
	bool several = gsl_rng_uniform(rng) < 0.2;
	for (uint32_t i = 0; i < p->n; i++)
		if (i == k || (several && gsl_rng_uniform(rng) < 0.4))
			p->plans[i]->offset_s = into(p->plans[i]->offset_s + d, p->plans[i]->cycle_s);
	return true;
}

static bool change_one(struct network_plan *p, const struct junction *j, uint32_t k, enum stir_kind kind, const struct stir_options *o, gsl_rng *rng)
{
	struct plan *plan = p->plans[k];
	bool fits = kind == STIR_OFFSET ? change_offset(p, k, o, rng)
		: kind == STIR_SPLIT ? change_split(plan, o, rng)
		: kind == STIR_ORDER ? change_order(plan, j, rng)
		: kind == STIR_STAGE ? change_stage(plan, j, rng)
							 : change_part(plan, j, p->cycle_s);
	if (!fits || !plan_check(plan, j, NULL))
		return false;
	return kind == STIR_OFFSET || kind == STIR_SPLIT || plan_shows(plan, j);
}

enum stir_kind stir_once(struct network_plan *p, const struct junction *const *junctions, const struct stir_options *o, gsl_rng *rng, uint32_t *where)
{
	for (int t = 0; t < TRIES; t++) {
		enum stir_kind kind = choose(o, rng);
		uint32_t k = (uint32_t) gsl_rng_uniform_int(rng, p->n);
		owned(network_plan) before = network_plan_copy(p);
		bool fits = kind == STIR_CYCLE ? change_cycle(p, junctions, o, rng) : change_one(p, junctions[k], k, kind, o, rng);
		if (fits) {
			if (where)
				*where = kind == STIR_CYCLE ? NET_NONE : k;
			return kind;
		}
		struct network_plan failed = *p;
		*p = *before;
		*before = failed; /* freed in its place */
	}
	return STIR_N_KINDS;
}
