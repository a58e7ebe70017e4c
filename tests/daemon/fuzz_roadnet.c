/* fuzz_roadnet.c - whatever bytes come, CityFlow's readers answer with a sentence or with what our own readers of SUMO's files take.
 *
 * The first byte picks the file: 'f' is a flow.json on the roads of tests/daemon/roadnet, anything else a roadnet.json.
 */
#include <stdint.h>
#include <string.h>

#include "core/netfile.h"
#include "core/netwrite.h"
#include "daemon/roadnet_flow.h"
#include "daemon/roadnet_net.h"
#include "sim/routes.h"

#define VEHICLES_MAX 20000 /* more are only slow */

static struct roadnet *roads;
static struct network *streets;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc, (void) argv;
	const char *source = g_getenv("G_TEST_SRCDIR");
	g_autofree char *path = g_build_filename(source ? source : ".", "tests", "daemon", "roadnet", "cross.roadnet.json", NULL);
	g_autoptr(GError) error = NULL;
	roads = roadnet_read(path, NULL, &error);
	g_assert_no_error(error);
	streets = roadnet_network(roads, "fuzz", 3, NULL, &error);
	g_assert_no_error(error);
	return 0;
}

/* A refusal always has its sentence, fit for a terminal, that names the file. */
static bool taken(bool ok, GError **error)
{
	g_assert_true(ok == (*error == NULL));
	if (*error) {
		g_assert_true(g_str_has_prefix((*error)->message, "fuzz:"));
		g_assert_true(g_utf8_validate((*error)->message, -1, NULL));
		for (const char *c = (*error)->message; *c; c++)
			g_assert_true((unsigned char) *c >= ' ');
		g_clear_error(error);
	}
	return ok;
}

static void try_roads(const char *text, size_t size)
{
	GError *error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(roadnet) r = roadnet_parse(text, size, "fuzz", notes, &error);
	if (!taken(r != NULL, &error))
		return;
	owned(network) net = roadnet_network(r, "fuzz", 3, notes, &error);
	if (!taken(net != NULL, &error))
		return;
	g_autofree char *written = netwrite(net, &error);
	g_assert_no_error(error);
	owned(network) again = netfile_parse(written, strlen(written), "fuzz", NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(again->n_links, ==, net->n_links);
}

static void try_flows(const char *text, size_t size)
{
	GError *error = NULL;
	owned(roadnet_flows) f = roadnet_flows_parse(text, size, "fuzz", roads, 1000, NULL, &error);
	if (!taken(f != NULL, &error))
		return;
	uint64_t n = 0;
	for (uint32_t i = 0; i < f->n_flows; i++)
		n += f->flows[i].n_vehicles;
	if (n > VEHICLES_MAX)
		return;
	g_autofree char *written = roadnet_flows_write(f, roads);
	owned(routes) again = routes_parse(written, strlen(written), "fuzz", streets, 1, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(again->n_departures, ==, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	if (size && text[0] == 'f')
		try_flows(text + 1, size - 1);
	else if (size)
		try_roads(text + 1, size - 1);
	return 0;
}
