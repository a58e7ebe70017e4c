/* survey.c - where and which way things move in a picture. See survey.h. */
#include "vision/survey.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/sparse.h"

#define WORK_PX 320
#define BLOCK 8
#define LAGS 4            /* pictures back that a block is looked for from: the longer its way, the better is its direction known */
#define REACH 12          /* small pixels that something moves from picture to picture, at most */
#define CHANGED_GREY 8    /* mean over a block */
#define TEXTURE_GREY 6    /* mean deviation in it: what is even cannot be found again */
#define MATCH_SHARE 0.6   /* of the change that a movement must explain */
#define VOTES_MIN 3
#define MOVES_MIN 12
#define VOTES_ENOUGH 30
#define ROUNDS 3000
#define FITS 10
#define BENT_PX 0.3       /* small pixels */
#define BENT_RAD 0.01     /* of its way: its texture bends it */
#define BENT_MOST 2.0     /* of those two together: further off it does not belong to the point */
#define AGREE_SHARE 0.15  /* of all movement must come from or go to one point */
#define BINS 180          /* of the slope's angle */
#define SMOOTH 2
#define PEAK_SHARE 0.15   /* of the highest: a lower one is no lane */
#define APART_BINS 6      /* lanes are at least 6 degrees apart where they can be told apart at all */

struct cell {
	double dx, dy;
	uint32_t n;
};

struct survey {
	uint32_t width_px, height_px, step, w, h, cols, rows, pictures;
	uint8_t *now, *last[LAGS]; /* the newest first */
	uint32_t *sum;   /* full size */
	uint8_t *still;
	struct cell *cells;
};

struct survey *survey_new(void)
{
	return g_new0(struct survey, 1);
}

void survey_free(struct survey *s)
{
	if (!s)
		return;
	g_free(s->now);
	for (int k = 0; k < LAGS; k++)
		g_free(s->last[k]);
	g_free(s->sum);
	g_free(s->still);
	g_free(s->cells);
	g_free(s);
}

static void begin(struct survey *s, uint32_t width_px, uint32_t height_px)
{
	s->width_px = width_px;
	s->height_px = height_px;
	s->step = (width_px + WORK_PX - 1) / WORK_PX;
	s->w = width_px / s->step;
	s->h = height_px / s->step;
	s->cols = s->w / BLOCK;
	s->rows = s->h / BLOCK;
	s->now = g_malloc0((gsize) s->w * s->h);
	for (int k = 0; k < LAGS; k++)
		s->last[k] = g_malloc0((gsize) s->w * s->h);
	s->sum = g_new0(uint32_t, (gsize) width_px * height_px);
	s->still = g_malloc0((gsize) width_px * height_px);
	s->cells = g_new0(struct cell, (gsize) s->cols * s->rows);
}

static uint32_t differ(const struct survey *s, const uint8_t *last, uint32_t x, uint32_t y, int dx, int dy)
{
	uint32_t sum = 0;
	for (uint32_t r = 0; r < BLOCK; r++) {
		const uint8_t *a = last + (gsize) (y + r) * s->w + x, *b = s->now + (gsize) ((int) (y + r) + dy) * s->w + (uint32_t) ((int) x + dx);
		for (uint32_t c = 0; c < BLOCK; c++)
			sum += (uint32_t) abs(a[c] - b[c]);
	}
	return sum;
}

static bool textured(const struct survey *s, const uint8_t *last, uint32_t x, uint32_t y)
{
	uint32_t sum = 0, off = 0;
	for (uint32_t k = 0; k < BLOCK * BLOCK; k++)
		sum += last[(gsize) (y + k / BLOCK) * s->w + x + k % BLOCK];
	int mean = (int) (sum / (BLOCK * BLOCK));
	for (uint32_t k = 0; k < BLOCK * BLOCK; k++)
		off += (uint32_t) abs(last[(gsize) (y + k / BLOCK) * s->w + x + k % BLOCK] - mean);
	return off > TEXTURE_GREY * BLOCK * BLOCK;
}

/* Where between whole pixels a parabola through three differences has its lowest place, -0.5..0.5. */
static double between(double before, double at, double after)
{
	double bend = before - 2 * at + after;
	return bend > 0 ? CLAMP(0.5 * (before - after) / bend, -0.5, 0.5) : 0;
}

static bool inside(const struct survey *s, uint32_t x, uint32_t y, int dx, int dy)
{
	return (int) x + dx >= 0 && (int) y + dy >= 0 && (int) x + dx + BLOCK <= (int) s->w && (int) y + dy + BLOCK <= (int) s->h;
}

