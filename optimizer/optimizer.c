/* optimizer.c - the face: keeps the state and the forecast, and lets the method solve. */
#include "optimizer/optimizer.h"
#include "optimizer/arrivals.h"
#include "optimizer/byplan.h"
#include "optimizer/infer.h"
#include "optimizer/method.h"
#include "optimizer/profile.h"
#include "optimizer/replan.h"
#include "optimizer/why.h"

#include <math.h>

#define GRID_MORE_SLOTS 2.0

struct optimizer {
	const struct method *method;
	struct optimizer_options options;
	struct layout *layout;
	struct demand *demand;
	struct forecast *forecast;
	struct arrivals *arrivals;
	struct profile *profile;
	void *state; /* the method's */
	struct inflow *inflow;
	struct byplan *byplan; /* who is not decided second by second */
	struct why_judge *judge; /* NULL until somebody asks why */
	double now_s;
};

G_DEFINE_QUARK(greenwave-optimizer-error, optimizer_error)

struct optimizer_options optimizer_options_default(void)
{
	return (struct optimizer_options){.horizon_s = 60.0, .step_s = 1.0, .stop_penalty_s = 2.0};
}

static bool options_check(const struct optimizer_options *o, GError **error)
{
	if (!(o->horizon_s >= 10.0 && o->horizon_s <= FORECAST_MAX_S))
		g_set_error(error, optimizer_error_quark(), 0, "horizon is %g s, must be 10 to %d s", o->horizon_s, FORECAST_MAX_S);
	else if (!(o->step_s > 0.0 && o->step_s <= 10.0))
		g_set_error(error, optimizer_error_quark(), 0, "step is %g s, must be above 0 and at most 10 s", o->step_s);
	else if (!(o->stop_penalty_s >= 0.0 && o->stop_penalty_s <= 120.0))
		g_set_error(error, optimizer_error_quark(), 0, "stop penalty is %g s, must be 0 to 120 s", o->stop_penalty_s);
	else if (!(o->decide_s >= 0.0 && o->decide_s <= 60.0) || o->decide_s != floor(o->decide_s))
		g_set_error(error, optimizer_error_quark(), 0, "decisions every %g s, must be a whole number of 0 to 60 s", o->decide_s);
	else if (!(o->weights.fuel_frac >= 0.0 && o->weights.fuel_frac <= 1.0))
		g_set_error(error, optimizer_error_quark(), 0, "the weight of fuel is %g, must be 0 to 1", o->weights.fuel_frac);
	else if (!(o->weights.bus_weight >= 0.0 && o->weights.bus_weight <= 100.0))
		g_set_error(error, optimizer_error_quark(), 0, "a bus counts as %g cars, must be 0 to 100", o->weights.bus_weight);
	else if (!(o->weights.pedestrians_ph >= 0.0 && o->weights.pedestrians_ph <= 10000.0))
		g_set_error(error, optimizer_error_quark(), 0, "%g pedestrians an hour, must be 0 to 10000", o->weights.pedestrians_ph);
	else
		return true;
	return false;
}

/* On a grid the choice is between whole slots: two more of them are looked at, so that what is left behind can still be served. */
static double horizon_on_grid_s(const struct optimizer_options *o)
{
	double slots = o->decide_s > 0.0 ? floor((o->horizon_s + GRID_MORE_SLOTS * o->decide_s) / o->decide_s) : 0.0;
	while (slots * o->decide_s > FORECAST_MAX_S)
		slots -= 1.0;
	return o->decide_s > 0.0 ? slots * o->decide_s : o->horizon_s;
}

