/* sim_events.c - see sim_events.h. */
#include "daemon/sim_events.h"

#include <math.h>

#include "daemon/event_log.h"
#include "sim/sim_error.h"

#define ZERO_S 946684800 /* 2000-01-01 00:00 UTC */
#define LEAST_MPS 0.5	 /* who creeps over the line is not over it for ever */

struct sim_events {
	char *path;
	struct event_log *log;
	struct junction **junctions;   /* of each signal; NULL: cannot be made one of */
	struct event_signal **signals;
	uint32_t n;
	uint32_t *signal_of_lane;      /* whose stop line ends it, or NET_NONE */
};

static int64_t us_of(double t_s)
{
	return ZERO_S * INT64_C(1000000) + llround(t_s * 1e6);
}

struct sim_events *sim_events_new(const char *path, const struct world *w, GError **error)
{
	const struct network *net = world_network(w);
	owned(sim_events) s = g_new0(struct sim_events, 1);
	g_autofree char *how = g_strdup_printf("simulated: vehicles to 0.1 s, signals at steps of %g s", world_step_s(w));

	if (g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "%s is there already; events would be added to those of another run", path);
		return NULL;
	}
	s->path = g_strdup(path);
	s->log = event_log_new(path, how, us_of(world_time_s(w)), error);
	if (s->log == NULL)
		return NULL;
	s->n = net->n_signals;
	s->junctions = g_new0(struct junction *, s->n + 1);
	s->signals = g_new0(struct event_signal *, s->n + 1);
	s->signal_of_lane = g_new(uint32_t, net->n_lanes + 1);
	for (uint32_t l = 0; l < net->n_lanes; l++)
		s->signal_of_lane[l] = NET_NONE;
	for (uint32_t k = 0; k < s->n; k++) {
		struct junction_limits limits = junction_limits_of(&net->signals[k].programs[0]);
		s->junctions[k] = junction_new(net, k, &limits, NULL);
		if (s->junctions[k] == NULL)
			continue;
		s->signals[k] = event_signal_new(s->junctions[k], NULL);
		for (uint32_t l = 0; l < s->junctions[k]->n_lanes; l++)
			s->signal_of_lane[s->junctions[k]->lanes[l]] = k;
	}
	return give(s);
}

void sim_events_free(struct sim_events *s)
{
	if (s == NULL)
		return;
	for (uint32_t k = 0; k < s->n; k++) {
		event_signal_free(s->signals[k]);
		junction_free(s->junctions[k]);
	}
	event_log_free(s->log);
	g_free(s->signals);
	g_free(s->junctions);
	g_free(s->signal_of_lane);
	g_free(s->path);
	g_free(s);
}

/* Who was on a signalised lane when the step began and is on another street now is over its stop line. */
static void pass(struct sim_events *s, const struct world *w, const struct vehicle_view *v, double begin_s)
{
	const struct network *net = world_network(w);

	if (v->prev_lane == v->lane || v->prev_lane >= net->n_lanes || s->signal_of_lane[v->prev_lane] == NET_NONE ||
		net->lanes[v->prev_lane].edge == net->lanes[v->lane].edge)
		return;
	double speed_mps = fmax(v->speed_mps, LEAST_MPS), step_s = world_step_s(w);
	double after_s = fmin(fmax((net->lanes[v->prev_lane].length_m - v->prev_pos_m) / speed_mps, 0), step_s);
	double length_m = world_routes(w)->types[v->type].length_m;
	event_signal_passed(s->signals[s->signal_of_lane[v->prev_lane]], s->log, v->prev_lane, us_of(begin_s + after_s),
		us_of(begin_s + after_s + length_m / speed_mps));
}

void sim_events_step(struct sim_events *s, const struct world *w)
{
	double begin_s = world_time_s(w) - world_step_s(w);
	struct vehicle_view v;

	for (uint32_t k = 0; k < s->n; k++)
		if (s->signals[k] != NULL)
			event_signal_letters(s->signals[k], s->log, world_shows(w, k), EVENT_FORCE_OFF, us_of(begin_s));
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		world_vehicle(w, k, &v);
		pass(s, w, &v, begin_s);
	}
}

bool sim_events_finish(struct sim_events *s, GError **error)
{
	event_log_flush(s->log);
	if (event_log_lost(s->log) > 0) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "%s: %" G_GUINT64_FORMAT " events could not be written", s->path, event_log_lost(s->log));
		return false;
	}
	return event_detectors_write((const struct event_signal *const *) s->signals, s->n, s->path, error);
}
