/* faults_test.c - what happens to cameras in the street, done to one on loopback: it is said what is wrong, and it comes back by itself.
 *
 * G_TEST_SRCDIR: the source tree.
 */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <math.h>
#include <string.h>

#include "tests/vision/loopback.h"
#include "tests/vision/painted.h"
#include "vision/camera.h"
#include "vision/watch.h"

#define BARS "videotestsrc is-live=true pattern=%s ! video/x-raw,format=I420,width=320,height=180,framerate=%d/1 ! "
#define CODED "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 threads=1 ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
#define MANY 64

static char *folder;
static struct painted *street;
static struct view *view;

struct seat {
	struct camera *camera;
	struct camera_health last;
	uint32_t estimates;
	double last_s, least_step_s, most_step_s;
};

static void on_estimates(void *user, const struct estimate *e, uint32_t n)
{
	struct seat *seat = user;
	for (uint32_t k = 0; k < n; k++) {
		g_autoptr(GError) error = NULL;
		estimate_check(&e[k], &error);
		g_assert_no_error(error);
	}
	if (seat->estimates > 0) {
		seat->least_step_s = fmin(seat->least_step_s, e->t_s - seat->last_s);
		seat->most_step_s = fmax(seat->most_step_s, e->t_s - seat->last_s);
	} else {
		seat->least_step_s = INFINITY;
		seat->most_step_s = -INFINITY;
	}
	seat->last_s = e->t_s;
	seat->estimates++;
}

static void on_state(void *user, const struct camera_health *health)
{
	struct seat *seat = user;
	seat->last = *health;
}

static void sit(struct seat *seat, const struct camera_options *options)
{
	g_autoptr(GError) error = NULL;
	seat->camera = camera_new(view, options, on_estimates, on_state, seat, &error);
	g_assert_no_error(error);
}

static gboolean on_tick(gpointer user)
{
	(void) user;
	return G_SOURCE_CONTINUE;
}

/* Until the camera is in that state; seconds, NaN: it never was. */
static double wait_for(const struct seat *seat, enum camera_state state, double most_s)
{
	int64_t begin_us = g_get_monotonic_time();
	guint tick = g_timeout_add(50, on_tick, NULL);
	double s = 0;
	while (seat->last.state != state && s < most_s) {
		g_main_context_iteration(NULL, TRUE);
		s = (double) (g_get_monotonic_time() - begin_us) / 1e6;
	}
	g_source_remove(tick);
	g_test_message("%s after %.1f s: %s", camera_state_name(seat->last.state), s, seat->last.why);
	return seat->last.state == state ? s : NAN;
}

static void rise(struct seat *seat)
{
	camera_free(seat->camera);
	*seat = (struct seat){0};
}

static struct rtsp_camera *show(const char *pattern, int fps, uint32_t port)
{
	g_autofree char *launch = g_strdup_printf("( " BARS CODED, pattern, fps);
	return rtsp_camera_new(launch, NULL, port);
}

/* ---- the line ---- */

/* Cut without a word, then gone, then back: lost within seconds and found again. */
static void test_cut(void)
{
	struct rtsp_camera *server = show("smpte", 10, 0);
	uint32_t port = rtsp_camera_port(server);
	struct bad_line *line = bad_line_new(port, 0);
	g_autofree char *through = g_strdup_printf("rtsp://127.0.0.1:%u/cam", bad_line_port(line)), *uri = g_strdup_printf("rtsp://127.0.0.1:%u/cam", port);
	struct seat seat = {0};
	sit(&seat, &(struct camera_options){.uri = through});
	g_assert_cmpfloat(wait_for(&seat, CAMERA_OK, 15), <, 15);
	bad_line_cut(line);
	g_assert_cmpfloat(wait_for(&seat, CAMERA_LOST, 10), <, 10);
	rise(&seat);
	bad_line_free(line);

	sit(&seat, &(struct camera_options){.uri = uri});
	g_assert_cmpfloat(wait_for(&seat, CAMERA_OK, 15), <, 15);
	rtsp_camera_free(server);
	g_assert_cmpfloat(wait_for(&seat, CAMERA_LOST, 10), <, 8);
	server = show("smpte", 10, port);
	g_assert_cmpfloat(wait_for(&seat, CAMERA_OK, 20), <, 20);
	g_assert_cmpuint(camera_health(seat.camera).reconnects, >=, 1);
	rise(&seat);
	rtsp_camera_free(server);
}

