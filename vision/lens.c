/* lens.c - can this camera still see what it saw? See lens.h. */
#include "vision/lens.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DARK_GREY 26.0      /* mean: night without lamps, or a covered lens; 16 is black in video */
#define UNIFORM_SD 4.0      /* fog, a hand, a test card */
#define STILL_GREY 0.7      /* mean change to the next picture: an encoder goes on polishing a still one, by 1 where a key frame comes */
#define STILL_SHARE 0.1     /* of the newest picture in that mean */
#define MOVED_GREY 20       /* something moves where so much changes */
#define MOVED_SAMPLES 15
#define DEAD_GREY 3         /* polishing changes less, noise more */
#define DEAD_SHARE 0.0001   /* of the samples changed so much: fewer, and this is the same picture again */
#define DEAD_TAU_S 2.5
#define DEAD_MOST 0.7       /* of the pictures lately; the rest are key frames */
#define DEAD_S 4.0          /* so long, real sensors never repeat a picture */
#define STOPPED_SAMPLES 80  /* so much moved in each of the last pictures, and nothing in the next: traffic does not stop like that */
#define STOPPED_SHARE 0.125
#define STOPPED_S 6.0
#define STOPPED_STEP_S 0.25 /* from picture to picture, at most */
#define QUIET_S 45.0        /* an empty road by night, through a poor encoder, looks like this for a while */
#define SAMPLE_EVERY_PX 7
#define SAMPLE_BLOCK 4096
#define BORDER_SHARE 0.08   /* at the top and at the bottom, where many cameras write the time: it goes on when nothing else does */

#define EVERY_S 0.4         /* between two looks at the structure */
#define SMALL_PX 160        /* width that it is looked at in */
#define EDGE_GREY 5.0       /* across two small pixels: what can be an edge */
#define FAINT_GREY 2.0      /* below: no edge any more */
#define FAINT_SHARE 0.2     /* of what it was */
#define SAME_COS 0.7        /* the same direction: within 45 degrees */
#define STEADY_SHARE 0.7    /* an edge that varies by more of its strength is none that stays */
#define EDGES_MIN 80        /* fewer tell nothing */
#define EDGES_MAX 2000      /* more tell no more */
#define LEARN_LOOKS 10      /* before anything is judged */
#define YOUNG_LOOKS 150     /* the first minute: vehicles that stood there at first must be forgotten soon */
#define YOUNG_SHARE 0.04
#define OLD_SHARE 0.007     /* then the light of the day is followed, in a minute */
#define LOST_SHARE 0.35     /* fewer edges kept: this is not the same view */
#define DOUBT_SHARE 0.65    /* fewer: look whether it has shifted */
#define OTHER_SHARE 0.6     /* so many edges, for each of before: not covered, but another place */
#define GONE_SHARE 0.5      /* more edges hidden than any lorry hides */
#define SHARP_SHARE 0.4     /* of the fine structure: out of focus, a wet or dirty dome */
#define SHIFT_X 14          /* small pixels searched to either side */
#define SHIFT_Y 10
#define MOVED_SMALL_PX 6    /* what a swaying mast does not do, and what registration does not follow */
#define SURE_S 3.0          /* before something is said */
#define COVERED_S 5.0
#define NOISE_TEXTURE 6.0   /* mean gradient of a picture full of noise */
#define NOISE_SAME 0.35     /* of it found again in the next one, by chance */

struct field { /* of one small picture */
	float *gx, *gy; /* grey a two small pixels */
	float *fine;    /* mean square of the steps from pixel to pixel inside */
};

struct lens {
	uint32_t width_px, height_px;
	uint32_t block_px, w, h; /* a small pixel's side; small picture */
	enum sight sight;
	bool begun;

	uint8_t *samples, *before; /* of the newest picture and of the one before */
	uint32_t n_samples, first_sample, last_sample; /* those from first to below last lie off the upper and lower border */
	double change_grey; /* mean change from picture to picture */
	double dead_frac;   /* of the pictures lately that were the ones before */
	double dead_s, changed_s, t_s; /* since when it has been so; when something last changed */
	uint32_t moved[3];  /* samples that did, in the last pictures, newest first */
	bool stopped;       /* all movement at once, when something last changed */

