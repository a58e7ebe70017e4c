/* stream_server_test.c - an RTSP client on loopback gets what was painted, and finds out when. */
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include "daemon/stream_server.h"

#define WIDTH 160
#define HEIGHT 96
#define NTP_EPOCH_NS (G_GUINT64_CONSTANT(2208988800) * GST_SECOND) /* 1900 to 1970 */
#define ENOUGH 15
#define PATIENCE_S 20

struct watch {
	GMainLoop *loop;
	uint32_t painted[2];
	uint32_t frames;         /* decoded, with a capture time that is right and their own picture in it */
	double worst_ms;
	GAsyncQueue *samples;
};

/* A grey that tells when: the picture is the clock. */
static uint8_t grey_at(int64_t t_us)
{
	return (uint8_t) (40 + t_us / 100000 % 16 * 10);
}

static bool paint(void *user, uint32_t which, int64_t t_us, uint8_t *y, uint8_t *u, uint8_t *v)
{
	struct watch *w = user;
	w->painted[which]++;
	memset(y, grey_at(t_us), WIDTH * HEIGHT);
	memset(u, 128, WIDTH * HEIGHT / 4);
	memset(v, 128, WIDTH * HEIGHT / 4);
	return true;
}

static GstFlowReturn on_sample(GstAppSink *sink, gpointer user)
{
	struct watch *w = user;
	GstSample *sample = gst_app_sink_pull_sample(sink);
	if (sample)
		g_async_queue_push(w->samples, sample);
	return GST_FLOW_OK;
}

static void judge(struct watch *w, GstSample *sample)
{
	GstBuffer *buffer = gst_sample_get_buffer(sample);
	g_autoptr(GstCaps) ntp = gst_caps_new_empty_simple("timestamp/x-ntp");
	GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta(buffer, ntp);
	GstMapInfo map;
	if (!meta)
		return; /* before the first sender report */
	int64_t t_us = (int64_t) ((meta->timestamp - NTP_EPOCH_NS) / 1000), nearest_us = (t_us + 50000) / 100000 * 100000;
	g_assert_true(gst_buffer_map(buffer, &map, GST_MAP_READ));
	int grey = map.data[HEIGHT / 2 * WIDTH + WIDTH / 2];
	gst_buffer_unmap(buffer, &map);
	w->worst_ms = MAX(w->worst_ms, ABS(t_us - nearest_us) / 1000.0);
	g_assert_cmpint(ABS(grey - grey_at(nearest_us)), <, 5); /* the picture says the same time as its stamp */
	w->frames++;
}

static gboolean on_look(gpointer user)
{
	struct watch *w = user;
	for (GstSample *sample; (sample = g_async_queue_try_pop(w->samples)); gst_sample_unref(sample))
		judge(w, sample);
	if (w->frames >= ENOUGH)
		g_main_loop_quit(w->loop);
	return G_SOURCE_CONTINUE;
}

static gboolean on_patience(gpointer user)
{
	g_main_loop_quit(((struct watch *) user)->loop);
	return G_SOURCE_REMOVE;
}

static GstElement *play(uint32_t port, const char *id, struct watch *w)
{
	g_autofree char *text = g_strdup_printf("rtspsrc location=rtsp://127.0.0.1:%u/%s protocols=tcp latency=0 "
		"add-reference-timestamp-meta=true ! rtph264depay "
		"! h264parse ! avdec_h264 ! appsink name=out sync=false", port, id);
	g_autoptr(GError) error = NULL;
	GstElement *pipeline = gst_parse_launch(text, &error);
	g_assert_no_error(error);
	g_autoptr(GstElement) out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
	GstAppSinkCallbacks callbacks = {.new_sample = on_sample};
	gst_app_sink_set_callbacks(GST_APP_SINK(out), &callbacks, w, NULL);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	return pipeline;
}

static const struct stream_options two[] = {{"a", WIDTH, HEIGHT}, {"b", WIDTH, HEIGHT}};

/* Two clients at one stream share its pictures; nobody watches the other, so it is not painted. The capture time is exact. */
static void test_capture_time(void)
{
	struct watch w = {.loop = g_main_loop_new(NULL, FALSE), .samples = g_async_queue_new()};
	g_autoptr(GError) error = NULL;
	struct stream_server *s = stream_server_new(0, two, 2, 10, paint, &w, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(stream_server_port(s), >, 0);
	GstElement *one = play(stream_server_port(s), "a", &w), *other = play(stream_server_port(s), "a", &w);
	guint look = g_timeout_add(20, on_look, &w), patience = g_timeout_add_seconds(PATIENCE_S, on_patience, &w);
	g_main_loop_run(w.loop);
	g_assert_cmpuint(w.frames, >=, ENOUGH);
	g_test_message("capture time within %.3f ms", w.worst_ms);
	g_assert_cmpfloat(w.worst_ms, <, 10.0);
	g_assert_cmpuint(w.painted[0], >=, ENOUGH / 2);
	g_assert_cmpuint(w.painted[1], ==, 0);
	g_assert_cmpuint(stream_server_counts(s).watched, ==, 1);
	gst_element_set_state(one, GST_STATE_NULL);
	gst_element_set_state(other, GST_STATE_NULL);
	gst_object_unref(one);
	gst_object_unref(other);
	g_source_remove(look);
	if (g_main_context_find_source_by_id(NULL, patience))
		g_source_remove(patience);
	stream_server_free(s);
	g_async_queue_unref(w.samples);
	g_main_loop_unref(w.loop);
}

static void test_port_in_use(void)
{
	struct watch w = {0};
	g_autoptr(GError) error = NULL;
	owned(stream_server) s = stream_server_new(0, two, 2, 10, paint, &w, &error);
	g_assert_no_error(error);
	g_autofree char *port = g_strdup_printf("port %u", stream_server_port(s));
	g_assert_null(stream_server_new(stream_server_port(s), two, 2, 10, paint, &w, &error));
	g_assert_error(error, STREAM_ERROR, STREAM_ERROR_PORT);
	g_assert_nonnull(strstr(error->message, port));
	g_clear_error(&error);
	g_assert_null(stream_server_new(70000, two, 2, 10, paint, &w, &error));
	g_assert_error(error, STREAM_ERROR, STREAM_ERROR_PORT);
}

int main(int argc, char **argv)
{
	g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE); /* libproxy throws C++ exceptions inside, which ASan in a C program cannot take */
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	g_test_add_func("/stream/capture-time", test_capture_time);
	g_test_add_func("/stream/port-in-use", test_port_in_use);
	return g_test_run();
}
