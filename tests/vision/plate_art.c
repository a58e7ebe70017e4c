/* plate_art.c - number plates as drawings. See plate_art.h. */
#include "tests/vision/plate_art.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Strokes on a grid 4 wide and 6 high: points "xy" joined by '-', strokes parted by ' '. */
static const char *const glyphs[128] = {
	['A'] = "06-10-30-46 04-44",
	['B'] = "00-06-36-45-44-33-03 33-42-41-30-00",
	['C'] = "41-30-10-01-05-16-36-45",
	['D'] = "00-06-26-44-42-20-00",
	['E'] = "40-00-06-46 03-33",
	['F'] = "40-00-06 03-33",
	['G'] = "41-30-10-01-05-16-36-45-43-23",
	['H'] = "00-06 40-46 03-43",
	['I'] = "20-26",
	['J'] = "40-45-36-16-05",
	['K'] = "00-06 40-03-46",
	['L'] = "00-06-46",
	['M'] = "06-00-23-40-46",
	['N'] = "06-00-46-40",
	['O'] = "10-30-41-45-36-16-05-01-10",
	['P'] = "06-00-30-41-42-33-03",
	['Q'] = "10-30-41-45-36-16-05-01-10 24-46",
	['R'] = "06-00-30-41-42-33-03 23-46",
	['S'] = "41-30-10-01-02-13-33-44-45-36-16-05",
	['T'] = "00-40 20-26",
	['U'] = "00-05-16-36-45-40",
	['V'] = "00-26-40",
	['W'] = "00-16-22-36-40",
	['X'] = "00-46 40-06",
	['Y'] = "00-23-40 23-26",
	['Z'] = "00-40-06-46",
	['0'] = "10-30-41-45-36-16-05-01-10",
	['1'] = "02-20-26",
	['2'] = "01-10-30-41-42-06-46",
	['3'] = "01-10-30-41-42-33-13 33-44-45-36-16-05",
	['4'] = "30-04-44 32-36",
	['5'] = "40-00-02-32-43-45-36-16-05",
	['6'] = "41-30-10-01-05-16-36-45-44-33-13-04",
	['7'] = "00-40-16",
	['8'] = "10-30-41-42-33-13-02-01-10 13-04-05-16-36-45-44-33",
	['9'] = "42-33-13-02-01-10-30-41-45-36-16-05",
	['-'] = "13-33",
	['.'] = "23-24",
	['#'] = "10-20 00-40 11-06 30-36 03-43 21-25 02-32 14-44 05-45", /* as dense as a Chinese character */
};

uint64_t plate_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15; /* splitmix64: Steele, Lea & Flood 2014 */
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

double plate_between(uint64_t *state, double low, double high)
{
	return low + (high - low) * ((double) (plate_random(state) >> 11) * 0x1p-53);
}

bool plate_chance(uint64_t *state, double share)
{
	return plate_between(state, 0, 1) < share;
}

void plate_line_make(struct plate_line *line, const char *text, double x_mm, double y_mm, double w_mm, double h_mm, double gap_mm,
	double stroke_mm, double ink)
{
	*line = (struct plate_line){
		.x_mm = x_mm, .y_mm = y_mm, .pitch_mm = w_mm + gap_mm, .w_mm = w_mm, .h_mm = h_mm, .stroke_mm = stroke_mm, .ink = ink};
	g_strlcpy(line->text, text, sizeof line->text);
}

/* L a letter, D a digit, A either; anything else is itself. */
static void fill_in(char *text, const char *pattern, uint64_t *random)
{
	uint32_t i = 0;
	for (; pattern[i] && i + 1 < PLATE_TEXT_MAX; i++) {
		char kind = pattern[i] == 'A' ? (plate_chance(random, 0.5) ? 'L' : 'D') : pattern[i];
		text[i] = kind == 'L' ? (char) ('A' + plate_random(random) % 26) : kind == 'D' ? (char) ('0' + plate_random(random) % 10) : kind;
	}
	text[i] = 0;
}

/* A row in the middle of [left, right], as wide as its glyphs are. */
static void row(struct plate_art *art, const char *pattern, double left, double right, double y_mm, double h_mm, double shape, double ink,
	uint64_t *random)
{
	char text[PLATE_TEXT_MAX];
	fill_in(text, pattern, random);
	double n = (double) strlen(text), w = h_mm * shape, gap = w * plate_between(random, 0.22, 0.42), room = right - left;
	if (n * (w + gap) > room) {
		w *= room / (n * (w + gap));
		gap = room / n - w;
	}
	double slack = room - n * (w + gap) + gap;
	plate_line_make(&art->lines[art->n_lines++], text, left + slack * plate_between(random, 0.4, 0.6), y_mm, w, h_mm, gap,
		h_mm * plate_between(random, 0.1, 0.18), ink);
}

