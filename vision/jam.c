/* jam.c - how fast the traffic of a picture drives. See jam.h. */
#include "vision/jam.h"

#include <stdlib.h>
#include <string.h>

#include "vision/cv.h"

#define APART_S 0.095        /* between two pictures that are compared */
#define APART_MAX_S 0.5      /* farther apart nothing is found again */
#define POINTS_MAX 400
#define BOXES_MAX 400
#define KEPT 24              /* pictures whose median is the empty road */
#define KEPT_EVERY 2         /* of those compared */
#define CELL_PX 8u
#define STILL_PX 0.5         /* codecs and wind move points by as much */
#define LENGTHS_MAX 3.0      /* a vehicle that got farther between two pictures was mistaken for another one */
#define SIZE_MIN_PX 7.0      /* smaller ones are too far away to be measured */
#define DIFFER_GREY 18.0
#define BOX_MIN_PX 3
#define FIT_SHARE 0.15       /* a size so near to the line speaks for it */
#define TALL_LEAST 0.55      /* a vehicle's height in the picture against its width: a saloon with its shadow .. a van from a mast */
#define TALL_MOST 1.35
#define FIT_LEAST 100.0      /* px of vehicles that must speak for a size */
#define JAMMED_PER_S 0.9     /* vehicle lengths a second: below it traffic creeps */
#define FREE_PER_S 1.4
#define SPARSE_FREE_PER_S 1.1
#define SPARSE_FRAC 0.2      /* of the road's cells: so few hold nobody up */
#define ALONE_FRAC 0.1
#define POINTS_LEAST 20

struct cell { /* CELL_PX square */
	uint32_t busy; /* pairs in which something moved there */
	uint32_t last; /* the last of them */
};

struct jam {
	struct jam_size *size; /* not owned */
	uint32_t width_px, height_px, step;
	uint8_t *now, *before; /* reduced pictures */
	double before_s;
	uint8_t *kept[KEPT];
	uint32_t n_kept, n_pairs;
	uint8_t *road;         /* median of the kept ones */
	double *moved_px, *row_n; /* per row of the picture: sum of speeds px/s, number of points */
	struct cell *cells;
	uint32_t pairs;           /* of pictures that were compared */
};

struct jam *jam_new(struct jam_size *size)
{
	struct jam *j = g_new0(struct jam, 1);
	j->size = size;
	j->before_s = NAN;
	return j;
}

static void forget(struct jam *j)
{
	for (uint32_t k = 0; k < KEPT; k++)
		g_clear_pointer(&j->kept[k], g_free);
	g_clear_pointer(&j->now, g_free);
	g_clear_pointer(&j->before, g_free);
	g_clear_pointer(&j->road, g_free);
	g_clear_pointer(&j->moved_px, g_free);
	g_clear_pointer(&j->row_n, g_free);
	g_clear_pointer(&j->cells, g_free);
	j->n_kept = j->n_pairs = j->pairs = 0;
	j->before_s = NAN;
}

void jam_free(struct jam *j)
{
	if (!j)
		return;
	forget(j);
	g_free(j);
}

/* A picture of another size: begin anew. */
static void fit_size(struct jam *j, uint32_t width_px, uint32_t height_px)
{
	uint32_t step = (width_px + JAM_WIDTH_PX - 1) / JAM_WIDTH_PX, w = width_px / step, h = height_px / step;
	if (j->now && j->step == step && j->width_px == w && j->height_px == h)
		return;
	forget(j);
	j->step = step;
	j->width_px = w;
	j->height_px = h;
	j->now = g_malloc0((size_t) w * h);
	j->before = g_malloc0((size_t) w * h);
	j->road = g_malloc0((size_t) w * h);
	for (uint32_t k = 0; k < KEPT; k++)
		j->kept[k] = g_malloc((size_t) w * h);
	j->moved_px = g_new0(double, h);
	j->row_n = g_new0(double, h);
	j->cells = g_new0(struct cell, (w / CELL_PX + 1) * (h / CELL_PX + 1));
	if (j->size->width_px != w || j->size->height_px != h)
		*j->size = (struct jam_size){.width_px = w, .height_px = h};
}

