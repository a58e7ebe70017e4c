/* sparse.h - a smaller picture: of every so many pixels one. */
#pragma once

#include <stdint.h>

/* Of a plane whose rows are `stride` bytes apart every `step`-th (>= 1) pixel of every `step`-th row, from the first one on. `to` has room for
 * width_px / step times height_px / step bytes and gets rows without gaps. */
void sparse_take(const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, uint32_t step, uint8_t *to);
