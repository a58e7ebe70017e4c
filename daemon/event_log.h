/* event_log.h - what signals showed, as the high-resolution log that American tools for signal performance measures read.
 *
 * Codes of the Indiana Traffic Signal Hi Resolution Data Logger Enumerations (Purdue and INDOT, August 2020). One file of four columns:
 * TimeStamp (UTC), DeviceId (the signal), EventId, Parameter; beside it `<file>.detectors.csv`, which says what each detector channel is. Lines
 * that begin with # say how fine the times are and where they come from; a polled log is no evidence of ambers or clearances. Parameters
 * fit one byte, as the enumerations want it.
 */
#pragma once

#include "core/junction.h"
#include "daemon/cabinet_map.h"

enum event_code { /* those that we write */
	EVENT_PHASE_ON = 0, EVENT_GREEN = 1, EVENT_MIN_GREEN = 3, EVENT_GAP_OUT = 4, EVENT_MAX_OUT = 5, EVENT_FORCE_OFF = 6, EVENT_GREEN_ENDS = 7,
	EVENT_YELLOW = 8, EVENT_YELLOW_ENDS = 9, EVENT_RED_CLEARANCE = 10, EVENT_RED_CLEARANCE_ENDS = 11, EVENT_PHASE_OFF = 12,
	EVENT_WALK = 21, EVENT_PED_CLEARANCE = 22, EVENT_DONT_WALK = 23,
	EVENT_CALL = 43, EVENT_CALL_DROPPED = 44, EVENT_PED_CALL = 45,
	EVENT_DETECTOR_OFF = 81, EVENT_DETECTOR_ON = 82,
	EVENT_PREEMPT_ON = 102, EVENT_PREEMPT_OFF = 104, EVENT_TSP_IN = 112, EVENT_TSP_OUT = 115,
	EVENT_PATTERN = 131, EVENT_CYCLE = 132, EVENT_OFFSET = 133, EVENT_SPLIT_1 = 134, EVENT_COORDINATION = 150, EVENT_CYCLE_MORE = 156,
	EVENT_FLASH = 173, EVENT_POWER_BACK = 184, EVENT_ALARM_ON = 200, EVENT_ALARM_OFF = 201, EVENT_SPLIT_17 = 203,
};

struct event_log;

/* `path` may hold strftime's %Y %m %d: a new file each day of the events. `how` stands in the first line: "0.1 s, simulated". NULL with a
 * sentence when the first file cannot be opened; later ones that cannot are counted. */
struct event_log *event_log_new(const char *path, const char *how, int64_t t_us, GError **error);
void event_log_free(struct event_log *l); /* NULL is fine */
OWNED(event_log)

void event_log_add(struct event_log *l, int64_t t_us, const char *device, uint32_t event, uint32_t parameter); /* t_us: UTC, to 0.1 s */
void event_log_flush(struct event_log *l);
uint64_t event_log_events(const struct event_log *l);
uint64_t event_log_lost(const struct event_log *l); /* that could not be written; known once flushed */

/* ---- one signal: from what shows to events ---- */

struct event_signal;

/* `map` NULL: links that every stage shows alike are a phase, numbered from 1, vehicles first. Shared, must outlive it. */
struct event_signal *event_signal_new(const struct junction *j, const struct cabinet_map *map);
void event_signal_free(struct event_signal *s); /* NULL is fine */
OWNED(event_signal)

struct event_shows {
	phase_set greens, ambers, walks;
	phase_set vehicle_calls, ped_calls;
	uint32_t ended_by; /* EVENT_GAP_OUT, _MAX_OUT or _FORCE_OFF: why greens end now; 0 not known */
};

/* What shows from t_us on, in the order of time; the first time only begins. */
void event_signal_shows(struct event_signal *s, struct event_log *l, const struct event_shows *shows, int64_t t_us);
/* The same from SUMO's letters. */
void event_signal_letters(struct event_signal *s, struct event_log *l, const char *letters, uint32_t ended_by, int64_t t_us);

struct event_coordination {
	uint32_t row;	  /* 0 = free */
	double cycle_s, offset_s; /* NaN not known */
	const double *split_s; /* by phase number - 1, 0 = none; NULL not known */
	bool in_transition;
};
void event_signal_coordination(struct event_signal *s, struct event_log *l, const struct event_coordination *c, int64_t t_us);

/* Bits of enum controller_alarm. */
void event_signal_alarms(struct event_signal *s, struct event_log *l, uint32_t alarms, int64_t t_us);

/* A vehicle on lane `lane` is over its stop line from on_us to off_us; nothing for lanes of other signals. */
void event_signal_passed(struct event_signal *s, struct event_log *l, uint32_t lane, int64_t on_us, int64_t off_us);

/* Writes `<path>.detectors.csv` for all: DeviceId, Phase, Parameter (the channel), Function, Lane. */
bool event_detectors_write(const struct event_signal *const *signals, uint32_t n, const char *path, GError **error);
