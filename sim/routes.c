/* routes.c - reads SUMO's .rou.xml; see routes.h. */
#include "sim/routes.h"

#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/noise.h"
#include "sim/pathfind.h"
#include "sim/sim_error.h"
#include "sim/vtype.h"

#define DEPARTURES_MAX 2000000u
#define FILE_MAX_BYTES ((gsize) 1 << 30)
#define TIME_MAX_S 1e9
#define DEFAULT_TYPE "DEFAULT_VEHTYPE"

/* One <vTypeDistribution>: types and how often each is taken. */
struct mix {
	GArray *types;   /* uint32_t */
	GArray *weights; /* double, cumulative */
};

/* A <vehicle>, <trip> or <flow> that is open: its attributes, until it ends with or without a <route> inside. */
struct demand {
	bool is_flow;
	int line;
	char *id, *type;
	uint32_t route;              /* NET_NONE until known */
	uint32_t from, to;           /* edges of a trip, or NET_NONE */
	GArray *via;                 /* uint32_t edges */
	struct departure how;        /* lane, speed and position; depart_s of a single vehicle */
	double begin_s, end_s, period_s, probability; /* flow; NaN = not given */
	bool poisson;                /* period_s is the mean of an exponential law */
	uint32_t number;             /* flow: at most so many */
};

struct reader {
	const struct network *net;
	const char *name;
	uint64_t seed;
	GPtrArray *notes;
	GHashTable *noted;           /* kinds already said */
	GHashTable *types, *mixes, *routes; /* id -> index + 1, struct mix, index + 1 */
	GHashTable *ways;            /* "from via.. to class" of trips -> route index + 1 */
	GArray *type_list, *route_list, *departures;
	struct pathfind *paths;
	struct mix *open_mix;
	struct demand *open;
	int skip;                    /* depth inside an element that is passed over */
};

static void on_note(void *user, const struct netattr *a, const char *kind, const char *what)
{
	struct reader *r = user;
	if (r->notes && g_hash_table_add(r->noted, g_strdup(kind)))
		g_ptr_array_add(r->notes, g_strdup_printf("%s:%d: %s: %s", a->file, a->line, kind, what));
}

static void mix_free(void *data)
{
	struct mix *m = data;
	g_array_unref(m->types);
	g_array_unref(m->weights);
	g_free(m);
}

static void demand_free(struct demand *d)
{
	if (!d)
		return;
	g_free(d->id);
	g_free(d->type);
	g_array_unref(d->via);
	g_free(d);
}

/* "25200", "25200.5" or "07:00:00". */
static bool read_time(const struct netattr *a, const char *name, bool must, double *value_s, GError **error)
{
	const char *text = netattr_get(a, name);
	if (!text || !strchr(text, ':'))
		return netattr_number(a, name, &(struct netrange){0, TIME_MAX_S, false, " s"}, must, value_s, error);
	unsigned h, m, s;
	char rest;
	if (sscanf(text, "%5u:%2u:%2u%c", &h, &m, &s, &rest) != 3 || m > 59 || s > 59)
		return netattr_fail(a, error, "%s is '%.40s', must be seconds or hours:minutes:seconds", name, text);
	*value_s = h * 3600.0 + m * 60 + s;
	return true;
}

static bool read_edges(struct reader *r, const struct netattr *a, const char *name, GArray *edges, GError **error)
{
	const char *text = netattr_get(a, name);
	g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\n,", -1);
	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		uint32_t edge = network_edge(r->net, *word);
		if (edge == NET_NONE || r->net->edges[edge].function != NET_NORMAL)
			return netattr_fail(a, error, "%s names edge '%.80s', which the network does not have", name, *word);
		g_array_append_val(edges, edge);
	}
	return true;
}

static uint32_t add_route(struct reader *r, GArray *edges)
{
	struct route route = {.n_edges = edges->len};
	route.edges = g_memdup2(edges->data, edges->len * sizeof(uint32_t));
	g_array_append_val(r->route_list, route);
	return r->route_list->len - 1;
}

