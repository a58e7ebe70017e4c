/* calibrate_test.c - greenwavectl camera calibrate on a painted street, whose truth is known: lanes found by what moves on them, the road by pairs of
 * points, and by lane width and dashes.
 *
 * argv[1]: greenwavectl. G_TEST_SRCDIR: the source tree.
 */
#include <glib/gstdio.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <math.h>
#include <string.h>

#include "daemon/config.h"
#include "tests/vision/loopback.h"
#include "tests/vision/painted.h"

#define FILM_S 40
#define DASH_M 12.0

static char *program, *folder, *film, *net_file;
static struct painted *street;
static struct view *truth;

static void make_film(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strdup_printf("appsrc name=in format=time block=true max-bytes=8000000 caps=video/x-raw,format=I420,width=640,height=360,"
		"framerate=10/1 ! x264enc speed-preset=ultrafast bitrate=3000 ! h264parse ! mp4mux ! filesink location=%s", film);
	g_autoptr(GstElement) pipeline = gst_parse_launch(text, &error);
	g_assert_no_error(error);
	g_autoptr(GstElement) in = gst_bin_get_by_name(GST_BIN(pipeline), "in");
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	for (uint32_t k = 0; k < FILM_S * 10; k++) {
		painted_step(street, 0.1);
		GstBuffer *buffer = gst_buffer_new_memdup(street->y, 640 * 360 * 3 / 2);
		GST_BUFFER_PTS(buffer) = k * GST_SECOND / 10;
		GST_BUFFER_DURATION(buffer) = GST_SECOND / 10;
		gst_app_src_push_buffer(GST_APP_SRC(in), buffer);
	}
	gst_app_src_end_of_stream(GST_APP_SRC(in));
	g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
	g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
	g_assert_cmpint(GST_MESSAGE_TYPE(message), ==, GST_MESSAGE_EOS);
	gst_element_set_state(pipeline, GST_STATE_NULL);
}

