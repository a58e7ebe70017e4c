/* jsonat.h - a place in a JSON file: strict reading of members, and sentences that name file, path, value and range.
 *
 *     roadnet.json: intersections[3].width is -1 m, must be 0 to 1000 m
 *
 * For files that people hand in (what comes over sockets is wire.h's). Knows nothing of what the numbers are for.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum jsonat_error { JSONAT_ERROR_READ, JSONAT_ERROR_FORM, JSONAT_ERROR_VALUE };
#define JSONAT_ERROR jsonat_error_quark()
GQuark jsonat_error_quark(void);

/* Lives on the stack of the function that reads there; `up` is its caller's. */
struct jsonat {
	const struct jsonat *up; /* NULL: the whole file */
	const char *name;        /* of the file, or the member */
	int64_t index;           /* into a list, -1 = none */
	const json_t *value;
};

struct jsonrange {
	double low, high;
	bool above; /* low itself is out */
	const char *unit; /* " m" */
};

/* The file's JSON (duplicate keys are refused), to be freed with json_decref; NULL with a sentence. */
json_t *jsonat_load(const char *path, GError **error);
json_t *jsonat_parse(const char *text, size_t length, const char *name, GError **error);

/* Sets `error` to "file: path what" and returns false. */
bool jsonat_fail(const struct jsonat *at, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

struct jsonat jsonat_top(const char *file, const json_t *value);
struct jsonat jsonat_item(const struct jsonat *list, size_t index);

/* Members that must be there. */
bool jsonat_list(const struct jsonat *at, const char *name, size_t max, struct jsonat *list, GError **error);
bool jsonat_map(const struct jsonat *at, const char *name, struct jsonat *map, GError **error);
bool jsonat_text(const struct jsonat *at, const char *name, const char **text, GError **error);
bool jsonat_flag(const struct jsonat *at, const char *name, bool *flag, GError **error);
bool jsonat_number(const struct jsonat *at, const char *name, const struct jsonrange *range, double *value, GError **error);
bool jsonat_count(const struct jsonat *at, const char *name, uint32_t max, uint32_t *value, GError **error);

/* The value itself. */
bool jsonat_is_map(const struct jsonat *at, GError **error);
bool jsonat_as_text(const struct jsonat *at, const char **text, GError **error);
bool jsonat_as_count(const struct jsonat *at, uint32_t max, uint32_t *value, GError **error);

static inline bool jsonat_has(const struct jsonat *at, const char *name)
{
	return json_object_get(at->value, name) != NULL;
}
