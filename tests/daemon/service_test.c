/* service_test.c - the real greenwaved over ipc in a temporary folder: each failure one case.
 *
 * Arguments: greenwaved, fake_vision, greenwave-sim. Nothing sleeps: every wait is for a message, with a deadline.
 */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/junction.h"
#include "core/netfile.h"
#include "daemon/bus.h"
#include "daemon/wire.h"
#include "tests/daemon/spawn.h"

#define LONG_S 30.0 /* generous: sanitizers and a busy machine */

static const char *greenwaved, *fake_vision, *greenwave_sim;

struct scene {
	char *dir, *config;
	struct network *net;
	struct bus *bus;
	struct bus_socket *feed;
	GSubprocess *daemon;
	enum wire_mode modes[8];    /* of each signal, WIRE_N_MODES: not heard yet */
	uint64_t signals;	    /* messages about signals */
	bool strict[8];		    /* this one must not leave adaptive */
	bool approaches;	    /* a camera for each approach, named after its edge, instead of one for each junction */
	GHashTable *active, *seen;  /* "kind/where" of alerts */
	GHashTable *texts;          /* and their last sentences */
	double refused, reloads, p99_s;
};

/* ---- the feed ---- */

static void on_alert(struct scene *s, const char *body, size_t length)
{
	struct wire_alert a;
	g_autoptr(GError) error = NULL;

	g_assert_true(wire_alert_read(body, length, &a, &error));
	char *key = g_strdup_printf("%s/%s", a.kind, a.where);
	g_test_message("alert %s %s: %s", key, a.active ? "begins" : "is over", a.text);
	if (a.active)
		g_hash_table_add(s->active, g_strdup(key));
	else
		g_hash_table_remove(s->active, key);
	g_hash_table_replace(s->texts, g_strdup(key), g_strdup(a.text));
	g_hash_table_add(s->seen, key);
}

static void on_health(struct scene *s, const char *body, size_t length)
{
	owned(wire_health) h = wire_health_read(body, length, NULL);

	g_assert_nonnull(h);
	for (uint32_t i = 0; i < h->n_numbers; i++) {
		if (strcmp(h->numbers[i].name, "estimates_refused") == 0)
			s->refused = h->numbers[i].value;
		if (strcmp(h->numbers[i].name, "reloads") == 0)
			s->reloads = h->numbers[i].value;
		if (strcmp(h->numbers[i].name, "frame_to_command_p99_s") == 0)
			s->p99_s = h->numbers[i].value;
	}
}

static char *on_feed(void *user, const char *topic, const char *body, size_t length)
{
	struct scene *s = user;

	if (g_str_has_prefix(topic, "alert/"))
		on_alert(s, body, length);
	else if (strcmp(topic, "health/greenwaved") == 0)
		on_health(s, body, length);
	else if (g_str_has_prefix(topic, "signal/")) {
		struct wire_signal w;
		g_assert_true(wire_signal_read(body, length, &w, NULL));
		uint32_t k = network_signal(s->net, w.junction);
		if (s->modes[k] != w.mode)
			g_test_message("%s is %s", w.junction, wire_mode_name(w.mode));
		s->modes[k] = w.mode;
		g_assert_true(!s->strict[k] || w.mode == WIRE_ADAPTIVE);
		s->signals++;
	} else if (g_str_has_prefix(topic, "plan/")) {
		struct wire_plan p;
		g_assert_true(wire_plan_read(body, length, &p, NULL));
	} else if (g_str_has_prefix(topic, "forecast/")) {
		owned(wire_forecast) f = wire_forecast_read(body, length, NULL);
		g_assert_nonnull(f);
	}
	return NULL;
}

static gboolean on_deadline(gpointer user)
{
	*(bool *) user = true;
	return G_SOURCE_REMOVE;
}

/* Until `what` is true, or the deadline. */
#define WAIT_UNTIL(limit_s, what)                                                       \
	do {                                                                            \
		bool late_ = false;                                                     \
		guint timer_ = g_timeout_add((guint) ((limit_s) * 1000), on_deadline, &late_); \
		while (!(what) && !late_)                                               \
			g_main_context_iteration(NULL, TRUE);                           \
		if (!late_)                                                             \
			g_source_remove(timer_);                                        \
		g_assert_true(what);                                                    \
	} while (0)

static bool all_are(const struct scene *s, enum wire_mode mode)
{
	for (uint32_t k = 0; k < s->net->n_signals; k++)
		if (s->modes[k] != mode)
			return false;
	return true;
}

