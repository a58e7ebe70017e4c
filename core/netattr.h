/* netattr.h - the attributes of one XML element, read strictly: whole numbers, in range, or a sentence that names the place.
 *
 * Knows GMarkup's arrays and nothing of networks. For whoever reads one of SUMO's files.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/network.h"

struct netattr {
	const char *file;
	int line;
	const char *element;
	const char **names, **values; /* GMarkup's, NULL-terminated */
};

/* Sets `error` to "file:line: element id: what is wrong" and returns false. */
bool netattr_fail(const struct netattr *a, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The text, or NULL when it is not there. */
const char *netattr_get(const struct netattr *a, const char *name);

/* The text that must be there, not empty and at most 4096 bytes. */
bool netattr_text(const struct netattr *a, const char *name, const char **text, GError **error);

/* A finite number in low..high (`above`: low itself is out). Not there: `value` keeps what it holds if `must` is false. */
struct netrange {
	double low, high;
	bool above;
	const char *unit;
};
bool netattr_number(const struct netattr *a, const char *name, const struct netrange *range, bool must, double *value, GError **error);
bool netattr_count(const struct netattr *a, const char *name, uint32_t max, bool must, uint32_t *value, GError **error);

/* "25200", "25200.5", "07:00:00" or "1:07:00:00" (days first), 0..1e9 s. */
bool netattr_time(const struct netattr *a, const char *name, bool must, double *value_s, GError **error);

/* SUMO's words for a truth: 1 true yes on x, 0 false no off -. */
bool netattr_flag(const struct netattr *a, const char *name, bool *value, GError **error);

/* "x,y x,y" or "x,y,z ..." (the height is dropped). At least `least` points. Not there and least 0: no points. */
bool netattr_shape(const struct netattr *a, const char *name, uint32_t least, struct net_point **points, uint32_t *n, GError **error);

/* The NET_ bits of SUMO's `allow` and `disallow`. A class that we have never heard of is counted in `strange` and passed over. */
uint32_t netattr_allow(const struct netattr *a, uint32_t *strange);
