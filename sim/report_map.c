/* report_map.c - the network from above, each approach (places.h) coloured by the delay of a vehicle on it.
 *
 * Classes are the Highway Capacity Manual's for signalised intersections (TRB 2010, exhibit 18-4).
 */
#include <math.h>

#include "core/units.h"
#include "sim/chart.h"
#include "sim/report_parts.h"

#define WIDE_PX 1124.0
#define HALF_PX 546.0 /* of two beside each other */
#define HIGH_PX 900.0
#define FLAT_FRAC 0.45 /* a network not higher than that, of its width, is drawn wide */
#define MARGIN_PX 34.0
#define LANES_MOST 6000 /* internal ones too */
#define LABELS_MOST 60 /* more of them would hide the roads */
#define SHAPE_LEAST_PX 0.8
#define NODE_LEAST_PX 4.0 /* smaller ones are not drawn */

static const struct level {
	double until_s;
	const char *name;
} levels[] = {{10, "A to 10 s"}, {20, "B to 20 s"}, {35, "C to 35 s"}, {55, "D to 55 s"}, {80, "E to 80 s"}, {INFINITY, "F over 80 s"}};

struct map {
	const struct network *net;
	double px_per_m, width_px, height_px;
	struct places *places;
	bool by_edge;    /* so many lanes that each edge is one line */
};

static bool for_vehicles(const struct network *net, uint32_t lane)
{
	return place_drivable(net, lane);
}

/* At a signal; where the network has none, where somebody gives way. */
static bool is_labelled(const struct map *m, uint32_t edge)
{
	uint32_t a = m->places->approach_of[edge];
	return a != NET_NONE && m->places->approaches[a].edge == edge &&
		(m->places->approaches[a].signal != NET_NONE || m->net->n_signals == 0);
}

static struct map map_of(const struct network *net, bool alone)
{
	struct map m = {.net = net, .places = places_new(net), .by_edge = net->n_lanes > LANES_MOST};
	double width_m = fmax(net->max.x_m - net->min.x_m, 1), height_m = fmax(net->max.y_m - net->min.y_m, 1);
	m.width_px = alone || height_m < FLAT_FRAC * width_m ? WIDE_PX : HALF_PX;
	m.px_per_m = fmin((m.width_px - 2 * MARGIN_PX) / width_m, HIGH_PX / height_m);
	m.height_px = height_m * m.px_per_m + 2 * MARGIN_PX;
	return m;
}

static double x_px(const struct map *m, double x_m)
{
	double width_px = (m->net->max.x_m - m->net->min.x_m) * m->px_per_m;
	return (m->width_px - width_px) / 2 + (x_m - m->net->min.x_m) * m->px_per_m;
}

static double y_px(const struct map *m, double y_m)
{
	return m->height_px - MARGIN_PX - (y_m - m->net->min.y_m) * m->px_per_m;
}

/* Seconds lost by each vehicle of every approach, at the place of its last edge; NaN where nobody drove. */
static double *delays_of(const struct map *m, const struct record *r)
{
	const struct network *net = m->net;
	double *lost_s = g_new0(double, net->n_edges + 1);
	g_autofree double *vehicles = g_new0(double, net->n_edges + 1);
	for (uint32_t i = 0; i < net->n_lanes; i++) {
		uint32_t e = net->lanes[i].edge;
		if (!for_vehicles(net, i))
			continue;
		lost_s[m->places->root[e]] += r->lanes[i].lost_s;
		if (m->places->root[e] == e)
			vehicles[e] += r->lanes[i].vehicles;
	}
	for (uint32_t e = 0; e < net->n_edges; e++)
		lost_s[e] = vehicles[e] > 0 ? lost_s[e] / vehicles[e] : UNKNOWN;
	return lost_s;
}

static const struct level *level_of(double delay_s)
{
	const struct level *l = levels;
	while (delay_s > l->until_s)
		l++;
	return l;
}

/* Points that are not to be told from the one before are left out. `between` stands between two points. */
static void put_shape(GString *out, const struct map *m, const struct net_point *shape, uint32_t n, char between)
{
	double x = -INFINITY, y = -INFINITY;
	for (uint32_t i = 0; i < n; i++) {
		double at_x = x_px(m, shape[i].x_m), at_y = y_px(m, shape[i].y_m);
		if (i && i + 1 < n && hypot(at_x - x, at_y - y) < SHAPE_LEAST_PX)
			continue;
		x = at_x;
		y = at_y;
		if (i)
			g_string_append_c(out, between);
		g_string_append_printf(out, "%.1f,%.1f", x, y);
	}
}