static bool is_active(const struct scene *s, const char *alert)
{
	return g_hash_table_contains(s->active, alert);
}

static bool was_seen(const struct scene *s, const char *alert)
{
	return g_hash_table_contains(s->seen, alert);
}

/* ---- the scene ---- */

static char *district(void)
{
	return g_test_build_filename(G_TEST_DIST, "configs", "district", "district.net.xml", NULL);
}

static bool of_camera(const struct network *net, const struct junction *j, uint32_t i, uint32_t edge)
{
	return edge == NET_NONE || net->lanes[j->lanes[i]].edge == edge;
}

/* A camera that films the junction's lanes on this edge, NET_NONE: all of them. */
static void write_camera(const struct scene *s, const struct junction *j, uint32_t edge, GString *t)
{
	const char *id = edge != NET_NONE ? s->net->edges[edge].id : j->id, *comma = "";

	g_string_append_printf(t, "  - id: cam-%s\n    uri: rtsp://127.0.0.1:1/%s\n    size: [640, 360]\n"
		"    points: [[0, 0, 0, 0], [640, 0, 9, 0], [640, 360, 9, 9], [0, 360, 0, 9]]\n    lanes: [", id, id);
	for (uint32_t i = 0; i < j->n_lanes; i++) {
		if (!of_camera(s->net, j, i, edge))
			continue;
		g_string_append_printf(t, "%s%s", comma, s->net->lanes[j->lanes[i]].id);
		comma = ", ";
	}
	g_string_append(t, "]\n");
}

/* The edge of the junction's i-th lane if no lane before it is on the same one, else NET_NONE. */
static uint32_t new_edge(const struct network *net, const struct junction *j, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (net->lanes[j->lanes[k]].edge == net->lanes[j->lanes[i]].edge)
			return NET_NONE;
	return net->lanes[j->lanes[i]].edge;
}

/* One camera for each junction, that films all its lanes, or for each approach; `more` is appended. */
static void write_config(struct scene *s, const char *more)
{
	g_autofree char *net = district();
	GString *t = g_string_new(NULL);

	g_string_append_printf(t, "network: %s\nfeed:\n  publish: ipc://%s/feed\n  estimates: ipc://%s/estimates\n  control: ipc://%s/control\n", net,
		s->dir, s->dir, s->dir);
	g_string_append_printf(t, "workers:\n  cameras_per_worker: %d\n%scameras:\n", s->approaches ? 8 : 1, more);
	for (uint32_t k = 0; k < s->net->n_signals; k++) {
		owned(junction) j = junction_new(s->net, k, NULL, NULL);
		if (!s->approaches)
			write_camera(s, j, NET_NONE, t);
		for (uint32_t i = 0; s->approaches && i < j->n_lanes; i++)
			if (new_edge(s->net, j, i) != NET_NONE)
				write_camera(s, j, new_edge(s->net, j, i), t);
	}
	g_assert_true(g_file_set_contents(s->config, t->str, -1, NULL));
	g_string_free(t, TRUE);
}

static void scene_begin(struct scene *s)
{
	g_autofree char *net = district();
	g_autoptr(GError) error = NULL;

	*s = (struct scene){0};
	s->dir = g_dir_make_tmp("greenwave-test-XXXXXX", &error);
	g_assert_no_error(error);
	s->config = g_build_filename(s->dir, "greenwave.yaml", NULL);
	s->net = netfile_read(net, NULL, &error);
	g_assert_no_error(error);
	s->bus = bus_new();
	s->active = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (size_t k = 0; k < G_N_ELEMENTS(s->modes); k++)
		s->modes[k] = WIRE_N_MODES;
	g_autofree char *endpoint = g_strdup_printf("ipc://%s/feed", s->dir);
	s->feed = bus_open(s->bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = endpoint}, &error);
	g_assert_no_error(error);
	bus_subscribe(s->feed, "");
	bus_watch(s->feed, on_feed, s);
	g_setenv("FAKE_VISION_PIDS", s->dir, TRUE);
	g_setenv("FAKE_VISION_DELAY_S", "0", TRUE);
}

static void remove_dir(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		g_unlink(file);
	}
	if (dir != NULL)
		g_dir_close(dir);
	g_rmdir(path);
}

