/* grid_property.c - where stages may be left at some times only, or in one order only, no demand makes the adaptive method ask otherwise. */
#include <math.h>

#include "still_town.h"

#define SECONDS 150

static void use(struct town *t, double decide_s, bool fixed_order)
{
	g_autoptr(GError) error = NULL;
	struct optimizer_options options = optimizer_options_default();
	options.decide_s = decide_s;
	options.fixed_order = fixed_order;
	optimizer_free(t->optimizer);
	t->optimizer = optimizer_alloc(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n,
		method_find("adaptive"), &options, &error);
	g_assert_no_error(error);
}

/* Queues that come and go by chance on every lane that a signal ends. */
static void see_queues(struct town *t, GRand *dice, uint32_t *queue_veh, double now_s)
{
	for (uint32_t j = 0; j < t->n; j++)
		for (uint32_t k = 0; k < t->junctions[j]->n_lanes; k++) {
			uint32_t lane = t->junctions[j]->lanes[k];
			if (g_rand_int_range(dice, 0, 40) == 0)
				queue_veh[lane] = (uint32_t) g_rand_int_range(dice, 0, 15);
			town_see(t, t->net->lanes[lane].id, now_s, queue_veh[lane], 0.0);
		}
}

/* May `to` come right after `from` by the junction's own plan? */
static bool in_order(const struct plan *p, uint32_t from, uint32_t to)
{
	for (uint32_t r = 0; r < p->n_rows; r++)
		if (p->rows[r].stage == from && p->rows[(r + 1) % p->n_rows].stage == to)
			return true;
	return false;
}

static void check(const struct town *t, uint32_t j, const struct decision *d, double decide_s, bool fixed_order, double now_s)
{
	const struct junction *junction = t->junctions[j];
	if (fmod(now_s, decide_s) != 0.0)
		return; /* told when it was decided */
	for (uint32_t k = 1; k < d->n; k++) {
		uint32_t from = d->ahead[k - 1].stage, to = d->ahead[k].stage;
		g_assert_cmpfloat(fmod(d->ahead[k - 1].end_s, decide_s), ==, 0.0);
		g_assert_cmpfloat(d->ahead[k].start_s - d->ahead[k - 1].end_s, >=, fmin(junction_change_s(junction, from, to), decide_s) - 1.0);
		g_assert_true(!fixed_order || in_order(t->plans[j], from, to));
	}
}

static void test_grid(double decide_s, bool fixed_order)
{
	owned(town) t = town_new("district", "adaptive");
	GRand *dice = g_rand_new_with_seed((guint32) g_test_rand_int());
	g_autofree uint32_t *asked = g_new(uint32_t, t->n), *shown = g_new(uint32_t, t->n), *queue_veh = g_new0(uint32_t, t->net->n_lanes);
	uint32_t changes = 0;
	use(t, decide_s, fixed_order);
	for (double now_s = 0.0; now_s < SECONDS; now_s += 1.0) {
		see_queues(t, dice, queue_veh, now_s);
		for (uint32_t j = 0; j < t->n; j++)
			shown[j] = guard_stage(t->guards[j]); /* it may have forced one that nobody asked for */
		town_step(t, now_s);
		for (uint32_t j = 0; j < t->n; j++) {
			struct decision d;
			optimizer_plan(t->optimizer, j, &d);
			check(t, j, &d, decide_s, fixed_order, now_s);
			bool changed = now_s > 0.0 && d.stage != asked[j];
			g_assert_true(!changed || fmod(now_s, decide_s) == 0.0);
			g_assert_true(!changed || !fixed_order || d.stage == shown[j] || in_order(t->plans[j], shown[j], d.stage));
			changes += changed;
			asked[j] = d.stage;
		}
	}
	g_assert_cmpuint(changes, >, t->n); /* it is no plan that never changes */
	g_rand_free(dice);
}

static void test_grid_15(void)
{
	test_grid(15.0, false);
}

static void test_grid_30(void)
{
	test_grid(30.0, false);
}

static void test_order(void)
{
	test_grid(1.0, true);
}

static void test_both(void)
{
	test_grid(10.0, true);
}

static void test_refused(void)
{
	owned(town) t = town_new("junction", "adaptive");
	g_autoptr(GError) error = NULL;
	struct optimizer_options options = optimizer_options_default();
	options.decide_s = 7.5;
	g_assert_null(optimizer_alloc(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n,
		method_find("adaptive"), &options, &error));
	g_assert_cmpstr(error->message, ==, "decisions every 7.5 s, must be a whole number of 0 to 60 s");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/grid/15s", test_grid_15);
	g_test_add_func("/grid/30s", test_grid_30);
	g_test_add_func("/grid/order", test_order);
	g_test_add_func("/grid/order-10s", test_both);
	g_test_add_func("/grid/refused", test_refused);
	return g_test_run();
}
