/* report_levels.c - level of service of each movement, and how many vehicles had which. */
#include <math.h>

#include "core/units.h"
#include "sim/chart.h"
#include "sim/report_parts.h"

#define ROWS_MOST 60

struct row {
	uint32_t movement;
	uint32_t group; /* its signal, or its node behind all signals */
	double lost_s; /* of all vehicles, on the side where it was more */
};

static double vehicles(const struct gauge *g, uint32_t i)
{
	return g->movements[i].vehicles;
}

static double back_p95(const struct gauge *g, uint32_t movement)
{
	return gauge_counts_percentile(&g->approaches[g->places->movements[movement].approach].back_m, g->steps, 0.95);
}

static double total_s(const struct gauge *g, uint32_t i)
{
	return g->movements[i].loss_s + g->movements[i].outside_s;
}

static int by_loss(const void *a, const void *b)
{
	double x = ((const struct row *) a)->lost_s, y = ((const struct row *) b)->lost_s;
	return (x < y) - (x > y);
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->movement > y->movement) - (x->movement < y->movement);
}

/* Those that somebody took, the worst ROWS_MOST of them, signals first. */
static GArray *rows_of(const struct report *r, const struct report_side *sides, uint32_t n_sides, uint32_t *n_all)
{
	const struct places *p = sides[0].gauges[0]->places;
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));
	for (uint32_t i = 0; i < p->n_movements; i++) {
		const struct approach_place *a = &p->approaches[p->movements[i].approach];
		struct row row = {i, a->signal != NET_NONE ? a->signal : p->net->n_signals + a->node, 0};
		double any = 0;
		for (uint32_t s = 0; s < n_sides; s++) {
			any += report_over(&sides[s], r->n_runs, vehicles, i).mean;
			row.lost_s = fmax(row.lost_s, report_over(&sides[s], r->n_runs, total_s, i).mean);
		}
		if (any > 0)
			g_array_append_val(rows, row);
	}
	*n_all = rows->len;
	if (rows->len > ROWS_MOST) {
		g_array_sort(rows, by_loss);
		g_array_set_size(rows, ROWS_MOST);
	}
	g_array_sort(rows, by_place);
	return rows;
}

static void badge(GString *out, char level)
{
	if (level == '-')
		g_string_append(out, "<td class=\"mid\">–</td>");
	else
		g_string_append_printf(out, "<td class=\"mid\"><span class=\"level l%c\">%c</span></td>", level, level);
}

static void side_cells(GString *out, const struct report *r, const struct report_side *side, uint32_t i)
{
	struct figure_mean delay = report_over(side, r->n_runs, gauge_delay_s, i), n = report_over(side, r->n_runs, vehicles, i);
	g_autofree char *passed = chart_number(n.mean, 0);
	g_string_append_printf(out, "<td class=\"side\">%s</td>", passed);
	report_cell(out, delay.mean, delay.half, 1);
	badge(out, gauge_los_of(side->gauges[0]->places, i, delay.mean));
	report_cell(out, report_over(side, r->n_runs, gauge_stops, i).mean, UNKNOWN, 2);
	report_cell(out, report_over(side, r->n_runs, back_p95, i).mean, UNKNOWN, 0);
}

static void table_row(GString *out, const struct report *r, const struct report_side *sides, uint32_t n_sides, uint32_t i, bool first)
{
	const struct places *p = sides[0].gauges[0]->places;
	const struct movement_place *m = &p->movements[i];
	const struct approach_place *a = &p->approaches[m->approach];
	g_string_append_printf(out, "<tr%s><th scope=\"row\">", first ? " class=\"first\"" : "");
	if (first)
		report_place(out, p->net, a->signal, p->net->nodes[a->node].id);
	g_string_append(out, "</th><td class=\"how\"><span title=\"");
	chart_text(out, "%s to %s", p->net->edges[m->from_edge].id, p->net->edges[m->to_edge].id);
	g_string_append_printf(out, "\">from the %s, %s</span></td>", a->compass, m->turn);
	for (uint32_t s = 0; s < n_sides; s++)
		side_cells(out, r, &sides[s], i);
	g_string_append(out, "</tr>\n");
}

