/* region_test.c - how full the roads ahead are, counted by hand on configs/district, and what adaptive does where they are full. */
#include <math.h>
#include <string.h>

#include "optimizer/region.h"
#include "optimizer/site.h"
#include "still_town.h"

static const char *const roads[] = {"J1_J2", "J2_J1", "J2_J3", "J3_J2", "J3_J4", "J4_J3"}; /* a chain of four; the last is four signals from J1 */
#define AHEAD_OF_J1 5

static bool is_on(const struct network *net, uint32_t lane, const char *road)
{
	return g_strcmp0(net->edges[net->lanes[lane].edge].id, road) == 0;
}

static double room_veh(const struct network *net, const char *road)
{
	g_autofree char *up = g_strconcat(road, ".up", NULL);
	double length_m = 0;
	for (uint32_t k = 0; k < net->n_lanes; k++)
		if ((is_on(net, k, road) || is_on(net, k, up)) && (net->lanes[k].allow & NET_PASSENGER) != 0)
			length_m += net->lanes[k].length_m;
	return length_m / 7.5;
}

/* n vehicles stand on each lane of the road at its stop line. */
static void see(const struct town *t, struct demand *d, const char *road, double t_s, uint32_t n)
{
	for (uint32_t k = 0; k < t->net->n_lanes; k++) {
		struct estimate e;
		if (!is_on(t->net, k, road))
			continue;
		town_picture(t, t->net->lanes[k].id, t_s, n, 0, &e);
		demand_see(d, &e);
		estimate_finish(&e);
	}
}

static void test_fill(void)
{
	owned(town) t = town_new("district", "adaptive");
	owned(layout) l = layout_new(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n);
	owned(demand) d = demand_new(l);
	owned(region) r = region_new(l);
	double rooms_veh = 0;
	g_assert_cmpstr(l->sites[0].junction->id, ==, "J1");
	demand_step(d, 0);
	region_step(r, d);
	g_assert_cmpfloat(region_fill_frac(r, 0), ==, 0); /* nothing is known */
	for (double t_s = 1; t_s < 60; t_s += 1) {
		for (uint32_t i = 0; i < AHEAD_OF_J1; i++)
			see(t, d, roads[i], t_s, strcmp(roads[i], "J2_J3") == 0 ? 4 : 0);
		see(t, d, roads[AHEAD_OF_J1], t_s, 6); /* not ahead of J1 within three */
		demand_step(d, t_s);
	}
	region_step(r, d);
	for (uint32_t i = 0; i < AHEAD_OF_J1; i++)
		rooms_veh += room_veh(t->net, roads[i]);
	g_assert_cmpfloat_with_epsilon(region_fill_frac(r, 0), 12 / rooms_veh, 0.5 / rooms_veh);
	g_assert_cmpfloat(region_fill_frac(r, 2), >, region_fill_frac(r, 0)); /* J4_J3 is ahead of J3 */
	for (double t_s = 60; t_s < 80; t_s += 1) { /* only two of them are seen */
		see(t, d, "J2_J3", t_s, 4);
		see(t, d, "J1_J2", t_s, 0);
		demand_step(d, t_s);
	}
	region_step(r, d);
	rooms_veh = room_veh(t->net, "J2_J3") + room_veh(t->net, "J1_J2");
	g_assert_cmpfloat_with_epsilon(region_fill_frac(r, 0), 12 / rooms_veh, 0.5 / rooms_veh);
}

/* For some seconds n vehicles stand on each lane of all roads between the junctions, two on all others; what J1 decides then. */
static struct decision decide(struct town *t, double *now_s, uint32_t n)
{
	struct decision d;
	for (double until_s = *now_s + 60; *now_s < until_s; *now_s += 1) {
		for (uint32_t s = 0; s < t->n; s++)
			for (uint32_t k = 0; k < t->junctions[s]->n_lanes; k++) {
				const char *lane = t->net->lanes[t->junctions[s]->lanes[k]].id;
				town_see(t, lane, *now_s, lane[0] == 'J' ? n : 2, 0);
			}
		town_step(t, *now_s);
	}
	optimizer_plan(t->optimizer, 0, &d);
	return d;
}

static void test_press(void)
{
	owned(town) t = town_new("district", "adaptive");
	double now_s = 1;
	struct decision d = decide(t, &now_s, 1);
	g_assert_false(d.pressed);
	d = decide(t, &now_s, 6);
	g_assert_true(d.pressed);
	g_assert_nonnull(strstr(d.why, "full"));
	g_assert_cmpfloat(d.ahead[d.n - 1].end_s, >, 30); /* neighbours are told of the whole horizon */
	d = decide(t, &now_s, 1);
	g_assert_false(d.pressed);
}

/* It leaves stages out, and does not know whose time counts more. */
static void test_never(void)
{
	const struct optimizer_options cases[] = {
		{.fixed_order = true},
		{.decide_s = 5},
		{.weights = {.pedestrians_ph = 100}},
		{.weights = {.bus_weight = 20, .bus_length_m = 10}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		owned(town) t = town_new("district", "adaptive");
		struct optimizer_options o = optimizer_options_default();
		double now_s = 1;
		o.fixed_order = cases[i].fixed_order;
		o.decide_s = cases[i].decide_s;
		o.weights = cases[i].weights;
		optimizer_free(t->optimizer);
		t->optimizer = optimizer_alloc(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n,
			method_find("adaptive"), &o, NULL);
		struct decision d = decide(t, &now_s, 6);
		g_assert_false(d.pressed);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/region/fill", test_fill);
	g_test_add_func("/region/press", test_press);
	g_test_add_func("/region/never", test_never);
	return g_test_run();
}
