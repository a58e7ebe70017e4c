/* wire_report.c - what the daemon and its workers tell: plan, signal, alert, health. */
#include "daemon/wire_inside.h"

#include <string.h>

#define FAR_S 86400.0
#define MANY 1e9
#define BIG 1e15 /* counters: what a double still counts one by one */

/* ---- plan ---- */

static void write_options(struct pen *pen, const struct wire_plan *p)
{
	if (p->n_options)
		pen_open(pen, "options", '[');
	for (uint32_t i = 0; i < p->n_options; i++) {
		pen_open(pen, NULL, '{');
		pen_text(pen, "stage", p->options[i].stage);
		pen_number(pen, "cost_s", p->options[i].cost_s);
		pen_number(pen, "first_s", p->options[i].first_s);
		pen_close(pen, '}');
	}
	if (p->n_options)
		pen_close(pen, ']');
	if (!*p->change_stage)
		return;
	pen_open(pen, "change", '{');
	pen_text(pen, "stage", p->change_stage);
	pen_text(pen, "lane", p->change_lane);
	pen_whole(pen, "veh", p->change_veh);
	pen_close(pen, '}');
}

char *wire_plan_write(const struct wire_plan *p)
{
	struct pen pen;
	pen_begin(&pen, &p->head);
	pen_text(&pen, "junction", p->junction);
	pen_text(&pen, "method", p->method);
	pen_open(&pen, "stages", '[');
	for (uint32_t i = 0; i < p->n_stages; i++) {
		pen_open(&pen, NULL, '{');
		pen_text(&pen, "stage", p->stages[i].stage);
		pen_number(&pen, "start_s", p->stages[i].start_s);
		pen_number(&pen, "end_s", p->stages[i].end_s);
		pen_close(&pen, '}');
	}
	pen_close(&pen, ']');
	pen_number(&pen, "delay_own_s", p->delay_own_s);
	pen_number(&pen, "delay_chosen_s", p->delay_chosen_s);
	pen_number(&pen, "delay_next_s", p->delay_next_s);
	pen_text(&pen, "why", p->why);
	write_options(&pen, p);
	if (*p->corridor) {
		pen_open(&pen, "corridor", '{');
		pen_text(&pen, "id", p->corridor);
		pen_number(&pen, "in_s", p->corridor_in_s);
		pen_close(&pen, '}');
	}
	return pen_end(&pen);
}

static void look_options(struct look *l, const json_t *o, struct wire_plan *p)
{
	json_t *options = look_list(l, o, "options", false, WIRE_MAX_STAGES), *change = look_map(l, o, "change", false);
	for (size_t i = 0; i < json_array_size(options) && !l->wrong; i++) {
		json_t *one = json_array_get(options, i);
		if (!json_is_object(one))
			look_wrong(l, "an option is not an object");
		look_text(l, one, "stage", true, p->options[i].stage, sizeof(p->options[i].stage));
		p->options[i].cost_s = look_number(l, one, "cost_s", false, 0, MANY);
		p->options[i].first_s = look_number(l, one, "first_s", true, 0, FAR_S);
		p->n_options++;
	}
	if (!change || l->wrong)
		return;
	look_text(l, change, "stage", true, p->change_stage, sizeof(p->change_stage));
	look_text(l, change, "lane", true, p->change_lane, sizeof(p->change_lane));
	p->change_veh = (uint32_t) look_whole(l, change, "veh", true, 1, 1000);
}

