/* pages.c - see pages.h. */
#include "sim/pages.h"

#include <string.h>
#include <sys/mman.h>

#define LARGE_BYTES (2u << 20) /* of x86-64 and most others; where pages are of another size, nothing is gained and nothing lost */

void *pages_alloc(gsize n, gsize size)
{
	gsize bytes = n * size;
	if (bytes < 2 * LARGE_BYTES)
		return g_aligned_alloc(MAX(n, 1), size, 2 * LINE_BYTES); /* lines are fetched in pairs */
	void *at = g_aligned_alloc(n, size, LARGE_BYTES);
#ifdef MADV_HUGEPAGE
	madvise(at, bytes, MADV_HUGEPAGE); /* advice: it may be declined */
#endif
	return at;
}

void *pages_alloc0(gsize n, gsize size)
{
	void *at = pages_alloc(n, size);
	memset(at, 0, n * size);
	return at;
}

void pages_free(void *at)
{
	g_aligned_free(at);
}