/* Nobody there: tries become rarer, and stop at once when it is freed. */
static void test_back_off(void)
{
	struct seat seat = {0};
	sit(&seat, &(struct camera_options){.uri = "rtsp://127.0.0.1:9/none"});
	g_assert_cmpfloat(wait_for(&seat, CAMERA_LOST, 10), <, 10);
	wait_for(&seat, CAMERA_OK, 6);
	uint64_t tries = camera_health(seat.camera).reconnects;
	g_assert_cmpuint(tries, >=, 2);
	g_assert_cmpuint(tries, <=, 4); /* after 0.5, 1, 2, 4 s and what the judgement takes, not 12 */
	rise(&seat);
}

/* ---- pictures ---- */

static void test_bad_pictures(void)
{
	static const struct {
		const char *pattern;
		enum camera_state state;
		const char *why;
	} bad[] = {
		{"black", CAMERA_BLIND, "dark"},
		{"white", CAMERA_BLIND, "nothing"},
		{"snow", CAMERA_BLIND, "noise"},
		{"checkers-8", CAMERA_FROZEN, "does not change"},
	};
	struct seat seats[G_N_ELEMENTS(bad)] = {0};
	struct rtsp_camera *servers[G_N_ELEMENTS(bad)];
	for (uint32_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		servers[i] = show(bad[i].pattern, 10, 0);
		g_autofree char *uri = g_strdup_printf("rtsp://127.0.0.1:%u/cam", rtsp_camera_port(servers[i]));
		sit(&seats[i], &(struct camera_options){.uri = uri});
	}
	for (uint32_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("%s", bad[i].pattern);
		g_assert_cmpfloat(wait_for(&seats[i], bad[i].state, 12), <, 12);
		g_assert_nonnull(strstr(seats[i].last.why, bad[i].why));
	}
	for (uint32_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		rise(&seats[i]);
		rtsp_camera_free(servers[i]);
	}
}

static struct seat watch_film(const char *path)
{
	struct seat seat = {0};
	sit(&seat, &(struct camera_options){.uri = path});
	int64_t begin_us = g_get_monotonic_time();
	while (seat.last.state != CAMERA_ENDED && seat.last.state != CAMERA_LOST && g_get_monotonic_time() - begin_us < 30 * G_USEC_PER_SEC)
		g_main_context_iteration(NULL, TRUE);
	while (g_main_context_iteration(NULL, FALSE))
		;
	seat.last = camera_health(seat.camera);
	g_test_message("%s: %s, %" G_GUINT64_FORMAT " pictures, %u estimates %.2f to %.2f s apart, %u px wide; %s", path, camera_state_name(seat.last.state),
		seat.last.frames, seat.estimates, seat.least_step_s, seat.most_step_s, seat.last.width_px, seat.last.why);
	camera_free(seat.camera);
	return seat;
}

/* One picture a second and sixty. */
static void test_rates(void)
{
	g_autofree char *path = g_build_filename(folder, "rate.mp4", NULL);
	static const int rates[] = {1, 60};
	for (uint32_t i = 0; i < 2; i++) {
		play_out("videotestsrc pattern=smpte num-buffers=%d ! video/x-raw,format=I420,width=320,height=180,framerate=%d/1 ! x264enc speed-preset=ultrafast "
			"! h264parse ! mp4mux ! filesink location=%s", 8 * rates[i], rates[i], path);
		struct seat s = watch_film(path);
		g_assert_cmpint(s.last.state, ==, CAMERA_ENDED);
		g_assert_cmpuint(s.estimates, >=, 6);
		g_assert_cmpfloat_with_epsilon(s.most_step_s, 1, 1e-6);
		g_unlink(path);
	}
}

static void append(const char *path, const char *to)
{
	g_autofree char *bytes = NULL;
	gsize n;
	g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
	FILE *f = fopen(to, "ab");
	g_assert_cmpuint(fwrite(bytes, 1, n, f), ==, n);
	fclose(f);
	g_unlink(path);
}

/* A camera that is set to another size goes on sending; and a film in which bits have fallen over is seen to its end. */
static void test_size_and_bits(void)
{
	g_autofree char *part = g_build_filename(folder, "part.ts", NULL), *path = g_build_filename(folder, "film.ts", NULL), *bytes = NULL;
	static const int heights[] = {180, 360};
	gsize n;
	for (uint32_t i = 0; i < 2; i++) {
		play_out("videotestsrc pattern=smpte num-buffers=50 ! video/x-raw,format=I420,width=%d,height=%d,framerate=10/1 ! x264enc speed-preset=ultrafast "
			"key-int-max=10 ! h264parse ! mpegtsmux ! filesink location=%s", heights[i] * 16 / 9, heights[i], part);
		append(part, path);
	}
	struct seat s = watch_film(path);
	g_assert_cmpuint(s.last.width_px, ==, 640);
	g_assert_cmpuint(s.last.frames, >=, 90);
	g_assert_cmpuint(s.estimates, >=, 6);

	g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
	g_autoptr(GRand) chance = g_rand_new_with_seed(5);
	for (int trial = 0; trial < 6; trial++) {
		for (gsize i = 0; i < n / 400; i++) /* the packets' own heads stay: the decoder shall get it */
			bytes[(gsize) g_rand_int_range(chance, 0, (gint32) (n / 188)) * 188 + (gsize) g_rand_int_range(chance, 12, 188)] ^=
				(char) (1 << g_rand_int_range(chance, 0, 8));
		g_assert_true(g_file_set_contents(path, bytes, (gssize) n, NULL));
		s = watch_film(path);
		g_assert_true(s.last.state == CAMERA_ENDED || s.last.state == CAMERA_LOST);
	}
	g_unlink(path);
}