/* A signal as a whole, above its movements. */
static void signal_row(
	GString *out, const struct report *r, const struct report_side *sides, uint32_t n_sides, const struct approach_place *a)
{
	const struct network *net = sides[0].gauges[0]->net;
	g_string_append(out, "<tr class=\"first whole\"><th scope=\"row\">");
	report_place(out, net, a->signal, net->nodes[a->node].id);
	g_string_append(out, "</th><td class=\"how\">all that passed</td>");
	for (uint32_t s = 0; s < n_sides; s++) {
		struct figure_mean delay = report_over(&sides[s], r->n_runs, gauge_signal_delay_s, a->signal);
		report_first_cell(out, report_over(&sides[s], r->n_runs, gauge_signal_vehicles, a->signal).mean, UNKNOWN, 0);
		report_cell(out, delay.mean, delay.half, 1);
		badge(out, los_letter(delay.mean, true));
		g_string_append(out, "<td></td><td></td>");
	}
	g_string_append(out, "</tr>\n");
}

/* Vehicles of each level as one bar. */
static void level_bar(GString *out, const struct report *r, const struct report_side *side, double width_px)
{
	const struct places *p = side->gauges[0]->places;
	double n[6] = {0}, all = 0, x = 0;
	for (uint32_t i = 0; i < p->n_movements; i++) {
		char level = gauge_los_of(p, i, report_over(side, r->n_runs, gauge_delay_s, i).mean);
		double passed = report_over(side, r->n_runs, vehicles, i).mean;
		if (level == '-')
			continue;
		n[level - 'A'] += passed;
		all += passed;
	}
	if (!(all > 0))
		return;
	g_string_append(out, "<figure><figcaption>");
	chart_escape(out, side->name);
	g_string_append(out, "</figcaption>\n");
	chart_open(out, width_px, 46, side->name);
	for (int k = 0; k < 6; k++) {
		double px = width_px * n[k] / all;
		if (n[k] > 0)
			g_string_append_printf(
				out, "<rect fill=\"%s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"26\"/>", report_level_colours[k], x, fmax(px - 1, 0.5));
		if (px > 46)
			g_string_append_printf(out, "<text class=\"soft\" x=\"%.1f\" y=\"43\">%c %.0f %%</text>", x, 'A' + k, 100 * n[k] / all);
		x += px;
	}
	g_string_append(out, "</svg></figure>\n");
}

void report_levels(GString *out, const struct report *r)
{
	struct report_side sides[2];
	uint32_t n_sides = report_sides(r, sides), n_all, group = NET_NONE;
	if (!sides[0].gauges || (n_sides > 1 && !sides[1].gauges) || !sides[0].gauges[0]->places->n_movements)
		return;
	const struct places *p = sides[0].gauges[0]->places;
	g_autoptr(GArray) rows = rows_of(r, sides, n_sides, &n_all);
	if (!rows->len)
		return;
	g_string_append(out,
		"<section><h2>Level of service</h2>\n<p class=\"note\">Control delay of each movement: time lost from entering the approach until "
		"the junction is passed, with the wait outside the network where it begins there; levels of the Highway Capacity Manual (TRB "
		"2010). "
		"Share of vehicles:</p>\n");
	g_string_append_printf(out, "<div class=\"pair%s\">\n", n_sides == 1 ? " wide" : "");
	for (uint32_t s = 0; s < n_sides; s++)
		level_bar(out, r, &sides[s], n_sides == 1 ? 1124 : 546);
	g_string_append(out, "</div>\n");
	report_table_head(out, sides, n_sides, "<th>junction</th><th class=\"how\">movement</th>",
		"<th class=\"side\">vehicles</th><th>delay s</th><th class=\"mid\">level</th><th>stops</th><th>queue 95 % m</th>");
	for (uint32_t k = 0; k < rows->len; k++) {
		const struct row *row = &g_array_index(rows, struct row, k);
		const struct approach_place *a = &p->approaches[p->movements[row->movement].approach];
		bool first = row->group != group, whole = first && a->signal != NET_NONE;
		if (whole)
			signal_row(out, r, sides, n_sides, a);
		table_row(out, r, sides, n_sides, row->movement, first && !whole);
		group = row->group;
	}
	g_string_append(out, "</tbody></table></div>\n");
	if (n_all > rows->len)
		g_string_append_printf(out,
			"<p class=\"note\">The %u movements that lost most time, of %u that somebody took; all of them are in the CSV and "
			"JSON.</p>\n",
			rows->len, n_all);
	g_string_append(out, "</section>\n");
}
