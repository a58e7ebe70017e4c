/* sim_error.h - the error domain of sim/. The sentence is what matters; the code only says what kind of thing is wrong. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum sim_error {
	SIM_ERROR_READ,  /* a file that cannot be opened or read */
	SIM_ERROR_FORM,  /* not the format it should be */
	SIM_ERROR_VALUE, /* a number or reference that is not possible */
};

#define SIM_ERROR sim_error_quark()
GQuark sim_error_quark(void);

/* Sets a SIM_ERROR_VALUE with one sentence; returns false, for `return sim_fail(error, ...)`. */
bool sim_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
