/* traffic.c - the vehicles on one lane, from what covers its strip. See traffic.h. */
#include "vision/traffic.h"

#include <string.h>

#include "vision/join.h"
#include "vision/lamps.h"

#define RUNS_MAX 64
#define GAP_FREE_CELLS 2      /* free cells inside one body: a bonnet as grey as the road */
#define GAP_SHADOW_CELLS 8
#define LEAST_SHARE 0.7       /* of what the smallest car covers: parts of it are as grey as the road */
#define RUN_WHOLE_CELLS 16
#define RUN_CUT_CELLS 5        /* what the picture's edge leaves of one */
#define RUN_CUT_SHARE 0.6      /* of its cells that are covered */
#define RUN_JOIN_CELLS 8
#define FAINT_SHARE 0.75        /* of what the smallest car covers, when only its front is sure */
#define SLIGHT_COST 4.0        /* a front that is seen so little must be so much nearer to where it should be */
#define HEADWAY_GAP_S 0.9     /* nobody drives closer to the one ahead */
#define STAND_GAP_M 2.3       /* between bumpers in a queue; Jepsen 1998: 2 to 3 m */
#define RUN_HOLD 0.85f        /* covered like a vehicle, but not known to have come there */
#define HOLD_GAP_CELLS 12
#define FRONT_CELLS 8
#define FRONT_EARLY_PX 0.4    /* a pixel that a front covers by a part is covered: so much nearer than it is, a front begins */
#define FRONT_PUSHED_PX 0.8   /* the same where samples are mixed from neighbouring pixels */
#define GONE_MPS 2.0
#define CREEP_MPS 4.0
#define EXTENT_SHARE 0.6     /* of the strip, from its near end */
#define NARROW_M 1.3         /* a motorcycle with its rider and what sways */
#define WIDE_CELLS 3
#define LINE_CELLS 6        /* before the stop line: a metre */
#define START_S 5.0           /* what is there so soon was there before */
#define SEED_TRUST_S 150.0
#define FAR_SHARE 0.75        /* vehicles appear beyond this share of the view */
#define UNSEEN_MAX_S 0.5
#define CLOSED_MAX_S 0.6
#define LORRY_MOST_M 16.0     /* what reaches farther is not one alone */
#define OVER_ROOF_M 1.5       /* beyond the end of a queue's last roof */
#define CLOSED_UP_M 4.0       /* behind it lamps shine under its boot lid */
#define CLOSED_UP_LEFT_M 0.3
#define CLOSED_UP_STANDING_M 12.0 /* the same where one may stand between them that was not seen */
#define LORRY_HIDES_M 8.0         /* of a lorry's length that is not known by night, */
#define LORRY_HIGH_M 3.4          /* and what it hides behind it */
#define LIT_LENGTH_M 4.0          /* of the body of a car, at least, and how high, that others' lamps light */
#define LIT_HIGH_M 1.3
#define BRAKE_MPS2 2.0
#define LAMPS_SURE 8          /* pictures that showed them: so sure it is there when they are hidden */
#define LAMPS_CAME 12         /* the same where nothing is known that hides them, */
#define LAMPS_CAME_M 8.0      /* of one that was seen driving so far */
#define SURE_SPEED_SD 1.2     /* m/s: before, it is not spoken of */
#define SETTLE_S 1.2
#define OUT_S 0.5             /* lamps that are not to be seen for so long have gone out of sight */
#define LORRY_OUT_M 6.5       /* farther back than a car would hide them */
#define LORRY_ROOF_M 2.8      /* from there it hides lamps */
#define CAR_ROOF_M 1.45
#define LORRY_LEAST_M 7.0
#define LORRY_SD_M 1.5
#define DARK_MAX_S 0.8        /* without its lamps where they should be seen */
#define BODY_MIN_M 3.6
#define BESIDE_FRAC 0.3 /* of its life: a lorry is known as one from near by only */
#define NEW_SPEED_MPS 9.0
#define NEW_SPEED_SD 9.0

struct run { /* a covered stretch, cells [first, end) */
	uint32_t first, end;
	double front_cell;        /* where a vehicle begins there, to parts of a cell */
	bool open_near, open_far; /* its beginning (end) is outside the picture */
	bool taken;               /* its beginning is explained: */
	bool arriving;            /* by a moving track's front */
	bool slight;              /* too short to be a vehicle, but where one is known it may be what is seen of its front */
};

void traffic_init(struct traffic *tr, const struct strip *strip, struct shade *shade)
{
	*tr = (struct traffic){.strip = strip, .backdrop = backdrop_new(strip, shade), .begun_s = NAN, .now_s = NAN, .looked_s = NAN, .typical_length_m = 4.7, .last_dist_m = -INFINITY};
	tails_init(&tr->tails);
}

void traffic_finish(struct traffic *tr)
{
	backdrop_free(tr->backdrop);
	tr->backdrop = NULL;
}

bool traffic_tells(const struct traffic *tr, const struct track *t)
{
	return t->presumed || (t->fronts >= 2 && t->var_speed < SURE_SPEED_SD * SURE_SPEED_SD) || tr->now_s - t->born_s > SETTLE_S;
}

