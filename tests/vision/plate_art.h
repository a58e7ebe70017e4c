/* plate_art.h - number plates as drawings: what a point of a plate looks like, in the formats of the EU, the US, Brazil and China.
 *
 * For the tests that look for plates and for the trainer of vision/plate_model.c. Glyphs are strokes of our own; texts are random and
 * belong to nobody. Lengths in millimetres from the plate's upper left corner, reflectance 0 (black) .. 1 (white). Deterministic for a
 * seed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum plate_format { PLATE_EU, PLATE_US, PLATE_BR, PLATE_CN_BLUE, PLATE_CN_GREEN, PLATE_FORMATS };

#define PLATE_TEXT_MAX 28
#define PLATE_LINES_MAX 5
#define PLATE_FIELDS_MAX 5

struct plate_line { /* one row of glyphs */
	char text[PLATE_TEXT_MAX];
	double x_mm, y_mm, pitch_mm, w_mm, h_mm, stroke_mm, ink;
};

struct plate_field { /* a rectangle of one colour: a band, a sticker */
	double x_mm, y_mm, w_mm, h_mm, grey;
};

struct plate_art {
	enum plate_format format;
	double w_mm, h_mm, paper, paper_end; /* shading from left to right or, where it is a gradient, from top to bottom */
	bool top_down;
	double rim_mm, rim_inset_mm, rim;
	struct plate_line lines[PLATE_LINES_MAX]; /* the first is the number */
	uint32_t n_lines;
	struct plate_field fields[PLATE_FIELDS_MAX];
	uint32_t n_fields;
};

uint64_t plate_random(uint64_t *state);
double plate_between(uint64_t *state, double low, double high);
bool plate_chance(uint64_t *state, double share);

void plate_art_make(struct plate_art *art, enum plate_format format, uint64_t *random);
void plate_line_make(struct plate_line *line, const char *text, double x_mm, double y_mm, double w_mm, double h_mm, double gap_mm,
	double stroke_mm, double ink);
/* The grey there; `soft_mm` is the width of an edge. False outside of the plate. */
bool plate_art_grey(const struct plate_art *art, double x_mm, double y_mm, double soft_mm, double *grey);
/* How much ink of this line covers the point, 0..1. */
double plate_line_cover(const struct plate_line *line, double x_mm, double y_mm, double soft_mm);
