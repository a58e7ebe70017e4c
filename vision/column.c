/* column.c - the column that waits before a stop line. See column.h. */
#include "vision/column.h"

#include <math.h>
#include <string.h>

#define STANDING_MPS 1.0
#define STAND_GAP_M 2.3       /* between bumpers in a queue; Jepsen 1998: 2 to 3 m */
#define CLOSE_M 8.0           /* farther behind the last one nobody belongs to it */
#define ROOM_MOST_M 15.0      /* more is a driver who dreams, or two that were not told from the road */
#define ROOM_POOR_COLUMN_M 22.0 /* the same in rain, where a column goes on behind it: dark cars are as grey as a wet road */
#define ROOM_NIGHT_M 26.0     /* a lorry that is known by its lamps alone, and what it hides */
#define ROOM_NIGHT_COLUMN_M 45.0 /* where a column goes on behind it: cars hide one another's lamps too */
#define ROOM_HIGH_M 40.0      /* what a lorry hides by day */
#define COLUMN_LEAST 4        /* cars: fewer are seen well enough one by one */
#define LORRY_MOST_M 18.0
#define SURELY 0.5            /* of a vehicle, that length and list must differ by */

static double back_m(const struct column_vehicle *v)
{
	return v->seen.dist_to_stop_m + v->seen.length_m;
}

static double room_m(const struct column_vehicle *ahead, const struct column_vehicle *v)
{
	return v->seen.dist_to_stop_m - back_m(ahead);
}

static bool stands(const struct column_vehicle *v)
{
	return v->seen.speed_mps <= STANDING_MPS;
}

static void drop(struct column_vehicle *v, uint32_t *n, uint32_t i)
{
	memmove(&v[i], &v[i + 1], (--*n - i) * sizeof *v);
}

/* One more in what is free behind the i-th, the first from behind of `share` that stand there evenly. */
static void add_behind(struct column_vehicle *v, uint32_t *n, uint32_t i, double length_m, uint32_t share)
{
	double gap_m = fmax(0, room_m(&v[i], &v[i + 1]) - share * length_m) / (share + 1);
	double at_m = fmax(v[i + 1].seen.dist_to_stop_m - gap_m - length_m, back_m(&v[i]));
	struct column_vehicle one = {.seen = {fmin(at_m, v[i + 1].seen.dist_to_stop_m), v[i].seen.speed_mps, length_m}, .presumed = true};
	memmove(&v[i + 2], &v[i + 1], (*n - i - 1) * sizeof *v);
	v[i + 1] = one;
	++*n;
}

/* Who was never seen and is close behind one that stands, stands. */
static void stop_presumed(struct column_vehicle *v, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (v[i].presumed && stands(&v[i - 1]) && room_m(&v[i - 1], &v[i]) < CLOSE_M)
			v[i].seen.speed_mps = fmin(v[i].seen.speed_mps, v[i - 1].seen.speed_mps);
}

/* What a lorry hides behind it is itself where nobody else has room. */
static void lengthen_lorries(struct column_vehicle *v, uint32_t n, double typical_length_m)
{
	for (uint32_t i = 0; i + 1 < n; i++) {
		double free_m = room_m(&v[i], &v[i + 1]) - STAND_GAP_M;
		if (v[i].high && stands(&v[i]) && stands(&v[i + 1]) && free_m > 0 && free_m < typical_length_m + STAND_GAP_M)
			v[i].seen.length_m = fmin(v[i].seen.length_m + free_m, fmax(LORRY_MOST_M, v[i].seen.length_m));
	}
}

/* Nobody who waits in a queue leaves room for another vehicle before him: there stands one that was not told from the road. */
static void fill_gaps(struct column_vehicle *v, uint32_t *n, uint32_t max, double typical_length_m, enum column_sight sight)
{
	for (uint32_t i = 0; i + 1 < *n && *n < max; i++) {
		bool goes_on = i + 2 < *n && stands(&v[i + 2]);
		double room = room_m(&v[i], &v[i + 1]), by_day_m = v[i].high ? ROOM_HIGH_M : sight == COLUMN_POOR && goes_on ? ROOM_POOR_COLUMN_M : ROOM_MOST_M;
		double by_night_m = goes_on ? ROOM_NIGHT_COLUMN_M : ROOM_NIGHT_M;
		if (stands(&v[i]) && stands(&v[i + 1]) && room > CLOSE_M && room < (sight == COLUMN_NIGHT ? by_night_m : by_day_m)) {
			uint32_t fit = (uint32_t) fmax(1, floor((room - STAND_GAP_M) / (typical_length_m + STAND_GAP_M)));
			for (uint32_t left = fit; left > 0 && *n < max; left--)
				add_behind(v, n, i, typical_length_m, left);
		}
	}
}

/* The one in the column that has least room, of those never seen before those that were; the first and the last one say where it is. */
static uint32_t least_room(const struct column_vehicle *v, uint32_t n)
{
	uint32_t best = 1;
	double best_m = INFINITY;
	for (uint32_t i = 1; i + 1 < n; i++) {
		double m = v[i + 1].seen.dist_to_stop_m - v[i - 1].seen.dist_to_stop_m + (v[i].presumed ? 0 : 1.5) + (v[i].high ? 1000 : 0);
		if (m < best_m) {
			best_m = m;
			best = i;
		}
	}
	return best;
}

static uint32_t most_room(const struct column_vehicle *v, uint32_t n)
{
	uint32_t best = 0;
	double best_m = -INFINITY;
	for (uint32_t i = 0; i + 1 < n; i++) {
		double m = room_m(&v[i], &v[i + 1]);
		if (m > best_m) {
			best_m = m;
			best = i;
		}
	}
	return best;
}

uint32_t column_mend(struct column_vehicle *v, uint32_t n, uint32_t max, double typical_length_m, enum column_sight sight)
{
	stop_presumed(v, n);
	lengthen_lorries(v, n, typical_length_m);
	fill_gaps(v, &n, max, typical_length_m, sight);
	uint32_t column = 0, cars = 0;
	double lorries_m = 0;
	while (column < n && stands(&v[column]) && (column == 0 ? v[0].seen.dist_to_stop_m : room_m(&v[column - 1], &v[column])) <= CLOSE_M) {
		if (v[column].high)
			lorries_m += v[column].seen.length_m + STAND_GAP_M;
		else
			cars++;
		column++;
	}
	if (cars < COLUMN_LEAST)
		return n;
	/* from the first front to where the one behind the last would have his */
	double last_m = v[column - 1].high ? v[column - 1].seen.length_m : typical_length_m; /* of a column's last one little is seen */
	double long_m = v[column - 1].seen.dist_to_stop_m + last_m + STAND_GAP_M - v[0].seen.dist_to_stop_m - lorries_m;
	double should = long_m / (typical_length_m + STAND_GAP_M);
	for (; sight != COLUMN_NIGHT && cars > should + SURELY && column > 2; cars--, column--)
		drop(v, &n, least_room(v, column));
	for (; cars < should - SURELY && n < max; cars++, column++)
		add_behind(v, &n, most_room(v, column), typical_length_m, 1);
	return n;
}