static uint32_t raw_runs(const struct strip *s, const uint8_t *cover, struct run *runs)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < s->n && n < RUNS_MAX; i++) {
		if (cover[i] != COVER_BODY)
			continue;
		uint32_t first = i, end = i + 1, free = 0, dark = 0;
		for (i++; i < s->n && free <= GAP_FREE_CELLS && free + dark <= GAP_SHADOW_CELLS; i++) {
			if (cover[i] == COVER_BODY) {
				end = i + 1;
				free = dark = 0;
			} else if (cover[i] == COVER_SHADOW || cover[i] == COVER_FAINT)
				dark++;
			else
				free++;
		}
		i = end;
		runs[n++] = (struct run){.first = first, .end = end, .open_near = first <= 1, .open_far = end + 2 >= s->n};
	}
	return n;
}

/* Cells that the smallest car would cover from there on. */
static double least_cells(const struct strip *s, uint32_t first)
{
	double dist_m = strip_dist(s, first);
	return LEAST_SHARE * (strip_roof(s, 1.2) + strip_cell(s, dist_m + BODY_MIN_M) - first);
}

/* A run that begins like a vehicle and goes on so faintly that its bonnet alone is sure. */
static bool faintly_whole(const struct strip *s, const uint8_t *cover, struct run *run)
{
	uint32_t end = (uint32_t) fmin(run->first + fmax(RUN_WHOLE_CELLS, least_cells(s, run->first)), s->n), covered = 0, last = run->end;
	for (uint32_t i = run->first; i < end; i++)
		if (cover[i] == COVER_BODY || cover[i] == COVER_FAINT) {
			covered++;
			last = i + 1;
		}
	if (run->end - run->first < RUN_CUT_CELLS || covered < FAINT_SHARE * (end - run->first))
		return false;
	run->end = MAX(run->end, last);
	return true;
}

/* What the picture's edge cuts, if it is a body and no paint here and there. */
static bool cut_off(const uint8_t *cover, const struct run *run)
{
	uint32_t covered = 0;
	for (uint32_t i = run->first; i < run->end; i++)
		covered += cover[i] != COVER_FREE;
	return (run->open_near || run->open_far) && run->end - run->first >= RUN_CUT_CELLS && covered >= RUN_CUT_SHARE * (run->end - run->first);
}

/* No vehicle is so flat: shorter runs are parts of one whose bonnet or roof is as grey as the road, or nothing. */
static uint32_t find_runs(const struct strip *s, const uint8_t *cover, struct run *runs)
{
	uint32_t n = raw_runs(s, cover, runs);
	for (uint32_t r = 0; r < n;) {
		struct run *run = &runs[r];
		if (cut_off(cover, run) || run->end - run->first >= fmax(RUN_WHOLE_CELLS, least_cells(s, run->first)) || faintly_whole(s, cover, run)) {
			while (r + 1 < n && runs[r + 1].first < run->end) { /* it reaches into the next ones */
				run->end = MAX(run->end, runs[r + 1].end);
				memmove(&runs[r + 1], &runs[r + 2], (--n - r - 1) * sizeof *run);
			}
			r++;
			continue;
		}
		uint32_t up = r + 1 < n ? runs[r + 1].first - run->end : UINT32_MAX, down = r > 0 ? run->first - runs[r - 1].end : UINT32_MAX;
		if (MIN(up, down) <= RUN_JOIN_CELLS && up <= down) {
			runs[r + 1].first = run->first;
			runs[r + 1].open_near = run->open_near;
		} else if (MIN(up, down) <= RUN_JOIN_CELLS) {
			runs[r - 1].end = run->end;
			runs[r - 1].open_far = run->open_far;
		} else if (run->end - run->first >= least_cells(s, run->first) || run->end - run->first >= RUN_CUT_CELLS) {
			run->slight = run->end - run->first < least_cells(s, run->first);
			r++;
			continue;
		}
		memmove(run, run + 1, (--n - r) * sizeof *run);
	}
	return n;
}

/* A front lies somewhere in the pixel that it is the first to cover. Far away that is a metre, and one that comes nearer would seem slower by as much. */
static void place_fronts(const struct traffic *tr, struct run *runs, uint32_t n_runs)
{
	double early_px = backdrop_pushed(tr->backdrop) ? FRONT_PUSHED_PX : FRONT_EARLY_PX;
	for (uint32_t r = 0; r < n_runs; r++) {
		double dist_m = strip_dist(tr->strip, runs[r].first);
		runs[r].front_cell = strip_cell(tr->strip, dist_m + early_px * strip_pixel_m(tr->strip, dist_m));
	}
}

