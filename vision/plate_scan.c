/* plate_scan.c - where in a grey picture are number plates? See plate_scan.h. */
#include "vision/plate_scan.h"

#include <math.h>
#include <string.h>

#define STEP 1.26    /* from one size to the next */
#define ENLARGED 0.7 /* at most: characters of 5.6 px */
#define COLS_STEP 2
#define WINDOWS_MAX 4096
#define BOX_W 5.3 /* of the plate around a row of characters, in their height, as PLATE_BOX_CHARS */
#define INNER_SCORE 1.0 /* so sure must be what a smaller row is dropped for */
#define CLOSE_MOST 14   /* finds that are looked at again */
#define COARSE_SHARE 0.5
#define INNER_LEAD 4.0  /* or it may be so much less sure than the smaller one */
#define HALVES 6
#define CLOSE_W 128 /* px of what the fine window and its surroundings need */
#define CLOSE_H 64
#define CHAR_LEAST_PX 9.5
#define CHAR_LEAST_FRAC 0.0109 /* of the root of the picture's area */
#define BEST_SCORE 7.0         /* the surest in a picture */
#define OTHER_SCORE 9.0        /* and any more */
#define OTHER_BEHIND 0.5
#define SIZE_WEIGHT 4.0     /* of the logarithm of its size */
#define COMPANY_BEHIND 4.0  /* lines of a sign are about as sure as each other */
#define COMPANY_ALIKE 1.35  /* and as large */
#define COMPANY_COSTS 2.5
#define SIZE_ALIKE 1.7      /* until they were looked at again, only finds so near in size exclude each other */
#define SAME_FRAC 0.3 /* boxes that share so much are one plate */

struct probes {
	struct plate_probe probe[3];
};

struct found {
	double x_px, y_px, char_px; /* middle of the row */
	double score;
};

struct plane {
	uint8_t *own;
	const uint8_t *grey;
	uint32_t w, h, stride;
};

struct plate_scan {
	const struct plate_model *coarse, *fine;
	struct plate_cells cells;
	struct probes *probes, *close_probes;
	struct plane halves[HALVES]; /* the picture, half of it, ... */
	uint32_t n_halves;
	uint32_t close_stride;      /* that close_probes are for, 0 = none yet */
	uint8_t *grey;              /* the level looked at */
	uint16_t *line;             /* of the picture, between two rows */
	uint32_t *near_x, *share_x; /* for each pixel of a level's row: the one on its left, and the next one's share of 256 */
	uint32_t line_room;
	size_t room; /* pixels of the largest picture so far */
	struct found found[WINDOWS_MAX];
	uint32_t n_found;
};

struct plate_scan *plate_scan_new(const struct plate_model *coarse, const struct plate_model *fine)
{
	struct plate_scan *s = g_new0(struct plate_scan, 1);
	s->coarse = coarse;
	s->fine = fine;
	s->probes = g_new(struct probes, coarse->n);
	s->close_probes = g_new(struct probes, fine ? fine->n : 0);
	return s;
}

void plate_scan_free(struct plate_scan *s)
{
	if (!s)
		return;
	plate_cells_finish(&s->cells);
	for (uint32_t k = 0; k < HALVES; k++)
		g_free(s->halves[k].own);
	g_free(s->probes);
	g_free(s->close_probes);
	g_free(s->grey);
	g_free(s->line);
	g_free(s->near_x);
	g_free(s->share_x);
	g_free(s);
}

