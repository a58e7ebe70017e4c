/* report.c - the page: its words and tables. The drawings are in report_map.c, report_lines.c and report_ways.c. */
#include <math.h>

#include "sim/chart.h"
#include "sim/report_parts.h"

static void number_cell(GString *out, double value, double half, int digits)
{
	g_autofree char *mean = chart_number(value, digits), *width = chart_number(half, digits);
	g_string_append_printf(out, "<td>%s", mean);
	if (isfinite(half))
		g_string_append_printf(out, " <small>± %s</small>", width);
	g_string_append(out, "</td>");
}

static const char *verdict_of(const struct report_row *row)
{
	double sure = isfinite(row->change_half) ? row->change_half : 0.005;
	if (!(fabs(row->change_frac) > sure))
		return "";
	return (row->change_frac > 0) == row->more_is_better ? "good" : "bad";
}

static void table_row(GString *out, const struct report_row *row)
{
	g_autofree char *change = chart_change(100 * row->change_frac, 1), *half = chart_number(100 * row->change_half, 1);
	g_string_append_printf(out, "<tr><th scope=\"row\">%s <small>%s</small></th>", row->name, row->unit);
	number_cell(out, row->fixed, row->fixed_half, row->digits);
	number_cell(out, row->adaptive, row->adaptive_half, row->digits);
	g_string_append_printf(out, "<td><span class=\"%s\">%s%s</span>", verdict_of(row), change, isfinite(row->change_frac) ? " %" : "");
	if (isfinite(row->change_half))
		g_string_append_printf(out, " <small>± %s</small>", half);
	g_string_append(out, "</td></tr>\n");
}

static void tile(GString *out, const char *big, const char *small)
{
	g_string_append(out, "<div class=\"tile\"><b>");
	chart_escape(out, big);
	g_string_append(out, "</b><span>");
	chart_escape(out, small);
	g_string_append(out, "</span></div>\n");
}

static void change_tile(GString *out, const struct report_row *row)
{
	if (!isfinite(row->change_frac))
		return;
	g_autofree char *change = chart_change(100 * row->change_frac, 0);
	g_autofree char *big = g_strdup_printf("%s %%", change);
	g_autofree char *from = chart_number(row->fixed, row->digits), *to = chart_number(row->adaptive, row->digits);
	g_autofree char *small = g_strdup_printf("%s, from %s to %s %s", row->name, from, to, row->unit);
	tile(out, big, small);
}

static void tiles(GString *out, const struct report *r, const struct report_row *rows)
{
	g_string_append(out, "<div class=\"tiles\">\n");
	for (uint32_t i = 0; i < 3; i++)
		change_tile(out, &rows[i]);
	if (r->vision) {
		g_autofree char *queue = chart_number(r->vision->queue_veh, 2), *flow = chart_change(100 * r->vision->flow_frac, 1);
		g_autofree char *big = g_strdup_printf("%s veh", queue);
		g_autofree char *small = g_strdup_printf("mean error of a lane's queue seen by %u cameras; flow %s %%", r->vision->cameras, flow);
		tile(out, big, small);
	}
	g_string_append(out, "</div>\n");
}

static void seeds_note(GString *out, const struct report *r)
{
	if (!r->n_runs)
		return;
	g_string_append_printf(out, "<p class=\"note\">Delay is SUMO’s time loss plus depart delay, unfinished vehicles included, over %.0f s. "
		"Same demand, "
				    "same seed on both sides", r->runs[0].fixed.window_s);
	g_string_append(out, r->n_runs == 1 ? ": seed " : ": seeds ");
	for (uint32_t i = 0; i < r->n_runs; i++)
		g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, i ? ", " : "", r->runs[i].seed);
	g_string_append(out, r->n_runs == 1 ? ". One seed gives no interval.</p>\n"
					    : ". ± is the half width of the 95 % interval (Student’s t), that of the change from paired seeds.</p>\n");
}

