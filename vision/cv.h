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

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus
OWNED(cv_canvas)
#endif