static void reduce(struct jam *j, const uint8_t *grey, uint32_t stride)
{
	for (uint32_t y = 0; y < j->height_px; y++)
		for (uint32_t x = 0; x < j->width_px; x++)
			j->now[y * j->width_px + x] = grey[(size_t) y * j->step * stride + x * j->step];
}

static void add_points(struct jam *j, double apart_s)
{
	struct cv_moved moved[POINTS_MAX];
	uint32_t n = cv_follow(j->before, j->now, j->width_px, j->height_px, moved, POINTS_MAX), across = j->width_px / CELL_PX + 1;
	j->pairs++;
	for (uint32_t i = 0; i < n; i++) {
		double far_px = hypot(moved[i].dx_px, moved[i].dy_px);
		uint32_t row = (uint32_t) CLAMP(moved[i].y_px, 0, j->height_px - 1.0);
		if (far_px < STILL_PX || far_px > j->width_px / 8.0)
			continue;
		j->moved_px[row] += far_px / apart_s;
		j->row_n[row]++;
		struct cell *cell = &j->cells[row / CELL_PX * across + (uint32_t) CLAMP(moved[i].x_px, 0, j->width_px - 1.0) / CELL_PX];
		cell->busy += cell->last != j->pairs;
		cell->last = j->pairs;
	}
}

static void take_median(struct jam *j)
{
	for (size_t i = 0; i < (size_t) j->width_px * j->height_px; i++) {
		uint8_t v[KEPT];
		uint32_t n = 0;
		for (uint32_t k = 0; k < j->n_kept; k++) {
			uint8_t grey = j->kept[k][i];
			uint32_t at = n++;
			for (; at > 0 && v[at - 1] > grey; at--)
				v[at] = v[at - 1];
			v[at] = grey;
		}
		j->road[i] = v[n / 2];
	}
}

/* Cut by the picture's edge, ragged, or no vehicle's shape. */
static bool like_vehicle(const struct jam *j, const struct cv_box *b)
{
	bool whole = b->x_px > 1 && b->y_px > 1 && b->x_px + b->width_px < (int32_t) j->width_px - 1 && b->y_px + b->height_px < (int32_t) j->height_px - 2;
	return whole && b->width_px >= BOX_MIN_PX && b->height_px >= BOX_MIN_PX && 2 * b->area_px >= b->width_px * b->height_px &&
		b->height_px <= 2.2 * b->width_px && b->width_px <= 2.5 * b->height_px;
}

static void learn_sizes(struct jam *j)
{
	take_median(j);
	for (uint32_t k = 0; k < j->n_kept; k++) {
		struct cv_box boxes[BOXES_MAX];
		uint32_t n = cv_differ(j->kept[k], j->road, j->width_px, j->height_px, DIFFER_GREY, boxes, BOXES_MAX);
		for (uint32_t i = 0; i < n; i++) {
			if (!like_vehicle(j, &boxes[i]))
				continue;
			uint32_t row = (uint32_t) (boxes[i].y_px + boxes[i].height_px) * JAM_ROWS / j->height_px;
			j->size->wide[MIN(row, JAM_ROWS - 1)][MIN(boxes[i].width_px, JAM_SIZES - 1)]++;
			j->size->tall[MIN(row, JAM_ROWS - 1)][MIN(boxes[i].height_px, JAM_SIZES - 1)]++;
		}
	}
	j->n_kept = 0;
}

struct line { /* size in px = slope * (row - horizon), rows in px */
	double slope, horizon_px, votes;
};

static double votes_for(const struct jam *j, float sizes[JAM_ROWS][JAM_SIZES], const struct line *l)
{
	double sum = 0;
	for (uint32_t r = 0; r < JAM_ROWS; r++) {
		double px = l->slope * ((r + 0.5) * j->height_px / JAM_ROWS - l->horizon_px), reach = FIT_SHARE * px + 0.5;
		if (px < 4)
			continue;
		for (int32_t s = (int32_t) fmax(0, ceil(px - reach)); s <= px + reach && s < JAM_SIZES - 1; s++)
			sum += sizes[r][s] * px;
	}
	return sum;
}

