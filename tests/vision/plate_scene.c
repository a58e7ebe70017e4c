/* plate_scene.c - grey pictures with and without number plates. See plate_scene.h. */
#include "tests/vision/plate_scene.h"

#include <math.h>
#include <string.h>

struct plate_scene *plate_scene_new(uint32_t width_px, uint32_t height_px)
{
	struct plate_scene *s = g_new0(struct plate_scene, 1);
	*s = (struct plate_scene){width_px, height_px, g_new0(float, (size_t) width_px *height_px)};
	return s;
}

void plate_scene_free(struct plate_scene *s)
{
	if (!s)
		return;
	g_free(s->light);
	g_free(s);
}

static void blend(struct plate_scene *s, int32_t x, int32_t y, double grey, double share)
{
	if (x >= 0 && y >= 0 && x < (int32_t) s->width_px && y < (int32_t) s->height_px && share > 0) {
		float *p = &s->light[(size_t) y * s->width_px + (size_t) x];
		*p += (float) (fmin(share, 1) * (grey - *p));
	}
}

struct patch { /* a turned rectangle */
	double x, y, half_w, half_h, cos, sin;
};

static struct patch patch_make(const struct plate_scene *s, double least, double most, uint64_t *random)
{
	double turn = plate_chance(random, 0.7) ? plate_between(random, -0.06, 0.06) : plate_between(random, -1.6, 1.6);
	return (struct patch){plate_between(random, 0, s->width_px), plate_between(random, 0, s->height_px),
		plate_between(random, least, most) / 2, plate_between(random, least, most) / 2, cos(turn), sin(turn)};
}

/* How deep inside it a pixel is, and where along its sides. */
static double inside(const struct patch *p, int32_t x, int32_t y, double *along, double *across)
{
	double dx = x + 0.5 - p->x, dy = y + 0.5 - p->y;
	*along = dx * p->cos + dy * p->sin;
	*across = dy * p->cos - dx * p->sin;
	return fmin(p->half_w - fabs(*along), p->half_h - fabs(*across));
}

#define EACH_PIXEL(s, p, x, y)                                                                                                             \
	double reach = hypot((p).half_w, (p).half_h) + 1;                                                                                      \
	for (int32_t y = (int32_t) fmax((p).y - reach, 0); y < (int32_t) fmin((p).y + reach, (s)->height_px); y++)                             \
		for (int32_t x = (int32_t) fmax((p).x - reach, 0); x < (int32_t) fmin((p).x + reach, (s)->width_px); x++)

static void block(struct plate_scene *s, uint64_t *random)
{
	struct patch p = patch_make(s, 4, s->width_px, random);
	double grey = plate_between(random, 0, 1), slope = plate_between(random, -0.3, 0.3), u, v;
	bool round = plate_chance(random, 0.3);
	EACH_PIXEL(s, p, x, y)
	{
		double in = inside(&p, x, y, &u, &v);
		if (round)
			in = (1 - hypot(u / p.half_w, v / p.half_h)) * fmin(p.half_w, p.half_h);
		blend(s, x, y, grey + slope * v / p.half_h, in + 0.5);
	}
}

/* Grilles, fences, blinds, steps; bricks and tiles where every second row is moved. */
static void bars(struct plate_scene *s, bool bricks, uint64_t *random)
{
	struct patch p = patch_make(s, 8, 0.6 * s->width_px, random);
	double a = plate_between(random, 0, 1), b = plate_between(random, 0, 1), u, v;
	double period = plate_between(random, 2, 14), duty = plate_between(random, 0.2, 0.8) * period,
		   other = period * plate_between(random, 1.5, 4);
	bool down = plate_chance(random, 0.5);
	EACH_PIXEL(s, p, x, y)
	{
		double in = inside(&p, x, y, &u, &v);
		if (in < -0.5)
			continue;
		double at = down ? u : v, m = at - floor(at / period) * period, edge = fmin(m, duty - m);
		if (bricks) {
			double w = (down ? v : u) + (fmod(fabs(floor(at / period)), 2) > 0.5 ? other / 2 : 0), n = w - floor(w / other) * other;
			edge = fmin(edge, fmin(n, other - 1.2 - n));
		}
		blend(s, x, y, b + (a - b) * CLAMP(edge + 0.5, 0, 1), in + 0.5);
	}
}

static double lattice(int32_t x, int32_t y, uint64_t seed)
{
	uint64_t state = seed ^ (uint64_t) (uint32_t) x << 32 ^ (uint32_t) y;
	return plate_between(&state, 0, 1);
}

