/* fuzz_routes.c - whatever bytes come, routes_parse answers with routes or a sentence, and a world can drive what it read.
 *
 * Its corpus is run as a test.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/netfile.h"
#include "sim/world.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two roads that cross, without a signal: FUZZ_NETWORK is the file's path, given by the build. */
static struct network *net;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc, (void) argv;
	GError *error = NULL;
	net = netfile_read(FUZZ_NETWORK, NULL, &error);
	if (!net)
		g_error("%s", error->message);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GError *error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(routes) r = routes_parse((const char *) data, size, "fuzz", net, 1, notes, &error);
	if ((r == NULL) == (error == NULL) || (error && !g_str_has_prefix(error->message, "fuzz:")))
		g_error("neither routes nor a sentence that names the file");
	g_clear_error(&error);
	if (!r || r->n_departures > 1000)
		return 0;
	owned(world) w = world_new(net, r, NULL, &error);
	world_show(w, 0, "rG", NULL);
	for (int k = 0; k < 20; k++)
		world_step(w);
	if (world_counts(w).overlaps)
		g_error("vehicles overlap");
	return 0;
}
