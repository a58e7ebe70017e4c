/* detector_test.c - a network made on the spot finds squares that are drawn on the spot; files that are none are refused in a sentence. */
#include "vision/detector.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "tiny_onnx.h"
#include "vision/crossing.h"

#define WIDTH 128 /* half of it is the network's side: what is drawn is twice a cell */
#define HEIGHT 64
#define STRIDE 136
#define BLOCK 32

static char *folder;

static char *write_bytes(const char *name, const void *bytes, gsize n)
{
	char *path = g_build_filename(folder, name, NULL);
	g_assert_true(g_file_set_contents(path, bytes, (gssize) n, NULL));
	return path;
}

static char *write_tiny(enum tiny_form form)
{
	g_autoptr(GByteArray) model = tiny_onnx(form);
	return write_bytes("tiny.onnx", model->data, model->len);
}

static struct detector_options options_of(const char *path, const char *classes)
{
	return (struct detector_options){.model = path, .classes = classes, .score_frac = 0.5, .overlap_frac = 0.45, .input_px = TINY_SIDE_PX};
}

static void draw_block(uint8_t *grey, uint32_t column, uint32_t row, uint8_t value)
{
	for (uint32_t y = row * BLOCK; y < (row + 1) * BLOCK; y++)
		memset(grey + y * STRIDE + column * BLOCK, value, BLOCK);
}

/* Blocks at (1, 0) and (2, 0), the first one brighter, and a dim one at (3, 1). */
static void draw(uint8_t *grey)
{
	memset(grey, 20, STRIDE * HEIGHT);
	draw_block(grey, 1, 0, 240);
	draw_block(grey, 2, 0, 220);
	draw_block(grey, 3, 1, 90);
}

static uint32_t look(const struct detector_options *options, struct detection *found)
{
	g_autoptr(GError) error = NULL;
	uint8_t grey[STRIDE * HEIGHT];
	uint32_t n;
	draw(grey);
	owned(detector) d = detector_new(NULL, options, &error);
	g_assert_no_error(error);
	g_assert_true(detector_look(d, grey, WIDTH, HEIGHT, STRIDE, found, &n, &error));
	g_assert_no_error(error);
	return n;
}

static void test_finds(void)
{
	static const struct {
		enum tiny_form form;
		const char *classes;
		enum vehicle_kind kind;
	} cases[] = {{TINY_COLUMNS, "truck, car", VEHICLE_TRUCK}, {TINY_ROWS, "bus", VEHICLE_BUS}, {TINY_SHOTS, "ignored,two-wheeler", VEHICLE_TWO_WHEELER}};
	for (uint32_t k = 0; k < G_N_ELEMENTS(cases); k++) {
		g_autofree char *path = write_tiny(cases[k].form);
		struct detector_options options = options_of(path, cases[k].classes);
		struct detection found[DETECTIONS_MAX];
		g_assert_cmpuint(look(&options, found), ==, 2);
		for (uint32_t i = 0; i < 2; i++) { /* 48 px about the middle of each block, cut at the upper edge */
			g_assert_cmpfloat_with_epsilon(found[i].x_px, 24 + 32.0 * i, 0.01);
			g_assert_cmpfloat_with_epsilon(found[i].y_px, 0, 0.01);
			g_assert_cmpfloat_with_epsilon(found[i].width_px, 48, 0.01);
			g_assert_cmpfloat_with_epsilon(found[i].height_px, 40, 0.01);
			g_assert_cmpfloat_with_epsilon(found[i].score_frac, (i ? 220 : 240) / 255.0, 0.01);
			g_assert_cmpint(found[i].kind, ==, cases[k].kind);
		}
	}
}

static void test_thresholds(void)
{
	g_autofree char *path = write_tiny(TINY_COLUMNS);
	struct detector_options options = options_of(path, "car,ignored");
	struct detection found[DETECTIONS_MAX];
	options.overlap_frac = 0.1; /* neighbours share a fifth: the brighter one stays */
	g_assert_cmpuint(look(&options, found), ==, 1);
	g_assert_cmpfloat_with_epsilon(found[0].x_px, 24, 0.01);
	options.overlap_frac = 0.45;
	options.score_frac = 0.9;
	g_assert_cmpuint(look(&options, found), ==, 1);
	options.score_frac = 0.3;
	g_assert_cmpuint(look(&options, found), >=, 3);
	options = options_of(path, "ignored,car"); /* what is seen is of the first class */
	g_assert_cmpuint(look(&options, found), ==, 0);
}

