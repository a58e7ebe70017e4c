/* plate_book.c - the plates on one lane that were found already. See plate_book.h. */
#include "vision/plate_book.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define SAME_M 2.2       /* fronts of two vehicles are further apart, a motorcycle's length at least */
#define LATELY_S 0.6     /* so long its own speed holds */
#define APART_S 0.08     /* two finds tell a speed */
#define SPEED_TRUST 0.5  /* of what the last two tell */

void plate_book_move(struct plate_book *b, double now_s, double dt_s, double gone_m, double (*speed_at)(const void *user, double dist_m), const void *user)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		struct plate_entry e = b->all[i];
		double there_mps = e.sightings > 1 && now_s - e.seen_s < LATELY_S ? NAN : speed_at(user, e.dist_m);
		if (!isnan(there_mps))
			e.speed_mps = there_mps;
		e.dist_m -= e.speed_mps * dt_s;
		if (e.dist_m > gone_m)
			b->all[kept++] = e;
	}
	b->n = kept;
}

struct plate_entry *plate_book_at(struct plate_book *b, double dist_m)
{
	struct plate_entry *best = NULL;
	for (uint32_t i = 0; i < b->n; i++) {
		double off_m = fabs(b->all[i].dist_m - dist_m);
		if (off_m < SAME_M && (!best || off_m < fabs(best->dist_m - dist_m)))
			best = &b->all[i];
	}
	return best;
}

bool plate_book_found(struct plate_book *b, double dist_m, double speed_mps, double now_s)
{
	struct plate_entry *e = plate_book_at(b, dist_m);
	if (e) {
		double over_s = now_s - e->seen_s, told_mps = (e->seen_m - dist_m) / over_s;
		if (over_s >= APART_S)
			e->speed_mps = e->sightings > 1 ? e->speed_mps + SPEED_TRUST * (told_mps - e->speed_mps) : told_mps;
		e->sightings++;
		e->dist_m = e->seen_m = dist_m;
		e->seen_s = e->looked_s = now_s;
		return false;
	}
	if (b->n == PLATE_BOOK_MAX) /* the oldest finds are the nearest to the line */
		memmove(b->all, b->all + 1, --b->n * sizeof *b->all);
	b->all[b->n++] = (struct plate_entry){.dist_m = dist_m, .speed_mps = speed_mps, .seen_s = now_s, .seen_m = dist_m, .sightings = 1, .looked_s = now_s};
	b->distinct++;
	return true;
}
