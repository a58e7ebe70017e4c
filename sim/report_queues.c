/* report_queues.c - the back of the queue over time on the approaches with the longest ones, against the room that there is. */
#include <math.h>

#include "core/units.h"
#include "sim/chart.h"
#include "sim/report_parts.h"

#define CHARTS_MOST 9
#define WIDTH_PX 360.0
#define HEIGHT_PX 190.0
#define POINTS_MOST 180

struct rank {
	uint32_t approach;
	double worst_m;
};

static int by_worst(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	if (x->worst_m < y->worst_m || x->worst_m > y->worst_m)
		return x->worst_m < y->worst_m ? 1 : -1;
	return (x->approach > y->approach) - (x->approach < y->approach);
}

static double back_p95(const struct gauge *g, uint32_t a)
{
	return gauge_counts_percentile(&g->approaches[a].back_m, g->steps, 0.95);
}

static double back_max(const struct gauge *g, uint32_t a)
{
	return g->approaches[a].back_m.max;
}

/* By what the 95th percentile and the longest together say, on the worse side. */
static GArray *worst_approaches(const struct report *r, const struct report_side *sides, uint32_t n_sides)
{
	GArray *ranks = g_array_new(FALSE, FALSE, sizeof(struct rank));
	for (uint32_t a = 0; a < sides[0].gauges[0]->places->n_approaches; a++) {
		struct rank rank = {a, 0};
		for (uint32_t s = 0; s < n_sides; s++)
			rank.worst_m = fmax(rank.worst_m,
				report_over(&sides[s], r->n_runs, back_p95, a).mean + report_over(&sides[s], r->n_runs, back_max, a).mean / 100);
		if (rank.worst_m > 0)
			g_array_append_val(ranks, rank);
	}
	g_array_sort(ranks, by_worst);
	return ranks;
}

/* The first run's profile: where there are more points than can be told apart, the greatest of each few. */
static void profile(
	GString *out, const struct gauge *g, uint32_t a, const struct chart_axis *x, const struct chart_axis *y, const char *class, bool filled)
{
	uint32_t few = (g->n_points + POINTS_MOST - 1) / POINTS_MOST, n = g->places->n_approaches;
	g_string_append_printf(out, "<path class=\"%s %s\" d=\"", filled ? "area" : "thin", class);
	if (filled)
		g_string_append_printf(out, "M%.1f %.1f", x->at_px, y->at_px);
	for (uint32_t i = 0; i < g->n_points; i += few) {
		uint16_t most = 0;
		for (uint32_t k = i; k < MIN(i + few, g->n_points); k++)
			most = MAX(most, g->profile_m[(size_t) k * n + a]);
		double from_px = chart_px(x, fmin(i * GAUGE_EVERY_S / 60, x->to)), to_px = chart_px(x, fmin((i + few) * GAUGE_EVERY_S / 60, x->to));
		g_string_append_printf(out, "%s%.1f %.1fH%.1f", i || filled ? "L" : "M", from_px, chart_px(y, most), to_px);
	}
	g_string_append(out, filled ? "V" : "");
	if (filled)
		g_string_append_printf(out, "%.1fZ", y->at_px);
	g_string_append(out, "\"/>\n");
}

static void level_line(GString *out, const struct chart_axis *x, const struct chart_axis *y, double value_m, const char *class)
{
	double at = chart_px(y, value_m);
	g_string_append_printf(out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>", class, x->at_px, at, x->until_px);
}

static void caption(GString *out, const struct places *p, uint32_t a)
{
	g_string_append(out, "<figcaption>");
	report_place(out, p->net, p->approaches[a].signal, p->net->nodes[p->approaches[a].node].id);
	g_string_append(out, " from the ");
	chart_escape(out, p->approaches[a].compass);
	g_string_append(out, "</figcaption>\n");
}

static void chart(GString *out, const struct report *r, const struct report_side *sides, uint32_t n_sides, uint32_t a)
{
	const struct places *p = sides[0].gauges[0]->places;
	double storage_m = p->approaches[a].storage_m, most_m = 0, until_s = 1;
	for (uint32_t s = 0; s < n_sides; s++) {
		most_m = fmax(most_m, sides[s].gauges[0]->approaches[a].back_m.max);
		until_s = fmax(until_s, sides[s].gauges[0]->end_s - sides[s].gauges[0]->begin_s);
	}
	bool room_seen = storage_m < 1.6 * most_m;
	struct chart_axis x = {0, until_s / 60, 40, WIDTH_PX - 10, "min"};
	double top_m = room_seen ? fmax(most_m, storage_m) : most_m;
	struct chart_axis y = {0, chart_end(top_m, 4), HEIGHT_PX - 40, 24, "back of queue (m)"};
	g_autofree char *title =
		g_strdup_printf("back of the queue before %s from the %s", p->net->nodes[p->approaches[a].node].id, p->approaches[a].compass);
	g_string_append(out, "<figure>");
	caption(out, p, a);
	chart_open(out, WIDTH_PX, HEIGHT_PX, title);
	chart_axes(out, &x, chart_step_min(x.from, x.to, 5), &y, chart_step(0, fmax(top_m, 1), 4));
	for (uint32_t s = 0; s < n_sides; s++)
		profile(out, sides[s].gauges[0], a, &x, &y, sides[s].class, n_sides == 1);
	for (uint32_t s = 0; s < n_sides; s++) {
		g_autofree char *class = g_strdup_printf("dash %s", sides[s].class);
		level_line(out, &x, &y, report_over(&sides[s], r->n_runs, back_p95, a).mean, class);
	}
	if (room_seen)
		level_line(out, &x, &y, storage_m, "room");
	g_string_append_printf(out, "<text class=\"halo small\" text-anchor=\"end\" x=\"%.1f\" y=\"%.1f\">room %.0f m%s</text>", x.until_px,
		room_seen ? chart_px(&y, storage_m) - 5 : y.until_px - 4, storage_m, room_seen ? "" : ", beyond");
	g_string_append(out, "</svg></figure>\n");
}

void report_queues(GString *out, const struct report *r)
{
	struct report_side sides[2];
	uint32_t n_sides = report_sides(r, sides);
	if (!sides[0].gauges || (n_sides > 1 && !sides[1].gauges))
		return;
	g_autoptr(GArray) ranks = worst_approaches(r, sides, n_sides);
	if (!ranks->len)
		return;
	g_string_append(out, "<section><h2>Queues</h2>\n<p class=\"note\">Rear of the last vehicle slower than 1.5 m/s, from the stop line");
	g_string_append_printf(out, "%s. Dashed: its 95th percentile over the time%s. Heavy line: the room up to the junction before.</p>\n",
		r->n_runs > 1 ? ", first seed" : "", r->n_runs > 1 ? ", mean of all seeds" : "");
	report_key(out, sides, n_sides);
	g_string_append(out, "<div class=\"triple\">\n");
	for (uint32_t k = 0; k < MIN(ranks->len, CHARTS_MOST); k++)
		chart(out, r, sides, n_sides, g_array_index(ranks, struct rank, k).approach);
	g_string_append(out, "</div>\n");
	if (ranks->len > CHARTS_MOST)
		g_string_append_printf(out,
			"<p class=\"note\">The %u approaches with the longest queues, of %u with one; all of them are in the JSON.</p>\n", CHARTS_MOST,
			ranks->len);
	g_string_append(out, "</section>\n");
}
