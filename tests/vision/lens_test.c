/* lens_test.c - real clips, and what can go wrong with a camera done to them: each noticed within 10 s with its cause, and nothing else ever.
 *
 * The clips lie beside the checkout (../shared/data/video) and are not part of it; without them the test is skipped.
 */
#include <gst/gst.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vision/lens.h"
#include "vision/stream.h"

#define WORK_PX 640
#define FPS 10
#define FRAMES_MAX 260
#define WELL_S 9.0      /* before the fault */
#define WITHIN_S 9.0    /* and half a second until the camera is judged */

struct clip {
	char *name;
	uint32_t w, h, n;
	uint8_t *frames[FRAMES_MAX];
	double t_s[FRAMES_MAX], due_s;
	GMainLoop *loop;
};

static char *folder;
static GPtrArray *clips;

static void on_frame(void *user, const struct stream_frame *f)
{
	struct clip *c = user;
	if (c->n == FRAMES_MAX || f->corrupt || f->t_s < c->due_s)
		return;
	uint32_t step = (f->width_px + WORK_PX - 1) / WORK_PX;
	c->due_s = f->t_s + 0.75 / FPS;
	c->w = f->width_px / step;
	c->h = f->height_px / step;
	uint8_t *to = g_malloc((gsize) c->w * c->h);
	for (uint32_t y = 0; y < c->h; y++)
		for (uint32_t x = 0; x < c->w; x++)
			to[y * c->w + x] = f->grey[(size_t) y * step * f->stride + (size_t) x * step];
	c->t_s[c->n] = f->t_s;
	c->frames[c->n++] = to;
}

static void on_end(void *user, bool broke, const char *why)
{
	struct clip *c = user;
	if (broke)
		g_error("%s: %s", c->name, why);
	g_main_loop_quit(c->loop);
}

static void clip_free(struct clip *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		g_free(c->frames[i]);
	g_free(c->name);
	g_free(c);
}

static struct clip *clip_read(const char *path)
{
	struct clip *c = g_new0(struct clip, 1);
	g_autoptr(GError) error = NULL;
	c->name = g_path_get_basename(path);
	c->due_s = -1;
	c->loop = g_main_loop_new(NULL, FALSE);
	owned(stream) s = stream_new(&(struct stream_options){.uri = path}, on_frame, on_end, c, &error);
	g_assert_no_error(error);
	g_main_loop_run(c->loop);
	g_main_loop_unref(c->loop);
	return c;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static GPtrArray *films_in(const char *path)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir))
		if (g_str_has_suffix(name, ".avi") || g_str_has_suffix(name, ".mp4"))
			g_ptr_array_add(found, g_build_filename(path, name, NULL));
	g_ptr_array_sort(found, by_name);
	return found;
}

/* ---- nothing is wrong ---- */

static bool told(const struct clip *c, enum sight s, const struct lens *l, double t_s)
{
	struct lens_signs i = lens_signs(l);
	if (s == SIGHT_OK)
		return false;
	printf("# %s at %.1f s: %s (kept %.2f gone %.2f sharp %.2f shift %.0f,%.0f still %.1f edges %u)\n", c->name, t_s, sight_sentence(s), i.kept_frac,
		i.gone_frac, i.sharp_frac, i.shift_x_px, i.shift_y_px, i.still_s, i.n_edges);
	return true;
}

static void watch_well(const struct clip *c, double *least_quality, double *sum_quality, double *n)
{
	owned(lens) l = lens_new(c->w, c->h);
	for (uint32_t i = 0; i < c->n; i++) {
		enum sight s = lens_look(l, c->frames[i], c->t_s[i]);
		g_assert_false(told(c, s, l, c->t_s[i]));
		double q = lens_quality(l);
		if (q < 0.3 && g_test_verbose())
			told(c, SIGHT_MOVED, l, c->t_s[i]);
		*least_quality = fmin(*least_quality, q);
		*sum_quality += q;
		(*n)++;
	}
}

static void test_no_false_alarm(void)
{
	g_autofree char *ucsd = g_build_filename(folder, "ucsd", NULL);
	g_autoptr(GPtrArray) more = films_in(ucsd);
	double least = 1, sum = 0, n = 0;
	for (uint32_t i = 0; i < clips->len; i++)
		watch_well(clips->pdata[i], &least, &sum, &n);
	for (uint32_t i = 0; i < more->len; i++) {
		struct clip *c = clip_read(more->pdata[i]);
		watch_well(c, &least, &sum, &n);
		clip_free(c);
	}
	g_test_message("%u clips, %.0f pictures, quality on the average %.3f, at least %.2f", clips->len + more->len, n, sum / n, least);
	g_assert_cmpfloat(sum / n, >, 0.95);
}

/* ---- something is ---- */

