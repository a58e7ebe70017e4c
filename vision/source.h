/* source.h - what stands at a camera's address, and the GStreamer elements that fetch and decode it.
 *
 * Builds, and does not run: from the address to a pad that gives decoded pictures. User name and password are taken out of the address and
 * given to the element apart, so that no message of GStreamer can repeat them. It knows neither clocks nor pictures.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

enum source_kind { SOURCE_RTSP, SOURCE_HTTP, SOURCE_DEVICE, SOURCE_SEQUENCE, SOURCE_FILE };
enum source_transport { SOURCE_TCP, SOURCE_UDP };

struct source {
	enum source_kind kind;
	char *location;        /* without user name and password */
	char *user, *password; /* NULL: none */
	char *query;           /* what stands behind the question mark: some cameras want their password there; NULL: none */
	bool live;             /* it has no end of its own; when it ends it is started again */
};

/* rtsp(s)://, http(s)://, v4l2:///dev/video0 or /dev/video0, file:// or a path; a path with one %d (%05d) is a sequence of pictures. NULL with a
 * sentence (no credentials in it) when it is none of these or the file or device is not there. */
struct source *source_new(const char *uri, GError **error);
void source_free(struct source *s); /* wipes the password */
OWNED(source)

bool source_is_live(const char *uri);
/* Does this text tell something that only the camera and we should know? */
bool source_betrays(const struct source *s, const char *text);

struct source_options {
	enum source_transport transport; /* RTSP only */
	double sequence_fps;             /* of a sequence of pictures, > 0 */
	uint64_t timeout_us;             /* how long a silent network is waited for */
	uint32_t latency_ms;             /* how long packets that come out of order are waited for */
};

struct _GstBin;
struct _GstElement;

/* Adds the elements to the pipeline; decoded video ends in the element `to`. Decoders get one thread each. False: a plugin is missing. */
bool source_build(const struct source *s, const struct source_options *options, struct _GstBin *pipeline, struct _GstElement *to);
