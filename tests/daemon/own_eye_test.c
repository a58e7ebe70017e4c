/* own_eye_test.c - greenwave-vision with a network of the user's, and with lines instead of a calibration, by configuration alone: what it measures of a
 * painted film, what it draws, and what it says of a model that cannot be.
 *
 * argv[1]: greenwave-vision, argv[2]: greenwavectl. G_TEST_SRCDIR: the source tree.
 */
#include <glib/gstdio.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <string.h>

#include "tests/vision/lamp_net.h"
#include "tests/vision/painted.h"

#define FPS 10
#define FILM_S 32
#define LINE_M 8.0 /* where the lines of the uncalibrated camera lie, before the stop line */

static char *program, *ctl;
static char *folder, *net_file;

struct film {
	char *path;
	struct view *view;
	double passed[PAINTED_LANES], passed_line[PAINTED_LANES];
};

/* ---- films ---- */

static void paint(struct painted *s, GstAppSrc *in, struct film *f)
{
	gsize bytes = (gsize) s->mount.width_px * s->mount.height_px * 3 / 2;
	for (uint32_t k = 0; k < FILM_S * FPS; k++) {
		painted_step(s, 1.0 / FPS);
		GstBuffer *buffer = gst_buffer_new_memdup(s->y, bytes);
		GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(k, GST_SECOND, FPS);
		GST_BUFFER_DURATION(buffer) = GST_SECOND / FPS;
		gst_app_src_push_buffer(in, buffer);
	}
	for (uint32_t k = 0; k < PAINTED_LANES; k++) {
		f->passed[k] = s->passed[k];
		f->passed_line[k] = s->passed[k];
		for (uint32_t i = 0; i < s->n[k]; i++) /* its middle */
			f->passed_line[k] += s->cars[k][i].dist_m > 0 && s->cars[k][i].dist_m + s->cars[k][i].length_m / 2 < LINE_M;
	}
	gst_app_src_end_of_stream(in);
}

