/* jsonat.c - strict reading of JSON files; see jsonat.h. */
#include "daemon/jsonat.h"

#include <math.h>
#include <string.h>

#define BYTES_MAX (G_GINT64_CONSTANT(1) << 31)
#define TEXT_MAX 255

G_DEFINE_QUARK(greenwave-jsonat-error, jsonat_error)

/* Valid UTF-8 without control characters, for terminals. */
static char *clean_text(const char *text)
{
	char *clean = g_utf8_make_valid(text, -1);
	for (char *c = clean; *c; c++)
		if ((unsigned char) *c < ' ' || *c == 127)
			*c = ' ';
	return clean;
}

static void put_path(GString *path, const struct jsonat *at)
{
	if (!at->up) {
		g_string_append_printf(path, "%s: ", at->name);
		return;
	}
	put_path(path, at->up);
	if (at->index >= 0)
		g_string_append_printf(path, "[%" G_GINT64_FORMAT "]", at->index);
	else
		g_string_append_printf(path, "%s%.80s", path->str[path->len - 1] == ' ' ? "" : ".", at->name);
}

bool jsonat_fail(const struct jsonat *at, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	g_autoptr(GString) path = g_string_new(NULL);
	put_path(path, at);
	if (path->str[path->len - 1] != ' ')
		g_string_append_c(path, ' ');
	g_string_append(path, what);
	g_autofree char *clean = clean_text(path->str);
	g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_VALUE, "%s", clean);
	return false;
}

json_t *jsonat_parse(const char *text, size_t length, const char *name, GError **error)
{
	json_error_t why;
	json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
	if (!root) {
		g_autofree char *clean = clean_text(why.text);
		g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_FORM, "%s:%d: is not JSON: %s", name, MAX(why.line, 1), clean);
	}
	return root;
}

json_t *jsonat_load(const char *path, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &why);
	if (!file) {
		g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_READ, "%s: cannot be read: %s", path, why->message);
		return NULL;
	}
	gsize length = g_mapped_file_get_length(file);
	if (length > (gsize) BYTES_MAX) {
		g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_READ, "%s: is larger than %" G_GINT64_FORMAT " bytes", path, BYTES_MAX);
		return NULL;
	}
	const char *text = g_mapped_file_get_contents(file);
	return jsonat_parse(text ? text : "", length, path, error);
}

struct jsonat jsonat_top(const char *file, const json_t *value)
{
	return (struct jsonat){NULL, file, -1, value};
}

struct jsonat jsonat_item(const struct jsonat *list, size_t index)
{
	return (struct jsonat){list, NULL, (int64_t) index, json_array_get(list->value, index)};
}

bool jsonat_is_map(const struct jsonat *at, GError **error)
{
	return json_is_object(at->value) || jsonat_fail(at, error, "is not an object");
}

/* The member, which must be there, and the place it is in. */
static bool member(const struct jsonat *at, const char *name, struct jsonat *to, GError **error)
{
	if (!jsonat_is_map(at, error))
		return false;
	*to = (struct jsonat){at, name, -1, json_object_get(at->value, name)};
	return to->value || jsonat_fail(to, error, "is missing");
}

bool jsonat_list(const struct jsonat *at, const char *name, size_t max, struct jsonat *list, GError **error)
{
	if (!member(at, name, list, error))
		return false;
	if (!json_is_array(list->value))
		return jsonat_fail(list, error, "is not a list");
	size_t n = json_array_size(list->value);
	return n <= max || jsonat_fail(list, error, "has %zu items, at most %zu are possible", n, max);
}

bool jsonat_map(const struct jsonat *at, const char *name, struct jsonat *map, GError **error)
{
	return member(at, name, map, error) && jsonat_is_map(map, error);
}

bool jsonat_as_text(const struct jsonat *at, const char **text, GError **error)
{
	if (!json_is_string(at->value))
		return jsonat_fail(at, error, "is not a text");
	*text = json_string_value(at->value);
	size_t n = json_string_length(at->value);
	if (n == 0 || n > TEXT_MAX || strlen(*text) != n)
		return jsonat_fail(at, error, "is %zu characters long, must be 1 to %d", n, TEXT_MAX);
	return true;
}

bool jsonat_text(const struct jsonat *at, const char *name, const char **text, GError **error)
{
	struct jsonat here;
	return member(at, name, &here, error) && jsonat_as_text(&here, text, error);
}

bool jsonat_flag(const struct jsonat *at, const char *name, bool *flag, GError **error)
{
	struct jsonat here;
	if (!member(at, name, &here, error))
		return false;
	*flag = json_is_true(here.value);
	return json_is_boolean(here.value) || jsonat_fail(&here, error, "is neither true nor false");
}

bool jsonat_number(const struct jsonat *at, const char *name, const struct jsonrange *range, double *value, GError **error)
{
	struct jsonat here;
	if (!member(at, name, &here, error))
		return false;
	if (!json_is_number(here.value))
		return jsonat_fail(&here, error, "is not a number");
	double x = json_number_value(here.value);
	if (!(x >= range->low && x <= range->high) || (range->above && x <= range->low))
		return jsonat_fail(&here, error, "is %g%s, must be %s%g to %g%s", x, range->unit, range->above ? "above " : "", range->low, range->high,
			range->unit);
	*value = x;
	return true;
}

bool jsonat_as_count(const struct jsonat *at, uint32_t max, uint32_t *value, GError **error)
{
	if (!json_is_integer(at->value))
		return jsonat_fail(at, error, "is not a whole number");
	json_int_t x = json_integer_value(at->value);
	if (x < 0 || x > max)
		return jsonat_fail(at, error, "is %" JSON_INTEGER_FORMAT ", must be 0 to %u", x, max);
	*value = (uint32_t) x;
	return true;
}

bool jsonat_count(const struct jsonat *at, const char *name, uint32_t max, uint32_t *value, GError **error)
{
	struct jsonat here;
	return member(at, name, &here, error) && jsonat_as_count(&here, max, value, error);
}
