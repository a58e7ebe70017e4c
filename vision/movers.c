/* movers.c - what moves in the picture. See movers.h. */
#include "vision/movers.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/waist.h"

#define NONE UINT32_MAX
#define FOLLOW_X 0.6        /* alpha-beta filter: Kalata 1984, a manoeuvring body seen well */
#define FOLLOW_V 0.35
#define TOUCH 0.2           /* share of the smaller one's box */
#define INSIDE 0.6
#define PARENT 0.3
#define GROWN 1.7           /* a body does not grow so much from one picture to the next */
#define GROWN_S 0.35
#define PARTED_S 0.25       /* apart for so long are two */
#define PART_AREA 0.33      /* of a usual vehicle, else of the other part: less is a splinter */
#define PART_WHOLE 0.5
#define PARTS_SHARE 0.4     /* of an area all that is followed in it covers */
#define ONE_WIDE 1.4        /* times a usual vehicle */
#define GRACE_S 0.7         /* unseen for longer is gone */
#define GRACE_NEW_S 0.25
#define MATURE 4            /* sightings */
#define STILL_SHARE_PS 0.12 /* of its own size in a second */
#define POOR_MATCH 34.0     /* mean absolute difference, grey */
#define ONE_BODY 0.65       /* boxes that share so much hold one body */
#define FILLED 0.62         /* of its box a single vehicle covers at least */
#define FILLED_MORE 0.7     /* the same when it is too large for one */
#define WAIST_LEAST_PX 60
#define WAIST_SHARE 0.25    /* of what is left: a smaller piece is a mirror, a shadow */
#define SIDES_LOW 0.62      /* a valley between two bodies against the lower of both hills */
#define ROWS_LOW 0.4        /* the same above each other: a van has a dark window, and its side is as grey as the road */

void movers_init(struct movers *m, uint32_t width_px, uint32_t height_px)
{
	*m = (struct movers){.width_px = width_px, .height_px = height_px};
}

double mover_travel_px(const struct mover *v)
{
	return hypot(v->x - v->born_x, v->y - v->born_y);
}

/* ---- patterns ---- */

static void take_pattern(const struct movers *m, struct mover *v, const uint8_t *grey)
{
	struct mover_pattern *p = &v->pattern;
	p->step_px = fmax(1, sqrt(v->width_px * v->height_px / (MOVER_SAMPLES - 60)));
	p->columns = (uint32_t) fmax(1, fmin(40, floor(v->width_px / p->step_px)));
	p->rows = (uint32_t) fmax(1, fmin(MOVER_SAMPLES / p->columns, floor(v->height_px / p->step_px)));
	for (uint32_t r = 0; r < p->rows; r++)
		for (uint32_t c = 0; c < p->columns; c++) {
			int32_t x = (int32_t) (v->x + (c - 0.5 * (p->columns - 1)) * p->step_px), y = (int32_t) (v->y + (r - 0.5 * (p->rows - 1)) * p->step_px);
			p->grey[r * p->columns + c] = grey[(size_t) CLAMP(y, 0, (int32_t) m->height_px - 1) * m->width_px + CLAMP(x, 0, (int32_t) m->width_px - 1)];
		}
}

static double difference(const struct movers *m, const struct mover *v, const uint8_t *grey, double at_x, double at_y)
{
	const struct mover_pattern *p = &v->pattern;
	int32_t sum = 0, n = 0;
	for (uint32_t r = 0; r < p->rows; r++)
		for (uint32_t c = 0; c < p->columns; c++) {
			int32_t x = (int32_t) (at_x + (c - 0.5 * (p->columns - 1)) * p->step_px), y = (int32_t) (at_y + (r - 0.5 * (p->rows - 1)) * p->step_px);
			if (x < 0 || y < 0 || x >= (int32_t) m->width_px || y >= (int32_t) m->height_px)
				continue;
			sum += abs(grey[(size_t) y * m->width_px + x] - p->grey[r * p->columns + c]);
			n++;
		}
	return n * 3 < (int32_t) (p->rows * p->columns) ? INFINITY : (double) sum / n;
}

