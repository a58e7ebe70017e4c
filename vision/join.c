/* join.c - what looks like several vehicles and moves like one is one. See join.h. */
#include "vision/join.h"

#include <string.h>

#define FIRST_CELLS 2.5   /* what two vehicles would have drifted apart by, that tells anything */
#define SECOND_CELLS 4.5
#define SAME_SHARE 0.3    /* of it: moves like one */
#define LONGEST_M 20.0
#define ROAD_CELLS 2      /* free cells in a row are road */
#define LORRY_M 3.3       /* high */

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
	ahead->length_m = CLAMP(end - ahead->dist_m, fmax(6.5, ahead->length_m), LONGEST_M);
	ahead->length_sd = 1.0;
	ahead->high = true;
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
