/* incident.c - what stands or drives on a lane as nothing should. See incident.h. */
#include "vision/incident.h"

#define LINE_M 20.0        /* so near to the stop line one may wait */
#define ALONE_M 20.0       /* behind a vehicle ahead, or its rear */
#define ALONE_NIGHT_M 30.0 /* what a lorry hides of those behind it is dark road by night */
#define FREE_SHARE 0.7     /* of the cells between them, at least */
#define BEAM_M 24.0        /* so far before it its own lamps light paint and dirt */
#define LIT_STAYS_M 2.0    /* which move no farther */
#define STANDS_MPS 2.0
#define PLACE_M 4.0        /* so far it may seem to move while it stands, */
#define MISSED_S 2.5       /* and so long to be gone */
#define CAME_M 8.0         /* it was seen driving so far */
#define SEEN_LEAST 20      /* pictures that showed its front, of one who drives the wrong way, */
#define CAME_LEAST 12      /* and of one who came and stands: far away in rain they are few */
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

/* By night: what was first seen when the one behind it was there already, in its beam, and never moved is what it lights. */
static bool lit_by(const struct track *what, const struct track *t)
{
	return !what->seed && what->born_s > t->born_s && fabs(what->born_dist_m - what->dist_m) < LIT_STAYS_M && t->dist_m - what->dist_m < BEAM_M;
}

static const struct track *ahead_of(const struct traffic *tr, uint32_t k)
{
	const struct track *t = &tr->tracks[k];
	while (k-- > 0)
		if (!tr->night || !lit_by(&tr->tracks[k], t))
			return &tr->tracks[k];
	return NULL;
}

/* By night lamps alone are seen, and each is a vehicle's or what one lights. */
static bool free_before(const struct traffic *tr, const struct track *t)
{
	return tr->night || free_share(tr, t->dist_m - ALONE_M, t->dist_m - 1) >= FREE_SHARE;
}

static bool stands_alone(const struct traffic *tr, uint32_t k)
{
	const struct track *t = &tr->tracks[k], *ahead = ahead_of(tr, k);
	double before_m = ahead ? fmax(ahead->dist_m + ahead->length_m, 0) : 0;
	if (fabs(t->speed_mps) > STANDS_MPS || t->presumed || t->seed || t->fronts < CAME_LEAST || t->born_dist_m - t->dist_m < CAME_M)
		return false;
	return t->dist_m > LINE_M && t->dist_m - before_m > (tr->night ? ALONE_NIGHT_M : ALONE_M) && free_before(tr, t);
}

/* Who stands alone for long enough, at one place: a front that is lit from behind trembles. A queue that drives off leaves some behind for a moment. */
static bool broken_down(struct incident_memory *m, const struct traffic *tr)
{
	const struct track *who = NULL;
	bool same = false;
	for (uint32_t k = 0; k < tr->n && !same; k++) {
		if (!stands_alone(tr, k))
			continue;
		same = m->known && fabs(tr->tracks[k].dist_m - m->at_m) < PLACE_M;
		who = same || !who ? &tr->tracks[k] : who;
	}
	if (same)
		m->seen_s = tr->now_s;
	else if (!m->known || tr->now_s - m->seen_s > MISSED_S)
		*m = (struct incident_memory){.known = who != NULL, .at_m = who ? who->dist_m : NAN, .since_s = tr->now_s, .seen_s = tr->now_s};
	return same && tr->now_s - m->since_s >= INCIDENT_STOOD_S;
}

/* Nobody drives away into one that stands there: in a queue a pattern was taken for the next one's. */
static bool drives_away(const struct traffic *tr, uint32_t k)
{
	const struct track *t = &tr->tracks[k], *behind = k + 1 < tr->n ? &tr->tracks[k + 1] : NULL;
	if (behind && fabs(behind->speed_mps) < WRONG_MPS && behind->dist_m - t->dist_m < WRONG_ROOM_M)
		return false;
	return !t->presumed && t->fronts >= SEEN_LEAST && t->speed_mps < -WRONG_MPS && t->dist_m - t->least_m > WRONG_M;
}

enum incident incident_on(struct incident_memory *m, const struct traffic *tr, double *dist_m)
{
	bool broken = broken_down(m, tr);
	*dist_m = tr->night ? tails_away_m(&tr->tails) : NAN;
	for (uint32_t k = 0; k < tr->n && isnan(*dist_m); k++)
		if (drives_away(tr, k))
			*dist_m = tr->tracks[k].dist_m;
	if (!isnan(*dist_m))
		return INCIDENT_WRONG_WAY;
	*dist_m = broken ? m->at_m : NAN;
	return broken ? INCIDENT_STANDING : INCIDENT_NONE;
}
