/* report_lines.c - delay over time, all sides in one drawing: so far, and as it is being lost. */
#include <math.h>

#include "core/units.h"
#include "sim/chart.h"
#include "sim/report_parts.h"

#define SMOOTH_S 60.0 /* time that is being lost is a mean over this */
#define WIDTH_PX 546.0
#define HEIGHT_PX 300.0

typedef double (*value_at)(const GArray *series, uint32_t i);

static double so_far(const GArray *series, uint32_t i)
{
	return g_array_index(series, struct record_point, i).delay_s;
}

/* Vehicle-seconds lost in each second, mean of the last minute: as if so many vehicles stood still. */
static double being_lost(const GArray *series, uint32_t i)
{
	const struct record_point *now = &g_array_index(series, struct record_point, i), *then = now;
	while (then > &g_array_index(series, struct record_point, 0) && now->t_s - then->t_s < SMOOTH_S - 1e-6)
		then--;
	return now->t_s > then->t_s ? (now->lost_s - then->lost_s) / (now->t_s - then->t_s) : UNKNOWN;
}

static double largest(const GArray *series, value_at value, double *until_s)
{
	double most = 0;
	for (uint32_t i = 0; i < series->len; i++) {
		most = fmax(most, value(series, i));
		*until_s = fmax(*until_s, g_array_index(series, struct record_point, i).t_s);
	}
	return most;
}

/* A gap where the value is unknown; at most about 600 points. */
static void line(GString *out, const GArray *series, value_at value, const struct chart_axis *x, const struct chart_axis *y,
	const char *class)
{
	uint32_t every = series->len / 600 + 1;
	bool drawing = false;
	g_string_append_printf(out, "<path class=\"line %s\" d=\"", class);
	for (uint32_t i = 0; i < series->len; i += every) {
		double v = value(series, i), t_min = g_array_index(series, struct record_point, i).t_s / 60;
		if (isfinite(v))
			g_string_append_printf(out, "%s%.1f %.1f", drawing ? "L" : "M", chart_px(x, t_min), chart_px(y, v));
		drawing = isfinite(v);
	}
	g_string_append(out, "\"/>\n");
}

static void draw(GString *out, const struct report_side *sides, uint32_t n_sides, value_at value, const char *caption, const char *unit)
{
	double until_s = 0, most = 0;
	for (uint32_t s = 0; s < n_sides; s++)
		most = fmax(most, largest(sides[s].record->series, value, &until_s));
	struct chart_axis x = {0, fmax(until_s / 60, 0.1), 50, WIDTH_PX - 16, "time since measuring began (min)"};
	struct chart_axis y = {0, chart_end(most, 5), HEIGHT_PX - 46, 30, unit};
	g_string_append(out, "<figure><figcaption>");
	chart_escape(out, caption);
	g_string_append(out, "</figcaption>\n");
	chart_open(out, WIDTH_PX, HEIGHT_PX, caption);
	chart_axes(out, &x, chart_step_min(x.from, x.to, 8), &y, chart_step(0, most > 0 ? most : 1, 5));
	for (uint32_t s = 0; s < n_sides; s++)
		line(out, sides[s].record->series, value, &x, &y, sides[s].class);
	g_string_append(out, "</svg></figure>\n");
}

void report_over_time(GString *out, const struct report *r)
{
	struct report_side sides[2];
	uint32_t n = report_sides(r, sides);
	if (!sides[0].record || (n > 1 && !sides[1].record))
		return;
	g_string_append(out, "<section><h2>Delay over time</h2>\n");
	report_key(out, sides, n);
	g_string_append(out, "<div class=\"pair\">\n");
	draw(out, sides, n, so_far, "Mean delay of all vehicles so far", "delay (s/veh)");
	draw(out, sides, n, being_lost, "Time being lost, mean of the last minute", "lost (vehicle-seconds per second)");
	g_string_append(out, "</div></section>\n");
}