/* At night a vehicle begins at its lamps; how long it is cannot be seen. Its cover is what the smallest car would have. */
static uint32_t lamp_runs(const struct strip *s, const struct sighting *now, uint8_t *cover, struct run *runs)
{
	struct lamps lamps[RUNS_MAX];
	uint32_t n = lamps_find(s, now, lamps, RUNS_MAX), kept = 0;
	for (uint32_t i = 0; i < s->n; i++)
		cover[i] = cover[i] == COVER_UNSEEN ? COVER_UNSEEN : COVER_FREE;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t first = (uint32_t) CLAMP(lround(lamps[k].cell), 0, s->n - 1.0);
		uint32_t end = (uint32_t) fmin(s->n, first + least_cells(s, first) / LEAST_SHARE);
		if (lamps[k].cell < 0 || (kept && first <= runs[kept - 1].first + 2))
			continue;
		runs[kept++] = (struct run){.first = first, .end = end, .front_cell = lamps[k].cell, .open_far = end == s->n};
		for (uint32_t i = first; i < end; i++)
			cover[i] = COVER_BODY;
	}
	return kept;
}

/* What looks like shadow where a vehicle is known to be is its own glass or dark paint. */
static void fill_bodies(const struct traffic *tr, uint8_t *cover)
{
	for (uint32_t k = 0; k < tr->n; k++) {
		const struct track *t = &tr->tracks[k];
		if (t->fronts < 3 && !t->seed)
			continue;
		int32_t from = (int32_t) fmax(track_front_cell(t, tr->strip) + 2, 0), to = (int32_t) fmin(track_end_cell(t, tr->strip) - 2, tr->strip->n);
		for (int32_t i = from; i < to; i++)
			if (cover[i] == COVER_SHADOW || cover[i] == COVER_FAINT)
				cover[i] = COVER_BODY;
	}
}

static void drop(struct traffic *tr, uint32_t k)
{
	tr->n--;
	memmove(&tr->tracks[k], &tr->tracks[k + 1], (tr->n - k) * sizeof tr->tracks[0]);
}

static struct track *insert(struct traffic *tr, const struct track *t)
{
	if (tr->n == TRAFFIC_MAX)
		return NULL;
	uint32_t k = tr->n;
	while (k > 0 && tr->tracks[k - 1].dist_m > t->dist_m)
		k--;
	memmove(&tr->tracks[k + 1], &tr->tracks[k], (tr->n - k) * sizeof tr->tracks[0]);
	tr->n++;
	tr->tracks[k] = *t;
	tr->tracks[k].id = ++tr->next_id;
	return &tr->tracks[k];
}

/* Where the roof of the vehicle before it stops hiding it. */
static double visible_from(const struct traffic *tr, uint32_t k)
{
	double front = track_front_cell(&tr->tracks[k], tr->strip);
	return k > 0 ? fmax(front, track_end_cell(&tr->tracks[k - 1], tr->strip)) : front;
}

static void follow_patches(struct traffic *tr, const uint8_t *samples)
{
	for (uint32_t k = 0; k < tr->n; k++) {
		double dist_m, sd_m;
		if (track_find_patch(&tr->tracks[k], tr->strip, samples, &dist_m, &sd_m))
			track_see(&tr->tracks[k], dist_m, sd_m);
	}
}

/* Is this beginning of a run only a part of a vehicle that begins before it? */
static bool inside_body(const struct traffic *tr, double cell, double dist_m)
{
	for (uint32_t k = 0; k < tr->n; k++) {
		const struct track *t = &tr->tracks[k];
		double sure_m = fmax(BODY_MIN_M, t->length_m - 2 * t->length_sd);
		double high_m = t->high ? 0.95 * t->height_m : 0.75 * track_height_of(sure_m);
		double end = strip_cell(tr->strip, t->dist_m + sure_m) + strip_roof(tr->strip, high_m);
		if (t->fronts >= 3 && dist_m > t->dist_m + 1.2 && cell < end)
			return true;
	}
	return false;
}

/* By night: it shines where one is known to stand, or before its roof would stop hiding lamps: so it is its bonnet, boot or roof in the light of who
 * comes behind. */
static bool on_standing(const struct traffic *tr, double dist_m)
{
	const struct strip *s = tr->strip;
	double cell = strip_cell(s, dist_m) + strip_roof(s, LAMPS_HEIGHT_M);
	for (uint32_t k = 0; k < tr->n; k++) {
		const struct track *t = &tr->tracks[k];
		bool stands = t->fronts >= LAMPS_SURE && t->stood_s > SETTLE_S && dist_m > t->dist_m + 1.2;
		if (stands && t->high && cell < track_end_cell(t, s))
			return true;
		if (stands && (dist_m < t->dist_m + BODY_MIN_M + 1.5 || cell < strip_cell(s, t->dist_m + LIT_LENGTH_M) + strip_roof(s, LIT_HIGH_M)))
			return true;
	}
	return false;
}

static double gate_m(const struct track *t, double cell_m)
{
	double gate = 3 * sqrt(t->var_dist + cell_m * cell_m) + 0.4;
	return CLAMP(gate, t->presumed ? 3.5 : 1.2, 9.0);
}

