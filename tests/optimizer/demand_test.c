/* demand_test.c - the state: fusing, learning, and the forecast of what was released upstream. */
#include <math.h>

#include "optimizer/infer.h"
#include "still_town.h"

struct state {
	struct town *town;
	struct layout *layout;
	struct demand *demand;
};

static struct state state_new(const char *name)
{
	struct state s = {.town = town_new(name, "fixed")};
	s.layout = layout_new(s.town->net, (const struct junction *const *) s.town->junctions, (const struct plan *const *) s.town->plans, s.town->n);
	s.demand = demand_new(s.layout);
	return s;
}

static void state_finish(struct state *s)
{
	demand_free(s->demand);
	layout_free(s->layout);
	town_free(s->town);
}

static uint32_t slot_of(const struct state *s, const char *lane)
{
	uint32_t slot = s->layout->slot_of_lane[town_lane(s->town, lane)];
	g_assert_cmpuint(slot, !=, NET_NONE);
	return slot;
}

static void see(struct state *s, const char *lane, double t_s, double queue_veh, double queue_sd, double flow_veh)
{
	struct estimate e;
	estimate_init(&e, town_lane(s->town, lane));
	e.t_s = t_s;
	e.view_m = 100.0;
	e.window_s = 1.0;
	e.queue_veh = queue_veh;
	e.queue_veh_sd = queue_sd;
	e.flow_veh = flow_veh;
	demand_see(s->demand, &e);
	estimate_finish(&e);
}

static void test_discharge_curve(void)
{
	struct slot_state s = {.sat_s = 1.92, .lost_s = 1.72};
	/* SUMO's defaults: 2.7, 2.4, 2.2, 2.1, then 1.92 s each */
	g_assert_cmpfloat_with_epsilon(demand_discharge_veh(&s, 2.7), 1.0, 0.02);
	g_assert_cmpfloat_with_epsilon(demand_discharge_veh(&s, 5.1), 2.0, 0.02);
	g_assert_cmpfloat_with_epsilon(demand_discharge_veh(&s, 9.4), 4.0, 0.02);
	g_assert_cmpfloat_with_epsilon(demand_discharge_veh(&s, 9.4 + 19.2), 14.0, 0.02);
	g_assert_cmpfloat(demand_discharge_veh(&s, 0.0), ==, 0.0);
}

/* The surer of two contradicting observers counts for more, and an old picture for less and less. */
static void test_fusion(void)
{
	struct state s = state_new("junction");
	uint32_t slot = slot_of(&s, "W_C_1");
	demand_step(s.demand, 0.0);
	for (int k = 1; k <= 20; k++) {
		see(&s, "W_C_1", k - 0.5, 6.0, 0.3, 0.0);
		see(&s, "W_C_1", k, 10.0, 3.0, 0.0);
		demand_step(s.demand, k);
	}
	g_assert_cmpfloat(s.demand->slots[slot].queue_veh, >, 5.5);
	g_assert_cmpfloat(s.demand->slots[slot].queue_veh, <, 7.5);
	double sure = s.demand->slots[slot].queue_var;
	for (int k = 21; k < 40; k++)
		demand_step(s.demand, k);
	g_assert_cmpfloat(s.demand->slots[slot].queue_var, >, 3.0 * sure);
	g_assert_false(demand_fresh(s.demand, slot, 39.0));
	state_finish(&s);
}

static void test_flow_is_learned(void)
{
	struct state s = state_new("junction");
	uint32_t slot = slot_of(&s, "E_C_1");
	demand_step(s.demand, 0.0);
	for (int k = 1; k <= 900; k++) {
		see(&s, "E_C_1", k, NAN, NAN, k % 60 < 24 && k % 2 == 0 ? 1.0 : 0.0); /* 12 a minute, in platoons */
		demand_step(s.demand, k);
	}
	g_assert_cmpfloat_with_epsilon(s.demand->slots[slot].flow_vps, 0.2, 0.03);
	g_assert_cmpfloat_with_epsilon(s.demand->slots[slot].counted_veh, 180.0, 1e-9);
	state_finish(&s);
}

/* Forty greens over a long queue that goes at 2.4 s a vehicle. */
static void test_saturation_is_learned(void)
{
	struct state s = state_new("junction");
	uint32_t slot = slot_of(&s, "W_C_1");
	struct slot_state *state = &s.demand->slots[slot];
	double t_s = 0.0;
	g_assert_cmpfloat_with_epsilon(state->sat_s, 1.92, 1e-9);
	for (int green = 0; green < 40; green++) {
		double began_s = t_s, gone = 0.0;
		state->full_s = state->lit_s = began_s;
		state->run_veh = 0.0;
		state->run_s = UNKNOWN;
		state->run_queue_veh = 14.0;
		for (int k = 0; k < 45; k++) {
			t_s += 1.0;
			double now = floor(fmax(0.0, (t_s - began_s - 2.0) / 2.4));
			demand_step(s.demand, t_s);
			see(&s, "W_C_1", t_s, NAN, NAN, now - gone);
			gone = now;
		}
		state->full_s = state->lit_s = UNKNOWN;
		t_s += 30.0;
	}
	g_assert_cmpfloat_with_epsilon(state->sat_s, 2.4, 0.12);
	state_finish(&s);
}

