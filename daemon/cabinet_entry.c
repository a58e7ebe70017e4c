/* cabinet_entry.c - see cabinet_entry.h. */
#include "daemon/cabinet_entry.h"

#include <string.h>

#include "daemon/bands.h"

static bool check_driver(const struct cabinet_entry *e, const struct config_controller *entry, GError **error)
{
	const struct controller_driver *d = e->driver;
	uint32_t n_phases = entry != NULL ? entry->n_phases + entry->n_overlaps : 0;
	g_autoptr(GError) why = NULL;

	if (d->needs_address && e->address == NULL) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "driver \"%s\" needs an address", d->name);
		return false;
	}
	if (e->address != NULL && d->address_check != NULL && !d->address_check(e->address, &why)) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "the address %s does not suit the driver %s: %s", e->address, d->name,
			why->message);
		return false;
	}
	if (d->needs_map && e->n != 1) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "driver \"%s\" drives one signal an entry, this one has %u", d->name, e->n);
		return false;
	}
	if (d->needs_map != (n_phases > 0)) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, d->needs_map
			? "driver \"%s\" needs phases: which links hang on which phase of the cabinet"
			: "driver \"%s\" shows links themselves: phases and overlaps have no meaning for it", d->name);
		return false;
	}
	return true;
}

/* How a cabinet that runs its own phases is told: the entry must say what that needs. */
static bool check_style(const struct cabinet_entry *e, const struct config_controller *c, GError **error)
{
	const struct controller_driver *d = e->driver;
	bool holds = d->needs_map && strcmp(c->style, "holds") == 0, rows = (d->can & CONTROLLER_PATTERNS) != 0;
	const char *why = NULL;

	if (!d->needs_map || (d->can & CONTROLLER_SHOWS) != 0)
		return true;
	if (holds && (d->can & CONTROLLER_HOLDS) == 0)
		why = "cannot hold phases second by second";
	else if (!holds && rows && c->rows[0] == 0)
		why = "needs rows: two spare pattern rows of the cabinet, such as rows: [47, 48]";
	else if (!holds && rows && c->rows[0] == c->rows[1])
		why = "needs two different rows: the one that runs is never written to, so they take turns";
	else if (!holds && !rows && c->stored_plan == 0)
		why = "needs stored_plan: the number of the plan in the cabinet that is changed and selected";
	else if (c->n_bands > 0 && (d->can & CONTROLLER_BANDS) == 0)
		why = "has no bands";
	if (why != NULL)
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "signal %s: driver \"%s\" %s", e->junctions[0]->id, d->name, why);
	return why == NULL;
}

static bool check_coordinated(const struct cabinet_entry *e, const struct config_controller *c, GError **error)
{
	for (uint32_t i = 0; c != NULL && e->maps[0] != NULL && i < c->n_coordinated; i++)
		if ((e->maps[0]->all & phase_bit(c->coordinated[i])) == 0)
			return controller_wrong(error, "signal %s: coordinated names phase %u, which is not among its phases", e->junctions[0]->id, c->coordinated[i]);
	return true;
}

static bool check_bands(const struct cabinet_entry *e, const struct config_controller *c, GError **error)
{
	if (c == NULL || c->n_bands == 0)
		return true;
	if (e->maps[0] == NULL)
		return controller_wrong(error, "driver \"%s\" shows links themselves: bands have no meaning for it", e->driver->name);
	g_autofree uint8_t *of_stage = g_new0(uint8_t, e->junctions[0]->n_stages + 1);
	return bands_read(e->maps[0], c->bands, c->n_bands, of_stage, error);
}

static bool make_map(struct cabinet_entry *e, const struct network *net, const struct config_controller *entry, GError **error)
{
	if (!e->driver->needs_map)
		return true;
	if (e->junctions[0] == NULL) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "signal %s cannot be guarded: no cabinet is driven for it",
			net->signals[e->signals[0]].id);
		return false;
	}
	e->maps[0] = cabinet_map_new(e->junctions[0], entry->phases, entry->n_phases, entry->overlaps, entry->n_overlaps, error);
	return e->maps[0] != NULL;
}

struct cabinet_entry *cabinet_entry_new(const struct network *net, const struct config_controller *entry, const uint32_t *signals, uint32_t n,
	const struct junction *const *junction_of, GError **error)
{
	owned(cabinet_entry) e = g_new0(struct cabinet_entry, 1);
	const char *driver = entry != NULL ? entry->driver : "null";

	e->driver = controller_named(driver, error);
	if (e->driver == NULL)
		return NULL;
	e->address = entry != NULL ? entry->address : NULL;
	e->signals = g_memdup2(signals, n * sizeof signals[0]);
	e->n = n;
	e->junctions = g_new0(const struct junction *, n + 1);
	e->maps = g_new0(struct cabinet_map *, n + 1);
	for (uint32_t i = 0; i < n; i++)
		e->junctions[i] = junction_of[signals[i]];
	if (!check_driver(e, entry, error))
		return NULL;
	e->options = controller_options_new(e->driver, entry != NULL ? (const char *const *) entry->options : NULL, error);
	if (e->options == NULL || !make_map(e, net, entry, error) || !check_style(e, entry, error) || !check_coordinated(e, entry, error) ||
		!check_bands(e, entry, error))
		return NULL;
	return e->driver->options_check == NULL || e->driver->options_check(e->options, e->maps[0], error) ? give(e) : NULL;
}

bool cabinet_entries_apart(const struct config *c, uint32_t *line, GError **error)
{
	g_autoptr(GHashTable) lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (uint32_t i = 0; i < c->n_controllers; i++) {
		const struct config_controller *entry = &c->controllers[i];
		const struct controller_driver *d = controller_find(entry->driver);
		if (d == NULL || !d->needs_map || d->shares_address || entry->address == NULL)
			continue;
		g_autofree char *key = g_strconcat(d->name, " ", entry->address, NULL);
		uint32_t first = GPOINTER_TO_UINT(g_hash_table_lookup(lines, key));
		*line = entry->line;
		if (first != 0)
			return controller_wrong(error, "address %s is that of line %u, too: a cabinet of the driver %s has one entry", entry->address, first, d->name);
		g_hash_table_insert(lines, g_steal_pointer(&key), GUINT_TO_POINTER(entry->line));
	}
	return true;
}

void cabinet_entry_free(struct cabinet_entry *e)
{
	if (e == NULL)
		return;
	for (uint32_t i = 0; e->maps != NULL && i < e->n; i++)
		cabinet_map_free(e->maps[i]);
	g_free(e->maps);
	g_free(e->junctions);
	controller_options_free(e->options);
	g_free(e->signals);
	g_free(e);
}

struct controller_setup cabinet_entry_setup(const struct cabinet_entry *e, const struct network *net)
{
	return (struct controller_setup){.net = net, .address = e->address, .signals = e->signals, .n_signals = e->n, .junctions = e->junctions,
		.maps = (const struct cabinet_map *const *) e->maps, .options = e->options};
}