static void scene_end(struct scene *s)
{
	g_clear_object(&s->daemon);
	bus_socket_free(s->feed);
	bus_free(s->bus);
	network_free(s->net);
	g_hash_table_unref(s->active);
	g_hash_table_unref(s->seen);
	g_hash_table_unref(s->texts);
	remove_dir(s->dir);
	g_free(s->dir);
	g_free(s->config);
}

static void launch(struct scene *s)
{
	s->daemon = spawn((const char *const[]){greenwaved, "--config", s->config, "--vision", fake_vision, "--quiet", NULL}, G_SUBPROCESS_FLAGS_NONE);
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer user)
{
	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	*(bool *) user = true;
}

/* SIGTERM: it ends by itself, with 0. */
static void stop(struct scene *s)
{
	bool ended = false;

	g_subprocess_wait_async(s->daemon, NULL, on_ended, &ended);
	g_subprocess_send_signal(s->daemon, SIGTERM);
	WAIT_UNTIL(LONG_S, ended);
	g_assert_true(g_subprocess_get_if_exited(s->daemon));
	g_assert_cmpint(g_subprocess_get_exit_status(s->daemon), ==, 0);
}

static int worker_pid(const struct scene *s, const char *name)
{
	g_autofree char *file = g_build_filename(s->dir, name, NULL), *text = NULL;

	g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
	return atoi(text);
}

/* What the program says when it will not begin: one line, and an exit code other than 0. */
static void will_not_begin(const char *const *argv, const char *says)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *out = NULL, *err = NULL;
	g_autoptr(GSubprocess) p = spawn(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);

	g_assert_true(g_subprocess_communicate_utf8(p, NULL, NULL, &out, &err, &error));
	g_assert_true(g_subprocess_get_if_exited(p));
	g_test_message("%s", err);
	g_assert_cmpint(g_subprocess_get_exit_status(p), !=, 0);
	g_assert_nonnull(strstr(err, says));
	g_assert_true(strchr(err, '\n') == err + strlen(err) - 1);
}

/* ---- the cases ---- */

/* A camera worker dies: it comes back, its junction falls back and recovers, nothing else notices. Then garbage, then a
 * broken configuration, then one that is right, then the end. */
static void test_failures(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;

	scene_begin(&s);
	write_config(&s, "control:\n  stale_s: 2\n  taper_s: 2\n");
	g_setenv("FAKE_VISION_DELAY_S", "2.5", TRUE);
	launch(&s);
	WAIT_UNTIL(LONG_S, all_are(&s, WIRE_ADAPTIVE));

	/* kill -9: each worker has one junction's camera */
	for (uint32_t k = 0; k < s.net->n_signals; k++)
		s.strict[k] = k != 1;
	g_autofree char *stale = g_strdup_printf("estimate-stale/%s", s.net->signals[1].id);
	int pid = worker_pid(&s, "vision-1");
	int64_t killed_us = g_get_monotonic_time();
	g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
	WAIT_UNTIL(LONG_S, is_active(&s, "worker-died/vision-1"));
	WAIT_UNTIL(LONG_S, is_active(&s, stale) && s.modes[1] != WIRE_ADAPTIVE);
	WAIT_UNTIL(LONG_S, !is_active(&s, "worker-died/vision-1"));
	g_assert_cmpfloat((double) (g_get_monotonic_time() - killed_us) / 1e6, <, 5); /* half of them are its own start */
	WAIT_UNTIL(LONG_S, s.modes[1] == WIRE_ADAPTIVE && !is_active(&s, stale));
	g_assert_cmpint(worker_pid(&s, "vision-1"), !=, pid);
	memset(s.strict, 0, sizeof s.strict);

	/* garbage */
	g_autofree char *estimates = g_strdup_printf("ipc://%s/estimates", s.dir);
	struct bus_socket *bad = bus_open(s.bus, &(struct bus_options){.kind = BUS_PUB, .endpoint = estimates}, &error);
	g_assert_no_error(error);
	for (int i = 0; s.refused < 4 && i < 400; i++) { /* what is sent before the connection stands is lost */
		bus_publish(bad, "estimate/cam-J1", "{\"v\":1,");
		bus_publish(bad, "estimate/nobody", "{}");
		bus_publish(bad, "nonsense", "\xff\xfe");
		double before = s.refused;
		uint64_t heard = s.signals;
		WAIT_UNTIL(LONG_S, s.signals > heard || s.refused > before);
	}
	bus_socket_free(bad);
	g_assert_cmpfloat(s.refused, >=, 4);
	g_assert_true(was_seen(&s, "estimate-refused/greenwaved"));
	WAIT_UNTIL(LONG_S, all_are(&s, WIRE_ADAPTIVE));

	/* a broken configuration is refused, and nothing changes */
	g_assert_true(g_file_set_contents(s.config, "network: [1,\ncontrol: {", -1, NULL));
	g_subprocess_send_signal(s.daemon, SIGHUP);
	WAIT_UNTIL(LONG_S, is_active(&s, "config-refused/greenwaved"));
	uint64_t heard = s.signals;
	WAIT_UNTIL(LONG_S, s.signals > heard + 4);
	g_assert_true(all_are(&s, WIRE_ADAPTIVE));

	/* a right one is taken; the workers go on */
	pid = worker_pid(&s, "vision-0");
	write_config(&s, "control:\n  stale_s: 2\n  taper_s: 2\n  method: fixed\n");
	g_subprocess_send_signal(s.daemon, SIGHUP);
	WAIT_UNTIL(LONG_S, s.reloads == 1 && !is_active(&s, "config-refused/greenwaved") && all_are(&s, WIRE_FIXED));
	g_assert_cmpint(worker_pid(&s, "vision-0"), ==, pid);
	g_assert_cmpfloat(s.p99_s, >, 0);

	stop(&s);
	g_assert_true(kill(pid, 0) != 0 && errno == ESRCH); /* no worker is left */
	scene_end(&s);
}

