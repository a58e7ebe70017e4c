/* report_results.c - the figures of the page: tiles at its head, and the table of all of them. */
#include <math.h>

#include "sim/chart.h"
#include "sim/report_parts.h"

struct columns { /* what the table is made from, owned */
	struct figures *fixed, *adaptive; /* n_runs each; adaptive NULL: the page is of one way */
	uint32_t n;
};

static struct columns columns_of(const struct report *r)
{
	struct columns c = {g_new(struct figures, r->n_runs + 1), r->adaptive_name ? g_new(struct figures, r->n_runs + 1) : NULL, r->n_runs};
	for (uint32_t k = 0; k < r->n_runs; k++) {
		c.fixed[k] = r->fixed_figures ? r->fixed_figures[k] : figures_of(&r->runs[k].fixed, NULL);
		if (c.adaptive)
			c.adaptive[k] = r->adaptive_figures ? r->adaptive_figures[k] : figures_of(&r->runs[k].adaptive, NULL);
	}
	return c;
}

static void columns_finish(struct columns *c)
{
	g_free(c->fixed);
	g_free(c->adaptive);
}

static const char *verdict_of(struct figure_mean change, int sign)
{
	double sure = isfinite(change.half) ? change.half : 0.005;
	if (!(fabs(change.mean) > sure) || !sign)
		return "";
	return (change.mean > 0) == (sign > 0) ? "good" : "bad";
}

static void change_cell(GString *out, struct figure_mean change, int sign)
{
	g_autofree char *text = chart_change(100 * change.mean, 1), *half = chart_number(100 * change.half, 1);
	g_string_append_printf(out, "<td><span class=\"%s\">%s%s</span>", verdict_of(change, sign), text, isfinite(change.mean) ? " %" : "");
	if (isfinite(change.half))
		g_string_append_printf(out, " <small>± %s</small>", half);
	g_string_append(out, "</td>");
}

/* A score's figures stand there always, the others where they were measured. */
static bool to_be_said(const struct columns *c, enum figure k)
{
	return k <= FIGURE_queue_veh_mean || k == FIGURE_queue_veh_max || k == FIGURE_throughput_vph || k == FIGURE_speed_mps
		|| isfinite(figures_mean_of(c->fixed, c->n, k).mean) || (c->adaptive && isfinite(figures_mean_of(c->adaptive, c->n, k).mean));
}

/* One way alone: a list in two columns. */
static void list(GString *out, const struct columns *c)
{
	g_string_append(out, "<dl>\n");
	for (int k = 0; k < N_FIGURES; k++) {
		const struct figure_name *f = &figure_names[k];
		struct figure_mean m = figures_mean_of(c->fixed, c->n, k);
		if (!to_be_said(c, k))
			continue;
		int digits = f->digits + (f->digits == 0 && isfinite(m.half) && m.half < 10);
		g_autofree char *value = chart_number(m.mean, digits), *half = chart_number(m.half, digits);
		g_string_append_printf(out, "<div><dt>%s</dt><dd>%s", f->name, value);
		if (isfinite(m.half))
			g_string_append_printf(out, " <small>± %s</small>", half);
		g_string_append_printf(out, " <small>%s</small></dd></div>\n", f->unit);
	}
	g_string_append(out, "</dl>\n");
}

static void table_row(GString *out, const struct columns *c, enum figure k)
{
	const struct figure_name *f = &figure_names[k];
	struct figure_mean fixed = figures_mean_of(c->fixed, c->n, k), adaptive = figures_mean_of(c->adaptive, c->n, k);
	int digits = f->digits + (f->digits == 0 && isfinite(fixed.half) && fixed.half < 10);
	g_string_append_printf(out, "<tr><th scope=\"row\">%s <small>%s</small></th>", f->name, f->unit);
	report_cell(out, fixed.mean, fixed.half, digits);
	report_cell(out, adaptive.mean, adaptive.half, digits);
	change_cell(out, figures_change(c->fixed, c->adaptive, c->n, k), f->sign);
	g_string_append(out, "</tr>\n");
}

