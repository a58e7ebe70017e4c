/* rsmp_strangers.h - those who came to a port where RSMP sites are expected and are none of them: each is told once, and over when it stays away.
 *
 * Does not know who was expected; that is the port's. Names are theirs: what is told of them is cleaned and short, and a port gives names to
 * so many in its life only; the others go by one name together.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

struct rsmp_strangers;

/* `tell`: on the main context, from rsmp_strangers_came or some time after it. Who was not seen for over_s stays away. */
struct rsmp_strangers *rsmp_strangers_new(double over_s, void (*tell)(void *user, const char *who, bool active, const char *sentence), void *user);
void rsmp_strangers_free(struct rsmp_strangers *s); /* NULL is fine; tells nothing */
OWNED(rsmp_strangers)

/* `who`: what it calls itself, or where it came from. */
void rsmp_strangers_came(struct rsmp_strangers *s, const char *who, const char *sentence);

char *rsmp_strangers_clean(const char *site); /* fit for a topic and a terminal; owned by the caller */
