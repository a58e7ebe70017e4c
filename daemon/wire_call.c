/* wire_call.c - requests and replies of the bridge, the cabinets and the operator: one table says which fields each has. */
#include "daemon/wire_inside.h"

#include <string.h>

#define MAX_PAGE 65536

static const char *const kinds[WIRE_N_CALLS] = {
	[WIRE_CALL_HELLO] = "hello", [WIRE_CALL_WELCOME] = "welcome", [WIRE_CALL_STEP] = "step", [WIRE_CALL_ACT] = "act",
	[WIRE_CALL_BYE] = "bye", [WIRE_CALL_ERROR] = "error", [WIRE_CALL_SHOW] = "show", [WIRE_CALL_RELEASE] = "release",
	[WIRE_CALL_STATUS] = "status", [WIRE_CALL_HOLD] = "hold", [WIRE_CALL_WHY] = "why", [WIRE_CALL_DONE] = "done",
	[WIRE_CALL_CORRIDOR] = "corridor",
};

const char *wire_kind_name(enum wire_kind k)
{
	return kinds[k];
}

enum {
	HAS_V = 1 << 0,
	HAS_STEP_S = 1 << 1,
	HAS_T_S = 1 << 2,
	HAS_LANES = 1 << 3,
	HAS_IDS = 1 << 4,    /* signals: ["J1"] */
	HAS_STATES = 1 << 5, /* signals: {"J1":"GGrr"} */
	HAS_SHOWN = 1 << 6,  /* signals: {"J1":{"state":"GGrr"}} */
	HAS_TOLD = 1 << 7,   /* and since_us, mode with it */
	HAS_MAKE = 1 << 8,
	HAS_T_US = 1 << 9,
	HAS_SIGNAL = 1 << 10,
	HAS_STAGE = 1 << 11, /* and for_s */
	HAS_WHY = 1 << 12,
	HAS_TEXT = 1 << 13,
	MAY_BE_BARE = 1 << 14, /* as a request it has no field at all */
	HAS_CORRIDOR = 1 << 15, /* its fields stand beside the type */
	HAS_EMERGENCY = 1 << 16, /* emergency: [{...}], may be left out */
};

static const struct form {
	enum wire_line line;
	enum wire_kind kind;
	unsigned fields;
} forms[] = {
	{WIRE_BRIDGE, WIRE_CALL_HELLO, HAS_V | HAS_STEP_S},
	{WIRE_BRIDGE, WIRE_CALL_WELCOME, HAS_V | HAS_IDS},
	{WIRE_BRIDGE, WIRE_CALL_STEP, HAS_T_S | HAS_LANES | HAS_SHOWN | HAS_EMERGENCY},
	{WIRE_BRIDGE, WIRE_CALL_ACT, HAS_T_S | HAS_SHOWN},
	{WIRE_BRIDGE, WIRE_CALL_BYE, 0},
	{WIRE_BRIDGE, WIRE_CALL_ERROR, HAS_WHY},
	{WIRE_CABINET, WIRE_CALL_HELLO, HAS_V},
	{WIRE_CABINET, WIRE_CALL_WELCOME, HAS_V | HAS_MAKE | HAS_TOLD},
	{WIRE_CABINET, WIRE_CALL_SHOW, HAS_STATES},
	{WIRE_CABINET, WIRE_CALL_RELEASE, HAS_IDS},
	{WIRE_CABINET, WIRE_CALL_STATUS, HAS_T_US | HAS_TOLD | MAY_BE_BARE},
	{WIRE_CABINET, WIRE_CALL_ERROR, HAS_WHY},
	{WIRE_OPERATOR, WIRE_CALL_HOLD, HAS_SIGNAL | HAS_STAGE},
	{WIRE_OPERATOR, WIRE_CALL_RELEASE, HAS_SIGNAL},
	{WIRE_OPERATOR, WIRE_CALL_STATUS, 0},
	{WIRE_OPERATOR, WIRE_CALL_WHY, HAS_SIGNAL},
	{WIRE_OPERATOR, WIRE_CALL_CORRIDOR, HAS_CORRIDOR},
	{WIRE_OPERATOR, WIRE_CALL_DONE, HAS_TEXT},
	{WIRE_OPERATOR, WIRE_CALL_ERROR, HAS_WHY},
};

static const struct form *form_of(enum wire_line line, const char *type)
{
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
		if (forms[i].line == line && strcmp(kinds[forms[i].kind], type) == 0)
			return &forms[i];
	return NULL;
}

/* ---- life ---- */

