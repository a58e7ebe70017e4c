/* ntcip_inside.h - a unit from the inside, for the files that it is made of: ntcip_unit.c (its life), ntcip_know.c (who it is),
 * ntcip_status.c (what it says), ntcip_row.c (a pattern written), ntcip_command.c (what is in force).
 */
#pragma once

#include "daemon/ntcip_talk.h"
#include "daemon/ntcip_unit.h"

#define NTCIP_ROWS 253

struct ntcip_phase_facts {
	uint8_t walk_s, ped_clear_s, min_green_s, max1_s, ring;
	double yellow_s, red_s;
	uint16_t options; /* bit 0: enabled */
	uint32_t with;    /* concurrency, bit number - 1 */
};

struct ntcip_facts {                                  /* as read after each connect */
	char *descr, *make, *model, *version, *standards; /* owned; never NULL once read */
	bool asc;                                         /* a module says that it is an actuated signal controller */
	uint32_t modules;                                 /* rows of the module table; 0 not told */
	uint32_t phases, patterns, splits, sequences, rings, preempts;
	uint32_t table_type, coord_mode, set_id;
	uint32_t backup_s;
	double zone_s;     /* its local time is so far ahead of UTC */
	uint32_t sync_min; /* its cycles are counted from there, minutes past its midnight */
	struct ntcip_phase_facts phase[NTCIP_PHASES + 1];
	uint8_t order[NTCIP_RINGS][CONTROLLER_RING_LENGTH];
	uint8_t pattern_cycle[NTCIP_ROWS + 1], pattern_split[NTCIP_ROWS + 1];
};

enum ntcip_life { NTCIP_DOWN, NTCIP_ASKING_WHO, NTCIP_READING, NTCIP_UP };

enum ntcip_job { NTCIP_NO_JOB, NTCIP_JOB_STATUS, NTCIP_JOB_LOOK, NTCIP_JOB_WRITE, NTCIP_JOB_COMMAND };

struct ntcip_bits { /* second by second, a byte a group of eight phases */
	uint32_t hold, force_off, omit, vehicle_calls, ped_calls;
};

struct ntcip_write { /* a pattern on its way into a row */
	bool wanted;
	struct controller_pattern pattern; /* its splits point to `splits` */
	struct controller_split splits[NTCIP_PHASES];
	int step;
	double asked_s;
	uint8_t split; /* the split row that it goes to */
	bool moved;    /* the pattern row is pointed at it */
	bool in_transaction;
	uint32_t verifies;
	char *was, *why;
	struct ntcip_var set[64];
	uint32_t n_set;
};

struct ntcip_force { /* what is in force, and what is asked for */
	uint32_t row;    /* systemPatternControl: 0 nothing, 254 free while it is held */
	bool calls;      /* it is held second by second */
	struct ntcip_bits bits;
	uint32_t preempts; /* asked for, bit number - 1 */
};

struct ntcip_ask { /* what waits for its reply */
	bool select, release, priority;
	double asked_s;
	uint32_t was; /* selected before */
};

struct ntcip_unit {
	struct ntcip_unit_setup s;
	struct ntcip_talk *talk;
	enum ntcip_life life;
	bool told_up;
	struct ntcip_facts facts;
	char *first_descr; /* who was there first: another one is a stranger */
	bool stranger, credentials, garbage, clock_off, edited, no_backup;

	double now_s;              /* of the last poll or answer */
	double retry_s, backoff_s; /* when DOWN */
	uint32_t silent;           /* time-outs in a row */
	bool poll_due, look_due;
	double looked_s;
	double look_s, status_s; /* when that was asked, and the status */
	bool edits;	    /* a pattern was begun: its database is another one by our own hand */
	enum ntcip_job job; /* what the talk is about */

	/* status, as last heard */
	double heard_s;
	uint32_t running, control, free_status;
	uint32_t greens; /* bit number - 1 */
	double normal_s; /* since when nothing is wrong; NaN: something is */
	char *letters;
	int64_t since_us;
	bool away;

	struct ntcip_write write, write_next; /* under way; to be begun */
	uint32_t write_dropped;               /* the row of one that another took the place of; 0 none */
	uint64_t rows_broken[4];              /* bit: the row was begun and not finished */
	uint64_t rows_ours[4];                /* written from here since it came up */

	struct ntcip_force now, then;   /* as the unit has it, as far as is known; as it shall be */
	struct ntcip_force sent;        /* on its way */
	struct ntcip_ask ask, sent_ask; /* to be answered, of `then` and of `sent` */
	bool command_due, letting_go;
	uint32_t tries;                  /* of the command */
	GHashTable *requests;            /* id -> pre-emption inputs asked for, bit number - 1 */
	double let_go_s;                 /* handing back is tried again then */
	double commanded_s;              /* when the backup timer was started again last */
	double row_s;                    /* when the row in force was commanded; NaN never */
	uint8_t absent[NTCIP_N_OBJECTS]; /* of the status: it has not got these */
	struct controller_health health;
};

static inline void ntcip_add(struct ntcip_var *vars, uint32_t *n, enum ntcip_object object, uint32_t index, uint32_t index2, int64_t number)
{
	vars[(*n)++] = (struct ntcip_var){.object = object, .index = (uint16_t) index, .index2 = (uint16_t) index2, .number = number};
}

static inline bool ntcip_row_in(const uint64_t *rows, uint32_t row)
{
	return (rows[row / 64] >> row % 64 & 1) != 0;
}

/* ntcip_unit.c */
void ntcip_next(struct ntcip_unit *u); /* the talk is over: the most urgent thing that waits */
void ntcip_down(struct ntcip_unit *u, const char *why);
void ntcip_alert(struct ntcip_unit *u, bool *active, bool now, const char *kind, const char *sentence);
bool ntcip_failed(struct ntcip_unit *u, enum ntcip_error error); /* what every answer is looked at for; true: the connection is gone */

/* ntcip_know.c */
void ntcip_ask_who(struct ntcip_unit *u);
void ntcip_look(struct ntcip_unit *u); /* is its database still the same, its clock right? */
void ntcip_look_at_clock(struct ntcip_unit *u, int64_t utc_s, double asked_s); /* as it told it, in answer to what was asked then */
void ntcip_facts_clear(struct ntcip_facts *f);
char *ntcip_text(const struct ntcip_var *v); /* what others wrote, fit for a log line; owned by the caller */

/* ntcip_status.c */
void ntcip_ask_status(struct ntcip_unit *u);

/* ntcip_row.c */
bool ntcip_write_due(struct ntcip_unit *u);
void ntcip_write_step(struct ntcip_unit *u);
void ntcip_write_end(struct ntcip_unit *u, const char *why); /* NULL: it is written */

/* ntcip_command.c */
void ntcip_command(struct ntcip_unit *u);
void ntcip_forget(struct ntcip_unit *u, const char *why); /* answers what was asked for: the connection is gone */
char *ntcip_blame(const char *what, const struct ntcip_outcome *o); /* "what: object: error", of a SET that failed. Owned by the caller */
char *ntcip_refusal(const struct ntcip_unit *u);          /* why it is not commanded now; NULL: it may be. Owned by the caller */
