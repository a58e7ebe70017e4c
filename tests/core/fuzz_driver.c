/* fuzz_driver.c - runs a fuzz target once over each file of the folders it is given: a corpus as a normal test. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	int files = 0;
	for (int i = 1; i < argc; i++) {
		g_autoptr(GDir) folder = g_dir_open(argv[i], 0, NULL);
		for (const char *name; folder && (name = g_dir_read_name(folder));) {
			g_autofree char *path = g_build_filename(argv[i], name, NULL), *text = NULL;
			gsize length;
			if (!g_file_get_contents(path, &text, &length, NULL))
				continue;
			LLVMFuzzerTestOneInput((const uint8_t *) text, length);
			files++;
		}
	}
	printf("%d files\n", files);
	return files ? 0 : 1;
}