/* The slope that most sizes agree with under this horizon, within bounds. */
static struct line fit_slope(const struct jam *j, float sizes[JAM_ROWS][JAM_SIZES], double horizon_px, double least, double most)
{
	struct line best = {0};
	for (double slope = least; slope <= most; slope *= 1.04) {
		struct line l = {slope, horizon_px, 0};
		l.votes = votes_for(j, sizes, &l);
		if (l.votes > best.votes)
			best = l;
	}
	return best;
}

/* On flat ground sizes grow in proportion to how far below the horizon a vehicle stands: the one horizon and the two slopes that most of them
 * agree with. */
static void fit_lines(const struct jam *j, struct line *wide, struct line *tall)
{
	*wide = *tall = (struct line){0};
	for (double horizon = -0.2; horizon < 0.4; horizon += 0.02) {
		struct line w = fit_slope(j, j->size->wide, horizon * j->height_px, 0.04, 0.6);
		if (!(w.votes > 0))
			continue;
		struct line t = fit_slope(j, j->size->tall, horizon * j->height_px, TALL_LEAST * w.slope, TALL_MOST * w.slope);
		if (w.votes + t.votes > wide->votes + tall->votes) {
			*wide = w;
			*tall = t;
		}
	}
}

/* A vehicle's size there, px. Shadows make them wider, others that touch them make them larger: the smaller of both is the vehicle. */
static double size_at(const struct line *wide, const struct line *tall, double row_px)
{
	double w = wide->slope * (row_px - wide->horizon_px), t = tall->slope * (row_px - tall->horizon_px);
	return fmin(w, t);
}

void jam_look(struct jam *j, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double t_s)
{
	fit_size(j, width_px, height_px);
	double apart_s = t_s - j->before_s;
	if (apart_s >= 0 && apart_s < APART_S)
		return;
	reduce(j, grey, stride);
	if (apart_s > 0 && apart_s <= APART_MAX_S)
		add_points(j, apart_s);
	if (j->n_pairs++ % KEPT_EVERY == 0)
		memcpy(j->kept[j->n_kept++], j->now, (size_t) j->width_px * j->height_px);
	if (j->n_kept == KEPT)
		learn_sizes(j);
	uint8_t *swap = j->before;
	j->before = j->now;
	j->now = swap;
	j->before_s = t_s;
}

/* Of the cells that vehicles drove through, the share that had one in it, on average. */
static double busy_frac(const struct jam *j, uint32_t from_row)
{
	uint32_t across = j->width_px / CELL_PX + 1;
	double road = 0, busy = 0;
	for (uint32_t i = from_row / CELL_PX * across; i < across * (j->height_px / CELL_PX + 1); i++)
		if (j->cells[i].busy > 1) {
			road++;
			busy += j->cells[i].busy;
		}
	return road > 0 ? busy / road / j->pairs : NAN;
}

static enum jam_level level_of(double lengths_per_s, double busy)
{
	if (lengths_per_s >= FREE_PER_S || (lengths_per_s >= SPARSE_FREE_PER_S && busy < SPARSE_FRAC))
		return JAM_FREE;
	if (busy < ALONE_FRAC)
		return JAM_SLOW;
	return lengths_per_s < JAMMED_PER_S ? JAM_JAMMED : JAM_QUEUED;
}

struct jam_state jam_state(const struct jam *j)
{
	struct jam_state s = {.level = JAM_UNKNOWN, .lengths_per_s = NAN, .busy_frac = NAN};
	if (!j->now)
		return s;
	struct line wide, tall;
	fit_lines(j, &wide, &tall);
	double sum = 0, n = 0;
	uint32_t from_row = j->height_px;
	for (uint32_t y = 0; y < j->height_px && fmin(wide.votes, tall.votes) >= FIT_LEAST; y++) {
		double size_px = size_at(&wide, &tall, y);
		if (size_px < SIZE_MIN_PX)
			continue;
		from_row = MIN(from_row, y);
		sum += j->moved_px[y] / size_px;
		n += j->row_n[y];
	}
	s.points = (uint64_t) n;
	s.busy_frac = busy_frac(j, from_row);
	if (n < POINTS_LEAST)
		return s;
	s.lengths_per_s = sum / n;
	s.level = level_of(s.lengths_per_s, s.busy_frac);
	return s;
}
