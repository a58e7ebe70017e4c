/* crossing_test.c - drawn roads on which it is known what passed the line. */
#include "vision/crossing.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define WIDTH 320
#define HEIGHT 180
#define FPS 10
#define LINE_Y 110

struct body { /* drives down the picture and grows, as what comes towards a camera does */
	double enters_s, speed; /* at the top edge; shares of the picture's height in a second */
	double lane;            /* -1 left .. 1 right of the road */
	double width, length;   /* of a car: 1, 1 */
	int grey;
};

struct film {
	const struct body *bodies;
	uint32_t n;
	double seconds, dims_at_s; /* then the exposure falls to 0.65; NaN: never */
	bool mirrored;
};

struct seen {
	uint32_t n;
	double t_s[64];
};

static void on_event(void *user, const struct crossing_event *event)
{
	struct seen *seen = user;
	g_assert_cmpuint(seen->n, <, G_N_ELEMENTS(seen->t_s));
	seen->t_s[seen->n++] = event->t_s;
}

static uint32_t hash(uint32_t x)
{
	x = (x ^ (x >> 16)) * 0x45d9f3bu;
	x = (x ^ (x >> 16)) * 0x45d9f3bu;
	return x ^ (x >> 16);
}

/* Where its lower edge is, and how large it is there. */
static double bottom_of(const struct body *b, double t_s)
{
	return (t_s - b->enters_s) * b->speed * HEIGHT;
}

static double scale_at(double y)
{
	return 14 + 0.22 * y;
}

static void draw_body(uint8_t *grey, const struct body *b, double t_s)
{
	double bottom = bottom_of(b, t_s), car = scale_at(fmin(bottom, HEIGHT)), w = car * b->width, h = 0.8 * car * b->length;
	double middle = WIDTH / 2.0 + b->lane * (34 + 0.3 * bottom);
	if (t_s < b->enters_s || bottom - h > HEIGHT)
		return;
	for (int y = (int) fmax(0, bottom - h); y < (int) fmin(HEIGHT, bottom); y++)
		for (int x = (int) fmax(0, middle - w / 2); x < (int) fmin(WIDTH, middle + w / 2); x++) {
			bool glass = y > bottom - 0.75 * h && y < bottom - 0.45 * h && fabs(x - middle) < 0.4 * w;
			grey[y * WIDTH + x] = (uint8_t) (glass ? 30 : b->grey);
		}
}

static void draw(const struct film *f, double t_s, uint32_t frame, uint8_t *grey)
{
	double gain = t_s >= f->dims_at_s ? 0.65 : 1;
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			grey[y * WIDTH + x] = (uint8_t) (95 + hash((uint32_t) (y / 2 * WIDTH + x / 2)) % 14 + (abs(x - WIDTH / 2) < 2 && y / 9 % 2 ? 90 : 0));
	for (uint32_t k = 0; k < f->n; k++)
		draw_body(grey, &f->bodies[k], t_s);
	for (int i = 0; i < WIDTH * HEIGHT; i++)
		grey[i] = (uint8_t) CLAMP(gain * grey[i] + (int) (hash((uint32_t) i * 2654435761u + frame) % 7) - 3, 0, 255);
	for (int y = 0; f->mirrored && y < HEIGHT; y++)
		for (int x = 0; x < WIDTH / 2; x++) {
			uint8_t other = grey[y * WIDTH + WIDTH - 1 - x];
			grey[y * WIDTH + WIDTH - 1 - x] = grey[y * WIDTH + x];
			grey[y * WIDTH + x] = other;
		}
}

static struct seen look(const struct film *f, double way_y)
{
	const struct crossing_line line = {.x0 = 40, .y0 = LINE_Y, .x1 = 280, .y1 = LINE_Y, .way_y = way_y};
	const struct crossing_options options = {.analyse_fps = FPS};
	struct seen seen = {0};
	g_autofree uint8_t *grey = g_malloc(WIDTH * HEIGHT);
	owned(crossing) c = crossing_new(&line, 1, &options, on_event, &seen);
	for (uint32_t k = 0; k < f->seconds * FPS; k++) {
		draw(f, k / (double) FPS, k, grey);
		crossing_look(c, grey, WIDTH, HEIGHT, WIDTH, k / (double) FPS);
	}
	crossing_end(c);
	return seen;
}