bool wire_plan_read(const char *text, size_t length, struct wire_plan *p, GError **error)
{
	struct look l = {.what = "plan"};
	*p = (struct wire_plan){0};
	json_t *o = look_object(&l, text, length);
	look_head(&l, o, &p->head);
	look_text(&l, o, "junction", true, p->junction, sizeof(p->junction));
	look_text(&l, o, "method", true, p->method, sizeof(p->method));
	json_t *stages = look_list(&l, o, "stages", true, WIRE_MAX_STAGES);
	for (size_t i = 0; i < json_array_size(stages) && !l.wrong; i++) {
		json_t *one = json_array_get(stages, i);
		if (!json_is_object(one))
			look_wrong(&l, "a stage is not an object");
		look_text(&l, one, "stage", true, p->stages[i].stage, sizeof(p->stages[i].stage));
		p->stages[i].start_s = look_number(&l, one, "start_s", true, 0, FAR_S);
		p->stages[i].end_s = look_number(&l, one, "end_s", true, 0, FAR_S);
		if (!l.wrong && p->stages[i].end_s < p->stages[i].start_s)
			look_wrong(&l, "stage %s ends before it begins", p->stages[i].stage);
		p->n_stages++;
	}
	p->delay_own_s = look_number(&l, o, "delay_own_s", false, 0, MANY);
	p->delay_chosen_s = look_number(&l, o, "delay_chosen_s", false, 0, MANY);
	p->delay_next_s = look_number(&l, o, "delay_next_s", false, 0, MANY);
	look_text(&l, o, "why", false, p->why, sizeof(p->why));
	look_options(&l, o, p);
	json_t *corridor = look_map(&l, o, "corridor", false);
	p->corridor_in_s = UNKNOWN;
	if (corridor && !l.wrong) {
		look_text(&l, corridor, "id", true, p->corridor, sizeof(p->corridor));
		p->corridor_in_s = look_number(&l, corridor, "in_s", true, 0, FAR_S);
	}
	json_decref(o);
	return look_end(&l, error);
}

/* ---- signal ---- */

static const char *const modes[WIRE_N_MODES] = {
	[WIRE_ADAPTIVE] = "adaptive", [WIRE_TAPER] = "taper", [WIRE_FIXED] = "fixed", [WIRE_HOLD] = "hold", [WIRE_CORRIDOR] = "corridor", [WIRE_LOCAL] = "local",
};

const char *wire_mode_name(enum wire_mode m)
{
	return modes[m];
}

char *wire_signal_write(const struct wire_signal *s)
{
	struct pen pen;
	pen_begin(&pen, &s->head);
	pen_text(&pen, "junction", s->junction);
	pen_text(&pen, "state", s->state);
	if (s->since_us)
		pen_whole(&pen, "since_us", s->since_us);
	pen_text(&pen, "stage", s->stage);
	pen_text(&pen, "asked", s->asked);
	pen_text(&pen, "mode", modes[s->mode]);
	pen_text(&pen, "driver", s->driver);
	pen_text(&pen, "held_by", s->held_by);
	pen_number(&pen, "held_s", s->held_s);
	pen_number(&pen, "estimate_age_s", s->estimate_age_s);
	pen_number(&pen, "queue_veh", s->queue_veh);
	return pen_end(&pen);
}

bool wire_signal_read(const char *text, size_t length, struct wire_signal *s, GError **error)
{
	struct look l = {.what = "signal"};
	*s = (struct wire_signal){0};
	json_t *o = look_object(&l, text, length);
	look_head(&l, o, &s->head);
	look_text(&l, o, "junction", true, s->junction, sizeof(s->junction));
	look_text(&l, o, "state", true, s->state, sizeof(s->state));
	if (s->state[strspn(s->state, WIRE_LETTERS)])
		look_wrong(&l, "state is \"%.80s\", must be letters out of " WIRE_LETTERS, s->state);
	s->since_us = look_whole(&l, o, "since_us", false, 0, INT64_MAX);
	look_text(&l, o, "stage", false, s->stage, sizeof(s->stage));
	look_text(&l, o, "asked", false, s->asked, sizeof(s->asked));
	s->mode = look_name(&l, o, "mode", modes, WIRE_N_MODES);
	look_text(&l, o, "driver", true, s->driver, sizeof(s->driver));
	look_text(&l, o, "held_by", false, s->held_by, sizeof(s->held_by));
	s->held_s = look_number(&l, o, "held_s", false, 0, FAR_S);
	s->estimate_age_s = look_number(&l, o, "estimate_age_s", false, 0, MANY);
	s->queue_veh = look_number(&l, o, "queue_veh", false, 0, MANY);
	json_decref(o);
	return look_end(&l, error);
}

