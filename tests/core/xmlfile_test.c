/* xmlfile_test.c - the door that all of SUMO's files come in by: what it lets in, and its sentence for everything else; and the notes. */
#include <string.h>

#include "core/notes.h"
#include "core/xmlfile.h"

struct seen {
	unsigned starts, ends, deepest;
	int last_line;
};

static bool on_start(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	struct seen *s = user;
	(void) error;
	g_assert_true((depth == 1) == (parent == NULL));
	s->starts++;
	s->deepest = MAX(s->deepest, depth);
	s->last_line = a->line;
	return true;
}

static bool on_end(void *user, const struct netattr *a, unsigned depth, GError **error)
{
	(void) a, (void) depth, (void) error;
	((struct seen *) user)->ends++;
	return true;
}

static const struct xmlfile_handler handler = {.on_start = on_start, .on_end = on_end};

static bool parse(const char *text, struct seen *s, GError **error)
{
	*s = (struct seen){0};
	return xmlfile_parse(text, strlen(text), "f.xml", &handler, s, error);
}

static void test_good(void)
{
	struct seen s;
	g_assert_true(parse("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- c --><a>text <b x=\"1\"\n y=\"2\"/>\n<b><![CDATA[<z>]]></b>\n</a>\n", &s, NULL));
	g_assert_cmpuint(s.starts, ==, 3);
	g_assert_cmpuint(s.ends, ==, 3);
	g_assert_cmpuint(s.deepest, ==, 2);
	g_assert_cmpint(s.last_line, ==, 4);
}

static void test_limits(void)
{
	g_autoptr(GString) deep = g_string_new(NULL), wide = g_string_new("<a");
	g_autoptr(GError) error = NULL;
	struct seen s;
	for (int k = 0; k < 65; k++)
		g_string_append(deep, "<a>");
	g_assert_false(parse(deep->str, &s, &error));
	g_assert_cmpstr(error->message, ==, "f.xml:1: a: stands inside 64 others, which is too deep");
	g_clear_error(&error);
	for (int k = 0; k < 257; k++)
		g_string_append_printf(wide, " x%d=\"\"", k);
	g_string_append(wide, "/>");
	g_assert_false(parse(wide->str, &s, &error));
	g_assert_cmpstr(error->message, ==, "f.xml:1: a: has 257 attributes, must be at most 256");
}

static void test_bad(void)
{
	static const char *const texts[] = {"", "   ", "<a>", "<a></b>", "<a", "a", "<a x=1/>", "<a>&none;</a>", "<a>\xff</a>", "<a/><b/>x", "\x1f\x8b\x08junk"};
	for (size_t k = 0; k < G_N_ELEMENTS(texts); k++) {
		g_autoptr(GError) error = NULL;
		struct seen s;
		if (parse(texts[k], &s, &error))
			g_error("'%s' was taken", texts[k]);
		g_assert_true(g_str_has_prefix(error->message, "f.xml:1: is no whole XML: "));
	}
}

static void test_notes(void)
{
	owned(notes) n = notes_new();
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	notes_add(n, "b", "f.xml", 3, "%s is odd", "b");
	for (int k = 0; k < 5; k++)
		notes_add(n, "a", "g.xml", 7 + k, "%d", k);
	notes_add(NULL, "a", "g.xml", 1, "nobody listens");
	notes_list(n, list);
	g_assert_cmpuint(list->len, ==, 2);
	g_assert_cmpstr(list->pdata[0], ==, "f.xml:3: b is odd");
	g_assert_cmpstr(list->pdata[1], ==, "g.xml:7: 0 (5 of them)");
	for (int k = 0; k < 5000; k++) { /* a file that invents kinds without end fills no memory */
		g_autofree char *kind = g_strdup_printf("kind %d", k);
		notes_add(n, kind, "g.xml", 1, "x");
	}
	g_ptr_array_set_size(list, 0);
	notes_list(n, list);
	g_assert_cmpuint(list->len, ==, 1000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xmlfile/good", test_good);
	g_test_add_func("/xmlfile/limits", test_limits);
	g_test_add_func("/xmlfile/bad", test_bad);
	g_test_add_func("/xmlfile/notes", test_notes);
	return g_test_run();
}
