/* detect_loop.c - an induction loop: who passes a line on a lane, and for how long it is covered; see detectors.h. */
#include <math.h>

#include "sim/detectors_inside.h"

#define LEAST_S 0.001 /* SUMO's smallest number */

/* When in the step a point that moves from a to b is at `at`. */
static double passing_s(double a_m, double b_m, double at_m, double begin_s, double h_s)
{
	return begin_s + (b_m > a_m ? fmin(fmax((at_m - a_m) / (b_m - a_m), 0), 1) * h_s : h_s);
}

static void contribute(struct watch *w, const struct passer *p, double leave_s)
{
	double covered_s = fmax(leave_s - p->since_s, LEAST_S);
	w->loop.speed += p->length_m / covered_s;
	w->loop.inverse_speed += covered_s / p->length_m;
	w->loop.length += p->length_m;
	w->loop.contrib++;
	w->loop.occupied_s += leave_s - fmax(p->since_s, w->begin_s);
}

void detect_loop(struct watch *w, struct passer *p, double begin_s, double h_s)
{
	double at_m = w->detector->begin_m;
	bool entered = !isnan(p->since_s);
	if (!entered && p->fresh && p->to_m >= at_m && p->to_m - p->length_m < at_m) {
		p->since_s = begin_s + h_s;
		w->loop.entered++;
	} else if (!entered && !p->fresh && p->from_m < at_m && p->to_m >= at_m) {
		p->since_s = passing_s(p->from_m, p->to_m, at_m, begin_s, h_s);
		w->loop.entered++;
	}
	if (isnan(p->since_s)) {
		g_hash_table_remove(w->on, GUINT_TO_POINTER(p->id)); /* not there yet, or came in behind it */
	} else if (p->to_m - p->length_m > at_m) {
		contribute(w, p, passing_s(p->from_m - p->length_m, p->to_m - p->length_m, at_m, begin_s, h_s));
		g_hash_table_remove(w->on, GUINT_TO_POINTER(p->id));
	} else if (p->aside) {
		detect_loop_gone(w, p, begin_s + h_s);
		g_hash_table_remove(w->on, GUINT_TO_POINTER(p->id));
	}
}

void detect_loop_gone(struct watch *w, const struct passer *p, double now_s)
{
	if (!isnan(p->since_s))
		w->loop.occupied_s += now_s - fmax(p->since_s, w->begin_s);
}

void detect_loop_row(struct watch *w, double end_s, double value[LOOP_COLUMNS])
{
	const struct loop_sums *s = &w->loop;
	double span_s = end_s - w->begin_s, occupied_s = s->occupied_s;
	GHashTableIter iter;
	gpointer p;
	g_hash_table_iter_init(&iter, w->on);
	while (g_hash_table_iter_next(&iter, NULL, &p))
		occupied_s += end_s - fmax(((struct passer *) p)->since_s, w->begin_s);
	value[LOOP_CONTRIB] = s->contrib;
	value[LOOP_FLOW] = span_s > 0 ? s->contrib / span_s * 3600 : 0;
	value[LOOP_OCCUPANCY] = span_s > 0 ? 100 * occupied_s / span_s : 0;
	value[LOOP_SPEED] = s->contrib ? s->speed / s->contrib : -1;
	value[LOOP_HARMONIC_SPEED] = s->contrib ? s->contrib / s->inverse_speed : -1;
	value[LOOP_LENGTH] = s->contrib ? s->length / s->contrib : -1;
	value[LOOP_ENTERED] = s->entered;
	w->loop = (struct loop_sums){0};
}
