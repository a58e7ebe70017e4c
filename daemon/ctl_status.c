/* ctl_status.c - greenwavectl status: what the feed says of junctions, cameras and alerts, as a table, once or again and again. */
#include <glib-unix.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl.h"
#include "daemon/wire.h"

#define LISTEN_S 2.5 /* everything is published once a second */

struct board {
	GMainLoop *loop;
	bool watch, redraw;
	const char *from;
	uint64_t garbage;
	GHashTable *signals;  /* id -> struct wire_signal */
	GHashTable *plans;    /* id -> struct wire_plan */
	GHashTable *cameras;  /* id -> struct wire_camera */
	GHashTable *alerts;   /* topic -> struct wire_alert, active ones */
	GHashTable *programs; /* name -> its line */
};

static void keep(GHashTable *table, const char *key, const void *value, size_t size)
{
	g_hash_table_replace(table, g_strdup(key), g_memdup2(value, size));
}

static bool take_health(struct board *b, const char *body, size_t length)
{
	owned(wire_health) h = wire_health_read(body, length, NULL);
	if (!h)
		return false;
	for (uint32_t i = 0; i < h->n_cameras; i++)
		keep(b->cameras, h->cameras[i].id, &h->cameras[i], sizeof(h->cameras[i]));
	g_autofree char *line = g_strdup_printf("%s, up %.0f s, cpu %.0f%%, %.0f MB", h->version, h->up_s, h->cpu_frac * 100, h->memory_mb);
	keep(b->programs, h->program, line, strlen(line) + 1);
	return true;
}

static bool take_alert(struct board *b, const char *topic, const char *body, size_t length)
{
	struct wire_alert a;
	if (!wire_alert_read(body, length, &a, NULL))
		return false;
	if (a.active)
		keep(b->alerts, topic, &a, sizeof(a));
	else
		g_hash_table_remove(b->alerts, topic);
	return true;
}

static char *on_message(void *user, const char *topic, const char *body, size_t length)
{
	struct board *b = user;
	struct wire_signal s;
	struct wire_plan p;
	bool ok = true;
	if (g_str_has_prefix(topic, "signal/")) {
		ok = wire_signal_read(body, length, &s, NULL);
		if (ok)
			keep(b->signals, s.junction, &s, sizeof(s));
	} else if (g_str_has_prefix(topic, "plan/")) {
		ok = wire_plan_read(body, length, &p, NULL);
		if (ok)
			keep(b->plans, p.junction, &p, sizeof(p));
	} else if (g_str_has_prefix(topic, "health/"))
		ok = take_health(b, body, length);
	else if (g_str_has_prefix(topic, "alert/"))
		ok = take_alert(b, topic, body, length);
	b->garbage += !ok;
	return NULL;
}

static char *number(double value, const char *unit)
{
	return isnan(value) ? g_strdup("-") : g_strdup_printf("%.1f%s", value, unit);
}

static GList *sorted(GHashTable *table)
{
	return g_list_sort(g_hash_table_get_keys(table), (GCompareFunc) strcmp);
}

static void draw_signal(struct board *b, const char *id)
{
	const struct wire_signal *s = g_hash_table_lookup(b->signals, id);
	const struct wire_plan *p = g_hash_table_lookup(b->plans, id);
	g_autofree char *queue = number(s->queue_veh, "");
	g_autofree char *age = number(s->estimate_age_s, " s");
	g_autofree char *since = number(s->since_us ? us_to_s(s->head.t_us - s->since_us) : UNKNOWN, " s");
	printf("%-12s %-9s %-6s %-6s %9s %9s %9s  %s", id, wire_mode_name(s->mode), *s->stage ? s->stage : "-", *s->asked ? s->asked : "-", since, queue,
		age, s->state);
	if (*s->held_by)
		printf("  held by %s", s->held_by);
	if (p && *p->why)
		printf("  %s", p->why);
	putchar('\n');
}

static void draw_camera(struct board *b, const char *id)
{
	const struct wire_camera *c = g_hash_table_lookup(b->cameras, id);
	g_autofree char *lag = number(c->health.lag_s * 1000, " ms");
	printf("%-20s %-10s %6.1f %9s %8" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT "  %s\n", id, wire_camera_state(c->health.state), c->health.fps, lag,
		c->health.dropped, c->health.reconnects, c->health.why);
}

