/* crossing.c - vehicles past lines on the picture. See crossing.h. */
#include "vision/crossing.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "vision/cv.h"
#include "vision/detector.h"
#include "vision/movers.h"
#include "vision/scenery.h"

#define WORK_PX 400         /* the working picture is at most so wide */
#define BEGIN_S 6.0
#define FIRST_MAX 64
#define APART 0.75          /* of the time between two looks: a picture is due */
#define LEAST_AREA 0.0006   /* of the picture */
#define ARRIVED 0.35        /* of its own extent across the line it must have come to be a crossing */
#define WAS_PART 0.6
#define BEFORE 0.12         /* of its extent its centre must have been before the line */
#define PASSED 0.2         /* of its extent its centre must be past the line */
#define SIGHTINGS 4
#define REARM 1.2           /* of its extent it must be away from the line before it can cross it again: no trembling counts */
#define BESIDE 0.35         /* of its extent along the line its centre may be beside the line's end */
#define SMALL_AREA 0.36     /* of a usual vehicle: a bicycle, a person */
#define SMALL_SIDE 0.45
#define HOLD_STILL_S 300.0  /* who came and stands is no scenery for so long */
#define PATIENCE_S 30.0     /* then an event is told by its shape alone */
#define PENDING_MAX 64
#define LAST_MAX 16
#define SAME_TIME 0.1       /* of it: they pass at one moment */
#define SAME_PLACE 0.5      /* of the bodies' mean extent: less far behind one another no two drive */

struct pending { /* past the line, not told yet */
	struct crossing_event event;
	uint32_t mover;         /* 0: it has come far enough */
	double side_px;         /* where it came from, across the line */
	double vx, vy;
};

struct crossing {
	struct crossing_line lines[CROSSING_LINES_MAX];
	uint32_t n_lines;
	struct crossing_options options;
	crossing_on_event on_event;
	void *user;
	uint32_t full_width_px, full_height_px, step, width_px, height_px;
	struct scenery *scenery;
	struct movers movers;
	uint8_t *mask, *spare, *held;
	uint8_t *first[FIRST_MAX]; /* pictures kept back */
	double first_s[FIRST_MAX];
	uint32_t n_first;
	bool begun;
	double looked_s, now_s;
	struct pending pending[PENDING_MAX];
	uint32_t n_pending;
	uint32_t told[CROSSING_LINES_MAX];
	struct pending last[LAST_MAX]; /* told lately, a ring */
	uint32_t n_last;
	struct blob detected[BLOBS_MAX]; /* by the detector in the newest picture, working pixels */
	uint32_t n_detected;
	GError *broken;
};

struct crossing *crossing_new(const struct crossing_line *lines, uint32_t n, const struct crossing_options *options, crossing_on_event on_event,
	void *user)
{
	struct crossing *c = g_new0(struct crossing, 1);
	*c = (struct crossing){.options = *options, .n_lines = MIN(n, CROSSING_LINES_MAX), .on_event = on_event, .user = user, .looked_s = -INFINITY};
	memcpy(c->lines, lines, c->n_lines * sizeof *lines);
	c->options.begin_s = options->begin_s > 0 ? options->begin_s : BEGIN_S;
	return c;
}

static void forget(struct crossing *c)
{
	scenery_free(c->scenery);
	g_free(c->mask);
	for (uint32_t k = 0; k < c->n_first; k++)
		g_free(c->first[k]);
	c->scenery = NULL;
	c->mask = NULL;
	c->n_first = c->n_pending = c->n_last = 0;
	c->begun = false;
	c->looked_s = -INFINITY;
}

void crossing_free(struct crossing *c)
{
	if (!c)
		return;
	forget(c);
	g_clear_error(&c->broken);
	g_free(c);
}

static void fit(struct crossing *c, uint32_t width_px, uint32_t height_px)
{
	if (c->scenery && c->full_width_px == width_px && c->full_height_px == height_px)
		return;
	forget(c);
	c->full_width_px = width_px;
	c->full_height_px = height_px;
	c->step = (width_px + WORK_PX - 1) / WORK_PX;
	c->width_px = width_px / c->step;
	c->height_px = height_px / c->step;
	c->scenery = scenery_new(c->width_px, c->height_px);
	c->mask = g_new0(uint8_t, 3 * (size_t) c->width_px * c->height_px);
	c->spare = c->mask + (size_t) c->width_px * c->height_px;
	c->held = c->spare + (size_t) c->width_px * c->height_px;
	movers_init(&c->movers, c->width_px, c->height_px);
}