static void table(GString *out, const struct report *r, const struct columns *c)
{
	g_string_append(out, "<div class=\"scroll\"><table class=\"dense\"><thead><tr><th>mean of all vehicles</th><th>");
	chart_escape(out, r->fixed_name);
	g_string_append(out, "</th><th>");
	chart_escape(out, r->adaptive_name);
	g_string_append(out, "</th><th>change</th></tr></thead><tbody>\n");
	for (int k = 0; k < N_FIGURES; k++)
		if (to_be_said(c, k))
			table_row(out, c, k);
	g_string_append(out, "</tbody></table></div>\n");
}

static void tile(GString *out, const char *big, const char *small)
{
	g_string_append(out, "<div class=\"tile\"><b>");
	chart_escape(out, big);
	g_string_append(out, "</b><span>");
	chart_escape(out, small);
	g_string_append(out, "</span></div>\n");
}

static void change_tile(GString *out, const struct columns *c, enum figure k)
{
	const struct figure_name *f = &figure_names[k];
	struct figure_mean change = figures_change(c->fixed, c->adaptive, c->n, k);
	if (!isfinite(change.mean))
		return;
	g_autofree char *text = chart_change(100 * change.mean, 0), *big = g_strdup_printf("%s %%", text);
	g_autofree char *from = chart_number(figures_mean_of(c->fixed, c->n, k).mean, f->digits);
	g_autofree char *to = chart_number(figures_mean_of(c->adaptive, c->n, k).mean, f->digits);
	g_autofree char *small = g_strdup_printf("%s, from %s to %s %s", f->name, from, to, f->unit);
	tile(out, big, small);
}

static void value_tile(GString *out, const struct columns *c, enum figure k)
{
	const struct figure_name *f = &figure_names[k];
	struct figure_mean m = figures_mean_of(c->fixed, c->n, k);
	if (!isfinite(m.mean))
		return;
	int digits = m.mean >= 1000 ? 0 : f->digits;
	g_autofree char *big = chart_number(m.mean, digits), *half = chart_number(m.half, digits);
	g_autofree char *small =
		isfinite(m.half) ? g_strdup_printf("%s, %s (± %s)", f->name, f->unit, half) : g_strdup_printf("%s, %s", f->name, f->unit);
	tile(out, big, small);
}

static void tiles(GString *out, const struct report *r, const struct columns *c)
{
	static const enum figure shown[] = {FIGURE_delay_s, FIGURE_stops, FIGURE_queue_veh_mean, FIGURE_throughput_vph, FIGURE_co2_kg};
	g_string_append(out, "<div class=\"tiles\">\n");
	for (uint32_t i = 0; i < G_N_ELEMENTS(shown); i++) {
		if (!c->adaptive)
			value_tile(out, c, shown[i]);
		else if (shown[i] != FIGURE_throughput_vph)
			change_tile(out, c, shown[i]);
	}
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
	g_string_append_printf(out,
		"<p class=\"note\">Delay is SUMO’s time loss plus depart delay, unfinished vehicles included, over %.0f s. ",
		r->runs[0].fixed.window_s);
	g_string_append(out, r->adaptive_name ? "Same demand, same seed on both sides: " : "Of ");
	g_string_append(out, r->n_runs == 1 ? "seed " : "seeds ");
	for (uint32_t i = 0; i < r->n_runs; i++)
		g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, i ? ", " : "", r->runs[i].seed);
	g_string_append(out, r->n_runs == 1 ? ". One seed gives no interval." : ". ± is the half width of the 95 % interval (Student’s t)");
	if (r->n_runs > 1)
		g_string_append(out, r->adaptive_name ? ", that of the change from paired seeds." : ".");
	if (r->fixed_measures)
		g_string_append(out,
			" A queue is what is slower than 1.5 m/s; its 95th percentile is exceeded in 5 % of the time. Fuel is Biggs and Akçelik’s "
			"model with a petrol car of the eighties: for comparing, not for accounts.");
	g_string_append(out, "</p>\n");
}

