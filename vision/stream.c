/* stream.c - one GStreamer pipeline. See stream.h. */
#include "vision/stream.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <math.h>
#include <string.h>

#include "vision/lent.h"
#include "vision/thin.h"
#include "vision/view.h"

#define LATENCY_MS 100          /* for packets that come out of order; over TCP there are none, and those in order do not wait */
#define TIMEOUT_US 5000000
#define SEQUENCE_FPS 25.0
#define NTP_TO_UTC_S 2208988800.0 /* 1900 to 1970, RFC 5905 */
#define BELIEVE_S 0.5           /* a camera whose clock is so near to ours is believed in what it says of time */
#define DISBELIEVE_S 1.5        /* until it is so far off */
#define JUMP_S 5.0              /* our own clock was set */
#define GREY_CAPS "video/x-raw, format=(string){ I420, NV12, NV21, YV12, GRAY8, Y42B, Y444 }"

struct stream {
	struct source *source;
	GstElement *pipeline;
	bool ended;
	bool paced; /* time of day: live, or a file at its own pace */
	stream_on_frame on_frame;
	stream_on_end on_end;
	void *user;
	GSource *bus_watch;
	double offset_s; /* arrival - stream time, the smallest lately; NaN before the first picture */
	bool believes;   /* the camera's own clock */
	double need_fps;
	uint64_t arrived, taken, left_out; /* written by the stream's thread only */
};

bool stream_is_live(const char *uri)
{
	return source_is_live(uri);
}

/* UTC of the capture by the camera's own sender reports (RFC 3550, 6.4.1), NaN without. */
static double reported_s(GstBuffer *buffer)
{
	static GstStaticCaps ntp = GST_STATIC_CAPS("timestamp/x-ntp");
	g_autoptr(GstCaps) caps = gst_static_caps_get(&ntp);
	GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta(buffer, caps);
	return meta ? meta->timestamp / 1e9 - NTP_TO_UTC_S : NAN;
}

/* The stream's clock is even but starts anywhere; arrival is late by a varying time. The least late one tells where it starts. */
static double mapped_s(struct stream *s, double pts_s, double now_s)
{
	double offset_s = now_s - pts_s;
	if (isnan(s->offset_s) || fabs(offset_s - s->offset_s) > JUMP_S || offset_s < s->offset_s)
		s->offset_s = offset_s;
	else
		s->offset_s += 0.001 * (offset_s - s->offset_s);
	return pts_s + s->offset_s;
}

static double taken_s(struct stream *s, GstBuffer *buffer)
{
	double pts_s = GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) / 1e9 : NAN;
	if (!s->paced)
		return pts_s;
	double now_s = g_get_real_time() / 1e6, reported = reported_s(buffer), off_s = fabs(reported - now_s);
	double mapped = isnan(pts_s) ? now_s : mapped_s(s, pts_s, now_s);
	s->believes = off_s < (s->believes ? DISBELIEVE_S : BELIEVE_S);
	return s->believes ? reported : mapped;
}

static void take_sample(struct stream *s, GstSample *sample)
{
	GstVideoInfo info;
	GstVideoFrame frame;
	GstBuffer *buffer = gst_sample_get_buffer(sample);
	GstCaps *caps = gst_sample_get_caps(sample);
	if (!buffer || !caps || !gst_video_info_from_caps(&info, caps) || !gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ))
		return;
	struct stream_frame out = {
		.grey = GST_VIDEO_FRAME_PLANE_DATA(&frame, 0),
		.width_px = (uint32_t) GST_VIDEO_FRAME_WIDTH(&frame),
		.height_px = (uint32_t) GST_VIDEO_FRAME_HEIGHT(&frame),
		.stride = (uint32_t) GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0),
		.t_s = taken_s(s, buffer),
		.corrupt = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED),
	};
	s->taken++;
	if (isfinite(out.t_s))
		s->on_frame(s->user, &out);
	gst_video_frame_unmap(&frame);
}

static GstFlowReturn on_new_sample(GstAppSink *sink, gpointer user)
{
	g_autoptr(GstSample) sample = gst_app_sink_pull_sample(sink);
	if (sample)
		take_sample(user, sample);
	return GST_FLOW_OK;
}

static GstPadProbeReturn on_arrival(GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
	struct stream *s = user;
	(void) pad;
	(void) info;
	s->arrived++;
	return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn on_query(GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
	GstQuery *query = GST_PAD_PROBE_INFO_QUERY(info);
	(void) pad;
	(void) user;
	return GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION && lent_offer(query) ? GST_PAD_PROBE_HANDLED : GST_PAD_PROBE_OK;
}

static void end(struct stream *s, bool broke, const char *why)
{
	if (s->ended)
		return;
	s->ended = true;
	s->on_end(s->user, broke, why);
}

/* One sentence that holds for people; GStreamer's own where ours does not say more, and never one that tells the address or who asks. */
static const char *why_of(const struct stream *s, const GError *error)
{
	if (g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED))
		return s->source->user ? "the camera refuses the user name or the password" : "the camera wants a user name and a password";
	if (g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND) && s->source->live)
		return s->source->kind == SOURCE_DEVICE ? "there is no video device that can be opened" : "there is no camera at this address, or no such stream";
	if (g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE) && s->source->live)
		return "nobody answers at the camera's address";
	return source_betrays(s->source, error->message) ? "the stream broke" : error->message;
}

static gboolean on_bus(GstBus *bus, GstMessage *message, gpointer user)
{
	struct stream *s = user;
	g_autoptr(GError) why = NULL;
	(void) bus;
	if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS)
		end(s, s->source->live, "the stream ended");
	else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
		gst_message_parse_error(message, &why, NULL);
		end(s, true, why_of(s, why));
	}
	return G_SOURCE_CONTINUE;
}

