/* mix.c - distributions of vehicle types and of routes; see routes_inside.h. */
#include <math.h>

#include "sim/routes_inside.h"

#define WEIGHT_MAX 1e6

struct mix *mix_new(void)
{
	struct mix *m = g_new0(struct mix, 1);
	m->items = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	m->weights = g_array_new(FALSE, FALSE, sizeof(double));
	return m;
}

void mix_free(void *data)
{
	struct mix *m = data;
	g_array_unref(m->items);
	g_array_unref(m->weights);
	g_free(m);
}

void mix_add(struct mix *m, uint32_t item, double weight)
{
	double sum = weight + (m->weights->len ? g_array_index(m->weights, double, m->weights->len - 1) : 0);
	g_array_append_val(m->items, item);
	g_array_append_val(m->weights, sum);
}

uint32_t mix_pick(const struct mix *m, double at_unit)
{
	double sum = m->weights->len ? g_array_index(m->weights, double, m->weights->len - 1) : 0;
	if (!(sum > 0))
		return NET_NONE;
	guint k = 0;
	while (k + 1 < m->items->len && g_array_index(m->weights, double, k) <= at_unit * sum)
		k++;
	return g_array_index(m->items, uint32_t, k);
}

static char **words_of(const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text ? text : "", " ,\t\n", -1);
	g_autoptr(GStrvBuilder) full = g_strv_builder_new();
	for (char **word = words; *word; word++)
		if (**word)
			g_strv_builder_add(full, *word);
	return g_strv_builder_end(full);
}

bool mix_read_names(struct mix *m, const struct netattr *a, const char *items, GHashTable *known, GError **error)
{
	const char *shares = netattr_get(a, "probabilities");
	g_auto(GStrv) name = words_of(netattr_get(a, items)), share = words_of(shares);
	if (shares && g_strv_length(name) != g_strv_length(share))
		return netattr_fail(a, error, "has %u %s and %u probabilities", g_strv_length(name), items, g_strv_length(share));
	for (guint k = 0; name[k]; k++) {
		uint32_t item = GPOINTER_TO_UINT(g_hash_table_lookup(known, name[k]));
		char *end = NULL;
		double weight = shares ? g_ascii_strtod(share[k], &end) : 1;
		if (!item)
			return netattr_fail(a, error, "names '%.80s' in %s, which is not there yet", name[k], items);
		if (!(weight >= 0 && weight <= WEIGHT_MAX) || (shares && *end))
			return netattr_fail(a, error, "has probability '%.40s', must be in 0..%g", share[k], WEIGHT_MAX);
		mix_add(m, item - 1, weight);
	}
	return true;
}
