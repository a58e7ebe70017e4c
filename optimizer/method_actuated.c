/* method_actuated.c - gap-actuated control at every junction, each on its own; see actuated.h. */
#include "optimizer/actuated.h"
#include "optimizer/method.h"

struct method_state {
	uint32_t n;
	struct actuated *sites;
	double now_s;
};

static void *actuated_alloc(const struct layout *l, const struct optimizer_options *options)
{
	struct method_state *x = g_new0(struct method_state, 1);
	(void) options;
	x->n = l->n_sites;
	x->sites = g_new0(struct actuated, l->n_sites);
	for (uint32_t k = 0; k < l->n_sites; k++)
		actuated_init(&x->sites[k], l, k);
	return x;
}

static void actuated_free(void *state)
{
	struct method_state *x = state;
	for (uint32_t k = 0; k < x->n; k++)
		actuated_finish(&x->sites[k]);
	g_free(x->sites);
	g_free(x);
}

static void actuated_set(void *state, uint32_t site, const struct guard *guard, double now_s)
{
	actuated_look(&((struct method_state *) state)->sites[site], guard, now_s);
}

static void actuated_iterate(void *state, const struct demand *d, struct forecast *f, double now_s)
{
	struct method_state *x = state;
	(void) f;
	x->now_s = now_s;
	for (uint32_t k = 0; k < x->n; k++)
		actuated_sense(&x->sites[k], d, now_s);
}

static void actuated_plan(const void *state, uint32_t site, struct decision *decision)
{
	const struct method_state *x = state;
	*decision = (struct decision){0};
	actuated_decide(&x->sites[site], x->now_s, decision);
}

const struct method method_actuated = {
	.name = "actuated",
	.alloc = actuated_alloc,
	.set = actuated_set,
	.iterate = actuated_iterate,
	.plan = actuated_plan,
	.free = actuated_free,
};
