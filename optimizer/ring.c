/* ring.c - where in the order of its stages a junction is; see ring.h. */
#include "optimizer/ring.h"

#include <math.h>

#include "core/units.h"

#define LOOKS_S 5.0 /* looks further apart than this say nothing about what began in between */

/* The phase that row `row` is made of: the next one of its stage behind that of the row before. */
static const struct net_phase *phase_of(const struct site *site, uint32_t stage, uint32_t *from)
{
	const struct junction *j = site->junction;
	const struct net_program *program = &j->net->signals[j->signal].programs[0];
	for (uint32_t i = 0; i < program->n_phases; i++) {
		uint32_t phase = (*from + i) % program->n_phases;
		if (junction_phase(j, program, phase, NULL) != stage)
			continue;
		*from = (phase + 1) % program->n_phases;
		return &program->phases[phase];
	}
	return NULL;
}

void ring_init(struct ring *r, const struct site *site)
{
	uint32_t phase = 0;
	*r = (struct ring){.n_rows = site->plan->n_rows, .since_s = UNKNOWN, .looked_s = UNKNOWN};
	r->rows = g_new0(struct ring_row, r->n_rows);
	for (uint32_t k = 0; k < r->n_rows; k++) {
		r->rows[k].stage = site->plan->rows[k].stage;
		r->rows[k].phase = phase_of(site, r->rows[k].stage, &phase);
	}
}

void ring_finish(struct ring *r)
{
	g_free(r->rows);
}

/* The first row from `from` on that has the stage; `from` itself where none has. */
static uint32_t find(const struct ring *r, uint32_t from, uint32_t stage)
{
	for (uint32_t k = 0; k < r->n_rows; k++)
		if (r->rows[(from + k) % r->n_rows].stage == stage)
			return (from + k) % r->n_rows;
	return from;
}

void ring_look(struct ring *r, const struct site *site, const struct guard *guard, double now_s)
{
	uint32_t stage = guard_stage(guard);
	bool settled = guard_settled(guard), first = isnan(r->looked_s);
	if (first) { /* nothing shows yet: begin where the plan would be */
		r->row = find(r, 0, settled ? stage : plan_stage(site->plan, now_s + 1e-6, NULL));
	} else if (stage != r->rows[r->row].stage) {
		r->row = find(r, ring_next(r), stage);
		r->since_s = UNKNOWN;
	}
	if (!settled || stage != r->rows[r->row].stage)
		r->since_s = UNKNOWN;
	else if (isnan(r->since_s)) /* it was asked at the look before, and has shown it since */
		r->since_s = !first && now_s - r->looked_s <= LOOKS_S ? r->looked_s : now_s;
	r->looked_s = now_s;
}

double ring_green_s(const struct ring *r, double now_s)
{
	return now_s - r->since_s;
}

void ring_tell(const struct ring *r, const struct site *site, uint32_t wish_row, double left_s, double next_s, struct decision *d)
{
	uint32_t n = site->junction->n_stages, now = r->rows[r->row].stage, after = r->rows[ring_next(r)].stage;
	double begins_s = left_s + site->change_s[now * n + after];
	d->stage = r->rows[wish_row].stage;
	d->delay_chosen_s = d->delay_own_s = d->delay_next_s = UNKNOWN;
	d->ahead[0].stage = now;
	d->ahead[0].start_s = 0;
	d->ahead[0].end_s = left_s;
	d->n = 1;
	if (r->n_rows < 2)
		return;
	d->ahead[1].stage = after;
	d->ahead[1].start_s = begins_s;
	d->ahead[1].end_s = begins_s + next_s;
	d->n = 2;
}