static void vision_table(GString *out, const struct report_vision *v)
{
	g_autofree char *flow = chart_change(100 * v->flow_frac, 1), *lanes = chart_number(100 * v->flow_lane_frac, 1);
	g_autofree char *queue = chart_number(v->queue_veh, 2), *speed = chart_number(v->speed_mps, 2);
	g_string_append(out, "<section><h2>How far the cameras were off</h2>\n<div "
		"class=\"scroll\"><table><thead><tr><th>quantity</th><th>error</th>"
			     "<th class=\"how\">how</th></tr></thead><tbody>\n");
	g_string_append_printf(out, "<tr><th scope=\"row\">flow past the stop lines</th><td>%s %%</td><td class=\"how\">%.0f vehicles counted, "
		"%.0f true</td></tr>\n",
		flow, v->seen_veh, v->true_veh);
	g_string_append_printf(out, "<tr><th scope=\"row\">the same, lane by lane</th><td>%s %%</td><td class=\"how\">sum of the lanes’ "
		"absolute errors</td></tr>\n", lanes);
	g_string_append_printf(out, "<tr><th scope=\"row\">queue</th><td>%s veh</td><td class=\"how\">mean absolute error, each lane and "
		"second</td></tr>\n", queue);
	g_string_append_printf(out, "<tr><th scope=\"row\">speed</th><td>%s m/s</td><td class=\"how\">mean absolute error, each lane and "
		"second</td></tr>\n", speed);
	g_string_append_printf(out, "</tbody></table></div>\n<p class=\"note\">%u cameras, %.0f estimates of a lane, each compared with the "
		"simulator’s truth at "
				    "the time its picture was taken.</p></section>\n", v->cameras, v->lane_seconds);
}

static void results(GString *out, const struct report *r)
{
	struct report_row rows[REPORT_ROWS];
	report_table(r->runs, r->n_runs, rows);
	tiles(out, r, rows);
	g_string_append(out, "<section><h2>What it gained</h2>\n<div class=\"scroll\"><table><thead><tr><th>mean of all vehicles</th><th>");
	chart_escape(out, r->fixed_name);
	g_string_append(out, "</th><th>");
	chart_escape(out, r->adaptive_name);
	g_string_append(out, "</th><th>change</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < REPORT_ROWS; i++)
		table_row(out, &rows[i]);
	g_string_append(out, "</tbody></table></div>\n");
	seeds_note(out, r);
	g_string_append(out, "</section>\n");
	if (r->vision)
		vision_table(out, r->vision);
}

static void picture(GString *out, const struct report *r)
{
	if (!r->picture)
		return;
	gsize length;
	const guchar *bytes = g_bytes_get_data(r->picture, &length);
	g_autofree char *text = g_base64_encode(bytes, length);
	const char *says = r->picture_says ? r->picture_says : "What vision saw.";
	g_string_append(out, "<section><h2>What a camera saw</h2>\n<p class=\"note\">");
	chart_escape(out, says);
	g_string_append(out, "</p>\n<img alt=\"");
	chart_escape(out, says);
	g_string_append_printf(out, "\" src=\"data:image/png;base64,%s\"/></section>\n", text);
}

static void facts(GString *out, const struct report *r)
{
	if (!r->n_facts)
		return;
	g_string_append(out, "<section><h2>How it was made</h2>\n<dl>\n");
	for (uint32_t i = 0; i < r->n_facts; i++) {
		g_string_append(out, "<div><dt>");
		chart_escape(out, r->facts[i].name);
		g_string_append(out, "</dt><dd>");
		chart_escape(out, r->facts[i].value);
		g_string_append(out, "</dd></div>\n");
	}
	g_string_append(out, "</dl></section>\n");
}

GString *report_html(const struct report *r)
{
	GString *out = g_string_sized_new(1 << 16);
	g_string_append(out, "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta charset=\"utf-8\"/>"
			     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/><title>");
	chart_escape(out, r->title);
	g_string_append(out, "</title>\n<style>\n");
	g_string_append(out, report_style);
	g_string_append(out, "</style></head><body>\n<header><h1>");
	chart_escape(out, r->title);
	g_string_append(out, "</h1>\n");
	if (r->says) {
		g_string_append(out, "<p class=\"lead\">");
		chart_escape(out, r->says);
		g_string_append(out, "</p>\n");
	}
	g_string_append(out, "</header>\n");
	results(out, r);
	report_map(out, r);
	report_over_time(out, r);
	report_time_space(out, r);
	picture(out, r);
	facts(out, r);
	g_string_append(out, "<footer>Made by Greenwave " GREENWAVE_VERSION ".</footer>\n</body></html>\n");
	return out;
}
