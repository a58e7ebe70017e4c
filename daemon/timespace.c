/* timespace.c - time-space diagrams; see timespace.h. */
#include "daemon/timespace.h"

#include <math.h>

#include "sim/chart.h"

#define WIDTH_PX 960.0
#define LEFT_PX 230.0
#define RIGHT_PX 24.0
#define TOP_PX 56.0
#define BOTTOM_PX 56.0
#define STOP_PX 74.0
#define CYCLES 3
#define BAR_PX 9.0
#define NAME_LETTERS 26

/* The busiest leg from (or to) `turn` whose other end is at a signal that the way has not met. */
static uint32_t next_leg(const struct turns *t, uint32_t turn, bool down, const bool *met)
{
	uint32_t best = NET_NONE;
	for (uint32_t k = 0; k < t->n_legs; k++) {
		const struct turn_leg *leg = &t->legs[k];
		uint32_t here = down ? leg->from : leg->to, there = down ? leg->to : leg->from;
		if (here != turn || there == NET_NONE || met[t->turns[there].site])
			continue;
		if (best == NET_NONE || leg->flow_vph > t->legs[best].flow_vph)
			best = k;
	}
	return best;
}

uint32_t timespace_way(const struct turns *t, struct timespace_stop *stops, uint32_t max)
{
	g_autofree bool *met = g_new0(bool, MAX(t->layout->n_sites, 1));
	uint32_t busiest = NET_NONE, n = 0;
	for (uint32_t k = 0; k < t->n_turns; k++) /* the way through which most of its traffic comes from, or goes to, another signal */
		if (busiest == NET_NONE || t->turns[k].flow_vph > t->turns[busiest].flow_vph)
			busiest = k;
	for (uint32_t k = 0; k < t->n_legs; k++)
		if (t->legs[k].from != NET_NONE && (n == 0 || t->legs[k].flow_vph > t->legs[n - 1].flow_vph)) {
			n = k + 1;
			busiest = t->legs[k].from;
		}
	n = 0;
	if (busiest == NET_NONE || max == 0)
		return 0;
	stops[n++] = (struct timespace_stop){t->turns[busiest].site, busiest, 0, 0};
	met[t->turns[busiest].site] = true;
	for (int down = 1; down >= 0; down--)
		for (uint32_t end = down ? n - 1 : 0, leg; n < max && (leg = next_leg(t, stops[end].turn, down, met)) != NET_NONE; end = down ? n - 1 : 0) {
			const struct turn_leg *l = &t->legs[leg];
			uint32_t turn = down ? l->to : l->from, at = down ? n : 0;
			for (uint32_t k = n; k > at; k--)
				stops[k] = stops[k - 1];
			const struct timespace_stop *from = &stops[down ? n - 1 : 1];
			double sign = down ? 1 : -1;
			stops[at] = (struct timespace_stop){t->turns[turn].site, turn, from->at_m + sign * l->length_m, from->travel_s + sign * l->travel_s};
			met[t->turns[turn].site] = true;
			n++;
		}
	for (uint32_t k = n; k > 0; k--) {
		stops[k - 1].at_m -= stops[0].at_m;
		stops[k - 1].travel_s -= stops[0].travel_s;
	}
	return n;
}

/* Is the turn green in second t_s, on the lane that most of it uses? */
static bool is_green(const struct network_plan *p, const struct turns *t, const struct timespace_stop *stop, const struct net_program *program, double t_s)
{
	const struct turn *turn = &t->turns[stop->turn];
	uint32_t best = turn->first_lane;
	(void) p;
	for (uint32_t k = turn->first_lane; k < turn->first_lane + turn->n_lanes; k++)
		best = t->lanes[k].share > t->lanes[best].share ? k : best;
	return shows_green(program->phases[program_phase_at(program, t_s)].state[t->lanes[best].signal_link]);
}

struct drawing {
	const struct network_plan *plan;
	const struct turns *turns;
	const struct timespace_stop *stops;
	struct net_program *programs; /* by stop */
	uint32_t n;
	struct chart_axis time, way;
};

static void draw_lights(const struct drawing *d, GString *out)
{
	uint32_t seconds = (uint32_t) lround(CYCLES * d->plan->cycle_s);
	for (uint32_t k = 0; k < d->n; k++) {
		double y = chart_px(&d->way, d->stops[k].at_m);
		for (uint32_t t = 0, until; t < seconds; t = until) {
			bool green = is_green(d->plan, d->turns, &d->stops[k], &d->programs[k], t);
			for (until = t + 1; until < seconds && is_green(d->plan, d->turns, &d->stops[k], &d->programs[k], until) == green; until++)
				continue;
			g_string_append_printf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\"/>\n", green ? "go" : "halt",
				chart_px(&d->time, t), y - BAR_PX / 2, chart_px(&d->time, until) - chart_px(&d->time, t), BAR_PX);
		}
	}
}

/* Whoever sets off in second t at the first signal and drives on at the limits: does everybody on the way show green? */
static bool passes(const struct drawing *d, uint32_t t, uint32_t until)
{
	for (uint32_t k = 0; k <= until; k++)
		if (!is_green(d->plan, d->turns, &d->stops[k], &d->programs[k], floor(t + d->stops[k].travel_s)))
			return false;
	return true;
}

static double time_px(const struct drawing *d, double t_s)
{
	return chart_px(&d->time, fmin(t_s, d->time.to));
}