	uint32_t *column_sum, *column_fine; /* of a row of small pixels, a pixel each */
	float *small;
	struct field now, last, mean; /* mean: the reference */
	float *dev;         /* mean deviation of the gradient from the reference */
	uint32_t looks;
	double looked_s;
	uint32_t *edges, n_edges; /* places in the small picture; room for all of them */
	uint32_t n_steady;        /* edges that stay, also those not taken */
	double kept, gone, same, sharp;
	int shift_x, shift_y;
	double sharp_mean;  /* of fine / coarse energy over the edges, in the reference */
	double well_s[SIGHT_MOVED + 1]; /* when each of them was last not the case */
};

const char *sight_sentence(enum sight s)
{
	static const char *const sentences[] = {"", "the picture is dark", "the picture shows nothing: white, covered, or fog", "the picture does not change",
		"the picture is noise", "the picture is blurred", "much of the picture is covered", "the camera was turned or moved"};
	return (size_t) s < G_N_ELEMENTS(sentences) ? sentences[s] : "";
}

static void field_init(struct field *f, size_t n)
{
	f->gx = g_new0(float, n);
	f->gy = g_new0(float, n);
	f->fine = g_new0(float, n);
}

static void field_finish(struct field *f)
{
	g_free(f->gx);
	g_free(f->gy);
	g_free(f->fine);
}

static bool inside(const struct lens *l, size_t i)
{
	double y = (double) (i / l->width_px) / l->height_px;
	return y > BORDER_SHARE && y < 1 - BORDER_SHARE;
}

struct lens *lens_new(uint32_t width_px, uint32_t height_px)
{
	struct lens *l = g_new0(struct lens, 1);
	uint32_t block_px = MAX((width_px + SMALL_PX / 2) / SMALL_PX, 1);
	*l = (struct lens){.width_px = width_px, .height_px = height_px, .block_px = block_px, .w = width_px / block_px, .h = height_px / block_px,
		.t_s = NAN, .looked_s = -INFINITY, .kept = 1, .sharp = 1, .same = 1};
	size_t n = (size_t) l->w * l->h;
	l->n_samples = (width_px * height_px + SAMPLE_EVERY_PX - 1) / SAMPLE_EVERY_PX;
	while (l->first_sample < l->n_samples && !inside(l, (size_t) l->first_sample * SAMPLE_EVERY_PX))
		l->first_sample++;
	l->last_sample = l->first_sample;
	while (l->last_sample < l->n_samples && inside(l, (size_t) l->last_sample * SAMPLE_EVERY_PX))
		l->last_sample++;
	l->before = g_malloc0(l->n_samples + 1);
	l->samples = g_malloc0(l->n_samples + 1);
	l->column_sum = g_new0(uint32_t, width_px + 1);
	l->column_fine = g_new0(uint32_t, width_px + 1);
	l->small = g_new0(float, n);
	l->dev = g_new0(float, n);
	l->edges = g_new0(uint32_t, n + 1);
	field_init(&l->now, n);
	field_init(&l->last, n);
	field_init(&l->mean, n);
	return l;
}

void lens_free(struct lens *l)
{
	if (!l)
		return;
	field_finish(&l->now);
	field_finish(&l->last);
	field_finish(&l->mean);
	g_free(l->before);
	g_free(l->samples);
	g_free(l->column_sum);
	g_free(l->column_fine);
	g_free(l->small);
	g_free(l->dev);
	g_free(l->edges);
	g_free(l);
}

/* ---- every picture: light and change ---- */

/* The samples of the picture, and between which of them its middle lies. */
static void take_samples(struct lens *l, const uint8_t *grey)
{
	uint8_t *restrict to = l->before;
	uint32_t n = l->n_samples;
	l->before = l->samples;
	l->samples = to;
	for (uint32_t k = 0; k < n; k++)
		to[k] = grey[(size_t) k * SAMPLE_EVERY_PX];
}

