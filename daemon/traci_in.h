/* traci_in.h - what SUMO answers: a reply, read strictly against what was asked.
 *
 * The bytes come from a socket and are not trusted: each length is checked before anything is read, and whatever does not fit
 * what was asked is one sentence. Texts lie in the reply and end with it; they are not terminated.
 */
#pragma once

#include "daemon/traci_out.h"

enum traci_error { TRACI_ERROR_CONNECTION, TRACI_ERROR_GARBAGE, TRACI_ERROR_REFUSED };
#define TRACI_ERROR traci_error_quark()
GQuark traci_error_quark(void);

struct traci_text {
	const char *at;
	uint32_t length;
};

struct traci_value {
	uint8_t variable, type;      /* enum traci_type */
	double number;               /* of UBYTE, BYTE, INT and DOUBLE; else NaN */
	struct traci_text text;      /* of TEXT; else empty */
	const uint8_t *inside, *end; /* of TEXTS and COMPOUND: their entries, for traci_next */
	uint32_t n;                  /* so many */
};

/* The next entry of a TEXTS or COMPOUND value, which moves on. False at its end. */
bool traci_next(struct traci_value *list, struct traci_value *entry);

struct traci_hearer { /* functions may be NULL */
	void *user;
	/* What was got, or what a subscription tells of one object; `around`: the subscription's own object (as `object` where it is
	 * one of an object by itself). False with a sentence ends the reading. */
	bool (*on_object)(void *user, uint8_t result, struct traci_text around, struct traci_text object, const struct traci_value *values,
		uint32_t n, GError **error);
	bool (*on_version)(void *user, int32_t api, struct traci_text name, GError **error);
};

/* `bytes` without the message's own length. False with a sentence, which is fit for a terminal. */
bool traci_in_read(const uint8_t *bytes, size_t length, const struct traci_out *asked, const struct traci_hearer *hearer, GError **error);

/* Fit for a terminal, short; owned by the caller. */
char *traci_printable(struct traci_text text);
bool traci_text_is(struct traci_text text, const char *other);
