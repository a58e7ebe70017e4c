/* show.h - pictures with marks drawn in, out to where people look at them: a film, or MJPEG for a browser.
 *
 * By the target's name: .mp4, .mkv (H.264), .avi (MJPEG), .mjpeg (pictures one after the other), or http://127.0.0.1:PORT/ where any browser on
 * this machine sees them as they come; one that is slow misses some. It draws nothing and knows no cameras.
 */
#pragma once

#include "vision/cv.h"
#include "vision/view.h"

struct show;
/* NULL with a sentence when the name says nothing known, or the port is taken. `fps` is about how often pictures will come. */
struct show *show_new(const char *target, double fps, GError **error);
void show_free(struct show *s); /* without show_end a film may not be playable */
OWNED(show)

/* One picture, all of one size; `t_s` goes on. False with a sentence when it cannot be written, such as on a full disk; then no other can. */
bool show_picture(struct show *s, const struct cv_canvas *canvas, double t_s, GError **error);
bool show_end(struct show *s, GError **error); /* the film is complete */
