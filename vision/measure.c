/* measure.c - one lane's vehicles and counters -> an estimate. See measure.h. */
#include "vision/measure.h"

#include "vision/column.h"
#include "vision/incident.h"

#define MISS_SHARE 0.04     /* of vehicles that a camera on a pole misses or sees twice */
#define PRESUMED_SD 0.35    /* of one presumed vehicle being there */

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
		list[n++] = (struct column_vehicle){.seen = {fmax(dist_m, least_m), fmax(t->speed_mps, 0), t->length_m}, .presumed = t->presumed, .high = t->high};
	}
	n = column_mend(list, n, G_N_ELEMENTS(list), tr->typical_length_m, tr->night);
	e->vehicles = g_new(struct seen_vehicle, MAX(n, 1));
	for (uint32_t i = 0; i < n; i++)
		e->vehicles[e->n_vehicles++] = list[i].seen;
}

/* Where the queue ends in vehicles that were seen apart, its end is as sure as the last one's place; presumed ones add their own. */
static void queue_doubt(const struct traffic *tr, struct estimate *e)
{
	double var_veh = 0.01, var_m = 0.25, var_speed = 0, n = 0;
	for (uint32_t k = 0; k < tr->n; k++) {
		const struct track *t = &tr->tracks[k];
		if (!traffic_tells(tr, t))
			continue;
		n++;
		var_speed += t->var_speed;
		if (t->dist_m < 0 || t->dist_m > e->queue_m)
			continue;
		if (t->presumed)
			var_veh += PRESUMED_SD * PRESUMED_SD;
		/* a speed near the limit of "queued" may fall on either side */
		double off = (t->speed_mps - QUEUE_SPEED_MPS) / fmax(sqrt(t->var_speed), 0.1);
		var_veh += 0.25 * exp(-0.5 * off * off);
		var_m = fmax(0.25, t->var_dist) + t->length_sd * t->length_sd;
	}
	e->queue_veh_sd = sqrt(var_veh);
	e->queue_m_sd = sqrt(var_m);
	e->jam_frac_sd = fmin(1, sqrt(var_veh) * 5.0 / e->view_m);
	e->speed_mps_sd = n > 0 ? sqrt(var_speed) / n + 0.2 : UNKNOWN;
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
	e->flow_veh_sd = sqrt(MISS_SHARE * (e->flow_veh + 0.1));
	e->occupancy_frac = CLAMP((tr->covered_s - m->covered_s) / window_s, 0, 1);
	e->occupancy_frac_sd = fmin(0.3, 0.1 / window_s);
	e->incident = incident_on(tr, &e->incident_m);
	e->plates = plates - m->plates;
	*m = (struct measure){tr->passed, tr->covered_s, plates};
}
