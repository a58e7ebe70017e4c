/* backdrop.c - the empty road under a strip, learned while traffic is on it. See backdrop.h.
 *
 * A mixture of a few values a sample, as Stauffer & Grimson 1999, with three changes: weights are seconds, learning stops where a
 * vehicle is believed, and a value that returns after something passed over it counts more than one that stays.
 */
#include "vision/backdrop.h"

#include <string.h>

#define POOR_SHARE 1.107    /* of the noise of a clear road: half as much again in its fourth power */
#define MODES 3
#define NOISE_START 2.5      /* grey levels, before it is known */
#define NOISE_TIMES 3.5      /* so many deviations away is another surface */
#define MATCH_MIN_GREY 7.0
#define MATCH_MAX_GREY 16.0
#define KNOWN_S 4.0          /* road seen that long is known */
#define WEIGHT_MAX_S 120.0
#define GUESS_S 3.0          /* weight of the first guess */
#define VISIT_S 2.0          /* a value that is covered like a vehicle gets so much for each time it comes, however long it stays */
#define PASSING_S 0.3        /* a value seen for less was something passing by */
#define ADAPT_S 3.0          /* a surface's grey follows the light in about that time */
#define UNLIKE_GREY 0.2      /* a surface that differs so much from the road's grey */
#define UNLIKE_RATE 0.15     /* is learned that much slower: more often it is paint of a car than of a road */
#define FORGET_PER_S 0.004
#define HELD_RATE 0.02       /* of learning where a vehicle is believed */
#define SHADOW_DARKEST 0.35
#define SHADOW_LIGHTEST 0.86
#define STILL_PX 0.12        /* pushes below it are not worth it */
#define CAST_CELLS 6         /* the gap below a bumper takes three, at any distance */
#define EVEN_SHARE 0.16
/* A cell is faintly covered when no sample is surely off its road but all together are: a dark car on a wet road. By their mean, whose noise is a third
 * of a sample's, or by how far each is off, which is 0.8 of its noise where nothing covers it. */
#define FAINT_GREY 4.0
#define FAINT_TIMES 1.3
#define FAINT_EACH_GREY 6.0
#define FAINT_EACH_TIMES 1.7
#define BODY_SHARE 0.42      /* of a cell's samples that must be covered */

struct sample {
	float grey[MODES];
	float seen_s[MODES]; /* weight */
	float visit_s;       /* credit left for this visit of the mode matched last */
	uint8_t now;         /* that mode */
	uint8_t road;        /* mode that is the road */
};

struct backdrop {
	const struct strip *strip;
	struct sample *samples;
	uint8_t *grey;  /* the last picture's */
	uint8_t *cover; /* per cell */
	uint16_t *bodies; /* per cell: a bit a sample */
	bool *held;     /* per cell: something was near in the picture before */
	bool started;
	double road_grey; /* of the first picture, -1 = unknown */
	double gain;    /* light now / light learned */
	double noise;   /* standard deviation of a free sample, grey levels */
	double match;   /* a value this near is the same surface */
	bool pushed;    /* the picture is swaying: what is faint then are edges beside their places */
	struct shade *shade; /* not owned */
};

struct backdrop *backdrop_new(const struct strip *strip, struct shade *shade)
{
	struct backdrop *b = g_new0(struct backdrop, 1);
	uint32_t n = strip->n * STRIP_LATERAL;
	b->strip = strip;
	b->shade = shade;
	b->samples = g_new0(struct sample, n);
	b->grey = g_new0(uint8_t, n);
	b->cover = g_new0(uint8_t, strip->n);
	b->bodies = g_new0(uint16_t, strip->n);
	b->held = g_new0(bool, strip->n);
	b->gain = 1;
	b->noise = NOISE_START;
	b->match = CLAMP(NOISE_TIMES * b->noise, MATCH_MIN_GREY, MATCH_MAX_GREY);
	return b;
}

void backdrop_free(struct backdrop *b)
{
	if (!b)
		return;
	g_free(b->samples);
	g_free(b->grey);
	g_free(b->cover);
	g_free(b->bodies);
	g_free(b->held);
	g_free(b);
}

