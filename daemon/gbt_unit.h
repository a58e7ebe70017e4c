/* gbt_unit.h - one GB/T 20999 controller as its host sees it: who it is, what it shows, what it was told, and whether it did it.
 *
 * Speaks the contract of controller.h on one side and frames on the other; the line in between, the time and the main loop belong to
 * whoever made it (controller_gbt20999.c, or a test with a cabinet of its own). Commands only put down what is to be done; everything
 * is told and most is sent from take, tick and flush. Plans go into rows that do not run, are read back, and only then can be
 * selected. It repeats nothing by itself: a cabinet that went back to its own plan stays there until it is commanded again.
 */
#pragma once

#include "daemon/controller.h"
#include "daemon/gbt_talk.h"

struct gbt_unit_setup {
	uint8_t host, junction; /* number in the frames; of the crossing, as class 13 and 17 number them */
	uint32_t controller;
	bool escape;	/* the line is a stream */
	double answer_s;
	const char *device; /* its device number must be this one; NULL = any */
	double backup_s;    /* it goes back to its own plan after so long without us, as set in it */
	double zone_s;	    /* its local clock is ahead of UTC by that; NaN = its clock is not looked at */
	uint8_t mode;	    /* enum gbt_mode to select plans with */
	uint32_t signal, n_links;
	const struct cabinet_map *map; /* NULL: phases are told, letters are not */
	bool probe;		       /* nothing is ever written, no heartbeat is sent */

	const struct controller_events *events;
	void *events_user;
	void *user;
	void (*send)(void *user, const uint8_t *bytes, size_t size); /* must not answer from inside */
	void (*drop)(void *user, double pause_s); /* close the line; open it again after the pause (0 = as after any loss) */
	void (*wake)(void *user);		  /* gbt_unit_flush soon */
	double (*now_s)(void *user);		  /* never goes back */
	int64_t (*utc_us)(void *user);
};

struct gbt_unit;

struct gbt_unit *gbt_unit_new(const struct gbt_unit_setup *setup);
void gbt_unit_free(struct gbt_unit *u); /* NULL is fine */
OWNED(gbt_unit)

/* The line is there, or is not (any more) and why. */
void gbt_unit_line(struct gbt_unit *u, bool open, const char *why);
void gbt_unit_take(struct gbt_unit *u, const uint8_t *bytes, size_t size);
void gbt_unit_tick(struct gbt_unit *u); /* a few times a second */
void gbt_unit_flush(struct gbt_unit *u);

/* The contract's commands. */
void gbt_unit_poll(struct gbt_unit *u);
void gbt_unit_write(struct gbt_unit *u, const struct controller_pattern *pattern);
void gbt_unit_select(struct gbt_unit *u, uint32_t row);
void gbt_unit_call(struct gbt_unit *u, uint16_t stage);
void gbt_unit_release(struct gbt_unit *u);
bool gbt_unit_idle(const struct gbt_unit *u);
void gbt_unit_health(const struct gbt_unit *u, struct controller_health *health);