/* Where the block of the picture `last` is now. False: it stayed, or is not to be found. */
static bool follow(struct survey *s, const uint8_t *last, uint32_t col, uint32_t row)
{
	uint32_t x = col * BLOCK, y = row * BLOCK, stays = differ(s, last, x, y, 0, 0), best = stays;
	int bx = 0, by = 0;
	if (stays < CHANGED_GREY * BLOCK * BLOCK || !textured(s, last, x, y))
		return false;
	for (int dy = -REACH; dy <= REACH; dy++)
		for (int dx = -REACH; dx <= REACH; dx++) {
			if (!inside(s, x, y, dx, dy))
				continue;
			uint32_t d = differ(s, last, x, y, dx, dy);
			if (d < best) {
				best = d;
				bx = dx;
				by = dy;
			}
		}
	if (best > (1 - MATCH_SHARE) * stays || (bx == 0 && by == 0) || abs(bx) == REACH || abs(by) == REACH)
		return false;
	struct cell *c = &s->cells[row * s->cols + col];
	bool edge = !inside(s, x, y, bx - 1, by - 1) || !inside(s, x, y, bx + 1, by + 1);
	c->dx += bx + (edge ? 0 : between(differ(s, last, x, y, bx - 1, by), best, differ(s, last, x, y, bx + 1, by)));
	c->dy += by + (edge ? 0 : between(differ(s, last, x, y, bx, by - 1), best, differ(s, last, x, y, bx, by + 1)));
	c->n++;
	return true;
}

void survey_look(struct survey *s, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride)
{
	if (!s->now)
		begin(s, width_px, height_px);
	if (width_px != s->width_px || height_px != s->height_px)
		return;
	uint8_t *oldest = s->last[LAGS - 1];
	for (int k = LAGS - 1; k > 0; k--)
		s->last[k] = s->last[k - 1];
	s->last[0] = s->now;
	s->now = oldest;
	sparse_take(grey, width_px, height_px, stride, s->step, s->now);
	for (uint32_t y = 0; y < height_px; y++)
		for (uint32_t x = 0; x < width_px; x++)
			s->sum[(gsize) y * width_px + x] += grey[(gsize) y * stride + x];
	for (uint32_t k = 0; k < s->cols * s->rows; k++)
		for (uint32_t lag = MIN(s->pictures, LAGS); lag > 0 && !follow(s, s->last[lag - 1], k % s->cols, k / s->cols);)
			lag /= 2;
	s->pictures++;
}

uint32_t survey_pictures(const struct survey *s)
{
	return s->pictures;
}

const uint8_t *survey_still(struct survey *s, uint32_t *width_px, uint32_t *height_px)
{
	if (s->pictures == 0)
		return NULL;
	*width_px = s->width_px;
	*height_px = s->height_px;
	for (gsize k = 0; k < (gsize) s->width_px * s->height_px; k++)
		s->still[k] = (uint8_t) (s->sum[k] / s->pictures);
	return s->still;
}

uint32_t survey_moves(const struct survey *s, struct survey_move *moves, uint32_t most)
{
	uint32_t n = 0;
	for (uint32_t k = 0; k < s->cols * s->rows && n < most; k++) {
		const struct cell *c = &s->cells[k];
		if (c->n < VOTES_MIN || hypot(c->dx, c->dy) < 0.5 * c->n)
			continue;
		moves[n++] = (struct survey_move){.x_px = (k % s->cols + 0.5) * BLOCK * s->step, .y_px = (k / s->cols + 0.5) * BLOCK * s->step,
			.dx_px = c->dx / c->n * s->step, .dy_px = c->dy / c->n * s->step, .n = c->n};
	}
	return n;
}

/* The angle between a movement and the way to or from (x, y), -pi/2..pi/2, in units of what it may be off. INFINITY: too near to say. */
static double bent(const struct survey *s, const struct survey_move *m, double x, double y)
{
	double rx = x - m->x_px, ry = y - m->y_px, far = hypot(rx, ry), length = hypot(m->dx_px, m->dy_px);
	double along = (m->dx_px * rx + m->dy_px * ry) < 0 ? -length : length, across = m->dx_px * ry - m->dy_px * rx;
	return far > 2 * BLOCK * s->step ? asin(CLAMP(across / (along * far), -1, 1)) / hypot(BENT_RAD, BENT_PX * s->step / length) : INFINITY;
}

/* How much a movement has to say, and how much of that it says for a point from which it is bent so much: Tukey's biweight. */
static double worth(const struct survey_move *m)
{
	return fmin(m->n, VOTES_ENOUGH);
}

static double agreeing(double off)
{
	double u = 1 - off * off / (BENT_MOST * BENT_MOST);
	return fabs(off) < BENT_MOST ? u * u : 0;
}

/* Where two lines along which something moves meet. */
static bool meet(const struct survey_move *a, const struct survey_move *b, double *x, double *y)
{
	double det = a->dx_px * b->dy_px - a->dy_px * b->dx_px, turn = det / (hypot(a->dx_px, a->dy_px) * hypot(b->dx_px, b->dy_px));
	if (fabs(turn) < 0.05)
		return false;
	double t = ((b->x_px - a->x_px) * b->dy_px - (b->y_px - a->y_px) * b->dx_px) / det;
	*x = a->x_px + t * a->dx_px;
	*y = a->y_px + t * a->dy_px;
	return true;
}

