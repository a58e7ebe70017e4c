/* turn_counts.c - counts instead of routes; see turn_counts.h. */
#include "daemon/turn_counts.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "core/notes.h"
#include "core/xmlfile.h"
#include "sim/sim_error.h"

#define COUNT_MAX 1e6
#define TURNS_MAX 64 /* of one vehicle */

struct turn_counts {
	const struct network *net;
	GHashTable *turns;   /* "from to" indices -> double *, veh */
	double *edges;       /* by edge, veh; 0 = nobody counted */
	double begin_s, end_s;
	/* while reading */
	struct notes *notes;
	bool inside;
};

static bool on_interval(struct turn_counts *c, const struct netattr *a, GError **error)
{
	double begin_s = 0, end_s = 0;
	if (!netattr_time(a, "begin", true, &begin_s, error) || !netattr_time(a, "end", true, &end_s, error))
		return false;
	if (!(end_s > begin_s))
		return netattr_fail(a, error, "ends at %g s, must be after its begin at %g s", end_s, begin_s);
	c->begin_s = fmin(c->begin_s, begin_s);
	c->end_s = fmax(c->end_s, end_s);
	c->inside = true;
	return true;
}

static uint32_t edge_at(struct turn_counts *c, const struct netattr *a, const char *name, GError **error)
{
	const char *id;
	if (!netattr_text(a, name, &id, error))
		return NET_NONE;
	uint32_t edge = network_edge(c->net, id);
	if (edge == NET_NONE)
		notes_add(c->notes, "edges", a->file, a->line, "edge '%.80s' is not in the network, its counts are passed over", id);
	return edge;
}

static double *place_of(struct turn_counts *c, uint32_t from, uint32_t to)
{
	gint64 key = (gint64) (((guint64) from << 32) | to);
	double *place = g_hash_table_lookup(c->turns, &key);
	if (!place) {
		place = g_new0(double, 1);
		g_hash_table_insert(c->turns, g_memdup2(&key, sizeof key), place);
	}
	return place;
}

static double counted(const struct turn_counts *c, uint32_t from, uint32_t to)
{
	gint64 key = (gint64) (((guint64) from << 32) | to);
	const double *place = g_hash_table_lookup(c->turns, &key);
	return place ? *place : 0;
}

static bool on_relation(struct turn_counts *c, const struct netattr *a, GError **error)
{
	static const struct netrange range = {0, COUNT_MAX, false, " veh"};
	double count = 0;
	g_autoptr(GError) wrong = NULL;
	if (!netattr_number(a, "count", &range, true, &count, error))
		return false;
	uint32_t from = edge_at(c, a, "from", &wrong), to = wrong ? NET_NONE : edge_at(c, a, "to", &wrong);
	if (wrong) {
		g_propagate_error(error, g_steal_pointer(&wrong));
		return false;
	}
	if (from != NET_NONE && to != NET_NONE)
		*place_of(c, from, to) += count;
	return true;
}

static bool on_edge(struct turn_counts *c, const struct netattr *a, GError **error)
{
	static const struct netrange range = {0, COUNT_MAX, false, " veh"};
	double count = 0;
	g_autoptr(GError) wrong = NULL;
	if (!netattr_number(a, netattr_get(a, "entered") ? "entered" : "count", &range, true, &count, error))
		return false;
	uint32_t edge = edge_at(c, a, "id", &wrong);
	if (wrong) {
		g_propagate_error(error, g_steal_pointer(&wrong));
		return false;
	}
	if (edge != NET_NONE)
		c->edges[edge] += count;
	return true;
}

static bool on_start(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	struct turn_counts *c = user;
	(void) parent;
	if (depth == 1 && strcmp(a->element, "data") && strcmp(a->element, "meandata") && strcmp(a->element, "edgeRelations"))
		return netattr_fail(a, error, "is no file of counts, must be <data>, <meandata> or <edgeRelations>");
	if (!strcmp(a->element, "interval"))
		return on_interval(c, a, error);
	bool relation = !strcmp(a->element, "edgeRelation"), edge = !strcmp(a->element, "edge");
	if ((relation || edge) && !c->inside)
		return netattr_fail(a, error, "is not in an <interval>");
	return relation ? on_relation(c, a, error) : edge ? on_edge(c, a, error) : true;
}

static bool on_end(void *user, const struct netattr *a, unsigned depth, GError **error)
{
	(void) depth;
	(void) error;
	if (!strcmp(a->element, "interval"))
		((struct turn_counts *) user)->inside = false;
	return true;
}

struct turn_counts *turn_counts_read(const char *paths, const struct network *net, GPtrArray *notes, GError **error)
{
	static const struct xmlfile_handler handler = {on_start, on_end};
	owned(turn_counts) c = g_new0(struct turn_counts, 1);
	owned(notes) seen = notes_new();
	*c = (struct turn_counts){.net = net, .edges = g_new0(double, MAX(net->n_edges, 1)), .begin_s = INFINITY, .end_s = -INFINITY, .notes = seen,
		.turns = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free)};
	g_auto(GStrv) files = g_strsplit(paths, ",", -1);
	for (char **file = files; *file; file++)
		if (**file && !xmlfile_read(*file, &handler, c, error))
			return NULL;
	notes_list(seen, notes);
	c->notes = NULL;
	if (!(c->end_s > c->begin_s)) {
		sim_fail(error, "%s: there is no <interval>, so nothing was counted", paths);
		return NULL;
	}
	return give(c);
}

