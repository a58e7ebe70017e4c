/* takeover.h - may a cabinet that runs what it was given go on under the next configuration, as if nothing had happened?
 *
 * It may when its entry says the same and its junction is the same one, with times that are no stricter than those that it was made ready for: then nobody
 * has to ask it for anything. Pure.
 */
#pragma once

#include "daemon/config.h"

/* All that an entry says, its secrets too; not where it stands in the file. */
bool takeover_entry(const struct config_controller *was, const struct config_controller *is);

/* `was` may have been tightened by what its cabinet told (cabinet_timing_tighten). */
bool takeover_junction(const struct junction *was, const struct junction *is);