static void set_dead(const struct scene *s, uint32_t edge, bool dead)
{
	g_autofree char *name = g_strdup_printf("cam-%s.dead", s->net->edges[edge].id), *file = g_build_filename(s->dir, name, NULL);

	if (dead)
		g_assert_true(g_file_set_contents(file, "", 0, NULL));
	else
		g_assert_cmpint(g_unlink(file), ==, 0);
}

/* One camera of several dies: its junction goes on without. All die: its own plan. */
static void test_dead_cameras(void)
{
	struct scene s;

	scene_begin(&s);
	s.approaches = true;
	write_config(&s, "control:\n  stale_s: 2\n  taper_s: 2\n");
	owned(junction) j = junction_new(s.net, 0, NULL, NULL);
	g_autofree char *inferred = g_strdup_printf("lane-inferred/%s", j->id), *stale = g_strdup_printf("estimate-stale/%s", j->id);
	launch(&s);
	WAIT_UNTIL(LONG_S, all_are(&s, WIRE_ADAPTIVE) && !is_active(&s, inferred));
	set_dead(&s, new_edge(s.net, j, 0), true);
	WAIT_UNTIL(LONG_S, is_active(&s, inferred));
	g_assert_nonnull(strstr(g_hash_table_lookup(s.texts, inferred), s.net->edges[new_edge(s.net, j, 0)].id)); /* names the camera */
	int64_t begun_us = g_get_monotonic_time();
	WAIT_UNTIL(LONG_S, g_get_monotonic_time() - begun_us > 5 * G_USEC_PER_SEC); /* stale_s and taper_s are over */
	WAIT_UNTIL(LONG_S, is_active(&s, inferred) && s.modes[0] == WIRE_ADAPTIVE);
	for (uint32_t i = 1; i < j->n_lanes; i++)
		if (new_edge(s.net, j, i) != NET_NONE)
			set_dead(&s, new_edge(s.net, j, i), true);
	WAIT_UNTIL(LONG_S, is_active(&s, stale) && s.modes[0] == WIRE_FIXED && !is_active(&s, inferred));
	for (uint32_t i = 0; i < j->n_lanes; i++)
		if (new_edge(s.net, j, i) != NET_NONE)
			set_dead(&s, new_edge(s.net, j, i), false);
	WAIT_UNTIL(LONG_S, all_are(&s, WIRE_ADAPTIVE) && !is_active(&s, stale) && !is_active(&s, inferred));
	stop(&s);
	scene_end(&s);
}

/* What was learned is kept where the configuration says; a damaged file is refused, told and put aside, and the daemon goes on. */
static void test_profile_kept(void)
{
	struct scene s;

	scene_begin(&s);
	g_autofree char *path = g_build_filename(s.dir, "profile", NULL), *aside = g_strconcat(path, ".refused", NULL), *text = NULL;
	g_assert_true(g_file_set_contents(path, "greenwave-profile 1\nhalf a li", -1, NULL));
	write_config(&s, "state:\n  profile: profile\n");
	launch(&s);
	WAIT_UNTIL(LONG_S, is_active(&s, "profile-refused/greenwaved") && all_are(&s, WIRE_ADAPTIVE));
	g_assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
	stop(&s);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_true(g_str_has_prefix(text, "greenwave-profile 1\n"));
	g_clear_object(&s.daemon);
	g_hash_table_remove_all(s.active);
	g_hash_table_remove_all(s.seen);
	uint64_t heard = s.signals;
	launch(&s);
	WAIT_UNTIL(LONG_S, s.signals > heard + 4);
	g_assert_false(was_seen(&s, "profile-refused/greenwaved"));
	stop(&s);
	scene_end(&s);
}