static void draw(struct board *b)
{
	g_autoptr(GList) signals = sorted(b->signals), cameras = sorted(b->cameras), alerts = sorted(b->alerts), programs = sorted(b->programs);
	if (b->redraw)
		printf("\033[H\033[2J");
	printf("%-12s %-9s %-6s %-6s %9s %9s %9s  %s\n", "JUNCTION", "MODE", "STAGE", "ASKED", "SINCE", "QUEUE veh", "ESTIMATE", "SHOWS");
	for (GList *l = signals; l; l = l->next)
		draw_signal(b, l->data);
	if (cameras)
		printf("\n%-20s %-10s %6s %9s %8s %8s\n", "CAMERA", "STATE", "FPS", "LAG", "DROPPED", "AGAIN");
	for (GList *l = cameras; l; l = l->next)
		draw_camera(b, l->data);
	if (programs)
		putchar('\n');
	for (GList *l = programs; l; l = l->next)
		printf("%s %s\n", (char *) l->data, (char *) g_hash_table_lookup(b->programs, l->data));
	for (GList *l = alerts; l; l = l->next) {
		const struct wire_alert *a = g_hash_table_lookup(b->alerts, l->data);
		printf("%s %s: %s\n", wire_severity_name(a->severity), a->where, a->text);
	}
	if (b->garbage)
		printf("%" G_GUINT64_FORMAT " messages could not be read\n", b->garbage);
	fflush(stdout);
}

static bool heard(const struct board *b)
{
	return g_hash_table_size(b->signals) + g_hash_table_size(b->programs) + g_hash_table_size(b->cameras) > 0;
}

static gboolean on_time(gpointer user)
{
	struct board *b = user;
	if (b->watch && heard(b))
		draw(b);
	else if (!b->watch)
		g_main_loop_quit(b->loop);
	return G_SOURCE_CONTINUE;
}

static gboolean on_end(gpointer user)
{
	g_main_loop_quit(((struct board *) user)->loop);
	return G_SOURCE_CONTINUE;
}

static void listen_to(struct board *b, struct bus_socket *socket)
{
	static const char *const topics[] = {"signal/", "plan/", "health/", "alert/"};
	for (size_t i = 0; i < G_N_ELEMENTS(topics); i++)
		bus_subscribe(socket, topics[i]);
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	b->loop = loop;
	bus_watch(socket, on_message, b);
	guint sources[] = {g_timeout_add(b->watch ? 1000 : (guint) (LISTEN_S * 1000), on_time, b), g_unix_signal_add(SIGINT, on_end, b),
		g_unix_signal_add(SIGTERM, on_end, b)};
	g_main_loop_run(loop);
	for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
		g_source_remove(sources[i]);
}

int ctl_status(int argc, char **argv)
{
	struct ctl_reach reach = {NULL, NULL, NULL, NULL};
	gboolean watch = FALSE;
	const GOptionEntry entries[] = {CTL_REACH(reach), {"watch", 'w', 0, G_OPTION_ARG_NONE, &watch, "Again every second", NULL}, G_OPTION_ENTRY_NULL};
	if (!ctl_options(&argc, &argv, entries, "", "Listens to the feed for a moment and shows how things stand.", 0, 0))
		return CTL_USAGE;
	g_autoptr(GError) error = NULL;
	owned(bus) bus = bus_new();
	owned(bus_socket) socket = ctl_subscribe(bus, &reach, &error);
	ctl_reach_finish(&reach);
	if (!socket)
		return ctl_error(error);
	struct board b = {.watch = watch, .redraw = watch && isatty(STDOUT_FILENO)};
	GHashTable **tables[] = {&b.signals, &b.plans, &b.cameras, &b.alerts, &b.programs};
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		*tables[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	listen_to(&b, socket);
	bool any = heard(&b);
	if (any && !watch)
		draw(&b);
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		g_hash_table_unref(*tables[i]);
	return any ? CTL_OK : ctl_fail("nothing is published at %s; is greenwaved running?", bus_endpoint(socket));
}
