/* takeover.c - see takeover.h. */
#include "daemon/takeover.h"

#include <math.h>
#include <string.h>

static bool same_links(const struct cabinet_links *a, uint32_t n_a, const struct cabinet_links *b, uint32_t n_b)
{
	bool same = n_a == n_b;

	for (uint32_t i = 0; same && i < n_a; i++)
		same = a[i].number == b[i].number && a[i].n_links == b[i].n_links && memcmp(a[i].links, b[i].links, a[i].n_links * sizeof *a[i].links) == 0;
	return same;
}

static bool same_texts(char *const *a, char *const *b)
{
	return g_strv_equal((const char *const *) a, (const char *const *) b);
}

bool takeover_entry(const struct config_controller *was, const struct config_controller *is)
{
	return same_texts(was->signals, is->signals) && g_strcmp0(was->driver, is->driver) == 0 && g_strcmp0(was->address, is->address) == 0 &&
		same_links(was->phases, was->n_phases, is->phases, is->n_phases) && same_links(was->overlaps, was->n_overlaps, is->overlaps, is->n_overlaps) &&
		g_strcmp0(was->style, is->style) == 0 && memcmp(was->rows, is->rows, sizeof is->rows) == 0 && was->stored_plan == is->stored_plan &&
		same_links(was->bands, was->n_bands, is->bands, is->n_bands) && was->n_coordinated == is->n_coordinated &&
		(is->n_coordinated == 0 || memcmp(was->coordinated, is->coordinated, is->n_coordinated * sizeof *is->coordinated) == 0) &&
		was->unbacked == is->unbacked && same_texts(was->options, is->options);
}

static bool same_link(const struct signal_link *was, const struct signal_link *is)
{
	return was->pedestrian == is->pedestrian && was->n_net_links == is->n_net_links &&
		(is->n_net_links == 0 || memcmp(was->net_links, is->net_links, is->n_net_links * sizeof *is->net_links) == 0) && was->min_green_s >= is->min_green_s &&
		was->amber_s >= is->amber_s && was->clear_s >= is->clear_s && was->max_green_s <= fmax(is->max_green_s, was->min_green_s) && was->max_red_s <= is->max_red_s;
}

static bool same_pairs(const struct junction *was, const struct junction *is)
{
	uint32_t n = is->n_links * is->n_links;
	bool same = memcmp(was->foes, is->foes, n * sizeof *is->foes) == 0 && memcmp(was->conflict, is->conflict, n * sizeof *is->conflict) == 0 &&
		memcmp(was->yields, is->yields, n * sizeof *is->yields) == 0;

	for (uint32_t i = 0; same && i < n; i++)
		same = was->clear_after_s[i] >= is->clear_after_s[i];
	return same;
}

bool takeover_junction(const struct junction *was, const struct junction *is)
{
	bool same = strcmp(was->id, is->id) == 0 && was->signal == is->signal && was->n_links == is->n_links && was->n_stages == is->n_stages;

	for (uint32_t i = 0; same && i < is->n_stages; i++)
		same = strcmp(was->stages[i].state, is->stages[i].state) == 0 && was->stages[i].native_s == is->stages[i].native_s;
	for (uint32_t i = 0; same && i < is->n_links; i++)
		same = same_link(&was->links[i], &is->links[i]);
	return same && same_pairs(was, is);
}
