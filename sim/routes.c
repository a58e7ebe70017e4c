/* routes.c - goes through SUMO's .rou.xml and gives the demand; see routes.h, and routes_inside.h for its parts. */
#include "sim/routes.h"

#include <stdarg.h>
#include <string.h>

#include "core/xmlfile.h"
#include "sim/routes_inside.h"
#include "sim/sim_error.h"

void routes_note(struct reader *r, const struct netattr *a, const char *kind, const char *what)
{
	notes_add(r->notes, kind, a->file, a->line, "%s", what);
}

/* Is `name` among the words of `list`? "lc*" is every word that begins so. */
static bool is_among(const char *list, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = list; *at;) {
		size_t n = strcspn(at, " ");
		if (at[n - 1] == '*' ? strncmp(at, name, n - 1) == 0 : n == length && strncmp(at, name, n) == 0)
			return true;
		at += n;
		at += strspn(at, " ");
	}
	return false;
}

void routes_note_others(struct reader *r, const struct netattr *a, const char *used, const char *silent)
{
	for (guint k = 0; a->names[k]; k++) {
		if (is_among(used, a->names[k]) || is_among(silent, a->names[k]) || strchr(a->names[k], ':'))
			continue;
		g_autofree char *kind = g_strdup_printf("%.40s %.40s", a->element, a->names[k]);
		notes_add(r->notes, kind, a->file, a->line, "%.40s: %.40s is not modelled, passed over", a->element, a->names[k]);
	}
}

bool routes_no_way(struct reader *r, const struct netattr *a, bool *left_out, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	*left_out = r->lenient;
	if (!r->lenient)
		return netattr_fail(a, error, "%s", what);
	notes_add(r->notes, "no way", a->file, a->line, "%.40s: %s: whoever has no way is left out", a->element, what);
	return true;
}

static uint32_t pick_route(struct reader *r, const struct draft *d, const struct vtype *type)
{
	if (d->route_mix)
		return mix_pick(d->route_mix, noise_unit(noise_stream(r->seed, r->departures->len, NOISE_ROUTE), 0));
	return d->route != NET_NONE ? d->route : ways_find(r, d, type);
}

bool routes_add(struct reader *r, const struct netattr *a, const struct draft *d, double depart_s, uint32_t number, GError **error)
{
	bool left_out = false;
	if (r->departures->len >= DEPARTURES_MAX)
		return netattr_fail(a, error, "more than %u vehicles", DEPARTURES_MAX);
	struct departure v = d->how;
	v.type = types_pick(r, d->type, r->departures->len);
	if (v.type == NET_NONE)
		return netattr_fail(a, error, "%.80s has type '%.80s', a distribution of nothing", d->id, d->type);
	const struct vtype *type = &g_array_index(r->type_list, struct vtype, v.type);
	v.route = pick_route(r, d, type);
	if (v.route == NET_NONE && d->route_mix)
		return netattr_fail(a, error, "%.80s has a distribution of no routes", d->id);
	if (v.route == NET_NONE)
		return routes_no_way(r, a, &left_out, error, "%.80s has no way from edge %s to edge %s", d->id, r->net->edges[d->from].id,
			r->net->edges[d->to].id);
	bool new_way = number == 0 || d->route_mix || g_hash_table_contains(r->type_mixes, d->type);
	if ((new_way || r->lenient) && !ways_check(r, a, d, v.route, type, &left_out, error))
		return false;
	if (left_out)
		return true;
	if (!departs_place(r, a, d, &v, error))
		return false;
	v.depart_s = depart_s;
	v.id = d->is_flow ? g_strdup_printf("%s.%u", d->id, number) : g_strdup(d->id);
	g_array_append_val(r->departures, v);
	return true;
}

/* SUMO reads as it runs and leaves out what comes too late in the file. */
static void note_order(struct reader *r, const struct netattr *a, double depart_s)
{
	if (depart_s < r->last_depart_s)
		routes_note(r, a, "order", "departures that are not in order of time: SUMO would leave them out, here they drive");
	else
		r->last_depart_s = depart_s;
}

static bool on_demand_end(struct reader *r, const struct netattr *a, GError **error)
{
	const struct draft *d = r->open;
	if (d->left_out)
		return true;
	if (d->route == NET_NONE && d->from == NET_NONE && !d->route_mix)
		return netattr_fail(a, error, "%.80s has neither a route nor from and to", d->id);
	note_order(r, a, d->is_flow ? d->begin_s : d->how.depart_s);
	return d->is_flow ? flows_unroll(r, a, d, error) : routes_add(r, a, d, d->how.depart_s, 0, error);
}

static bool is_demand(const char *element)
{
	return !strcmp(element, "vehicle") || !strcmp(element, "trip") || !strcmp(element, "flow");
}

static bool on_demand(struct reader *r, const struct netattr *a, GError **error)
{
	if (r->open)
		return netattr_fail(a, error, "stands inside another vehicle, trip or flow");
	r->open = draft_new(!strcmp(a->element, "flow"), a->line);
	return departs_read(r, a, r->open, error);
}

