/* inputs_test.c - whatever a camera may be: its pictures come, with their times, and when they cannot it is said why, without its password. */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <math.h>
#include <string.h>

#include "tests/vision/loopback.h"
#include "vision/stream.h"

#define PATIENCE_S 20
#define TRIES 3
#define SECRET "s3cr3t/with:marks"
#define SECRET_ESCAPED "s3cr3t%%2Fwith%%3Amarks" /* in a format */

static char *folder;

struct seen {
	GMainLoop *loop;
	GMutex lock;
	uint32_t n, enough; /* pictures; 0: until the end */
	uint32_t width_px, height_px;
	double first_s, last_s;
	double steps_s[512], arrivals_s[512]; /* from picture to picture */
	double arrived_s;
	bool ended, broke;
	char why[256];
	uint64_t left_out;
};

static void on_frame(void *user, const struct stream_frame *f)
{
	struct seen *s = user;
	double now_s = g_get_monotonic_time() / 1e6;
	g_mutex_lock(&s->lock);
	if (s->n > 0 && s->n < G_N_ELEMENTS(s->steps_s)) {
		s->steps_s[s->n] = f->t_s - s->last_s;
		s->arrivals_s[s->n] = now_s - s->arrived_s;
	} else if (s->n == 0)
		s->first_s = f->t_s;
	s->n++;
	s->last_s = f->t_s;
	s->arrived_s = now_s;
	s->width_px = f->width_px;
	s->height_px = f->height_px;
	if (s->enough && s->n >= s->enough)
		g_main_loop_quit(s->loop);
	g_mutex_unlock(&s->lock);
}

static void on_end(void *user, bool broke, const char *why)
{
	struct seen *s = user;
	s->ended = true;
	s->broke = broke;
	g_strlcpy(s->why, why, sizeof s->why);
	g_main_loop_quit(s->loop);
}

