/* pilot_config.h - what a configuration says of the pilot. */
#pragma once

#include "daemon/config.h"
#include "daemon/pilot.h"

/* The defaults with what `config` sets: method, ages, weights, horizon, corridor, order.
 * Left to the caller: limits, alerts, lockstep. Strings are borrowed from `config`. */
struct pilot_options pilot_config_options(const struct config *config);
