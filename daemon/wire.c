/* wire.c - what all messages share: strict members, heads, vehicles. */
#include "daemon/wire_inside.h"

#include <stdlib.h>
#include <string.h>

G_DEFINE_QUARK(greenwave-wire-error, wire_error)

/* Valid UTF-8 without control characters: what strangers send ends up on terminals and in logs. */
static char *clean_text(const char *text)
{
	char *clean = g_utf8_make_valid(text, -1);
	for (char *c = clean; *c; c++)
		if ((unsigned char) *c < ' ' || *c == 127)
			*c = ' ';
	return clean;
}

void look_wrong(struct look *l, const char *format, ...)
{
	if (l->wrong)
		return;
	va_list args;
	va_start(args, format);
	l->wrong = g_strdup_vprintf(format, args);
	va_end(args);
}

bool look_end(struct look *l, GError **error)
{
	if (!l->wrong)
		return true;
	g_autofree char *clean = clean_text(l->wrong);
	g_set_error(error, WIRE_ERROR, WIRE_ERROR_GARBAGE, "%s: %s", l->what, clean);
	g_clear_pointer(&l->wrong, g_free);
	return false;
}

json_t *look_object(struct look *l, const char *text, size_t length)
{
	json_error_t why;
	if (length > WIRE_MAX_BYTES) {
		look_wrong(l, "%zu bytes are too long, at most %d are taken", length, WIRE_MAX_BYTES);
		return NULL;
	}
	json_t *o = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
	if (!o)
		look_wrong(l, "not JSON: %s at byte %d", why.text, why.position);
	else if (!json_is_object(o)) {
		look_wrong(l, "not a JSON object");
		json_decref(o);
		o = NULL;
	}
	return o;
}

/* The member when it is there and nothing was wrong so far. */
static json_t *member(struct look *l, const json_t *o, const char *name, bool must)
{
	json_t *value = l->wrong ? NULL : json_object_get(o, name);
	if (!value && must)
		look_wrong(l, "%s is missing", name);
	return value;
}

double look_value(struct look *l, const json_t *value, const char *name, double min, double max)
{
	if (!json_is_number(value)) {
		look_wrong(l, "%s is not a number", name);
		return UNKNOWN;
	}
	double x = json_number_value(value);
	if (!(x >= min && x <= max))
		look_wrong(l, "%s is %g, must be from %g to %g", name, x, min, max);
	return x;
}

double look_number(struct look *l, const json_t *o, const char *name, bool must, double min, double max)
{
	json_t *value = member(l, o, name, must);
	return value ? look_value(l, value, name, min, max) : UNKNOWN;
}

int64_t look_whole(struct look *l, const json_t *o, const char *name, bool must, int64_t min, int64_t max)
{
	json_t *value = member(l, o, name, must);
	if (!value)
		return 0;
	if (!json_is_integer(value)) {
		look_wrong(l, "%s is not a whole number", name);
		return 0;
	}
	int64_t x = json_integer_value(value);
	if (x < min || x > max) {
		look_wrong(l, "%s is %" G_GINT64_FORMAT ", must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, name, x, min, max);
		return 0;
	}
	return x;
}

bool look_flag(struct look *l, const json_t *o, const char *name, bool must)
{
	json_t *value = member(l, o, name, must);
	if (value && !json_is_boolean(value))
		look_wrong(l, "%s is neither true nor false", name);
	return json_is_true(value);
}

static bool printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char) *text < ' ' || *text == 127)
			return false;
	return true;
}

bool look_id(struct look *l, const char *id, size_t size)
{
	if (!l->wrong && (!*id || strlen(id) >= size || !printable(id)))
		look_wrong(l, "an id is empty, over %zu characters or not printable", size - 1);
	return !l->wrong;
}

void look_text(struct look *l, const json_t *o, const char *name, bool must, char *to, size_t size)
{
	to[0] = '\0';
	json_t *value = member(l, o, name, must);
	if (!value)
		return;
	const char *text = json_string_value(value);
	if (!text)
		look_wrong(l, "%s is not text", name);
	else if (json_string_length(value) >= size)
		look_wrong(l, "%s has %zu characters, at most %zu are taken", name, json_string_length(value), size - 1);
	else if (must && !*text)
		look_wrong(l, "%s is empty", name);
	else if (!printable(text))
		look_wrong(l, "%s has control characters", name);
	else
		g_strlcpy(to, text, size);
}

json_t *look_list(struct look *l, const json_t *o, const char *name, bool must, size_t max)
{
	json_t *value = member(l, o, name, must);
	if (value && !json_is_array(value))
		look_wrong(l, "%s is not a list", name);
	else if (json_array_size(value) > max)
		look_wrong(l, "%s has %zu entries, at most %zu are taken", name, json_array_size(value), max);
	return l->wrong ? NULL : value;
}

json_t *look_map(struct look *l, const json_t *o, const char *name, bool must)
{
	json_t *value = member(l, o, name, must);
	if (value && !json_is_object(value))
		look_wrong(l, "%s is not an object", name);
	return l->wrong ? NULL : value;
}

uint32_t look_name(struct look *l, const json_t *o, const char *name, const char *const *names, uint32_t n)
{
	char text[WIRE_ID];
	look_text(l, o, name, true, text, sizeof(text));
	for (uint32_t i = 0; i < n; i++)
		if (!l->wrong && strcmp(text, names[i]) == 0)
			return i;
	look_wrong(l, "%s is \"%s\", which is none of its names", name, text);
	return 0;
}

