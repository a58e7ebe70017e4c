/* config_yaml.c - walks a YAML file along the table of keys and fills the structs. Stops at the first thing that is wrong.
 *
 * libyaml gives the tree and the places; what a value may be is the table's business. Numbers are strict: `7abc`, `0x10`,
 * `.nan`, `1_000` and quoted ones are refused. Anchors are harmless (the tree shares nodes), lists are bounded.
 */
#include "daemon/config_table.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "daemon/bus.h"

struct reader {
	yaml_document_t *doc; /* NULL: defaults only */
	const char *path;
	char *dir;
};

static bool fail(const struct reader *r, const yaml_node_t *node, GError **error, const char *format, ...) G_GNUC_PRINTF(4, 5);
static bool fail(const struct reader *r, const yaml_node_t *node, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "%s:%zu:%zu: %s", r->path, node->start_mark.line + 1,
		node->start_mark.column + 1, text);
	return false;
}

/* The value as people wrote it, shortened, on one line. */
static char *shown(const yaml_node_t *node)
{
	if (node->type == YAML_MAPPING_NODE)
		return g_strdup("a section");
	if (node->type == YAML_SEQUENCE_NODE)
		return g_strdup("a list");
	if (node->data.scalar.length == 0)
		return g_strdup("empty");
	g_autofree char *clean = g_strescape((const char *) node->data.scalar.value, NULL);
	return g_strdup_printf("\"%.60s%s\"", clean, strlen(clean) > 60 ? "..." : "");
}

static bool refuse(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, GError **error)
{
	g_autofree char *is = shown(node);
	g_autofree char *wants = config_row_wants(row);
	bool unit = node->type == YAML_SCALAR_NODE && row->unit && *row->unit;
	return fail(r, node, error, "%s is %s%s%s, must be %s", name, is, unit ? " " : "", unit ? row->unit : "", wants);
}

static yaml_node_t *node_at(const struct reader *r, int index)
{
	return yaml_document_get_node(r->doc, index);
}