/* Means of two by two pixels in each cell: the rest says little more and costs. */
static void shrink(const struct crossing *c, const uint8_t *grey, uint32_t stride, uint8_t *to)
{
	uint32_t step = c->step, a = step / 4, b = step - 1 - step / 4;
	for (uint32_t y = 0; y < c->height_px; y++) {
		const uint8_t *up = grey + (size_t) (y * step + a) * stride, *low = grey + (size_t) (y * step + b) * stride;
		uint8_t *row = to + (size_t) y * c->width_px;
		if (step == 1)
			memcpy(row, up, c->width_px);
		for (uint32_t x = 0; step > 1 && x < c->width_px; x++)
			row[x] = (uint8_t) ((up[x * step + a] + up[x * step + b] + low[x * step + a] + low[x * step + b] + 2) / 4);
	}
}

/* ---- what passed a line ---- */

struct across { /* a mover against a line, in working pixels */
	double side_px, born_px;   /* signed distance of the centre, now and when it was born */
	double along_frac;         /* 0..1 between the line's ends */
	double extent_px, beside_frac; /* half of the body across the line; half of it along, in line lengths */
};

static struct across across(const struct crossing *c, const struct crossing_line *l, const struct mover *v)
{
	double x0 = l->x0 / c->step, y0 = l->y0 / c->step, dx = l->x1 / c->step - x0, dy = l->y1 / c->step - y0, length = hypot(dx, dy);
	double nx = -dy / length, ny = dx / length;
	return (struct across){
		.side_px = (v->x - x0) * nx + (v->y - y0) * ny,
		.born_px = (v->born_x - x0) * nx + (v->born_y - y0) * ny,
		.along_frac = ((v->x - x0) * dx + (v->y - y0) * dy) / (length * length),
		.extent_px = 0.5 * (fabs(nx) * v->width_px + fabs(ny) * v->height_px),
		.beside_frac = 0.5 * (fabs(dx) * v->width_px + fabs(dy) * v->height_px) / (length * length),
	};
}

static bool right_way(const struct crossing_line *l, const struct mover *v)
{
	return v->vx * l->way_x + v->vy * l->way_y > 0 || (l->way_x == 0 && l->way_y == 0);
}

static void note_crossing(struct crossing *c, uint32_t line, struct mover *v, const struct across *a, double before_px, double dt_s)
{
	double part = a->side_px / (a->side_px - before_px); /* of the step that lies behind the line */
	if (c->n_pending == PENDING_MAX || !right_way(&c->lines[line], v))
		return;
	v->lines_done |= 1ull << line;
	if (movers_fit(&c->movers, v) == FITS_MORE)
		v->lines_wide |= 1ull << line;
	else
		v->lines_wide &= ~(1ull << line);
	c->pending[c->n_pending++] = (struct pending){.mover = v->id, .side_px = v->reach[line], .vx = v->vx, .vy = v->vy,
		.event = {line, c->now_s - part * dt_s, v->x * c->step, v->y * c->step, v->width_px * c->step, v->height_px * c->step}};
}

static struct mover *mover_of(struct crossing *c, uint32_t id)
{
	for (uint32_t i = 0; id && i < c->movers.n; i++)
		if (c->movers.all[i].id == id)
			return &c->movers.all[i];
	return NULL;
}

/* One that was followed as a part of another until now. What crossed as one counts for the part that is past the line; a second part past it
 * crossed as well. */
static void part_lines(struct crossing *c, struct mover *v)
{
	struct mover *p = mover_of(c, v->parent);
	for (uint32_t k = 0; p && k < c->n_lines; k++) {
		struct across mine = across(c, &c->lines[k], v), its = across(c, &c->lines[k], p);
		uint64_t bit = 1ull << k;
		if (!(p->lines_done & bit)) {
			v->before[k] = p->before[k];
			v->reach[k] = p->reach[k];
			continue;
		}
		bool past = (mine.side_px < 0) != (mine.born_px < 0), its_past = (its.side_px < 0) != (its.born_px < 0);
		bool both_past = past && its_past && v->parent_frac > WAS_PART && (p->lines_wide & bit);
		v->before[k] = both_past ? -mine.side_px : mine.side_px;
		v->reach[k] = both_past ? mine.born_px : mine.side_px;
		if (past && !its_past) {
			v->lines_done |= bit;
			p->lines_done &= ~bit;
			p->before[k] = its.side_px;
		}
	}
	v->parent = 0;
}