struct optimizer *optimizer_alloc(const struct network *net, const struct junction *const *junctions, const struct plan *const *plans,
	uint32_t n_junctions, const struct method *method, const struct optimizer_options *options, GError **error)
{
	struct optimizer_options with = options ? *options : optimizer_options_default();
	if (!options_check(&with, error))
		return NULL;
	for (uint32_t k = 0; k < n_junctions; k++) {
		if (!plans || !plans[k]) {
			g_set_error(error, optimizer_error_quark(), 0, "junction %s has no plan of its own to fall back to", junctions[k]->id);
			return NULL;
		}
	}
	with.horizon_s = horizon_on_grid_s(&with);
	struct optimizer *o = g_new0(struct optimizer, 1);
	o->method = method;
	o->options = with;
	o->layout = layout_new(net, junctions, plans, n_junctions);
	o->demand = demand_new(o->layout);
	o->forecast = forecast_new(o->layout, (uint32_t) ceil(with.horizon_s));
	o->arrivals = arrivals_new(o->layout);
	o->profile = profile_new(o->layout);
	o->state = method->alloc(o->layout, &o->options);
	o->inflow = inflow_new(o->layout);
	o->byplan = byplan_new(o->layout, &o->options);
	o->now_s = -INFINITY;
	return o;
}

void optimizer_free(struct optimizer *o)
{
	if (!o)
		return;
	o->method->free(o->state);
	byplan_free(o->byplan);
	inflow_free(o->inflow);
	why_judge_free(o->judge);
	profile_free(o->profile);
	arrivals_free(o->arrivals);
	forecast_free(o->forecast);
	demand_free(o->demand);
	layout_free(o->layout);
	g_free(o);
}

void optimizer_see(struct optimizer *o, const struct estimate *e)
{
	demand_see(o->demand, e);
}

void optimizer_shows(struct optimizer *o, uint32_t j, const struct guard *guard, double now_s)
{
	demand_shows(o->demand, j, guard, now_s);
	if (!byplan_runs(o->byplan, j) || o->method->rest == NULL)
		o->method->set(o->state, j, guard, now_s);
	byplan_shows(o->byplan, j, guard, now_s);
}

/* The time of the day tells of lanes that nobody sees. */
static void set_usual(struct optimizer *o)
{
	for (uint32_t k = 0; k < o->layout->n_slots; k++)
		o->demand->slots[k].usual_vps = profile_usual_vps(o->profile, k, o->now_s);
}

/* Is there anything to forecast from, or anybody who asks for it? A simulated city on its own plans is neither. */
static bool foresees(const struct optimizer *o)
{
	if (!isnan(o->demand->first_s))
		return true;
	for (uint32_t j = 0; j < o->layout->n_sites; j++)
		if (!optimizer_blind(o, j))
			return true;
	return false;
}

void optimizer_iterate(struct optimizer *o, double now_s)
{
	double dt_s = isfinite(o->now_s) ? CLAMP(now_s - o->now_s, 0.0, 600.0) : 0.0;
	o->now_s = now_s;
	set_usual(o);
	demand_step(o->demand, now_s);
	inflow_step(o->inflow, o->demand, now_s);
	if (foresees(o)) {
		infer_queues(o->demand, o->forecast, now_s, dt_s);
		forecast_track(o->forecast, o->demand, now_s);
		forecast_update(o->forecast, o->demand, now_s);
		forecast_review(o->forecast, o->demand, now_s);
		arrivals_step(o->arrivals, o->demand, o->forecast, now_s);
		profile_step(o->profile, o->demand, now_s);
	}
	o->method->iterate(o->state, o->demand, o->forecast, now_s);
	byplan_step(o->byplan, o->demand, o->forecast, now_s);
}

void optimizer_runs(struct optimizer *o, uint32_t j, const struct plan *plan)
{
	byplan_run(o->byplan, j, plan);
	if (o->method->rest != NULL)
		o->method->rest(o->state, j, plan != NULL);
}

bool optimizer_blind(const struct optimizer *o, uint32_t j)
{
	return o->method->blind && o->method->blind(o->layout, j);
}

bool optimizer_test(const struct optimizer *o, uint32_t j)
{
	const struct site *site = &o->layout->sites[j];
	if (optimizer_blind(o, j))
		return true;
	for (uint32_t k = site->first_slot; k < site->first_slot + site->n_slots; k++)
		if (demand_fresh(o->demand, k, o->now_s))
			return true;
	return false;
}

void optimizer_plan(const struct optimizer *o, uint32_t j, struct decision *d)
{
	if (byplan_runs(o->byplan, j))
		byplan_decision(o->byplan, j, o->now_s, d);
	else
		o->method->plan(o->state, j, d);
}

