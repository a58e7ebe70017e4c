/* blobs.c - connected areas of a mask. See blobs.h. */
#include "vision/blobs.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct run { /* of pixels in one row */
	uint32_t y, x0, x1, root;
};

/* A pixel stays or appears where at least `least` of the 3 x 3 around are set. */
static void vote(const uint8_t *from, uint8_t *to, uint32_t w, uint32_t h, uint8_t least)
{
	memset(to, 0, (size_t) w * h);
	for (uint32_t y = 1; y + 1 < h; y++) {
		const uint8_t *a = from + (size_t) (y - 1) * w, *b = a + w, *c = b + w;
		uint8_t *out = to + (size_t) y * w;
		for (uint32_t x = 1; x + 1 < w; x++) {
			uint8_t sum = (uint8_t) (a[x - 1] + a[x] + a[x + 1] + b[x - 1] + b[x] + b[x + 1] + c[x - 1] + c[x] + c[x + 1]);
			out[x] = sum >= least;
		}
	}
}

static uint32_t root_of(struct run *runs, uint32_t k)
{
	while (runs[k].root != k)
		k = runs[k].root = runs[runs[k].root].root;
	return k;
}

static void join(struct run *runs, uint32_t a, uint32_t b)
{
	a = root_of(runs, a);
	b = root_of(runs, b);
	runs[MAX(a, b)].root = MIN(a, b);
}

/* Runs of set pixels, joined with those of the row above that they touch (8 neighbours). */
static GArray *find_runs(const uint8_t *mask, uint32_t w, uint32_t h)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct run));
	uint32_t above = 0, above_end = 0;
	for (uint32_t y = 0; y < h; y++) {
		const uint8_t *row = mask + (size_t) y * w;
		uint32_t begin = all->len;
		for (uint32_t x = 0; x < w;) {
			const uint8_t *next = memchr(row + x, 1, w - x);
			if (!next)
				break;
			uint32_t x0 = (uint32_t) (next - row), x1 = x0;
			while (x1 < w && row[x1])
				x1++;
			struct run run = {y, x0, x1, all->len};
			g_array_append_val(all, run);
			struct run *runs = (struct run *) (void *) all->data;
			while (above < above_end && runs[above].x1 < x0)
				above++;
			for (uint32_t k = above; k < above_end && runs[k].x0 <= x1; k++)
				join(runs, k, all->len - 1);
			x = x1;
		}
		above = begin;
		above_end = all->len;
	}
	return all;
}

static int larger_first(const void *a, const void *b)
{
	const struct blob *x = a, *y = b;
	return (x->area_px < y->area_px) - (x->area_px > y->area_px);
}

struct sized { /* a blob on its way through the sorting */
	struct blob blob;
	uint32_t root;
};

static void label(const struct run *runs, uint32_t n, const GArray *found, uint32_t kept, uint32_t w, uint8_t *labels, struct run *roots)
{
	g_autofree uint8_t *name = g_new0(uint8_t, n + 1);
	for (uint32_t k = 0; k < kept; k++)
		name[g_array_index(found, struct sized, k).root] = (uint8_t) (k + 1);
	for (uint32_t k = 0; k < n; k++)
		memset(labels + (size_t) runs[k].y * w + runs[k].x0, name[root_of(roots, k)], runs[k].x1 - runs[k].x0);
}

uint32_t blobs_find(uint8_t *mask, uint8_t *spare, uint32_t w, uint32_t h, uint32_t least_px, struct blob *blobs, uint8_t *labels)
{
	vote(mask, spare, w, h, 5);
	vote(spare, mask, w, h, 1);
	vote(mask, spare, w, h, 9);
	memcpy(mask, spare, (size_t) w * h);
	g_autoptr(GArray) all = find_runs(mask, w, h);
	g_autoptr(GArray) found = g_array_new(FALSE, TRUE, sizeof(struct sized));
	g_autofree uint32_t *place = g_new0(uint32_t, all->len + 1);
	struct run *runs = (struct run *) (void *) all->data;
	for (uint32_t k = 0; k < all->len; k++) {
		uint32_t root = root_of(runs, k);
		int32_t x0 = (int32_t) runs[k].x0, x1 = (int32_t) runs[k].x1, y = (int32_t) runs[k].y;
		if (!place[root]) {
			struct sized first = {{x0, y, x1, y + 1, 0}, root};
			g_array_append_val(found, first);
			place[root] = found->len;
		}
		struct blob *b = &g_array_index(found, struct sized, place[root] - 1).blob;
		*b = (struct blob){MIN(b->x0, x0), b->y0, MAX(b->x1, x1), y + 1, b->area_px + (uint32_t) (x1 - x0)};
	}
	g_array_sort(found, larger_first);
	uint32_t n = 0;
	while (n < found->len && n < BLOBS_MAX && g_array_index(found, struct sized, n).blob.area_px >= least_px) {
		blobs[n] = g_array_index(found, struct sized, n).blob;
		n++;
	}
	if (labels) {
		memset(labels, 0, (size_t) w * h);
		label(runs, all->len, found, n, w, labels, runs);
	}
	return n;
}
