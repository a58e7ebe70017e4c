/* report.c - the page: what stands on it and in which order. The parts are in the files that are named report_*.c. */
#include <math.h>

#include "sim/chart.h"
#include "sim/report_parts.h"

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
	report_results(out, r);
	if (r->vision)
		vision_table(out, r->vision);
	report_bars(out, r);
	report_map(out, r);
	report_over_time(out, r);
	report_time_space(out, r);
	report_levels(out, r);
	report_queues(out, r);
	report_signals(out, r);
	report_walks(out, r);
	picture(out, r);
	facts(out, r);
	g_string_append(out, "<footer>Made by Greenwave " GREENWAVE_VERSION ".</footer>\n</body></html>\n");
	return out;
}