void look_head(struct look *l, const json_t *o, struct wire_head *head)
{
	look_whole(l, o, "v", true, WIRE_VERSION, WIRE_VERSION);
	head->t_us = look_whole(l, o, "t_us", true, 0, WIRE_T_US_MAX);
	look_text(l, o, "src", true, head->src, sizeof(head->src));
	head->seq = (uint64_t) look_whole(l, o, "seq", true, 0, INT64_MAX);
}

static void look_vehicle(struct look *l, const json_t *list, const char *lane, struct seen_vehicle *v)
{
	size_t n = json_array_size(list); /* 0 when it is no list */
	bool good = l->wrong == NULL;
	*v = (struct seen_vehicle){0};
	if (n < 2 || n > 3) {
		look_wrong(l, "lane %s: a vehicle must be [dist_to_stop_m, speed_mps, length_m]", lane);
		return;
	}
	v->dist_to_stop_m = look_value(l, json_array_get(list, 0), "dist_to_stop_m", 0, 1e5);
	v->speed_mps = look_value(l, json_array_get(list, 1), "speed_mps", 0, 80);
	v->length_m = n == 3 ? look_value(l, json_array_get(list, 2), "length_m", 0.1, 100) : UNKNOWN;
	if (good && l->wrong) { /* say where */
		g_autofree char *what = l->wrong;
		l->wrong = g_strdup_printf("lane %s: %s", lane, what);
	}
}

struct seen_vehicle *look_vehicles(struct look *l, const json_t *list, const char *lane, uint32_t *n)
{
	*n = (uint32_t) json_array_size(list);
	struct seen_vehicle *vehicles = g_new0(struct seen_vehicle, MAX(*n, 1)); /* an empty list is not "no list" */
	for (uint32_t i = 0; i < *n && !l->wrong; i++) {
		look_vehicle(l, json_array_get(list, i), lane, &vehicles[i]);
		if (i > 0 && vehicles[i].dist_to_stop_m < vehicles[i - 1].dist_to_stop_m)
			look_wrong(l, "lane %s: vehicles must come nearest first, %g m comes after %g m", lane, vehicles[i].dist_to_stop_m,
				vehicles[i - 1].dist_to_stop_m);
	}
	return vehicles;
}

uint32_t look_lane(struct look *l, const struct network *net, const char *id)
{
	uint32_t lane = network_lane(net, id);
	if (lane == NET_NONE)
		look_wrong(l, "the network has no lane %.80s", id);
	else if (net->edges[net->lanes[lane].edge].function != NET_NORMAL)
		look_wrong(l, "lane %.80s is not a lane of a street", id);
	return lane;
}

void put_number(json_t *o, const char *name, double value)
{
	if (isfinite(value))
		json_object_set_new(o, name, put_value(value));
}

json_t *put_value(double value)
{
	double rounded = round(value * 1000) / 1000;
	return json_real(rounded == 0 ? 0 : rounded);
}

void put_whole(json_t *o, const char *name, int64_t value)
{
	json_object_set_new(o, name, json_integer(value));
}

void put_text(json_t *o, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	json_object_set_new(o, name, put_string(text));
}

json_t *put_string(const char *text)
{
	g_autofree char *clean = clean_text(text);
	return json_string(clean);
}

json_t *put_vehicles(const struct seen_vehicle *v, uint32_t n)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < n; i++) {
		json_t *one = json_array();
		json_array_append_new(one, put_value(v[i].dist_to_stop_m));
		json_array_append_new(one, put_value(v[i].speed_mps));
		if (isfinite(v[i].length_m))
			json_array_append_new(one, put_value(v[i].length_m));
		json_array_append_new(list, one);
	}
	return list;
}

json_t *put_head(const struct wire_head *head)
{
	json_t *o = json_object();
	put_whole(o, "v", WIRE_VERSION);
	put_whole(o, "t_us", head->t_us);
	put_text(o, "src", head->src);
	put_whole(o, "seq", (int64_t) head->seq);
	return o;
}

char *put_end(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | WIRE_PRECISION);
	json_decref(o);
	char *mine = g_strdup(text);
	free(text);
	return mine;
}

bool wire_head_read(const char *text, size_t length, struct wire_head *head, GError **error)
{
	struct look l = {.what = "message"};
	json_t *o = look_object(&l, text, length);
	look_head(&l, o, head);
	json_decref(o);
	return look_end(&l, error);
}

struct wire_source {
	char src[WIRE_ID];
	GHashTable *next; /* topic -> uint64_t */
};

struct wire_source *wire_source_new(const char *src)
{
	struct wire_source *s = g_new0(struct wire_source, 1);
	g_strlcpy(s->src, src, sizeof(s->src));
	s->next = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return s;
}

void wire_source_free(struct wire_source *s)
{
	if (!s)
		return;
	g_hash_table_unref(s->next);
	g_free(s);
}

struct wire_head wire_source_next(struct wire_source *s, const char *topic, int64_t t_us)
{
	struct wire_head head = {.t_us = t_us};
	g_strlcpy(head.src, s->src, sizeof(head.src));
	uint64_t *next = g_hash_table_lookup(s->next, topic);
	if (!next)
		g_hash_table_insert(s->next, g_strdup(topic), next = g_new0(uint64_t, 1));
	head.seq = (*next)++;
	return head;
}
