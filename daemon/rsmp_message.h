/* rsmp_message.h - RSMP 3.2 messages: JSON text <-> what is in it, and messages out of a stream of bytes.
 *
 * A message is one JSON object in UTF-8, ended by a form feed (0x0C). Readers are strict about what they use and pass over what
 * they do not know. Values travel as texts. Pure: no socket, no clock; ids come from the caller. Knows no codes of any catalogue.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

enum rsmp_error { RSMP_ERROR_MESSAGE };
#define RSMP_ERROR rsmp_error_quark()
GQuark rsmp_error_quark(void);

#define RSMP_END 0x0c
#define RSMP_MESSAGE_MOST (1 << 20) /* bytes of one message */

enum rsmp_type {
	RSMP_VERSION,
	RSMP_ACK,
	RSMP_NOT_ACK,
	RSMP_WATCHDOG,
	RSMP_AGGREGATED_STATUS,
	RSMP_ALARM,
	RSMP_STATUS_RESPONSE,
	RSMP_STATUS_UPDATE,
	RSMP_COMMAND_RESPONSE,
	RSMP_OTHER, /* of RSMP, and not for us */
};

struct rsmp_value { /* of a status or a command */
	const char *code, *name; /* "S0014", "status" */
	const char *text;	 /* NULL: null, or no text */
	bool recent;		 /* q or age is "recent" */
};

struct rsmp_message {
	json_t *root;
	enum rsmp_type type;
	const char *id;	    /* mId; of acks oMId */
	const char *reason; /* of NOT_ACK */
	const char *component, *nts, *xnid; /* cId, ntsOId, xNId; NULL not there */
	const char *site; /* of VERSION: the first */
	GPtrArray *versions; /* of VERSION: const char * */
	const char *sxl;
	bool bits[8]; /* of AGGREGATED_STATUS */
	const char *alarm, *alarm_state; /* aCId; "Active", "inActive" */
	const char *special; /* aSp: Issue, Acknowledge ... */
	struct rsmp_value *values;
	uint32_t n_values;
};

/* NULL with a sentence. All strings are its own. */
struct rsmp_message *rsmp_message_read(const char *text, size_t length, GError **error);
void rsmp_message_free(struct rsmp_message *m); /* NULL is fine */
OWNED(rsmp_message)

/* The value of that code and name; NULL: it is not there. */
const struct rsmp_value *rsmp_message_value(const struct rsmp_message *m, const char *code, const char *name);

/* Texts to send, with their end byte; owned by the caller. `id` is the message's own. */
char *rsmp_write_ack(const char *of);
char *rsmp_write_not_ack(const char *of, const char *reason);
char *rsmp_write_version(const char *id, const char *version, const char *site, const char *sxl);
char *rsmp_write_watchdog(const char *id, int64_t utc_us);

struct rsmp_where { /* the component that is spoken of */
	const char *nts, *xnid, *component;
};

struct rsmp_argument {
	const char *name, *text;
};

/* Status names, ended by NULL pairs: code, name, code, name. `rate_s` of subscriptions; `as_text`: old sites want sOc as a text. */
char *rsmp_write_status_request(const char *id, const struct rsmp_where *where, const char *const *names);
char *rsmp_write_subscribe(const char *id, const struct rsmp_where *where, const char *const *names, const char *rate_s, bool on_change, bool as_text);
char *rsmp_write_command(const char *id, const struct rsmp_where *where, const char *code, const char *order, const struct rsmp_argument *arguments,
	uint32_t n);

/* Messages out of a stream. */
struct rsmp_stream {
	GByteArray *text;
};

void rsmp_stream_init(struct rsmp_stream *s);
void rsmp_stream_finish(struct rsmp_stream *s);

/* Takes what it can; true when a message is whole and lies in s->text (until the next call). Moves `bytes` on. False with `error` set
 * when a message is longer than any can be. */
bool rsmp_stream_take(struct rsmp_stream *s, const uint8_t **bytes, size_t *size, GError **error);
