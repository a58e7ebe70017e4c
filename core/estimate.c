/* estimate.c - life, check and making of an estimate; see estimate.h. */
#include "core/estimate.h"

#include <string.h>

#include "core/core_error.h"

#define SPEED_MAX_MPS 80.0
#define LENGTH_MAX_M 100.0
#define VIEW_MAX_M 10000.0
#define COUNT_MAX 1e6
#define JAMMED_FRAC 0.5      /* of the view under slow vehicles: bumper to bumper it is 0.65 */
#define QUEUED_FRAC 0.08
#define DENSE_FRAC 0.15      /* of the view under vehicles: at 7 m bumper to bumper in free flow it is less */
#define PACKED_FRAC 0.3
#define CREEP_SHARE 0.25     /* of the free speed */

void estimate_init(struct estimate *e, uint32_t lane)
{
	*e = (struct estimate){
		.lane = lane,
		.t_s = UNKNOWN, .window_s = UNKNOWN, .view_m = UNKNOWN,
		.flow_veh = UNKNOWN, .flow_veh_sd = UNKNOWN,
		.class_veh = {UNKNOWN, UNKNOWN, UNKNOWN}, .class_veh_sd = {UNKNOWN, UNKNOWN, UNKNOWN},
		.speed_mps = UNKNOWN, .speed_mps_sd = UNKNOWN,
		.queue_m = UNKNOWN, .queue_m_sd = UNKNOWN,
		.queue_veh = UNKNOWN, .queue_veh_sd = UNKNOWN,
		.jam_frac = UNKNOWN, .jam_frac_sd = UNKNOWN,
		.occupancy_frac = UNKNOWN, .occupancy_frac_sd = UNKNOWN,
		.plates = UNKNOWN, .quality_frac = UNKNOWN, .incident_m = UNKNOWN,
	};
}

void estimate_finish(struct estimate *e)
{
	g_free(e->vehicles);
	estimate_init(e, NET_NONE);
}

void estimate_copy(struct estimate *to, const struct estimate *from)
{
	*to = *from;
	/* An empty list ("tracked, and nobody there") stays apart from NULL ("not tracked"). */
	if (from->vehicles) {
		to->vehicles = g_new(struct seen_vehicle, MAX(from->n_vehicles, 1));
		if (from->n_vehicles)
			memcpy(to->vehicles, from->vehicles, from->n_vehicles * sizeof *from->vehicles);
	}
}

struct range {
	const char *name, *unit;
	double value, low, high;
};

/* Unknown is fine, infinity and what is out of range are not. */
static bool in_range(const struct range *r, uint32_t lane, GError **error)
{
	if (isnan(r->value) || (r->value >= r->low && r->value <= r->high))
		return true;
	g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "estimate of lane %u: %s is %g%s, must be %g..%g", lane, r->name, r->value, r->unit,
		r->low, r->high);
	return false;
}

static bool check_vehicles(const struct estimate *e, GError **error)
{
	if (e->n_vehicles && !e->vehicles) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "estimate of lane %u: %u vehicles are counted, none is listed", e->lane, e->n_vehicles);
		return false;
	}
	for (uint32_t i = 0; i < e->n_vehicles; i++) {
		const struct seen_vehicle *v = &e->vehicles[i];
		if (!(v->dist_to_stop_m >= 0 && v->dist_to_stop_m <= VIEW_MAX_M) || !(v->speed_mps >= 0 && v->speed_mps <= SPEED_MAX_MPS) ||
			!(isnan(v->length_m) || (v->length_m > 0 && v->length_m <= LENGTH_MAX_M))) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE,
				"estimate of lane %u: vehicle %u is at %g m, %g m/s, %g m long, must be within 0..%g m, 0..%g m/s, above 0..%g m", e->lane, i,
				v->dist_to_stop_m, v->speed_mps, v->length_m, VIEW_MAX_M, SPEED_MAX_MPS, LENGTH_MAX_M);
			return false;
		}
		if (i && v->dist_to_stop_m < e->vehicles[i - 1].dist_to_stop_m) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "estimate of lane %u: vehicle %u at %g m is listed behind one at %g m", e->lane, i,
				v->dist_to_stop_m, e->vehicles[i - 1].dist_to_stop_m);
			return false;
		}
	}
	return true;
}

