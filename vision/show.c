/* show.c - pictures with marks drawn in, out to where people look at them. See show.h. */
#include "vision/show.h"

#include <errno.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vision/show_http.h"

#define WAITING_MAX 8   /* pictures between us and the encoder */
#define END_S 30
#define JPEG_QUALITY 85
#define KBIT_PS 3000

struct show {
	char *target;
	double fps, begun_s;
	GstElement *pipeline;
	GstAppSrc *in;
	FILE *file; /* of single JPEGs */
	struct show_http *http;
	uint32_t width_px, height_px;
	bool broken;
};

static const struct kind {
	const char *ending, *chain; /* NULL: JPEGs as they are */
} kinds[] = {
	{".mp4", "x264enc speed-preset=ultrafast bitrate=%d threads=1 ! h264parse ! mp4mux"},
	{".mkv", "x264enc speed-preset=ultrafast bitrate=%d threads=1 ! h264parse ! matroskamux"},
	{".avi", "jpegenc quality=85 ! avimux"},
	{".mjpeg", NULL},
	{".mjpg", NULL},
};

static const struct kind *kind_of(const char *target)
{
	for (uint32_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_has_suffix(target, kinds[i].ending))
			return &kinds[i];
	return NULL;
}

static bool fail(struct show *s, GError **error, const char *why)
{
	s->broken = true;
	g_set_error(error, view_error_quark(), 0, "%s cannot be written: %s", s->target, why);
	return false;
}

static bool open_http(struct show *s, GError **error)
{
	g_autofree char *host = NULL, *scheme = NULL;
	int port = -1;
	if (!g_uri_split(s->target, G_URI_FLAGS_NONE, &scheme, NULL, &host, &port, NULL, NULL, NULL, NULL) || g_strcmp0(scheme, "http") != 0 || port < 0 ||
		(g_strcmp0(host, "127.0.0.1") != 0 && g_strcmp0(host, "localhost") != 0)) {
		g_set_error(error, view_error_quark(), 0, "%s: pictures are shown at http://127.0.0.1:PORT/ only, to browsers on this machine", s->target);
		return false;
	}
	s->http = show_http_new((uint32_t) port, error);
	return s->http != NULL;
}

struct show *show_new(const char *target, double fps, GError **error)
{
	owned(show) s = g_new0(struct show, 1);
	const struct kind *kind = kind_of(target);
	*s = (struct show){.target = g_strdup(target), .fps = fps, .begun_s = NAN};
	if (strstr(target, "://"))
		return open_http(s, error) ? give(s) : NULL;
	if (!kind) {
		g_set_error(error, view_error_quark(), 0, "%s: must end in .mp4, .mkv, .avi or .mjpeg, or be http://127.0.0.1:PORT/", target);
		return NULL;
	}
	s->file = fopen(target, "wb"); /* said at once, not after the first picture */
	if (!s->file) {
		fail(s, error, g_strerror(errno));
		return NULL;
	}
	if (kind->chain)
		fclose(g_steal_pointer(&s->file));
	return give(s);
}

static bool open_film(struct show *s, GError **error)
{
	g_autofree char *coder = NULL, *text = NULL;
	const char *chain = kind_of(s->target)->chain;
	g_autoptr(GError) why = NULL;
	GString *coded = g_string_new(chain);
	g_autofree char *kbit_ps = g_strdup_printf("%d", KBIT_PS);
	g_string_replace(coded, "%d", kbit_ps, 0);
	coder = g_string_free(coded, FALSE);
	text = g_strdup_printf("appsrc name=in format=time block=false max-buffers=0 max-bytes=0 caps=video/x-raw,format=BGR,width=%u,height=%u,"
		"framerate=%d/1 ! videoconvert ! video/x-raw,format=I420 ! %s ! filesink name=out", s->width_px, s->height_px,
		(int) fmax(1, lround(s->fps)), coder);
	gst_init(NULL, NULL);
	s->pipeline = gst_parse_launch(text, &why);
	if (!s->pipeline || why)
		return fail(s, error, "a GStreamer plugin is missing (debian-packages.txt)");
	s->in = GST_APP_SRC(gst_bin_get_by_name(GST_BIN(s->pipeline), "in"));
	g_autoptr(GstElement) out = gst_bin_get_by_name(GST_BIN(s->pipeline), "out");
	g_object_set(out, "location", s->target, NULL);
	gst_element_set_state(s->pipeline, GST_STATE_PLAYING);
	return true;
}

