/* fuzz_config.c - whatever stands in greenwave.yaml, it is refused with one sentence or is complete. */
#include <string.h>

#include "daemon/config.h"
#include "daemon/config_table.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL, why = NULL;
	owned(config) c = config_parse((const char *) data, size, "fuzz.yaml", &error);
	g_assert_true((c == NULL) == (error != NULL));
	for (const char *at = error ? error->message : ""; *at; at++)
		g_assert_true((unsigned char) *at >= ' ');
	if (c) {
		g_assert_nonnull(c->network);
		g_assert_true(c->control.stale_s >= 1 && c->control.stale_s <= 60);
		for (uint32_t i = 0; i < c->n_cameras; i++)
			g_assert_true(c->cameras[i].uri && c->cameras[i].n_points >= 4 && c->cameras[i].n_lanes >= 1);
		for (uint32_t i = 0; i < c->n_controllers; i++)
			g_assert_nonnull(c->controllers[i].driver);
	}
	g_autoptr(GHashTable) pairs = config_pairs((const char *) data, size, "fuzz.secrets", &why);
	g_assert_true((pairs == NULL) == (why != NULL));
	return 0;
}
