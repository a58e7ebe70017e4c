/* Every so many pixels, at steps that have loops of their own and others, in rows that are wider than the picture. */
#include "vision/sparse.h"

#include <glib.h>

#define STRIDE 353
#define HEIGHT_PX 37

static void test_steps(void)
{
	g_autofree uint8_t *grey = g_malloc(STRIDE * HEIGHT_PX), *small = g_malloc(STRIDE * HEIGHT_PX + 1);
	for (uint32_t i = 0; i < STRIDE * HEIGHT_PX; i++)
		grey[i] = (uint8_t) (i * 167 + i / STRIDE);
	for (uint32_t step = 1; step <= 7; step++)
		for (uint32_t width_px = 1; width_px <= STRIDE; width_px += 11) {
			uint32_t w = width_px / step, h = HEIGHT_PX / step;
			small[w * h] = 201;
			sparse_take(grey, width_px, HEIGHT_PX, STRIDE, step, small);
			for (uint32_t i = 0; i < w * h; i++)
				g_assert_cmpuint(small[i], ==, grey[i / w * step * STRIDE + i % w * step]);
			g_assert_cmpuint(small[w * h], ==, 201);
		}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sparse/steps", test_steps);
	return g_test_run();
}