/* The nearest pair of run and track first, until none fits. */
static void match_fronts(struct traffic *tr, struct run *runs, uint32_t n_runs, bool *seen)
{
	for (;;) {
		double best = 1;
		uint32_t best_run = 0, best_track = 0;
		for (uint32_t r = 0; r < n_runs; r++) {
			if (runs[r].taken || runs[r].open_near)
				continue;
			double dist_m = strip_dist(tr->strip, runs[r].front_cell), cell_m = strip_cell_m(tr->strip, dist_m);
			for (uint32_t k = 0; k < tr->n; k++) {
				double off = fabs(tr->tracks[k].dist_m - dist_m) / gate_m(&tr->tracks[k], cell_m);
				if (runs[r].slight)
					off = tr->tracks[k].fronts < 3 ? INFINITY : SLIGHT_COST * off;
				if (!seen[k] && off < best) {
					best = off;
					best_run = r;
					best_track = k;
				}
			}
		}
		if (best >= 1)
			return;
		struct track *t = &tr->tracks[best_track];
		double dist_m = strip_dist(tr->strip, runs[best_run].front_cell);
		track_see(t, dist_m, fmax(0.8 * strip_cell_m(tr->strip, dist_m), 0.2));
		t->fronts++;
		if (t->fronts >= 3)
			t->presumed = false;
		runs[best_run].taken = seen[best_track] = true;
		runs[best_run].arriving = t->speed_mps > 3;
	}
}

/* Wider than anything on two wheels. In rain what is seen of a car may be no longer than one, and nothing casts a shadow beside it. */
static bool wide(const struct traffic *tr, const struct run *run)
{
	const uint16_t *bodies = backdrop_bodies(tr->backdrop);
	double sample_m = STRIP_LATERAL_SHARE * tr->strip->lane->width_m / STRIP_LATERAL;
	uint32_t cells = 0;
	if (!backdrop_poor(tr->backdrop))
		return false;
	for (uint32_t i = run->first; i < run->end && cells < WIDE_CELLS; i++)
		cells += __builtin_popcount(bodies[i]) * sample_m > NARROW_M;
	return cells == WIDE_CELLS;
}

/* A run that one vehicle alone explains says how long that is; near by, where it says much. */
static void see_extents(struct traffic *tr, const struct run *runs, uint32_t n_runs)
{
	for (uint32_t r = 0; r < n_runs; r++) {
		struct track *in = NULL;
		uint32_t n = 0;
		if (runs[r].open_near || runs[r].open_far || runs[r].first > EXTENT_SHARE * tr->strip->n)
			continue;
		for (uint32_t k = 0; k < tr->n; k++) {
			double cell = track_front_cell(&tr->tracks[k], tr->strip);
			if (cell < runs[r].first - 4.0 || cell > runs[r].end || (n > 0 && tr->tracks[k].presumed))
				continue;
			n++;
			in = n == 1 ? &tr->tracks[k] : in;
		}
		if (n == 1 && fabs(track_front_cell(in, tr->strip) - runs[r].first) < 4)
			track_see_extent(in, tr->strip, runs[r].first, runs[r].end, wide(tr, &runs[r]));
	}
}

static double speed_near(const struct traffic *tr, double dist_m, double *sd)
{
	double best = 40, speed = NEW_SPEED_MPS;
	*sd = NEW_SPEED_SD;
	for (uint32_t k = 0; k < tr->n; k++) {
		double off = fabs(tr->tracks[k].dist_m - dist_m);
		if (off < best && tr->tracks[k].fronts > 5) {
			best = off;
			speed = tr->tracks[k].speed_mps;
			*sd = 4;
		}
	}
	return speed;
}

static void begin_tracks(struct traffic *tr, struct run *runs, uint32_t n_runs)
{
	for (uint32_t r = 0; r < n_runs; r++) {
		double dist_m = strip_dist(tr->strip, runs[r].front_cell), sd;
		bool start = tr->now_s - tr->begun_s < START_S;
		if (runs[r].taken || runs[r].slight || (runs[r].open_near && !start))
			continue;
		struct track t;
		double speed = start ? 0 : speed_near(tr, dist_m, &sd);
		track_init(&t, 0, dist_m, strip_cell_m(tr->strip, dist_m), speed, start ? 3 : sd, tr->typical_length_m, tr->now_s);
		t.fronts = 1;
		t.seed = start;
		if (dist_m >= 0 && insert(tr, &t))
			runs[r].taken = true;
	}
}

/* How far behind a vehicle the road is hidden by its roof. */
static double hidden_m(const struct traffic *tr, const struct track *t)
{
	double rear = t->dist_m + t->length_m, h = 0.9 * t->height_m;
	return (rear + tr->strip->foot_m) * h / (tr->strip->height_m - h);
}

