/* inflow.c - see inflow.h. */
#include "optimizer/inflow.h"

#include <math.h>

#include "core/units.h"

#define MEAN_S 600.0   /* of the running mean, which is the plain one until then */
#define ENOUGH_S 300.0 /* counted for so long it is better than the demand's own */

struct inflow_slot {
	double vps, counted_s; /* mean, and of how long */
	double then_veh;       /* all that had come at the last step; UNKNOWN = nobody counted then */
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
	}
	f->now_s = now_s;
}

double inflow_vps(const struct inflow *f, const struct demand *d, uint32_t slot)
{
	const struct inflow_slot *s = &f->slots[slot];
	return s->counted_s >= ENOUGH_S ? fmax(s->vps, 0) : d->slots[slot].flow_vps;
}
