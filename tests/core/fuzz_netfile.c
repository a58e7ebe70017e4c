/* fuzz_netfile.c - whatever bytes come, netfile_parse answers with a network or a sentence, and so does everything behind it.
 *
 * A junction, its plan and a guard are made of what it reads, since they trust it. Its corpus is run as a test.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/guard.h"
#include "core/netfile.h"
#include "core/plan.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc, (void) argv;
	return 0;
}

static void use_signal(const struct network *net, uint32_t signal)
{
	owned(junction) j = junction_new(net, signal, NULL, NULL);
	if (!j)
		return;
	owned(plan) plan = plan_from_program(j, &net->signals[signal].programs[0], NULL);
	owned(guard) guard = guard_new(j, 0);
	if (plan)
		plan_check(plan, j, NULL);
	for (int t = 0; t < 100; t++)
		guard_next(guard, plan ? plan_stage(plan, t, NULL) : 0, t, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GError *error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(network) net = netfile_parse((const char *) data, size, "fuzz", notes, &error);
	if ((net == NULL) == (error == NULL) || (error && !g_str_has_prefix(error->message, "fuzz:")))
		g_error("neither a network nor a sentence that names the file");
	g_clear_error(&error);
	for (uint32_t i = 0; net && i < net->n_lanes; i++) {
		network_point(&net->lanes[i], net->lanes[i].length_m / 2, NULL);
		network_upstream(net, i);
	}
	for (uint32_t i = 0; net && i < net->n_signals && i < 4; i++)
		use_signal(net, i);
	return 0;
}