static gboolean on_late(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

/* Until `enough` pictures came, the stream ended, or patience did. */
static struct seen see(const struct stream_options *options, uint32_t enough)
{
	struct seen s = {.loop = g_main_loop_new(NULL, FALSE), .enough = enough};
	g_autoptr(GError) error = NULL;
	g_mutex_init(&s.lock);
	guint late = g_timeout_add_seconds(PATIENCE_S, on_late, s.loop);
	struct stream *stream = stream_new(options, on_frame, on_end, &s, &error);
	g_assert_no_error(error);
	g_main_loop_run(s.loop);
	s.left_out = stream_left_out(stream);
	stream_free(stream);
	g_source_remove(late);
	g_main_loop_unref(s.loop);
	g_mutex_clear(&s.lock);
	return s;
}

static double spread(const double *values, uint32_t first, uint32_t end)
{
	double mean = 0, var = 0;
	for (uint32_t i = first; i < end; i++)
		mean += values[i] / (end - first);
	for (uint32_t i = first; i < end; i++)
		var += (values[i] - mean) * (values[i] - mean) / (end - first);
	return sqrt(var);
}

/* ---- files ---- */

static void test_files(void)
{
	static const struct {
		const char *name, *chain;
	} films[] = {
		{"film.mp4", "x264enc speed-preset=ultrafast ! h264parse ! mp4mux"},
		{"film.mkv", "x265enc speed-preset=ultrafast log-level=none ! h265parse ! matroskamux"},
		{"film.avi", "jpegenc ! avimux"},
		{"film.ts", "x264enc speed-preset=ultrafast ! h264parse ! mpegtsmux"},
		{"ten.mkv", "videoconvert ! video/x-raw,format=I420_10LE ! x265enc speed-preset=ultrafast log-level=none ! h265parse ! matroskamux"},
	};
	for (uint32_t i = 0; i < G_N_ELEMENTS(films); i++) {
		g_autofree char *path = g_build_filename(folder, films[i].name, NULL);
		play_out("videotestsrc pattern=ball num-buffers=50 ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! %s ! filesink location=%s",
			films[i].chain, path);
		struct seen s = see(&(struct stream_options){.uri = path}, 0);
		g_test_message("%s: %u pictures, %s", films[i].name, s.n, s.why);
		g_assert_true(s.ended && !s.broke);
		g_assert_cmpuint(s.n, ==, 50);
		g_assert_cmpuint(s.width_px, ==, 320);
		for (uint32_t k = 1; k < s.n; k++)
			g_assert_cmpfloat_with_epsilon(s.steps_s[k], 0.04, 0.002);
		g_unlink(path);
	}
}

static void test_sequences(void)
{
	static const char *const kinds[][2] = {{"jpegenc", "jpg"}, {"pngenc", "png"}};
	for (uint32_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *pattern = g_strdup_printf("%s/p%%04d.%s", folder, kinds[i][1]);
		play_out("videotestsrc pattern=ball num-buffers=12 ! video/x-raw,format=I420,width=320,height=240 ! videoconvert ! %s ! multifilesink index=7 location=%s",
			kinds[i][0], pattern);
		struct seen s = see(&(struct stream_options){.uri = pattern, .sequence_fps = 5}, 0);
		g_assert_true(s.ended && !s.broke);
		g_assert_cmpuint(s.n, ==, 12);
		for (uint32_t k = 1; k < s.n; k++)
			g_assert_cmpfloat_with_epsilon(s.steps_s[k], 0.2, 0.002);
		for (uint32_t k = 7; k < 19; k++) {
			g_autofree char *path = g_strdup_printf("%s/p%04u.%s", folder, k, kinds[i][1]);
			g_unlink(path);
		}
	}
}

/* B pictures from which nothing is made are not decoded, and ten pictures a second remain; without need_fps all are there. */
static void test_left_out(void)
{
	static const char *const coders[] = {"x264enc speed-preset=veryfast b-adapt=false bframes=2 ! h264parse ! mp4mux",
		"x264enc speed-preset=veryfast b-adapt=false bframes=3 b-pyramid=true ! h264parse ! mpegtsmux",
		"x265enc speed-preset=veryfast log-level=none option-string=bframes=3:b-adapt=0 ! h265parse ! matroskamux"};
	g_autofree char *path = g_build_filename(folder, "b.film", NULL);
	for (uint32_t i = 0; i < G_N_ELEMENTS(coders); i++) {
		play_out("videotestsrc pattern=ball num-buffers=100 ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! %s ! filesink location=%s",
			coders[i], path);
		struct seen all = see(&(struct stream_options){.uri = path}, 0), some = see(&(struct stream_options){.uri = path, .need_fps = 10}, 0);
		g_test_message("%s: %u of %u decoded", coders[i], some.n, all.n);
		g_assert_cmpuint(all.n, ==, 100);
		g_assert_cmpuint(all.left_out, ==, 0);
		g_assert_cmpuint(some.left_out, >=, 30);
		g_assert_cmpuint(some.n + some.left_out, ==, 100);
		for (uint32_t k = 1; k < some.n; k++)
			g_assert_cmpfloat(some.steps_s[k], <, 0.106);
		g_unlink(path);
	}
}

/* ---- RTSP ---- */

#define BALL "( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=20/1 ! "
#define H264 BALL "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=20 threads=1 ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
#define H265 BALL "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=20 log-level=none ! rtph265pay name=pay0 pt=96 config-interval=-1 )"
#define JPEG BALL "jpegenc ! rtpjpegpay name=pay0 pt=26 )"

static void test_rtsp(void)
{
	static const char *const launches[] = {H264, H265, JPEG};
	for (uint32_t i = 0; i < 2 * G_N_ELEMENTS(launches); i++) {
		struct rtsp_camera *c = rtsp_camera_new(launches[i / 2], NULL, 0);
		g_autofree char *uri = g_strdup_printf("rtsp://127.0.0.1:%u/cam", rtsp_camera_port(c));
		struct stream_options options = {.uri = uri, .transport = i % 2 ? SOURCE_UDP : SOURCE_TCP};
		struct seen s = see(&options, 40);
		for (uint32_t tries = 1; s.n == 0 && tries < TRIES; tries++) /* a busy machine's server may answer too late */
			s = see(&options, 40);
		double now_s = g_get_real_time() / 1e6;
		g_test_message("%.40s over %s: %u pictures, steps %.1f ms apart", strstr(launches[i / 2], "rtp"), i % 2 ? "UDP" : "TCP", s.n,
			1e3 * spread(s.steps_s, 10, MIN(s.n, 40)));
		g_assert_cmpstr(s.why, ==, "");
		g_assert_cmpuint(s.n, >=, 40);
		g_assert_cmpuint(s.height_px, ==, 240);
		g_assert_cmpfloat(fabs(now_s - s.last_s), <, 1.5);
		rtsp_camera_free(c);
	}
}

/* The times are those of the pictures, not of their arrival. */
static void test_jitter(void)
{
	struct rtsp_camera *c = rtsp_camera_new(H264, NULL, 0);
	struct bad_line *line = bad_line_new(rtsp_camera_port(c), 250);
	g_autofree char *uri = g_strdup_printf("rtsp://127.0.0.1:%u/cam", bad_line_port(line));
	struct seen s = see(&(struct stream_options){.uri = uri}, 260);
	g_assert_cmpuint(s.n, >=, 260); /* the sender's first report may come after 5 s and more (RFC 3550, 6.2); until then times follow arrivals */
	double steps_ms = 1e3 * spread(s.steps_s, 160, 260), arrivals_ms = 1e3 * spread(s.arrivals_s, 160, 260);
	g_test_message("from picture to picture: times vary by %.1f ms, arrivals by %.1f ms", steps_ms, arrivals_ms);
	g_assert_cmpfloat(arrivals_ms, >, 25);
	g_assert_cmpfloat(steps_ms, <, 10);
	bad_line_free(line);
	rtsp_camera_free(c);
}

static void check_silent(const struct seen *s)
{
	g_test_message("it says: %s", s->why);
	g_assert_true(s->ended && s->broke);
	g_assert_cmpstr(s->why, !=, "");
	static const char *const never[] = {"s3cr3t", "with:marks", "SesamE", "viewer", "://"};
	for (uint32_t i = 0; i < G_N_ELEMENTS(never); i++)
		g_assert_null(strstr(s->why, never[i]));
}

static void test_rtsp_password(void)
{
	struct rtsp_camera *c = rtsp_camera_new(H264, SECRET, 0);
	g_autofree char *good = g_strdup_printf("rtsp://viewer:" SECRET_ESCAPED "@127.0.0.1:%u/cam", rtsp_camera_port(c));
	g_autofree char *bad = g_strdup_printf("rtsp://viewer:s3cr3t@127.0.0.1:%u/cam", rtsp_camera_port(c));
	g_autofree char *none = g_strdup_printf("rtsp://127.0.0.1:%u/cam?password=SesamE", rtsp_camera_port(c));
	g_autofree char *gone = g_strdup_printf("rtsp://viewer:" SECRET_ESCAPED "@127.0.0.1:%u/other?key=SesamE", rtsp_camera_port(c));
	g_assert_cmpuint(see(&(struct stream_options){.uri = good}, 5).n, >=, 5);
	struct seen s = see(&(struct stream_options){.uri = bad}, 5);
	check_silent(&s);
	g_assert_nonnull(strstr(s.why, "refuses"));
	s = see(&(struct stream_options){.uri = none}, 5);
	check_silent(&s);
	s = see(&(struct stream_options){.uri = gone}, 5);
	check_silent(&s);
	rtsp_camera_free(c);
}

/* ---- MJPEG over HTTP ---- */

static void test_mjpeg(void)
{
	struct mjpeg_camera *c = mjpeg_camera_new(20, SECRET);
	g_autofree char *good = g_strdup_printf("http://viewer:" SECRET_ESCAPED "@127.0.0.1:%u/video", mjpeg_camera_port(c));
	g_autofree char *bad = g_strdup_printf("http://viewer:s3cr3t@127.0.0.1:%u/video?key=SesamE", mjpeg_camera_port(c));
	struct seen s = see(&(struct stream_options){.uri = good}, 30);
	g_assert_cmpstr(s.why, ==, "");
	g_assert_cmpuint(s.n, >=, 30);
	g_assert_cmpuint(s.width_px, ==, 320);
	g_assert_cmpfloat_with_epsilon((s.last_s - s.first_s) / (s.n - 1), 0.05, 0.02);
	g_assert_cmpfloat(fabs(g_get_real_time() / 1e6 - s.last_s), <, 1.0);
	s = see(&(struct stream_options){.uri = bad}, 30);
	check_silent(&s);
	mjpeg_camera_free(c);
}

/* ---- what cannot be ---- */

static void refuse(const char *uri, const char *because)
{
	g_autoptr(GError) error = NULL;
	struct seen s = {0};
	g_assert_null(stream_new(&(struct stream_options){.uri = uri}, on_frame, on_end, &s, &error));
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, because));
	g_assert_null(strstr(error->message, "s3cr3t"));
}

