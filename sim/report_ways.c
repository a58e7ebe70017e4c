/* report_ways.c - the time-space diagram: each vehicle's way along the path, and what every stop line showed. */
#include <math.h>
#include <string.h>

#include "sim/chart.h"
#include "sim/report_parts.h"

#define WINDOW_S 360.0 /* so many seconds: four or five cycles can be told apart */
#define WIDTH_PX 546.0
#define WIDE_PX 1124.0
#define HEIGHT_PX 430.0
#define STRAIGHT_M 1.5 /* a way is drawn straight where it stays this close to the line */

struct frame {
	const struct record *r;
	double from_s, to_s;
	struct chart_axis x, y; /* min, m */
};

static void bar(GString *out, const struct frame *f, const struct record_signal *s, const struct record_run *run)
{
	double from_s = fmax(run->from_s, f->from_s), to_s = fmin(run->to_s, f->to_s);
	if (to_s <= from_s)
		return;
	bool green = run->letter == 'G' || run->letter == 'g', red = run->letter == 'r';
	const char *colour = green ? "#009e73" : red ? "#c4273a" : "#f0b400";
	double high_px = green ? 2.5 : red ? 6 : 6; /* told apart without colour: red is thick, green thin */
	double y = chart_px(&f->y, s->at_m);
	g_string_append_printf(out, "<rect fill=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", colour, chart_px(&f->x,
		from_s / 60),
		y - high_px / 2, chart_px(&f->x, to_s / 60) - chart_px(&f->x, from_s / 60) + 0.15, high_px);
}

static void bars(GString *out, const struct frame *f)
{
	for (uint32_t i = 0; i < f->r->n_signals; i++) {
		const struct record_signal *s = &f->r->signals[i];
		for (uint32_t k = 0; k < s->runs->len; k++)
			bar(out, f, s, &g_array_index(s->runs, struct record_run, k));
		g_string_append_printf(out, "\n<text class=\"halo\" font-weight=\"700\" x=\"%.1f\" y=\"%.1f\">", f->x.until_px + 7,
			chart_px(&f->y, s->at_m) + 4.5);
		g_autofree char *mark = report_signal_mark(f->r->net, s->signal);
		chart_escape(out, mark);
		g_string_append(out, "</text>\n");
	}
}

static int by_vehicle_then_time(const void *a, const void *b)
{
	const struct record_sample *s = a, *t = b;
	if (s->vehicle != t->vehicle)
		return s->vehicle < t->vehicle ? -1 : 1;
	return s->t_s < t->t_s ? -1 : s->t_s > t->t_s;
}

/* May samples a..b be drawn as one straight line? */
static bool straight(const struct record_sample *s, uint32_t a, uint32_t b)
{
	double slope = (s[b].at_m - s[a].at_m) / fmax(s[b].t_s - s[a].t_s, 1e-6);
	for (uint32_t i = a + 1; i < b; i++)
		if (fabs(s[a].at_m + slope * (s[i].t_s - s[a].t_s) - s[i].at_m) > STRAIGHT_M)
			return false;
	return true;
}

/* Does the way end with sample i: the last one, another vehicle's, or back on the path after a time away? */
static bool ends_at(const struct record_sample *s, uint32_t i, uint32_t n)
{
	return i + 1 == n || s[i + 1].vehicle != s[i].vehicle || s[i + 1].t_s - s[i].t_s > 1.5 || s[i + 1].at_m < s[i].at_m - 1;
}

static void point(GString *out, const struct frame *f, const struct record_sample *s, char letter)
{
	g_string_append_printf(out, "%c%.1f %.1f", letter, chart_px(&f->x, s->t_s / 60), chart_px(&f->y, s->at_m));
}

static void ways(GString *out, const struct frame *f, const char *class)
{
	g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(struct record_sample));
	for (uint32_t i = 0; i < f->r->samples->len; i++) {
		struct record_sample s = g_array_index(f->r->samples, struct record_sample, i);
		if (s.t_s >= f->from_s && s.t_s <= f->to_s)
			g_array_append_val(samples, s);
	}
	g_array_sort(samples, by_vehicle_then_time);
	const struct record_sample *s = (const struct record_sample *) (const void *) samples->data;
	g_string_append_printf(out, "<path class=\"way %s\" d=\"", class);
	for (uint32_t i = 0; i < samples->len; i++) {
		point(out, f, &s[i], 'M');
		for (uint32_t from = i; !ends_at(s, i, samples->len); i++)
			if (ends_at(s, i + 1, samples->len) || i + 2 - from > 200 || !straight(s, from, i + 2)) {
				point(out, f, &s[i + 1], 'L');
				from = i + 1;
			}
	}
	g_string_append(out, "\"/>\n");
}

