/* netwrite.c - a network as SUMO's net.xml, element by element; see netwrite.h. */
#include "core/netwrite.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "core/core_error.h"

#define NUMBER_BYTES 40

/* To a thousandth, without zeros at the end; a point whatever the locale. */
static const char *number(double value, char text[NUMBER_BYTES])
{
	g_ascii_formatd(text, NUMBER_BYTES, "%.3f", value);
	size_t n = strlen(text);
	while (text[n - 1] == '0')
		n--;
	text[n - (text[n - 1] == '.')] = 0;
	return strcmp(text, "-0") ? text : "0";
}

static void put_text(GString *out, const char *name, const char *value)
{
	g_autofree char *safe = g_markup_escape_text(value, -1);
	g_string_append_printf(out, " %s=\"%s\"", name, safe);
}

static void put_number(GString *out, const char *name, double value)
{
	char text[NUMBER_BYTES];
	g_string_append_printf(out, " %s=\"%s\"", name, number(value, text));
}

static void put_count(GString *out, const char *name, uint32_t value)
{
	g_string_append_printf(out, " %s=\"%u\"", name, value);
}

static void put_shape(GString *out, const struct net_point *points, uint32_t n)
{
	char x[NUMBER_BYTES], y[NUMBER_BYTES];
	g_string_append(out, " shape=\"");
	for (uint32_t i = 0; i < n; i++)
		g_string_append_printf(out, "%s%s,%s", i ? " " : "", number(points[i].x_m, x), number(points[i].y_m, y));
	g_string_append_c(out, '"');
}

/* SUMO's names of who may drive there; NET_OTHER stands for classes that came after 1.15. Nothing is written for all or, as SUMO has it
 * for connections, for what the lane allows anyway. */
static void put_allow(GString *out, uint32_t allow, uint32_t usual)
{
	static const struct {
		uint32_t bit;
		const char *names;
	} classes[] = {
		{NET_PASSENGER, "passenger"}, {NET_BUS, "bus"}, {NET_TRUCK, "truck"}, {NET_EMERGENCY, "emergency"}, {NET_MOTORCYCLE, "motorcycle"},
		{NET_BICYCLE, "bicycle"}, {NET_PEDESTRIAN, "pedestrian"}, {NET_DELIVERY, "delivery"}, {NET_TAXI, "taxi"}, {NET_PRIVATE, "private"},
		{NET_AUTHORITY, "authority"}, {NET_ARMY, "army"}, {NET_VIP, "vip"}, {NET_HOV, "hov"}, {NET_COACH, "coach"},
		{NET_TRAILER, "trailer"}, {NET_MOPED, "moped"}, {NET_EVEHICLE, "evehicle"}, {NET_TRAM, "tram"},
		{NET_RAIL, "rail_urban rail rail_electric rail_fast"}, {NET_SHIP, "ship"}, {NET_CUSTOM1, "custom1"}, {NET_CUSTOM2, "custom2"},
	};
	uint32_t named = NET_ALL & ~NET_OTHER;
	if ((allow & named) == (usual & named))
		return;
	g_string_append(out, " allow=\"");
	const char *gap = "";
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
		if (allow & classes[i].bit) {
			g_string_append_printf(out, "%s%s", gap, classes[i].names);
			gap = " ";
		}
	g_string_append_c(out, '"');
}

static void put_lane(GString *out, const struct net_lane *lane)
{
	g_string_append(out, "        <lane");
	put_text(out, "id", lane->id);
	put_count(out, "index", lane->index);
	put_allow(out, lane->allow, NET_ALL);
	put_number(out, "speed", lane->speed_mps);
	put_number(out, "length", lane->length_m);
	put_number(out, "width", lane->width_m);
	put_shape(out, lane->shape, lane->n_shape);
	g_string_append(out, "/>\n");
}

