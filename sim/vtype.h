/* vtype.h - kinds of vehicles: SUMO's defaults for each vehicle class, and the reading of <vType>.
 *
 * Knows XML attributes and nothing of routes.
 */
#pragma once

#include "core/netattr.h"
#include "sim/routes.h"

/* SUMO's documented defaults ("Vehicle Type Parameter Defaults", SUMO 1.15) for a class by its SUMO name. Without an id. */
struct vtype vtype_default(const char *vclass);

/* Reads a <vType>'s attributes into `type` (id owned by it). What is not modelled is said to `note` under its kind. */
bool vtype_read(const struct netattr *a, struct vtype *type, void (*note)(void *user, const struct netattr *a, const char *kind, const char *what),
	void *user, GError **error);