static void refused(const struct detector_options *options, const char *word)
{
	g_autoptr(GError) error = NULL;
	struct detector *d = detector_new(NULL, options, &error);
	g_assert_null(d);
	g_assert_nonnull(error);
	g_assert_null(strchr(error->message, '\n'));
	if (!strstr(error->message, word))
		g_error("\"%s\" does not say \"%s\"", error->message, word);
}

static void test_refuses_files(void)
{
	g_autoptr(GByteArray) model = tiny_onnx(TINY_COLUMNS);
	for (uint32_t k = 0; k < 32; k++) {
		g_autofree char *cut = write_bytes("cut.onnx", model->data, model->len * k / 32);
		struct detector_options options = options_of(cut, "car,truck");
		refused(&options, "cut.onnx: ");
	}
	g_autofree char *text = write_bytes("text.onnx", "this is no network", 18), *absent = g_build_filename(folder, "absent.onnx", NULL);
	struct detector_options options = options_of(text, "car,truck");
	refused(&options, "text.onnx: ");
	options.model = absent;
	refused(&options, "there is no such file");
	options.model = folder;
	refused(&options, "there is no such file");
	options.model = NULL;
	refused(&options, "no ONNX file");
}

static void test_refuses_outputs(void)
{
	g_autofree char *columns = write_tiny(TINY_COLUMNS);
	struct detector_options options = options_of(columns, "car,truck,bus");
	refused(&options, "its output is [1, 6, 16], must be [1, N, 8], [1, 7, N] or [1, 1, N, 7] for 3 classes");
	options = options_of(columns, "car,truck");
	options.input_px = 96; /* boxes of 4 x 4 cells no longer go with the scores */
	refused(&options, "tiny.onnx: ");
	g_autofree char *odd = write_tiny(TINY_ODD);
	options = options_of(odd, "car");
	refused(&options, "its output is [1, 16, 7]");
}

static void test_refuses_values(void)
{
	g_autofree char *path = write_tiny(TINY_COLUMNS);
	struct detector_options options = options_of(path, "car,lorry");
	refused(&options, "class 1 is \"lorry\"");
	options = options_of(path, "ignored,ignored");
	refused(&options, "none of them is a vehicle");
	options = options_of(path, "");
	refused(&options, "classes");
	options = options_of(path, "car,truck");
	options.score_frac = NAN;
	refused(&options, "score_frac is nan, must be a number from 0.01 to 1");
	options.score_frac = 0.5;
	options.overlap_frac = 1.5;
	refused(&options, "overlap_frac is 1.5");
	options.overlap_frac = 0.5;
	options.input_px = 16;
	refused(&options, "input_px is 16 px");
}

static struct detector *from(struct detector_pool *pool, const struct detector_options *options)
{
	g_autoptr(GError) error = NULL;
	struct detector *d = detector_new(pool, options, &error);
	g_assert_no_error(error);
	return d;
}

static gpointer look_often(gpointer user)
{
	uint8_t grey[STRIDE * HEIGHT];
	struct detection found[DETECTIONS_MAX];
	uint32_t n, sum = 0;
	draw(grey);
	for (uint32_t k = 0; k < 100; k++) {
		g_assert_true(detector_look(user, grey, WIDTH, HEIGHT, STRIDE, found, &n, NULL));
		sum += n;
	}
	return GUINT_TO_POINTER(sum);
}

