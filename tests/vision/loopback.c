/* loopback.c - network cameras for tests. See loopback.h. */
#include "tests/vision/loopback.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <string.h>

/* ---- a thread with a main loop ---- */

struct loop {
	GMainContext *context;
	GMainLoop *loop;
	GThread *thread;
};

static gpointer run_loop(gpointer user)
{
	struct loop *l = user;
	g_main_context_push_thread_default(l->context);
	g_main_loop_run(l->loop);
	g_main_context_pop_thread_default(l->context);
	return NULL;
}

static void loop_init(struct loop *l)
{
	l->context = g_main_context_new();
	l->loop = g_main_loop_new(l->context, FALSE);
}

static gboolean quit(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static void loop_finish(struct loop *l)
{
	g_autoptr(GSource) source = g_idle_source_new();
	g_source_set_callback(source, quit, l->loop, NULL);
	g_source_attach(source, l->context);
	g_thread_join(l->thread);
	g_main_loop_unref(l->loop);
	g_main_context_unref(l->context);
}

/* ---- RTSP ---- */

struct rtsp_camera {
	struct loop loop;
	GstRTSPServer *server;
	GSource *listening;
};

static void ask_password(GstRTSPServer *server, GstRTSPMediaFactory *factory, const char *password)
{
	g_autoptr(GstRTSPAuth) auth = gst_rtsp_auth_new();
	g_autofree char *basic = gst_rtsp_auth_make_basic("viewer", password);
	GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", NULL);
	gst_rtsp_auth_add_basic(auth, basic, token);
	gst_rtsp_token_unref(token);
	gst_rtsp_server_set_auth(server, auth);
	gst_rtsp_media_factory_add_role(factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
		GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
}

struct rtsp_camera *rtsp_camera_new(const char *launch, const char *password, uint32_t port)
{
	struct rtsp_camera *c = g_new0(struct rtsp_camera, 1);
	g_autoptr(GError) error = NULL;
	g_autofree char *service = g_strdup_printf("%u", port);
	loop_init(&c->loop);
	c->server = gst_rtsp_server_new();
	g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(c->server);
	GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
	gst_rtsp_media_factory_set_launch(factory, launch);
	gst_rtsp_media_factory_set_shared(factory, TRUE);
	if (password)
		ask_password(c->server, factory, password);
	gst_rtsp_mount_points_add_factory(mounts, "/cam", factory);
	gst_rtsp_server_set_address(c->server, "127.0.0.1");
	gst_rtsp_server_set_service(c->server, service);
	c->listening = gst_rtsp_server_create_source(c->server, NULL, &error);
	g_assert_no_error(error);
	g_source_attach(c->listening, c->loop.context);
	c->loop.thread = g_thread_new("rtsp", run_loop, &c->loop);
	return c;
}

static GstRTSPFilterResult away(GstRTSPServer *server, GstRTSPClient *client, gpointer user)
{
	(void) server, (void) client, (void) user;
	return GST_RTSP_FILTER_REMOVE;
}

void rtsp_camera_free(struct rtsp_camera *c)
{
	g_source_destroy(c->listening);
	g_source_unref(c->listening);
	gst_rtsp_server_client_filter(c->server, away, NULL);
	g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(c->server);
	gst_rtsp_mount_points_remove_factory(mounts, "/cam");
	loop_finish(&c->loop);
	g_object_unref(c->server);
	g_free(c);
}

uint32_t rtsp_camera_port(const struct rtsp_camera *c)
{
	return (uint32_t) gst_rtsp_server_get_bound_port(c->server);
}

/* ---- TCP ---- */

struct listener {
	GSocketService *service;
	uint32_t port;
};

static void listen_on(struct listener *l, GCallback on_run, gpointer user)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("127.0.0.1", 0), bound = NULL;
	l->service = g_threaded_socket_service_new(16);
	g_socket_listener_add_address(G_SOCKET_LISTENER(l->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
	g_assert_no_error(error);
	l->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
	g_signal_connect(l->service, "run", on_run, user);
}

/* ---- MJPEG ---- */

#define PICTURES 8

struct mjpeg_camera {
	struct loop loop;
	struct listener listener;
	char *pictures[PICTURES], *authorization;
	gsize lengths[PICTURES];
	uint32_t fps;
	gint ended, busy;
};

static void read_request(GSocketConnection *connection, GString *request)
{
	GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
	char byte;
	while (request->len < 8192 && !g_str_has_suffix(request->str, "\r\n\r\n") && g_input_stream_read(in, &byte, 1, NULL, NULL) == 1)
		g_string_append_c(request, byte);
}

static gboolean on_mjpeg(GThreadedSocketService *service, GSocketConnection *connection, GObject *object, struct mjpeg_camera *c)
{
	GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
	g_autoptr(GString) request = g_string_new(NULL);
	(void) service, (void) object;
	g_atomic_int_inc(&c->busy);
	read_request(connection, request);
	bool welcome = !c->authorization || strstr(request->str, c->authorization);
	const char *answer = welcome ? "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=next\r\nConnection: close\r\n\r\n"
		: "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	bool good = g_output_stream_write_all(out, answer, strlen(answer), NULL, NULL, NULL) && welcome;
	for (uint32_t i = 0; good && !g_atomic_int_get(&c->ended); i = (i + 1) % PICTURES) {
		g_autofree char *head = g_strdup_printf("--next\r\nContent-Type: image/jpeg\r\nContent-Length: %zu\r\n\r\n", c->lengths[i]);
		good = g_output_stream_write_all(out, head, strlen(head), NULL, NULL, NULL) &&
			g_output_stream_write_all(out, c->pictures[i], c->lengths[i], NULL, NULL, NULL) &&
			g_output_stream_write_all(out, "\r\n", 2, NULL, NULL, NULL);
		g_usleep(G_USEC_PER_SEC / c->fps);
	}
	g_atomic_int_add(&c->busy, -1);
	return TRUE;
}

static void make_pictures(struct mjpeg_camera *c)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = g_dir_make_tmp("greenwave-mjpeg-XXXXXX", &error);
	play_out("videotestsrc pattern=ball num-buffers=%d ! video/x-raw,format=I420,width=320,height=240 ! jpegenc ! multifilesink location=%s/%%d.jpg",
		PICTURES, folder);
	for (int i = 0; i < PICTURES; i++) {
		g_autofree char *path = g_strdup_printf("%s/%d.jpg", folder, i);
		g_assert_true(g_file_get_contents(path, &c->pictures[i], &c->lengths[i], NULL));
		g_unlink(path);
	}
	g_rmdir(folder);
}

struct mjpeg_camera *mjpeg_camera_new(uint32_t fps, const char *password)
{
	struct mjpeg_camera *c = g_new0(struct mjpeg_camera, 1);
	c->fps = fps;
	make_pictures(c);
	if (password) {
		g_autofree char *pair = g_strconcat("viewer:", password, NULL), *code = g_base64_encode((const guchar *) pair, strlen(pair));
		c->authorization = g_strconcat("Basic ", code, NULL);
	}
	loop_init(&c->loop);
	g_main_context_push_thread_default(c->loop.context);
	listen_on(&c->listener, G_CALLBACK(on_mjpeg), c);
	g_main_context_pop_thread_default(c->loop.context);
	c->loop.thread = g_thread_new("mjpeg", run_loop, &c->loop);
	return c;
}

void mjpeg_camera_free(struct mjpeg_camera *c)
{
	g_atomic_int_set(&c->ended, 1);
	while (g_atomic_int_get(&c->busy))
		g_usleep(1000);
	g_socket_service_stop(c->listener.service);
	g_socket_listener_close(G_SOCKET_LISTENER(c->listener.service));
	loop_finish(&c->loop);
	g_object_unref(c->listener.service);
	for (int i = 0; i < PICTURES; i++)
		g_free(c->pictures[i]);
	g_free(c->authorization);
	g_free(c);
}

uint32_t mjpeg_camera_port(const struct mjpeg_camera *c)
{
	return c->listener.port;
}

/* ---- a bad line ---- */

struct bad_line {
	struct loop loop;
	struct listener listener;
	uint32_t port, delay_ms;
	gint cut, ended, busy;
};

static gsize hand_on(struct bad_line *l, GSocket *from, GSocket *to, GRand *chance)
{
	char bytes[16384];
	gssize n = g_socket_receive_with_blocking(from, bytes, sizeof bytes, FALSE, NULL, NULL);
	if (n < 0)
		return 1; /* nothing to read now */
	if (n == 0)
		return 0;
	if (chance && l->delay_ms && g_rand_int_range(chance, 0, 10) == 0)
		g_usleep((gulong) g_rand_int_range(chance, 0, (gint32) l->delay_ms) * 1000);
	for (gssize at = 0; at < n && !g_atomic_int_get(&l->cut);) {
		gssize sent = g_socket_send_with_blocking(to, bytes + at, (gsize) (n - at), TRUE, NULL, NULL);
		if (sent <= 0)
			return 0;
		at += sent;
	}
	return 1;
}

static gboolean on_line(GThreadedSocketService *service, GSocketConnection *connection, GObject *object, struct bad_line *l)
{
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GRand) chance = g_rand_new_with_seed(7);
	g_autoptr(GSocketConnection) other = NULL;
	(void) service, (void) object;
	g_socket_client_set_enable_proxy(client, FALSE);
	g_atomic_int_inc(&l->busy);
	other = g_socket_client_connect_to_host(client, "127.0.0.1", (guint16) l->port, NULL, NULL);
	for (bool good = other != NULL; good && !g_atomic_int_get(&l->ended);) {
		GSocket *near = g_socket_connection_get_socket(connection), *far = g_socket_connection_get_socket(other);
		if (g_atomic_int_get(&l->cut)) {
			g_usleep(5000);
			continue;
		}
		GPollFD fds[2] = {{.fd = g_socket_get_fd(near), .events = G_IO_IN}, {.fd = g_socket_get_fd(far), .events = G_IO_IN}};
		g_poll(fds, 2, 20);
		good = hand_on(l, far, near, chance) && hand_on(l, near, far, NULL);
	}
	g_atomic_int_add(&l->busy, -1);
	return TRUE;
}

struct bad_line *bad_line_new(uint32_t port, uint32_t delay_ms)
{
	struct bad_line *l = g_new0(struct bad_line, 1);
	l->port = port;
	l->delay_ms = delay_ms;
	loop_init(&l->loop);
	g_main_context_push_thread_default(l->loop.context);
	listen_on(&l->listener, G_CALLBACK(on_line), l);
	g_main_context_pop_thread_default(l->loop.context);
	l->loop.thread = g_thread_new("line", run_loop, &l->loop);
	return l;
}

void bad_line_free(struct bad_line *l)
{
	g_atomic_int_set(&l->ended, 1);
	while (g_atomic_int_get(&l->busy))
		g_usleep(1000);
	g_socket_service_stop(l->listener.service);
	g_socket_listener_close(G_SOCKET_LISTENER(l->listener.service));
	loop_finish(&l->loop);
	g_object_unref(l->listener.service);
	g_free(l);
}

uint32_t bad_line_port(const struct bad_line *l)
{
	return l->listener.port;
}

void bad_line_cut(struct bad_line *l)
{
	g_atomic_int_set(&l->cut, 1);
}

/* ---- films ---- */

void play_out(const char *format, ...)
{
	g_autoptr(GError) error = NULL;
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_autoptr(GstElement) pipeline = gst_parse_launch(text, &error);
	g_assert_no_error(error);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
	g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(bus, 120 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
	g_assert_nonnull(message);
	if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
		gst_message_parse_error(message, &error, NULL);
	g_assert_no_error(error);
	gst_element_set_state(pipeline, GST_STATE_NULL);
}
