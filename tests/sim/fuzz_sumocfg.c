/* fuzz_sumocfg.c - whatever bytes come, sumocfg_parse answers with a configuration or a sentence. Its corpus is run as a test. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/sumocfg.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc, (void) argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GError *error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(sumocfg) c = sumocfg_parse((const char *) data, size, "fuzz", notes, &error);
	if ((c == NULL) == (error == NULL) || (error && !g_str_has_prefix(error->message, "fuzz:")))
		g_error("neither a configuration nor a sentence that names the file");
	g_clear_error(&error);
	if (c && (!c->network || isinf(c->begin_s) || isinf(c->end_s) || (c->step_s <= 0)))
		g_error("a configuration that cannot be");
	return 0;
}
