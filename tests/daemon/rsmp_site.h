/* rsmp_site.h - an RSMP site (SXL TLC) in simulated time: two stages of two signal groups, stored plans, bands, silence; its misdeeds.
 *
 * Made after the facts about the standard, not after the driver. It counts for itself what must never happen. As the SXL demands, it does
 * not let plans, cycles or bands cut its fixed times: it refuses them.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

#define SITE_PLANS 8
#define SITE_GROUPS 4
#define SITE_WATCHDOG_S 60 /* between two of its watchdogs */

enum site_misdeed {
	SITE_MUTE = 1 << 0,	     /* neither acks nor answers */
	SITE_LATE = 1 << 1,	     /* everything 10 s later */
	SITE_GARBAGE = 1 << 2,	     /* no JSON now and then */
	SITE_WRONG_TYPE = 1 << 3,    /* statuses are numbers, not texts */
	SITE_OUT_OF_RANGE = 1 << 4,  /* group letters and plans that there are not */
	SITE_REFUSE_OFFSET = 1 << 5, /* M0015: half of a change is made */
	SITE_REFUSE_PLAN = 1 << 6,   /* M0002 */
	SITE_FORGETFUL = 1 << 7,     /* M0018 is answered and not done */
	SITE_OTHER_ECHO = 1 << 8,    /* answers commands with other values */
	SITE_TEXTS = 1 << 9,	     /* wants sOc as text, as schemas before 0.5.1 did */
	SITE_NO_ANSWER = 1 << 10,    /* acks commands and does not answer them */
	SITE_TELLTALE = 1 << 11,     /* says the code that it refuses */
};

struct rsmp_site {
	/* what it is */
	char id[32], code[16], versions[3][8];
	double backup_s, clock_off_s;
	uint32_t misdeeds;
	int64_t utc_s;
	uint32_t own_plan;
	struct {
		int cycle_s, offset_s, bands[3]; /* bands 1 and 2 lengthen stage 1 and 2 */
		int stage_s[2]; /* green and the way to the other one */
	} plans[SITE_PLANS + 1];
	double min_green_s, amber_s, red_s;

	/* how it is */
	double now_s, heard_s, connected_s, stage_s, bands_s;
	double extra_s; /* that the second stage is longer, on the way into step: c = (b + o) mod t is to be 0 when the first begins */
	int bands_timeout_min;
	bool connected, greeted, ours, flash, dark, local;
	uint32_t plan, commanded;
	int stage; /* 0, 1 */
	enum { GROUP_RED, GROUP_GREEN, GROUP_AMBER } groups[SITE_GROUPS];
	double group_s[SITE_GROUPS], ended_s[SITE_GROUPS], amber_for_s[SITE_GROUPS];
	bool subscribed, on_change;
	uint32_t told_plan;
	bool told_flash, told_dark;
	struct { /* what must never happen, and what did */
		uint64_t conflicts, short_greens, short_clearances, greens, commands, plans, changes, refused, returned, wrong_codes, priorities;
	} counts;
	char last_text[2048]; /* of the commands */
	uint64_t serial;
	GQueue out; /* struct site_sent */
	bool closed;	/* it closed the connection */
};

struct rsmp_site *rsmp_site_new(void);
void rsmp_site_free(struct rsmp_site *s);
OWNED(rsmp_site)

void rsmp_site_connect(struct rsmp_site *s); /* its Version is the first that it says */
void rsmp_site_lost(struct rsmp_site *s);
void rsmp_site_restart(struct rsmp_site *s);
void rsmp_site_step(struct rsmp_site *s, double now_s);
void rsmp_site_hear(struct rsmp_site *s, const char *text, size_t size); /* one message, its end byte with it */
char *rsmp_site_say(struct rsmp_site *s); /* what is due, without end byte; NULL nothing. Owned by the caller */
