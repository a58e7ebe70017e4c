/* stream.c - one GStreamer pipeline. See stream.h. */
#include "vision/stream.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <math.h>
#include <string.h>

#include "vision/view.h"

#define LATENCY_MS 40           /* for packets that come out of order; over TCP there are none */
#define TCP_TIMEOUT_US 5000000
#define NTP_TO_UTC_S 2208988800.0 /* 1900 to 1970, RFC 5905 */
#define CLOCK_OFF_MAX_S 5.0     /* a camera whose clock is further off is not believed */
#define GREY_CAPS "video/x-raw, format=(string){ I420, NV12, NV21, YV12, GRAY8, Y42B, Y444 }"

struct stream {
	GstElement *pipeline, *sink;
	bool live, ended;
	bool paced; /* time of day: live, or a file at its own pace */
	stream_on_frame on_frame;
	stream_on_end on_end;
	void *user;
	GSource *bus_watch;
	double offset_s; /* arrival - stream time, the smallest lately; NaN before the first picture */
	uint64_t arrived, taken; /* written by the stream's thread only */
};

bool stream_is_live(const char *uri)
{
	return g_str_has_prefix(uri, "rtsp://") || g_str_has_prefix(uri, "rtsps://");
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
static double taken_s(struct stream *s, GstBuffer *buffer)
{
	double pts_s = GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) / 1e9 : NAN;
	if (!s->paced)
		return pts_s;
	double now_s = g_get_real_time() / 1e6, reported = reported_s(buffer);
	if (fabs(reported - now_s) < CLOCK_OFF_MAX_S)
		return reported;
	if (isnan(pts_s))
		return now_s;
	double offset_s = now_s - pts_s;
	if (isnan(s->offset_s) || fabs(offset_s - s->offset_s) > CLOCK_OFF_MAX_S || offset_s < s->offset_s)
		s->offset_s = offset_s;
	else
		s->offset_s += 0.001 * (offset_s - s->offset_s);
	return pts_s + s->offset_s;
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

static void end(struct stream *s, bool broke, const char *why)
{
	if (s->ended)
		return;
	s->ended = true;
	s->on_end(s->user, broke, why);
}

static gboolean on_bus(GstBus *bus, GstMessage *message, gpointer user)
{
	struct stream *s = user;
	g_autoptr(GError) why = NULL;
	(void) bus;
	if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS)
		end(s, s->live, "the stream ended");
	else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
		gst_message_parse_error(message, &why, NULL);
		/* GStreamer's sentences name no address; should one ever do, it stays here. */
		end(s, true, strstr(why->message, "://") ? "the stream broke" : why->message);
	}
	return G_SOURCE_CONTINUE;
}

/* Decoders use one thread each: there are more cameras than cores. */
static void on_element(GstBin *bin, GstBin *sub, GstElement *element, gpointer user)
{
	(void) bin;
	(void) sub;
	(void) user;
	if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "max-threads"))
		g_object_set(element, "max-threads", 1, NULL);
}

static bool link_to(GstPad *pad, GstElement *element)
{
	g_autoptr(GstPad) sink = gst_element_get_static_pad(element, "sink");
	return !gst_pad_is_linked(sink) && gst_pad_link(pad, sink) == GST_PAD_LINK_OK;
}

static void on_decoded_pad(GstElement *decoder, GstPad *pad, gpointer user)
{
	struct stream *s = user;
	g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, NULL);
	(void) decoder;
	if (!gst_caps_is_empty(caps) && g_str_has_prefix(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "video/"))
		link_to(pad, s->sink);
}

static GstElement *add(struct stream *s, const char *factory)
{
	GstElement *e = gst_element_factory_make(factory, NULL);
	if (e && !gst_bin_add(GST_BIN(s->pipeline), e))
		return NULL;
	return e;
}

static GstElement *add_decodebin(struct stream *s)
{
	GstElement *decode = add(s, "decodebin");
	if (decode)
		g_signal_connect(decode, "pad-added", G_CALLBACK(on_decoded_pad), s);
	return decode;
}

/* H.264 goes straight to its decoder, without the queues and threads of decodebin; all else finds its own way. */
static void on_rtsp_pad(GstElement *source, GstPad *pad, gpointer user)
{
	struct stream *s = user;
	g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
	const char *coding = caps ? gst_structure_get_string(gst_caps_get_structure(caps, 0), "encoding-name") : NULL;
	GstElement *first, *depay = NULL, *decoder = NULL;
	(void) source;
	if (g_strcmp0(coding, "H264") == 0 && (depay = add(s, "rtph264depay")) && (decoder = add(s, "avdec_h264")) &&
		gst_element_link_many(depay, decoder, s->sink, NULL)) {
		first = depay;
		gst_element_sync_state_with_parent(decoder);
	} else
		first = add_decodebin(s);
	if (!first)
		return;
	gst_element_sync_state_with_parent(first);
	link_to(pad, first);
}