static double cloud(double x, double y, uint64_t seed)
{
	int32_t ix = (int32_t) floor(x), iy = (int32_t) floor(y);
	double fx = x - ix, fy = y - iy;
	double top = lattice(ix, iy, seed) * (1 - fx) + lattice(ix + 1, iy, seed) * fx;
	double low = lattice(ix, iy + 1, seed) * (1 - fx) + lattice(ix + 1, iy + 1, seed) * fx;
	return top * (1 - fy) + low * fy;
}

/* Leaves, gravel, rough asphalt: noise of several sizes. */
static void leaves(struct plate_scene *s, uint64_t *random)
{
	struct patch p = patch_make(s, 12, s->width_px, random);
	double low = plate_between(random, 0, 0.6), high = low + plate_between(random, 0.1, 0.8), grain = plate_between(random, 1.2, 5), u, v;
	double steep = plate_between(random, 1, 4);
	uint64_t seed = plate_random(random);
	EACH_PIXEL(s, p, x, y)
	{
		double in = inside(&p, x, y, &u, &v);
		if (in < -0.5)
			continue;
		double n = 0.6 * cloud(x / grain, y / grain, seed) + 0.4 * cloud(x / grain / 2.7, y / grain / 2.7, seed + 1);
		blend(s, x, y, low + (high - low) * CLAMP(0.5 + steep * (n - 0.5), 0, 1), in + 0.5);
	}
}

/* What a codec leaves of fine texture: flat blocks with some waves in them. */
static void mosaic(struct plate_scene *s, uint64_t *random)
{
	struct patch p = patch_make(s, 12, 0.5 * s->width_px, random);
	double size = plate_between(random, 3, 9), low = plate_between(random, 0, 0.7), high = low + plate_between(random, 0.2, 0.8), u, v;
	uint64_t seed = plate_random(random);
	EACH_PIXEL(s, p, x, y)
	{
		double in = inside(&p, x, y, &u, &v);
		int32_t bx = (int32_t) floor(x / size), by = (int32_t) floor(y / size);
		double wave = lattice(bx, by, seed + 1) < 0.5 ? sin(x * 6.28 / size) : sin(y * 6.28 / size);
		blend(s, x, y, low + (high - low) * CLAMP(lattice(bx, by, seed) + 0.3 * wave * lattice(bx, by, seed + 2), 0, 1), in + 0.5);
	}
}

/* A row of equal things that are no characters: lamps, vents, rivets, windows. */
static void row_of(struct plate_scene *s, uint64_t *random)
{
	double h = plate_between(random, 3, 16), w = h * plate_between(random, 0.3, 1.3), pitch = w * plate_between(random, 1.1, 2),
		   grey = plate_between(random, 0, 1.2);
	struct patch p = patch_make(s, 1, 2, random);
	bool round = plate_chance(random, 0.5);
	double n = 3 + floor(plate_between(random, 0, 10)), u, v;
	p.half_w = n * pitch / 2;
	p.half_h = h / 2 + 1;
	EACH_PIXEL(s, p, x, y)
	{
		double in = inside(&p, x, y, &u, &v), at = u + p.half_w, m = at - floor(at / pitch) * pitch - pitch / 2;
		double deep = round ? (1 - hypot(m / (w / 2), v / (h / 2))) * fmin(w, h) / 2 : fmin(w / 2 - fabs(m), h / 2 - fabs(v));
		blend(s, x, y, grey, fmin(deep, in) + 0.5);
	}
}

static void line(struct plate_scene *s, uint64_t *random)
{
	struct patch p = patch_make(s, 1, 2, random);
	p.half_w = plate_between(random, 5, s->width_px) / 2;
	p.half_h = plate_between(random, 0.4, 2.5);
	double grey = plate_between(random, 0, 1.2), u, v;
	EACH_PIXEL(s, p, x, y)
	blend(s, x, y, grey, inside(&p, x, y, &u, &v) + 0.5);
}

