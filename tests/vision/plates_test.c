/* plates_test.c - drawn streets with plates of every format and without any: what is found, and that nothing else is. */
#include <math.h>
#include <string.h>

#include "tests/vision/plate_scene.h"
#include "vision/plate_scan.h"

#define WIDTH 480
#define HEIGHT 270
#define PICTURES 24
#define FOUND_MAX 8

static struct plate_scan *scan;

static double shared(const double a[4], const struct plate_box *b)
{
	double w = fmin(a[0] + a[2], b->x_px + b->w_px) - fmax(a[0], b->x_px), h = fmin(a[1] + a[3], b->y_px + b->h_px) - fmax(a[1], b->y_px);
	return w <= 0 || h <= 0 ? 0 : w * h / (a[2] * a[3] + b->w_px * b->h_px - w * h);
}

static void draw(const struct plate_art *art, uint64_t *random, uint8_t *grey, double box[4])
{
	owned(plate_scene) scene = plate_scene_new(WIDTH, HEIGHT);
	plate_scene_clutter(scene, 30, PLATE_NO_WRITING, random);
	if (art) {
		struct plate_pose pose = {.x_px = plate_between(random, 130, WIDTH - 130),
			.y_px = plate_between(random, 60, HEIGHT - 60),
			.char_px = plate_between(random, 11, 26),
			.turn_rad = plate_between(random, -0.05, 0.05),
			.slant = plate_between(random, -0.08, 0.08),
			.squeeze = plate_between(random, 0.85, 1)};
		plate_scene_paint(scene, art, &pose, random, box);
	}
	plate_scene_take(scene, plate_between(random, 0.3, 0.9), plate_between(random, 0, 3), random, grey);
}

static void test_format(gconstpointer format)
{
	uint64_t random = 100 + GPOINTER_TO_UINT(format);
	uint32_t right = 0, found = 0;
	g_autofree uint8_t *grey = g_malloc(WIDTH * HEIGHT);
	for (uint32_t i = 0; i < PICTURES; i++) {
		struct plate_art art;
		struct plate_box boxes[FOUND_MAX];
		double box[4];
		plate_art_make(&art, (enum plate_format) GPOINTER_TO_UINT(format), &random);
		draw(&art, &random, grey, box);
		uint32_t n = plate_scan_picture(scan, grey, WIDTH, HEIGHT, WIDTH, boxes, FOUND_MAX), hit = 0;
		for (uint32_t k = 0; k < n; k++)
			hit += shared(box, &boxes[k]) >= 0.3;
		g_assert_cmpuint(hit, <=, 1); /* one plate is found once */
		right += hit;
		found += n;
	}
	g_test_message("%u of %u plates, %u found", right, PICTURES, found);
	g_assert_cmpuint(right, >=, PICTURES * 9 / 10);
	g_assert_cmpuint(right, >=, found * 9 / 10);
}

static void test_none(void)
{
	uint64_t random = 7;
	uint32_t found = 0;
	g_autofree uint8_t *grey = g_malloc(WIDTH * HEIGHT);
	for (uint32_t i = 0; i < PICTURES; i++) {
		struct plate_box boxes[FOUND_MAX];
		draw(NULL, &random, grey, NULL);
		found += plate_scan_picture(scan, grey, WIDTH, HEIGHT, WIDTH, boxes, FOUND_MAX);
	}
	g_test_message("%u found where there is none", found);
	g_assert_cmpuint(found, <=, PICTURES / 8);
}

/* The same plate is found wherever the picture's rows begin, and the picture's size may be anything. */
static void test_sizes(void)
{
	uint64_t random = 21;
	struct plate_art art;
	struct plate_box a, b;
	double box[4];
	g_autofree uint8_t *grey = g_malloc(WIDTH * HEIGHT), *wide = g_malloc((WIDTH + 33) * HEIGHT);
	plate_art_make(&art, PLATE_EU, &random);
	draw(&art, &random, grey, box);
	memset(wide, 200, (WIDTH + 33) * HEIGHT);
	for (uint32_t y = 0; y < HEIGHT; y++)
		memcpy(wide + (size_t) y * (WIDTH + 33), grey + (size_t) y * WIDTH, WIDTH);
	g_assert_cmpuint(plate_scan_picture(scan, grey, WIDTH, HEIGHT, WIDTH, &a, 1), ==, 1);
	g_assert_cmpuint(plate_scan_picture(scan, wide, WIDTH, HEIGHT, WIDTH + 33, &b, 1), ==, 1);
	g_assert_cmpmem(&a, sizeof a, &b, sizeof b);
	for (uint32_t w = 1; w < 130; w += 9)
		for (uint32_t h = 1; h < 90; h += 7) {
			struct plate_box boxes[FOUND_MAX];
			g_autofree uint8_t *part = g_malloc((size_t) w * h);
			for (uint32_t i = 0; i < w * h; i++)
				part[i] = (uint8_t) plate_random(&random);
			g_assert_cmpuint(plate_scan_look(scan, part, w, h, w, 4, 60, boxes, FOUND_MAX), <=, FOUND_MAX);
		}
}

/* Half the light, twice the light: the same plate. */
static void test_light(void)
{
	uint64_t random = 33;
	struct plate_art art;
	struct plate_box found;
	double box[4];
	g_autofree uint8_t *grey = g_malloc(WIDTH * HEIGHT);
	plate_art_make(&art, PLATE_BR, &random);
	draw(&art, &random, grey, box);
	for (double gain = 0.35; gain < 1.05; gain += 0.1) {
		g_autofree uint8_t *lit = g_malloc(WIDTH * HEIGHT);
		for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
			lit[i] = (uint8_t) (gain * grey[i] + 5);
		g_assert_cmpuint(plate_scan_picture(scan, lit, WIDTH, HEIGHT, WIDTH, &found, 1), ==, 1);
		g_assert_cmpfloat(shared(box, &found), >=, 0.3);
	}
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"eu", "us", "br", "cn-blue", "cn-green"};
	g_test_init(&argc, &argv, NULL);
	scan = plate_scan_new(&plate_model_coarse, &plate_model_fine);
	for (uint32_t f = 0; f < PLATE_FORMATS; f++) {
		g_autofree char *path = g_strconcat("/plates/", names[f], NULL);
		g_test_add_data_func(path, GUINT_TO_POINTER(f), test_format);
	}
	g_test_add_func("/plates/none", test_none);
	g_test_add_func("/plates/sizes", test_sizes);
	g_test_add_func("/plates/light", test_light);
	int failed = g_test_run();
	plate_scan_free(scan);
	return failed;
}
