/* freshness.c - see freshness.h. */
#include "daemon/freshness.h"

struct watched {
	bool watched, expected;
	double seen_s; /* -INFINITY: never */
	uint32_t run;
};

struct freshness {
	double stale_s;
	uint32_t n;
	struct watched lanes[];
};

struct freshness *freshness_new(uint32_t n_lanes, double stale_s)
{
	struct freshness *w = g_malloc0(sizeof *w + n_lanes * sizeof w->lanes[0]);

	w->n = n_lanes;
	w->stale_s = stale_s;
	freshness_forget(w);
	return w;
}

void freshness_free(struct freshness *w)
{
	g_free(w);
}

void freshness_expect(struct freshness *w, uint32_t lane)
{
	w->lanes[lane].watched = w->lanes[lane].expected = true;
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

struct freshness_state freshness_state(const struct freshness *w, const uint32_t *lanes, uint32_t n_lanes, double now_s)
{
	struct freshness_state strict = {.decides = NET_NONE, .age_s = -INFINITY, .run = UINT32_MAX};
	struct freshness_state kind = {.decides = NET_NONE, .age_s = INFINITY};
	uint32_t n_watched = 0, n_stale = 0;

	for (uint32_t i = 0; i < n_lanes; i++) {
		const struct watched *l = &w->lanes[lanes[i]];
		double age_s = now_s - l->seen_s;
		if (!l->watched)
			continue;
		n_watched++;
		n_stale += age_s > w->stale_s;
		if (l->expected) {
			strict.run = MIN(strict.run, l->run);
			if (age_s > strict.age_s)
				strict.age_s = age_s, strict.decides = lanes[i];
		} else if (kind.decides == NET_NONE || age_s < kind.age_s) {
			kind.age_s = age_s, kind.decides = lanes[i], kind.run = l->run;
		}
	}
	struct freshness_state s = strict.decides != NET_NONE ? strict : kind;
	s.n_watched = n_watched;
	s.n_stale = n_stale;
	return s;
}