/* A name or a badge on a tailgate, a shop's sign, a lorry's side: one to three lines, no plate around them. */
static void writing(struct plate_scene *s, bool signs, uint64_t *random)
{
	struct plate_line lines[3];
	uint32_t n = 1 + (uint32_t) (plate_random(random) % 3), letters = plate_chance(random, 0.3) ? 2 : 3;
	letters += letters == 2 ? (uint32_t) (plate_random(random) % 2) : (uint32_t) (plate_random(random) % 20);
	double h = plate_between(random, 3, 18), w = h * plate_between(random, 0.4, 0.9), turn = plate_between(random, -0.08, 0.08),
		   ink = plate_between(random, 0, 1);
	for (uint32_t i = 0; i < n; i++) {
		char text[PLATE_TEXT_MAX] = {0};
		for (uint32_t k = 0; k < letters; k++)
			text[k] = plate_chance(random, 0.12) ? ' ' : "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[plate_random(random) % 36];
		plate_line_make(
			&lines[i], text, 0, i * h * 1.6, w, h, w * plate_between(random, 0.15, 1), h * plate_between(random, 0.08, 0.22), ink);
	}
	struct patch p = {plate_between(random, 0, s->width_px), plate_between(random, 0, s->height_px), letters * lines[0].pitch_mm / 2,
		n * h * 0.8, cos(turn), sin(turn)};
	double u, v, margin = plate_between(random, 0.3, 1.5) * h, panel = plate_between(random, -1, 1);
	p.half_w += margin;
	p.half_h += margin;
	EACH_PIXEL(s, p, x, y)
	{
		double in = inside(&p, x, y, &u, &v);
		if (signs && panel >= 0 && (n > 1 || letters < 4)) /* a panel with one line on it may be a plate */
			blend(s, x, y, panel, in + 0.5);
		u -= margin;
		v -= margin;
		for (uint32_t i = 0; i < n; i++)
			blend(s, x, y, ink, plate_line_cover(&lines[i], u + p.half_w, v + p.half_h, 1));
	}
}

void plate_scene_clutter(struct plate_scene *s, uint32_t things, enum plate_writing written, uint64_t *random)
{
	double top = plate_between(random, 0, 1), low = plate_between(random, 0, 1);
	for (uint32_t y = 0; y < s->height_px; y++)
		for (uint32_t x = 0; x < s->width_px; x++)
			s->light[(size_t) y * s->width_px + x] = (float) (top + (low - top) * y / s->height_px);
	for (uint32_t i = 0; i < things; i++) {
		double kind = plate_between(random, 0, 1);
		if (kind < 0.4)
			block(s, random);
		else if (kind < 0.55)
			bars(s, false, random);
		else if (kind < 0.62)
			bars(s, true, random);
		else if (kind < 0.71)
			leaves(s, random);
		else if (kind < 0.74)
			mosaic(s, random);
		else if (kind < 0.78)
			row_of(s, random);
		else if (kind < 0.9 || written == PLATE_NO_WRITING)
			line(s, random);
		else
			writing(s, written == PLATE_SIGNS, random);
	}
}

struct frame { /* around the plate: recess, holder, the shadow it throws */
	double left, right, top, low, grey;
};

static void box_around(const struct plate_art *art, const struct plate_pose *pose, double mid_x, double mid_y, double px, double box[4])
{
	double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
	for (int i = 0; i < 4; i++) {
		double v = ((i & 2 ? art->h_mm : 0) - mid_y) * px, u = ((i & 1 ? art->w_mm : 0) - mid_x) * px * pose->squeeze + v * pose->slant;
		double x = pose->x_px + u * cos(pose->turn_rad) - v * sin(pose->turn_rad),
			   y = pose->y_px + u * sin(pose->turn_rad) + v * cos(pose->turn_rad);
		x0 = fmin(x0, x), x1 = fmax(x1, x), y0 = fmin(y0, y), y1 = fmax(y1, y);
	}
	box[0] = x0, box[1] = y0, box[2] = x1 - x0, box[3] = y1 - y0;
}

static struct frame frame_make(const struct plate_art *art, uint64_t *random)
{
	double wide = plate_chance(random, 0.5) ? plate_between(random, 0, 0.12) : plate_between(random, 0.05, 0.5), h = art->h_mm;
	return (struct frame){-wide * h, art->w_mm + wide * h, -plate_between(random, 0, 1.4) * wide * h,
		h + plate_between(random, 0, 1.4) * wide * h,
		plate_chance(random, 0.5) ? plate_between(random, 0, 0.3) : plate_between(random, 0, 1)};
}

/* Four points of a pixel. */
static void paint_pixel(struct plate_scene *s, int32_t x, int32_t y, const struct plate_art *art, const struct frame *f,
	const struct plate_pose *pose, double mid_x, double mid_y)
{
	double px = pose->char_px / art->lines[0].h_mm, c = cos(pose->turn_rad), sn = sin(pose->turn_rad), sum = 0, n = 0;
	for (int k = 0; k < 4; k++) {
		double dx = x + 0.25 + 0.5 * (k & 1) - pose->x_px, dy = y + 0.25 + 0.5 * (k >> 1) - pose->y_px, grey;
		double v = dy * c - dx * sn, u = (dx * c + dy * sn - v * pose->slant) / pose->squeeze, x_mm = u / px + mid_x, y_mm = v / px + mid_y;
		if (!plate_art_grey(art, x_mm, y_mm, 0.6 / px, &grey)) {
			if (x_mm < f->left || x_mm > f->right || y_mm < f->top || y_mm > f->low)
				continue;
			grey = f->grey;
		}
		sum += grey;
		n++;
	}
	blend(s, x, y, n > 0 ? sum / n : 0, n / 4);
}

