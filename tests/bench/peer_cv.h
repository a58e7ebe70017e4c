/* peer_cv.h - what others usually build from OpenCV, for the benchmarks to stand beside: MOG2, a counter of blobs, the cascades, the loop.
 *
 * No part of the product. All with OpenCV's own defaults where it has some, one setting for all clips, on one thread; pictures are read by OpenCV itself,
 * in colour. What goes wrong inside comes out as `false`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vision/crossing.h"
#include "vision/plate_scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A clip made worse, as counts_bench.c does it to ours. */
struct peer_worse {
	bool mirrored;
	double gain, noise_sd, scale; /* 1, 0, 1: as it is */
	uint32_t every;               /* only every so many-th picture, from 1 */
};

typedef void (*peer_on_event)(void *user, uint32_t line, double t_s);

/* MOG2, what is sure foreground opened and closed, outlines large enough, centroids matched to the nearest of the picture before: one event each time the
 * way of a centroid cuts a line (each body once a line). `lines` lie in the clip's own picture. A picture's time is its number over `fps`. */
bool peer_count(const char *path, const struct crossing_line *lines, uint32_t n, double fps, const struct peer_worse *worse, peer_on_event on_event, void *user);

/* MOG2 on pictures that are painted: which share of a box is foreground, shadows left out? */
struct peer_mog2;
struct peer_mog2 *peer_mog2_new(void);
void peer_mog2_free(struct peer_mog2 *m);
bool peer_mog2_look(struct peer_mog2 *m, const uint8_t *i420, uint32_t width_px, uint32_t height_px);
double peer_mog2_share(const struct peer_mog2 *m, double x0_px, double y0_px, double x1_px, double y1_px);

/* One of OpenCV's cascades over a whole picture, detectMultiScale by default. */
struct peer_cascade;
struct peer_cascade *peer_cascade_new(const char *path); /* NULL: it cannot be read */
void peer_cascade_free(struct peer_cascade *c);
uint32_t peer_cascade_look(struct peer_cascade *c, const uint8_t *grey, uint32_t width_px, uint32_t height_px, struct plate_box *boxes, uint32_t most);

/* The loop of the tutorials: read() a colour picture, MOG2 on it in full size. `every`: of so many pictures one is converted and looked at (2.5: ten a
 * second of 25), the others are only decoded. Returns how many were looked at. */
uint32_t peer_loop(const char *path, double every);

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus
OWNED(peer_mog2)
OWNED(peer_cascade)
#endif
