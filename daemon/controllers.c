/* controllers.c - the list of controller drivers: those that daemon/meson.build names in `drivers`. */
#include "daemon/controllers.h"

#define LINE(name) &controller_##name,

static const struct controller_driver *const drivers[] = {CONTROLLERS(LINE) NULL};

const struct controller_driver *const *controller_list(void)
{
	return drivers;
}
