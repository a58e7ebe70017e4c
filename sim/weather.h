/* weather.h - what night, rain and wind make of a camera's picture: lamps and their light, streaks and drops, a mast that sways.
 *
 * Works on pictures that were painted as by day. Deterministic for a seed and a time. It knows bodies, no worlds.
 */
#pragma once

#include "sim/bodies.h"

struct weather; /* of one camera */
/* `still` is the day's scene: night takes its street lamps' light from the mount and the network. */
struct weather *weather_new(const struct eye_mount *mount, const struct lens *lens, const struct network *net, uint64_t seed);
void weather_free(struct weather *w);
OWNED(weather)

/* Night: what vehicles were painted is lit by street lamps and headlights only, and their own lamps shine. `cars` far to near. */
void weather_night(struct weather *w, struct picture *pic, const struct eye_car *const *cars, uint32_t n);
void weather_rain(struct weather *w, struct picture *pic, double t_s);
/* How far the picture is pushed aside just then, px; at most three times the mount's shake_px. */
struct raster_point weather_push(const struct weather *w, double t_s);
void weather_shake(struct weather *w, struct picture *pic, double t_s);