/* In blocks whose sums fit into 32 bits, which compilers turn into vector code: this is done with every picture. */
static void compare_block(const uint8_t *now, const uint8_t *before, uint32_t n, uint32_t *sum, uint32_t *changed, uint32_t *moved)
{
	uint32_t all = 0, some = 0, much = 0;
	for (uint32_t k = 0; k < n; k++) {
		uint8_t off = now[k] > before[k] ? (uint8_t) (now[k] - before[k]) : (uint8_t) (before[k] - now[k]);
		all += off;
		some += off >= DEAD_GREY;
		much += off > MOVED_GREY;
	}
	*sum += all;
	*changed += some;
	*moved += much;
}

/* Takes the new picture and says how much of it is new. */
static void take_change(struct lens *l, const uint8_t *grey, double t_s)
{
	double step_s = fmin(t_s - l->t_s, 1), sum = 0;
	uint32_t moved = 0, changed = 0, n = l->last_sample - l->first_sample;
	take_samples(l, grey);
	for (uint32_t k = l->first_sample; k < l->last_sample; k += SAMPLE_BLOCK) {
		uint32_t part = 0;
		compare_block(l->samples + k, l->before + k, MIN(SAMPLE_BLOCK, l->last_sample - k), &part, &changed, &moved);
		sum += part;
	}
	l->change_grey += STILL_SHARE * (sum / MAX(n, 1) - l->change_grey);
	l->dead_frac += (1 - exp(-step_s / DEAD_TAU_S)) * ((changed < DEAD_SHARE * n) - l->dead_frac);
	if (l->dead_frac < DEAD_MOST)
		l->dead_s = t_s;
	uint32_t before = l->moved[0], most = MAX(before, MAX(l->moved[1], l->moved[2])), least = MIN(before, MIN(l->moved[1], l->moved[2]));
	/* steady movement, not a lamp switched on or an exposure that jumped */
	if (least >= STOPPED_SAMPLES && 2 * least >= most && moved < STOPPED_SHARE * before && step_s <= STOPPED_STEP_S) {
		l->stopped = true;
		l->changed_s = t_s;
	} else if (moved >= MOVED_SAMPLES || l->change_grey > (l->stopped ? 4 : 1) * STILL_GREY) { /* what had moved still dies away in the mean */
		l->stopped = false;
		l->changed_s = t_s;
	}
	l->moved[2] = l->moved[1];
	l->moved[1] = before;
	l->moved[0] = moved;
}

/* 1: it is frozen; less: for how much of the time that it takes to be sure. */
static double frozen_frac(const struct lens *l)
{
	return fmax((l->t_s - l->dead_s) / DEAD_S, (l->t_s - l->changed_s) / (l->stopped ? STOPPED_S : QUIET_S));
}

static enum sight light_of(const struct lens *l)
{
	double sum = 0, squares = 0, n = l->n_samples;
	for (uint32_t k = 0; k < l->n_samples; k += SAMPLE_BLOCK) {
		uint32_t part = 0, part_squares = 0, end = MIN(k + SAMPLE_BLOCK, l->n_samples);
		for (uint32_t i = k; i < end; i++) {
			part += l->samples[i];
			part_squares += (uint32_t) l->samples[i] * l->samples[i];
		}
		sum += part;
		squares += part_squares;
	}
	double mean = sum / n, sd = sqrt(fmax(0, squares / n - mean * mean));
	if (mean < DARK_GREY && sd < 4 * UNIFORM_SD)
		return SIGHT_DARK;
	return sd < UNIFORM_SD ? SIGHT_UNIFORM : SIGHT_OK;
}

/* ---- now and then: structure ---- */

