/* settle_property.c - whatever is stirred or searched for passes the check; the same seed gives the same plans; searching helps. */
#include <gsl/gsl_errno.h>
#include <math.h>

#include "optimizer/settle.h"
#include "still_town.h"

struct bed {
	struct town *town;
	struct layout *layout;
	struct turns *turns;
};

static void on_every_turn(struct bed *b)
{
	const struct network *net = b->town->net;
	for (uint32_t t = 0; t < b->turns->n_turns; t++) { /* not alike, and not too much */
		uint32_t edges[] = {b->turns->turns[t].from_edge, b->turns->turns[t].to_edge};
		g_assert_cmpuint(edges[1], <, net->n_edges);
		turns_count(b->turns, t, 40 + 35 * (t % 4));
	}
	turns_link_counts(b->turns, NULL, NULL);
	turns_share_lanes(b->turns, 2);
}

static struct bed bed_new(const char *name)
{
	struct bed b = {.town = town_new(name, "fixed")};
	b.layout = layout_new(b.town->net, (const struct junction *const *) b.town->junctions, (const struct plan *const *) b.town->plans, b.town->n);
	b.turns = turns_new(b.layout);
	on_every_turn(&b);
	return b;
}

static void bed_clear(struct bed *b)
{
	turns_free(b->turns);
	layout_free(b->layout);
	town_free(b->town);
}

static void test_stir(gconstpointer name)
{
	struct bed b = bed_new(name);
	const struct junction *const *junctions = (const struct junction *const *) b.town->junctions;
	struct stir_options o = stir_options_default();
	uint32_t seed = (uint32_t) g_test_rand_int_range(1, 1 << 30), n_changed = 0;
	owned(network_plan) p = network_plan_new(junctions, (const struct plan *const *) b.town->plans, b.town->n, 80, NULL);
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	g_test_message("seed %u", seed);
	gsl_rng_set(rng, seed);
	g_assert_true(network_plan_check(p, junctions, NULL));
	for (int k = 0; k < 1500; k++) {
		g_autoptr(GError) error = NULL;
		n_changed += stir_once(p, junctions, &o, rng, NULL) != STIR_N_KINDS;
		g_assert_true(network_plan_check(p, junctions, &error));
		g_assert_no_error(error);
	}
	g_assert_cmpuint(n_changed, >, 1000);
	gsl_rng_free(rng);
	bed_clear(&b);
}

static uint32_t search(struct bed *b, uint64_t seed, struct settled *best)
{
	struct settle_options o = settle_options_default();
	struct platoon_options model = platoon_options_default();
	g_autoptr(GError) error = NULL;
	o.seed = seed;
	o.n_anneal = 400;
	o.n_best = 2;
	o.cycle_step_s = 30;
	uint32_t n = settle(b->turns, &model, (const struct plan *const *) b->town->plans, &o, best, &error);
	g_assert_no_error(error);
	return n;
}

static void test_settle(gconstpointer name)
{
	struct bed b = bed_new(name);
	const struct junction *const *junctions = (const struct junction *const *) b.town->junctions;
	struct platoon_options model = platoon_options_default();
	owned(platoon) p = platoon_new(b.turns, &model, NULL);
	struct settled once[2], again[2];
	uint32_t n = search(&b, 5, once);
	g_assert_cmpuint(n, ==, 2);
	g_assert_cmpuint(search(&b, 5, again), ==, 2);
	for (uint32_t k = 0; k < n; k++) {
		g_assert_true(network_plan_check(once[k].plan, junctions, NULL));
		for (uint32_t s = 0; s < b.town->n; s++)
			g_assert_true(plan_shows(once[k].plan->plans[s], junctions[s]));
		g_assert_true(network_plan_equal(once[k].plan, again[k].plan));
		g_assert_cmpfloat(platoon_cost(p, once[k].plan).total, ==, once[k].cost);
		owned(network_plan) start = settle_webster(b.turns, &model, (const struct plan *const *) b.town->plans, 60);
		g_assert_nonnull(start);
		g_assert_cmpfloat(once[k].cost, <, platoon_cost(p, start).total);
		network_plan_free(once[k].plan);
		network_plan_free(again[k].plan);
	}
	bed_clear(&b);
}

static void test_no_cycle(void)
{
	struct bed b = bed_new("junction");
	struct settle_options o = settle_options_default();
	struct platoon_options model = platoon_options_default();
	struct settled best[3];
	g_autoptr(GError) error = NULL;
	o.cycle_min_s = o.cycle_max_s = 21;
	g_assert_cmpuint(settle(b.turns, &model, (const struct plan *const *) b.town->plans, &o, best, &error), ==, 0);
	g_assert_cmpstr(error->message, ==, "no cycle in 21..21 s holds the minimum greens and clearances of every signal");
	bed_clear(&b);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gsl_set_error_handler_off();
	g_test_add_data_func("/settle/stir/junction", "junction", test_stir);
	g_test_add_data_func("/settle/stir/district", "district", test_stir);
	g_test_add_data_func("/settle/search/junction", "junction", test_settle);
	g_test_add_data_func("/settle/search/district", "district", test_settle);
	g_test_add_func("/settle/no_cycle", test_no_cycle);
	return g_test_run();
}