struct wire_call *wire_call_new(enum wire_kind kind)
{
	struct wire_call *c = g_new0(struct wire_call, 1);
	c->kind = kind;
	c->step_s = c->t_s = c->taken_s = c->for_s = UNKNOWN;
	return c;
}

void wire_call_free(struct wire_call *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n_lights; i++)
		g_free(c->lights[i].state);
	for (uint32_t i = 0; i < c->n_lanes; i++)
		g_free(c->lanes[i].vehicles);
	for (uint32_t i = 0; i < c->n_corridors; i++)
		wire_corridor_finish(&c->corridors[i]);
	g_free(c->corridors);
	g_free(c->lights);
	g_free(c->lanes);
	g_free(c->text);
	g_free(c);
}

/* Room for one more; doubles at powers of two. */
static void *grow(void *items, uint32_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? g_realloc_n(items, n ? 2 * n : 1, size) : items;
}

static struct wire_light *add_light(struct wire_call *c, uint32_t signal, const char *state)
{
	c->lights = grow(c->lights, c->n_lights, sizeof(*c->lights));
	struct wire_light *light = &c->lights[c->n_lights++];
	*light = (struct wire_light){.signal = signal, .state = g_strdup(state)};
	return light;
}

static struct wire_lane *add_lane(struct wire_call *c, uint32_t lane, double passed_veh)
{
	c->lanes = grow(c->lanes, c->n_lanes, sizeof(*c->lanes));
	struct wire_lane *to = &c->lanes[c->n_lanes++];
	*to = (struct wire_lane){.lane = lane, .passed_veh = passed_veh};
	return to;
}

void wire_call_light(struct wire_call *c, uint32_t signal, const char *state)
{
	add_light(c, signal, state);
}

void wire_call_lane(struct wire_call *c, uint32_t lane, double passed_veh, const struct seen_vehicle *vehicles, uint32_t n)
{
	struct wire_lane *to = add_lane(c, lane, passed_veh);
	to->vehicles = n ? g_memdup2(vehicles, n * sizeof(*vehicles)) : NULL;
	to->n_vehicles = n;
}

struct wire_corridor *wire_call_corridor(struct wire_call *c, enum wire_corridor_act act, const char *id)
{
	c->corridors = grow(c->corridors, c->n_corridors, sizeof(*c->corridors));
	struct wire_corridor *to = &c->corridors[c->n_corridors++];
	wire_corridor_init(to);
	to->act = act;
	g_strlcpy(to->id, id, sizeof(to->id));
	return to;
}

/* ---- writing ---- */

static json_t *put_lights(const struct wire_call *c, unsigned fields, const struct network *net)
{
	json_t *all = fields & HAS_IDS ? json_array() : json_object();
	for (uint32_t i = 0; i < c->n_lights; i++) {
		const struct wire_light *light = &c->lights[i];
		const char *id = net->signals[light->signal].id;
		if (fields & HAS_IDS) {
			json_array_append_new(all, json_string(id));
			continue;
		}
		if (fields & HAS_STATES) {
			json_object_set_new(all, id, json_string(light->state));
			continue;
		}
		json_t *one = json_object();
		put_text(one, "state", light->state);
		if (fields & HAS_TOLD) {
			put_whole(one, "since_us", light->since_us);
			put_text(one, "mode", light->mode);
		}
		json_object_set_new(all, id, one);
	}
	return all;
}

static json_t *put_lanes(const struct wire_call *c, const struct network *net)
{
	json_t *all = json_object();
	for (uint32_t i = 0; i < c->n_lanes; i++) {
		const struct wire_lane *lane = &c->lanes[i];
		json_t *one = json_object();
		json_object_set_new(one, "vehicles", put_vehicles(lane->vehicles, lane->n_vehicles));
		if (isfinite(lane->passed_veh))
			put_whole(one, "passed_veh", llround(lane->passed_veh));
		json_object_set_new(all, net->lanes[lane->lane].id, one);
	}
	return all;
}

static json_t *put_emergency(const struct wire_call *c)
{
	json_t *all = json_array();
	for (uint32_t i = 0; i < c->n_corridors; i++) {
		json_t *one = json_object();
		put_corridor(one, &c->corridors[i]);
		json_array_append_new(all, one);
	}
	return all;
}

