/* plates.c - is there a number plate on the front of a vehicle, and has it been counted? See plates.h. */
#include "vision/plates.h"

#define PLATE_W_M 0.52
#define PLATE_HEIGHT_M 0.55 /* of its middle above the road */
#define HALF_WIDTH_M 0.8 /* plates sit in the middle or a little beside it; half a plate more on each side */
#define LOW_M 0.15
#define HIGH_M 1.05
#define CHAR_MIN_M 0.056 /* US and Brazilian characters are 63 mm high, Chinese ones 90 */
#define CHAR_MAX_M 0.105
#define SCORE_LEAST 0.0 /* we know already that it is a vehicle and how large its plate must be */
#define PLATE_GROWN 1.06     /* so much wider is worth another look */
#define PLATE_TRIES 6        /* looks at one that does not come nearer */
#define PLATE_EVERY_S 0.5
#define NEAR_M 1.5           /* a front that was looked at in vain may be so much nearer, */
#define FAR_M 2.5            /* or further away */
#define FOLLOW_NEAR_M 1.4    /* a plate that is known may be so much nearer than it should be: it drives off, */
#define FOLLOW_FAR_M 0.8     /* or further away */
#define FOLLOW_STANDING_S 0.4 /* one that was seen twice is looked for so often while it stands, */
#define FOLLOW_DRIVING_S 0.15 /* or drives */
#define STANDING_MPS 0.3
#define AGAIN_M 0.4          /* one that was seen twice is this near to where it should be, */
#define AGAIN_ASIDE_M 0.12   /* and across; looked for around it, in heights of its characters: */
#define AGAIN_WIDE 3.7       /* half the window of the search and what that sees of the neighbourhood */
#define AGAIN_HIGH 1.7
#define AGAIN_ALIKE 1.2      /* and it has grown by less */
#define KNOWN_M 3.0          /* a track so near moves as the plate does */
#define GATE_IN_M 1.5        /* further away than the nearest place where a plate can be seen: who comes there without a track is looked for */
#define GATE_EVERY_S 0.2
#define GATE_SCORE 2.0       /* what covers the road there may be anything */
#define GATE_BODY_M 6.5      /* of one that passed it */
#define GONE_M 10.0

struct front {
	double left, right, top, low, px_per_m;
};

/* Where in the picture the lowest metre of a front at `dist_m` is, or at any place from `near_m` nearer to `far_m` further away. */
static bool front_of(const struct view *v, const struct strip *s, double dist_m, double near_m, double far_m, const struct plates_picture *p, struct front *f)
{
	double x[4], y[4], wide = (double) p->width_px / v->width_px, high = (double) p->height_px / v->height_px;
	if (!view_image_above(v, view_lane_point(s->lane, dist_m, HALF_WIDTH_M), LOW_M, &x[0], &y[0]) ||
		!view_image_above(v, view_lane_point(s->lane, dist_m, -HALF_WIDTH_M), LOW_M, &x[1], &y[1]) ||
		!view_image_above(v, view_lane_point(s->lane, dist_m + far_m, 0), HIGH_M, &x[2], &y[2]) ||
		!view_image_above(v, view_lane_point(s->lane, dist_m - near_m, 0), LOW_M, &x[3], &y[3]))
		return false;
	*f = (struct front){.left = wide * fmin(x[0], x[1]), .right = wide * fmax(x[0], x[1]), .top = fmax(high * y[2], 0), .low = high * fmax(y[0], y[1])};
	f->px_per_m = (f->right - f->left) / (2 * HALF_WIDTH_M);
	if (f->left < 0 || f->right >= p->width_px || f->low >= p->height_px || f->low <= f->top)
		return false;
	if (near_m > 0)
		f->low = fmin(fmax(high * y[3], f->low), p->height_px - 1.0);
	return true;
}

/* The place on the lane where a plate's middle is at this row of the picture: rows go down as it comes nearer. */
static double place_of(const struct view *v, const struct strip *s, double y_px, double from_m, double to_m, const struct plates_picture *p)
{
	for (uint32_t i = 0; i < 12; i++) {
		double x, y, middle_m = (from_m + to_m) / 2;
		if (view_image_above(v, view_lane_point(s->lane, middle_m, 0), PLATE_HEIGHT_M, &x, &y) && y * p->height_px / v->height_px > y_px)
			from_m = middle_m;
		else
			to_m = middle_m;
	}
	return (from_m + to_m) / 2;
}

