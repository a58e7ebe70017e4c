/* config.h - what the operator wrote into greenwave.yaml, checked and with every default filled in.
 *
 * One table (config_table.c) holds each key with its type, range, unit, default and meaning; the reader, the errors and
 * the reference in docs/configuration.md all come from it. Whatever config_read returns is in range and complete, paths
 * are made relative to the file's folder, `${name}` in camera addresses and controllers' options is filled in from the secrets file. It does not
 * open the network or a camera: whether ids exist there is for those who load them (`greenwavectl config check` does).
 */
#pragma once

#include "core/junction.h"
#include "daemon/cabinet_map.h"
#include "vision/view.h"

enum config_error { CONFIG_ERROR_FILE, CONFIG_ERROR_VALUE };
#define CONFIG_ERROR config_error_quark()
GQuark config_error_quark(void);

struct config_feed {
	char *publish;   /* endpoint that the daemon binds its PUB socket to */
	char *estimates; /* endpoint that the daemon binds a SUB socket to; camera workers connect and publish there */
	char *control;   /* endpoint of the operator's REP socket: ipc or loopback only */
	char *key_file;  /* CURVE secret key of the publisher, Z85 in a file of mode 0600; NULL = none */
	char **allow;    /* CURVE public keys (Z85) that may subscribe; NULL-terminated, never NULL */
};

struct config_control {
	char *method;         /* a name of the optimizer's methods: "adaptive", "fixed" */
	double tick_phase_s;  /* decisions are taken this long after each full UTC second, [0, 1) */
	double stale_s;       /* estimates older than this no longer count */
	double taper_s;       /* from then on, so long the junction goes over to its own plan */
	double seen_frac;     /* it is adaptive with so many of its filmed lanes fresh */
	double horizon_s;     /* how far the optimizer looks ahead */
	double stop_penalty_s; /* a stop is worth that much delay */
	double pattern_s;    /* cabinets that run patterns get a new one at most so often */
	double corridor_stale_s;  /* an emergency vehicle's place is believed so long */
	double corridor_margin_s; /* its green is there so long before it */
	uint32_t decide_s;    /* stages change only at whole multiples of this; 0: at any second */
	char *order;          /* "free" or "fixed" */
};

struct config_weights { /* whose time counts how much */
	double fuel_frac, bus_weight, bus_length_m, pedestrians_ph; /* as in struct optimizer_weights */
};

struct config_limits { /* of one signal: what it does not set is as for all */
	char *id;
	uint32_t line; /* in the file, for messages */
	struct junction_limits limits; /* NaN = not set here */
};

struct config_controller {
	char **signals; /* ids, NULL-terminated; empty = every signal that no other entry names */
	char *driver;   /* its name; whether there is one, and whether the rest suits it, is checked by cabinets.h */
	uint32_t line;
	char *address;  /* of the driver's other side, in the driver's own words; NULL where it needs none */
	struct cabinet_links *phases, *overlaps; /* which of the signal's links hang on which of the cabinet's phases; one signal only */
	uint32_t n_phases, n_overlaps;
	char *style;    /* "patterns" or "holds": how a cabinet that runs its own phases is told */
	uint32_t rows[2];      /* its spare pattern rows; 0 = not given */
	uint32_t stored_plan;  /* of a cabinet whose stored plans are changed; 0 = not given */
	struct cabinet_links *bands; /* of it: number, and the phases of the stage that it lengthens (in `links`) */
	uint32_t n_bands;
	uint32_t *coordinated; /* phases that the offset refers to; none: chosen */
	uint32_t n_coordinated;
	bool unbacked;  /* commanded although it never returns to its own plan by itself */
	char **options; /* the driver's own keys: name, text, name, text ..., NULL-terminated, never NULL; secrets filled in */
};

struct config_logs {
	char *commands; /* file; NULL: the program's log */
	char *events;   /* file; NULL: none */
};

struct config_line { /* where an uncalibrated camera counts the vehicles of a lane */
	uint32_t line;
	char *lane;
	uint32_t from_px[2], to_px[2]; /* x, y in the picture of `size` */
};

struct config_state {
	char *profile; /* file; NULL: nothing is kept */
};

struct config_camera {
	uint32_t line;
	char *id;        /* [A-Za-z0-9_.-]+, unique */
	char *uri;       /* with its credentials: never to be logged, published or put on a command line */
	char *uri_shown; /* as it is in the file, for people */
	char *transport; /* "tcp" or "udp": of RTSP */
	char *decode;    /* "needed" or "all" */
	double sequence_fps;
	char **lanes;    /* SUMO lane ids, NULL-terminated, at least one */
	uint32_t n_lanes;
	uint32_t width_px, height_px; /* of the picture that the points were taken in */
	struct view_pair *points;
	uint32_t n_points; /* >= 4; 0: it has lines instead */
	struct config_line *lines;
	uint32_t n_lines;
	char *detector;    /* "motion" or "dnn" */
	char *model;       /* of dnn: the ONNX file; else NULL */
	char **classes;    /* what the model's classes are, in its order, names as of detector.h */
	double score_frac, overlap_frac, detector_fps;
	uint32_t input_px;
	double range_m;    /* how far up the road to measure */
};

struct config {
	char *path;        /* of the file itself; NULL for config_default */
	char *network;     /* .net.xml */
	char **additional; /* tlLogic files in order, NULL-terminated, never NULL */
	char *secrets;     /* NULL = none */
	struct config_feed feed;
	struct config_control control;
	struct config_weights weights;
	struct config_logs logs;
	struct config_state state;
	struct junction_limits limits; /* amber_s, all_red_s NaN: the network's own */
	struct config_limits *signals;
	uint32_t n_signals;
	double view_m;      /* bridge: how far up the road the world shows vehicles */
	double analyse_fps; /* pictures a second that vision looks at */
	uint32_t cameras_per_worker;
	uint32_t camera_memory_mib; /* of each of a worker's cameras, at most */
	struct config_controller *controllers; /* may be none: then everything is a dry run */
	uint32_t n_controllers;
	struct config_camera *cameras; /* may be none */
	uint32_t n_cameras;
};

/* NULL and one sentence: `greenwave.yaml:12:8: control.stale_s is "7abc" s, must be a number from 1 to 60`. */
struct config *config_read(const char *path, GError **error);

/* The same from memory, for tests and fuzzing; `path` stands for the file in messages and for its folder. */
struct config *config_parse(const char *text, gsize length, const char *path, GError **error);

/* Every default, no network, no cameras: for the bridge without a file. */
struct config *config_default(void);

void config_free(struct config *c); /* NULL is fine; wipes the credentials */
OWNED(config)

/* What holds for this signal: its own entry, or that for all. */
struct junction_limits config_limits_of(const struct config *c, const char *signal);

/* The controller entry of a signal, or NULL: a dry run. */
const struct config_controller *config_controller_of(const struct config *c, const char *signal);

/* The table as Markdown: the reference part of docs/configuration.md, which a test compares. Owned by the caller. */
char *config_reference(void);

/* Where sockets with a relative ipc path (`ipc://control`) live: $RUNTIME_DIRECTORY, else $XDG_RUNTIME_DIR/greenwave, else
 * /tmp/greenwave-<uid>. Owned by the caller; bus.c makes the folder. */
char *config_runtime_dir(void);
