/* cabinet_entry.h - one entry of the configuration's controllers, made ready for its driver: is there such a driver, does the address
 * suit it, are its own keys right, which links hang on which phases.
 *
 * For those that open drivers (cabinets.c, greenwavectl), so that both refuse the same things with the same words.
 */
#pragma once

#include "daemon/config.h"
#include "daemon/controller_options.h"

struct cabinet_entry {
	const struct controller_driver *driver;
	const char *address; /* not owned */
	struct controller_options *options;
	uint32_t *signals;
	const struct junction **junctions; /* beside signals; NULL = not guarded */
	struct cabinet_map **maps;	   /* beside signals; NULL = none */
	uint32_t n;
};

/* `entry` NULL = a dry run. `junction_of` gives the junction of each of the network's signals, NULL = not guarded; shared, must outlive
 * it, as the entry must. NULL with a sentence. */
struct cabinet_entry *cabinet_entry_new(const struct network *net, const struct config_controller *entry, const uint32_t *signals, uint32_t n,
	const struct junction *const *junction_of, GError **error);
/* A cabinet has one poller. False with a sentence when two entries have the same address, and cabinets of their driver are alone at theirs; `line`: of the
 * second one. */
bool cabinet_entries_apart(const struct config *c, uint32_t *line, GError **error);
void cabinet_entry_free(struct cabinet_entry *e); /* NULL is fine */
OWNED(cabinet_entry)

/* What the driver's open wants, but the bus and the events. */
struct controller_setup cabinet_entry_setup(const struct cabinet_entry *e, const struct network *net);