static bool on_route(struct reader *r, const struct netattr *a, GError **error)
{
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	const char *id = netattr_get(a, "id");
	if (!read_edges(r, a, "edges", edges, error))
		return false;
	if (edges->len == 0)
		return netattr_fail(a, error, "has no edges");
	uint32_t route = add_route(r, edges);
	if (r->open) {
		r->open->route = route;
		return true;
	}
	if (!id)
		return netattr_fail(a, error, "has no id");
	if (g_hash_table_contains(r->routes, id))
		return netattr_fail(a, error, "is there twice");
	g_hash_table_insert(r->routes, g_strdup(id), GUINT_TO_POINTER(route + 1));
	return true;
}

static bool on_vtype(struct reader *r, const struct netattr *a, GError **error)
{
	const char *id = netattr_get(a, "id");
	bool again = id && (g_hash_table_contains(r->types, id) || g_hash_table_contains(r->mixes, id));
	bool fresh_default = again && !strcmp(id, DEFAULT_TYPE) && r->departures->len == 0;
	if (again && !fresh_default)
		return netattr_fail(a, error, "is there twice");
	struct vtype type = {0};
	if (!vtype_read(a, &type, on_note, r, error))
		return false;
	double weight = 1;
	if (!netattr_number(a, "probability", &(struct netrange){0, 1e6, false, ""}, false, &weight, error)) {
		g_free(type.id);
		return false;
	}
	uint32_t index = r->type_list->len;
	g_array_append_val(r->type_list, type);
	g_hash_table_insert(r->types, g_strdup(type.id), GUINT_TO_POINTER(index + 1));
	if (r->open_mix) {
		weight += r->open_mix->weights->len ? g_array_index(r->open_mix->weights, double, r->open_mix->weights->len - 1) : 0;
		g_array_append_val(r->open_mix->types, index);
		g_array_append_val(r->open_mix->weights, weight);
	}
	return true;
}

static bool on_mix(struct reader *r, const struct netattr *a, GError **error)
{
	const char *id;
	if (!netattr_text(a, "id", &id, error))
		return false;
	if (g_hash_table_contains(r->types, id) || g_hash_table_contains(r->mixes, id))
		return netattr_fail(a, error, "is there twice");
	struct mix *m = g_new0(struct mix, 1);
	m->types = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	m->weights = g_array_new(FALSE, FALSE, sizeof(double));
	g_hash_table_insert(r->mixes, g_strdup(id), m);
	r->open_mix = m;
	const char *names = netattr_get(a, "vTypes"), *shares = netattr_get(a, "probabilities");
	g_auto(GStrv) name = g_strsplit_set(names ? names : "", " ,", -1);
	g_auto(GStrv) share = g_strsplit_set(shares ? shares : "", " ,", -1);
	if (shares && g_strv_length(name) != g_strv_length(share))
		return netattr_fail(a, error, "has %u vTypes and %u probabilities", g_strv_length(name), g_strv_length(share));
	double sum = 0;
	for (guint k = 0; name[k]; k++) {
		uint32_t type = GPOINTER_TO_UINT(g_hash_table_lookup(r->types, name[k]));
		if (!*name[k] && !shares)
			continue;
		if (!type--)
			return netattr_fail(a, error, "names vType '%.80s', which is not there yet", name[k]);
		double w = shares ? g_ascii_strtod(share[k], NULL) : 1;
		if (!(w >= 0 && w <= 1e6))
			return netattr_fail(a, error, "has probability '%.40s', must be in 0..1e6", share[k]);
		sum += w;
		g_array_append_val(m->types, type);
		g_array_append_val(m->weights, sum);
	}
	return true;
}

