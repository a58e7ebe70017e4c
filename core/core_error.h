/* core_error.h - the error domain of core/. The sentence is what matters; the code only says what kind of thing is wrong. */
#pragma once

#include <glib.h>

enum core_error {
	CORE_ERROR_READ,  /* a file that cannot be opened or read */
	CORE_ERROR_FORM,  /* not the format it should be */
	CORE_ERROR_VALUE, /* a number or reference that is not possible */
	CORE_ERROR_UNSAFE, /* what it asks for cannot be shown safely */
};

#define CORE_ERROR core_error_quark()
GQuark core_error_quark(void);