/* A band from the first signal to `last`, in those cycles that are drawn; returns its width in the cycle, s. */
static double draw_bands(const struct drawing *d, GString *out, uint32_t last)
{
	uint32_t cycle = (uint32_t) lround(d->plan->cycle_s);
	double width_s = 0;
	for (uint32_t t = 0, until; t < CYCLES * cycle; t = until) {
		bool goes = passes(d, t, last);
		for (until = t + 1; until < CYCLES * cycle && passes(d, until, last) == goes; until++)
			continue;
		width_s += goes ? (double) (until - t) / CYCLES : 0;
		if (!goes || time_px(d, t + d->stops[last].travel_s) >= time_px(d, INFINITY))
			continue;
		g_string_append(out, "<polygon class=\"band\" points=\"");
		for (uint32_t k = 0; k <= last; k++)
			g_string_append_printf(out, "%.1f,%.1f ", time_px(d, t + d->stops[k].travel_s), chart_px(&d->way, d->stops[k].at_m));
		for (uint32_t k = last + 1; k > 0; k--)
			g_string_append_printf(out, "%.1f,%.1f ", time_px(d, until + d->stops[k - 1].travel_s), chart_px(&d->way, d->stops[k - 1].at_m));
		g_string_append(out, "\"/>\n");
	}
	return width_s;
}

static void draw_names(const struct drawing *d, GString *out)
{
	for (uint32_t k = 0; k < d->n; k++) {
		const struct plan *p = d->plan->plans[d->stops[k].site];
		const char *id = d->turns->layout->sites[d->stops[k].site].junction->id;
		double y = chart_px(&d->way, d->stops[k].at_m);
		g_autofree char *start = g_utf8_substring(id, 0, MIN(g_utf8_strlen(id, -1), NAME_LETTERS));
		g_string_append_printf(out, "<text class=\"ink\" x=\"12\" y=\"%.1f\">", y);
		chart_text(out, "%s%s", start, g_utf8_strlen(id, -1) > NAME_LETTERS ? "…" : "");
		g_string_append_printf(out, "</text>\n<text class=\"soft\" x=\"12\" y=\"%.1f\">", y + 14);
		chart_text(out, "%.0f m · offset %.0f of %.0f s", d->stops[k].at_m, p->offset_s, p->cycle_s);
		g_string_append(out, "</text>\n");
	}
}

static void draw_time(const struct drawing *d, GString *out)
{
	double bottom_px = fmax(d->way.at_px, d->way.until_px) + 22, step_s = chart_step(0, d->time.to, 10);
	for (double t = 0; t <= d->time.to + 1e-6; t += step_s) {
		g_string_append_printf(out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", chart_px(&d->time, t), TOP_PX - 12,
			chart_px(&d->time, t), bottom_px);
		g_string_append_printf(out, "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n", chart_px(&d->time, t), bottom_px + 14, t);
	}
	g_string_append_printf(out, "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">s since the cycle's zero; three cycles</text>\n",
		WIDTH_PX - RIGHT_PX, bottom_px + 30);
}

static const char style[] = "<style>svg{background:#fff;font:12px sans-serif}.ink{fill:#1c2733}.soft{fill:#5b6b7b}.grid{stroke:#d6dde4;stroke-width:1}"
	".go{fill:#2e9e5b}.halt{fill:#d9534f;opacity:.55}.band{fill:#4a90d9;opacity:.25}.title{font-size:15px;font-weight:600}"
	"@media (prefers-color-scheme:dark){svg{background:#10161d}.ink{fill:#e6edf3}.soft{fill:#9aa9b8}.grid{stroke:#2b3742}}</style>\n";

static void draw(const struct drawing *d, GString *out, double height_px, const char *title)
{
	GString *bands = g_string_new(NULL);
	double width_s = draw_bands(d, bands, d->n - 1);
	g_string_append_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\">\n<title>",
		WIDTH_PX, height_px, WIDTH_PX, height_px);
	chart_escape(out, title);
	g_string_append_printf(out, "</title>\n%s<text class=\"ink title\" x=\"12\" y=\"24\">", style);
	chart_escape(out, title);
	g_string_append(out, "</text>\n");
	draw_time(d, out);
	g_string_append(out, bands->str);
	draw_lights(d, out);
	draw_names(d, out);
	g_string_append_printf(out, "<text class=\"soft\" x=\"12\" y=\"42\">blue: who drives at the limits meets no red from the first signal to the last, %.0f of %.0f s"
		"</text>\n</svg>\n", width_s, d->plan->cycle_s);
	g_string_free(bands, TRUE);
}

GString *timespace_svg(const struct network_plan *p, const struct turns *t, const struct timespace_stop *stops, uint32_t n, const char *title)
{
	if (n == 0)
		return NULL;
	double height_px = TOP_PX + BOTTOM_PX + STOP_PX * fmax(1, n - 1.0) + 20;
	struct drawing d = {.plan = p, .turns = t, .stops = stops, .n = n, .programs = g_new0(struct net_program, n),
		.time = {0, CYCLES * p->cycle_s, LEFT_PX, WIDTH_PX - RIGHT_PX, ""},
		.way = {0, fmax(1, stops[n - 1].at_m), height_px - BOTTOM_PX - 10, TOP_PX + 10, ""}};
	bool good = true;
	GString *out = g_string_new(NULL);
	for (uint32_t k = 0; k < n; k++)
		good = plan_to_program(p->plans[stops[k].site], t->layout->sites[stops[k].site].junction, &d.programs[k], NULL) && good;
	if (good)
		draw(&d, out, height_px, title);
	for (uint32_t k = 0; k < n; k++)
		net_program_finish(&d.programs[k]);
	g_free(d.programs);
	if (!good) {
		g_string_free(out, TRUE);
		return NULL;
	}
	return out;
}
