/* sweep_page.c - the drawing and the page of a sweep; see sweep_page.h. */
#include "sim/sweep_page.h"

#include <math.h>

#include "sim/chart.h"
#include "sim/report_parts.h"

#define DODGE_PX 5.0 /* ways stand so far beside each other, that one's bar does not hide the next one's */
#define CAP_PX 4.0
#define KEY_PX 26.0

/* Okabe and Ito (2008), darkened for thin lines on white and lightened on black. */
static const char sweep_style[] =
	".c0{color:#c65a00}.c1{color:#0067a8}.c2{color:#00785a}.c3{color:#a8428f}.c4{color:#8a6d00}.c5{color:#3b3b98}.c6{color:#555f69}"
	".c7{color:#a3243b}\n"
	"@media (prefers-color-scheme:dark){.c0{color:#ff9a45}.c1{color:#58b7f3}.c2{color:#3ecfa3}.c3{color:#e38fd0}.c4{color:#e8c547}"
	".c5{color:#a7a7f0}.c6{color:#aab4be}.c7{color:#ff8a9a}}\n"
	".mark{fill:currentColor;stroke:var(--paper);stroke-width:1}.bar{stroke:currentColor;stroke-width:1.3;opacity:.75}"
	".curve{fill:none;stroke:currentColor;stroke-width:2.2;stroke-linejoin:round}.back{fill:var(--paper)}\n";

static void mark(GString *out, uint32_t way, double x, double y)
{
	static const char *const shapes[] = {"M-4 -4H4V4H-4Z", "M0 -5.4L5 3.6H-5Z", "M0 -5.6L5 0L0 5.6L-5 0Z", "M0 5.4L5 -3.6H-5Z"};
	if (way % 5 == 0)
		g_string_append_printf(out, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.4\"/>", x, y);
	else
		g_string_append_printf(out, "<path class=\"mark\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>", x, y, shapes[way % 5 - 1]);
}

/* The axis holds every mean, and the intervals unless they are wider than what they are about. */
static double top_of(const struct sweep_page *p, const struct sweep_figure *f)
{
	double mean = 0, top = 0;
	for (uint32_t i = 0; i < p->n_ways * p->n_values; i++) {
		double half = isfinite(f->points[i].half) ? f->points[i].half : 0;
		mean = fmax(mean, f->points[i].mean);
		top = fmax(top, f->points[i].mean + half);
	}
	return fmin(top, 1.5 * mean);
}

static void bar(GString *out, const struct chart_axis *y, double x, struct sweep_point at)
{
	double low = fmax(at.mean - at.half, y->from), high = fmin(at.mean + at.half, y->to);
	if (!isfinite(at.half))
		return;
	g_string_append_printf(out, "<path class=\"bar\" d=\"M%.1f %.1fV%.1f", x, chart_px(y, low), chart_px(y, high));
	if (low > y->from)
		g_string_append_printf(out, "M%.1f %.1fh%.1f", x - CAP_PX, chart_px(y, low), 2 * CAP_PX);
	if (high < y->to)
		g_string_append_printf(out, "M%.1f %.1fh%.1f", x - CAP_PX, chart_px(y, high), 2 * CAP_PX);
	g_string_append(out, "\"/>");
}

static void way(GString *out, const struct sweep_page *p, const struct sweep_figure *f, uint32_t k, const struct chart_axis *x,
	const struct chart_axis *y)
{
	double aside_px = (k - (p->n_ways - 1) / 2.0) * DODGE_PX;
	g_string_append_printf(out, "<g class=\"c%u\"><path class=\"curve\" d=\"", k % SWEEP_WAYS);
	for (uint32_t v = 0; v < p->n_values; v++)
		g_string_append_printf(out, "%s%.1f %.1f", v ? "L" : "M", chart_px(x, p->values[v]) + aside_px,
			chart_px(y, f->points[k * p->n_values + v].mean));
	g_string_append(out, "\"/>");
	for (uint32_t v = 0; v < p->n_values; v++)
		bar(out, y, chart_px(x, p->values[v]) + aside_px, f->points[k * p->n_values + v]);
	for (uint32_t v = 0; v < p->n_values; v++)
		mark(out, k, chart_px(x, p->values[v]) + aside_px, chart_px(y, f->points[k * p->n_values + v].mean));
	g_string_append(out, "</g>\n");
}

