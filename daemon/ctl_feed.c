/* ctl_feed.c - greenwavectl feed: each message as one line, for people or as it came. Garbage and gaps are counted and told. */
#include <glib-unix.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl.h"
#include "daemon/wire.h"

struct tail {
	GMainLoop *loop;
	bool raw;
	int64_t left; /* messages until the end; < 0 = for ever */
	uint64_t messages, garbage, lost;
	GHashTable *next; /* "topic src" -> the seq that comes next */
};

static void add_number(GString *out, const char *name, double value, double sd, const char *unit)
{
	if (isnan(value))
		return;
	g_string_append_printf(out, " %s %.3g", name, value);
	if (!isnan(sd))
		g_string_append_printf(out, "±%.2g", sd);
	g_string_append(out, unit);
}

static bool show_estimate(GString *out, const char *body, size_t length, GError **error)
{
	owned(wire_estimate) m = wire_estimate_read(body, length, NULL, error);
	for (uint32_t i = 0; m && i < m->n_lanes; i++) {
		const struct estimate *e = &m->lanes[i];
		g_string_append_printf(out, "%s %s:", i ? ";" : "", m->ids[i]);
		add_number(out, "flow", e->flow_veh, e->flow_veh_sd, " veh");
		for (uint32_t k = 0; k < CLASSES; k++)
			if (e->class_veh[k] > 0)
				add_number(out, vehicle_class_name(k), e->class_veh[k], e->class_veh_sd[k], "");
		add_number(out, "speed", e->speed_mps, e->speed_mps_sd, " m/s");
		add_number(out, "queue", e->queue_veh, e->queue_veh_sd, " veh");
		add_number(out, "to", e->queue_m, UNKNOWN, " m");
		add_number(out, "jam", e->jam_frac * 100, UNKNOWN, "%");
		if (jam_level_name(e->level))
			g_string_append_printf(out, " %s", jam_level_name(e->level));
		add_number(out, "quality", e->quality_frac * 100, UNKNOWN, "%");
		if (e->vehicles)
			g_string_append_printf(out, " %u tracked", e->n_vehicles);
	}
	return m != NULL;
}

static bool show_forecast(GString *out, const char *body, size_t length, GError **error)
{
	owned(wire_forecast) f = wire_forecast_read(body, length, error);
	for (uint32_t i = 0; f && i < f->n_lanes; i++) {
		double sum_veh = 0;
		for (uint32_t k = 0; k < f->n_bins; k++)
			sum_veh += f->lanes[i].veh[k];
		g_string_append_printf(out, "%s %s: %.1f veh in %g s", i ? ";" : "", f->lanes[i].lane, sum_veh, f->bin_s * f->n_bins);
	}
	return f != NULL;
}

static bool show_plan(GString *out, const char *body, size_t length, GError **error)
{
	struct wire_plan p;
	if (!wire_plan_read(body, length, &p, error))
		return false;
	g_string_append_printf(out, " %s:", p.method);
	for (uint32_t i = 0; i < p.n_stages; i++)
		g_string_append_printf(out, " %s %.0f-%.0f s", p.stages[i].stage, p.stages[i].start_s, p.stages[i].end_s);
	add_number(out, "delay", p.delay_chosen_s, UNKNOWN, " veh s");
	add_number(out, "(own plan", p.delay_own_s, UNKNOWN, " veh s)");
	if (*p.why)
		g_string_append_printf(out, ", %s", p.why);
	return true;
}

static bool show_signal(GString *out, const char *body, size_t length, GError **error)
{
	struct wire_signal s;
	if (!wire_signal_read(body, length, &s, error))
		return false;
	g_string_append_printf(out, " %s %s", s.state, wire_mode_name(s.mode));
	if (*s.stage)
		g_string_append_printf(out, " stage %s", s.stage);
	if (*s.asked && strcmp(s.asked, s.stage) != 0)
		g_string_append_printf(out, " asked %s", s.asked);
	if (s.since_us)
		g_string_append_printf(out, " for %.1f s", us_to_s(s.head.t_us - s.since_us));
	if (*s.held_by)
		g_string_append_printf(out, " held by %s", s.held_by);
	return true;
}

static bool show_alert(GString *out, const char *body, size_t length, GError **error)
{
	struct wire_alert a;
	if (!wire_alert_read(body, length, &a, error))
		return false;
	g_string_append_printf(out, " %s %s: %s (%" G_GUINT64_FORMAT ")", wire_severity_name(a.severity), a.active ? "on" : "over", a.text, a.count);
	return true;
}

static bool show_health(GString *out, const char *body, size_t length, GError **error)
{
	owned(wire_health) h = wire_health_read(body, length, error);
	if (!h)
		return false;
	g_string_append_printf(out, " up %.0f s", h->up_s);
	add_number(out, "cpu", h->cpu_frac * 100, UNKNOWN, "%");
	add_number(out, "memory", h->memory_mb, UNKNOWN, " MB");
	for (uint32_t i = 0; i < h->n_numbers; i++)
		g_string_append_printf(out, " %s=%g", h->numbers[i].name, h->numbers[i].value);
	for (uint32_t i = 0; i < h->n_cameras; i++) {
		const struct camera_health *c = &h->cameras[i].health;
		g_string_append_printf(out, "; %s %s %.1f fps", h->cameras[i].id, wire_camera_state(c->state), c->fps);
	}
	return true;
}