/* Where the middle of a plate at this place of the lane would be in the picture, and how many pixels a metre has there. */
static bool image_of(const struct view *v, const struct strip *s, double dist_m, const struct plates_picture *p, double xy[2], double *px_per_m)
{
	double x[2], y[2], wide = (double) p->width_px / v->width_px, high = (double) p->height_px / v->height_px;
	for (uint32_t i = 0; i < 2; i++)
		if (!view_image_above(v, view_lane_point(s->lane, dist_m, i ? HALF_WIDTH_M : -HALF_WIDTH_M), PLATE_HEIGHT_M, &x[i], &y[i]))
			return false;
	xy[0] = wide * (x[0] + x[1]) / 2;
	xy[1] = high * (y[0] + y[1]) / 2;
	*px_per_m = wide * fabs(x[1] - x[0]) / (2 * HALF_WIDTH_M);
	return *px_per_m > 0;
}

struct found_plate {
	double plate_m, char_m, aside_m; /* as in struct plate_entry */
};

/* The surest plate in a part of the picture, which lies between two places on the lane. */
static bool find_in(struct plate_scan *scan, const struct view *v, const struct strip *s, const struct front *f, double char_min_px, double char_max_px,
	double from_m, double to_m, const struct plates_picture *p, double least_score, struct found_plate *found)
{
	struct plate_box box;
	double xy[2], px_per_m;
	const uint8_t *from = p->grey + (size_t) f->top * p->stride + (size_t) f->left;
	if (plate_scan_look(scan, from, (uint32_t) (f->right - f->left), (uint32_t) (f->low - f->top), p->stride, char_min_px, char_max_px, &box, 1) == 0 ||
		box.score < least_score)
		return false;
	*found = (struct found_plate){.plate_m = place_of(v, s, floor(f->top) + box.y_px + box.h_px / 2, from_m, to_m, p)};
	if (image_of(v, s, found->plate_m, p, xy, &px_per_m)) {
		found->char_m = box.h_px / PLATE_BOX_CHARS / px_per_m;
		found->aside_m = (floor(f->left) + box.x_px + box.w_px / 2 - xy[0]) / px_per_m;
	}
	return true;
}

static bool find(struct plate_scan *scan, const struct view *v, const struct strip *s, double dist_m, double near_m, double far_m,
	const struct plates_picture *p, double least_score, struct found_plate *found)
{
	struct front f;
	return front_of(v, s, dist_m, near_m, far_m, p, &f) && f.px_per_m * PLATE_W_M >= PLATE_MIN_PX &&
		find_in(scan, v, s, &f, f.px_per_m * CHAR_MIN_M, f.px_per_m * CHAR_MAX_M, dist_m - near_m - 2, dist_m + far_m + 2, p, least_score, found);
}

/* A plate that was seen twice: only where it should be by now, and as large. */
static bool find_again(struct plate_scan *scan, const struct view *v, const struct strip *s, const struct plate_entry *e, const struct plates_picture *p,
	struct found_plate *found)
{
	double near[2], far[2], here[2], px_per_m, unused;
	if (e->sightings < 2 || !(e->char_m > 0) || !image_of(v, s, e->dist_m, p, here, &px_per_m) || px_per_m * PLATE_W_M < PLATE_MIN_PX ||
		!image_of(v, s, e->dist_m - AGAIN_M, p, near, &unused) || !image_of(v, s, e->dist_m + AGAIN_M, p, far, &unused))
		return false;
	double char_px = e->char_m * px_per_m, middle = here[0] + e->aside_m * px_per_m, half = AGAIN_WIDE * char_px + AGAIN_ASIDE_M * px_per_m;
	struct front f = {.left = middle - half, .right = middle + half, .top = far[1] - AGAIN_HIGH * char_px, .low = near[1] + AGAIN_HIGH * char_px};
	return f.left >= 0 && f.right < p->width_px && f.top >= 0 && f.low < p->height_px &&
		find_in(scan, v, s, &f, fmax(char_px / AGAIN_ALIKE, px_per_m * CHAR_MIN_M), fmin(char_px * AGAIN_ALIKE, px_per_m * CHAR_MAX_M),
			e->dist_m - AGAIN_M - 2, e->dist_m + AGAIN_M + 2, p, SCORE_LEAST, found);
}

static void note(struct plate_book *book, const struct found_plate *found, double speed_mps, double t_s)
{
	plate_book_found(book, found->plate_m, speed_mps, t_s);
	struct plate_entry *e = plate_book_at(book, found->plate_m);
	e->char_m = found->char_m;
	e->aside_m = found->aside_m;
}

static const struct track *nearest(const struct traffic *tr, double dist_m, double most_m)
{
	const struct track *best = NULL;
	for (uint32_t k = 0; k < tr->n; k++) {
		double off_m = fabs(tr->tracks[k].dist_m - dist_m);
		if (off_m < most_m && (!best || off_m < fabs(best->dist_m - dist_m)))
			best = &tr->tracks[k];
	}
	return best;
}

static double speed_at(const void *user, double dist_m)
{
	const struct track *t = nearest(user, dist_m, KNOWN_M);
	return t ? t->speed_mps : NAN;
}

