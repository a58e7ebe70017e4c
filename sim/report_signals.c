/* report_signals.c - cycles and greens, as programmed and as shown; and how long pedestrians wait for theirs. */
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "sim/chart.h"
#include "sim/report_parts.h"

#define SIGNALS_MOST 16
#define CROSSINGS_MOST 24

static double cycle_s(const struct gauge *g, uint32_t s)
{
	return timing_cycle_s(&g->signals[s]);
}

/* Mean of all whole greens of a stage over the runs, their range, how often, and its share of the time. */
struct shown {
	double programmed_s, green_s, min_s, max_s, times, frac;
};

/* Two sides may have different programs: a stage is known by its letters. */
static const struct timing_stage *stage_by_state(const struct timing *t, const char *state)
{
	for (uint32_t k = 0; k < t->n_stages; k++)
		if (!strcmp(t->stages[k].state, state))
			return &t->stages[k];
	return NULL;
}

static struct shown shown_of(const struct report_side *side, uint32_t n_runs, uint32_t signal, const char *state)
{
	struct shown all = {UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 0, UNKNOWN};
	double sum_s = 0, n = 0, on_s = 0, watched_s = 0;
	for (uint32_t k = 0; k < n_runs; k++) {
		const struct timing *t = &side->gauges[k]->signals[signal];
		const struct timing_stage *s = stage_by_state(t, state);
		if (!s)
			continue;
		all.programmed_s = s->programmed_s;
		sum_s += s->sum_s;
		n += s->n;
		on_s += s->shown_s;
		watched_s += t->watched_s;
		all.times += (double) s->n_starts / n_runs;
		all.min_s = fmin(all.min_s, s->min_s);
		all.max_s = fmax(all.max_s, s->max_s);
	}
	all.green_s = n > 0 ? sum_s / n : UNKNOWN;
	all.frac = watched_s > 0 ? on_s / watched_s : UNKNOWN;
	return all;
}

/* A bar of the share that was green, and a mark where the program has it. */
static void share(GString *out, double frac, double programmed_frac, const char *class)
{
	g_autofree char *text = chart_number(100 * frac, 0);
	g_string_append_printf(out,
		"<td class=\"share\"><svg viewBox=\"0 0 70 12\" preserveAspectRatio=\"none\"><rect class=\"b%s\" y=\"2\" height=\"8\" "
		"width=\"%.1f\"/>",
		class, isfinite(frac) ? 70 * fmin(frac, 1) : 0);
	if (isfinite(programmed_frac))
		g_string_append_printf(out, "<path class=\"whisker\" d=\"M%.1f 0v12\"/>", 70 * fmin(programmed_frac, 0.99));
	g_string_append_printf(out, "</svg>%s %%</td>", text);
}

static void stage_row(
	GString *out, const struct report *r, const struct report_side *sides, uint32_t n_sides, uint32_t signal, const struct timing_stage *s)
{
	g_string_append(out, "<tr><th scope=\"row\"></th><td class=\"how\"><span title=\"");
	chart_escape(out, s->state);
	g_string_append_printf(out, "\">stage %s</span></td>", s->name);
	for (uint32_t k = 0; k < n_sides; k++) {
		struct shown shown = shown_of(&sides[k], r->n_runs, signal, s->state);
		double cycle = sides[k].gauges[0]->signals[signal].programmed_cycle_s;
		g_autofree char *least = chart_number(shown.min_s, 0), *most = chart_number(shown.max_s, 0);
		report_first_cell(out, shown.programmed_s, UNKNOWN, 0);
		report_cell(out, shown.green_s, UNKNOWN, 1);
		if (isnan(shown.min_s))
			g_string_append(out, "<td>–</td>");
		else
			g_string_append_printf(out, "<td>%s to %s</td>", least, most);
		report_cell(out, shown.times, UNKNOWN, 0);
		share(out, shown.frac, cycle > 0 ? shown.programmed_s / cycle : UNKNOWN, sides[k].class);
	}
	g_string_append(out, "</tr>\n");
}

static void signal_rows(GString *out, const struct report *r, const struct report_side *sides, uint32_t n_sides, uint32_t signal)
{
	const struct timing *first = &sides[0].gauges[0]->signals[signal];
	g_string_append(out, "<tr class=\"first\"><th scope=\"row\">");
	report_place(out, sides[0].gauges[0]->net, signal, first->of->id);
	g_string_append(out, "</th><td class=\"how\">cycle</td>");
	for (uint32_t k = 0; k < n_sides; k++) {
		struct figure_mean m = report_over(&sides[k], r->n_runs, cycle_s, signal);
		report_first_cell(out, sides[k].gauges[0]->signals[signal].programmed_cycle_s, UNKNOWN, 0);
		report_cell(out, m.mean, m.half, 1);
		g_string_append(out, "<td></td><td></td><td></td>");
	}
	g_string_append(out, "</tr>\n");
	for (uint32_t s = 0; s < n_sides; s++) {
		const struct timing *t = &sides[s].gauges[0]->signals[signal];
		for (uint32_t k = 0; k < t->n_stages; k++)
			if (s == 0 || !stage_by_state(first, t->stages[k].state))
				stage_row(out, r, sides, n_sides, signal, &t->stages[k]);
	}
}

