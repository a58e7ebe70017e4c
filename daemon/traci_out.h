/* traci_out.h - a message to SUMO: commands in a row, and which answers they must get.
 *
 * SUMO carries out a step after all other commands of its message wherever it stands, so it must be the last one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"
#include "daemon/traci_words.h"

enum traci_answer { /* after the status */
	TRACI_ANSWER_NONE,
	TRACI_ANSWER_VERSION,
	TRACI_ANSWER_VALUE,   /* of a get */
	TRACI_ANSWER_WATCHED, /* of a subscription: what it holds now */
	TRACI_ANSWER_STEP,    /* all subscriptions */
};

struct traci_asked {
	uint8_t command;
	enum traci_answer answer;
	bool may_fail; /* a refusal is no failure: nothing is told */
};

struct traci_out {
	GByteArray *bytes; /* the message; its first four bytes are its length */
	GArray *asked;     /* struct traci_asked, in the order of the commands */
	guint command;     /* where the command under way begins */
};

struct traci_out *traci_out_new(void);
void traci_out_free(struct traci_out *o); /* NULL is fine */
OWNED(traci_out)
void traci_out_clear(struct traci_out *o); /* for the next message */

void traci_out_may_fail(struct traci_out *o); /* the command written last */

void traci_out_version(struct traci_out *o);
void traci_out_order(struct traci_out *o, int32_t order); /* who steps first among several clients */
void traci_out_step(struct traci_out *o);                 /* one step; last in its message */
void traci_out_close(struct traci_out *o);
void traci_out_get(struct traci_out *o, uint8_t command, uint8_t variable, const char *id);
void traci_out_set_text(struct traci_out *o, uint8_t command, uint8_t variable, const char *id, const char *text);
/* From now on, each step tells these variables of the object (of all vehicles within range_m of it). */
void traci_out_watch(struct traci_out *o, uint8_t command, const char *id, const uint8_t *variables, uint8_t n);
void traci_out_watch_around(
	struct traci_out *o, uint8_t command, const char *id, uint8_t domain, double range_m, const uint8_t *variables, uint8_t n);
