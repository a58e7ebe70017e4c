/* fuzz_additions.c - whatever bytes come, additions_parse answers with additions or a sentence, and their detectors can count.
 *
 * Its corpus is run as a test.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/netfile.h"
#include "sim/detectors.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two roads that cross: FUZZ_NETWORK is the file's path, given by the build; and some traffic on them. */
static struct network *net;
static struct routes *demand;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc, (void) argv;
	static const char text[] = "<routes><flow id=\"a\" from=\"in\" to=\"out\" begin=\"0\" end=\"60\" period=\"3\" departSpeed=\"max\" departPos=\"500\"/>"
		"<flow id=\"b\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"60\" period=\"4\"/></routes>";
	GError *error = NULL;
	net = netfile_read(FUZZ_NETWORK, NULL, &error);
	demand = net ? routes_parse(text, strlen(text), "demand", net, 1, NULL, &error) : NULL;
	if (!demand)
		g_error("%s", error->message);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GError *error = NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(additions) a = additions_parse((const char *) data, size, "fuzz", net, notes, &error);
	if ((a == NULL) == (error == NULL) || (error && !g_str_has_prefix(error->message, "fuzz:")))
		g_error("neither additions nor a sentence that names the file");
	g_clear_error(&error);
	if (!a || a->n_detectors > 20)
		return 0;
	additions_in_force(a, net, 3600);
	owned(world) w = world_new(net, demand, NULL, NULL);
	owned(detectors) d = detectors_new(a, w);
	world_show(w, 0, "Gr", NULL);
	for (int k = 0; k < 40; k++) {
		world_step(w);
		detectors_step(d, w);
	}
	detectors_close(d, w);
	uint32_t n;
	const struct detector_row *rows = detectors_rows(d, &n);
	for (uint32_t k = 0; k < n; k++)
		if (a->detectors[rows[k].detector].kind == DETECTOR_AREA && rows[k].value[AREA_LEFT] > rows[k].value[AREA_SEEN])
			g_error("more left than were seen");
	return 0;
}
