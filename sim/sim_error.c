/* sim_error.c - see sim_error.h. */
#include "sim/sim_error.h"

G_DEFINE_QUARK(greenwave-sim, sim_error)

bool sim_fail(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_propagate_error(error, g_error_new_valist(SIM_ERROR, SIM_ERROR_VALUE, format, args));
	va_end(args);
	return false;
}
