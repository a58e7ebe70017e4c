/* corpus_main.c - runs a fuzz target over its corpus as an ordinary test: each file of the folders given, each of its
 * beginnings, and each file with single bytes changed. A crash or a sanitizer's report is the failure.
 *
 * The same targets run under libFuzzer: clang -fsanitize=fuzzer,address,undefined, without this file.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_CUTS 600 /* of one file; longer ones are cut in strides */

/* From a copy of its own size, so that a read beyond the end is seen. */
static void run(const char *bytes, size_t size)
{
	g_autofree uint8_t *copy = g_malloc(MAX(size, 1));
	memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
}

static void run_file(const char *path)
{
	g_autofree char *bytes = NULL;
	gsize size;
	g_autoptr(GError) error = NULL;
	if (!g_file_get_contents(path, &bytes, &size, &error))
		g_error("%s", error->message);
	run(bytes, size);
	gsize stride = size / MOST_CUTS + 1;
	for (gsize cut = 0; cut < size; cut += stride) {
		run(bytes, cut);
		char was = bytes[cut];
		bytes[cut] = (char) (was ^ (1 << cut % 7));
		run(bytes, size);
		bytes[cut] = was;
	}
}

int main(int argc, char **argv)
{
	LLVMFuzzerInitialize(&argc, &argv);
	unsigned files = 0;
	for (int i = 1; i < argc; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GDir) dir = g_dir_open(argv[i], 0, &error);
		if (!dir)
			g_error("%s", error->message);
		for (const char *name; (name = g_dir_read_name(dir)); files++) {
			g_autofree char *path = g_build_filename(argv[i], name, NULL);
			run_file(path);
		}
	}
	g_print("%u files\n", files);
	return files == 0;
}
