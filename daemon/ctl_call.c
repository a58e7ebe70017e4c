/* ctl_call.c - asks a running greenwaved for something on its control socket, and makes keys. */
#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/ctl_call.h"

#define PATIENCE_S 3.0

/* The daemon's answer as it is, or NULL. */
static char *ask(const struct ctl_where *w, const struct wire_call *request, GError **error)
{
	owned(config) config = w->config ? config_read(w->config, error) : config_default();
	if (!config)
		return NULL;
	owned(bus) bus = bus_new();
	struct bus_options o = {.kind = BUS_REQ, .endpoint = w->control ? w->control : config->feed.control};
	owned(bus_socket) socket = bus_open(bus, &o, error);
	if (!socket)
		return NULL;
	g_autofree char *text = wire_call_write(WIRE_OPERATOR, request, NULL);
	return bus_ask(socket, text, PATIENCE_S, error);
}

int ctl_call(struct ctl_where *w, const struct wire_call *request)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = ask(w, request, &error);
	g_free(w->control);
	g_free(w->config);
	if (!text)
		return ctl_error(error);
	owned(wire_call) reply = wire_call_read(WIRE_OPERATOR, text, strlen(text), NULL, &error);
	if (!reply)
		return ctl_fail("the answer cannot be read: %s", error->message);
	if (reply->kind == WIRE_CALL_ERROR)
		return ctl_fail("%s", reply->text);
	if (reply->kind != WIRE_CALL_DONE)
		return ctl_fail("the answer is a \"%s\"", wire_kind_name(reply->kind));
	if (*reply->text)
		printf("%s\n", reply->text);
	return CTL_OK;
}

int ctl_hold(int argc, char **argv)
{
	struct ctl_where w = {NULL, NULL};
	double for_s = 0;
	const GOptionEntry entries[] = {CTL_WHERE(w),
		{"for", 'f', 0, G_OPTION_ARG_DOUBLE, &for_s, "Then it ends by itself, 1 to 3600 s", "SECONDS"}, G_OPTION_ENTRY_NULL};
	if (!ctl_options(&argc, &argv, entries, "SIGNAL STAGE --for SECONDS | SIGNAL release",
			"Holds a stage whatever the optimizer says. The guard stays in force: minimum greens, ambers and the\nmaximum red are kept.", 2, 2))
		return CTL_USAGE;
	bool release = strcmp(argv[2], "release") == 0;
	owned(wire_call) request = wire_call_new(release ? WIRE_CALL_RELEASE : WIRE_CALL_HOLD);
	if (strlen(argv[1]) >= sizeof(request->signal) || (!release && strlen(argv[2]) >= sizeof(request->stage)))
		return ctl_fail("no signal or stage has so long a name");
	if (!release && !(for_s >= 1 && for_s <= 3600)) {
		ctl_fail("--for is %g s, must be from 1 to 3600 s", for_s);
		return CTL_USAGE;
	}
	g_strlcpy(request->signal, argv[1], sizeof(request->signal));
	if (!release) {
		g_strlcpy(request->stage, argv[2], sizeof(request->stage));
		request->for_s = for_s;
	}
	return ctl_call(&w, request);
}

int ctl_why(int argc, char **argv)
{
	struct ctl_where w = {NULL, NULL};
	const GOptionEntry entries[] = {CTL_WHERE(w), G_OPTION_ENTRY_NULL};
	if (!ctl_options(&argc, &argv, entries, "SIGNAL", "Says what a signal shows, what was asked for and what holds it up.", 1, 1))
		return CTL_USAGE;
	owned(wire_call) request = wire_call_new(WIRE_CALL_WHY);
	if (strlen(argv[1]) >= sizeof(request->signal))
		return ctl_fail("no signal has so long a name");
	g_strlcpy(request->signal, argv[1], sizeof(request->signal));
	return ctl_call(&w, request);
}

int ctl_keys(int argc, char **argv)
{
	if (!ctl_options(&argc, &argv, NULL, "FILE",
			"Writes a new secret key into FILE (mode 0600, must not be there yet) and prints the public one, which the\nother side lists.", 1, 1))
		return CTL_USAGE;
	g_autoptr(GError) error = NULL;
	struct bus_keys keys = {"", "", ""};
	if (!bus_keys_make(&keys, argv[1], &error))
		return ctl_error(error);
	printf("%s\n", keys.public);
	return CTL_OK;
}
