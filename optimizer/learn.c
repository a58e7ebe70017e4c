/* learn.c - learns online from what left: inflow, discharge, turning shares. */
#include "optimizer/learn.h"
#include "optimizer/infer.h"

#include <math.h>

#define FLOW_MEMORY_S 240.0  /* a change of the mean inflow is believed after about so long */
#define RUN_MIN_VEH 6.0      /* a queue shorter than that says nothing about saturation */
#define RUN_MOST_VEH 14.0    /* and who comes later may not have stood */
#define FIRST_MIN_VEH 2.0    /* the first of so many has certainly stood */
#define START_VEH 4.0        /* that make up the start-up */
#define SHARES_EVERY_S 10.0
#define SHARES_GAIN 0.03
#define SHARE_MIN 0.03

/* Kalman (1960) on a random walk: z_vps measured with variance r. */
static void update_flow(struct slot_state *s, double z_vps, double r, double t_s)
{
	double dt_s = isfinite(s->flow_s) ? CLAMP(t_s - s->flow_s, 0.0, 300.0) : 0.0;
	double level = fmax(s->flow_vps, 0.02);
	s->flow_var += level / (FLOW_MEMORY_S * FLOW_MEMORY_S) * dt_s;
	double gain = s->flow_var / (s->flow_var + r);
	s->flow_vps = CLAMP(s->flow_vps + gain * (z_vps - s->flow_vps), 0.001, 1.0);
	s->flow_var *= 1.0 - gain;
	s->flow_s = t_s;
}

/* Nobody counts: what moves in view at its speed is the flow (q = k v, Wardrop 1952), coarsely. */
static void flow_from_view(struct demand *d, uint32_t slot, const struct estimate *e)
{
	struct slot_state *s = &d->slots[slot];
	const struct sight *sight = &d->sights[e->lane];
	double moving_mps = 0.0, queue_m = 0.0;
	if (!e->vehicles || !isfinite(e->view_m))
		return;
	for (uint32_t i = 0; i < sight->n; i++) {
		if (sight->vehicles[i].speed_mps < QUEUE_SPEED_MPS)
			queue_m = sight->vehicles[i].dist_to_stop_m;
		else
			moving_mps += sight->vehicles[i].speed_mps;
	}
	double free_m = e->view_m - queue_m, dt_s = isfinite(s->flow_s) ? e->t_s - s->flow_s : 1.0;
	if (free_m > 30.0 && dt_s > 0.0)
		update_flow(s, moving_mps / free_m, 8.0 * fmax(s->flow_vps, 0.05) / fmin(dt_s, 10.0), e->t_s);
}

void learn_left(struct demand *d, uint32_t slot, double t_s, double veh)
{
	int64_t k = (int64_t) floor(t_s) % DEMAND_RING_S;
	d->slots[slot].left_veh[k < 0 ? k + DEMAND_RING_S : k] = (float) veh;
}

/* The counted vehicles go where the model had them in that window, or evenly. */
static void keep_left(struct demand *d, uint32_t slot, const struct estimate *e)
{
	struct slot_state *s = &d->slots[slot];
	int64_t end = (int64_t) floor(e->t_s), n = CLAMP((int64_t) lround(e->window_s), 1, DEMAND_RING_S / 2);
	double modelled = 0.0;
	for (int64_t k = end - n; k < end; k++)
		modelled += s->left_veh[((k % DEMAND_RING_S) + DEMAND_RING_S) % DEMAND_RING_S];
	for (int64_t k = end - n; k < end; k++) {
		float *left = &s->left_veh[((k % DEMAND_RING_S) + DEMAND_RING_S) % DEMAND_RING_S];
		*left = (float) (modelled > 0.5 && n > 2 ? *left * e->flow_veh / modelled : e->flow_veh / (double) n);
	}
}

/* Before anything is known: SUMO's defaults, near Greenshields (1947), from the step in which green is shown on; a few queues overrule
 * them. `lane_sd`: how different lanes are. */
static const struct {
	double prior, prior_sd, lane_sd, low, high, most;
} paces[N_PACES] = {
	[PACE_SAT] = {1.92, 0.2, 0.15, 1.0, 4.5, 3000.0},
	[PACE_FIRST] = {3.4, 0.5, 0.4, -0.6, 6.0, 300.0},
	[PACE_LOST] = {2.4, 0.5, 0.4, -3.0, 6.0, 300.0},
};

void learn_begin(struct demand *d)
{
	for (uint32_t p = 0; p < N_PACES; p++)
		d->pace[p] = (struct demand_learned){paces[p].prior, 1.0 / (paces[p].prior_sd * paces[p].prior_sd)};
}

static void add(struct demand_learned *x, double value, double weight, double most)
{
	x->weight = fmin(x->weight, most - weight); /* what is old counts ever less */
	x->mean += weight / (x->weight + weight) * (value - x->mean);
	x->weight += weight;
}

/* Measured with variance `var`, on one lane: counts for it, and as the first guess for all. */
static void add_pace(struct demand *d, struct slot_state *s, enum demand_pace p, double value, double var)
{
	if (!(value > paces[p].low && value < paces[p].high))
		return; /* blocked, or not a queue */
	double lane_var = paces[p].lane_sd * paces[p].lane_sd;
	add(&s->own[p], value, 1.0 / var, 0.25 * paces[p].most);
	add(&d->pace[p], value, 1.0 / (var + lane_var), paces[p].most);
}

