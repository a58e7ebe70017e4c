/* gbt_scene.h - the model controller of GB/T 20999 at the junction of configs/junction. */
#pragma once

#include "tests/daemon/cabinet_scene.h"
#include "tests/daemon/gbt_cabinet.h"

/* A cabinet with the map's phases and conflicts, the junction's stages and its own plan. */
struct gbt_cabinet *gbt_scene_cabinet(const struct cabinet_scene *s);

/* How long the r-th stage of a plan lasts, with the way to the next one. */
double gbt_scene_lasts_s(const struct plan *p, const struct junction *j, uint32_t r);
