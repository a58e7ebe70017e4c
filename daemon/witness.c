/* witness.c - watches a demo from outside. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/eyetest.h"
#include "daemon/jsonnum.h"
#include "daemon/truth_score.h"
#include "daemon/witness.h"

#define MOSTLY 0.5       /* a junction is adaptive for at least this share of the time after its first adaptive second */
#define CHANGES_LEAST 2  /* lamps changed on command at least so often */

struct junction_seen {
	uint64_t told, adaptive; /* messages after the first adaptive one; those of them that were */
	uint64_t changes;        /* of the true lamps in mode central */
	char state[256];
};

struct camera_seen {
	uint64_t estimates, with_vehicles;
	double queue_veh;
};

struct witness {
	const struct network *net;
	const struct config *config;
	struct bus_socket *feed, *truth;
	struct screen screen;
	struct junction_seen *junctions;
	struct camera_seen *cameras;
	struct eyetest *eyetest;
	GHashTable *alerts;  /* topic -> "where: sentence" of those that are active */
	GPtrArray *sentences; /* of char *, not owned: those for the screen */
	bool daemon_up, scored;
	double adaptive_from_s; /* NaN until every junction was adaptive at once */
	struct report_run scores;
	uint64_t garbage;
};

static uint32_t junction_index(const struct witness *w, const char *id)
{
	return network_signal(w->net, id); /* the screen's junctions stand in the network's order */
}

static uint32_t camera_index(const struct witness *w, const char *id)
{
	for (uint32_t i = 0; i < w->screen.n_cameras; i++)
		if (strcmp(w->screen.cameras[i].id, id) == 0)
			return i;
	return NET_NONE;
}

/* ---- what the daemon says ---- */

static bool take_estimate(struct witness *w, const char *body, size_t length)
{
	owned(wire_estimate) e = wire_estimate_read(body, length, w->net, NULL);
	uint32_t k = e ? camera_index(w, e->camera) : NET_NONE;
	if (k == NET_NONE)
		return false;
	w->cameras[k].estimates++;
	w->cameras[k].queue_veh = 0;
	bool vehicles = false;
	for (uint32_t i = 0; i < e->n_lanes; i++) {
		vehicles |= e->lanes[i].n_vehicles > 0 || e->lanes[i].flow_veh > 0;
		if (isfinite(e->lanes[i].queue_veh))
			w->cameras[k].queue_veh += e->lanes[i].queue_veh;
		eyetest_seen(w->eyetest, &e->lanes[i]);
	}
	w->cameras[k].with_vehicles += vehicles;
	return true;
}

static bool take_signal(struct witness *w, const char *body, size_t length)
{
	struct wire_signal s;
	if (!wire_signal_read(body, length, &s, NULL))
		return false;
	uint32_t j = junction_index(w, s.junction);
	if (j == NET_NONE)
		return false;
	struct screen_junction *shown = &w->screen.junctions[j];
	shown->heard = true;
	shown->mode = s.mode;
	memcpy(shown->stage, s.stage, sizeof shown->stage);
	shown->for_s = us_to_s(s.head.t_us - s.since_us);
	shown->queue_seen_veh = s.queue_veh;
	struct junction_seen *seen = &w->junctions[j];
	if (s.mode == WIRE_ADAPTIVE || seen->told) {
		seen->told++;
		seen->adaptive += s.mode == WIRE_ADAPTIVE;
	}
	return true;
}

static bool take_alert(struct witness *w, const char *topic, const char *body, size_t length)
{
	struct wire_alert a;
	if (!wire_alert_read(body, length, &a, NULL))
		return false;
	if (a.active)
		g_hash_table_insert(w->alerts, g_strdup(topic), g_strdup_printf("%s: %s", a.where, a.text));
	else
		g_hash_table_remove(w->alerts, topic);
	return true;
}

void witness_cpu(struct witness *w, const char *name, double cpu_frac)
{
	struct screen *s = &w->screen;
	uint32_t i = 0;
	while (i < s->n_programs && strcmp(s->programs[i].name, name) != 0)
		i++;
	if (i == G_N_ELEMENTS(s->programs))
		return;
	if (i == s->n_programs) {
		s->programs[s->n_programs++] = (struct screen_program){0};
		g_strlcpy(s->programs[i].name, name, sizeof s->programs[i].name);
	}
	s->programs[i].cpu_frac = cpu_frac;
	if (isfinite(cpu_frac)) {
		s->programs[i].cpu_sum += cpu_frac;
		s->programs[i].cpu_n++;
	}
}