static void check_lines(struct crossing *c, struct mover *v, double dt_s)
{
	for (uint32_t k = 0; k < c->n_lines; k++) {
		struct across a = across(c, &c->lines[k], v);
		double before = v->before[k];
		v->before[k] = a.side_px;
		if (fabs(a.side_px) > REARM * 2 * a.extent_px)
			v->lines_done &= ~(1ull << k);
		bool past = isfinite(before) && (before < 0) != (a.side_px < 0), done = v->lines_done >> k & 1;
		bool at_line = a.along_frac > -BESIDE * 2 * a.beside_frac && a.along_frac < 1 + BESIDE * 2 * a.beside_frac;
		if (past && !done && at_line)
			note_crossing(c, k, v, &a, before, dt_s);
		bool same = isfinite(before) && !past;
		v->reach[k] = same && fabs(v->reach[k]) > fabs(a.side_px) ? v->reach[k] : a.side_px;
	}
}

static bool is_vehicle(const struct crossing *c, const struct pending *p)
{
	if (c->options.detector) /* which has judged that */
		return true;
	double usual_w, usual_h, w = p->event.width_px / c->step, h = p->event.height_px / c->step;
	double x = p->event.x_px / c->full_width_px, y = p->event.y_px / c->full_width_px;
	if (!sizes_usual(&c->movers.sizes, x, y, &usual_w, &usual_h))
		return h < 1.3 * w || fabs(p->vy) > fabs(p->vx);
	return w * h > SMALL_AREA * usual_w * usual_h && w > SMALL_SIDE * usual_w && h > SMALL_SIDE * usual_h;
}

/* The extent of a box along a direction. */
static double along(double dx, double dy, double width_px, double height_px)
{
	return (fabs(dx) * width_px + fabs(dy) * height_px) / hypot(dx, dy);
}

/* Do both pass as one body would? At one place of the line and hardly after one another; or at one moment, touching, and both together smaller
 * than two vehicles: a van, of which the middle is as grey as the road. */
static bool same_body(const struct crossing *c, const struct pending *p, const struct pending *q)
{
	const struct crossing_line *l = &c->lines[p->event.line];
	const struct crossing_event *a = &q->event, *b = &p->event;
	double dx = l->x1 - l->x0, dy = l->y1 - l->y0, length = hypot(dx, dy), usual_w, usual_h;
	double long_a = along(dx, dy, a->width_px, a->height_px), long_b = along(dx, dy, b->width_px, b->height_px);
	double apart = fabs((a->x_px - b->x_px) * dx + (a->y_px - b->y_px) * dy) / length;
	double deep = 0.5 * (along(dy, dx, a->width_px, a->height_px) + along(dy, dx, b->width_px, b->height_px));
	double speed = fmin(fabs(p->vx * dy - p->vy * dx), fabs(q->vx * dy - q->vy * dx)) / length * c->step;
	double behind = speed * fabs(a->t_s - b->t_s) / deep, common = 0.5 * (long_a + long_b) - apart;
	if (common > 0.5 * fmin(long_a, long_b))
		return behind < SAME_PLACE;
	if (behind > SAME_TIME || !sizes_usual(&c->movers.sizes, b->x_px / c->full_width_px, b->y_px / c->full_width_px, &usual_w, &usual_h))
		return false;
	double usual = along(dx, dy, usual_w, usual_h) * c->step;
	return common > -0.1 * usual && long_a + long_b < 2 * usual;
}

static bool is_part(const struct crossing *c, const struct pending *p)
{
	for (uint32_t k = 0; k < MIN(c->n_last, LAST_MAX); k++)
		if (c->last[k].event.line == p->event.line && same_body(c, p, &c->last[k]))
			return true;
	return false;
}

