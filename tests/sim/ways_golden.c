/* ways_golden.c - the fastest ways of real trips are those that SUMO finds: arguments are a network, its demand, and the sum of the FNV-1a
 * hashes of SUMO's routes (distinct ones, edges with spaces between). Skipped where the files are not at hand.
 *
 * SUMO 1.15: sumo -c X.sumocfg --no-step-log --vehroute-output F --vehroute-output.write-unfinished true
 */
#include <stdio.h>

#include "core/netfile.h"
#include "sim/routes.h"

#define SKIPPED 77

static uint64_t fnv(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		h = (h ^ (uint8_t) *text) * UINT64_C(0x100000001b3);
	return h;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		g_error("usage: ways_golden NETWORK DEMAND HASH");
	if (!g_file_test(argv[1], G_FILE_TEST_EXISTS) || !g_file_test(argv[2], G_FILE_TEST_EXISTS)) {
		puts("these files are not here");
		return SKIPPED;
	}
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(argv[1], NULL, &error);
	owned(routes) routes = net ? routes_read(argv[2], net, 1, NULL, &error) : NULL;
	if (!routes)
		g_error("%s", error->message);
	uint64_t sum = 0;
	for (uint32_t r = 0; r < routes->n_routes; r++) { /* the reader keeps each only once */
		g_autoptr(GString) line = g_string_new(NULL);
		for (uint32_t k = 0; k < routes->routes[r].n_edges; k++)
			g_string_append_printf(line, "%s%s", k ? " " : "", net->edges[routes->routes[r].edges[k]].id);
		sum += fnv(line->str);
	}
	printf("%u routes, %016" G_GINT64_MODIFIER "x\n", routes->n_routes, sum);
	return sum != g_ascii_strtoull(argv[3], NULL, 16);
}
