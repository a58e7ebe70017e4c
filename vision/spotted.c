/* spotted.c - the vehicles on one lane, from what a network found on it. See spotted.h. */
#include "vision/spotted.h"

#include <string.h>

#define START_S 5.0        /* what is there so soon was there before */
#define GATE_LEAST_M 1.5
#define GATE_MOST_M 9.0
#define SAME_M 2.5         /* no two fronts are so near */
#define PART_SHARE 0.8     /* of a long body: a box that begins within it is its trailer */
#define PART_LEAST_M 6.5
#define LOST_S 0.9         /* not found for so long while it moves, it has gone */
#define STOOD_LOST_S 3.0   /* and while it stands: networks blink */
#define YOUNG_LOST_S 0.35  /* found once only */
#define HIDDEN_S 120.0     /* behind a larger one, at most, */
#define HIDDEN_SHARE 0.35  /* of what could be seen of it */
#define HIDDEN_LEAST 10    /* by who was found so often before */
#define SEEN_LEAST 2       /* times before it counts */
#define NEW_SPEED_MPS 9.0
#define NEW_SPEED_SD 9.0
#define STANDS_MPS 0.7
#define STAND_GAP_M 2.0
#define BRAKE_MPS2 2.0
#define HIDDEN_SD_M 2.0    /* where it can be, at most */
#define BEYOND_M 2.0       /* past the line nobody begins */

static void order(struct traffic *tr)
{
	for (uint32_t k = 1; k < tr->n; k++)
		for (uint32_t i = k; i > 0 && tr->tracks[i].dist_m < tr->tracks[i - 1].dist_m; i--) {
			struct track swap = tr->tracks[i];
			tr->tracks[i] = tr->tracks[i - 1];
			tr->tracks[i - 1] = swap;
		}
}

static double predict(struct traffic *tr, double t_s)
{
	double dt_s = isnan(tr->now_s) ? 0 : t_s - tr->now_s;
	if (isnan(tr->begun_s))
		tr->begun_s = t_s;
	tr->now_s = t_s;
	for (uint32_t k = 0; k < tr->n; k++)
		track_predict(&tr->tracks[k], dt_s);
	return dt_s;
}

/* Over the line, and what of the time it was covered. */
static void count(struct traffic *tr, double dt_s)
{
	bool covered = false;
	for (uint32_t k = 0; k < tr->n; k++) {
		struct track *t = &tr->tracks[k];
		covered = covered || (t->dist_m <= 0 && t->dist_m + t->length_m >= 0);
		if (t->dist_m > 0 || t->counted)
			continue;
		t->counted = true;
		if (t->fronts < SEEN_LEAST)
			continue;
		tr->passed++;
		traffic_class(tr, t, true);
		tr->last_id = t->id;
	}
	tr->covered_s += covered ? dt_s : 0;
}

static double gate_m(const struct track *t, const struct spot *s)
{
	return CLAMP(3 * sqrt(t->var_dist + s->dist_sd * s->dist_sd), GATE_LEAST_M, GATE_MOST_M);
}

static void see(struct track *t, const struct spot *s)
{
	t->unseen_s = 0;
	t->fronts++;
	t->votes[s->kind] += t->votes[s->kind] < UINT16_MAX;
	if (s->cut)
		return;
	track_see(t, s->dist_m, s->dist_sd);
	track_see_length(t, s->length_m, s->length_sd);
}

/* Of several boxes of one body the best one is enough: others would keep alive what has gone. */
static void merge(const struct spot *spots, uint32_t n, uint32_t lane, bool *taken)
{
	for (uint32_t i = 0; i < n; i++) {
		taken[i] = spots[i].lane != lane || spots[i].kind == VEHICLE_PERSON;
		for (uint32_t k = 0; k < i && !taken[i]; k++)
			taken[i] = !taken[k] && fabs(spots[k].dist_m - spots[i].dist_m) < SAME_M;
	}
}

/* The nearest pair of spot and track first, until none fits. */
static void match(struct traffic *tr, const struct spot *spots, uint32_t n, bool *taken, bool *seen)
{
	for (;;) {
		double best = 1;
		uint32_t best_spot = 0, best_track = 0;
		for (uint32_t i = 0; i < n; i++)
			for (uint32_t k = 0; !taken[i] && k < tr->n; k++) {
				double off = fabs(tr->tracks[k].dist_m - spots[i].dist_m) / gate_m(&tr->tracks[k], &spots[i]);
				/* A front beyond the picture's edge may be anywhere below it. */
				if (spots[i].cut && tr->tracks[k].dist_m < spots[i].dist_m)
					off = fmin(off, 0.9);
				if (!seen[k] && off < best) {
					best = off;
					best_spot = i;
					best_track = k;
				}
			}
		if (best >= 1)
			return;
		taken[best_spot] = seen[best_track] = true;
		see(&tr->tracks[best_track], &spots[best_spot]);
	}
}

