/* corridors.c - see corridors.h. */
#include "daemon/corridors.h"

#include <math.h>
#include <string.h>

#include "core/units.h"

#define NEAR_M 40.0    /* a point so far from its way is off it: positions err by some metres, roads are some wide */
#define ASTRAY_S 5.0   /* so long it may seem off its way before that is said */

struct entry {
	struct corridor *corridor;
	uint32_t *via;       /* the edges that were asked for, owned */
	uint32_t n_via;
	enum corridor_state told;
	double astray_s;     /* since when it is off its way; NaN: it is not */
};

struct corridors {
	const struct network *net;
	struct corridor_options options;
	corridors_on_alert on_alert;
	void *user;
	GPtrArray *entries; /* struct entry, those that go before others first */
	uint64_t begun;
};

static void entry_free(gpointer data)
{
	struct entry *e = data;
	corridor_free(e->corridor);
	g_free(e->via);
	g_free(e);
}

struct corridors *corridors_new(const struct network *net, const struct corridor_options *options, corridors_on_alert on_alert, void *user)
{
	struct corridors *cs = g_new0(struct corridors, 1);
	cs->net = net;
	cs->options = options ? *options : corridor_options_default();
	cs->on_alert = on_alert;
	cs->user = user;
	cs->entries = g_ptr_array_new_with_free_func(entry_free);
	return cs;
}

void corridors_free(struct corridors *cs)
{
	if (cs == NULL)
		return;
	g_ptr_array_unref(cs->entries);
	g_free(cs);
}

static void alert(const struct corridors *cs, const char *kind, const char *where, bool active, const char *format, ...) G_GNUC_PRINTF(5, 6);
static void alert(const struct corridors *cs, const char *kind, const char *where, bool active, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *sentence = g_strdup_vprintf(format, list);
	va_end(list);
	if (cs->on_alert != NULL)
		cs->on_alert(cs->user, kind, where, active, sentence);
}

static struct entry *find(const struct corridors *cs, const char *id)
{
	for (guint k = 0; k < cs->entries->len; k++) {
		struct entry *e = cs->entries->pdata[k];
		if (strcmp(e->corridor->id, id) == 0)
			return e;
	}
	return NULL;
}

uint32_t corridors_n(const struct corridors *cs)
{
	return cs->entries->len;
}

const struct corridor *corridors_get(const struct corridors *cs, uint32_t k)
{
	return ((const struct entry *) cs->entries->pdata[k])->corridor;
}

const struct corridor *corridors_find(const struct corridors *cs, const char *id)
{
	const struct entry *e = find(cs, id);
	return e != NULL ? e->corridor : NULL;
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
	const struct entry *x = *(const struct entry *const *) a, *y = *(const struct entry *const *) b;
	return corridor_before(x->corridor, y->corridor) ? -1 : 1;
}

bool corridors_begin(struct corridors *cs, const char *id, const uint32_t *edges, uint32_t n_edges, uint32_t priority, double now_s, GError **error)
{
	if (find(cs, id) == NULL && cs->entries->len >= CORRIDORS_MAX) {
		g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_NAME, "%d corridors are open, no more are possible", CORRIDORS_MAX);
		return false;
	}
	owned(corridor_way) way = corridor_way_new(cs->net, edges, n_edges, NET_EMERGENCY, error);
	if (way == NULL)
		return false;
	if (way->n_stops == 0) {
		g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_WAY, "there is no signal on the way from edge %s to edge %s", cs->net->edges[edges[0]].id,
			cs->net->edges[edges[n_edges - 1]].id);
		return false;
	}
	struct entry *before = find(cs, id);
	if (before != NULL)
		g_ptr_array_remove(cs->entries, before);
	struct entry *e = g_new0(struct entry, 1);
	e->corridor = corridor_new(id, give(way), priority, &cs->options, now_s);
	e->corridor->order = cs->begun++;
	e->via = g_memdup2(edges, n_edges * sizeof *edges);
	e->n_via = n_edges;
	e->astray_s = UNKNOWN;
	g_ptr_array_add(cs->entries, e);
	g_ptr_array_sort(cs->entries, by_rank);
	alert(cs, "corridor", id, true, "a corridor is open for %s: %u signals on %.1f km", id, e->corridor->way->n_stops, e->corridor->way->length_m / 1000);
	return true;
}

