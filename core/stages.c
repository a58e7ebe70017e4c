/* stages.c - reads stages and the changes between them out of a program; see stages.h. */
#include "core/stages.h"

#include <string.h>

#include "core/units.h"

#define RED_CLEARANCE_MOST_S 6.0 /* MUTCD 11th ed. 4F.17 */

static bool green(char letter)
{
	return letter == 'G' || letter == 'g';
}

bool stages_is_off(const char *state)
{
	return strpbrk(state, "oO") != NULL;
}

char *stages_letters(const char *state)
{
	char *letters = g_strdup(state);
	for (char *at = letters; *at; at++)
		*at = green(*at) ? *at : *at == 'y' || *at == 'Y' ? 'y' : 'r';
	return letters;
}

/* Nothing but pedestrians differs, and those have all turned red. */
static bool only_clears_pedestrians(const char *before, const char *after, const bool *pedestrian)
{
	bool ended = false;
	for (uint32_t i = 0; after[i]; i++) {
		if (before[i] == after[i])
			continue;
		if (!pedestrian[i] || !green(before[i]) || green(after[i]))
			return false;
		ended = true;
	}
	return ended;
}

static bool begins_any(const char *before, const char *after)
{
	for (uint32_t i = 0; after[i]; i++)
		if (green(after[i]) && (!green(before[i]) || (before[i] == 'g' && after[i] == 'G')))
			return true;
	return false;
}

bool stages_is_green(const struct net_program *program, uint32_t phase, const bool *pedestrian)
{
	const char *state = program->phases[phase].state;
	g_autofree char *letters = stages_letters(state);
	if (stages_is_off(state) || strchr(letters, 'y') || !strpbrk(letters, "Gg"))
		return false;
	if (program->n_phases < 2)
		return true;
	g_autofree char *before = stages_letters(program->phases[(phase + program->n_phases - 1) % program->n_phases].state);
	if (strchr(before, 'y')) /* red clearance beside links that stay green */
		return program->phases[phase].duration_s > RED_CLEARANCE_MOST_S || begins_any(before, letters);
	return !only_clears_pedestrians(before, letters, pedestrian);
}

void change_free(struct change *c)
{
	if (!c)
		return;
	g_free(c->from);
	g_free(c->to);
	g_free(c->end_s);
	g_free(c->amber_s);
	g_free(c->begin_s);
	g_free(c);
}

/* Number of the green phase that is `index`th of them, or n_phases. */
static uint32_t nth_green(const struct net_program *program, const bool *pedestrian, uint32_t index)
{
	for (uint32_t p = 0; p < program->n_phases; p++)
		if (stages_is_green(program, p, pedestrian) && index-- == 0)
			return p;
	return program->n_phases;
}

/* One phase of the way: `letters` from t_s on. */
static void walk(struct change *c, const char *letters, double t_s, double duration_s)
{
	for (uint32_t i = 0; i < c->n_links; i++) {
		if (green(c->from[i]) && !green(letters[i]) && isnan(c->end_s[i]))
			c->end_s[i] = t_s;
		if (letters[i] == 'y' && !isnan(c->end_s[i]))
			c->amber_s[i] += duration_s;
		/* It begins when it shows its letter of the next stage for good; 'G' is as much as 'g' at least. */
		bool there = green(c->to[i]) && (letters[i] == 'G' || letters[i] == c->to[i]);
		if (!there)
			c->begin_s[i] = UNKNOWN;
		else if (isnan(c->begin_s[i]))
			c->begin_s[i] = t_s;
	}
}

struct change *stages_change(const struct net_program *program, const bool *pedestrian, uint32_t index)
{
	uint32_t from = nth_green(program, pedestrian, index), n = program->n_phases;
	if (from == n)
		return NULL;
	struct change *c = g_new0(struct change, 1);
	uint32_t to = (from + 1) % n;
	while (!stages_is_green(program, to, pedestrian))
		to = (to + 1) % n;
	c->from = stages_letters(program->phases[from].state);
	c->to = stages_letters(program->phases[to].state);
	c->n_links = (uint32_t) strlen(c->from);
	c->end_s = g_new(double, c->n_links);
	c->amber_s = g_new0(double, c->n_links);
	c->begin_s = g_new(double, c->n_links);
	for (uint32_t i = 0; i < c->n_links; i++)
		c->end_s[i] = c->begin_s[i] = UNKNOWN;
	for (uint32_t p = (from + 1) % n; p != to; p = (p + 1) % n) {
		g_autofree char *letters = stages_letters(program->phases[p].state);
		walk(c, letters, c->length_s, program->phases[p].duration_s);
		c->length_s += program->phases[p].duration_s;
	}
	walk(c, c->to, c->length_s, 0);
	for (uint32_t i = 0; i < c->n_links; i++) {
		bool kept = green(c->from[i]) && green(c->to[i]);
		if (kept && !(c->from[i] == 'g' && c->to[i] == 'G'))
			c->begin_s[i] = UNKNOWN;
		if (kept && c->amber_s[i] == 0)
			c->end_s[i] = UNKNOWN; /* a red blink of a link that goes on says nothing */
	}
	return c;
}
