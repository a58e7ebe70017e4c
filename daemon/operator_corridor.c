/* operator_corridor.c - an emergency vehicle's corridor on the operator's line: start, place, end, and how it goes. */
#include "daemon/operator_inside.h"

#include <string.h>

static char *refuse(GError *error)
{
	return wire_refusal(error->message);
}

/* The edges by their names; NULL with a sentence. Owned by the caller. */
static uint32_t *edges_of(const struct network *net, char **names, GError **error)
{
	g_autofree uint32_t *edges = g_new(uint32_t, g_strv_length(names));
	for (uint32_t k = 0; names[k] != NULL; k++) {
		edges[k] = network_edge(net, names[k]);
		if (edges[k] != NET_NONE)
			continue;
		g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_WAY, "the network has no edge \"%s\"", names[k]);
		return NULL;
	}
	return g_steal_pointer(&edges);
}

static bool has_place(const struct wire_corridor *c)
{
	return *c->lane != '\0' || isfinite(c->x_m);
}

static bool tell_place(struct brain *b, const struct wire_corridor *c, double now_s, GError **error)
{
	struct corridors_place place = {.lane = NET_NONE, .pos_m = c->pos_m, .at = {c->x_m, c->y_m}, .speed_mps = c->speed_mps};
	if (*c->lane != '\0') {
		place.lane = network_lane(b->net, c->lane);
		if (place.lane == NET_NONE) {
			g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_PLACE, "the network has no lane \"%s\"", c->lane);
			return false;
		}
	}
	return corridors_seen(pilot_corridors(b->pilot), c->id, &place, now_s - c->age_s, error);
}

static const char *how_of(const struct brain *b, const struct corridor *c, const struct corridor_point *p, char *text, size_t size)
{
	struct pilot_look look;
	uint32_t j = pilot_find(b->pilot, p->signal);
	if (j == NET_NONE)
		return "not guarded: runs its own program";
	pilot_look(b->pilot, j, &look);
	if (look.mode == PILOT_RELEASED)
		return "not ours: the controller runs by itself";
	if (!p->wanted || look.corridor == NULL || strcmp(look.corridor, c->id) != 0)
		return p->wanted ? "is being prepared" : "later";
	if (look.mode != PILOT_CORRIDOR)
		return look.corridor_how == CORRIDOR_LETS && look.asked != p->need.stage ? "there is time, others go on" : "has its green";
	g_snprintf(text, size, look.corridor_how == CORRIDOR_SERVES ? "serves %s before" : look.corridor_how == CORRIDOR_LATE ? "%s as soon as may be"
		: "%s for the corridor", operator_stage(pilot_junction(b->pilot, j), look.asked));
	return text;
}

static void print_point(const struct brain *b, const struct corridor *c, const struct corridor_point *p, double now_s, GString *to)
{
	char text[64], stage[20] = "", clear[20] = "", from[20] = "";
	uint32_t j = pilot_find(b->pilot, p->signal);
	if (p->wanted) {
		g_snprintf(stage, sizeof stage, "%s", operator_stage(pilot_junction(b->pilot, j), p->need.stage));
		g_snprintf(clear, sizeof clear, "%.0f s", p->clear_s);
		g_snprintf(from, sizeof from, "%.0f s", fmax(p->need.from_s - now_s, 0));
	}
	g_string_append_printf(to, "  %-16s %6.0f s  %-6s %8s %10s   %s\n", b->net->signals[p->signal].id, fmax(p->arrive_s - now_s, 0), stage, clear, from,
		how_of(b, c, p, text, sizeof text));
}

static void print_corridor(const struct brain *b, const struct corridor *c, double now_s, GString *to)
{
	uint32_t ahead = c->way->n_stops - c->next;
	g_string_append_printf(to, "%s is %s: %u of %u signals ahead", c->id, corridor_state_name(c->state), ahead, c->way->n_stops);
	if (isfinite(c->at_m))
		g_string_append_printf(to, ", at %.0f of %.0f m, %.1f m/s", c->at_m, c->way->length_m, c->speed_mps);
	else
		g_string_append_printf(to, ", %.1f km, %.0f s without waiting", c->way->length_m / 1000, c->way->total_s);
	g_string_append_printf(to, ", priority %u\n", c->priority);
	if (c->state != CORRIDOR_RUNS || ahead == 0)
		return;
	g_string_append_printf(to, "  %-16s %8s  %-6s %8s %10s   %s\n", "signal", "there in", "stage", "to clear", "green from", "what it does");
	for (uint32_t k = c->next; k < c->way->n_stops; k++)
		print_point(b, c, &c->points[k], now_s, to);
}

static char *say(const struct brain *b, const char *id, double now_s)
{
	const struct corridors *cs = pilot_corridors(b->pilot);
	g_autoptr(GString) text = g_string_new(NULL);
	for (uint32_t k = 0; k < corridors_n(cs); k++)
		if (*id == '\0' || strcmp(corridors_get(cs, k)->id, id) == 0)
			print_corridor(b, corridors_get(cs, k), now_s, text);
	if (text->len == 0)
		g_string_append(text, "no corridor is open");
	else
		g_string_truncate(text, text->len - 1);
	return operator_done(text->str);
}

char *operator_corridor(struct brain *b, const struct wire_corridor *c, double now_s)
{
	struct corridors *cs = pilot_corridors(b->pilot);
	g_autoptr(GError) error = NULL;
	switch (c->act) {
	case WIRE_CORRIDOR_START: {
		g_autofree uint32_t *edges = edges_of(b->net, c->edges, &error);
		if (edges == NULL || !corridors_begin(cs, c->id, edges, g_strv_length(c->edges), c->priority, now_s, &error))
			return refuse(error);
		if (has_place(c) && !tell_place(b, c, now_s, &error)) {
			corridors_end(cs, c->id, "its place could not be understood", NULL);
			return refuse(error);
		}
		g_message("operator: a corridor for %s", c->id);
		pilot_plan_corridors(b->pilot, now_s);
		return say(b, c->id, now_s);
	}
	case WIRE_CORRIDOR_AT:
		if (!tell_place(b, c, now_s, &error))
			return refuse(error);
		return operator_done(corridor_state_name(corridors_find(cs, c->id)->state));
	case WIRE_CORRIDOR_END:
		if (!corridors_end(cs, c->id, "ended by the operator", &error))
			return refuse(error);
		g_message("operator: no corridor for %s any more", c->id);
		return operator_done("ended");
	default:
		return say(b, c->id, now_s);
	}
}