void corridors_follow(struct corridors *cs, const struct corridors *old, double now_s)
{
	for (guint k = 0; k < old->entries->len; k++) {
		const struct entry *e = old->entries->pdata[k];
		const struct corridor *c = e->corridor;
		uint32_t first = isnan(c->at_m) ? 0 : corridor_way_edge(c->way, c->at_m), n = c->way->n_edges - first;
		g_autofree uint32_t *edges = g_new(uint32_t, n);
		bool all = true;
		for (uint32_t i = 0; i < n; i++) {
			edges[i] = network_edge(cs->net, old->net->edges[c->way->edges[first + i]].id);
			all = all && edges[i] != NET_NONE;
		}
		if (all)
			corridors_begin(cs, c->id, edges, n, c->priority, now_s, NULL);
	}
}

/* It has left its way: the fastest one from its lane to the same end, if there is any. */
static void lead_on(struct corridors *cs, struct entry *e, const struct corridors_place *place, double t_s)
{
	struct corridor *c = e->corridor;
	uint32_t edges[2] = {place->lane != NET_NONE ? cs->net->lanes[place->lane].edge : NET_NONE, e->via[e->n_via - 1]};
	if (edges[0] == NET_NONE || cs->net->edges[edges[0]].function != NET_NORMAL)
		return;
	owned(corridor_way) way = corridor_way_new(cs->net, edges, edges[0] == edges[1] ? 1 : 2, NET_EMERGENCY, NULL);
	if (way == NULL || way->n_stops == 0)
		return;
	double at_m = corridor_way_find(way, 0, place->lane, place->pos_m);
	struct corridor *on = corridor_new(c->id, give(way), c->priority, &cs->options, c->begun_s);
	on->order = c->order;
	on->pace = c->pace;
	corridor_seen(on, at_m, place->speed_mps, t_s);
	corridor_free(c);
	e->corridor = on;
	e->told = CORRIDOR_RUNS;
	e->astray_s = UNKNOWN;
	alert(cs, "corridor-astray", on->id, true, "%s left its way at edge %s and is led on: %u signals to its end", on->id, cs->net->edges[edges[0]].id,
		on->way->n_stops);
	alert(cs, "corridor-astray", on->id, false, "%s has a new way", on->id);
}

bool corridors_seen(struct corridors *cs, const char *id, const struct corridors_place *place, double t_s, GError **error)
{
	struct entry *e = find(cs, id);
	if (e == NULL) {
		g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_NAME, "there is no corridor \"%s\"", id);
		return false;
	}
	const struct corridor *c = e->corridor;
	uint32_t from = isnan(c->at_m) ? 0 : corridor_way_edge(c->way, c->at_m);
	double at_m = place->lane != NET_NONE ? corridor_way_find(c->way, from, place->lane, place->pos_m)
										 : corridor_way_near(c->way, from, place->at, NEAR_M);
	corridor_seen(e->corridor, at_m, place->speed_mps, t_s);
	if (isfinite(at_m))
		e->astray_s = UNKNOWN;
	else if (isnan(e->astray_s))
		e->astray_s = t_s;
	else if (t_s - e->astray_s >= ASTRAY_S)
		lead_on(cs, e, place, t_s);
	return true;
}

static void close_entry(struct corridors *cs, struct entry *e, const char *why)
{
	g_autofree char *id = g_strdup(e->corridor->id);
	if (e->told == CORRIDOR_LOST)
		alert(cs, "corridor-lost", id, false, "%s", why);
	if (e->told == CORRIDOR_ASTRAY)
		alert(cs, "corridor-astray", id, false, "%s", why);
	g_ptr_array_remove(cs->entries, e);
	alert(cs, "corridor", id, false, "%s", why);
}

