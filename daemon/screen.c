/* screen.c - the status of a running demo for a terminal. */
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/screen.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

struct page {
	GString *out;
	uint32_t columns, rows, row;
	bool colour;
};

/* One line, cut to the page's width; nothing once the page is full. */
static void put(struct page *p, const char *style, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void put(struct page *p, const char *style, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *raw = g_strdup_vprintf(format, args);
	va_end(args);
	if (p->row >= p->rows)
		return;
	g_autofree char *text = g_utf8_make_valid(raw, -1);
	if (g_utf8_strlen(text, -1) > (glong) p->columns)
		*g_utf8_offset_to_pointer(text, p->columns) = 0;
	if (p->row++)
		g_string_append_c(p->out, '\n');
	if (p->colour && style)
		g_string_append(p->out, style);
	g_string_append(p->out, g_strchomp(text));
	if (p->colour && style)
		g_string_append(p->out, PLAIN);
}

/* A number right-aligned in `width`, or "-". */
static char *cell(double value, int width, int digits)
{
	return isfinite(value) ? g_strdup_printf("%*.*f", width, digits, value) : g_strdup_printf("%*s", width, "-");
}

static char *change(double now, double before, int width)
{
	if (!isfinite(now) || !(before > 0))
		return g_strdup_printf("%*s", width, "-");
	g_autofree char *text = g_strdup_printf("%+.0f %%", 100 * (now - before) / before);
	return g_strdup_printf("%*s", width, text);
}

static char *clock_of(double s)
{
	long whole = lround(fmax(s, 0));
	return g_strdup_printf("%ld:%02ld", whole / 60, whole % 60);
}

static void put_title(struct page *p, const struct screen *s)
{
	g_autofree char *so_far = clock_of(s->t_s), *total = clock_of(s->total_s), *left = clock_of(s->total_s - s->t_s);
	g_autofree char *title = g_strdup_printf("Greenwave  seed %" G_GUINT64_FORMAT "  %u junctions  %u cameras", s->seed, s->n_junctions,
		s->n_cameras);
	g_autofree char *time = s->doing ? g_strdup(s->doing) : s->total_s > 0 ? g_strdup_printf("%s of %s, %s left", so_far, total, left)
		: g_strdup_printf("%s, Ctrl-C ends", so_far);
	int gap = (int) p->columns - (int) strlen(title) - (int) strlen(time);
	put(p, BOLD, "%s%*s%s", title, MAX(gap, 2), "", time);
	if (s->total_s <= 0)
		return;
	uint32_t width = MIN(p->columns, 500), full = (uint32_t) (width * CLAMP(s->t_s / s->total_s, 0, 1));
	GString *bar = g_string_new(NULL);
	for (uint32_t i = 0; i < width; i++)
		g_string_append(bar, i < full ? "█" : "·");
	put(p, NULL, "%s", bar->str);
	g_string_free(bar, TRUE);
}

static void put_junction(struct page *p, const struct screen_junction *j)
{
	g_autofree char *since = cell(j->heard ? j->for_s : UNKNOWN, 5, 0), *seen = cell(j->queue_seen_veh, 6, 0),
		*real = cell(j->queue_true_veh, 6, 0);
	g_autofree char *now = cell(j->delay_s, 7, 1), *fixed = cell(j->fixed_delay_s, 7, 1), *gain = change(j->delay_s, j->fixed_delay_s, 8);
	put(p, NULL, "%-10.10s  %-8s  %-7.7s%s s %s %s   %s %s %s", j->id, j->heard ? wire_mode_name(j->mode) : "-", j->stage[0] ? j->stage : "change",
		since, seen, real, fixed, now, gain);
}

static void put_junctions(struct page *p, const struct screen *s, uint32_t room)
{
	double seen = 0, real = 0;
	put(p, DIM, "%-10s  %-8s  %-7s%7s %6s %6s   %7s %7s %8s", "junction", "mode", "stage", "for", "queue", "true", "fixed s", "now s",
		"delay");
	uint32_t shown = s->n_junctions <= room ? s->n_junctions : room ? room - 1 : 0;
	for (uint32_t i = 0; i < s->n_junctions; i++) {
		seen += s->junctions[i].queue_seen_veh;
		real += s->junctions[i].queue_true_veh;
		if (i < shown)
			put_junction(p, &s->junctions[i]);
	}
	if (shown < s->n_junctions)
		put(p, DIM, "and %u more", s->n_junctions - shown);
	g_autofree char *queue = cell(seen, 6, 0), *truth = cell(real, 6, 0);
	g_autofree char *now = cell(s->delay_s, 7, 1), *fixed = cell(s->fixed_delay_s, 7, 1), *gain = change(s->delay_s, s->fixed_delay_s, 8);
	put(p, BOLD, "%-36s %s %s   %s %s %s", "all vehicles, delay in s/veh", queue, truth, fixed, now, gain);
}

/* As many columns as fit, 19 characters each and one between. */
static void put_cameras(struct page *p, const struct screen *s, uint32_t room)
{
	uint32_t good = 0, across = MAX(1, (p->columns + 1) / 20), n = s->n_cameras;
	for (uint32_t i = 0; i < n; i++)
		good += s->cameras[i].heard && s->cameras[i].state == CAMERA_OK;
	put(p, DIM, "cameras: %u of %u ok; name, pictures/s, lag s", good, n);
	for (uint32_t i = 0, line = 0; i < n && line < room; i += across, line++) {
		GString *text = g_string_new(NULL);
		for (uint32_t k = i; k < MIN(i + across, n); k++) {
			const struct screen_camera *c = &s->cameras[k];
			bool ok = c->heard && c->state == CAMERA_OK;
			g_string_append_printf(text, "%s%-9.9s ", k > i ? " " : "", c->id);
			if (ok)
				g_string_append_printf(text, "%4.1f %4.2f", fmin(c->fps, 99), fmin(c->lag_s, 9.99));
			else
				g_string_append_printf(text, "%-9.9s", c->heard ? camera_state_name(c->state) : "-");
		}
		put(p, NULL, "%s", text->str);
		g_string_free(text, TRUE);
	}
}

static void put_numbers(struct page *p, const struct screen *s)
{
	GString *cpu = g_string_new("processor");
	for (uint32_t i = 0; i < s->n_programs; i++) {
		g_autofree char *percent = cell(100 * s->programs[i].cpu_frac, 0, 0);
		g_string_append_printf(cpu, "  %s %s %%", s->programs[i].name, percent);
	}
	put(p, NULL, "%s", cpu->str);
	g_string_free(cpu, TRUE);
	g_autofree char *half = cell(s->lag_p50_s, 0, 2), *most = cell(s->lag_p99_s, 0, 2);
	put(p, NULL, "picture to command  half within %s s, 99 %% within %s s", half, most);
	g_autofree char *flow = cell(100 * s->vision.flow_frac, 0, 1), *queue = cell(s->vision.queue_veh, 0, 2),
		*speed = cell(s->vision.speed_mps, 0, 2);
	put(p, NULL, "vision is off by  flow %s %%, queue %s veh, speed %s m/s", flow, queue, speed);
}

void screen_page(GString *out, const struct screen *s, uint32_t columns, uint32_t rows, bool colour)
{
	struct page p = {out, MAX(columns, 40), MAX(rows, 10), 0, colour};
	bool airy = rows >= 22;
	uint32_t camera_rows = MIN(6, (s->n_cameras + (p.columns + 1) / 20 - 1) / ((p.columns + 1) / 20));
	uint32_t fixed_rows = 2 + 2 + 1 + camera_rows + 3 + (airy ? 3 : 0) + MIN(s->n_alerts + 1, 3);
	put_title(&p, s);
	if (airy)
		put(&p, NULL, "%s", "");
	put_junctions(&p, s, p.rows > fixed_rows + 1 ? p.rows - fixed_rows : 1);
	if (airy)
		put(&p, NULL, "%s", "");
	put_cameras(&p, s, camera_rows);
	if (airy)
		put(&p, NULL, "%s", "");
	put_numbers(&p, s);
	put(&p, s->n_alerts ? RED : DIM, s->n_alerts ? "%u alerts" : "no alerts", s->n_alerts);
	for (uint32_t i = 0; i < s->n_alerts; i++)
		put(&p, RED, "  %s", s->alerts[i]);
	while (p.row < p.rows)
		put(&p, NULL, "%s", "");
}

void screen_line(GString *out, const struct screen *s)
{
	double seen = 0, real = 0;
	uint32_t good = 0, adaptive = 0;
	for (uint32_t i = 0; i < s->n_junctions; i++) {
		seen += s->junctions[i].queue_seen_veh;
		real += s->junctions[i].queue_true_veh;
		adaptive += s->junctions[i].heard && s->junctions[i].mode == WIRE_ADAPTIVE;
	}
	for (uint32_t i = 0; i < s->n_cameras; i++)
		good += s->cameras[i].heard && s->cameras[i].state == CAMERA_OK;
	g_autofree char *so_far = clock_of(s->t_s), *total = clock_of(s->total_s), *gain = change(s->delay_s, s->fixed_delay_s, 0);
	g_autofree char *now = cell(s->delay_s, 0, 1), *fixed = cell(s->fixed_delay_s, 0, 1), *queue = cell(seen, 0, 0);
	g_autofree char *truth = cell(real, 0, 0);
	g_autofree char *most = cell(s->lag_p99_s, 0, 2);
	if (s->doing) {
		g_string_append_printf(out, "%s", s->doing);
		return;
	}
	g_string_append_printf(out, "%s%s%s  delay %s s/veh, fixed plan %s (%s)  queue %s seen, %s true  %u/%u junctions adaptive  %u/%u "
		"cameras ok  "
				    "99 %% of commands within %s s  %u alerts",
		so_far, s->total_s > 0 ? " of " : "", s->total_s > 0 ? total : "", now, fixed, gain, queue, truth, adaptive, s->n_junctions, good,
			s->n_cameras, most,
		s->n_alerts);
}

static void table_cell(GString *out, double value, double half, int digits)
{
	g_autofree char *mean = cell(value, 0, digits);
	g_autofree char *text = isfinite(half) ? g_strdup_printf("%s ± %.*f", mean, digits, half) : g_strdup(mean);
	g_string_append_printf(out, "%*s%s", MAX(0, 16 - (int) g_utf8_strlen(text, -1)), "", text);
}

void screen_table(GString *out, const struct report_run *runs, uint32_t n_runs, const struct report_vision *vision)
{
	struct report_row rows[REPORT_ROWS];
	report_table(runs, n_runs, rows);
	g_string_append_printf(out, "%-32s%16s%16s%16s\n", "", "fixed plan", "adaptive", "change");
	for (uint32_t i = 0; i < REPORT_ROWS; i++) {
		g_autofree char *name = g_strdup_printf("%s, %s", rows[i].name, rows[i].unit);
		g_string_append_printf(out, "%-32s", name);
		table_cell(out, rows[i].fixed, rows[i].fixed_half, rows[i].digits);
		table_cell(out, rows[i].adaptive, rows[i].adaptive_half, rows[i].digits);
		g_autofree char *mean = isfinite(rows[i].change_frac) ? g_strdup_printf("%+.1f %%", 100 * rows[i].change_frac) : g_strdup("-");
		g_autofree char *text = isfinite(rows[i].change_half) ? g_strdup_printf("%s ± %.1f", mean, 100 * rows[i].change_half)
			: g_strdup(mean);
		g_string_append_printf(out, "%*s%s\n", MAX(0, 16 - (int) g_utf8_strlen(text, -1)), "", text);
	}
	if (!vision || vision->cameras == 0)
		return;
	g_autofree char *flow = cell(100 * vision->flow_frac, 0, 1), *lanes = cell(100 * vision->flow_lane_frac, 0, 1);
	g_autofree char *queue = cell(vision->queue_veh, 0, 2), *speed = cell(vision->speed_mps, 0, 2);
	g_string_append_printf(out, "vision's own error: flow %s %% (lane by lane %s %%), queue %s veh, speed %s m/s\n"
				    "                    %u cameras, %.0f comparisons of a lane with the truth\n", flow, lanes, queue, speed,
					vision->cameras,
		vision->lane_seconds);
}
