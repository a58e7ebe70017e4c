/* sim_main.c - greenwave-sim: the table of its subcommands, one row each. */
#include <glib.h>
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sim_commands.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"run", sim_run, "drive a network's traffic under its own programs or a method, and print the score"},
	{"compare", sim_compare, "several plans or methods on the same traffic, pair by pair, with confidence intervals"},
	{"sweep", sim_sweep, "one parameter over a range (demand, cycle, offset, view), with confidence intervals"},
	{"bridge", sim_bridge, "our world under somebody's brain, in lockstep (also: greenwave-sim --bridge ENDPOINT ...)"},
	{"cameras", sim_cameras, "the simulated cameras as the `cameras:` section of greenwave.yaml"},
	{"film", sim_film, "one camera as an H.264 file, and the truth beside it"},
	{"import", sim_import, "a SUMO network and demand out of CityFlow's roadnet.json and flow.json"},
	{"optimize", sim_optimize, "fixed plans for a whole network from its traffic: cycle, splits, offsets, stage order"},
	{"play", sim_play, "a town in real time: its cameras over RTSP, its cabinets to be commanded, its truth on a feed"},
	{NULL, NULL, NULL},
};

static void usage(FILE *to)
{
	fprintf(to, "usage: greenwave-sim COMMAND [OPTION...]\n\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-9s %s\n", c->name, c->what);
	fprintf(to, "\n`greenwave-sim COMMAND --help` lists a command's options.\n");
}

int main(int argc, char **argv)
{
	gsl_set_error_handler_off();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		printf("greenwave-sim %s\n", GREENWAVE_VERSION);
		return 0;
	}
	if (argc > 1 && g_str_has_prefix(argv[1], "--bridge"))
		return sim_bridge(argc, argv);
	for (const struct command *c = commands; argc > 1 && c->name; c++)
		if (!strcmp(argv[1], c->name))
			return c->run(argc - 1, argv + 1);
	if (argc > 1)
		fprintf(stderr, "greenwave-sim: there is no command \"%s\"\n", argv[1]);
	usage(stderr);
	return 2;
}