/* ---- what is not decoded ---- */

struct spare { /* one decoder's */
	struct stream *stream;
	struct thin thin;
	bool begun;
};

/* The length of the lengths before the units, out of avcC (ISO 14496-15, 5.2.4.1) or hvcC (8.3.3.1); 0: start codes. */
static uint32_t length_bytes_of(GstPad *pad, enum thin_coding coding)
{
	g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
	const GValue *data = caps ? gst_structure_get_value(gst_caps_get_structure(caps, 0), "codec_data") : NULL;
	GstBuffer *buffer = data ? gst_value_get_buffer(data) : NULL;
	uint8_t byte = 0;
	gsize at = coding == THIN_H264 ? 4 : 21;
	if (!buffer || gst_buffer_extract(buffer, at, &byte, 1) != 1)
		return 0;
	return (byte & 3) + 1u;
}

static GstPadProbeReturn on_coded(GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
	struct spare *spare = user;
	GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
	GstMapInfo map;
	double t_s = GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) / 1e9 : NAN;
	if (!spare->begun) {
		enum thin_coding coding = spare->thin.coding;
		thin_init(&spare->thin, coding, length_bytes_of(pad, coding), 1 / spare->stream->need_fps);
		spare->begun = true;
	}
	if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
		return GST_PAD_PROBE_OK;
	bool spares = thin_spares(&spare->thin, map.data, map.size, t_s);
	gst_buffer_unmap(buffer, &map);
	spare->stream->left_out += spares;
	return spares ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void on_element(GstBin *bin, GstBin *sub, GstElement *element, gpointer user)
{
	GstElementFactory *factory = gst_element_get_factory(element);
	(void) bin;
	(void) sub;
	if (!factory || !gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_DECODER))
		return;
	const char *name = GST_OBJECT_NAME(factory);
	if (!strstr(name, "h264") && !strstr(name, "h265"))
		return;
	g_autoptr(GstPad) sink = gst_element_get_static_pad(element, "sink");
	struct spare *spare = g_new0(struct spare, 1);
	*spare = (struct spare){.stream = user, .thin.coding = strstr(name, "h264") ? THIN_H264 : THIN_H265};
	gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_BUFFER, on_coded, spare, g_free);
}

/* ---- life ---- */

static GstElement *add_sink(struct stream *s, bool realtime)
{
	GstElement *sink = gst_element_factory_make("appsink", NULL);
	if (!sink || !gst_bin_add(GST_BIN(s->pipeline), sink))
		return NULL;
	g_autoptr(GstCaps) caps = gst_caps_from_string(GREY_CAPS);
	g_object_set(sink, "caps", caps, "sync", !s->source->live && realtime, "max-buffers", 2, "drop", s->source->live || realtime, "qos", FALSE,
		"enable-last-sample", FALSE, NULL);
	GstAppSinkCallbacks calls = {.new_sample = on_new_sample};
	gst_app_sink_set_callbacks(GST_APP_SINK(sink), &calls, s, NULL);
	g_autoptr(GstPad) pad = gst_element_get_static_pad(sink, "sink");
	gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_arrival, s, NULL);
	gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, on_query, NULL, NULL);
	return sink;
}

static bool build(struct stream *s, const struct stream_options *o)
{
	struct source_options options = {.transport = o->transport, .sequence_fps = o->sequence_fps > 0 ? o->sequence_fps : SEQUENCE_FPS,
		.timeout_us = TIMEOUT_US, .latency_ms = LATENCY_MS};
	s->pipeline = gst_pipeline_new(NULL);
	if (s->need_fps > 0)
		g_signal_connect(s->pipeline, "deep-element-added", G_CALLBACK(on_element), s);
	GstElement *sink = add_sink(s, o->realtime);
	return sink && source_build(s->source, &options, GST_BIN(s->pipeline), sink);
}

struct stream *stream_new(const struct stream_options *options, stream_on_frame on_frame, stream_on_end on_end, void *user, GError **error)
{
	owned(stream) s = g_new0(struct stream, 1);
	s->source = source_new(options->uri, error);
	if (!s->source)
		return NULL;
	gst_init(NULL, NULL);
	s->paced = s->source->live || options->realtime;
	s->need_fps = options->need_fps;
	s->on_frame = on_frame;
	s->on_end = on_end;
	s->user = user;
	s->offset_s = NAN;
	if (!build(s, options)) {
		g_set_error_literal(error, view_error_quark(), 0,
			"a GStreamer plugin is missing: those of gstreamer1.0-plugins-base, -good, -bad and -libav are needed (debian-packages.txt)");
		return NULL;
	}
	g_autoptr(GstBus) bus = gst_element_get_bus(s->pipeline);
	s->bus_watch = gst_bus_create_watch(bus);
	g_source_set_callback(s->bus_watch, G_SOURCE_FUNC(on_bus), s, NULL);
	g_source_attach(s->bus_watch, g_main_context_get_thread_default());
	gst_element_set_state(s->pipeline, GST_STATE_PLAYING);
	return give(s);
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	if (s->bus_watch) {
		g_source_destroy(s->bus_watch);
		g_source_unref(s->bus_watch);
	}
	if (s->pipeline) {
		gst_element_set_state(s->pipeline, GST_STATE_NULL);
		gst_object_unref(s->pipeline);
	}
	source_free(s->source);
	g_free(s);
}

uint64_t stream_missed(const struct stream *s)
{
	return s->arrived > s->taken ? s->arrived - s->taken : 0;
}

uint64_t stream_left_out(const struct stream *s)
{
	return s->left_out;
}