static bool is_plain(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_empty(const yaml_node_t *node)
{
	return is_plain(node) && (node->data.scalar.length == 0 || strcmp((const char *) node->data.scalar.value, "~") == 0);
}

/* Digits, one dot, an exponent, and the whole text of it. */
static bool number_of(const char *text, double *value)
{
	static const char *digits = "0123456789";
	const char *at = text + (*text == '-' || *text == '+');
	size_t whole = strspn(at, digits);
	at += whole;
	size_t part = 0;
	if (*at == '.') {
		part = strspn(at + 1, digits);
		at += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (*at == 'e' || *at == 'E') {
		at += 1 + (at[1] == '-' || at[1] == '+');
		size_t exponent = strspn(at, digits);
		if (exponent == 0)
			return false;
		at += exponent;
	}
	*value = g_ascii_strtod(text, NULL);
	return *at == '\0';
}

static bool text_ok(const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0 || node->data.scalar.length > 1000)
		return false;
	const unsigned char *text = node->data.scalar.value;
	for (size_t i = 0; i < node->data.scalar.length; i++)
		if (text[i] < ' ' || text[i] == 127)
			return false;
	return true;
}

static bool is_name(const char *text)
{
	static const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strlen(text);
	return n > 0 && n < 64 && strspn(text, letters) == n;
}

static bool is_choice(const char *text, const char *choices)
{
	g_auto(GStrv) names = g_strsplit(choices, " ", -1);
	return g_strv_contains((const char *const *) names, text);
}

/* One text of the row's type, as it is kept, or NULL. */
static char *text_of(const struct reader *r, const char *text, enum config_type type, const char *choices)
{
	switch (type) {
	case CONFIG_NAME:
		return is_name(text) ? g_strdup(text) : NULL;
	case CONFIG_CHOICE:
		return is_choice(text, choices) ? g_strdup(text) : NULL;
	case CONFIG_ENDPOINT:
		return bus_endpoint_check(text, NULL) && !g_str_has_prefix(text, "inproc:") ? g_strdup(text) : NULL;
	case CONFIG_KEY:
		return bus_key_check(text, NULL) ? g_strdup(text) : NULL;
	case CONFIG_PATH:
		return g_path_is_absolute(text) || strcmp(r->dir, ".") == 0 ? g_strdup(text) : g_build_filename(r->dir, text, NULL);
	default:
		return g_strdup(text);
	}
}

static bool take_real(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, double *to, GError **error)
{
	double value;
	if (!is_plain(node) || !number_of((const char *) node->data.scalar.value, &value) || !(value >= row->min && value <= row->max))
		return refuse(r, node, row, name, error);
	*to = value;
	return true;
}

static bool take_whole(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, uint32_t *to, GError **error)
{
	double value;
	const char *text = node->type == YAML_SCALAR_NODE ? (const char *) node->data.scalar.value : "";
	if (!is_plain(node) || text[strspn(text, "0123456789")] || !number_of(text, &value) || !(value >= row->min && value <= row->max))
		return refuse(r, node, row, name, error);
	*to = (uint32_t) value;
	return true;
}

static bool take_text(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, enum config_type type, char **to,
	GError **error)
{
	char *text = text_ok(node) ? text_of(r, (const char *) node->data.scalar.value, type, row->choices) : NULL;
	if (text) {
		*to = text;
		return true;
	}
	struct config_row one = *row;
	one.type = type;
	return refuse(r, node, &one, name, error);
}

static bool take_many(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, char *base, GError **error)
{
	char ***to = (char ***) (base + row->at);
	bool alone = node->type == YAML_SCALAR_NODE && !is_empty(node);
	size_t n = 0;
	if (node->type == YAML_SEQUENCE_NODE)
		n = (size_t) (node->data.sequence.items.top - node->data.sequence.items.start);
	else if (alone)
		n = 1;
	else if (!is_empty(node))
		return refuse(r, node, row, name, error);
	if ((double) n < row->min || (double) n > row->max)
		return refuse(r, node, row, name, error);
	g_strfreev(*to);
	*to = g_new0(char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const yaml_node_t *item = alone ? node : node_at(r, node->data.sequence.items.start[i]);
		g_autofree char *inner = alone ? g_strdup(name) : g_strdup_printf("%s[%zu]", name, i);
		if (!take_text(r, item, row, inner, row->of, &(*to)[i], error))
			return false;
		if (row->count_at)
			*(uint32_t *) (base + row->count_at) = (uint32_t) (i + 1);
	}
	return true;
}

static bool take_size(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, uint32_t *to, GError **error)
{
	if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top - node->data.sequence.items.start != 2)
		return refuse(r, node, row, name, error);
	struct config_row one = *row;
	one.type = CONFIG_WHOLE;
	return take_whole(r, node_at(r, node->data.sequence.items.start[0]), &one, name, &to[0], error) &&
		take_whole(r, node_at(r, node->data.sequence.items.start[1]), &one, name, &to[1], error);
}

static bool take_numbers(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, char *base, GError **error)
{
	struct config_row one = *row;
	bool alone = node->type == YAML_SCALAR_NODE;
	size_t n = node->type == YAML_SEQUENCE_NODE ? (size_t) (node->data.sequence.items.top - node->data.sequence.items.start) : alone;
	uint32_t *to = NULL;

	if (n < 1 || n > 64)
		return refuse(r, node, row, name, error);
	one.type = CONFIG_WHOLE;
	*(uint32_t **) (base + row->at) = to = g_new0(uint32_t, n);
	*(uint32_t *) (base + row->count_at) = (uint32_t) n;
	for (size_t i = 0; i < n; i++)
		if (!take_whole(r, alone ? node : node_at(r, node->data.sequence.items.start[i]), &one, name, &to[i], error))
			return false;
	return true;
}

