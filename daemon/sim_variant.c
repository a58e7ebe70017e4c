/* sim_variant.c - reads and opens variants; see sim_variant.h. */
#include "daemon/sim_variant.h"

#include <string.h>

#include "optimizer/optimizer.h"
#include "sim/sim_error.h"

static bool add(GArray *list, const char *word, bool plan, GError **error)
{
	const char *equals = strchr(word, '='), *what = equals ? equals + 1 : word, *at = strchr(what, '@');
	struct sim_variant v = {0};
	if (!*what || equals == word || (at && (at == what || !at[1])))
		return sim_fail(error, "'%s' is no variant, must be [LABEL=]METHOD, [LABEL=]FILE or [LABEL=]METHOD@FILE", word);
	v.method = plan && !at ? g_strdup("fixed") : at ? g_strndup(what, (gsize) (at - what)) : g_strdup(what);
	v.additional = at ? g_strdup(at + 1) : plan ? g_strdup(what) : NULL;
	v.label = equals ? g_strndup(word, (gsize) (equals - word)) : g_strdup(what);
	g_array_append_val(list, v);
	if (!method_find(v.method)) {
		g_autofree char *names = g_strjoinv(", ", (char **) method_names());
		return sim_fail(error, "there is no method \"%s\", there are: %s", v.method, names);
	}
	return true;
}

static bool add_all(GArray *list, char **words, bool plan, GError **error)
{
	for (char **word = words; word && *word; word++) {
		g_auto(GStrv) parts = g_strsplit(*word, ",", -1);
		for (char **part = parts; *part; part++)
			if (!add(list, *part, plan, error))
				return false;
	}
	return true;
}

GArray *sim_variants_new(char **plans, char **methods, guint least, GError **error)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct sim_variant));
	if (!add_all(list, plans, true, error) || !add_all(list, methods, false, error)) {
		sim_variants_free(list);
		return NULL;
	}
	if (list->len < least) {
		struct sim_variant own = {.label = g_strdup("fixed"), .method = g_strdup("fixed")};
		g_array_prepend_val(list, own);
	}
	return list;
}

void sim_variants_free(GArray *list)
{
	for (guint k = 0; list && k < list->len; k++) {
		struct sim_variant *v = sim_variant_at(list, k);
		g_free(v->label);
		g_free(v->method);
		g_free(v->additional);
		network_free(v->net);
	}
	if (list)
		g_array_unref(list);
}

bool sim_variants_open(GArray *list, const struct sim_case *c, GError **error)
{
	struct sim_case one = *c;
	for (guint k = 0; k < list->len; k++) {
		struct sim_variant *v = sim_variant_at(list, k);
		v->net = sim_case_network(&one, v->additional, error);
		if (!v->net)
			return false;
		one.quiet = true; /* what the network holds was said */
	}
	return true;
}