/* departLane, departSpeed, departPos: a number or one of SUMO's words. What we do not do as SUMO does is said once. */
static bool read_how(struct reader *r, const struct netattr *a, struct departure *how, GError **error)
{
	const char *lane = netattr_get(a, "departLane"), *speed = netattr_get(a, "departSpeed"), *pos = netattr_get(a, "departPos");
	*how = (struct departure){.lane = DEPART_FIRST, .speed_mps = 0, .pos_m = DEPART_BASE};
	if (lane && g_ascii_isdigit(*lane)) {
		uint32_t index = 0;
		if (!netattr_count(a, "departLane", 63, true, &index, error))
			return false;
		how->lane = (int32_t) index;
	} else if (lane) {
		how->lane = g_str_has_prefix(lane, "best") ? DEPART_BEST : !strcmp(lane, "random") ? DEPART_RANDOM
			: !strcmp(lane, "free") || !strcmp(lane, "allowed") ? DEPART_FREE : DEPART_FIRST;
		if (how->lane == DEPART_FIRST && strcmp(lane, "first") != 0)
			return netattr_fail(a, error, "departLane is '%.40s', must be a lane's index, first, best, free, allowed or random", lane);
	}
	if (speed && g_ascii_isalpha(*speed)) {
		how->speed_mps = DEPART_MAX;
		if (strcmp(speed, "max") && strcmp(speed, "desired") && strcmp(speed, "speedLimit"))
			on_note(r, a, "departSpeed", "words other than max, desired and speedLimit are taken as max");
	} else if (!netattr_number(a, "departSpeed", &(struct netrange){0, 150, false, " m/s"}, false, &how->speed_mps, error)) {
		return false;
	}
	if (pos && g_ascii_isalpha(*pos)) {
		if (strcmp(pos, "base") != 0)
			on_note(r, a, "departPos", "words other than base are taken as base");
	} else if (!netattr_number(a, "departPos", &(struct netrange){0, 1e6, false, " m"}, false, &how->pos_m, error)) {
		return false;
	}
	return true;
}

static bool read_flow(struct reader *r, const struct netattr *a, struct demand *d, GError **error)
{
	d->begin_s = 0;
	d->end_s = NAN;
	d->period_s = d->probability = NAN;
	d->number = UINT32_MAX;
	double rate_vph = NAN;
	const char *period = netattr_get(a, "period");
	if (!read_time(a, "begin", false, &d->begin_s, error) || !read_time(a, "end", false, &d->end_s, error) ||
		!netattr_count(a, "number", DEPARTURES_MAX, false, &d->number, error) ||
		!netattr_number(a, "vehsPerHour", &(struct netrange){0, 1e6, true, " veh/h"}, false, &rate_vph, error) ||
		!netattr_number(a, "perHour", &(struct netrange){0, 1e6, true, " veh/h"}, false, &rate_vph, error) ||
		!netattr_number(a, "probability", &(struct netrange){0, 1, true, ""}, false, &d->probability, error))
		return false;
	if (period && g_str_has_prefix(period, "exp(")) {
		char *end = NULL;
		double rate = g_ascii_strtod(period + 4, &end);
		if (!(rate > 1e-6 && rate < 1e3) || strcmp(end, ")") != 0)
			return netattr_fail(a, error, "period is '%.40s', must be seconds or exp(vehicles per second)", period);
		d->period_s = 1 / rate;
		d->poisson = true;
	} else if (!netattr_number(a, "period", &(struct netrange){0.001, 1e6, false, " s"}, false, &d->period_s, error)) {
		return false;
	}
	int ways = !isnan(rate_vph) + !isnan(d->probability) + !isnan(d->period_s);
	if (ways > 1 || (ways == 0 && (d->number == UINT32_MAX || isnan(d->end_s))))
		return netattr_fail(a, error, "needs one of period, vehsPerHour, probability, or number with end");
	if (isnan(d->end_s) && d->number == UINT32_MAX)
		return netattr_fail(a, error, "has neither end nor number");
	if (d->end_s < d->begin_s)
		return netattr_fail(a, error, "ends at %g s, before its begin at %g s", d->end_s, d->begin_s);
	if (!isnan(rate_vph))
		d->period_s = 3600 / rate_vph;
	if (ways == 0)
		d->period_s = (d->end_s - d->begin_s) / MAX(d->number, 1u);
	double most = fmin(d->number, (d->end_s - d->begin_s) / (isnan(d->probability) ? d->period_s : 1));
	if (isnan(d->end_s))
		d->end_s = INFINITY;
	if (r->departures->len + most > DEPARTURES_MAX)
		return netattr_fail(a, error, "would bring the demand over %u vehicles", DEPARTURES_MAX);
	return true;
}

