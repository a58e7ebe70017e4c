/* detector.h - vehicles found by a user's own ONNX network instead of by movement: a grey picture in, boxes with what they are out.
 *
 * The network's input is one picture, NCHW of 3 channels, 32-bit floats 0..1, input_px square; the camera's grey in all three channels (colours do
 * not come this far), its shape kept, in the middle of grey 114/255. It has one output, in one of these forms, for C classes:
 *   [1, N, 5+C]   rows of centre x, centre y, width, height (px of the input), objectness, one score for each class
 *   [1, 4+C, N]   columns of centre x, centre y, width, height (px of the input), one score for each class
 *   [1, 1, N, 7]  rows of picture, class, score, left, top, right, bottom (shares of the input)
 * Anything else is refused, and so is a shape that fits two of these. The file is a stranger's: read it behind the fence.
 */
#pragma once

#include <glib.h>

#include "vision/cv.h"
#include "vision/kind.h"

struct detector_options {
	const char *model;   /* path of the ONNX file */
	const char *classes; /* what the network's classes are, in its order, separated by commas: ignored, two-wheeler, car, truck, bus, person; 1 to 1000 */
	double score_frac;   /* what scores less is nothing, 0.01..1 */
	double overlap_frac; /* of two boxes that overlap more than this one goes, 0..1 */
	uint32_t input_px;   /* 32..2048, as the network was made for */
};

struct detection {
	double x_px, y_px, width_px, height_px; /* x, y: left and top */
	double score_frac;
	enum vehicle_kind kind;                 /* never VEHICLE_IGNORED */
};

#define DETECTIONS_MAX 128
#define DETECTOR_KINDS "ignored, two-wheeler, car, truck, bus, person"

struct detector;

/* Is that a name for what a class of a network is? */
bool detector_kind_named(const char *name, enum vehicle_kind *kind);

/* The networks of one process: detectors of the same file, input_px and number of classes share one, whatever their names of classes and thresholds.
 * It looks at one picture at a time, so those who share it wait for one another. */
struct detector_pool;
struct detector_pool *detector_pool_new(void);
void detector_pool_free(struct detector_pool *pool); /* before or after its detectors: the last of them frees the network */
uint32_t detector_pool_networks(const struct detector_pool *pool); /* how many were loaded */

/* NULL with one sentence: a file that is not there, is broken or gives other outputs, a value out of range. Without a pool it has a network of its own.
 * Made and freed on one thread; detectors may look on different threads, each on one at a time. */
struct detector *detector_new(struct detector_pool *pool, const struct detector_options *options, GError **error);
void detector_free(struct detector *d);
OWNED(detector)
OWNED(detector_pool)

/* Returns how many, at most DETECTIONS_MAX, the best first; false when the network broke on this picture. */
bool detector_look(struct detector *d, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, struct detection *found, uint32_t *n,
	GError **error);
