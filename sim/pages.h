/* pages.h - memory for arrays that every step goes through: cache lines are not cut, and large arrays lie on large pages.
 *
 * With pages of 4 KiB a city of a million vehicles waits for the translation of addresses more than for the memory itself.
 */
#pragma once

#include <glib.h>

#define LINE_BYTES 64 /* a cache line */

void *pages_alloc(gsize n, gsize size); /* not zeroed; free with pages_free */
void *pages_alloc0(gsize n, gsize size);
void pages_free(void *at); /* NULL is fine */