static bool read_demand(struct reader *r, const struct netattr *a, struct demand *d, GError **error)
{
	const char *id, *type = netattr_get(a, "type"), *route = netattr_get(a, "route"), *depart = netattr_get(a, "depart");
	g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	if (!netattr_text(a, "id", &id, error) || !read_how(r, a, &d->how, error))
		return false;
	d->id = g_strdup(id);
	d->type = g_strdup(type ? type : DEFAULT_TYPE);
	if (!g_hash_table_contains(r->types, d->type) && !g_hash_table_contains(r->mixes, d->type))
		return netattr_fail(a, error, "has type '%.80s', which is not there yet", d->type);
	if (route) {
		d->route = GPOINTER_TO_UINT(g_hash_table_lookup(r->routes, route)) - 1;
		if (d->route == NET_NONE)
			return netattr_fail(a, error, "has route '%.80s', which is not there yet", route);
	}
	bool has_ends = netattr_get(a, "from") && netattr_get(a, "to");
	if (has_ends && (!read_edges(r, a, "from", ends, error) || !read_edges(r, a, "to", ends, error) || !read_edges(r, a, "via", d->via, error)))
		return false;
	if (has_ends && ends->len != 2)
		return netattr_fail(a, error, "from and to must each name one edge");
	if (has_ends) {
		d->from = g_array_index(ends, uint32_t, 0);
		d->to = g_array_index(ends, uint32_t, 1);
	}
	if (d->is_flow)
		return read_flow(r, a, d, error);
	if (depart && (!strcmp(depart, "triggered") || !strcmp(depart, "containerTriggered") || !strcmp(depart, "split"))) {
		on_note(r, a, "depart", "vehicles that wait for something other than a time are left out");
		d->how.depart_s = NAN;
		return true;
	}
	return read_time(a, "depart", true, &d->how.depart_s, error);
}

static uint32_t pick_type(struct reader *r, const struct demand *d, uint32_t departure)
{
	struct mix *m = g_hash_table_lookup(r->mixes, d->type);
	if (!m)
		return GPOINTER_TO_UINT(g_hash_table_lookup(r->types, d->type)) - 1;
	double at = noise_unit(noise_stream(r->seed, departure, NOISE_TYPE), 0) * g_array_index(m->weights, double, m->weights->len - 1);
	guint k = 0;
	while (k + 1 < m->types->len && g_array_index(m->weights, double, k) <= at)
		k++;
	return g_array_index(m->types, uint32_t, k);
}

/* The route of a trip, found once for all with the same ends and class. NET_NONE: there is none. */
static uint32_t find_way(struct reader *r, const struct demand *d, const struct vtype *type)
{
	g_autoptr(GString) key = g_string_new(NULL);
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	double max_mps = type->max_speed_mps;
	g_string_printf(key, "%u %u %u %g", d->from, d->to, type->vclass, max_mps);
	for (guint k = 0; k < d->via->len; k++)
		g_string_append_printf(key, " %u", g_array_index(d->via, uint32_t, k));
	uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(r->ways, key->str));
	if (known)
		return known - 1;
	uint32_t at = d->from;
	g_array_append_val(edges, at);
	for (guint k = 0; k <= d->via->len; k++) {
		uint32_t next = k < d->via->len ? g_array_index(d->via, uint32_t, k) : d->to;
		if (!pathfind_append(r->paths, at, next, type->vclass, max_mps, edges))
			return NET_NONE;
		at = next;
	}
	uint32_t route = add_route(r, edges);
	g_hash_table_insert(r->ways, g_strdup(key->str), GUINT_TO_POINTER(route + 1));
	return route;
}

