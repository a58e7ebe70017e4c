/* owned.h - frees a struct when the variable that owns it leaves its scope, as g_autoptr does for typedefs.
 *
 *     owned(network) net = netfile_read(path, error);
 *
 * A header that declares `void x_free(struct x *)` (NULL is fine) says OWNED(x) below it.
 */
#pragma once

#include <glib.h>

#define OWNED(name)                                          \
	static inline void name##_leave(struct name **place) \
	{                                                    \
		name##_free(*place);                         \
	}

#define owned(name) __attribute__((cleanup(name##_leave), unused)) struct name * /* unused: clang does not count the cleanup as a use */

/* Gives the struct away: the variable no longer owns it. */
#define give(variable) g_steal_pointer(&(variable))
