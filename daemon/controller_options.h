/* controller_options.h - a driver's own keys: read from the configuration's words, checked against the driver's table.
 *
 * The configuration keeps them as words; which there are, and what they may be, is the driver's business, so that adding a driver
 * touches neither the configuration nor its documentation.
 */
#pragma once

#include "daemon/controller.h"

struct controller_options;

/* `words` is key, value, key, value ..., NULL-terminated; NULL = none. Defaults fill what is not there. NULL with a sentence:
 * `option port is "7abc", must be a whole number from 1 to 65535`; a secret's value is never in it. */
struct controller_options *controller_options_new(const struct controller_driver *driver, const char *const *words, GError **error);
/* The same for a probe: what is needed to drive only may be missing. */
struct controller_options *controller_options_to_look(const struct controller_driver *driver, const char *const *words, GError **error);
void controller_options_free(struct controller_options *o); /* NULL is fine; wipes the secrets */
OWNED(controller_options)

/* The driver's keys as a Markdown table; owned by the caller. */
char *controller_options_reference(const struct controller_driver *driver);