/* A tick at each value where they are few and evenly spaced from 0 on, else round numbers. */
static double ticks_of(const struct sweep_page *p, const struct chart_axis *x)
{
	double step = p->n_values > 1 ? fabs(p->values[1] - p->values[0]) : 0;
	bool even = step > 0 && p->n_values <= 12;
	for (uint32_t v = 0; v < p->n_values && even; v++)
		even = fabs(p->values[v] / step - round(p->values[v] / step)) < 1e-6 && (!v || fabs(p->values[v] - p->values[v - 1]) < step * 1.5);
	return even ? step : chart_step(x->from, x->to, 8);
}

static void plot(GString *out, const struct sweep_page *p, const struct sweep_figure *f, double width_px, double height_px)
{
	double from = p->values[0], to = p->values[0];
	for (uint32_t v = 0; v < p->n_values; v++) {
		from = fmin(from, p->values[v]);
		to = fmax(to, p->values[v]);
	}
	double margin = to > from ? 0.04 * (to - from) : fmax(0.1 * fabs(to), 0.5);
	g_autofree char *title = *f->unit ? g_strdup_printf("%s (%s)", f->name, f->unit) : g_strdup(f->name);
	struct chart_axis x = {from - margin, to + margin, 56, width_px - 16, p->parameter};
	struct chart_axis y = {0, chart_end(top_of(p, f), 6), height_px - 46, 30, title};
	chart_axes(out, &x, ticks_of(p, &x), &y, chart_step(0, y.to, 6));
	for (uint32_t k = 0; k < p->n_ways; k++)
		way(out, p, f, k, &x, &y);
}

static void figure(GString *out, const struct sweep_page *p, const struct sweep_figure *f, double width_px, double height_px)
{
	g_string_append(out, "<figure><figcaption>");
	chart_text(out, "%s against %s", f->name, p->parameter);
	g_string_append(out, "</figcaption>\n");
	chart_open(out, width_px, height_px, f->name);
	plot(out, p, f, width_px, height_px);
	g_string_append(out, "</svg></figure>\n");
}

static void key(GString *out, const struct sweep_page *p)
{
	g_string_append(out, "<ul class=\"key\">");
	for (uint32_t k = 0; k < p->n_ways; k++) {
		g_string_append_printf(out, "<li><svg class=\"c%u\" viewBox=\"0 0 26 12\"><path class=\"curve\" d=\"M0 6H26\"/>", k % SWEEP_WAYS);
		mark(out, k, 13, 6);
		g_string_append(out, "</svg>");
		chart_escape(out, p->ways[k]);
		g_string_append(out, "</li>");
	}
	g_string_append(out, "</ul>\n");
}

static void cell(GString *out, struct sweep_point at, int digits, bool change)
{
	g_autofree char *mean = change ? chart_change(at.mean, digits) : chart_number(at.mean, digits), *half = chart_number(at.half, digits);
	g_string_append_printf(out, "<td>%s", mean);
	if (isfinite(at.half))
		g_string_append_printf(out, " <small>± %s</small>", half);
	g_string_append(out, "</td>");
}

static int digits_of(const struct sweep_page *p)
{
	for (int digits = 0; digits < 4; digits++) {
		bool all = true;
		for (uint32_t v = 0; v < p->n_values; v++)
			all = all && fabs(p->values[v] * pow(10, digits) - round(p->values[v] * pow(10, digits))) < 1e-6;
		if (all)
			return digits;
	}
	return 4;
}

static void table_head(GString *out, const struct sweep_page *p, const struct sweep_figure *f)
{
	g_string_append(out, "<div class=\"scroll\"><table><thead><tr><th>");
	chart_escape(out, p->parameter);
	g_string_append(out, "</th>");
	for (uint32_t k = 0; k < p->n_ways; k++) {
		g_string_append(out, "<th>");
		chart_escape(out, p->ways[k]);
		g_string_append(out, "</th>");
	}
	for (uint32_t k = 1; f->gains && k < p->n_ways; k++) {
		g_string_append(out, "<th>");
		chart_text(out, "%s − %s", p->ways[k], p->ways[0]);
		g_string_append(out, "</th>");
	}
	g_string_append(out, "</tr></thead><tbody>\n");
}