/* A large network: one line an edge, all of a level in one path, the worst on top. */
static void draw_edges(GString *out, const struct map *m, const double *delay_s)
{
	const struct network *net = m->net;
	for (int level = -1; level < (int) G_N_ELEMENTS(levels); level++) {
		if (level < 0)
			g_string_append(out, "<path class=\"road\" stroke-width=\"1.6\" d=\"");
		else
			g_string_append_printf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2.2\" d=\"", report_level_colours[level]);
		for (uint32_t e = 0; e < net->n_edges; e++) {
			const struct net_edge *edge = &net->edges[e];
			uint32_t lane = edge->first_lane + edge->n_lanes / 2;
			double delay = delay_s[m->places->root[e]];
			if (!edge->n_lanes || !for_vehicles(net, lane) || (isnan(delay) ? -1 : (int) (level_of(delay) - levels)) != level)
				continue;
			g_string_append_c(out, 'M');
			put_shape(out, m, net->lanes[lane].shape, net->lanes[lane].n_shape, 'L');
		}
		g_string_append(out, "\"/>\n");
	}
}

static void draw_lane(GString *out, const struct map *m, uint32_t lane, double delay_s)
{
	const struct net_lane *l = &m->net->lanes[lane];
	double lanes = m->by_edge ? m->net->edges[l->edge].n_lanes : 1,
		   width_px = fmax(l->width_m * lanes * m->px_per_m, m->by_edge ? 2.2 : 1.6);
	if (isnan(delay_s))
		g_string_append_printf(out, "<polyline class=\"road\" stroke-width=\"%.1f\" points=\"", width_px);
	else
		g_string_append_printf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" points=\"",
			report_level_colours[level_of(delay_s) - levels], width_px + 0.3);
	put_shape(out, m, l->shape, l->n_shape, ' ');
	g_string_append(out, "\"/>\n");
}

static double node_px(const struct map *m, const struct net_node *node)
{
	double most_m = 0;
	for (uint32_t i = 1; i < node->n_shape; i++)
		most_m = fmax(most_m, hypot(node->shape[i].x_m - node->shape[0].x_m, node->shape[i].y_m - node->shape[0].y_m));
	return most_m * m->px_per_m;
}

static void draw_nodes(GString *out, const struct map *m)
{
	for (uint32_t n = 0; n < m->net->n_nodes; n++) {
		const struct net_node *node = &m->net->nodes[n];
		if (node->n_shape < 3 || node_px(m, node) < NODE_LEAST_PX)
			continue;
		g_string_append(out, "<polygon class=\"node\" points=\"");
		put_shape(out, m, node->shape, node->n_shape, ' ');
		g_string_append(out, "\"/>\n");
	}
}