/* The film's own time leaps by an hour and back: two films of 6 s after each other, the second one's clock elsewhere. */
static void test_clock(void)
{
	g_autofree char *part = g_build_filename(folder, "part.ts", NULL), *path = g_build_filename(folder, "leap.ts", NULL);
	static const int64_t from_s[] = {3600, 7200, 10};
	for (uint32_t i = 0; i < 3; i++) {
		play_out("videotestsrc pattern=smpte num-buffers=60 timestamp-offset=%" G_GINT64_FORMAT " ! video/x-raw,format=I420,width=320,height=180,"
			"framerate=10/1 ! x264enc speed-preset=ultrafast key-int-max=10 ! h264parse ! mpegtsmux ! filesink location=%s", from_s[i] * GST_SECOND, part);
		append(part, path);
	}
	struct seat s = watch_film(path);
	g_assert_cmpuint(s.estimates, >=, 12);
	g_unlink(path);
}

/* The same at the watch, where no demuxer smooths it: estimates stay about one second each. */
static void test_gap(void)
{
	g_autoptr(GError) error = NULL;
	owned(watch) w = watch_new(view, 640, 360, 1, &error);
	double t_s = 100;
	uint32_t estimates = 0;
	g_assert_no_error(error);
	for (int i = 0; i < 150; i++) {
		t_s += i == 60 ? 25.3 : 0.1;
		painted_step(street, 0.1);
		if (!watch_look(w, street->y, t_s))
			continue;
		uint32_t n;
		const struct estimate *e = watch_estimates(w, &n);
		g_assert_cmpfloat(e->window_s, <=, 1.01);
		estimates++;
	}
	g_assert_cmpuint(estimates, >=, 12);
}

/* ---- many ---- */

static void test_half_dead(void)
{
	struct rtsp_camera *server = show("smpte", 5, 0);
	g_autofree char *good = g_strdup_printf("rtsp://127.0.0.1:%u/cam", rtsp_camera_port(server));
	static struct seat seats[MANY];
	for (uint32_t i = 0; i < MANY; i++)
		sit(&seats[i], &(struct camera_options){.uri = i % 2 ? "rtsp://127.0.0.1:9/none" : good});
	for (uint32_t i = 0; i < MANY; i += 2)
		g_assert_cmpfloat(wait_for(&seats[i], CAMERA_OK, 40), <, 40);
	wait_for(&seats[1], CAMERA_OK, 4);
	uint32_t speak = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		g_assert_cmpint(seats[i].last.state, ==, i % 2 ? CAMERA_LOST : CAMERA_OK);
		speak += seats[i].estimates > 0;
	}
	g_assert_cmpuint(speak, ==, MANY / 2);
	for (uint32_t i = 0; i < MANY; i++)
		rise(&seats[i]);
	rtsp_camera_free(server);
}

int main(int argc, char **argv)
{
	g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE); /* libproxy throws C++ exceptions inside, which ASan in a C program cannot take */
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	folder = g_dir_make_tmp("greenwave-faults-XXXXXX", NULL);
	g_autofree char *net = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	street = painted_new(net, 600, 0.1, 2, 1, &error);
	g_assert_no_error(error);
	view = painted_view(street, &error);
	g_assert_no_error(error);
	g_test_add_func("/faults/cut", test_cut);
	g_test_add_func("/faults/back-off", test_back_off);
	g_test_add_func("/faults/bad-pictures", test_bad_pictures);
	g_test_add_func("/faults/rates", test_rates);
	g_test_add_func("/faults/size-and-bits", test_size_and_bits);
	g_test_add_func("/faults/clock", test_clock);
	g_test_add_func("/faults/gap", test_gap);
	g_test_add_func("/faults/half-dead", test_half_dead);
	int failed = g_test_run();
	view_free(view);
	painted_free(street);
	g_rmdir(folder);
	g_free(folder);
	return failed;
}
