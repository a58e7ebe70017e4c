/* gbt_unit_inside.h - what the files of gbt_unit share; nobody else includes it. */
#pragma once

#include "core/units.h"
#include "daemon/gbt_timing.h"
#include "daemon/gbt_unit.h"
#include "daemon/gbt_words.h"

enum gbt_purpose { GBT_FOR_IDENTITY, GBT_FOR_TIMING, GBT_FOR_STATUS, GBT_FOR_CLOCK, GBT_FOR_WRITE, GBT_FOR_READ_BACK, GBT_FOR_SELECT, GBT_FOR_CALL,
	GBT_FOR_RELEASE, GBT_FOR_CANCEL };

enum gbt_fault { GBT_FAULT_STRANGER, GBT_FAULT_GARBAGE, GBT_FAULT_CLOCK, GBT_FAULT_EDITED, GBT_FAULT_STATUS, GBT_N_FAULTS };

enum gbt_life { GBT_NO_LINE, GBT_IDENTIFYING, GBT_READING, GBT_UP };

struct gbt_order { /* a command that waits, or is under way */
	enum controller_told told;
	uint32_t row;
	uint16_t stage; /* of a call */
	uint16_t first; /* and the one that it sends: to take over is to call what shows */
	double begun_s;
	double cycle_s, offset_s;
	uint32_t n;
	uint8_t stages[GBT_CHAIN];
	uint16_t times_s[GBT_CHAIN];
	uint32_t lead; /* which of them is coordinated */
	char *misfit;  /* a write that cannot be: why */
	char *is;      /* for the log */
};

enum gbt_force { GBT_FORCE_NONE, GBT_FORCE_ROW, GBT_FORCE_STAGE }; /* what of ours is in force */

struct gbt_unit {
	struct gbt_unit_setup setup;
	char *device;
	struct gbt_talk *talk;
	enum gbt_life life;
	bool told_up, told_down;

	struct gbt_timing timing, reading; /* in force; being read again */
	enum gbt_reading step;
	uint32_t unread; /* exchanges of the step that are out */
	uint32_t version;
	double read_s; /* when the timing was read; NaN never */

	uint8_t mode, plan; /* last seen */
	uint16_t stage;
	double way_s; /* since when that stage was seen to have the right of way; NaN it has not */
	double left_s;  /* how long that stage still runs by itself, as it said; NaN it does not say */
	double seen_s; /* the last good status; NaN none since the line is new */
	bool lamps;    /* it tells lamps' colours */
	uint32_t alarms; /* latched until told: enum controller_alarm bits */
	int64_t alarm_count, fault_count; /* -1 not known yet */

	GQueue orders; /* struct gbt_order */
	struct gbt_order *order; /* under way; NULL none */
	enum gbt_force force;
	uint32_t row_before; /* the one selected before, as long as it is not sure that the new one was taken; 0 none */
	bool may_run[256];   /* selected, never seen to run and replaced: it still will, if the controller did not do what it said */
	uint32_t row;	     /* selected, also while a stage is called or after the line was lost; 0 none */
	uint16_t called;     /* stage */
	double forced_s;     /* since when */
	double changed_s;    /* when what it runs was changed by us, hand-backs too */
	double cycle_s[256]; /* of rows that we wrote and read back; 0 = not ours, NaN = half written */
	bool late_told;	     /* that the selected row does not run */
	bool given_back;     /* it took its hand-back, and neither row nor stage since */

	double beat_s, clock_s; /* last heartbeat, last look at the clock */
	double stray_s;		/* last answer to nothing that was asked; NaN none */
	bool faults[GBT_N_FAULTS];
	double fault_s[GBT_N_FAULTS]; /* last time it was seen */
};

/* gbt_unit.c */
void gbt_unit_fault(struct gbt_unit *u, enum gbt_fault fault, bool active, const char *format, ...) G_GNUC_PRINTF(4, 5);
void gbt_unit_lose(struct gbt_unit *u, double pause_s, const char *why); /* closes the line */
const char *gbt_mode_away(uint8_t mode); /* why such a controller is to be left alone; NULL = it need not */

/* gbt_status.c: what it shows, its clock, its alarms */
void gbt_status_ask(struct gbt_unit *u);
void gbt_status_take(struct gbt_unit *u, const struct gbt_exchange *e);
bool gbt_unit_led(const struct gbt_unit *u); /* it follows a centre, and not in what this unit told it */
void gbt_clock_ask(struct gbt_unit *u);
void gbt_clock_take(struct gbt_unit *u, const struct gbt_exchange *e);

/* gbt_orders.c: commands */
void gbt_orders_next(struct gbt_unit *u);
void gbt_orders_take(struct gbt_unit *u, const struct gbt_exchange *e, enum gbt_outcome outcome);
void gbt_orders_fail(struct gbt_unit *u, const char *why); /* all of them: each with its reply */
void gbt_orders_watch(struct gbt_unit *u);		   /* after a status: is what is in force really so? */
