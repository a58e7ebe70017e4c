/* sparse.c - see sparse.h. */
#include "vision/sparse.h"

#include <stddef.h>
#include <string.h>

typedef void row_function(const uint8_t *from, uint8_t *to, uint32_t n, uint32_t step);

static inline __attribute__((always_inline)) void pick(const uint8_t *restrict from, uint8_t *restrict to, uint32_t n, uint32_t step)
{
	for (uint32_t x = 0; x < n; x++)
		to[x] = from[(size_t) x * step];
}

/* Steps that are known beforehand become shuffles of whole registers: those of 1280, 1920 and 2560 pixels of width. */
static inline __attribute__((always_inline)) void row(const uint8_t *from, uint8_t *to, uint32_t n, uint32_t step)
{
	switch (step) {
	case 1:
		memcpy(to, from, n);
		break;
	case 2:
		pick(from, to, n, 2);
		break;
	case 3:
		pick(from, to, n, 3);
		break;
	case 4:
		pick(from, to, n, 4);
		break;
	default:
		pick(from, to, n, step);
	}
}

static void row_plain(const uint8_t *from, uint8_t *to, uint32_t n, uint32_t step)
{
	row(from, to, n, step);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void row_avx2(const uint8_t *from, uint8_t *to, uint32_t n, uint32_t step)
{
	row(from, to, n, step);
}
#endif

static row_function *row_choose(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return row_avx2;
#endif
	return row_plain;
}

void sparse_take(const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, uint32_t step, uint8_t *to)
{
	row_function *take_row = row_choose();
	uint32_t w = width_px / step, h = height_px / step;
	for (uint32_t y = 0; y < h; y++)
		take_row(grey + (size_t) y * step * stride, to + (size_t) y * w, w, step);
}
