/* watch.h - one camera's pictures in, estimates for all its lanes out. No streams, no clock: pictures come with their time.
 *
 * Estimates are for whole multiples of the period (UTC seconds): each covers (t - period, t] and is ready with the first picture at
 * or after t. The picture is a grey plane of the working size. Not thread-safe.
 */
#pragma once

#include "vision/cv.h"
#include "vision/detector.h"
#include "vision/lens.h"
#include "vision/measure.h"
#include "vision/plate_book.h"

struct watch;

/* For pictures of width x height; NULL with a sentence when no lane can be measured in them. The view is not owned. */
struct watch *watch_new(const struct view *view, uint32_t width_px, uint32_t height_px, double period_s, GError **error);
void watch_free(struct watch *w);
OWNED(watch)

/* Before the first picture: vehicles are what this network finds, in so many pictures a second. Not owned. */
void watch_detect_with(struct watch *w, struct detector *detector, double fps);
/* Why it no longer works, one sentence; NULL: it does. */
const char *watch_broken(const struct watch *w);

/* The same picture in its full size, for the next watch_look alone, which looks for plates in it; not needed where the working size is the full one. */
void watch_show_full(struct watch *w, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride);
/* Where the next picture may be put, right before watch_look is told this place: then it is not copied. Owned by the watch. */
uint8_t *watch_room(struct watch *w);
/* True when estimates are ready: watch_estimates. Pictures whose time does not go on are passed over. */
bool watch_look(struct watch *w, const uint8_t *grey, double t_s);
const struct estimate *watch_estimates(const struct watch *w, uint32_t *n); /* owned by the watch, until the next picture */
enum sight watch_sight(const struct watch *w);

/* The newest picture with everything that was seen in it; NULL before the first. */
struct cv_canvas *watch_draw(const struct watch *w);
const struct traffic *watch_traffic(const struct watch *w, uint32_t k); /* of the k-th lane that is measured; NULL beyond */
const struct plate_book *watch_plates(const struct watch *w, uint32_t k); /* of the same lane */
