/* additions.c - reads SUMO's additional files; see additions.h. One detector is detector_read.c's. */
#include "sim/additions.h"

#include <math.h>
#include <string.h>

#include "core/xmlfile.h"
#include "sim/additions_inside.h"
#include "sim/sim_error.h"

static bool on_waut(struct additions_reader *r, const struct netattr *a, GError **error)
{
	const char *id, *program;
	struct waut *w = g_new0(struct waut, 1);
	w->switches = g_array_new(FALSE, FALSE, sizeof(struct program_switch));
	g_ptr_array_add(r->wauts, w);
	if (!netattr_text(a, "id", &id, error) || !netattr_text(a, "startProg", &program, error) ||
		!netattr_time(a, "refTime", false, &w->reference_s, error))
		return false;
	for (guint k = 0; k + 1 < r->wauts->len; k++)
		if (strcmp(((struct waut *) r->wauts->pdata[k])->id, id) == 0)
			return netattr_fail(a, error, "is there twice");
	w->id = g_strdup(id);
	struct program_switch first = {.at_s = -INFINITY, .program = g_strdup(program)};
	g_array_append_val(w->switches, first);
	return true;
}

static bool on_waut_switch(struct additions_reader *r, const struct netattr *a, GError **error)
{
	const char *program;
	struct waut *w = r->wauts->len ? r->wauts->pdata[r->wauts->len - 1] : NULL;
	double time_s = 0;
	if (!w)
		return netattr_fail(a, error, "stands outside a WAUT");
	if (!netattr_text(a, "to", &program, error) || !netattr_time(a, "time", true, &time_s, error))
		return false;
	struct program_switch one = {.at_s = w->reference_s + time_s, .program = g_strdup(program)};
	g_array_append_val(w->switches, one);
	return true;
}

static bool on_waut_junction(struct additions_reader *r, const struct netattr *a, GError **error)
{
	const char *id, *junction;
	if (!netattr_text(a, "wautID", &id, error) || !netattr_text(a, "junctionID", &junction, error))
		return false;
	uint32_t signal = network_signal(r->net, junction);
	if (signal == NET_NONE)
		return netattr_fail(a, error, "there is no signal '%.80s'", junction);
	const struct waut *w = NULL;
	for (guint k = 0; k < r->wauts->len && !w; k++)
		if (strcmp(((struct waut *) r->wauts->pdata[k])->id, id) == 0)
			w = r->wauts->pdata[k];
	if (!w)
		return netattr_fail(a, error, "there is no WAUT '%.80s' yet", id);
	const struct net_signal *s = &r->net->signals[signal];
	for (guint k = 0; k < w->switches->len; k++) {
		struct program_switch one = g_array_index(w->switches, struct program_switch, k);
		uint32_t p = 0;
		while (p < s->n_programs && strcmp(s->programs[p].id, one.program) != 0)
			p++;
		if (p == s->n_programs)
			return netattr_fail(a, error, "WAUT %.80s: signal %.80s has no program '%.80s'", id, junction, one.program);
		one.signal = signal;
		one.program = g_strdup(one.program);
		g_array_append_val(r->switches, one);
	}
	return true;
}

static bool on_loop(struct additions_reader *r, const struct netattr *a, GError **error)
{
	return detector_read(r, a, DETECTOR_LOOP, error);
}

static bool on_area(struct additions_reader *r, const struct netattr *a, GError **error)
{
	return detector_read(r, a, DETECTOR_AREA, error);
}

static const struct {
	const char *name;
	bool (*read)(struct additions_reader *r, const struct netattr *a, GError **error);
} elements[] = {
	{"inductionLoop", on_loop}, {"e1Detector", on_loop}, {"laneAreaDetector", on_area}, {"e2Detector", on_area},
	{"WAUT", on_waut}, {"wautSwitch", on_waut_switch}, {"wautJunction", on_waut_junction},
};