/* The delay of an approach in figures, beside the lane at its right, 70 px before the stop line. */
static void label_approach(GString *out, const struct map *m, uint32_t edge, double delay_s)
{
	const struct net_edge *e = &m->net->edges[edge];
	const struct net_lane *right = &m->net->lanes[e->first_lane];
	double back_m = 46 / m->px_per_m, heading;
	struct net_point at = network_point(right, fmax(0, right->length_m - back_m), &heading);
	double away_px = 13, x = x_px(m, at.x_m) + away_px * sin(heading) * 1.5, y = y_px(m, at.y_m) + away_px * cos(heading);
	g_autofree char *label = chart_number(delay_s, 0);
	const char *anchor = sin(heading) > 0.5 ? "start" : sin(heading) < -0.5 ? "end" : "middle";
	g_string_append_printf(out, "<text class=\"halo\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y + 4.5, anchor, label);
}

/* In the middle of the stop lines that it holds. */
static void name_signals(GString *out, const struct map *m)
{
	const struct network *net = m->net;
	g_autofree struct net_point *sum = g_new0(struct net_point, net->n_signals + 1);
	g_autofree double *n = g_new0(double, net->n_signals + 1);
	for (uint32_t k = 0; k < net->n_links; k++) {
		const struct net_link *l = &net->links[k];
		if (l->signal == NET_NONE || !for_vehicles(net, l->from_lane))
			continue;
		const struct net_lane *from = &net->lanes[l->from_lane], *to = &net->lanes[l->to_lane];
		sum[l->signal].x_m += (from->shape[from->n_shape - 1].x_m + to->shape[0].x_m) / 2;
		sum[l->signal].y_m += (from->shape[from->n_shape - 1].y_m + to->shape[0].y_m) / 2;
		n[l->signal]++;
	}
	for (uint32_t s = 0; s < net->n_signals && net->n_signals <= LABELS_MOST; s++) {
		if (n[s] < 1)
			continue;
		g_autofree char *mark = report_signal_mark(net, s);
		g_string_append_printf(out,
			"<text class=\"halo\" font-weight=\"700\" font-size=\"15\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">",
			x_px(m, sum[s].x_m / n[s]), y_px(m, sum[s].y_m / n[s]) + 5);
		chart_escape(out, mark);
		g_string_append(out, "</text>\n");
	}
}

/* A round length of about a tenth of the picture. */
static void scale_bar(GString *out, const struct map *m)
{
	double bar_m = chart_step(0, m->width_px / m->px_per_m, 9), px = bar_m * m->px_per_m, x = MARGIN_PX, y = m->height_px - 12;
	g_string_append_printf(out,
		"<path class=\"scale\" d=\"M%.1f %.1fv5H%.1fv-5\"/><text class=\"soft\" x=\"%.1f\" y=\"%.1f\">%.0f m</text>\n", x, y, x + px,
		x + px + 7, y + 6, bar_m);
}

static void draw(GString *out, const struct map *m, const struct record *r, const char *name)
{
	g_autofree double *delay_s = delays_of(m, r);
	g_string_append(out, "<figure><figcaption>");
	chart_escape(out, name);
	g_string_append(out, "</figcaption>\n");
	chart_open(out, m->width_px, m->height_px, name);
	if (m->by_edge)
		draw_edges(out, m, delay_s);
	else
		draw_nodes(out, m);
	for (uint32_t i = 0; i < m->net->n_lanes && !m->by_edge; i++)
		if (for_vehicles(m->net, i))
			draw_lane(out, m, i, delay_s[m->places->root[m->net->lanes[i].edge]]);
	uint32_t n_labels = 0;
	for (uint32_t e = 0; e < m->net->n_edges; e++)
		n_labels += is_labelled(m, e);
	for (uint32_t e = 0; e < m->net->n_edges && n_labels <= LABELS_MOST; e++)
		if (is_labelled(m, e) && !isnan(delay_s[e]))
			label_approach(out, m, e, delay_s[e]);
	name_signals(out, m);
	scale_bar(out, m);
	g_string_append(out, "</svg></figure>\n");
}

static void legend(GString *out)
{
	g_string_append(out, "<ul class=\"key\">");
	for (uint32_t i = 0; i < G_N_ELEMENTS(levels); i++)
		g_string_append_printf(out, "<li><svg viewBox=\"0 0 26 12\"><rect width=\"26\" height=\"9\" y=\"2\" rx=\"2\" "
			"fill=\"%s\"/></svg>%s</li>\n",
			report_level_colours[i], levels[i].name);
	g_string_append(out, "<li><svg viewBox=\"0 0 26 12\"><rect class=\"node\" width=\"26\" height=\"9\" y=\"2\" rx=\"2\"/></svg>nobody "
		"drove there</li></ul>\n");
}

void report_map(GString *out, const struct report *r)
{
	struct report_side sides[2];
	uint32_t n = report_sides(r, sides);
	if (!sides[0].record || (n > 1 && !sides[1].record))
		return;
	struct map m = map_of(sides[0].record->net, n == 1);
	bool wide = m.width_px > HALF_PX;
	g_string_append(out, "<section><h2>Where time is lost</h2>\n<p class=\"note\">Seconds that a vehicle loses on each approach against "
		"the speed limit, in figures and in the classes of the Highway Capacity Manual.</p>\n");
	g_string_append_printf(out, "<div class=\"pair%s\">\n", wide ? " wide" : "");
	for (uint32_t s = 0; s < n; s++)
		draw(out, &m, sides[s].record, sides[s].name);
	g_string_append(out, "</div>\n");
	legend(out);
	g_string_append(out, "</section>\n");
	places_free(m.places);
}
