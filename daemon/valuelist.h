/* valuelist.h - values of a parameter as people write them: "0.6:1.4:0.2" (from, to, step) or "0.8,1,1.2". */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define VALUELIST_MOST 200

/* NULL with a sentence where it cannot be read, or there are too many. In the order that was written. Owned by the caller. */
double *valuelist_parse(const char *text, uint32_t *n, GError **error);

/* Is it more than one plain number? */
bool valuelist_is_list(const char *text);
