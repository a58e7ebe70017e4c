/* bus_inside.h - what the files of the bus share: addresses and keys. Nobody else includes it. */
#pragma once

#include "daemon/bus.h"

/* The address as libzmq takes it: relative ipc paths are put into the runtime folder, which is made when it is not there
 * and must be ours. `bind`: refuses a path that another program answers on. Owned by the caller. */
char *bus_address(const char *endpoint, bool bind, GError **error);

/* Answers libzmq's question who may come in (ZeroMQ RFC 27, ZAP) on a thread of its own, so that a busy main loop delays nobody. */
struct bus_gate;
struct bus_gate *bus_gate_new(void *context, GError **error);
void bus_gate_free(struct bus_gate *g); /* after the context was shut down; NULL is fine */
void bus_gate_allow(struct bus_gate *g, const char *const *public_keys);

/* Puts CURVE onto a socket that is not bound or connected yet. */
bool bus_curve(void *socket, bool server, const struct bus_keys *keys, GError **error);
