/* ctl_controller.c - greenwavectl controller: which drivers there are, and what a cabinet is. */
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/controller_options.h"
#include "daemon/ctl.h"
#include "daemon/probe.h"

struct wishes { /* of the command line */
	char *driver, *config;
	char **options; /* name=text */
	double patience_s;
};

static int list(void)
{
	for (const struct controller_driver *const *d = controller_list(); *d != NULL; d++)
		printf("%-10s %s\n", (*d)->name, (*d)->what);
	return CTL_OK;
}

static int options_of(const char *name)
{
	g_autoptr(GError) error = NULL;
	const struct controller_driver *d = controller_named(name, &error);

	if (d == NULL)
		return ctl_fail("%s", error->message);
	g_autofree char *table = controller_options_reference(d);
	fputs(table, stdout);
	return CTL_OK;
}

static struct network *load(const struct config *c, GError **error)
{
	owned(network) net = netfile_read(c->network, NULL, error);

	for (char **path = c->additional; net != NULL && *path != NULL; path++)
		if (!netfile_add_programs(net, *path, NULL, error))
			return NULL;
	return give(net);
}

/* name=text, name=text ... as name, text, name, text ... NULL: one has no "=". */
static char **words_of(char **options)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	for (char **o = options; o != NULL && *o != NULL; o++) {
		const char *is = strchr(*o, '=');
		if (is == NULL)
			return NULL;
		g_ptr_array_add(words, g_strndup(*o, (gsize) (is - *o)));
		g_ptr_array_add(words, g_strdup(is + 1));
	}
	g_ptr_array_add(words, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

static int run_probe(const char *what, const struct wishes *w)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	owned(config) c = w->config != NULL ? config_read(w->config, &error) : NULL;
	owned(network) net = c != NULL ? load(c, &error) : NULL;

	if (error != NULL)
		return ctl_error(error);
	g_auto(GStrv) words = words_of(w->options);
	if (words == NULL)
		return ctl_fail("an option is name=text");
	struct probe_options o = {.driver = w->driver, .address = what, .words = (const char *const *) words, .config = c, .net = net, .signal = what,
		.patience_s = w->patience_s};
	if (!probe(&o, out, &error))
		return ctl_error(error);
	fputs(out->str, stdout);
	return CTL_OK;
}

int ctl_controller(int argc, char **argv)
{
	struct wishes w = {.patience_s = 10};
	const GOptionEntry entries[] = {
		{"driver", 'd', 0, G_OPTION_ARG_STRING, &w.driver, "The driver; left out: every one that suits the address is tried", "NAME"},
		{"option", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &w.options, "One of the driver's own keys; may be given often", "NAME=TEXT"},
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &w.config, "Take driver, address, keys and phases of SIGNAL from greenwave.yaml", "FILE"},
		{"patience", 0, 0, G_OPTION_ARG_DOUBLE, &w.patience_s, "Wait so long for an answer (default 10)", "S"},
		{0},
	};
	int code = CTL_USAGE;

	if (!ctl_options(&argc, &argv, entries, "probe ADDRESS | probe --config FILE SIGNAL | list | options DRIVER",
			"probe: prints what a cabinet is, can do and would be sent. Changes nothing in it.", 1, 2))
		return CTL_USAGE;
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		code = list();
	else if (argc == 3 && strcmp(argv[1], "options") == 0)
		code = options_of(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "probe") == 0 && w.patience_s > 0 && w.patience_s < 600)
		code = run_probe(argv[2], &w);
	else
		ctl_fail("usage: greenwavectl controller probe ADDRESS | probe --config FILE SIGNAL | list | options DRIVER");
	g_free(w.driver);
	g_free(w.config);
	g_strfreev(w.options);
	return code;
}