static void field(struct plate_art *art, double x, double y, double w, double h, double grey)
{
	art->fields[art->n_fields++] = (struct plate_field){x, y, w, h, grey};
}

static void make_eu(struct plate_art *art, uint64_t *random)
{
	static const char *const patterns[] = {"LL-DDDLL", "LL DDDLL", "DLD DDDD", "LL.LL DDDD", "LLL DDD", "LL DDD LL", "DDDD LLL",
		"L LL DDDD", "LLLLLL", "LLL DDDD", "LL LD DDD"};
	double left = 14, h = plate_between(random, 70, 82), wide = plate_chance(random, 0.85) ? 520 : plate_between(random, 440, 520);
	*art = (struct plate_art){
		.format = PLATE_EU, .w_mm = wide, .h_mm = plate_between(random, 108, 118), .paper = plate_between(random, 0.75, 1)};
	double ink = plate_between(random, 0, 0.2);
	if (plate_chance(random, 0.12)) { /* light on dark, as in Malaysia and before */
		ink = art->paper;
		art->paper = plate_between(random, 0.02, 0.2);
	} else if (plate_chance(random, 0.8)) {
		field(art, 0, 0, left = plate_between(random, 40, 52), art->h_mm, plate_between(random, 0.12, 0.4));
		field(art, 12, art->h_mm * 0.2, 22, 22, plate_between(random, 0.3, 0.7));
		left += 4;
	}
	art->rim_mm = plate_between(random, 0, 6);
	art->rim = ink;
	row(art, patterns[plate_random(random) % G_N_ELEMENTS(patterns)], left, wide - 14, (art->h_mm - h) / 2, h,
		plate_between(random, 0.5, 0.62), ink, random);
}

static void make_us(struct plate_art *art, uint64_t *random)
{
	static const char *const patterns[] = {
		"LLLDDDD", "LLL DDDD", "LLDDLLL", "DLLLDDD", "DDDLLL", "LLL DDD", "LLD LDDD", "LLL-DDD", "LDDDDDD", "LL DDDDD"};
	double h = plate_between(random, 58, 74), y = plate_between(random, 36, 48), ink = plate_between(random, 0.02, 0.35);
	*art = (struct plate_art){.format = PLATE_US, .w_mm = 305, .h_mm = 152, .paper = plate_between(random, 0.6, 1)};
	art->top_down = plate_chance(random, 0.6);
	art->paper_end = art->paper * plate_between(random, 0.75, 1.1);
	art->rim_mm = plate_chance(random, 0.5) ? plate_between(random, 3, 14) : 0; /* a dealer's frame */
	art->rim = plate_chance(random, 0.6) ? plate_between(random, 0, 0.25) : plate_between(random, 0.5, 0.9);
	if (plate_chance(random, 0.15)) {
		double paper = art->paper;
		art->paper = art->paper_end = plate_between(random, 0.05, 0.3);
		ink = paper;
	}
	row(art, patterns[plate_random(random) % G_N_ELEMENTS(patterns)], 16, 289, y, h, plate_between(random, 0.4, 0.56), ink, random);
	if (plate_chance(random, 0.8))
		row(art, "LLLLLLLL", 70, 235, 8, plate_between(random, 14, 24), 0.6, plate_between(random, 0.1, 0.6), random);
	if (plate_chance(random, 0.5))
		row(art, "LLLLLL LLLLL LLLL", 60, 245, 130, 12, 0.6, plate_between(random, 0.1, 0.6), random);
	if (plate_chance(random, 0.3))
		field(art, 0, 0, 305, plate_between(random, 20, 34), plate_between(random, 0.2, 0.6));
	if (plate_chance(random, 0.4))
		field(art, 0, 124, 305, 28, plate_between(random, 0.2, 0.6));
	for (int corner = 0; corner < 2; corner++)
		if (plate_chance(random, 0.5))
			field(art, corner ? 262 : 8, plate_chance(random, 0.6) ? 8 : 118, 34, 24, plate_between(random, 0.2, 1));
}

static void make_br(struct plate_art *art, uint64_t *random)
{
	double ink = plate_between(random, 0, 0.25), h = plate_between(random, 60, 72);
	*art = (struct plate_art){.format = PLATE_BR, .w_mm = 400, .h_mm = 130, .paper = plate_between(random, 0.45, 0.95)};
	art->rim_mm = plate_between(random, 0, 5);
	art->rim = ink;
	if (plate_chance(random, 0.15)) { /* taxis and buses: white on red */
		ink = plate_between(random, 0.75, 1);
		art->paper = plate_between(random, 0.15, 0.35);
	}
	if (plate_chance(random, 0.75)) {
		row(art, "LLL-DDDD", 18, 382, plate_between(random, 44, 56), h, plate_between(random, 0.55, 0.68), ink, random);
		row(art, plate_chance(random, 0.5) ? "LL-LLLLLLLL" : "LL-LLLLL", 120, 280, 14, 18, 0.6, ink, random);
	} else { /* Mercosul: a blue band above */
		row(art, "LLLDLDD", 20, 380, plate_between(random, 40, 48), h + 8, plate_between(random, 0.6, 0.72), ink, random);
		field(art, 0, 0, 400, 30, plate_between(random, 0.15, 0.35));
		row(art, "LLLLLL", 150, 250, 6, 18, 0.6, 0.9, random);
	}
	if (plate_chance(random, 0.4)) /* the seal's dots and rivets */
		field(art, 192, 96, 16, 20, plate_between(random, 0.3, 0.6));
}