void turn_counts_free(struct turn_counts *c)
{
	if (!c)
		return;
	g_hash_table_destroy(c->turns);
	g_free(c->edges);
	g_free(c);
}

void turn_counts_span(const struct turn_counts *c, double *begin_s, double *end_s)
{
	*begin_s = c->begin_s;
	*end_s = c->end_s;
}

static double through(void *user, uint32_t from_edge, uint32_t to_edge)
{
	const struct turn_counts *c = user;
	double count = counted(c, from_edge, to_edge);
	return count > 0 ? count : c->edges[to_edge] > 0 ? c->edges[to_edge] : 1;
}

/* Of a turn that nobody counted, from the counts of its edges: the part of those that come which is the part of where it leads. */
static double from_edges(const struct turn_counts *c, const struct turns *t, uint32_t k)
{
	const struct turn *turn = &t->turns[k];
	double sum = 0;
	for (uint32_t i = 0; i < t->n_turns; i++)
		if (t->turns[i].from_edge == turn->from_edge) {
			if (counted(c, turn->from_edge, t->turns[i].to_edge) > 0)
				return 0; /* its sisters were: then it has none */
			sum += fmax(c->edges[t->turns[i].to_edge], 1e-3);
		}
	return c->edges[turn->from_edge] * fmax(c->edges[turn->to_edge], 1e-3) / sum;
}

bool turn_counts_apply(const struct turn_counts *c, struct turns *t, GError **error)
{
	double all_vph = 0, hours = (c->end_s - c->begin_s) / 3600;
	for (uint32_t k = 0; k < t->n_turns; k++) {
		double count = counted(c, t->turns[k].from_edge, t->turns[k].to_edge);
		count = count > 0 ? count : from_edges(c, t, k);
		turns_count(t, k, count / hours);
		all_vph += count / hours;
	}
	if (!(all_vph > 0))
		return sim_fail(error, "no count is of a turn over a signal of the network");
	turns_link_counts(t, through, (void *) c);
	return true;
}

/* One of the legs that lead on from `turn` by chance, or NET_NONE: it leaves. */
static uint32_t next_turn(const struct turns *t, uint32_t turn, gsl_rng *rng)
{
	double at = gsl_rng_uniform(rng) * t->turns[turn].flow_vph;
	for (uint32_t k = 0; k < t->n_legs; k++)
		if (t->legs[k].from == turn && (at -= t->legs[k].flow_vph) < 0)
			return t->legs[k].to;
	return NET_NONE;
}

static void add_trip(GString *out, const struct turns *t, uint32_t turn, double depart_s, uint32_t number, gsl_rng *rng)
{
	const struct net_edge *edges = t->layout->net->edges;
	g_autoptr(GString) via = g_string_new(NULL);
	g_autofree char *from = g_markup_escape_text(edges[t->turns[turn].from_edge].id, -1);
	uint32_t to = t->turns[turn].to_edge, next;
	for (int n = 0; n < TURNS_MAX && (next = next_turn(t, turn, rng)) != NET_NONE; n++) {
		g_autofree char *id = g_markup_escape_text(edges[to].id, -1);
		g_string_append_printf(via, "%s%s", via->len ? " " : "", id);
		if (t->turns[next].from_edge != to) {
			g_autofree char *second = g_markup_escape_text(edges[t->turns[next].from_edge].id, -1);
			g_string_append_printf(via, " %s", second);
		}
		turn = next;
		to = t->turns[turn].to_edge;
	}
	g_autofree char *last = g_markup_escape_text(edges[to].id, -1);
	g_string_append_printf(out, "<trip id=\"%u\" depart=\"%.2f\" from=\"%s\" to=\"%s\"%s%s%s departLane=\"best\" departSpeed=\"max\"/>\n", number, depart_s, from,
		last, via->len ? " via=\"" : "", via->str, via->len ? "\"" : "");
}

struct entry {
	double depart_s;
	uint32_t turn;
};

static gint by_depart(gconstpointer a, gconstpointer b)
{
	const struct entry *x = a, *y = b;
	return (x->depart_s > y->depart_s) - (x->depart_s < y->depart_s);
}

struct routes *turn_counts_routes(const struct turns *t, double begin_s, double end_s, uint64_t seed, GError **error)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
	g_autoptr(GString) text = g_string_new("<routes>\n");
	gsl_rng_set(rng, (unsigned long) seed);
	for (uint32_t k = 0; k < t->n_legs; k++) {
		double vps = t->legs[k].from == NET_NONE ? t->legs[k].flow_vph / 3600 : 0;
		for (double at_s = begin_s; vps > 0 && (at_s += gsl_ran_exponential(rng, 1 / vps)) < end_s;) {
			struct entry e = {at_s, t->legs[k].to};
			g_array_append_val(entries, e);
		}
	}
	g_array_sort(entries, by_depart);
	for (guint k = 0; k < entries->len; k++) {
		const struct entry *e = &g_array_index(entries, struct entry, k);
		add_trip(text, t, e->turn, e->depart_s, k, rng);
	}
	g_string_append(text, "</routes>\n");
	gsl_rng_free(rng);
	return routes_parse(text->str, text->len, "counts", t->layout->net, seed, NULL, error);
}
