/* sumo_child.c - see sumo_child.h. */
#include "daemon/sumo_child.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "daemon/child.h"

#define TRIES 3          /* somebody else may take the port that was free a moment ago */
#define AGAIN_US 20000   /* between two tries to connect */
#define DYING_S 3.0      /* a closed connection: SUMO is given so long to say why */
#define PATIENCE_S 120.0 /* of one step */
#define LAST_LINES 3

struct sumo_child {
	struct child *child;
	struct traci *connection;
	char *folder, *out, *log, *tripinfo;
	bool own_tripinfo;
};

static uint16_t free_port(GError **error)
{
	g_autoptr(GSocket) s = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
	g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0);

	if (s == NULL || !g_socket_bind(s, any, FALSE, error))
		return 0;
	g_autoptr(GSocketAddress) bound = g_socket_get_local_address(s, error);
	return bound ? g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound)) : 0;
}

static void add(GPtrArray *argv, const char *option, char *value)
{
	g_ptr_array_add(argv, g_strdup(option));
	g_ptr_array_add(argv, value);
}

static GPtrArray *arguments(const struct sumo_child *c, const struct sumo_launch *l, uint16_t port)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup(l->program));
	add(argv, "--configuration-file", g_strdup(l->scenario));
	add(argv, "--remote-port", g_strdup_printf("%u", port));
	add(argv, "--num-clients", g_strdup("1"));
	add(argv, "--xml-validation", g_strdup("never"));
	add(argv, "--no-step-log", g_strdup("true"));
	add(argv, "--duration-log.disable", g_strdup("true"));
	add(argv, "--time-to-teleport", g_strdup_printf("%g", l->teleport_s));
	add(argv, "--tripinfo-output", g_strdup(c->tripinfo));
	add(argv, "--tripinfo-output.write-unfinished", g_strdup("true"));
	if (l->seed >= 0)
		add(argv, "--seed", g_strdup_printf("%" G_GINT64_FORMAT, l->seed));
	if (!isnan(l->begin_s))
		add(argv, "--begin", g_strdup_printf("%.3f", l->begin_s));
	if (!isnan(l->end_s))
		add(argv, "--end", g_strdup_printf("%.3f", l->end_s));
	for (const char *const *word = l->more; word && *word; word++)
		g_ptr_array_add(argv, g_strdup(*word));
	g_ptr_array_add(argv, NULL);
	return argv;
}

/* Until it listens. A port that nobody has taken yet refuses at once. */
static bool connect_to(struct sumo_child *c, uint16_t port, double start_s, const volatile sig_atomic_t *stop, GError **error)
{
	const gint64 until_us = g_get_monotonic_time() + (gint64) (start_s * G_USEC_PER_SEC);

	while (child_running(c->child) && g_get_monotonic_time() < until_us && !(stop && *stop)) {
		c->connection = traci_open("127.0.0.1", port, PATIENCE_S, stop, NULL);
		if (c->connection)
			return true;
		g_usleep(AGAIN_US);
		while (g_main_context_iteration(NULL, FALSE))
			;
	}
	if (child_running(c->child))
		g_set_error(error, TRACI_ERROR, TRACI_ERROR_CONNECTION,
			stop && *stop ? "stopped while SUMO was starting" : "SUMO did not begin to listen within %g s", start_s);
	else
		g_set_error(error, TRACI_ERROR, TRACI_ERROR_CONNECTION, "SUMO did not start");
	return false;
}

static bool start(struct sumo_child *c, const struct sumo_launch *l, double start_s, const volatile sig_atomic_t *stop, GError **error)
{
	uint16_t port = free_port(error);

	if (port == 0)
		return false;
	g_autoptr(GPtrArray) argv = arguments(c, l, port);
	c->child = child_start((const char *const *) argv->pdata, c->out, c->log, NULL, NULL, error);
	return c->child && connect_to(c, port, start_s, stop, error);
}

/* SUMO's words when the port is taken. */
static bool port_was_taken(const struct sumo_child *c)
{
	g_autofree char *log = c->child ? child_log(c->child) : g_strdup("");

	return strstr(log, "Address already in use") != NULL;
}

struct sumo_child *sumo_child_new(const struct sumo_launch *l, double start_s, const volatile sig_atomic_t *stop, GError **error)
{
	owned(sumo_child) c = g_new0(struct sumo_child, 1);

	c->folder = g_dir_make_tmp("greenwave-sumo-XXXXXX", error);
	if (c->folder == NULL)
		return NULL;
	c->out = g_build_filename(c->folder, "out", NULL);
	c->log = g_build_filename(c->folder, "log", NULL);
	c->own_tripinfo = l->tripinfo == NULL;
	c->tripinfo = l->tripinfo ? g_strdup(l->tripinfo) : g_build_filename(c->folder, "tripinfo.xml", NULL);
	for (int k = 0; k < TRIES; k++) {
		g_autoptr(GError) why = NULL;
		if (start(c, l, start_s, stop, &why))
			return give(c);
		if (k + 1 == TRIES || !port_was_taken(c)) {
			g_propagate_error(error, g_steal_pointer(&why));
			if (c->child)
				sumo_child_explain(c, error);
			return NULL;
		}
		g_clear_pointer(&c->child, child_free);
	}
	return NULL;
}

void sumo_child_free(struct sumo_child *c)
{
	if (c == NULL)
		return;
	traci_free(c->connection);
	child_free(c->child);
	const char *files[] = {c->out, c->log, c->own_tripinfo ? c->tripinfo : NULL};
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		if (files[i])
			g_unlink(files[i]);
	if (c->folder)
		g_rmdir(c->folder);
	g_free(c->folder);
	g_free(c->out);
	g_free(c->log);
	g_free(c->tripinfo);
	g_free(c);
}

struct traci *sumo_child_connection(struct sumo_child *c)
{
	return give(c->connection);
}

static gboolean on_over(gpointer user)
{
	*(bool *) user = true;
	return G_SOURCE_CONTINUE;
}

bool sumo_child_wait(struct sumo_child *c, double wait_s)
{
	bool over = false;
	guint timer = g_timeout_add((guint) (1000 * wait_s), on_over, &over);

	while (child_running(c->child) && !over)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	return child_good(c->child);
}

void sumo_child_explain(struct sumo_child *c, GError **error)
{
	sumo_child_wait(c, DYING_S);
	g_autofree char *end = child_end(c->child), *last = child_last_lines(c->child, LAST_LINES);
	g_autofree char *says = traci_printable((struct traci_text){last, (uint32_t) strlen(last)});
	g_autofree char *what =
		g_strdup_printf("%s; %s %s%s%s", error && *error ? (*error)->message : "", child_name(c->child), end, *says ? ": " : "", says);

	if (error && *error) {
		g_free((*error)->message);
		(*error)->message = g_steal_pointer(&what);
	}
}

const char *sumo_child_tripinfo(const struct sumo_child *c)
{
	return c->tripinfo;
}