/* The last vehicle of a run against the run's end: it is longer than thought, or another one closed up behind it. */
static void explain_end(struct traffic *tr, const struct run *run)
{
	const struct strip *s = tr->strip;
	for (uint32_t guard = 0; guard < TRAFFIC_MAX; guard++) {
		uint32_t last = tr->n;
		for (uint32_t k = 0; k < tr->n; k++)
			if (track_front_cell(&tr->tracks[k], s) < run->end - 2.0)
				last = k;
		if (last == tr->n || track_end_cell(&tr->tracks[last], s) < run->first)
			return;
		struct track *t = &tr->tracks[last];
		if (t->speed_mps < -GONE_MPS) /* nobody follows one who drives the wrong way */
			return;
		double end_m = strip_dist(s, run->end - strip_roof(s, 0.9 * t->height_m)), cell_m = strip_cell_m(s, end_m);
		double rest_m = end_m - t->dist_m - t->length_m, gap_m = STAND_GAP_M + HEADWAY_GAP_S * t->speed_mps;
		bool may_hide = gap_m < hidden_m(tr, t) + 1;
		/* of a queue that goes on out of sight only the next one's front is to be seen */
		bool goes_on = run->open_far && t->stood_s > SETTLE_S && rest_m > OVER_ROOF_M + cell_m && t->dist_m + t->length_m + gap_m < s->view_m;
		bool longer = t->high && !run->open_far && end_m - t->dist_m < LORRY_MOST_M;
		if (!longer && ((rest_m > gap_m + BODY_MIN_M - 1 + cell_m && may_hide) || goes_on)) {
			struct track next;
			double at_m = t->dist_m + t->length_m + gap_m;
			track_init(&next, 0, at_m, 2.5, t->speed_mps, 2, tr->typical_length_m, tr->now_s);
			next.presumed = true;
			next.seed = t->seed;
			if (at_m > s->far_m - 2 || !insert(tr, &next))
				return;
			continue;
		}
		if (!run->open_far && !t->presumed && t->dist_m > s->near_m && (rest_m < 2.5 || !may_hide || longer))
			track_see_length(t, t->length_m + rest_m, 1.5 + 2 * cell_m);
		return;
	}
}

static double covered_share(const uint8_t *cover, double from, double to, uint32_t n)
{
	int32_t first = (int32_t) fmax(from, 0), end = (int32_t) fmin(to, n), body = 0;
	for (int32_t i = first; i < end; i++)
		body += cover[i] == COVER_BODY || cover[i] == COVER_SHADOW || cover[i] == COVER_FAINT;
	return end - first < 4 ? NAN : (double) body / (end - first);
}

/* Room for another vehicle between two, and no road to be seen there: it is there. */
static void explain_between(struct traffic *tr, const uint8_t *cover)
{
	const struct strip *s = tr->strip;
	for (uint32_t k = 0; k + 1 < tr->n && tr->n < TRAFFIC_MAX; k++) {
		const struct track *t = &tr->tracks[k], *behind = &tr->tracks[k + 1];
		bool sure = behind->var_speed < SURE_SPEED_SD * SURE_SPEED_SD || behind->presumed; /* else it may be nobody, or drive as the one ahead does */
		double room_m = behind->dist_m - t->dist_m - t->length_m, speed_mps = fmax(sure ? fmin(t->speed_mps, behind->speed_mps) : t->speed_mps, 0);
		double gap_m = STAND_GAP_M + HEADWAY_GAP_S * speed_mps;
		if (room_m < tr->typical_length_m + 1.6 * gap_m || speed_mps > 6 || t->dist_m < 0)
			continue;
		double fit = fmax(1, floor((room_m + 0.4 * gap_m) / (tr->typical_length_m + gap_m)));
		double at_m = t->dist_m + t->length_m + (room_m - fit * tr->typical_length_m) / (fit + 1);
		struct track next;
		track_init(&next, 0, at_m, 2, speed_mps, 2, tr->typical_length_m, tr->now_s);
		next.presumed = true;
		next.seed = t->seed;
		double share = covered_share(cover, track_end_cell(t, s) - 2, track_end_cell(&next, s) - 2, s->n);
		if (share > 0.8)
			insert(tr, &next);
	}
}

/* Share of the cells where it should be visible that are covered, of all of it or of its front, whichever is less; NaN when all of it is
 * hidden. */
static double support(const struct traffic *tr, uint32_t k, const uint8_t *cover)
{
	const struct strip *s = tr->strip;
	const struct track *t = &tr->tracks[k];
	double end = strip_cell(s, t->dist_m + BODY_MIN_M) + strip_roof(s, 1.2);
	double from = fmin(visible_from(tr, k), s->n - 5.0), all = covered_share(cover, from, end, s->n);
	return fmin(all, covered_share(cover, from, fmin(end, from + FRONT_CELLS), s->n));
}

/* Two in one place are one: the one that was seen less was a guess. */
static bool displaced(const struct traffic *tr, uint32_t k)
{
	const struct track *t = &tr->tracks[k];
	for (uint32_t i = k > 0 ? k - 1 : 0; i <= k + 1 && i < tr->n; i++) {
		const struct track *other = &tr->tracks[i];
		double least_m = t->presumed && !other->presumed ? BODY_MIN_M + 0.7 : 3.0;
		if (i != k && fabs(t->dist_m - other->dist_m) < least_m && (t->fronts < other->fronts || (t->fronts == other->fronts && i < k)))
			return true;
	}
	return false;
}

/* Who came and closes up to a queue does not leave it: what hides his lamps may be as long and as high as a lorry. */
static bool behind_lorry(const struct traffic *tr, const struct track *t, double behind_m, const struct track *ahead)
{
	double hidden_m = LORRY_HIDES_M + (t->dist_m + tr->strip->foot_m) * (LORRY_HIGH_M - LAMPS_HEIGHT_M) / fmax(tr->strip->height_m - LAMPS_HEIGHT_M, LORRY_HIGH_M);
	return (ahead->stood_s > SETTLE_S || fabs(ahead->speed_mps) < GONE_MPS) && t->fronts >= LAMPS_CAME && t->born_dist_m - t->dist_m > LAMPS_CAME_M && behind_m < hidden_m;
}

