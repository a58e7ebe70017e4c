/* crossing.h - vehicles past lines that are drawn on the picture: grey pictures in, one event a vehicle out.
 *
 * Needs no calibration: what a vehicle's size is, it learns from those that pass. It keeps the first seconds of pictures back until it knows the
 * road behind the traffic, and looks at them then, so that nothing of the beginning is lost; from then on it is done with each picture at once.
 * The first vehicles' events are told when enough have passed to know how large vehicles are here. People and bicycles are not counted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

struct cv_canvas;
struct detector;

#define CROSSING_LINES_MAX 64

struct crossing_line { /* in pixels of the full-size picture */
	double x0, y0, x1, y1;
	double way_x, way_y; /* counted when it moves that way, any length; both 0: either way */
};

struct crossing_event {
	uint32_t line;
	double t_s;             /* when its centre passed the line */
	double x_px, y_px, width_px, height_px; /* there, in the full-size picture */
};

typedef void (*crossing_on_event)(void *user, const struct crossing_event *event);

struct crossing_options {
	double analyse_fps; /* pictures a second that are looked at, > 0 */
	double begin_s;     /* of pictures kept back at the beginning; 0: 6 s */
	struct detector *detector; /* finds the vehicles, and nothing is kept back; not owned. NULL: whatever moves is looked for */
};

struct crossing;

struct crossing *crossing_new(const struct crossing_line *lines, uint32_t n, const struct crossing_options *options, crossing_on_event on_event,
	void *user);
void crossing_free(struct crossing *c);
OWNED(crossing)

/* The next picture; t_s never goes back. A new size begins anew. */
void crossing_look(struct crossing *c, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double t_s);
/* Has the beginning been looked at, and does no event wait for sizes to be known? */
bool crossing_settled(const struct crossing *c);
/* No more pictures: what was kept back is told. */
void crossing_end(struct crossing *c);
/* Why the detector no longer works, one sentence; NULL: it does. */
const char *crossing_broken(const struct crossing *c);

/* Draws lines, boxes and numbers; the canvas was made from a full-size picture. */
void crossing_draw(const struct crossing *c, struct cv_canvas *canvas);