/* Where its pattern fits best around where it should be. */
static bool find_pattern(const struct movers *m, const struct mover *v, const uint8_t *grey, double *x, double *y)
{
	double best = POOR_MATCH;
	int32_t reach_x = (int32_t) (3 + 0.2 * v->width_px), reach_y = (int32_t) (3 + 0.2 * v->height_px);
	int32_t step_x = MAX(1, reach_x / 6), step_y = MAX(1, reach_y / 6);
	bool found = false;
	for (int32_t dy = -reach_y; v->pattern.rows && dy <= reach_y; dy += step_y)
		for (int32_t dx = -reach_x; dx <= reach_x; dx += step_x) {
			double far = 3 * hypot((double) dx / reach_x, (double) dy / reach_y);
			double d = difference(m, v, grey, v->x + dx, v->y + dy) + far;
			if (d < best) {
				best = d;
				*x = v->x + dx;
				*y = v->y + dy;
				found = true;
			}
		}
	return found;
}

/* ---- one mover ---- */

static void move_to(struct mover *v, double x, double y, double dt_s)
{
	if (v->sightings == 1) {
		v->vx = (x - v->x) / dt_s; /* it had not moved by prediction */
		v->vy = (y - v->y) / dt_s;
		v->x = x;
		v->y = y;
	} else {
		double off_x = x - v->x, off_y = y - v->y;
		v->x += FOLLOW_X * off_x;
		v->y += FOLLOW_X * off_y;
		v->vx += FOLLOW_V * off_x / dt_s;
		v->vy += FOLLOW_V * off_y / dt_s;
	}
	v->sightings++;
	v->unseen_s = 0;
}

/* Its sizes at places that lie apart, for what is usual there. */
static void note_size(const struct movers *m, struct mover *v)
{
	bool moved = v->n_sizes == 0 || hypot(v->x - v->sized_x, v->y - v->sized_y) > 0.7 * fmax(v->width_px, v->height_px);
	if (!v->alone || v->cut || v->sightings < MATURE || !moved || mover_travel_px(v) < 0.4 * fmax(v->width_px, v->height_px))
		return;
	if (v->n_sizes == MOVER_SIZES)
		memmove(v->sizes, v->sizes + 1, --v->n_sizes * sizeof v->sizes[0]);
	v->sizes[v->n_sizes++] = (struct size_seen){v->x / m->width_px, v->y / m->width_px, v->width_px, v->height_px};
	v->sized_x = v->x;
	v->sized_y = v->y;
}

static void see_alone(const struct movers *m, struct mover *v, const struct blob *b, const uint8_t *grey, double dt_s)
{
	double w = b->x1 - b->x0, h = b->y1 - b->y0, follow = v->sightings < MATURE ? 0.6 : 0.3;
	move_to(v, 0.5 * (b->x0 + b->x1), 0.5 * (b->y0 + b->y1), dt_s);
	v->cut = b->x0 <= 2 || b->y0 <= 2 || b->x1 + 2 >= (int32_t) m->width_px || b->y1 + 2 >= (int32_t) m->height_px;
	v->width_px += follow * (w - v->width_px);
	v->height_px += follow * (h - v->height_px);
	v->alone = true;
	take_pattern(m, v, grey);
	note_size(m, v);
}

/* In an area that it shares with others. */
static void see_within(const struct movers *m, struct mover *v, const struct blob *b, const uint8_t *grey, double dt_s)
{
	double x = v->x, y = v->y;
	bool found = find_pattern(m, v, grey, &x, &y);
	double half_w = fmin(0.5 * v->width_px, 0.5 * (b->x1 - b->x0)), half_h = fmin(0.5 * v->height_px, 0.5 * (b->y1 - b->y0));
	x = CLAMP(x, b->x0 + 0.7 * half_w, b->x1 - 0.7 * half_w);
	y = CLAMP(y, b->y0 + 0.7 * half_h, b->y1 - 0.7 * half_h);
	v->alone = false;
	move_to(v, x, y, dt_s);
	if (found && v->sightings % 3 == 0)
		take_pattern(m, v, grey);
}

/* ---- who is in which area ---- */

static double shared_px(const struct mover *v, const struct blob *b)
{
	double w = fmin(v->x + 0.5 * v->width_px, b->x1) - fmax(v->x - 0.5 * v->width_px, b->x0);
	double h = fmin(v->y + 0.5 * v->height_px, b->y1) - fmax(v->y - 0.5 * v->height_px, b->y0);
	return w > 0 && h > 0 ? w * h : 0;
}

