/* gbt_talk.h - asking a GB/T 20999 controller and hearing its answers: one exchange at a time, asked again until it is answered.
 *
 * An exchange queries or sets some items. Queries go several items to a frame where the unit takes that, and one by one as soon as
 * it does not (all frames that were ever recorded hold one item); sets always go one by one, in order, and the first that is refused
 * ends the exchange. An answer must name the same items; its sequence number must be the question's, unless the unit's first answer
 * shows that it counts for itself. Repeating is safe: every item is a value, none is a step.
 *
 * Pure: bytes go out and come in by function, time comes in as an argument. Does not know what the items mean.
 */
#pragma once

#include "core/owned.h"
#include "daemon/gbt_frame.h"

#define GBT_EXCHANGE_MOST 24 /* items of one exchange */

struct gbt_value {
	struct gbt_key key;
	uint8_t length; /* of data */
	bool answered;
	uint8_t refusal; /* enum gbt_refusal, 0 = none */
	uint8_t data[GBT_DATA_MOST];
};

struct gbt_exchange {
	uint8_t type; /* GBT_QUERY or GBT_SET */
	int purpose;  /* the caller's own */
	uint32_t tag; /* likewise */
	uint32_t n;
	struct gbt_value values[GBT_EXCHANGE_MOST]; /* a query's answers are filled in */
	uint32_t at;    /* the item that is asked next */
	bool one_by_one;
	double asked_s; /* when the first frame of it went out */
};

enum gbt_outcome {
	GBT_TAKEN,
	GBT_REFUSED, /* some item was: its value tells; of a query the others are answered */
	GBT_SILENT,  /* no answer after all tries */
};

enum gbt_odd {
	GBT_ODD_GARBAGE,  /* damaged, or no frame */
	GBT_ODD_STRANGER, /* a frame of another controller, or for another host */
	GBT_ODD_STRAY,	  /* an answer to nothing that is asked */
};

struct gbt_talk_setup {
	uint8_t host, junction;
	uint32_t controller;
	bool escape;	/* a stream: not UDP */
	double answer_s; /* until a question is asked again */
	uint32_t tries;
	void *user;
	void (*send)(void *user, const uint8_t *bytes, size_t size);
	void (*done)(void *user, const struct gbt_exchange *exchange, enum gbt_outcome outcome); /* may ask on */
	void (*report)(void *user, const struct gbt_item *item); /* sent unasked; NULL = not wanted */
	void (*odd)(void *user, enum gbt_odd kind, const char *what); /* a sentence: what came fits nothing */
};

struct gbt_counts {
	uint64_t sent, answered, timeouts, refused, garbage;
	uint64_t stray; /* answers to nothing that is asked: late, or for somebody else */
	double answer_s; /* the last one; NaN none */
};

struct gbt_talk;

struct gbt_talk *gbt_talk_new(const struct gbt_talk_setup *setup);
void gbt_talk_free(struct gbt_talk *t); /* NULL is fine */
OWNED(gbt_talk)

/* The line is new: everything that was to be asked is forgotten, without a word. */
void gbt_talk_reset(struct gbt_talk *t);

/* Asks behind all others, or (`soon`) next. The exchange's keys, and of a set its data, are filled in. */
void gbt_talk_ask(struct gbt_talk *t, const struct gbt_exchange *exchange, bool soon, double now_s);

/* Bytes of the stream, or one datagram. */
void gbt_talk_take(struct gbt_talk *t, const uint8_t *bytes, size_t size, double now_s);

/* Asks again, or gives up. To be called a few times a second. */
void gbt_talk_tick(struct gbt_talk *t, double now_s);

/* Says that we are there: a heartbeat. Its answer is counted only. */
void gbt_talk_beat(struct gbt_talk *t);

/* The controller's own heartbeats are answered until then, and no longer: who hangs must not look alive. */
void gbt_talk_alive(struct gbt_talk *t, double until_s);

bool gbt_talk_idle(const struct gbt_talk *t);
bool gbt_talk_waits(const struct gbt_talk *t, int purpose); /* an exchange of that purpose is asked or waits */
const struct gbt_counts *gbt_talk_counts(const struct gbt_talk *t);

/* Adds an item to query or set. */
void gbt_exchange_query(struct gbt_exchange *e, uint8_t class, uint8_t object, uint8_t attribute, uint8_t element);
void gbt_exchange_set(struct gbt_exchange *e, struct gbt_key key, const uint8_t *data, uint8_t length);
void gbt_exchange_number(struct gbt_exchange *e, struct gbt_key key, uint32_t value, uint8_t length); /* sets 1, 2 or 4 bytes */

/* The answer to that item as a number; false when it was not answered, or is no number. */
bool gbt_exchange_value(const struct gbt_exchange *e, uint32_t i, uint32_t *value);

const char *gbt_refusal_text(uint8_t refusal);
