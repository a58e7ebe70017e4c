/* jsonnum.h - a number out of a JSON object that may not have it.
 *
 * For what our own programs told each other; what people hand in is read by jsonat.h, which says what is wrong with it.
 */
#pragma once

#include <jansson.h>

#include "core/units.h"

/* UNKNOWN when there is no such member, or it is no number. */
static inline double json_number_or_unknown(const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	return json_is_number(value) ? json_number_value(value) : UNKNOWN;
}
