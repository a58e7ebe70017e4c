/* track.c - one vehicle on one lane. See track.h. */
#include "vision/track.h"

#include <stdlib.h>
#include <string.h>

#define ACCEL_SD 2.0        /* m/s^2: what drivers do from one picture to the next */
#define STANDS_MPS 0.7
#define STOOD_SURE_S 3.0
#define STOOD_M 2.5
#define STOPPED_SD 0.4      /* m, m/s */
#define LENGTH_SD 0.8
#define LOW_SHARE 0.2       /* of those that move as lorries do: two cars that kept together */
#define LENGTHS_LEAST 3     /* pictures */
#define LENGTH_LEAST_SD 0.5 /* of what a picture says of a length, whatever was measured */
#define SPEED_MAX_MPS 45.0
#define WRONG_MAX_MPS 25.0
#define PATCH_MIN_CELLS 5
#define PATCH_FLAT 4.0      /* mean difference between neighbours below which a pattern says nothing */
#define PATCH_WORST 16.0    /* mean difference above which it is another vehicle */
#define SEARCH_MAX 40
#define BONNET_SHARE 0.55   /* of a car's height */
#define ROOF_FROM_M 2.2     /* behind its front it is as high as it gets */

void track_init(struct track *t, uint32_t id, double dist_m, double dist_sd, double speed_mps, double speed_sd, double length_m, double now_s)
{
	*t = (struct track){.id = id, .dist_m = dist_m, .speed_mps = speed_mps, .var_dist = dist_sd * dist_sd, .var_speed = speed_sd * speed_sd,
		.length_m = length_m, .length_sd = LENGTH_SD, .height_m = track_height_of(length_m), .born_s = now_s, .born_dist_m = dist_m, .least_m = dist_m};
}

double track_height_of(double length_m)
{
	return CLAMP(1.5 + 0.27 * (length_m - 5.0), 1.4, 3.4);
}

bool track_stands(const struct track *t)
{
	return t->stood_s > STOOD_SURE_S;
}

void track_predict(struct track *t, double dt_s)
{
	double q = ACCEL_SD * ACCEL_SD;
	t->dist_m -= t->speed_mps * dt_s;
	t->least_m = fmin(t->least_m, t->dist_m);
	bool there = track_stands(t) && fabs(t->dist_m - t->stood_m) < STOOD_M; /* measured here and there, it seems to move */
	t->stood_m = t->stood_s > 0 ? t->stood_m : t->dist_m;
	t->stood_s = there || fabs(t->speed_mps) < STANDS_MPS ? t->stood_s + dt_s : 0;
	t->var_dist += -2 * t->cov * dt_s + t->var_speed * dt_s * dt_s + q * pow(dt_s, 4) / 4;
	t->cov += -t->var_speed * dt_s - q * pow(dt_s, 3) / 2;
	t->var_speed = fmin(t->var_speed + q * dt_s * dt_s, 100);
}

void track_see(struct track *t, double dist_m, double dist_sd)
{
	double s = t->var_dist + dist_sd * dist_sd, off = dist_m - t->dist_m;
	double k0 = t->var_dist / s, k1 = t->cov / s;
	t->dist_m += k0 * off;
	t->speed_mps = CLAMP(t->speed_mps + k1 * off, -WRONG_MAX_MPS, SPEED_MAX_MPS);
	t->var_speed -= k1 * t->cov;
	t->cov *= 1 - k0;
	t->var_dist *= 1 - k0;
}

void track_limit_speed(struct track *t, double most_mps)
{
	t->speed_mps = fmin(t->speed_mps, fmax(0, most_mps));
}

void track_stop(struct track *t)
{
	t->speed_mps = t->cov = 0;
	t->var_speed = fmin(t->var_speed, STOPPED_SD * STOPPED_SD);
	t->var_dist = fmin(t->var_dist, STOPPED_SD * STOPPED_SD);
}

void track_see_length(struct track *t, double length_m, double sd)
{
	double k = t->length_sd * t->length_sd / (t->length_sd * t->length_sd + sd * sd);
	t->length_m = CLAMP(t->length_m + k * (length_m - t->length_m), 3.0, 20.0);
	t->length_sd = fmax(t->length_sd * sqrt(1 - k), 0.2);
	t->height_m = t->high ? fmax(t->height_m, track_height_of(t->length_m)) : track_height_of(t->length_m);
}

