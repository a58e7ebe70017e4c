/* lamps.c - the fronts of vehicles at night. See lamps.h. */
#include "vision/lamps.h"

#include <stdlib.h>

#define NEAR_GREY 205       /* a lamp that covers whole pixels */
#define SATURATED_GREY 228  /* nothing but a lamp: video's white is 235 */
#define FAR_GREY 160        /* one that covers parts of them */
#define WHOLE_PX 1.3        /* radius from which it covers whole ones */
#define LAMP_RADIUS_M 0.1
#define ACROSS_MOST 8       /* of a cell's samples: wider is a wet road or the dawn */
#define STREAK_MOST 6       /* of them side by side: wider is a bonnet or a roof in the light of the car behind */
#define STREAK_FAR_MOST 7   /* where lamps cover parts of pixels */
#define SPOT_GAP_CELLS 2
#define BESIDE_PX 3         /* so far from a far lamp it is dark again, */
#define BESIDE_NEAR_PX 2.0  /* and so far beyond a near lamp's other side; */
#define BESIDE_GREY 35      /* by so much: a roof, a road or paint in the light of others is bright all over */

/* Outside the picture it is dark. */
static uint8_t grey_at(const struct sighting *now, int32_t x, int32_t y)
{
	bool inside = x >= 0 && y >= 0 && x < (int32_t) now->width_px && y < (int32_t) now->height_px;
	return inside ? now->grey[y * (int32_t) now->width_px + x] : 0;
}

static bool spot(const struct sighting *now, int32_t x, int32_t y, int32_t beside_px)
{
	uint8_t beside = MAX(grey_at(now, x - beside_px, y), grey_at(now, x + beside_px, y));
	uint8_t above = MAX(grey_at(now, x, y - beside_px), grey_at(now, x, y + beside_px));
	return grey_at(now, x, y) >= MAX(beside, above) + BESIDE_GREY;
}

/* Nearly everywhere at night: nothing near by is as bright as a lamp. False: it may be. */
static bool dark(const struct sighting *now, int32_t x, int32_t y)
{
	int32_t width = (int32_t) now->width_px, most = 0;
	if (x < 2 || y < 1 || x + 2 >= width || y + 1 >= (int32_t) now->height_px)
		return false;
	for (const uint8_t *row = now->grey + (y - 1) * width + x, *end = row + 3 * width; row < end; row += width)
		for (int32_t u = -2; u <= 2; u++)
			most = MAX(most, row[u]);
	return most < FAR_GREY;
}

/* The brightest pixel near by is as bright as a lamp and a spot in the dark. */
static bool shines(const struct sighting *now, int32_t x, int32_t y, double radius_px)
{
	uint8_t most = 0;
	if (dark(now, x, y))
		return false;
	int32_t at_x = x, at_y = y;
	for (int32_t v = y - 1; v <= y + 1; v++)
		for (int32_t u = x - 2; u <= x + 2; u++)
			if (grey_at(now, u, v) > most) {
				most = grey_at(now, u, v);
				at_x = u;
				at_y = v;
			}
	bool whole = radius_px >= WHOLE_PX;
	int32_t beside_px = whole ? (int32_t) ceil(BESIDE_NEAR_PX + 2 * radius_px) : BESIDE_PX;
	return (whole && most >= SATURATED_GREY) || (most >= (whole ? NEAR_GREY : FAR_GREY) && spot(now, at_x, at_y, beside_px));
}

/* How wide a pixel is against a lamp, from how far apart the samples across the lane lie. */
static double lamp_px(const struct strip *s, uint32_t cell, int32_t width)
{
	const int32_t *p = s->pixel + cell * STRIP_LATERAL;
	if (p[0] < 0 || p[STRIP_LATERAL - 1] < 0)
		return WHOLE_PX;
	return LAMP_RADIUS_M * abs(p[STRIP_LATERAL - 1] % width - p[0] % width) / ((STRIP_LATERAL - 1) * STRIP_LATERAL_SHARE * s->lane->width_m / STRIP_LATERAL);
}

/* Samples of a cell that shine; where most do, it is no lamp. */
static uint32_t shining(const struct strip *s, const struct sighting *now, uint32_t cell)
{
	int32_t width = (int32_t) now->width_px, dx = (int32_t) lround(now->push.x_px), dy = (int32_t) lround(now->push.y_px);
	uint32_t n = 0, streak = 0, longest = 0;
	double radius_px = lamp_px(s, cell, width);
	bool whole = radius_px >= WHOLE_PX;
	for (uint32_t k = 0; k < STRIP_LATERAL; k++) {
		int32_t at = s->pixel[cell * STRIP_LATERAL + k];
		bool here = at >= 0 && shines(now, at % width + dx, at / width + dy, radius_px);
		streak = here ? streak + 1 : 0;
		longest = MAX(longest, streak);
		n += here;
	}
	return n <= ACROSS_MOST && longest <= (whole ? STREAK_MOST : STREAK_FAR_MOST) ? n : 0;
}

uint32_t lamps_find(const struct strip *s, const struct sighting *now, struct lamps *lamps, uint32_t max)
{
	double roof = strip_roof(s, LAMPS_HEIGHT_M);
	uint32_t n = 0;
	for (uint32_t i = 0; i < s->n && n < max; i++) {
		uint32_t here = shining(s, now, i), dark = 0, all = 0;
		double sum = 0;
		for (; i < s->n && dark <= SPOT_GAP_CELLS; here = ++i < s->n ? shining(s, now, i) : 0) {
			dark = here ? 0 : dark + 1;
			all += here;
			sum += here * (i + 0.5);
			if (!all)
				break;
		}
		if (all)
			lamps[n++] = (struct lamps){sum / all - roof, all};
	}
	return n;
}
