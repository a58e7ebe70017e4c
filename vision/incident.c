/* incident.c - what stands or drives on a lane as nothing should. See incident.h. */
#include "vision/incident.h"

#define LINE_M 20.0        /* so near to the stop line one may wait */
#define ALONE_M 20.0       /* behind a vehicle ahead, or its rear */
#define ALONE_NIGHT_M 30.0 /* what a lorry hides of those behind it is dark road by night */
#define FREE_SHARE 0.7     /* of the cells between them, at least */
#define CAME_M 8.0         /* it was seen driving so far */
#define SEEN_LEAST 20      /* pictures that showed its front */
#define WRONG_M 8.0        /* driven away from the stop line */
#define WRONG_MPS 2.0
#define WRONG_ROOM_M 12.0  /* of free lane where it drives to */

static double free_share(const struct traffic *tr, double from_m, double to_m)
{
	const uint8_t *cover = backdrop_cover(tr->backdrop);
	double from = fmax(strip_cell(tr->strip, from_m), 0), to = fmin(strip_cell(tr->strip, to_m), tr->strip->n), free = 0, n = 0;
	for (int32_t i = (int32_t) from; i < (int32_t) to; i++, n++)
		free += cover[i] == COVER_FREE;
	return n > 0 ? free / n : 0;
}

static bool stands_alone(const struct traffic *tr, uint32_t k)
{
	const struct track *t = &tr->tracks[k], *ahead = k > 0 ? &tr->tracks[k - 1] : NULL;
	double before_m = ahead ? fmax(ahead->dist_m + ahead->length_m, 0) : 0;
	if (t->stood_s < INCIDENT_STOOD_S || t->presumed || t->seed || t->fronts < SEEN_LEAST || t->born_dist_m - t->dist_m < CAME_M)
		return false;
	return t->dist_m > LINE_M && t->dist_m - before_m > (tr->night ? ALONE_NIGHT_M : ALONE_M) && free_share(tr, t->dist_m - ALONE_M, t->dist_m - 1) >= FREE_SHARE;
}

/* Nobody drives away into one that stands there: in a queue a pattern was taken for the next one's. */
static bool drives_away(const struct traffic *tr, uint32_t k)
{
	const struct track *t = &tr->tracks[k], *behind = k + 1 < tr->n ? &tr->tracks[k + 1] : NULL;
	if (behind && fabs(behind->speed_mps) < WRONG_MPS && behind->dist_m - t->dist_m < WRONG_ROOM_M)
		return false;
	return !t->presumed && t->fronts >= SEEN_LEAST && t->speed_mps < -WRONG_MPS && t->dist_m - t->least_m > WRONG_M;
}

enum incident incident_on(const struct traffic *tr, double *dist_m)
{
	*dist_m = NAN;
	for (uint32_t k = 0; k < tr->n; k++) {
		bool wrong = drives_away(tr, k);
		if (!wrong && !stands_alone(tr, k))
			continue;
		*dist_m = tr->tracks[k].dist_m;
		return wrong ? INCIDENT_WRONG_WAY : INCIDENT_STANDING;
	}
	return INCIDENT_NONE;
}