bool estimate_check(const struct estimate *e, GError **error)
{
	if (!isfinite(e->t_s)) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "estimate of lane %u: its time is not known", e->lane);
		return false;
	}
	const struct range ranges[] = {
		{"window", " s", e->window_s, 0, 86400}, {"view", " m", e->view_m, 0, VIEW_MAX_M},
		{"flow", " veh", e->flow_veh, 0, COUNT_MAX}, {"sd of flow", " veh", e->flow_veh_sd, 0, COUNT_MAX},
		{"speed", " m/s", e->speed_mps, 0, SPEED_MAX_MPS}, {"sd of speed", " m/s", e->speed_mps_sd, 0, SPEED_MAX_MPS},
		{"queue", " m", e->queue_m, 0, VIEW_MAX_M}, {"sd of queue", " m", e->queue_m_sd, 0, VIEW_MAX_M},
		{"queue", " veh", e->queue_veh, 0, COUNT_MAX}, {"sd of queue", " veh", e->queue_veh_sd, 0, COUNT_MAX},
		{"jam", "", e->jam_frac, 0, 1}, {"sd of jam", "", e->jam_frac_sd, 0, 1},
		{"occupancy", "", e->occupancy_frac, 0, 1}, {"sd of occupancy", "", e->occupancy_frac_sd, 0, 1},
		{"plates", "", e->plates, 0, COUNT_MAX}, {"quality", "", e->quality_frac, 0, 1},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
		if (!in_range(&ranges[i], e->lane, error))
			return false;
	for (uint32_t k = 0; k < CLASSES; k++) {
		const struct range of_class = {vehicle_class_name(k), " veh", e->class_veh[k], 0, COUNT_MAX}, sd = {"sd of a class", " veh", e->class_veh_sd[k], 0, COUNT_MAX};
		if (!in_range(&of_class, e->lane, error) || !in_range(&sd, e->lane, error))
			return false;
	}
	return check_vehicles(e, error);
}

bool estimate_counts_only(const struct estimate *e)
{
	return e->vehicles == NULL && e->n_vehicles == 0 && isnan(e->queue_veh) && isnan(e->queue_m) && isnan(e->speed_mps) && isnan(e->jam_frac) &&
		isfinite(e->flow_veh);
}

void estimate_from_vehicles(struct estimate *e, double gap_m)
{
	double sum_mps = 0, jam_m = 0, back_m = 0;
	bool contiguous = true;
	e->queue_m = e->queue_veh = 0;
	for (uint32_t i = 0; i < e->n_vehicles; i++) {
		const struct seen_vehicle *v = &e->vehicles[i];
		double length_m = isnan(v->length_m) ? 5 : v->length_m; /* a usual car where the length was not seen */
		bool slow = v->speed_mps < QUEUE_SPEED_MPS;
		sum_mps += v->speed_mps;
		if (slow)
			jam_m += fmax(0, fmin(v->dist_to_stop_m + length_m, e->view_m) - v->dist_to_stop_m);
		contiguous = contiguous && slow && v->dist_to_stop_m - back_m <= gap_m;
		back_m = v->dist_to_stop_m + length_m;
		if (contiguous) {
			e->queue_veh++;
			e->queue_m = back_m;
		}
	}
	/* Nobody there: no speed to speak of, rather than one of 0. */
	e->speed_mps = e->n_vehicles ? sum_mps / e->n_vehicles : UNKNOWN;
	e->jam_frac = e->view_m > 0 ? fmin(jam_m / e->view_m, 1) : UNKNOWN;
	e->queue_m_sd = e->queue_veh_sd = 0;
	e->jam_frac_sd = e->view_m > 0 ? 0 : UNKNOWN;
	e->speed_mps_sd = e->n_vehicles ? 0 : UNKNOWN;
}

const char *vehicle_class_name(enum vehicle_class c)
{
	static const char *const names[CLASSES] = {"two-wheeler", "car", "heavy"};
	return (size_t) c < CLASSES ? names[c] : NULL;
}

static const char *const level_names[] = {NULL, "free", "slow", "queued", "jammed"};

const char *jam_level_name(enum jam_level level)
{
	return (size_t) level < G_N_ELEMENTS(level_names) ? level_names[level] : NULL;
}

bool jam_level_from_name(const char *name, enum jam_level *level)
{
	for (size_t i = 1; i < G_N_ELEMENTS(level_names); i++)
		if (g_strcmp0(name, level_names[i]) == 0) {
			*level = (enum jam_level) i;
			return true;
		}
	return false;
}

static double covered_frac(const struct estimate *e)
{
	double sum_m = 0;
	for (uint32_t i = 0; i < e->n_vehicles; i++)
		sum_m += isnan(e->vehicles[i].length_m) ? 5 : e->vehicles[i].length_m;
	return e->view_m > 0 ? sum_m / e->view_m : 0;
}

enum jam_level estimate_level(const struct estimate *e, double free_mps)
{
	if (isnan(e->jam_frac))
		return JAM_UNKNOWN;
	double covered = covered_frac(e), share = isnan(e->speed_mps) || !(free_mps > 0) ? 1 : e->speed_mps / free_mps;
	if (e->jam_frac >= JAMMED_FRAC || (covered >= PACKED_FRAC && share < CREEP_SHARE))
		return JAM_JAMMED;
	if ((e->jam_frac >= QUEUED_FRAC && e->queue_veh >= 2) || (covered >= DENSE_FRAC && share < JAM_FREE_SHARE))
		return JAM_QUEUED;
	return share < JAM_FREE_SHARE ? JAM_SLOW : JAM_FREE;
}
