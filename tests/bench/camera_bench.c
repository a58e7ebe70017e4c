/* camera_bench.c - what a whole camera costs against decoding alone, and how much memory one more of them takes.
 *
 *     camera_bench [--pairs=N] [--seconds=S] [--size=1080] [--bframes=N] [--clip=FILE] [--memory] [--peer]
 *
 * The film is H.264, 25 pictures a second, painted (or the clip given, at its own size), read as fast as it goes. A pair is one run of
 * `filesrc ! qtdemux ! avdec_h264 max-threads=1 ! fakesink` and one of a camera that looks at it ten times a second, each in a process of its
 * own, whose user and system time count. --memory: resident memory of 1 and of 5 cameras that play at their own pace. --peer: beside them the
 * usual loop of OpenCV (colour, full size, MOG2; peer_cv.h) on every picture, and on ten a second.
 */
#include <glib/gstdio.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/peer_cv.h"
#include "tests/vision/painted.h"
#include "vision/camera.h"
#include "vision/watch.h"

#define FPS 25
#define MANY_PAIRS 64
#define PEER_PAIRS 3 /* a minute each */
#define MEMORY_S 15

static const char *net_file;

/* ---- the film ---- */

static void make_film(const char *path, uint32_t height_px, uint32_t seconds, uint32_t bframes)
{
	g_autoptr(GError) error = NULL;
	owned(painted) street = painted_new(net_file, 900, 0.1, 0, 3, &error);
	uint32_t width_px = height_px * 16 / 9;
	if (!street || !painted_resize(street, width_px, height_px, &error))
		g_error("%s", error->message);
	g_autofree char *text = g_strdup_printf("appsrc name=in format=time block=true max-bytes=20000000 caps=video/x-raw,format=I420,width=%u,height=%u,"
		"framerate=%d/1 ! x264enc speed-preset=veryfast key-int-max=50 bitrate=4000 bframes=%u b-adapt=false ! h264parse ! mp4mux ! filesink location=%s",
		width_px, height_px, FPS, bframes, path);
	g_autoptr(GstElement) pipeline = gst_parse_launch(text, &error);
	g_autoptr(GstElement) in = gst_bin_get_by_name(GST_BIN(pipeline), "in");
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	gsize bytes = (gsize) width_px * height_px * 3 / 2;
	for (uint32_t k = 0; k < seconds * FPS; k++) {
		painted_step(street, 1.0 / FPS);
		GstBuffer *buffer = gst_buffer_new_memdup(street->y, bytes);
		GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(k, GST_SECOND, FPS);
		GST_BUFFER_DURATION(buffer) = GST_SECOND / FPS;
		gst_app_src_push_buffer(GST_APP_SRC(in), buffer);
	}
	gst_app_src_end_of_stream(GST_APP_SRC(in));
	g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
	gst_message_unref(gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
	gst_element_set_state(pipeline, GST_STATE_NULL);
}

/* ---- one run, in a process of its own ---- */

static int run_plain(const char *path)
{
	g_autofree char *text = g_strdup_printf("filesrc location=%s ! qtdemux ! avdec_h264 max-threads=1 ! fakesink", path);
	g_autoptr(GError) error = NULL;
	gst_init(NULL, NULL);
	g_autoptr(GstElement) pipeline = gst_parse_launch(text, &error);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
	g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
	bool good = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
	gst_element_set_state(pipeline, GST_STATE_NULL);
	return good ? 0 : 1;
}

static int run_peer(const char *path, double every)
{
	return peer_loop(path, every) > 0 ? 0 : 1;
}

struct run {
	GMainLoop *loop;
	uint32_t estimates;
	double plates, passed;
};

static void on_estimates(void *user, const struct estimate *e, uint32_t n)
{
	struct run *r = user;
	for (uint32_t k = 0; k < n; k++) {
		r->plates += e[k].plates;
		r->passed += e[k].flow_veh;
	}
	r->estimates += n;
}

static void on_state(void *user, const struct camera_health *health)
{
	struct run *r = user;
	if (health->state == CAMERA_ENDED)
		g_main_loop_quit(r->loop);
	else if (health->state != CAMERA_OK)
		fprintf(stderr, "camera: %s\n", health->why);
}

static struct view *street_view(void)
{
	g_autoptr(GError) error = NULL;
	static struct painted *street; /* the network must outlive the view */
	street = painted_site(net_file, &error);
	struct view *v = street ? painted_view(street, &error) : NULL;
	if (!v)
		g_error("%s", error->message);
	return v;
}

static int run_camera(const char *path, bool decode_all)
{
	struct run r = {.loop = g_main_loop_new(NULL, FALSE)};
	g_autoptr(GError) error = NULL;
	owned(view) v = street_view();
	struct camera_options options = {.uri = path, .analyse_fps = 10, .period_s = 1, .decode_all = decode_all};
	owned(camera) c = camera_new(v, &options, on_estimates, on_state, &r, &error);
	if (!c)
		g_error("%s", error->message);
	g_main_loop_run(r.loop);
	printf("# %u estimates, %.0f passed, %.0f plates\n", r.estimates, r.passed, r.plates);
	return r.estimates > 0 ? 0 : 1;
}

static long resident_kib(void)
{
	g_autofree char *text = NULL;
	if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
		return 0;
	const char *at = strstr(text, "RssAnon:");
	return at ? atol(at + 8) : 0;
}

static gboolean on_enough(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static int run_memory(const char *path, uint32_t n)
{
	struct run r = {.loop = g_main_loop_new(NULL, FALSE)};
	owned(view) v = street_view();
	struct camera_options options = {.uri = path, .analyse_fps = 10, .period_s = 1, .realtime = true};
	g_autoptr(GPtrArray) cameras = g_ptr_array_new_with_free_func((GDestroyNotify) camera_free);
	for (uint32_t k = 0; k < n; k++)
		g_ptr_array_add(cameras, camera_new(v, &options, on_estimates, on_state, &r, NULL));
	g_timeout_add_seconds(MEMORY_S, on_enough, r.loop);
	g_main_loop_run(r.loop);
	printf("%ld\n", resident_kib());
	return 0;
}

/* ---- pairs ---- */

static double cpu_s(const struct rusage *u)
{
	return (double) (u->ru_utime.tv_sec + u->ru_stime.tv_sec) + 1e-6 * (double) (u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

static double child(const char *self, const char *what, const char *path)
{
	struct rusage used;
	int status = 1;
	pid_t pid = fork();
	if (pid == 0) {
		execl(self, self, what, path, net_file, (char *) NULL);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &used) != pid || status != 0)
		g_error("the run %s failed", what);
	return cpu_s(&used);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;
	return x < y ? -1 : x > y;
}

static double median(double *v, uint32_t n)
{
	qsort(v, n, sizeof *v, by_size);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The loop on every picture and on ten a second, against decoding alone. */
static void compare_peer(const char *self, const char *path, uint32_t pairs)
{
	double every[MANY_PAIRS], ten[MANY_PAIRS];
	for (uint32_t k = 0; k < pairs; k++) {
		double plain = child(self, "plain", path), all_s = child(self, "peer", path), ten_s = child(self, "peer10", path);
		every[k] = all_s / plain;
		ten[k] = ten_s / plain;
		printf("pair %u: decoding alone %.2f s, OpenCV's loop with MOG2 %.2f s (%.2f), on ten a second %.2f s (%.2f)\n", k + 1, plain, all_s, every[k],
			ten_s, ten[k]);
		fflush(stdout);
	}
	printf("median of %u pairs: OpenCV's loop / decoding alone %.2f, on ten a second %.2f\n", pairs, median(every, pairs), median(ten, pairs));
}

static void compare(const char *self, const char *path, uint32_t pairs, double film_s)
{
	double plain[MANY_PAIRS], all[MANY_PAIRS], needed[MANY_PAIRS], ratio_all[MANY_PAIRS], ratio_needed[MANY_PAIRS];
	for (uint32_t k = 0; k < pairs; k++) {
		plain[k] = child(self, "plain", path);
		all[k] = child(self, "all", path);
		needed[k] = child(self, "needed", path);
		ratio_all[k] = all[k] / plain[k];
		ratio_needed[k] = needed[k] / plain[k];
		printf("pair %u: decoding alone %.2f s, camera %.2f s (%.3f), camera that decodes what it needs %.2f s (%.3f)\n", k + 1, plain[k], all[k],
			ratio_all[k], needed[k], ratio_needed[k]);
		fflush(stdout);
	}
	printf("median of %u pairs: camera / decoding alone %.3f; decoding what is needed / decoding alone %.3f; %.1f ms of CPU for a second of film\n", pairs,
		median(ratio_all, pairs), median(ratio_needed, pairs), 1e3 * median(needed, pairs) / film_s);
}

static long memory_of(const char *self, const char *path, const char *n)
{
	g_autofree char *out = NULL;
	g_autoptr(GError) error = NULL;
	const char *argv[] = {self, "memory", path, net_file, n, NULL};
	if (!g_spawn_sync(NULL, (char **) argv, NULL, 0, NULL, NULL, &out, NULL, NULL, &error))
		g_error("%s", error->message);
	return atol(out);
}

int main(int argc, char **argv)
{
	gint pairs = 9, seconds = 30, size = 1080, bframes = 2;
	gboolean memory = FALSE, peer = FALSE;
	g_autofree char *clip = NULL, *self = g_file_read_link("/proc/self/exe", NULL);
	const GOptionEntry entries[] = {
		{"pairs", 0, 0, G_OPTION_ARG_INT, &pairs, "how many", "N"},
		{"seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "of film", "S"},
		{"size", 0, 0, G_OPTION_ARG_INT, &size, "its height", "PX"},
		{"bframes", 0, 0, G_OPTION_ARG_INT, &bframes, "between two reference pictures, 0: every picture is one", "N"},
		{"clip", 0, 0, G_OPTION_ARG_FILENAME, &clip, "this one instead (.mp4 with H.264)", "FILE"},
		{"memory", 0, 0, G_OPTION_ARG_NONE, &memory, "memory of one more camera, not time", NULL},
		{"peer", 0, 0, G_OPTION_ARG_NONE, &peer, "OpenCV's usual loop as well", NULL},
		{0},
	};
	if (argc >= 4 && argv[1][0] != '-') {
		net_file = argv[3];
		if (strcmp(argv[1], "memory") == 0)
			return run_memory(argv[2], (uint32_t) atoi(argv[4]));
		if (g_str_has_prefix(argv[1], "peer"))
			return run_peer(argv[2], strcmp(argv[1], "peer") == 0 ? 1 : FPS / 10.0);
		return strcmp(argv[1], "plain") == 0 ? run_plain(argv[2]) : run_camera(argv[2], strcmp(argv[1], "all") == 0);
	}
	g_autoptr(GOptionContext) context = g_option_context_new("NETWORK (configs/junction/junction.net.xml)");
	g_option_context_add_main_entries(context, entries, NULL);
	g_autoptr(GError) error = NULL;
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2 || pairs < 1 || pairs > MANY_PAIRS) {
		fprintf(stderr, "camera_bench: %s\n", error ? error->message : "it needs the network, see --help");
		return 1;
	}
	net_file = argv[1];
	gst_init(NULL, NULL);
	g_autofree char *folder = g_dir_make_tmp("greenwave-bench-XXXXXX", NULL), *film = g_build_filename(folder, "film.mp4", NULL);
	if (!clip)
		make_film(film, (uint32_t) size, (uint32_t) seconds, (uint32_t) bframes);
	const char *path = clip ? clip : film;
	if (memory) {
		long one = memory_of(self, path, "1"), five = memory_of(self, path, "5");
		printf("resident: 1 camera %.1f MiB, 5 cameras %.1f MiB, one more %.1f MiB\n", one / 1024.0, five / 1024.0, (five - one) / 4096.0);
	} else
		compare(self, path, (uint32_t) pairs, seconds);
	if (peer && !memory)
		compare_peer(self, path, (uint32_t) MIN(pairs, PEER_PAIRS));
	g_unlink(film);
	g_rmdir(folder);
	return 0;
}