char *wire_call_write(enum wire_line line, const struct wire_call *c, const struct network *net)
{
	const struct form *form = form_of(line, kinds[c->kind]);
	g_return_val_if_fail(form != NULL, NULL);
	unsigned has = (form->fields & MAY_BE_BARE) && c->t_us == 0 ? 0 : form->fields;
	json_t *o = json_object();
	put_text(o, "type", kinds[c->kind]);
	if (has & HAS_V)
		put_whole(o, "v", WIRE_VERSION);
	put_number(o, "step_s", has & HAS_STEP_S ? c->step_s : UNKNOWN);
	put_number(o, "t_s", has & HAS_T_S ? c->t_s : UNKNOWN);
	put_number(o, "taken_s", has & HAS_LANES ? c->taken_s : UNKNOWN);
	put_text(o, "make", has & HAS_MAKE ? c->make : NULL);
	put_text(o, "signal", has & HAS_SIGNAL ? c->signal : NULL);
	put_text(o, "stage", has & HAS_STAGE ? c->stage : NULL);
	put_number(o, "for_s", has & HAS_STAGE ? c->for_s : UNKNOWN);
	put_text(o, "why", has & HAS_WHY ? c->text : NULL);
	if (has & HAS_TEXT)
		json_object_set_new(o, "text", json_string(c->text ? c->text : ""));
	if (has & HAS_T_US)
		put_whole(o, "t_us", c->t_us);
	if (has & HAS_LANES)
		json_object_set_new(o, "lanes", put_lanes(c, net));
	if (has & HAS_CORRIDOR)
		put_corridor(o, &c->corridors[0]);
	if (has & HAS_EMERGENCY && c->n_corridors)
		json_object_set_new(o, "emergency", put_emergency(c));
	if (has & (HAS_IDS | HAS_STATES | HAS_SHOWN | HAS_TOLD))
		json_object_set_new(o, "signals", put_lights(c, has, net));
	return put_end(o);
}

char *wire_refusal(const char *why)
{
	json_t *o = json_object();
	put_text(o, "type", kinds[WIRE_CALL_ERROR]);
	put_text(o, "why", why);
	return put_end(o);
}

/* ---- reading ---- */

static uint32_t look_signal(struct look *l, const struct network *net, const char *id)
{
	uint32_t signal = id ? network_signal(net, id) : NET_NONE;
	if (signal == NET_NONE)
		look_wrong(l, "the network has no signal %.80s", id ? id : "without a name");
	return signal;
}

static void look_light(struct look *l, const struct network *net, const char *id, const json_t *state, const json_t *told, struct wire_call *c)
{
	static const char *const modes[] = {"central", "local"};
	uint32_t signal = look_signal(l, net, id);
	const char *letters = json_string_value(state);
	if (!letters)
		look_wrong(l, "signal %.80s: state is missing or not text", id);
	else if (!l->wrong && (strlen(letters) != net->signals[signal].n_links || letters[strspn(letters, WIRE_LETTERS)]))
		look_wrong(l, "signal %.80s: state must be %u letters out of %s", id, net->signals[signal].n_links, WIRE_LETTERS);
	if (l->wrong)
		return;
	struct wire_light *light = add_light(c, signal, letters);
	if (told) {
		light->since_us = look_whole(l, told, "since_us", true, 0, INT64_MAX);
		g_strlcpy(light->mode, modes[look_name(l, told, "mode", modes, 2)], sizeof(light->mode));
	}
}

static void look_lights(struct look *l, const json_t *o, unsigned has, const struct network *net, struct wire_call *c)
{
	if (has & HAS_IDS) {
		json_t *ids = look_list(l, o, "signals", true, net->n_signals);
		for (size_t i = 0; i < json_array_size(ids) && !l->wrong; i++) {
			uint32_t signal = look_signal(l, net, json_string_value(json_array_get(ids, i)));
			add_light(c, signal, NULL);
		}
		return;
	}
	/* A world may leave out what shows (we take it that it shows what it was told) or what it sees (nothing is observed). */
	json_t *all = look_map(l, o, "signals", !(has & HAS_LANES)), *one;
	const char *id;
	json_object_foreach (all, id, one) {
		if (l->wrong)
			break;
		if (has & HAS_STATES)
			look_light(l, net, id, one, NULL, c);
		else
			look_light(l, net, id, json_object_get(one, "state"), has & HAS_TOLD ? one : NULL, c);
	}
}

