/* vision_cli_test.c - the program itself: what --show writes, a disk that is full, a password that nobody reads anywhere.
 *
 * argv[1]: greenwave-vision. G_TEST_SRCDIR: the source tree.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>
#include <unistd.h>

#include "tests/vision/loopback.h"
#include "tests/vision/painted.h"
#include "vision/stream.h"

#define FILM_S 4

static char *program;
static char *folder, *film, *net_file;

static char *in_folder(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

/* ---- films ---- */

struct count {
	GMainLoop *loop;
	uint32_t n;
	double first_s, last_s;
	bool broke;
};

static void on_frame(void *user, const struct stream_frame *f)
{
	struct count *c = user;
	if (c->n++ == 0)
		c->first_s = f->t_s;
	c->last_s = f->t_s;
}

static void on_end(void *user, bool broke, const char *why)
{
	struct count *c = user;
	(void) why;
	c->broke = broke;
	g_main_loop_quit(c->loop);
}

static struct count count_pictures(const char *path)
{
	struct count c = {.loop = g_main_loop_new(NULL, FALSE)};
	g_autoptr(GError) error = NULL;
	owned(stream) s = stream_new(&(struct stream_options){.uri = path}, on_frame, on_end, &c, &error);
	g_assert_no_error(error);
	g_main_loop_run(c.loop);
	g_main_loop_unref(c.loop);
	return c;
}

/* The exit code; what it said on stderr. */
static int run(char **said, const char *first, ...) G_GNUC_NULL_TERMINATED;
static int run(char **said, const char *first, ...)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	int status;
	va_list args;
	g_ptr_array_add(argv, program);
	va_start(args, first);
	for (const char *a = first; a; a = va_arg(args, const char *))
		g_ptr_array_add(argv, (char *) a);
	va_end(args);
	g_ptr_array_add(argv, NULL);
	g_spawn_sync(folder, (char **) argv->pdata, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, said, &status, &error);
	g_assert_no_error(error);
	return g_spawn_check_wait_status(status, NULL) ? 0 : 1;
}

static void test_films(void)
{
	static const char *const names[] = {"out.mp4", "out.mkv", "out.avi"};
	for (uint32_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *out = in_folder(names[i]), *said = NULL;
		g_assert_cmpint(run(&said, "--show", film, "-o", names[i], NULL), ==, 0);
		struct count c = count_pictures(out);
		g_test_message("%s: %u pictures in %.1f s %s", names[i], c.n, c.last_s - c.first_s, said);
		g_assert_false(c.broke);
		g_assert_cmpuint(c.n, >=, FILM_S * 10 - 2);
		g_assert_cmpfloat_with_epsilon(c.last_s - c.first_s, FILM_S, 0.3);
		g_unlink(out);
	}
	g_autofree char *out = in_folder("out.mjpeg"), *said = NULL, *bytes = NULL;
	gsize n;
	g_assert_cmpint(run(&said, "--show", film, "-o", "out.mjpeg", NULL), ==, 0);
	g_assert_true(g_file_get_contents(out, &bytes, &n, NULL));
	g_assert_cmpmem(bytes, 3, "\xff\xd8\xff", 3);
	g_unlink(out);
}

static void test_refused(void)
{
	g_autofree char *said = NULL;
	g_assert_cmpint(run(&said, "--show", film, "-o", "out.gif", NULL), !=, 0);
	g_assert_nonnull(strstr(said, "must end in .mp4"));
	g_clear_pointer(&said, g_free);
	g_assert_cmpint(run(&said, "--show", "none.mp4", NULL), !=, 0);
	g_assert_nonnull(strstr(said, "no such file"));
	g_clear_pointer(&said, g_free);
	g_assert_cmpint(run(&said, "--show", film, "-o", "http://192.0.2.1:80/", NULL), !=, 0);
	g_assert_nonnull(strstr(said, "127.0.0.1"));
}

static void test_full_disk(void)
{
	static const char *const names[] = {"full.mp4", "full.mkv", "full.avi", "full.mjpeg"};
	if (access("/dev/full", W_OK) != 0) {
		g_test_skip("there is no /dev/full");
		return;
	}
	for (uint32_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *link = in_folder(names[i]), *said = NULL;
		g_assert_cmpint(symlink("/dev/full", link), ==, 0);
		g_assert_cmpint(run(&said, "--show", film, "-o", names[i], NULL), !=, 0);
		g_test_message("%s", said);
		g_assert_nonnull(strstr(said, "the disk is full"));
		g_unlink(link);
	}
}

/* ---- a browser ---- */

static bool see_pictures(uint32_t port)
{
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_socket_client_set_enable_proxy(client, FALSE);
	g_autoptr(GSocketConnection) c = g_socket_client_connect_to_host(client, "127.0.0.1", (guint16) port, NULL, NULL);
	if (!c)
		return false;
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(c)), request, sizeof request - 1, NULL, NULL, NULL);
	g_autoptr(GByteArray) got = g_byte_array_new();
	uint8_t bytes[4096];
	while (got->len < 200000) {
		gssize n = g_input_stream_read(g_io_stream_get_input_stream(G_IO_STREAM(c)), bytes, sizeof bytes, NULL, NULL);
		if (n <= 0)
			break;
		g_byte_array_append(got, bytes, (guint) n);
	}
	g_assert_true(memmem(got->data, got->len, "multipart/x-mixed-replace", 25) != NULL);
	g_assert_true(memmem(got->data, got->len, "\r\n\r\n\xff\xd8\xff", 7) != NULL);
	return got->len > 20000;
}

