/* steady.c - how far a picture is pushed aside. See steady.h. */
#include "vision/steady.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 11u            /* of a patch, odd */
#define PATCHES 24
#define AGREE_PX 1.0
#define AGREE_LEAST 5
#define CORNER_LEAST 60.0   /* smaller eigenvalue of a patch's structure, grey levels squared */
#define WORST 30.0          /* mean difference, grey levels, after the mean is gone */
#define RENEW 0.02          /* of a patch that was found is learned, so that light may move on */
#define REST_PICTURES 200
#define STILL_PX 0.1
#define STILL_PICTURES 50
#define IDLE_EVERY 5
#define REACH STEADY_REACH_PX

struct patch_px {
	int32_t x, y; /* its middle in the first picture */
	float grey[SIDE * SIDE];
	double corner;
};

struct steady {
	int32_t width, height;
	uint8_t *measured;
	struct patch_px patches[PATCHES];
	uint32_t n;
	struct push push;    /* against the first picture */
	struct push rest;    /* its mean while a swaying mast's middle was learned */
	uint32_t n_rest;
	uint32_t n_still, n_idle; /* pictures in which it stood; since it was looked at */
	bool started;
};

struct steady *steady_new(uint32_t width_px, uint32_t height_px, const uint8_t *measured)
{
	struct steady *s = g_new0(struct steady, 1);
	s->width = (int32_t) width_px;
	s->height = (int32_t) height_px;
	s->measured = g_memdup2(measured, (gsize) width_px * height_px);
	return s;
}

void steady_free(struct steady *s)
{
	if (!s)
		return;
	g_free(s->measured);
	g_free(s);
}

/* Shi & Tomasi 1994: the smaller eigenvalue of the gradients' matrix. */
static double cornerness(const struct steady *s, const uint8_t *grey, int32_t x, int32_t y)
{
	double xx = 0, yy = 0, xy = 0;
	int32_t half = (int32_t) SIDE / 2;
	for (int32_t v = y - half; v <= y + half; v++)
		for (int32_t u = x - half; u <= x + half; u++) {
			const uint8_t *p = grey + v * s->width + u;
			double gx = (p[1] - p[-1]) / 2.0, gy = (p[s->width] - p[-s->width]) / 2.0;
			if (s->measured[v * s->width + u])
				return 0;
			xx += gx * gx;
			yy += gy * gy;
			xy += gx * gy;
		}
	double n = SIDE * SIDE;
	return ((xx + yy) / 2 - sqrt((xx - yy) * (xx - yy) / 4 + xy * xy)) / n;
}

static float mean_at(const struct steady *s, const uint8_t *grey, int32_t x, int32_t y)
{
	uint32_t sum = 0;
	int32_t half = (int32_t) SIDE / 2;
	for (int32_t v = y - half; v <= y + half; v++)
		for (int32_t u = x - half; u <= x + half; u++)
			sum += grey[v * s->width + u];
	return (float) sum / (SIDE * SIDE);
}

static void take(const struct steady *s, struct patch_px *p, const uint8_t *grey, int32_t x, int32_t y, float share)
{
	float mean = mean_at(s, grey, x, y);
	int32_t half = (int32_t) SIDE / 2;
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		int32_t v = y - half + (int32_t) (i / SIDE), u = x - half + (int32_t) (i % SIDE);
		p->grey[i] += share * (grey[v * s->width + u] - mean - p->grey[i]);
	}
}

/* The best corner of each field of the picture, the strongest of them all. */
static void choose(struct steady *s, const uint8_t *grey)
{
	int32_t edge = REACH + (int32_t) SIDE / 2 + 2, field_w = (s->width - 2 * edge) / 8, field_h = (s->height - 2 * edge) / 6;
	for (int32_t f = 0; f < 48 && field_w > 4 && field_h > 4; f++) {
		struct patch_px best = {0};
		for (int32_t y = edge + f / 8 * field_h; y < edge + (f / 8 + 1) * field_h; y += 3)
			for (int32_t x = edge + f % 8 * field_w; x < edge + (f % 8 + 1) * field_w; x += 3) {
				double c = cornerness(s, grey, x, y);
				if (c > best.corner)
					best = (struct patch_px){.x = x, .y = y, .corner = c};
			}
		uint32_t weakest = 0;
		for (uint32_t k = 1; k < s->n; k++)
			if (s->patches[k].corner < s->patches[weakest].corner)
				weakest = k;
		if (best.corner < CORNER_LEAST || (s->n == PATCHES && best.corner < s->patches[weakest].corner))
			continue;
		take(s, &best, grey, best.x, best.y, 1);
		s->patches[s->n < PATCHES ? s->n++ : weakest] = best;
	}
}