/* Each lane between what all do and what it does itself, by what is known of it (empirical Bayes; Efron and Morris 1975). */
static void settle_paces(struct demand *d, struct slot_state *s)
{
	double now[N_PACES];
	for (uint32_t p = 0; p < N_PACES; p++) {
		double prior = 1.0 / (paces[p].lane_sd * paces[p].lane_sd);
		now[p] = (prior * d->pace[p].mean + s->own[p].weight * s->own[p].mean) / (prior + s->own[p].weight);
	}
	s->sat_s = now[PACE_SAT];
	s->first_s = fmax(now[PACE_FIRST], 0.2);
	s->lost_s = now[PACE_LOST];
}

/* A queue under an undivided green: when does its first leave, its fourth, and how fast go the others? Counts come by the second, so a time
 * is known to a variance of a twelfth. */
static void learn_discharge(struct demand *d, struct slot_state *s, const struct estimate *e)
{
	if (isnan(s->full_s) || e->window_s > 2.5 || e->t_s <= s->full_s)
		return;
	double tick_var = e->window_s * e->window_s / 12.0, at_s = e->t_s - 0.5 * e->window_s, before_veh = s->run_veh;
	s->run_veh += e->flow_veh;
	if (before_veh < 0.5 && s->run_veh > 0.5 && s->run_queue_veh >= FIRST_MIN_VEH)
		add_pace(d, s, PACE_FIRST, at_s - s->full_s, tick_var + 0.25);
	if (s->run_queue_veh < RUN_MIN_VEH)
		return;
	if (isnan(s->run_s)) {
		if (s->run_veh < START_VEH)
			return;
		s->run_s = at_s;
		s->run_at_veh = s->run_veh;
		add_pace(d, s, PACE_LOST, at_s - s->full_s - s->run_veh * s->sat_s, 2.0 * tick_var + 0.5);
		return;
	}
	double n = s->run_veh - s->run_at_veh;
	if (s->run_veh < fmin(s->run_queue_veh, RUN_MOST_VEH) || n < 1.5)
		return;
	add_pace(d, s, PACE_SAT, (at_s - s->run_s) / n, (2.0 * tick_var + 0.1 * n) / (n * n));
	settle_paces(d, s);
	s->run_queue_veh = 0.0; /* once a green */
}

void learn_counts(struct demand *d, uint32_t slot, const struct estimate *e)
{
	struct slot_state *s = &d->slots[slot];
	if (!isfinite(e->flow_veh) || !(e->window_s > 0.0)) {
		flow_from_view(d, slot, e);
		return;
	}
	double since_s = e->t_s - s->counted_s, now_veh = e->vehicles ? demand_in_view_veh(d, slot) : UNKNOWN;
	if (since_s < e->window_s - 0.05)
		return; /* overlaps what is counted already */
	double veh = e->flow_veh, slack = 0.0;
	if (isfinite(s->in_view_veh) && isfinite(now_veh) && since_s < e->window_s + 0.05) {
		veh += now_veh - s->in_view_veh;
		slack = 0.1;
	}
	s->entered_veh += veh;
	s->counted_s = e->t_s;
	s->counted_veh += e->flow_veh;
	s->in_view_veh = now_veh;
	if (s->hidden_veh < 0.5) /* else it is the discharge that is counted, not who comes */
		update_flow(s, veh / e->window_s, (fmax(s->flow_vps, 0.03) * e->window_s + slack) / (e->window_s * e->window_s), e->t_s);
	keep_left(d, slot, e);
	learn_discharge(d, s, e);
}

static void settle_shares(struct demand *d, uint32_t slot)
{
	const struct site_slot *at = &d->layout->slots[slot];
	double sum = 0.0;
	for (uint32_t m = at->first_move; m < at->first_move + at->n_moves; m++) {
		d->share[m] = fmax(d->share[m], SHARE_MIN);
		sum += d->share[m];
	}
	for (uint32_t m = at->first_move; m < at->first_move + at->n_moves; m++)
		d->share[m] /= sum;
}

/* Normalised least mean squares (Widrow and Hoff 1960): the miss of a group's inflow is laid on the shares of those who feed it. */
static void correct_shares(struct demand *d, uint32_t group)
{
	const struct layout *l = d->layout;
	const struct site_group *g = &l->groups[group];
	double came_vps = 0.0, power = 1e-3;
	for (uint32_t i = 0; i < g->n_slots; i++) {
		if (!demand_fresh(d, g->slots[i], d->now_s) || !isfinite(d->slots[g->slots[i]].flow_s))
			return;
		came_vps += d->slots[g->slots[i]].flow_vps;
	}
	for (uint32_t k = g->first_stream; k < g->first_stream + g->n_streams; k++) {
		uint32_t move = l->streams[k].move;
		double part_vps = d->slots[l->moves[move].slot].flow_vps * l->streams[k].frac;
		if (!demand_fresh(d, l->moves[move].slot, d->now_s))
			return; /* its flow is a guess: infer.c blames that instead */
		came_vps -= part_vps * d->share[move];
		power += part_vps * part_vps;
	}
	for (uint32_t k = g->first_stream; k < g->first_stream + g->n_streams; k++) {
		uint32_t move = l->streams[k].move;
		double part_vps = d->slots[l->moves[move].slot].flow_vps * l->streams[k].frac;
		d->share[move] += SHARES_GAIN * came_vps * part_vps / power;
	}
}

void learn_shares(struct demand *d, double now_s)
{
	if (now_s - d->shares_s < SHARES_EVERY_S)
		return;
	d->shares_s = now_s;
	for (uint32_t g = 0; g < d->layout->n_groups; g++)
		correct_shares(d, g);
	for (uint32_t k = 0; k < d->layout->n_slots; k++) {
		settle_shares(d, k);
		settle_paces(d, &d->slots[k]);
	}
	infer_flows(d);
}