static uint32_t free_port(void)
{
	g_autoptr(GSocketListener) l = g_socket_listener_new();
	return g_socket_listener_add_any_inet_port(l, NULL, NULL);
}

static void test_browser(void)
{
	struct mjpeg_camera *camera = mjpeg_camera_new(10, NULL);
	uint32_t port = free_port();
	g_autofree char *from = g_strdup_printf("http://127.0.0.1:%u/", mjpeg_camera_port(camera)), *to = g_strdup_printf("http://127.0.0.1:%u/", port);
	g_autoptr(GError) error = NULL;
	g_autoptr(GSubprocess) p = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, program, "--show", from, "-o", to, NULL);
	g_assert_no_error(error);
	bool seen = false;
	for (int i = 0; i < 200 && !seen; i++) {
		seen = see_pictures(port);
		g_usleep(50000);
	}
	g_assert_true(seen);
	g_subprocess_send_signal(p, SIGTERM);
	g_assert_true(g_subprocess_wait_check(p, NULL, &error));
	mjpeg_camera_free(camera);
}

/* ---- a password ---- */

static void on_read(GObject *source, GAsyncResult *result, gpointer user)
{
	char **said = user;
	g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, NULL, said, NULL);
}

static gboolean on_enough(gpointer user)
{
	g_subprocess_send_signal(user, SIGTERM);
	return G_SOURCE_REMOVE;
}

/* Refused by the camera, with GStreamer's own warnings switched on: neither password is anywhere. */
static void test_password(void)
{
	struct rtsp_camera *camera = rtsp_camera_new("( videotestsrc is-live=true ! x264enc ! rtph264pay name=pay0 )", "the-right-0ne", 0);
	g_autofree char *config = in_folder("c.yaml"), *secrets = in_folder("secrets.yaml"), *said = NULL;
	owned(painted) street = painted_new(net_file, 0, 0, 0, 1, NULL);
	owned(view) v = painted_view(street, NULL);
	g_autoptr(GString) points = g_string_new(NULL);
	for (uint32_t i = 0; i < v->n_pairs; i++)
		g_string_append_printf(points, "      - [%.2f, %.2f, %.2f, %.2f]\n", v->pairs[i].x_px, v->pairs[i].y_px, v->pairs[i].ground.x_m,
			v->pairs[i].ground.y_m);
	g_autofree char *text = g_strdup_printf("network: %s\nsecrets: %s\nfeed: {estimates: \"ipc://%s/estimates\"}\ncameras:\n  - id: west\n"
		"    uri: rtsp://viewer:${west}@127.0.0.1:%u/cam\n    lanes: [W_C_1]\n    size: [640, 360]\n    points:\n%s", net_file, secrets, folder,
		rtsp_camera_port(camera), points->str);
	g_autoptr(GError) error = NULL;
	g_assert_true(g_file_set_contents(config, text, -1, NULL));
	g_assert_true(g_file_set_contents_full(secrets, "west: Hush/hush9\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	g_subprocess_launcher_setenv(launcher, "GST_DEBUG", "3", TRUE);
	g_autoptr(GSubprocess) p = g_subprocess_launcher_spawn(launcher, &error, program, "--config", config, "--camera", "west", NULL);
	g_assert_no_error(error);
	g_subprocess_communicate_utf8_async(p, NULL, NULL, on_read, &said);
	g_timeout_add_seconds(3, on_enough, p);
	while (!said)
		g_main_context_iteration(NULL, TRUE);
	g_test_message("%.600s", said);
	g_assert_nonnull(strstr(said, "refuses the user name or the password"));
	static const char *const never[] = {"Hush", "hush9", "the-right-0ne", "dmlld2Vy" /* viewer: in base64 */};
	for (uint32_t i = 0; i < G_N_ELEMENTS(never); i++)
		g_assert_null(strstr(said, never[i]));
	g_unlink(config);
	g_unlink(secrets);
	rtsp_camera_free(camera);
}

int main(int argc, char **argv)
{
	g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE); /* libproxy throws C++ exceptions inside, which ASan in a C program cannot take */
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	program = g_canonicalize_filename(argv[1], NULL);
	folder = g_dir_make_tmp("greenwave-cli-XXXXXX", NULL);
	film = in_folder("film.mp4");
	net_file = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	play_out("videotestsrc pattern=smpte num-buffers=%d ! video/x-raw,format=I420,width=320,height=180,framerate=10/1 ! x264enc speed-preset=ultrafast ! "
		"h264parse ! mp4mux ! filesink location=%s", FILM_S * 10, film);
	g_test_add_func("/vision-cli/films", test_films);
	g_test_add_func("/vision-cli/refused", test_refused);
	g_test_add_func("/vision-cli/full-disk", test_full_disk);
	g_test_add_func("/vision-cli/browser", test_browser);
	g_test_add_func("/vision-cli/password", test_password);
	int failed = g_test_run();
	g_unlink(film);
	g_rmdir(folder);
	g_free(film);
	g_free(folder);
	g_free(net_file);
	g_free(program);
	return failed;
}