static void put_edge(GString *out, const struct network *net, const struct net_edge *edge)
{
	static const char *const functions[] = {NULL, "internal", "crossing", "walkingarea", "connector"};
	bool inner = edge->function != NET_NORMAL && edge->function != NET_CONNECTOR;
	g_string_append(out, "    <edge");
	put_text(out, "id", edge->id);
	if (functions[edge->function])
		put_text(out, "function", functions[edge->function]);
	if (!inner) {
		put_text(out, "from", net->nodes[edge->from].id);
		put_text(out, "to", net->nodes[edge->to].id);
		g_string_append_printf(out, " priority=\"%d\"", edge->priority);
	}
	if (edge->crossing_edges) {
		g_autofree char *crossed = g_strjoinv(" ", edge->crossing_edges);
		put_text(out, "crossingEdges", crossed);
	}
	g_string_append(out, ">\n");
	for (uint32_t k = 0; k < edge->n_lanes; k++)
		put_lane(out, &net->lanes[edge->first_lane + k]);
	g_string_append(out, "    </edge>\n");
}

static void put_phase(GString *out, const struct net_phase *phase)
{
	g_string_append(out, "        <phase");
	put_number(out, "duration", phase->duration_s);
	put_text(out, "state", phase->state);
	if (!isnan(phase->min_s))
		put_number(out, "minDur", phase->min_s);
	if (!isnan(phase->max_s))
		put_number(out, "maxDur", phase->max_s);
	for (uint32_t k = 0; k < phase->n_next; k++)
		g_string_append_printf(out, "%s%u", k ? " " : " next=\"", phase->next[k]);
	g_string_append(out, phase->n_next ? "\"/>\n" : "/>\n");
}

static void put_program(GString *out, const struct net_signal *signal, const struct net_program *program)
{
	const struct {
		const char *key;
		double value;
	} params[] = {
		{"max-gap", program->actuation.max_gap_s}, {"detector-gap", program->actuation.detector_gap_s},
		{"passing-time", program->actuation.passing_time_s},
	};
	g_string_append(out, "    <tlLogic");
	put_text(out, "id", signal->id);
	put_text(out, "type", program->type);
	put_text(out, "programID", program->id);
	put_number(out, "offset", program->offset_s);
	g_string_append(out, ">\n");
	for (size_t i = 0; i < G_N_ELEMENTS(params) && strcmp(program->type, "static") != 0; i++) {
		g_string_append_printf(out, "        <param key=\"%s\"", params[i].key);
		put_number(out, "value", params[i].value);
		g_string_append(out, "/>\n");
	}
	for (uint32_t p = 0; p < program->n_phases; p++)
		put_phase(out, &program->phases[p]);
	g_string_append(out, "    </tlLogic>\n");
}

/* For each node the internal lane (crossing) of each of its rows: [first[node] + row], NET_NONE where a row has none. */
static uint32_t *lanes_of_rows(const struct network *net, uint32_t *first)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		first[i] = n;
		n += net->nodes[i].n_requests;
	}
	uint32_t *lanes = g_new(uint32_t, MAX(n, 1));
	for (uint32_t i = 0; i < n; i++)
		lanes[i] = NET_NONE;
	for (uint32_t i = 0; i < net->n_links; i++) {
		const struct net_link *link = &net->links[i];
		if (link->request == NET_NONE)
			continue;
		bool crossing = net->edges[net->lanes[link->to_lane].edge].function == NET_CROSSING;
		lanes[first[link->node] + link->request] = crossing ? link->to_lane : link->via;
	}
	return lanes;
}

static void put_bits(GString *out, const char *name, const struct net_node *node, uint32_t row,
	bool (*bit)(const struct net_node *node, uint32_t i, uint32_t k))
{
	g_string_append_printf(out, " %s=\"", name);
	for (uint32_t k = node->n_requests; k-- > 0;)
		g_string_append_c(out, bit(node, row, k) ? '1' : '0');
	g_string_append_c(out, '"');
}

