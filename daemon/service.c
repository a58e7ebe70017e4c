/* service.c - see service.h. */
#include "daemon/service.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#include "daemon/brain.h"
#include "daemon/operator.h"
#include "optimizer/why.h"
#include "daemon/workers.h"
#include "daemon/worktime.h"

#define FORECAST_EVERY 5     /* ticks */
#define LATE_S 0.1           /* a tick later than this counts from when it came: an amber never gets shorter by it */
#define GARBAGE_OVER_S 30.0  /* so long without garbage and the alert is over */
#define MISSED_S 2.0         /* no tick for so long: we were not there, and what was reported meanwhile lies unread */
#define STOP_LIMIT_S 4.0     /* for handing back and for the workers' end */
#define STOP_CHECK_MS 20
#define FEED_KEEPS 1000      /* messages for each subscriber of the feed that has not read them yet, and */
#define FEED_KEEPS_SIGNAL 10 /* so many more for each signal: a tick tells all of them at once */
#define KEEP_S 900.0         /* what was learned is saved so often: a profile changes by the quarter hour */
#define PONDER_JUNCTIONS 2   /* a tick: for so many it is told what else could have been asked for; some 5 ms each */

struct mouths { /* the sockets of a configuration */
	struct bus_socket *publish, *estimates, *control;
	char *publish_at, *estimates_at, *control_at;
};

struct service {
	const struct service_options *options;
	GMainLoop *loop;
	struct bus *bus;
	struct herald *herald;
	struct mouths mouths;
	struct brain *brain;
	struct workers *workers; /* NULL: no cameras */
	char *workers_are;	 /* their signature */
	struct lag lag;		 /* frame capture to command */
	struct worktime worktime;
	double tick_s;           /* the pilot's time of the last tick: whole s unless it came late; NaN before the first */
	int64_t tick_us;         /* monotonic, of that */
	guint ticker;
	bool put_off;            /* the tick that is due, once */
	uint64_t estimates, garbage, reloads, reloads_refused;
	int64_t garbage_us; /* monotonic, the last */
	int64_t stop_us;    /* monotonic: the end is forced then; 0 = not stopping */
	struct brain *leaving; /* of the configuration before, while it hands back; NULL none */
	guint leaver;
	int64_t leaving_us; /* monotonic: it is forced then */
	char *failed;	    /* why the daemon has to end; NULL it has not */
};

/* ---- time ---- */

static double phase_s(const struct service *s)
{
	return s->brain->config->control.tick_phase_s;
}

/* The pilot's clock: at whole seconds when ticks are due. */
static double pilot_now_s(const struct service *s)
{
	return us_to_s(g_get_real_time()) - phase_s(s);
}

/* By a clock that nobody sets: the other one may jump. */
static double since_tick_s(const struct service *s)
{
	return us_to_s(g_get_monotonic_time() - s->tick_us);
}

/* Reports count from the next tick on: never early, and never before what the guards know. */
static double report_s(void *user)
{
	const struct service *s = user;

	return isnan(s->tick_s) ? ceil(pilot_now_s(s)) : fmax(floor(s->tick_s) + 1, floor(fmin(pilot_now_s(s), s->tick_s + since_tick_s(s))));
}

/* ---- what comes in ---- */

static void on_garbage(struct service *s, const char *topic, const char *why)
{
	g_autofree char *sentence = g_strdup_printf("\"%.60s\": %.180s", topic, why);

	s->garbage++;
	s->garbage_us = g_get_monotonic_time();
	if (!g_utf8_validate(sentence, -1, NULL))
		sentence[0] = '?', sentence[1] = '\0';
	herald_alert(s->herald, "estimate-refused", "greenwaved", true, sentence);
}

static bool on_estimate(struct service *s, const char *body, size_t length, GError **error)
{
	owned(wire_estimate) m = wire_estimate_read(body, length, s->brain->net, error);

	if (m == NULL || !brain_see(s->brain, m, phase_s(s), pilot_now_s(s), error))
		return false;
	s->estimates++;
	if (s->workers != NULL)
		workers_heard_camera(s->workers, m->camera);
	return true;
}

static bool on_worker_health(struct service *s, const char *body, size_t length, GError **error)
{
	owned(wire_health) h = wire_health_read(body, length, error);

	if (h != NULL && s->workers != NULL)
		workers_heard(s->workers, h->program);
	return h != NULL;
}

