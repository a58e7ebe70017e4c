/* methods.c - the list of methods. A new one adds its line here and its name in method.h. */
#include "optimizer/method.h"

#include <string.h>

static const struct method *const methods[] = {&method_fixed, &method_actuated, &method_maxpressure, &method_webster, &method_adaptive};

const struct method *method_find(const char *name)
{
	for (guint k = 0; k < G_N_ELEMENTS(methods); k++)
		if (strcmp(methods[k]->name, name) == 0)
			return methods[k];
	return NULL;
}

const char *const *method_names(void)
{
	static const char *const names[] = {"fixed", "actuated", "maxpressure", "webster", "adaptive", NULL};
	G_STATIC_ASSERT(G_N_ELEMENTS(names) == G_N_ELEMENTS(methods) + 1);
	return names;
}
