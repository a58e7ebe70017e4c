/* stream_server.c - pictures out as H.264 over RTSP on loopback. */
#include "daemon/stream_server.h"

#include <gst/app/gstappsrc.h>
#include <gst/rtsp-server/rtsp-server.h>

#include "core/units.h"

#define KBIT_PS 1500
#define KEY_FRAMES 20 /* at most so many pictures between two that can be decoded alone */

/* Counted: media that outlive the server by a moment, in threads of their own, still hold theirs. */
struct stream {
	char *id;
	uint32_t width_px, height_px;
	GMutex lock;       /* of `in`: it comes and goes in the RTSP server's threads */
	GstAppSrc *in;     /* NULL: nobody watches */
};

struct stream_server {
	GstRTSPServer *rtsp;
	GMainContext *context;
	GSource *listening, *clock;
	struct stream **streams;
	uint32_t n, fps;
	stream_paint paint;
	void *user;
	int64_t slot;      /* the next: stream slot % n at slot / (n fps) s of UTC */
	struct stream_counts counts;
};

G_DEFINE_QUARK(stream-error-quark, stream_error)

static void set_in(struct stream *s, GstAppSrc *in)
{
	g_mutex_lock(&s->lock);
	GstAppSrc *old = s->in;
	s->in = in;
	g_mutex_unlock(&s->lock);
	if (old)
		gst_object_unref(old);
}

static void stream_clear(gpointer data)
{
	struct stream *s = data;
	set_in(s, NULL);
	g_mutex_clear(&s->lock);
	g_free(s->id);
}

static void stream_unref(gpointer s, GClosure *closure)
{
	(void) closure;
	g_atomic_rc_box_release_full(s, stream_clear);
}

static void connect_stream(gpointer from, const char *signal, GCallback callback, struct stream *s)
{
	g_signal_connect_data(from, signal, callback, g_atomic_rc_box_acquire(s), stream_unref, (GConnectFlags) 0);
}

static void on_unprepared(GstRTSPMedia *media, struct stream *s)
{
	(void) media;
	set_in(s, NULL);
}

/* Somebody watches: the media was made for the first of them. */
static void on_configure(GstRTSPMediaFactory *factory, GstRTSPMedia *media, struct stream *s)
{
	(void) factory;
	g_autoptr(GstElement) element = gst_rtsp_media_get_element(media);
	GstElement *in = gst_bin_get_by_name_recurse_up(GST_BIN(element), "in");
	connect_stream(media, "unprepared", G_CALLBACK(on_unprepared), s);
	set_in(s, GST_APP_SRC(in));
}

static void mount_stream(GstRTSPServer *rtsp, struct stream *s, uint32_t fps)
{
	g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(rtsp);
	GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
	g_autofree char *path = g_strdup_printf("/%s", s->id);
	g_autofree char *launch = g_strdup_printf("( appsrc name=in is-live=true format=time block=false max-buffers=4 max-bytes=0 "
		"leaky-type=downstream "
		"caps=video/x-raw,format=I420,width=%u,height=%u,framerate=%u/1 ! x264enc tune=zerolatency speed-preset=ultrafast threads=1 "
		"key-int-max=%d "
		"bitrate=%d ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )", s->width_px, s->height_px, fps, KEY_FRAMES, KBIT_PS);
	gst_rtsp_media_factory_set_launch(factory, launch);
	gst_rtsp_media_factory_set_shared(factory, TRUE);
	connect_stream(factory, "media-configure", G_CALLBACK(on_configure), s);
	gst_rtsp_mount_points_add_factory(mounts, path, factory);
}

static int64_t slot_us(const struct stream_server *s, int64_t slot)
{
	int64_t per_s = (int64_t) s->n * s->fps;
	return slot / per_s * US_PER_S + slot % per_s * US_PER_S / per_s;
}

/* The pipeline's running time at UTC t_us; false while it does not run yet. */
static bool running_time(GstAppSrc *in, int64_t t_us, GstClockTime *time)
{
	g_autoptr(GstClock) clock = gst_element_get_clock(GST_ELEMENT(in));
	if (!clock || GST_STATE(in) != GST_STATE_PLAYING)
		return false;
	int64_t ago_us = g_get_real_time() - t_us;
	int64_t at = (int64_t) gst_clock_get_time(clock) - (int64_t) gst_element_get_base_time(GST_ELEMENT(in)) - ago_us * 1000;
	*time = (GstClockTime) at;
	return at >= 0;
}

static void send_picture(struct stream_server *server, uint32_t which, GstAppSrc *in, int64_t t_us)
{
	const struct stream *s = server->streams[which];
	size_t px = (size_t) s->width_px * s->height_px;
	GstClockTime time;
	GstMapInfo map;
	if (!running_time(in, t_us, &time))
		return;
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, px + px / 2, NULL);
	int64_t begin_us = g_get_monotonic_time();
	gst_buffer_map(buffer, &map, GST_MAP_WRITE);
	bool painted = server->paint(server->user, which, t_us, map.data, map.data + px, map.data + px + px / 4);
	gst_buffer_unmap(buffer, &map);
	server->counts.paint_s += us_to_s(g_get_monotonic_time() - begin_us);
	if (!painted) {
		gst_buffer_unref(buffer);
		return;
	}
	GST_BUFFER_PTS(buffer) = time;
	GST_BUFFER_DURATION(buffer) = GST_SECOND / server->fps;
	server->counts.frames += gst_app_src_push_buffer(in, buffer) == GST_FLOW_OK;
}