/* The point from which most movement comes: pairs of lines propose (Fischler & Bolles 1981), then the lines that agree are fitted. */
static bool fit_point(const struct survey *s, const struct survey_move *moves, uint32_t n, double *x, double *y)
{
	double a = 0, b = 0, c = 0, p = 0, q = 0;
	for (uint32_t k = 0; k < n; k++) {
		/* the angle, and how it changes as the point moves: not the distance from the movement's line, which is the less the nearer the point lies,
		 * wherever it is */
		const struct survey_move *m = &moves[k];
		double off = bent(s, m, *x, *y), w = worth(m) * agreeing(off);
		if (w <= 0)
			continue;
		double rx = *x - m->x_px, ry = *y - m->y_px, far2 = rx * rx + ry * ry, unit = hypot(BENT_RAD, BENT_PX * s->step / hypot(m->dx_px, m->dy_px));
		double jx = -ry / far2 / unit, jy = rx / far2 / unit;
		a += w * jx * jx;
		b += w * jx * jy;
		c += w * jy * jy;
		p -= w * jx * off;
		q -= w * jy * off;
	}
	double det = a * c - b * b;
	if (!(det > 1e-7 * (a + c) * (a + c)))
		return false; /* all alike: the point is at infinity */
	*x += (c * p - b * q) / det;
	*y += (a * q - b * p) / det;
	return true;
}

bool survey_vanishing(const struct survey *s, double *x_px, double *y_px)
{
	g_autofree struct survey_move *moves = g_new(struct survey_move, (gsize) s->cols * s->rows + 1);
	uint32_t n = survey_moves(s, moves, s->cols * s->rows), chance = 1;
	double most = 0, all = 0;
	if (n < MOVES_MIN)
		return false;
	for (uint32_t k = 0; k < n; k++)
		all += worth(&moves[k]);
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t i = (chance = chance * 1664525u + 1013904223u) >> 8, j = (chance = chance * 1664525u + 1013904223u) >> 8;
		double x, y, agree = 0;
		if (!meet(&moves[i % n], &moves[j % n], &x, &y))
			continue;
		for (uint32_t k = 0; k < n; k++)
			agree += worth(&moves[k]) * agreeing(bent(s, &moves[k], x, y));
		if (agree > most) {
			most = agree;
			*x_px = x;
			*y_px = y;
		}
	}
	for (int round = 0; round < FITS && most > 0; round++)
		if (!fit_point(s, moves, n, x_px, y_px))
			return false;
	return most > AGREE_SHARE * all;
}

static int bin_of(double slope)
{
	return (int) CLAMP((atan(slope) / G_PI + 0.5) * BINS, 0, BINS - 1);
}

static bool is_peak(const double *v, int k, double most)
{
	if (v[k] < PEAK_SHARE * most)
		return false;
	for (int i = MAX(k - APART_BINS / 2, 0); i <= MIN(k + APART_BINS / 2, BINS - 1); i++)
		if (v[i] > v[k] || (i < k && v[i] == v[k]))
			return false;
	return true;
}

static bool lane_at(const struct survey_move *moves, uint32_t n, double vx, double vy, int bin, struct survey_lane *lane)
{
	double towards = 0, weight = 0, slope = 0;
	lane->top_px = INFINITY;
	lane->low_px = -INFINITY;
	for (uint32_t k = 0; k < n; k++) {
		const struct survey_move *m = &moves[k];
		double here = (m->x_px - vx) / (m->y_px - vy);
		if (m->y_px <= vy + 1 || abs(bin_of(here) - bin) > APART_BINS / 2)
			continue;
		weight += m->n;
		slope += m->n * here;
		towards += m->n * ((m->dx_px * (m->x_px - vx) + m->dy_px * (m->y_px - vy)) > 0 ? 1 : -1);
		lane->top_px = fmin(lane->top_px, m->y_px);
		lane->low_px = fmax(lane->low_px, m->y_px);
	}
	lane->slope = slope / weight;
	lane->towards = towards > 0;
	lane->share = weight;
	return weight > 0;
}

uint32_t survey_lanes(const struct survey *s, double vx, double vy, struct survey_lane *lanes, uint32_t most)
{
	g_autofree struct survey_move *moves = g_new(struct survey_move, (gsize) s->cols * s->rows + 1);
	uint32_t n = survey_moves(s, moves, s->cols * s->rows), found = 0;
	double votes[BINS] = {0}, smooth[BINS] = {0}, top = 0, all = 0;
	for (uint32_t k = 0; k < n; k++)
		if (moves[k].y_px > vy + 1) {
			votes[bin_of((moves[k].x_px - vx) / (moves[k].y_px - vy))] += moves[k].n;
			all += moves[k].n;
		}
	for (int k = 0; k < BINS; k++) {
		for (int i = MAX(k - SMOOTH, 0); i <= MIN(k + SMOOTH, BINS - 1); i++)
			smooth[k] += votes[i];
		top = fmax(top, smooth[k]);
	}
	for (int k = 0; k < BINS && found < most; k++)
		if (top > 0 && is_peak(smooth, k, top) && lane_at(moves, n, vx, vy, k, &lanes[found])) {
			lanes[found].share /= all;
			found++;
		}
	return found;
}