struct spoiler {
	const struct clip *clip;
	uint8_t *out, *other;
	uint32_t k; /* pictures since it began */
	GRand *chance;
};

static uint8_t clip8(double v)
{
	return (uint8_t) CLAMP(lround(v), 0, 255);
}

static void spoil_light(struct spoiler *s, const uint8_t *in, double gain, double offset, double noise)
{
	for (size_t i = 0; i < (size_t) s->clip->w * s->clip->h; i++)
		s->out[i] = clip8(gain * in[i] + offset + (noise > 0 ? g_rand_double_range(s->chance, -noise, noise) : 0));
}

static void spoil_dark(struct spoiler *s, const uint8_t *in) { spoil_light(s, in, 0.04, 14, 2); }
static void spoil_white(struct spoiler *s, const uint8_t *in) { spoil_light(s, in, 0, 235, 1); }
static void spoil_grey(struct spoiler *s, const uint8_t *in) { spoil_light(s, in, 0, 120, 3); }
static void spoil_noise(struct spoiler *s, const uint8_t *in) { spoil_light(s, in, 0, 127, 120); }
static void spoil_brighter(struct spoiler *s, const uint8_t *in) { spoil_light(s, in, 1.3, 10, 0); }
static void spoil_darker(struct spoiler *s, const uint8_t *in) { spoil_light(s, in, 0.6, 5, 0); }

static void blur_once(const uint8_t *in, uint8_t *out, int w, int h, int r, bool down)
{
	int n = down ? h : w, lines = down ? w : h, step = down ? w : 1, line = down ? 1 : w;
	for (int k = 0; k < lines; k++) {
		int sum = 0;
		for (int i = -r; i <= r; i++)
			sum += in[k * line + CLAMP(i, 0, n - 1) * step];
		for (int i = 0; i < n; i++) {
			out[k * line + i * step] = (uint8_t) (sum / (2 * r + 1));
			sum += in[k * line + MIN(i + r + 1, n - 1) * step] - in[k * line + MAX(i - r, 0) * step];
		}
	}
}

/* Out of focus: about a Gaussian of 1 % of the picture's width. */
static void spoil_blur(struct spoiler *s, const uint8_t *in)
{
	int w = (int) s->clip->w, h = (int) s->clip->h, r = MAX(w / 100, 2);
	memcpy(s->other, in, (size_t) w * h);
	for (int pass = 0; pass < 2; pass++) {
		blur_once(s->other, s->out, w, h, r, false);
		blur_once(s->out, s->other, w, h, r, true);
	}
	memcpy(s->out, s->other, (size_t) w * h);
}

static void shift(struct spoiler *s, const uint8_t *in, int dx, int dy)
{
	int w = (int) s->clip->w, h = (int) s->clip->h;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			int fx = x - dx, fy = y - dy; /* what comes in from outside is mirrored */
			fx = fx < 0 ? -fx : fx >= w ? 2 * w - 2 - fx : fx;
			fy = fy < 0 ? -fy : fy >= h ? 2 * h - 2 - fy : fy;
			s->out[y * w + x] = in[fy * w + fx];
		}
}

static void spoil_turned(struct spoiler *s, const uint8_t *in) { shift(s, in, (int) s->clip->w * 45 / 100, (int) s->clip->h / 10); }
static void spoil_moved(struct spoiler *s, const uint8_t *in) { shift(s, in, -(int) s->clip->w * 7 / 100, (int) s->clip->h * 4 / 100); }

/* A mast in the wind: one per cent of the width, three swings in two seconds. */
static void spoil_shaken(struct spoiler *s, const uint8_t *in)
{
	double at = s->k * 2 * G_PI * 1.5 / FPS;
	shift(s, in, (int) lround(0.01 * s->clip->w * sin(at)), (int) lround(0.005 * s->clip->w * sin(1.3 * at)));
}

/* A bag over most of the lens, not evenly lit. */
static void spoil_covered(struct spoiler *s, const uint8_t *in)
{
	for (uint32_t y = 0; y < s->clip->h; y++)
		for (uint32_t x = 0; x < s->clip->w; x++) {
			size_t i = (size_t) y * s->clip->w + x;
			s->out[i] = x < s->clip->w * 4 / 5 ? clip8(60 + 0.1 * x + 0.1 * y + g_rand_double_range(s->chance, -2, 2)) : in[i];
		}
}

static void spoil_frozen(struct spoiler *s, const uint8_t *in)
{
	if (s->k == 0)
		memcpy(s->out, in, (size_t) s->clip->w * s->clip->h);
}

