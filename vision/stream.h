/* stream.h - one GStreamer pipeline: an address in, grey planes with the time they were taken out.
 *
 * Decodes and nothing else: no conversion, no scaling; the grey plane is handed out as the decoder made it. It does not start
 * again by itself when it broke. What arrives is untrusted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"
#include "vision/source.h"

struct stream_frame {
	const uint8_t *grey; /* valid during the call */
	uint32_t width_px, height_px, stride;
	double t_s;          /* UTC of the capture; for files that do not play at their own pace the stream's own time */
	bool corrupt;        /* the decoder had to guess */
};

struct stream_options {
	const char *uri;     /* see source_new */
	bool realtime;       /* files play at their own pace */
	enum source_transport transport;
	double need_fps;     /* pictures that are not needed for so many a second, and for no other picture, are not decoded; 0: all are */
	double sequence_fps; /* of a sequence of pictures; 0: 25 */
};

/* From the stream's own thread, one call after another. */
typedef void (*stream_on_frame)(void *user, const struct stream_frame *frame);
/* From the main context, once: the file is over, or the stream broke and why (one sentence, no credentials). */
typedef void (*stream_on_end)(void *user, bool broke, const char *why);

struct stream;

/* NULL with a sentence when it cannot even be tried. */
struct stream *stream_new(const struct stream_options *options, stream_on_frame on_frame, stream_on_end on_end, void *user, GError **error);
void stream_free(struct stream *s); /* no call comes after it */
OWNED(stream)

bool stream_is_live(const char *uri);
uint64_t stream_missed(const struct stream *s);   /* pictures that were decoded and came too late to be looked at */
uint64_t stream_left_out(const struct stream *s); /* pictures that were not decoded, see need_fps */