static bool take_flag(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, bool *to, GError **error)
{
	const char *text = is_plain(node) ? (const char *) node->data.scalar.value : "";

	*to = strcmp(text, "yes") == 0;
	return *to || strcmp(text, "no") == 0 || refuse(r, node, row, name, error);
}

static bool take_point(const struct reader *r, const yaml_node_t *node, const char *name, struct view_pair *to, GError **error)
{
	static const struct config_row pixel = {.type = CONFIG_REAL, .min = -20000, .max = 20000, .unit = "px"};
	static const struct config_row metre = {.type = CONFIG_REAL, .min = -1e7, .max = 1e7, .unit = "m"};
	if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top - node->data.sequence.items.start != 4)
		return fail(r, node, error, "%s must be four numbers [x_px, y_px, x_m, y_m]", name);
	const yaml_node_item_t *items = node->data.sequence.items.start;
	return take_real(r, node_at(r, items[0]), &pixel, name, &to->x_px, error) && take_real(r, node_at(r, items[1]), &pixel, name, &to->y_px, error) &&
		take_real(r, node_at(r, items[2]), &metre, name, &to->ground.x_m, error) &&
		take_real(r, node_at(r, items[3]), &metre, name, &to->ground.y_m, error);
}

static bool take_points(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, char *base, GError **error)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return refuse(r, node, row, name, error);
	size_t n = (size_t) (node->data.sequence.items.top - node->data.sequence.items.start);
	if ((double) n < row->min || (double) n > row->max)
		return fail(r, node, error, "%s has %zu rows, must have from %g to %g", name, n, row->min, row->max);
	struct view_pair *pairs = g_new0(struct view_pair, n);
	*(struct view_pair **) (base + row->at) = pairs;
	*(uint32_t *) (base + row->count_at) = (uint32_t) n;
	for (size_t i = 0; i < n; i++) {
		g_autofree char *inner = g_strdup_printf("%s[%zu]", name, i);
		if (!take_point(r, node_at(r, node->data.sequence.items.start[i]), inner, &pairs[i], error))
			return false;
	}
	return true;
}

/* `number: [whole, ...]`; a single one may stand without brackets. */
static bool take_links_of(const struct reader *r, const yaml_node_t *node, const char *name, struct cabinet_links *to, GError **error)
{
	static const struct config_row link = {.type = CONFIG_WHOLE, .min = 0, .max = 9999};
	bool alone = node->type == YAML_SCALAR_NODE;
	size_t n = node->type == YAML_SEQUENCE_NODE ? (size_t) (node->data.sequence.items.top - node->data.sequence.items.start) : alone;

	if (n < 1 || n > 1000)
		return fail(r, node, error, "%s must be a list of 1 to 1000 links", name);
	to->links = g_new0(uint32_t, n);
	to->n_links = (uint32_t) n;
	for (size_t i = 0; i < n; i++)
		if (!take_whole(r, alone ? node : node_at(r, node->data.sequence.items.start[i]), &link, name, &to->links[i], error))
			return false;
	return true;
}

static bool take_links(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, char *base, GError **error)
{
	struct config_row number = {.type = CONFIG_WHOLE, .min = row->min, .max = row->max};
	uint32_t *n = (uint32_t *) (base + row->count_at);

	if (node->type != YAML_MAPPING_NODE)
		return refuse(r, node, row, name, error);
	size_t all = (size_t) (node->data.mapping.pairs.top - node->data.mapping.pairs.start);
	if (all < 1 || all > 64)
		return fail(r, node, error, "%s has %zu entries, must have from 1 to 64", name, all);
	struct cabinet_links *to = g_new0(struct cabinet_links, all);
	*(struct cabinet_links **) (base + row->at) = to;
	for (size_t i = 0; i < all; i++) {
		const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
		const yaml_node_t *key = node_at(r, pair->key);
		g_autofree char *which = g_strdup_printf("a number in %s", name);
		to[i].line = (uint32_t) key->start_mark.line + 1;
		*n = (uint32_t) i + 1;
		if (!take_whole(r, key, &number, which, &to[i].number, error))
			return false;
		g_autofree char *inner = g_strdup_printf("%s.%u", name, to[i].number);
		for (size_t k = 0; k < i; k++)
			if (to[k].number == to[i].number)
				return fail(r, key, error, "%s is given twice", inner);
		if (!take_links_of(r, node_at(r, pair->value), inner, &to[i], error))
			return false;
	}
	return true;
}

