/* plate_scan.h - where in a grey picture are number plates? Of any size, by what rows of characters on a plate look like. Nothing is read.
 *
 * A window of fixed shape is moved over the picture at sizes a quarter of an octave or so apart; boosted trees on plate_cells.h judge each,
 * most after a few look-ups (soft cascade: Bourdev & Brandt 2005). It knows nothing of vehicles.
 */
#pragma once

#include "vision/plate_cells.h"

#define PLATE_BOX_CHARS 1.6 /* height of a box, in that of its row of characters */

struct plate_box {
	double x_px, y_px, w_px, h_px;
	double score; /* higher = surer; 0 is about even odds */
};

struct plate_node {
	struct plate_feature feature;
	float cut; /* value < cut goes left */
};

struct plate_tree {
	struct plate_node node[3]; /* the root, then left and right */
	float leaf[4];
	float reject; /* a sum below this after the tree ends the matter */
};

struct plate_model {
	const struct plate_tree *trees;
	uint32_t n;
	uint32_t cols, rows; /* of the window: six by two heights of a character */
};

#define PLATE_CHAR_CELLS(model) ((model)->rows / 2)

extern const struct plate_model plate_model_coarse; /* characters 8 px high: looks everywhere */
extern const struct plate_model plate_model_fine;   /* 16 px high: looks again at what the coarse one found */

struct plate_scan;
struct plate_scan *plate_scan_new(const struct plate_model *coarse, const struct plate_model *fine); /* fine may be NULL */
void plate_scan_free(struct plate_scan *scan);
OWNED(plate_scan)

/* Best first, at most `most`; returns how many. `char_px` is the range of character heights looked for. */
uint32_t plate_scan_look(struct plate_scan *scan, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride,
	double char_min_px, double char_max_px, struct plate_box *boxes, uint32_t most);

/* A whole picture, of which nothing is known: characters from a hundredth of the picture's size on (not below 9.5 px) and only what is
 * sure, or nearly as sure as the surest. */
uint32_t plate_scan_picture(struct plate_scan *scan, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride,
	struct plate_box *boxes, uint32_t most);

/* Every window that survives, as it is, for the trainer: in cells that are `cell_px` wide in the picture. */
typedef void (*plate_on_window)(void *user, const struct plate_cells *cells, uint32_t col, uint32_t row, double cell_px, float score);
void plate_scan_windows(struct plate_scan *scan, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride,
	double char_min_px, double char_max_px, plate_on_window on_window, void *user);

/* The fine window around a row of characters in the picture that was looked at last; its first cell. */
const struct plate_cells *plate_scan_close(
	struct plate_scan *scan, const struct plate_model *fine, double x_px, double y_px, double char_px, uint32_t *col, uint32_t *row);
