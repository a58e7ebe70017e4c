/* walk.c - waiting at a crossing's red; see walk.h. */
#include "sim/walk.h"

#include <math.h>

#include "core/units.h"

#define LATE_FRAC 0.05

void walk_init(struct walk *w, double now_s)
{
	*w = (struct walk){
		.from_s = now_s, .seen_s = now_s, .to_s = now_s, .red_since_s = UNKNOWN, .reds = g_array_new(FALSE, FALSE, sizeof(double))};
}

void walk_finish(struct walk *w)
{
	g_clear_pointer(&w->reds, g_array_unref);
}

void walk_see(struct walk *w, double from_s, double to_s, bool green)
{
	w->to_s = to_s;
	if (!green) {
		if (isnan(w->red_since_s))
			w->seen_s = w->red_since_s = from_s;
		return;
	}
	if (!isnan(w->red_since_s)) {
		double red_s = from_s - w->red_since_s;
		g_array_append_val(w->reds, red_s);
		w->red_since_s = UNKNOWN;
	}
	w->seen_s = to_s;
}

static int longest_first(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;
	return (x < y) - (x > y);
}

/* The wait that only LATE_FRAC of all who came in `time_s` exceed. */
static double late_wait_s(const GArray *reds, double time_s)
{
	g_autoptr(GArray) sorted = g_array_copy((GArray *) (gpointer) reds);
	g_array_sort(sorted, longest_first);
	double sum_s = 0;
	for (guint k = 0; k < sorted->len; k++) {
		sum_s += g_array_index(sorted, double, k);
		double wait_s = (sum_s - LATE_FRAC * time_s) / (k + 1);
		if (wait_s > 0 && (k + 1 == sorted->len || wait_s >= g_array_index(sorted, double, k + 1)))
			return wait_s;
	}
	return 0;
}

struct walk_wait walk_wait(const struct walk *w)
{
	struct walk_wait wait = {.mean_s = UNKNOWN, .p95_s = UNKNOWN, .n_reds = w->reds->len};
	double time_s = w->seen_s - w->from_s, squares = 0;
	for (guint k = 0; k < w->reds->len; k++) {
		double red_s = g_array_index(w->reds, double, k);
		squares += red_s * red_s;
		wait.red_max_s = fmax(wait.red_max_s, red_s);
	}
	if (!isnan(w->red_since_s))
		wait.red_max_s = fmax(wait.red_max_s, w->to_s - w->red_since_s);
	if (time_s > 0) {
		wait.mean_s = squares / 2 / time_s;
		wait.p95_s = late_wait_s(w->reds, time_s);
	}
	return wait;
}