static bool check_way(struct reader *r, const struct netattr *a, const struct demand *d, uint32_t route, const struct vtype *type, GError **error)
{
	const struct route *way = &g_array_index(r->route_list, struct route, route);
	for (uint32_t k = 0; k + 1 < way->n_edges; k++)
		if (!pathfind_connected(r->net, way->edges[k], way->edges[k + 1], type->vclass))
			return netattr_fail(a, error, "%.80s cannot go from edge %s to edge %s", d->id, r->net->edges[way->edges[k]].id,
				r->net->edges[way->edges[k + 1]].id);
	const struct net_edge *first = &r->net->edges[way->edges[0]];
	if (d->how.lane >= 0 && ((uint32_t) d->how.lane >= first->n_lanes || !(r->net->lanes[first->first_lane + (uint32_t) d->how.lane].allow & type->vclass)))
		return netattr_fail(a, error, "%.80s has departLane %d, where it may not drive on edge %s", d->id, d->how.lane, first->id);
	for (uint32_t l = 0; l < first->n_lanes; l++)
		if (r->net->lanes[first->first_lane + l].allow & type->vclass)
			return true;
	return netattr_fail(a, error, "%.80s may not drive on edge %s", d->id, first->id);
}

static bool add_departure(struct reader *r, const struct netattr *a, const struct demand *d, double depart_s, uint32_t number, GError **error)
{
	if (r->departures->len >= DEPARTURES_MAX)
		return netattr_fail(a, error, "more than %u vehicles", DEPARTURES_MAX);
	struct departure v = d->how;
	v.type = pick_type(r, d, r->departures->len);
	const struct vtype *type = &g_array_index(r->type_list, struct vtype, v.type);
	v.route = d->route != NET_NONE ? d->route : find_way(r, d, type);
	if (v.route == NET_NONE)
		return netattr_fail(a, error, "%.80s has no way from edge %s to edge %s", d->id, r->net->edges[d->from].id, r->net->edges[d->to].id);
	if ((number == 0 || g_hash_table_contains(r->mixes, d->type)) && !check_way(r, a, d, v.route, type, error))
		return false;
	v.depart_s = depart_s;
	v.id = d->is_flow ? g_strdup_printf("%s.%u", d->id, number) : g_strdup(d->id);
	g_array_append_val(r->departures, v);
	return true;
}

static bool unroll(struct reader *r, const struct netattr *a, const struct demand *d, GError **error)
{
	uint64_t chance = noise_stream(r->seed, g_str_hash(d->id), NOISE_FLOW);
	double t = d->begin_s;
	uint64_t drawn = 0;
	if (d->poisson)
		t -= d->period_s * log1p(-noise_unit(chance, drawn++));
	for (uint32_t n = 0; t < d->end_s && n < d->number;) {
		bool goes = isnan(d->probability) || noise_unit(chance, drawn++) < d->probability;
		if (goes && !add_departure(r, a, d, t, n++, error))
			return false;
		if (!isnan(d->probability))
			t += 1;
		else if (d->poisson)
			t -= d->period_s * log1p(-noise_unit(chance, drawn++));
		else
			t = d->begin_s + n * d->period_s;
	}
	return true;
}