/* When the n-th of a queue is over the stop line, from the beginning of green. */
static double cityflow_s(int n)
{
	return n < 2 ? 1.0 : 4.2 + 2.65 * (n - 2);
}

static double sumo_s(int n)
{
	static const double start_s[] = {0.0, 2.7, 5.1, 7.3, 9.4};
	return n < 5 ? start_s[n] : 9.4 + 1.92 * (n - 4);
}

/* Queues of 7 to 12 on one lane, counted by the second: it is found how they go, and another lane takes it for a first guess. */
static void test_paces(double (*leaves_s)(int n), double sat_s, double sat_off_s, double four_s)
{
	struct state s = state_new("junction");
	uint32_t slot = slot_of(&s, "W_C_1"), other = slot_of(&s, "N_C_1");
	struct slot_state *state = &s.demand->slots[slot];
	double t_s = 0.0;
	for (int green = 0; green < 40; green++) {
		double began_s = t_s;
		int queue = 7 + green % 6, gone = 0;
		state->full_s = state->lit_s = began_s;
		state->run_veh = 0.0;
		state->run_s = UNKNOWN;
		state->run_queue_veh = queue;
		for (int k = 1; k <= 45; k++) {
			int now = gone;
			t_s += 1.0;
			while (now < queue && leaves_s(now + 1) <= t_s - began_s)
				now++;
			demand_step(s.demand, t_s);
			see(&s, "W_C_1", t_s, NAN, NAN, now - gone);
			gone = now;
		}
		state->full_s = state->lit_s = UNKNOWN;
		t_s += 30.0;
	}
	demand_step(s.demand, t_s);
	g_assert_cmpfloat_with_epsilon(state->sat_s, sat_s, sat_off_s);
	g_assert_cmpfloat_with_epsilon(demand_discharge_veh(state, four_s), 4.0, 0.3);
	g_assert_cmpfloat_with_epsilon(demand_discharge_veh(state, leaves_s(1)), 1.0, 0.35);
	g_assert_cmpfloat_with_epsilon(demand_discharge_veh(state, leaves_s(12)), 12.0, 0.5);
	g_assert_cmpfloat_with_epsilon(s.demand->slots[other].sat_s, sat_s, 2.0 * sat_off_s);
	state_finish(&s);
}

static void test_paces_of_cityflow(void)
{
	test_paces(cityflow_s, 2.65, 0.08, 9.5);
}

static void test_paces_of_sumo(void)
{
	test_paces(sumo_s, 1.92, 0.08, 9.4);
}

static void test_stall(void)
{
	struct state s = state_new("junction");
	uint32_t slot = slot_of(&s, "W_C_1");
	struct seen_vehicle first = {2.0, 0.0, 4.6};
	struct estimate e;
	estimate_init(&e, town_lane(s.town, "W_C_1"));
	e.view_m = 100.0;
	e.vehicles = &first;
	e.n_vehicles = 1;
	for (int k = 1; k < 30; k++) { /* red: nobody wonders */
		e.t_s = k;
		demand_step(s.demand, k);
		demand_see(s.demand, &e);
		g_assert_false(demand_stalled(s.demand, slot, k));
	}
	s.demand->slots[slot].lit_s = 30.0;
	for (int k = 30; k < 45; k++) {
		e.t_s = k;
		demand_step(s.demand, k);
		demand_see(s.demand, &e);
		g_assert_true(demand_stalled(s.demand, slot, k) == (k > 36));
	}
	first.speed_mps = 4.0;
	e.t_s = 45.0;
	demand_step(s.demand, 45.0);
	demand_see(s.demand, &e);
	g_assert_false(demand_stalled(s.demand, slot, 45.0));
	state_finish(&s);
}

