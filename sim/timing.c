/* timing.c - a signal's stages as shown; see timing.h. */
#include "sim/timing.h"

#include <math.h>
#include <string.h>

#include "core/stages.h"
#include "core/units.h"

static bool green(char letter)
{
	return letter == 'G' || letter == 'g';
}

static bool *pedestrian_letters(const struct network *net, uint32_t signal)
{
	uint32_t n = net->signals[signal].n_links;
	bool *walks = g_new0(bool, n + 1);
	g_autofree bool *drives = g_new0(bool, n + 1);
	for (uint32_t k = 0; k < net->n_links; k++) {
		const struct net_link *l = &net->links[k];
		if (l->signal != signal)
			continue;
		bool crossing = net->edges[net->lanes[l->to_lane].edge].function == NET_CROSSING
			|| net->edges[net->lanes[l->from_lane].edge].function == NET_CROSSING;
		(crossing ? walks : drives)[l->signal_link] = true;
	}
	for (uint32_t i = 0; i < n; i++)
		walks[i] &= !drives[i];
	return walks;
}

/* No amber, and the same letters of green. */
static bool same_greens(const struct timing *t, const char *a, const char *b, bool pedestrians)
{
	bool any = false;
	for (uint32_t i = 0; i < t->of->n_links; i++) {
		if (t->pedestrian[i] && !pedestrians)
			continue;
		if (green(a[i]) || green(b[i]) ? a[i] != b[i] : b[i] == 'y' || b[i] == 'Y')
			return false;
		any |= green(a[i]);
	}
	return any;
}

static uint32_t stage_of(const struct timing *t, const char *state)
{
	for (int pedestrians = 1; pedestrians >= 0; pedestrians--)
		for (uint32_t k = 0; k < t->n_stages; k++)
			if (same_greens(t, t->stages[k].state, state, pedestrians))
				return k;
	return NET_NONE;
}

void timing_init(struct timing *t, const struct network *net, uint32_t signal)
{
	const struct net_program *p = &net->signals[signal].programs[0];
	GArray *stages = g_array_new(FALSE, TRUE, sizeof(struct timing_stage));
	*t = (struct timing){.signal = signal, .of = &net->signals[signal], .pedestrian = pedestrian_letters(net, signal), .stage = NET_NONE,
		.programmed_offset_s = p->offset_s};
	for (uint32_t k = 0; k < p->n_phases; k++) {
		t->stages = (struct timing_stage *) (void *) stages->data;
		t->n_stages = stages->len;
		t->programmed_cycle_s += p->phases[k].duration_s;
		bool known = false;
		for (uint32_t i = 0; i < t->n_stages; i++)
			known |= same_greens(t, t->stages[i].state, p->phases[k].state, true);
		if (known || !stages_is_green(p, k, t->pedestrian))
			continue;
		struct timing_stage s = {.state = g_strdup(p->phases[k].state), .min_s = UNKNOWN, .max_s = UNKNOWN};
		if (stages->len < 26)
			g_snprintf(s.name, sizeof(s.name), "%c", 'A' + (int) stages->len);
		else
			g_snprintf(s.name, sizeof(s.name), "S%u", stages->len + 1);
		g_array_append_val(stages, s);
	}
	t->n_stages = stages->len;
	t->stages = (struct timing_stage *) (void *) g_array_free(stages, FALSE);
	for (uint32_t k = 0; k < p->n_phases; k++) {
		uint32_t s = stage_of(t, p->phases[k].state);
		if (s != NET_NONE)
			t->stages[s].programmed_s += p->phases[k].duration_s;
	}
}

void timing_finish(struct timing *t)
{
	for (uint32_t k = 0; k < t->n_stages; k++)
		g_free(t->stages[k].state);
	g_free(t->stages);
	g_free(t->pedestrian);
	g_free(t->shows);
}

static void stage_ends(struct timing *t, double now_s)
{
	if (t->stage == NET_NONE || !t->whole)
		return;
	struct timing_stage *s = &t->stages[t->stage];
	double green_s = now_s - t->since_s;
	s->n++;
	s->sum_s += green_s;
	s->min_s = fmin(s->min_s, green_s); /* NaN loses */
	s->max_s = fmax(s->max_s, green_s);
}

static void stage_begins(struct timing *t, uint32_t stage, double now_s)
{
	t->whole = t->shows != NULL;
	t->stage = stage;
	t->since_s = now_s;
	if (stage == NET_NONE || !t->whole)
		return;
	struct timing_stage *s = &t->stages[stage];
	if (s->n_starts++ == 0)
		s->first_start_s = now_s;
	s->last_start_s = now_s;
}

void timing_see(struct timing *t, const char *state, double from_s, double to_s)
{
	if (!t->shows || strcmp(t->shows, state)) {
		uint32_t stage = stage_of(t, state);
		if (stage != t->stage || !t->shows) {
			stage_ends(t, from_s);
			stage_begins(t, stage, from_s);
		}
		g_free(t->shows);
		t->shows = g_strdup(state);
	}
	t->watched_s += to_s - from_s;
	if (t->stage != NET_NONE)
		t->stages[t->stage].shown_s += to_s - from_s;
}

double timing_cycle_s(const struct timing *t)
{
	const struct timing_stage *best = NULL;
	for (uint32_t k = 0; k < t->n_stages; k++)
		if (t->stages[k].n_starts > 1 && (!best || t->stages[k].n_starts > best->n_starts))
			best = &t->stages[k];
	return best ? (best->last_start_s - best->first_start_s) / (best->n_starts - 1) : UNKNOWN;
}

double timing_green_s(const struct timing_stage *s)
{
	return s->n ? s->sum_s / s->n : UNKNOWN;
}
