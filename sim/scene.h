/* scene.h - what stands still in a camera's picture: ground, roads and their markings, pavements, houses, trees, masts.
 *
 * Painted once from a network; the same for the same network, lens and seed. Knows no vehicles.
 */
#pragma once

#include "sim/bodies.h"

void scene_paint(struct picture *pic, const struct lens *l, const struct network *net, const struct daylight *day, uint64_t seed);