/* ---- alert ---- */

static const char *const severities[WIRE_N_SEVERITIES] = {[WIRE_INFO] = "info", [WIRE_WARNING] = "warning", [WIRE_ALARM] = "alarm"};

const char *wire_severity_name(enum wire_severity s)
{
	return severities[s];
}

char *wire_alert_write(const struct wire_alert *a)
{
	json_t *o = put_head(&a->head);
	put_text(o, "kind", a->kind);
	put_text(o, "where", a->where);
	put_text(o, "severity", severities[a->severity]);
	json_object_set_new(o, "active", json_boolean(a->active));
	put_whole(o, "count", (int64_t) a->count);
	put_text(o, "text", a->text);
	return put_end(o);
}

bool wire_alert_read(const char *text, size_t length, struct wire_alert *a, GError **error)
{
	struct look l = {.what = "alert"};
	*a = (struct wire_alert){0};
	json_t *o = look_object(&l, text, length);
	look_head(&l, o, &a->head);
	look_text(&l, o, "kind", true, a->kind, sizeof(a->kind));
	if (a->kind[strspn(a->kind, "abcdefghijklmnopqrstuvwxyz-")])
		look_wrong(&l, "kind is \"%s\", must be letters a-z and -", a->kind);
	look_text(&l, o, "where", true, a->where, sizeof(a->where));
	a->severity = look_name(&l, o, "severity", severities, WIRE_N_SEVERITIES);
	a->active = look_flag(&l, o, "active", true);
	a->count = (uint64_t) look_whole(&l, o, "count", true, 0, INT64_MAX);
	look_text(&l, o, "text", true, a->text, sizeof(a->text));
	json_decref(o);
	return look_end(&l, error);
}

/* ---- health ---- */

static const enum camera_state states[] = {CAMERA_CONNECTING, CAMERA_OK, CAMERA_LOST, CAMERA_BLIND, CAMERA_FROZEN, CAMERA_ENDED, CAMERA_MOVED};
static const char *const state_names[] = {"connecting", "ok", "lost", "blind", "frozen", "ended", "moved"};

const char *wire_camera_state(enum camera_state s)
{
	for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
		if (states[i] == s)
			return state_names[i];
	return state_names[0];
}

void wire_health_set(struct wire_health *h, const char *name, double value)
{
	uint32_t i = 0;
	while (i < h->n_numbers && strcmp(h->numbers[i].name, name) != 0)
		i++;
	if (i == WIRE_MAX_NUMBERS)
		return;
	if (i == h->n_numbers) {
		h->n_numbers++;
		g_strlcpy(h->numbers[i].name, name, sizeof(h->numbers[i].name));
	}
	h->numbers[i].value = value;
}

static json_t *put_camera(const struct camera_health *h)
{
	json_t *o = json_object();
	put_text(o, "state", wire_camera_state(h->state));
	put_text(o, "why", h->why);
	put_whole(o, "frames", (int64_t) h->frames);
	put_whole(o, "dropped", (int64_t) h->dropped);
	put_whole(o, "broken", (int64_t) h->broken);
	put_whole(o, "reconnects", (int64_t) h->reconnects);
	put_number(o, "fps", h->fps);
	put_number(o, "lag_s", h->lag_s);
	if (h->width_px && h->height_px) {
		put_whole(o, "width_px", h->width_px);
		put_whole(o, "height_px", h->height_px);
	}
	return o;
}