static void halve(const struct plane *from, struct plane *to)
{
	uint32_t w = from->w / 2, h = from->h / 2;
	for (uint32_t y = 0; y < h; y++) {
		const uint8_t *a = from->grey + (size_t) 2 * y * from->stride, *b = a + from->stride;
		uint8_t *line = to->own + (size_t) y * w;
		for (uint32_t x = 0; x < w; x++)
			line[x] = (uint8_t) ((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
	}
	to->grey = to->own;
	to->w = to->stride = w;
	to->h = h;
}

static void take(struct plate_scan *s, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride)
{
	size_t n = (size_t) width_px * height_px;
	if (s->room < n) {
		g_free(s->grey);
		s->grey = g_malloc((size_t) ((double) n / ENLARGED / ENLARGED) + CLOSE_W * CLOSE_H);
		for (uint32_t k = 1; k < HALVES; k++) {
			g_free(s->halves[k].own);
			s->halves[k].own = g_malloc((n >> 2 * k) + 1);
		}
		s->room = n;
	}
	if (s->line_room < width_px) {
		s->line_room = width_px;
		g_free(s->line);
		g_free(s->near_x);
		g_free(s->share_x);
		s->line = g_new0(uint16_t, width_px + 2);
		s->near_x = g_new(uint32_t, (gsize) (width_px / ENLARGED) + CLOSE_W);
		s->share_x = g_new(uint32_t, (gsize) (width_px / ENLARGED) + CLOSE_W);
	}
	s->halves[0] = (struct plane){NULL, grey, width_px, height_px, stride};
	for (s->n_halves = 1; s->n_halves < HALVES && s->halves[s->n_halves - 1].w >= 128 && s->halves[s->n_halves - 1].h >= 64; s->n_halves++)
		halve(&s->halves[s->n_halves - 1], &s->halves[s->n_halves]);
}

/* The smallest of the halves that still has more pixels than are wanted; scale_px is brought down to it. */
static const struct plane *plane_for(const struct plate_scan *s, double *scale_px)
{
	uint32_t k = 0;
	for (; k + 1 < s->n_halves && *scale_px >= 2; k++)
		*scale_px /= 2;
	return &s->halves[k];
}

static void blend_rows(
	const uint8_t *restrict a, const uint8_t *restrict b, int32_t share, uint32_t first, uint32_t end, uint16_t *restrict to)
{
	for (uint32_t x = first; x < end; x++)
		to[x] = (uint16_t) (a[x] * (256 - share) + b[x] * share);
}

/* A part of a plane from (x, y) on, a pixel every `step`: between the four nearest. Outside it repeats its border. */
static void resample(struct plate_scan *s, const struct plane *from, double x, double y, double step, uint8_t *to, uint32_t w, uint32_t h)
{
	int32_t last_x = (int32_t) from->w - 1, last_y = (int32_t) from->h - 1;
	double first = x + (step - 1) / 2;
	uint32_t begin = (uint32_t) CLAMP(first - 1, 0, last_x), end = (uint32_t) CLAMP(first + w * step + 2, 0, from->w);
	for (uint32_t k = 0; k < w; k++) {
		int32_t at = (int32_t) floor((first + k * step) * 256);
		s->near_x[k] = (uint32_t) CLAMP(at >> 8, 0, MAX(last_x - 1, 0));
		s->share_x[k] = (uint32_t) (at >> 8 < 0 ? 0 : at >> 8 >= last_x ? 256 : at & 255);
	}
	for (uint32_t i = 0; i < h; i++) {
		int32_t at = (int32_t) floor((y + (i + 0.5) * step - 0.5) * 256), y0 = at >> 8;
		blend_rows(from->grey + (size_t) CLAMP(y0, 0, last_y) * from->stride, from->grey + (size_t) CLAMP(y0 + 1, 0, last_y) * from->stride,
			at & 255, begin, end, s->line);
		uint8_t *line = to + (size_t) i * w;
		for (uint32_t k = 0; k < w; k++) {
			const uint16_t *two = s->line + s->near_x[k];
			line[k] = (uint8_t) ((two[0] * (256 - s->share_x[k]) + two[1] * s->share_x[k] + 32768) >> 16);
		}
	}
}

static void set_probes(struct plate_scan *s, const struct plate_model *model, struct probes *probes)
{
	for (uint32_t t = 0; t < model->n; t++)
		for (uint32_t k = 0; k < 3; k++)
			probes[t].probe[k] = plate_probe_of(&s->cells, &model->trees[t].node[k].feature);
}

/* -INFINITY where the trees reject it. */
static inline float judge(const struct plate_scan *s, const struct plate_model *model, const struct probes *probes, const uint32_t *window)
{
	float scale = plate_scale_at(&s->cells, window, model->cols, model->rows), sum = 0;
	for (uint32_t t = 0; t < model->n; t++) {
		const struct plate_tree *tree = &model->trees[t];
		uint32_t side = plate_probe_at(&probes[t].probe[0], window) * scale >= tree->node[0].cut;
		uint32_t leaf = plate_probe_at(&probes[t].probe[1 + side], window) * scale >= tree->node[1 + side].cut;
		sum += tree->leaf[2 * side + leaf];
		if (sum < tree->reject)
			return -INFINITY;
	}
	return sum;
}

static void judge_level(struct plate_scan *s, double cell_px, plate_on_window on_window, void *user)
{
	const struct plate_cells *c = &s->cells;
	set_probes(s, s->coarse, s->probes);
	for (uint32_t row = 0; row + s->coarse->rows <= c->rows; row++)
		for (uint32_t col = 0; col + s->coarse->cols <= c->cols; col += COLS_STEP) {
			float score = judge(s, s->coarse, s->probes, c->sums + row * c->stride + col);
			if (score > -INFINITY)
				on_window(user, c, col, row, cell_px, score);
		}
}

void plate_scan_windows(struct plate_scan *s, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride,
	double char_min_px, double char_max_px, plate_on_window on_window, void *user)
{
	take(s, grey, width_px, height_px, stride);
	uint32_t char_cells = PLATE_CHAR_CELLS(s->coarse);
	for (double char_px = fmax(char_min_px, char_cells * PLATE_CELL_PX * ENLARGED); char_px <= char_max_px; char_px *= STEP) {
		double px = char_px / char_cells / PLATE_CELL_PX, step = px;
		uint32_t w = (uint32_t) (width_px / px), h = (uint32_t) (height_px / px);
		if (w < s->coarse->cols * PLATE_CELL_PX || h < s->coarse->rows * PLATE_CELL_PX)
			return;
		const struct plane *from = plane_for(s, &step);
		if (step > 1.01 || step < 0.99) {
			resample(s, from, 0, 0, step, s->grey, w, h);
			plate_cells_make(&s->cells, s->grey, w, h, w);
		} else
			plate_cells_make(&s->cells, from->grey, MIN(w, from->w), MIN(h, from->h), from->stride);
		judge_level(s, PLATE_CELL_PX * px, on_window, user);
	}
}

const struct plate_cells *plate_scan_close(
	struct plate_scan *s, const struct plate_model *fine, double x_px, double y_px, double char_px, uint32_t *col, uint32_t *row)
{
	double px = char_px / PLATE_CHAR_CELLS(fine) / PLATE_CELL_PX, step = px;
	const struct plane *from = plane_for(s, &step);
	double k = step / px; /* of the picture's pixels to this plane's */
	resample(s, from, x_px * k - CLOSE_W / 2.0 * step, y_px * k - CLOSE_H / 2.0 * step, step, s->grey, CLOSE_W, CLOSE_H);
	plate_cells_make(&s->cells, s->grey, CLOSE_W, CLOSE_H, CLOSE_W);
	*col = (s->cells.cols - fine->cols) / 2;
	*row = (s->cells.rows - fine->rows) / 2;
	return &s->cells;
}

static void keep(void *user, const struct plate_cells *cells, uint32_t col, uint32_t row, double cell_px, float score)
{
	struct plate_scan *s = user;
	(void) cells;
	if (s->n_found < WINDOWS_MAX)
		s->found[s->n_found++] = (struct found){.x_px = (col + s->coarse->cols / 2.0) * cell_px,
			.y_px = (row + s->coarse->rows / 2.0) * cell_px,
			.char_px = PLATE_CHAR_CELLS(s->coarse) * cell_px,
			.score = score};
}

static double shared(const struct plate_box *a, const struct plate_box *b)
{
	double w = fmin(a->x_px + a->w_px, b->x_px + b->w_px) - fmax(a->x_px, b->x_px),
		   h = fmin(a->y_px + a->h_px, b->y_px + b->h_px) - fmax(a->y_px, b->y_px);
	return w <= 0 || h <= 0 ? 0 : w * h / fmin(a->w_px * a->h_px, b->w_px * b->h_px);
}

static struct plate_box box_of(const struct found *f)
{
	return (struct plate_box){
		f->x_px - BOX_W / 2 * f->char_px, f->y_px - PLATE_BOX_CHARS / 2 * f->char_px, BOX_W * f->char_px, PLATE_BOX_CHARS * f->char_px, f->score};
}

static int by_score(const void *a, const void *b)
{
	const struct found *f = a, *g = b;
	return f->score < g->score ? 1 : f->score > g->score ? -1 : 0;
}

/* A state's or a town's name and a slogan stand above or below a plate's number, smaller. */
static bool is_inside(const struct found *a, const struct found *b)
{
	double off = fabs(a->y_px - b->y_px) / b->char_px;
	return a->char_px < 0.5 * b->char_px && fabs(a->x_px - b->x_px) < 2.5 * b->char_px && off < 1.7 && off > 0.6;
}

static uint32_t drop_inner(struct found *found, uint32_t n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		bool inner = false;
		for (uint32_t k = 0; k < n && !inner; k++)
			inner = found[k].score > INNER_SCORE && found[k].score > found[i].score - INNER_LEAD && is_inside(&found[i], &found[k]);
		if (!inner)
			found[kept++] = found[i];
	}
	return kept;
}

/* Best first, without those that share much with a better one of a size like theirs: up to `alike` times as large. */
static uint32_t distinct(struct found *found, uint32_t n, double alike, uint32_t most)
{
	uint32_t kept = 0;
	qsort(found, n, sizeof *found, by_score);
	for (uint32_t i = 0; i < n && kept < most; i++) {
		struct plate_box box = box_of(&found[i]);
		bool known = false;
		for (uint32_t k = 0; k < kept && !known; k++) {
			struct plate_box other = box_of(&found[k]);
			double ratio = found[k].char_px / found[i].char_px;
			known = ratio < alike && ratio > 1 / alike && shared(&other, &box) > SAME_FRAC;
		}
		if (!known)
			found[kept++] = found[i];
	}
	return kept;
}

/* The best of some places around it. */
static void look_close(struct plate_scan *s, struct found *f)
{
	static const double sizes[] = {0.88, 1, 1.13};
	struct found best = *f;
	best.score = -INFINITY;
	for (uint32_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
		uint32_t col, row;
		double char_px = f->char_px * sizes[k], cell_px = char_px / PLATE_CHAR_CELLS(s->fine);
		const struct plate_cells *c = plate_scan_close(s, s->fine, f->x_px, f->y_px, char_px, &col, &row);
		if (s->close_stride != c->stride)
			set_probes(s, s->fine, s->close_probes);
		s->close_stride = c->stride;
		for (int32_t dy = -2; dy <= 2; dy++)
			for (int32_t dx = -4; dx <= 4; dx += 2) {
				float score = judge(
					s, s->fine, s->close_probes, c->sums + (uint32_t) ((int32_t) row + dy) * c->stride + (uint32_t) ((int32_t) col + dx));
				if (score > best.score)
					best = (struct found){f->x_px + dx * cell_px, f->y_px + dy * cell_px, char_px, score};
			}
	}
	best.score += COARSE_SHARE * f->score;
	*f = best;
}

uint32_t plate_scan_look(struct plate_scan *s, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride,
	double char_min_px, double char_max_px, struct plate_box *boxes, uint32_t most)
{
	s->n_found = 0;
	plate_scan_windows(s, grey, width_px, height_px, stride, char_min_px, char_max_px, keep, s);
	uint32_t n = distinct(s->found, s->n_found, SIZE_ALIKE, CLOSE_MOST), kept = 0;
	for (uint32_t i = 0; s->fine && i < n; i++)
		look_close(s, &s->found[i]);
	for (uint32_t i = 0; i < n; i++)
		if (s->found[i].score > -INFINITY)
			s->found[kept++] = s->found[i];
	n = distinct(s->found, drop_inner(s->found, kept), INFINITY, MIN(most, CLOSE_MOST));
	for (uint32_t i = 0; i < n; i++)
		boxes[i] = box_of(&s->found[i]);
	return n;
}

/* A line of writing above or below, as large and as wide, or the same line going on: a sign. */
static bool in_company(const struct plate_box *boxes, uint32_t n, uint32_t i)
{
	const struct plate_box *a = &boxes[i];
	for (uint32_t k = 0; k < n; k++) {
		const struct plate_box *b = &boxes[k];
		double char_px = a->h_px / PLATE_BOX_CHARS, ratio = b->h_px / a->h_px, dx = fabs(b->x_px + b->w_px / 2 - a->x_px - a->w_px / 2) / char_px,
			   dy = fabs(b->y_px + b->h_px / 2 - a->y_px - a->h_px / 2) / char_px;
		if (k != i && b->score > a->score - COMPANY_BEHIND && ratio > 1 / COMPANY_ALIKE && ratio < COMPANY_ALIKE && dx < 7 && dy < 2.6)
			return true;
	}
	return false;
}

/* There are four times as many windows of half the size, and no more plates; and the less can be seen, the more looks like a plate. So much
 * surer must a small one be: 2 for the windows, as much again for the rest; on the labelled pictures 3 to 5 do about as well. */
static double rarity(double char_px, uint32_t width_px, uint32_t height_px)
{
	return SIZE_WEIGHT * log(char_px / (CHAR_LEAST_FRAC * sqrt((double) width_px * height_px)));
}

static int by_box_score(const void *a, const void *b)
{
	const struct plate_box *f = a, *g = b;
	return f->score < g->score ? 1 : f->score > g->score ? -1 : 0;
}

uint32_t plate_scan_picture(struct plate_scan *s, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride,
	struct plate_box *boxes, uint32_t most)
{
	struct plate_box found[CLOSE_MOST];
	double least_px = fmax(CHAR_LEAST_PX, CHAR_LEAST_FRAC * sqrt((double) width_px * height_px)), extra[CLOSE_MOST];
	uint32_t n = plate_scan_look(s, grey, width_px, height_px, stride, least_px, height_px / 4.0, found, CLOSE_MOST), kept = 0;
	for (uint32_t i = 0; i < n; i++)
		extra[i] = rarity(found[i].h_px / PLATE_BOX_CHARS, width_px, height_px) - (in_company(found, n, i) ? COMPANY_COSTS : 0);
	for (uint32_t i = 0; i < n; i++)
		found[i].score += extra[i];
	qsort(found, n, sizeof found[0], by_box_score);
	for (uint32_t i = 0; i < n && kept < most; i++)
		if (found[i].score >= (i == 0 ? BEST_SCORE : fmax(OTHER_SCORE, found[0].score - OTHER_BEHIND)))
			boxes[kept++] = found[i];
	return kept;
}
