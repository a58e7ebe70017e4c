/* inflow.c - see inflow.h. */
#include "optimizer/inflow.h"

#include <math.h>

#include "core/units.h"

#define MEAN_S 600.0   /* of the running mean, which is the plain one until then */
#define ENOUGH_S 300.0 /* counted for so long it is better than the demand's own */
#define GREENS 8       /* the last ones that are remembered */
#define FAILED_VEH 4.0 /* in view when a green is over: a queue, no arrivals */

struct inflow_slot {
	double vps, counted_s; /* mean, and of how long */
	double then_veh;       /* all that had come at the last step; UNKNOWN = nobody counted then */
	double failed_frac;
	uint32_t n_greens;
	bool lit; /* at the last step */
};

struct inflow {
	struct inflow_slot *slots; /* owned */
	uint32_t n;
	double now_s; /* of the last step; UNKNOWN before */
};

struct inflow *inflow_new(const struct layout *l)
{
	struct inflow *f = g_new0(struct inflow, 1);
	*f = (struct inflow){.slots = g_new0(struct inflow_slot, l->n_slots + 1), .n = l->n_slots, .now_s = UNKNOWN};
	for (uint32_t k = 0; k < f->n; k++)
		f->slots[k].then_veh = UNKNOWN;
	return f;
}

void inflow_free(struct inflow *f)
{
	if (!f)
		return;
	g_free(f->slots);
	g_free(f);
}

static void watch_end(struct inflow_slot *s, const struct demand *d, uint32_t slot)
{
	bool lit = !isnan(d->slots[slot].lit_s);
	if (s->lit && !lit) {
		s->n_greens = MIN(s->n_greens + 1, GREENS);
		s->failed_frac += ((demand_in_view_veh(d, slot) >= FAILED_VEH) - s->failed_frac) / s->n_greens;
	}
	s->lit = lit;
}

void inflow_step(struct inflow *f, const struct demand *d, double now_s)
{
	double dt_s = now_s - f->now_s;
	for (uint32_t k = 0; k < f->n; k++) {
		struct inflow_slot *s = &f->slots[k];
		bool counted = demand_counted(d, k, now_s);
		if (counted && !isnan(s->then_veh) && dt_s > 0) {
			s->counted_s = fmin(s->counted_s + dt_s, fmax(MEAN_S, dt_s));
			s->vps += (d->slots[k].entered_veh - s->then_veh - s->vps * dt_s) / s->counted_s;
		}
		s->then_veh = counted ? d->slots[k].entered_veh : UNKNOWN;
		watch_end(s, d, k);
	}
	f->now_s = now_s;
}

bool inflow_counted(const struct inflow *f, uint32_t slot)
{
	return f->slots[slot].counted_s >= ENOUGH_S;
}

double inflow_vps(const struct inflow *f, const struct demand *d, uint32_t slot)
{
	return inflow_counted(f, slot) ? fmax(f->slots[slot].vps, 0) : d->slots[slot].flow_vps;
}

double inflow_failed_frac(const struct inflow *f, uint32_t slot)
{
	return f->slots[slot].failed_frac;
}