static void test_refused(void)
{
	refuse("/dev/video77", "/dev/video77: no such video device");
	refuse("v4l2:///dev/video77", "/dev/video77: no such video device");
	refuse("/nowhere/film.mp4", "no such file");
	refuse("/nowhere/%04d.jpg", "no picture of this sequence");
	refuse("/nowhere/%s%n.jpg", "no such file");
	refuse("gopher://viewer:s3cr3t@camera/1", "must begin with rtsp://");
	refuse("rtsp://viewer:s3cr3t@", "no host name");
	refuse("http://vie%wer:s3cr3t@host/", "not escaped");
}

/* A device that is there and is none. */
static void test_no_device(void)
{
	g_autofree char *path = g_build_filename(folder, "not-a-camera", NULL), *uri = g_strconcat("v4l2://", path, NULL);
	g_assert_true(g_file_set_contents(path, "", 0, NULL));
	struct seen s = see(&(struct stream_options){.uri = uri}, 5);
	g_test_message("it says: %s", s.why);
	g_assert_true(s.broke);
	g_assert_cmpuint(s.n, ==, 0);
	g_unlink(path);
}

int main(int argc, char **argv)
{
	g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE); /* libproxy throws C++ exceptions inside, which ASan in a C program cannot take */
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	folder = g_dir_make_tmp("greenwave-inputs-XXXXXX", NULL);
	g_test_add_func("/inputs/files", test_files);
	g_test_add_func("/inputs/sequences", test_sequences);
	g_test_add_func("/inputs/left-out", test_left_out);
	g_test_add_func("/inputs/rtsp", test_rtsp);
	g_test_add_func("/inputs/jitter", test_jitter);
	g_test_add_func("/inputs/rtsp-password", test_rtsp_password);
	g_test_add_func("/inputs/mjpeg", test_mjpeg);
	g_test_add_func("/inputs/refused", test_refused);
	g_test_add_func("/inputs/no-device", test_no_device);
	int failed = g_test_run();
	g_rmdir(folder);
	g_free(folder);
	return failed;
}
