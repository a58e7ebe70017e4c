/* gridlock.c - circles in who waits for whom; see gridlock.h.
 *
 * A vehicle that stands points to all whom it may wait for: the one ahead, the last one on the road it is going to, those that stand on the
 * node it is before or on. A circle is a strongly connected set of them (Tarjan 1972).
 */
#include "sim/gridlock.h"

#include "sim/parts.h"

#define NAMED_MAX 8

struct search {
	const struct world *w;
	uint32_t limit_steps;
	uint32_t *order, *low; /* per slot; 0: not seen yet */
	bool *open;            /* on the stack */
	GArray *stack, *path;  /* uint32_t; struct step */
	uint32_t seen;
	GPtrArray *found;
};

/* A vehicle whose blockers are being looked at. */
struct step {
	uint32_t v;
	GArray *blockers;
	guint next;
};

static bool is_stuck(const struct search *s, uint32_t v)
{
	const struct car *c = &s->w->cars[v];
	bool light = c->held == HELD_RED || c->held == HELD_AMBER;
	return car_halts(c) && !light && (uint32_t) s->w->step_no - c->halt_step > s->limit_steps;
}

static void add_lane(GArray *out, const struct world *w, uint32_t lane, uint32_t but)
{
	for (uint32_t u = w->lanes[lane].head; u != NOBODY; u = w->cars[u].behind)
		if (u != but)
			g_array_append_val(out, u);
}

static void add_link(GArray *out, const struct world *w, uint32_t link, uint32_t but)
{
	const struct road_link *rl = &w->roads->links[link];
	for (int i = 0; i < 2 && rl->via[i] != NET_NONE; i++) {
		add_lane(out, w, rl->via[i], but);
		if (w->lanes[rl->via[i]].over != NOBODY && w->lanes[rl->via[i]].over != but)
			g_array_append_val(out, w->lanes[rl->via[i]].over);
	}
}

/* Whom v may wait for. */
static GArray *blockers_of(const struct world *w, uint32_t v)
{
	const struct car *c = &w->cars[v];
	GArray *out = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	if (c->ahead != NOBODY) {
		g_array_append_val(out, c->ahead);
		return out;
	}
	if (c->held == HELD_LANE) { /* waits to change lanes */
		const struct road_lane *lane = &w->roads->lanes[c->lane];
		if (car_must_side(c) && lane->index + car_must_side(c) >= 0 && lane->index + car_must_side(c) < lane->n_lanes)
			add_lane(out, w, c->lane + (uint32_t) car_must_side(c), v);
		return out;
	}
	if (c->link == NET_NONE)
		return out;
	const struct road_link *rl = &w->roads->links[c->link];
	const struct lane_now *to = &w->lanes[rl->to_lane];
	if (to->tail != NOBODY)
		g_array_append_val(out, to->tail);
	if (to->over != NOBODY && to->over != v)
		g_array_append_val(out, to->over);
	add_link(out, w, c->link, v);
	for (uint32_t k = 0; k < rl->n_conflicts; k++)
		add_link(out, w, w->roads->conflicts[rl->first_conflict + k].foe, v);
	return out;
}

static void gridlock_free(gpointer data)
{
	struct gridlock *g = data;
	g_free(g->ids);
	g_free(g->lanes);
	g_free(g);
}

/* A set is complete when its first member has nothing more to look at: all above it on the stack. */
static void close_set(struct search *s, uint32_t v)
{
	guint first = s->stack->len;
	do
		s->open[g_array_index(s->stack, uint32_t, --first)] = false;
	while (g_array_index(s->stack, uint32_t, first) != v);
	uint32_t n = s->stack->len - first, last_halt = 0;
	if (n > 1) {
		struct gridlock *g = g_new0(struct gridlock, 1);
		*g = (struct gridlock){.n = n, .ids = g_new(uint32_t, n), .lanes = g_new(uint32_t, n)};
		for (uint32_t k = 0; k < n; k++) {
			const struct car *c = &s->w->cars[g_array_index(s->stack, uint32_t, first + k)];
			g->ids[k] = c->id;
			g->lanes[k] = c->lane;
			last_halt = MAX(last_halt, c->halt_step);
		}
		g->since_s = s->w->options.begin_s + last_halt * s->w->h_s;
		g_ptr_array_add(s->found, g);
	}
	g_array_set_size(s->stack, first);
}

