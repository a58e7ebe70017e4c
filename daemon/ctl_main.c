/* ctl_main.c - greenwavectl: the operator's hand on a running greenwaved, and checks of what it will be given. */
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/ctl.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"feed", ctl_feed, "print what is published, readable or as raw JSON lines"},
	{"status", ctl_status, "a table of junctions, cameras and alerts"},
	{"hold", ctl_hold, "hold a stage of a signal for some seconds, or release it"},
	{"corridor", ctl_corridor, "greens for an emergency vehicle: start, at, end, list"},
	{"why", ctl_why, "why a signal shows what it shows"},
	{"config", ctl_config, "check FILE: is everything that greenwave.yaml names there and right?"},
	{"controller", ctl_controller, "probe ADDRESS: what a cabinet is, can do and would be sent, changing nothing"},
	{"plan", ctl_plan, "export FILE.net.xml [SIGNAL]: the signals' own plans as the guard lets them run"},
	{"camera", ctl_camera, "calibrate: where is the road in a camera's picture, and which lanes does it see?"},
	{"keys", ctl_keys, "make a pair of CURVE keys"},
	{NULL, NULL, NULL},
};

static void usage(FILE *to)
{
	fprintf(to, "usage: greenwavectl COMMAND [OPTION...]\n\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-10s %s\n", c->name, c->what);
	fprintf(to, "\n`greenwavectl COMMAND --help` lists a command's options.\n");
}

int ctl_fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	fprintf(stderr, "greenwavectl: %s\n", text);
	return CTL_FAILED;
}

int ctl_error(const GError *error)
{
	return ctl_fail("%s", error ? error->message : "something went wrong");
}

bool ctl_options(int *argc, char ***argv, const GOptionEntry *entries, const char *arguments, const char *summary, int least, int most)
{
	g_autoptr(GOptionContext) context = g_option_context_new(arguments);
	g_autoptr(GError) error = NULL;
	g_option_context_set_summary(context, summary);
	if (entries)
		g_option_context_add_main_entries(context, entries, NULL);
	const char *name = (*argv)[0];
	if (!g_option_context_parse(context, argc, argv, &error))
		ctl_fail("%s: %s", name, error->message);
	else if (*argc - 1 < least || *argc - 1 > most)
		ctl_fail("usage: greenwavectl %s %s", name, arguments);
	else
		return true;
	return false;
}

void ctl_reach_finish(struct ctl_reach *r)
{
	g_free(r->connect);
	g_free(r->key_file);
	g_free(r->server_key);
	g_free(r->config);
}

struct bus_socket *ctl_subscribe(struct bus *b, const struct ctl_reach *r, GError **error)
{
	owned(config) config = r->config ? config_read(r->config, error) : config_default();
	if (!config)
		return NULL;
	struct bus_keys keys = {"", "", ""};
	if (r->key_file && !bus_keys_read(&keys, r->key_file, error))
		return NULL;
	if (r->server_key && !bus_key_check(r->server_key, error))
		return NULL;
	if (r->server_key)
		g_strlcpy(keys.server, r->server_key, sizeof(keys.server));
	bool curve = r->key_file || r->server_key;
	struct bus_options o = {.kind = BUS_SUB, .endpoint = r->connect ? r->connect : config->feed.publish, .keys = curve ? &keys : NULL};
	return bus_open(b, &o, error);
}

int main(int argc, char **argv)
{
	gsl_set_error_handler_off();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	const char *first = argc > 1 ? argv[1] : "";
	if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
		usage(stdout);
		return CTL_OK;
	}
	if (strcmp(first, "--version") == 0) {
		printf("greenwavectl %s\n", GREENWAVE_VERSION);
		return CTL_OK;
	}
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(first, c->name) == 0)
			return c->run(argc - 1, argv + 1);
	if (*first)
		ctl_fail("there is no command \"%s\"", first);
	usage(stderr);
	return CTL_USAGE;
}
