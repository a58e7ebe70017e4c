/* weights_test.c - whose time counts how much: a bus, people on foot, fuel; and that nobody waits longer than the maximum red. */
#include <math.h>
#include <string.h>

#include "still_town.h"

static struct town *weighted(const char *name, struct optimizer_weights weights)
{
	struct town *t = town_new(name, "adaptive");
	struct optimizer_options o = optimizer_options_default();
	g_autoptr(GError) error = NULL;
	o.weights = weights;
	optimizer_free(t->optimizer);
	t->optimizer = optimizer_alloc(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n,
		method_find("adaptive"), &o, &error);
	g_assert_no_error(error);
	return t;
}

/* n vehicles stand on the lane, the first one so long. */
static void stand(struct town *t, uint32_t lane, double now_s, uint32_t n, double first_m)
{
	struct seen_vehicle vehicles[16];
	struct estimate e;
	double at_m = 1;
	estimate_init(&e, lane);
	for (uint32_t k = 0; k < n; k++) {
		vehicles[k] = (struct seen_vehicle){at_m, 0, k == 0 ? first_m : 4.6};
		at_m += vehicles[k].length_m + 2.5;
	}
	e.t_s = now_s;
	e.view_m = 100;
	e.window_s = 1;
	e.flow_veh = 0;
	e.vehicles = vehicles;
	e.n_vehicles = n;
	optimizer_see(t->optimizer, &e);
}

static uint32_t green_links(const struct town *t, uint32_t lane)
{
	const char *shows = guard_shows(t->guards[0]);
	const struct junction *j = t->junctions[0];
	uint32_t n = 0;
	for (uint32_t i = 0; i < j->n_links; i++)
		for (uint32_t k = 0; k < j->links[i].n_net_links; k++)
			n += t->net->links[j->links[i].net_links[k]].from_lane == lane && shows_green(shows[i]);
	return n;
}

/* Five lanes have three vehicles each, all the time; on `lane` one stands, so long. How many of 300 s has it green? */
static uint32_t green_s_of(struct optimizer_weights weights, double length_m)
{
	owned(town) t = weighted("junction", weights);
	const struct junction *j = t->junctions[0];
	uint32_t lane = j->lanes[0], green_s = 0;
	for (double now_s = 0; now_s < 300; now_s += 1) {
		for (uint32_t k = 0; k < j->n_lanes; k++)
			stand(t, j->lanes[k], now_s, k == 0 ? 1 : 3, k == 0 ? length_m : 4.6);
		town_step(t, now_s);
		green_s += green_links(t, lane) > 0;
	}
	return green_s;
}

static void test_bus(void)
{
	const struct optimizer_weights none = {0}, one = {.bus_weight = 1, .bus_length_m = 10}, people = {.bus_weight = 30, .bus_length_m = 10};
	uint32_t car_s = green_s_of(none, 4.6);
	g_assert_cmpuint(green_s_of(one, 12), ==, green_s_of(none, 12)); /* the default changes nothing */
	g_assert_cmpuint(green_s_of(people, 4.6), ==, car_s);             /* a car is none */
	g_assert_cmpuint(green_s_of(people, 12), >, car_s + 30);
}

/* How long do people on foot wait on average, when they come evenly, and how long is the longest red of any link? */
static double pedestrians_wait_s(struct optimizer_weights weights, double *longest_red_s)
{
	owned(town) t = weighted("district", weights);
	double sum = 0, n = 0;
	*longest_red_s = 0;
	for (double now_s = 0; now_s < 400; now_s += 1) {
		for (uint32_t s = 0; s < t->n; s++)
			for (uint32_t k = 0; k < t->junctions[s]->n_lanes; k++) /* the main road alone is full */
				stand(t, t->junctions[s]->lanes[k], now_s, g_str_has_prefix(t->net->lanes[t->junctions[s]->lanes[k]].id, "J") ? 8 : 0, 4.6);
		town_step(t, now_s);
		for (uint32_t s = 0; s < t->n; s++)
			for (uint32_t i = 0; i < t->junctions[s]->n_links; i++) {
				bool red = !shows_green(guard_shows(t->guards[s])[i]);
				double red_s = red ? now_s - guard_since_s(t->guards[s], i) : 0;
				*longest_red_s = fmax(*longest_red_s, red_s);
				if (t->junctions[s]->links[i].pedestrian) {
					sum += red_s;
					n += 1;
				}
			}
	}
	return sum / n; /* who stands there has waited half of that on average */
}

static void test_pedestrians(void)
{
	double longest_s, longest_with_s;
	double without_s = pedestrians_wait_s((struct optimizer_weights){.pedestrians_ph = 1e-3}, &longest_s); /* > 0: with none, pressure decides here */
	double with_s = pedestrians_wait_s((struct optimizer_weights){.pedestrians_ph = 6000}, &longest_with_s);
	g_test_message("%.1f s without, %.1f s with; longest %.0f and %.0f s", without_s, with_s, longest_s, longest_with_s);
	g_assert_cmpfloat(with_s, <, 0.85 * without_s);
	g_assert_cmpfloat(longest_s, <=, 120 + 15); /* the maximum red, and what ends before */
	g_assert_cmpfloat(longest_with_s, <=, longest_s);
}

static void test_options(void)
{
	static const struct {
		struct optimizer_weights weights;
		const char *why;
	} wrong[] = {{{.fuel_frac = 1.5}, "*weight of fuel is 1.5, must be 0 to 1"}, {{.fuel_frac = NAN}, "*weight of fuel*"},
		{{.bus_weight = -1}, "*bus counts as -1 cars*"}, {{.pedestrians_ph = 1e6}, "*pedestrians an hour*"}};
	owned(town) t = town_new("junction", "adaptive");
	for (size_t k = 0; k < G_N_ELEMENTS(wrong); k++) {
		struct optimizer_options o = optimizer_options_default();
		g_autoptr(GError) error = NULL;
		o.weights = wrong[k].weights;
		g_assert_null(optimizer_alloc(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n,
			method_find("adaptive"), &o, &error));
		g_assert_true(g_pattern_match_simple(wrong[k].why, error->message));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/weights/bus", test_bus);
	g_test_add_func("/weights/pedestrians", test_pedestrians);
	g_test_add_func("/weights/options", test_options);
	return g_test_run();
}
