/* notes.c - what was passed over, counted; see notes.h. */
#include "core/notes.h"

#include <stdarg.h>

#define KINDS_MAX 1000 /* a file can invent kinds without end */

struct note {
	char *sentence;
	guint64 count;
};

struct notes {
	GHashTable *by_kind; /* char * -> struct note, owned by `list` */
	GPtrArray *list;
};

static void note_free(void *data)
{
	struct note *note = data;
	g_free(note->sentence);
	g_free(note);
}

struct notes *notes_new(void)
{
	struct notes *n = g_new(struct notes, 1);
	n->by_kind = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	n->list = g_ptr_array_new_with_free_func(note_free);
	return n;
}

void notes_free(struct notes *n)
{
	if (!n)
		return;
	g_hash_table_unref(n->by_kind);
	g_ptr_array_unref(n->list);
	g_free(n);
}

void notes_add(struct notes *n, const char *kind, const char *file, int line, const char *format, ...)
{
	if (!n)
		return;
	struct note *note = g_hash_table_lookup(n->by_kind, kind);
	if (!note && n->list->len < KINDS_MAX) {
		va_list args;
		va_start(args, format);
		g_autofree char *what = g_strdup_vprintf(format, args);
		va_end(args);
		note = g_new0(struct note, 1);
		note->sentence = g_strdup_printf("%s:%d: %s", file, line, what);
		g_hash_table_insert(n->by_kind, g_strdup(kind), note);
		g_ptr_array_add(n->list, note);
	}
	if (note)
		note->count++;
}

void notes_list(const struct notes *n, GPtrArray *list)
{
	for (guint k = 0; n && list && k < n->list->len; k++) {
		const struct note *note = n->list->pdata[k];
		g_ptr_array_add(list, note->count == 1 ? g_strdup(note->sentence)
			: g_strdup_printf("%s (%" G_GUINT64_FORMAT " of them)", note->sentence, note->count));
	}
}
