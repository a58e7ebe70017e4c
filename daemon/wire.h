/* wire.h - messages to and from JSON: the feed (contract 1), and the calls of bridge (contract 2), cabinets and operator.
 *
 * Writing takes checked structs and gives one line of JSON, owned by the caller. Reading takes bytes from anybody: what
 * comes out is complete and in range, or NULL/false and one sentence that says what was wrong. An unknown value (NaN) is left
 * out when written and comes back as NaN. Fields that we do not know are passed over, since fields are only ever added;
 * a known field with a wrong type, a double key or a missing field is refused. No sockets and no clock here.
 */
#pragma once

#include "core/estimate.h"
#include "vision/camera.h"

enum wire_error { WIRE_ERROR_GARBAGE };
#define WIRE_ERROR wire_error_quark()
GQuark wire_error_quark(void);

#define WIRE_VERSION 1
#define WIRE_ID 256               /* longest id or name, with its 0 */
#define WIRE_MAX_BYTES (1 << 20)  /* longer messages are refused unread */
#define WIRE_MAX_VEHICLES 500     /* of one lane */

#define WIRE_LETTERS "GgyYrRsuoO" /* of a signal's state */

/* ---- contract 1: the feed ---- */

/* What every message on the feed begins with. */
struct wire_head {
	int64_t t_us;       /* UTC, when it was sent */
	char src[WIRE_ID];  /* the program that said it: "greenwaved", "vision-0" */
	uint64_t seq;       /* counts this source's messages on this topic from 0; a gap = messages were lost */
};

/* Counts `seq` for one program. */
struct wire_source;
struct wire_source *wire_source_new(const char *src);
void wire_source_free(struct wire_source *s); /* NULL is fine */
OWNED(wire_source)
struct wire_head wire_source_next(struct wire_source *s, const char *topic, int64_t t_us);

/* Reads only the head, whatever the topic: for the feed's tail and for counting gaps. */
bool wire_head_read(const char *text, size_t length, struct wire_head *head, GError **error);

/* estimate/<camera>. Lane ids come from the network. t_s of an estimate goes out as `taken_us`, which equals t_us when absent. */
char *wire_estimate_write(const struct wire_head *head, const char *camera, const struct network *net, const struct estimate *e, uint32_t n);

struct wire_estimate {
	struct wire_head head;
	char camera[WIRE_ID];
	struct estimate *lanes; /* owned; each has passed estimate_check, t_s is UTC s */
	char **ids;             /* of the lanes, in the same order, NULL-terminated */
	uint32_t n_lanes;
};
/* `net` NULL: nobody checks that the lanes exist; their index is NET_NONE and only `ids` names them. */
struct wire_estimate *wire_estimate_read(const char *text, size_t length, const struct network *net, GError **error);
void wire_estimate_free(struct wire_estimate *e); /* NULL is fine */
OWNED(wire_estimate)

/* forecast/<junction>: arrivals at the stop lines in the bins after t_us. */
#define WIRE_MAX_BINS 120
#define WIRE_MAX_LANES 64
#define WIRE_MAX_WITHIN 8
#define WIRE_MAX_WAYS 8
struct wire_forecast_lane {
	char lane[WIRE_ID];
	double veh[WIRE_MAX_BINS];    /* expected arrivals in each bin */
	double veh_sd[WIRE_MAX_BINS]; /* NaN unknown (all or none) */
	double error_veh;             /* mean absolute error of the forecasts that came due lately, veh per bin; NaN none yet */
	uint32_t n_within, n_later, n_ways;
	struct wire_within {          /* all arrivals of the next `s` seconds */
		double s, veh, veh_sd;
		double low_veh, high_veh;      /* nine of ten times between these, both included */
		double error_veh;              /* mean absolute error lately, NaN none yet, as the next two */
		double persistence_error_veh;  /* the same if as many were expected as came in the last `s` seconds */
		double held_frac;              /* of the intervals that held */
	} within[WIRE_MAX_WITHIN];
	struct wire_later {           /* mean inflow over the five minutes that end in `s` seconds */
		double s, vph, vph_sd;
		double error_vph, persistence_error_vph, held_frac; /* as above, of vph -+ 1.645 vph_sd */
	} later[WIRE_MAX_WITHIN];
	struct wire_way {             /* a movement: a way to leave the lane */
		char to[WIRE_ID];         /* lane beyond the junction */
		double share_frac;        /* of the lane's vehicles, as learned */
		double veh;               /* its arrivals within the first `within`, NaN unknown */
	} ways[WIRE_MAX_WAYS];
};
struct wire_forecast {
	struct wire_head head;
	char junction[WIRE_ID];
	double bin_s;
	uint32_t n_bins, n_lanes;
	struct wire_forecast_lane *lanes; /* owned when read */
};
char *wire_forecast_write(const struct wire_forecast *f);
struct wire_forecast *wire_forecast_read(const char *text, size_t length, GError **error);
void wire_forecast_free(struct wire_forecast *f);
OWNED(wire_forecast)