void plate_scene_paint(struct plate_scene *s, const struct plate_art *art, const struct plate_pose *pose, uint64_t *random, double box[4])
{
	const struct plate_line *l = &art->lines[0];
	double n = (double) strlen(l->text), mid_x = l->x_mm + (n * l->pitch_mm - (l->pitch_mm - l->w_mm)) / 2, mid_y = l->y_mm + l->h_mm / 2;
	double px = pose->char_px / l->h_mm, reach = px * art->w_mm * 1.3, own[4];
	struct frame f = frame_make(art, random);
	if (plate_chance(random, 0.3))
		f.right = f.left; /* none */
	box_around(art, pose, mid_x, mid_y, px, box ? box : own);
	for (int32_t y = (int32_t) fmax(pose->y_px - reach, 0); y < (int32_t) fmin(pose->y_px + reach, s->height_px); y++)
		for (int32_t x = (int32_t) fmax(pose->x_px - reach, 0); x < (int32_t) fmin(pose->x_px + reach, s->width_px); x++)
			paint_pixel(s, x, y, art, &f, pose, mid_x, mid_y);
}

/* A shadow's edge, light that falls off, a lamp's glare. */
static void shade(const struct plate_scene *s, float *light, uint64_t *random)
{
	double a = plate_between(random, -3.2, 3.2), cx = plate_between(random, 0, s->width_px), cy = plate_between(random, 0, s->height_px);
	double gain = plate_between(random, 0.25, 1), slope = plate_between(random, -0.4, 0.4) / s->width_px,
		   soft = plate_between(random, 0.5, 4);
	bool edge = plate_chance(random, 0.3);
	double gamma = plate_between(random, 0.5, 1), black = plate_chance(random, 0.4) ? plate_between(random, 0, 0.25) : 0;
	for (uint32_t y = 0; y < s->height_px; y++)
		for (uint32_t x = 0; x < s->width_px; x++) {
			double d = (x - cx) * cos(a) + (y - cy) * sin(a), k = 1 + slope * (x - s->width_px / 2.0);
			if (edge)
				k *= 1 - 0.65 * CLAMP(0.5 + d / soft, 0, 1);
			float *p = &light[(size_t) y * s->width_px + x];
			*p = (float) (black + (1 - black) * pow(fmax(*p * k * gain, 0), gamma));
		}
}

static void blur(const struct plate_scene *s, float *light, double sd_px)
{
	int32_t n = (int32_t) ceil(3 * sd_px), w = (int32_t) s->width_px, h = (int32_t) s->height_px;
	g_autofree float *buffer = g_new(float, MAX(w, h));
	double k[64], sum = 0;
	if (sd_px < 0.05 || n > 31)
		return;
	for (int32_t i = -n; i <= n; i++)
		sum += k[i + n] = exp(-i * i / (2 * sd_px * sd_px));
	for (int pass = 0; pass < 2; pass++) {
		int32_t lines = pass ? w : h, length = pass ? h : w;
		size_t step = pass ? (size_t) w : 1, next = pass ? 1 : (size_t) w;
		for (int32_t l = 0; l < lines; l++) {
			float *p = light + (size_t) l * next;
			for (int32_t i = 0; i < length; i++) {
				double v = 0;
				for (int32_t j = -n; j <= n; j++)
					v += k[j + n] * p[(size_t) CLAMP(i + j, 0, length - 1) * step];
				buffer[i] = (float) (v / sum);
			}
			for (int32_t i = 0; i < length; i++)
				p[(size_t) i * step] = buffer[i];
		}
	}
}

void plate_scene_take(const struct plate_scene *s, double blur_px, double noise_grey, uint64_t *random, uint8_t *grey)
{
	size_t n = (size_t) s->width_px * s->height_px;
	g_autofree float *light = g_memdup2(s->light, n * sizeof *light);
	shade(s, light, random);
	blur(s, light, blur_px);
	for (size_t i = 0; i < n; i++) {
		double noise = plate_between(random, -1, 1) + plate_between(random, -1, 1) + plate_between(random, -1, 1);
		grey[i] = (uint8_t) CLAMP(lround(16 + 219.0 * light[i] + noise * noise_grey), 0, 255);
	}
}