static bool take_words(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, char *base, GError **error)
{
	char ***to = (char ***) (base + row->at);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	if (node->type != YAML_MAPPING_NODE)
		return refuse(r, node, row, name, error);
	size_t n = (size_t) (node->data.mapping.pairs.top - node->data.mapping.pairs.start);
	if ((double) n < row->min || (double) n > row->max)
		return fail(r, node, error, "%s has %zu entries, must have from %g to %g", name, n, row->min, row->max);
	g_strfreev(*to);
	*to = g_new0(char *, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		const yaml_node_t *key = node_at(r, node->data.mapping.pairs.start[i].key), *value = node_at(r, node->data.mapping.pairs.start[i].value);
		if (!text_ok(key) || !is_name((const char *) key->data.scalar.value))
			return fail(r, key, error, "a key in %s must be 1 to 63 of the characters A-Z a-z 0-9 _ . -", name);
		const char *text = (const char *) key->data.scalar.value;
		if (!g_hash_table_add(seen, (void *) text))
			return fail(r, key, error, "%s is given twice in %s", text, name);
		if (!text_ok(value))
			return fail(r, value, error, "%s.%s must be text or a number", name, text);
		(*to)[2 * i] = g_strdup(text);
		(*to)[2 * i + 1] = g_strdup((const char *) value->data.scalar.value);
	}
	return true;
}

static bool take_section(const struct reader *r, const yaml_node_t *node, const struct config_row *rows, const char *name, char *base, GError **error);

static bool take_list(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, char *base, GError **error)
{
	if (is_empty(node))
		return true;
	if (node->type != YAML_SEQUENCE_NODE)
		return refuse(r, node, row, name, error);
	size_t n = (size_t) (node->data.sequence.items.top - node->data.sequence.items.start);
	if ((double) n < row->min || (double) n > row->max)
		return refuse(r, node, row, name, error);
	char *items = g_malloc0_n(n ? n : 1, row->size);
	*(char **) (base + row->at) = items;
	*(uint32_t *) (base + row->count_at) = (uint32_t) n;
	for (size_t i = 0; i < n; i++) {
		g_autofree char *inner = g_strdup_printf("%s[%zu]", name, i);
		const yaml_node_t *item = node_at(r, node->data.sequence.items.start[i]);
		if (item->type != YAML_MAPPING_NODE)
			return fail(r, item, error, "%s must be a section of keys", inner);
		if (!take_section(r, item, row->rows, inner, items + i * row->size, error))
			return false;
	}
	return true;
}

static bool take(const struct reader *r, const yaml_node_t *node, const struct config_row *row, const char *name, char *base, GError **error)
{
	char *to = base + row->at;
	switch (row->type) {
	case CONFIG_REAL:
		return take_real(r, node, row, name, (double *) to, error);
	case CONFIG_WHOLE:
		return take_whole(r, node, row, name, (uint32_t *) to, error);
	case CONFIG_MANY:
		return take_many(r, node, row, name, base, error);
	case CONFIG_SIZE:
	case CONFIG_PAIR:
		return take_size(r, node, row, name, (uint32_t *) to, error);
	case CONFIG_NUMBERS:
		return take_numbers(r, node, row, name, base, error);
	case CONFIG_FLAG:
		return take_flag(r, node, row, name, (bool *) to, error);
	case CONFIG_LINKS:
		return take_links(r, node, row, name, base, error);
	case CONFIG_WORDS:
		return take_words(r, node, row, name, base, error);
	case CONFIG_POINTS:
		return take_points(r, node, row, name, base, error);
	case CONFIG_SECTION:
		return take_section(r, node, row->rows, name, base, error);
	case CONFIG_LIST:
		return take_list(r, node, row, name, base, error);
	case CONFIG_LINE:
		*(uint32_t *) to = (uint32_t) node->start_mark.line + 1;
		return true;
	default:
		g_clear_pointer((char **) to, g_free);
		return take_text(r, node, row, name, row->type, (char **) to, error);
	}
}