/* The roof of the one ahead is before its lamps, or they have left the picture. */
static bool lamps_hidden(const struct traffic *tr, uint32_t k)
{
	double lamp = track_front_cell(&tr->tracks[k], tr->strip) + strip_roof(tr->strip, LAMPS_HEIGHT_M);
	const struct track *ahead = k > 0 ? &tr->tracks[k - 1] : NULL;
	bool room = ahead && tr->tracks[k].dist_m - ahead->dist_m > BODY_MIN_M + 1.5 && tr->tracks[k].fronts >= LAMPS_SURE;
	double behind_m = ahead ? tr->tracks[k].dist_m - ahead->dist_m - ahead->length_m : INFINITY;
	return lamp < 2 || (room && (lamp < track_end_cell(ahead, tr->strip) + 2 || behind_m < (ahead->stood_s > SETTLE_S ? CLOSED_UP_STANDING_M : CLOSED_UP_M + 0.6 * ahead->speed_mps))) ||
		(room && behind_lorry(tr, &tr->tracks[k], behind_m, ahead));
}

/* Where a roof's end is that hides lamps `lit_m` before the line, and where the lamps are that a roof hides. */
static double roof_end_m(const struct strip *s, double lit_m, double high_m)
{
	return (lit_m + s->foot_m) * (s->height_m - high_m) / (s->height_m - LAMPS_HEIGHT_M) - s->foot_m;
}

static double roof_hides_m(const struct strip *s, double end_m, double high_m)
{
	return (end_m + s->foot_m) * (s->height_m - LAMPS_HEIGHT_M) / (s->height_m - high_m) - s->foot_m;
}

static bool lorry_hid(const struct traffic *tr, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++) {
		const struct track *t = &tr->tracks[i];
		if (t->high && tr->tracks[k].lit_m < roof_hides_m(tr->strip, t->dist_m + t->length_m, LORRY_ROOF_M) + LORRY_OUT_M)
			return true;
	}
	return false;
}

/* By night: lamps that came and went out of sight far behind one that stands were hidden by no car. It is a lorry, up to where they shone last. */
static void know_lorry(struct traffic *tr, uint32_t k, bool seen, double dt_s)
{
	const struct strip *s = tr->strip;
	struct track *t = &tr->tracks[k], *ahead = k > 0 ? &tr->tracks[k - 1] : NULL;
	double dark_s = t->dark_s;
	t->dark_s = seen ? 0 : dark_s + dt_s;
	t->lit_m = seen ? t->dist_m : t->lit_m;
	if (!ahead || s->height_m < LORRY_ROOF_M + 1 || t->fronts < LAMPS_CAME)
		return;
	bool went_out = dark_s < OUT_S && t->dark_s >= OUT_S && t->born_dist_m - t->lit_m > LAMPS_CAME_M;
	bool stands = ahead->fronts >= LAMPS_SURE && fabs(ahead->speed_mps) < GONE_MPS;
	if (!went_out || !stands || lorry_hid(tr, k) || t->lit_m < roof_hides_m(s, ahead->dist_m + tr->typical_length_m, CAR_ROOF_M) + LORRY_OUT_M)
		return;
	ahead->high = true;
	ahead->height_m = LORRY_ROOF_M / 0.9;
	ahead->length_m = CLAMP(roof_end_m(s, t->lit_m, LORRY_ROOF_M) - ahead->dist_m, LORRY_LEAST_M, LORRY_MOST_M);
	ahead->length_sd = LORRY_SD_M;
}

/* Who closes up in the dark is not seen doing so: as drivers do, he stops behind the one ahead. */
static void close_up(struct traffic *tr, const bool *seen)
{
	for (uint32_t k = 1; k < tr->n; k++) {
		const struct track *ahead = &tr->tracks[k - 1];
		struct track *t = &tr->tracks[k];
		double room_m = t->dist_m - ahead->dist_m - ahead->length_m - STAND_GAP_M + 0.3;
		if (seen[k] || !lamps_hidden(tr, k))
			continue;
		track_limit_speed(t, ahead->speed_mps + sqrt(2 * BRAKE_MPS2 * fmax(room_m, 0)));
		t->dist_m -= fmin(room_m, 0);
		if (ahead->stood_s > SETTLE_S && room_m < CLOSED_UP_LEFT_M)
			track_stop(t);
	}
}

