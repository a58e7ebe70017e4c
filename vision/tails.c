/* tails.c - who drives away from the camera by night. See tails.h. */
#include "vision/tails.h"

#include <string.h>

#define EVERY_S 0.26        /* between looks */
#define HEIGHT_M 0.8        /* UN regulation 48: rear lamps 0.35 to 1.5 m above the road, */
#define APART_MIN_M 0.9     /* 0.6 m apart or more; narrower than any car's says nothing */
#define APART_MAX_M 2.2
#define RADIUS_M 0.1
#define GLOW_GREY 18        /* brighter than what is around it on all sides, at least */
#define LEAST_GREY 40
#define FOUND_MAX 24
#define ONE_CELLS 6         /* a lamp is on so many cells */
#define KNOWN_M 2.5         /* before and behind the front of one who is known */
#define FASTEST_MPS 18.0    /* faster, the pairs of a column would seem to be one */
#define SLOWEST_MPS 2.0
#define GATE_M 0.8
#define GATE_CELLS 1.0
#define SPEED_TRUST 0.3
#define PLACE_TRUST 0.5
#define LOST_S 0.7
#define AWAY_M 8.0
#define HITS_LEAST 7
#define HITS_SHARE 0.7      /* of the looks since it was first seen */

#define ONE 65536           /* parts of a pixel */

struct line { /* across the lane, in the picture */
	int32_t x, y, dx, dy, n; /* its left end, and a step of a pixel, in parts; steps */
	int32_t beside_px;       /* so far from a lamp it is dark again */
	double step_m;
};

void tails_init(struct tails *t)
{
	*t = (struct tails){.looked_s = -INFINITY};
}

/* From edge to edge of the lane, a pixel a step. False: it is not all in the picture. */
static bool line_of(const struct strip *s, const struct sighting *now, uint32_t cell, struct line *l)
{
	int32_t width = (int32_t) now->width_px, a = s->pixel[cell * STRIP_LATERAL], b = s->pixel[cell * STRIP_LATERAL + STRIP_LATERAL - 1];
	if (a < 0 || b <= a)
		return false;
	double dx = b % width - a % width, dy = b / width - a / width, n = fmax(fabs(dx), 1), beside = 0.5 * (STRIP_LATERAL / STRIP_LATERAL_SHARE / (STRIP_LATERAL - 1) - 1);
	double x = a % width - beside * dx + now->push.x_px + 0.5, y = a / width - beside * dy + now->push.y_px + 0.5;
	*l = (struct line){.x = (int32_t) (ONE * x), .y = (int32_t) (ONE * y), .dx = (int32_t) (ONE * dx / n), .dy = (int32_t) (ONE * dy / n), .n = (int32_t) (n * (1 + 2 * beside))};
	l->step_m = s->lane->width_m / fmax(l->n, 1);
	l->beside_px = (int32_t) ceil(2 + 2 * RADIUS_M / l->step_m);
	double end_x = x + l->n * dx / n, end_y = y + l->n * dy / n, far_px = l->beside_px + 1;
	return fmin(x, end_x) >= far_px && fmax(x, end_x) < now->width_px - far_px && fmin(y, end_y) >= far_px && fmax(y, end_y) < now->height_px - far_px;
}

/* Two that glow, a car's width apart, and nothing else there. */
static bool pair_on(const struct sighting *now, const struct line *l)
{
	uint32_t n = 0;
	int32_t first = 0, last = 0, width = (int32_t) now->width_px, up = l->beside_px * width;
	for (int32_t k = 0, x = l->x, y = l->y; k < l->n; k++, x += l->dx, y += l->dy) {
		const uint8_t *at = now->grey + (y / ONE) * width + x / ONE;
		if (*at < LEAST_GREY || *at < at[l->beside_px] + GLOW_GREY || *at < at[-l->beside_px] + GLOW_GREY || *at < at[up] + GLOW_GREY || *at < at[-up] + GLOW_GREY)
			continue;
		first = n++ ? first : k;
		last = k;
	}
	return n > 1 && (last - first) * l->step_m >= APART_MIN_M && (last - first) * l->step_m <= APART_MAX_M;
}

static bool same_line(const struct strip *s, uint32_t a, uint32_t b)
{
	return s->pixel[a * STRIP_LATERAL] == s->pixel[b * STRIP_LATERAL] && s->pixel[(a + 1) * STRIP_LATERAL - 1] == s->pixel[(b + 1) * STRIP_LATERAL - 1];
}