/* The default of a key that is not there; sections go on to their own keys. */
static void fill(const struct config_row *row, char *base)
{
	char *to = base + row->at;
	switch (row->type) {
	case CONFIG_REAL:
		*(double *) to = *row->fallback ? g_ascii_strtod(row->fallback, NULL) : UNKNOWN;
		break;
	case CONFIG_WHOLE:
		*(uint32_t *) to = (uint32_t) strtoul(row->fallback, NULL, 10);
		break;
	case CONFIG_MANY:
	case CONFIG_WORDS:
		*(char ***) to = g_new0(char *, 1);
		break;
	case CONFIG_SECTION:
		for (const struct config_row *inner = row->rows; inner->key; inner++)
			if (inner->fallback)
				fill(inner, base);
		break;
	case CONFIG_FLAG:
		*(bool *) to = strcmp(row->fallback, "yes") == 0;
		break;
	case CONFIG_LIST:
	case CONFIG_NUMBERS:
	case CONFIG_PAIR:
	case CONFIG_SIZE:
	case CONFIG_POINTS:
	case CONFIG_LINKS:
	case CONFIG_LINE:
		break;
	default:
		*(char **) to = *row->fallback ? g_strdup(row->fallback) : NULL;
	}
}

static const struct config_row *row_of(const struct config_row *rows, const char *key)
{
	for (const struct config_row *row = rows; row->key; row++)
		if (*row->key && strcmp(row->key, key) == 0)
			return row;
	return NULL;
}

static char *keys_of(const struct config_row *rows)
{
	GString *out = g_string_new(NULL);
	for (const struct config_row *row = rows; row->key; row++)
		if (*row->key)
			g_string_append_printf(out, "%s%s", out->len ? ", " : "", row->key);
	return g_string_free(out, FALSE);
}

/* Each key once, and each a known one. */
static bool check_keys(const struct reader *r, const yaml_node_t *node, const struct config_row *rows, const char *name, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(r, pair->key);
		g_autofree char *is = shown(key);
		const char *where = *name ? name : "the file";
		if (!text_ok(key))
			return fail(r, key, error, "a key in %s is %s, must be text", where, is);
		const char *text = (const char *) key->data.scalar.value;
		if (!row_of(rows, text)) {
			g_autofree char *known = keys_of(rows);
			return fail(r, key, error, "%s is not a key of %s, which knows %s", is, where, known);
		}
		if (!g_hash_table_add(seen, (void *) text))
			return fail(r, key, error, "%s is given twice in %s", is, where);
	}
	return true;
}

static const yaml_node_t *value_of(const struct reader *r, const yaml_node_t *node, const char *key)
{
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
		if (strcmp((const char *) node_at(r, pair->key)->data.scalar.value, key) == 0)
			return node_at(r, pair->value);
	return NULL;
}

