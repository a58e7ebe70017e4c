/* controller.h - the contract for everything that drives signal cabinets: what a driver must do and what it may tell.
 *
 * A `controller` is one connection: one cabinet, or a server of many (the simulator). It is asynchronous: no call waits for the
 * other side, ever; answers come as events on the main context. What a driver is told to show or to run was checked before; it
 * changes nothing of it, adds nothing, and does not know plans' reasons. A driver
 *
 *   connects by itself when opened and again whenever it has to, with back-off, for ever;
 *   finds out who is there, and says `up` with it when it has a connection, `down` when it loses it. A cabinet that is not what the
 *     configuration says stays down, with an alert that names it;
 *   reads the cabinet's own timing once after each `up`, and again when it was changed there, and reports it (timing);
 *   reports the status of each of its signals about once a second while it has a connection (poll), and at once when asked to
 *     by a fresh connection, so that a junction can be taken over from what shows;
 *   never shows, selects or writes anything by itself: what was not commanded since the last `up` is forgotten;
 *   never writes a safety value: minimum green, amber, red clearance, walk, pedestrian clearance are read only;
 *   answers each write, select and priority with one `reply`, whatever happens: taken, refused, not answered, connection lost (behind
 *     its `down`: what was lost with the connection was not refused);
 *   keeps a command in force alive at a third of the cabinet's backup time, but only from inside poll: a daemon that hangs must lose
 *     its cabinets, they then return to their own plans by themselves;
 *   leaves a cabinet in flash, manual, pre-emption or conflict alone (CONTROLLER_AWAY), whatever it is told; a release then only makes it
 *     forget what it had selected, and is answered;
 *   hands back (release) without being asked twice; whoever closes it has released before.
 *
 * What a cabinet can do is told by its flags. Commands that it cannot do are left NULL in its table, and nobody calls them: a
 * driver for cabinets that take patterns only fills in those and not `show`. There are three styles of command, and a signal is
 * commanded in one of them at a time:
 *
 *   show             the cabinet shows any letters, each second                       CONTROLLER_SHOWS
 *   call             the cabinet keeps its own phases and is held or forced off       CONTROLLER_HOLDS
 *   write + select   the cabinet runs by itself what it was given for some minutes    CONTROLLER_PATTERNS, or only parts of it:
 *                    CONTROLLER_SELECTS, _CYCLES, _OFFSETS, _BANDS
 *
 * Adding a driver touches its file, the list (`drivers` in daemon/meson.build) and its page in docs/controllers.md.
 */
#pragma once

#include <gio/gio.h>

#include "core/network.h"
#include "daemon/bus.h"
#include "daemon/cabinet_map.h"

enum controller_error { CONTROLLER_ERROR_DRIVER, CONTROLLER_ERROR_ADDRESS, CONTROLLER_ERROR_OPTION, CONTROLLER_ERROR_PATTERN };
#define CONTROLLER_ERROR controller_error_quark()
GQuark controller_error_quark(void);
bool controller_wrong(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3); /* sets CONTROLLER_ERROR_PATTERN; false, always */

enum controller_can {
	CONTROLLER_SHOWS = 1 << 0,    /* second-by-second: shows any state that it is told */
	CONTROLLER_HOLDS = 1 << 1,    /* second-by-second: holds and force-offs of its own phases or stages */
	CONTROLLER_PATTERNS = 1 << 2, /* takes pattern rows: cycle, offset, splits, sequence */
	CONTROLLER_OFFSETS = 1 << 3,  /* its offset alone can be moved */
	CONTROLLER_BANDS = 1 << 4,    /* dynamic bands only */
	CONTROLLER_PRIORITY = 1 << 5, /* takes priority requests */
	CONTROLLER_REPORTS = 1 << 6,  /* reads back what shows: what it says was measured, not assumed */
	CONTROLLER_STREET = 1 << 7,   /* there is a street behind it: not a dry run */
	CONTROLLER_CYCLES = 1 << 8,   /* the cycle of a stored plan can be changed alone */
	CONTROLLER_SELECTS = 1 << 9,  /* a stored plan can be chosen */
	CONTROLLER_BACKUP = 1 << 10,  /* it returns to its own plan by itself when nobody speaks for its backup time */
	CONTROLLER_TIMING = 1 << 11,  /* tells its own minimums and clearances */
};

/* Who is there. Strings are the driver's, valid during the call. */
struct controller_identity {
	const char *make, *model, *version; /* "" unknown */
	const char *standard;		    /* "NTCIP 1202 v02" ...; "" none */
	uint32_t can;			    /* enum controller_can bits of this very unit */
};

