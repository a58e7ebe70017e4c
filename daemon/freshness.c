/* freshness.c - see freshness.h. */
#include "daemon/freshness.h"

#include <math.h>
#include <string.h>

struct watched {
	bool watched, expected;
	char *by;      /* owned: the camera that is meant to film it; NULL */
	double seen_s; /* -INFINITY: never */
	uint32_t run;
};

struct freshness {
	double stale_s, enough_frac;
	uint32_t n;
	struct watched lanes[];
};

struct freshness *freshness_new(uint32_t n_lanes, double stale_s, double enough_frac)
{
	struct freshness *w = g_malloc0(sizeof *w + n_lanes * sizeof w->lanes[0]);

	w->n = n_lanes;
	w->stale_s = stale_s;
	w->enough_frac = enough_frac;
	freshness_forget(w);
	return w;
}

void freshness_free(struct freshness *w)
{
	for (uint32_t i = 0; w != NULL && i < w->n; i++)
		g_free(w->lanes[i].by);
	g_free(w);
}

void freshness_expect(struct freshness *w, uint32_t lane, const char *by)
{
	struct watched *l = &w->lanes[lane];

	l->watched = l->expected = true;
	if (l->by == NULL)
		l->by = g_strdup(by);
}

bool freshness_seen(struct freshness *w, uint32_t lane, double t_s)
{
	struct watched *l = &w->lanes[lane];

	if (t_s <= l->seen_s)
		return false;
	l->run = t_s - l->seen_s > w->stale_s ? 1 : l->run + 1;
	l->seen_s = t_s;
	l->watched = true;
	return true;
}

void freshness_forget(struct freshness *w)
{
	for (uint32_t i = 0; i < w->n; i++) {
		w->lanes[i].seen_s = -INFINITY;
		w->lanes[i].run = 0;
	}
}

/* The k-th freshest of the expected lanes, k from 1 on. Sets are a junction's lanes: a few dozen at most. */
static uint32_t kth_freshest(const struct freshness *w, const uint32_t *lanes, uint32_t n_lanes, uint32_t k)
{
	for (uint32_t i = 0; i < n_lanes; i++) {
		const struct watched *l = &w->lanes[lanes[i]];
		uint32_t before = 0, same = 0;
		for (uint32_t o = 0; o < n_lanes && l->expected; o++) {
			before += w->lanes[lanes[o]].expected && w->lanes[lanes[o]].seen_s > l->seen_s;
			same += w->lanes[lanes[o]].expected && w->lanes[lanes[o]].seen_s == l->seen_s;
		}
		if (l->expected && before < k && before + same >= k)
			return lanes[i];
	}
	return NET_NONE;
}

/* So many pictures in a row, at least, have `k` of the expected lanes. */
static uint32_t common_run(const struct freshness *w, const uint32_t *lanes, uint32_t n_lanes, uint32_t k)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < n_lanes; i++) {
		uint32_t run = w->lanes[lanes[i]].run, n = 0;
		for (uint32_t o = 0; o < n_lanes; o++)
			n += w->lanes[lanes[o]].expected && w->lanes[lanes[o]].run >= run;
		if (w->lanes[lanes[i]].expected && n >= k)
			most = MAX(most, run);
	}
	return most;
}

/* Appends a camera that is not there yet. */
static void add_camera(char *to, size_t size, const char *by)
{
	size_t length = strlen(to), more = by != NULL ? strlen(by) : 0;
	const char *at = more > 0 ? strstr(to, by) : NULL;

	for (; at != NULL; at = strstr(at + 1, by)) /* whole names: J1 is not J12 */
		if ((at == to || at[-1] == ' ') && (at[more] == ',' || at[more] == '\0'))
			return;
	if (more > 0 && length + more + 3 < size)
		g_snprintf(to + length, size - length, "%s%s", length > 0 ? ", " : "", by);
}

static void look_for_blind(const struct freshness *w, uint32_t lane, double now_s, struct freshness_state *s)
{
	const struct watched *l = &w->lanes[lane];
	double age_s = now_s - l->seen_s;

	if (!l->expected || !(age_s > w->stale_s))
		return;
	s->n_blind++;
	add_camera(s->blind_by, sizeof s->blind_by, l->by);
	if (s->blind == NET_NONE || age_s > s->blind_s)
		s->blind = lane, s->blind_s = age_s;
}

struct freshness_state freshness_state(const struct freshness *w, const uint32_t *lanes, uint32_t n_lanes, double now_s)
{
	struct freshness_state s = {.decides = NET_NONE, .age_s = INFINITY, .blind = NET_NONE, .blind_s = -INFINITY};
	uint32_t n_expected = 0;

	for (uint32_t i = 0; i < n_lanes; i++) {
		const struct watched *l = &w->lanes[lanes[i]];
		double age_s = now_s - l->seen_s;
		s.n_watched += l->watched;
		s.n_stale += l->watched && age_s > w->stale_s;
		n_expected += l->expected;
		look_for_blind(w, lanes[i], now_s, &s);
		if (l->watched && (s.decides == NET_NONE || age_s < s.age_s))
			s.age_s = age_s, s.decides = lanes[i], s.run = l->run;
	}
	if (n_expected == 0)
		return s;
	uint32_t enough = MAX((uint32_t) ceil(w->enough_frac * n_expected - 1e-9), 1);
	s.decides = kth_freshest(w, lanes, n_lanes, enough);
	s.age_s = now_s - w->lanes[s.decides].seen_s;
	s.run = common_run(w, lanes, n_lanes, enough);
	return s;
}
