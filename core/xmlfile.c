/* xmlfile.c - GMarkup over a stream, with its limits and its sentences; see xmlfile.h. */
#include "core/xmlfile.h"

#include <gio/gio.h>
#include <string.h>

#include "core/core_error.h"

#define FILE_MAX (G_GINT64_CONSTANT(1) << 32) /* bytes after unpacking: a gzip bomb ends here */
#define PART 65536
#define DEPTH_MAX 64
#define ATTRIBUTES_MAX 256
#define INCLUDES_MAX 8
#define BOM "\xef\xbb\xbf"

struct reading {
	const struct xmlfile_handler *handler;
	void *user;
	const char *file;
	unsigned depth;
};

static int line_of(GMarkupParseContext *context)
{
	int line, column;
	g_markup_parse_context_get_position(context, &line, &column);
	/* GMarkup stands behind the '>', and counts a line end there as the next line already. */
	return column == 1 && line > 1 ? line - 1 : line;
}

static bool check_attributes(const struct netattr *a, GError **error)
{
	guint n = g_strv_length((char **) a->names);
	if (n > ATTRIBUTES_MAX)
		return netattr_fail(a, error, "has %u attributes, must be at most %d", n, ATTRIBUTES_MAX);
	for (guint i = 0; i < n; i++)
		for (guint k = 0; k < i; k++)
			if (strcmp(a->names[i], a->names[k]) == 0)
				return netattr_fail(a, error, "has %.40s twice", a->names[i]);
	return true;
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names, const char **values, gpointer user, GError **error)
{
	struct reading *r = user;
	struct netattr a = {.file = r->file, .line = line_of(context), .element = element, .names = names, .values = values};
	const GSList *stack = g_markup_parse_context_get_element_stack(context);
	if (++r->depth > DEPTH_MAX)
		netattr_fail(&a, error, "stands inside %d others, which is too deep", DEPTH_MAX);
	else if (check_attributes(&a, error))
		r->handler->on_start(r->user, &a, r->depth, stack->next ? stack->next->data : NULL, error);
}

static void on_end(GMarkupParseContext *context, const char *element, gpointer user, GError **error)
{
	static const char *none[] = {NULL};
	struct reading *r = user;
	struct netattr a = {.file = r->file, .line = line_of(context), .element = element, .names = none, .values = none};
	if (r->handler->on_end)
		r->handler->on_end(r->user, &a, r->depth, error);
	r->depth--;
}

/* GMarkup's own complaint is "Error on line 3 char 5: ..."; ours names the place as all our sentences do. */
static void name_place(GMarkupParseContext *context, const char *file, GError **error)
{
	if (!*error || (*error)->domain != G_MARKUP_ERROR)
		return;
	int line = 0;
	g_markup_parse_context_get_position(context, &line, NULL);
	const char *what = (*error)->message;
	const char *colon = g_str_has_prefix(what, "Error on line") ? strstr(what, ": ") : NULL;
	GError *better = g_error_new(CORE_ERROR, CORE_ERROR_FORM, "%s:%d: is no whole XML: %s", file, line, colon ? colon + 2 : what);
	g_clear_error(error);
	*error = better;
}

static bool unreadable(const char *file, GError *why, GError **error)
{
	g_set_error(error, CORE_ERROR, CORE_ERROR_READ, "%s: cannot be read: %s", file, why->message);
	g_error_free(why);
	return false;
}

static bool parse_stream(struct reading *r, GInputStream *stream, GError **error)
{
	static const GMarkupParser parser = {.start_element = on_start, .end_element = on_end};
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, r, NULL);
	g_autofree char *buffer = g_malloc(PART);
	gint64 total = 0;
	GError *mine = NULL;
	gsize n = 0;
	do {
		if (!g_input_stream_read_all(stream, buffer, PART, &n, NULL, &mine))
			return unreadable(r->file, mine, error);
		gsize skip = total == 0 && n >= 3 && memcmp(buffer, BOM, 3) == 0 ? 3 : 0;
		total += (gint64) n;
		if (total > FILE_MAX) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_READ, "%s: is larger than %" G_GINT64_FORMAT " bytes", r->file, FILE_MAX);
			return false;
		}
		if (n > skip)
			g_markup_parse_context_parse(context, buffer + skip, (gssize) (n - skip), &mine);
	} while (!mine && n == PART);
	if (!mine)
		g_markup_parse_context_end_parse(context, &mine);
	name_place(context, r->file, &mine);
	if (mine)
		g_propagate_error(error, mine);
	return mine == NULL;
}

/* The file as plain text, whatever it is packed in: gzip begins with 1f 8b. */
static GInputStream *open_file(const char *path, GError **error)
{
	g_autoptr(GFile) file = g_file_new_for_path(path);
	GError *mine = NULL;
	g_autoptr(GFileInputStream) raw = g_file_read(file, NULL, &mine);
	g_autoptr(GInputStream) stream = raw ? g_buffered_input_stream_new(G_INPUT_STREAM(raw)) : NULL;
	gsize n = 0;
	const guchar *head = NULL;
	if (stream && g_buffered_input_stream_fill(G_BUFFERED_INPUT_STREAM(stream), -1, NULL, &mine) >= 0)
		head = g_buffered_input_stream_peek_buffer(G_BUFFERED_INPUT_STREAM(stream), &n);
	if (mine) {
		unreadable(path, mine, error);
		return NULL;
	}
	if (n < 2 || head[0] != 0x1f || head[1] != 0x8b)
		return g_steal_pointer(&stream);
	g_autoptr(GZlibDecompressor) unzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
	return g_converter_input_stream_new(stream, G_CONVERTER(unzip));
}

bool xmlfile_read(const char *path, const struct xmlfile_handler *handler, void *user, GError **error)
{
	g_autoptr(GInputStream) stream = open_file(path, error);
	struct reading r = {.handler = handler, .user = user, .file = path};
	return stream && parse_stream(&r, stream, error);
}

bool xmlfile_parse(const char *text, gsize length, const char *name, const struct xmlfile_handler *handler, void *user, GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(text, length);
	g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_bytes(bytes);
	struct reading r = {.handler = handler, .user = user, .file = name};
	return parse_stream(&r, stream, error);
}

char *xmlfile_include(const struct netattr *a, const char *outside, unsigned already, GError **error)
{
	const char *href;
	if (!netattr_text(a, "href", &href, error))
		return NULL;
	g_autofree char *folder = g_path_get_dirname(outside);
	g_autofree char *path = g_path_is_absolute(href) ? g_strdup(href) : g_build_filename(folder, href, NULL);
	if (already >= INCLUDES_MAX)
		netattr_fail(a, error, "'%.80s' is the %dth file inside another, must be at most %d: do they include each other?", href, INCLUDES_MAX + 1,
			INCLUDES_MAX);
	else if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		netattr_fail(a, error, "there is no file '%.200s'", path);
	else
		return g_steal_pointer(&path);
	return NULL;
}
