/* state_property.c - whatever cameras say, and whichever are dead: shares add to 1, nothing is negative or not a number, intervals hold their
 * middle. */
#include <math.h>

#include "optimizer/arrivals.h"
#include "optimizer/infer.h"
#include "optimizer/profile.h"
#include "still_town.h"

#define SECONDS 400
#define RUNS 3

struct state {
	struct town *town;
	struct layout *layout;
	struct demand *demand;
	struct forecast *forecast;
	struct arrivals *arrivals;
};

static double odd(GRand *dice, double low, double high)
{
	static const double values[] = {NAN, INFINITY, -INFINITY, -3.0, 0.0, 1e18};
	return g_rand_int_range(dice, 0, 12) ? g_rand_double_range(dice, low, high) : values[g_rand_int_range(dice, 0, G_N_ELEMENTS(values))];
}

/* Old, of tomorrow, contradicting, absurd: not all of it passes estimate_check, and nothing of it may do harm. */
static void see(struct demand *d, uint32_t lane, GRand *dice, double now_s)
{
	struct estimate e;
	struct seen_vehicle vehicles[12];
	estimate_init(&e, lane);
	e.t_s = now_s + odd(dice, -3.0, 1.0);
	e.view_m = odd(dice, 5.0, 200.0);
	e.window_s = odd(dice, 0.5, 5.0);
	e.flow_veh = odd(dice, 0.0, 4.0);
	e.queue_veh = odd(dice, 0.0, 30.0);
	e.queue_veh_sd = odd(dice, 0.0, 5.0);
	e.speed_mps = odd(dice, 0.0, 20.0);
	if (g_rand_boolean(dice)) {
		e.vehicles = vehicles;
		e.n_vehicles = (uint32_t) g_rand_int_range(dice, 0, 12);
		for (uint32_t i = 0; i < e.n_vehicles; i++)
			vehicles[i] = (struct seen_vehicle){odd(dice, 0.0, 150.0), odd(dice, 0.0, 20.0), UNKNOWN};
	}
	demand_see(d, &e);
}

static bool sound(double x)
{
	return isfinite(x) && x >= 0.0;
}

static void check(const struct state *s)
{
	const struct layout *l = s->layout;
	for (uint32_t k = 0; k < l->n_slots; k++) {
		const struct slot_state *at = &s->demand->slots[k];
		double sum = 0.0;
		for (uint32_t m = l->slots[k].first_move; m < l->slots[k].first_move + l->slots[k].n_moves; m++) {
			g_assert_true(sound(s->demand->share[m]));
			sum += s->demand->share[m];
		}
		g_assert_cmpfloat_with_epsilon(sum, 1.0, 1e-9);
		g_assert_true(sound(at->queue_veh) && sound(at->queue_var) && sound(at->flow_vps) && sound(at->flow_var) && sound(at->hidden_veh));
		g_assert_true(at->sat_s >= 1.0 && at->sat_s <= 4.5 && at->first_s > 0.0 && isfinite(at->lost_s));
		for (double green_s = 0.0, before = 0.0; green_s < 40.0; green_s += 0.5) { /* nobody drives back */
			double gone = demand_discharge_veh(at, green_s);
			g_assert_true(sound(gone) && gone >= before - 1e-9);
			before = gone;
		}
		for (uint32_t t = 0; t < s->forecast->n_bins; t++)
			g_assert_true(sound((double) s->forecast->inflow[(gsize) k * s->forecast->n_bins + t]));
		for (uint32_t h = 0; h < ARRIVALS_HORIZONS; h++) {
			struct arrivals_expected x;
			g_assert_true(arrivals_expect(s->arrivals, s->demand, s->forecast, k, arrivals_horizons_s[h], &x));
			g_assert_true(sound(x.mean_veh) && sound(x.sd_veh) && sound(x.low_veh) && sound(x.flow_veh));
			g_assert_true(isfinite(x.high_veh) && x.high_veh >= x.low_veh);
			const struct arrivals_score *score = arrivals_score(s->arrivals, k, h);
			g_assert_true(sound(score->error_veh) && sound(score->persistence_error_veh) && score->held_frac >= 0.0 && score->held_frac <= 1.0);
		}
	}
}

static void run(const char *name, GRand *dice)
{
	struct state s = {.town = town_new(name, "fixed")};
	s.layout = layout_new(s.town->net, (const struct junction *const *) s.town->junctions, (const struct plan *const *) s.town->plans, s.town->n);
	s.demand = demand_new(s.layout);
	s.forecast = forecast_new(s.layout, 60);
	s.arrivals = arrivals_new(s.layout);
	double now_s = g_rand_double_range(dice, 1.0, 2e9), alive = g_rand_double(dice);
	for (int t = 0; t < SECONDS; t++) {
		double dt_s = g_rand_int_range(dice, 0, 30) ? 1.0 : g_rand_double_range(dice, 0.1, 40.0);
		now_s += dt_s;
		for (uint32_t lane = 0; lane < s.town->net->n_lanes; lane++)
			if ((lane * 7919 % 100) / 100.0 < alive && g_rand_int_range(dice, 0, 4))
				see(s.demand, lane, dice, now_s);
		for (uint32_t j = 0; j < s.town->n; j++) {
			struct guard_verdict verdict;
			guard_next(s.town->guards[j], (uint32_t) (now_s / 20.0) % s.town->junctions[j]->n_stages, now_s, &verdict);
			demand_shows(s.demand, j, s.town->guards[j], now_s);
		}
		demand_step(s.demand, now_s);
		infer_queues(s.demand, s.forecast, now_s, dt_s);
		forecast_track(s.forecast, s.demand, now_s);
		forecast_update(s.forecast, s.demand, now_s);
		arrivals_step(s.arrivals, s.demand, s.forecast, now_s);
		if (t % 10 == 0)
			check(&s);
	}
	arrivals_free(s.arrivals);
	forecast_free(s.forecast);
	demand_free(s.demand);
	layout_free(s.layout);
	town_free(s.town);
}

static void test_anything(gconstpointer name)
{
	GRand *dice = g_rand_new_with_seed((guint32) g_test_rand_int());
	for (int k = 0; k < RUNS; k++)
		run(name, dice);
	g_rand_free(dice);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/state/anything/junction", "junction", test_anything);
	g_test_add_data_func("/state/anything/district", "district", test_anything);
	return g_test_run();
}
