/* schema.c - a small JSON Schema check; see schema.h. */
#include "tests/daemon/schema.h"

#include <string.h>

static bool is_type(const json_t *value, const char *type)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(value);
	if (strcmp(type, "array") == 0)
		return json_is_array(value);
	if (strcmp(type, "string") == 0)
		return json_is_string(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(value);
	g_assert_cmpstr(type, ==, "number");
	return json_is_number(value);
}

static char *check_members(const json_t *schema, const json_t *value, bool strict)
{
	const json_t *properties = json_object_get(schema, "properties"), *more = json_object_get(schema, "additionalProperties");
	const char *name;
	json_t *member, *wanted;
	size_t i;
	json_array_foreach (json_object_get(schema, "required"), i, wanted)
		if (!json_object_get(value, json_string_value(wanted)))
			return g_strdup_printf("%s is missing", json_string_value(wanted));
	json_object_foreach ((json_t *) value, name, member) {
		const json_t *inner = json_object_get(properties, name);
		inner = inner ? inner : more;
		if (!inner && strict)
			return g_strdup_printf("%s is not in the schema", name);
		g_autofree char *why = inner ? schema_check(inner, member, strict) : NULL;
		if (why)
			return g_strdup_printf("%s: %s", name, why);
	}
	return NULL;
}

static char *check_one_of(const json_t *list, const json_t *value, bool strict)
{
	unsigned fits = 0;
	size_t i;
	json_t *one;
	json_array_foreach (list, i, one) {
		g_autofree char *why = schema_check(one, value, strict);
		fits += why == NULL;
	}
	return fits == 1 ? NULL : g_strdup_printf("fits %u of the forms", fits);
}

static bool in_list(const json_t *list, const json_t *value)
{
	size_t i;
	json_t *one;
	json_array_foreach (list, i, one)
		if (json_equal(one, value))
			return true;
	return false;
}

static double size_of(const json_t *value)
{
	if (json_is_string(value))
		return (double) g_utf8_strlen(json_string_value(value), -1);
	return json_is_array(value) ? (double) json_array_size(value) : json_is_object(value) ? (double) json_object_size(value) : json_number_value(value);
}

/* One keyword of the schema. */
static bool fits(const char *keyword, const json_t *want, const json_t *value)
{
	if (strcmp(keyword, "type") == 0)
		return is_type(value, json_string_value(want));
	if (strcmp(keyword, "const") == 0)
		return json_equal(want, value);
	if (strcmp(keyword, "enum") == 0)
		return in_list(want, value);
	if (strcmp(keyword, "pattern") == 0)
		return g_regex_match_simple(json_string_value(want), json_string_value(value), 0, 0);
	if (strcmp(keyword, "minimum") == 0 || strcmp(keyword, "minLength") == 0 || strcmp(keyword, "minItems") == 0)
		return size_of(value) >= json_number_value(want);
	if (strcmp(keyword, "maximum") == 0 || strcmp(keyword, "maxLength") == 0 || strcmp(keyword, "maxItems") == 0 ||
		strcmp(keyword, "maxProperties") == 0)
		return size_of(value) <= json_number_value(want);
	static const char *const elsewhere[] = {"$schema", "$id", "title", "description", "items", "properties", "required", "additionalProperties",
		"oneOf", NULL};
	if (!g_strv_contains(elsewhere, keyword))
		g_error("schema.c does not know the keyword %s", keyword);
	return true;
}

char *schema_check(const json_t *schema, const json_t *value, bool strict)
{
	const char *keyword;
	json_t *want, *item;
	/* The type first: the others rely on it. */
	json_t *type = json_object_get(schema, "type");
	if (type && !is_type(value, json_string_value(type)))
		return g_strdup_printf("is not of type %s", json_string_value(type));
	json_object_foreach ((json_t *) schema, keyword, want)
		if (!fits(keyword, want, value))
			return g_strdup_printf("does not fit its %s", keyword);
	if (json_object_get(schema, "oneOf"))
		return check_one_of(json_object_get(schema, "oneOf"), value, strict);
	size_t i;
	if (json_object_get(schema, "items"))
		json_array_foreach (value, i, item) {
			g_autofree char *why = schema_check(json_object_get(schema, "items"), item, strict);
			if (why)
				return g_strdup_printf("[%zu]: %s", i, why);
		}
	return json_is_object(value) ? check_members(schema, value, strict) : NULL;
}
