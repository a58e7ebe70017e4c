/* whole_town.h - a city made of copies of configs/district, and the configuration that drives its signals over NTCIP.
 *
 * Each copy has four junctions and sixteen cameras; a copy's ids begin with its number ("T017_J1"). The copies are not connected: what is
 * measured is how many there are. The last one may be cut: its junctions without a cabinet are dry runs.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct whole_town {
	const char *district; /* folder with district.net.xml and greenwave.yaml */
	const char *dir;      /* where to write city.net.xml and city.yaml; sockets are made there, too */
	unsigned units;       /* cabinets, at ports from first_port on */
	unsigned first_port;
	unsigned holds_percent; /* so many of them are held second by second; the others get patterns */
	unsigned pattern_s;
	const char *options; /* of each cabinet, YAML */
};

bool whole_town_write(const struct whole_town *t, GError **error);