static void table(GString *out, const struct sweep_page *p, const struct sweep_figure *f)
{
	int digits = digits_of(p);
	table_head(out, p, f);
	for (uint32_t v = 0; v < p->n_values; v++) {
		g_autofree char *value = chart_number(p->values[v], digits);
		g_string_append_printf(out, "<tr><th scope=\"row\">%s</th>", value);
		for (uint32_t k = 0; k < p->n_ways; k++)
			cell(out, f->points[k * p->n_values + v], f->digits, false);
		for (uint32_t k = 1; f->gains && k < p->n_ways; k++)
			cell(out, f->gains[k * p->n_values + v], f->digits, true);
		g_string_append(out, "</tr>\n");
	}
	g_string_append(out, "</tbody></table></div>\n<p class=\"note\">");
	chart_text(out, "%s in %s. ± is the half width of the 95 %% interval (Student’s t)%s.", f->name, f->unit,
		f->gains && p->n_ways > 1 ? ", that of a difference from paired seeds" : "");
	g_string_append(out, "</p>\n");
}

static void facts(GString *out, const struct sweep_page *p)
{
	g_string_append(out, "<section><h2>How it was made</h2>\n<dl>\n");
	for (uint32_t i = 0; i < p->n_facts; i++) {
		g_string_append(out, "<div><dt>");
		chart_escape(out, p->facts[i].name);
		g_string_append(out, "</dt><dd>");
		chart_escape(out, p->facts[i].value);
		g_string_append(out, "</dd></div>\n");
	}
	g_string_append(out, "</dl></section>\n");
}

GString *sweep_html(const struct sweep_page *p)
{
	GString *out = g_string_sized_new(1 << 15);
	g_string_append(out, "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta charset=\"utf-8\"/>"
			     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/><title>");
	chart_escape(out, p->title);
	g_string_append_printf(out, "</title>\n<style>\n%s%s</style></head><body>\n<header><h1>", report_style, sweep_style);
	chart_escape(out, p->title);
	g_string_append(out, "</h1>\n");
	if (p->says) {
		g_string_append(out, "<p class=\"lead\">");
		chart_escape(out, p->says);
		g_string_append(out, "</p>\n");
	}
	g_string_append(out, "</header>\n<section>\n");
	key(out, p);
	figure(out, p, &p->figures[0], 1124, 460);
	table(out, p, &p->figures[0]);
	g_string_append(out, "</section>\n<section><div class=\"pair\">\n");
	for (uint32_t f = 1; f < p->n_figures; f++)
		figure(out, p, &p->figures[f], 546, 300);
	g_string_append(out, "</div></section>\n");
	if (p->n_facts)
		facts(out, p);
	g_string_append(out, "<footer>Made by Greenwave " GREENWAVE_VERSION ".</footer>\n</body></html>\n");
	return out;
}

GString *sweep_svg(const struct sweep_page *p)
{
	const double width_px = 860, height_px = 460 + KEY_PX;
	GString *out = g_string_sized_new(1 << 14);
	double at_px = 56;
	chart_open(out, width_px, height_px, p->title);
	g_string_append_printf(out, "<style>%s%stext{font:13px system-ui,sans-serif}</style><rect class=\"back\" width=\"%.0f\" height=\"%.0f\"/>\n",
		report_style, sweep_style, width_px, height_px);
	for (uint32_t k = 0; k < p->n_ways; k++) {
		g_string_append_printf(out, "<g class=\"c%u\"><path class=\"curve\" d=\"M%.0f 14h26\"/>", k % SWEEP_WAYS, at_px);
		mark(out, k, at_px + 13, 14);
		g_string_append_printf(out, "</g><text class=\"ink\" x=\"%.0f\" y=\"18\">", at_px + 33);
		chart_escape(out, p->ways[k]);
		g_string_append(out, "</text>\n");
		at_px += 56 + 7.5 * (double) g_utf8_strlen(p->ways[k], -1);
	}
	g_string_append_printf(out, "<g transform=\"translate(0 %.0f)\">\n", KEY_PX);
	plot(out, p, &p->figures[0], width_px, height_px - KEY_PX);
	g_string_append(out, "</g></svg>\n");
	return out;
}