bool corridors_end(struct corridors *cs, const char *id, const char *why, GError **error)
{
	struct entry *e = find(cs, id);
	if (e == NULL) {
		g_set_error(error, CORRIDOR_ERROR, CORRIDOR_ERROR_NAME, "there is no corridor \"%s\"", id);
		return false;
	}
	close_entry(cs, e, why);
	return true;
}

/* An alert where the state is news. */
static void tell(struct corridors *cs, struct entry *e, double now_s)
{
	const struct corridor *c = e->corridor;
	enum corridor_state state = c->state;
	if (state == CORRIDOR_ASTRAY && !(now_s - e->astray_s >= ASTRAY_S))
		return;
	if (state == e->told)
		return;
	if (e->told == CORRIDOR_LOST)
		alert(cs, "corridor-lost", c->id, false, "%s is heard again", c->id);
	if (e->told == CORRIDOR_ASTRAY)
		alert(cs, "corridor-astray", c->id, false, "%s is on its way again", c->id);
	if (state == CORRIDOR_LOST)
		alert(cs, "corridor-lost", c->id, true, "no place of %s for %.0f s: its greens are given back until it is heard again", c->id,
			now_s - c->seen_s);
	if (state == CORRIDOR_ASTRAY)
		alert(cs, "corridor-astray", c->id, true, "%s is not on its way: its greens are given back", c->id);
	e->told = state;
}

static void end_those_over(struct corridors *cs, double now_s)
{
	for (guint k = cs->entries->len; k-- > 0;) {
		struct entry *e = cs->entries->pdata[k];
		const struct corridor *c = e->corridor;
		double heard_s = fmax(c->seen_s, c->begun_s);
		g_autofree char *why = NULL;
		if (c->state == CORRIDOR_ARRIVED)
			why = g_strdup_printf("%s is over the last of %u signals, %.0f s after it was called", c->id, c->way->n_stops, now_s - c->begun_s);
		else if (now_s - heard_s > CORRIDORS_FORGET_S)
			why = g_strdup_printf("nothing was heard of %s for %.0f s", c->id, now_s - heard_s);
		if (why != NULL)
			close_entry(cs, e, why);
	}
}

void corridors_plan(struct corridors *cs, const struct corridor_street *street, double now_s)
{
	for (guint k = 0; k < cs->entries->len; k++) {
		struct entry *e = cs->entries->pdata[k];
		corridor_plan(e->corridor, street, now_s);
		tell(cs, e, now_s);
	}
	end_those_over(cs, now_s);
}

void corridors_jumped(struct corridors *cs, double now_s)
{
	for (guint k = 0; k < cs->entries->len; k++)
		corridor_jumped(((struct entry *) cs->entries->pdata[k])->corridor, now_s);
}

struct corridors_asked corridors_ask(struct corridors *cs, uint32_t signal, const struct junction *j, const struct guard *g, uint32_t wish,
	double now_s)
{
	struct corridors_asked all = {.asked = {wish, CORRIDOR_LETS, 0}};
	/* Who goes before asks last: what the others want is a wish to him. A way that comes by twice: its later visit first. */
	for (guint k = cs->entries->len; k-- > 0;) {
		struct corridor *c = ((struct entry *) cs->entries->pdata[k])->corridor;
		for (uint32_t i = c->way->n_stops; i-- > c->first;) {
			struct corridor_point *p = &c->points[i];
			if (p->signal != signal || !p->wanted)
				continue;
			all.need = &p->need;
			struct corridor_asked asked = corridor_ask(g, j, all.asked.stage, &p->need, &p->script, now_s);
			bool changes = asked.stage != all.asked.stage;
			if (changes || all.by == NULL) {
				all.by = c;
				all.arrive_s = p->arrive_s;
				all.asked = asked;
			}
		}
	}
	return all;
}