static void look_lanes(struct look *l, const json_t *o, const struct network *net, struct wire_call *c)
{
	json_t *all = look_map(l, o, "lanes", false), *one;
	const char *id;
	json_object_foreach (all, id, one) {
		if (l->wrong)
			break;
		if (!json_is_object(one))
			look_wrong(l, "lane %.80s is not an object", id);
		uint32_t index = network_lane(net, id); /* also those inside a node without a signal */
		if (index == NET_NONE)
			look_wrong(l, "the network has no lane %.80s", id);
		struct wire_lane *lane = add_lane(c, index, UNKNOWN);
		lane->passed_veh = look_number(l, one, "passed_veh", false, 0, 1000);
		json_t *vehicles = look_list(l, one, "vehicles", true, WIRE_MAX_VEHICLES);
		for (size_t i = 0; i < json_array_size(vehicles) && !l->wrong; i++)
			if (json_array_size(json_array_get(vehicles, i)) != 3) /* a world knows how long its vehicles are */
				look_wrong(l, "lane %.80s: a vehicle must be [dist_to_stop_m, speed_mps, length_m]", id);
		if (!vehicles && l->wrong && index != NET_NONE) { /* say where */
			g_autofree char *what = l->wrong;
			l->wrong = g_strdup_printf("lane %.80s: %s", id, what);
		}
		if (vehicles)
			lane->vehicles = look_vehicles(l, vehicles, id, &lane->n_vehicles);
	}
}

static void look_emergency(struct look *l, const json_t *o, struct wire_call *c)
{
	json_t *all = look_list(l, o, "emergency", false, 64);
	for (size_t i = 0; i < json_array_size(all) && !l->wrong; i++)
		look_corridor(l, json_array_get(all, i), false, wire_call_corridor(c, WIRE_CORRIDOR_AT, ""));
}

/* Text for people, of several lines. */
static char *look_page(struct look *l, const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));
	if (!text || strlen(text) > MAX_PAGE)
		look_wrong(l, "%s is not text of at most %d characters", name, MAX_PAGE);
	for (const char *c = text; c && *c; c++)
		if (((unsigned char) *c < ' ' && *c != '\n') || *c == 127)
			look_wrong(l, "%s has control characters", name);
	return l->wrong ? NULL : g_strdup(text);
}

static void look_fields(struct look *l, const json_t *o, unsigned has, const struct network *net, struct wire_call *c)
{
	char text[1024];
	if (has & HAS_V)
		look_whole(l, o, "v", true, WIRE_VERSION, WIRE_VERSION);
	if (has & HAS_STEP_S)
		c->step_s = look_number(l, o, "step_s", true, 0.001, 10);
	if (has & HAS_T_S)
		c->t_s = look_number(l, o, "t_s", true, 0, 1e10);
	if (has & HAS_T_US)
		c->t_us = look_whole(l, o, "t_us", true, 1, INT64_MAX);
	if (has & HAS_MAKE)
		look_text(l, o, "make", true, c->make, sizeof(c->make));
	if (has & HAS_SIGNAL)
		look_text(l, o, "signal", true, c->signal, sizeof(c->signal));
	if (has & HAS_STAGE) {
		look_text(l, o, "stage", true, c->stage, sizeof(c->stage));
		c->for_s = look_number(l, o, "for_s", true, 1, 3600);
	}
	if (has & HAS_WHY) {
		look_text(l, o, "why", true, text, sizeof(text));
		c->text = g_strdup(text);
	}
	if (has & HAS_TEXT)
		c->text = look_page(l, o, "text");
	if (has & HAS_CORRIDOR)
		look_corridor(l, o, true, wire_call_corridor(c, WIRE_CORRIDOR_LIST, ""));
	if (has & HAS_EMERGENCY)
		look_emergency(l, o, c);
	if (has & HAS_LANES) {
		c->taken_s = look_number(l, o, "taken_s", false, 0, l->wrong ? 0 : c->t_s);
		look_lanes(l, o, net, c);
	}
	if (has & (HAS_IDS | HAS_STATES | HAS_SHOWN | HAS_TOLD))
		look_lights(l, o, has, net, c);
}

struct wire_call *wire_call_read(enum wire_line line, const char *text, size_t length, const struct network *net, GError **error)
{
	struct look l = {.what = "message"};
	char type[32];
	json_t *o = look_object(&l, text, length);
	look_text(&l, o, "type", true, type, sizeof(type));
	const struct form *form = l.wrong ? NULL : form_of(line, type);
	if (!form)
		look_wrong(&l, "the type \"%s\" is not known here", type);
	owned(wire_call) c = wire_call_new(form ? form->kind : WIRE_CALL_ERROR);
	if (form) {
		l.what = kinds[form->kind];
		bool bare = (form->fields & MAY_BE_BARE) && !json_object_get(o, "signals") && !json_object_get(o, "t_us");
		look_fields(&l, o, bare ? 0 : form->fields, net, c);
	}
	json_decref(o);
	return look_end(&l, error) ? give(c) : NULL;
}
