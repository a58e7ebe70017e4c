/* counter.h - a camera that nobody has calibrated, live: vehicles past lines drawn on its picture, each line for a lane.
 *
 * A crossing.c and what has been told of it, as estimates: flow alone. Until sizes are known nothing is told; the first estimate then covers all time since
 * the beginning. It knows no metres, so no speeds, no queues.
 */
#pragma once

#include "core/estimate.h"
#include "vision/crossing.h"
#include "vision/view.h"

struct counter;

/* For pictures of this size of a view that has lines; not owned, as the detector is (NULL: whatever moves). */
struct counter *counter_new(const struct view *view, uint32_t width_px, uint32_t height_px, struct detector *detector, double fps);
void counter_free(struct counter *c);
OWNED(counter)

void counter_look(struct counter *c, const uint8_t *grey, double t_s);
/* Are sizes known, so that a number can be told? */
bool counter_ready(const struct counter *c);
/* Of lane k, since it was asked last (for the first time: since the beginning). `e` is inited here. */
void counter_measure(struct counter *c, uint32_t k, double at_s, double window_s, struct estimate *e);
const char *counter_broken(const struct counter *c);
void counter_draw(const struct counter *c, struct cv_canvas *canvas);