static void tell(struct crossing *c, bool all)
{
	for (uint32_t k = 0; k < c->n_pending;) {
		struct pending *p = &c->pending[k];
		bool ripe = p->mover == 0 && (all || c->movers.sizes.known || c->now_s - p->event.t_s > PATIENCE_S);
		if (!ripe) {
			k++;
			continue;
		}
		if (is_vehicle(c, p) && !is_part(c, p)) {
			c->last[c->n_last++ % LAST_MAX] = *p;
			c->told[p->event.line]++;
			c->on_event(c->user, &p->event);
		}
		memmove(p, p + 1, (--c->n_pending - k) * sizeof *p);
	}
}

/* Has it come from far enough to be more than a flicker at the line? */
static void settle(struct crossing *c)
{
	for (uint32_t k = 0; k < c->n_pending;) {
		struct pending *p = &c->pending[k];
		const struct mover *v = mover_of(c, p->mover);
		if (p->mover && !v) { /* it went before it was believed */
			memmove(p, p + 1, (--c->n_pending - k) * sizeof *p);
			continue;
		}
		if (v) {
			struct across a = across(c, &c->lines[p->event.line], v);
			if (fabs(a.side_px - p->side_px) > 2 * ARRIVED * a.extent_px && v->sightings >= SIGHTINGS && a.side_px * p->side_px < 0 &&
				fabs(a.side_px) > PASSED * 2 * a.extent_px && fabs(p->side_px) > BEFORE * 2 * a.extent_px)
				p->mover = 0;
		}
		k++;
	}
}

/* ---- the step ---- */

static void hold_bodies(struct crossing *c)
{
	memset(c->held, 0, (size_t) c->width_px * c->height_px);
	for (uint32_t i = 0; i < c->movers.n; i++) {
		const struct mover *v = &c->movers.all[i];
		if (mover_travel_px(v) < 0.5 * fmax(v->width_px, v->height_px) || v->still_s > HOLD_STILL_S)
			continue;
		int32_t x0 = (int32_t) fmax(0, v->x - 0.55 * v->width_px), x1 = (int32_t) fmin(c->width_px, v->x + 0.55 * v->width_px);
		int32_t y0 = (int32_t) fmax(0, v->y - 0.55 * v->height_px), y1 = (int32_t) fmin(c->height_px, v->y + 0.55 * v->height_px);
		for (int32_t y = y0; y < y1; y++)
			memset(c->held + (size_t) y * c->width_px + x0, 1, (size_t) MAX(0, x1 - x0));
	}
}

static uint32_t take_moving(struct crossing *c, const uint8_t *work, struct blob *blobs)
{
	size_t size = (size_t) c->width_px * c->height_px;
	memcpy(c->mask, scenery_mask(c->scenery, work), size);
	return blobs_find(c->mask, c->spare, c->width_px, c->height_px, (uint32_t) fmax(12, LEAST_AREA * size), blobs, NULL);
}

/* A network's boxes as if all of each stood out. */
static uint32_t take_detected(struct crossing *c, struct blob *blobs)
{
	memset(c->mask, 0, (size_t) c->width_px * c->height_px);
	memcpy(blobs, c->detected, c->n_detected * sizeof *blobs);
	for (uint32_t i = 0; i < c->n_detected; i++)
		for (int32_t y = blobs[i].y0; y < blobs[i].y1; y++)
			memset(c->mask + (size_t) y * c->width_px + blobs[i].x0, 1, (size_t) (blobs[i].x1 - blobs[i].x0));
	return c->n_detected;
}

static void detect(struct crossing *c, const uint8_t *grey, uint32_t stride)
{
	struct detection found[DETECTIONS_MAX];
	uint32_t n = 0;
	c->n_detected = 0;
	c->begun = true;
	if (c->broken || !detector_look(c->options.detector, grey, c->full_width_px, c->full_height_px, stride, found, &n, &c->broken))
		return;
	for (uint32_t i = 0; i < n && c->n_detected < BLOBS_MAX; i++) {
		const struct detection *d = &found[i];
		if (d->kind == VEHICLE_PERSON)
			continue;
		struct blob b = {(int32_t) (d->x_px / c->step), (int32_t) (d->y_px / c->step), (int32_t) ceil((d->x_px + d->width_px) / c->step),
			(int32_t) ceil((d->y_px + d->height_px) / c->step), 0};
		b.x1 = MIN(b.x1, (int32_t) c->width_px);
		b.y1 = MIN(b.y1, (int32_t) c->height_px);
		if (b.x1 <= b.x0 || b.y1 <= b.y0)
			continue;
		b.area_px = (uint32_t) ((b.x1 - b.x0) * (b.y1 - b.y0));
		c->detected[c->n_detected++] = b;
	}
}