/* plan/<junction>: what is meant to come. */
#define WIRE_MAX_STAGES 32
struct wire_plan {
	struct wire_head head;
	char junction[WIRE_ID];
	char method[WIRE_ID];    /* that made it: "adaptive", "fixed" */
	uint32_t n_stages;
	struct {
		char stage[16];          /* its name, "A" */
		double start_s, end_s;   /* of its green, after t_us; start is 0 for what shows already */
	} stages[WIRE_MAX_STAGES];
	double delay_own_s;      /* predicted delay under the junction's own plan, vehicle-seconds over the horizon; NaN unknown */
	double delay_chosen_s;   /* under this one */
	double delay_next_s;     /* of the best that was not chosen */
	char why[160];           /* one sentence */
	/* Worked out now and then: n_options 0 where it was not. */
	uint32_t n_options;
	struct {
		char stage[16];
		double cost_s;           /* predicted when it is asked for now, vehicle-seconds with stops; NaN: it may not be */
		double first_s;          /* until it shows */
	} options[WIRE_MAX_STAGES];
	char change_stage[16];   /* would have won ... "": nothing would have changed it */
	char change_lane[WIRE_ID]; /* ... with so many vehicles more on this lane */
	uint32_t change_veh;
	char corridor[64];       /* id of the emergency vehicle that is prepared for, "" = none */
	double corridor_in_s;    /* until it is expected; NaN none */
};
char *wire_plan_write(const struct wire_plan *p);
bool wire_plan_read(const char *text, size_t length, struct wire_plan *p, GError **error);

/* Who decides what a junction shows. */
enum wire_mode {
	WIRE_ADAPTIVE, /* the optimizer, through the guard */
	WIRE_TAPER,    /* estimates are stale: on the way over to the junction's own plan */
	WIRE_FIXED,    /* its own plan, run by us */
	WIRE_HOLD,     /* the operator holds a stage */
	WIRE_CORRIDOR, /* it serves an emergency vehicle, otherwise than the optimizer or its plan would */
	WIRE_LOCAL,    /* the controller by itself: we do not command it, or it does not follow */
	WIRE_N_MODES,
};
const char *wire_mode_name(enum wire_mode m); /* "adaptive", "taper", "fixed", "hold", "corridor", "local" */

/* signal/<junction>: what shows, as the controller reported it. */
struct wire_signal {
	struct wire_head head;
	char junction[WIRE_ID];
	char state[256];     /* SUMO's letters */
	int64_t since_us;    /* UTC of the last change of any letter */
	char stage[16];      /* the stage that shows in full, "" in between */
	char asked[16];      /* the stage that is asked for, "" = none */
	enum wire_mode mode;
	char driver[16];     /* "null", "sim" */
	char held_by[24];    /* guard_rule_name() of the rule that holds the asked stage up, "" = none */
	double held_s;       /* for how long still, NaN unknown */
	double estimate_age_s; /* of the oldest estimate in use, NaN = none */
	double queue_veh;    /* measured on all of its lanes together, NaN = not measured */
};
char *wire_signal_write(const struct wire_signal *s);
bool wire_signal_read(const char *text, size_t length, struct wire_signal *s, GError **error);

/* alert/<kind>/<where> */
enum wire_severity { WIRE_INFO, WIRE_WARNING, WIRE_ALARM, WIRE_N_SEVERITIES };
const char *wire_severity_name(enum wire_severity s);
struct wire_alert {
	struct wire_head head;
	char kind[32];       /* camera-lost, camera-blind, camera-moved, worker-died, estimate-stale, estimate-refused, controller-silent,
	                        controller-refused, controller-disagrees, guard-refused, spillback, config-refused ... [a-z-]+ */
	char where[WIRE_ID]; /* camera, junction or program */
	enum wire_severity severity;
	bool active;         /* false = it is over */
	uint64_t count;      /* how often so far */
	char text[256];      /* one sentence, no credentials */
};
char *wire_alert_write(const struct wire_alert *a);
bool wire_alert_read(const char *text, size_t length, struct wire_alert *a, GError **error);

/* health/<program> */
#define WIRE_MAX_NUMBERS 64
#define WIRE_MAX_CAMERAS 64
struct wire_number {
	char name[48];  /* the unit is in the name: "frame_to_command_p99_s", "estimates_refused" */
	double value;
};
struct wire_camera {
	char id[WIRE_ID];
	struct camera_health health;
};
struct wire_health {
	struct wire_head head;
	char program[WIRE_ID];
	char version[32];
	double up_s;      /* since it started */
	double cpu_frac;  /* of one core, over the last interval; NaN unknown */
	double memory_mb; /* resident; NaN unknown */
	uint32_t n_numbers, n_cameras;
	struct wire_number numbers[WIRE_MAX_NUMBERS]; /* counters and gauges */
	struct wire_camera *cameras;                  /* owned when read; NULL when none */
};
const char *wire_camera_state(enum camera_state s); /* "connecting", "ok", "lost", "blind", "frozen", "ended", "moved" */
char *wire_health_write(const struct wire_health *h);
struct wire_health *wire_health_read(const char *text, size_t length, GError **error);
void wire_health_free(struct wire_health *h);
OWNED(wire_health)
/* Adds or sets a number; over WIRE_MAX_NUMBERS it is left out. */
void wire_health_set(struct wire_health *h, const char *name, double value);

