/* controllers.c - the list of controller drivers: one line each. */
#include "daemon/controllers.h"

#include <string.h>

G_DEFINE_QUARK(controller-error-quark, controller_error)

static const struct controller_driver *const drivers[] = {
	&controller_gbt20999,
	&controller_null,
	&controller_rsmp,
	&controller_sim,
	&controller_ntcip,
	NULL,
};

const struct controller_driver *const *controller_list(void)
{
	return drivers;
}

const struct controller_driver *controller_find(const char *name)
{
	for (const struct controller_driver *const *d = drivers; *d != NULL; d++)
		if (strcmp((*d)->name, name) == 0)
			return *d;
	return NULL;
}