/* One row of pixels into the columns' sums; the last pixel has no next one. */
static void add_row(const uint8_t *restrict row, uint32_t width_px, uint32_t *restrict sum, uint32_t *restrict fine)
{
	for (uint32_t x = 0; x < width_px; x++)
		sum[x] += row[x];
	for (uint32_t x = 0; x + 1 < width_px; x++) {
		int16_t step = (int16_t) (row[x + 1] - row[x]);
		fine[x] += (uint32_t) (step * step);
	}
}

static void shrink(struct lens *l, const uint8_t *grey)
{
	uint32_t b = l->block_px;
	for (uint32_t y = 0; y < l->h; y++) {
		memset(l->column_sum, 0, l->width_px * sizeof *l->column_sum);
		memset(l->column_fine, 0, l->width_px * sizeof *l->column_fine);
		for (uint32_t r = 0; r < b; r++)
			add_row(grey + (size_t) (y * b + r) * l->width_px, l->width_px, l->column_sum, l->column_fine);
		for (uint32_t x = 0; x < l->w; x++) {
			const uint32_t *sums = l->column_sum + x * b, *fines = l->column_fine + x * b;
			uint32_t sum = 0, fine = 0;
			for (uint32_t c = 0; c < b; c++) {
				sum += sums[c];
				fine += fines[c];
			}
			l->small[y * l->w + x] = (float) sum / (float) (b * b);
			l->now.fine[y * l->w + x] = (float) fine / (float) (b * b);
		}
	}
}

static void take_field(struct lens *l, const uint8_t *grey)
{
	struct field old = l->last;
	l->last = l->now;
	l->now = old;
	shrink(l, grey);
	for (uint32_t y = 1; y + 1 < l->h; y++)
		for (uint32_t x = 1; x + 1 < l->w; x++) {
			const float *p = l->small + y * l->w + x;
			l->now.gx[y * l->w + x] = p[1] - p[-1];
			l->now.gy[y * l->w + x] = p[l->w] - p[-(int) l->w];
		}
}

/* Those taken are spread over the picture. */
static void find_edges(struct lens *l)
{
	uint32_t n = l->w * l->h;
	l->n_steady = l->n_edges = 0;
	for (uint32_t i = 0; i < n; i++) {
		float strength2 = l->mean.gx[i] * l->mean.gx[i] + l->mean.gy[i] * l->mean.gy[i];
		if (strength2 >= (float) (EDGE_GREY * EDGE_GREY) && l->dev[i] * l->dev[i] <= (float) (STEADY_SHARE * STEADY_SHARE) * strength2)
			l->edges[l->n_steady++] = i;
	}
	uint32_t every = l->n_steady / EDGES_MAX + 1;
	for (uint32_t k = 0; k < l->n_steady && l->n_edges < EDGES_MAX; k += every)
		l->edges[l->n_edges++] = l->edges[k];
}

struct agreement {
	double kept, gone;   /* shares */
	double fine, coarse; /* energies over the edges */
};

/* Are the edges of `ref` there in `now`, moved by (dx, dy)? */
static struct agreement agree(const struct lens *l, const struct field *ref, const struct field *now, int dx, int dy)
{
	struct agreement a = {0};
	uint32_t n = 0;
	for (uint32_t k = 0; k < l->n_edges; k++) {
		uint32_t i = l->edges[k];
		int x = (int) (i % l->w) + dx, y = (int) (i / l->w) + dy;
		if (x < 1 || y < 1 || x >= (int) l->w - 1 || y >= (int) l->h - 1)
			continue;
		size_t at = (size_t) y * l->w + (size_t) x;
		float rx = ref->gx[i], ry = ref->gy[i], nx = now->gx[at], ny = now->gy[at];
		float r2 = rx * rx + ry * ry, n2 = nx * nx + ny * ny, dot = rx * nx + ry * ny;
		n++;
		a.fine += now->fine[at];
		a.coarse += n2;
		if (n2 < fmaxf(FAINT_GREY * FAINT_GREY, FAINT_SHARE * FAINT_SHARE * r2))
			a.gone++;
		else if (dot > 0 && dot * dot > SAME_COS * SAME_COS * r2 * n2)
			a.kept++;
	}
	a.kept /= MAX(n, 1);
	a.gone /= MAX(n, 1);
	return n < l->n_edges / 3 ? (struct agreement){.gone = 1} : a;
}

