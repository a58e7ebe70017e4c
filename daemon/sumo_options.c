/* sumo_options.c - see sumo_options.h. */
#include "daemon/sumo_options.h"

#include <string.h>

#include "core/units.h"

void sumo_options_init(struct sumo_options *o, GOptionContext *context)
{
	const GOptionEntry entries[] = {
		{"sumo", 0, 0, G_OPTION_ARG_FILENAME, &o->target, "run a SUMO scenario, or the SUMO that listens there", "FILE.sumocfg|HOST:PORT"},
		{"method", 0, 0, G_OPTION_ARG_STRING, &o->method,
			"who decides, instead of control.method (with --bridge too); native: SUMO's own programs, we only watch", "NAME"},
		{"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "of SUMO's chances", "N"},
		{"begin", 0, 0, G_OPTION_ARG_DOUBLE, &o->begin_s, "instead of the scenario's", "S"},
		{"end", 0, 0, G_OPTION_ARG_DOUBLE, &o->end_s, "instead of the scenario's", "S"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &o->view_m, "how far up the road cameras see, instead of the configuration's", "M"},
		{"dead", 0, 0, G_OPTION_ARG_DOUBLE, &o->faults.dead_frac, "share of the approaches without a camera, 0", "FRAC"},
		{"noise", 0, 0, G_OPTION_ARG_DOUBLE, &o->faults.noise_frac, "share of the vehicles that are overlooked or seen twice, 0", "FRAC"},
		{"late", 0, 0, G_OPTION_ARG_DOUBLE, &o->faults.late_s, "so late the pictures come, 0", "S"},
		{"tripinfo", 0, 0, G_OPTION_ARG_FILENAME, &o->tripinfo, "keep SUMO's trips", "FILE"},
		{"time-to-teleport", 0, 0, G_OPTION_ARG_DOUBLE, &o->teleport_s, "SUMO moves away who stands for so long; -1, the default: nobody",
			"S"},
		{"sumo-program", 0, 0, G_OPTION_ARG_FILENAME, &o->program, "instead of sumo, such as sumo-gui", "PROGRAM"},
		{"order", 0, 0, G_OPTION_ARG_INT, &o->order, "our turn among several clients of one SUMO, 1", "N"},
		{0},
	};

	*o = (struct sumo_options){.begin_s = UNKNOWN, .end_s = UNKNOWN, .view_m = UNKNOWN, .seed = -1, .teleport_s = -1, .order = 1};
	GOptionGroup *group =
		g_option_group_new("sumo", "SUMO as the world (further arguments for it behind --):", "Show the options for SUMO", NULL, NULL);
	g_option_group_add_entries(group, entries);
	g_option_context_add_group(context, group);
}

void sumo_options_finish(struct sumo_options *o)
{
	g_free(o->target);
	g_free(o->network);
	g_free(o->config);
	g_free(o->method);
	g_free(o->tripinfo);
	g_free(o->program);
	g_strfreev(o->more);
}

void sumo_options_more(struct sumo_options *o, int *argc, char **argv)
{
	for (int k = 1; k < *argc; k++) {
		if (strcmp(argv[k], "--") != 0)
			continue;
		o->more = g_strdupv(argv + k + 1);
		argv[k] = NULL;
		*argc = k;
	}
}
