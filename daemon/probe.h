/* probe.h - asks a cabinet what it is and can do, and works out what it would be sent. Changes nothing in it.
 *
 * For greenwavectl; knows drivers by their table only. A driver that is opened for a probe writes nothing.
 */
#pragma once

#include "daemon/config.h"
#include "daemon/controller.h"

struct probe_options {
	const char *driver;  /* NULL: all that could be are tried, one after the other */
	const char *address;
	const char *const *words; /* the driver's own keys: name, text, ..., NULL-terminated; NULL none */
	const struct config *config; /* with `signal`: the entry's driver, address, keys and map; NULL: nothing of these */
	const struct network *net;   /* the config's */
	const char *signal;
	double patience_s;
};

/* Appends what it found to `out`, for people. False with a sentence when nobody answers as any driver wants. */
bool probe(const struct probe_options *options, GString *out, GError **error);