/* Where the edges are now: every other small pixel first, then around the best. */
static struct agreement find_shift(struct lens *l, struct agreement here)
{
	struct agreement best = here;
	int bx = 0, by = 0;
	for (int dy = -SHIFT_Y; dy <= SHIFT_Y; dy += 2)
		for (int dx = -SHIFT_X; dx <= SHIFT_X; dx += 2) {
			struct agreement a = agree(l, &l->mean, &l->now, dx, dy);
			if (a.kept > best.kept + 0.02) {
				best = a;
				bx = dx;
				by = dy;
			}
		}
	int cx = bx, cy = by;
	for (int dy = -1; dy <= 1; dy++)
		for (int dx = -1; dx <= 1; dx++) {
			struct agreement a = agree(l, &l->mean, &l->now, cx + dx, cy + dy);
			if (a.kept > best.kept + 0.02) {
				best = a;
				bx = cx + dx;
				by = cy + dy;
			}
		}
	l->shift_x = bx;
	l->shift_y = by;
	return best;
}

/* How much of a picture's texture is found in the one before it, and how much texture there is. */
static double same_as_before(const struct lens *l, double *texture)
{
	size_t n = (size_t) l->w * l->h;
	double same = 0, strong = 0, sum = 0;
	for (size_t i = 0; i < n; i += 3) {
		float ax = l->last.gx[i], ay = l->last.gy[i], bx = l->now.gx[i], by = l->now.gy[i];
		float a2 = ax * ax + ay * ay, b2 = bx * bx + by * by, dot = ax * bx + ay * by;
		sum += sqrtf(b2);
		if (b2 < EDGE_GREY * EDGE_GREY)
			continue;
		strong++;
		same += dot > 0 && dot * dot > SAME_COS * SAME_COS * a2 * b2;
	}
	*texture = 3 * sum / (double) n;
	return strong > 0 ? same / strong : 1;
}

static void learn(struct lens *l, double ratio)
{
	double share = l->looks < LEARN_LOOKS ? 1.0 / (l->looks + 1) : l->looks < YOUNG_LOOKS ? YOUNG_SHARE : OLD_SHARE;
	float s = (float) share;
	size_t n = (size_t) l->w * l->h;
	for (size_t i = 0; i < n; i++) {
		float ox = l->now.gx[i] - l->mean.gx[i], oy = l->now.gy[i] - l->mean.gy[i];
		l->mean.gx[i] += s * ox;
		l->mean.gy[i] += s * oy;
		l->dev[i] += s * (fabsf(ox) + fabsf(oy) - l->dev[i]);
	}
	if (isfinite(ratio))
		l->sharp_mean += (l->sharp_mean > 0 ? share : 1) * (ratio - l->sharp_mean);
	l->looks++;
}

/* Is there as much to be seen as before, only not the same? */
static bool shows_other(const struct lens *l)
{
	uint32_t n = 0;
	for (size_t i = 0; i < (size_t) l->w * l->h; i++)
		n += l->now.gx[i] * l->now.gx[i] + l->now.gy[i] * l->now.gy[i] > EDGE_GREY * EDGE_GREY;
	return n > OTHER_SHARE * l->n_steady;
}

/* Says whether `wrong` has lasted for `sure_s`. */
static bool lasts(struct lens *l, enum sight which, bool wrong, double sure_s)
{
	if (!wrong)
		l->well_s[which] = l->t_s;
	return l->t_s - l->well_s[which] >= sure_s;
}