static const struct {
	const char *topic;
	bool (*show)(GString *out, const char *body, size_t length, GError **error);
} shows[] = {
	{"estimate/", show_estimate}, {"forecast/", show_forecast}, {"plan/", show_plan},
	{"signal/", show_signal}, {"alert/", show_alert}, {"health/", show_health},
};

/* JSON may have line ends between its tokens, and nowhere else. */
static char *one_line(char *json)
{
	for (char *c = json; *c; c++)
		if ((unsigned char) *c < ' ' || *c == 127)
			*c = ' ';
	return json;
}

static char *line_of(const char *topic, const struct wire_head *head, const char *body, size_t length, GError **error)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(head->t_us / US_PER_S);
	g_autofree char *clock = t ? g_date_time_format(t, "%H:%M:%S") : g_strdup("?");
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "%s.%03d %s", clock, (int) (head->t_us % US_PER_S / 1000), topic);
	bool known = false, ok = true;
	for (size_t i = 0; i < G_N_ELEMENTS(shows); i++)
		if (g_str_has_prefix(topic, shows[i].topic)) {
			ok = shows[i].show(out, body, length, error);
			known = true;
		}
	if (!known)
		g_string_append_printf(out, " %s", body);
	one_line(out->str);
	return g_string_free(out, !ok);
}

static void count_gap(struct tail *t, const char *topic, const struct wire_head *head)
{
	char *key = g_strdup_printf("%s %s", topic, head->src);
	uint64_t *next = g_hash_table_lookup(t->next, key);
	if (next && head->seq > *next)
		t->lost += head->seq - *next;
	uint64_t *now = g_new(uint64_t, 1);
	*now = head->seq + 1;
	g_hash_table_insert(t->next, key, now);
}

static char *on_message(void *user, const char *topic, const char *body, size_t length)
{
	struct tail *t = user;
	struct wire_head head;
	g_autoptr(GError) error = NULL;
	g_autofree char *line = NULL, *raw = g_strdup(body);
	if (t->left == 0)
		return NULL; /* several may come at once */
	if (wire_head_read(body, length, &head, &error)) {
		count_gap(t, topic, &head);
		line = line_of(topic, &head, body, length, &error);
	}
	if (!line) {
		t->garbage++;
		g_autofree char *clean = g_strescape(topic, NULL);
		fprintf(stderr, "greenwavectl: garbage on %.200s: %s\n", clean, error->message);
		return NULL;
	}
	t->messages++;
	puts(t->raw ? one_line(raw) : line);
	fflush(stdout);
	if (t->left > 0 && --t->left == 0)
		g_main_loop_quit(t->loop);
	return NULL;
}

static gboolean on_end(gpointer user)
{
	g_main_loop_quit(((struct tail *) user)->loop);
	return G_SOURCE_CONTINUE;
}

static int follow(struct tail *t, struct bus_socket *socket, char **topics, double for_s)
{
	for (; *topics; topics++)
		bus_subscribe(socket, *topics);
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	t->loop = loop;
	t->next = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	bus_watch(socket, on_message, t);
	guint sources[] = {g_unix_signal_add(SIGINT, on_end, t), g_unix_signal_add(SIGTERM, on_end, t),
		for_s > 0 ? g_timeout_add((guint) (for_s * 1000), on_end, t) : 0};
	g_main_loop_run(loop);
	for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
		if (sources[i])
			g_source_remove(sources[i]);
	g_hash_table_unref(t->next);
	struct bus_counts counts = bus_counts(socket);
	t->garbage += counts.too_long + counts.wrong_shape;
	if (t->garbage || t->lost)
		fprintf(stderr, "greenwavectl: %" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT " of garbage, %" G_GUINT64_FORMAT " lost on the way\n",
			t->messages, t->garbage, t->lost);
	if (t->left > 0 || (for_s > 0 && t->messages == 0))
		return ctl_fail("%" G_GUINT64_FORMAT " messages came from %s", t->messages, bus_endpoint(socket));
	return CTL_OK;
}

int ctl_feed(int argc, char **argv)
{
	struct ctl_reach reach = {NULL, NULL, NULL, NULL};
	struct tail t = {.left = -1};
	gboolean raw = FALSE;
	gint64 count = 0;
	double for_s = 0;
	const GOptionEntry entries[] = {CTL_REACH(reach), {"raw", 'r', 0, G_OPTION_ARG_NONE, &raw, "JSON as it came, one message a line", NULL},
		{"count", 'n', 0, G_OPTION_ARG_INT64, &count, "Stop after so many messages", "N"},
		{"for", 'f', 0, G_OPTION_ARG_DOUBLE, &for_s, "Stop after so long", "SECONDS"}, G_OPTION_ENTRY_NULL};
	if (!ctl_options(&argc, &argv, entries, "[TOPIC...]", "Prints the feed, all of it or the topics that begin so: estimate/ signal/J1 alert/ ...", 0, 1000))
		return CTL_USAGE;
	if (count < 0 || for_s < 0 || for_s > 1e6) {
		ctl_fail("--count and --for must be above 0");
		return CTL_USAGE;
	}
	g_autoptr(GError) error = NULL;
	owned(bus) bus = bus_new();
	owned(bus_socket) socket = ctl_subscribe(bus, &reach, &error);
	ctl_reach_finish(&reach);
	if (!socket)
		return ctl_error(error);
	char *all[] = {(char *) "", NULL};
	t.raw = raw;
	t.left = count ? count : -1;
	return follow(&t, socket, argc > 1 ? argv + 1 : all, for_s);
}