static char *on_worker(void *user, const char *topic, const char *body, size_t length)
{
	struct service *s = user;
	g_autoptr(GError) error = NULL;
	double from_s = worktime_now_s();
	struct wire_alert alert;
	bool good;

	if (g_str_has_prefix(topic, "estimate/"))
		good = on_estimate(s, body, length, &error);
	else if (g_str_has_prefix(topic, "health/"))
		good = on_worker_health(s, body, length, &error);
	else if (g_str_has_prefix(topic, "alert/"))
		good = wire_alert_read(body, length, &alert, &error);
	else
		good = false;
	if (good)
		herald_forward(s->herald, topic, body);
	else
		on_garbage(s, topic, error != NULL ? error->message : "the topic is not one of a camera worker");
	worktime_add(&s->worktime, WORK_ESTIMATES, from_s);
	return NULL;
}

static char *on_operator(void *user, const char *topic, const char *body, size_t length)
{
	struct service *s = user;

	(void) topic;
	return operator_answer(s->brain, s->herald, body, length, pilot_now_s(s));
}

static void on_worker_alert(void *user, const char *kind, const char *where, bool active, const char *sentence)
{
	herald_alert(user, kind, where, active, sentence);
}

/* ---- what goes out ---- */

static void count_lag(struct service *s)
{
	double after_s = pilot_now_s(s) - s->tick_s;

	for (uint32_t j = 0; j < pilot_n(s->brain->pilot); j++) {
		struct pilot_look look;
		pilot_look(s->brain->pilot, j, &look);
		if (look.mode == PILOT_ADAPTIVE && isfinite(look.estimate_age_s))
			lag_add(&s->lag, look.estimate_age_s + after_s);
	}
}

static void tell_junctions(struct service *s)
{
	struct brain *b = s->brain;

	for (uint32_t j = 0; j < pilot_n(b->pilot); j++) {
		uint32_t signal = network_signal(b->net, pilot_junction(b->pilot, j)->id);
		struct herald_signal extra = {.driver = cabinets_driver(b->cabinets, signal), .since_us = cabinets_since_us(b->cabinets, signal),
			.queue_veh = brain_queue_veh(b, j, s->tick_s)};
		struct why why;
		bool ponders = !pilot_patterned(b->pilot, j) && (j + PONDER_JUNCTIONS * (uint64_t) s->tick_s) % pilot_n(b->pilot) < PONDER_JUNCTIONS &&
			herald_plan_wanted(s->herald, pilot_junction(b->pilot, j)->id) && pilot_why(b->pilot, j, &why);
		herald_junction(s->herald, b->pilot, j, &extra, b->config->control.method, ponders ? &why : NULL);
		if (fmod(floor(s->tick_s), FORECAST_EVERY) == 0)
			herald_forecast(s->herald, b->pilot, j);
	}
}

static void add_worktime(struct service *s, struct wire_health *h)
{
	double frac[WORK_N];

	worktime_look(&s->worktime, frac);
	for (int w = 0; w < WORK_N; w++)
		if (!isnan(frac[w]))
			wire_health_set(h, work_name((enum work) w), frac[w]);
}