/* Runs it with these arguments; what it wrote, as a configuration. NULL: it failed, and `said` is why. */
static struct config *calibrate(GPtrArray *more, char **said)
{
	g_autofree char *yaml = g_build_filename(folder, "entry.yaml", NULL), *png = g_build_filename(folder, "grid.png", NULL), *entry = NULL, *out = NULL;
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	const char *fixed[] = {program, "camera", "calibrate", "--uri", film, "--network", net_file, "--camera", "north", "--seconds", "39", "-o", yaml,
		"--picture", png};
	int status;
	for (uint32_t k = 0; k < G_N_ELEMENTS(fixed); k++)
		g_ptr_array_add(argv, (char *) fixed[k]);
	for (uint32_t k = 0; k < more->len; k++)
		g_ptr_array_add(argv, more->pdata[k]);
	g_ptr_array_add(argv, NULL);
	g_spawn_sync(NULL, (char **) argv->pdata, NULL, 0, NULL, NULL, &out, said, &status, &error);
	g_assert_no_error(error);
	g_test_message("%s%s", out, *said);
	if (!g_spawn_check_wait_status(status, NULL))
		return NULL;
	gsize n;
	g_assert_true(g_file_get_contents(png, &entry, &n, NULL));
	g_assert_cmpmem(entry, 8, "\x89PNG\r\n\x1a\n", 8);
	g_clear_pointer(&entry, g_free);
	g_assert_true(g_file_get_contents(yaml, &entry, NULL, NULL));
	g_autofree char *whole = g_strdup_printf("network: %s\n%s", net_file, entry);
	struct config *c = config_parse(whole, strlen(whole), yaml, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(c->n_cameras, ==, 1);
	g_assert_cmpuint(c->cameras[0].width_px, ==, 640);
	g_unlink(yaml);
	g_unlink(png);
	return c;
}

/* The worst error along the road, as a share of the distance from the camera's foot, over the lanes of the truth. */
static double worst_share(const struct config *c)
{
	g_autoptr(GError) error = NULL;
	const struct config_camera *k = &c->cameras[0];
	owned(view) v = view_new("north", street->net, (const char *const *) k->lanes, k->points, k->n_points, k->width_px, k->height_px, k->range_m, &error);
	double worst = 0;
	g_assert_no_error(error);
	for (double d = 5; d <= 80; d += 5) {
		double x, y;
		struct net_point at = view_lane_point(&truth->lanes[0], d, 0), got;
		g_assert_true(view_image(truth, at, &x, &y));
		got = view_ground(v, x, y);
		worst = fmax(worst, hypot(got.x_m - at.x_m, got.y_m - at.y_m) / hypot(at.x_m - truth->foot.x_m, at.y_m - truth->foot.y_m));
	}
	return worst;
}

static void test_pairs(void)
{
	g_autoptr(GPtrArray) more = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *said = NULL;
	for (uint32_t k = 0; k < truth->n_pairs; k++) {
		g_ptr_array_add(more, g_strdup("--point"));
		g_ptr_array_add(more, g_strdup_printf("%.2f,%.2f=%.3f,%.3f", truth->pairs[k].x_px, truth->pairs[k].y_px, truth->pairs[k].ground.x_m,
			truth->pairs[k].ground.y_m));
	}
	owned(config) c = calibrate(more, &said);
	g_assert_nonnull(c);
	/* proposed: those that are driven on, and no other */
	g_assert_cmpuint(c->cameras[0].n_lanes, ==, 2);
	g_assert_true(g_strv_contains((const char *const *) c->cameras[0].lanes, "W_C_1"));
	g_assert_true(g_strv_contains((const char *const *) c->cameras[0].lanes, "W_C_2"));
	g_assert_cmpfloat(worst_share(c), <, 0.01);
}

/* As somebody would read it off the picture, to the pixel. */
static void test_dashes(void)
{
	g_autoptr(GPtrArray) more = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *said = NULL;
	double x[3], y[3], half_m = truth->lanes[0].width_m / 2;
	struct net_point beside = view_lane_point(&truth->lanes[1], 0, 0), first = view_lane_point(&truth->lanes[0], 0, half_m);
	/* on the side of the other lane */
	double side_m = hypot(beside.x_m - first.x_m, beside.y_m - first.y_m) < truth->lanes[0].width_m ? half_m : -half_m;
	view_image(truth, view_lane_point(&truth->lanes[0], 6, side_m), &x[0], &y[0]);
	view_image(truth, view_lane_point(&truth->lanes[0], 6 + DASH_M, side_m), &x[1], &y[1]);
	view_image(truth, view_lane_point(&truth->lanes[0], 0, 0), &x[2], &y[2]);
	char *given[] = {g_strdup("--lane-width"), g_strdup_printf("%g", truth->lanes[0].width_m), g_strdup("--dash"), g_strdup_printf("%g", DASH_M),
		g_strdup("--dashes"), g_strdup_printf("%.0f,%.0f,%.0f,%.0f", x[0], y[0], x[1], y[1]), g_strdup("--stop"), g_strdup_printf("%.0f,%.0f", x[2], y[2]),
		g_strdup("--lanes"), g_strdup("W_C_1,W_C_2")};
	for (uint32_t k = 0; k < G_N_ELEMENTS(given); k++)
		g_ptr_array_add(more, given[k]);
	owned(config) c = calibrate(more, &said);
	g_assert_nonnull(c);
	double worst = worst_share(c);
	g_test_message("worst error %.1f %% of the distance", 100 * worst);
	g_assert_cmpfloat(worst, <, 0.1);
}

static void test_refused(void)
{
	static const char *const wrong[][3] = {{"--point", "1,2,3", "must be 4 numbers"}, {"--lane-width", "3.5", "go together"}, {"--lanes", "none", "no lane none"}};
	for (uint32_t k = 0; k < G_N_ELEMENTS(wrong); k++) {
		g_autoptr(GPtrArray) more = g_ptr_array_new();
		g_autofree char *said = NULL;
		g_ptr_array_add(more, (char *) wrong[k][0]);
		g_ptr_array_add(more, (char *) wrong[k][1]);
		g_assert_null(calibrate(more, &said));
		g_assert_nonnull(strstr(said, wrong[k][2]));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	g_autoptr(GError) error = NULL;
	program = g_canonicalize_filename(argv[1], NULL);
	folder = g_dir_make_tmp("greenwave-calibrate-XXXXXX", NULL);
	film = g_build_filename(folder, "film.mp4", NULL);
	net_file = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	street = painted_new(net_file, 900, 0.1, 0, 3, &error);
	g_assert_no_error(error);
	street->green_s = 60;
	truth = painted_view(street, &error);
	g_assert_no_error(error);
	make_film();
	g_test_add_func("/calibrate/pairs", test_pairs);
	g_test_add_func("/calibrate/dashes", test_dashes);
	g_test_add_func("/calibrate/refused", test_refused);
	int failed = g_test_run();
	g_unlink(film);
	g_rmdir(folder);
	view_free(truth);
	painted_free(street);
	g_free(film);
	g_free(folder);
	g_free(net_file);
	g_free(program);
	return failed;
}