static struct film film_new(const char *name, bool night)
{
	g_autoptr(GError) error = NULL;
	owned(painted) s = painted_new(net_file, 900, 0, 0, 3, &error);
	g_assert_no_error(error);
	s->green_s = s->cycle_s;
	g_assert_true(painted_weather(s, night, 0, 0, 2, &error));
	struct film f = {.path = g_build_filename(folder, name, NULL), .view = painted_view(s, &error)};
	g_autofree char *text = g_strdup_printf("appsrc name=in format=time block=true max-bytes=20000000 caps=video/x-raw,format=I420,width=640,height=360,"
		"framerate=%d/1 ! x264enc speed-preset=ultrafast bitrate=3000 ! h264parse ! mp4mux ! filesink location=%s", FPS, f.path);
	g_autoptr(GstElement) pipeline = gst_parse_launch(text, &error);
	g_assert_no_error(error);
	g_autoptr(GstElement) in = gst_bin_get_by_name(GST_BIN(pipeline), "in");
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	paint(s, GST_APP_SRC(in), &f);
	g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
	g_autoptr(GstMessage) end = gst_bus_timed_pop_filtered(bus, 120 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
	g_assert_true(end && GST_MESSAGE_TYPE(end) == GST_MESSAGE_EOS);
	gst_element_set_state(pipeline, GST_STATE_NULL);
	return f;
}

static void film_finish(struct film *f)
{
	g_unlink(f->path);
	g_free(f->path);
	view_free(f->view);
}

/* ---- runs ---- */

static char *write_config(const char *camera)
{
	char *path = g_build_filename(folder, "c.yaml", NULL);
	g_autofree char *text = g_strdup_printf("network: %s\nfeed: {estimates: \"ipc://%s/estimates\"}\nworkers: {camera_memory_mib: 1024}\ncameras:\n  - id: west\n"
		"    uri: none.mp4\n    size: [640, 360]\n%s", net_file, folder, camera);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static char *calibrated(const struct view *v, const char *more)
{
	g_autoptr(GString) text = g_string_new("    lanes: [W_C_1, W_C_2]\n    points:\n");
	for (uint32_t i = 0; i < v->n_pairs; i++)
		g_string_append_printf(text, "      - [%.2f, %.2f, %.2f, %.2f]\n", v->pairs[i].x_px, v->pairs[i].y_px, v->pairs[i].ground.x_m, v->pairs[i].ground.y_m);
	g_string_append(text, more);
	return write_config(text->str);
}

static int run(char **out, char **said, const char *first, ...) G_GNUC_NULL_TERMINATED;
static int run(char **out, char **said, const char *first, ...)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	int status;
	va_list args;
	va_start(args, first);
	for (const char *a = first; a; a = va_arg(args, const char *))
		g_ptr_array_add(argv, (char *) a);
	va_end(args);
	g_ptr_array_add(argv, NULL);
	g_spawn_sync(folder, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, out, said, &status, &error);
	g_assert_no_error(error);
	return g_spawn_check_wait_status(status, NULL) ? 0 : 1;
}

/* "12.000 W_C_1 flow 1 ..." */
static void sum_flows(const char *out, double flow[PAINTED_LANES])
{
	static const char *const lanes[PAINTED_LANES] = {" W_C_1 flow ", " W_C_2 flow "};
	for (uint32_t k = 0; k < PAINTED_LANES; k++)
		for (const char *at = strstr(out, lanes[k]); at; at = strstr(at + 1, lanes[k]))
			flow[k] += g_ascii_strtod(at + strlen(lanes[k]), NULL);
}

/* ---- a network of the user's ---- */

static char *write_model(const struct view *v)
{
	g_autoptr(GByteArray) model = lamp_net(v);
	char *path = g_build_filename(folder, "lamps.onnx", NULL);
	g_assert_true(g_file_set_contents(path, (const char *) model->data, model->len, NULL));
	return path;
}

static void test_network(void)
{
	struct film f = film_new("night.mp4", true);
	g_autofree char *model = write_model(f.view), *shown = g_build_filename(folder, "shown.mp4", NULL), *out = NULL, *said = NULL;
	g_autofree char *config = calibrated(f.view, "    detector: dnn\n    model: lamps.onnx\n    classes: [car]\n    score_frac: 0.86\n    overlap_frac: 0.5\n");
	g_assert_cmpint(run(&out, &said, program, "--config", config, "--camera", "west", "--file", f.path, NULL), ==, 0);
	double flow[PAINTED_LANES] = {0};
	sum_flows(out, flow);
	g_test_message("flow %.0f of %.0f, %.0f of %.0f %s", flow[0], f.passed[0], flow[1], f.passed[1], said);
	for (uint32_t k = 0; k < PAINTED_LANES; k++) {
		g_assert_cmpfloat(f.passed[k], >=, 3);
		g_assert_cmpfloat(fabs(flow[k] - f.passed[k]), <=, 1);
	}
	g_clear_pointer(&said, g_free);
	g_assert_cmpint(run(NULL, &said, program, "--config", config, "--camera", "west", "--show", f.path, "-o", shown, NULL), ==, 0);
	g_assert_true(g_file_test(shown, G_FILE_TEST_IS_REGULAR));
	g_unlink(shown);
	g_unlink(config);
	g_unlink(model);
	film_finish(&f);
}

static void refused(const struct view *v, const char *more, const char *sentence)
{
	g_autofree char *config = calibrated(v, more), *said = NULL;
	g_assert_cmpint(run(NULL, &said, program, "--config", config, "--camera", "west", "--file", "none.mp4", NULL), !=, 0);
	g_test_message("%s", said);
	if (!strstr(said, sentence))
		g_error("\"%s\" does not say \"%s\"", said, sentence);
	g_clear_pointer(&said, g_free);
	g_assert_cmpint(run(NULL, &said, ctl, "config", "check", config, NULL), !=, 0);
	if (!strstr(said, sentence))
		g_error("config check: \"%s\" does not say \"%s\"", said, sentence);
	g_unlink(config);
}

static void test_refused(void)
{
	owned(painted) s = painted_new(net_file, 0, 0, 0, 1, NULL);
	owned(view) v = painted_view(s, NULL);
	g_autofree char *model = write_model(v), *text = g_build_filename(folder, "text.onnx", NULL);
	g_assert_true(g_file_set_contents(text, "no network", -1, NULL));
	refused(v, "    detector: dnn\n    model: absent.onnx\n    classes: [car]\n", "absent.onnx: there is no such file");
	refused(v, "    detector: dnn\n    model: text.onnx\n    classes: [car]\n", "camera west: ");
	refused(v, "    detector: dnn\n    model: lamps.onnx\n    classes: [car, bus, truck]\n", "its output is [1, 5, 25600], must be [1, N, 8], [1, 7, N]");
	refused(v, "    detector: dnn\n    model: lamps.onnx\n    classes: [person]\n", "none of them is a vehicle");
	refused(v, "    detector: dnn\n    model: lamps.onnx\n    classes: [lorry]\n", "must be one of ignored, two-wheeler, car, truck, bus, person");
	g_unlink(model);
	g_unlink(text);
}

/* ---- lines ---- */

/* The line lies across the lane where a body's middle is seen when it is LINE_M before the stop line. */
static void add_line(GString *to, const struct view *v, uint32_t lane)
{
	double x[2], y[2];
	for (int i = 0; i < 2; i++) {
		struct net_point p = view_lane_point(&v->lanes[lane], LINE_M, (i ? 0.5 : -0.5) * 0.9 * v->lanes[lane].width_m);
		g_assert_true(view_image_above(v, p, 0.75, &x[i], &y[i]));
	}
	g_string_append_printf(to, "      - {lane: %s, from: [%.0f, %.0f], to: [%.0f, %.0f]}\n", v->lanes[lane].id, x[0], y[0], x[1], y[1]);
}

static void test_lines(void)
{
	struct film f = film_new("day.mp4", false);
	g_autoptr(GString) text = g_string_new("    lines:\n");
	g_autofree char *out = NULL, *said = NULL, *shown = g_build_filename(folder, "shown.mp4", NULL);
	for (uint32_t k = 0; k < PAINTED_LANES; k++)
		add_line(text, f.view, k);
	g_autofree char *config = write_config(text->str);
	g_assert_cmpint(run(&out, &said, program, "--config", config, "--camera", "west", "--file", f.path, NULL), ==, 0);
	double flow[PAINTED_LANES] = {0};
	sum_flows(out, flow);
	g_test_message("past the line %.0f of %.0f, %.0f of %.0f %s", flow[0], f.passed_line[0], flow[1], f.passed_line[1], said);
	for (uint32_t k = 0; k < PAINTED_LANES; k++)
		g_assert_cmpfloat(fabs(flow[k] - f.passed_line[k]), <=, 1);
	g_assert_null(strstr(out, "speed"));
	g_assert_cmpint(run(NULL, NULL, program, "--config", config, "--camera", "west", "--show", f.path, "-o", shown, NULL), ==, 0);
	g_assert_true(g_file_test(shown, G_FILE_TEST_IS_REGULAR));
	g_unlink(shown);
	g_unlink(config);
	g_clear_pointer(&said, g_free);
	g_autofree char *outside = write_config("    lines: [{lane: W_C_1, from: [600, 20], to: [700, 20]}]\n");
	g_assert_cmpint(run(NULL, &said, ctl, "config", "check", outside, NULL), !=, 0);
	g_assert_nonnull(strstr(said, "camera west: the line of lane W_C_1 goes from (600, 20) to (700, 20) px, must be in the picture of 640 x 360 px"));
	g_unlink(outside);
	film_finish(&f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	program = g_canonicalize_filename(argv[1], NULL);
	ctl = g_canonicalize_filename(argv[2], NULL);
	folder = g_dir_make_tmp("greenwave-own-XXXXXX", NULL);
	net_file = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_test_add_func("/own-eye/network", test_network);
	g_test_add_func("/own-eye/refused", test_refused);
	g_test_add_func("/own-eye/lines", test_lines);
	int failed = g_test_run();
	g_rmdir(folder);
	g_free(folder);
	g_free(net_file);
	g_free(program);
	g_free(ctl);
	return failed;
}
