/* fuzz_net.h - the network that fuzzed messages are about, read before the first of them. */
#pragma once

#include "core/netfile.h"

static struct network *net;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	const char *source = g_getenv("G_TEST_SRCDIR");
	g_autofree char *path = g_build_filename(source ? source : ".", "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	return 0;
}
