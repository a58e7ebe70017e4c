/* lamps.c - the fronts of vehicles at night. See lamps.h. */
#include "vision/lamps.h"

#include <stdlib.h>

#define NEAR_GREY 205       /* a lamp that covers whole pixels */
#define FAR_GREY 160        /* one that covers parts of them */
#define WHOLE_PX 1.3        /* radius from which it covers whole ones */
#define LAMP_RADIUS_M 0.1
#define ACROSS_MOST 8       /* of a cell's samples: wider is a wet road or the dawn */
#define STREAK_MOST 6       /* of them side by side: wider is a bonnet or a roof in the light of the car behind */
#define STREAK_FAR_MOST 7   /* where lamps cover parts of pixels */
#define SPOT_GAP_CELLS 2

static uint8_t brightest(const struct sighting *now, int32_t x, int32_t y)
{
	uint8_t most = 0;
	for (int32_t v = MAX(0, y - 1); v <= MIN((int32_t) now->height_px - 1, y + 1); v++)
		for (int32_t u = MAX(0, x - 2); u <= MIN((int32_t) now->width_px - 1, x + 2); u++)
			most = MAX(most, now->grey[v * (int32_t) now->width_px + u]);
	return most;
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
	bool whole = lamp_px(s, cell, width) >= WHOLE_PX;
	for (uint32_t k = 0; k < STRIP_LATERAL; k++) {
		int32_t at = s->pixel[cell * STRIP_LATERAL + k];
		bool shines = at >= 0 && brightest(now, at % width + dx, at / width + dy) >= (whole ? NEAR_GREY : FAR_GREY);
		streak = shines ? streak + 1 : 0;
		longest = MAX(longest, streak);
		n += shines;
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