static void step(struct crossing *c, const uint8_t *work, double t_s)
{
	struct blob blobs[BLOBS_MAX];
	double dt_s = CLAMP(t_s - c->now_s, 0.01, 1.0);
	c->now_s = t_s;
	uint32_t n = c->options.detector ? take_detected(c, blobs) : take_moving(c, work, blobs);
	movers_step(&c->movers, work, blobs, n, c->mask, t_s, dt_s);
	for (uint32_t i = 0; i < c->movers.n; i++)
		if (c->movers.all[i].parent)
			part_lines(c, &c->movers.all[i]);
	for (uint32_t i = 0; i < c->movers.n; i++)
		check_lines(c, &c->movers.all[i], dt_s);
	settle(c);
	tell(c, false);
	if (c->options.detector)
		return;
	hold_bodies(c);
	scenery_learn(c->scenery, work, c->held, dt_s);
}

static void begin(struct crossing *c)
{
	c->begun = true;
	if (c->n_first == 0)
		return;
	scenery_begin(c->scenery, c->first, c->n_first);
	c->now_s = c->first_s[0] - 0.1;
	for (uint32_t k = 0; k < c->n_first; k++) {
		step(c, c->first[k], c->first_s[k]);
		g_free(c->first[k]);
	}
	c->n_first = 0;
}

void crossing_look(struct crossing *c, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double t_s)
{
	fit(c, width_px, height_px);
	if (t_s - c->looked_s < APART / c->options.analyse_fps || c->width_px < 16 || c->height_px < 16)
		return;
	c->looked_s = t_s;
	uint8_t *work = g_malloc((size_t) c->width_px * c->height_px);
	shrink(c, grey, stride, work);
	if (c->options.detector)
		detect(c, grey, stride);
	if (c->begun) {
		step(c, work, t_s);
		g_free(work);
		return;
	}
	c->first[c->n_first] = work;
	c->first_s[c->n_first++] = t_s;
	if (c->n_first == FIRST_MAX || t_s - c->first_s[0] >= c->options.begin_s)
		begin(c);
}

bool crossing_settled(const struct crossing *c)
{
	bool waits = false;
	for (uint32_t k = 0; k < c->n_pending; k++)
		waits = waits || c->pending[k].mover == 0;
	return c->begun && !waits;
}

void crossing_end(struct crossing *c)
{
	if (!c->begun)
		begin(c);
	tell(c, true);
}

const char *crossing_broken(const struct crossing *c)
{
	return c->broken ? c->broken->message : NULL;
}

void crossing_draw(const struct crossing *c, struct cv_canvas *canvas)
{
	for (uint32_t k = 0; k < c->n_lines; k++) {
		const struct crossing_line *l = &c->lines[k];
		g_autofree char *count = g_strdup_printf("%u", c->told[k]);
		cv_draw_line(canvas, (const double[]){l->x0, l->y0, l->x1, l->y1}, 2, false, 0xff3030);
		cv_draw_text(canvas, l->x0, l->y0, count, 0xff3030);
	}
	for (uint32_t i = 0; c->begun && i < c->movers.n; i++) {
		const struct mover *v = &c->movers.all[i];
		double s = c->step, x0 = (v->x - 0.5 * v->width_px) * s, x1 = (v->x + 0.5 * v->width_px) * s;
		double y0 = (v->y - 0.5 * v->height_px) * s, y1 = (v->y + 0.5 * v->height_px) * s;
		g_autofree char *id = g_strdup_printf("%u", v->id);
		cv_draw_line(canvas, (const double[]){x0, y0, x1, y0, x1, y1, x0, y1}, 4, true, v->lines_done ? 0x30ff30 : v->alone ? 0xffff30 : 0xff9030);
		cv_draw_text(canvas, x0, y0, id, 0xffffff);
	}
}
