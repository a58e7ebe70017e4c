/* scenery.c - the road without its traffic, and what stands out from it. See scenery.h. */
#include "vision/scenery.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_MAX 64        /* pictures that the beginning takes at most */
#define SAME_GREY 8         /* two pictures of one thing */
#define NOISE_FIRST 3.0f    /* mean absolute deviation of a pixel, grey */
#define NOISE_MOST 14.0f
#define OUT_LEAST 14.0f     /* grey by which something must stand out */
#define OUT_NOISE 3.6f      /* and in mean absolute deviations */
#define OUT_SHARE 0.07f     /* and of the grey itself: bright pixels vary more */
#define FIT_STEP 7          /* every so many pixels tell the exposure */
#define FIT_MAX 32768
#define SHADOW_DARKEST 0.42f
#define SHADOW_LIGHTEST 0.96f
#define SHADOW_ROUGH 0.055f /* deviation of the ratio to the road inside 5 x 5 pixels */
#define LEARN_S 12.0
#define STILL_S 5.0         /* what stands out, but stays and belongs to nobody, is scenery after so long */

struct scenery {
	uint32_t width_px, height_px, n;
	float *road, *noise;    /* grey without traffic, by the exposure of the first pictures; mean absolute deviation */
	float *expect;          /* the same by this picture's exposure */
	float *ratio, *sums;
	float *other, *other_s; /* a grey that may become the road's, and how long it has stayed */
	uint8_t *mask, *rough;
	double gain, offset;
};

struct scenery *scenery_new(uint32_t width_px, uint32_t height_px)
{
	struct scenery *s = g_new0(struct scenery, 1);
	*s = (struct scenery){.width_px = width_px, .height_px = height_px, .n = width_px * height_px, .gain = 1};
	s->road = g_new0(float, 7 * (size_t) s->n);
	s->noise = s->road + s->n;
	s->expect = s->noise + s->n;
	s->ratio = s->expect + s->n;
	s->sums = s->ratio + s->n;
	s->other = s->sums + s->n;
	s->other_s = s->other + s->n;
	s->mask = g_new0(uint8_t, 2 * (size_t) s->n);
	s->rough = s->mask + s->n;
	return s;
}

void scenery_free(struct scenery *s)
{
	if (!s)
		return;
	g_free(s->road);
	g_free(s->mask);
	g_free(s);
}

/* ---- exposure ---- */

static int by_float(const void *a, const void *b)
{
	float x = *(const float *) a, y = *(const float *) b;
	return (x > y) - (x < y);
}

/* Weighted least squares with Tukey's (1960) biweight, from where `gain` and `offset` are: returns the share of pixels that agree. */
static double fit_from(const struct scenery *s, const uint8_t *grey, double *gain, double *offset)
{
	double agree = 0;
	for (int round = 0; round < 4; round++) {
		double w = 0, x = 0, y = 0, xx = 0, xy = 0, reach = round < 2 ? 30 : 15;
		uint32_t n = 0, near = 0;
		for (uint32_t i = 0; i < s->n; i += FIT_STEP, n++) {
			double off = grey[i] - (*gain * s->road[i] + *offset), u = off / reach;
			if (u * u >= 1 || grey[i] > 250)
				continue;
			double k = (1 - u * u) * (1 - u * u);
			near++;
			w += k;
			x += k * s->road[i];
			y += k * grey[i];
			xx += k * s->road[i] * s->road[i];
			xy += k * s->road[i] * grey[i];
		}
		agree = n ? (double) near / n : 0;
		if (w < 50)
			return 0;
		/* A flat picture cannot tell gain from offset: a pull towards gain as it is by the means. */
		double mean = x / w, var = xx / w - mean * mean, cov = xy / w - mean * y / w, pull = 40, prior = mean > 1 ? y / w / mean : 1;
		*gain = CLAMP((cov + pull * prior) / (var + pull), 0.3, 3.0);
		*offset = y / w - *gain * mean;
	}
	return agree;
}

static void fit_exposure(struct scenery *s, const uint8_t *grey)
{
	static const double jumps[] = {1, 0.8, 1.25, 0.64, 1.56};
	double best = 0, gain = s->gain, offset = s->offset; /* of the best fit */
	for (uint32_t k = 0; k < G_N_ELEMENTS(jumps); k++) {
		double g = s->gain * jumps[k], o = s->offset * jumps[k], agree = fit_from(s, grey, &g, &o);
		if (agree > best + 0.03) {
			best = agree;
			gain = g;
			offset = o;
		}
		if (best > 0.75)
			break;
	}
	s->gain = gain;
	s->offset = offset;
}

static void expect(struct scenery *s)
{
	float gain = (float) s->gain, offset = (float) s->offset;
	for (uint32_t i = 0; i < s->n; i++)
		s->expect[i] = CLAMP(gain * s->road[i] + offset, 0.f, 255.f);
}

/* ---- the beginning ---- */

/* Where sorted values lie closest: half of them again and again (Robertson and Cryer 1974), then the mean of those nearby. */
static float most_shown(float *v, uint32_t n, float *deviation)
{
	qsort(v, n, sizeof *v, by_float);
	uint32_t first = 0, left = n;
	while (left > 3) {
		uint32_t half = (left + 1) / 2, best = first;
		for (uint32_t i = first; i + half <= first + left; i++)
			if (v[i + half - 1] - v[i] < v[best + half - 1] - v[best])
				best = i;
		first = best;
		left = half;
	}
	float mode = v[first + left / 2], sum = 0, off = 0;
	uint32_t near = 0;
	for (uint32_t i = 0; i < n; i++)
		if (fabsf(v[i] - mode) <= SAME_GREY) {
			sum += v[i];
			near++;
		}
	float mean = sum / (float) near;
	for (uint32_t i = 0; i < n; i++)
		if (fabsf(v[i] - mode) <= 2 * SAME_GREY)
			off += fabsf(v[i] - mean);
	*deviation = CLAMP(off / (float) near, 1.5f, NOISE_MOST);
	return mean;
}

