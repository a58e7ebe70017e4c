/* events.c - see events.h. */
#include "daemon/events.h"

#include <math.h>

#include "core/units.h"

#define OVER_LINE_US 400000 /* a vehicle that was only counted: so long over the line */

struct events {
	const struct pilot *pilot;
	struct event_log *log;
	struct event_signal **signals; /* of the network; NULL: not guarded */
	uint32_t n;
	uint32_t *signal_of_lane;
	double flushed_s;
};

static int64_t us_of(double t_s)
{
	return llround(t_s * 1e6);
}

struct events *events_new(const struct network *net, const struct pilot *pilot, const struct cabinet_map *const *maps, const char *path, double now_s,
	GError **error)
{
	owned(events) e = g_new0(struct events, 1);

	e->pilot = pilot;
	e->log = event_log_new(path, "1 s, derived from polling: no evidence of the length of ambers and clearances", us_of(now_s), error);
	if (e->log == NULL)
		return NULL;
	e->n = net->n_signals;
	e->signals = g_new0(struct event_signal *, e->n + 1);
	e->signal_of_lane = g_new(uint32_t, net->n_lanes + 1);
	for (uint32_t l = 0; l < net->n_lanes; l++)
		e->signal_of_lane[l] = NET_NONE;
	for (uint32_t j = 0; j < pilot_n(pilot); j++) {
		const struct junction *junction = pilot_junction(pilot, j);
		e->signals[junction->signal] = event_signal_new(junction, maps[junction->signal]);
		for (uint32_t l = 0; l < junction->n_lanes; l++)
			e->signal_of_lane[junction->lanes[l]] = junction->signal;
	}
	return event_detectors_write((const struct event_signal *const *) e->signals, e->n, path, error) ? give(e) : NULL;
}

void events_free(struct events *e)
{
	if (e == NULL)
		return;
	for (uint32_t s = 0; s < e->n; s++)
		event_signal_free(e->signals != NULL ? e->signals[s] : NULL);
	g_free(e->signals);
	g_free(e->signal_of_lane);
	event_log_free(e->log);
	g_free(e);
}

/* Greens end because somebody says so; or because they are over their maximum, or others over their maximum red. */
static uint32_t ended_by(const struct events *e, uint32_t signal)
{
	uint32_t j = pilot_find(e->pilot, signal);
	struct pilot_look look;

	pilot_look(e->pilot, j, &look);
	return look.verdict.rule == GUARD_MAX_GREEN || look.verdict.rule == GUARD_MAX_RED ? EVENT_MAX_OUT : EVENT_FORCE_OFF;
}

static void tell_coordination(struct events *e, const struct controller_status *status, const struct steered *steered, int64_t t_us)
{
	struct event_coordination c = {.row = status->coordination.row, .cycle_s = status->coordination.cycle_s > 0 ? status->coordination.cycle_s : UNKNOWN,
		.offset_s = UNKNOWN, .in_transition = status->coordination.in_transition};
	double splits_s[CABINET_MAX_PHASES] = {0};
	struct steer_look look;

	steered_look(steered, &look);
	if (look.pattern != NULL && look.row == c.row && c.row != 0) {
		c.cycle_s = isnan(c.cycle_s) ? look.pattern->p.cycle_s : c.cycle_s;
		c.offset_s = look.pattern->p.offset_s;
		c.split_s = splits_s;
		for (uint32_t i = 0; i < look.pattern->p.n_splits; i++)
			if (look.pattern->splits[i].number <= CABINET_MAX_PHASES)
				splits_s[look.pattern->splits[i].number - 1] = look.pattern->splits[i].split_s;
	}
	event_signal_coordination(e->signals[status->signal], e->log, &c, t_us);
}

void events_status(struct events *e, const struct controller_status *status, const struct steered *steered, double now_s)
{
	struct event_signal *s = e->signals[status->signal];
	int64_t t_us = us_of(now_s);

	if (s == NULL)
		return;
	event_signal_alarms(s, e->log, status->alarms, t_us);
	if (steered == NULL) {
		event_signal_letters(s, e->log, status->state, ended_by(e, status->signal), t_us);
	} else {
		event_signal_shows(s, e->log, &(struct event_shows){.greens = status->greens, .ambers = status->ambers, .walks = status->walks,
			.vehicle_calls = status->vehicle_calls, .ped_calls = status->ped_calls}, t_us);
		tell_coordination(e, status, steered, t_us);
	}
	if (now_s != e->flushed_s)
		event_log_flush(e->log);
	e->flushed_s = now_s;
}

uint64_t events_lost(const struct events *e)
{
	return event_log_lost(e->log);
}

void events_passed(struct events *e, uint32_t lane, double veh, double t_s)
{
	uint32_t signal = e->signal_of_lane[lane];
	uint32_t n = (uint32_t) fmin(round(veh), 10);

	if (signal == NET_NONE || e->signals[signal] == NULL)
		return;
	for (uint32_t i = 0; i < n; i++) { /* one behind the other in the second that was counted */
		int64_t on_us = us_of(t_s - 1 + (i + 0.5) / n);
		event_signal_passed(e->signals[signal], e->log, lane, on_us, on_us + MIN(OVER_LINE_US, 900000 / n));
	}
}