/* The same body told twice, or the trailer of one. */
static bool known(const struct traffic *tr, const struct spot *s)
{
	for (uint32_t k = 0; k < tr->n; k++) {
		const struct track *t = &tr->tracks[k];
		double into_m = s->dist_m - t->dist_m;
		if (fabs(into_m) < SAME_M || (t->length_m > PART_LEAST_M && into_m > 0 && into_m < PART_SHARE * t->length_m && t->unseen_s == 0))
			return true;
	}
	return false;
}

static void speed_near(const struct traffic *tr, double dist_m, double *speed_mps, double *sd)
{
	double best = 40;
	*speed_mps = NEW_SPEED_MPS;
	*sd = NEW_SPEED_SD;
	for (uint32_t k = 0; k < tr->n; k++) {
		double off = fabs(tr->tracks[k].dist_m - dist_m);
		if (off < best && tr->tracks[k].fronts > 5) {
			best = off;
			*speed_mps = tr->tracks[k].speed_mps;
			*sd = 4;
		}
	}
}

static void begin(struct traffic *tr, const struct spot *s)
{
	bool start = tr->now_s - tr->begun_s < START_S;
	double speed_mps, sd;
	if (tr->n == TRAFFIC_MAX || s->cut || s->dist_m < -BEYOND_M || known(tr, s))
		return;
	speed_near(tr, s->dist_m, &speed_mps, &sd);
	struct track *t = &tr->tracks[tr->n++];
	track_init(t, ++tr->next_id, s->dist_m, s->dist_sd, start ? 0 : speed_mps, start ? NEW_SPEED_SD : sd, s->length_m, tr->now_s);
	t->length_sd = s->length_sd;
	t->fronts = 1;
	t->votes[s->kind] = 1;
	t->seed = start;
	t->counted = s->dist_m <= 0;
	order(tr);
}

/* Much of it lies behind the one ahead, which is there, or it has left the picture. */
static bool hidden(const struct traffic *tr, uint32_t k, const bool *seen)
{
	const struct track *t = &tr->tracks[k];
	double front = track_front_cell(t, tr->strip), end = track_end_cell(t, tr->strip);
	if (t->dist_m < tr->strip->near_m + 1)
		return true;
	bool behind = k > 0 && track_end_cell(&tr->tracks[k - 1], tr->strip) > front + HIDDEN_SHARE * (end - front);
	return behind && seen[k - 1] && t->fronts >= HIDDEN_LEAST && t->closed_s < HIDDEN_S;
}

static void check_tracks(struct traffic *tr, const bool *seen, double since_s)
{
	for (uint32_t k = tr->n; k-- > 0;) {
		struct track *t = &tr->tracks[k];
		bool stands = fabs(t->speed_mps) < STANDS_MPS && t->fronts >= HIDDEN_LEAST;
		double most_s = t->fronts < SEEN_LEAST ? YOUNG_LOST_S : stands ? STOOD_LOST_S : LOST_S;
		bool behind = !seen[k] && hidden(tr, k, seen);
		t->closed_s = seen[k] ? 0 : t->closed_s + since_s;
		if (!seen[k] && !behind)
			t->unseen_s += since_s;
		bool gone = t->dist_m < tr->strip->near_m - t->length_m - 5 || t->dist_m > tr->strip->far_m + 30;
		if (!gone && t->unseen_s <= fmax(most_s, 1.5 * since_s))
			continue;
		tr->n--;
		memmove(t, t + 1, (tr->n - k) * sizeof *t);
	}
}

/* Nobody drives through the one ahead, and who cannot be seen closing up stops behind it as drivers do. */
static void close_up(struct traffic *tr, const bool *seen)
{
	for (uint32_t k = 1; k < tr->n; k++) {
		const struct track *ahead = &tr->tracks[k - 1];
		struct track *t = &tr->tracks[k];
		double room_m = t->dist_m - ahead->dist_m - ahead->length_m - STAND_GAP_M;
		if (seen[k])
			continue;
		track_limit_speed(t, fmax(ahead->speed_mps, 0) + sqrt(2 * BRAKE_MPS2 * fmax(room_m, 0)));
		t->dist_m -= fmin(room_m, 0);
		t->var_dist = fmin(t->var_dist, HIDDEN_SD_M * HIDDEN_SD_M);
	}
}

void spotted_wait(struct traffic *tr, double t_s)
{
	count(tr, predict(tr, t_s));
}

void spotted_step(struct traffic *tr, const struct spot *spots, uint32_t n, uint32_t lane, double t_s)
{
	bool seen[TRAFFIC_MAX] = {false}, taken[DETECTIONS_MAX] = {false};
	double since_s = isnan(tr->looked_s) ? 0 : t_s - tr->looked_s, dt_s = predict(tr, t_s);
	tr->looked_s = t_s;
	n = MIN(n, DETECTIONS_MAX);
	order(tr);
	merge(spots, n, lane, taken);
	match(tr, spots, n, taken, seen);
	close_up(tr, seen);
	check_tracks(tr, seen, since_s);
	order(tr);
	for (uint32_t i = 0; i < n; i++)
		if (!taken[i])
			begin(tr, &spots[i]);
	count(tr, dt_s);
}
