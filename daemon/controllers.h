/* controllers.h - the drivers that there are; their contract is controller.h. */
#pragma once

#include "daemon/controller.h"
#include "daemon/controllers_list.h" /* CONTROLLERS: made by daemon/meson.build of its list */

#define CONTROLLERS_DECLARE(name) extern const struct controller_driver controller_##name;
CONTROLLERS(CONTROLLERS_DECLARE)
#undef CONTROLLERS_DECLARE
