/* plan_day.c - the plans of a day as SUMO's programs and time tables; see plan_day.h. */
#include "daemon/plan_day.h"

#include <math.h>
#include <string.h>

#include "core/guard.h"

#define MORE_FRAC 0.2 /* of a split in a transition: the usual bounds of controllers are 15 to 25 % */
#define LESS_FRAC 0.2
#define PAD_S 60.0    /* behind a transition's end, so that its program does not begin again before the next is in force */

static bool make(const struct plan_day *day, const struct plan *from, const struct plan *to, const struct junction *j, double at_s, struct transition *t,
	GError **error)
{
	if (day->way != TRANSITION_DWELL && transition_make(from, to, j, at_s, day->way, MORE_FRAC, LESS_FRAC, t, NULL))
		return true;
	return transition_make(from, to, j, at_s, TRANSITION_DWELL, MORE_FRAC, LESS_FRAC, t, error);
}

/* What the guard shows between, as phases. */
static void add_transition(GString *out, const struct transition *t, const struct plan *from, const struct plan *to, const struct junction *j,
	const char *signal, const char *program)
{
	double now_s = t->begin_s - 3 * from->cycle_s, length_s = t->end_s - t->begin_s + PAD_S, since_s = t->begin_s;
	owned(guard) g = guard_new(j, now_s);
	g_autofree char *last = NULL;
	for (; now_s < t->begin_s - 1e-6; now_s++)
		guard_next(g, plan_stage(from, now_s, NULL), now_s, NULL);
	g_string_append_printf(out, "\t<tlLogic id=\"%s\" type=\"static\" programID=\"%s\" offset=\"%.0f\">\n", signal, program, fmod(t->begin_s, length_s));
	for (; now_s < t->end_s - 1e-6; now_s++) {
		const char *shows = guard_next(g, transition_stage(t, from, to, now_s), now_s, NULL);
		if (last && strcmp(last, shows)) {
			g_string_append_printf(out, "\t\t<phase duration=\"%.0f\" state=\"%s\"/>\n", now_s - since_s, last);
			since_s = now_s;
		}
		g_free(last);
		last = g_strdup(shows);
	}
	g_string_append_printf(out, "\t\t<phase duration=\"%.0f\" state=\"%s\"/>\n\t</tlLogic>\n", t->end_s - since_s + PAD_S, last);
}

static bool add_plan(GString *out, const struct plan *p, const struct junction *j, const char *signal, const char *program, GError **error)
{
	struct net_program shown;
	if (!plan_to_program(p, j, &shown, error))
		return false;
	g_string_append_printf(out, "\t<tlLogic id=\"%s\" type=\"static\" programID=\"%s\" offset=\"%.0f\">\n", signal, program, shown.offset_s);
	for (uint32_t k = 0; k < shown.n_phases; k++)
		g_string_append_printf(out, "\t\t<phase duration=\"%.0f\" state=\"%s\"/>\n", shown.phases[k].duration_s, shown.phases[k].state);
	g_string_append(out, "\t</tlLogic>\n");
	net_program_finish(&shown);
	return true;
}

static bool add_junction(GString *out, const struct plan_day *day, const struct junction *j, uint32_t k, GError **error)
{
	g_autofree char *signal = g_markup_escape_text(j->id, -1), *id = g_markup_escape_text(day->id, -1);
	g_autoptr(GString) table = g_string_new(NULL);
	g_string_append_printf(table, "\t<WAUT id=\"%s of %s\" refTime=\"0\" startProg=\"%s-1\">\n", id, signal, id);
	for (uint32_t p = 0; p < day->n; p++) {
		const struct plan *to = day->plans[p]->plans[k], *from = p ? day->plans[p - 1]->plans[k] : NULL;
		g_autofree char *name = g_strdup_printf("%s-%u", id, p + 1), *way = g_strdup_printf("%s-%u-%u", id, p, p + 1);
		struct transition t = {0};
		if (from) {
			if (!make(day, from, to, j, day->begin_s[p], &t, error))
				return false;
			add_transition(out, &t, from, to, j, signal, way);
			g_string_append_printf(table, "\t\t<wautSwitch time=\"%.0f\" to=\"%s\"/>\n\t\t<wautSwitch time=\"%.0f\" to=\"%s\"/>\n", t.begin_s, way, t.end_s,
				name);
			transition_finish(&t);
		}
		if (!add_plan(out, to, j, signal, name, error))
			return false;
	}
	g_string_append_printf(out, "%s\t</WAUT>\n\t<wautJunction wautID=\"%s of %s\" junctionID=\"%s\"/>\n", table->str, id, signal, signal);
	return true;
}

GString *plan_day_sumo(const struct plan_day *day, const struct junction *const *junctions, uint32_t n_junctions, const char *note, GError **error)
{
	GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	g_string_append_printf(out, "<!-- %s -->\n<additional>\n", note);
	for (uint32_t k = 0; k < n_junctions; k++)
		if (!add_junction(out, day, junctions[k], k, error)) {
			g_string_free(out, TRUE);
			return NULL;
		}
	g_string_append(out, "</additional>\n");
	return out;
}