static void spoil_elsewhere(struct spoiler *s, const uint8_t *in)
{
	const struct clip *c = clips->pdata[0] == s->clip ? clips->pdata[1] : clips->pdata[0];
	const uint8_t *from = c->frames[s->k % c->n];
	(void) in;
	for (uint32_t y = 0; y < s->clip->h; y++)
		for (uint32_t x = 0; x < s->clip->w; x++)
			s->out[y * s->clip->w + x] = from[y * c->h / s->clip->h * c->w + x * c->w / s->clip->w];
}

static const struct fault {
	const char *name;
	void (*spoil)(struct spoiler *s, const uint8_t *in);
	uint32_t causes; /* bits of enum sight that are right; 0: no alarm */
} faults[] = {
	{"dark", spoil_dark, 1 << SIGHT_DARK},
	{"white", spoil_white, 1 << SIGHT_UNIFORM},
	{"grey", spoil_grey, 1 << SIGHT_UNIFORM},
	{"noise", spoil_noise, 1 << SIGHT_NOISE},
	{"blurred", spoil_blur, 1 << SIGHT_BLURRED},
	{"frozen", spoil_frozen, 1 << SIGHT_FROZEN},
	{"turned", spoil_turned, 1 << SIGHT_MOVED},
	{"moved", spoil_moved, 1 << SIGHT_MOVED},
	{"elsewhere", spoil_elsewhere, 1 << SIGHT_MOVED | 1 << SIGHT_COVERED}, /* a place with less to be seen may be a hand */
	{"covered", spoil_covered, 1 << SIGHT_COVERED | 1 << SIGHT_UNIFORM},
	{"shaken", spoil_shaken, 0},
	{"brighter", spoil_brighter, 0},
	{"darker", spoil_darker, 0},
};

/* Forwards and backwards, so that it never ends. */
static const uint8_t *frame_of(const struct clip *c, uint32_t k)
{
	uint32_t at = k % (2 * c->n - 2);
	return c->frames[at < c->n ? at : 2 * c->n - 2 - at];
}

/* Seconds from the fault to the first alarm, its cause, and what quality_frac was when the alarm came. */
static double after_fault(const struct clip *c, const struct fault *f, enum sight *cause, double *quality_before)
{
	owned(lens) l = lens_new(c->w, c->h);
	size_t px = (size_t) c->w * c->h;
	struct spoiler s = {.clip = c, .out = g_malloc(px), .other = g_malloc(px), .chance = g_rand_new_with_seed(11)};
	double found_s = NAN, q = 1;
	*cause = SIGHT_OK;
	for (uint32_t k = 0; k < (uint32_t) ((WELL_S + 15) * FPS) && isnan(found_s); k++) {
		double since_s = (double) k / FPS - WELL_S;
		const uint8_t *in = frame_of(c, k);
		s.k = since_s < 0 ? 0 : k - (uint32_t) (WELL_S * FPS);
		if (since_s >= 0)
			f->spoil(&s, in);
		enum sight sight = lens_look(l, since_s >= 0 ? s.out : in, (double) k / FPS);
		if (sight == SIGHT_OK) {
			q = lens_quality(l);
			continue;
		}
		found_s = since_s;
		*cause = sight;
		if (!(f->causes & 1u << sight))
			told(c, sight, l, since_s);
	}
	*quality_before = q;
	g_free(s.out);
	g_free(s.other);
	g_rand_free(s.chance);
	return found_s;
}

static void test_faults(void)
{
	uint32_t wrong = 0;
	for (uint32_t i = 0; i < clips->len; i++)
		for (uint32_t k = 0; k < G_N_ELEMENTS(faults); k++) {
			enum sight cause;
			double q, found_s = after_fault(clips->pdata[i], &faults[k], &cause, &q);
			bool good = faults[k].causes ? found_s >= 0 && found_s <= WITHIN_S && faults[k].causes & 1u << cause : isnan(found_s);
			printf("# %-18s %-10s %s %.1f s, quality before %.2f: %s\n", ((struct clip *) clips->pdata[i])->name, faults[k].name, good ? "ok  " : "BAD ",
				found_s, q, sight_sentence(cause));
			wrong += !good;
		}
	g_assert_cmpuint(wrong, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	folder = g_test_build_filename(G_TEST_DIST, "..", "shared", "data", "video", NULL);
	g_autoptr(GPtrArray) films = films_in(folder);
	if (films->len < 2) {
		printf("1..0 # SKIP %s: no real clips beside this checkout\n", folder);
		return 77;
	}
	clips = g_ptr_array_new_with_free_func((GDestroyNotify) clip_free);
	for (uint32_t i = 0; i < films->len; i++)
		g_ptr_array_add(clips, clip_read(films->pdata[i]));
	g_test_add_func("/lens/no-false-alarm", test_no_false_alarm);
	g_test_add_func("/lens/faults", test_faults);
	int failed = g_test_run();
	g_ptr_array_unref(clips);
	g_free(folder);
	return failed;
}