char *wire_health_write(const struct wire_health *h)
{
	json_t *o = put_head(&h->head), *numbers = json_object();
	put_text(o, "program", h->program);
	put_text(o, "version", h->version);
	put_number(o, "up_s", h->up_s);
	put_number(o, "cpu_frac", h->cpu_frac);
	put_number(o, "memory_mb", h->memory_mb);
	for (uint32_t i = 0; i < h->n_numbers; i++)
		put_number(numbers, h->numbers[i].name, h->numbers[i].value);
	json_object_set_new(o, "numbers", numbers);
	if (h->n_cameras) {
		json_t *cameras = json_object();
		for (uint32_t i = 0; i < h->n_cameras; i++)
			json_object_set_new(cameras, h->cameras[i].id, put_camera(&h->cameras[i].health));
		json_object_set_new(o, "cameras", cameras);
	}
	return put_end(o);
}

static void look_camera(struct look *l, const char *id, const json_t *o, struct wire_camera *c)
{
	if (!json_is_object(o))
		look_wrong(l, "a camera is not an object");
	if (!look_id(l, id, WIRE_ID))
		return;
	g_strlcpy(c->id, id, sizeof(c->id));
	struct camera_health *h = &c->health;
	h->state = states[look_name(l, o, "state", state_names, G_N_ELEMENTS(state_names))];
	look_text(l, o, "why", false, h->why, sizeof(h->why));
	h->frames = (uint64_t) look_whole(l, o, "frames", true, 0, INT64_MAX);
	h->dropped = (uint64_t) look_whole(l, o, "dropped", true, 0, INT64_MAX);
	h->broken = (uint64_t) look_whole(l, o, "broken", true, 0, INT64_MAX);
	h->reconnects = (uint64_t) look_whole(l, o, "reconnects", true, 0, INT64_MAX);
	h->fps = look_number(l, o, "fps", false, 0, MANY);
	h->lag_s = look_number(l, o, "lag_s", false, -FAR_S, MANY);
	h->width_px = (uint32_t) look_whole(l, o, "width_px", false, 0, 100000);
	h->height_px = (uint32_t) look_whole(l, o, "height_px", false, 0, 100000);
}

struct wire_health *wire_health_read(const char *text, size_t length, GError **error)
{
	struct look l = {.what = "health"};
	owned(wire_health) h = g_new0(struct wire_health, 1);
	json_t *o = look_object(&l, text, length), *value;
	look_head(&l, o, &h->head);
	look_text(&l, o, "program", true, h->program, sizeof(h->program));
	look_text(&l, o, "version", true, h->version, sizeof(h->version));
	h->up_s = look_number(&l, o, "up_s", true, 0, MANY);
	h->cpu_frac = look_number(&l, o, "cpu_frac", false, 0, 1e4);
	h->memory_mb = look_number(&l, o, "memory_mb", false, 0, MANY);
	json_t *numbers = look_map(&l, o, "numbers", true), *cameras = look_map(&l, o, "cameras", false);
	if (json_object_size(numbers) > WIRE_MAX_NUMBERS || json_object_size(cameras) > WIRE_MAX_CAMERAS)
		look_wrong(&l, "more than %d numbers or %d cameras", WIRE_MAX_NUMBERS, WIRE_MAX_CAMERAS);
	const char *name;
	if (!l.wrong)
		json_object_foreach (numbers, name, value) {
			look_id(&l, name, sizeof(h->numbers[0].name));
			wire_health_set(h, name, look_value(&l, value, "a number", -BIG, BIG));
		}
	h->cameras = g_new0(struct wire_camera, WIRE_MAX_CAMERAS);
	if (!l.wrong)
		json_object_foreach (cameras, name, value)
			look_camera(&l, name, value, &h->cameras[h->n_cameras++]);
	json_decref(o);
	return look_end(&l, error) ? give(h) : NULL;
}

void wire_health_free(struct wire_health *h)
{
	if (!h)
		return;
	g_free(h->cameras);
	g_free(h);
}
