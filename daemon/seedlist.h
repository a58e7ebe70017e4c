/* seedlist.h - seeds as people write them: "1-10", "3,5,9", or "10" for so many from the first on. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define SEEDLIST_MOST 1000

/* `text` NULL: just the first. NULL with a sentence where it cannot be read or a seed is there twice. Owned by the caller. */
uint64_t *seedlist_parse(const char *text, uint64_t first, uint32_t *n, GError **error);