static void tell_health(struct service *s)
{
	struct pilot_counts p = pilot_counts(s->brain->pilot);
	struct cabinets_counts c = cabinets_counts(s->brain->cabinets);
	g_autofree struct wire_health *h = g_new0(struct wire_health, 1);
	uint32_t modes[PILOT_N_MODES] = {0};

	for (uint32_t j = 0; j < pilot_n(s->brain->pilot); j++) {
		struct pilot_look look;
		pilot_look(s->brain->pilot, j, &look);
		modes[look.mode]++;
	}
	for (int m = 0; m < PILOT_N_MODES; m++) {
		g_autofree char *name = g_strdup_printf("junctions_%s", pilot_mode_name((enum pilot_mode) m));
		wire_health_set(h, name, modes[m]);
	}
	const struct { const char *name; double value; } numbers[] = {
		{"frame_to_command_p50_s", lag_quantile_s(&s->lag, 0.5)}, {"frame_to_command_p99_s", lag_quantile_s(&s->lag, 0.99)},
		{"frame_to_command_max_s", s->lag.n > 0 ? s->lag.max_s : UNKNOWN}, {"commands_timed", (double) s->lag.n},
		{"ticks", (double) p.ticks}, {"decisions", (double) p.decisions}, {"clock_jumps", (double) p.jumps},
		{"estimates", (double) s->estimates}, {"estimates_refused", (double) s->garbage},
		{"estimates_old", (double) p.estimates_old}, {"estimates_blind", (double) p.estimates_blind},
		{"guard_refused", (double) p.refused}, {"let_go", (double) p.let_go}, {"controller_disagreed", (double) p.disagreed},
		{"controllers", c.connections}, {"controllers_up", c.up}, {"controller_timeouts", (double) c.timeouts},
		{"controller_refused", (double) c.refused}, {"controller_garbage", (double) c.garbage}, {"controller_answer_s", c.answer_max_s},
		{"status_age_p50_s", c.age_p50_s}, {"status_age_p99_s", c.age_p99_s}, {"status_age_max_s", c.age_max_s},
		{"workers", s->workers != NULL ? workers_n(s->workers) : 0}, {"workers_running", s->workers != NULL ? workers_running(s->workers) : 0},
		{"worker_restarts", s->workers != NULL ? (double) workers_restarts(s->workers) : 0},
		{"reloads", (double) s->reloads}, {"reloads_refused", (double) s->reloads_refused},
		{"alerts", (double) herald_alerts(s->herald)}, {"alerts_active", herald_active(s->herald)},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
		if (!isnan(numbers[i].value))
			wire_health_set(h, numbers[i].name, numbers[i].value);
	add_worktime(s, h);
	herald_health(s->herald, h);
}

/* ---- the tick ---- */

static gboolean on_tick(gpointer user);

static void schedule(struct service *s)
{
	double in_s = 1 - (pilot_now_s(s) - floor(pilot_now_s(s)));

	s->ticker = g_timeout_add_full(G_PRIORITY_HIGH, (guint) ceil(in_s * 1000), on_tick, s, NULL);
}

/* Behind what is ready to be read: who spoke while we were busy was not silent. Once, so that it comes however much there is. */
static bool put_off(struct service *s)
{
	s->put_off = !s->put_off && !isnan(s->tick_s) && since_tick_s(s) > MISSED_S;
	if (s->put_off)
		s->ticker = g_timeout_add_full(G_PRIORITY_DEFAULT, 0, on_tick, s, NULL);
	return s->put_off;
}

static gboolean on_tick(gpointer user)
{
	struct service *s = user;
	double real_s = pilot_now_s(s), now_s = floor(real_s);

	s->ticker = 0;
	if (put_off(s))
		return G_SOURCE_REMOVE;
	if (isnan(s->tick_s) || now_s != floor(s->tick_s)) { /* a timer may be a little early */
		if (real_s - now_s > LATE_S)
			now_s = real_s;
		bool keep = floor(now_s / KEEP_S) > floor(s->tick_s / KEEP_S); /* false at the first tick */
		s->tick_s = now_s;
		s->tick_us = g_get_monotonic_time();
		double from_s = worktime_now_s();
		pilot_tick(s->brain->pilot, now_s);
		worktime_add(&s->worktime, WORK_OPTIMIZER, from_s);
		cabinets_command(s->brain->cabinets);
		from_s = worktime_now_s();
		count_lag(s);
		tell_junctions(s);
		worktime_add(&s->worktime, WORK_FEED, from_s);
		tell_health(s);
		if (us_to_s(g_get_monotonic_time() - s->garbage_us) > GARBAGE_OVER_S)
			herald_alert(s->herald, "estimate-refused", "greenwaved", false, "no garbage any more");
		if (keep)
			brain_keep(s->brain, s->herald);
	}
	schedule(s);
	return G_SOURCE_REMOVE;
}

/* ---- beginning, reading again, ending ---- */

static void mouths_finish(struct mouths *m)
{
	bus_socket_free(m->publish);
	bus_socket_free(m->estimates);
	bus_socket_free(m->control);
	g_free(m->publish_at);
	g_free(m->estimates_at);
	g_free(m->control_at);
	*m = (struct mouths){0};
}

/* A socket that stays where it is stays open: it is taken over from `old`. */
static bool open_mouth(struct service *s, struct bus_socket **socket, char **at, const struct bus_options *options, struct bus_socket **old,
	char *const *old_at, GError **error)
{
	*at = g_strdup(options->endpoint);
	if (*old != NULL && g_strcmp0(*old_at, options->endpoint) == 0)
		return true; /* taken when all others are open */
	*socket = bus_open(s->bus, options, error);
	return *socket != NULL;
}

static void take_mouth(struct bus_socket **socket, struct bus_socket **old)
{
	if (*socket == NULL)
		*socket = g_steal_pointer(old);
}

static bool open_mouths(struct service *s, const struct brain *b, struct mouths *m, GError **error)
{
	const struct config_feed *feed = &b->config->feed;
	struct mouths *old = &s->mouths;
	struct bus_keys keys = {0};

	if (feed->key_file != NULL && !bus_keys_read(&keys, feed->key_file, error))
		return false;
	const struct bus_options publish = {.kind = BUS_PUB, .bind = true, .endpoint = feed->publish,
		.keys = feed->key_file != NULL ? &keys : NULL, .high_water = FEED_KEEPS + FEED_KEEPS_SIGNAL * b->net->n_signals};
	const struct bus_options estimates = {.kind = BUS_SUB, .bind = true, .endpoint = feed->estimates};
	const struct bus_options control = {.kind = BUS_REP, .bind = true, .endpoint = feed->control};
	bool open = open_mouth(s, &m->publish, &m->publish_at, &publish, &old->publish, &old->publish_at, error) &&
		open_mouth(s, &m->estimates, &m->estimates_at, &estimates, &old->estimates, &old->estimates_at, error) &&
		open_mouth(s, &m->control, &m->control_at, &control, &old->control, &old->control_at, error);
	memset(&keys, 0, sizeof keys);
	return open;
}

/* Those cabinets that the new one does not know are told to go back to their own plans. */
static gboolean on_left(gpointer user)
{
	struct service *s = user;

	if (!cabinets_idle(s->leaving->cabinets) && g_get_monotonic_time() < s->leaving_us)
		return G_SOURCE_CONTINUE;
	s->leaver = 0;
	g_clear_pointer(&s->leaving, brain_free);
	return G_SOURCE_REMOVE;
}

static void leave(struct service *s, struct brain *old)
{
	if (s->leaver != 0)
		g_source_remove(s->leaver);
	brain_free(s->leaving);
	s->leaving = old;
	s->leaving_us = g_get_monotonic_time() + (int64_t) (STOP_LIMIT_S * 1e6);
	s->leaver = g_timeout_add(STOP_CHECK_MS, on_left, s);
}

/* From here on the new configuration is the one. */
static void install(struct service *s, struct brain *b, struct mouths *m)
{
	bool new_estimates = m->estimates != NULL;

	take_mouth(&m->publish, &s->mouths.publish);
	take_mouth(&m->estimates, &s->mouths.estimates);
	take_mouth(&m->control, &s->mouths.control);
	mouths_finish(&s->mouths);
	s->mouths = *m;
	bus_allow(s->bus, (const char *const *) b->config->feed.allow);
	herald_to(s->herald, s->mouths.publish);
	if (new_estimates)
		bus_subscribe(s->mouths.estimates, "");
	bus_watch(s->mouths.estimates, on_worker, s);
	bus_watch(s->mouths.control, on_operator, s);
	if (s->brain != NULL)
		leave(s, s->brain);
	s->brain = b;
	brain_tell_unguarded(b, s->herald);
}

/* Workers are only disturbed when what they read has changed. */
static bool start_workers(struct service *s, GError **error)
{
	const struct config *config = s->brain->config;
	g_autofree char *are = workers_signature(config);

	if (s->workers != NULL && g_strcmp0(are, s->workers_are) == 0)
		return true;
	workers_free(s->workers);
	s->workers = NULL;
	g_free(s->workers_are);
	s->workers_are = g_steal_pointer(&are);
	if (config->n_cameras == 0)
		return true;
	s->workers = workers_new(s->options->vision, config, on_worker_alert, s->herald, error);
	return s->workers != NULL;
}

static bool begin(struct service *s, GError **error)
{
	struct mouths m = {0};
	owned(brain) b = brain_new(s->options->config, s->herald, error);

	if (b == NULL)
		return false;
	if (!open_mouths(s, b, &m, error)) {
		mouths_finish(&m);
		return false;
	}
	install(s, b, &m);
	brain_remember(b, s->herald);
	if (!brain_prepare(give(b), s->herald, report_s, s, error) || !cabinets_open(s->brain->cabinets, s->bus, error) || !start_workers(s, error))
		return false;
	const struct config *config = s->brain->config;
	g_message("%s: %u junctions, %u cameras in %u workers, feed at %s%s", config->path, pilot_n(s->brain->pilot), config->n_cameras,
		s->workers != NULL ? workers_n(s->workers) : 0, bus_endpoint(s->mouths.publish),
		cabinets_street(s->brain->cabinets) ? "" : ", a dry run: no light changes");
	return true;
}

/* From the old one's cabinets to the new one's. When that fails the old ones are opened again; when even that fails the daemon ends, and what starts it
 * may start it anew: cabinets without anybody are on their own plans. */
static bool change_cabinets(struct service *s, struct brain *b, GError **error)
{
	g_autoptr(GError) again = NULL;

	cabinets_part(s->brain->cabinets, b->cabinets);
	if (cabinets_open(b->cabinets, s->bus, error))
		return true;
	cabinets_part(b->cabinets, s->brain->cabinets);
	if (!cabinets_open(s->brain->cabinets, s->bus, &again)) {
		s->failed = g_strdup_printf("neither the new configuration's cabinets could be reached nor the old one's again: %s", again->message);
		g_main_loop_quit(s->loop);
	}
	return false;
}

static bool reload(struct service *s, GError **error)
{
	struct mouths m = {0};
	owned(brain) b = brain_new(s->options->config, s->herald, error);

	if (b == NULL)
		return false;
	if (!brain_prepare(b, s->herald, report_s, s, error))
		return false;
	if (!open_mouths(s, b, &m, error) || !change_cabinets(s, b, error)) {
		mouths_finish(&m);
		return false;
	}
	double shift_s = b->config->control.tick_phase_s - phase_s(s);
	if (!isnan(s->tick_s))
		brain_follow(b, s->brain, floor(s->tick_s) + 1);
	herald_over(s->herald);
	cabinets_carry(b->cabinets);
	install(s, give(b), &m);
	if (shift_s != 0 && s->ticker != 0) {
		g_source_remove(s->ticker);
		schedule(s);
	}
	return start_workers(s, error);
}

static gboolean on_hup(gpointer user)
{
	struct service *s = user;
	g_autoptr(GError) error = NULL;

	if (s->stop_us != 0)
		return G_SOURCE_CONTINUE;
	if (reload(s, &error)) {
		s->reloads++;
		herald_alert(s->herald, "config-refused", "greenwaved", false, "the configuration was read again");
		g_message("%s: read again", s->options->config);
	} else {
		s->reloads_refused++;
		herald_alert(s->herald, "config-refused", "greenwaved", false, "tried again");
		herald_alert(s->herald, "config-refused", "greenwaved", true, error->message);
	}
	return G_SOURCE_CONTINUE;
}

static gboolean on_stopping(gpointer user)
{
	struct service *s = user;
	bool done = cabinets_idle(s->brain->cabinets) && (s->workers == NULL || workers_running(s->workers) == 0);

	if (!done && g_get_monotonic_time() < s->stop_us)
		return G_SOURCE_CONTINUE;
	if (!done)
		g_warning("not everything ended within %.0f s", STOP_LIMIT_S);
	g_main_loop_quit(s->loop);
	return G_SOURCE_REMOVE;
}

static gboolean on_stop(gpointer user)
{
	struct service *s = user;

	if (s->stop_us != 0)
		return G_SOURCE_CONTINUE;
	s->stop_us = g_get_monotonic_time() + (int64_t) (STOP_LIMIT_S * 1e6);
	if (s->ticker != 0)
		g_source_remove(s->ticker);
	s->ticker = 0;
	g_message("ending: every junction is handed back to its own plan");
	cabinets_release(s->brain->cabinets);
	brain_keep(s->brain, s->herald);
	if (s->workers != NULL)
		workers_stop(s->workers);
	g_timeout_add(STOP_CHECK_MS, on_stopping, s);
	return G_SOURCE_CONTINUE;
}

static void finish(struct service *s)
{
	workers_free(s->workers);
	if (s->leaver != 0)
		g_source_remove(s->leaver);
	brain_free(s->leaving);
	brain_free(s->brain);
	mouths_finish(&s->mouths);
	herald_free(s->herald);
	bus_free(s->bus);
	g_free(s->workers_are);
	g_main_loop_unref(s->loop);
}

bool service_run(const struct service_options *options, GError **error)
{
	struct service s = {.options = options, .tick_s = UNKNOWN};
	guint sources[3];

	s.loop = g_main_loop_new(NULL, FALSE);
	s.bus = bus_new();
	s.herald = herald_new("greenwaved");
	bool begun = begin(&s, error);
	if (begun) {
		sources[0] = g_unix_signal_add(SIGHUP, on_hup, &s);
		sources[1] = g_unix_signal_add(SIGTERM, on_stop, &s);
		sources[2] = g_unix_signal_add(SIGINT, on_stop, &s);
		schedule(&s);
		g_main_loop_run(s.loop);
		for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
			g_source_remove(sources[i]);
	}
	finish(&s);
	if (s.failed != NULL)
		g_set_error_literal(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, s.failed);
	bool well = begun && s.failed == NULL;
	g_free(s.failed);
	return well;
}