/* ---- what it reads from the cabinet ---- */

struct controller_phase { /* one phase of a cabinet, or signal group where it has no phases; NaN = not told, or it has none */
	uint16_t number;      /* the cabinet's own, 1 ... CABINET_MAX_PHASES */
	uint8_t ring;	      /* 1 ...; 0 = it has no rings */
	bool enabled;
	double min_green_s, max_green_s;
	double amber_s, red_s; /* yellow change (green flashing before it counts as green), red clearance */
	double walk_s, ped_clear_s;
	phase_set with;	      /* phases that may be green at the same time (concurrency); itself need not be in it. 0 = not told */
	phase_set conflicts;  /* phases that must not, where the cabinet tells these instead. 0 = not told */
};

struct controller_stage { /* of a cabinet that runs stages */
	uint16_t number;  /* 1 ... CABINET_MAX_STAGES */
	phase_set phases; /* green in it */
	uint64_t next;	  /* stages that may follow directly, bit number - 1; 0 = not told */
};

#define CONTROLLER_MAX_RINGS 8
#define CONTROLLER_RING_LENGTH 24

struct controller_timing { /* valid during the call */
	uint32_t signal;
	const struct controller_phase *phases;
	uint32_t n_phases;
	uint32_t n_rings; /* 0: it runs stages, or does not tell */
	uint8_t rings[CONTROLLER_MAX_RINGS][CONTROLLER_RING_LENGTH]; /* phase numbers in the order of the sequence in force, 0 behind the last */
	const struct controller_stage *stages;
	uint32_t n_stages;
	const double *intergreen_s; /* n_phases * n_phases: [i * n + k] from the end of phases[i]'s green to the beginning of phases[k]'s; NaN = no
				       conflict, or not told. NULL = the cabinet does not tell */
	double cycle_min_s, cycle_max_s; /* of a pattern, as the unit takes it; NaN not told */
	double backup_s;		 /* it returns to its own plan after so long without us; 0 = never; NaN = not told */
	uint32_t rows;			 /* pattern rows that it has, numbered from 1; 0 = none */
	uint32_t version;		 /* changes when the cabinet's database was changed; 0 = not told */
};

/* ---- what it says each second ---- */

enum controller_mode {
	CONTROLLER_CENTRAL, /* follows us */
	CONTROLLER_LOCAL,   /* runs its own plan, and would follow */
	CONTROLLER_AWAY,    /* flash, manual, pre-emption, conflict, stop time: to be left alone */
};

enum controller_alarm { /* bits; those that were latched are told once */
	CONTROLLER_FLASHES = 1 << 0,
	CONTROLLER_MANUAL = 1 << 1,
	CONTROLLER_PREEMPTED = 1 << 2,
	CONTROLLER_CONFLICT = 1 << 3,	   /* its monitor has tripped */
	CONTROLLER_STOPPED = 1 << 4,	   /* stop time, or another critical state */
	CONTROLLER_RESTARTED = 1 << 5,	   /* power came back */
	CONTROLLER_BAD_PLAN = 1 << 6,	   /* it did not accept the pattern in force and runs free */
	CONTROLLER_COORDINATION = 1 << 7,  /* it is not in step after some cycles */
	CONTROLLER_BACKUP_MODE = 1 << 8,   /* it has given us up */
	CONTROLLER_DETECTOR = 1 << 9,
	CONTROLLER_LAMP = 1 << 10,
	CONTROLLER_CLOCK = 1 << 11,	   /* its clock is wrong by more than a second */
	CONTROLLER_OTHER_ALARM = 1 << 12,
};

/* Coordination; an empty one ({0} with row 0) = the cabinet does not tell, or runs free. */
struct controller_coordination {
	uint32_t row;	   /* the pattern, or stored plan, in force; 0 = free (a unit without CONTROLLER_PATTERNS: or not told) */
	uint32_t called;   /* the one that is asked of it, as it says, or where it does not tell: that it took from us; 0 = none */
	double cycle_s;	   /* 0 = not told */
	double in_cycle_s; /* since its local zero; counts up; NaN not told */
	bool in_transition; /* on the way into step, or to the one called */
	bool led; /* it follows a centre, us in a former life or another one, and does not tell which row it was called to: any may begin */
};

struct controller_status {
	uint32_t signal;   /* index into network.signals */
	const char *state; /* one letter a link, as SUMO writes them; not checked beyond that. Valid during the call */
	int64_t since_us;  /* UTC; 0 = not told */
	enum controller_mode mode;
	const char *why;   /* of CONTROLLER_AWAY: a few words for people; NULL not told */
	uint32_t alarms;   /* enum controller_alarm bits */
	struct controller_coordination coordination;
	phase_set greens, ambers, walks, ped_clears, vehicle_calls, ped_calls; /* by the cabinet's own phase numbers; 0 where it has no phases */
	uint16_t stage;	   /* the cabinet's own number; 0 = it has none, or is between two */
};