static void begin_with(struct scenery *s, uint8_t *const *pictures, uint32_t n, const double *gain, const double *offset)
{
	float v[FIRST_MAX];
	for (uint32_t i = 0; i < s->n; i++) {
		for (uint32_t k = 0; k < n; k++)
			v[k] = (float) ((pictures[k][i] - offset[k]) / gain[k]);
		s->road[i] = most_shown(v, n, &s->noise[i]);
	}
}

void scenery_begin(struct scenery *s, uint8_t *const *pictures, uint32_t n)
{
	double gain[FIRST_MAX] = {1}, offset[FIRST_MAX] = {0};
	n = MIN(n, FIRST_MAX);
	for (uint32_t k = 0; k < n; k++) {
		gain[k] = 1;
		offset[k] = 0;
	}
	begin_with(s, pictures, n, gain, offset);
	bool even = true;
	for (uint32_t k = 0; k < n; k++) {
		s->gain = 1;
		s->offset = 0;
		fit_exposure(s, pictures[k]);
		gain[k] = s->gain;
		offset[k] = s->offset;
		even = even && fabs(gain[k] - 1) < 0.01 && fabs(offset[k]) < 1;
	}
	if (!even)
		begin_with(s, pictures, n, gain, offset);
	s->gain = gain[0];
	s->offset = offset[0];
	memset(s->other_s, 0, s->n * sizeof *s->other_s);
}

/* ---- what stands out ---- */

/* Sums over 5 x 5 pixels. */
static void box_sums(const struct scenery *s, const float *from, float *to, float *line)
{
	uint32_t w = s->width_px, h = s->height_px;
	for (uint32_t y = 2; y + 2 < h; y++) {
		const float *r = from + (size_t) y * w;
		for (uint32_t x = 0; x < w; x++)
			line[x] = r[x] + (r - w)[x] + r[x + w] + (r - 2 * (size_t) w)[x] + r[x + 2 * w];
		for (uint32_t x = 2; x + 2 < w; x++)
			to[(size_t) y * w + x] = line[x] + line[x - 1] + line[x + 1] + line[x - 2] + line[x + 2];
	}
}

/* Where the ratio of the picture to the road changes within a few pixels there is a thing, not a shadow's inside. */
static void find_rough(struct scenery *s, const uint8_t *grey)
{
	uint32_t w = s->width_px, h = s->height_px;
	g_autofree float *line = g_new(float, w), *squares = g_new0(float, s->n), *square_sums = g_new0(float, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		s->ratio[i] = (grey[i] + 4.f) / (s->expect[i] + 4.f);
		squares[i] = s->ratio[i] * s->ratio[i];
	}
	box_sums(s, s->ratio, s->sums, line);
	box_sums(s, squares, square_sums, line);
	memset(s->rough, 1, s->n);
	for (uint32_t y = 2; y + 2 < h; y++)
		for (uint32_t i = y * w + 2; i < (y + 1) * w - 2; i++) {
			float mean = s->sums[i] / 25, var = square_sums[i] / 25 - mean * mean, own = 1.6f * s->noise[i] / (s->expect[i] + 4);
			s->rough[i] = var > SHADOW_ROUGH * SHADOW_ROUGH * mean * mean + own * own;
		}
}

const uint8_t *scenery_mask(struct scenery *s, const uint8_t *grey)
{
	fit_exposure(s, grey);
	expect(s);
	find_rough(s, grey);
	for (uint32_t i = 0; i < s->n; i++) {
		float off = fabsf(grey[i] - s->expect[i]), least = fmaxf(OUT_LEAST, fmaxf(OUT_NOISE * s->noise[i], OUT_SHARE * s->expect[i]));
		bool shade = s->ratio[i] < SHADOW_LIGHTEST && s->ratio[i] > SHADOW_DARKEST && !s->rough[i];
		s->mask[i] = off > least && !shade;
	}
	return s->mask;
}

void scenery_learn(struct scenery *s, const uint8_t *grey, const uint8_t *held, double dt_s)
{
	float rate = (float) fmin(0.2, dt_s / LEARN_S), by_gain = (float) (1 / s->gain), offset = (float) s->offset, dt = (float) dt_s;
	for (uint32_t i = 0; i < s->n; i++) {
		if (held[i]) {
			s->other_s[i] = 0;
			continue;
		}
		float now = (grey[i] - offset) * by_gain, off = now - s->road[i];
		if (!s->mask[i]) {
			s->road[i] += rate * off;
			s->noise[i] += 0.3f * rate * (CLAMP(fabsf(off), 1.5f, NOISE_MOST) - s->noise[i]);
			s->other_s[i] = 0;
			continue;
		}
		bool stays = fabsf(now - s->other[i]) < SAME_GREY;
		s->other[i] = stays ? s->other[i] + 0.1f * (now - s->other[i]) : now;
		s->other_s[i] = stays ? s->other_s[i] + dt : 0;
		if (s->other_s[i] > STILL_S) {
			s->road[i] = s->other[i];
			s->other_s[i] = 0;
		}
		/* What flickers (leaves and their shadows) stands out less and less. */
		s->noise[i] = fminf(NOISE_MOST, s->noise[i] + 0.1f * rate * fabsf(off));
	}
}
