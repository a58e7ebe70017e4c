/* fake_sumo.h - somebody who listens like SUMO and says what he was told to, right or wrong.
 *
 * A thread with a socket on loopback. It answers one client, turn by turn, and ends when the client is gone or the turns are over.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum fake_act {
	FAKE_REPLY,
	FAKE_CUT,     /* half of the reply, then it closes */
	FAKE_TRICKLE, /* byte by byte */
	FAKE_SILENT,  /* nothing, until the client gives up */
	FAKE_CLOSE,   /* closes */
};

struct fake_turn {
	enum fake_act act;
	GBytes *request; /* the message that must come, its length included; NULL: any */
	GBytes *reply;   /* the message that goes out, whatever its length says */
};

struct fake_sumo;
struct fake_sumo *fake_sumo_start(GArray *turns); /* struct fake_turn; taken, with what they hold */
uint16_t fake_sumo_port(const struct fake_sumo *f);

/* Waits for its end. How many turns were taken; false in `as_told` when a request was another one. */
guint fake_sumo_end(struct fake_sumo *f, bool *as_told);

GArray *fake_turns_new(void);
void fake_turns_add(GArray *turns, enum fake_act act, GBytes *request, GBytes *reply); /* takes both */
/* A recording: lines that begin with ">> " and "<< ", in hexadecimal, blanks allowed; other lines are passed over. Exchanges that were
 * not recorded whole are left out. NULL: there is no such file. */
GArray *fake_turns_read(const char *path);

GBytes *fake_hex(const char *hex); /* blanks allowed */