/* Twenty vehicles leave J1 for J2: they are expected there when they come, spread, and not one more. */
static void test_platoon(void)
{
	struct state s = state_new("district");
	struct forecast *f = forecast_new(s.layout, 90);
	uint32_t from = slot_of(&s, "W_J1_2"), to = slot_of(&s, "J1_J2_2"), group = s.layout->slots[to].group;
	const struct site_stream *stream = NULL;
	for (uint32_t k = 0; k < s.layout->n_streams; k++)
		if (s.layout->streams[k].group == group && s.layout->moves[s.layout->streams[k].move].slot == from)
			stream = &s.layout->streams[k];
	g_assert_nonnull(stream);
	float leaves[FORECAST_MAX_S] = {0};
	for (uint32_t k = 0; k < s.layout->n_slots; k++) { /* nothing else moves in the town */
		s.demand->slots[k].flow_vps = 1e-6;
		forecast_plan(f, k, leaves, 1000.0);
	}
	for (int k = 5; k < 25; k++)
		leaves[k] = 1.0f;
	forecast_plan(f, from, leaves, 1000.0);
	demand_step(s.demand, 1000.0);
	forecast_update(f, s.demand, 1000.0);
	double all = 0.0, moment = 0.0, early = 0.0, late = 0.0;
	for (uint32_t t = 0; t < f->n_bins; t++) {
		double came = 0.0;
		for (uint32_t i = 0; i < s.layout->groups[group].n_slots; i++)
			came += (double) f->inflow[s.layout->groups[group].slots[i] * f->n_bins + t];
		all += came;
		moment += came * (t + 0.5);
		early += t < 5.0 + 0.75 * stream->travel_s ? came : 0.0;
		late += t > 26.0 + stream->travel_s ? came : 0.0;
	}
	double share = s.demand->share[stream->move] * stream->frac;
	g_assert_cmpfloat(all, >, 0.8 * 20.0 * share); /* the tail is still on its way at the end of the horizon */
	g_assert_cmpfloat(all, <, 1.01 * 20.0 * share);
	g_assert_cmpfloat(fabs(moment / all - (15.0 + stream->travel_s)), <, 6.0);
	g_assert_cmpfloat(early, <, 0.01); /* nobody flies */
	g_assert_cmpfloat(late, >, 0.02 * all); /* and some are slower than the limit */
	forecast_free(f);
	state_finish(&s);
}

/* Regular arrivals are forecast well, and the score says so. */
/* A detector counts and sees nobody: its lane stays inferred, and who it counted has left. */
static void test_detector(void)
{
	struct state s = state_new("junction");
	owned(forecast) f = forecast_new(s.layout, 60);
	uint32_t slot = slot_of(&s, "W_C_1");
	struct slot_state *state = &s.demand->slots[slot];
	double prior_vps = state->prior_vps;
	for (int k = 0; k < 600; k++) { /* 30 s of every 60 green, a vehicle every 5 s in the first 15 of them: 180 an hour */
		double t_s = k, in_s = fmod(t_s, 60.0);
		state->lit_s = in_s >= 30.0 ? t_s - (in_s - 30.0) : UNKNOWN;
		see(&s, "W_C_1", t_s, UNKNOWN, UNKNOWN, in_s >= 30.0 && in_s < 45.0 && k % 5 == 0 ? 1.0 : 0.0);
		demand_step(s.demand, t_s);
		infer_queues(s.demand, f, t_s, 1.0);
		g_assert_false(demand_fresh(s.demand, slot, t_s));
		g_assert_true(demand_counted(s.demand, slot, t_s));
		if (k > 300 && in_s == 29.0) /* what comes in half a minute of red waits */
			g_assert_cmpfloat(state->queue_veh, >, 0.7);
		if (in_s == 58.0) /* nobody came for long in green: nobody waits */
			g_assert_cmpfloat(state->queue_veh, <, 0.3);
	}
	g_assert_cmpfloat(fabs(state->flow_vps - prior_vps), >, 0.01); /* the counts have it, not the plan */
	g_assert_cmpfloat_with_epsilon(state->flow_vps, 3.0 / 60.0, 0.02);
	demand_step(s.demand, 610.0);
	g_assert_false(demand_counted(s.demand, slot, 610.0));
	state_finish(&s);
}

static void test_score(void)
{
	struct state s = state_new("junction");
	struct forecast *f = forecast_new(s.layout, 60);
	uint32_t slot = slot_of(&s, "N_C_1");
	for (int k = 0; k < 1200; k++) {
		struct estimate e;
		struct seen_vehicle none;
		estimate_init(&e, town_lane(s.town, "N_C_1"));
		e.t_s = k;
		e.window_s = 1.0;
		e.view_m = 50.0;
		e.flow_veh = k % 10 == 0;
		e.vehicles = &none;
		demand_see(s.demand, &e);
		demand_step(s.demand, k);
		forecast_track(f, s.demand, k);
		forecast_update(f, s.demand, k);
		forecast_review(f, s.demand, k);
	}
	g_assert_cmpuint(f->scores[slot].n, >, 30);
	g_assert_cmpfloat(f->scores[slot].abs_error_veh, <, 1.0);
	g_assert_cmpfloat(fabs(f->scores[slot].bias_veh), <, 0.6);
	g_assert_cmpfloat(f->scores[slot].scale, <, 1.0); /* better than a Poisson stream would be */
	forecast_free(f);
	state_finish(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/demand/detector", test_detector);
	g_test_add_func("/demand/discharge-curve", test_discharge_curve);
	g_test_add_func("/demand/fusion", test_fusion);
	g_test_add_func("/demand/flow-is-learned", test_flow_is_learned);
	g_test_add_func("/demand/saturation-is-learned", test_saturation_is_learned);
	g_test_add_func("/demand/paces/cityflow", test_paces_of_cityflow);
	g_test_add_func("/demand/paces/sumo", test_paces_of_sumo);
	g_test_add_func("/demand/stall", test_stall);
	g_test_add_func("/forecast/platoon", test_platoon);
	g_test_add_func("/forecast/score", test_score);
	return g_test_run();
}