static void follow(struct plate_book *book, struct plate_scan *scan, const struct view *v, const struct strip *s, const struct plates_picture *p, double t_s)
{
	for (uint32_t i = 0; i < book->n; i++) {
		struct plate_entry *e = &book->all[i];
		struct found_plate found;
		if (e->sightings > 1 && t_s - e->looked_s < (fabs(e->speed_mps) < STANDING_MPS ? FOLLOW_STANDING_S : FOLLOW_DRIVING_S))
			continue;
		e->looked_s = t_s;
		if ((find_again(scan, v, s, e, p, &found) || find(scan, v, s, e->dist_m, FOLLOW_NEAR_M, FOLLOW_FAR_M, p, SCORE_LEAST, &found)) &&
			plate_book_at(book, found.plate_m) == e)
			note(book, &found, e->speed_mps, t_s);
	}
}

/* Now and then while it comes nearer; a vehicle that stands looks the same each time. */
static bool worth_a_look(struct track *t, double width_px, double now_s)
{
	bool larger = width_px > PLATE_GROWN * t->plate_px;
	if (width_px < PLATE_MIN_PX || (!larger && (t->plate_tries >= PLATE_TRIES || now_s - t->plate_tried_s < PLATE_EVERY_S)))
		return false;
	t->plate_tries = larger ? 1 : t->plate_tries + 1;
	t->plate_px = fmax(width_px, t->plate_px);
	t->plate_tried_s = now_s;
	return true;
}

static void look_at_track(struct plate_book *book, struct plate_scan *scan, const struct view *v, const struct strip *s, struct track *t,
	const struct plates_picture *p, double t_s)
{
	struct front f;
	struct found_plate found;
	bool first = t->plate_px <= 0;
	if (t->dist_m < s->near_m || !front_of(v, s, t->dist_m, 0, 0, p, &f))
		return;
	t->plate_seen = plate_book_at(book, t->dist_m) != NULL;
	if (t->plate_seen || !worth_a_look(t, f.px_per_m * PLATE_W_M, t_s) ||
		!find(scan, v, s, t->dist_m, first ? 0 : NEAR_M, first ? 0 : FAR_M, p, SCORE_LEAST, &found))
		return;
	note(book, &found, t->speed_mps, t_s);
	t->plate_seen = plate_book_at(book, t->dist_m) != NULL;
}

static bool covered(const struct traffic *tr, double from_m, double to_m)
{
	const uint8_t *cover = backdrop_cover(tr->backdrop);
	double first = fmax(strip_cell(tr->strip, from_m), 0), end = fmin(strip_cell(tr->strip, to_m), tr->strip->n);
	uint32_t n = 0, body = 0;
	for (uint32_t i = (uint32_t) first; i < end; i++, n++)
		body += cover[i] == COVER_BODY;
	return 2 * body > n;
}

/* The last place where a plate is seen before it leaves the picture: nobody passes there unlooked at. */
static void look_at_gate(struct plate_book *book, struct plate_scan *scan, const struct view *v, const struct traffic *tr, const struct plates_picture *p,
	double t_s)
{
	double gate_m = tr->strip->near_m;
	struct found_plate found;
	struct front f;
	while (gate_m < tr->strip->far_m && !front_of(v, tr->strip, gate_m, 0, 0, p, &f))
		gate_m += 0.25;
	gate_m += GATE_IN_M;
	if (t_s - book->gate_s < GATE_EVERY_S || !covered(tr, gate_m - 0.5, gate_m + 1))
		return;
	for (uint32_t i = 0; i < book->n; i++)
		if (book->all[i].dist_m > gate_m - GATE_BODY_M && book->all[i].dist_m < gate_m + FAR_M)
			return;
	book->gate_s = t_s;
	if (!find(scan, v, tr->strip, gate_m, GATE_IN_M, FAR_M, p, GATE_SCORE, &found))
		return;
	const struct track *t = nearest(tr, found.plate_m, INFINITY);
	note(book, &found, t ? t->speed_mps : 0, t_s);
}

void plates_look(struct plate_book *book, struct plate_scan *scan, const struct view *v, struct traffic *tr, const struct plates_picture *picture, double t_s,
	double dt_s)
{
	plate_book_move(book, t_s, dt_s, tr->strip->near_m - GONE_M, speed_at, tr);
	follow(book, scan, v, tr->strip, picture, t_s);
	for (uint32_t k = 0; k < tr->n; k++)
		look_at_track(book, scan, v, tr->strip, &tr->tracks[k], picture, t_s);
	if (isnan(tr->looked_s)) /* a network tells what covers the road, not the backdrop */
		look_at_gate(book, scan, v, tr, picture, t_s);
}
