/* plain.h - what can be said of a camera that nobody has calibrated, drawn into its picture: how jammed, where plates are, whether it sees.
 *
 * No lanes, no metres. What moves is followed and counted at a line across the picture (crossing.h), how jammed it is comes from jam.h, plates
 * are found in the whole picture and only marked.
 */
#pragma once

#include "vision/cv.h"

struct plain;
struct plain *plain_new(void);
void plain_free(struct plain *p);
OWNED(plain)

/* The next picture, of any size. */
void plain_look(struct plain *p, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double t_s);
struct cv_canvas *plain_draw(const struct plain *p); /* NULL before the first; to be freed */
