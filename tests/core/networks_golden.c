/* networks_golden.c - what we read out of networks of many kinds is what SUMO's own library reads out of them: networks.tsv.
 *
 * Arguments: the table and the networks. Those that are not there (real ones, at hand for development only) are left out; with none
 * there the test is skipped. --list prints the links, to be laid beside sumolib's.
 */
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"

#define SKIPPED 77

struct facts {
	uint32_t edges, lanes, car_lanes, links, rows, foes, responses, signals, programs, phases, letters;
	double length_m;
	uint64_t links_hash;
};

static uint64_t fnv(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		h = (h ^ (uint8_t) *text) * UINT64_C(0x100000001b3);
	return h;
}

static char *number(uint32_t n, const char *none)
{
	return n == NET_NONE ? g_strdup(none) : g_strdup_printf("%u", n);
}

static char *link_line(const struct network *net, const struct net_link *link)
{
	g_autofree char *row = number(link->request, "-"), *letter = number(link->signal_link, "-1");
	return g_strdup_printf("%s %s %s %s %s %s %c %c", net->lanes[link->from_lane].id, net->lanes[link->to_lane].id,
		link->via == NET_NONE ? "-" : net->lanes[link->via].id, row, link->signal == NET_NONE ? "-" : net->signals[link->signal].id, letter,
		link->dir, link->state);
}

static void add_street(const struct network *net, const struct net_edge *edge, bool list, struct facts *f)
{
	f->edges++;
	for (uint32_t l = edge->first_lane; l < edge->first_lane + edge->n_lanes; l++) {
		const struct net_lane *lane = &net->lanes[l];
		f->lanes++;
		f->car_lanes += (lane->allow & NET_PASSENGER) != 0;
		f->length_m += lane->length_m;
		for (uint32_t k = 0; k < lane->n_links; k++) {
			const struct net_link *link = &net->links[lane->first_link + k];
			if (net->edges[net->lanes[link->to_lane].edge].function != NET_NORMAL)
				continue;
			g_autofree char *line = link_line(net, link);
			if (list)
				puts(line);
			f->links++;
			f->links_hash += fnv(line);
		}
	}
}

static struct facts facts_of(const struct network *net, bool list)
{
	struct facts f = {.signals = net->n_signals};
	for (uint32_t e = 0; e < net->n_edges; e++)
		if (net->edges[e].function == NET_NORMAL)
			add_street(net, &net->edges[e], list, &f);
	for (uint32_t n = 0; n < net->n_nodes; n++) {
		const struct net_node *node = &net->nodes[n];
		f.rows += node->n_requests;
		for (uint32_t i = 0; i < node->n_requests; i++)
			for (uint32_t k = 0; k < node->n_requests; k++) {
				f.foes += network_foes(node, i, k);
				f.responses += network_yields(node, i, k);
			}
	}
	for (uint32_t s = 0; s < net->n_signals; s++) {
		f.programs += net->signals[s].n_programs;
		for (uint32_t p = 0; p < net->signals[s].n_programs; p++) {
			f.phases += net->signals[s].programs[p].n_phases;
			f.letters += net->signals[s].n_links;
		}
	}
	return f;
}

static bool check(const char *row, const struct facts *f, const char *name)
{
	g_autofree char *ours = g_strdup_printf("%s\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%.2f\t%016" G_GINT64_MODIFIER "x", name, f->edges,
		f->lanes, f->car_lanes, f->links, f->rows, f->foes, f->responses, f->signals, f->programs, f->phases, f->letters, f->length_m, f->links_hash);
	if (strcmp(row, ours) == 0)
		return true;
	fprintf(stderr, "sumolib: %s\nours:    %s\n", row, ours);
	return false;
}

/* The table's row of a network; NULL: none. */
static const char *row_of(char **rows, const char *name)
{
	for (; *rows; rows++)
		if (g_str_has_prefix(*rows, name) && (*rows)[strlen(name)] == '\t')
			return *rows;
	return NULL;
}

int main(int argc, char **argv)
{
	bool list = argc > 1 && !strcmp(argv[1], "--list");
	g_autofree char *table = NULL;
	g_autoptr(GError) error = NULL;
	if (argc < 3 || (!list && !g_file_get_contents(argv[1], &table, NULL, &error)))
		g_error("usage: networks_golden TABLE|--list NETWORK...: %s", error ? error->message : "");
	g_auto(GStrv) rows = g_strsplit(table ? table : "", "\n", -1);
	int checked = 0, bad = 0;
	for (int i = 2; i < argc; i++) {
		if (!g_file_test(argv[i], G_FILE_TEST_EXISTS))
			continue;
		owned(network) net = netfile_read(argv[i], NULL, &error);
		if (!net)
			g_error("%s", error->message);
		struct facts f = facts_of(net, list);
		g_autofree char *name = g_path_get_basename(argv[i]);
		if (g_str_has_suffix(name, ".gz"))
			name[strlen(name) - 3] = 0;
		const char *row = list ? NULL : row_of(rows, name);
		if (!row && !list)
			g_error("the table has no network '%s'", name);
		bad += row && !check(row, &f, name);
		checked++;
	}
	if (checked == 0)
		puts("none of these networks is here");
	return checked == 0 ? SKIPPED : bad > 0;
}