static gboolean on_select_stream(GstElement *source, guint n, GstCaps *caps, gpointer user)
{
	(void) source;
	(void) n;
	(void) user;
	return g_strcmp0(gst_structure_get_string(gst_caps_get_structure(caps, 0), "media"), "video") == 0;
}

static bool build_live(struct stream *s, const char *uri)
{
	GstElement *source = add(s, "rtspsrc");
	if (!source)
		return false;
	g_object_set(source, "location", uri, "latency", LATENCY_MS, "drop-on-latency", TRUE, "tcp-timeout", (guint64) TCP_TIMEOUT_US, "timeout",
		(guint64) TCP_TIMEOUT_US, NULL);
	gst_util_set_object_arg(G_OBJECT(source), "protocols", "tcp");
	if (g_object_class_find_property(G_OBJECT_GET_CLASS(source), "add-reference-timestamp-meta"))
		g_object_set(source, "add-reference-timestamp-meta", TRUE, NULL);
	g_signal_connect(source, "select-stream", G_CALLBACK(on_select_stream), s);
	g_signal_connect(source, "pad-added", G_CALLBACK(on_rtsp_pad), s);
	return true;
}

static bool build_file(struct stream *s, const char *path)
{
	GstElement *source = add(s, "filesrc"), *decode = add_decodebin(s);
	if (!source || !decode)
		return false;
	g_object_set(source, "location", path, NULL);
	return gst_element_link(source, decode);
}

static bool build(struct stream *s, const char *uri, const char *path, bool realtime)
{
	s->pipeline = gst_pipeline_new(NULL);
	g_signal_connect(s->pipeline, "deep-element-added", G_CALLBACK(on_element), NULL);
	s->sink = add(s, "appsink");
	if (!s->sink)
		return false;
	g_autoptr(GstCaps) caps = gst_caps_from_string(GREY_CAPS);
	g_object_set(s->sink, "caps", caps, "sync", !s->live && realtime, "max-buffers", 2, "drop", s->live || realtime, "qos", FALSE,
		"enable-last-sample", FALSE, NULL);
	GstAppSinkCallbacks calls = {.new_sample = on_new_sample};
	gst_app_sink_set_callbacks(GST_APP_SINK(s->sink), &calls, s, NULL);
	g_autoptr(GstPad) pad = gst_element_get_static_pad(s->sink, "sink");
	gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_arrival, s, NULL);
	return s->live ? build_live(s, uri) : build_file(s, path);
}

static char *file_path(const char *uri, GError **error)
{
	g_autofree char *path = g_str_has_prefix(uri, "file://") ? g_filename_from_uri(uri, NULL, error) : g_strdup(uri);
	if (path && !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
		g_set_error(error, view_error_quark(), 0, "%s: no such file", path);
		return NULL;
	}
	return g_steal_pointer(&path);
}

struct stream *stream_new(const char *uri, bool realtime, stream_on_frame on_frame, stream_on_end on_end, void *user, GError **error)
{
	g_autofree char *path = NULL;
	bool live = stream_is_live(uri);
	if (!live && strstr(uri, "://") && !g_str_has_prefix(uri, "file://")) {
		g_set_error_literal(error, view_error_quark(), 0, "a camera's address must begin with rtsp://, rtsps:// or file://, or be a path");
		return NULL;
	}
	if (!live && !(path = file_path(uri, error)))
		return NULL;
	gst_init(NULL, NULL);
	owned(stream) s = g_new0(struct stream, 1);
	*s = (struct stream){.live = live, .paced = live || realtime, .on_frame = on_frame, .on_end = on_end, .user = user, .offset_s = NAN};
	if (!build(s, uri, path, realtime)) {
		g_set_error_literal(error, view_error_quark(), 0,
			"a GStreamer plugin is missing: rtspsrc, rtph264depay, decodebin, avdec_h264 and appsink are needed (debian-packages.txt)");
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
	g_free(s);
}

uint64_t stream_missed(const struct stream *s)
{
	return s->arrived > s->taken ? s->arrived - s->taken : 0;
}