static double box_px(const struct blob *b)
{
	return (double) (b->x1 - b->x0) * (b->y1 - b->y0);
}

static struct blob both(const struct blob *a, const struct blob *b)
{
	return (struct blob){MIN(a->x0, b->x0), MIN(a->y0, b->y0), MAX(a->x1, b->x1), MAX(a->y1, b->y1), a->area_px + b->area_px};
}

/* ---- areas that are too large for one body ---- */

/* Mask pixels in each column (or row) of a box. */
static uint32_t profile(const struct movers *m, const struct blob *b, const uint8_t *mask, bool rows, uint32_t *sums)
{
	uint32_t n = (uint32_t) (rows ? b->y1 - b->y0 : b->x1 - b->x0);
	memset(sums, 0, n * sizeof *sums);
	for (int32_t y = b->y0; y < b->y1; y++)
		for (int32_t x = b->x0; x < b->x1; x++)
			sums[rows ? y - b->y0 : x - b->x0] += mask[(size_t) y * m->width_px + x];
	return n;
}

/* The deepest valley away from the ends; false when there is none worth the name. */
static bool find_valley(const uint32_t *sums, uint32_t n, double low_frac, uint32_t *at)
{
	uint32_t from = n * 28 / 100, to = n * 72 / 100, low = from, left = 0, right = 0;
	for (uint32_t i = from; i <= to && i < n; i++)
		if (sums[i] < sums[low])
			low = i;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *side = i < low ? &left : &right;
		*side = MAX(*side, sums[i]);
	}
	*at = low;
	return sums[low] < low_frac * MIN(left, right);
}

/* ---- the step ---- */

static void choose(const struct movers *m, const struct blob *blobs, uint32_t n, uint32_t *home)
{
	for (uint32_t i = 0; i < m->n; i++) {
		const struct mover *v = &m->all[i];
		double most = 0, own = v->width_px * v->height_px;
		home[i] = NONE;
		for (uint32_t b = 0; b < n; b++) {
			double shared = shared_px(v, &blobs[b]);
			if (shared > most && shared > TOUCH * fmin(own, box_px(&blobs[b]))) {
				most = shared;
				home[i] = b;
			}
		}
	}
}

/* Could one vehicle fill this box there? Unknown before sizes are. */
static enum fits fits_one(const struct movers *m, const struct blob *b)
{
	double w = b->x1 - b->x0, h = b->y1 - b->y0, usual_w, usual_h;
	if (!sizes_usual(&m->sizes, (b->x0 + 0.5 * w) / m->width_px, (b->y0 + 0.5 * h) / m->width_px, &usual_w, &usual_h))
		return FITS_UNKNOWN;
	return w < ONE_WIDE * usual_w && h < ONE_WIDE * usual_h ? FITS_ONE : FITS_MORE;
}

enum fits movers_fit(const struct movers *m, const struct mover *v)
{
	struct blob box = {(int32_t) (v->x - 0.5 * v->width_px), (int32_t) (v->y - 0.5 * v->height_px), (int32_t) (v->x + 0.5 * v->width_px),
		(int32_t) (v->y + 0.5 * v->height_px), 0};
	return fits_one(m, &box);
}

/* Is an area as large as a vehicle, or at least no mere splinter of the other one? */
static bool stands_alone(const struct movers *m, const struct blob *part, const struct blob *other)
{
	double w = part->x1 - part->x0, h = part->y1 - part->y0, usual_w, usual_h;
	if (sizes_usual(&m->sizes, (part->x0 + 0.5 * w) / m->width_px, (part->y0 + 0.5 * h) / m->width_px, &usual_w, &usual_h))
		return w * h > PART_AREA * usual_w * usual_h;
	return box_px(part) > PART_AREA * box_px(other);
}

