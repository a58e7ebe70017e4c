/* gbt_link.h - a line to one cabinet: TCP, UDP or serial, opened again for ever with back-off.
 *
 * `tcp://host:port`, `udp://host:port` or `serial:/dev/ttyS0`. Never waits: what cannot be sent at once closes the line. Does not
 * know what the bytes mean.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

struct gbt_link_events { /* from the main loop, never from inside a call; at most one of them is true at a time */
	void (*line)(void *user, bool open, const char *why);
	void (*bytes)(void *user, const uint8_t *bytes, size_t size); /* of a stream, or one datagram */
};

struct gbt_link;

bool gbt_link_check(const char *address, GError **error);

/* Begins to open it. `baud` is of serial lines: 1200 ... 115200, 8 bits, no parity. */
struct gbt_link *gbt_link_new(const char *address, uint32_t baud, const struct gbt_link_events *events, void *user, GError **error);
void gbt_link_free(struct gbt_link *l); /* NULL is fine */
OWNED(gbt_link)

bool gbt_link_stream(const struct gbt_link *l); /* not datagrams */
void gbt_link_send(struct gbt_link *l, const uint8_t *bytes, size_t size);

/* Closes it, without an event, and opens it again after the pause; 0 = after the back-off, which doubles each time. */
void gbt_link_drop(struct gbt_link *l, double pause_s);
void gbt_link_good(struct gbt_link *l); /* somebody is there who makes sense: the back-off begins anew */
