/* bus.h - ZeroMQ sockets on the GLib main loop: publish, subscribe, answer, ask. Knows bytes, not messages.
 *
 * Feed messages are two frames, topic and body; calls are one. Whatever has another shape or is too long is refused and
 * counted. Publishing never blocks: what a slow subscriber cannot take is dropped for it, and the bodies' `seq` shows it.
 * Beyond loopback and ipc a socket must speak CURVE or it is not opened. One thread: that of the main context.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

enum bus_error { BUS_ERROR_ENDPOINT, BUS_ERROR_IN_USE, BUS_ERROR_KEYS, BUS_ERROR_SILENT, BUS_ERROR_SOCKET };
#define BUS_ERROR bus_error_quark()
GQuark bus_error_quark(void);

struct bus; /* one a process: ZeroMQ's context and the list of keys that may come in */
struct bus *bus_new(void);
void bus_free(struct bus *b); /* NULL is fine; after all its sockets */
OWNED(bus)

#define BUS_KEY 41 /* a CURVE key in Z85, with its 0 */
struct bus_keys { /* "" = none */
	char secret[BUS_KEY];
	char public[BUS_KEY]; /* follows from the secret one */
	char server[BUS_KEY]; /* who connects: the other side's public key */
};

/* Reads a secret key from a file that only its owner may read, and works out the public one. */
bool bus_keys_read(struct bus_keys *keys, const char *path, GError **error);
/* A new pair; writes the secret one to a new file of mode 0600. */
bool bus_keys_make(struct bus_keys *keys, const char *path, GError **error);
bool bus_key_check(const char *z85, GError **error);

/* Who may connect to this process's CURVE sockets: public keys, replaces the list; empty at the beginning = nobody. */
void bus_allow(struct bus *b, const char *const *public_keys);

/* Is it an address that a socket could have: tcp://host:port, ipc://path, inproc://name? Opens nothing. */
bool bus_endpoint_check(const char *endpoint, GError **error);
/* Can only this machine reach it? ipc, inproc, 127.x, ::1, localhost. */
bool bus_endpoint_local(const char *endpoint);

enum bus_kind { BUS_PUB, BUS_SUB, BUS_REP, BUS_REQ };

struct bus_options {
	enum bus_kind kind;
	bool bind;               /* else connect */
	const char *endpoint;    /* tcp://, ipc:// (a relative path is in the runtime folder), inproc:// */
	uint32_t high_water;     /* messages queued for one peer; 0 = 1000 */
	uint32_t max_bytes;      /* of one message; 0 = 1 MiB */
	const struct bus_keys *keys; /* NULL = none: loopback, ipc and inproc only */
};

struct bus_socket;
struct bus_socket *bus_open(struct bus *b, const struct bus_options *options, GError **error);
void bus_socket_free(struct bus_socket *s); /* NULL is fine */
OWNED(bus_socket)
const char *bus_endpoint(const struct bus_socket *s); /* as bound: a port 0 is the real one by then */

struct bus_counts {
	uint64_t sent, received;
	uint64_t too_long, wrong_shape; /* refused */
};
struct bus_counts bus_counts(const struct bus_socket *s);

/* BUS_PUB. Never blocks. */
void bus_publish(struct bus_socket *s, const char *topic, const char *body);

/* BUS_PUB. Has anybody asked for this topic? So nobody writes what nobody reads. */
bool bus_wanted(struct bus_socket *s, const char *topic);

/* BUS_SUB. Prefixes add up; "" = everything. */
void bus_subscribe(struct bus_socket *s, const char *prefix);

/* A message came: topic (0-terminated) for BUS_SUB, NULL for a reply to BUS_REQ. `body` is 0-terminated beyond its length.
 * For BUS_REP the answer is returned (owned by the bus from then on, never NULL); the others return NULL. */
typedef char *(*bus_on_message)(void *user, const char *topic, const char *body, size_t length);

/* Calls back from the thread-default main context from now on; the socket must not be freed inside the call. */
void bus_watch(struct bus_socket *s, bus_on_message on_message, void *user);

/* BUS_REQ: sends without waiting; the reply comes by bus_watch. A request sent before the last one was answered takes its
 * place: the late reply is dropped. */
bool bus_send(struct bus_socket *s, const char *body, GError **error);

/* BUS_REQ: sends and waits for the reply (owned by the caller), for lockstep and command lines. */
char *bus_ask(struct bus_socket *s, const char *body, double timeout_s, GError **error);

/* BUS_SUB, BUS_REP without bus_watch: waits for one message. False without error set = nothing came in time. Both owned by the
 * caller; topic is NULL for BUS_REP, which must then be answered with bus_answer. */
bool bus_wait(struct bus_socket *s, double timeout_s, char **topic, char **body, size_t *length);
void bus_answer(struct bus_socket *s, const char *body);
