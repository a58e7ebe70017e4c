/* report_sides.c - what all parts of the page share: its sides, means over runs, cells and keys. */
#include <math.h>
#include <string.h>

#include "sim/chart.h"
#include "sim/report_parts.h"

/* ColorBrewer RdYlBu, 6 classes (Brewer 2003): safe for the colour-blind. */
const char *const report_level_colours[6] = {"#4575b4", "#74add1", "#b9dcec", "#fdd27a", "#f46d43", "#b2182b"};

uint32_t report_sides(const struct report *r, struct report_side sides[2])
{
	bool alone = !r->adaptive_name;
	sides[0] = (struct report_side){r->fixed_name, alone ? "adaptive" : "fixed", r->fixed, r->n_runs ? r->fixed_measures : NULL};
	sides[1] = (struct report_side){r->adaptive_name, "adaptive", r->adaptive, r->n_runs ? r->adaptive_measures : NULL};
	return alone ? 1 : 2;
}

struct figure_mean report_over(const struct report_side *side, uint32_t n_runs, report_value value, uint32_t index)
{
	g_autofree double *values = g_new(double, n_runs + 1);
	uint32_t n = 0;
	for (uint32_t k = 0; k < n_runs; k++) {
		double v = value(side->gauges[k], index);
		if (isfinite(v))
			values[n++] = v;
	}
	return figures_mean(values, n);
}

static void cell(GString *out, double mean, double half, int digits, const char *attributes)
{
	g_autofree char *value = chart_number(mean, digits), *width = chart_number(half, digits);
	g_string_append_printf(out, "<td%s>%s", attributes, value);
	if (isfinite(half))
		g_string_append_printf(out, " <small>± %s</small>", width);
	g_string_append(out, "</td>");
}

void report_cell(GString *out, double mean, double half, int digits)
{
	cell(out, mean, half, digits, "");
}

void report_first_cell(GString *out, double mean, double half, int digits)
{
	cell(out, mean, half, digits, " class=\"side\"");
}

void report_name(GString *out, const char *text, uint32_t most)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	if (g_utf8_strlen(valid, -1) <= (glong) most) {
		chart_escape(out, valid);
		return;
	}
	g_autofree char *front = g_utf8_substring(valid, 0, most - 1);
	g_string_append(out, "<span title=\"");
	chart_escape(out, valid);
	g_string_append(out, "\">");
	chart_escape(out, front);
	g_string_append(out, "…</span>");
}

#define MARK_MOST 9 /* characters of an id in a drawing */

char *report_signal_mark(const struct network *net, uint32_t signal)
{
	const char *id = net->signals[signal].id;
	return strlen(id) <= MARK_MOST ? g_strdup(id) : g_strdup_printf("#%u", signal + 1);
}

void report_place(GString *out, const struct network *net, uint32_t signal, const char *node_id)
{
	if (signal != NET_NONE && strlen(net->signals[signal].id) > MARK_MOST)
		g_string_append_printf(out, "#%u ", signal + 1);
	report_name(out, signal == NET_NONE ? node_id : net->signals[signal].id, 16);
}

void report_key(GString *out, const struct report_side *sides, uint32_t n)
{
	if (n < 2)
		return;
	g_string_append(out, "<ul class=\"key\">");
	for (uint32_t s = 0; s < n; s++) {
		g_string_append_printf(out, "<li><svg viewBox=\"0 0 26 12\"><path class=\"line %s\" d=\"M0 6H26\"/></svg>", sides[s].class);
		chart_escape(out, sides[s].name);
		g_string_append(out, "</li>");
	}
	g_string_append(out, "</ul>\n");
}

void report_table_head(GString *out, const struct report_side *sides, uint32_t n, const char *first, const char *columns)
{
	g_string_append(out, "<div class=\"scroll\"><table class=\"dense\"><thead>");
	if (n > 1) {
		g_string_append(out, "<tr><th></th><th></th>");
		for (uint32_t s = 0; s < n; s++) {
			g_string_append(out, "<th colspan=\"5\" class=\"mid side\">");
			chart_escape(out, sides[s].name);
			g_string_append(out, "</th>");
		}
		g_string_append(out, "</tr>");
	}
	g_string_append_printf(out, "<tr>%s", first);
	for (uint32_t s = 0; s < n; s++)
		g_string_append(out, columns);
	g_string_append(out, "</tr></thead><tbody>\n");
}
