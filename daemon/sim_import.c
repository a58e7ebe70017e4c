/* sim_import.c - greenwave-sim import: CityFlow's roadnet.json and flow.json as a SUMO network and demand. */
#include <math.h>
#include <stdio.h>

#include "core/netwrite.h"
#include "daemon/roadnet_flow.h"
#include "daemon/roadnet_net.h"
#include "daemon/sim_commands.h"

#define END_MAX_S 1e7

struct import {
	char **files, *prefix; /* owned */
	double amber_s, end_s;
};

static bool save(const char *prefix, const char *suffix, const char *text, GError **error)
{
	g_autofree char *path = g_strconcat(prefix, suffix, NULL);
	return g_file_set_contents(path, text, -1, error);
}

static bool convert(const struct import *o, GPtrArray *notes, GError **error)
{
	owned(roadnet) r = roadnet_read(o->files[0], notes, error);
	owned(network) net = r ? roadnet_network(r, o->files[0], o->amber_s, notes, error) : NULL;
	owned(roadnet_flows) flows = net ? roadnet_flows_read(o->files[1], r, o->end_s, notes, error) : NULL;
	if (!flows)
		return false;
	g_autofree char *net_text = netwrite(net, error);
	if (!net_text || !save(o->prefix, ".net.xml", net_text, error))
		return false;
	g_autofree char *demand_text = roadnet_flows_write(flows, r);
	if (!save(o->prefix, ".rou.xml", demand_text, error))
		return false;
	uint64_t n_vehicles = 0;
	for (uint32_t i = 0; i < flows->n_flows; i++)
		n_vehicles += flows->flows[i].n_vehicles;
	printf("%s.net.xml: %u roads, %u intersections, %u with lights\n", o->prefix, r->n_roads, r->n_nodes, net->n_signals);
	printf("%s.rou.xml: %u flows, %" G_GUINT64_FORMAT " vehicles\n", o->prefix, flows->n_flows, n_vehicles);
	if (net->n_signals && o->amber_s > 0)
		printf("CityFlow's phases have no amber: each that ends a green begins with %g s of it (--amber)\n", o->amber_s);
	return true;
}

static const char *wrong_options(const struct import *o)
{
	if (!o->files || g_strv_length(o->files) != 2)
		return "needs ROADNET.json and FLOW.json";
	if (!o->prefix || !*o->prefix)
		return "needs --output PREFIX";
	if (!(o->amber_s == 0 || (o->amber_s >= 2 && o->amber_s <= 10)))
		return "--amber must be 0 or 2 to 10 s";
	return o->end_s >= 0 && o->end_s <= END_MAX_S ? NULL : "--end must be 0 to 1e7 s";
}

int sim_import(int argc, char **argv)
{
	struct import o = {.amber_s = ROADNET_AMBER_S, .end_s = 3600};
	const GOptionEntry entries[] = {
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.prefix, "writes PREFIX.net.xml and PREFIX.rou.xml", "PREFIX"},
		{"amber", 0, 0, G_OPTION_ARG_DOUBLE, &o.amber_s, "amber at the beginning of phases that end a green, s; 0 for none (default 3)", "S"},
		{"end", 'e', 0, G_OPTION_ARG_DOUBLE, &o.end_s, "flows without an end go on until then, s (default 3600)", "S"},
		{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.files, NULL, "ROADNET.json FLOW.json"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	int code = 2;
	g_option_context_set_summary(context, "Makes SUMO files of CityFlow's.");
	g_option_context_add_main_entries(context, entries, NULL);
	const char *wrong = g_option_context_parse(context, &argc, &argv, &error) ? wrong_options(&o) : error->message;
	if (wrong) {
		fprintf(stderr, "greenwave-sim import: %s\n", wrong);
	} else {
		code = convert(&o, notes, &error) ? 0 : 1;
		for (guint i = 0; i < notes->len; i++)
			fprintf(stderr, "greenwave-sim: note: %s\n", (const char *) notes->pdata[i]);
		if (error)
			fprintf(stderr, "greenwave-sim import: %s\n", error->message);
	}
	g_strfreev(o.files);
	g_free(o.prefix);
	return code;
}