static GstAppSrc *watched(struct stream *s)
{
	g_mutex_lock(&s->lock);
	GstAppSrc *in = s->in ? gst_object_ref(s->in) : NULL;
	g_mutex_unlock(&s->lock);
	return in;
}

/* When the next slot is due, on GLib's clock. */
static void set_alarm(struct stream_server *s)
{
	g_source_set_ready_time(s->clock, g_get_monotonic_time() + MAX(slot_us(s, s->slot) - g_get_real_time(), 0));
}

/* One picture a turn, so that other events are not held up. A frame's time behind, or a clock set back or on: it begins afresh. */
static gboolean on_clock(gpointer user)
{
	struct stream_server *s = user;
	int64_t now_us = g_get_real_time(), due_us = slot_us(s, s->slot), frame_us = US_PER_S / s->fps;
	if (now_us - due_us > frame_us || due_us - now_us > frame_us) {
		int64_t per_s = (int64_t) s->n * s->fps, slot = now_us / US_PER_S * per_s + now_us % US_PER_S * per_s / US_PER_S;
		s->counts.late += slot > s->slot ? (uint64_t) (slot - s->slot) : 0;
		s->slot = slot;
		due_us = slot_us(s, slot);
	}
	if (now_us >= due_us) {
		uint32_t which = (uint32_t) (s->slot++ % s->n);
		GstAppSrc *in = watched(s->streams[which]);
		if (in) {
			send_picture(s, which, in, due_us);
			gst_object_unref(in);
		}
	}
	set_alarm(s);
	return G_SOURCE_CONTINUE;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	(void) source;
	return callback(user);
}

static void start_clock(struct stream_server *s)
{
	static GSourceFuncs functions = {.dispatch = dispatch};
	int64_t now_us = g_get_real_time(), per_s = (int64_t) s->n * s->fps;
	s->slot = (now_us / US_PER_S + 1) * per_s;
	s->clock = g_source_new(&functions, sizeof(GSource));
	g_source_set_callback(s->clock, on_clock, s, NULL);
	set_alarm(s);
	g_source_attach(s->clock, s->context);
}

static bool listen_on(struct stream_server *s, uint32_t port, GError **error)
{
	g_autofree char *service = g_strdup_printf("%u", port);
	g_autoptr(GError) why = NULL;
	gst_rtsp_server_set_address(s->rtsp, "127.0.0.1");
	gst_rtsp_server_set_service(s->rtsp, service);
	s->listening = gst_rtsp_server_create_source(s->rtsp, NULL, &why);
	if (!s->listening) {
		g_set_error(error, STREAM_ERROR, STREAM_ERROR_PORT, "no RTSP on 127.0.0.1 port %u: %s", port,
			why ? why->message : "the port cannot be opened");
		return false;
	}
	g_source_attach(s->listening, s->context);
	return true;
}

struct stream_server *stream_server_new(uint32_t port, const struct stream_options *streams, uint32_t n, uint32_t fps, stream_paint paint,
	void *user,
	GError **error)
{
	if (port > 65535 || fps < 1 || fps > 60 || n < 1) {
		g_set_error(error, STREAM_ERROR, STREAM_ERROR_PORT, "RTSP port %u with %u streams of %u pictures a second: must be at most 65535, "
			"at least 1, and 1 to 60",
			port, n, fps);
		return NULL;
	}
	struct stream_server *s = g_new0(struct stream_server, 1);
	s->rtsp = gst_rtsp_server_new();
	s->context = g_main_context_ref_thread_default();
	s->streams = g_new0(struct stream *, n);
	s->fps = fps;
	s->paint = paint;
	s->user = user;
	for (s->n = 0; s->n < n; s->n++) {
		struct stream *stream = s->streams[s->n] = g_atomic_rc_box_new0(struct stream);
		stream->id = g_strdup(streams[s->n].id);
		stream->width_px = streams[s->n].width_px;
		stream->height_px = streams[s->n].height_px;
		g_mutex_init(&stream->lock);
		mount_stream(s->rtsp, stream, fps);
	}
	if (!listen_on(s, port, error)) {
		stream_server_free(s);
		return NULL;
	}
	start_clock(s);
	return s;
}

static GstRTSPFilterResult away(GstRTSPServer *server, GstRTSPClient *client, gpointer user)
{
	(void) server, (void) client, (void) user;
	return GST_RTSP_FILTER_REMOVE;
}

static void drop_source(GSource *source)
{
	if (!source)
		return;
	g_source_destroy(source);
	g_source_unref(source);
}

void stream_server_free(struct stream_server *s)
{
	if (!s)
		return;
	drop_source(s->clock);
	drop_source(s->listening);
	gst_rtsp_server_client_filter(s->rtsp, away, NULL);
	g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(s->rtsp);
	for (uint32_t i = 0; i < s->n; i++) {
		g_autofree char *path = g_strdup_printf("/%s", s->streams[i]->id);
		gst_rtsp_mount_points_remove_factory(mounts, path);
		g_atomic_rc_box_release_full(s->streams[i], stream_clear);
	}
	g_object_unref(s->rtsp);
	g_main_context_unref(s->context);
	g_free(s->streams);
	g_free(s);
}

uint32_t stream_server_port(const struct stream_server *s)
{
	return (uint32_t) gst_rtsp_server_get_bound_port(s->rtsp);
}

struct stream_counts stream_server_counts(const struct stream_server *s)
{
	struct stream_counts counts = s->counts;
	for (uint32_t i = 0; i < s->n; i++) {
		GstAppSrc *in = watched(s->streams[i]);
		counts.watched += in != NULL;
		if (in)
			gst_object_unref(in);
	}
	return counts;
}