/* Sets `b` to the first part and `rest` to the other, where its columns (or rows) have a valley. */
static bool cut_at_valley(const struct movers *m, struct blob *b, const uint8_t *mask, struct blob *rest)
{
	double w = b->x1 - b->x0, h = b->y1 - b->y0, usual_w, usual_h;
	if (!sizes_usual(&m->sizes, (b->x0 + 0.5 * w) / m->width_px, (b->y0 + 0.5 * h) / m->width_px, &usual_w, &usual_h))
		return false;
	bool wide = w > 1.5 * usual_w && w / usual_w > h / usual_h, high = !wide && h > 1.5 * usual_h;
	if (!wide && !high)
		return false;
	g_autofree uint32_t *sums = g_new0(uint32_t, m->width_px + m->height_px);
	uint32_t n = profile(m, b, mask, high, sums), at;
	if (!find_valley(sums, n, high ? ROWS_LOW : SIDES_LOW, &at))
		return false;
	*rest = *b;
	if (wide)
		b->x1 = rest->x0 = b->x0 + (int32_t) at;
	else
		b->y1 = rest->y0 = b->y0 + (int32_t) at;
	b->area_px = rest->area_px = b->area_px / 2;
	return true;
}

/* Larger than a vehicle, or where that is not known, with too much road in its box for one. */
static bool cut_in_two(const struct movers *m, struct blob *b, const uint8_t *mask, struct blob *rest)
{
	enum fits fits = fits_one(m, b);
	double filled = b->area_px / box_px(b);
	if (fits == FITS_ONE || filled > (fits == FITS_MORE ? FILLED_MORE : FILLED) || b->area_px < WAIST_LEAST_PX)
		return false;
	struct blob one = *b, other;
	bool parts = waist_part(mask, m->width_px, &one, &other, WAIST_SHARE);
	/* A rider is above his bicycle: as long as sizes are not known, only what is beside each other is two. */
	double common = fmin(one.x1, other.x1) - fmax(one.x0, other.x0), narrow = fmin(one.x1 - one.x0, other.x1 - other.x0);
	if (parts && (fits == FITS_MORE || common < 0.5 * narrow) && stands_alone(m, &one, &other) && stands_alone(m, &other, &one)) {
		*b = one;
		*rest = other;
		return true;
	}
	return fits == FITS_MORE && cut_at_valley(m, b, mask, rest);
}

static uint32_t cut_areas(const struct movers *m, const struct blob *from, uint32_t n, const uint8_t *mask, struct blob *blobs)
{
	memcpy(blobs, from, n * sizeof *blobs);
	for (uint32_t k = 0; k < n && n < BLOBS_MAX; k++)
		while (n < BLOBS_MAX && cut_in_two(m, &blobs[k], mask, &blobs[n]))
			n++;
	return n;
}

/* Areas nobody chose that lie inside a known one's box are parts of it, unless they have been more than that for a while. */
static void gather_parts(struct movers *m, struct blob *blobs, uint32_t n, const uint32_t *home, bool *taken, double dt_s)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (home[i] != NONE)
			taken[home[i]] = true;
	for (uint32_t i = 0; i < m->n; i++) {
		struct mover *v = &m->all[i];
		bool parted = false;
		for (uint32_t b = 0; b < n && home[i] != NONE; b++) {
			if (taken[b] || shared_px(v, &blobs[b]) < INSIDE * box_px(&blobs[b]))
				continue;
			struct blob *own = &blobs[home[i]], sum = both(own, &blobs[b]);
			if (sum.x1 - sum.x0 > 1.35 * v->width_px + 3 || sum.y1 - sum.y0 > 1.35 * v->height_px + 3)
				continue;
			bool two = fits_one(m, &sum) != FITS_ONE && stands_alone(m, &blobs[b], own) && stands_alone(m, own, &blobs[b]);
			parted = parted || two;
			if (two && v->parted_s >= PARTED_S)
				continue;
			*own = sum;
			taken[b] = true;
		}
		v->parted_s = parted ? v->parted_s + dt_s : 0;
	}
}

/* The one in whose box this area appears: until now it was followed as a part of that one. */
static const struct mover *parent_of(const struct blob *b, const struct mover *before, const uint32_t *home, uint32_t n_before)
{
	const struct mover *best = NULL;
	for (uint32_t i = 0; i < n_before; i++) {
		const struct mover *v = &before[i];
		if (v->sightings >= MATURE && home[i] != NONE && shared_px(v, b) > PARENT * box_px(b) && (!best || shared_px(v, b) > shared_px(best, b)))
			best = v;
	}
	return best;
}

