/* greenwaved_main.c - greenwaved: the daemon, live or as the brain of a world that owns the clock. */
#include <glib-unix.h>
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/netfile.h"
#include "daemon/bridge.h"
#include "daemon/service.h"
#include "daemon/sumo_options.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void) number;
	stop = 1;
}

/* systemd and terminals add the time; one line a message. */
static GLogWriterOutput on_log(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer user)
{
	const char *quiet = user;

	if (level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)) /* the libraries' own */
		return G_LOG_WRITER_HANDLED;
	for (gsize i = 0; i < n; i++) {
		if (strcmp(fields[i].key, "MESSAGE") != 0)
			continue;
		if (quiet != NULL && level >= G_LOG_LEVEL_MESSAGE)
			break;
		fprintf(stderr, "greenwaved: %s%s\n", level <= G_LOG_LEVEL_WARNING ? "warning: " : "", (const char *) fields[i].value);
	}
	return G_LOG_WRITER_HANDLED;
}

static int fail(const char *why)
{
	fprintf(stderr, "greenwaved: %s\n", why);
	return 1;
}

static void hear_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* Without a file every default holds; the network given on the command line comes before the file's. */
static int run_bridge(const char *endpoint, const char *network, const char *config_path, const char *method)
{
	g_autoptr(GError) error = NULL;
	owned(config) config = config_path != NULL ? config_read(config_path, &error) : config_default();

	if (config == NULL)
		return fail(error->message);
	if (method != NULL) {
		g_free(config->control.method);
		config->control.method = g_strdup(method);
	}
	const char *path = network != NULL ? network : config->network;
	if (path == NULL)
		return fail("--bridge needs a network: give --network FILE.net.xml, or --config FILE with one");
	owned(network) net = netfile_read(path, NULL, &error);
	if (net == NULL)
		return fail(error->message);
	for (char **more = config->additional; network == NULL && *more != NULL; more++)
		if (!netfile_add_programs(net, *more, NULL, &error))
			return fail(error->message);
	owned(bridge) bridge = bridge_new(net, config, &error);
	if (bridge == NULL) {
		g_prefix_error(&error, "%s: ", path);
		return fail(error->message);
	}
	hear_signals();
	return bridge_run(bridge, endpoint, &stop, &error) ? 0 : fail(error->message);
}

static int run_sumo(struct sumo_options *o, const char *network, const char *config_path)
{
	g_autoptr(GError) error = NULL;

	o->network = g_strdup(network);
	o->config = g_strdup(config_path);
	hear_signals();
	return sumo_run(o, &stop, &error) ? 0 : stop ? 130 : fail(error->message);
}

/* The worker's program lies beside this one, else it is looked for as usual. */
static char *vision_program(void)
{
	g_autofree char *me = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = me != NULL ? g_path_get_dirname(me) : g_strdup(".");
	char *beside = g_build_filename(folder, "greenwave-vision", NULL);

	if (access(beside, X_OK) == 0)
		return beside;
	g_free(beside);
	return g_strdup("greenwave-vision");
}

struct wishes { /* of the command line; owned by main */
	char *bridge, *network, *config, *vision;
	struct sumo_options sumo;
};

static int serve(struct wishes *w)
{
	g_autoptr(GError) error = NULL;

	if (w->sumo.target != NULL && w->bridge != NULL)
		return fail("--sumo and --bridge are two worlds, give one");
	if (w->sumo.target != NULL)
		return run_sumo(&w->sumo, w->network, w->config);
	if (w->bridge != NULL)
		return run_bridge(w->bridge, w->network, w->config, w->sumo.method);
	if (w->network != NULL || w->sumo.method != NULL)
		return fail("--network and --method go with --bridge or --sumo; the live daemon takes both from the configuration");
	if (w->config == NULL)
		return fail("give --config FILE, or --bridge ENDPOINT with --network FILE.net.xml, or --sumo FILE.sumocfg; see --help");
	g_autofree char *program = w->vision != NULL ? g_strdup(w->vision) : vision_program();
	struct service_options options = {.config = w->config, .vision = program};
	return service_run(&options, &error) ? 0 : fail(error->message);
}

/* False: end with *code. */
static bool understand(struct wishes *w, int argc, char **argv, int *code)
{
	gboolean version = FALSE, quiet = FALSE;
	const GOptionEntry entries[] = {
		{"config", 'c', 0, G_OPTION_ARG_FILENAME, &w->config, "the configuration", "FILE"},
		{"bridge", 'b', 0, G_OPTION_ARG_STRING, &w->bridge, "be the brain of a world that owns the clock, at this ZeroMQ endpoint", "ENDPOINT"},
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &w->network, "the network of --bridge, or of --sumo HOST:PORT", "FILE.net.xml"},
		{"vision", 0, 0, G_OPTION_ARG_FILENAME, &w->vision, "the camera workers' program", "PROGRAM"},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "warnings and errors only", NULL},
		{"version", 0, 0, G_OPTION_ARG_NONE, &version, "print the version", NULL},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;

	g_option_context_set_summary(context, "Runs a city's traffic lights from its cameras.\n\n"
		"  greenwaved --config greenwave.yaml\n  greenwaved --bridge ipc:///tmp/bridge --network city.net.xml\n"
		"  greenwaved --sumo city.sumocfg --method adaptive --seed 1");
	g_option_context_add_main_entries(context, entries, NULL);
	sumo_options_init(&w->sumo, context);
	sumo_options_more(&w->sumo, &argc, argv);
	bool good = g_option_context_parse(context, &argc, &argv, &error);
	if (good && argc > 1)
		g_set_error(&error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "\"%s\" is one word too many, see --help", argv[1]);
	if (error)
		*code = fail(error->message);
	else if (version)
		*code = printf("greenwaved %s\n", GREENWAVE_VERSION) < 0;
	else
		g_log_set_writer_func(on_log, quiet ? (gpointer) "quiet" : NULL, NULL);
	return error == NULL && !version;
}

int main(int argc, char **argv)
{
	struct wishes w = {0};
	int code = 1;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	gsl_set_error_handler_off();
	if (understand(&w, argc, argv, &code))
		code = serve(&w);
	g_free(w.bridge);
	g_free(w.network);
	g_free(w.config);
	g_free(w.vision);
	sumo_options_finish(&w.sumo);
	return code;
}
