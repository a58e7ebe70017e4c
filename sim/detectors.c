/* detectors.c - follows vehicles over detectors, step by step; see detectors.h. The counting is detect_loop.c's and detect_area.c's.
 *
 * A detector has a coordinate of its own, in m from the beginning of its first lane and on along the others. A vehicle whose front has
 * gone on to lanes behind it is followed by what it drives until its tail is off, too.
 */
#include "sim/detectors.h"

#include <math.h>

#include "sim/detectors_inside.h"

#define BEHIND_M 60.0 /* so far behind a detector a vehicle's front may be while its tail is on it, or was before the step */

enum place { PLACE_ON, PLACE_ASIDE, PLACE_BEHIND };

struct scan {
	uint32_t lane;
	enum place place;
	double offset_m; /* of the lane's beginning; unless behind */
};

struct detectors {
	const struct additions *additions;
	struct watch *watches;
	GArray *rows;
	struct vehicle_view *views;
	uint32_t capacity;
	uint32_t n_trips;   /* of the world's finished trips that have been looked at */
};

static const struct detector_column loop_columns[LOOP_COLUMNS] = {
	{"nVehContrib", true}, {"flow", false}, {"occupancy", false}, {"speed", false}, {"harmonicMeanSpeed", false}, {"length", false},
	{"nVehEntered", true},
};

static const struct detector_column area_columns[AREA_COLUMNS] = {
	{"sampledSeconds", false}, {"nVehEntered", true}, {"nVehLeft", true}, {"nVehSeen", true}, {"meanSpeed", false}, {"meanTimeLoss", false},
	{"meanOccupancy", false}, {"maxOccupancy", false}, {"meanMaxJamLengthInVehicles", false}, {"meanMaxJamLengthInMeters", false},
	{"maxJamLengthInVehicles", true}, {"maxJamLengthInMeters", false}, {"jamLengthInVehiclesSum", true}, {"jamLengthInMetersSum", false},
	{"meanHaltingDuration", false}, {"maxHaltingDuration", false}, {"haltingDurationSum", false}, {"meanIntervalHaltingDuration", false},
	{"maxIntervalHaltingDuration", false}, {"intervalHaltingDurationSum", false}, {"startedHalts", false}, {"meanVehicleNumber", false},
	{"maxVehicleNumber", true},
};

const struct detector_column *detector_columns(enum detector_kind kind, uint32_t *n)
{
	*n = kind == DETECTOR_LOOP ? LOOP_COLUMNS : AREA_COLUMNS;
	return kind == DETECTOR_LOOP ? loop_columns : area_columns;
}

static void add_scan(GArray *list, uint32_t lane, enum place place, double offset_m)
{
	for (guint k = 0; k < list->len; k++)
		if (g_array_index(list, struct scan, k).lane == lane)
			return;
	struct scan s = {lane, place, offset_m};
	g_array_append_val(list, s);
}

static void add_behind(const struct network *net, GArray *list, uint32_t lane, double left_m, int hops)
{
	const struct net_lane *l = &net->lanes[lane];
	for (uint32_t k = 0; k < l->n_links && left_m > 0 && hops < 8; k++) {
		const struct net_link *link = &net->links[l->first_link + k];
		uint32_t next = link->via != NET_NONE ? link->via : link->to_lane;
		const struct net_edge *edge = &net->edges[net->lanes[next].edge];
		add_scan(list, next, PLACE_BEHIND, 0);
		for (uint32_t beside = 0; edge->function == NET_NORMAL && beside < edge->n_lanes; beside++) /* they may change lanes there at once */
			add_scan(list, edge->first_lane + beside, PLACE_BEHIND, 0);
		add_behind(net, list, next, left_m - net->lanes[next].length_m, hops + 1);
	}
}

static void make_scan(const struct network *net, struct watch *w)
{
	const struct detector *d = w->detector;
	double offset_m = 0;
	w->scan = g_array_new(FALSE, FALSE, sizeof(struct scan));
	for (uint32_t k = 0; k < d->n_lanes; k++) {
		add_scan(w->scan, d->lanes[k], PLACE_ON, offset_m);
		offset_m += net->lanes[d->lanes[k]].length_m;
	}
	for (uint32_t k = 0; k < d->n_lanes; k++) {
		const struct net_edge *edge = &net->edges[net->lanes[d->lanes[k]].edge];
		double at_m = g_array_index(w->scan, struct scan, k).offset_m;
		for (uint32_t l = 0; edge->function == NET_NORMAL && l < edge->n_lanes; l++)
			add_scan(w->scan, edge->first_lane + l, PLACE_ASIDE, at_m);
	}
	for (uint32_t k = 0; k < d->n_lanes; k++) /* also where a turn leaves it */
		add_behind(net, w->scan, d->lanes[k], BEHIND_M, 0);
}

