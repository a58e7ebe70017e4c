/* roadnet_flow.c - CityFlow's flow.json, read and written as SUMO's demand; see roadnet_flow.h. */
#include "daemon/roadnet_flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/jsonat.h"
#include "daemon/roadnet_way.h"

#define FLOWS_MAX 10000000
#define ROADS_MAX 100000
#define VEHICLES_MAX 10000000
#define TIME_MAX_S 1e7

struct reader {
	struct roadnet_flows *f;
	const struct roadnet *r;
	struct roadnet_ways *ways;
	GArray *drivers;
	double end_s;
	uint64_t n_vehicles;
	uint32_t n_endless, n_filled, n_accel, n_late; /* passed over or filled in */
};

static bool read_driver(const struct jsonat *at, struct roadnet_driver *d, GError **error)
{
	/* Ranges are those in which our simulator and SUMO take them. */
	const struct {
		const char *name;
		double *value;
		struct jsonrange range;
	} members[] = {
		{"length", &d->length_m, {0.1, 100, false, " m"}},
		{"width", &d->width_m, {0.1, 10, false, " m"}},
		{"minGap", &d->min_gap_m, {0, 100, false, " m"}},
		{"maxSpeed", &d->max_speed_mps, {0.1, 150, false, " m/s"}},
		{"headwayTime", &d->headway_s, {0.01, 10, false, " s"}},
		{"usualPosAcc", &d->accel_mps2, {0.1, 30, false, " m/s2"}},
		{"usualNegAcc", &d->decel_mps2, {0.1, 30, false, " m/s2"}},
		{"maxPosAcc", &d->max_accel_mps2, {0.1, 30, false, " m/s2"}},
		{"maxNegAcc", &d->max_decel_mps2, {0.1, 50, false, " m/s2"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		if (!jsonat_number(at, members[i].name, &members[i].range, members[i].value, error))
			return false;
	return d->max_decel_mps2 >= d->decel_mps2 ||
		jsonat_fail(at, error, "has maxNegAcc %g m/s2, must be at least usualNegAcc, which is %g m/s2", d->max_decel_mps2, d->decel_mps2);
}

/* Equal drivers are one. */
static uint32_t driver_of(struct reader *reader, const struct roadnet_driver *d)
{
	for (guint i = reader->drivers->len; i-- > 0;)
		if (!memcmp(&g_array_index(reader->drivers, struct roadnet_driver, i), d, sizeof *d))
			return i;
	g_array_append_val(reader->drivers, *d);
	reader->n_accel += d->max_accel_mps2 != d->accel_mps2;
	return reader->drivers->len - 1;
}

static bool add_road(struct reader *reader, const struct jsonat *at, uint32_t road, GArray *way, GError **error)
{
	const struct roadnet_road *roads = reader->r->roads;
	uint32_t last = way->len ? g_array_index(way, uint32_t, way->len - 1) : NET_NONE;
	if (last == NET_NONE || roadnet_ways_joined(reader->ways, last, road)) {
		g_array_append_val(way, road);
	} else if (last == road) {
		return jsonat_fail(at, error, "is '%.80s' for the second time in a row", roads[road].id);
	} else {
		if (!roadnet_ways_find(reader->ways, last, road, way))
			return jsonat_fail(at, error, "is '%.80s', and no way leads there from '%.80s'", roads[road].id, roads[last].id);
		reader->n_filled++;
	}
	return way->len <= ROADS_MAX || jsonat_fail(at, error, "makes the route longer than %d roads", ROADS_MAX);
}

static bool read_route(struct reader *reader, const struct jsonat *at, struct roadnet_flow *flow, GError **error)
{
	struct jsonat list;
	if (!jsonat_list(at, "route", ROADS_MAX, &list, error))
		return false;
	g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	for (size_t i = 0; i < json_array_size(list.value); i++) {
		struct jsonat item = jsonat_item(&list, i);
		const char *id;
		if (!jsonat_as_text(&item, &id, error))
			return false;
		uint32_t road = roadnet_road(reader->r, id);
		if (road == NET_NONE)
			return jsonat_fail(&item, error, "is '%.80s', and there is no such road", id);
		if (!add_road(reader, &item, road, way, error))
			return false;
	}
	if (way->len == 0)
		return jsonat_fail(&list, error, "is empty, a route has at least one road");
	flow->n_roads = way->len;
	flow->roads = (uint32_t *) (void *) g_array_free(g_steal_pointer(&way), FALSE);
	return true;
}

/* CityFlow sends one at startTime and one each `interval` until endTime, both times included (flow.cpp); -1 is no end. */
static bool read_times(struct reader *reader, const struct jsonat *at, struct roadnet_flow *flow, GError **error)
{
	static const struct jsonrange BEGIN = {0, TIME_MAX_S, false, " s"}, END = {-1, TIME_MAX_S, false, " s"},
		INTERVAL = {0.001, 1e6, false, " s"};
	double end_s = -1;
	if ((jsonat_has(at, "startTime") && !jsonat_number(at, "startTime", &BEGIN, &flow->begin_s, error)) ||
		(jsonat_has(at, "endTime") && !jsonat_number(at, "endTime", &END, &end_s, error)) ||
		!jsonat_number(at, "interval", &INTERVAL, &flow->interval_s, error))
		return false;
	if (end_s == -1) {
		reader->n_endless++;
		end_s = reader->end_s;
	} else if (end_s < flow->begin_s) {
		return jsonat_fail(at, error, "has the endTime %g s, must be -1 or at least its startTime, %g s", end_s, flow->begin_s);
	}
	if (end_s < flow->begin_s) {
		reader->n_late++;
		return true;
	}
	double n = floor((end_s - flow->begin_s) / flow->interval_s + 1e-9) + 1;
	if ((double) reader->n_vehicles + n > VEHICLES_MAX)
		return jsonat_fail(at, error, "brings the demand over %d vehicles", VEHICLES_MAX);
	flow->n_vehicles = (uint32_t) n;
	reader->n_vehicles += flow->n_vehicles;
	return true;
}

static bool read_flow(struct reader *reader, const struct jsonat *at, uint32_t index, struct roadnet_flow *flow, GError **error)
{
	struct jsonat vehicle;
	struct roadnet_driver driver;
	memset(&driver, 0, sizeof driver);
	flow->index = index;
	if (!jsonat_map(at, "vehicle", &vehicle, error) || !read_driver(&vehicle, &driver, error) || !read_route(reader, at, flow, error))
		return false;
	flow->driver = driver_of(reader, &driver);
	return read_times(reader, at, flow, error);
}

static int by_begin(const void *a, const void *b)
{
	const struct roadnet_flow *p = a, *q = b;
	if (p->begin_s != q->begin_s)
		return p->begin_s < q->begin_s ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

static bool read_all(struct reader *reader, const struct jsonat *top, GError **error)
{
	struct roadnet_flows *f = reader->f;
	if (!json_is_array(top->value))
		return jsonat_fail(top, error, "is not a list of flows");
	size_t n = json_array_size(top->value);
	if (n > FLOWS_MAX)
		return jsonat_fail(top, error, "has %zu flows, at most %d are possible", n, FLOWS_MAX);
	f->flows = g_new0(struct roadnet_flow, MAX(n, 1));
	for (size_t i = 0; i < n; i++) {
		struct jsonat item = jsonat_item(top, i);
		struct roadnet_flow *flow = &f->flows[f->n_flows];
		f->n_flows++;
		if (!read_flow(reader, &item, (uint32_t) i, flow, error))
			return false;
		if (flow->n_vehicles == 0) { /* begins after the end */
			g_clear_pointer(&flow->roads, g_free);
			*flow = (struct roadnet_flow){0};
			f->n_flows--;
		}
	}
	if (f->n_flows)
		qsort(f->flows, f->n_flows, sizeof *f->flows, by_begin);
	return true;
}

static void note(GPtrArray *notes, const char *file, uint32_t n, const char *what)
{
	if (notes && n)
		g_ptr_array_add(notes, g_strdup_printf("%s: %s (%u of them)", file, what, n));
}

static struct roadnet_flows *read_json(const json_t *root, const char *name, const struct roadnet *r, double end_s, GPtrArray *notes,
	GError **error)
{
	owned(roadnet_flows) f = g_new0(struct roadnet_flows, 1);
	owned(roadnet_ways) ways = roadnet_ways_new(r);
	struct reader reader = {.f = f, .r = r, .ways = ways, .end_s = end_s, .drivers = g_array_new(FALSE, FALSE, sizeof(struct roadnet_driver))};
	struct jsonat top = jsonat_top(name, root);
	bool good = read_all(&reader, &top, error);
	f->n_drivers = reader.drivers->len;
	f->drivers = (struct roadnet_driver *) (void *) g_array_free(reader.drivers, FALSE);
	if (!good)
		return NULL;
	g_autofree char *endless = g_strdup_printf("flows without an end go on to %g s", end_s);
	note(notes, name, reader.n_endless, endless);
	note(notes, name, reader.n_late, "flows that begin after that are left out");
	note(notes, name, reader.n_filled, "gaps in routes are filled in with the shortest way");
	note(notes, name, reader.n_accel, "kinds of vehicles accelerate by usualPosAcc, their maxPosAcc is passed over");
	return give(f);
}

struct roadnet_flows *roadnet_flows_read(const char *path, const struct roadnet *r, double end_s, GPtrArray *notes, GError **error)
{
	json_auto_t *root = jsonat_load(path, error);
	return root ? read_json(root, path, r, end_s, notes, error) : NULL;
}

struct roadnet_flows *roadnet_flows_parse(const char *text, gsize length, const char *name, const struct roadnet *r, double end_s,
	GPtrArray *notes, GError **error)
{
	json_auto_t *root = jsonat_parse(text, length, name, error);
	return root ? read_json(root, name, r, end_s, notes, error) : NULL;
}

void roadnet_flows_free(struct roadnet_flows *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < f->n_flows; i++)
		g_free(f->flows[i].roads);
	g_free(f->flows);
	g_free(f->drivers);
	g_free(f);
}

static void put_number(GString *out, const char *name, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];
	g_string_append_printf(out, " %s=\"%s\"", name, g_ascii_formatd(text, sizeof text, "%.10g", value));
}

static void put_driver(GString *out, uint32_t index, const struct roadnet_driver *d)
{
	g_string_append_printf(out, "    <vType id=\"driver_%u\"", index);
	put_number(out, "length", d->length_m);
	put_number(out, "width", d->width_m);
	put_number(out, "minGap", d->min_gap_m);
	put_number(out, "maxSpeed", d->max_speed_mps);
	put_number(out, "accel", d->accel_mps2);
	put_number(out, "decel", d->decel_mps2);
	put_number(out, "emergencyDecel", d->max_decel_mps2);
	put_number(out, "tau", d->headway_s);
	g_string_append(out, " sigma=\"0\" speedFactor=\"1\" speedDev=\"0\"/>\n");
}

/* Each way once; flows name it. */
static uint32_t put_route(GString *out, GHashTable *known, const struct roadnet_flow *flow, const struct roadnet *r)
{
	g_autoptr(GString) ids = g_string_new(NULL);
	for (uint32_t i = 0; i < flow->n_roads; i++)
		g_string_append_printf(ids, "%s%s", i ? " " : "", r->roads[flow->roads[i]].id);
	uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(known, ids->str));
	if (number)
		return number - 1;
	number = g_hash_table_size(known);
	g_string_append_printf(out, "    <route id=\"way_%u\" edges=\"%s\"/>\n", number, ids->str);
	g_hash_table_insert(known, g_strdup(ids->str), GUINT_TO_POINTER(number + 1));
	return number;
}

char *roadnet_flows_write(const struct roadnet_flows *f, const struct roadnet *r)
{
	GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<routes>\n");
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (uint32_t i = 0; i < f->n_drivers; i++)
		put_driver(out, i, &f->drivers[i]);
	for (uint32_t i = 0; i < f->n_flows; i++) {
		const struct roadnet_flow *flow = &f->flows[i];
		uint32_t way = put_route(out, known, flow, r);
		bool one = flow->n_vehicles == 1;
		g_string_append_printf(out, "    <%s id=\"flow_%u\" type=\"driver_%u\" route=\"way_%u\"", one ? "vehicle" : "flow", flow->index,
			flow->driver, way);
		put_number(out, one ? "depart" : "begin", flow->begin_s);
		if (!one) {
			put_number(out, "period", flow->interval_s);
			g_string_append_printf(out, " number=\"%u\"", flow->n_vehicles);
		}
		g_string_append(out, " departLane=\"best\" departSpeed=\"0\"/>\n");
	}
	g_string_append(out, "</routes>\n");
	return g_string_free(out, FALSE);
}