/* As long as a body whose length and height go together would cover as much. Nearer says more: there a length is many cells. */
void track_see_extent(struct track *t, const struct strip *s, double first, double end, bool wide)
{
	double low_m = 1.5, high_m = 20, dist_m = strip_dist(s, first);
	for (uint32_t i = 0; i < 12; i++) {
		double mid_m = 0.5 * (low_m + high_m);
		if (strip_cell(s, dist_m + mid_m) + strip_roof(s, 0.9 * track_height_of(mid_m)) < end)
			low_m = mid_m;
		else
			high_m = mid_m;
	}
	uint16_t *votes = &t->lengths[low_m < CLASS_CAR_M && !wide ? CLASS_TWO_WHEELER : low_m < CLASS_HEAVY_M ? CLASS_CAR : CLASS_HEAVY];
	*votes += *votes < UINT16_MAX;
}

static bool by_lengths(const struct track *t, double share[CLASSES])
{
	double sum = 3; /* of doubt */
	for (uint32_t k = 0; k < CLASSES; k++)
		sum += t->lengths[k];
	for (uint32_t k = 0; k < CLASSES; k++)
		share[k] = (t->lengths[k] + (k == CLASS_CAR ? 2 : 0.5)) / sum;
	return sum >= 3 + LENGTHS_LEAST;
}

/* Below, a body's length is normal about what was measured. */
static double share_below(const struct track *t, double length_m)
{
	return 0.5 * erfc((t->length_m - length_m) / (sqrt(2) * fmax(t->length_sd, LENGTH_LEAST_SD)));
}

static bool by_votes(const struct track *t, double share[CLASSES])
{
	double sum = t->votes[VEHICLE_TWO_WHEELER] + t->votes[VEHICLE_CAR] + t->votes[VEHICLE_TRUCK] + t->votes[VEHICLE_BUS];
	share[CLASS_TWO_WHEELER] = t->votes[VEHICLE_TWO_WHEELER] / fmax(sum, 1);
	share[CLASS_CAR] = t->votes[VEHICLE_CAR] / fmax(sum, 1);
	share[CLASS_HEAVY] = (t->votes[VEHICLE_TRUCK] + t->votes[VEHICLE_BUS]) / fmax(sum, 1);
	return sum > 0;
}

/* Its parts moved like one high body. */
static bool by_height(const struct track *t, double share[CLASSES])
{
	share[CLASS_TWO_WHEELER] = 0;
	share[CLASS_CAR] = LOW_SHARE;
	share[CLASS_HEAVY] = 1 - LOW_SHARE;
	return t->high;
}

enum vehicle_class track_class(const struct track *t, double share[CLASSES])
{
	if (!by_votes(t, share) && !by_height(t, share) && !by_lengths(t, share)) {
		double below_car = share_below(t, CLASS_CAR_M), below_heavy = share_below(t, CLASS_HEAVY_M);
		share[CLASS_TWO_WHEELER] = below_car;
		share[CLASS_CAR] = below_heavy - below_car;
		share[CLASS_HEAVY] = 1 - below_heavy;
	}
	enum vehicle_class best = CLASS_CAR;
	for (uint32_t k = 0; k < CLASSES; k++)
		if (share[k] > share[best])
			best = (enum vehicle_class) k;
	return best;
}

double track_front_cell(const struct track *t, const struct strip *s)
{
	return strip_cell(s, t->dist_m);
}

double track_end_cell(const struct track *t, const struct strip *s)
{
	return strip_cell(s, t->dist_m + t->length_m) + strip_roof(s, 0.9 * t->height_m);
}

static double patch_texture(const uint8_t *grey, uint32_t n)
{
	double sum = 0;
	for (uint32_t i = 0; i + 1 < n; i++)
		for (uint32_t k = 0; k < STRIP_LATERAL; k++)
			sum += abs(grey[i * STRIP_LATERAL + k] - grey[(i + 1) * STRIP_LATERAL + k]);
	return n > 1 ? sum / ((n - 1) * STRIP_LATERAL) : 0;
}