static struct mover *start(struct movers *m, const struct blob *b, const uint8_t *grey, double t_s)
{
	if (m->n == MOVERS_MAX)
		return NULL;
	struct mover *v = &m->all[m->n++];
	*v = (struct mover){.id = ++m->next_id, .x = 0.5 * (b->x0 + b->x1), .y = 0.5 * (b->y0 + b->y1), .width_px = b->x1 - b->x0,
		.height_px = b->y1 - b->y0, .born_s = t_s, .sightings = 1, .alone = true};
	v->born_x = v->x;
	v->born_y = v->y;
	for (uint32_t k = 0; k < G_N_ELEMENTS(v->before); k++)
		v->before[k] = NAN;
	v->cut = b->x0 <= 2 || b->y0 <= 2 || b->x1 + 2 >= (int32_t) m->width_px || b->y1 + 2 >= (int32_t) m->height_px;
	take_pattern(m, v, grey);
	return v;
}

static void start_part(struct movers *m, const struct blob *b, const struct mover *before, const uint8_t *grey, double t_s)
{
	struct mover *v = start(m, b, grey, t_s);
	if (!v || !before)
		return;
	v->parent = before->id;
	v->parent_frac = shared_px(before, b) / box_px(b);
	v->born_x = before->born_x;
	v->born_y = before->born_y;
	v->vx = before->vx;
	v->vy = before->vy;
	v->sightings = 2;
}

/* What of an area is not explained by the one who is in it: someone else came up to it. */
static void start_rest(struct movers *m, const struct mover *v, const struct blob *b, const uint8_t *grey, double t_s)
{
	double left = v->x - 0.5 * v->width_px - b->x0, right = b->x1 - v->x - 0.5 * v->width_px;
	double up = v->y - 0.5 * v->height_px - b->y0, down = b->y1 - v->y - 0.5 * v->height_px;
	struct blob rest = *b;
	if (fmax(left, right) / v->width_px >= fmax(up, down) / v->height_px) {
		if (fmax(left, right) < 0.6 * v->width_px)
			return;
		rest.x0 = left > right ? b->x0 : (int32_t) (v->x + 0.5 * v->width_px);
		rest.x1 = left > right ? (int32_t) (v->x - 0.5 * v->width_px) : b->x1;
	} else {
		if (fmax(up, down) < 0.6 * v->height_px)
			return;
		rest.y0 = up > down ? b->y0 : (int32_t) (v->y + 0.5 * v->height_px);
		rest.y1 = up > down ? (int32_t) (v->y - 0.5 * v->height_px) : b->y1;
	}
	start(m, &rest, grey, t_s);
}

/* Several are followed in an area that one vehicle fills, or that is far larger than all of them: they are its parts. */
static bool are_parts(const struct movers *m, uint32_t b, const struct blob *blob, const uint32_t *home, uint32_t n_before)
{
	double sum = 0, usual_w, usual_h;
	uint32_t whole = 0;
	for (uint32_t i = 0; i < n_before; i++) {
		const struct mover *v = &m->all[i];
		if (home[i] != b)
			continue;
		double own = v->width_px * v->height_px;
		sum += own;
		if (sizes_usual(&m->sizes, v->x / m->width_px, v->y / m->width_px, &usual_w, &usual_h))
			whole += own > PART_WHOLE * usual_w * usual_h;
	}
	return sum < PARTS_SHARE * box_px(blob) || (fits_one(m, blob) == FITS_ONE && whole < 2);
}

/* The one followed for longest takes the area; the others are forgotten at the step's end. */
static void unite(struct movers *m, uint32_t b, const struct blob *blob, const uint32_t *home, uint32_t n_before, const uint8_t *grey, double dt_s)
{
	uint32_t first = NONE;
	for (uint32_t i = 0; i < n_before; i++)
		if (home[i] == b && (first == NONE || m->all[i].sightings > m->all[first].sightings))
			first = i;
	for (uint32_t i = 0; i < n_before; i++)
		if (home[i] == b && i != first)
			m->all[i].unseen_s = INFINITY;
	m->all[first].width_px = blob->x1 - blob->x0;
	m->all[first].height_px = blob->y1 - blob->y0;
	see_alone(m, &m->all[first], blob, grey, dt_s);
}

