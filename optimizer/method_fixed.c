/* method_fixed.c - asks for what the junction's own plan says. The yardstick, and the way home. */
#include "optimizer/method.h"

#include <math.h>
#include <string.h>

struct fixed {
	const struct layout *layout;
	double now_s;
};

static void *fixed_alloc(const struct layout *l, const struct optimizer_options *options)
{
	struct fixed *x = g_new0(struct fixed, 1);
	(void) options;
	x->layout = l;
	return x;
}

static void fixed_set(void *state, uint32_t site, const struct guard *guard, double now_s)
{
	(void) state, (void) site, (void) guard, (void) now_s;
}

static void fixed_iterate(void *state, const struct demand *d, struct forecast *f, double now_s)
{
	(void) d, (void) f;
	((struct fixed *) state)->now_s = now_s;
}

static void fixed_plan(const void *state, uint32_t site, struct decision *decision)
{
	const struct fixed *x = state;
	const struct plan *plan = x->layout->sites[site].plan;
	double at_s = 0.0;
	*decision = (struct decision){.delay_chosen_s = NAN, .delay_own_s = NAN, .delay_next_s = NAN};
	if (!plan) {
		g_strlcpy(decision->why, "there is no plan", sizeof decision->why);
		return;
	}
	for (uint32_t k = 0; k < DECISION_MAX_STAGES; k++) {
		double left_s = 0.0;
		uint32_t stage = plan_stage(plan, x->now_s + at_s + 1e-6, &left_s);
		decision->ahead[k].stage = stage;
		decision->ahead[k].start_s = at_s;
		at_s += left_s;
		decision->ahead[k].end_s = at_s;
		decision->n = k + 1;
	}
	decision->stage = decision->ahead[0].stage;
	g_snprintf(decision->why, sizeof decision->why, "plan %s says stage %s for %.0f s more", plan->id,
		x->layout->sites[site].junction->stages[decision->stage].name, decision->ahead[0].end_s);
}

const struct method method_fixed = {
	.name = "fixed",
	.blind = true,
	.alloc = fixed_alloc,
	.set = fixed_set,
	.iterate = fixed_iterate,
	.plan = fixed_plan,
	.free = g_free,
};
