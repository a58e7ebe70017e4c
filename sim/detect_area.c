/* detect_area.c - a stretch of road: who is on it, how slow, and how long the jams are; see detectors.h. */
#include <math.h>

#include "sim/detectors_inside.h"

struct jam {
	const struct passer *first, *last; /* most downstream, most upstream */
	uint32_t vehicles;
};

static double on_it_m(const struct watch *w, const struct passer *p)
{
	return fmax(0, fmin(p->to_m, w->detector->end_m) - fmax(p->to_m - p->length_m, w->detector->begin_m));
}

/* Time of the step spent on it, from its front's entering to its tail's leaving. */
static double time_on_it_s(const struct watch *w, const struct passer *p, double h_s)
{
	double moved_m = p->to_m - p->from_m;
	if (moved_m <= 0)
		return h_s;
	double in = (w->detector->begin_m - p->from_m) / moved_m, out = (w->detector->end_m + p->length_m - p->from_m) / moved_m;
	return h_s * fmax(0, fmin(out, 1) - fmax(in, 0));
}

static void close_jam(struct watch *w, struct jam *jam, uint32_t *longest_veh, double *longest_m)
{
	if (!jam->vehicles)
		return;
	double to_first_m = fmax(w->detector->end_m - jam->first->to_m, 0), to_last_m = fmax(w->detector->end_m - jam->last->to_m, 0);
	double length_m = to_last_m - to_first_m + on_it_m(w, jam->last);
	w->area.jam_m_sum += length_m;
	w->area.jam_veh_sum += jam->vehicles;
	*longest_veh = MAX(*longest_veh, jam->vehicles);
	*longest_m = fmax(*longest_m, length_m);
	jam->vehicles = 0;
}

static void stand(struct watch *w, struct passer *p, double h_s)
{
	struct area_sums *s = &w->area;
	if (p->speed_mps < w->detector->halt_mps) {
		s->started_halts += p->halt_s <= 0;
		p->halt_s += h_s;
		p->interval_halt_s += h_s;
	} else if (p->halt_s > 0) {
		s->past_halts++;
		s->past_halt_s += p->halt_s;
		s->max_past_halt_s = fmax(s->max_past_halt_s, p->halt_s);
		s->past_interval_halt_s += p->interval_halt_s;
		s->max_past_interval_halt_s = fmax(s->max_past_interval_halt_s, p->interval_halt_s);
		p->halt_s = p->interval_halt_s = 0;
	}
}

static void sample(struct watch *w, const struct passer *p, double h_s)
{
	double time_s = time_on_it_s(w, p, h_s);
	w->area.sampled_s += time_s;
	w->area.speed_s += p->speed_mps * time_s;
	w->area.loss_s += p->to_m > p->from_m ? time_s * fmax(0, 1 - p->speed_mps / fmax(p->desired_mps, 1e-3)) : h_s;
}

void detect_area(struct watch *w, double h_s)
{
	struct area_sums *s = &w->area;
	struct jam jam = {0};
	uint32_t longest_veh = 0, moved = 0;
	double longest_m = 0, covered_m = 0;
	for (guint k = 0; k < w->now->len; k++) {
		struct passer *p = w->now->pdata[k];
		if (isnan(p->since_s)) {
			p->since_s = 0;
			s->entered++;
			s->seen++;
		}
		if (p->fresh)
			continue;
		moved++;
		sample(w, p, h_s);
		covered_m += on_it_m(w, p);
		stand(w, p, h_s);
		if (p->halt_s <= w->detector->halt_s)
			close_jam(w, &jam, &longest_veh, &longest_m);
		else if (jam.vehicles && jam.last->to_m - p->to_m > w->detector->jam_gap_m)
			close_jam(w, &jam, &longest_veh, &longest_m);
		if (p->halt_s > w->detector->halt_s) {
			jam.first = jam.vehicles++ ? jam.first : p;
			jam.last = p;
		}
	}
	close_jam(w, &jam, &longest_veh, &longest_m);
	double occupancy = 100 * covered_m / (w->detector->end_m - w->detector->begin_m);
	s->steps++;
	s->occupancy += occupancy;
	s->max_occupancy = fmax(s->max_occupancy, occupancy);
	s->jam_veh += longest_veh;
	s->jam_m += longest_m;
	s->max_jam_veh = MAX(s->max_jam_veh, longest_veh);
	s->max_jam_m = fmax(s->max_jam_m, longest_m);
	s->vehicles += moved;
	s->max_vehicles = MAX(s->max_vehicles, moved);
}

void detect_area_gone(struct watch *w, const struct passer *p)
{
	w->area.left += !isnan(p->since_s);
}

static void add_standing(struct watch *w, uint32_t *halts, double sum_s[2], double max_s[2])
{
	GHashTableIter iter;
	gpointer data;
	g_hash_table_iter_init(&iter, w->on);
	while (g_hash_table_iter_next(&iter, NULL, &data)) {
		struct passer *p = data;
		double halt_s[2] = {p->halt_s, p->interval_halt_s};
		*halts += p->halt_s > 0;
		for (int k = 0; k < 2; k++) {
			sum_s[k] += halt_s[k];
			max_s[k] = fmax(max_s[k], halt_s[k]);
		}
		p->interval_halt_s = 0;
	}
}

void detect_area_row(struct watch *w, double value[AREA_COLUMNS])
{
	const struct area_sums s = w->area;
	double steps = MAX(s.steps, 1u), sum_s[2] = {s.past_halt_s, s.past_interval_halt_s};
	double max_s[2] = {s.max_past_halt_s, s.max_past_interval_halt_s};
	uint32_t halts = s.past_halts;
	add_standing(w, &halts, sum_s, max_s);
	const double row[AREA_COLUMNS] = {
		[AREA_SAMPLED_S] = s.sampled_s,
		[AREA_ENTERED] = s.entered,
		[AREA_LEFT] = s.left,
		[AREA_SEEN] = s.seen,
		[AREA_SPEED] = s.sampled_s > 0 ? s.speed_s / s.sampled_s : -1,
		[AREA_TIME_LOSS] = s.seen ? s.loss_s / s.seen : -1,
		[AREA_OCCUPANCY] = s.occupancy / steps,
		[AREA_MAX_OCCUPANCY] = s.max_occupancy,
		[AREA_MEAN_MAX_JAM_VEH] = s.jam_veh / steps,
		[AREA_MEAN_MAX_JAM_M] = s.jam_m / steps,
		[AREA_MAX_JAM_VEH] = s.max_jam_veh,
		[AREA_MAX_JAM_M] = s.max_jam_m,
		[AREA_JAM_VEH_SUM] = s.jam_veh_sum,
		[AREA_JAM_M_SUM] = s.jam_m_sum,
		[AREA_MEAN_HALT_S] = halts ? sum_s[0] / halts : 0,
		[AREA_MAX_HALT_S] = max_s[0],
		[AREA_HALT_SUM_S] = sum_s[0],
		[AREA_MEAN_INTERVAL_HALT_S] = halts ? sum_s[1] / halts : 0,
		[AREA_MAX_INTERVAL_HALT_S] = max_s[1],
		[AREA_INTERVAL_HALT_SUM_S] = sum_s[1],
		[AREA_STARTED_HALTS] = s.started_halts,
		[AREA_MEAN_VEHICLES] = s.vehicles / steps,
		[AREA_MAX_VEHICLES] = s.max_vehicles,
	};
	for (int k = 0; k < AREA_COLUMNS; k++)
		value[k] = row[k];
	w->area = (struct area_sums){.seen = s.seen - s.left};
}
