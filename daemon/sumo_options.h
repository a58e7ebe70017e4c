/* sumo_options.h - the command line of greenwaved --sumo. */
#pragma once

#include "daemon/sumo.h"

/* Everything unset; its options are added to the context, which must not outlive it. */
void sumo_options_init(struct sumo_options *o, GOptionContext *context);
void sumo_options_finish(struct sumo_options *o);

/* All words behind "--" are for SUMO and are taken off the command line; before the context parses it. */
void sumo_options_more(struct sumo_options *o, int *argc, char **argv);
