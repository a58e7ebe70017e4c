/* traci.h - a connection to SUMO: one message, one reply.
 *
 * Nothing waits for ever: a SUMO that says nothing for the patience, closes, or sends what cannot be read ends in a sentence.
 * After a failure the connection is of no further use.
 */
#pragma once

#include <signal.h>

#include "daemon/traci_in.h"

struct traci;

/* NULL with a sentence. `stop` (may be NULL) ends any waiting; it must outlive the connection. */
struct traci *traci_open(const char *host, uint16_t port, double patience_s, const volatile sig_atomic_t *stop, GError **error);
void traci_free(struct traci *t); /* NULL is fine */
OWNED(traci)

/* Sends the message, waits for the reply and reads it. */
bool traci_ask(struct traci *t, const struct traci_out *message, const struct traci_hearer *hearer, GError **error);

struct traci_counts {
	uint64_t round_trips, bytes_out, bytes_in;
	double waited_s; /* for replies */
};
struct traci_counts traci_counts(const struct traci *t);
