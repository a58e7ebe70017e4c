/* sim_watch.c - what looks on while a case is run; see sim_watch.h. */
#include "daemon/sim_watch.h"

#include "daemon/sim_detectors.h"
#include "daemon/sim_events.h"
#include "daemon/sim_trips.h"
#include "sim/pathfind.h"
#include "sim/sim_error.h"

struct sim_watch {
	const struct sim_case *with;
	double begin_s;         /* of measuring */
	bool measuring;
	uint32_t *path, n_path; /* for the record; NULL: it finds one */
	struct record *record;
	struct gauge *measure;
	struct sim_trips *trips;
	struct sim_detectors *detectors;
	struct sim_events *events;
};

/* "A,B,C" or just its ends: what lies between two that are not joined is the fastest way. */
static bool take_path(struct sim_watch *s, const struct network *net, const char *text, GError **error)
{
	g_auto(GStrv) ids = g_strsplit(text, ",", -1);
	g_autoptr(GArray) path = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	owned(pathfind) find = pathfind_new(net);
	for (char **id = ids; *id; id++) {
		uint32_t edge = network_edge(net, *id), last = path->len ? g_array_index(path, uint32_t, path->len - 1) : NET_NONE;
		if (edge == NET_NONE || net->edges[edge].function != NET_NORMAL) {
			g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "--path names edge \"%s\", which is no street of the network", *id);
			return false;
		}
		if (last == NET_NONE) {
			g_array_append_val(path, edge);
		} else if (!pathfind_append(find, last, edge, NET_PASSENGER, 1000, path)) {
			g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "--path: no car can go from edge %s to edge %s", net->edges[last].id, *id);
			return false;
		}
	}
	s->n_path = path->len;
	s->path = (uint32_t *) (void *) g_array_free(g_steal_pointer(&path), FALSE);
	return true;
}

static bool begin(struct sim_watch *s, const struct world *w, GError **error)
{
	s->measuring = true;
	if (s->with->measure)
		s->measure = gauge_new(w);
	return !s->with->record || (s->record = record_new(w, s->path, s->n_path, error));
}

struct sim_watch *sim_watch_new(const struct sim_case *c, const struct world *w, GError **error)
{
	owned(sim_watch) s = g_new0(struct sim_watch, 1);
	s->with = c;
	s->begin_s = world_time_s(w) + c->warmup_s;
	if (c->record && c->path && !take_path(s, world_network(w), c->path, error))
		return NULL;
	if ((c->tripinfo || c->summary) && !(s->trips = sim_trips_new(w, c->tripinfo, c->summary, c->unfinished, error)))
		return NULL;
	GError *why = NULL;
	s->detectors = c->detectors && !c->permille ? sim_detectors_new(c->detectors, w, &why) : NULL;
	if (why) {
		g_propagate_error(error, why);
		return NULL;
	}
	if (c->events && !(s->events = sim_events_new(c->events, w, error)))
		return NULL;
	if (!(c->warmup_s > 0) && !begin(s, w, error))
		return NULL;
	return give(s);
}

bool sim_watch_step(struct sim_watch *s, const struct world *w, GError **error)
{
	if (!s->measuring && world_time_s(w) > s->begin_s) { /* the world has just begun to count anew */
		if (!begin(s, w, error))
			return false;
	} else if (s->measuring) {
		if (s->measure)
			gauge_step(s->measure, w);
		if (s->record)
			record_step(s->record, w);
	}
	if (s->detectors)
		sim_detectors_step(s->detectors, w);
	if (s->events)
		sim_events_step(s->events, w);
	return !s->trips || sim_trips_step(s->trips, w, s->measuring, error);
}

bool sim_watch_finish(struct sim_watch *s, const struct world *w, struct sim_result *r, GError **error)
{
	uint32_t n;
	const struct trip_record *trips = world_trips(w, &n);
	if (s->measure)
		gauge_close(s->measure);
	if (s->record)
		record_close(s->record, w);
	r->figures = figures_of(&r->score, s->measure);
	figures_add_trips(&r->figures, trips, n);
	if (s->trips && !sim_trips_finish(s->trips, w, error))
		return false;
	if (s->detectors && !sim_detectors_finish(s->detectors, w, error))
		return false;
	if (s->events && !sim_events_finish(s->events, error))
		return false;
	r->measure = give(s->measure);
	r->record = give(s->record);
	return true;
}

void sim_watch_free(struct sim_watch *s)
{
	if (!s)
		return;
	g_free(s->path);
	record_free(s->record);
	gauge_free(s->measure);
	sim_trips_free(s->trips);
	sim_detectors_free(s->detectors);
	sim_events_free(s->events);
	g_free(s);
}