/* Vehicles keep to the middle of their lanes: what lies along the lanes' sides, and before the stop line, is road even in a full queue. */
void backdrop_survey(const struct strip *strip, const struct view *view, const uint8_t *grey, uint32_t width_px, uint32_t height_px,
	uint32_t *histogram)
{
	static const double sides[] = {-0.46, -0.42, -0.38, 0.38, 0.42, 0.46};
	for (uint32_t i = 0; i < strip->n; i++) {
		int g[G_N_ELEMENTS(sides)];
		for (uint32_t k = 0; k < G_N_ELEMENTS(sides); k++) {
			struct net_point p = view_lane_point(strip->lane, strip_dist(strip, i), sides[k] * strip->lane->width_m);
			int32_t at = strip_pixel(view, p, width_px, height_px);
			g[k] = at < 0 ? -1000 * (int) k : grey[at];
		}
		for (uint32_t k = 0; k < G_N_ELEMENTS(sides); k += 3)
			if (abs(g[k] - g[k + 1]) < 8 && abs(g[k + 1] - g[k + 2]) < 8)
				histogram[g[k + 1]]++;
	}
}

static uint32_t near_count(const uint32_t *histogram, int grey)
{
	uint32_t n = 0;
	for (int d = -6; d <= 6; d++)
		n += histogram[CLAMP(grey + d, 0, 255)];
	return n;
}

double backdrop_road_grey(const uint32_t *histogram)
{
	int best = -1, lit = -1;
	for (int g = 8; g < 248; g++)
		if (near_count(histogram, g) > (best < 0 ? 0 : near_count(histogram, best)))
			best = g;
	/* Beside a queue in the sun lies its shadow: the same road, lit, is lighter. */
	for (int g = best < 0 ? 248 : best * 5 / 4; g < MIN(248, best * 2); g++)
		if (near_count(histogram, g) > near_count(histogram, best) / 2 && (lit < 0 || near_count(histogram, g) > near_count(histogram, lit)))
			lit = g;
	return lit < 0 ? best : lit;
}

static void start(struct backdrop *b, double road_grey)
{
	for (uint32_t i = 0; i < b->strip->n * STRIP_LATERAL; i++) {
		struct sample *s = &b->samples[i];
		/* Beyond the stop line there is paint, and nobody waits there. */
		bool road = road_grey < 0 || strip_dist(b->strip, i / STRIP_LATERAL) < 0.5 || fabs(b->grey[i] - road_grey) < 1.2 * b->match;
		s->grey[0] = road ? b->grey[i] : (float) road_grey;
		s->seen_s[0] = (float) GUESS_S;
	}
	b->road_grey = road_grey;
	b->started = true;
}

static uint8_t between(const uint8_t *p, uint32_t width_px, int32_t fx, int32_t fy)
{
	int32_t above = p[0] * (256 - fx) + p[1] * fx, below = p[width_px] * (256 - fx) + p[width_px + 1] * fx;
	return (uint8_t) ((above * (256 - fy) + below * fy + 32768) >> 16);
}

/* A sample is where its pixel was pushed to. */
static void take(struct backdrop *b, const struct sighting *now)
{
	const int32_t *pixel = b->strip->pixel;
	uint32_t n = b->strip->n * STRIP_LATERAL;
	b->pushed = fabs(now->push.x_px) >= STILL_PX || fabs(now->push.y_px) >= STILL_PX;
	if (!b->pushed) {
		for (uint32_t i = 0; i < n; i++)
			b->grey[i] = pixel[i] < 0 ? 0 : now->grey[pixel[i]];
		return;
	}
	int32_t dx = (int32_t) floor(now->push.x_px), dy = (int32_t) floor(now->push.y_px), width = (int32_t) now->width_px;
	int32_t fx = (int32_t) (256 * (now->push.x_px - dx)), fy = (int32_t) (256 * (now->push.y_px - dy));
	for (uint32_t i = 0; i < n; i++) {
		int32_t x = CLAMP(pixel[i] % width + dx, 0, width - 2), y = CLAMP(pixel[i] / width + dy, 0, (int32_t) now->height_px - 2);
		b->grey[i] = pixel[i] < 0 ? 0 : between(now->grey + y * width + x, now->width_px, fx, fy);
	}
}

/* Clouds and a camera's own exposure change all of the road alike: the median of what samples far from all vehicles changed by; and how far half of
 * them are from it is their noise. */
static void follow_light(struct backdrop *b)
{
	uint32_t bins[64] = {0}, gaps[64] = {0}, n = 0, below = 0;
	for (uint32_t i = 0; i < b->strip->n * STRIP_LATERAL; i += 3) {
		const struct sample *s = &b->samples[i];
		double road = s->grey[s->road] * b->gain;
		if (b->strip->pixel[i] < 0 || b->held[i / STRIP_LATERAL] || road < 20 || s->seen_s[s->road] < KNOWN_S)
			continue;
		double ratio = b->grey[i] / road, gap = fabs(b->grey[i] - road);
		if (ratio > 0.84 && ratio < 1.16) {
			bins[(int) ((ratio - 0.84) * 200)]++;
			gaps[(int) fmin(63, gap * 4)]++;
			n++;
		}
	}
	if (n < 50)
		return;
	int k = 0, g = 0;
	for (below = bins[0]; 2 * below < n; below += bins[++k])
		;
	for (below = gaps[0]; 2 * below < n; below += gaps[++g])
		;
	b->gain = CLAMP(b->gain * (1 + 0.3 * ((k + 0.5) / 200 - 0.16)), 0.4, 2.5);
	b->noise += 0.05 * ((g + 0.5) / 4 * 1.48 - b->noise); /* median deviation -> standard deviation */
	b->match = CLAMP(NOISE_TIMES * b->noise, MATCH_MIN_GREY, MATCH_MAX_GREY);
}