static bool take_section(const struct reader *r, const yaml_node_t *node, const struct config_row *rows, const char *name, char *base, GError **error)
{
	bool empty = is_empty(node);
	if (!empty && node->type != YAML_MAPPING_NODE)
		return fail(r, node, error, "%s must be a section of keys", *name ? name : "the file");
	if (!empty && !check_keys(r, node, rows, name, error))
		return false;
	for (const struct config_row *row = rows; row->key; row++) {
		const yaml_node_t *value = row->type == CONFIG_LINE ? node : empty ? NULL : value_of(r, node, row->key);
		g_autofree char *inner = *name ? g_strconcat(name, ".", row->key, NULL) : g_strdup(row->key);
		if (!value && !row->fallback)
			return fail(r, node, error, "%s must be given: %s", inner, row->means);
		if (!value)
			fill(row, base);
		else if (!take(r, value, row, inner, base, error))
			return false;
	}
	return true;
}

/* Explicit tags ask for types that we do not have. */
static bool check_tags(const struct reader *r, GError **error)
{
	for (yaml_node_t *node = r->doc->nodes.start; node < r->doc->nodes.top; node++) {
		const char *tag = (const char *) node->tag;
		if (tag && strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, YAML_SEQ_TAG) != 0 && strcmp(tag, YAML_MAP_TAG) != 0)
			return fail(r, node, error, "the tag %.60s is not known here", tag);
	}
	return true;
}

/* One document, loaded; the caller deletes it. */
static bool load(yaml_document_t *doc, const char *text, gsize length, const char *path, GError **error)
{
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		g_error("out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *) text, length);
	bool ok = yaml_parser_load(&parser, doc);
	if (!ok) {
		const yaml_mark_t *at = &parser.problem_mark;
		g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_FILE, "%s:%zu:%zu: not YAML: %s", path, at->line + 1, at->column + 1,
			parser.problem ? parser.problem : "unreadable");
	} else if (!yaml_document_get_root_node(doc)) {
		g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_FILE, "%s: the file is empty", path);
		yaml_document_delete(doc);
		ok = false;
	}
	if (ok) {
		yaml_document_t more;
		bool clean = yaml_parser_load(&parser, &more);
		bool only = clean && !yaml_document_get_root_node(&more);
		if (clean)
			yaml_document_delete(&more);
		if (!only) {
			g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_FILE, "%s: there is more than one document in the file", path);
			yaml_document_delete(doc);
			ok = false;
		}
	}
	yaml_parser_delete(&parser);
	return ok;
}

bool config_yaml(struct config *c, const char *text, gsize length, const char *path, GError **error)
{
	yaml_document_t doc;
	if (!load(&doc, text, length, path, error))
		return false;
	struct reader r = {.doc = &doc, .path = path, .dir = g_path_get_dirname(path)};
	bool ok = check_tags(&r, error) && take_section(&r, yaml_document_get_root_node(&doc), config_rows, "", (char *) c, error);
	g_free(r.dir);
	yaml_document_delete(&doc);
	return ok;
}

void config_fill(struct config *c)
{
	for (const struct config_row *row = config_rows; row->key; row++)
		if (row->fallback)
			fill(row, (char *) c);
}

GHashTable *config_pairs(const char *text, gsize length, const char *path, GError **error)
{
	yaml_document_t doc;
	if (!load(&doc, text, length, path, error))
		return NULL;
	struct reader r = {.doc = &doc, .path = path};
	g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const yaml_node_t *root = yaml_document_get_root_node(&doc);
	bool ok = root->type == YAML_MAPPING_NODE;
	for (yaml_node_pair_t *pair = ok ? root->data.mapping.pairs.start : NULL; ok && pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(&r, pair->key), *value = node_at(&r, pair->value);
		ok = text_ok(key) && text_ok(value) && is_name((const char *) key->data.scalar.value) &&
			g_hash_table_insert(pairs, g_strdup((const char *) key->data.scalar.value), g_strdup((const char *) value->data.scalar.value));
		if (!ok)
			fail(&r, key, error, "must be `name: text`, each name once");
	}
	if (!ok && error && !*error)
		fail(&r, root, error, "must be `name: text` lines");
	yaml_document_delete(&doc);
	return ok ? g_steal_pointer(&pairs) : NULL;
}
