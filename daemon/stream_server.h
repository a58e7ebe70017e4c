/* stream_server.h - pictures out as H.264 over RTSP on loopback, as a network camera does it.
 *
 * Pictures are asked for on the main context that was the thread's default when the server was made, only while somebody
 * watches, at fixed instants of UTC: the streams of a server take turns within a frame's time, so that work is spread evenly.
 * Many clients share one encoder. Knows no worlds; nothing reaches beyond this machine.
 *
 * When a picture was taken: its buffer's time stamp is the instant it was asked for, and RTCP sender reports (about every 5 s, the
 * first one with the first packets) tie it to UTC. A client finds it again with `rtspsrc add-reference-timestamp-meta=true`
 * (GStreamer 1.22): GstReferenceTimestampMeta with caps timestamp/x-ntp, ns since 1900, so UTC is that minus 2208988800 s.
 * Before the first report there is no such meta.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

enum stream_error { STREAM_ERROR_PORT };
#define STREAM_ERROR stream_error_quark()
GQuark stream_error_quark(void);

/* Paint stream `which` as of UTC t_us into I420 planes. False: there is no picture, none is sent (a frozen or dead camera). */
typedef bool (*stream_paint)(void *user, uint32_t which, int64_t t_us, uint8_t *y, uint8_t *u, uint8_t *v);

struct stream_options {
	const char *id;               /* rtsp://127.0.0.1:<port>/<id> */
	uint32_t width_px, height_px; /* even */
};

struct stream_server;
/* Listens on 127.0.0.1; port 0 = any free one. `n` streams of `fps` (1..60) pictures a second each. */
struct stream_server *stream_server_new(uint32_t port, const struct stream_options *streams, uint32_t n, uint32_t fps, stream_paint paint, void *user,
	GError **error);
void stream_server_free(struct stream_server *s); /* NULL is fine; sends the clients away */
OWNED(stream_server)

uint32_t stream_server_port(const struct stream_server *s);

struct stream_counts {
	uint32_t watched;        /* streams that somebody watches now */
	uint64_t frames, late;   /* sent; left out because the machine did not keep up */
	double paint_s;          /* spent painting */
};
struct stream_counts stream_server_counts(const struct stream_server *s);