/* Each body's middle passes the line within a second of an event. */
static void check(const struct film *f, const struct seen *seen)
{
	g_assert_cmpuint(seen->n, ==, f->n);
	for (uint32_t k = 0; k < f->n; k++) {
		const struct body *b = &f->bodies[k];
		double at_s = b->enters_s + (LINE_Y + 0.4 * b->length * scale_at(LINE_Y)) / (b->speed * HEIGHT), best = INFINITY;
		for (uint32_t i = 0; i < seen->n; i++)
			best = fmin(best, fabs(seen->t_s[i] - at_s));
		g_assert_cmpfloat(best, <, 1);
	}
}

static const struct body cars[] = {
	{0.5, 0.3, -1, 1, 1, 200}, {3, 0.3, 1, 1, 1, 45}, {4, 0.28, -1, 1, 1, 180}, {7, 0.3, 1, 1, 1, 220}, {9, 0.3, -1, 1, 1, 50},
	{10.2, 0.3, 1, 1, 1, 190}, {13, 0.3, -1, 1.1, 1.9, 210}, {16, 0.3, 1, 1, 1, 40}, {18, 0.3, -1, 1, 1, 215},
};

static void test_cars(void)
{
	const struct film f = {.bodies = cars, .n = G_N_ELEMENTS(cars), .seconds = 25, .dims_at_s = NAN};
	struct seen seen = look(&f, 1);
	check(&f, &seen);
}

static void test_mirrored(void)
{
	const struct film f = {.bodies = cars, .n = G_N_ELEMENTS(cars), .seconds = 25, .dims_at_s = NAN, .mirrored = true};
	struct seen seen = look(&f, 0);
	check(&f, &seen);
}

static void test_exposure(void)
{
	const struct film f = {.bodies = cars, .n = G_N_ELEMENTS(cars), .seconds = 25, .dims_at_s = 10.7};
	struct seen seen = look(&f, 1);
	check(&f, &seen);
}

static void test_other_way(void)
{
	const struct film f = {.bodies = cars, .n = G_N_ELEMENTS(cars), .seconds = 25, .dims_at_s = NAN};
	struct seen seen = look(&f, -1);
	g_assert_cmpuint(seen.n, ==, 0);
}

/* Cars, and among them what is far too small to be one. */
static void test_people(void)
{
	struct body all[G_N_ELEMENTS(cars) + 2];
	memcpy(all, cars, sizeof cars);
	all[G_N_ELEMENTS(cars)] = (struct body){11, 0.2, 0.1, 0.3, 0.8, 20};
	all[G_N_ELEMENTS(cars) + 1] = (struct body){14.5, 0.15, 0, 0.3, 0.8, 230};
	const struct film with = {.bodies = all, .n = G_N_ELEMENTS(all), .seconds = 25, .dims_at_s = NAN};
	const struct film without = {.bodies = cars, .n = G_N_ELEMENTS(cars), .seconds = 25, .dims_at_s = NAN};
	struct seen seen = look(&with, 1);
	check(&without, &seen);
}

/* Side by side, so near that the camera sees no road between them for a while. */
static void test_side_by_side(void)
{
	struct body all[G_N_ELEMENTS(cars) + 2];
	memcpy(all, cars, sizeof cars);
	all[G_N_ELEMENTS(cars)] = (struct body){21, 0.3, -0.36, 1, 1, 200};
	all[G_N_ELEMENTS(cars) + 1] = (struct body){21.3, 0.3, 0.36, 1, 1, 45};
	const struct film f = {.bodies = all, .n = G_N_ELEMENTS(all), .seconds = 28, .dims_at_s = NAN};
	struct seen seen = look(&f, 1);
	check(&f, &seen);
}

static void test_empty(void)
{
	const struct film f = {.seconds = 20, .dims_at_s = 9};
	struct seen seen = look(&f, 0);
	g_assert_cmpuint(seen.n, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/crossing/cars", test_cars);
	g_test_add_func("/crossing/mirrored", test_mirrored);
	g_test_add_func("/crossing/exposure", test_exposure);
	g_test_add_func("/crossing/other-way", test_other_way);
	g_test_add_func("/crossing/people", test_people);
	g_test_add_func("/crossing/side-by-side", test_side_by_side);
	g_test_add_func("/crossing/empty", test_empty);
	return g_test_run();
}