static void test_bad_begin(void)
{
	struct scene s;

	scene_begin(&s);
	g_autofree char *missing = g_build_filename(s.dir, "nothing.yaml", NULL);
	will_not_begin((const char *const[]){greenwaved, "--config", missing, NULL}, "nothing.yaml");
	g_assert_true(g_file_set_contents(s.config, "netwrok: x\n", -1, NULL));
	will_not_begin((const char *const[]){greenwaved, "--config", s.config, NULL}, "netwrok");
	g_assert_true(g_file_set_contents(s.config, "network: none.net.xml\n", -1, NULL));
	will_not_begin((const char *const[]){greenwaved, "--config", s.config, NULL}, "none.net.xml");
	will_not_begin((const char *const[]){greenwaved, NULL}, "--config");
	will_not_begin((const char *const[]){greenwaved, "--bridge", "ipc://x", NULL}, "--network");
	will_not_begin((const char *const[]){greenwaved, "--rubbish", NULL}, "rubbish");
	g_autofree char *dull = g_build_filename(s.dir, "dull.net.xml", NULL), *bridge = g_strdup_printf("ipc://%s/b", s.dir);
	g_assert_true(g_file_set_contents(dull, "<net><edge id=\"e\" from=\"a\" to=\"b\"><lane id=\"e_0\" index=\"0\" speed=\"13\" length=\"50\""
		" shape=\"0,0 50,0\"/></edge><junction id=\"a\" type=\"dead_end\" x=\"0\" y=\"0\" incLanes=\"\" intLanes=\"\" shape=\"0,0\"/>"
		"<junction id=\"b\" type=\"dead_end\" x=\"50\" y=\"0\" incLanes=\"e_0\" intLanes=\"\" shape=\"50,0\"/></net>", -1, NULL));
	will_not_begin((const char *const[]){greenwaved, "--bridge", bridge, "--network", dull, NULL}, "no signals");
	write_config(&s, "");
	will_not_begin((const char *const[]){greenwaved, "--config", s.config, "--vision", "/nowhere/vision", NULL}, "/nowhere/vision");
	scene_end(&s);
}

static void test_in_use(void)
{
	struct scene s;

	scene_begin(&s);
	write_config(&s, "");
	launch(&s);
	WAIT_UNTIL(LONG_S, s.signals > 0);
	will_not_begin((const char *const[]){greenwaved, "--config", s.config, "--vision", fake_vision, NULL}, "feed");
	uint64_t heard = s.signals;
	WAIT_UNTIL(LONG_S, s.signals > heard);
	stop(&s);
	scene_end(&s);
}

/* Cabinets of our own: they follow, fall silent, come back, and must be handed back at the end. */
struct cabinets {
	struct scene *scene;
	bool mute;
	char *states[8];
	bool central[8];
	uint64_t shows, releases;
};

static char *on_cabinets(void *user, const char *topic, const char *body, size_t length)
{
	struct cabinets *c = user;
	const struct network *net = c->scene->net;
	g_autoptr(GError) error = NULL;
	owned(wire_call) call = wire_call_read(WIRE_CABINET, body, length, net, &error);

	(void) topic;
	g_assert_no_error(error);
	if (c->mute)
		return g_strdup("...");
	for (uint32_t i = 0; i < call->n_lights; i++) {
		uint32_t k = call->lights[i].signal;
		if (call->kind == WIRE_CALL_SHOW) {
			g_free(c->states[k]);
			c->states[k] = g_strdup(call->lights[i].state);
			c->shows++;
		} else if (c->central[k]) {
			c->releases++;
		}
		c->central[k] = call->kind == WIRE_CALL_SHOW;
	}
	owned(wire_call) reply = wire_call_new(call->kind == WIRE_CALL_HELLO ? WIRE_CALL_WELCOME : WIRE_CALL_STATUS);
	g_strlcpy(reply->make, "test", sizeof reply->make);
	reply->t_us = g_get_real_time();
	for (uint32_t k = 0; k < net->n_signals; k++) {
		wire_call_light(reply, k, c->states[k]);
		reply->lights[k].since_us = reply->t_us;
		g_strlcpy(reply->lights[k].mode, c->central[k] ? "central" : "local", sizeof reply->lights[k].mode);
	}
	return wire_call_write(WIRE_CABINET, reply, net);
}

