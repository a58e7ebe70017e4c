/* schema.h - checks JSON against the part of JSON Schema that docs/schemas uses. For tests.
 *
 * Knows type, const, enum, minimum, maximum, minLength, maxLength, pattern, items, minItems, maxItems, properties, required,
 * additionalProperties, maxProperties and oneOf; any other keyword fails, so that none is passed over in silence.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* NULL when `value` fits, else what does not. `strict`: a member that the schema does not name does not fit either. */
char *schema_check(const json_t *schema, const json_t *value, bool strict);
