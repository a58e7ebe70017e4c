/* controller_options.c - see controller_options.h. */
#include "daemon/controller_options.h"

#include <math.h>
#include <string.h>

#include "core/units.h"

struct controller_options {
	const struct controller_option *table; /* the driver's; not owned */
	char **values;			       /* beside it; NULL = left out */
	uint32_t n;
};

static uint32_t count(const struct controller_option *table)
{
	uint32_t n = 0;

	while (table != NULL && table[n].key != NULL)
		n++;
	return n;
}

static char *wants(const struct controller_option *o)
{
	switch (o->type) {
	case CONTROLLER_NUMBER:
		return g_strdup_printf("a number from %.12g to %.12g", o->min, o->max);
	case CONTROLLER_WHOLE:
		return g_strdup_printf("a whole number from %.12g to %.12g", o->min, o->max);
	case CONTROLLER_CHOICE: {
		g_auto(GStrv) names = g_strsplit(o->choices, " ", -1);
		g_autofree char *list = g_strjoinv(", ", names);
		return g_strdup_printf("one of %s", list);
	}
	case CONTROLLER_SECRET:
		return g_strdup("text, `${name}` from the secrets file");
	case CONTROLLER_TEXT:
		break;
	}
	return g_strdup("text");
}

static bool fits(const struct controller_option *o, const char *text)
{
	g_auto(GStrv) names = NULL;
	char *end = NULL;
	double value;

	switch (o->type) {
	case CONTROLLER_NUMBER:
	case CONTROLLER_WHOLE:
		if (text[strspn(text, o->type == CONTROLLER_WHOLE ? "0123456789-" : "0123456789.+-eE")] != '\0')
			return false;
		value = g_ascii_strtod(text, &end);
		return end != text && *end == '\0' && value >= o->min && value <= o->max && (o->type == CONTROLLER_NUMBER || value == floor(value));
	case CONTROLLER_CHOICE:
		names = g_strsplit(o->choices, " ", -1);
		return g_strv_contains((const char *const *) names, text);
	case CONTROLLER_TEXT:
	case CONTROLLER_SECRET:
		break;
	}
	return *text != '\0';
}

static bool take(struct controller_options *o, const struct controller_driver *driver, const char *key, const char *value, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (uint32_t i = 0; i < o->n; i++) {
		const struct controller_option *row = &o->table[i];
		g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", row->key);
		if (strcmp(row->key, key) != 0)
			continue;
		if (!fits(row, value)) {
			g_autofree char *must = wants(row);
			const char *unit = row->unit != NULL ? row->unit : "";
			g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "option %s is \"%.60s\"%s%s, must be %s", key,
				row->type == CONTROLLER_SECRET ? "..." : value, *unit ? " " : "", unit, must);
			return false;
		}
		g_free(o->values[i]);
		o->values[i] = g_strdup(value);
		return true;
	}
	g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "\"%.60s\" is not an option of the driver %s, which %s%s", key, driver->name,
		o->n > 0 ? "knows " : "has none", known->str);
	return false;
}

static struct controller_options *read_words(const struct controller_driver *driver, const char *const *words, bool look, GError **error)
{
	owned(controller_options) o = g_new0(struct controller_options, 1);

	o->table = driver->options;
	o->n = count(driver->options);
	o->values = g_new0(char *, o->n + 1);
	for (uint32_t i = 0; i < o->n; i++)
		if (o->table[i].fallback != NULL && *o->table[i].fallback != '\0')
			o->values[i] = g_strdup(o->table[i].fallback);
	for (const char *const *w = words; w != NULL && w[0] != NULL && w[1] != NULL; w += 2)
		if (!take(o, driver, w[0], w[1], error))
			return NULL;
	for (uint32_t i = 0; i < o->n; i++)
		if (o->values[i] == NULL && o->table[i].fallback == NULL && !(look && o->table[i].driving)) {
			g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "the driver %s needs the option %s: %s", driver->name, o->table[i].key,
				o->table[i].means);
			return NULL;
		}
	return give(o);
}

struct controller_options *controller_options_new(const struct controller_driver *driver, const char *const *words, GError **error)
{
	return read_words(driver, words, false, error);
}

struct controller_options *controller_options_to_look(const struct controller_driver *driver, const char *const *words, GError **error)
{
	return read_words(driver, words, true, error);
}

void controller_options_free(struct controller_options *o)
{
	if (o == NULL)
		return;
	for (uint32_t i = 0; i < o->n; i++) {
		if (o->values[i] != NULL && o->table[i].type == CONTROLLER_SECRET)
			explicit_bzero(o->values[i], strlen(o->values[i]));
		g_free(o->values[i]);
	}
	g_free(o->values);
	g_free(o);
}

const char *controller_text(const struct controller_options *options, const char *key)
{
	for (uint32_t i = 0; options != NULL && i < options->n; i++)
		if (strcmp(options->table[i].key, key) == 0)
			return options->values[i];
	g_return_val_if_reached(NULL);
}

double controller_number(const struct controller_options *options, const char *key)
{
	const char *text = controller_text(options, key);

	return text != NULL ? g_ascii_strtod(text, NULL) : UNKNOWN;
}

char *controller_options_reference(const struct controller_driver *driver)
{
	GString *out = g_string_new("| option | must be | unit | default | what it means |\n| --- | --- | --- | --- | --- |\n");

	for (const struct controller_option *o = driver->options; o != NULL && o->key != NULL; o++) {
		g_autofree char *must = wants(o);
		g_autofree char *fallback = o->fallback == NULL ? g_strdup("must be given") : *o->fallback == '\0' ? g_strdup("left out")
			: g_strdup_printf("`%s`", o->fallback);
		g_string_append_printf(out, "| `%s` | %s | %s | %s | %s |\n", o->key, must, o->unit != NULL ? o->unit : "", fallback, o->means);
	}
	return g_string_free(out, FALSE);
}
