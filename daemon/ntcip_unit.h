/* ntcip_unit.h - one NTCIP 1202 controller unit as the contract of controller.h wants it: found out, watched, given patterns, held, let go.
 *
 * Knows what a unit wants to be asked and told, in which order, and what can go wrong; knows neither sockets nor clocks: a line and
 * a time are handed in, so that a week of it runs in seconds. Everything happens in poll, once a second, and in answers.
 *
 * Rules that hold whatever is asked: the row that runs or is selected is not written; a row that was written in part is not selected;
 * a unit without backup time, or not in automatic mode, is not commanded; what is in force is kept alive at a third of the backup time
 * and only from poll; a unit that flashes, is pre-empted, stopped or run by hand is left alone until it has been itself for a while.
 */
#pragma once

#include "daemon/controller.h"
#include "daemon/ntcip_link.h"

#define NTCIP_TIMEOUTS_DOWN 3 /* in a row */
#define NTCIP_BACKOFF_MOST_S 30.0
#define NTCIP_AWAY_S 60.0       /* normal for so long before it is commanded again */
#define NTCIP_LOOK_AGAIN_S 60.0 /* its database's number, backup time, mode and clock */
#define NTCIP_CLOCK_S 1.0       /* off by more is reported, and nothing is selected */

struct ntcip_unit_setup {
	struct ntcip_link *link; /* taken */
	uint32_t signal;
	const struct junction *junction; /* NULL: watched only */
	const struct cabinet_map *map;   /* NULL only with probe: what shows is not told then */
	const struct controller_events *events;
	void *user;
	double (*clock_s)(void *time); /* monotonic */
	double (*wall_s)(void *time);  /* UTC */
	void *time;
	uint32_t vars_most;  /* of one datagram */
	uint32_t sequence;   /* the rings' order that plans are made for */
	uint32_t split_mode; /* of phases in patterns: splitMode's number */
	bool transactions;   /* patterns are written in a database transaction */
	double zone_s;       /* where it does not tell its local time */
	bool zero_yellow;    /* its local zero is the beginning of the coordinated phase's yellow, not of its green */
	bool any_clock;      /* selects although its clock is wrong */
	bool probe;
	char *expect;                       /* part of what it calls itself; NULL anything. Copied */
	uint8_t preempts[NTCIP_PHASES + 1]; /* of each phase: the pre-emption input that serves it; 0 none */
};

struct ntcip_unit;
struct ntcip_unit *ntcip_unit_new(const struct ntcip_unit_setup *setup);
void ntcip_unit_free(struct ntcip_unit *u); /* NULL is fine */

/* As in struct controller_driver. */
void ntcip_unit_poll(struct ntcip_unit *u);
void ntcip_unit_write(struct ntcip_unit *u, const struct controller_pattern *pattern);
void ntcip_unit_select(struct ntcip_unit *u, uint32_t row);
void ntcip_unit_call(struct ntcip_unit *u, const struct controller_call *call);
void ntcip_unit_release(struct ntcip_unit *u);
void ntcip_unit_priority(struct ntcip_unit *u, const struct controller_priority *priority);
bool ntcip_unit_idle(const struct ntcip_unit *u);
void ntcip_unit_health(const struct ntcip_unit *u, struct controller_health *health);