static bool on_demand_end(struct reader *r, const struct netattr *a, GError **error)
{
	struct demand *d = r->open;
	if (d->route == NET_NONE && d->from == NET_NONE)
		return netattr_fail(a, error, "%.80s has neither a route nor from and to", d->id);
	if (g_hash_table_contains(r->mixes, d->type) && ((struct mix *) g_hash_table_lookup(r->mixes, d->type))->types->len == 0)
		return netattr_fail(a, error, "%.80s has type '%.80s', an empty distribution", d->id, d->type);
	if (d->is_flow)
		return unroll(r, a, d, error);
	return isnan(d->how.depart_s) || add_departure(r, a, d, d->how.depart_s, 0, error);
}

static int line_of(GMarkupParseContext *context)
{
	int line = 0;
	g_markup_parse_context_get_position(context, &line, NULL);
	return line;
}

static bool is_demand(const char *element)
{
	return !strcmp(element, "vehicle") || !strcmp(element, "trip") || !strcmp(element, "flow");
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names, const char **values, void *user, GError **error)
{
	struct reader *r = user;
	struct netattr a = {.file = r->name, .line = line_of(context), .element = element, .names = names, .values = values};
	if (r->skip || !strcmp(element, "param")) {
		r->skip++;
	} else if (!strcmp(element, "routes") || !strcmp(element, "additional")) {
		return;
	} else if (!strcmp(element, "vType")) {
		on_vtype(r, &a, error);
	} else if (!strcmp(element, "vTypeDistribution")) {
		on_mix(r, &a, error);
	} else if (!strcmp(element, "route")) {
		on_route(r, &a, error);
	} else if (is_demand(element) && r->open) {
		netattr_fail(&a, error, "stands inside another vehicle, trip or flow");
	} else if (is_demand(element)) {
		r->open = g_new0(struct demand, 1);
		r->open->is_flow = !strcmp(element, "flow");
		r->open->line = a.line;
		r->open->route = r->open->from = r->open->to = NET_NONE;
		r->open->via = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		read_demand(r, &a, r->open, error);
	} else {
		on_note(r, &a, element, "not modelled, passed over");
		r->skip++;
	}
}

static void on_end(GMarkupParseContext *context, const char *element, void *user, GError **error)
{
	struct reader *r = user;
	(void) context;
	const char *none[] = {NULL};
	if (r->skip) {
		r->skip--;
	} else if (!strcmp(element, "vTypeDistribution")) {
		r->open_mix = NULL;
	} else if (is_demand(element) && r->open) {
		struct netattr a = {.file = r->name, .line = r->open->line, .element = element, .names = none, .values = none};
		on_demand_end(r, &a, error);
		demand_free(r->open);
		r->open = NULL;
	}
}

static int by_time(const void *pa, const void *pb)
{
	const struct departure *a = pa, *b = pb;
	return (a->depart_s > b->depart_s) - (a->depart_s < b->depart_s);
}

static struct routes *give_routes(struct reader *r)
{
	struct routes *routes = g_new0(struct routes, 1);
	g_array_sort(r->departures, by_time); /* GLib's sort is stable: the file's order among equals */
	routes->n_types = r->type_list->len;
	routes->n_routes = r->route_list->len;
	routes->n_departures = r->departures->len;
	routes->types = (struct vtype *) (void *) g_array_free(g_steal_pointer(&r->type_list), FALSE);
	routes->routes = (struct route *) (void *) g_array_free(g_steal_pointer(&r->route_list), FALSE);
	routes->departures = (struct departure *) (void *) g_array_free(g_steal_pointer(&r->departures), FALSE);
	return routes;
}

static void clear_type(void *p)
{
	g_free(((struct vtype *) p)->id);
}

static void clear_route(void *p)
{
	g_free(((struct route *) p)->edges);
}

static void clear_departure(void *p)
{
	g_free(((struct departure *) p)->id);
}