static bool take_health(struct witness *w, const char *body, size_t length)
{
	owned(wire_health) h = wire_health_read(body, length, NULL);
	if (!h)
		return false;
	witness_cpu(w, h->program, h->cpu_frac);
	w->daemon_up |= strcmp(h->program, "greenwaved") == 0;
	for (uint32_t i = 0; i < h->n_numbers; i++) {
		if (strcmp(h->numbers[i].name, "frame_to_command_p50_s") == 0)
			w->screen.lag_p50_s = h->numbers[i].value;
		if (strcmp(h->numbers[i].name, "frame_to_command_p99_s") == 0)
			w->screen.lag_p99_s = h->numbers[i].value;
	}
	for (uint32_t i = 0; i < h->n_cameras; i++) {
		uint32_t k = camera_index(w, h->cameras[i].id);
		if (k == NET_NONE)
			continue;
		struct screen_camera *c = &w->screen.cameras[k];
		c->heard = true;
		c->state = h->cameras[i].health.state;
		c->fps = h->cameras[i].health.fps;
		c->lag_s = h->cameras[i].health.lag_s;
	}
	return true;
}

static char *on_feed(void *user, const char *topic, const char *body, size_t length)
{
	struct witness *w = user;
	bool good = true;
	if (g_str_has_prefix(topic, "estimate/"))
		good = take_estimate(w, body, length);
	else if (g_str_has_prefix(topic, "signal/"))
		good = take_signal(w, body, length);
	else if (g_str_has_prefix(topic, "alert/"))
		good = take_alert(w, topic, body, length);
	else if (g_str_has_prefix(topic, "health/"))
		good = take_health(w, body, length);
	w->garbage += !good;
	return NULL;
}

/* ---- what is true ---- */

static bool all_adaptive(const struct witness *w)
{
	uint32_t n = 0;
	for (uint32_t j = 0; j < w->screen.n_junctions; j++)
		n += w->screen.junctions[j].heard && w->screen.junctions[j].mode == WIRE_ADAPTIVE;
	return n == w->screen.n_junctions;
}

static void take_summary(struct witness *w, const json_t *o)
{
	if (isnan(w->adaptive_from_s) && all_adaptive(w))
		w->adaptive_from_s = json_number_or_unknown(o, "t_s");
	w->scores.adaptive = truth_score(json_object_get(o, "adaptive"));
	w->scores.fixed = truth_score(json_object_get(o, "fixed"));
	w->screen.delay_s = w->scores.adaptive.delay_s;
	w->screen.fixed_delay_s = w->scores.fixed.delay_s;
	w->scored = true;
}

static void take_lamps(struct junction_seen *seen, const json_t *o)
{
	const char *state = json_string_value(json_object_get(o, "state")), *mode = json_string_value(json_object_get(o, "mode"));
	if (!state || !mode)
		return;
	seen->changes += seen->state[0] && strcmp(mode, "central") == 0 && strcmp(state, seen->state) != 0;
	g_strlcpy(seen->state, state, sizeof seen->state);
}

static void take_truth(struct witness *w, uint32_t j, const json_t *o)
{
	const char *id;
	json_t *lane;
	double t_us = json_number_or_unknown(o, "t_us"), queue = 0;
	json_object_foreach(json_object_get(o, "lanes"), id, lane) {
		uint32_t l = network_lane(w->net, id);
		struct truth_lane truth = {(int64_t) t_us, json_number_or_unknown(lane, "queue_veh"), json_number_or_unknown(lane, "speed_mps"),
			json_number_or_unknown(lane, "passed_veh")};
		if (l == NET_NONE || !isfinite(t_us))
			continue;
		eyetest_truth(w->eyetest, l, &truth);
		queue += isfinite(truth.queue_veh) ? truth.queue_veh : 0;
	}
	struct screen_junction *shown = &w->screen.junctions[j];
	shown->queue_true_veh = queue;
	shown->delay_s = json_number_or_unknown(o, "delay_s");
	shown->fixed_delay_s = json_number_or_unknown(o, "fixed_delay_s");
	take_lamps(&w->junctions[j], o);
}

static char *on_truth(void *user, const char *topic, const char *body, size_t length)
{
	struct witness *w = user;
	json_auto_t *o = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
	uint32_t j = g_str_has_prefix(topic, "truth/") ? junction_index(w, topic + strlen("truth/")) : NET_NONE;
	if (!json_is_object(o))
		w->garbage++;
	else if (strcmp(topic, "truth/summary") == 0)
		take_summary(w, o);
	else if (j != NET_NONE)
		take_truth(w, j, o);
	return NULL;
}

/* ---- life ---- */

static struct bus_socket *listen_to(struct bus *bus, const char *endpoint, const char *const *prefixes, bus_on_message on_message,
	struct witness *w, GError **error)
{
	struct bus_socket *s = bus_open(bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = endpoint, .high_water = 10000}, error);
	for (; s && *prefixes; prefixes++)
		bus_subscribe(s, *prefixes);
	if (s)
		bus_watch(s, on_message, w);
	return s;
}