/* Those for whom nothing speaks any more leave. */
static void check_tracks(struct traffic *tr, const uint8_t *cover, const bool *seen, bool night, double dt_s)
{
	const struct strip *s = tr->strip;
	for (uint32_t k = tr->n; k-- > 0;) {
		struct track *t = &tr->tracks[k];
		double share = support(tr, k, cover);
		if (night)
			know_lorry(tr, k, seen[k], dt_s);
		if (night)
			t->unseen_s = seen[k] ? 0 : t->unseen_s + (lamps_hidden(tr, k) ? 0 : dt_s);
		else
			t->unseen_s = share < 0.3 ? t->unseen_s + dt_s : 0;
		bool apart = k > 0 && t->dist_m - tr->tracks[k - 1].dist_m - tr->tracks[k - 1].length_m > hidden_m(tr, &tr->tracks[k - 1]) + 2;
		t->closed_s = apart && t->presumed && !seen[k] ? t->closed_s + dt_s : 0;
		bool gone = track_end_cell(t, s) < 0 || t->dist_m < s->near_m - t->length_m - 25;
		if (gone || displaced(tr, k) || t->unseen_s > (night ? DARK_MAX_S : UNSEEN_MAX_S) || t->closed_s > CLOSED_MAX_S || (t->fronts < 3 && !t->presumed && t->unseen_s > 0.15))
			drop(tr, k);
	}
}

/* Nobody drives through the one ahead. */
static void keep_order(struct traffic *tr)
{
	for (uint32_t k = 1; k < tr->n; k++) {
		struct track *ahead = &tr->tracks[k - 1], *t = &tr->tracks[k];
		if (t->dist_m < ahead->dist_m) {
			struct track swap = *t;
			*t = *ahead;
			*ahead = swap;
			k = 0;
			continue;
		}
		double least_m = ahead->dist_m + fmin(ahead->length_m, BODY_MIN_M + 1) + 0.5;
		if (t->presumed && t->dist_m < least_m) {
			t->dist_m = least_m;
			track_limit_speed(t, ahead->speed_mps);
		}
	}
}

static void take_patches(struct traffic *tr, const uint8_t *samples)
{
	const struct strip *s = tr->strip;
	for (uint32_t k = 0; k < tr->n; k++) {
		struct track *t = &tr->tracks[k];
		double moved = fabs(strip_cell(s, t->dist_m) - strip_cell(s, t->patch.dist_m));
		bool old = t->patch.n == 0 || moved > 6 || (moved > 1 && tr->now_s - t->patch.taken_s > 1) || tr->now_s - t->patch.taken_s > 20;
		if (!old)
			continue;
		double until = k + 1 < tr->n ? track_front_cell(&tr->tracks[k + 1], s) + strip_roof(s, 0.6) : INFINITY;
		track_take_patch(t, s, samples, visible_from(tr, k), fmin(track_end_cell(t, s), until), tr->now_s);
	}
}

static bool trusted(const struct traffic *tr, const struct track *t)
{
	double far_m = tr->strip->near_m + FAR_SHARE * (tr->strip->far_m - tr->strip->near_m);
	if (t->seed)
		return tr->now_s - t->born_s < SEED_TRUST_S || t->born_dist_m - t->dist_m > 4;
	return t->born_dist_m - t->dist_m > 4 || t->born_dist_m > far_m;
}

static void learn(struct traffic *tr, const struct run *runs, uint32_t n_runs, double dt_s)
{
	const struct strip *s = tr->strip;
	float hold[STRIP_MAX] = {0};
	/* Near what is covered, free cells may be a roof as grey as the road. */
	for (uint32_t r = 0; r < n_runs; r++) {
		if (runs[r].slight)
			continue;
		bool near = r + 1 < n_runs && runs[r + 1].first - runs[r].end <= HOLD_GAP_CELLS;
		uint32_t end = near ? runs[r + 1].first : MIN(runs[r].end + 3, s->n);
		for (uint32_t i = runs[r].first < 3 ? 0 : runs[r].first - 3; i < end; i++)
			hold[i] = RUN_HOLD;
	}
	for (uint32_t k = 0; k < tr->n; k++) {
		float sure = trusted(tr, &tr->tracks[k]) ? 1.0f : RUN_HOLD;
		int32_t from = (int32_t) fmax(track_front_cell(&tr->tracks[k], s) - 2, 0);
		int32_t to = (int32_t) fmin(track_end_cell(&tr->tracks[k], s) + 3, s->n);
		for (int32_t i = from; i < to; i++)
			hold[i] = fmaxf(hold[i], sure);
	}
	for (uint32_t k = 0; k < tr->n_slim; k++)
		for (int32_t i = (int32_t) fmax(tr->slim[k].first, 0); i < (int32_t) fmin(tr->slim[k].end, s->n); i++)
			hold[i] = 1;
	for (uint32_t i = 0; i < s->n && strip_dist(s, i) < -0.3; i++)
		hold[i] = 0; /* nobody waits beyond the stop line, but crossings are painted there */
	for (uint32_t r = 0; r < n_runs; r++)
		if (runs[r].arriving)
			backdrop_learn_shadow(tr->backdrop, runs[r].first);
	backdrop_learn(tr->backdrop, hold, dt_s);
}

/* Two vehicles that pass one after the other show road between them; where they do not (the first is high, or both creep), they are
 * at least so far apart as drivers keep. What follows nearer is a part of the same long vehicle. */
static bool apart_from_last(const struct traffic *tr, const struct track *t)
{
	double least_m = BODY_MIN_M + 0.7 + STAND_GAP_M - 0.3 + 0.6 * t->speed_mps;
	return t->dist_m - tr->last_dist_m > (tr->gap_seen ? BODY_MIN_M : least_m);
}

