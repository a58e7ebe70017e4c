/* corridor_loss.c - see corridor_loss.h. */
#include "tests/bench/corridor_loss.h"

#include <math.h>
#include <string.h>

#define ON_LANE_MAX 64
#define CLOSE_S 3.0  /* who is less than that and a vehicle's length before it holds it up */
#define CLOSE_M 12.0
#define LINE_M 30.0  /* it gives way there */

const char *loss_cause_name(enum loss_cause cause)
{
	static const char *const names[] = {"red", "queue", "yield", "lane", "inside", "other"};
	return cause < G_N_ELEMENTS(names) ? names[cause] : "?";
}

void loss_init(struct loss *l, const struct corridor_way *way)
{
	*l = (struct loss){.way = way, .n_m = (uint32_t) ceil(way->length_m) + 2, .from_m = NAN};
	l->free_mps = g_new0(double, l->n_m);
	l->lost_s = g_malloc0_n(way->n_stops + 1, sizeof *l->lost_s);
}

void loss_finish(struct loss *l)
{
	g_free(l->free_mps);
	g_free(l->lost_s);
}

/* Where it is now. False: not on its way, or seen for the first time. */
static bool moved(struct loss *l, const struct vehicle_view *v, double *at_m)
{
	bool first = isnan(l->from_m);
	*at_m = corridor_way_find(l->way, first ? 0 : corridor_way_edge(l->way, l->from_m), v->lane, v->pos_m);
	if (first)
		l->from_m = *at_m;
	return isfinite(*at_m) && !first;
}

void loss_alone(struct loss *l, const struct vehicle_view *v)
{
	double at_m;
	if (!moved(l, v, &at_m))
		return;
	for (uint32_t m = (uint32_t) l->from_m; m <= (uint32_t) at_m && m < l->n_m; m++)
		l->free_mps[m] = v->speed_mps;
	l->from_m = at_m;
}

void loss_again(struct loss *l)
{
	l->from_m = NAN;
	memset(l->lost_s, 0, (l->way->n_stops + 1) * sizeof *l->lost_s);
}

/* The vehicle before it on its lane: is it close? */
static bool follows(const struct world *w, const struct vehicle_view *v)
{
	struct vehicle_view all[ON_LANE_MAX];
	uint32_t n = world_on_lane(w, v->lane, all, ON_LANE_MAX);
	for (uint32_t k = 0; k < n; k++)
		if (all[k].pos_m > v->pos_m && all[k].pos_m - v->pos_m < CLOSE_M + CLOSE_S * v->speed_mps)
			return true;
	return false;
}

static enum loss_cause cause_of(const struct loss *l, const struct world *w, const struct vehicle_view *v, uint32_t stop)
{
	const struct network *net = l->way->net;
	const struct net_lane *lane = &net->lanes[v->lane];
	if (net->edges[lane->edge].function != NET_NORMAL)
		return LOSS_INSIDE;
	if (stop >= l->way->n_stops || l->way->edges[l->way->stops[stop].edge] != lane->edge)
		return follows(w, v) ? LOSS_QUEUE : LOSS_OTHER;
	const struct way_stop *s = &l->way->stops[stop];
	for (uint32_t k = 0; k < s->n_exits; k++) {
		if (s->exits[k].lane != v->lane)
			continue;
		char letter = world_shows(w, s->signal)[s->exits[k].signal_link];
		if (letter != 'G' && letter != 'g')
			return LOSS_RED;
		if (follows(w, v))
			return LOSS_QUEUE;
		return letter == 'g' && lane->length_m - v->pos_m < LINE_M ? LOSS_YIELD : LOSS_OTHER;
	}
	return follows(w, v) ? LOSS_QUEUE : LOSS_LANE;
}

void loss_see(struct loss *l, const struct world *w, const struct vehicle_view *v)
{
	double at_m;
	if (!moved(l, v, &at_m))
		return;
	/* The time over the metres driven against that of who is alone; a stand is all loss. */
	double free_s = 0, driven_m = at_m - l->from_m;
	for (double m = l->from_m; m < at_m; m += 1)
		free_s += fmin(at_m - m, 1) / fmax(l->free_mps[MIN((uint32_t) m, l->n_m - 1)], 0.5);
	double lost_s = world_step_s(w) - (driven_m > 0 ? free_s : 0);
	uint32_t stop = 0, edge = corridor_way_edge(l->way, at_m);
	while (stop < l->way->n_stops && l->way->stops[stop].edge < edge)
		stop++;
	l->lost_s[stop][cause_of(l, w, v, stop)] += lost_s;
	l->from_m = at_m;
}

double loss_at_signals_s(const struct loss *l)
{
	double sum_s = 0;
	for (uint32_t k = 0; k < l->way->n_stops; k++)
		for (enum loss_cause c = 0; c < LOSS_N_CAUSES; c++)
			sum_s += l->lost_s[k][c];
	return sum_s;
}

double loss_s(const struct loss *l, uint32_t stop, enum loss_cause cause)
{
	double sum_s = 0;
	for (uint32_t k = 0; k <= l->way->n_stops; k++)
		if (stop == UINT32_MAX || k == stop)
			sum_s += l->lost_s[k][cause];
	return sum_s;
}