struct controller_health {
	bool up;
	uint64_t sent, answered, timeouts, refused, garbage;
	double answer_s;	/* command to answer, the last one; NaN none yet */
	int64_t answered_us;	/* when, UTC; 0 = never */
};

/* ---- what it is told ---- */

struct controller_command {
	uint32_t signal;
	const char *state; /* from the guard; copied */
};

struct controller_split {
	uint16_t number; /* of the cabinet's phase where it has rings, else of its stage */
	double split_s;	 /* whole s. Phase: green + amber + red clearance. Stage: likewise, the way to the next one with it */
	bool coordinated; /* the offset refers to the beginning of its green; rests of the cycle go to it */
};

struct controller_band { /* a dynamic band: the beginning or end of a group's green, or a stage, moved */
	uint16_t number;
	double extension_s; /* < 0: shorter */
};

/* A pattern for a spare row of a cabinet (CONTROLLER_PATTERNS), or changes to a stored plan (CONTROLLER_CYCLES, _OFFSETS, _BANDS). */
struct controller_pattern {
	uint32_t signal;
	uint32_t row;	  /* 1 ...: the pattern row, or the number of the stored plan */
	double cycle_s, offset_s; /* whole s; offset in [0, cycle). NaN: left as it is (not for CONTROLLER_PATTERNS). Offset 0: the green of the
				     first coordinated phase (of the first stage) begins when UTC s is a multiple of the cycle; the driver turns
				     that into the cabinet's own reference */
	uint32_t sequence; /* of the rings, as the cabinet numbers them; 0 = as it is */
	const struct controller_split *splits; /* phases in any order; stages in the order in which they run */
	uint32_t n_splits;
	const struct controller_band *bands;
	uint32_t n_bands;
};

/* What is held now, and what is to end; holds until the next call of this signal, or its release. */
struct controller_call {
	uint32_t signal;
	phase_set hold;	     /* stay green */
	phase_set force_off; /* end now, as the cabinet's own minimums and clearances allow */
	phase_set omit;	     /* are not served next */
	phase_set vehicle_calls, ped_calls; /* want to be served */
	uint16_t stage;	     /* cabinets with stages: the one to be in, or to go to; 0 = theirs to choose */
};

enum controller_asks { CONTROLLER_ASK_NEW, CONTROLLER_ASK_UPDATE, CONTROLLER_ASK_CANCEL };
enum controller_class { CONTROLLER_CLASS_BUS, CONTROLLER_CLASS_TRAM, CONTROLLER_CLASS_EMERGENCY, CONTROLLER_CLASS_OTHER };

struct controller_priority {
	uint32_t signal;
	const char *id;	  /* of the request; the same for its updates and its end. Copied */
	enum controller_asks asks;
	enum controller_class vehicle;
	uint32_t level;	  /* 0 ... 14 most urgent */
	double in_s;	  /* until it is at the stop line */
	phase_set phases; /* that serve it */
};

/* The answer to one command. Strings valid during the call. */
enum controller_told { CONTROLLER_TOLD_SHOW, CONTROLLER_TOLD_WRITE, CONTROLLER_TOLD_SELECT, CONTROLLER_TOLD_CALL, CONTROLLER_TOLD_RELEASE, CONTROLLER_TOLD_PRIORITY };

struct controller_reply {
	uint32_t signal;
	enum controller_told told;
	uint32_t row;	 /* of a write or select; 0 = none */
	bool ok;	 /* a write: taken and read back the same. Else nothing of it is in force */
	const char *was; /* the value before, for the log; NULL not known */
	const char *is;	 /* the value asked for, for the log */
	const char *why; /* not ok: a sentence, no credentials */
	double answer_s; /* command to answer; NaN = none came */
};

/* What a driver tells, on the main context, never from inside a command. */
struct controller_events {
	void (*up)(void *user, const struct controller_identity *identity);
	void (*down)(void *user, const char *why);					   /* a sentence, no credentials */
	void (*status)(void *user, const struct controller_status *status, uint32_t n);
	void (*refused)(void *user, const char *why); /* the other side did not take a command */
	void (*timing)(void *user, const struct controller_timing *timing);
	void (*reply)(void *user, const struct controller_reply *reply);
	/* A fault with a name of its own, once when it begins and once when it is over: "controller-stranger" (another cabinet at the
	 * address), "controller-credentials", "controller-clock", "controller-garbage", "controller-edited" ... */
	void (*alert)(void *user, const char *kind, bool active, const char *sentence);
	/* Somebody came to an address that is ours and is no signal's cabinet, by the name that it gives itself (fit for a topic); over when it stays
	 * away. None of our signals is the worse for it. */
	void (*stranger)(void *user, const char *who, bool active, const char *sentence);
};

