/* chart.h - the parts of a drawing in SVG: scales, ticks, axes, text that is safe to put in. Knows no traffic.
 *
 * Colours are left to the page's style sheet (classes `ink soft grid`), so that a drawing can be read in light and dark.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct chart_axis {
	double from, to;       /* in the axis's own unit, from < to */
	double at_px, until_px; /* where `from` and `to` are drawn; until < at for an axis that grows upwards */
	const char *title;     /* with its unit: "delay (s/veh)" */
};

double chart_px(const struct chart_axis *a, double value);

/* The step of 1, 2 or 5 times a power of ten that gives about `about` ticks (at least 1e-9). */
double chart_step(double from, double to, uint32_t about);
/* The same for minutes: 0.5, 1, 2, 5, 10, 15, 30, 60 ... */
double chart_step_min(double from, double to, uint32_t about);

/* An end for an axis that begins at 0 and must hold `value`: the next whole tick above it; 1 when `value` is no number above 0. */
double chart_end(double value, uint32_t about);

/* Text with & < > " ' written as XML wants them. */
void chart_escape(GString *out, const char *text);
/* The same by a format; what it gives is escaped as a whole. */
void chart_text(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A number for people: `digits` behind the point, a real minus, "–" when it is not finite. Owned by the caller. */
char *chart_number(double value, int digits);
/* The same with its sign always there. */
char *chart_change(double value, int digits);

/* Grid lines, tick labels and titles of the two axes. */
void chart_axes(GString *out, const struct chart_axis *x, double x_step, const struct chart_axis *y, double y_step);

/* Beginning of an inline drawing with a title for screen readers; ends with "</svg>\n". */
void chart_open(GString *out, double width_px, double height_px, const char *title);
