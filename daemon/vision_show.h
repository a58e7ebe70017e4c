/* vision_show.h - greenwave-vision --show: pictures with what was seen in them, for people. See vision/show.h for where they go. */
#pragma once

#include "vision/camera.h"
#include "vision/show.h"

struct vision_show; /* where they go, and whether that still works */

/* `what` is shown, a film or a camera's address; `output` NULL: beside it in this folder, as NAME.shown.mp4. */
char *vision_show_target(const char *what, const char *output);
struct vision_show *vision_show_new(const char *target, double fps, GMainLoop *loop, GError **error);
bool vision_show_end(struct vision_show *s, GError **error); /* false: it broke, at its end or before */
void vision_show_free(struct vision_show *s);
OWNED(vision_show)

/* A camera_on_picture, but for its user. When it cannot be written the loop is ended. */
void vision_show_picture(struct vision_show *s, const struct cv_canvas *canvas, double t_s);

/* Of a camera that nobody has calibrated, until it ends or the loop does. */
bool vision_show_plain(struct vision_show *s, const char *uri, double analyse_fps, GMainLoop *loop, GError **error);