static void draw(GString *out, const struct record *r, double from_s, double to_s, const char *name, const char *class, double width_px)
{
	double end_m = fmax(r->length_m, 1), height_px = fmax(HEIGHT_PX, 90 + 20 * (double) r->n_signals);
	struct frame f = {
		.r = r, .from_s = from_s, .to_s = to_s,
		.x = {from_s / 60, fmax(to_s, from_s + 1) / 60, 50, width_px - 66, "time since measuring began (min)"},
		.y = {0, end_m, height_px - 46, 30, "along the way (m)"},
	};
	g_string_append(out, "<figure><figcaption>");
	chart_escape(out, name);
	g_string_append(out, "</figcaption>\n");
	chart_open(out, width_px, height_px, name);
	chart_axes(out, &f.x, chart_step_min(f.x.from, f.x.to, 8), &f.y, chart_step(0, end_m, 6));
	ways(out, &f, class);
	bars(out, &f);
	g_string_append(out, "</svg></figure>\n");
}

/* Where the WINDOW_S begin in which most vehicles are seen on the path; the last ones where several are alike. */
static double window_from_s(const struct report_side *sides, uint32_t n, double to_s)
{
	uint32_t n_bins = (uint32_t) fmax(1, ceil(to_s / WINDOW_S * 6)), best = 0;
	g_autofree uint32_t *seen = g_new0(uint32_t, n_bins + 6);
	uint64_t most = 0;
	for (uint32_t s = 0; s < n; s++)
		for (uint32_t i = 0; i < sides[s].record->samples->len; i++)
			seen[MIN(n_bins - 1, (uint32_t) (g_array_index(sides[s].record->samples, struct record_sample, i).t_s * 6 / WINDOW_S))]++;
	for (uint32_t b = 0; b + 6 <= n_bins; b++) {
		uint64_t sum = 0;
		for (uint32_t k = b; k < b + 6; k++)
			sum += seen[k];
		if (sum >= most) {
			most = sum;
			best = b;
		}
	}
	return fmax(0, fmin(best * WINDOW_S / 6, to_s - WINDOW_S));
}

static void legend(GString *out)
{
	static const struct {
		const char *colour, *name;
		double high;
	} rows[] = {{"#009e73", "green", 2.5}, {"#f0b400", "amber", 6}, {"#c4273a", "red", 6}};
	g_string_append(out, "<ul class=\"key\">");
	for (uint32_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_string_append_printf(out, "<li><svg viewBox=\"0 0 26 12\"><rect width=\"26\" height=\"%.1f\" y=\"%.1f\" "
			"fill=\"%s\"/></svg>%s</li>\n",
			rows[i].high, 6 - rows[i].high / 2, rows[i].colour, rows[i].name);
	g_string_append(out, "<li>each thin line is one vehicle: level = standing, steep = fast</li></ul>\n");
}

void report_time_space(GString *out, const struct report *r)
{
	struct report_side sides[2];
	uint32_t n = report_sides(r, sides);
	double to_s = 0;
	if (!sides[0].record || (n > 1 && !sides[1].record) || !sides[0].record->n_path)
		return;
	for (uint32_t s = 0; s < n; s++)
		to_s = fmax(to_s, sides[s].record->end_s - sides[s].record->begin_s);
	double from_s = window_from_s(sides, n, to_s);
	to_s = fmin(to_s, from_s + WINDOW_S);
	const struct record *first = sides[0].record;
	g_string_append(out, "<section><h2>Through the signals: time and space</h2>\n<p class=\"note\">From ");
	chart_text(out, "%s to %s, %.0f m", first->net->edges[first->path[0]].id, first->net->edges[first->path[first->n_path - 1]].id,
		first->length_m);
	g_string_append_printf(out, "; the busiest %.0f min. A level line at a junction is a stop; a bundle that runs through is a green "
		"wave.</p>\n<div class=\"pair%s\">\n", (to_s - from_s) / 60, n == 1 ? " wide" : "");
	for (uint32_t s = 0; s < n; s++)
		draw(out, sides[s].record, from_s, to_s, sides[s].name, sides[s].class, n == 1 ? WIDE_PX : WIDTH_PX);
	g_string_append(out, "</div>\n");
	legend(out);
	g_string_append(out, "</section>\n");
}