struct detectors *detectors_new(const struct additions *a, const struct world *w)
{
	struct detectors *d = g_new0(struct detectors, 1);
	d->additions = a;
	d->rows = g_array_new(FALSE, TRUE, sizeof(struct detector_row));
	d->capacity = 64;
	d->views = g_new(struct vehicle_view, d->capacity);
	d->watches = g_new0(struct watch, a->n_detectors + 1);
	for (uint32_t k = 0; k < a->n_detectors; k++) {
		d->watches[k].detector = &a->detectors[k];
		d->watches[k].begin_s = world_time_s(w);
		d->watches[k].on = g_hash_table_new_full(NULL, NULL, NULL, g_free);
		d->watches[k].now = g_ptr_array_new();
		make_scan(world_network(w), &d->watches[k]);
	}
	return d;
}

void detectors_free(struct detectors *d)
{
	if (!d)
		return;
	for (uint32_t k = 0; k < d->additions->n_detectors; k++) {
		g_array_unref(d->watches[k].scan);
		g_hash_table_unref(d->watches[k].on);
		g_ptr_array_unref(d->watches[k].now);
	}
	g_free(d->watches);
	g_free(d->views);
	g_array_unref(d->rows);
	g_free(d);
}

/* The offset of a lane that the detector lies on; NaN for others. */
static double offset_of(const struct watch *w, uint32_t lane)
{
	for (uint32_t k = 0; k < w->detector->n_lanes; k++)
		if (w->detector->lanes[k] == lane)
			return g_array_index(w->scan, struct scan, k).offset_m;
	return NAN;
}

static bool same_edge(const struct network *net, uint32_t a, uint32_t b)
{
	return net->lanes[a].edge == net->lanes[b].edge;
}

/* Follows one vehicle on one lane: a passer with its step on the detector's coordinate, or NULL when it has nothing to do with it. */
static struct passer *follow(struct watch *w, const struct world *world, const struct scan *scan, const struct vehicle_view *v)
{
	const struct network *net = world_network(world);
	struct passer *p = g_hash_table_lookup(w->on, GUINT_TO_POINTER(v->id));
	double moved_m = v->speed_mps * world_step_s(world), was_at_m = offset_of(w, v->prev_lane), to_m, from_m;
	bool sideways = v->lane != v->prev_lane && same_edge(net, v->lane, v->prev_lane);
	bool entered = v->lane == v->prev_lane && v->pos_m == v->prev_pos_m && moved_m > 0;
	if (scan->place != PLACE_ON && !p && isnan(was_at_m))
		return NULL;
	if (scan->place == PLACE_BEHIND) {
		from_m = p ? p->to_m : was_at_m + v->prev_pos_m;
		to_m = from_m + moved_m;
	} else {
		to_m = scan->offset_m + v->pos_m;
		from_m = to_m - moved_m;
	}
	if (!p) {
		double length_m = world_routes(world)->types[v->type].length_m;
		if (to_m < w->detector->begin_m || fmax(from_m, 0) - length_m >= w->detector->end_m)
			return NULL;
		p = g_new0(struct passer, 1);
		*p = (struct passer){.id = v->id, .length_m = length_m, .since_s = NAN};
		p->fresh = scan->place == PLACE_ON && (entered || (sideways && isnan(was_at_m)));
		if (p->fresh && to_m - length_m >= w->detector->end_m) {
			g_free(p);
			return NULL;
		}
		g_hash_table_insert(w->on, GUINT_TO_POINTER(v->id), p);
	} else {
		p->fresh = false;
	}
	p->from_m = p->fresh ? to_m : from_m;
	p->to_m = to_m;
	p->speed_mps = v->speed_mps;
	p->desired_mps = v->desired_mps;
	p->aside = scan->place == PLACE_ASIDE;
	p->seen = true;
	return p;
}

