/* trust.c - see trust.h. */
#include "optimizer/trust.h"

#include <math.h>

#define PRIOR_VEH 8.0   /* so many came as promised before anything was seen */
#define MEMORY_VEH 60.0 /* of about so many promised */
#define LEAST_FRAC 0.2
#define MOST_FRAC 1.2
#define LATE_S 0.2      /* a second may be so much longer or shorter */

struct trust_pair {
	float promised_veh, left_veh;
};

struct trust {
	const struct layout *layout;
	uint32_t n_stages;        /* of the junction that has most */
	struct trust_pair *pairs; /* [slot * n_stages + stage] */
	struct {
		uint32_t stage; /* NET_NONE: nothing is open */
		double veh, counted_veh, at_s;
	} *open;                  /* by slot */
};

struct trust *trust_new(const struct layout *l)
{
	struct trust *t = g_new0(struct trust, 1);
	t->layout = l;
	t->n_stages = 1;
	for (uint32_t k = 0; k < l->n_sites; k++)
		t->n_stages = MAX(t->n_stages, l->sites[k].junction->n_stages);
	t->pairs = g_new0(struct trust_pair, MAX(l->n_slots, 1) * t->n_stages);
	t->open = g_malloc0_n(MAX(l->n_slots, 1), sizeof *t->open);
	for (uint32_t k = 0; k < l->n_slots; k++)
		t->open[k].stage = NET_NONE;
	return t;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	g_free(t->pairs);
	g_free(t->open);
	g_free(t);
}

double trust_frac(const struct trust *t, uint32_t slot, uint32_t stage)
{
	const struct trust_pair *p = &t->pairs[slot * t->n_stages + stage];
	return CLAMP((p->left_veh + PRIOR_VEH) / (p->promised_veh + PRIOR_VEH), LEAST_FRAC, MOST_FRAC);
}

void trust_promise(struct trust *t, uint32_t slot, uint32_t stage, double veh, const struct demand *d, double now_s)
{
	t->open[slot].stage = stage;
	t->open[slot].veh = veh / trust_frac(t, slot, stage);
	t->open[slot].at_s = now_s;
	t->open[slot].counted_veh = d->slots[slot].counted_veh;
}

void trust_settle(struct trust *t, const struct demand *d, double now_s)
{
	for (uint32_t k = 0; k < t->layout->n_slots; k++) {
		uint32_t stage = t->open[k].stage;
		t->open[k].stage = NET_NONE;
		if (stage == NET_NONE || !(fabs(now_s - t->open[k].at_s - 1.0) < LATE_S))
			continue;
		struct trust_pair *p = &t->pairs[k * t->n_stages + stage];
		double keep = fmax(0.0, 1.0 - t->open[k].veh / MEMORY_VEH);
		p->promised_veh = (float) (keep * p->promised_veh + t->open[k].veh);
		p->left_veh = (float) (keep * p->left_veh + d->slots[k].counted_veh - t->open[k].counted_veh);
	}
}
