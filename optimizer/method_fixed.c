/* method_fixed.c - asks for what the junction's own program says. The yardstick, and the way home.
 *
 * A static program is a plan and needs no eyes; one that is actuated is run as that (actuated.h).
 */
#include "optimizer/actuated.h"
#include "optimizer/method.h"

#include <math.h>
#include <string.h>

struct fixed {
	const struct layout *layout;
	struct actuated *actuated; /* by site; untouched where the program is a static one */
	double now_s;
};

static bool fixed_blind(const struct layout *l, uint32_t site)
{
	return !net_program_is_actuated(&l->net->signals[l->sites[site].junction->signal].programs[0]);
}

static void *fixed_alloc(const struct layout *l, const struct optimizer_options *options)
{
	struct fixed *x = g_new0(struct fixed, 1);
	(void) options;
	x->layout = l;
	x->actuated = g_new0(struct actuated, l->n_sites);
	for (uint32_t k = 0; k < l->n_sites; k++)
		if (!fixed_blind(l, k))
			actuated_init(&x->actuated[k], l, k);
	return x;
}

static void fixed_free(void *state)
{
	struct fixed *x = state;
	for (uint32_t k = 0; k < x->layout->n_sites; k++)
		if (!fixed_blind(x->layout, k))
			actuated_finish(&x->actuated[k]);
	g_free(x->actuated);
	g_free(x);
}

static void fixed_set(void *state, uint32_t site, const struct guard *guard, double now_s)
{
	struct fixed *x = state;
	if (!fixed_blind(x->layout, site))
		actuated_look(&x->actuated[site], guard, now_s);
}

static void fixed_iterate(void *state, const struct demand *d, struct forecast *f, double now_s)
{
	struct fixed *x = state;
	(void) f;
	x->now_s = now_s;
	for (uint32_t k = 0; k < x->layout->n_sites; k++)
		if (!fixed_blind(x->layout, k))
			actuated_sense(&x->actuated[k], d, now_s);
}

static void fixed_plan(const void *state, uint32_t site, struct decision *decision)
{
	const struct fixed *x = state;
	const struct plan *plan = x->layout->sites[site].plan;
	double at_s = 0.0;
	*decision = (struct decision){.delay_chosen_s = NAN, .delay_own_s = NAN, .delay_next_s = NAN};
	if (!fixed_blind(x->layout, site)) {
		actuated_decide(&x->actuated[site], x->now_s, decision);
		return;
	}
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
	.blind = fixed_blind,
	.alloc = fixed_alloc,
	.set = fixed_set,
	.iterate = fixed_iterate,
	.plan = fixed_plan,
	.free = fixed_free,
};
