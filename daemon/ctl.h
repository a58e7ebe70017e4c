/* ctl.h - what the subcommands of greenwavectl share: options, the connection, how failure is said.
 *
 * A command gets its own name as argv[0] and returns the exit code: 0 done, 1 it failed (one sentence on stderr), 2 it was
 * called wrongly.
 */
#pragma once

#include "daemon/bus.h"

enum { CTL_OK, CTL_FAILED, CTL_USAGE };

int ctl_feed(int argc, char **argv);   /* ctl_feed.c: the feed's tail */
int ctl_status(int argc, char **argv); /* ctl_status.c: a table of junctions and cameras */
int ctl_config(int argc, char **argv); /* ctl_config.c: config check, config keys */
int ctl_plan(int argc, char **argv);   /* ctl_plan.c: plan export */
int ctl_hold(int argc, char **argv);   /* ctl_call.c: ask greenwaved something */
int ctl_why(int argc, char **argv);
int ctl_corridor(int argc, char **argv); /* ctl_corridor.c: greens for an emergency vehicle */
int ctl_controller(int argc, char **argv); /* ctl_controller.c: what a cabinet is */
int ctl_camera(int argc, char **argv); /* ctl_camera.c: camera calibrate */
int ctl_keys(int argc, char **argv);   /* ctl_call.c: a new pair of CURVE keys */

/* Says it on stderr. Returns CTL_FAILED, or CTL_USAGE for a wrong option. */
int ctl_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);
int ctl_error(const GError *error);

/* Reads the options; what is left in argv are the arguments, `least` to `most` of them. False: the usage was told. */
bool ctl_options(int *argc, char ***argv, const GOptionEntry *entries, const char *arguments, const char *summary, int least, int most);

/* How to reach the feed. As options: --connect, --key, --server-key, --config. */
struct ctl_reach {
	char *connect, *key_file, *server_key, *config;
};
void ctl_reach_finish(struct ctl_reach *r);
#define CTL_REACH(r)                                                                                                                       \
	{"connect", 'c', 0, G_OPTION_ARG_STRING, &(r).connect, "Where it is (default tcp://127.0.0.1:5556)", "ENDPOINT"},                     \
	{"config", 0, 0, G_OPTION_ARG_FILENAME, &(r).config, "Take the address from greenwave.yaml", "FILE"},                                 \
	{"key", 0, 0, G_OPTION_ARG_FILENAME, &(r).key_file, "This side's secret CURVE key", "FILE"},                                          \
	{"server-key", 0, 0, G_OPTION_ARG_STRING, &(r).server_key, "The daemon's public CURVE key", "KEY"}

/* A SUB socket on the feed, nothing subscribed yet. */
struct bus_socket *ctl_subscribe(struct bus *b, const struct ctl_reach *r, GError **error);