static void make_cn(struct plate_art *art, enum plate_format format, uint64_t *random)
{
	bool green = format == PLATE_CN_GREEN;
	double wide = green ? 480 : 440, ink = green ? plate_between(random, 0, 0.15) : plate_between(random, 0.8, 1);
	*art = (struct plate_art){
		.format = format, .w_mm = wide, .h_mm = 140, .paper = green ? plate_between(random, 0.8, 1) : plate_between(random, 0.12, 0.3)};
	art->top_down = green;
	art->paper_end = green ? plate_between(random, 0.45, 0.65) : art->paper;
	art->rim_mm = plate_between(random, 2, 4);
	art->rim_inset_mm = plate_between(random, 0, 6);
	art->rim = ink;
	row(art, green ? "#L.DDDDDD" : "#L.AADDD", 15, wide - 15, 25, 90, green ? 0.46 : 0.5, ink, random);
	art->lines[0].stroke_mm = plate_between(random, 9, 12);
}

void plate_art_make(struct plate_art *art, enum plate_format format, uint64_t *random)
{
	switch (format) {
	case PLATE_EU:
		make_eu(art, random);
		break;
	case PLATE_US:
		make_us(art, random);
		break;
	case PLATE_BR:
		make_br(art, random);
		break;
	default:
		make_cn(art, format, random);
		break;
	}
	if (!art->top_down)
		art->paper_end = art->paper;
}

static double to_stroke(double x, double y, double ax, double ay, double bx, double by)
{
	double dx = bx - ax, dy = by - ay, l = dx * dx + dy * dy, t = l > 0 ? CLAMP(((x - ax) * dx + (y - ay) * dy) / l, 0, 1) : 0;
	return hypot(x - ax - t * dx, y - ay - t * dy);
}

double plate_line_cover(const struct plate_line *line, double x_mm, double y_mm, double soft_mm)
{
	double x = x_mm - line->x_mm, y = y_mm - line->y_mm, reach = line->stroke_mm / 2 + soft_mm;
	int32_t n = (int32_t) strlen(line->text), k = (int32_t) floor((x + (line->pitch_mm - line->w_mm) / 2) / line->pitch_mm);
	if (y < -reach || y > line->h_mm + reach || k < 0 || k >= n || !glyphs[line->text[k] & 127])
		return 0;
	/* Strokes run inside their box by half their width. */
	double in = line->stroke_mm / 2, sx = (line->w_mm - 2 * in) / 4, sy = (line->h_mm - 2 * in) / 6, nearest = INFINITY;
	x -= k * line->pitch_mm + in;
	y -= in;
	for (const char *g = glyphs[line->text[k] & 127]; g[0] && g[2]; g += 3)
		if (g[2] == '-')
			nearest = fmin(nearest, to_stroke(x, y, (g[0] - '0') * sx, (g[1] - '0') * sy, (g[3] - '0') * sx, (g[4] - '0') * sy));
	return CLAMP(0.5 + (line->stroke_mm / 2 - nearest) / fmax(soft_mm, 0.01), 0, 1);
}

static double paper_at(const struct plate_art *art, double x, double y)
{
	double grey = art->paper + (art->paper_end - art->paper) * y / art->h_mm;
	double rim = fmin(fmin(x, art->w_mm - x), fmin(y, art->h_mm - y)) - art->rim_inset_mm;
	for (uint32_t i = 0; i < art->n_fields; i++) {
		const struct plate_field *f = &art->fields[i];
		if (x >= f->x_mm && x < f->x_mm + f->w_mm && y >= f->y_mm && y < f->y_mm + f->h_mm)
			grey = f->grey;
	}
	return rim >= 0 && rim < art->rim_mm ? art->rim : grey;
}

bool plate_art_grey(const struct plate_art *art, double x_mm, double y_mm, double soft_mm, double *grey)
{
	if (x_mm < 0 || y_mm < 0 || x_mm > art->w_mm || y_mm > art->h_mm)
		return false;
	*grey = paper_at(art, x_mm, y_mm);
	for (uint32_t i = 0; i < art->n_lines; i++) {
		const struct plate_line *l = &art->lines[i];
		*grey += plate_line_cover(l, x_mm, y_mm, soft_mm) * (l->ink - *grey);
	}
	return true;
}