void optimizer_forecast(const struct optimizer *o, uint32_t lane, double bin_s, uint32_t n, double *veh, double *veh_sd)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	for (uint32_t k = 0; k < n; k++)
		veh[k] = veh_sd[k] = UNKNOWN;
	if (slot != NET_NONE && isfinite(o->now_s) && foresees(o))
		arrivals_bins(o->arrivals, o->demand, o->forecast, slot, bin_s, n, veh, veh_sd);
}

bool optimizer_expect(const struct optimizer *o, uint32_t lane, double within_s, struct arrivals_expected *x)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	return slot != NET_NONE && arrivals_expect(o->arrivals, o->demand, o->forecast, slot, within_s, x);
}

const struct arrivals_score *optimizer_score(const struct optimizer *o, uint32_t lane, uint32_t horizon)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	return slot != NET_NONE ? arrivals_score(o->arrivals, slot, horizon) : NULL;
}

static double arrived_until(const struct forecast *f, const float *arrived_veh, double t_s, double flow_vps)
{
	if (t_s >= f->n_bins)
		return (double) arrived_veh[f->n_bins] + (t_s - f->n_bins) * flow_vps;
	uint32_t k = (uint32_t) t_s;
	return (double) arrived_veh[k] + (t_s - k) * (double) (arrived_veh[k + 1] - arrived_veh[k]);
}

double optimizer_clear_s(const struct optimizer *o, uint32_t lane, double within_s)
{
	float arrived_veh[FORECAST_MAX_S + 1];
	double stands_veh;
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	if (slot == NET_NONE || !isfinite(o->now_s) || !foresees(o))
		return UNKNOWN;
	const struct slot_state *s = &o->demand->slots[slot];
	forecast_cumulate(o->forecast, o->demand, slot, arrived_veh, &stands_veh);
	double veh = arrived_until(o->forecast, arrived_veh, fmax(within_s, 0.0), s->flow_vps);
	return veh < 0.5 ? 0.0 : veh * s->sat_s + fmin(veh / 4.0, 1.0) * s->lost_s;
}

bool optimizer_why(struct optimizer *o, uint32_t j, uint32_t chosen, const struct guard *guard, struct why *why)
{
	if (!isfinite(o->now_s))
		return false;
	if (!o->judge)
		o->judge = why_judge_new(o->layout, &o->options);
	why_judge_site(o->judge, j, chosen, guard, o->demand, o->forecast, o->now_s, why);
	return true;
}

double optimizer_cycle_s(const struct optimizer *o, uint32_t j, const struct plan *now, const struct replan_options *options)
{
	return isfinite(o->now_s) ? replan_cycle_s(o->demand, o->inflow, j, now, options) : UNKNOWN;
}

struct plan *optimizer_replan(const struct optimizer *o, uint32_t j, const struct plan *now, double cycle_s, const struct replan_options *options)
{
	return isfinite(o->now_s) ? replan(o->demand, o->inflow, j, now, cycle_s, options) : NULL;
}

bool optimizer_later(const struct optimizer *o, uint32_t lane, uint32_t horizon, struct profile_expected *x)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	return slot != NET_NONE && profile_expect(o->profile, slot, horizon, x);
}

bool optimizer_learned(const struct optimizer *o, uint32_t lane, struct profile_days *days)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	return slot != NET_NONE && profile_learned(o->profile, slot, days);
}

bool optimizer_teach(struct optimizer *o, uint32_t lane, const struct profile_days *days)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	return slot != NET_NONE && profile_teach(o->profile, slot, days);
}

const struct profile_score *optimizer_later_score(const struct optimizer *o, uint32_t lane, uint32_t horizon)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	return slot != NET_NONE ? profile_score(o->profile, slot, horizon) : NULL;
}

uint32_t optimizer_ways(const struct optimizer *o, uint32_t lane, struct optimizer_way *ways, uint32_t max)
{
	uint32_t slot = lane < o->layout->net->n_lanes ? o->layout->slot_of_lane[lane] : NET_NONE;
	uint32_t n = slot != NET_NONE ? MIN(o->layout->slots[slot].n_moves, max) : 0;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t move = o->layout->slots[slot].first_move + k;
		ways[k] = (struct optimizer_way){o->layout->moves[move].to_lane, o->demand->share[move]};
	}
	return n;
}
