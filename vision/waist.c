/* waist.c - parting two bodies at their thinnest place. See waist.h. */
#include "vision/waist.h"

#include <glib.h>
#include <string.h>

#define DEEP_SHARE 0.8   /* of the deepest layer: what is thicker is no waist */

/* How many layers lie between each pixel and the outside (chessboard distance, two passes: Rosenfeld and Pfaltz 1966). */
static uint32_t layers(const uint8_t *mask, uint32_t stride, const struct blob *b, uint8_t *depth, uint32_t w, uint32_t h)
{
	uint32_t deepest = 0;
	memset(depth, 0, (size_t) (w + 2) * (h + 2));
	uint32_t s = w + 2;
	for (uint32_t y = 0; y < h; y++)
		for (uint32_t x = 0; x < w; x++) {
			uint8_t *d = depth + (size_t) (y + 1) * s + x + 1;
			if (mask[(size_t) ((uint32_t) b->y0 + y) * stride + (uint32_t) b->x0 + x])
				*d = (uint8_t) (MIN(MIN(d[-1], *(d - s)), MIN(*(d - s - 1), *(d - s + 1))) + 1);
			*d = MIN(*d, 120);
		}
	for (uint32_t y = h; y-- > 0;)
		for (uint32_t x = w; x-- > 0;) {
			uint8_t *d = depth + (size_t) (y + 1) * s + x + 1;
			uint8_t from = (uint8_t) (MIN(MIN(d[1], d[s]), MIN(d[s - 1], d[s + 1])) + 1);
			*d = MIN(*d, from);
			deepest = MAX(deepest, *d);
		}
	return deepest;
}

/* Floods one piece of at least that depth; its pixels are marked 255. */
static struct blob flood(uint8_t *depth, uint32_t s, uint32_t at, uint8_t least, GArray *stack)
{
	struct blob piece = {G_MAXINT32, G_MAXINT32, 0, 0, 0};
	g_array_set_size(stack, 0);
	g_array_append_val(stack, at);
	depth[at] = 255;
	while (stack->len) {
		uint32_t p = g_array_index(stack, uint32_t, stack->len - 1);
		int32_t x = (int32_t) (p % s) - 1, y = (int32_t) (p / s) - 1;
		g_array_set_size(stack, stack->len - 1);
		piece = (struct blob){MIN(piece.x0, x), MIN(piece.y0, y), MAX(piece.x1, x + 1), MAX(piece.y1, y + 1), piece.area_px + 1};
		const uint32_t next[4] = {p - 1, p + 1, p - s, p + s};
		for (int k = 0; k < 4; k++)
			if (depth[next[k]] >= least && depth[next[k]] != 255) {
				depth[next[k]] = 255;
				g_array_append_val(stack, next[k]);
			}
	}
	return piece;
}

static void largest_two(struct blob *pieces, const struct blob *found)
{
	if (found->area_px > pieces[0].area_px) {
		pieces[1] = pieces[0];
		pieces[0] = *found;
	} else if (found->area_px > pieces[1].area_px)
		pieces[1] = *found;
}

static struct blob grown(const struct blob *piece, const struct blob *b, int32_t by)
{
	return (struct blob){MAX(b->x0, b->x0 + piece->x0 - by), MAX(b->y0, b->y0 + piece->y0 - by), MIN(b->x1, b->x0 + piece->x1 + by),
		MIN(b->y1, b->y0 + piece->y1 + by), piece->area_px};
}

bool waist_part(const uint8_t *mask, uint32_t width_px, struct blob *b, struct blob *rest, double least_frac)
{
	uint32_t w = (uint32_t) (b->x1 - b->x0), h = (uint32_t) (b->y1 - b->y0), s = w + 2;
	g_autofree uint8_t *depth = g_malloc((size_t) s * (h + 2));
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	uint32_t deepest = layers(mask, width_px, b, depth, w, h);
	g_autofree uint8_t *work = g_malloc((size_t) s * (h + 2));
	for (uint8_t least = 2; least <= DEEP_SHARE * deepest; least++) {
		struct blob pieces[2] = {{0}};
		uint32_t left = 0;
		memcpy(work, depth, (size_t) s * (h + 2));
		for (uint32_t at = 0; at < s * (h + 2); at++)
			if (work[at] >= least && work[at] != 255) {
				struct blob found = flood(work, s, at, least, stack);
				left += found.area_px;
				largest_two(pieces, &found);
			}
		if (pieces[1].area_px < least_frac * left || pieces[1].area_px < 4)
			continue;
		struct blob whole = *b;
		*b = grown(&pieces[0], &whole, least);
		*rest = grown(&pieces[1], &whole, least);
		return true;
	}
	return false;
}