/* How far behind the front a body lies that is seen in that cell: a car's front, its bonnet and windscreen, its roof; a lorry is all front. */
static double behind_m(const struct track *t, const struct strip *s, double cell)
{
	double at_m = 0;
	if (t->high)
		return 0;
	for (; at_m < t->length_m; at_m += 0.2) {
		double height_m = t->height_m * fmin(1, BONNET_SHARE + (1 - BONNET_SHARE) * at_m / ROOF_FROM_M);
		if (strip_cell(s, t->dist_m + at_m) + strip_roof(s, height_m) >= cell)
			break;
	}
	return at_m;
}

void track_take_patch(struct track *t, const struct strip *s, const uint8_t *samples, double first, double end, double now_s)
{
	int32_t from = (int32_t) ceil(fmax(first, 0)), to = (int32_t) fmin(end, s->n);
	t->patch.n = 0;
	if (to - from > PATCH_CELLS)
		to = from + PATCH_CELLS;
	if (to - from < PATCH_MIN_CELLS || patch_texture(samples + from * STRIP_LATERAL, (uint32_t) (to - from)) < PATCH_FLAT / 2)
		return;
	t->patch.first = (uint32_t) from;
	t->patch.n = (uint32_t) (to - from);
	t->patch.dist_m = t->dist_m;
	t->patch.behind_m = behind_m(t, s, from + 0.5 * t->patch.n);
	t->patch.taken_s = now_s;
	memcpy(t->patch.grey, samples + from * STRIP_LATERAL, t->patch.n * STRIP_LATERAL);
}

/* Mean difference with the pattern moved to cell `at`; the part that left the strip does not count. */
static double difference(const struct patch *p, const struct strip *s, const uint8_t *samples, int32_t at)
{
	int32_t skip = MAX(0, -at), n = MIN((int32_t) p->n, (int32_t) s->n - at);
	if (n - skip < PATCH_MIN_CELLS || n - skip < (int32_t) p->n / 3)
		return INFINITY;
	const uint8_t *a = p->grey + skip * STRIP_LATERAL, *b = samples + (at + skip) * STRIP_LATERAL;
	int32_t count = (n - skip) * STRIP_LATERAL, sum = 0;
	for (int32_t i = 0; i < count; i++)
		sum += abs(a[i] - b[i]);
	return (double) sum / count;
}

bool track_find_patch(const struct track *t, const struct strip *s, const uint8_t *samples, double *dist_m, double *sd_m)
{
	const struct patch *p = &t->patch;
	if (p->n == 0)
		return false;
	double offset = p->first - strip_cell(s, p->dist_m + p->behind_m); /* of the pattern from the place that moves as it does, in cells */
	int32_t expected = (int32_t) lround(strip_cell(s, t->dist_m + p->behind_m) + offset);
	int32_t reach = (int32_t) fmin(SEARCH_MAX, 2 + 3 * sqrt(t->var_dist) / strip_cell_m(s, t->dist_m));
	double cost[2 * SEARCH_MAX + 1], best = INFINITY;
	int32_t at = 0, n = 0;
	for (int32_t d = -reach; d <= reach; d++) {
		double c = cost[d + reach] = difference(p, s, samples, expected + d);
		if (!isfinite(c))
			continue;
		n++;
		if (c < best || (c == best && abs(d) < abs(at))) {
			best = c;
			at = d;
		}
	}
	if (n < 3 || best > PATCH_WORST || abs(at) == reach)
		return false;
	double left = cost[at + reach - 1], right = cost[at + reach + 1], sub = 0, bend = left + right - 2 * best;
	if (!isfinite(left) || !isfinite(right) || bend < 0.5)
		return false;
	sub = CLAMP(0.5 * (left - right) / bend, -0.5, 0.5);
	double cell = expected + at + sub - offset;
	*dist_m = strip_dist(s, cell) - p->behind_m;
	*sd_m = strip_cell_m(s, *dist_m) * CLAMP(0.25 + best / (2 * bend), 0.3, 2.0);
	return true;
}