static void see_area(struct movers *m, uint32_t b, const struct blob *blob, const uint32_t *home, uint32_t n_before, const uint8_t *grey, double t_s,
	double dt_s)
{
	uint32_t in = 0, only = 0;
	for (uint32_t i = 0; i < n_before; i++)
		if (home[i] == b) {
			in++;
			only = i;
		}
	struct mover *v = &m->all[only];
	if (in > 1) {
		if (are_parts(m, b, blob, home, n_before)) {
			unite(m, b, blob, home, n_before, grey, dt_s);
			return;
		}
		for (uint32_t i = 0; i < n_before; i++)
			if (home[i] == b)
				see_within(m, &m->all[i], blob, grey, dt_s);
		return;
	}
	bool grown = v->sightings >= MATURE && !v->cut && (blob->x1 - blob->x0 > GROWN * v->width_px + 4 || blob->y1 - blob->y0 > GROWN * v->height_px + 4);
	enum fits fits = fits_one(m, blob);
	v->grown_s = grown ? v->grown_s + dt_s : 0;
	if (!grown || fits == FITS_ONE || v->grown_s > GROWN_S) {
		if (grown) {
			v->width_px = blob->x1 - blob->x0;
			v->height_px = blob->y1 - blob->y0;
		}
		see_alone(m, v, blob, grey, dt_s);
		return;
	}
	see_within(m, v, blob, grey, dt_s);
	if (fits == FITS_MORE)
		start_rest(m, v, blob, grey, t_s);
}

/* Two that hold one body are one: the one that was followed for longer. */
static bool doubled(const struct movers *m, uint32_t k)
{
	const struct mover *v = &m->all[k];
	for (uint32_t i = 0; i < m->n; i++) {
		const struct mover *o = &m->all[i];
		struct blob box = {(int32_t) (o->x - 0.5 * o->width_px), (int32_t) (o->y - 0.5 * o->height_px), (int32_t) (o->x + 0.5 * o->width_px),
			(int32_t) (o->y + 0.5 * o->height_px), 0};
		bool younger = v->sightings < o->sightings || (v->sightings == o->sightings && k > i);
		if (i != k && !v->alone && younger && shared_px(v, &box) > ONE_BODY * fmin(v->width_px * v->height_px, box_px(&box)))
			return true;
	}
	return false;
}

static void check(struct movers *m, double dt_s)
{
	for (uint32_t k = m->n; k-- > 0;) {
		struct mover *v = &m->all[k];
		bool out = v->x < 0 || v->y < 0 || v->x >= m->width_px || v->y >= m->height_px;
		double size = fmax(v->width_px, v->height_px);
		v->still_s = hypot(v->vx, v->vy) < STILL_SHARE_PS * size ? v->still_s + dt_s : 0;
		if (!out && v->unseen_s <= (v->sightings < MATURE ? GRACE_NEW_S : GRACE_S) && !doubled(m, k))
			continue;
		if (v->n_sizes >= 2)
			sizes_add(&m->sizes, v->sizes, v->n_sizes);
		m->n--;
		memmove(v, v + 1, (m->n - k) * sizeof *v);
	}
}

void movers_step(struct movers *m, const uint8_t *grey, const struct blob *from, uint32_t n_from, const uint8_t *mask, double t_s, double dt_s)
{
	struct blob blobs[BLOBS_MAX];
	uint32_t home[MOVERS_MAX], n_before = m->n;
	bool taken[BLOBS_MAX] = {false};
	for (uint32_t i = 0; i < m->n; i++) {
		m->all[i].x += m->all[i].vx * dt_s;
		m->all[i].y += m->all[i].vy * dt_s;
		m->all[i].unseen_s += dt_s;
	}
	uint32_t n = cut_areas(m, from, n_from, mask, blobs);
	choose(m, blobs, n, home);
	gather_parts(m, blobs, n, home, taken, dt_s);
	g_autofree struct mover *before = g_memdup2(m->all, n_before * sizeof m->all[0]);
	for (uint32_t b = 0; b < n; b++) {
		bool chosen = false;
		for (uint32_t i = 0; i < n_before; i++)
			chosen = chosen || home[i] == b;
		if (chosen)
			see_area(m, b, &blobs[b], home, n_before, grey, t_s, dt_s);
		else if (!taken[b]) {
			const struct mover *parent = parent_of(&blobs[b], before, home, n_before);
			start_part(m, &blobs[b], parent, grey, t_s);
		}
	}
	check(m, dt_s);
}
