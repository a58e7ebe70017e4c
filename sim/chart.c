/* chart.c - the parts of a drawing in SVG. */
#include <math.h>

#include "sim/chart.h"

double chart_px(const struct chart_axis *a, double value)
{
	return a->at_px + (value - a->from) / (a->to - a->from) * (a->until_px - a->at_px);
}

double chart_step(double from, double to, uint32_t about)
{
	double rough = fmax((to - from) / fmax(about, 1), 1e-9);
	double power = pow(10, floor(log10(rough)));
	double share = rough / power;
	return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

double chart_step_min(double from, double to, uint32_t about)
{
	static const double steps[] = {0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440};
	for (uint32_t i = 0; i < G_N_ELEMENTS(steps); i++)
		if ((to - from) / steps[i] <= about * 1.4)
			return steps[i];
	return chart_step(from, to, about);
}

double chart_end(double value, uint32_t about)
{
	if (!(value > 0) || !isfinite(value))
		return 1;
	double step = chart_step(0, value, about);
	return step * ceil(value / step - 1e-9);
}

void chart_escape(GString *out, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *safe = g_markup_escape_text(valid, -1);
	g_string_append(out, safe);
}

void chart_text(GString *out, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	chart_escape(out, text);
}

char *chart_number(double value, int digits)
{
	if (!isfinite(value))
		return g_strdup("–");
	g_autofree char *plain = g_strdup_printf("%.*f", digits, fabs(value));
	bool zero = g_ascii_strtod(plain, NULL) == 0;
	return g_strdup_printf("%s%s", value < 0 && !zero ? "−" : "", plain);
}

char *chart_change(double value, int digits)
{
	g_autofree char *plain = chart_number(value, digits);
	bool up = isfinite(value) && value > 0 && g_ascii_strtod(plain, NULL) > 0;
	return g_strdup_printf("%s%s", up ? "+" : "", plain);
}

static int digits_of(double step)
{
	for (int digits = 0; digits < 6; digits++)
		if (fabs(step * pow(10, digits) - round(step * pow(10, digits))) < 1e-6)
			return digits;
	return 6;
}

static uint32_t n_ticks(const struct chart_axis *a, double step)
{
	return (uint32_t) floor((a->to - ceil(a->from / step - 1e-9) * step) / step + 1e-6) + 1;
}

void chart_axes(GString *out, const struct chart_axis *x, double x_step, const struct chart_axis *y, double y_step)
{
	double x_first = ceil(x->from / x_step - 1e-9) * x_step, y_first = ceil(y->from / y_step - 1e-9) * y_step;
	for (uint32_t i = 0; i < n_ticks(y, y_step); i++) {
		double value = y_first + i * y_step, at = chart_px(y, value);
		g_autofree char *label = chart_number(value, digits_of(y_step));
		g_string_append_printf(out, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", x->at_px, x->until_px, at,
			at);
		g_string_append_printf(out, "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", x->at_px - 8, at + 4,
			label);
	}
	for (uint32_t i = 0; i < n_ticks(x, x_step); i++) {
		double value = x_first + i * x_step, at = chart_px(x, value);
		g_autofree char *label = chart_number(value, digits_of(x_step));
		g_string_append_printf(out, "<line class=\"tick\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", at, at, y->at_px,
			y->at_px + 5);
		g_string_append_printf(out, "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", at, y->at_px + 19,
			label);
	}
	g_string_append_printf(out, "<line class=\"tick\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", x->at_px, x->until_px, y->at_px,
		y->at_px);
	g_string_append_printf(out, "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", x->until_px, y->at_px + 38);
	chart_escape(out, x->title);
	g_string_append_printf(out, "</text>\n<text class=\"soft\" x=\"%.1f\" y=\"%.1f\">", x->at_px - 40, y->until_px - 15);
	chart_escape(out, y->title);
	g_string_append(out, "</text>\n");
}

void chart_open(GString *out, double width_px, double height_px, const char *title)
{
	g_string_append_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\"><title>", width_px,
		height_px);
	chart_escape(out, title);
	g_string_append(out, "</title>\n");
}