static enum sight structure_of(struct lens *l)
{
	double texture;
	l->same = same_as_before(l, &texture);
	bool noise = lasts(l, SIGHT_NOISE, l->looks > 0 && texture > NOISE_TEXTURE && l->same < NOISE_SAME, SURE_S);
	if (l->looks < LEARN_LOOKS) {
		if (l->same >= NOISE_SAME || l->looks == 0)
			learn(l, NAN);
		return noise ? SIGHT_NOISE : SIGHT_OK;
	}
	find_edges(l);
	l->shift_x = l->shift_y = 0;
	if (l->n_edges < EDGES_MIN) {
		l->kept = l->sharp = 1;
		l->gone = 0;
		learn(l, NAN);
		return noise ? SIGHT_NOISE : SIGHT_OK;
	}
	struct agreement a = agree(l, &l->mean, &l->now, 0, 0);
	if (a.kept < DOUBT_SHARE)
		a = find_shift(l, a);
	l->kept = a.kept;
	l->gone = a.gone;
	double ratio = a.coarse > 0 ? a.fine / a.coarse : 0;
	l->sharp = l->sharp_mean > 0 ? ratio / l->sharp_mean : 1;
	bool away = abs(l->shift_x) >= MOVED_SMALL_PX || abs(l->shift_y) >= MOVED_SMALL_PX;
	bool lost = lasts(l, SIGHT_MOVED, l->kept < LOST_SHARE || away, SURE_S);
	bool covered = lasts(l, SIGHT_COVERED, l->gone > GONE_SHARE, COVERED_S);
	bool blurred = lasts(l, SIGHT_BLURRED, l->sharp < SHARP_SHARE, SURE_S);
	if (l->kept >= LOST_SHARE && l->sharp >= SHARP_SHARE && l->gone <= GONE_SHARE && !l->shift_x && !l->shift_y)
		learn(l, ratio);
	if (noise)
		return SIGHT_NOISE;
	if (blurred)
		return SIGHT_BLURRED;
	if ((covered || (lost && !away && l->gone > GONE_SHARE)) && !(lost && shows_other(l)))
		return SIGHT_COVERED;
	return lost ? SIGHT_MOVED : SIGHT_OK;
}

enum sight lens_look(struct lens *l, const uint8_t *grey, double t_s)
{
	if (!l->begun) {
		for (uint32_t k = 0; k < G_N_ELEMENTS(l->well_s); k++)
			l->well_s[k] = t_s;
		l->changed_s = l->dead_s = l->t_s = t_s;
		l->begun = true;
	}
	take_change(l, grey, t_s);
	l->t_s = t_s;
	enum sight light = light_of(l);
	if (light != SIGHT_OK) {
		l->sight = light;
		return light;
	}
	if (l->sight == SIGHT_DARK || l->sight == SIGHT_UNIFORM)
		l->sight = SIGHT_OK;
	if (t_s - l->looked_s >= EVERY_S) {
		l->looked_s = t_s;
		take_field(l, grey);
		l->sight = structure_of(l);
	}
	return lens_sight(l);
}

enum sight lens_sight(const struct lens *l)
{
	return l->sight == SIGHT_OK && frozen_frac(l) >= 1 ? SIGHT_FROZEN : l->sight;
}

/* 1 while `value` is at `good` or beyond, 0 at `bad`. */
static double fade(double value, double bad, double good)
{
	return CLAMP((value - bad) / (good - bad), 0.0, 1.0);
}

double lens_quality(const struct lens *l)
{
	if (lens_sight(l) != SIGHT_OK)
		return 0;
	double shift = fmax(abs(l->shift_x), abs(l->shift_y));
	return fade(l->kept, LOST_SHARE, 0.5) * fade(1 - l->gone, 1 - GONE_SHARE, 0.65) * fade(l->sharp, SHARP_SHARE, 0.6) *
		fade(-frozen_frac(l), -1, -0.4) * fade(-shift, -MOVED_SMALL_PX, -2);
}

struct lens_signs lens_signs(const struct lens *l)
{
	return (struct lens_signs){.kept_frac = l->kept, .gone_frac = l->gone, .sharp_frac = l->sharp, .shift_x_px = l->shift_x * (double) l->block_px,
		.shift_y_px = l->shift_y * (double) l->block_px, .still_s = l->t_s - l->changed_s, .n_edges = l->n_edges};
}
