/* controller.c - what all drivers share: their errors, and how one is found by its name. */
#include "daemon/controller.h"

#include <string.h>

G_DEFINE_QUARK(controller-error-quark, controller_error)

bool controller_wrong(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_propagate_error(error, g_error_new_valist(CONTROLLER_ERROR, CONTROLLER_ERROR_PATTERN, format, args));
	va_end(args);
	return false;
}

const struct controller_driver *controller_find(const char *name)
{
	for (const struct controller_driver *const *d = controller_list(); *d != NULL; d++)
		if (strcmp((*d)->name, name) == 0)
			return *d;
	return NULL;
}

const struct controller_driver *controller_named(const char *name, GError **error)
{
	const struct controller_driver *d = controller_find(name);
	g_autoptr(GString) names = g_string_new(NULL);

	if (d != NULL)
		return d;
	for (const struct controller_driver *const *known = controller_list(); *known != NULL; known++)
		g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", (*known)->name);
	g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_DRIVER, "there is no driver \"%s\", must be one of %s", name, names->str);
	return NULL;
}