/* Where pairs are; a lamp that covers several cells is one. */
static uint32_t find(const struct strip *s, const struct sighting *now, double *found_m)
{
	double roof = strip_roof(s, HEIGHT_M);
	uint32_t n = 0, first = 0, last = 0;
	bool open = false, here = false;
	for (uint32_t i = 0; i <= s->n && n < FOUND_MAX; i++) {
		struct line l;
		if (i == s->n || i == 0 || !same_line(s, i, i - 1))
			here = i < s->n && line_of(s, now, i, &l) && pair_on(now, &l);
		if (open && (i == s->n || i > last + 2 || i > first + ONE_CELLS)) {
			found_m[n++] = strip_dist(s, 0.5 * (first + last + 1) - roof);
			open = false;
		}
		if (!here)
			continue;
		first = open ? first : i;
		last = i;
		open = true;
	}
	return n;
}

static bool known(const struct track *tracks, uint32_t n, double dist_m)
{
	for (uint32_t k = 0; k < n; k++)
		if (dist_m > tracks[k].dist_m - KNOWN_M && dist_m < tracks[k].dist_m + KNOWN_M)
			return true;
	return false;
}

/* The found place nearest to where it should be by now; NaN: it is not to be seen. */
static double match(const struct tail *t, const struct strip *s, const double *found_m, uint32_t n, double t_s)
{
	double dt_s = t_s - t->seen_s, best_m = NAN, gate_m = GATE_M + GATE_CELLS * strip_cell_m(s, t->dist_m);
	double from_m = t->hits == 1 ? SLOWEST_MPS * dt_s : t->speed_mps * dt_s - gate_m, to_m = t->hits == 1 ? FASTEST_MPS * dt_s : t->speed_mps * dt_s + gate_m;
	for (uint32_t k = 0; k < n; k++) {
		double off_m = found_m[k] - t->dist_m, middle_m = 0.5 * (from_m + to_m);
		if (off_m >= from_m && off_m <= to_m && !(fabs(off_m - middle_m) >= fabs(best_m - t->dist_m - middle_m)))
			best_m = found_m[k];
	}
	return best_m;
}

/* Alpha-beta filter. False: it does not go away as somebody would who drives. */
static bool see(struct tail *t, double dist_m, double t_s)
{
	double dt_s = t_s - t->seen_s, off_m = dist_m - t->dist_m - t->speed_mps * dt_s;
	if (t->hits == 1) {
		t->speed_mps = (dist_m - t->dist_m) / dt_s;
		t->dist_m = dist_m;
	} else {
		t->dist_m += t->speed_mps * dt_s + PLACE_TRUST * off_m;
		t->speed_mps += SPEED_TRUST * off_m / dt_s;
	}
	t->seen_s = t_s;
	t->hits++;
	return t->speed_mps >= SLOWEST_MPS && t->speed_mps <= FASTEST_MPS;
}

static bool away(const struct tail *t)
{
	return t->hits >= HITS_LEAST && t->hits >= HITS_SHARE * t->looks && t->dist_m - t->first_m >= AWAY_M;
}

static void follow(struct tails *t, const struct strip *s, const double *found_m, uint32_t n, double t_s)
{
	bool taken[FOUND_MAX] = {false};
	for (uint32_t i = t->n; i-- > 0;) {
		struct tail *a = &t->all[i];
		double at_m = match(a, s, found_m, n, t_s);
		bool stays = isnan(at_m) ? t_s - a->seen_s < LOST_S : see(a, at_m, t_s);
		a->looks++;
		for (uint32_t k = 0; k < n; k++)
			taken[k] = taken[k] || (found_m[k] == at_m && a->hits > 2);
		if (!stays || (a->looks > HITS_LEAST && a->hits < HITS_SHARE * a->looks))
			memmove(a, a + 1, (--t->n - i) * sizeof *a);
	}
	for (uint32_t k = 0; k < n && t->n < TAILS_MAX; k++)
		if (!taken[k])
			t->all[t->n++] = (struct tail){.dist_m = found_m[k], .first_m = found_m[k], .seen_s = t_s, .hits = 1, .looks = 1};
}

void tails_look(struct tails *t, const struct strip *s, const struct sighting *now, const struct track *tracks, uint32_t n_tracks, double t_s)
{
	double found_m[FOUND_MAX];
	if (t_s - t->looked_s < EVERY_S)
		return;
	t->looked_s = t_s;
	uint32_t n = find(s, now, found_m), kept = 0;
	for (uint32_t k = 0; k < n; k++)
		if (!known(tracks, n_tracks, found_m[k]))
			found_m[kept++] = found_m[k];
	follow(t, s, found_m, kept, t_s);
}

double tails_away_m(const struct tails *t)
{
	double nearest_m = NAN;
	for (uint32_t i = 0; i < t->n; i++)
		if (away(&t->all[i]))
			nearest_m = fmin(nearest_m, t->all[i].dist_m);
	return nearest_m;
}
