/* ctl_call.h - one question to a running greenwaved on its control socket, for the subcommands that ask one. */
#pragma once

#include "daemon/ctl.h"
#include "daemon/wire.h"

struct ctl_where {
	char *control, *config; /* owned; ctl_call frees them */
};
#define CTL_WHERE(w)                                                                                                                       \
	{"control", 'c', 0, G_OPTION_ARG_STRING, &(w).control, "The daemon's control socket (default ipc://control)", "ENDPOINT"},            \
	{"config", 0, 0, G_OPTION_ARG_FILENAME, &(w).config, "Take the address from greenwave.yaml", "FILE"}

/* Asks and prints the answer; the exit code. */
int ctl_call(struct ctl_where *w, const struct wire_call *request);