static void know_nothing(struct witness *w)
{
	struct screen *s = &w->screen;
	s->delay_s = s->fixed_delay_s = s->lag_p50_s = s->lag_p99_s = UNKNOWN;
	s->n_junctions = w->net->n_signals;
	s->n_cameras = w->config->n_cameras;
	s->junctions = g_new0(struct screen_junction, s->n_junctions);
	s->cameras = g_new0(struct screen_camera, s->n_cameras + 1);
	for (uint32_t j = 0; j < s->n_junctions; j++) {
		struct screen_junction *one = &s->junctions[j];
		one->for_s = one->queue_seen_veh = one->queue_true_veh = one->delay_s = one->fixed_delay_s = UNKNOWN;
		g_strlcpy(one->id, w->net->signals[j].id, sizeof one->id);
	}
	for (uint32_t i = 0; i < s->n_cameras; i++)
		g_strlcpy(s->cameras[i].id, w->config->cameras[i].id, sizeof s->cameras[i].id);
}

struct witness *witness_new(struct bus *bus, const char *feed, const char *truth, const struct network *net, const struct config *config,
	GError **error)
{
	static const char *const said[] = {"estimate/", "signal/", "alert/", "health/", NULL}, *const is[] = {"truth/", NULL};
	owned(witness) w = g_new0(struct witness, 1);
	w->net = net;
	w->config = config;
	w->adaptive_from_s = UNKNOWN;
	know_nothing(w);
	w->junctions = g_new0(struct junction_seen, net->n_signals + 1);
	w->cameras = g_new0(struct camera_seen, config->n_cameras + 1);
	w->eyetest = eyetest_new(net);
	w->alerts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	w->sentences = g_ptr_array_new();
	w->truth = listen_to(bus, truth, is, on_truth, w, error);
	w->feed = w->truth ? listen_to(bus, feed, said, on_feed, w, error) : NULL;
	return w->feed ? give(w) : NULL;
}

void witness_free(struct witness *w)
{
	if (!w)
		return;
	bus_socket_free(w->feed);
	bus_socket_free(w->truth);
	eyetest_free(w->eyetest);
	if (w->alerts)
		g_hash_table_unref(w->alerts);
	if (w->sentences)
		g_ptr_array_unref(w->sentences);
	g_free(w->junctions);
	g_free(w->cameras);
	g_free(w->screen.junctions);
	g_free(w->screen.cameras);
	g_free(w);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

struct screen *witness_screen(struct witness *w)
{
	GHashTableIter iter;
	gpointer sentence;
	g_ptr_array_set_size(w->sentences, 0);
	g_hash_table_iter_init(&iter, w->alerts);
	while (g_hash_table_iter_next(&iter, NULL, &sentence))
		g_ptr_array_add(w->sentences, sentence);
	g_ptr_array_sort(w->sentences, by_text);
	w->screen.alerts = (const char *const *) (const void *) w->sentences->pdata;
	w->screen.n_alerts = w->sentences->len;
	w->screen.vision = eyetest_result(w->eyetest);
	w->screen.vision.cameras = witness_cameras_up(w);
	return &w->screen;
}

bool witness_daemon_up(const struct witness *w)
{
	return w->daemon_up;
}

uint32_t witness_cameras_up(const struct witness *w)
{
	uint32_t up = 0;
	for (uint32_t i = 0; i < w->screen.n_cameras; i++)
		up += w->cameras[i].estimates > 0;
	return up;
}

const struct config_camera *witness_busiest(const struct witness *w)
{
	uint32_t best = 0;
	for (uint32_t i = 1; i < w->screen.n_cameras; i++)
		if (w->cameras[i].queue_veh > w->cameras[best].queue_veh)
			best = i;
	return &w->config->cameras[best];
}

double witness_queue_veh(const struct witness *w, const char *camera)
{
	uint32_t k = camera_index(w, camera);
	return k == NET_NONE ? 0 : w->cameras[k].queue_veh;
}

bool witness_scores(const struct witness *w, struct report_run *run)
{
	run->fixed = w->scores.fixed;
	run->adaptive = w->scores.adaptive;
	return w->scored;
}

double witness_adaptive_from_s(const struct witness *w)
{
	return w->adaptive_from_s;
}

void witness_verdict(const struct witness *w, GString *out)
{
	if (!w->daemon_up)
		g_string_append(out, "greenwaved was never heard.\n");
	if (!w->scored)
		g_string_append(out, "the simulator told no scores.\n");
	for (uint32_t i = 0; i < w->screen.n_cameras; i++)
		if (w->cameras[i].with_vehicles == 0)
			g_string_append_printf(out, "camera %s delivered %" G_GUINT64_FORMAT " estimates, none with a vehicle.\n",
				w->screen.cameras[i].id,
				w->cameras[i].estimates);
	for (uint32_t j = 0; j < w->net->n_signals; j++) {
		const struct junction_seen *seen = &w->junctions[j];
		if ((double) seen->adaptive <= MOSTLY * (double) seen->told)
			g_string_append_printf(out, "junction %s was adaptive in %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " messages, must be most "
				"of the time.\n",
				w->net->signals[j].id, seen->adaptive, seen->told);
		if (seen->changes < CHANGES_LEAST)
			g_string_append_printf(out, "the lamps of %s changed %" G_GUINT64_FORMAT " times on command, must be %d times or more.\n",
				w->net->signals[j].id, seen->changes, CHANGES_LEAST);
	}
}