/* Cameras that name the same file share its network, each with its own names of classes and thresholds, on threads of their own. */
static void test_shared(void)
{
	g_autofree char *path = write_tiny(TINY_COLUMNS), *roundabout = g_build_filename(folder, ".", "tiny.onnx", NULL);
	struct detector_pool *pool = detector_pool_new();
	struct detector_options options = options_of(path, "truck,car");
	struct detector *all = from(pool, &options);
	options.model = roundabout;
	options.score_frac = 0.9;
	struct detector *sure = from(pool, &options);
	options.score_frac = 0.5;
	options.classes = "ignored,car";
	struct detector *none = from(pool, &options);
	g_assert_cmpuint(detector_pool_networks(pool), ==, 1);
	options.classes = "car,truck,bus"; /* not what it gives: refused, and nobody else is the worse for it */
	g_assert_null(detector_new(pool, &options, NULL));
	g_assert_cmpuint(detector_pool_networks(pool), ==, 1);
	struct detector *eyes[] = {all, sure, none};
	const uint32_t found[] = {200, 100, 0};
	GThread *threads[G_N_ELEMENTS(eyes)];
	for (uint32_t k = 0; k < G_N_ELEMENTS(eyes); k++)
		threads[k] = g_thread_new("look", look_often, eyes[k]);
	for (uint32_t k = 0; k < G_N_ELEMENTS(eyes); k++)
		g_assert_cmpuint(GPOINTER_TO_UINT(g_thread_join(threads[k])), ==, found[k]);
	detector_free(all);
	detector_pool_free(pool); /* those that are left go on */
	g_assert_cmpuint(GPOINTER_TO_UINT(look_often(sure)), ==, 100);
	detector_free(sure);
	detector_free(none);
}

/* Another file is another network, and so is the same one when it was loaded without a pool. */
static void test_not_shared(void)
{
	g_autofree char *path = write_tiny(TINY_COLUMNS);
	g_autoptr(GByteArray) rows = tiny_onnx(TINY_ROWS);
	g_autofree char *other = write_bytes("other.onnx", rows->data, rows->len);
	struct detector_options options = options_of(path, "truck,car"), others = options_of(other, "car");
	owned(detector_pool) pool = detector_pool_new();
	owned(detector) one = from(pool, &options);
	owned(detector) two = from(pool, &others);
	owned(detector) own = from(NULL, &options);
	g_assert_cmpuint(detector_pool_networks(pool), ==, 2);
	g_assert_cmpuint(GPOINTER_TO_UINT(look_often(own)), ==, 200);
	g_unlink(other);
}

static void on_event(void *user, const struct crossing_event *event)
{
	g_assert_cmpuint(event->line, ==, 0);
	++*(uint32_t *) user;
}

/* Bright squares go from left to right, one after another; each is one event, and a dim one that moves as well is none. */
static void test_counts(void)
{
	g_autofree char *path = write_tiny(TINY_COLUMNS);
	const struct detector_options options = options_of(path, "car,truck");
	owned(detector) d = detector_new(NULL, &options, NULL);
	g_assert_nonnull(d);
	const struct crossing_line line = {.x0 = 128, .y0 = 0, .x1 = 128, .y1 = 255};
	const struct crossing_options how = {.analyse_fps = 10, .detector = d};
	uint32_t told = 0;
	owned(crossing) c = crossing_new(&line, 1, &how, on_event, &told);
	g_autofree uint8_t *grey = g_malloc(256 * 256);
	for (uint32_t k = 0; k < 4 * 40; k++) {
		int32_t left = (int32_t) (k % 40) * 8 - 64;
		memset(grey, 20, 256 * 256);
		for (int32_t y = 128; y < 192; y++)
			for (int32_t x = MAX(0, left); x < MIN(256, left + 64); x++)
				grey[y * 256 + x] = k / 40 == 2 ? 100 : 240;
		crossing_look(c, grey, 256, 256, 256, 0.1 * k);
	}
	crossing_end(c);
	g_assert_null(crossing_broken(c));
	g_assert_cmpuint(told, ==, 3);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	folder = g_dir_make_tmp("greenwave-detector-XXXXXX", NULL);
	g_assert_nonnull(folder);
	g_test_add_func("/detector/finds", test_finds);
	g_test_add_func("/detector/thresholds", test_thresholds);
	g_test_add_func("/detector/refuses/files", test_refuses_files);
	g_test_add_func("/detector/refuses/outputs", test_refuses_outputs);
	g_test_add_func("/detector/refuses/values", test_refuses_values);
	g_test_add_func("/detector/shared", test_shared);
	g_test_add_func("/detector/not-shared", test_not_shared);
	g_test_add_func("/detector/counts", test_counts);
	int failed = g_test_run();
	for (uint32_t k = 0; k < 3; k++) {
		g_autofree char *path = g_build_filename(folder, (const char *const[]){"tiny.onnx", "cut.onnx", "text.onnx"}[k], NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
	g_free(folder);
	return failed;
}