static int downstream_first(const void *pa, const void *pb)
{
	const struct passer *a = *(struct passer *const *) pa, *b = *(struct passer *const *) pb;
	return a->to_m > b->to_m ? -1 : a->to_m < b->to_m ? 1 : (a->id > b->id) - (a->id < b->id);
}

static void forget_unseen(struct watch *w, double now_s)
{
	GHashTableIter iter;
	gpointer data;
	g_hash_table_iter_init(&iter, w->on);
	while (g_hash_table_iter_next(&iter, NULL, &data)) {
		struct passer *p = data;
		bool off = p->aside || p->to_m - p->length_m > w->detector->end_m;
		if (p->seen && (w->detector->kind == DETECTOR_LOOP || !off)) {
			p->seen = false;
			continue;
		}
		if (w->detector->kind == DETECTOR_LOOP)
			detect_loop_gone(w, p, now_s);
		else
			detect_area_gone(w, p);
		g_hash_table_iter_remove(&iter);
	}
}

static void step_watch(struct detectors *d, struct watch *w, const struct world *world)
{
	double h_s = world_step_s(world), now_s = world_time_s(world);
	g_ptr_array_set_size(w->now, 0);
	for (guint k = 0; k < w->scan->len; k++) {
		const struct scan *scan = &g_array_index(w->scan, struct scan, k);
		uint32_t n = world_on_lane(world, scan->lane, d->views, d->capacity);
		if (n > d->capacity) {
			d->capacity = n * 2;
			d->views = g_renew(struct vehicle_view, d->views, d->capacity);
			world_on_lane(world, scan->lane, d->views, d->capacity);
		}
		for (uint32_t v = 0; v < n; v++) {
			struct passer *p = follow(w, world, scan, &d->views[v]);
			if (p)
				g_ptr_array_add(w->now, p);
		}
	}
	g_ptr_array_sort(w->now, downstream_first);
	if (w->detector->kind == DETECTOR_AREA)
		detect_area(w, h_s);
	for (guint k = 0; w->detector->kind == DETECTOR_LOOP && k < w->now->len; k++)
		detect_loop(w, w->now->pdata[k], now_s - h_s, h_s);
	forget_unseen(w, now_s);
}

static void add_row(struct detectors *d, uint32_t k, double end_s)
{
	struct watch *w = &d->watches[k];
	struct detector_row row = {.detector = k, .begin_s = w->begin_s, .end_s = end_s};
	if (w->detector->kind == DETECTOR_LOOP)
		detect_loop_row(w, end_s, row.value);
	else
		detect_area_row(w, row.value);
	g_array_append_val(d->rows, row);
	w->begin_s = end_s;
}

/* Who has left the world at a lane's end in this step is not seen on it any more, and has driven over the loops before it. */
static void count_arrivals(struct detectors *d, const struct world *world)
{
	uint32_t n;
	const struct trip_record *trips = world_trips(world, &n);
	for (uint32_t t = n < d->n_trips ? 0 : d->n_trips; t < n; t++)
		for (uint32_t k = 0; k < d->additions->n_detectors; k++) {
			struct watch *w = &d->watches[k];
			if (w->detector->kind == DETECTOR_LOOP && w->detector->lanes[0] == trips[t].arrival_lane &&
				!g_hash_table_contains(w->on, GUINT_TO_POINTER(trips[t].id)))
				w->loop.entered += trips[t].arrival_speed_mps * world_step_s(world) > world_network(world)->lanes[trips[t].arrival_lane].length_m -
					w->detector->begin_m;
		}
	d->n_trips = n;
}

void detectors_step(struct detectors *d, const struct world *world)
{
	double now_s = world_time_s(world);
	count_arrivals(d, world);
	for (uint32_t k = 0; k < d->additions->n_detectors; k++) {
		struct watch *w = &d->watches[k];
		step_watch(d, w, world);
		if (now_s >= w->begin_s + w->detector->period_s - 1e-6)
			add_row(d, k, now_s);
	}
}

void detectors_close(struct detectors *d, const struct world *world)
{
	for (uint32_t k = 0; k < d->additions->n_detectors; k++)
		if (world_time_s(world) > d->watches[k].begin_s + 1e-6)
			add_row(d, k, world_time_s(world));
}

const struct detector_row *detectors_rows(const struct detectors *d, uint32_t *n)
{
	*n = d->rows->len;
	return (const struct detector_row *) (void *) d->rows->data;
}