/* The one that passed drives on, in sight or not: else a phantom that was counted would hold up all behind it for ever. */
static void follow_last(struct traffic *tr, double dt_s)
{
	tr->last_dist_m -= fmax(tr->last_mps, GONE_MPS) * dt_s;
	for (uint32_t k = 0; k < tr->n; k++)
		if (tr->tracks[k].id == tr->last_id) {
			tr->last_dist_m = fmin(tr->tracks[k].dist_m, tr->last_dist_m + (tr->last_mps > GONE_MPS ? tr->last_mps - GONE_MPS : 0) * dt_s);
			tr->last_mps = tr->tracks[k].speed_mps;
		}
}

static void look_at_line(struct traffic *tr, const uint8_t *cover)
{
	const struct strip *s = tr->strip;
	bool free = true;
	int32_t line = (int32_t) fmax(strip_cell(s, 0.2), 0);
	for (int32_t i = line; i < line + LINE_CELLS && i < (int32_t) s->n; i++)
		free = free && cover[i] == COVER_FREE;
	tr->gap_seen = tr->gap_seen || free;
}

void traffic_class(struct traffic *tr, const struct track *t, bool seen)
{
	double share[CLASSES];
	enum vehicle_class what = track_class(t, share);
	tr->unclassed += !seen;
	for (uint32_t k = 0; seen && k < CLASSES; k++)
		tr->class_var[k] += share[k] * (1 - share[k]);
	tr->passed_class[what] += seen;
}

static void pass(struct traffic *tr, const struct track *t, bool night)
{
	tr->passed++;
	traffic_class(tr, t, !night);
	tr->last_id = t->id;
	tr->last_dist_m = t->dist_m;
	tr->last_mps = t->speed_mps;
	tr->gap_seen = false;
}

/* As short as a two-wheeler, and for long at the side of a lorry, at its pace: what falls or leans over from there. */
static bool is_of_a_lorry(const struct traffic *tr, const struct track *t)
{
	double share[CLASSES];
	return t->beside_s > BESIDE_FRAC * (tr->now_s - t->born_s) && track_class(t, share) == CLASS_TWO_WHEELER;
}

static void count(struct traffic *tr, const uint8_t *cover, bool night, double dt_s)
{
	bool covered = false;
	look_at_line(tr, cover);
	follow_last(tr, dt_s);
	for (uint32_t k = 0; k < tr->n; k++) {
		struct track *t = &tr->tracks[k];
		covered = covered || (t->dist_m <= 0 && t->dist_m + t->length_m >= 0);
		if (t->dist_m > 0 || t->counted)
			continue;
		t->counted = true;
		/* Who drives on its own shows its front by then; presumed ones pass only where all creep. */
		if ((t->fronts >= 2 || t->speed_mps < CREEP_MPS) && apart_from_last(tr, t) && !is_of_a_lorry(tr, t))
			pass(tr, t, night);
	}
	tr->covered_s += covered ? dt_s : 0;
}

void traffic_step(struct traffic *tr, const struct sighting *now, double t_s)
{
	struct run runs[RUNS_MAX];
	bool seen[TRAFFIC_MAX + RUNS_MAX] = {false};
	double dt_s = isnan(tr->now_s) ? 0 : t_s - tr->now_s;
	if (isnan(tr->begun_s))
		tr->begun_s = t_s;
	tr->now_s = t_s;
	tr->night = now->night;
	uint8_t cover[STRIP_MAX];
	memcpy(cover, backdrop_look(tr->backdrop, now), tr->strip->n);
	const uint8_t *samples = backdrop_samples(tr->backdrop);
	for (uint32_t k = 0; k < tr->n; k++)
		track_predict(&tr->tracks[k], dt_s);
	uint32_t n_runs;
	if (now->night)
		n_runs = lamp_runs(tr->strip, now, cover, runs);
	else {
		follow_patches(tr, samples);
		fill_bodies(tr, cover);
		n_runs = find_runs(tr->strip, cover, runs);
		place_fronts(tr, runs, n_runs);
	}
	for (uint32_t r = 0; r < n_runs; r++) {
		double dist_m = strip_dist(tr->strip, runs[r].front_cell);
		runs[r].taken = now->night ? on_standing(tr, dist_m) : inside_body(tr, runs[r].first, dist_m);
	}
	match_fronts(tr, runs, n_runs, seen);
	if (!now->night)
		see_extents(tr, runs, n_runs);
	keep_order(tr);
	check_tracks(tr, cover, seen, now->night, dt_s);
	if (now->night) {
		close_up(tr, seen);
		tails_look(&tr->tails, tr->strip, now, tr->tracks, tr->n, t_s);
	} else
		join_parts(tr, cover);
	count(tr, cover, now->night, dt_s);
	begin_tracks(tr, runs, n_runs);
	if (!now->night) {
		for (uint32_t r = 0; r < n_runs; r++)
			if (!runs[r].slight)
				explain_end(tr, &runs[r]);
		explain_between(tr, cover);
		take_patches(tr, samples);
	}
	learn(tr, runs, n_runs, dt_s);
}
