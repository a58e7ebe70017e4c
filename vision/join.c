/* join.c - what looks like several vehicles and moves like one is one. See join.h. */
#include "vision/join.h"

#include <string.h>

#define FIRST_CELLS 2.5   /* what two vehicles would have drifted apart by, that tells anything */
#define SECOND_CELLS 4.5
#define SAME_SHARE 0.3    /* of it: moves like one */
#define LONGEST_M 20.0
#define ROAD_CELLS 2      /* free cells in a row are road */
#define LORRY_LEAST_M 6.5
#define LORRY_M 3.3       /* high */
/* A lorry is as wide as its lane and higher than the strip's sides, so for its whole height and length no sample beside it shows road; cars leave some. */
#define WIDE_FROM_M 25.0  /* nearer cars fill the strip too */
#define WIDE_HIGH_M 2.2   /* what is wide for so much of its height and */
#define WIDE_CELLS 6      /* of its length is none of them; */
#define WIDE_CUT_CELLS 20 /* of one that the picture's edge cuts that much */
#define WIDE_SEEN_CELLS 20 /* of them not hidden by the one ahead */
#define WIDE_MISS 3       /* each cell that is not wide outweighs so many that are */
#define WIDE_OVER 36      /* so much below the best it has ended */
#define WIDE_VOTES 5      /* pictures more that say so than not */
#define WIDE_VOTES_MOST 20
#define WIDE_LENGTH_M 9.0 /* of one whose end is not seen */

static bool road_between(const struct traffic *tr, const struct track *ahead, const struct track *t, const uint8_t *cover)
{
	int32_t from = (int32_t) fmax(track_front_cell(ahead, tr->strip) + 2, 0), to = (int32_t) fmin(track_front_cell(t, tr->strip), tr->strip->n);
	int32_t free = 0;
	for (int32_t i = from; i < to; i++) {
		free = cover[i] == COVER_FREE ? free + 1 : 0;
		if (free >= ROAD_CELLS)
			return true;
	}
	return false;
}

static void begin_pair(struct traffic *tr, const struct track *ahead, struct track *t)
{
	double cells = track_front_cell(t, tr->strip) - track_front_cell(ahead, tr->strip);
	t->pair = (struct pair){.id = ahead->id, .cells = cells, .gap_m = t->dist_m - ahead->dist_m};
}

/* One that is so long and so high covers up to where the last part of it was thought to end. */
static void lengthen(struct traffic *tr, struct track *ahead, const struct track *part)
{
	const struct strip *s = tr->strip;
	ahead->height_m = LORRY_M;
	double end = strip_dist(s, track_end_cell(part, s) - strip_roof(s, 0.9 * LORRY_M));
	ahead->length_m = CLAMP(end - ahead->dist_m, fmax(LORRY_LEAST_M, ahead->length_m), LONGEST_M);
	ahead->length_sd = 1.0;
	ahead->high = true;
}

struct wide { /* cells [from, end) */
	uint32_t from, end;
	bool cut; /* it may go on: the picture ends there, or another front was seen */
};

/* What is wide from a track's front on, or from where the roof ahead no longer hides it. */
static struct wide wide_from(const struct traffic *tr, uint32_t k)
{
	const struct strip *s = tr->strip;
	const uint16_t *bodies = backdrop_bodies(tr->backdrop);
	double front = track_front_cell(&tr->tracks[k], s) + 3, hidden = k > 0 ? track_end_cell(&tr->tracks[k - 1], s) : 0;
	uint32_t from = (uint32_t) CLAMP(fmax(front, hidden), 0, s->n), until = s->n;
	struct wide w = {.from = from, .end = from};
	for (uint32_t i = k + 1; i < tr->n && until == s->n; i++)
		if (!tr->tracks[i].presumed)
			until = (uint32_t) CLAMP(track_front_cell(&tr->tracks[i], s) - 2, from, s->n);
	for (int32_t i = (int32_t) from, score = 0, best = 0; i < (int32_t) until && score >= best - WIDE_OVER; i++) {
		score += bodies[i] == (1u << STRIP_LATERAL) - 1 ? 1 : -WIDE_MISS;
		if (score > best) {
			best = score;
			w.end = (uint32_t) i + 1;
		}
	}
	w.cut = w.end + 2 >= until;
	return w;
}

/* What was presumed to make up its length goes. */
static void make_high(struct traffic *tr, uint32_t k, const struct wide *w)
{
	const struct strip *s = tr->strip;
	struct track *t = &tr->tracks[k];
	while (k + 1 < tr->n && tr->tracks[k + 1].presumed && track_front_cell(&tr->tracks[k + 1], s) < w->end) {
		tr->n--;
		memmove(t + 1, t + 2, (tr->n - k - 1) * sizeof *t);
	}
	if (!t->high)
		t->length_m = WIDE_LENGTH_M;
	t->high = true;
	t->height_m = LORRY_M;
	if (!w->cut)
		track_see_length(t, fmax(strip_dist(s, w->end - strip_roof(s, 0.9 * LORRY_M)) - t->dist_m, LORRY_LEAST_M), 1.0);
}

void join_wide(struct traffic *tr)
{
	const struct strip *s = tr->strip;
	for (uint32_t k = 0; k < tr->n; k++) {
		struct track *t = &tr->tracks[k];
		if (t->presumed || t->fronts < 3 || t->dist_m < WIDE_FROM_M || track_front_cell(t, s) + 3 >= s->n)
			continue;
		struct wide w = wide_from(tr, k);
		bool wide = w.end - track_front_cell(t, s) >= (w.cut ? WIDE_CUT_CELLS : strip_roof(s, WIDE_HIGH_M)) + WIDE_CELLS && w.end - w.from >= WIDE_SEEN_CELLS;
		t->wide = (int8_t) CLAMP(t->wide + (wide ? 1 : -1), -WIDE_VOTES_MOST, WIDE_VOTES_MOST);
		if (wide && t->wide >= WIDE_VOTES)
			make_high(tr, k, &w);
	}
}

void join_parts(struct traffic *tr, const uint8_t *cover)
{
	const struct strip *s = tr->strip;
	for (uint32_t k = tr->n; k-- > 1;) {
		struct track *t = &tr->tracks[k], *ahead = &tr->tracks[k - 1];
		if (t->pair.id != ahead->id) {
			begin_pair(tr, ahead, t);
			continue;
		}
		if (t->pair.apart || t->dist_m - ahead->dist_m > LONGEST_M)
			continue;
		if (road_between(tr, ahead, t, cover)) {
			t->pair.apart = true;
			continue;
		}
		double now = track_front_cell(t, s) - track_front_cell(ahead, s);
		double drifted = strip_cell(s, ahead->dist_m + t->pair.gap_m) - track_front_cell(ahead, s) - t->pair.cells;
		bool same = fabs(now - t->pair.cells) < SAME_SHARE * drifted;
		if (drifted >= FIRST_CELLS && !t->pair.once) {
			if (!same)
				begin_pair(tr, ahead, t);
			else
				t->pair.once = true;
		} else if (drifted >= SECOND_CELLS) {
			if (!same) {
				begin_pair(tr, ahead, t);
				continue;
			}
			lengthen(tr, ahead, t);
			tr->n--;
			memmove(t, t + 1, (tr->n - k) * sizeof *t);
		}
	}
}