/* Has it broken? Waits for the word up to `wait`. */
static bool sound(struct show *s, GstClockTime wait, GstMessageType until, GError **error)
{
	g_autoptr(GstBus) bus = gst_element_get_bus(s->pipeline);
	g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(bus, wait, GST_MESSAGE_ERROR | until);
	if (!message)
		return until == 0 || fail(s, error, "its end was not written in time");
	if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ERROR)
		return true;
	g_autoptr(GError) why = NULL;
	gst_message_parse_error(message, &why, NULL);
	bool full = g_error_matches(why, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
	return fail(s, error, full ? "the disk is full" : why->message);
}

static bool push(struct show *s, const struct cv_canvas *canvas, double t_s, GError **error)
{
	uint32_t width_px, height_px, stride;
	const uint8_t *rows = cv_canvas_rows(canvas, &width_px, &height_px, &stride);
	if (!s->pipeline) {
		s->width_px = width_px / 2 * 2; /* as encoders want it */
		s->height_px = height_px / 2 * 2;
		if (!open_film(s, error))
			return false;
	}
	if (width_px / 2 * 2 != s->width_px || height_px / 2 * 2 != s->height_px)
		return true; /* the camera's size changed: this film goes on without */
	gsize row = (gsize) s->width_px * 3, padded = (row + 3) / 4 * 4; /* as GStreamer lays BGR out */
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, padded * s->height_px, NULL);
	GstMapInfo map;
	gst_buffer_map(buffer, &map, GST_MAP_WRITE);
	for (uint32_t y = 0; y < s->height_px; y++)
		memcpy(map.data + y * padded, rows + (gsize) y * stride, row);
	gst_buffer_unmap(buffer, &map);
	GST_BUFFER_PTS(buffer) = (GstClockTime) (fmax(0, t_s - s->begun_s) * 1e9);
	GST_BUFFER_DURATION(buffer) = (GstClockTime) (1e9 / s->fps);
	while (gst_app_src_get_current_level_buffers(s->in) >= WAITING_MAX)
		if (!sound(s, 5 * GST_MSECOND, 0, error)) {
			gst_buffer_unref(buffer);
			return false;
		}
	gst_app_src_push_buffer(s->in, buffer);
	return sound(s, 0, 0, error);
}

static bool put_jpeg(struct show *s, const struct cv_canvas *canvas, GError **error)
{
	g_autofree uint8_t *bytes = NULL;
	uint64_t n;
	if (!cv_canvas_jpeg(canvas, JPEG_QUALITY, &bytes, &n))
		return true; /* a picture less */
	if (s->http)
		show_http_picture(s->http, bytes, n);
	else if (fwrite(bytes, 1, n, s->file) != n || fflush(s->file) != 0)
		return fail(s, error, errno == ENOSPC ? "the disk is full" : g_strerror(errno));
	return true;
}

bool show_picture(struct show *s, const struct cv_canvas *canvas, double t_s, GError **error)
{
	if (s->broken)
		return fail(s, error, "it broke before");
	if (isnan(s->begun_s))
		s->begun_s = t_s;
	return s->http || s->file ? put_jpeg(s, canvas, error) : push(s, canvas, t_s, error);
}

bool show_end(struct show *s, GError **error)
{
	if (s->broken)
		return fail(s, error, "it broke before");
	if (s->pipeline) {
		gst_app_src_end_of_stream(s->in);
		return sound(s, END_S * GST_SECOND, GST_MESSAGE_EOS, error);
	}
	if (!s->file)
		return true;
	int failed = fclose(g_steal_pointer(&s->file));
	return failed == 0 || fail(s, error, errno == ENOSPC ? "the disk is full" : g_strerror(errno));
}

void show_free(struct show *s)
{
	if (!s)
		return;
	if (s->pipeline) {
		gst_element_set_state(s->pipeline, GST_STATE_NULL);
		if (s->in)
			gst_object_unref(s->in);
		gst_object_unref(s->pipeline);
	}
	if (s->file)
		fclose(s->file);
	show_http_free(s->http);
	g_free(s->target);
	g_free(s);
}