double shade_left(const struct shade *s)
{
	double all = 0, most = 0;
	int best = 0;
	for (int k = 1; k + 1 < SHADE_BINS; k++) {
		double here = s->seen[k - 1] + s->seen[k] + s->seen[k + 1];
		all += s->seen[k];
		if (here > most) {
			most = here;
			best = k;
		}
	}
	if (all < 300 || most < 0.2 * all) /* bodies are dark in many ways, shadows in one */
		return NAN;
	double sum = 0;
	for (int k = best - 1; k <= best + 1; k++)
		sum += s->seen[k] * (SHADOW_DARKEST + (k + 0.5) * (SHADOW_LIGHTEST - SHADOW_DARKEST) / SHADE_BINS);
	return sum / most;
}

/* One sample against its road: free, evenly darker as a shadow is, or something else. */
static enum cover sample_cover(const struct backdrop *b, uint32_t i, double shadow)
{
	const struct sample *s = &b->samples[i];
	double road = s->grey[s->road] * b->gain, grey = b->grey[i];
	if (fabs(grey - road) < b->match)
		return COVER_FREE;
	if (!isnan(shadow) && fabs(grey - road * shadow) < b->match)
		return COVER_SHADOW;
	return COVER_BODY;
}

static enum cover cell_cover(struct backdrop *b, uint32_t cell, double shadow)
{
	uint32_t seen = 0, body = 0, dark = 0;
	double off = 0, apart = 0;
	b->bodies[cell] = 0;
	for (uint32_t i = cell * STRIP_LATERAL; i < (cell + 1) * STRIP_LATERAL; i++) {
		if (b->strip->pixel[i] < 0)
			continue;
		enum cover cover = sample_cover(b, i, shadow);
		double gap = b->grey[i] - b->samples[i].grey[b->samples[i].road] * b->gain;
		off += gap;
		apart += fabs(gap);
		seen++;
		body += cover == COVER_BODY;
		b->bodies[cell] |= (uint16_t) ((cover == COVER_BODY) << (i % STRIP_LATERAL));
		dark += cover == COVER_SHADOW;
	}
	if (2 * seen < STRIP_LATERAL)
		return COVER_UNSEEN;
	if (body >= BODY_SHARE * seen)
		return COVER_BODY;
	if (body + dark >= BODY_SHARE * seen)
		return COVER_SHADOW;
	bool faint = fabs(off) > seen * fmax(FAINT_GREY, FAINT_TIMES * b->noise) || apart > seen * fmax(FAINT_EACH_GREY, FAINT_EACH_TIMES * b->noise);
	return faint && !b->pushed ? COVER_FAINT : COVER_FREE;
}

const uint8_t *backdrop_look(struct backdrop *b, const struct sighting *now)
{
	take(b, now);
	if (!b->started)
		start(b, now->road_grey);
	follow_light(b);
	double shadow = shade_left(b->shade);
	for (uint32_t i = 0; i < b->strip->n; i++)
		b->cover[i] = (uint8_t) cell_cover(b, i, shadow);
	for (int k = 0; k < SHADE_BINS; k++)
		b->shade->seen[k] *= 0.9998f;
	return b->cover;
}

static uint32_t mode_of(const struct sample *s, float grey, float match)
{
	uint32_t best = MODES;
	float best_gap = match;
	for (uint32_t m = 0; m < MODES; m++)
		if (s->seen_s[m] > 0 && fabsf(s->grey[m] - grey) < best_gap) {
			best = m;
			best_gap = fabsf(s->grey[m] - grey);
		}
	return best;
}

static uint32_t mode_replace(struct sample *s, float grey)
{
	uint32_t m = s->road == 0 ? 1 : 0;
	for (uint32_t k = 0; k < MODES; k++)
		if (k != s->road && s->seen_s[k] < s->seen_s[m])
			m = k;
	s->grey[m] = grey;
	s->seen_s[m] = 0;
	return m;
}

