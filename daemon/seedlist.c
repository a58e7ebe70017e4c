/* seedlist.c - lists of seeds; see seedlist.h. */
#include "daemon/seedlist.h"

#include <stdbool.h>
#include <string.h>

static void wrong(const char *text, GError **error)
{
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		"--seeds is \"%s\", must be like 1-10 or 3,5,9, or how many, in 1..%d; each seed once, "
		"at least 0",
		text, SEEDLIST_MOST);
}

static bool number(const char *text, guint64 *value)
{
	return g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, value, NULL);
}

static bool take_part(GArray *seeds, char *part)
{
	guint64 from, to;
	char *dash = strchr(part, '-');
	if (dash)
		*dash = '\0';
	if (!number(part, &from) || !number(dash ? dash + 1 : part, &to) || to < from || to - from >= SEEDLIST_MOST)
		return false;
	for (uint64_t seed = from; seed <= to; seed++) {
		for (guint k = 0; k < seeds->len; k++)
			if (g_array_index(seeds, uint64_t, k) == seed)
				return false;
		g_array_append_val(seeds, seed);
	}
	return seeds->len <= SEEDLIST_MOST;
}

uint64_t *seedlist_parse(const char *text, uint64_t first, uint32_t *n, GError **error)
{
	g_autoptr(GArray) seeds = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	guint64 many = 1;
	if (!text || !strpbrk(text, "-,")) {
		if (text && (!number(text, &many) || many < 1 || many > SEEDLIST_MOST)) {
			g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--seeds is %s, must be in 1..%d, or a list like 1-10 or 3,5,9",
				text, SEEDLIST_MOST);
			return NULL;
		}
		for (uint64_t seed = first; seed < first + many; seed++)
			g_array_append_val(seeds, seed);
	} else {
		g_auto(GStrv) parts = g_strsplit(text, ",", -1);
		for (char **part = parts; *part; part++) {
			g_autofree char *copy = g_strdup(*part);
			if (!take_part(seeds, copy)) {
				wrong(text, error);
				return NULL;
			}
		}
	}
	*n = seeds->len;
	return (uint64_t *) (void *) g_array_free(g_steal_pointer(&seeds), FALSE);
}