void report_signals(GString *out, const struct report *r)
{
	struct report_side sides[2];
	uint32_t n_sides = report_sides(r, sides);
	if (!sides[0].gauges || (n_sides > 1 && !sides[1].gauges) || !sides[0].gauges[0]->net->n_signals)
		return;
	uint32_t n = sides[0].gauges[0]->net->n_signals, n_shown = MIN(n, SIGNALS_MOST);
	g_string_append(out,
		"<section><h2>Cycles and splits</h2>\n<p class=\"note\">Green of each stage of the signal’s program, and what the lights showed: "
		"mean of "
		"whole greens, their range, and how often in a run. Split: share of the time in which it was green (bar), and the program’s "
		"(mark); the rest is "
		"amber, clearance and what is no stage of the program. A stage’s letters are its tooltip.</p>\n");
	report_table_head(out, sides, n_sides, "<th>signal</th><th class=\"how\"></th>",
		"<th class=\"side\">program s</th><th>shown s</th><th>range s</th><th>times</th><th class=\"share\">split</th>");
	for (uint32_t s = 0; s < n_shown; s++)
		signal_rows(out, r, sides, n_sides, s);
	g_string_append(out, "</tbody></table></div>\n");
	if (n > n_shown)
		g_string_append_printf(out, "<p class=\"note\">The first %u signals of %u; all of them are in the JSON.</p>\n", n_shown, n);
	g_string_append(out, "</section>\n");
}

static double walk_mean(const struct gauge *g, uint32_t c)
{
	return walk_wait(&g->crossings[c]).mean_s;
}

static double walk_p95(const struct gauge *g, uint32_t c)
{
	return walk_wait(&g->crossings[c]).p95_s;
}

static double walk_red(const struct gauge *g, uint32_t c)
{
	return walk_wait(&g->crossings[c]).red_max_s;
}

static void crossing_row(GString *out, const struct report *r, const struct report_side *sides, uint32_t n_sides, uint32_t c, bool first)
{
	const struct places *p = sides[0].gauges[0]->places;
	const struct net_edge *e = &p->net->edges[p->crossings[c].edge];
	g_string_append_printf(out, "<tr%s><th scope=\"row\">", first ? " class=\"first\"" : "");
	if (first)
		report_place(out, p->net, p->crossings[c].signal, p->net->signals[p->crossings[c].signal].id);
	g_string_append(out, "</th><td class=\"how\">over ");
	g_autofree char *over = e->crossing_edges ? g_strjoinv(" and ", e->crossing_edges) : g_strdup(e->id);
	report_name(out, over, 30);
	g_string_append(out, "</td>");
	for (uint32_t s = 0; s < n_sides; s++) {
		struct figure_mean mean = report_over(&sides[s], r->n_runs, walk_mean, c), p95 = report_over(&sides[s], r->n_runs, walk_p95, c);
		report_first_cell(out, mean.mean, mean.half, 1);
		report_cell(out, p95.mean, p95.half, 1);
		report_cell(out, report_over(&sides[s], r->n_runs, walk_red, c).mean, UNKNOWN, 0);
	}
	g_string_append(out, "</tr>\n");
}

void report_walks(GString *out, const struct report *r)
{
	struct report_side sides[2];
	uint32_t n_sides = report_sides(r, sides), signal = NET_NONE;
	if (!sides[0].gauges || (n_sides > 1 && !sides[1].gauges) || !sides[0].gauges[0]->places->n_crossings)
		return;
	const struct places *p = sides[0].gauges[0]->places;
	g_string_append(out,
		"<section><h2>Pedestrians</h2>\n<p class=\"note\">Their wait at red, worked out from what each crossing’s light showed for people "
		"who come "
		"at any time alike. Nobody walks in the simulator.</p>\n<div class=\"scroll\"><table class=\"dense\"><thead>");
	if (n_sides > 1) {
		g_string_append(out, "<tr><th></th><th></th>");
		for (uint32_t s = 0; s < n_sides; s++) {
			g_string_append(out, "<th colspan=\"3\" class=\"mid side\">");
			chart_escape(out, sides[s].name);
			g_string_append(out, "</th>");
		}
		g_string_append(out, "</tr>");
	}
	g_string_append(out, "<tr><th>signal</th><th class=\"how\">crossing</th>");
	for (uint32_t s = 0; s < n_sides; s++)
		g_string_append(out, "<th class=\"side\">mean wait s</th><th>95 % s</th><th>longest red s</th>");
	g_string_append(out, "</tr></thead><tbody>\n");
	for (uint32_t c = 0; c < MIN(p->n_crossings, CROSSINGS_MOST); c++) {
		crossing_row(out, r, sides, n_sides, c, p->crossings[c].signal != signal);
		signal = p->crossings[c].signal;
	}
	g_string_append(out, "</tbody></table></div>\n");
	if (p->n_crossings > CROSSINGS_MOST)
		g_string_append_printf(
			out, "<p class=\"note\">The first %u crossings of %u; all of them are in the JSON.</p>\n", CROSSINGS_MOST, p->n_crossings);
	g_string_append(out, "</section>\n");
}