static void sample_learn(struct sample *s, float grey, float match, float dt_s, float hold, float unlike_rate)
{
	uint32_t m = mode_of(s, grey, match);
	if (m == MODES) {
		if (s->seen_s[s->now] < PASSING_S && s->now != s->road)
			s->seen_s[s->now] = 0;
		m = mode_replace(s, grey);
	}
	if (m != s->now)
		s->visit_s = (float) VISIT_S;
	s->now = (uint8_t) m;
	for (uint32_t k = 0; k < MODES; k++)
		if (k != m && !(k == s->road && s->seen_s[k] < GUESS_S))
			s->seen_s[k] *= 1 - (float) FORGET_PER_S * dt_s;
	float rate = hold <= 0 ? 1 : (1 - hold * (1 - (float) HELD_RATE)) * unlike_rate;
	float worth = hold <= 0 ? dt_s : fminf(dt_s, s->visit_s);
	s->visit_s -= worth;
	s->seen_s[m] = fminf(s->seen_s[m] + worth * rate, (float) WEIGHT_MAX_S);
	/* A dark vehicle on a wet road is nearly as grey: while one may stand there, the road keeps its own. */
	s->grey[m] += (grey - s->grey[m]) * fminf(1, dt_s / (float) ADAPT_S) * (m == s->road ? 1 - hold : hold < 0.99f ? rate : 0);
	if (m != s->road && s->seen_s[m] > s->seen_s[s->road])
		s->road = (uint8_t) m;
}

/* How much light is left where a cell is evenly darker than its road; NaN when it is not, or its road is not known. */
static double evenly_left(const struct backdrop *b, uint32_t cell)
{
	double sum = 0, least = INFINITY, most = 0;
	for (uint32_t i = cell * STRIP_LATERAL + 1; i + 1 < (cell + 1) * STRIP_LATERAL; i++) {
		const struct sample *s = &b->samples[i];
		if (b->strip->pixel[i] < 0 || s->seen_s[s->road] < KNOWN_S)
			return NAN;
		double left = b->grey[i] / fmax(s->grey[s->road] * b->gain, 1);
		sum += left;
		least = fmin(least, left);
		most = fmax(most, left);
	}
	double left = sum / (STRIP_LATERAL - 2);
	return left > SHADOW_DARKEST && left < SHADOW_LIGHTEST && most - least < EVEN_SHARE ? left : NAN;
}

/* The dark gap below a bumper is short: a shadow that the sun casts is longer, and as dark all along. */
void backdrop_learn_shadow(struct backdrop *b, uint32_t cell)
{
	double first = NAN;
	for (uint32_t i = cell; i < cell + CAST_CELLS; i++) {
		double left = i < b->strip->n ? evenly_left(b, i) : NAN;
		if (i == cell + 1)
			first = left;
		if (i > cell && !(fabs(left - first) < EVEN_SHARE / 2))
			return;
	}
	b->shade->seen[(int) ((first - SHADOW_DARKEST) / (SHADOW_LIGHTEST - SHADOW_DARKEST) * SHADE_BINS)] += CAST_CELLS;
}

void backdrop_learn(struct backdrop *b, const float *hold, double dt_s)
{
	float dt = (float) CLAMP(dt_s, 0, 1);
	for (uint32_t i = 0; i < b->strip->n; i++) {
		b->held[i] = hold[i] > 0;
		for (uint32_t k = 0; k < STRIP_LATERAL; k++) {
			uint32_t at = i * STRIP_LATERAL + k;
			float grey = b->grey[at] / (float) b->gain;
			bool unlike = b->road_grey > 0 && fabs(grey - b->road_grey) > UNLIKE_GREY * b->road_grey;
			if (b->strip->pixel[at] >= 0)
				sample_learn(&b->samples[at], grey, (float) b->match, dt, hold[i], unlike ? (float) UNLIKE_RATE : 1);
		}
	}
}

const uint8_t *backdrop_cover(const struct backdrop *b)
{
	return b->cover;
}

const uint16_t *backdrop_bodies(const struct backdrop *b)
{
	return b->bodies;
}

const uint8_t *backdrop_samples(const struct backdrop *b)
{
	return b->grey;
}

bool backdrop_pushed(const struct backdrop *b)
{
	return b->pushed;
}

double backdrop_noise(const struct backdrop *b)
{
	return b->noise;
}

bool backdrop_poor(const struct backdrop *b)
{
	return backdrop_noise(b) > POOR_SHARE * BACKDROP_CLEAR_NOISE;
}

double backdrop_known_frac(const struct backdrop *b)
{
	uint32_t known = 0, n = b->strip->n * STRIP_LATERAL;
	for (uint32_t i = 0; i < n; i++)
		known += b->samples[i].seen_s[b->samples[i].road] >= KNOWN_S;
	return n ? (double) known / n : 0;
}