/* ---- calls: one request, one reply ---- */

enum wire_line {
	WIRE_BRIDGE,   /* contract 2: world -> hello step bye; greenwaved -> welcome act bye error */
	WIRE_CABINET,  /* `sim` driver -> hello show release status; greenwave-sim play -> welcome status error */
	WIRE_OPERATOR, /* greenwavectl -> hold release status why corridor; greenwaved -> done error */
};

enum wire_kind {
	WIRE_CALL_HELLO, WIRE_CALL_WELCOME, WIRE_CALL_STEP, WIRE_CALL_ACT, WIRE_CALL_BYE, WIRE_CALL_ERROR,
	WIRE_CALL_SHOW, WIRE_CALL_RELEASE, WIRE_CALL_STATUS, WIRE_CALL_HOLD, WIRE_CALL_WHY, WIRE_CALL_DONE,
	WIRE_CALL_CORRIDOR,
	WIRE_N_CALLS,
};
const char *wire_kind_name(enum wire_kind k); /* "hello" ... as in "type" */

struct wire_light {
	uint32_t signal;   /* index into network.signals */
	char *state;       /* as long as the signal has links; NULL where the message only names signals */
	int64_t since_us;  /* cabinets only; 0 = not told */
	char mode[12];     /* cabinets only: "central" or "local"; "" = not told */
};

struct wire_lane {
	uint32_t lane;       /* index into network.lanes */
	double passed_veh;   /* left it over the stop line since the last step; NaN = not told */
	struct seen_vehicle *vehicles; /* nearest first */
	uint32_t n_vehicles;
};

/* An emergency vehicle: its way, and where it is. On the bridge there is one for each such vehicle on the road in a step. */
enum wire_corridor_act { WIRE_CORRIDOR_LIST, WIRE_CORRIDOR_START, WIRE_CORRIDOR_AT, WIRE_CORRIDOR_END, WIRE_N_CORRIDOR_ACTS };
#define WIRE_MAX_EDGES 1000
struct wire_corridor {
	enum wire_corridor_act act; /* operator only */
	char id[64];          /* the vehicle's; "" for list */
	char **edges;         /* start: SUMO edge ids, NULL-terminated; those between two that are not joined are found */
	uint32_t priority;    /* start: 0 goes before 1, to 9 */
	char lane[WIRE_ID];   /* where it is: a lane ... */
	double pos_m;         /* ... so far from its beginning; or NaN */
	double x_m, y_m;      /* or a point of the network; NaN: no place is told */
	double speed_mps;     /* NaN: not told */
	double age_s;         /* of the place; 0 when left out */
};

/* One request or reply. Which fields a kind has, and which it must have, is a table in wire_call.c; the rest is unset. */
struct wire_call {
	enum wire_kind kind;
	double step_s;     /* bridge hello, (0, 10] */
	double t_s;        /* bridge step, act */
	double taken_s;    /* bridge step: when its pictures were taken, not after t_s; NaN = at t_s */
	int64_t t_us;      /* cabinet status */
	char make[WIRE_ID];   /* cabinet welcome */
	char signal[WIRE_ID]; /* operator: hold, release, why */
	char stage[16];       /* operator: hold */
	double for_s;         /* operator: hold, (0, 3600] */
	char *text;        /* error: "why"; done: "text"; else NULL */
	struct wire_light *lights;
	uint32_t n_lights;
	struct wire_lane *lanes;
	uint32_t n_lanes;
	struct wire_corridor *corridors; /* operator corridor: one; bridge step: any number */
	uint32_t n_corridors;
};

struct wire_call *wire_call_new(enum wire_kind kind); /* everything unset */
void wire_call_free(struct wire_call *c);             /* NULL is fine; frees states, vehicles and text too */
OWNED(wire_call)
void wire_call_light(struct wire_call *c, uint32_t signal, const char *state); /* adds one, copied; state NULL = name only */
void wire_call_lane(struct wire_call *c, uint32_t lane, double passed_veh, const struct seen_vehicle *vehicles, uint32_t n); /* adds one, copied */

struct wire_corridor *wire_call_corridor(struct wire_call *c, enum wire_corridor_act act, const char *id); /* adds one without a way and a place */

/* `net` resolves signals and lanes; it may be NULL for the operator's line. */
char *wire_call_write(enum wire_line line, const struct wire_call *c, const struct network *net);
struct wire_call *wire_call_read(enum wire_line line, const char *text, size_t length, const struct network *net, GError **error);

/* {"type":"error","why":"..."}: the reply to whatever does not fit. Owned by the caller. */
char *wire_refusal(const char *why);
