/* wire_corridor.c - an emergency vehicle's way and place, on the operator's line and on the bridge. */
#include "daemon/wire_inside.h"

#include <string.h>

static const char *const acts[WIRE_N_CORRIDOR_ACTS] = {"list", "start", "at", "end"};

void wire_corridor_init(struct wire_corridor *c)
{
	*c = (struct wire_corridor){.pos_m = UNKNOWN, .x_m = UNKNOWN, .y_m = UNKNOWN, .speed_mps = UNKNOWN};
}

void wire_corridor_finish(struct wire_corridor *c)
{
	g_strfreev(c->edges);
}

void put_corridor(json_t *o, const struct wire_corridor *c)
{
	if (json_object_get(o, "type"))
		put_text(o, "act", acts[c->act]);
	put_text(o, "id", c->id);
	if (c->edges) {
		json_t *edges = json_array();
		for (char **edge = c->edges; *edge; edge++)
			json_array_append_new(edges, json_string(*edge));
		json_object_set_new(o, "edges", edges);
	}
	if (c->priority)
		put_whole(o, "priority", c->priority);
	put_text(o, "lane", c->lane);
	put_number(o, "pos_m", c->pos_m);
	put_number(o, "x_m", c->x_m);
	put_number(o, "y_m", c->y_m);
	put_number(o, "speed_mps", c->speed_mps);
	if (c->age_s > 0)
		put_number(o, "age_s", c->age_s);
}

static void look_edges(struct look *l, const json_t *o, bool must, struct wire_corridor *c)
{
	json_t *list = look_list(l, o, "edges", must, WIRE_MAX_EDGES);
	if (!list || l->wrong)
		return;
	if (json_array_size(list) == 0)
		look_wrong(l, "edges is empty, a way needs one edge at least");
	c->edges = g_new0(char *, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list) && !l->wrong; i++) {
		const char *id = json_string_value(json_array_get(list, i));
		if (!id)
			look_wrong(l, "edges must be a list of names");
		else if (look_id(l, id, WIRE_ID))
			c->edges[i] = g_strdup(id);
	}
}

void look_corridor(struct look *l, const json_t *o, bool named_act, struct wire_corridor *c)
{
	if (!json_is_object(o)) {
		look_wrong(l, "an emergency vehicle is not an object");
		return;
	}
	if (named_act)
		c->act = (enum wire_corridor_act) look_name(l, o, "act", acts, WIRE_N_CORRIDOR_ACTS);
	look_text(l, o, "id", c->act != WIRE_CORRIDOR_LIST, c->id, sizeof(c->id));
	look_edges(l, o, c->act == WIRE_CORRIDOR_START || !named_act, c);
	c->priority = (uint32_t) look_whole(l, o, "priority", false, 0, 9);
	look_text(l, o, "lane", !named_act, c->lane, sizeof(c->lane));
	c->pos_m = look_number(l, o, "pos_m", *c->lane != 0, 0, 1e6);
	c->x_m = look_number(l, o, "x_m", false, -1e7, 1e7);
	c->y_m = look_number(l, o, "y_m", isfinite(c->x_m), -1e7, 1e7);
	c->speed_mps = look_number(l, o, "speed_mps", false, 0, 80);
	c->age_s = look_number(l, o, "age_s", false, 0, 60);
	if (isnan(c->age_s))
		c->age_s = 0;
	if (c->act == WIRE_CORRIDOR_AT && !*c->lane && isnan(c->x_m))
		look_wrong(l, "no place is told: lane and pos_m, or x_m and y_m");
}