static void reader_init(struct reader *r)
{
	r->noted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->mixes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, mix_free);
	r->routes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->ways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->type_list = g_array_new(FALSE, TRUE, sizeof(struct vtype));
	r->route_list = g_array_new(FALSE, TRUE, sizeof(struct route));
	r->departures = g_array_new(FALSE, TRUE, sizeof(struct departure));
	g_array_set_clear_func(r->type_list, clear_type);
	g_array_set_clear_func(r->route_list, clear_route);
	g_array_set_clear_func(r->departures, clear_departure);
	r->paths = pathfind_new(r->net);
	struct vtype type = vtype_default(NULL);
	type.id = g_strdup(DEFAULT_TYPE);
	g_array_append_val(r->type_list, type);
	g_hash_table_insert(r->types, g_strdup(DEFAULT_TYPE), GUINT_TO_POINTER(1));
}

static void reader_finish(struct reader *r)
{
	g_hash_table_unref(r->noted);
	g_hash_table_unref(r->types);
	g_hash_table_unref(r->mixes);
	g_hash_table_unref(r->routes);
	g_hash_table_unref(r->ways);
	g_clear_pointer(&r->type_list, g_array_unref);
	g_clear_pointer(&r->route_list, g_array_unref);
	g_clear_pointer(&r->departures, g_array_unref);
	pathfind_free(r->paths);
	demand_free(r->open);
}

struct routes *routes_parse(const char *text, gsize length, const char *name, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error)
{
	const GMarkupParser parser = {.start_element = on_start, .end_element = on_end};
	struct reader r = {.net = net, .name = name, .seed = seed, .notes = notes};
	reader_init(&r);
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &r, NULL);
	g_autoptr(GError) why = NULL;
	struct routes *routes = NULL;
	if (g_markup_parse_context_parse(context, text, (gssize) length, &why) && g_markup_parse_context_end_parse(context, &why))
		routes = give_routes(&r);
	else if (why->domain == G_MARKUP_ERROR)
		g_set_error(error, SIM_ERROR, SIM_ERROR_FORM, "%s:%d: %s", name, line_of(context), why->message);
	else
		g_propagate_error(error, g_steal_pointer(&why));
	reader_finish(&r);
	return routes;
}

struct routes *routes_read(const char *path, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error)
{
	g_autoptr(GFile) file = g_file_new_for_commandline_arg(path);
	g_autoptr(GError) why = NULL;
	g_autoptr(GFileInputStream) raw = g_file_read(file, NULL, &why);
	g_autoptr(GInputStream) in = raw ? G_INPUT_STREAM(g_object_ref(raw)) : NULL;
	if (raw && g_str_has_suffix(path, ".gz")) {
		g_autoptr(GConverter) unzip = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
		g_autoptr(GInputStream) plain = g_converter_input_stream_new(in, unzip);
		g_set_object(&in, plain);
	}
	g_autoptr(GString) text = g_string_new(NULL);
	char part[65536];
	gssize got = in ? 1 : -1;
	while (got > 0 && text->len < FILE_MAX_BYTES) {
		got = g_input_stream_read(in, part, sizeof(part), NULL, &why);
		if (got > 0)
			g_string_append_len(text, part, got);
	}
	if (got < 0)
		g_set_error(error, SIM_ERROR, SIM_ERROR_READ, "%s: %s", path, why->message);
	else if (got > 0)
		g_set_error(error, SIM_ERROR, SIM_ERROR_READ, "%s: longer than 1 GiB", path);
	return got == 0 ? routes_parse(text->str, text->len, path, net, seed, notes, error) : NULL;
}

void routes_free(struct routes *r)
{
	if (!r)
		return;
	for (uint32_t k = 0; k < r->n_types; k++)
		g_free(r->types[k].id);
	for (uint32_t k = 0; k < r->n_routes; k++)
		g_free(r->routes[k].edges);
	for (uint32_t k = 0; k < r->n_departures; k++)
		g_free(r->departures[k].id);
	g_free(r->types);
	g_free(r->routes);
	g_free(r->departures);
	g_free(r);
}