static void put_node(GString *out, const struct network *net, const struct net_node *node, const uint32_t *rows)
{
	const char *gap = "";
	g_string_append(out, "    <junction");
	put_text(out, "id", node->id);
	put_text(out, "type", node->type);
	put_number(out, "x", node->at.x_m);
	put_number(out, "y", node->at.y_m);
	g_string_append(out, " incLanes=\"");
	for (uint32_t i = 0; i < node->n_incoming; i++) {
		g_autofree char *safe = g_markup_escape_text(net->lanes[node->incoming[i]].id, -1);
		g_string_append_printf(out, "%s%s", i ? " " : "", safe);
	}
	g_string_append(out, "\" intLanes=\"");
	for (uint32_t row = 0; row < node->n_requests; row++)
		if (rows[row] != NET_NONE) {
			g_autofree char *safe = g_markup_escape_text(net->lanes[rows[row]].id, -1);
			g_string_append_printf(out, "%s%s", gap, safe);
			gap = " ";
		}
	g_string_append_c(out, '"');
	put_shape(out, node->shape, node->n_shape);
	g_string_append(out, node->n_requests ? ">\n" : "/>\n");
	for (uint32_t row = 0; row < node->n_requests; row++) {
		g_string_append_printf(out, "        <request index=\"%u\"", row);
		put_bits(out, "response", node, row, network_yields);
		put_bits(out, "foes", node, row, network_foes);
		g_string_append_printf(out, " cont=\"%d\"/>\n", node->requests[row].cont);
	}
	if (node->n_requests)
		g_string_append(out, "    </junction>\n");
}

static void put_link(GString *out, const struct network *net, const struct net_link *link)
{
	const struct net_lane *from = &net->lanes[link->from_lane], *to = &net->lanes[link->to_lane];
	g_string_append(out, "    <connection");
	put_text(out, "from", net->edges[from->edge].id);
	put_text(out, "to", net->edges[to->edge].id);
	put_count(out, "fromLane", from->index);
	put_count(out, "toLane", to->index);
	if (link->via != NET_NONE)
		put_text(out, "via", net->lanes[link->via].id);
	if (link->signal != NET_NONE) {
		put_text(out, "tl", net->signals[link->signal].id);
		put_count(out, "linkIndex", link->signal_link);
	}
	put_allow(out, link->allow, to->allow);
	g_string_append_printf(out, " dir=\"%c\" state=\"%c\"/>\n", link->dir, link->state);
}

static void put_head(GString *out, const struct network *net)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES], c[NUMBER_BYTES], d[NUMBER_BYTES];
	g_autofree char *bounds = g_strdup_printf("%s,%s,%s,%s", number(net->min.x_m, a), number(net->min.y_m, b), number(net->max.x_m, c),
		number(net->max.y_m, d));
	g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<net version=\"1.9\">\n");
	g_string_append_printf(out, "    <location netOffset=\"0,0\" convBoundary=\"%s\" origBoundary=\"%s\" projParameter=\"!\"/>\n", bounds,
		bounds);
}

char *netwrite(const struct network *net, GError **error)
{
	for (uint32_t i = 0; i < net->n_nodes; i++)
		if (!strcmp(net->nodes[i].type, "internal")) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_FORM, "junction %.80s: turns that wait inside a junction cannot be written", net->nodes[i].id);
			return NULL;
		}
	g_autofree uint32_t *first = g_new(uint32_t, MAX(net->n_nodes, 1)), *rows = lanes_of_rows(net, first);
	GString *out = g_string_new(NULL);
	put_head(out, net);
	for (uint32_t i = 0; i < net->n_edges; i++)
		put_edge(out, net, &net->edges[i]);
	/* The program in force is the last one in the file and the first one of the list. */
	for (uint32_t i = 0; i < net->n_signals; i++)
		for (uint32_t p = net->signals[i].n_programs; p-- > 0;)
			put_program(out, &net->signals[i], &net->signals[i].programs[p]);
	for (uint32_t i = 0; i < net->n_nodes; i++)
		put_node(out, net, &net->nodes[i], rows + first[i]);
	for (uint32_t i = 0; i < net->n_links; i++)
		put_link(out, net, &net->links[i]);
	g_string_append(out, "</net>\n");
	return g_string_free(out, FALSE);
}