static double difference(const struct steady *s, const struct patch_px *p, const uint8_t *grey, int32_t x, int32_t y)
{
	int32_t half = (int32_t) SIDE / 2;
	float mean = mean_at(s, grey, x, y), sum = 0;
	const float *is = p->grey;
	for (int32_t v = y - half; v <= y + half; v++) {
		const uint8_t *row = grey + v * s->width + x - half;
		for (uint32_t u = 0; u < SIDE; u++)
			sum += fabsf(row[u] - mean - *is++);
	}
	return sum / (SIDE * SIDE);
}

static double between(double left, double mid, double right)
{
	double bend = left + right - 2 * mid;
	return bend > 1e-3 ? CLAMP(0.5 * (left - right) / bend, -0.5, 0.5) : 0;
}

/* Downhill from where the camera was pushed last, in steps of four, two and one pixels. */
static bool find(const struct steady *s, const struct patch_px *p, const uint8_t *grey, struct push *found)
{
	int32_t bx = (int32_t) lround(s->push.x_px), by = (int32_t) lround(s->push.y_px);
	double best = difference(s, p, grey, p->x + bx, p->y + by);
	for (int32_t step = best < 4 ? 1 : 4; step > 0; step /= 2)
		for (bool better = true; better;) {
			better = false;
			for (int32_t k = 0; k < 8; k++) {
				static const int8_t to[][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}};
				int32_t x = bx + step * to[k][0], y = by + step * to[k][1];
				if (abs(x) > REACH || abs(y) > REACH)
					continue;
				double d = difference(s, p, grey, p->x + x, p->y + y);
				if (d < best) {
					best = d;
					bx = x;
					by = y;
					better = true;
					break;
				}
			}
		}
	if (best > WORST || abs(bx) >= REACH || abs(by) >= REACH)
		return false;
	int32_t x = p->x + bx, y = p->y + by;
	found->x_px = bx + between(difference(s, p, grey, x - 1, y), best, difference(s, p, grey, x + 1, y));
	found->y_px = by + between(difference(s, p, grey, x, y - 1), best, difference(s, p, grey, x, y + 1));
	return true;
}

static int by_value(const void *a, const void *b)
{
	double p = *(const double *) a, q = *(const double *) b;
	return (p > q) - (p < q);
}

static double median(double *v, uint32_t n)
{
	qsort(v, n, sizeof *v, by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The first picture may have been taken at the end of a swing: the middle of many is where the camera is at rest. */
static struct push from_rest(struct steady *s)
{
	if (s->n_rest < REST_PICTURES) {
		s->n_rest++;
		s->rest.x_px += (s->push.x_px - s->rest.x_px) / s->n_rest;
		s->rest.y_px += (s->push.y_px - s->rest.y_px) / s->n_rest;
	}
	return (struct push){s->push.x_px - s->rest.x_px, s->push.y_px - s->rest.y_px};
}

static void follow(struct steady *s, const uint8_t *grey)
{
	struct push found[PATCHES];
	double x[PATCHES], y[PATCHES];
	bool here[PATCHES];
	uint32_t n = 0, agree = 0;
	if (!s->started) {
		choose(s, grey);
		s->started = true;
		return;
	}
	for (uint32_t k = 0; k < s->n; k++)
		if ((here[k] = find(s, &s->patches[k], grey, &found[k]))) {
			x[n] = found[k].x_px;
			y[n++] = found[k].y_px;
		}
	if (n < AGREE_LEAST)
		return;
	struct push middle = {median(x, n), median(y, n)}, sum = {0};
	for (uint32_t k = 0; k < s->n; k++) {
		if (!here[k] || fabs(found[k].x_px - middle.x_px) > AGREE_PX || fabs(found[k].y_px - middle.y_px) > AGREE_PX)
			continue;
		sum.x_px += found[k].x_px;
		sum.y_px += found[k].y_px;
		agree++;
		/* Only where it lies on whole pixels: else the patch would be smoothed away. */
		if (fabs(found[k].x_px - round(found[k].x_px)) < 0.1 && fabs(found[k].y_px - round(found[k].y_px)) < 0.1)
			take(s, &s->patches[k], grey, s->patches[k].x + (int32_t) lround(found[k].x_px), s->patches[k].y + (int32_t) lround(found[k].y_px),
				(float) RENEW);
	}
	if (agree >= AGREE_LEAST && 2 * agree >= n)
		s->push = (struct push){sum.x_px / agree, sum.y_px / agree};
}

/* A camera that has stood still for a while is looked at twice a second, until it moves again. */
struct push steady_look(struct steady *s, const uint8_t *grey)
{
	if (s->n_still >= STILL_PICTURES && ++s->n_idle < IDLE_EVERY)
		return from_rest(s);
	s->n_idle = 0;
	follow(s, grey);
	struct push now = from_rest(s);
	s->n_still = fabs(now.x_px) < STILL_PX && fabs(now.y_px) < STILL_PX ? s->n_still + 1 : 0;
	return now;
}