static bool is_demand(const char *name)
{
	static const char *const names[] = {"vType", "vTypeDistribution", "route", "routeDistribution", "vehicle", "trip", "flow"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Somebody else's, or nothing that moves depends on it: what people see, and places where only those stop who are told to. */
static bool is_silent(const char *name)
{
	static const char *const names[] = {"tlLogic", "phase", "param", "poly", "poi", "location", "type", "taz", "tazSource", "tazSink",
		"busStop", "trainStop", "containerStop", "chargingStation", "parkingArea", "parkingSpace", "access", "stop"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool is_output(const char *name)
{
	static const char *const names[] = {"edgeData", "laneData", "routeProbe", "vTypeProbe", "timedEvent", "instantInductionLoop",
		"entryExitDetector", "e3Detector"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool on_include(struct additions_reader *r, const struct netattr *a, GError **error);

static bool on_start(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	struct additions_reader *r = user;
	if (depth == 1) {
		r->routes_file = !strcmp(a->element, "routes");
		return r->routes_file || !strcmp(a->element, "additional") || !strcmp(a->element, "net") ||
			netattr_fail(a, error, "the file must begin with <additional>");
	}
	if (!strcmp(a->element, "include"))
		return on_include(r, a, error);
	if (depth > 2 && g_strcmp0(parent, "WAUT") != 0)
		return true; /* inside something that was read or named as a whole */
	for (size_t i = 0; i < G_N_ELEMENTS(elements); i++)
		if (strcmp(a->element, elements[i].name) == 0)
			return elements[i].read(r, a, error);
	r->has_demand |= is_demand(a->element);
	if (!is_silent(a->element) && !is_demand(a->element) && !r->routes_file)
		notes_add(r->notes, a->element, a->file, a->line, is_output(a->element) ? "%.40s: what it would write is not written"
			: "%.40s: not simulated, passed over", a->element);
	return true;
}

static const struct xmlfile_handler handler = {.on_start = on_start};

static bool on_include(struct additions_reader *r, const struct netattr *a, GError **error)
{
	const char *outside = r->name;
	g_autofree char *path = xmlfile_include(a, outside, r->includes, error);
	if (!path)
		return false;
	bool routes_file = r->routes_file;
	r->includes++;
	r->name = path;
	bool fine = xmlfile_read(path, &handler, r, error);
	r->name = outside;
	r->includes--;
	r->routes_file = routes_file;
	return fine;
}

static void clear_switch(void *p)
{
	g_free(((struct program_switch *) p)->program);
}

static void waut_free(void *data)
{
	struct waut *w = data;
	for (guint k = 0; k < w->switches->len; k++)
		clear_switch(&g_array_index(w->switches, struct program_switch, k));
	g_array_unref(w->switches);
	g_free(w->id);
	g_free(w);
}

static void clear_detector(void *p)
{
	struct detector *d = p;
	g_free(d->id);
	g_free(d->file);
	g_free(d->lanes);
}

static void reader_init(struct additions_reader *r)
{
	r->notes = notes_new();
	r->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->wauts = g_ptr_array_new_with_free_func(waut_free);
	r->detectors = g_array_new(FALSE, TRUE, sizeof(struct detector));
	r->switches = g_array_new(FALSE, TRUE, sizeof(struct program_switch));
	g_array_set_clear_func(r->detectors, clear_detector);
	g_array_set_clear_func(r->switches, clear_switch);
}

static int by_time(const void *pa, const void *pb)
{
	const struct program_switch *a = pa, *b = pb;
	return (a->at_s > b->at_s) - (a->at_s < b->at_s);
}

static struct additions *finish(struct additions_reader *r, bool fine, GPtrArray *list)
{
	struct additions *a = fine ? g_new0(struct additions, 1) : NULL;
	if (a) {
		g_array_sort(r->switches, by_time);
		a->n_detectors = r->detectors->len;
		a->n_switches = r->switches->len;
		a->has_demand = r->has_demand;
		a->detectors = (struct detector *) (void *) g_array_free(g_steal_pointer(&r->detectors), FALSE);
		a->switches = (struct program_switch *) (void *) g_array_free(g_steal_pointer(&r->switches), FALSE);
	}
	notes_list(r->notes, list);
	notes_free(r->notes);
	g_hash_table_unref(r->ids);
	g_ptr_array_unref(r->wauts);
	g_clear_pointer(&r->detectors, g_array_unref);
	g_clear_pointer(&r->switches, g_array_unref);
	return a;
}

struct additions *additions_read(const char *path, const struct network *net, GPtrArray *notes, GError **error)
{
	struct additions_reader r = {.net = net};
	bool fine = true;
	g_auto(GStrv) files = g_strsplit(path, ",", -1);
	reader_init(&r);
	for (char **file = files; *file && fine; file++) {
		r.name = g_strstrip(*file);
		fine = !**file || xmlfile_read(r.name, &handler, &r, error);
	}
	return finish(&r, fine, notes);
}

struct additions *additions_parse(const char *text, gsize length, const char *name, const struct network *net, GPtrArray *notes, GError **error)
{
	struct additions_reader r = {.net = net, .name = name};
	reader_init(&r);
	return finish(&r, xmlfile_parse(text, length, name, &handler, &r, error), notes);
}

void additions_free(struct additions *a)
{
	if (!a)
		return;
	for (uint32_t k = 0; k < a->n_detectors; k++)
		clear_detector(&a->detectors[k]);
	for (uint32_t k = 0; k < a->n_switches; k++)
		clear_switch(&a->switches[k]);
	g_free(a->detectors);
	g_free(a->switches);
	g_free(a);
}

uint32_t additions_in_force(const struct additions *a, struct network *net, double t_s)
{
	uint32_t k = 0;
	for (uint32_t i = 0; i < a->n_switches; i++)
		net_signal_forget_switches(&net->signals[a->switches[i].signal]);
	for (; k < a->n_switches && a->switches[k].at_s <= t_s; k++)
		net_signal_choose(&net->signals[a->switches[k].signal], a->switches[k].program);
	for (uint32_t i = k; i < a->n_switches; i++) {
		struct net_signal *s = &net->signals[a->switches[i].signal];
		s->switches = g_renew(struct net_switch, s->switches, s->n_switches + 1);
		s->switches[s->n_switches++] = (struct net_switch){a->switches[i].at_s, g_strdup(a->switches[i].program)};
	}
	return a->n_switches - k;
}
