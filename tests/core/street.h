/* street.h - somebody who stands at the junction with a stop watch and the junction's tables, and knows nothing of the guard.
 *
 * Sees only the strings and the times, and says which rule was broken.
 */
#pragma once

#include "core/guard.h"

struct street;

struct street *street_new(const struct junction *j, double now_s); /* all red since now */
void street_free(struct street *s);
OWNED(street)

/* From here on `state` shows, everything begun just now. False when it is not safe in itself. */
bool street_restart(struct street *s, const char *state, double now_s);

/* `state` shows from now_s until the next call. GUARD_OK, or the rule that it breaks; `why` (256 bytes) says how. */
enum guard_rule street_see(struct street *s, const char *state, double now_s, char *why);