void report_results(GString *out, const struct report *r)
{
	struct columns c = columns_of(r);
	tiles(out, r, &c);
	g_string_append_printf(out, "<section><h2>%s</h2>\n", c.adaptive ? "What it gained" : "What came of it");
	if (c.adaptive)
		table(out, r, &c);
	else
		list(out, &c);
	seeds_note(out, r);
	g_string_append(out, "</section>\n");
	columns_finish(&c);
}

/* Before and after: a pair of bars a figure, each on its own scale. */

#define BAR_WIDTH_PX 340.0
#define BAR_HEIGHT_PX 96.0

static void bar(GString *out, struct figure_mean m, double most, int digits, double y, const char *class)
{
	double full_px = BAR_WIDTH_PX - 118, px = fmax(0, m.mean) / most * full_px;
	g_autofree char *value = chart_number(m.mean, digits), *half = chart_number(m.half, digits + (digits == 0));
	g_string_append_printf(out, "<rect class=\"b%s\" x=\"0\" y=\"%.1f\" width=\"%.1f\" height=\"22\" rx=\"2\"/>", class, y, px);
	double end_px = px;
	if (isfinite(m.half)) {
		double from = fmax(0, m.mean - m.half) / most * full_px, to = (m.mean + m.half) / most * full_px;
		g_string_append_printf(
			out, "<path class=\"whisker\" d=\"M%.1f %.1fH%.1fM%.1f %.1fv8M%.1f %.1fv8\"/>", from, y + 11, to, from, y + 7, to, y + 7);
		end_px = to;
	}
	g_string_append_printf(out, "<text class=\"ink\" x=\"%.1f\" y=\"%.1f\">%s", end_px + 7, y + 16, value);
	if (isfinite(m.half))
		g_string_append_printf(out, "<tspan class=\"soft\"> ± %s</tspan>", half);
	g_string_append(out, "</text>\n");
}

static void pair_of_bars(GString *out, const struct columns *c, enum figure k)
{
	const struct figure_name *f = &figure_names[k];
	struct figure_mean fixed = figures_mean_of(c->fixed, c->n, k), adaptive = figures_mean_of(c->adaptive, c->n, k);
	if (!isfinite(fixed.mean) || !isfinite(adaptive.mean))
		return;
	double most = fmax(fixed.mean + (isfinite(fixed.half) ? fixed.half : 0), adaptive.mean + (isfinite(adaptive.half) ? adaptive.half : 0));
	g_autofree char *title = g_strdup_printf("%s (%s)", f->name, f->unit);
	g_string_append(out, "<figure><figcaption>");
	chart_escape(out, title);
	g_string_append(out, "</figcaption>\n");
	chart_open(out, BAR_WIDTH_PX, BAR_HEIGHT_PX - 28, title);
	bar(out, fixed, fmax(most, 1e-9), f->digits, 6, "fixed");
	bar(out, adaptive, fmax(most, 1e-9), f->digits, 36, "adaptive");
	g_string_append(out, "</svg></figure>\n");
}

void report_bars(GString *out, const struct report *r)
{
	static const enum figure shown[] = {FIGURE_delay_s, FIGURE_waiting_s, FIGURE_stops, FIGURE_queue_veh_mean, FIGURE_queue_veh_p95,
		FIGURE_throughput_vph, FIGURE_trip_s, FIGURE_fuel_l_100km, FIGURE_walk_wait_s};
	struct report_side sides[2];
	if (report_sides(r, sides) < 2 || !r->n_runs)
		return;
	struct columns c = columns_of(r);
	g_string_append(out, "<section><h2>Before and after</h2>\n");
	report_key(out, sides, 2);
	g_string_append(out, "<div class=\"triple\">\n");
	for (uint32_t i = 0; i < G_N_ELEMENTS(shown); i++)
		pair_of_bars(out, &c, shown[i]);
	g_string_append(out, "</div>\n");
	if (r->n_runs > 1)
		g_string_append(out,
			"<p class=\"note\">Whiskers are 95 % intervals of each side by itself; a difference from paired seeds is known better than "
			"they suggest.</p>\n");
	g_string_append(out, "</section>\n");
	columns_finish(&c);
}
