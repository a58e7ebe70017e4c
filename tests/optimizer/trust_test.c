/* trust_test.c - what is promised and does not come is believed less, and more again when it comes. */
#include "optimizer/trust.h"

#include "still_town.h"

struct hand { /* a demand of which only the counts are used, by hand */
	struct town *town;
	struct layout *layout;
	struct demand *demand;
	struct trust *trust;
	double now_s;
};

static struct hand hand_new(void)
{
	struct hand h = {.town = town_new("junction", "adaptive")};
	h.layout = layout_new(h.town->net, (const struct junction *const *) h.town->junctions, (const struct plan *const *) h.town->plans, h.town->n);
	h.demand = demand_new(h.layout);
	h.trust = trust_new(h.layout);
	return h;
}

static void hand_finish(struct hand *h)
{
	trust_free(h->trust);
	demand_free(h->demand);
	layout_free(h->layout);
	town_free(h->town);
}

/* For n seconds the model promises `promised` times its share, and every second `come` leave. */
static void drive(struct hand *h, uint32_t slot, uint32_t stage, uint32_t n, double promised, double come, double step_s)
{
	for (uint32_t k = 0; k < n; k++) {
		trust_promise(h->trust, slot, stage, promised * trust_frac(h->trust, slot, stage), h->demand, h->now_s);
		h->demand->slots[slot].counted_veh += come;
		h->now_s += step_s;
		trust_settle(h->trust, h->demand, h->now_s);
	}
}

static void test_follows(void)
{
	struct hand h = hand_new();
	g_assert_cmpfloat(trust_frac(h.trust, 1, 0), ==, 1);
	drive(&h, 1, 0, 400, 0.5, 0.5, 1);
	g_assert_cmpfloat_with_epsilon(trust_frac(h.trust, 1, 0), 1, 1e-3);
	drive(&h, 1, 0, 400, 0.5, 0.2, 1);
	g_assert_cmpfloat(trust_frac(h.trust, 1, 0), >, 0.4);
	g_assert_cmpfloat(trust_frac(h.trust, 1, 0), <, 0.55); /* 0.4, and what was believed before */
	g_assert_cmpfloat(trust_frac(h.trust, 1, 1), ==, 1);   /* another stage, another lane: nothing was promised */
	g_assert_cmpfloat(trust_frac(h.trust, 0, 0), ==, 1);
	drive(&h, 1, 0, 600, 0.5, 0.5, 1);
	g_assert_cmpfloat(trust_frac(h.trust, 1, 0), >, 0.95);
	hand_finish(&h);
}

static void test_bounds(void)
{
	struct hand h = hand_new();
	drive(&h, 2, 1, 2000, 0.5, 0, 1);
	g_assert_cmpfloat_with_epsilon(trust_frac(h.trust, 2, 1), 0.2, 1e-9);
	drive(&h, 2, 1, 2000, 0.5, 3, 1);
	g_assert_cmpfloat_with_epsilon(trust_frac(h.trust, 2, 1), 1.2, 1e-9);
	hand_finish(&h);
}

/* Half seconds, and a clock that jumped: nothing can be said. */
static void test_other_steps(void)
{
	struct hand h = hand_new();
	drive(&h, 0, 0, 500, 0.5, 0, 0.5);
	drive(&h, 0, 0, 500, 0.5, 9, 30);
	g_assert_cmpfloat(trust_frac(h.trust, 0, 0), ==, 1);
	hand_finish(&h);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/follows", test_follows);
	g_test_add_func("/trust/bounds", test_bounds);
	g_test_add_func("/trust/other-steps", test_other_steps);
	return g_test_run();
}
