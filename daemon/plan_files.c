/* plan_files.c - plans as files for others; see plan_files.h. */
#include "daemon/plan_files.h"

#include <math.h>
#include <string.h>

static bool add_program(GString *out, const struct plan *p, const struct junction *j, const char *id, GError **error)
{
	struct net_program program;
	if (!plan_to_program(p, j, &program, error))
		return false;
	g_autofree char *signal = g_markup_escape_text(j->id, -1), *name = g_markup_escape_text(id, -1);
	g_string_append_printf(out, "\t<tlLogic id=\"%s\" type=\"static\" programID=\"%s\" offset=\"%.0f\">\n", signal, name, program.offset_s);
	for (uint32_t k = 0; k < program.n_phases; k++)
		g_string_append_printf(out, "\t\t<phase duration=\"%.0f\" state=\"%s\"/>\n", program.phases[k].duration_s, program.phases[k].state);
	g_string_append(out, "\t</tlLogic>\n");
	net_program_finish(&program);
	return true;
}

GString *plan_files_sumo(const struct network_plan *p, const struct junction *const *junctions, const char *id, const char *note, GError **error)
{
	GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	g_autofree char *words = g_markup_escape_text(note, -1);
	g_auto(GStrv) parts = g_strsplit(words, "--", -1); /* which a comment must not hold */
	g_autofree char *safe = g_strjoinv("- -", parts);
	g_string_append_printf(out, "<!-- %s -->\n<additional>\n", safe);
	for (uint32_t k = 0; k < p->n; k++)
		if (!add_program(out, p->plans[k], junctions[k], id, error)) {
			g_string_free(out, TRUE);
			return NULL;
		}
	g_string_append(out, "</additional>\n");
	return out;
}

/* As RFC 4180 has it. */
static void add_text(GString *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		g_string_append(out, text);
		return;
	}
	g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
	g_autofree char *doubled = g_strjoinv("\"\"", parts);
	g_string_append_printf(out, "\"%s\"", doubled);
}

/* The amber with which row r ends: the longest of those links that end with it. */
static double amber_s(const struct plan *p, const struct junction *j, uint32_t r)
{
	const char *now = j->stages[p->rows[r].stage].state, *next = j->stages[p->rows[(r + 1) % p->n_rows].stage].state;
	double longest_s = 0;
	for (uint32_t i = 0; i < j->n_links; i++)
		if (shows_green(now[i]) && !shows_green(next[i]))
			longest_s = fmax(longest_s, j->links[i].amber_s);
	return fmin(longest_s, plan_way_s(p, j, (r + 1) % p->n_rows));
}

static void add_rows(GString *out, const struct plan *p, const struct junction *j, uint32_t number)
{
	double first_s = fmod(p->offset_s + plan_way_s(p, j, 0), p->cycle_s);
	for (uint32_t r = 0; r < p->n_rows; r++) {
		double green_s = p->rows[r].split_s - plan_way_s(p, j, r), way_s = plan_way_s(p, j, (r + 1) % p->n_rows), yellow_s = amber_s(p, j, r);
		add_text(out, j->id);
		g_string_append_printf(out, ",%u,%.0f,%.0f,%u,1,%u,%u,%.0f,", number, p->cycle_s, first_s, number, number, r + 1, green_s + way_s);
		add_text(out, j->stages[p->rows[r].stage].name);
		g_string_append_printf(out, ",%.0f,%.0f,%.0f\n", green_s, yellow_s, way_s - yellow_s);
	}
}

GString *plan_files_patterns(const struct network_plan *p, const struct junction *const *junctions, uint32_t number, bool header)
{
	GString *out = g_string_new(header ? "signal,patternNumber,patternCycleTime,patternOffsetTime,patternSplitNumber,patternSequenceNumber,splitNumber,"
		"splitPhase,splitTime,stage,green_s,yellow_s,red_clearance_s\n" : NULL);
	for (uint32_t k = 0; k < p->n; k++)
		add_rows(out, p->plans[k], junctions[k], number);
	return out;
}