/* ---- the driver ---- */

struct controller; /* each driver's own */

enum controller_option_type { CONTROLLER_TEXT, CONTROLLER_NUMBER, CONTROLLER_WHOLE, CONTROLLER_CHOICE, CONTROLLER_SECRET };

struct controller_option { /* one of a driver's own keys in the configuration (controllers[].options) */
	const char *key;
	enum controller_option_type type;
	double min, max;
	const char *unit;
	const char *choices;  /* separated by blanks */
	const char *fallback; /* "" = may be left out, NULL = must be there */
	bool driving;	      /* must be there to drive; who only looks (controller_setup.probe) may leave it out */
	const char *means;
};

struct controller_setup {
	const struct network *net;
	struct bus *bus;	  /* the process's sockets, for those that speak ZeroMQ */
	const char *address;	  /* NULL where the driver needs none */
	const uint32_t *signals;  /* those it drives, copied */
	uint32_t n_signals;
	const struct controller_events *events; /* all set; must outlive the controller */
	void *user;
	const struct junction *const *junctions;   /* beside signals; NULL = not guarded: watched only. Outlive the controller */
	const struct cabinet_map *const *maps;	   /* beside signals; NULL = the configuration has none. Outlive the controller */
	const struct controller_options *options;  /* checked against the driver's table. Outlive the controller */
	bool probe;				   /* only look: nothing may be written, not even to keep alive */
};

/* Values of the driver's keys, checked and with the defaults filled in. A key that is not in its table is a fault of the driver. */
const char *controller_text(const struct controller_options *options, const char *key); /* secrets too; NULL = left out */
double controller_number(const struct controller_options *options, const char *key);	/* NaN = left out */

struct controller_driver {
	const char *name; /* as in the configuration */
	const char *what; /* one line for people */
	uint32_t can;	  /* enum controller_can bits: at best */
	bool needs_address;
	bool shares_address; /* several entries may have the same: cabinets come to it, or one has several crossings */
	bool needs_map;	  /* one signal a connection, and the configuration says which links hang on which of its phases */

	const struct controller_option *options; /* its own keys, ends with key NULL; NULL = none */
	bool (*address_check)(const char *address, GError **error); /* NULL: any text will do */
	/* What its table cannot say: keys that need each other, phases that it does not have. `map` NULL: there is none yet. NULL: all is said. */
	bool (*options_check)(const struct controller_options *options, const struct cabinet_map *map, GError **error);

	struct controller *(*open)(const struct controller_setup *setup, GError **error);
	void (*close)(struct controller *c); /* drops what is under way; NULL is fine */

	/* Shows these from now until told otherwise. A command that was not sent yet is replaced. Asks for the status with it. */
	void (*show)(struct controller *c, const struct controller_command *commands, uint32_t n);

	/* Hands these back to their own plans. */
	void (*release)(struct controller *c, const uint32_t *signals, uint32_t n);

	/* Once a second, after show: asks for the status if nothing else did; notices time-outs; keeps alive. */
	void (*poll)(struct controller *c);

	bool (*idle)(const struct controller *c); /* nothing under way: what was released has been handed back, as far as it can be known */
	void (*health)(const struct controller *c, struct controller_health *health);

	/* Writes a pattern into its row, all of it or nothing, and reads it back before it replies. A row that the cabinet says it is
	 * running, or that is selected, is refused (not for changes to a stored plan, which are meant for it). Copied. */
	void (*write)(struct controller *c, const struct controller_pattern *pattern);

	/* Runs that row, from the cabinet's own next chance, through its own smooth transition; stays in force until another one is
	 * selected or the signal is released. */
	void (*select)(struct controller *c, uint32_t signal, uint32_t row);

	/* Second by second; one that was not sent yet is replaced. */
	void (*call)(struct controller *c, const struct controller_call *calls, uint32_t n);

	void (*priority)(struct controller *c, const struct controller_priority *priority);
};

const struct controller_driver *controller_find(const char *name); /* NULL: there is none */
const struct controller_driver *controller_named(const char *name, GError **error); /* NULL with a sentence */
const struct controller_driver *const *controller_list(void);	   /* NULL-terminated; controllers.c */
