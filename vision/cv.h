/* cv.h - the one door to OpenCV: plain buffers in, plain numbers out.
 *
 * No OpenCV type and no exception gets through it: whatever goes wrong inside comes out as `false` or NULL. It knows nothing of
 * roads, cameras or vehicles.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Row-major homography that takes `from` to `to` (n >= 4 points, x y x y ...), least squares over all of them. False when the
 * points do not determine one (collinear, not finite). */
bool cv_homography(const double *from, const double *to, uint32_t n, double h[9]);

/* A colour picture to draw on, made from a grey one that is copied. */
struct cv_canvas;
struct cv_canvas *cv_canvas_new(const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, uint32_t scale);
void cv_canvas_free(struct cv_canvas *canvas);
void cv_draw_line(struct cv_canvas *canvas, const double *xy, uint32_t n, bool closed, uint32_t rgb);
void cv_draw_area(struct cv_canvas *canvas, const double *xy, uint32_t n, uint32_t rgb, double opacity_frac);
void cv_draw_text(struct cv_canvas *canvas, double x_px, double y_px, const char *text, uint32_t rgb);
/* Blue, green, red; `stride` bytes a row; the canvas's own, until it is drawn on or freed. */
const uint8_t *cv_canvas_rows(const struct cv_canvas *canvas, uint32_t *width_px, uint32_t *height_px, uint32_t *stride);
bool cv_canvas_jpeg(const struct cv_canvas *canvas, uint32_t quality, uint8_t **bytes, uint64_t *n); /* quality 1..100; g_free(bytes) */
bool cv_canvas_png(const struct cv_canvas *canvas, uint8_t **bytes, uint64_t *n); /* g_free(bytes) */

/* A picture file's grey, for benchmarks and tests; wider ones than `most_px` are shrunk. g_free(grey). False when it cannot be read. */
bool cv_grey_read(const char *path, uint32_t most_px, uint32_t *width_px, uint32_t *height_px, uint8_t **grey);

/* ---- movement: what jam.c asks ---- */

struct cv_moved { /* a corner found in one picture and found again in the next */
	float x_px, y_px, dx_px, dy_px;
};

/* Corners of picture `a` followed to picture `b` (Lucas & Kanade 1981 in a pyramid, Bouguet 2000) and back: those that come back to where
 * they were. Both width_px * height_px without padding. Returns how many, at most `max`; 0 when something went wrong. */
uint32_t cv_follow(const uint8_t *a, const uint8_t *b, uint32_t width_px, uint32_t height_px, struct cv_moved *moved, uint32_t max);

struct cv_box {
	int32_t x_px, y_px, width_px, height_px, area_px;
};

/* Connected areas where two pictures differ by more than `grey`, small holes closed and specks gone: their boxes, at most `max`. */
uint32_t cv_differ(const uint8_t *a, const uint8_t *b, uint32_t width_px, uint32_t height_px, double grey, struct cv_box *boxes, uint32_t max);

/* ---- a user's own network: what detector.c asks ---- */

struct cv_found {
	float x_px, y_px, width_px, height_px; /* in the picture that was given, cut at its edges */
	float score_frac;
	uint32_t kind;                         /* counts the network's classes from 0 */
};

struct cv_network;

/* Reads an ONNX file of `n_kinds` classes and tries it on an empty picture of input_px x input_px. NULL and one sentence in `why` (g_free) when it
 * is broken or gives anything but the outputs that detector.h names. */
struct cv_network *cv_network_new(const char *path, uint32_t input_px, uint32_t n_kinds, char **why);
void cv_network_free(struct cv_network *network);
/* At most `max` boxes of at least score_frac, the best first; of two that overlap more than overlap_frac (of what both cover) only the better one,
 * whatever their classes. False with a sentence in `why` (g_free) when the network broke. */
bool cv_network_run(struct cv_network *network, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double score_frac,
	double overlap_frac, struct cv_found *found, uint32_t max, uint32_t *n, char **why);

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus
OWNED(cv_canvas)
OWNED(cv_network)
#endif