static void enter(struct search *s, uint32_t v)
{
	s->order[v] = s->low[v] = ++s->seen;
	s->open[v] = true;
	g_array_append_val(s->stack, v);
	struct step step = {v, blockers_of(s->w, v), 0};
	g_array_append_val(s->path, step);
}

/* From v on, without recursion: a queue may be long. */
static void walk(struct search *s, uint32_t first)
{
	enter(s, first);
	while (s->path->len) {
		struct step *step = &g_array_index(s->path, struct step, s->path->len - 1);
		uint32_t v = step->v;
		if (step->next < step->blockers->len) {
			uint32_t u = g_array_index(step->blockers, uint32_t, step->next++);
			if (!is_stuck(s, u))
				continue;
			if (!s->order[u])
				enter(s, u);
			else if (s->open[u])
				s->low[v] = MIN(s->low[v], s->order[u]);
			continue;
		}
		g_array_unref(step->blockers);
		g_array_set_size(s->path, s->path->len - 1);
		if (s->low[v] == s->order[v])
			close_set(s, v);
		if (s->path->len) {
			uint32_t before = g_array_index(s->path, struct step, s->path->len - 1).v;
			s->low[before] = MIN(s->low[before], s->low[v]);
		}
	}
}

static gint larger_first(gconstpointer a, gconstpointer b)
{
	const struct gridlock *g = *(const struct gridlock *const *) a, *h = *(const struct gridlock *const *) b;
	return g->n != h->n ? (g->n < h->n) - (g->n > h->n) : (g->ids[0] > h->ids[0]) - (g->ids[0] < h->ids[0]);
}

GPtrArray *gridlock_find(const struct world *w, double limit_s)
{
	struct search s = {.w = w, .limit_steps = (uint32_t) (limit_s / w->h_s), .found = g_ptr_array_new_with_free_func(gridlock_free)};
	s.order = g_new0(uint32_t, w->n + 1);
	s.low = g_new0(uint32_t, w->n + 1);
	s.open = g_new0(bool, w->n + 1);
	s.stack = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	s.path = g_array_new(FALSE, FALSE, sizeof(struct step));
	for (uint32_t v = 0; v < w->n; v++)
		if (!s.order[v] && is_stuck(&s, v))
			walk(&s, v);
	g_ptr_array_sort(s.found, larger_first);
	g_free(s.order);
	g_free(s.low);
	g_free(s.open);
	g_array_unref(s.stack);
	g_array_unref(s.path);
	return s.found;
}

static bool is_named(const struct gridlock *g, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if (g->lanes[i] == g->lanes[k])
			return true;
	return false;
}

char *gridlock_says(const struct world *w, const struct gridlock *g)
{
	GString *text = g_string_new(NULL);
	uint32_t named = 0, n_lanes = 0;
	g_string_printf(text, "%u vehicles wait for one another since %.0f s, on lanes", g->n, g->since_s);
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t here = 0;
		if (is_named(g, k))
			continue;
		for (uint32_t i = k; i < g->n; i++)
			here += g->lanes[i] == g->lanes[k];
		if (n_lanes++ < NAMED_MAX) {
			g_string_append_printf(text, "%s %s (%u)", named ? "," : "", w->net->lanes[g->lanes[k]].id, here);
			named += here;
		}
	}
	if (named < g->n)
		g_string_append_printf(text, " and on %u more lanes", n_lanes - NAMED_MAX);
	return g_string_free(text, FALSE);
}
