/* measure.c - one lane's vehicles and counters -> an estimate. See measure.h. */
#include "vision/measure.h"

#include <string.h>

#include "vision/column.h"

#define MISS_SHARE 0.04     /* of vehicles that a camera on a pole misses or sees twice */
#define PRESUMED_SD 0.35    /* of one presumed vehicle being there */
#define HARDER_MOST 3.0
#define EITHER_VAR 0.4
#define EITHER_MPS 0.6
#define PITCH_M 7.0         /* of vehicles in a queue, front to front */

/* How much worse than on a dry day: rain and bad light hide dark cars on a dark road. A night is told by lamps, which need no road. */
static double harder(const struct traffic *tr)
{
	return tr->night ? 1 : CLAMP(pow(backdrop_noise(tr->backdrop) / BACKDROP_CLEAR_NOISE, 4), 1, HARDER_MOST);
}

static void list_vehicles(const struct traffic *tr, double at_s, struct estimate *e)
{
	double ahead_s = tr->now_s - at_s; /* the window ended that long before the last picture */
	struct column_vehicle list[2 * TRAFFIC_MAX];
	uint32_t n = 0;
	for (uint32_t k = 0; k < tr->n; k++) {
		const struct track *t = &tr->tracks[k];
		double dist_m = t->dist_m + t->speed_mps * ahead_s;
		if (dist_m < 0 || dist_m > tr->strip->view_m || !traffic_tells(tr, t))
			continue;
		double least_m = n ? list[n - 1].seen.dist_to_stop_m : 0;
		double speed_mps = tr->night && track_stands(t) ? 0 : fmax(t->speed_mps, 0); /* lamps that others' light joins waver */
		list[n++] = (struct column_vehicle){.seen = {fmax(dist_m, least_m), speed_mps, t->length_m}, .presumed = t->presumed, .high = t->high};
	}
	n = column_mend(list, n, G_N_ELEMENTS(list), tr->typical_length_m, tr->night ? COLUMN_NIGHT : backdrop_poor(tr->backdrop) ? COLUMN_POOR : COLUMN_CLEAR);
	e->vehicles = g_new(struct seen_vehicle, MAX(n, 1));
	for (uint32_t i = 0; i < n; i++)
		e->vehicles[e->n_vehicles++] = list[i].seen;
}

/* A speed near the limit of "queued" may fall on either side of it; as sure as 1.64 standard deviations must cover one vehicle then. */
static double either_way(const struct track *t)
{
	double off = (t->speed_mps - QUEUE_SPEED_MPS) / fmax(sqrt(t->var_speed), EITHER_MPS);
	return EITHER_VAR * exp(-0.5 * off * off);
}

/* Where the queue ends in vehicles that were seen apart, its end is as sure as the last one's place; presumed ones add their own. */
static void queue_doubt(const struct traffic *tr, struct estimate *e)
{
	double hard = harder(tr), var_veh = 0.01, last_m2 = 0.25, var_jam_m2 = 0.25, var_speed = 0, n = 0;
	for (uint32_t k = 0; k < tr->n; k++) {
		const struct track *t = &tr->tracks[k];
		if (!traffic_tells(tr, t))
			continue;
		double either = either_way(t), missed = hard > 1 ? MISS_SHARE * hard * hard : 0;
		n++;
		var_speed += t->var_speed;
		if (t->dist_m < 0 || t->dist_m > e->view_m)
			continue;
		var_jam_m2 += either * t->length_m * t->length_m + (t->speed_mps < QUEUE_SPEED_MPS ? t->length_sd * t->length_sd : 0);
		if (t->dist_m > e->queue_m + MEASURE_GAP_M)
			continue;
		var_veh += either + missed + (t->presumed && t->dist_m <= e->queue_m ? PRESUMED_SD * PRESUMED_SD : 0);
		if (t->dist_m <= e->queue_m)
			last_m2 = fmax(0.25, t->var_dist) + t->length_sd * t->length_sd;
	}
	e->queue_veh_sd = sqrt(var_veh);
	e->queue_m_sd = sqrt(last_m2 + (var_veh - 0.01) * PITCH_M * PITCH_M);
	e->jam_frac_sd = e->view_m > 0 ? fmin(1, hard * sqrt(var_jam_m2 + MISS_SHARE * e->queue_veh * PITCH_M * PITCH_M) / e->view_m) : UNKNOWN;
	e->speed_mps_sd = n > 0 ? hard * (sqrt(var_speed) / n + 0.23) : UNKNOWN;
}

/* Of those that passed; where one was not seen for what it is, nothing is said of any. */
static void list_classes(const struct measure *m, const struct traffic *tr, struct estimate *e)
{
	for (uint32_t k = 0; k < CLASSES && tr->unclassed == m->unclassed; k++) {
		e->class_veh[k] = (double) (tr->passed_class[k] - m->passed_class[k]);
		e->class_veh_sd[k] = sqrt(harder(tr) * harder(tr) * MISS_SHARE * (e->class_veh[k] + 0.1) + tr->class_var[k] - m->class_var[k]);
	}
}

void measure_lane(struct measure *m, const struct traffic *tr, uint32_t plates, double at_s, double window_s, struct estimate *e)
{
	estimate_init(e, tr->strip->lane->lane);
	e->t_s = at_s;
	e->window_s = window_s;
	e->view_m = fmax(tr->strip->view_m, 0);
	list_vehicles(tr, at_s, e);
	estimate_from_vehicles(e, MEASURE_GAP_M);
	queue_doubt(tr, e);
	e->level = estimate_level(e, tr->strip->lane->limit_mps);
	e->flow_veh = (double) (tr->passed - m->passed);
	e->flow_veh_sd = harder(tr) * sqrt(MISS_SHARE * (e->flow_veh + 0.1));
	e->occupancy_frac = CLAMP((tr->covered_s - m->covered_s) / window_s, 0, 1);
	e->occupancy_frac_sd = fmin(0.3, harder(tr) * 0.13 / window_s);
	e->incident = incident_on(&m->incident, tr, &e->incident_m);
	e->plates = plates - m->plates;
	list_classes(m, tr, e);
	*m = (struct measure){.passed = tr->passed, .unclassed = tr->unclassed, .covered_s = tr->covered_s, .plates = plates, .incident = m->incident};
	memcpy(m->passed_class, tr->passed_class, sizeof m->passed_class);
	memcpy(m->class_var, tr->class_var, sizeof m->class_var);
}
