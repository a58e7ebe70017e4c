/* plate_scene.h - grey pictures with and without number plates, as a camera would take them: clutter, light, blur, noise.
 *
 * Drawn from random numbers alone: the same for the same seed. For the tests that look for plates and for the trainer.
 */
#pragma once

#include "core/owned.h"
#include "tests/vision/plate_art.h"

struct plate_scene {
	uint32_t width_px, height_px;
	float *light; /* reflectance times light, about 0..1 */
};

struct plate_pose {
	double x_px, y_px;               /* of the middle of the number's row */
	double char_px;                  /* height of its characters */
	double turn_rad, slant, squeeze; /* rotation; shear of the verticals; width against the true one, for a view from the side */
};

struct plate_scene *plate_scene_new(uint32_t width_px, uint32_t height_px);
void plate_scene_free(struct plate_scene *s);
OWNED(plate_scene)

/* What streets are full of: bars, bricks, leaves, lamps, edges, writing that is on no plate. `things` of them. */
enum plate_writing { PLATE_NO_WRITING, PLATE_BARE_WRITING, PLATE_SIGNS };
void plate_scene_clutter(struct plate_scene *s, uint32_t things, enum plate_writing writing, uint64_t *random);
/* A plate, in the recess or frame it sits in. x, y, w, h get the upright box around it, if not NULL. */
void plate_scene_paint(struct plate_scene *s, const struct plate_art *art, const struct plate_pose *pose, uint64_t *random, double box[4]);
/* Shadows, lens, sensor: to 8 bit. */
void plate_scene_take(const struct plate_scene *s, double blur_px, double noise_grey, uint64_t *random, uint8_t *grey);
