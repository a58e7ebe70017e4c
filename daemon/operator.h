/* operator.h - answers the operator's calls (greenwavectl): status, why, hold, release, corridor.
 *
 * Knows the brain and the herald, no sockets: a request comes in as text, the reply goes out as text.
 */
#pragma once

#include "daemon/brain.h"

/* The reply to one request, never NULL; owned by the caller. now_s: the pilot's time. */
char *operator_answer(struct brain *b, const struct herald *herald, const char *request, size_t length, double now_s);