/* In a file of one's own what is no demand is passed over, and said; an additional file holds much for others to read. */
static bool on_other(struct reader *r, const struct netattr *a)
{
	r->skip++;
	if (!r->additional || r->open)
		notes_add(r->notes, a->element, a->file, a->line, "%.40s: not simulated, passed over", a->element);
	return true;
}

static bool on_include(struct reader *r, const struct netattr *a, GError **error);

static bool on_start(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	struct reader *r = user;
	const char *element = a->element;
	(void) parent;
	if (r->skip || !strcmp(element, "param")) {
		r->skip++;
		return true;
	}
	if (depth == 1) {
		r->additional = strcmp(element, "routes") != 0;
		return !r->additional || !strcmp(element, "additional") || netattr_fail(a, error, "the file must begin with <routes> or <additional>");
	}
	if (!strcmp(element, "include"))
		return on_include(r, a, error);
	if (!strcmp(element, "vType"))
		return types_on_vtype(r, a, error);
	if (!strcmp(element, "vTypeDistribution"))
		return types_on_mix(r, a, error);
	if (!strcmp(element, "route"))
		return ways_on_route(r, a, error);
	if (!strcmp(element, "routeDistribution"))
		return ways_on_mix(r, a, error);
	return is_demand(element) ? on_demand(r, a, error) : on_other(r, a);
}

static bool on_end(void *user, const struct netattr *a, unsigned depth, GError **error)
{
	struct reader *r = user;
	bool fine = true;
	(void) depth;
	if (r->skip) {
		r->skip--;
	} else if (!strcmp(a->element, "vTypeDistribution")) {
		r->open_types = NULL;
	} else if (!strcmp(a->element, "routeDistribution")) {
		r->open_routes = NULL;
	} else if (is_demand(a->element) && r->open) {
		struct netattr open = *a;
		open.line = r->open->line;
		fine = on_demand_end(r, &open, error);
		draft_free(r->open);
		r->open = NULL;
	}
	return fine;
}

static const struct xmlfile_handler handler = {.on_start = on_start, .on_end = on_end};

/* <include href="more.rou.xml"/>, beside the file that says so. */
static bool on_include(struct reader *r, const struct netattr *a, GError **error)
{
	const char *outside = r->name;
	if (r->open || r->open_types || r->open_routes)
		return netattr_fail(a, error, "stands inside something else");
	g_autofree char *path = xmlfile_include(a, outside, r->includes, error);
	if (!path)
		return false;
	bool additional = r->additional;
	r->includes++;
	r->name = path;
	bool fine = xmlfile_read(path, &handler, r, error);
	r->name = outside;
	r->includes--;
	r->additional = additional;
	return fine;
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
	GHashTable **tables[] = {&r->types, &r->routes, &r->ids, &r->ways};
	for (size_t k = 0; k < G_N_ELEMENTS(tables); k++)
		*tables[k] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->type_mixes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, mix_free);
	r->route_mixes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, mix_free);
	r->same = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
	r->notes = notes_new();
	r->type_list = g_array_new(FALSE, TRUE, sizeof(struct vtype));
	r->route_list = g_array_new(FALSE, TRUE, sizeof(struct route));
	r->departures = g_array_new(FALSE, TRUE, sizeof(struct departure));
	g_array_set_clear_func(r->type_list, clear_type);
	g_array_set_clear_func(r->route_list, clear_route);
	g_array_set_clear_func(r->departures, clear_departure);
	r->paths = pathfind_new(r->net);
	types_init(r);
}

static void reader_finish(struct reader *r)
{
	GHashTable *tables[] = {r->types, r->type_mixes, r->routes, r->route_mixes, r->ids, r->ways, r->same};
	for (size_t k = 0; k < G_N_ELEMENTS(tables); k++)
		g_hash_table_unref(tables[k]);
	notes_free(r->notes);
	g_clear_pointer(&r->type_list, g_array_unref);
	g_clear_pointer(&r->route_list, g_array_unref);
	g_clear_pointer(&r->departures, g_array_unref);
	pathfind_free(r->paths);
	draft_free(r->open);
}

struct routes *routes_parse(const char *text, gsize length, const char *name, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error)
{
	struct reader r = {.net = net, .name = name, .seed = seed};
	reader_init(&r);
	struct routes *routes = xmlfile_parse(text, length, name, &handler, &r, error) ? give_routes(&r) : NULL;
	notes_list(r.notes, notes);
	reader_finish(&r);
	return routes;
}

struct routes *routes_read_some(const char *path, const struct network *net, uint64_t seed, bool lenient, GPtrArray *notes, GError **error)
{
	struct reader r = {.net = net, .seed = seed, .lenient = lenient};
	bool fine = true;
	g_auto(GStrv) files = g_strsplit(path ? path : "", ",", -1);
	reader_init(&r);
	for (char **file = files; *file && fine; file++) {
		r.name = g_strstrip(*file);
		r.last_depart_s = 0;
		fine = !**file || xmlfile_read(r.name, &handler, &r, error);
	}
	struct routes *routes = fine ? give_routes(&r) : NULL;
	notes_list(r.notes, notes);
	reader_finish(&r);
	return routes;
}

struct routes *routes_read(const char *path, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error)
{
	return routes_read_some(path, net, seed, false, notes, error);
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