static void test_cabinets(void)
{
	struct scene s;
	struct cabinets c = {.scene = &s};
	g_autoptr(GError) error = NULL;

	scene_begin(&s);
	g_autofree char *address = g_strdup_printf("ipc://%s/cabinets", s.dir);
	g_autofree char *more = g_strdup_printf("controllers:\n  - driver: sim\n    signals: [all]\n    address: %s\n", address);
	write_config(&s, more);
	for (uint32_t k = 0; k < s.net->n_signals; k++)
		c.states[k] = g_strdup(s.net->signals[k].programs[0].phases[0].state);
	struct bus_socket *rep = bus_open(s.bus, &(struct bus_options){.kind = BUS_REP, .bind = true, .endpoint = address}, &error);
	g_assert_no_error(error);
	bus_watch(rep, on_cabinets, &c);
	launch(&s);
	WAIT_UNTIL(LONG_S, all_are(&s, WIRE_ADAPTIVE) && c.shows > 8);
	c.mute = true; /* it answers, but nothing that can be understood */
	WAIT_UNTIL(LONG_S, is_active(&s, "controller-silent/J1") && all_are(&s, WIRE_LOCAL));
	c.mute = false;
	for (uint32_t k = 0; k < s.net->n_signals; k++)
		c.central[k] = false;
	WAIT_UNTIL(LONG_S, all_are(&s, WIRE_ADAPTIVE) && !is_active(&s, "controller-silent/J1"));
	g_assert_cmpuint(c.releases, ==, 0);
	stop(&s);
	g_assert_cmpuint(c.releases, ==, s.net->n_signals);
	bus_socket_free(rep);
	for (uint32_t k = 0; k < s.net->n_signals; k++)
		g_free(c.states[k]);
	scene_end(&s);
}

/* The real simulator and the real daemon, with a stranger's garbage in between. */
static void test_bridge(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;

	scene_begin(&s);
	g_autofree char *endpoint = g_strdup_printf("ipc://%s/bridge", s.dir), *net = district();
	g_autofree char *routes = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.rou.xml", NULL);
	s.daemon = spawn((const char *const[]){greenwaved, "--quiet", "--bridge", endpoint, "--network", net, NULL}, G_SUBPROCESS_FLAGS_NONE);
	struct bus_socket *stranger = bus_open(s.bus, &(struct bus_options){.kind = BUS_REQ, .endpoint = endpoint}, &error);
	g_assert_no_error(error);
	for (int round = 0; round < 2; round++) { /* one session after the other in one process */
		bool ended = false;
		uint32_t errors = 0;
		g_autoptr(GSubprocess) sim = spawn((const char *const[]){greenwave_sim, "--bridge", endpoint, "--network", net, "--routes", routes, "--end",
			"150", NULL}, G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
		g_subprocess_wait_async(sim, NULL, on_ended, &ended);
		for (bool last = false; !last; g_main_context_iteration(NULL, FALSE)) {
			last = ended;
			g_autofree char *reply = bus_ask(stranger, "{\"type\":\"garbage\"}", LONG_S, &error);
			g_assert_no_error(error);
			g_assert_true(g_str_has_prefix(reply, "{\"type\":\"error\""));
			errors++;
		}
		g_assert_true(g_subprocess_get_if_exited(sim));
		g_assert_cmpint(g_subprocess_get_exit_status(sim), ==, 0);
		g_assert_cmpuint(errors, >, 1);
	}
	bus_socket_free(stranger);
	stop(&s);
	scene_end(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 4);
	greenwaved = argv[1];
	fake_vision = argv[2];
	greenwave_sim = argv[3];
	g_test_add_func("/service/failures", test_failures);
	g_test_add_func("/service/dead-cameras", test_dead_cameras);
	g_test_add_func("/service/profile-kept", test_profile_kept);
	g_test_add_func("/service/bad-begin", test_bad_begin);
	g_test_add_func("/service/in-use", test_in_use);
	g_test_add_func("/service/cabinets", test_cabinets);
	g_test_add_func("/service/bridge", test_bridge);
	return g_test_run();
}
